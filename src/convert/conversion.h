/* convert/conversion.h - shared by the files of this folder: a conversion at work, and what a target is.
 * condition.c makes the conditions, condition_writer.c and value_writer.c write them in the words of a target,
 * to_TARGET.c holds those words. */
#ifndef CONVERT_CONVERSION_H
#define CONVERT_CONVERSION_H

#include "convert/condition.h"
#include "convert/convert.h"

/* How a function of AQL is written: $1.. are its arguments, $* all of them joined by commas. */
struct convert_function {
    const char *name;
    const char *text;
};

/* The words of a target for values. NULL texts: it has none, and says so by the name of the construct. */
struct value_words {
    const char *null;
    const char *to_number; /* "tonumber($1)" */
    const char *to_integer;
    const char *is_null;  /* "isnull($1)" */
    const char *coalesce; /* "coalesce($*)" */
    const char *equal;    /* " == " */
    const char *divide;   /* of integers, towards zero: "($1 / $2)" */
    const char *remainder;
    const char *case_open;                      /* "case(" */
    const char *case_else;                      /* what stands in front of the last value: ", true(), " */
    bool has_nested_case;                       /* if(c, v, if(..)) */
    const struct convert_function *functions;   /* ends with a NULL name */
    const char *aggregates[AGGREGATE_LAST + 1]; /* "sum($1)" */
    bool needs_key;                             /* a row without a key would be in no group: "" stands in */
};

struct conversion;

/* One target. `write` makes the text; it calls condition_write and value_write, which call the rest. */
struct convert_dialect {
    struct convert_target target;
    const char *comment;     /* what begins a comment of one line */
    const char *comment_end; /* or "" */
    const char *and_text;
    const char *or_text;
    const char *not_open;
    const char *not_close;
    const char *true_text;
    const char *false_text;
    bool has_parallel_columns; /* made at once: a column may be called as a field that another one needs */
    bool is_partitioned;       /* a rule or a part of the query for each log source type */
    bool has_time;             /* CONDITION_TIME can be said */
    bool has_like_values;      /* LIKE takes any text as its pattern */
    bool has_values;           /* values.. can be said: columns, scores */
    struct value_words values;
    void (*string)(struct strbuf *target, str text);
    void (*field)(struct strbuf *target, str name);
    /* One test of `name` (or, if that is empty, of test->value). `is_negative`: under an odd number of NOTs, where it
       must be false, not null, of a row that lacks the field. */
    tocsin_status (*test)(struct conversion *conversion, const struct condition *test, str name, bool is_negative);
    /* NULL: as a number of milliseconds it is not to be had. */
    void (*time_value)(struct strbuf *target, str name);
    /* NULL: by the words of .values. */
    tocsin_status (*case_value)(struct conversion *conversion, const struct expression *value);
    /* DATEFORMAT of a field ($1) by a text ($2); text NULL: it can't be said. */
    struct {
        const char *text;
        bool is_strftime; /* its letters, instead of those of .NET and Java */
    } date_format;
    tocsin_status (*write)(struct conversion *conversion);
};

extern const struct convert_dialect dialect_splunk, dialect_sentinel, dialect_elastic_esql, dialect_elastic_eql,
    dialect_logscale, dialect_sumo, dialect_chronicle, dialect_sigma, dialect_falco;

/* The log source types that the part being written is for. */
struct convert_scope {
    const struct field_map_type **types;
    const struct field_map **maps; /* where each comes from */
    uint32_t count;
};

struct conversion {
    struct arena *arena;
    const struct plan *plan;
    const struct convert_dialect *dialect;
    const struct convert_options *options;
    const struct convert_rule *rule;
    const struct field_map *maps[2]; /* the user's, if there is one, then the built-in one */
    uint32_t map_count;
    str text;
    const char *source_name;
    struct error *err;
    struct strbuf *out;
    const struct condition *filter; /* times taken out where the target has none */
    struct convert_scope all;       /* every type that the query is about */
    struct convert_scope scope;     /* of the part being written */
    bool is_in_condition;           /* a computed value is being written for a test */
    bool is_grouped;                /* names are those of the groups' columns */
    unsigned indent;
    const struct syntax_node *place; /* nearest of what is being worked on */
    struct convert_note *notes;
    size_t note_count;
    struct convert_field *fields;
    size_t field_count;
    void *own; /* of the dialect */
};

/* ---- conversion.c ---- */

