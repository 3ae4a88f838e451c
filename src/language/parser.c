#include "language/syntax.h"

#include <stdio.h>

#include "base/limits.h"
#include "language/parser_internal.h"

/* ---- what all parts of the parser use ---- */

void parser_advance(struct parser *p)
{
    p->previous = p->token;
    p->token = lexer_next(&p->lexer);
}

bool parser_accept(struct parser *p, enum token_kind kind)
{
    if (p->token.kind != kind) {
        return false;
    }
    parser_advance(p);
    return true;
}

struct token parser_peek(const struct parser *p, unsigned n)
{
    struct lexer lexer = p->lexer;
    struct token token = p->token;
    for (unsigned i = 0; i < n; i++) {
        token = lexer_next(&lexer);
    }
    return token;
}

str parser_token_text(const struct parser *p, struct token token)
{
    return str_slice(p->text, token.offset, token.offset_end);
}

str parser_unquote(struct parser *p, struct token token)
{
    str text = parser_token_text(p, token);
    if (token.kind != TOKEN_STRING && token.kind != TOKEN_QUOTED_NAME) {
        return text;
    }
    char quote = text.data[0];
    text = str_slice(text, 1, text.len - 1);
    if (str_find_char(text, quote, 0) == SIZE_MAX) {
        return text;
    }
    str copy = arena_copy(p->arena, text);
    if (!copy.data) {
        parser_fail_memory(p);
        return copy;
    }
    char *end = (char *)copy.data;
    for (size_t i = 0; i < text.len; i++) {
        *end++ = text.data[i];
        i += text.data[i] == quote;
    }
    return str_from(copy.data, (size_t)(end - copy.data));
}

void *parser_grow(struct parser *p, void *array, uint32_t count, size_t element_bytes)
{
    /* Full at 0, 4, 8, 16, ...: the capacity need not be kept. */
    bool is_full = count == 0 || (count >= 4 && (count & (count - 1)) == 0);
    if (!is_full) {
        return array;
    }
    uint32_t capacity = count == 0 ? 4 : count * 2;
    void *larger = arena_allocate_zeroed(p->arena, capacity, element_bytes, _Alignof(max_align_t));
    if (!larger) {
        parser_fail_memory(p);
        return NULL;
    }
    if (count > 0) {
        memcpy(larger, array, count * element_bytes);
    }
    return larger;
}

bool parser_enter(struct parser *p)
{
    if (p->depth >= LIMIT_EXPRESSION_DEPTH) {
        return parser_fail(p, p->token.offset, "simplify: chains of AND and OR need no parentheses of their own",
                           "parentheses, operators and sub-selects are nested more than %d deep",
                           LIMIT_EXPRESSION_DEPTH);
    }
    p->depth++;
    return true;
}

void parser_leave(struct parser *p)
{
    p->depth--;
}

/* Every expression of a select passes here, so that the select knows its height. */
static bool measure(struct parser *p, struct syntax_select *select, uint32_t height)
{
    select->height = height + 1 > select->height ? height + 1 : select->height;
    return select->height <= LIMIT_EXPRESSION_DEPTH ||
           parser_fail(p, p->previous.offset, NULL, "sub-selects and operators are nested more than %d deep",
                       LIMIT_EXPRESSION_DEPTH);
}

bool parser_take_expression(struct parser *p, struct syntax_select *select, struct syntax_node *node,
                            struct syntax_node **ret_node)
{
    if (!node) {
        return false;
    }
    *ret_node = node;
    return measure(p, select, node->height);
}

bool parser_at_value(const struct parser *p)
{
    enum token_kind kind = p->token.kind;
    return token_is_bare_name(kind) || kind == TOKEN_QUOTED_NAME || kind == TOKEN_STRING || kind == TOKEN_INTEGER ||
           kind == TOKEN_DECIMAL || kind == TOKEN_CASE || kind == TOKEN_IF || kind == TOKEN_LEFT_PARENTHESIS;
}

static bool at_loose_name(const struct parser *p)
{
    return token_is_bare_name(p->token.kind) || p->token.kind == TOKEN_QUOTED_NAME || p->token.kind == TOKEN_STRING;
}

