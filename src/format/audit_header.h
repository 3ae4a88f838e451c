/* format/audit_header.h
 * The header of one audit record: which node, type, time and serial. Not its fields (audit_value.h).
 * Memory: views into the record's text. Threads: one for each reader. Limits: prefixes before the header, node and type
 * names are short; longer ones are no header.
 */
#ifndef FORMAT_AUDIT_HEADER_H
#define FORMAT_AUDIT_HEADER_H

#include "format/audit_tables.h"

/* The text "1700000000.123:42)" of the newest record: most records repeat it, so it is compared before it is read. */
enum { AUDIT_STAMP_BYTES = 48 };
struct audit_stamp {
    char text[AUDIT_STAMP_BYTES]; /* zero-padded */
    uint32_t bits;                /* one for each of the first 32 bytes that belong to it; 0 = none, or too long */
    size_t length;
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

/* How surely the text is an audit record, 0 to 100. Looks at the first bytes only. */
int audit_header_detect(str text);

#endif
