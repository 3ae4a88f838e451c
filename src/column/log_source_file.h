/* column/log_source_file.h
 * Reads log_sources.yaml into a table: types, log sources and event names (docs/log-sources.md describes the file).
 * Memory: nothing is kept but what goes into the table. Threads: as the table.
 * On an error, which names file, line and what is allowed, the table may hold a part of the file: discard it.
 */
#ifndef COLUMN_LOG_SOURCE_FILE_H
#define COLUMN_LOG_SOURCE_FILE_H

#include "column/log_source.h"

tocsin_status log_source_file_load(struct log_source_table *table, const char *path, struct error *err);
/* source_name appears in errors. */
tocsin_status log_source_file_load_text(struct log_source_table *table, str text, const char *source_name,
                                        struct error *err);

#endif
