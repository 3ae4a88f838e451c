/* format/audit_value.h
 * The key=value fields of one audit record and the encodings of values. Knows nothing of events (audit_event_table.h
 * joins records to them) or of what a field means (audit_event.h).
 * Memory: everything found is a view into the record's text; decoding writes where the caller says.
 * Threads: one for each scanner. Limits: a record is at most LIMIT_LINE_BYTES long.
 */
#ifndef FORMAT_AUDIT_VALUE_H
#define FORMAT_AUDIT_VALUE_H

#include "format/audit_bytes.h"
#include "format/audit_tables.h"

/* auditd puts this byte between the kernel's fields and the names it adds with log_format = ENRICHED. */
#define AUDIT_ENRICHMENT_SEPARATOR '\x1D'

static inline bool audit_is_separator(char c)
{
    return c == ' ' || c == AUDIT_ENRICHMENT_SEPARATOR;
}

struct audit_value {
    const char *data;
    uint32_t length;
    bool is_quoted; /* the quotes are not part of data */
    bool is_cut;    /* the line ended before the closing quote */
};

/* Values by key. A key that comes twice keeps its first value, and values that say "none" ("(null)", "(none)", "?")
 * are not kept: what the kernel writes comes before what programs may choose. */
struct audit_values {
    struct audit_values_set {
        bool has[AUDIT_KEY_COUNT]; /* that of AUDIT_KEY_NONE is always true, so that unknown keys are not kept either */
    } set;
    uint32_t count;
    struct audit_value slots[AUDIT_KEY_COUNT];
};

static inline bool audit_values_has(const struct audit_values *values, enum audit_key key)
{
    return values->set.has[key];
}
static inline void audit_values_clear(struct audit_values *values)
{
    memset(&values->set, 0, sizeof(values->set));
    values->set.has[AUDIT_KEY_NONE] = true;
    values->count = 0;
}
static inline const struct audit_value *audit_values_get(const struct audit_values *values, enum audit_key key)
{
    return values->set.has[key] ? &values->slots[key] : NULL;
}

/* The key (with its '=') that stood at some place of the last record of this shape. The kernel writes the fields of a
 * record type in one order, so it is nearly always the key of the next record too, and one comparison replaces the
 * search for its end and the look-up. */
enum { AUDIT_SHAPES = 16, AUDIT_GUESSES = 63, AUDIT_GUESS_BYTES = 16 };
struct audit_guess {
    uint64_t word;        /* its first eight bytes, */
    uint64_t mask;        /* as far as they belong to it; what is masked by that of no guess is not its word */
    uint64_t word_behind; /* the next eight */
    uint64_t mask_behind;
    char text[AUDIT_GUESS_BYTES]; /* zero-padded */
    uint32_t bits;                /* one for each byte of text; 1 << AUDIT_GUESS_BYTES = no guess */
    uint8_t length;               /* with '=' */
    uint8_t key;                  /* enum audit_key */
};

/* Takes the fields of text[from..] that are guesses[*place] and the following ones. Gives where it stopped: at the end
 * of the text, also if `values` holds `enough`, else at the beginning of a field (of one that is not as guessed,
 * mostly) or of what may be one. *place is then the guess for it. See audit_walk.h. */
typedef const char *audit_walk(const struct audit_guess *guesses, uint32_t *place, str text, size_t from,
                               uint32_t enough, struct audit_values *values);

struct audit_scanner {
    const struct audit_index *index;
    audit_walk *walk; /* NULL: none */
    bool is_guessing;
    struct audit_guess guesses[AUDIT_SHAPES][AUDIT_GUESSES + 1]; /* the last one stays empty */
};

void audit_scanner_init(struct audit_scanner *scanner, const struct audit_index *index);

/* Takes the known fields of text[from..], a record of this type; goes into msg='...' as well. Ends early when `values`
 * holds `enough` of them. */
void audit_values_scan(struct audit_scanner *scanner, uint16_t type, str text, size_t from, uint32_t enough,
                       struct audit_values *values);

/* Some tools drop the separator byte, so that the next key sticks to the value: res=1AUID="x", key=(null)ARCH=x86_64.
 * Gives the length that belongs to the value. */
size_t audit_value_unglued_length(const char *value, size_t length);

/* The value at p, ending before `end`; *ret_next is what follows it and its closing quote. */
static inline struct audit_value audit_value_read(const char *p, const char *end, const char **ret_next)
{
    if (p < end && *p == '"') {
        const char *close = bytes_find_either(p + 1, end, '"', '"');
        *ret_next = close + (close < end);
        return (struct audit_value){p + 1, (uint32_t)(close - p - 1), true, close == end};
    }
    const char *stop = bytes_find_either(p, end, ' ', AUDIT_ENRICHMENT_SEPARATOR);
    if (stop > p && (stop[-1] == '"' || *p == '(')) {
        stop = p + audit_value_unglued_length(p, (size_t)(stop - p));
    }
    *ret_next = stop;
    return (struct audit_value){p, (uint32_t)(stop - p), false, false};
}

/* The same by offsets. */
static inline struct audit_value audit_value_at(str text, size_t from, size_t *ret_next)
{
    const char *next;
    struct audit_value value = audit_value_read(text.data + from, text.data + text.len, &next);
    *ret_next = (size_t)(next - text.data);
    return value;
}

/* True if the value is hex that stands for text: unquoted, whole pairs of 0-9A-F. Ask only for fields that the kernel
 * or auditd encodes; a pid looks the same. `is_at_end`: the value ends its line, which may have been cut within a
 * pair. */
bool audit_value_is_encoded(const struct audit_value *value, bool is_at_end);
/* Writes length / 2 bytes. The value must be encoded. */
size_t audit_value_decode(const struct audit_value *value, char *ret);

bool audit_value_to_u64(const struct audit_value *value, unsigned base, uint64_t *ret);
static inline str audit_value_text(const struct audit_value *value)
{
    return str_from(value->data, value->length);
}

/* "?", "(null)", "(none)" */
static inline bool audit_value_says_none(const struct audit_value *value)
{
    str text = audit_value_text(value);
    return text.len > 0 && (*text.data == '?' || *text.data == '(') &&
           (str_eq(text, STR("?")) || str_eq(text, STR("(null)")) || str_eq(text, STR("(none)")));
}

#endif
