#include "language/syntax.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/strbuf.h"
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

static bool take_expression(struct parser *p, struct syntax_select *select, struct syntax_node *node,
                            struct syntax_node **ret_node)
{
    if (!node) {
        return false;
    }
    *ret_node = node;
    return measure(p, select, node->height);
}

static bool expect_uint(struct parser *p, const char *what, const char *way_out, int64_t *ret_value)
{
    if (p->token.kind != TOKEN_INTEGER) {
        return parser_fail_expected(p, way_out, "%s", what);
    }
    str text = parser_token_text(p, p->token);
    bool is_hex = text.len > 2 && ascii_lower(text.data[1]) == 'x';
    uint64_t value = 0;
    if (!(is_hex ? str_hex_to_u64(str_skip(text, 2), &value) : str_to_u64(text, &value)) || value > INT64_MAX) {
        char quote[QUOTED_TEXT_BYTES];
        return parser_fail(p, p->token.offset, NULL, "the number %s is too large",
                           parser_quote(p, p->token.offset, p->token.offset_end, quote));
    }
    *ret_value = (int64_t)value;
    parser_advance(p);
    return true;
}

/* The name of a cursor or an alias: bare, "quoted" or 'quoted'. */
static bool at_loose_name(const struct parser *p)
{
    return token_is_bare_name(p->token.kind) || p->token.kind == TOKEN_QUOTED_NAME || p->token.kind == TOKEN_STRING;
}

