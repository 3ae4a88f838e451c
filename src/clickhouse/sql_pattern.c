/* sql_pattern.c - LIKE, ILIKE, MATCHES and IMATCHES.
 * The server's LIKE and its regular expressions (RE2) read UTF-8 and give up where it is ill-formed, its other
 * functions compare bytes. So patterns that are a text with or without % at its ends are asked of the latter, and for
 * the rest values that are not all ASCII are in doubt. 18.16's match() looks for a word of the pattern beforehand, in
 * the wrong way where (?i) or a choice is in it: every letter that has two cases is written as a class, and a second
 * choice that fits nothing switches that off. */
#include "base/utf8.h"
#include "clickhouse/sql_writer.h"
#include "convert/text_pattern.h"
#include "match/letter_case.h"

#include "base/limits.h"

/* ---- LIKE ---- */

/* Kelvin sign and long s: the letters that are k and s in another case, which the server's functions do not know. */
static bool doubt_variants(struct sql_writer *writer, str value, str text)
{
    bool has_k = false;
    bool has_s = false;
    for (size_t i = 0; i < text.len; i++) {
        has_k |= ascii_lower(text.data[i]) == 'k';
        has_s |= ascii_lower(text.data[i]) == 's';
    }
    return (!has_k || sql_doubt(writer, SQL(writer, "ifNull(position($1, '\\xE2\\x84\\xAA') > 0, 0)", value))) &&
           (!has_s || sql_doubt(writer, SQL(writer, "ifNull(position($1, '\\xC5\\xBF') > 0, 0)", value)));
}

/* The pattern with Kelvin sign and long s as the k and s that they are, where case is ignored. */
static str without_variants(struct sql_writer *writer, str pattern)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_CLICKHOUSE_PART_BYTES);
    for (size_t at = 0; at < pattern.len;) {
        uint32_t code_point;
        size_t taken = utf8_decode(str_skip(pattern, at), &code_point);
        uint32_t folded = case_fold(code_point);
        if (code_point >= 0x80 && folded < 0x80) {
            strbuf_append_char(&text, (char)folded);
        } else {
            strbuf_append(&text, str_slice(pattern, at, at + taken));
        }
        at += taken;
    }
    str result = arena_copy(writer->arena, strbuf_str(&text));
    writer->is_failed |= text.is_failed || !result.data;
    strbuf_release(&text);
    return result.data ? result : STR_EMPTY;
}

/* A letter of the pattern has other cases outside ASCII: a value of ASCII does not match. */
static bool has_folded_letters(str pattern)
{
    uint32_t code_point;
    for (size_t at = 0; at < pattern.len; at += utf8_decode(str_skip(pattern, at), &code_point)) {
        utf8_decode(str_skip(pattern, at), &code_point);
        if (code_point >= 0x80 && case_has_variants(code_point)) {
            return true;
        }
    }
    return false;
}

static str ascii_lower_text(struct sql_writer *writer, str text)
{
    str lower = arena_copy(writer->arena, text);
    writer->is_failed |= !lower.data;
    char *bytes = (char *)(uintptr_t)lower.data; /* our own copy */
    for (size_t i = 0; i < lower.len; i++) {
        bytes[i] = ascii_lower(bytes[i]);
    }
    return lower.data ? lower : STR_EMPTY;
}

/* The pattern for the server's LIKE, where a backslash takes the meaning from the character behind it. */
static str like_pattern(struct sql_writer *writer, str pattern)
{
    struct strbuf text;
    strbuf_init(&text, 2 * LIMIT_CLICKHOUSE_PART_BYTES);
    for (size_t i = 0; i < pattern.len; i++) {
        strbuf_append(&text, pattern.data[i] == '\\' ? STR("\\") : STR_EMPTY);
        strbuf_append_char(&text, pattern.data[i]);
    }
    writer->is_failed |= text_lacks_memory(&text);
    str result = sql_string(writer, strbuf_str(&text)); /* too long as it is, if it is cut */
    strbuf_release(&text);
    return result;
}

