/* format/ariel_value.h
 * A value of an exported record to a field of a row: numbers, times, addresses, lists and payloads as QRadar writes
 * them in JSON and CSV. For the format ariel. Memory: decoded texts live in the arena given, with the rows.
 */
#ifndef FORMAT_ARIEL_VALUE_H
#define FORMAT_ARIEL_VALUE_H

#include "base/json_reader.h"
#include "column/batch.h"
#include "format/log_time.h"

struct ariel_reading {
    struct arena *decoded;
    struct log_time_context time;
    bool is_out_of_memory;
};

/* Milliseconds since 1970, or a time as text. */
bool ariel_time(const struct ariel_reading *reading, const struct json_value *value, int64_t *ret_ms);
/* The bytes of a payload: Base64 is decoded unless the export made text of it. Data NULL when memory is out. */
str ariel_bytes(struct ariel_reading *reading, const struct json_value *value, bool is_text);
/* Sets the column of a field, which may be NULL; a value that does not fit the field leaves it as it is. */
void ariel_value_set(struct ariel_reading *reading, const struct field *field, const struct json_value *value,
                     bool is_text, struct column *column, uint32_t row);

#endif
