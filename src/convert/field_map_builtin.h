/* convert/field_map_builtin.h - the mappings of fields/, built into the program; paths are "fields/splunk.yaml". */
#ifndef CONVERT_FIELD_MAP_BUILTIN_H
#define CONVERT_FIELD_MAP_BUILTIN_H

#include "base/embedded_file.h"

extern const struct embedded_files builtin_field_maps;

#endif
