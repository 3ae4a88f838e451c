/* text_search_parse.c - the search text to steps, by a loop with a stack of its own for parentheses.
 *
 * The steps need no stack: after `a` a jump over `b` for a AND b (if false) or a OR b (if true) leaves the right value,
 * and what is jumped to only looks at the value. The jumps of a chain that wait for their goal are linked through
 * their arguments. */
#include <stdio.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "match/text_search_internal.h"

#define NO_STEP UINT32_MAX

/* One level of parentheses. */
struct level {
    size_t offset;      /* of the ( */
    uint32_t and_jumps; /* waiting: the last one's step, or NO_STEP */
    uint32_t or_jumps;
    bool is_negated; /* NOT in front of the ( */
};

struct search_parser {
    struct arena *arena;
    str text;
    size_t at;
    char *plain; /* of the text's length; each word is put at its own offset, without escapes */
    struct text_search *search;
    uint32_t step_capacity;
    uint32_t term_capacity;
    uint32_t word_count;
    struct level levels[LIMIT_EXPRESSION_DEPTH + 1];
    uint32_t depth;
    bool has_operand; /* the value of one stands in front */
    bool is_negated;  /* NOT in front of the operand to come */
    bool is_plain;    /* no OR, no NOT so far */
    str required;     /* longest text that each match must hold, if is_plain */
    struct error *err;
};

/* ---- errors and growing arrays ---------------------------------------------------------------------------------- */

static tocsin_status fail(struct search_parser *p, size_t offset, const char *reason, const char *hint)
{
    str shown = str_slice(p->text, 0, 200);
    tocsin_status status = error_set(p->err, TOCSIN_ERROR_SYNTAX, "search text '%.*s'%s, offset %zu: %s",
                                     STR_ARG(shown), shown.len < p->text.len ? "..." : "", offset, reason);
    if (hint) {
        error_hint(p->err, "%s", hint);
    }
    return status;
}

/* Arrays grow by doubling; the arena keeps the old ones, together as large as the last. */
static void *grow(struct arena *arena, const void *old, uint32_t count, uint32_t *capacity, size_t bytes_each)
{
    uint32_t wanted = *capacity ? *capacity * 2 : 16;
    void *grown = arena_allocate_zeroed(arena, wanted, bytes_each, 16);
    if (grown) {
        memcpy(grown, old ? old : grown, count * bytes_each);
        *capacity = wanted;
    }
    return grown;
}

static bool emit(struct search_parser *p, enum search_code code, uint32_t argument)
{
    struct text_search *search = p->search;
    if (search->step_count == p->step_capacity) {
        struct search_step *grown =
            grow(p->arena, search->steps, search->step_count, &p->step_capacity, sizeof(*search->steps));
        if (!grown) {
            return false;
        }
        search->steps = grown;
    }
    search->steps[search->step_count++] = (struct search_step){.code = code, .argument = argument};
    return true;
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

static bool is_wildcard(char c)
{
    return c == '*' || c == '?';
}

/* The next token of a word that may hold wildcards, joiners cut from its ends. */
static bool next_pattern(str text, size_t *at, str *ret_pattern)
{
    size_t bytes;
    size_t start = SIZE_MAX;
    size_t end = 0;
    for (; *at < text.len; *at += bytes) {
        enum token_class class = text_search_class(str_skip(text, *at), &bytes);
        class = is_wildcard(text.data[*at]) ? TOKEN_LETTER : class;
        if (class == TOKEN_LETTER) {
            start = start == SIZE_MAX ? *at : start;
            end = *at + bytes;
        } else if (class == TOKEN_PARTS && start != SIZE_MAX) {
            break;
        }
    }
    *ret_pattern = start == SIZE_MAX ? STR_EMPTY : str_slice(text, start, end);
    return start != SIZE_MAX;
}

/* The longest part of a pattern without wildcards. */
static str longest_literal(str pattern)
{
    str best = STR_EMPTY;
    for (size_t at = 0; at < pattern.len;) {
        size_t end = at;
        while (end < pattern.len && !is_wildcard(pattern.data[end])) {
            end++;
        }
        best = end - at > best.len ? str_slice(pattern, at, end) : best;
        at = end + 1;
    }
    return best;
}

/* LIKE '%literal%'. */
static const struct like_pattern *compile_required(struct arena *arena, str literal)
{
    char *text = arena_allocate(arena, literal.len + 2, 1);
    if (!text) {
        return NULL;
    }
    text[0] = '*';
    memcpy(text + 1, literal.data, literal.len);
    text[literal.len + 1] = '*';
    return like_compile_wildcards(arena, str_from(text, literal.len + 2), '*', '?', true);
}

static bool is_all_stars(str pattern)
{
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.data[i] != '*') {
            return false;
        }
    }
    return true;
}