/* An error that names the construct, at its place. */
tocsin_status convert_refuse(struct conversion *conversion, const struct syntax_node *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Said once each. */
tocsin_status convert_note(struct conversion *conversion, unsigned effect, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A field that has no name in the log source type at work: said, if such logs have it at all. */
tocsin_status convert_note_missing(struct conversion *conversion, field_id field, unsigned effect);
/* As Tocsin calls the type that the map may know under another of its names. */
str convert_type_name(const struct conversion *conversion, const struct field_map_type *type);
const struct field *convert_field_of(const struct conversion *conversion, field_id field);

enum { CONVERT_NAMES_MAX = 8 };
/* What the target calls the field, in the log source types of the scope: different names, each once. None (and
 * TOCSIN_OK): only other types have it. Refused if nobody has it. */
tocsin_status convert_field_names(struct conversion *conversion, field_id field, str ret_names[CONVERT_NAMES_MAX],
                                  uint32_t *ret_count);
bool convert_field_is_known(const struct conversion *conversion, field_id field);
/* FROM or the table of the scope; NULL. */
const char *convert_from(const struct conversion *conversion);
/* The part of the filter for one log source type, and the scope for it. False in *ret_is_there: there is none. */
tocsin_status convert_enter_type(struct conversion *conversion, uint32_t type, const struct condition **ret_condition,
                                 bool *ret_is_there);
void convert_leave_type(struct conversion *conversion);
/* `write` for each log source type that has a part, in its scope; `separator` between two. */
tocsin_status convert_write_types(struct conversion *conversion, str separator,
                                  tocsin_status (*write)(struct conversion *conversion,
                                                         const struct condition *condition));

/* Comments about the conversion, a line each, every one behind `prefix`. */
void convert_write_account(struct conversion *conversion, struct strbuf *target, const char *prefix,
                           const char *suffix);
/* One line, without what could end a comment. */
void convert_append_plain(struct strbuf *target, str text);
/* A double-quoted YAML scalar. */
void convert_yaml_string(struct strbuf *target, str text);

/* ---- condition_writer.c ---- */

/* Parentheses are put where they are needed to read it the same whatever binds tighter. */
tocsin_status condition_write(struct conversion *conversion, const struct condition *condition, bool is_negative);
/* A line "| KEYWORD ..", unless every row meets the condition; it may be NULL. */
tocsin_status condition_write_step(struct conversion *conversion, const char *keyword,
                                   const struct condition *condition);
/* AND of the tests that tell events of these types from others; TRUE if there are none. */
tocsin_status condition_of_sources(struct conversion *conversion, const struct condition *source,
                                   const struct condition **ret_condition);

/* ---- value_writer.c ---- */

tocsin_status value_write(struct conversion *conversion, const struct expression *value);
/* Without leaving anything behind: can it be said? */
bool value_can_be_written(struct conversion *conversion, const struct expression *value);
void number_write(struct strbuf *target, double number);
/* "($1 / $2)" with the texts put in. */
void template_write(struct strbuf *target, const char *text, const str *arguments, uint32_t count);
/* For convert_dialect.string: in double quotes, with a backslash before quotes and backslashes; _escaped has line ends
 * and tabs as \n, \r and \t, too. */
void string_write_quoted(struct strbuf *target, str text);
void string_write_escaped(struct strbuf *target, str text);

/* ---- columns.c ---- */

/* What SELECT asks for, each with the name it gets; what can't be said is left out, with a note. */
struct convert_column {
    str name;
    str text;
    const struct expression *expression;
    str aggregate; /* of a group's column: sum(x); text is empty */
};
tocsin_status columns_of_outputs(struct conversion *conversion, struct convert_column **ret_columns,
                                 uint32_t *ret_count);
/* Keys (name, text), then aggregates (name, aggregate) of the group. */
tocsin_status columns_of_group(struct conversion *conversion, struct convert_column **ret_columns,
                               uint32_t *ret_key_count, uint32_t *ret_count);

/* ORDER BY: the name of a column, or (is_new) a text that needs one first. */
struct convert_order {
    str name;
    str text;
    bool is_new;
    bool is_column; /* of the columns given; else of the rows read */
    bool is_descending;
};
tocsin_status columns_of_orders(struct conversion *conversion, const struct convert_column *columns,
                                uint32_t column_count, struct convert_order **ret_orders, uint32_t *ret_count);
/* HAVING. */
tocsin_status convert_having(struct conversion *conversion, const struct condition **ret_condition);

/* ---- for dialects ---- */

#define OUT(conversion, literal) strbuf_append((conversion)->out, STR(literal))
/* A regular expression for a LIKE or MATCHES test, as text without quotes. Refused where it can't be said. */
tocsin_status convert_regex(struct conversion *conversion, const struct condition *test,
                            const struct pattern_style *style, struct strbuf *target);
/* The same for one of the texts of a list. */
tocsin_status convert_exact_regex(struct conversion *conversion, const struct condition *test, str text,
                                  const struct pattern_style *style, struct strbuf *target);
/* Every value of a list, by `one`, in parentheses or whatever `open`, `between`, `close` are. */
void convert_text_list(struct conversion *conversion, const struct condition *test, const char *open,
                       const char *between, const char *close);
void convert_number_list(struct conversion *conversion, const struct condition *test, const char *open,
                         const char *between, const char *close);
/* The value or field that a test is of. */
tocsin_status convert_subject(struct conversion *conversion, const struct condition *test, str name);
str operator_text(enum syntax_operator operator);
/* The name of a column without what other systems do not take. */
bool name_is_plain(str name, const char *also);
/* Lower case, ASCII. NULL data: out of memory. */
str convert_lower(struct conversion *conversion, str text);
bool text_is_ascii(str text);

#endif
