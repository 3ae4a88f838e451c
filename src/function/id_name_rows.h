/* function/id_name_rows.h
 * The kernel of functions that give the name behind an id: CATEGORYNAME, DOMAINNAME, QIDNAME and their kin.
 * Memory: names are views into the tables. Threads: any.
 */
#ifndef FUNCTION_ID_NAME_ROWS_H
#define FUNCTION_ID_NAME_ROWS_H

#include "function/function.h"

/* What QRadar shows for an id that it does not know. */
#define UNKNOWN_NAME STR("unknown")

/* The name behind an id; empty if there is none. */
typedef str id_name_find(const struct function_environment *environment, int64_t id);

/* Ids are TYPES_NUMBER; a number with a fraction is no id. With `unknown` empty, an id without a name gives null. */
tocsin_status id_name_rows(id_name_find *find, str unknown, const struct function_call *call, const struct column *ids,
                           const uint16_t *rows, uint32_t row_count, struct column *ret);

#endif