bool parser_take_loose_name(struct parser *p, const char *what, hint way_out, str *ret_name)
{
    if (!at_loose_name(p)) {
        return parser_fail_expected(p, way_out, "%s", what);
    }
    str name = parser_unquote(p, p->token);
    if (!name.data) {
        return false;
    }
    if (name.len == 0) {
        return parser_fail(p, p->token.offset, NULL, "%s cannot be empty", what);
    }
    if (name.len > LIMIT_IDENTIFIER_BYTES) {
        return parser_fail(p, p->token.offset, NULL, "%s is longer than %d bytes", what, LIMIT_IDENTIFIER_BYTES);
    }
    /* Names head columns and key objects of the output: what "names" may not hold, 'names' may not either. */
    if (name_find_unprintable(name) != SIZE_MAX) {
        return parser_fail(p, p->token.offset, NULL, "%s holds control characters or invalid UTF-8", what);
    }
    *ret_name = name;
    parser_advance(p);
    return true;
}

/* ---- SELECT and FROM ---- */

static bool parse_item(struct parser *p, struct syntax_select *select, struct syntax_item *item)
{
    item->alias = STR_EMPTY;
    if (p->token.kind == TOKEN_STAR) {
        struct syntax_node *star = arena_new(p->arena, struct syntax_node);
        if (!star) {
            return parser_fail_memory(p);
        }
        *star = (struct syntax_node){.kind = SYNTAX_STAR,
                                     .height = 1,
                                     .offset = p->token.offset,
                                     .offset_start = p->token.offset,
                                     .offset_end = p->token.offset_end,
                                     .text = STR_EMPTY,
                                     .name_space = STR_EMPTY};
        parser_advance(p);
        return parser_take_expression(p, select, star, &item->expression);
    }
    if (!parser_take_expression(p, select, parser_expression(p), &item->expression)) {
        return false;
    }
    bool has_as = parser_accept(p, TOKEN_AS);
    if (!has_as && !at_loose_name(p)) {
        return true;
    }
    item->alias_offset = p->token.offset;
    item->alias_quote = p->token.kind == TOKEN_STRING        ? ALIAS_SINGLE_QUOTED
                        : p->token.kind == TOKEN_QUOTED_NAME ? ALIAS_DOUBLE_QUOTED
                                                             : ALIAS_BARE;
    return parser_take_loose_name(
        p, "the name of an alias",
        token_is_keyword(p->token.kind) ? "an alias that is also a keyword is written in double quotes" : NULL,
        &item->alias);
}

static bool parse_items(struct parser *p, struct syntax_select *select)
{
    do {
        if (select->item_count >= LIMIT_SELECT_ITEMS) {
            return parser_fail(p, p->token.offset, NULL, "more than %d items after SELECT", LIMIT_SELECT_ITEMS);
        }
        struct syntax_item *items = parser_grow(p, select->items, select->item_count, sizeof(*items));
        if (!items) {
            return false;
        }
        select->items = items;
        if (!parse_item(p, select, &select->items[select->item_count++])) {
            return false;
        }
    } while (parser_accept(p, TOKEN_COMMA));
    return true;
}

static bool parse_global_view(struct parser *p, struct syntax_source *source)
{
    static const str details[] = {STR("NORMAL"), STR("HOURLY"), STR("DAILY")};
    hint way_out = "write GLOBALVIEW('saved search', 'HOURLY')";
    source->kind = SOURCE_GLOBALVIEW;
    parser_advance(p);
    parser_advance(p);
    if (p->token.kind != TOKEN_STRING) {
        return parser_fail_expected(p, way_out, "a string with the name of a saved search");
    }
    source->name = parser_unquote(p, p->token);
    parser_advance(p);
    if (!source->name.data || !parser_accept(p, TOKEN_COMMA)) {
        return parser_fail_expected(p, way_out, "',' after the name of the saved search");
    }
    if (p->token.kind != TOKEN_STRING) {
        return parser_fail_expected(p, way_out, "'NORMAL', 'HOURLY' or 'DAILY'");
    }
    str detail = parser_unquote(p, p->token);
    for (size_t i = 0; i < countof(details); i++) {
        source->detail = detail.data && str_eq_ignore_case(detail, details[i]) ? details[i] : source->detail;
    }
    if (source->detail.len == 0) {
        return parser_fail_expected(p, way_out, "'NORMAL', 'HOURLY' or 'DAILY'");
    }
    parser_advance(p);
    return parser_accept(p, TOKEN_RIGHT_PARENTHESIS) || parser_fail_expected(p, way_out, "')' to close GLOBALVIEW");
}

