/* lookup/reference_key.h
 * What makes two elements of reference data equal: for each type a form of bytes that is the same for 10.0.0.1 the text
 * and 10.0.0.1 the address, for 5, '5' and 5.0.
 * Memory: keys are views of what they were made from or of the scratch buffer (its content is replaced).
 */
#ifndef LOOKUP_REFERENCE_KEY_H
#define LOOKUP_REFERENCE_KEY_H

#include "base/strbuf.h"
#include "column/column.h"

/* X(symbol, name, what it is called in errors) */
#define REFERENCE_TYPE_LIST(X)                                                                                         \
    X(REFERENCE_ALN, "ALN", "text")                                                                                    \
    X(REFERENCE_ALNIC, "ALNIC", "text")                                                                                \
    X(REFERENCE_NUM, "NUM", "number")                                                                                  \
    X(REFERENCE_IP, "IP", "address")                                                                                   \
    X(REFERENCE_PORT, "PORT", "port")                                                                                  \
    X(REFERENCE_DATE, "DATE", "time in milliseconds since 1970")                                                       \
    X(REFERENCE_CIDR, "CIDR", "block of addresses")

enum reference_type {
#define REFERENCE_TYPE_ENUM(symbol, name, noun) symbol,
    REFERENCE_TYPE_LIST(REFERENCE_TYPE_ENUM)
#undef REFERENCE_TYPE_ENUM
        REFERENCE_TYPE_COUNT
};

/* Of a text in a file; false if it is none of that type. Not for CIDR, which has no keys. */
bool reference_key_of_text(enum reference_type type, str text, struct strbuf *scratch, str *ret_key);

/* Of a value that is not null; false if it cannot be of that type: then it equals no element. `is_failed` of the
 * scratch buffer tells that memory was out. */
bool reference_key_of_value(enum reference_type type, const struct column *column, uint32_t row, struct strbuf *scratch,
                            str *ret_key);

/* The address of a value, or of its text. */
bool reference_address(const struct column *column, uint32_t row, struct ip *ret_ip);

#endif