static bool write_like_text(struct sql_writer *writer, const struct sql_value *value, enum like_shape shape, str text,
                            bool ignores_case, str *ret_test)
{
    str wanted = sql_string(writer, ignores_case ? ascii_lower_text(writer, text) : text);
    if (ignores_case && !doubt_variants(writer, value->text, text)) {
        return false;
    }
    if (shape == LIKE_CONTAINS) {
        *ret_test = SQL(writer, ignores_case ? "positionCaseInsensitive($1, $2) > 0" : "position($1, $2) > 0",
                        value->text, wanted);
        return ret_test->len > 0;
    }
    const char *template = shape == LIKE_STARTS ? "startsWith($1, $2)" : shape == LIKE_ENDS ? "endsWith($1, $2)"
                                                                                           : "$1 = $2";
    bool is_nullable_function = shape != LIKE_EXACT && value->may_be_null;
    str plain = is_nullable_function ? SQL(writer, "ifNull($1, '')", value->text) : value->text;
    str subject = ignores_case ? SQL(writer, "lower($1)", plain) : plain;
    *ret_test = SQL(writer, template, subject, wanted);
    if (is_nullable_function) {
        *ret_test = SQL(writer, "if(isNull($1), NULL, $2)", value->text, *ret_test);
    }
    return ret_test->len > 0;
}

bool sql_like_write(struct sql_writer *writer, const struct sql_value *value, const struct expression *expression,
                    str *ret_test)
{
    if (expression->operand_count > 1) {
        return sql_refuse(writer, "the pattern is no constant");
    }
    if (!utf8_is_valid(expression->pattern)) {
        return sql_refuse(writer, "the pattern is no UTF-8");
    }
    str whole = expression->ignores_case ? without_variants(writer, expression->pattern) : expression->pattern;
    if (expression->ignores_case && has_folded_letters(whole)) {
        *ret_test = SQL(writer, "$1 != $1", value->text);
        return sql_doubt_not_ascii(writer, value->text) && ret_test->len > 0;
    }
    str text;
    enum like_shape shape = like_shape_of(whole, &text);
    if (shape == LIKE_ANYTHING || (shape == LIKE_CONTAINS && text.len == 0)) {
        *ret_test = SQL(writer, "$1 = $1", value->text);
        return ret_test->len > 0;
    }
    if (shape != LIKE_OTHER) {
        return write_like_text(writer, value, shape, text, expression->ignores_case, ret_test);
    }
    str pattern = expression->ignores_case ? ascii_lower_text(writer, whole) : whole;
    *ret_test = SQL(writer, expression->ignores_case ? "lower($1) LIKE $2" : "$1 LIKE $2", value->text,
                    like_pattern(writer, pattern));
    return sql_doubt_not_ascii(writer, value->text) && ret_test->len > 0;
}

/* ---- one of many words ---- */

enum { WORD_BYTES_MIN = 2, WORD_BYTES_MAX = 255 };

bool sql_is_word(const struct sql_writer *writer, str text)
{
    bool is_ascii = true;
    for (size_t i = 0; i < text.len && is_ascii; i++) {
        is_ascii = (unsigned char)text.data[i] < 0x80;
    }
    return is_ascii && text.len >= WORD_BYTES_MIN && text.len <= WORD_BYTES_MAX &&
           writer->target->dialect != CLICKHOUSE_18;
}

/* ILIKE '%word%' of a field. */
static bool tests_word(const struct sql_writer *writer, const struct expression *expression, str *ret_word)
{
    return expression->kind == EXPRESSION_LIKE && expression->ignores_case && expression->operand_count == 1 &&
           expression->operands[0]->kind == EXPRESSION_FIELD &&
           like_shape_of(expression->pattern, ret_word) == LIKE_CONTAINS && sql_is_word(writer, *ret_word);
}