static bool parse_source(struct parser *p, struct syntax_select *select)
{
    struct syntax_source *source = &select->source;
    *source = (struct syntax_source){.name = STR_EMPTY, .detail = STR_EMPTY, .offset = p->token.offset};
    if (p->token.kind == TOKEN_GLOBALVIEW && parser_peek(p, 1).kind == TOKEN_LEFT_PARENTHESIS) {
        return parse_global_view(p, source);
    }
    if (!parser_accept(p, TOKEN_LEFT_PARENTHESIS)) {
        source->kind = SOURCE_NAME;
        return parser_take_loose_name(p, "events, flows, simarc, the name of a cursor, or (SELECT ..) after FROM",
                                      "every query names its source: FROM events", &source->name);
    }
    source->kind = SOURCE_SELECT;
    source->select = parser_sub_select(p, source->offset);
    return source->select && measure(p, select, source->select->height);
}

/* ---- the select as a whole ---- */

struct clause {
    const char *name;
    enum token_kind starts[4];
    bool (*parse)(struct parser *p, struct syntax_select *select);
    const char *goes_on_with; /* what may still follow inside it, for "expected" texts */
};

enum {
    CLAUSE_NONE = -1,
    CLAUSE_INTO,
    CLAUSE_WHERE,
    CLAUSE_GROUP,
    CLAUSE_HAVING,
    CLAUSE_SESSION,
    CLAUSE_ORDER,
    CLAUSE_LIMIT,
    CLAUSE_TIME,
    CLAUSE_PARAMETERS
};

/* In the one order that AQL knows. */
static const struct clause clauses[] = {
    [CLAUSE_INTO] = {"INTO", {TOKEN_INTO}, clause_into, ""},
    [CLAUSE_WHERE] = {"WHERE", {TOKEN_WHERE}, clause_where, "an operator, AND, OR, "},
    [CLAUSE_GROUP] = {"GROUP BY", {TOKEN_GROUP}, clause_group, "an operator, ',', "},
    [CLAUSE_HAVING] = {"HAVING", {TOKEN_HAVING}, clause_having, "an operator, AND, OR, "},
    [CLAUSE_SESSION] = {"SESSION BY", {TOKEN_SESSION}, clause_session, "END, TIMEOUT, TIMEWINDOW, "},
    [CLAUSE_ORDER] = {"ORDER BY", {TOKEN_ORDER}, clause_order, "an operator, ASC, DESC, COLLATE, ',', "},
    [CLAUSE_LIMIT] = {"LIMIT", {TOKEN_LIMIT}, clause_limit, ""},
    [CLAUSE_TIME] = {"LAST or START", {TOKEN_LAST, TOKEN_START, TOKEN_STOP, TOKEN_TIMES}, clause_time, ""},
    [CLAUSE_PARAMETERS] = {"PARAMETERS", {TOKEN_PARAMETERS}, clause_parameters, "',' or "},
};

static int clause_at(const struct parser *p)
{
    for (size_t i = 0; i < countof(clauses); i++) {
        for (size_t k = 0; k < countof(clauses[i].starts) && clauses[i].starts[k] != TOKEN_NONE; k++) {
            if (clauses[i].starts[k] == p->token.kind) {
                return (int)i;
            }
        }
    }
    return CLAUSE_NONE;
}

/* LIMIT behind the time clause is the most common slip of all; its hint shows the query's own words in order. */
static bool fail_at_late_limit(struct parser *p, const struct syntax_select *select)
{
    struct token number = parser_peek(p, 1);
    char time[QUOTED_TEXT_BYTES];
    char limit[QUOTED_TEXT_BYTES];
    parser_quote(p, select->time.offset, p->previous.offset_end, time);
    parser_quote(p, p->token.offset, number.kind == TOKEN_INTEGER ? number.offset_end : p->token.offset_end, limit);
    char way_out[2 * QUOTED_TEXT_BYTES + 16];
    snprintf(way_out, sizeof(way_out), "write %s %s", limit, time);
    return parser_fail(p, p->token.offset, way_out, "LIMIT must stand before the time clause (%s)", time);
}