/* A term of the tokens in `text`, which lives as long as the arena; *ret_count is their number. */
static tocsin_status make_term(struct search_parser *p, size_t offset, str text, struct search_term *ret)
{
    uint32_t count = 0;
    str pattern;
    for (size_t at = 0; next_pattern(text, &at, &pattern);) {
        count++;
    }
    *ret = (struct search_term){.count = count};
    if (count == 0) {
        return TOCSIN_OK;
    }
    p->word_count += count;
    if (count > LIMIT_TEXT_SEARCH_PHRASE_WORDS || p->word_count > LIMIT_TEXT_SEARCH_WORDS) {
        bool is_phrase = count > LIMIT_TEXT_SEARCH_PHRASE_WORDS;
        return error_set(p->err, TOCSIN_ERROR_LIMIT, "search text, offset %zu: more than %d words in %s", offset,
                         is_phrase ? LIMIT_TEXT_SEARCH_PHRASE_WORDS : LIMIT_TEXT_SEARCH_WORDS,
                         is_phrase ? "one phrase" : "all");
    }
    ret->patterns = arena_array(p->arena, const struct like_pattern *, count);
    if (!ret->patterns) {
        return error_memory(p->err);
    }
    str required = STR_EMPTY;
    size_t at = 0;
    for (uint32_t i = 0; i < count && next_pattern(text, &at, &pattern); i++) {
        str literal = longest_literal(pattern);
        required = literal.len > required.len ? literal : required;
        ret->is_everything = count == 1 && is_all_stars(pattern);
        ret->patterns[i] = like_compile_wildcards(p->arena, pattern, '*', '?', true);
        if (!ret->patterns[i]) {
            return error_memory(p->err);
        }
    }
    if (required.len > 0) {
        ret->required = compile_required(p->arena, required);
        if (!ret->required) {
            return error_memory(p->err);
        }
        p->required = required.len > p->required.len ? required : p->required;
    }
    return TOCSIN_OK;
}

/* ---- the expression --------------------------------------------------------------------------------------------- */

/* The jumps of a chain lead here. */
static void land(struct search_parser *p, uint32_t *jumps)
{
    struct text_search *search = p->search;
    for (uint32_t at = *jumps; at != NO_STEP;) {
        uint32_t next = search->steps[at].argument;
        search->steps[at].argument = search->step_count;
        at = next;
    }
    *jumps = NO_STEP;
}

static bool join_by_and(struct search_parser *p)
{
    struct level *level = &p->levels[p->depth];
    uint32_t waiting = level->and_jumps;
    level->and_jumps = p->search->step_count;
    p->has_operand = false;
    return emit(p, SEARCH_JUMP_IF_FALSE, waiting);
}

static bool join_by_or(struct search_parser *p)
{
    struct level *level = &p->levels[p->depth];
    land(p, &level->and_jumps);
    uint32_t waiting = level->or_jumps;
    level->or_jumps = p->search->step_count;
    p->has_operand = false;
    p->is_plain = false;
    return emit(p, SEARCH_JUMP_IF_TRUE, waiting);
}

/* The value of an operand is there, but for the NOT in front. */
static bool finish_operand(struct search_parser *p, bool is_negated)
{
    p->has_operand = true;
    return !is_negated || emit(p, SEARCH_NOT, 0);
}

/* What comes is an operand: between two of them AND is meant. */
static bool begin_operand(struct search_parser *p)
{
    return !p->has_operand || join_by_and(p);
}

static tocsin_status fail_operand(struct search_parser *p, size_t offset, const char *found)
{
    char reason[128];
    (void)snprintf(reason, sizeof(reason), "expected a word, a \"phrase\" or (, found %s", found);
    return fail(p, offset, reason, "put a word that is AND, OR or NOT in double quotes");
}