static bool take_loose_name(struct parser *p, const char *what, str *ret_name)
{
    if (!at_loose_name(p)) {
        return parser_fail_expected(
            p, token_is_keyword(p->token.kind) ? "a name that is also a keyword is written in double quotes" : NULL,
            "%s", what);
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
        return take_expression(p, select, star, &item->expression);
    }
    if (!take_expression(p, select, parser_expression(p), &item->expression)) {
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
    return take_loose_name(p, "the name of an alias", &item->alias);
}

static bool parse_items(struct parser *p, struct syntax_select *select)
{
    do {
        if (select->item_count >= LIMIT_SELECT_ITEMS) {
            return parser_fail(p, p->token.offset, NULL, "more than %d items behind SELECT", LIMIT_SELECT_ITEMS);
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
        return parser_fail_expected(p, way_out, "',' behind the name of the saved search");
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
        return take_loose_name(p, "events, flows, simarc, the name of a cursor, or (SELECT ..) behind FROM",
                               &source->name);
    }
    source->kind = SOURCE_SELECT;
    source->select = parser_select(p);
    if (!source->select || !measure(p, select, source->select->height)) {
        return false;
    }
    char place[PLACE_TEXT_BYTES];
    return parser_accept(p, TOKEN_RIGHT_PARENTHESIS) ||
           parser_fail_expected(p, NULL, "')' to close the sub-select opened at %s",
                                parser_place(p, source->offset, place));
}

/* ---- the clauses behind FROM ---- */

static bool parse_into(struct parser *p, struct syntax_select *select)
{
    select->clause_offset_into = p->token.offset;
    parser_advance(p);
    return take_loose_name(p, "the name of a cursor behind INTO", &select->into);
}

static bool parse_where(struct parser *p, struct syntax_select *select)
{
    select->clause_offset_where = p->token.offset;
    parser_advance(p);
    return take_expression(p, select, parser_condition(p), &select->where);
}

static bool expect_by(struct parser *p)
{
    char quote[QUOTED_TEXT_BYTES];
    parser_advance(p);
    parser_quote(p, p->previous.offset, p->previous.offset_end, quote);
    return parser_accept(p, TOKEN_BY) || parser_fail_expected(p, NULL, "BY behind %s", quote);
}

static bool parse_expressions(struct parser *p, struct syntax_select *select, const char *clause,
                              struct syntax_node ***ret_nodes, uint32_t *ret_count)
{
    do {
        if (*ret_count >= LIMIT_SELECT_ITEMS) {
            return parser_fail(p, p->token.offset, NULL, "more than %d expressions behind %s", LIMIT_SELECT_ITEMS,
                               clause);
        }
        struct syntax_node **nodes = parser_grow(p, *ret_nodes, *ret_count, sizeof(*nodes));
        if (!nodes) {
            return false;
        }
        *ret_nodes = nodes;
        if (!take_expression(p, select, parser_expression(p), &nodes[*ret_count])) {
            return false;
        }
        ++*ret_count;
    } while (parser_accept(p, TOKEN_COMMA));
    return true;
}

static bool parse_group(struct parser *p, struct syntax_select *select)
{
    select->clause_offset_group = p->token.offset;
    return expect_by(p) && parse_expressions(p, select, "GROUP BY", &select->group, &select->group_count);
}

static bool parse_having(struct parser *p, struct syntax_select *select)
{
    select->clause_offset_having = p->token.offset;
    parser_advance(p);
    return take_expression(p, select, parser_expression(p), &select->having);
}

struct unit_word {
    enum token_kind token;
    enum syntax_unit unit;
    int64_t milliseconds;
};

static const struct unit_word unit_words[] = {
    {TOKEN_SECOND, UNIT_SECONDS, 1000},   {TOKEN_SECONDS, UNIT_SECONDS, 1000}, {TOKEN_MINUTE, UNIT_MINUTES, 60000},
    {TOKEN_MINUTES, UNIT_MINUTES, 60000}, {TOKEN_HOUR, UNIT_HOURS, 3600000},   {TOKEN_HOURS, UNIT_HOURS, 3600000},
    {TOKEN_DAY, UNIT_DAYS, 86400000},     {TOKEN_DAYS, UNIT_DAYS, 86400000},
};

/* NULL if no unit stands here. */
static const struct unit_word *at_unit(const struct parser *p)
{
    for (size_t i = 0; i < countof(unit_words); i++) {
        if (unit_words[i].token == p->token.kind) {
            return &unit_words[i];
        }
    }
    return NULL;
}

/* Whoever multiplies later must not overflow. */
static bool check_span(struct parser *p, size_t offset, int64_t amount, int64_t milliseconds)
{
    int64_t product;
    return !__builtin_mul_overflow(amount, milliseconds, &product) ||
           parser_fail(p, offset, NULL, "the time span is too large");
}

static bool parse_session_window(struct parser *p, struct syntax_session *session)
{
    size_t offset = p->token.offset;
    if (!expect_uint(p, "a number behind TIMEWINDOW", "write TIMEWINDOW 8 HOURS", &session->window_amount)) {
        return false;
    }
    session->has_window = true;
    const struct unit_word *unit = at_unit(p);
    if (!unit) {
        return true;
    }
    session->window_unit = unit->unit;
    parser_advance(p);
    return check_span(p, offset, session->window_amount, unit->milliseconds);
}

static bool parse_session_keys(struct parser *p, struct syntax_select *select)
{
    struct syntax_session *session = &select->session;
    if (!take_expression(p, select, parser_expression(p), &session->time)) {
        return false;
    }
    hint way_out = "write SESSION BY starttime username, sourceip BEGIN ..: the time, then the keys";
    bool is_word = p->token.kind == TOKEN_BEGIN || p->token.kind == TOKEN_EXPLICIT;
    if (p->token.kind == TOKEN_COMMA) {
        return parser_fail_expected(p, "no comma stands between the time and the keys: SESSION BY starttime username",
                                    "the first key of the session behind its time");
    }
    if (is_word && parser_peek(p, 1).kind != TOKEN_COMMA && parser_peek(p, 1).kind != TOKEN_BEGIN) {
        return parser_fail_expected(p, way_out, "the first key of the session behind its time");
    }
    if (p->token.kind == TOKEN_EXPLICIT && parser_peek(p, 1).kind == TOKEN_BEGIN) {
        return parser_fail_expected(p, way_out, "the first key of the session behind its time");
    }
    return parse_expressions(p, select, "SESSION BY", &session->keys, &session->key_count);
}

static bool parse_session(struct parser *p, struct syntax_select *select)
{
    struct syntax_session *session = &select->session;
    session->is_present = true;
    session->offset = p->token.offset;
    if (!expect_by(p) || !parse_session_keys(p, select)) {
        return false;
    }
    session->is_begin_explicit = parser_accept(p, TOKEN_EXPLICIT);
    if (!parser_accept(p, TOKEN_BEGIN)) {
        return parser_fail_expected(p, "a session needs its opening condition: BEGIN QIDNAME(qid) ILIKE '%opened%'",
                                    session->is_begin_explicit ? "BEGIN behind EXPLICIT"
                                                               : "an operator, ',', BEGIN or EXPLICIT BEGIN");
    }
    if (!take_expression(p, select, parser_expression(p), &session->begin)) {
        return false;
    }
    session->is_end_explicit = parser_accept(p, TOKEN_EXPLICIT);
    if (session->is_end_explicit && p->token.kind != TOKEN_END) {
        return parser_fail_expected(p, NULL, "END behind EXPLICIT");
    }
    if (parser_accept(p, TOKEN_END) && !take_expression(p, select, parser_expression(p), &session->end)) {
        return false;
    }
    if (parser_accept(p, TOKEN_TIMEOUT)) {
        session->has_timeout = true;
        if (!expect_uint(p, "a number of milliseconds behind TIMEOUT", NULL, &session->timeout_ms)) {
            return false;
        }
        if (at_unit(p)) {
            return parser_fail_expected(p, "TIMEOUT is in milliseconds and takes no unit: TIMEOUT 900000",
                                        "TIMEWINDOW or the next clause");
        }
    }
    return !parser_accept(p, TOKEN_TIMEWINDOW) || parse_session_window(p, session);
}

static bool parse_order_item(struct parser *p, struct syntax_select *select, struct syntax_order *order)
{
    order->collation = STR_EMPTY;
    if (!take_expression(p, select, parser_expression(p), &order->expression)) {
        return false;
    }
    order->is_descending = p->token.kind == TOKEN_DESC;
    order->has_direction = parser_accept(p, TOKEN_ASC) || parser_accept(p, TOKEN_DESC);
    if (!parser_accept(p, TOKEN_COLLATE)) {
        return true;
    }
    if (p->token.kind != TOKEN_STRING) {
        return parser_fail_expected(p, "write COLLATE 'de-CH'", "a string with a language tag behind COLLATE");
    }
    order->collation = parser_unquote(p, p->token);
    if (order->collation.len == 0) {
        return parser_fail_expected(p, "write COLLATE 'de-CH'", "a string with a language tag behind COLLATE");
    }
    parser_advance(p);
    if (p->token.kind == TOKEN_ASC || p->token.kind == TOKEN_DESC) {
        return parser_fail_expected(p, "the direction stands before COLLATE: username DESC COLLATE 'de-CH'",
                                    "',' or the next clause");
    }
    return true;
}

static bool parse_order(struct parser *p, struct syntax_select *select)
{
    if (!expect_by(p)) {
        return false;
    }
    do {
        if (select->order_count >= LIMIT_SELECT_ITEMS) {
            return parser_fail(p, p->token.offset, NULL, "more than %d expressions behind ORDER BY",
                               LIMIT_SELECT_ITEMS);
        }
        struct syntax_order *order = parser_grow(p, select->order, select->order_count, sizeof(*order));
        if (!order) {
            return false;
        }
        select->order = order;
        if (!parse_order_item(p, select, &order[select->order_count++])) {
            return false;
        }
    } while (parser_accept(p, TOKEN_COMMA));
    return true;
}

static bool parse_limit(struct parser *p, struct syntax_select *select)
{
    parser_advance(p);
    select->has_limit = true;
    return expect_uint(p, "a number of rows behind LIMIT", NULL, &select->limit);
}

/* ---- time ---- */

static bool parse_last(struct parser *p, struct syntax_time *time)
{
    hint way_out = "write LAST 5 MINUTES, LAST 24 HOURS or LAST 7 DAYS";
    time->kind = TIME_LAST;
    parser_advance(p);
    size_t offset = p->token.offset;
    if (!expect_uint(p, "a number behind LAST", way_out, &time->amount)) {
        return false;
    }
    const struct unit_word *unit = at_unit(p);
    if (!unit || unit->unit == UNIT_SECONDS) {
        return parser_fail_expected(
            p, unit ? "LAST does not take SECONDS; use starttime > NOW() - 30000 in WHERE" : way_out,
            "MINUTES, HOURS or DAYS");
    }
    time->unit = unit->unit;
    parser_advance(p);
    return check_span(p, offset, time->amount, unit->milliseconds);
}

static bool parse_bound(struct parser *p, struct syntax_select *select, const char *word, struct syntax_node **ret_node)
{
    parser_advance(p);
    if (p->token.kind == TOKEN_STOP || p->token.kind == TOKEN_END_OF_TEXT) {
        return parser_fail_expected(p, "write START '2026-11-23 02:50' STOP '2026-11-23 03:50'", "a time behind %s",
                                    word);
    }
    return take_expression(p, select, parser_sum(p), ret_node);
}

static bool parse_start(struct parser *p, struct syntax_select *select)
{
    struct syntax_time *time = &select->time;
    time->kind = TIME_START_STOP;
    if (!parse_bound(p, select, "START", &time->start)) {
        return false;
    }
    return p->token.kind != TOKEN_STOP || parse_bound(p, select, "STOP", &time->stop);
}

static bool parse_offense_time(struct parser *p, struct syntax_time *time)
{
    hint way_out = "write TIMES OFFENSE_TIME(42)";
    time->kind = TIME_OFFENSE;
    parser_advance(p);
    if (!parser_accept(p, TOKEN_OFFENSE_TIME)) {
        return parser_fail_expected(p, way_out, "OFFENSE_TIME behind TIMES");
    }
    if (!parser_accept(p, TOKEN_LEFT_PARENTHESIS)) {
        return parser_fail_expected(p, way_out, "'(' behind OFFENSE_TIME");
    }
    return expect_uint(p, "the number of an offense", way_out, &time->amount) &&
           (parser_accept(p, TOKEN_RIGHT_PARENTHESIS) || parser_fail_expected(p, way_out, "')' to close OFFENSE_TIME"));
}

static bool parse_time(struct parser *p, struct syntax_select *select)
{
    select->time.offset = p->token.offset;
    switch (p->token.kind) {
    case TOKEN_LAST:
        return parse_last(p, &select->time);
    case TOKEN_START:
        return parse_start(p, select);
    case TOKEN_TIMES:
        return parse_offense_time(p, &select->time);
    default:
        return parser_fail(p, p->token.offset, "write START '..' STOP '..', START first",
                           "STOP without START in front of it");
    }
}

/* ---- PARAMETERS ---- */

struct parameter_name {
    str name;
    enum { PARAMETER_NUMBER, PARAMETER_STRING, PARAMETER_SERVERS } kind;
};

static const struct parameter_name parameter_names[] = {
    {STR("REMOTESERVERS"), PARAMETER_SERVERS},     {STR("EXCLUDESERVERS"), PARAMETER_SERVERS},
    {STR("SNAPSHOTSIZE"), PARAMETER_NUMBER},       {STR("PROGRESSDETAILSRESOLUTION"), PARAMETER_NUMBER},
    {STR("EXECUTIONTIMELIMIT"), PARAMETER_NUMBER}, {STR("PRIORITY"), PARAMETER_STRING},
};

static const struct parameter_name *find_parameter(str name)
{
    for (size_t i = 0; i < countof(parameter_names); i++) {
        if (str_eq_ignore_case(parameter_names[i].name, name)) {
            return &parameter_names[i];
        }
    }
    return NULL;
}

static bool is_server_list(const struct syntax_node *node)
{
    if (node->kind == SYNTAX_STRING) {
        return true;
    }
    bool by_id = node->kind == SYNTAX_CALL && str_eq_ignore_case(node->text, STR("ARIELSERVERS4EPID"));
    bool by_name = node->kind == SYNTAX_CALL && str_eq_ignore_case(node->text, STR("ARIELSERVERS4EPNAME"));
    bool is_good = (by_id || by_name) && node->operand_count > 0 && node->name_space.len == 0;
    for (uint32_t i = 0; i < node->operand_count; i++) {
        is_good &= node->operands[i]->kind == (by_id ? SYNTAX_INTEGER : SYNTAX_STRING);
    }
    return is_good;
}

static bool parse_parameter_value(struct parser *p, struct syntax_select *select, const struct parameter_name *known,
                                  struct syntax_parameter *parameter)
{
    static const char *const wanted[] = {
        [PARAMETER_NUMBER] = "a number",
        [PARAMETER_STRING] = "a string",
        [PARAMETER_SERVERS] = "'host:port,..', ARIELSERVERS4EPID(id, ..) or ARIELSERVERS4EPNAME('name', ..)",
    };
    struct token first = p->token;
    if (!take_expression(p, select, parser_primary(p), &parameter->value)) {
        return false;
    }
    enum syntax_kind kind = parameter->value->kind;
    bool is_good =
        !parameter->value->is_parenthesized && (known->kind == PARAMETER_NUMBER   ? kind == SYNTAX_INTEGER
                                                : known->kind == PARAMETER_STRING ? kind == SYNTAX_STRING
                                                                                  : is_server_list(parameter->value));
    return is_good || parser_fail(p, first.offset, NULL, "%.*s takes %s", STR_ARG(known->name), wanted[known->kind]);
}

static bool parse_parameter(struct parser *p, struct syntax_select *select)
{
    hint way_out = "the parameters are REMOTESERVERS, EXCLUDESERVERS, SNAPSHOTSIZE, PROGRESSDETAILSRESOLUTION, "
                   "EXECUTIONTIMELIMIT and PRIORITY";
    const struct parameter_name *known =
        token_is_bare_name(p->token.kind) ? find_parameter(parser_token_text(p, p->token)) : NULL;
    if (!known) {
        return parser_fail_expected(p, way_out, "the name of a parameter");
    }
    for (uint32_t i = 0; i < select->parameter_count; i++) {
        if (select->parameters[i].name.data == known->name.data) {
            return parser_fail(p, p->token.offset, NULL, "%.*s is given twice", STR_ARG(known->name));
        }
    }
    struct syntax_parameter *parameters =
        parser_grow(p, select->parameters, select->parameter_count, sizeof(*parameters));
    if (!parameters) {
        return false;
    }
    select->parameters = parameters;
    struct syntax_parameter *parameter = &parameters[select->parameter_count++];
    parameter->name = known->name;
    parameter->offset = p->token.offset;
    parser_advance(p);
    if (!parser_accept(p, TOKEN_EQUAL)) {
        return parser_fail_expected(p, NULL, "'=' behind %.*s", STR_ARG(known->name));
    }
    return parse_parameter_value(p, select, known, parameter);
}

static bool parse_parameters(struct parser *p, struct syntax_select *select)
{
    select->clause_offset_parameters = p->token.offset;
    parser_advance(p);
    do {
        if (!parse_parameter(p, select)) {
            return false;
        }
    } while (parser_accept(p, TOKEN_COMMA));
    return true;
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
    [CLAUSE_INTO] = {"INTO", {TOKEN_INTO}, parse_into, ""},
    [CLAUSE_WHERE] = {"WHERE", {TOKEN_WHERE}, parse_where, "an operator, AND, OR, "},
    [CLAUSE_GROUP] = {"GROUP BY", {TOKEN_GROUP}, parse_group, "an operator, ',', "},
    [CLAUSE_HAVING] = {"HAVING", {TOKEN_HAVING}, parse_having, "an operator, AND, OR, "},
    [CLAUSE_SESSION] = {"SESSION BY", {TOKEN_SESSION}, parse_session, "END, TIMEOUT, TIMEWINDOW, "},
    [CLAUSE_ORDER] = {"ORDER BY", {TOKEN_ORDER}, parse_order, "an operator, ASC, DESC, COLLATE, ',', "},
    [CLAUSE_LIMIT] = {"LIMIT", {TOKEN_LIMIT}, parse_limit, ""},
    [CLAUSE_TIME] = {"LAST or START", {TOKEN_LAST, TOKEN_START, TOKEN_STOP, TOKEN_TIMES}, parse_time, ""},
    [CLAUSE_PARAMETERS] = {"PARAMETERS", {TOKEN_PARAMETERS}, parse_parameters, "',', "},
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
    return parser_fail(p, p->token.offset, order, "%s must stand before %s", clauses[clause].name,
                       later == CLAUSE_TIME ? "the time clause" : clauses[later].name);
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

/* What could stand behind a select that ended before the current token. */
static bool fail_behind_select(struct parser *p, const char *end)
{
    struct strbuf expected;
    strbuf_init(&expected, 4096);
    if (p->last_clause != CLAUSE_NONE) {
        strbuf_append(&expected, str_from_cstring(clauses[p->last_clause].goes_on_with));
    }
    for (size_t i = (size_t)(p->last_clause + 1); i < countof(clauses); i++) {
        strbuf_append_format(&expected, "%s, ", clauses[i].name);
    }
    if (expected.len >= 2) {
        expected.len -= 2;
        strbuf_append(&expected, STR(" or "));
    }
    strbuf_append(&expected, str_from_cstring(end));
    bool is_name = at_loose_name(p) || p->token.kind == TOKEN_AS;
    hint way_out =
        p->last_clause == CLAUSE_NONE && is_name ? "a source has no alias in AQL; quote a cursor's name that "
                                                   "holds other characters than letters, digits and _"
        : p->last_clause == CLAUSE_NONE && p->token.kind == TOKEN_COMMA  ? "AQL reads one source"
        : p->last_clause == CLAUSE_LIMIT && p->token.kind == TOKEN_COMMA ? "LIMIT takes one number; AQL has no OFFSET"
        : p->token.kind == TOKEN_END               ? "END closes a CASE; IF .. THEN .. ELSE has no END"
        : p->token.kind == TOKEN_TIMEOUT           ? "TIMEOUT stands before TIMEWINDOW"
        : p->token.kind == TOKEN_RIGHT_PARENTHESIS ? "there is one ')' too much, or a '(' is missing before it"
        : (p->last_clause == CLAUSE_GROUP || p->last_clause == CLAUSE_ORDER) && is_name
            ? "is a comma missing before it?"
        : (p->last_clause == CLAUSE_WHERE || p->last_clause == CLAUSE_HAVING) && is_name
            ? "is an operator, AND or OR missing before it?"
            : NULL;
    parser_fail_expected(p, way_out, "%.*s", STR_ARG(strbuf_str(&expected)));
    strbuf_release(&expected);
    return false;
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
        bool is_value = at_loose_name(p) || p->token.kind == TOKEN_INTEGER || p->token.kind == TOKEN_CASE ||
                        p->token.kind == TOKEN_IF || p->token.kind == TOKEN_LEFT_PARENTHESIS;
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
    if (select && p->depth > 0 && p->token.kind != TOKEN_RIGHT_PARENTHESIS) {
        fail_behind_select(p, "')' to close the sub-select");
        return NULL;
    }
    return select;
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

tocsin_status aql_parse(struct arena *arena, str text, const char *source_name, struct syntax_select **ret_select,
                        struct error *err)
{
    struct parser p = {.arena = arena, .text = text, .source_name = source_name ? source_name : "query", .err = err};
    struct syntax_select *select = parser_start(&p) ? parser_select(&p) : NULL;
    if (select) {
        bool is_ended = parser_accept(&p, TOKEN_SEMICOLON);
        if (is_ended && p.token.kind != TOKEN_END_OF_TEXT) {
            parser_fail_expected(&p, "only one query is run at a time", "the end of the query behind ';'");
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
