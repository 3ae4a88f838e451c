/* query_mutator.h - changes of a query by words instead of bytes, for libFuzzer: bytes alone seldom give a text that
 * parses. Half of the changes are libFuzzer's own, with its dictionary. Only fuzz programs include this, with
 * MUTATOR_OPTION_BYTES, which are left alone, and fuzz_engine(). */
#ifndef TESTS_FUZZ_ENGINE_QUERY_MUTATOR_H
#define TESTS_FUZZ_ENGINE_QUERY_MUTATOR_H

#include "base/str.h"
#include "base/strbuf.h"
#include "tocsin/tocsin.h"

enum { MUTATOR_PIECES_MAX = 2048 };

/* Things that fit where an expression or a condition stands, and tails of queries. */
static const char *const mutator_parts[] = {
    "NULL",
    "0",
    "-1",
    "9223372036854775807",
    "1.5",
    "0x1F",
    "''",
    "'a'",
    "'%a%'",
    "'10.0.0.1'",
    "'10.0.0.0/8'",
    "username",
    "sourceip",
    "starttime",
    "endtime",
    "qid",
    "category",
    "severity",
    "eventcount",
    "payload",
    "destinationport",
    "\"Command\"",
    "\"Process Name\"",
    "creeventlist",
    "hasOffense",
    "logsourceid",
    "identityip",
    "sourcebytes",
    "UTF8(payload)",
    "COUNT(*)",
    "COUNT(DISTINCT username)",
    "SUM(eventcount)",
    "MIN(sourceip)",
    "MAX(starttime)",
    "AVG(severity)",
    "FIRST(username)",
    "LAST(username)",
    "STDEV(eventcount)",
    "UNIQUECOUNT(qid)",
    "NOW()",
    "LONG(username)",
    "DOUBLE(eventcount)",
    "STR(sourceip)",
    "LOWER(username)",
    "STRLEN(username)",
    "SUBSTRING(username, 1, 2)",
    "CONCAT(username, qid)",
    "REPLACEALL('a', username, 'b')",
    "DATEFORMAT(starttime, 'YYYY')",
    "CASE WHEN severity > 4 THEN username ELSE 'x' END",
    "CASE username WHEN 'a' THEN 1 WHEN NULL THEN 2 END",
    "IF severity > 4 THEN 1 ELSE 2",
    "IN (SELECT username FROM events LIMIT 3)",
    "username IN ('a', NULL)",
    "sourceip IN (SELECT sourceip FROM events WHERE severity > 4)",
    "username IS NULL",
    "username IS NOT NULL",
    "username LIKE 'A%'",
    "username ILIKE '%d_i%'",
    "username MATCHES '(?i)^a.*'",
    "severity BETWEEN 1 AND 5",
    "INCIDR('10.0.0.0/8', sourceip)",
    "TEXT SEARCH 'one OR two'",
    "NOT (username = 'a')",
    "(1 = 1)",
    "(1 = 0)",
    "(SELECT username, COUNT(*) AS n FROM events GROUP BY username)",
    "(SELECT * FROM events ORDER BY qid LIMIT 4)",
    "GROUP BY username",
    "GROUP BY username, qid",
    "HAVING COUNT(*) > 1",
    "ORDER BY username",
    "ORDER BY starttime DESC",
    "ORDER BY username COLLATE 'de'",
    "LIMIT 2",
    "LAST 1 HOURS",
    "LAST 10 DAYS",
    "START '2026-11-23 03:10'",
    "START 1795403400000 STOP 1795404000000",
    "SESSION BY starttime username BEGIN severity > 4",
    "SESSION BY starttime username TIMEOUT 60 SECONDS",
    "INTO kept",
    "FROM flows",
    "FROM simarc",
    "FROM kept",
    "AND",
    "OR",
    "NOT",
    "=",
    "!=",
    "<",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    ",",
    "(",
    ")",
    "AS n",
    "AS \"a b\"",
    "*",
    "PARAMETERS REMOTESERVERS=ARIELSERVERS4EPID(8)",
    "TIMES OFFENSE_TIME",
    "DISTINCT",
};

static inline uint32_t mutator_next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static inline bool mutator_is_word(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '_' || c == '.';
}