static tocsin_status take_operator(struct search_parser *p, size_t offset, const char *name)
{
    if (strcmp(name, "NOT") == 0) {
        if (!begin_operand(p)) {
            return error_memory(p->err);
        }
        p->is_negated = !p->is_negated;
        p->is_plain = false;
        return TOCSIN_OK;
    }
    if (!p->has_operand || p->is_negated) {
        return fail_operand(p, offset, name);
    }
    bool is_good = strcmp(name, "AND") == 0 ? join_by_and(p) : join_by_or(p);
    return is_good ? TOCSIN_OK : error_memory(p->err);
}

static tocsin_status open_level(struct search_parser *p)
{
    size_t offset = p->at++;
    if (p->depth == LIMIT_EXPRESSION_DEPTH) {
        return error_set(p->err, TOCSIN_ERROR_LIMIT, "search text, offset %zu: parentheses are nested deeper than %d",
                         offset, LIMIT_EXPRESSION_DEPTH);
    }
    if (!begin_operand(p)) {
        return error_memory(p->err);
    }
    p->levels[++p->depth] =
        (struct level){.offset = offset, .and_jumps = NO_STEP, .or_jumps = NO_STEP, .is_negated = p->is_negated};
    p->is_negated = false;
    return TOCSIN_OK;
}

static tocsin_status close_level(struct search_parser *p)
{
    size_t offset = p->at++;
    if (p->depth == 0) {
        return fail(p, offset, "there is no ( for this )", "write \\) for the character");
    }
    if (!p->has_operand || p->is_negated) {
        return fail_operand(p, offset, ")");
    }
    struct level *level = &p->levels[p->depth--];
    land(p, &level->and_jumps);
    land(p, &level->or_jumps);
    return finish_operand(p, level->is_negated) ? TOCSIN_OK : error_memory(p->err);
}