uint32_t sql_words_count(const struct sql_writer *writer, const struct expression *const *tests, uint32_t count)
{
    uint32_t words = 0;
    str word;
    while (words < count && words < SQL_WORDS_MAX && tests_word(writer, tests[words], &word) &&
           tests[words]->operands[0]->field == tests[0]->operands[0]->field) {
        words++;
    }
    return words;
}

str sql_any_word(struct sql_writer *writer, str plain, const str *words, uint32_t count)
{
    str list = STR_EMPTY;
    for (uint32_t i = 0; i < count; i++) {
        str word = sql_string(writer, ascii_lower_text(writer, words[i]));
        list = i > 0 ? SQL(writer, "$1, $2", list, word) : word;
    }
    return SQL(writer, "multiSearchAnyCaseInsensitive($1, [$2])", plain, list);
}

bool sql_words_write(struct sql_writer *writer, const struct expression *const *tests, uint32_t count, str *ret_text)
{
    struct sql_value value = {STR_EMPTY, false};
    str words[SQL_WORDS_MAX];
    if (!sql_value_write(writer, tests[0]->operands[0], &value)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!tests_word(writer, tests[i], &words[i]) || !doubt_variants(writer, value.text, words[i])) {
            return false;
        }
    }
    str plain = value.may_be_null ? SQL(writer, "ifNull($1, '')", value.text) : value.text;
    *ret_text = sql_any_word(writer, plain, words, count);
    return ret_text->len > 0;
}

/* ---- regular expressions, for values of ASCII ---- */

enum { ASCII_COUNT = 128, REPEAT_MAX = 100, PATTERN_COST_MAX = 2000, REGEX_VALUE_BYTES = 1000 };

#define FITS_NOTHING "\\b\\B"

struct regex_writer {
    struct strbuf text;
    bool ignores_case;
    uint32_t times; /* what is written here is repeated by what stands around it */
    uint32_t cost;  /* characters, each as often as it is repeated: RE2 unrolls repetitions */
    bool has_line_end;  /* Java's $, which does not stand between \r and \n: values with \r are in doubt */
    const char *refused;
};

static void write_words(struct regex_writer *regex, const char *words)
{
    strbuf_append(&regex->text, str_from_cstring(words));
}

/* A character as itself. */
static void write_plain(struct regex_writer *regex, unsigned c)
{
    if (ascii_is_alpha((char)c) || ascii_is_digit((char)c)) {
        strbuf_append_char(&regex->text, (char)c);
    } else {
        strbuf_append_format(&regex->text, "\\x%02X", c);
    }
}

static void write_class(struct regex_writer *regex, const bool *has)
{
    write_words(regex, "[");
    for (unsigned c = 0; c < ASCII_COUNT; c++) {
        unsigned last = c;
        while (has[c] && last + 1 < ASCII_COUNT && has[last + 1]) {
            last++;
        }
        if (!has[c]) {
            continue;
        }
        for (unsigned end = c; end <= last; end += last > c ? last - c : 1) {
            write_plain(regex, end);
            write_words(regex, end == c && last > c ? "-" : "");
        }
        c = last;
    }
    write_words(regex, "]");
}

static void write_character(struct regex_writer *regex, uint32_t c)
{
    bool has[ASCII_COUNT] = {false};
    regex->cost += regex->cost > PATTERN_COST_MAX ? 0 : regex->times;
    if (c >= ASCII_COUNT) {
        regex->refused = regex->ignores_case ? "letters outside ASCII, in any case" : regex->refused;
        write_words(regex, FITS_NOTHING);
    } else if (regex->ignores_case && ascii_is_alpha((char)c)) {
        has[c | 0x20] = true;
        has[c & ~0x20u] = true;
        write_class(regex, has);
    } else {
        write_plain(regex, c);
    }
}