static bool fail_at_clause(struct parser *p, const struct syntax_select *select, int clause, unsigned seen)
{
    static const char *const order = "the order is SELECT, FROM, INTO, WHERE, GROUP BY, HAVING, SESSION BY, ORDER BY, "
                                     "LIMIT, then LAST or START .. STOP, then PARAMETERS";
    if (seen & 1u << clause) {
        return parser_fail(p, p->token.offset,
                           clause == CLAUSE_WHERE || clause == CLAUSE_HAVING  ? "join the conditions by AND"
                           : clause == CLAUSE_GROUP || clause == CLAUSE_ORDER ? "separate the expressions by commas"
                           : clause == CLAUSE_TIME ? "choose one of LAST, START .. STOP and TIMES"
                                                   : NULL,
                           "a second %s clause", clause == CLAUSE_TIME ? "time" : clauses[clause].name);
    }
    if (clause == CLAUSE_LIMIT && (seen & 1u << CLAUSE_TIME) && !(seen & 1u << CLAUSE_PARAMETERS)) {
        return fail_at_late_limit(p, select);
    }
    int later = clause + 1;
    while (!(seen & 1u << later)) {
        later++;
    }
    char time[QUOTED_TEXT_BYTES];
    char way_out[QUOTED_TEXT_BYTES + 32];
    bool is_behind_time = later == CLAUSE_TIME && select->time.kind == TIME_LAST;
    if (is_behind_time) {
        struct lexer lexer = {.text = p->text, .at = select->time.offset};
        lexer_next(&lexer);
        lexer_next(&lexer);
        parser_quote(p, select->time.offset, lexer_next(&lexer).offset_end, time);
        snprintf(way_out, sizeof(way_out), "move %s to the end of the query", time);
    }
    return parser_fail(p, p->token.offset, is_behind_time ? way_out : order, "%s must stand before %s",
                       clauses[clause].name, later == CLAUSE_TIME ? "the time clause" : clauses[later].name);
}

static bool parse_clauses(struct parser *p, struct syntax_select *select)
{
    int last = CLAUSE_NONE;
    unsigned seen = 0;
    for (int clause; (clause = clause_at(p)) != CLAUSE_NONE;) {
        if (clause <= last) {
            return fail_at_clause(p, select, clause, seen);
        }
        if (!clauses[clause].parse(p, select)) {
            return false;
        }
        last = clause;
        seen |= 1u << clause;
    }
    p->last_clause = last;
    return true;
}

/* Hints for what stands behind a select that ended before it. */
static hint hint_behind_select(const struct parser *p)
{
    enum token_kind kind = p->token.kind;
    int last = p->last_clause;
    if (kind == TOKEN_RIGHT_PARENTHESIS) {
        return "there is one ')' too many, or a '(' is missing before it";
    }
    if (kind == TOKEN_END) {
        return "END closes a CASE; IF .. THEN .. ELSE has no END";
    }
    if (last == CLAUSE_NONE) {
        return kind == TOKEN_COMMA ? "AQL reads one source; combine sources with x IN (SELECT ..)"
               : kind == TOKEN_AS || parser_at_value(p)
                   ? "a source has no alias in AQL; the name of a cursor is one word, or quoted"
                   : NULL;
    }
    if (last == CLAUSE_LIMIT && kind == TOKEN_COMMA) {
        return "LIMIT takes one number; AQL has no OFFSET";
    }
    if (last == CLAUSE_SESSION && kind == TOKEN_TIMEOUT) {
        return "TIMEOUT stands before TIMEWINDOW";
    }
    if ((last == CLAUSE_GROUP || last == CLAUSE_ORDER || last == CLAUSE_PARAMETERS) && parser_at_value(p)) {
        return "is a comma missing before it?";
    }
    if ((last != CLAUSE_WHERE && last != CLAUSE_HAVING) || !parser_at_value(p)) {
        return NULL;
    }
    return p->previous.kind == TOKEN_INTEGER && parser_at_unit(p)
               ? "times are counted in milliseconds: NOW() - 3600000 is an hour ago"
               : "is an operator, AND or OR missing before it?";
}

static bool fail_behind_select(struct parser *p, const char *end)
{
    bool has_clauses = p->last_clause != CLAUSE_PARAMETERS;
    return parser_fail_expected(p, hint_behind_select(p), "%s%s%s",
                                p->last_clause == CLAUSE_NONE ? "" : clauses[p->last_clause].goes_on_with,
                                p->last_clause == CLAUSE_NONE ? "a clause such as WHERE or GROUP BY, or "
                                : has_clauses                 ? "the next clause or "
                                                              : "",
                                end);
}