static tocsin_status add_term(struct search_parser *p, size_t offset, str text)
{
    struct search_term term;
    struct text_search *search = p->search;
    tocsin_status status = make_term(p, offset, text, &term);
    if (status != TOCSIN_OK || term.count == 0) {
        return status;
    }
    if (search->term_count == p->term_capacity) {
        struct search_term *grown =
            grow(p->arena, search->terms, search->term_count, &p->term_capacity, sizeof(*search->terms));
        if (!grown) {
            return error_memory(p->err);
        }
        search->terms = grown;
    }
    bool is_good = begin_operand(p) && emit(p, SEARCH_TERM, search->term_count);
    search->terms[search->term_count++] = term;
    bool is_negated = p->is_negated;
    p->is_negated = false;
    return is_good && finish_operand(p, is_negated) ? TOCSIN_OK : error_memory(p->err);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static char peek(const struct search_parser *p, size_t ahead)
{
    return p->text.len - p->at > ahead ? p->text.data[p->at + ahead] : '\0';
}

static bool is_special(char c)
{
    return c != '\0' && strchr("+-&|!(){}[]^\"~*?:\\/", c);
}

/* A backslash at `at`: the character behind it stands for itself, and a wildcard or one without a meaning just parts
   words. */
static void take_escape(struct search_parser *p, char *target, size_t *used)
{
    char behind = peek(p, 1);
    p->at += is_special(behind) ? 2 : 1;
    target[(*used)++] = is_special(behind) && !is_wildcard(behind) ? behind : ' ';
}

static tocsin_status take_phrase(struct search_parser *p)
{
    size_t start = p->at++;
    size_t used = 0;
    char *target = p->plain + start;
    while (p->at < p->text.len && peek(p, 0) != '"') {
        if (peek(p, 0) == '\\') {
            take_escape(p, target, &used);
        } else {
            target[used++] = is_wildcard(peek(p, 0)) ? ' ' : peek(p, 0);
            p->at++;
        }
    }
    if (p->at == p->text.len) {
        return fail(p, start, "the phrase has no closing \"", "write \\\" for the character");
    }
    p->at++;
    uint32_t words_before = p->word_count;
    tocsin_status status = add_term(p, start, str_from(target, used));
    if (status == TOCSIN_OK && p->word_count == words_before) {
        status = fail(p, start, "the phrase holds no letter or digit", NULL);
    }
    return status;
}

/* Characters that mean something in Lucene and nothing here. */
static tocsin_status refuse(struct search_parser *p, char c)
{
    switch (c) {
    case ':':
        return fail(
            p, p->at, "field:word is not possible, the search looks through the payload only",
            "put text with a colon in double quotes, or write \\: for it; compare fields outside of the search");
    case '[':
    case ']':
    case '{':
    case '}':
        return fail(p, p->at, "ranges like [a TO b] are not supported", "put a backslash in front of the character");
    case '^':
        return fail(p, p->at, "boosting with ^ means nothing here", "write \\^ for the character");
    default:
        return fail(p, p->at, "fuzzy and proximity searches with ~ are not supported", "write \\~ for the character");
    }
}

static bool ends_word(const struct search_parser *p)
{
    char c = peek(p, 0);
    return ascii_is_blank(c) || c == '(' || c == ')' || c == '"' || (c == '&' && peek(p, 1) == '&') ||
           (c == '|' && peek(p, 1) == '|');
}

static tocsin_status take_word(struct search_parser *p)
{
    size_t start = p->at;
    size_t used = 0;
    char *target = p->plain + start;
    while (p->at < p->text.len && !ends_word(p)) {
        char c = peek(p, 0);
        if (c == '\\') {
            take_escape(p, target, &used);
        } else if (c != '\0' && strchr(":[]{}^~", c)) {
            return refuse(p, c);
        } else {
            target[used++] = c;
            p->at++;
        }
    }
    static const char *const operators[] = {"AND", "OR", "NOT"};
    str written = str_slice(p->text, start, p->at);
    for (size_t i = 0; i < countof(operators); i++) {
        if (str_eq(written, str_from_cstring(operators[i]))) {
            return take_operator(p, start, operators[i]);
        }
    }
    return add_term(p, start, str_from(target, used));
}

/* + - ! in front of something that can be searched. */
static bool at_prefix(const struct search_parser *p)
{
    char c = peek(p, 0);
    size_t bytes;
    if ((c != '+' && c != '-' && c != '!') || p->text.len - p->at < 2) {
        return false;
    }
    char behind = peek(p, 1);
    return behind == '"' || behind == '(' || is_wildcard(behind) ||
           text_search_class(str_skip(p->text, p->at + 1), &bytes) == TOKEN_LETTER;
}

static tocsin_status take_next(struct search_parser *p)
{
    char c = peek(p, 0);
    size_t offset = p->at;
    if (ascii_is_blank(c)) {
        p->at++;
        return TOCSIN_OK;
    }
    if (c == '(') {
        return open_level(p);
    }
    if (c == ')') {
        return close_level(p);
    }
    if (c == '"') {
        return take_phrase(p);
    }
    if ((c == '&' || c == '|') && peek(p, 1) == c) {
        p->at += 2;
        return take_operator(p, offset, c == '&' ? "AND" : "OR");
    }
    if (at_prefix(p)) {
        p->at++;
        return c == '+' ? TOCSIN_OK : take_operator(p, offset, "NOT");
    }
    return take_word(p);
}

tocsin_status text_search_compile(struct arena *arena, str text, const struct text_search **ret_search,
                                  struct error *err)
{
    if (text.len > LIMIT_TEXT_SEARCH_BYTES) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "search text of %zu bytes; at most %zu are taken", text.len,
                         (size_t)LIMIT_TEXT_SEARCH_BYTES);
    }
    struct search_parser *p = arena_new(arena, struct search_parser);
    struct text_search *search = arena_new(arena, struct text_search);
    char *plain = arena_allocate(arena, text.len, 1);
    if (!p || !search || !plain) {
        return error_memory(err);
    }
    *p = (struct search_parser){
        .arena = arena, .text = text, .plain = plain, .search = search, .is_plain = true, .err = err};
    p->levels[0] = (struct level){.and_jumps = NO_STEP, .or_jumps = NO_STEP};
    while (p->at < text.len) {
        tocsin_status status = take_next(p);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    if (search->step_count == 0 && p->depth == 0 && !p->is_negated) {
        return fail(p, 0, "there is no word to search for", NULL);
    }
    if (!p->has_operand || p->is_negated) {
        return fail_operand(p, text.len, "the end");
    }
    if (p->depth > 0) {
        return fail(p, p->levels[p->depth].offset, "this ( is not closed", "write \\( for the character");
    }
    land(p, &p->levels[0].and_jumps);
    land(p, &p->levels[0].or_jumps);
    if (p->is_plain && p->required.len > 0) {
        search->required = compile_required(arena, p->required);
        if (!search->required) {
            return error_memory(err);
        }
    }
    *ret_search = search;
    return TOCSIN_OK;
}
