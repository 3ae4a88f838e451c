/* pack/pack_builtin.h - packs built into the program; paths are "container-api/pack.yaml" and so on. */
#ifndef PACK_PACK_BUILTIN_H
#define PACK_PACK_BUILTIN_H

#include "base/embedded_file.h"

extern const struct embedded_files builtin_packs;

#endif