static void write_set(struct regex_writer *regex, const struct text_pattern *node)
{
    bool has[ASCII_COUNT] = {false};
    bool is_empty = true;
    regex->cost += regex->cost > PATTERN_COST_MAX ? 0 : regex->times;
    for (uint32_t i = 0; i < node->range_count; i++) {
        const struct pattern_range *range = &node->ranges[i];
        bool is_beyond = range->last >= ASCII_COUNT && range->last != 0x10FFFF;
        regex->refused = regex->ignores_case && is_beyond ? "letters outside ASCII, in any case" : regex->refused;
        for (uint32_t c = range->first; c <= range->last && c < ASCII_COUNT; c++) {
            has[c] = true;
            if (regex->ignores_case && ascii_is_alpha((char)c)) {
                has[c ^ 0x20] = true;
            }
        }
    }
    for (unsigned c = 0; c < ASCII_COUNT; c++) {
        has[c] ^= node->is_negated;
        is_empty &= !has[c];
    }
    if (is_empty) {
        write_words(regex, FITS_NOTHING);
    } else {
        write_class(regex, has);
    }
}

static void write_node(struct regex_writer *regex, const struct text_pattern *node, bool is_last);

static void write_parts(struct regex_writer *regex, const struct text_pattern *node, const char *between, bool is_last)
{
    bool is_choice = node->kind == PATTERN_CHOICE;
    for (uint32_t i = 0; i < node->part_count; i++) {
        write_words(regex, i > 0 ? between : "");
        write_node(regex, node->parts[i], is_last && (is_choice || i + 1 == node->part_count));
    }
}

static void write_repeat(struct regex_writer *regex, const struct text_pattern *node)
{
    bool is_bounded = node->max != PATTERN_NO_MAX;
    if (node->min > REPEAT_MAX || (is_bounded && node->max > REPEAT_MAX)) {
        regex->refused = "many repetitions";
    }
    write_words(regex, "(?:");
    uint32_t times = is_bounded ? node->max : node->min + 1;
    uint32_t outer_times = regex->times;
    regex->times = outer_times > PATTERN_COST_MAX ? outer_times : outer_times * (times > 0 ? times : 1);
    write_node(regex, node->parts[0], false);
    regex->times = outer_times;
    strbuf_append_format(&regex->text, is_bounded ? "){%u,%u}" : "){%u,}", node->min, node->max);
}

static void write_node(struct regex_writer *regex, const struct text_pattern *node, bool is_last)
{
    switch (node->kind) {
    case PATTERN_TEXT:
        for (size_t at = 0; at < node->text.len;) {
            uint32_t c = 0;
            at += utf8_decode(str_skip(node->text, at), &c);
            write_character(regex, c);
        }
        break;
    case PATTERN_SET:
        write_set(regex, node);
        break;
    case PATTERN_SEQUENCE:
    case PATTERN_CHOICE:
        write_words(regex, "(?:");
        write_parts(regex, node, node->kind == PATTERN_CHOICE ? "|" : "", is_last);
        write_words(regex, ")");
        break;
    case PATTERN_REPEAT:
        write_repeat(regex, node);
        break;
    case PATTERN_START:
        write_words(regex, "\\A");
        break;
    case PATTERN_END:
        write_words(regex, "\\z");
        break;
    case PATTERN_LAST_LINE_END:
        regex->refused = is_last ? regex->refused : "$ in the middle";
        regex->has_line_end = true;
        write_words(regex, "\\n?\\z");
        break;
    case PATTERN_EDGE:
    case PATTERN_NO_EDGE:
        write_words(regex, node->kind == PATTERN_EDGE ? "\\b" : "\\B");
        break;
    case PATTERN_LOOK:
        regex->refused = "a look around";
        break;
    }
}

