/* function/argument_ip.h
 * Addresses as arguments: of the type, or as text, since custom properties often are text.
 * Memory: none. Threads: any.
 */
#ifndef FUNCTION_ARGUMENT_IP_H
#define FUNCTION_ARGUMENT_IP_H

#include "column/column.h"

/* The value of a TYPE_IP or TYPE_STRING column that is not null; false if it is no address. */
static inline bool argument_ip(const struct column *column, uint32_t row, struct ip *ret)
{
    if (column->type == TYPE_IP) {
        *ret = *column_ip(column, row);
        return true;
    }
    return ip_parse(str_trim(column_string(column, row)), ret);
}

#endif
