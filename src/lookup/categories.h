/* lookup/categories.h
 * Names of event categories, high-level and low-level. QRadar's own; nothing to configure.
 * Memory: static. Threads: any.
 */
#ifndef LOOKUP_CATEGORIES_H
#define LOOKUP_CATEGORIES_H

#include "base/str.h"

/* Empty if the id has no name. */
str category_name(int64_t id);

#endif
