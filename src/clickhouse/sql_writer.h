/* clickhouse/sql_writer.h
 * Expressions of a plan as SQL of ClickHouse, exact for every value a column may hold. What differs there for some
 * values only is written all the same, with a doubt: a condition that holds for every row whose value may differ. Who
 * filters adds the doubts by OR, and looks at these rows itself. What differs otherwise is refused, with the reason.
 * Nothing written here fails on the server for any value (no division by zero, no text that does not convert), since it
 * may compute both sides of a CASE.
 * Memory: texts in the arena. Threads: a writer belongs to one.
 * Limits: LIMIT_CLICKHOUSE_PART_BYTES for one expression, SQL_DOUBTS_MAX.
 */
#ifndef CLICKHOUSE_SQL_WRITER_H
#define CLICKHOUSE_SQL_WRITER_H

#include "clickhouse/plan_split.h"

enum { SQL_DOUBTS_MAX = 32, SQL_REASON_BYTES = 160, SQL_WORDS_MAX = 255 };

struct sql_writer {
    const struct clickhouse_target *target;
    struct arena *arena;
    const struct schema *schema; /* of the rows that are read */
    bool is_null_sql;
    str doubts[SQL_DOUBTS_MAX];
    uint32_t doubt_count;
    bool is_superset; /* what was written may hold for rows that the plan does not take, without a doubt that says so */
    char reason[SQL_REASON_BYTES]; /* of the last refusal */
    bool is_failed;                /* memory is out */
};

struct sql_value {
    str text;
    bool may_be_null;
};

/* Forgets doubts and the reason. */
void sql_writer_reset(struct sql_writer *writer);

/* All give false with the reason, or with is_failed. */
bool sql_value_write(struct sql_writer *writer, const struct expression *expression, struct sql_value *ret_value);
/* 1 for the rows for which the predicate is true (or, if negated, false), else 0: never null. In a place where a
 * superset will do (`may_be_superset`), is_superset may become true. */
bool sql_condition_write(struct sql_writer *writer, const struct expression *expression, bool is_negated,
                         bool may_be_superset, str *ret_text);
/* A condition that holds for all rows for which the predicate is true (false), if parts of it can't be written: those
 * are left out. Sets is_superset if any was. `is_whole`: nothing was left out. */
bool sql_weaker_write(struct sql_writer *writer, const struct expression *expression, bool is_negated, str *ret_text,
                      bool *ret_is_whole);
/* The condition, or a doubt. */
str sql_with_doubts(struct sql_writer *writer, str condition);

/* ---- parts, for the files of this folder ---- */

/* A text that is begun with twice the room it may take says what it failed for, as long as nothing longer than that is
 * appended at once. */
static inline bool text_lacks_memory(const struct strbuf *text)
{
    return text->is_failed && text->len <= text->bytes_max / 2;
}

static inline bool text_is_too_long(const struct strbuf *text)
{
    return text->len > text->bytes_max / 2;
}

/* $1 to $9 stand for the arguments. Empty text: memory is out, or the text is too long; the writer knows. */
str sql_format(struct sql_writer *writer, const char *template, const str *arguments, uint32_t count);
#define SQL(writer, template, ...)                                                                                     \
    sql_format((writer), (template), (const str[]){__VA_ARGS__}, sizeof((const str[]){__VA_ARGS__}) / sizeof(str))
str sql_string(struct sql_writer *writer, str value);
str sql_integer(struct sql_writer *writer, int64_t value); /* as a literal, for comparisons */
str sql_long(struct sql_writer *writer, int64_t value);    /* of type Int64 */
str sql_double(struct sql_writer *writer, double value);
str sql_ip(struct sql_writer *writer, const struct ip *ip);
bool sql_refuse(struct sql_writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool sql_doubt(struct sql_writer *writer, str condition);
/* Doubts rows whose text is not all ASCII. */
bool sql_doubt_not_ascii(struct sql_writer *writer, str text);
/* 0 for null. */
str sql_not_null(struct sql_writer *writer, const struct sql_value *value, str test);

bool sql_like_write(struct sql_writer *writer, const struct sql_value *value, const struct expression *expression,
                    str *ret_test);
/* How many of these tests, from the first on, are ILIKE '%word%' of one field, to be written together; 0 or 1: they are
 * not. Then a condition for one of them by OR: 1 or 0. */
uint32_t sql_words_count(const struct sql_writer *writer, const struct expression *const *tests, uint32_t count);
bool sql_words_write(struct sql_writer *writer, const struct expression *const *tests, uint32_t count, str *ret_text);
/* A text that is never null has one of these words, in any case. */
bool sql_is_word(const struct sql_writer *writer, str text); /* of ASCII, and the server knows how to look for many */
str sql_any_word(struct sql_writer *writer, str plain, const str *words, uint32_t count);
/* Sets is_superset where the server may find more. */
bool sql_regex_write(struct sql_writer *writer, const struct sql_value *value, const struct expression *expression,
                     str *ret_test);
/* The pattern of REPLACEALL as the server takes it, if it replaces the same there. */
bool sql_regex_of_replace(struct sql_writer *writer, const struct sql_value *value, str pattern, str *ret_regex);
bool sql_convert(struct sql_writer *writer, enum value_type from, enum value_type to, const struct sql_value *value,
                 struct sql_value *ret_value);

bool sql_call_write(struct sql_writer *writer, const struct expression *expression, struct sql_value *ret_value);
/* A function of one value that varies: a list of what it gives for values that are known, all others in doubt. */
bool sql_known_write(struct sql_writer *writer, const struct expression *expression, struct sql_value *ret_value);
/* There is SQL for calls of the function. */
bool sql_call_is_written(const struct function_def *function);

#endif
