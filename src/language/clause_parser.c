#include "language/parser_internal.h"

#include <stdio.h>

#include "base/limits.h"

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

bool clause_into(struct parser *p, struct syntax_select *select)
{
    select->clause_offset_into = p->token.offset;
    parser_advance(p);
    return parser_take_loose_name(p, "the name of a cursor after INTO", NULL, &select->into);
}

bool clause_where(struct parser *p, struct syntax_select *select)
{
    select->clause_offset_where = p->token.offset;
    parser_advance(p);
    return parser_take_expression(p, select, parser_condition(p), &select->where);
}

static bool expect_by(struct parser *p)
{
    char quote[QUOTED_TEXT_BYTES];
    parser_advance(p);
    parser_quote(p, p->previous.offset, p->previous.offset_end, quote);
    bool is_run_together =
        p->token.kind == TOKEN_NAME && str_eq_ignore_case(str_slice(parser_token_text(p, p->token), 0, 2), STR("BY"));
    return parser_accept(p, TOKEN_BY) ||
           parser_fail_expected(p, is_run_together ? "put a blank behind BY" : NULL, "BY after %s", quote);
}

static bool parse_expressions(struct parser *p, struct syntax_select *select, const char *clause,
                              struct syntax_node ***ret_nodes, uint32_t *ret_count)
{
    do {
        if (*ret_count >= LIMIT_SELECT_ITEMS) {
            return parser_fail(p, p->token.offset, NULL, "more than %d expressions after %s", LIMIT_SELECT_ITEMS,
                               clause);
        }
        struct syntax_node **nodes = parser_grow(p, *ret_nodes, *ret_count, sizeof(*nodes));
        if (!nodes) {
            return false;
        }
        *ret_nodes = nodes;
        if (!parser_take_expression(p, select, parser_expression(p), &nodes[*ret_count])) {
            return false;
        }
        ++*ret_count;
    } while (parser_accept(p, TOKEN_COMMA));
    return true;
}

bool clause_group(struct parser *p, struct syntax_select *select)
{
    select->clause_offset_group = p->token.offset;
    return expect_by(p) && parse_expressions(p, select, "GROUP BY", &select->group, &select->group_count);
}

