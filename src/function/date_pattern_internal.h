/* function/date_pattern_internal.h
 * A compiled pattern, for date_pattern.c (which formats) and date_pattern_parse.c alone.
 */
#ifndef FUNCTION_DATE_PATTERN_INTERNAL_H
#define FUNCTION_DATE_PATTERN_INTERNAL_H

#include "function/date_pattern.h"

/* A letter, repeated, or literal text. */
struct date_item {
    char letter; /* 0 = literal */
    uint32_t count;
    str literal;
};

struct date_pattern {
    struct date_item *items;
    size_t item_count;
    size_t bytes_max;
    bool shows_milliseconds;
};

extern const str date_month_names[12];
extern const str date_day_names[7];
enum { DATE_NAME_SHORT_BYTES = 3 };

#endif
