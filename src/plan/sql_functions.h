/* plan/sql_functions.h
 * Functions of SQL and its kin that AQL has under another name, or can say otherwise.
 *
 * Memory: texts are static. Threads: any.
 */
#ifndef PLAN_SQL_FUNCTIONS_H
#define PLAN_SQL_FUNCTIONS_H

#include "base/str.h"

/* What to write instead, for a hint; NULL: nothing is known. */
const char *sql_function_hint(str name);

#endif
