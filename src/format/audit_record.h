/* format/audit_record.h
 * One audit record, a line of text: its header, its key=value fields, and the encodings of values. Knows nothing of
 * events (audit_event_table.h joins records to them) or of what a field means (audit_event.h).
 * Memory: everything found is a view into the record's text; decoding writes where the caller says.
 * Threads: no state. Limits: a record is at most LIMIT_LINE_BYTES long.
 */
#ifndef FORMAT_AUDIT_RECORD_H
#define FORMAT_AUDIT_RECORD_H

#include "format/audit_tables.h"

/* auditd puts this byte between the kernel's fields and the names it adds with log_format = ENRICHED. */
#define AUDIT_ENRICHMENT_SEPARATOR '\x1D'

enum { AUDIT_STAMP_BYTES = 48 };

/* The text "1700000000.123:42)" of the newest record: most records repeat it, so it is compared before it is read. */
struct audit_stamp {
    char text[AUDIT_STAMP_BYTES];
    size_t length; /* 0 = none yet */
    int64_t time_ms;
    uint64_t serial;
};

struct audit_header {
    str node;      /* empty if there is none */
    str type_name; /* as written: "EXECVE", "UNKNOWN[1327]", "1400" */
    uint16_t type;
    int64_t time_ms;
    uint64_t serial;
    size_t body; /* offset of the first byte behind the header */
    bool is_same_stamp;
};

/* Reads "[prefixes] [node=N] type=T [msg=]audit(SEC.MS:SERIAL)[:] ". Prefixes are what kernel, journal and relays put
 * before it: "audit: ", "kernel: ", "[ 12.345] ", "audispd: ". `stamp` is used and brought up to date. */
bool audit_header_parse(const struct audit_index *index, str text, struct audit_stamp *stamp,
                        struct audit_header *ret_header);

/* How surely the text is an audit record, 0 to 100. Looks at the first bytes only. */
int audit_header_detect(str text);

struct audit_value {
    const char *data;
    uint32_t length;
    bool is_quoted; /* the quotes are not part of data */
    bool is_cut;    /* the line ended before the closing quote */
};

/* Values by key. A key that comes twice keeps its first value, and values that say "none" ("(null)", "(none)", "?")
 * are not kept: what the kernel writes comes before what programs may choose. */
struct audit_values {
    uint64_t present[(AUDIT_KEY_COUNT + 63) / 64];
    struct audit_value slots[AUDIT_KEY_COUNT];
};

static inline bool audit_values_has(const struct audit_values *values, enum audit_key key)
{
    return values->present[key / 64] >> key % 64 & 1;
}
static inline void audit_values_clear(struct audit_values *values)
{
    memset(values->present, 0, sizeof(values->present));
}

/* Takes the known fields of text[from..]; goes into msg='...' as well. */
void audit_values_scan(const struct audit_index *index, str text, size_t from, struct audit_values *values);

/* The value that starts at text[from]; *ret_next is the offset behind it (and its closing quote). */
struct audit_value audit_value_at(str text, size_t from, size_t *ret_next);

/* True if the value is hex that stands for text: unquoted, whole pairs of 0-9A-F. Ask only for fields that the kernel
 * or auditd encodes; a pid looks the same. `is_at_end`: the value ends its line, which may have been cut within a pair.
 */
bool audit_value_is_encoded(const struct audit_value *value, bool is_at_end);
/* Writes length / 2 bytes. The value must be encoded. */
size_t audit_value_decode(const struct audit_value *value, char *ret);

bool audit_value_to_u64(const struct audit_value *value, unsigned base, uint64_t *ret);
static inline str audit_value_text(const struct audit_value *value)
{
    return str_from(value->data, value->length);
}

#endif
