/* format/raw_finder.h
 * A few texts looked for in the raw bytes of a log, before anything is parsed: each as it stands and, where asked, as
 * the upper-case hex digits that auditd writes for text. For finding the lines worth parsing; not for values
 * (needle.h). How: three bytes in a row of every text, the rarest ones, are told by a table for each of them (AVX-512,
 * 64 positions at a time) or by two, of their low and their high halves (AVX2); only where all three fit some text it
 * is compared. Which code runs is chosen when the program runs. Reads only bytes between `from` and `end`. Memory: none
 * but the struct. Threads: immutable once filled. Limits: RAW_PATTERNS_MAX texts; of a longer text than
 * RAW_PATTERN_BYTES the begin is looked for, which only adds hits.
 */
#ifndef FORMAT_RAW_FINDER_H
#define FORMAT_RAW_FINDER_H

#include "base/str.h"

enum { RAW_PATTERNS_MAX = 24, RAW_PATTERN_BYTES = 48, RAW_PROBES = 3, RAW_TABLE_BYTES = 16, RAW_BYTES = 128 };

struct raw_pattern {
    uint8_t bytes[RAW_PATTERN_BYTES];
    uint8_t masks[RAW_PATTERN_BYTES]; /* bits that do not matter, and are set in `bytes` */
    uint32_t length;
    uint32_t probe; /* offset of the bytes that are looked for first */
};

struct raw_lines;
/* Tells what a format needs to know of lines that were searched, group by group, while their bytes are near: fills
 * their groups. Bytes may be read up to `end`. Called by several threads, each with a scratch of its own, which is all
 * zero when it is used first. */
typedef void raw_grouping(const void *context, void *scratch, const char *end, struct raw_lines *lines);

struct raw_finder {
    raw_grouping *group; /* NULL: lines need not be told more of */
    const void *group_context;
    size_t scratch_bytes;
    struct raw_pattern patterns[RAW_PATTERNS_MAX];
    uint32_t count;
    bool finds_high_byte; /* a byte outside ASCII is a hit, too */
    /* By half of a byte: a bit for each eighth of the patterns that have such a byte at this probe. */
    uint8_t low[RAW_PROBES][RAW_TABLE_BYTES];
    uint8_t high[RAW_PROBES][RAW_TABLE_BYTES];
    uint8_t bytes[RAW_PROBES][RAW_BYTES]; /* the same by byte, without its highest bit */
};

void raw_finder_init(struct raw_finder *finder);

/* False: there is no room for it. The text is not empty. With `ignores_case` of ASCII letters. */
bool raw_finder_add(struct raw_finder *finder, str text, bool ignores_case) __attribute__((warn_unused_result));
/* The same for the text's bytes as upper-case hex digits. */
bool raw_finder_add_hex(struct raw_finder *finder, str text, bool ignores_case) __attribute__((warn_unused_result));

/* With bits that do not matter: those of `masks`, a byte for each, which are set in the text. */
bool raw_finder_add_masked(struct raw_finder *finder, str text, const char *masks) __attribute__((warn_unused_result));
/* A pattern of another finder. */
bool raw_finder_add_pattern(struct raw_finder *finder, const struct raw_pattern *pattern)
    __attribute__((warn_unused_result));

/* A byte of the first hit at or behind `from`, or `end`. */
const char *raw_finder_next(const struct raw_finder *finder, const char *from, const char *end);

/* Lines one behind the other, and which of them hold a hit: what one pass over their bytes tells. */
enum { RAW_LINES_MAX = 2048, RAW_LINES_BYTES = 262144, RAW_LINES_SPARE = 4096 };
/* Lines one behind the other that a format takes together: all lines are in groups, or none is. */
struct raw_group {
    int64_t time_ms; /* what these and the flags are is up to the format */
    uint64_t serial;
    uint16_t first;
    uint8_t count;
    uint8_t flags;
};
struct raw_lines {
    const char *from; /* of the first one */
    uint32_t count;
    uint32_t group_count;
    struct raw_group groups[RAW_LINES_MAX];
    uint32_t ends[RAW_LINES_MAX + RAW_LINES_SPARE + 1]; /* where their line ends stand behind `from` */
    uint64_t hits[(RAW_LINES_MAX + RAW_LINES_SPARE) / 64 + 1];
};

static inline bool raw_lines_has_hit(const struct raw_lines *lines, uint32_t line)
{
    return lines->hits[line / 64] >> line % 64 & 1;
}

/* The first lines of [from, end): RAW_LINES_MAX of them, as many as begin in about RAW_LINES_BYTES, or all that have
 * an end; one at least if any has. No hit goes over a line's end, no text is one byte; there are less than 4 GiB. */
void raw_finder_lines(const struct raw_finder *finder, const char *from, const char *end, struct raw_lines *ret_lines);
/* The same, and their groups, if the finder has them told. */
void raw_finder_groups(const struct raw_finder *finder, void *scratch, const char *from, const char *end,
                       struct raw_lines *ret_lines);

/* Bytes of the lines up to number `count`. */
static inline size_t raw_lines_bytes(const struct raw_lines *lines, uint32_t count)
{
    return count > 0 ? lines->ends[count - 1] + (size_t)1 : 0;
}

static inline str raw_lines_text(const struct raw_lines *lines, uint32_t line)
{
    size_t start = raw_lines_bytes(lines, line);
    return str_from(lines->from + start, lines->ends[line] - start);
}

/* Lines that somebody else found: lists of them, one behind the other, with other lines between them maybe. */
struct raw_found {
    const struct raw_lines *lists;
    uint32_t count;
};

/* A search that goes on in the same bytes, asked from one line after the other: what was found ahead is remembered.
 * Zero at the beginning. */
struct raw_search {
    struct raw_lines own;
    const struct raw_lines *lines; /* found last; NULL: none */
    uint32_t next;                 /* of them */
    uint32_t next_group;           /* that begins there, if there are groups */
    void *scratch;                 /* for groups */
};
/* Sees to it that the next line begins at `at`, where one does. `ready`: what somebody else found with this finder in
 * these bytes, or NULL; it is looked at until the bytes change. */
void raw_search_go(struct raw_search *search, const struct raw_finder *finder, const struct raw_found *ready,
                   const char *at, const char *end);
/* The bytes change. */
static inline void raw_search_forget(struct raw_search *search)
{
    search->lines = NULL;
    search->next = 0;
    search->next_group = 0;
}

/* Which code runs: the best the processor has, unless a test asks for less. Not for use while searches run. */
enum raw_kernel { RAW_KERNEL_BEST, RAW_KERNEL_AVX2, RAW_KERNEL_PORTABLE };
void raw_finder_use_kernel(enum raw_kernel kernel);

#endif