/* Words, quoted texts with their quotes, and single symbols, each with the blanks behind it. */
static inline size_t mutator_split(str text, str pieces[MUTATOR_PIECES_MAX])
{
    size_t count = 0;
    for (size_t at = 0; at < text.len && count < MUTATOR_PIECES_MAX; count++) {
        size_t end = at + 1;
        char c = text.data[at];
        if (c == '\'' || c == '"') {
            size_t close = str_find_char(text, c, at + 1);
            end = close == SIZE_MAX ? text.len : close + 1;
        } else if (mutator_is_word(c)) {
            while (end < text.len && mutator_is_word(text.data[end])) {
                end++;
            }
        }
        while (end < text.len && ascii_is_blank(text.data[end])) {
            end++;
        }
        pieces[count] = str_slice(text, at, end);
        at = end;
    }
    return count;
}

static inline void mutator_append(struct strbuf *target, const str *pieces, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        strbuf_append(target, pieces[i]);
    }
}

static inline void mutator_append_part(struct strbuf *target, uint32_t *seed)
{
    strbuf_append_char(target, ' ');
    if (mutator_next(seed) % 4 == 0 && fuzz_engine()) {
        struct tocsin_function function;
        tocsin_function_get(fuzz_engine(), mutator_next(seed) % tocsin_function_count(fuzz_engine()), &function);
        strbuf_append(target, str_from_cstring(function.example));
    } else {
        strbuf_append(target, str_from_cstring(mutator_parts[mutator_next(seed) % countof(mutator_parts)]));
    }
    strbuf_append_char(target, ' ');
}

/* Some pieces of `text`, which begin at a random one, are left out, doubled, moved, put into parentheses, or replaced
 * by a part or by pieces of `other`. */
static inline void mutator_change(str text, str other, uint32_t *seed, struct strbuf *target)
{
    static str pieces[MUTATOR_PIECES_MAX];
    static str other_pieces[MUTATOR_PIECES_MAX];
    size_t count = mutator_split(text, pieces);
    size_t from = mutator_next(seed) % (count + 1);
    size_t length = mutator_next(seed) % 8;
    size_t to = from + length < count ? from + length : count;
    mutator_append(target, pieces, 0, from);
    switch (mutator_next(seed) % 7) {
    case 0:
        break;
    case 1:
        mutator_append(target, pieces, from, to);
        mutator_append(target, pieces, from, to);
        break;
    case 2:
        strbuf_append_char(target, '(');
        mutator_append(target, pieces, from, to);
        strbuf_append(target, STR(") "));
        break;
    case 3:
        mutator_append(target, pieces, from, to);
        mutator_append_part(target, seed);
        break;
    case 4:
    case 5:
        mutator_append_part(target, seed);
        break;
    default: {
        size_t other_count = mutator_split(other, other_pieces);
        size_t start = mutator_next(seed) % (other_count + 1);
        size_t end = start + mutator_next(seed) % 16;
        mutator_append(target, other_pieces, start, end < other_count ? end : other_count);
    }
    }
    mutator_append(target, pieces, to, count);
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *two, size_t two_size,
                                 uint8_t *target, size_t size_max, unsigned int seed);

static inline size_t mutator_take(const uint8_t *options, struct strbuf *text, uint8_t *target, size_t size_max)
{
    size_t bytes = text->len < size_max - MUTATOR_OPTION_BYTES ? text->len : size_max - MUTATOR_OPTION_BYTES;
    memmove(target, options, MUTATOR_OPTION_BYTES);
    if (bytes > 0) {
        memcpy(target + MUTATOR_OPTION_BYTES, text->data, bytes);
    }
    strbuf_release(text);
    return MUTATOR_OPTION_BYTES + bytes;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned int seed)
{
    uint32_t random = seed * 2654435761U + 1;
    if (size <= MUTATOR_OPTION_BYTES || size_max <= MUTATOR_OPTION_BYTES || mutator_next(&random) % 2 == 0) {
        return LLVMFuzzerMutate(data, size, size_max);
    }
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    str old = str_from((const char *)data + MUTATOR_OPTION_BYTES, size - MUTATOR_OPTION_BYTES);
    mutator_change(old, old, &random, &text);
    return mutator_take(data, &text, data, size_max);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *two, size_t two_size,
                                 uint8_t *target, size_t size_max, unsigned int seed)
{
    uint32_t random = seed * 2654435761U + 1;
    if (one_size < MUTATOR_OPTION_BYTES || two_size < MUTATOR_OPTION_BYTES || size_max <= MUTATOR_OPTION_BYTES) {
        return 0;
    }
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    mutator_change(str_from((const char *)one + MUTATOR_OPTION_BYTES, one_size - MUTATOR_OPTION_BYTES),
                   str_from((const char *)two + MUTATOR_OPTION_BYTES, two_size - MUTATOR_OPTION_BYTES), &random, &text);
    return mutator_take(one, &text, target, size_max);
}

#endif