bool clause_having(struct parser *p, struct syntax_select *select)
{
    select->clause_offset_having = p->token.offset;
    parser_advance(p);
    return parser_take_expression(p, select, parser_expression(p), &select->having);
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

bool parser_at_unit(const struct parser *p)
{
    return at_unit(p) != NULL;
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
    if (!expect_uint(p, "a number after TIMEWINDOW", "write TIMEWINDOW 8 HOURS", &session->window_amount)) {
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
    if (!parser_take_expression(p, select, parser_expression(p), &session->time)) {
        return false;
    }
    hint way_out = "write SESSION BY starttime username, sourceip BEGIN ..: the time, then the keys";
    bool is_word = p->token.kind == TOKEN_BEGIN || p->token.kind == TOKEN_EXPLICIT;
    if (p->token.kind == TOKEN_COMMA) {
        return parser_fail_expected(p, "no comma stands between the time and the keys: SESSION BY starttime username",
                                    "the first key of the session after its time");
    }
    if (is_word && parser_peek(p, 1).kind != TOKEN_COMMA && parser_peek(p, 1).kind != TOKEN_BEGIN) {
        return parser_fail_expected(p, way_out, "the first key of the session after its time");
    }
    if (p->token.kind == TOKEN_EXPLICIT && parser_peek(p, 1).kind == TOKEN_BEGIN) {
        return parser_fail_expected(p, way_out, "the first key of the session after its time");
    }
    return parse_expressions(p, select, "SESSION BY", &session->keys, &session->key_count);
}

bool clause_session(struct parser *p, struct syntax_select *select)
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
                                    session->is_begin_explicit ? "BEGIN after EXPLICIT"
                                                               : "an operator, ',', BEGIN or EXPLICIT BEGIN");
    }
    if (!parser_take_expression(p, select, parser_expression(p), &session->begin)) {
        return false;
    }
    session->is_end_explicit = parser_accept(p, TOKEN_EXPLICIT);
    if (session->is_end_explicit && p->token.kind != TOKEN_END) {
        return parser_fail_expected(p, NULL, "END after EXPLICIT");
    }
    if (parser_accept(p, TOKEN_END) && !parser_take_expression(p, select, parser_expression(p), &session->end)) {
        return false;
    }
    if (parser_accept(p, TOKEN_TIMEOUT)) {
        session->has_timeout = true;
        if (!expect_uint(p, "a number of milliseconds after TIMEOUT", NULL, &session->timeout_ms)) {
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
    if (!parser_take_expression(p, select, parser_expression(p), &order->expression)) {
        return false;
    }
    order->is_descending = p->token.kind == TOKEN_DESC;
    order->has_direction = parser_accept(p, TOKEN_ASC) || parser_accept(p, TOKEN_DESC);
    if (!parser_accept(p, TOKEN_COLLATE)) {
        return true;
    }
    if (p->token.kind != TOKEN_STRING) {
        return parser_fail_expected(p, "write COLLATE 'de-CH'", "a string with a language tag after COLLATE");
    }
    order->collation = parser_unquote(p, p->token);
    if (order->collation.len == 0) {
        return parser_fail_expected(p, "write COLLATE 'de-CH'", "a string with a language tag after COLLATE");
    }
    parser_advance(p);
    if (p->token.kind == TOKEN_ASC || p->token.kind == TOKEN_DESC) {
        return parser_fail_expected(p, "the direction stands before COLLATE: username DESC COLLATE 'de-CH'",
                                    "',' or the next clause");
    }
    return true;
}

bool clause_order(struct parser *p, struct syntax_select *select)
{
    if (!expect_by(p)) {
        return false;
    }
    do {
        if (select->order_count >= LIMIT_SELECT_ITEMS) {
            return parser_fail(p, p->token.offset, NULL, "more than %d expressions after ORDER BY", LIMIT_SELECT_ITEMS);
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

bool clause_limit(struct parser *p, struct syntax_select *select)
{
    parser_advance(p);
    select->has_limit = true;
    return expect_uint(p, "a number of rows after LIMIT", NULL, &select->limit);
}

/* ---- time ---- */

static bool parse_last(struct parser *p, struct syntax_time *time)
{
    hint way_out = "write LAST 5 MINUTES, LAST 24 HOURS or LAST 7 DAYS";
    time->kind = TIME_LAST;
    parser_advance(p);
    size_t offset = p->token.offset;
    if (!expect_uint(p, "a number after LAST", way_out, &time->amount)) {
        return false;
    }
    const struct unit_word *unit = at_unit(p);
    if (!unit || unit->unit == UNIT_SECONDS) {
        char seconds[96];
        snprintf(seconds, sizeof(seconds), "LAST does not take SECONDS; use starttime > NOW() - %llu000 in WHERE",
                 (unsigned long long)time->amount);
        return parser_fail_expected(p, unit ? seconds : way_out, "MINUTES, HOURS or DAYS");
    }
    time->unit = unit->unit;
    parser_advance(p);
    return check_span(p, offset, time->amount, unit->milliseconds);
}

static bool parse_bound(struct parser *p, struct syntax_select *select, const char *word, struct syntax_node **ret_node)
{
    parser_advance(p);
    if (p->token.kind == TOKEN_STOP || p->token.kind == TOKEN_END_OF_TEXT) {
        return parser_fail_expected(p, "write START '2026-11-23 02:50' STOP '2026-11-23 03:50'", "a time after %s",
                                    word);
    }
    return parser_take_expression(p, select, parser_sum(p), ret_node);
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
        return parser_fail_expected(p, way_out, "OFFENSE_TIME after TIMES");
    }
    if (!parser_accept(p, TOKEN_LEFT_PARENTHESIS)) {
        return parser_fail_expected(p, way_out, "'(' after OFFENSE_TIME");
    }
    return expect_uint(p, "the number of an offense", way_out, &time->amount) &&
           (parser_accept(p, TOKEN_RIGHT_PARENTHESIS) || parser_fail_expected(p, way_out, "')' to close OFFENSE_TIME"));
}

bool clause_time(struct parser *p, struct syntax_select *select)
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
        /* PROCESSORNAME(119) is a name, too. */
        bool is_call = node->operands[i]->kind == SYNTAX_CALL;
        is_good &= is_call || node->operands[i]->kind == (by_id ? SYNTAX_INTEGER : SYNTAX_STRING);
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
    if (!parser_take_expression(p, select, parser_primary(p), &parameter->value)) {
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
        return parser_fail_expected(p, NULL, "'=' after %.*s", STR_ARG(known->name));
    }
    return parse_parameter_value(p, select, known, parameter);
}

bool clause_parameters(struct parser *p, struct syntax_select *select)
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
