/* format/format.h
 * What a log format is: one file in this folder ends with a `const struct format_def format_NAME` that the generated
 * registry lists. A format turns lines into rows of a batch. It knows nothing of files, other formats or the store.
 *
 * Damaged input is data: parse_line never fails because of what a line says. A line that looks like this format and
 * cannot be understood becomes a row with is_unparsed set; what was recovered before the damage is filled in.
 */
#ifndef FORMAT_FORMAT_H
#define FORMAT_FORMAT_H

#include "base/civil_time.h"
#include "base/error.h"
#include "column/batch.h"
#include "column/log_source.h"
#include "format/json_frame.h"

struct raw_finder;   /* format/raw_finder.h */
struct raw_found;
struct property_set; /* format/property_set.h */
struct row_writer;   /* format/row_writer.h */

/* A syslog header (RFC 3164 or 5424) around a line, already parsed. */
struct log_frame {
    bool is_present;
    bool has_time;
    int64_t time_ms;
    int priority; /* -1 if there is none */
    str host;
    str application;
    str process_id;
    str structured_data; /* RFC 5424 */
};

struct log_line {
    str text;            /* without frame, byte order mark and line end */
    str raw;             /* the whole line(s) without the last line end; `text` lies in it, unless it was unescaped */
    uint32_t input;      /* number of the input file */
    uint64_t line;       /* 1-based */
    uint32_t line_count; /* more than 1 for a JSON value spread over lines */
    bool is_truncated;   /* cut at LIMIT_LINE_BYTES */
    enum json_list list; /* of which `text` is an element */
    struct log_frame frame;
};

/* A text that a value of the field holds. */
struct raw_literal {
    field_id field;
    bool ignores_case; /* as ILIKE */
    str text;          /* not empty */
};

struct raw_cover {
    const struct raw_literal *literals; /* one at least */
    uint32_t count;
};

/* What a row has to hold: the literal, or all of the parts, or one of them at least. */
struct raw_condition {
    enum { RAW_LITERAL, RAW_ALL, RAW_ANY } kind;
    struct raw_literal literal;
    const struct raw_condition *const *parts; /* one at least */
    uint32_t count;
};

/* A reader of rows that takes no row but those that hold a literal of each of the covers. */
struct raw_query {
    const struct raw_cover *covers;
    uint32_t count;
    const struct raw_condition *condition; /* what more such rows hold; NULL: nothing is known */
};

/* What all readers of the rows want. A format may look for it in the bytes before it parses them, and leave rows out
 * that none of the queries takes; it counts them as if they had been written (row_writer_pass). It must not leave out
 * any other row, whatever the encoding of its values. */
struct raw_prefilter {
    const struct raw_query *queries;
    uint32_t count;
};

/* What formats may use; outlives their state. */
struct format_context {
    const struct schema *schema;
    const struct field_set *wanted; /* fields somebody asked for */
    const struct log_source_table *log_sources;
    const struct property_set *properties; /* the user's and the built-in extractors */
    const struct time_zone *zone;          /* for times without one; NULL = UTC */
    const struct raw_prefilter *prefilter; /* NULL: all rows are wanted */
    uint64_t *regex_given_up; /* counts values that cost a property's regular expression too much; may be NULL */
};

/* Whole lines that lie one behind the other, each with its line end. None of them was framed or joined. */
struct log_block {
    str text;
    uint32_t input;
    uint64_t line; /* number of the first one */
    /* Lines, maybe some of these, in which the format's finder was used already; NULL: none. They are gone with the
     * chunk (release_chunk). */
    const struct raw_found *searched;
};

struct format_field {
    const char *native; /* name in the log, e.g. "auid" or "objectRef.namespace" */
    const char *name;   /* AQL name: an event field or a custom property */
    enum value_type type;
    const char *description;
};

struct format_event_name {
    int64_t qid;
    const char *name;
    int64_t category;
    int64_t severity;
    const char *description; /* what happened, in a sentence; may be NULL */
};

/* A format this sure of a line gets it, if it had the line before, without the others being asked. */
enum { FORMAT_SURE = 90 };

/* Strings of a row are views into the line, into the batch's arena (batch_copy), constants, or views into the format's
 * state: what rows point to there may be given back in the second call of release_chunk after them and in close, not
 * before. The reader calls these two only when nobody looks at those rows any more. */
struct format_def {
    const char *name;
    const char *description;
    int64_t log_source_type;
    const struct format_field *fields;
    size_t field_count;
    const struct format_event_name *event_names;
    size_t event_name_count;
    /* 0 = surely not, 100 = surely. Looks at text and frame only; called for every line whose predecessor's format did
       not claim it, so it must be quick. */
    int (*detect)(const struct log_line *line);
    tocsin_status (*open)(const struct format_context *context, void **ret_state, struct error *err);
    void (*close)(void *state);
    /* TOCSIN_END: nothing was written, the line is not of this format after all and goes to the next surest one. For
       formats whose detect takes a word inside a line for a sign: text of an attacker may hold any word. */
    tocsin_status (*parse_line)(void *state, const struct log_line *line, struct row_writer *writer, struct error *err);
    /* Many lines at once, behind a line that parse_line took: takes those that are surely its own, that parse_line
       would not refuse, and that the reader would hand over as they stand, up to the first other one or until the
       writer has a full batch. What rows come of them is as with parse_line, line by line. May be NULL. */
    tocsin_status (*parse_lines)(void *state, const struct log_block *block, struct row_writer *writer,
                                 size_t *ret_bytes, uint64_t *ret_lines, struct error *err);
    /* What parse_lines looks for in every line; NULL: nothing. Does not change until close. May be NULL. */
    const struct raw_finder *(*finder)(void *state);
    /* The line goes on what an earlier line of this input began, like a row under the names of columns: as good as a
       sure detect, which is asked first. May be NULL. */
    bool (*continues)(void *state, const struct log_line *line);
    /* The input chunk is left, and in the end reused: copy what is kept of it. What rows written before the last call
       but one point to may be given back. May be NULL. */
    tocsin_status (*release_chunk)(void *state, struct error *err);
    /* End of one input: write what is still open. NULL: the format keeps nothing from line to line, and one state
       serves all inputs; else each input has its own. */
    tocsin_status (*finish)(void *state, struct row_writer *writer, struct error *err);
};

const struct format_def *const *format_list(size_t *ret_count); /* generated */
const struct format_def *format_find(str name);

#endif