/* The pattern as text of the server's dialect; false if it has no such. */
static bool translate(struct sql_writer *writer, str pattern, bool is_full, struct regex_writer *regex,
                      const struct text_pattern **ret_tree, str *ret_regex)
{
    struct error err = {0};
    tocsin_status status =
        text_pattern_parse(writer->arena, pattern, is_full, &regex->ignores_case, ret_tree, &err);
    if (status != TOCSIN_OK) {
        writer->is_failed |= status == TOCSIN_ERROR_MEMORY;
        return sql_refuse(writer, "the server does not have %s", err.message);
    }
    bool is_old = writer->target->dialect == CLICKHOUSE_18;
    strbuf_init(&regex->text, 2 * LIMIT_CLICKHOUSE_PART_BYTES);
    write_words(regex, is_old ? "(?:" : "");
    write_node(regex, *ret_tree, true);
    write_words(regex, is_old ? ")|" FITS_NOTHING : "");
    *ret_regex = sql_string(writer, strbuf_str(&regex->text));
    bool is_long = regex->cost > PATTERN_COST_MAX || text_is_too_long(&regex->text);
    writer->is_failed |= text_lacks_memory(&regex->text);
    strbuf_release(&regex->text);
    if (regex->refused || is_long) {
        return sql_refuse(writer, "the server does not have %s in a regular expression as here",
                          regex->refused ? regex->refused : "so many characters");
    }
    return ret_regex->len > 0;
}

enum { CHOICES_MAX = 12 };

/* With two repetitions or more, or many choices, a value may be given up on here, and match there. They are counted in
 * the pattern as it is: the tree leaves out what may be empty at its ends. */
static bool may_be_given_up(str pattern)
{
    uint32_t repetitions = 0;
    uint32_t choices = 0;
    for (size_t i = 0; i < pattern.len; i++) {
        repetitions += pattern.data[i] == '*' || pattern.data[i] == '+' || pattern.data[i] == '{';
        choices += pattern.data[i] == '?' || pattern.data[i] == '|';
    }
    return repetitions > 1 || choices > CHOICES_MAX;
}

/* Values over which we may give up. */
static bool doubt_long(struct sql_writer *writer, str value)
{
    return sql_doubt(writer, SQL(writer, "ifNull(length($1) > $2, 0)", value, sql_integer(writer, REGEX_VALUE_BYTES)));
}

bool sql_regex_write(struct sql_writer *writer, const struct sql_value *value, const struct expression *expression,
                     str *ret_test)
{
    struct regex_writer regex = {.ignores_case = expression->ignores_case, .times = 1};
    const struct text_pattern *tree = NULL;
    str text;
    if (!translate(writer, expression->pattern, regex_is_full(expression->regex), &regex, &tree, &text)) {
        return false;
    }
    *ret_test = SQL(writer, "match($1, $2)", value->text, text);
    if (may_be_given_up(expression->pattern)) {
        writer->is_superset = true;
    } else if (!doubt_long(writer, value->text)) {
        return false;
    }
    if (regex.has_line_end && !sql_doubt(writer, SQL(writer, "ifNull(position($1, '\\r') > 0, 0)", value->text))) {
        return false;
    }
    return sql_doubt_not_ascii(writer, value->text) && ret_test->len > 0;
}

bool sql_regex_of_replace(struct sql_writer *writer, const struct sql_value *value, str pattern, str *ret_regex)
{
    struct regex_writer regex = {.times = 1};
    const struct text_pattern *tree = NULL;
    bool is_lazy = false; /* the tree does not tell */
    for (size_t i = 1; i < pattern.len; i++) {
        is_lazy |= pattern.data[i] == '?' && memchr("?*+}", pattern.data[i - 1], 4) != NULL;
    }
    if (is_lazy || str_find_char(pattern, '^', 0) != SIZE_MAX || str_find_char(pattern, '$', 0) != SIZE_MAX ||
        str_find_char(pattern, '\\', 0) != SIZE_MAX) {
        return sql_refuse(writer, "lazy repetitions, ^, $ and \\ may replace otherwise there");
    }
    if (!translate(writer, pattern, false, &regex, &tree, ret_regex)) {
        return false;
    }
    if (text_pattern_fits_empty(tree) || may_be_given_up(pattern)) {
        return sql_refuse(writer, "the pattern fits the empty text, or has many repetitions");
    }
    return doubt_long(writer, value->text) && sql_doubt_not_ascii(writer, value->text);
}