static struct syntax_select *select_parts(struct parser *p)
{
    struct syntax_select *select = arena_new(p->arena, struct syntax_select);
    if (!select) {
        parser_fail_memory(p);
        return NULL;
    }
    select->offset = p->token.offset;
    select->into = STR_EMPTY;
    if (!parser_accept(p, TOKEN_SELECT)) {
        parser_fail_expected(p, "a query starts with SELECT", "SELECT");
        return NULL;
    }
    if (!parse_items(p, select)) {
        return NULL;
    }
    if (!parser_accept(p, TOKEN_FROM)) {
        bool is_value = parser_at_value(p);
        bool is_star = p->previous.kind == TOKEN_STAR;
        parser_fail_expected(p,
                             is_star && is_value ? "* takes no alias; is a comma missing before it?"
                             : is_value          ? "is a comma missing before it? An alias is one word, or quoted"
                             : p->token.kind == TOKEN_END ? "END closes a CASE; IF .. THEN .. ELSE has no END"
                                                          : "every query names its source: FROM events",
                             is_star ? "',' or FROM" : "an operator, an alias, ',' or FROM");
        return NULL;
    }
    return parse_source(p, select) && parse_clauses(p, select) ? select : NULL;
}

struct syntax_select *parser_select(struct parser *p)
{
    if (!parser_enter(p)) {
        return NULL;
    }
    struct syntax_select *select = select_parts(p);
    parser_leave(p);
    return select;
}

struct syntax_select *parser_sub_select(struct parser *p, size_t open_offset)
{
    struct syntax_select *select = parser_select(p);
    if (!select || parser_accept(p, TOKEN_RIGHT_PARENTHESIS)) {
        return select;
    }
    char place[PLACE_TEXT_BYTES];
    char end[PLACE_TEXT_BYTES + 64];
    snprintf(end, sizeof(end), "')' to close the sub-select opened at %s", parser_place(p, open_offset, place));
    fail_behind_select(p, end);
    return NULL;
}

/* ---- entry ---- */

static bool parser_start(struct parser *p)
{
    if (p->text.len > LIMIT_QUERY_BYTES) {
        return parser_fail(p, LIMIT_QUERY_BYTES, NULL, "the query is longer than %zu bytes", LIMIT_QUERY_BYTES);
    }
    lexer_init(&p->lexer, p->text);
    p->last_clause = CLAUSE_NONE;
    parser_advance(p);
    p->previous = (struct token){.kind = TOKEN_NONE};
    return p->token.kind != TOKEN_END_OF_TEXT ||
           parser_fail(p, p->token.offset, "write SELECT * FROM events LIMIT 10", "the query is empty");
}

/* The ';' before this token ends &gt; or one of its kin. */
static bool is_behind_entity(const struct parser *p)
{
    static const str entities[] = {STR("&gt"), STR("&lt"), STR("&amp"), STR("&quot"), STR("&apos")};
    str before = str_slice(p->text, 0, p->previous.offset);
    for (size_t i = 0; i < countof(entities); i++) {
        if (str_ends_with(before, entities[i])) {
            return true;
        }
    }
    return false;
}

tocsin_status aql_parse(struct arena *arena, str text, const char *source_name, struct syntax_select **ret_select,
                        struct error *err)
{
    struct parser p = {.arena = arena, .text = text, .source_name = source_name ? source_name : "query", .err = err};
    struct syntax_select *select = parser_start(&p) ? parser_select(&p) : NULL;
    if (select) {
        bool is_ended = parser_accept(&p, TOKEN_SEMICOLON);
        if (is_ended && p.token.kind != TOKEN_END_OF_TEXT) {
            parser_fail_expected(&p,
                                 is_behind_entity(&p)
                                     ? "the query was copied from the source of a web page: &gt; is >, "
                                       "&lt; is <, &amp; is &"
                                     : "only one query is run at a time",
                                 "the end of the query after ';'");
        } else if (p.token.kind != TOKEN_END_OF_TEXT) {
            fail_behind_select(&p, "the end of the query");
        }
    }
    if (p.status == TOCSIN_OK) {
        *ret_select = select;
    }
    return p.status;
}

tocsin_status aql_parse_expression(struct arena *arena, str text, const char *source_name,
                                   struct syntax_node **ret_expression, struct error *err)
{
    struct parser p = {.arena = arena, .text = text, .source_name = source_name ? source_name : "query", .err = err};
    struct syntax_node *node = parser_start(&p) ? parser_condition(&p) : NULL;
    if (node && p.token.kind != TOKEN_END_OF_TEXT) {
        parser_fail_expected(&p, NULL, "an operator or the end of the expression");
    }
    if (p.status == TOCSIN_OK) {
        *ret_expression = node;
    }
    return p.status;
}
