/* format/audit_header.h
 * The header of one audit record: which node, type, time and serial. Not its fields (audit_value.h).
 * Memory: views into the record's text. Threads: one for each reader. Limits: prefixes before the header, node and type
 * names are short; longer ones are no header.
 */
#ifndef FORMAT_AUDIT_HEADER_H
#define FORMAT_AUDIT_HEADER_H

#include "format/audit_bytes.h"
#include "format/audit_tables.h"

/* The text "1700000000.123:42)" of the newest record: most records repeat it, so it is compared before it is read. */
enum { AUDIT_STAMP_BYTES = 48, AUDIT_SECONDS_BYTES = 11 /* since 2001 */ };
struct audit_stamp {
    char text[AUDIT_STAMP_BYTES]; /* zero-padded */
    uint32_t bits;                /* one for each of the first 32 bytes that belong to it; 0 = none, or too long */
    size_t length;
    uint64_t seconds; /* if it begins with AUDIT_SECONDS_BYTES of them, the point included; else 0 */
    int64_t time_ms;
    uint64_t serial;
};

/* "type=SYSCALL msg=audit(", remembered by its type's first letters: one comparison instead of reading it. */
enum { AUDIT_PREFIXES = 128, AUDIT_PREFIX_BYTES = 32 };
struct audit_prefix {
    char text[AUDIT_PREFIX_BYTES]; /* zero-padded */
    uint32_t bits;                 /* one for each byte that belongs to it; 0 = none yet */
    uint8_t length;
    uint8_t name_length;
    uint16_t type;
    bool completes; /* audit_type_completes_event */
};

struct audit_header_reader {
    const struct audit_index *index;
    struct audit_stamp stamp;
    struct audit_prefix prefixes[AUDIT_PREFIXES];
};

struct audit_header {
    str node;      /* empty if there is none */
    str type_name; /* as written: "EXECVE", "UNKNOWN[1327]", "1400" */
    uint16_t type;
    int64_t time_ms;
    uint64_t serial;
    size_t body; /* offset of the first byte behind the header */
};

void audit_header_reader_init(struct audit_header_reader *reader, const struct audit_index *index);

/* Reads "[prefixes] [node=N] type=T [msg=]audit(SEC.MS:SERIAL)[:] ". Prefixes are what kernel, journal and relays put
 * before it: "audit: ", "kernel: ", "[ 12.345] ", "audispd: ". */
bool audit_header_parse(struct audit_header_reader *reader, str text, struct audit_header *ret_header);

/* The same for the usual record only: nothing stands before its type, which was seen before. Bytes may be read up to
 * `readable_end`, at or behind the end of the text. False: ask the other one. */
bool audit_header_parse_usual(struct audit_header_reader *reader, str text, const char *readable_end,
                              struct audit_header *ret_header);

static inline struct audit_prefix *audit_prefix_slot(struct audit_header_reader *reader, const char *type_name)
{
    return &reader->prefixes[bytes_load8(type_name) * UINT64_C(0xD6E8FEB86659FD93) >> 57];
}

static inline bool audit_is_prefix(const struct audit_prefix *prefix, const char *p)
{
    return prefix->bits != 0 && (bytes_equal32(p, prefix->text) & prefix->bits) == prefix->bits;
}

static inline bool audit_is_stamp(const struct audit_stamp *stamp, const char *p)
{
    return stamp->bits != 0 && (bytes_equal32(p, stamp->text) & stamp->bits) == stamp->bits;
}

/* The record that begins at p is a usual one (see audit_header_parse_usual) and has the time and serial of the one that
 * was read last: what is known of its beginning, else NULL. *ret_body is then the offset behind its header, ": "
 * included, which lies within its line. */
static inline const struct audit_prefix *audit_header_repeats(struct audit_header_reader *reader, const char *p,
                                                              const char *readable_end, uint32_t *ret_body)
{
    if (readable_end - p < AUDIT_PREFIX_BYTES + 32 + 2) {
        return NULL;
    }
    const struct audit_prefix *prefix = audit_prefix_slot(reader, p + 5);
    const char *stamp = p + prefix->length;
    if (!audit_is_prefix(prefix, p) || !audit_is_stamp(&reader->stamp, stamp)) {
        return NULL;
    }
    const char *behind = stamp + reader->stamp.length;
    *ret_body = (uint32_t)(behind + 2 - p);
    return behind[0] == ':' && behind[1] == ' ' ? prefix : NULL;
}

/* How surely the text is an audit record, 0 to 100. Looks at the first bytes only. */
int audit_header_detect(str text);

#endif
