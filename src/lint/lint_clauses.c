/* Clauses: time, groups, order, limits. */
#include <stdio.h>

#include "language/lexer.h"
#include "lint/lint_internal.h"

enum { SUBQUERY_VALUES_IN_QRADAR = 10000, MINUTE_MS = 60000, HOUR_MS = 3600000, DAY_MS = 86400000 };

/* ---- time ---- */

/* A lower bound on a time column among the conditions that always hold: how far back from now it reaches. */
static bool lower_bound_back(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node,
                             field_id column, int64_t *ret_back)
{
    if (node->kind != SYNTAX_BINARY || node->operator<OPERATOR_LESS || node->operator > OPERATOR_GREATER_EQUAL) {
        return false;
    }
    bool is_greater = node->operator == OPERATOR_GREATER || node->operator == OPERATOR_GREATER_EQUAL;
    const struct syntax_node *value = node->operands[is_greater ? 0 : 1];
    const struct syntax_node *bound = node->operands[is_greater ? 1 : 0];
    return value->kind == SYNTAX_NAME && lint_find_field(lint, scope, value->text) == column &&
           lint_time_back(lint, scope, bound, ret_back);
}

struct term_list {
    const struct syntax_node **terms;
    uint32_t count;
};

static bool where_terms(struct lint *lint, const struct lint_scope *scope, struct term_list *ret)
{
    const struct syntax_node *where = scope->select->where;
    bool is_and = where && where->kind == SYNTAX_BINARY && where->operator == OPERATOR_AND;
    ret->count = !where ? 0 : is_and ? syntax_chain_length(where) : 1;
    ret->terms = arena_array(lint->arena, const struct syntax_node *, ret->count);
    if (ret->count > 0 && !ret->terms) {
        lint->is_out_of_memory = true;
        return false;
    }
    if (is_and) {
        syntax_chain_terms(where, ret->terms);
    } else if (where) {
        ret->terms[0] = where;
    }
    return true;
}

/* Where a time clause would stand: behind the last word, in front of PARAMETERS, a semicolon and what follows; within
 * the parentheses of a sub-select. */
static size_t time_clause_place(const struct lint *lint, const struct syntax_select *select)
{
    struct lexer lexer;
    lexer_init(&lexer, lint->text);
    size_t end = 0;
    size_t depth = 0;
    for (;;) {
        struct token token = lexer_next(&lexer);
        bool is_parameters = select->clause_offset_parameters > 0 && token.offset >= select->clause_offset_parameters;
        bool is_inside = token.offset >= select->offset;
        bool is_closed = is_inside && depth == 0 && token.kind == TOKEN_RIGHT_PARENTHESIS;
        if (token.kind == TOKEN_END_OF_TEXT || token.kind == TOKEN_INVALID || token.kind == TOKEN_SEMICOLON ||
            is_parameters || is_closed) {
            return end;
        }
        depth += is_inside && token.kind == TOKEN_LEFT_PARENTHESIS;
        depth -= is_inside && token.kind == TOKEN_RIGHT_PARENTHESIS;
        end = token.offset_end;
    }
}

/* " LAST 24 HOURS", in the largest unit that fits, rounded up to a minute. */
static void last_clause(int64_t back_ms, char *ret, size_t bytes)
{
    int64_t minutes = back_ms / MINUTE_MS + (back_ms % MINUTE_MS != 0);
    if (minutes % (24 * 60) == 0 && minutes > 24 * 60) {
        snprintf(ret, bytes, "LAST %lld DAYS", (long long)(minutes / (24 * 60)));
    } else if (minutes % 60 == 0) {
        snprintf(ret, bytes, "LAST %lld HOURS", (long long)(minutes / 60));
    } else {
        snprintf(ret, bytes, "LAST %lld MINUTES", (long long)minutes);
    }
}

static void check_no_time(struct lint *lint, const struct lint_scope *scope, const struct term_list *where)
{
    const struct syntax_select *select = scope->select;
    if (!scope->is_windowless || lint->options->is_part || scope->catalog == 0) {
        return;
    }
    struct diagnostic *found =
        lint_add(lint, "no-time-clause", select->source.offset, select->source.offset + select->source.name.len,
                 "there is no time clause: QRadar searches the last five minutes only");
    int64_t back = 0;
    for (uint32_t i = 0; i < where->count; i++) {
        if (lower_bound_back(lint, scope, where->terms[i], FIELD_STARTTIME, &back)) {
            char clause[64];
            last_clause(back, clause, sizeof(clause));
            lint_hint(lint, found, "the condition on starttime does not widen that; add %s at the end", clause);
            char fix[72];
            int length = snprintf(fix, sizeof(fix), " %s", clause);
            size_t place = time_clause_place(lint, select);
            lint_fix(lint, found, place, place, str_from(fix, (size_t)length));
            return;
        }
    }
    lint_hint(lint, found, "add LAST 24 HOURS, or START '...' STOP '...', at the end");
}

/* How far back the time clause reaches, as far as that can be told. */
static bool window_back(const struct syntax_time *time, int64_t *ret_ms)
{
    static const int64_t unit_ms[] = {[UNIT_NONE] = 1,
                                      [UNIT_SECONDS] = 1000,
                                      [UNIT_MINUTES] = MINUTE_MS,
                                      [UNIT_HOURS] = HOUR_MS,
                                      [UNIT_DAYS] = DAY_MS};
    return time->kind == TIME_LAST && !__builtin_mul_overflow(time->amount, unit_ms[time->unit], ret_ms);
}

static void check_window(struct lint *lint, const struct lint_scope *scope, const struct term_list *where)
{
    int64_t window;
    if (!window_back(&scope->select->time, &window)) {
        return;
    }
    for (uint32_t i = 0; i < where->count; i++) {
        const struct syntax_node *term = where->terms[i];
        int64_t back;
        bool is_start = lower_bound_back(lint, scope, term, FIELD_STARTTIME, &back);
        if ((!is_start && !lower_bound_back(lint, scope, term, FIELD_DEVICETIME, &back)) || back <= window) {
            continue;
        }
        struct diagnostic *found =
            lint_add(lint, "outside-window", term->offset_start, term->offset_end,
                     is_start ? "the time clause does not reach back this far"
                              : "the time clause goes by the time of receipt and does not reach back this far");
        char clause[64];
        last_clause(back, clause, sizeof(clause));
        lint_hint(lint, found, "%s reads as far back as this condition asks for", clause);
    }
}

/* ---- groups ---- */

static bool is_group_key(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node,
                         str item_alias)
{
    struct strbuf key;
    struct strbuf other;
    strbuf_init(&key, 2 * LINT_KEY_BYTES_MAX);
    strbuf_init(&other, 2 * LINT_KEY_BYTES_MAX);
    lint->clause = LINT_SELECT;
    bool is_key = !lint_key(lint, scope, node, &key); /* too long to tell */
    for (uint32_t i = 0; i < scope->select->group_count && !is_key; i++) {
        const struct syntax_node *group = scope->select->group[i];
        bool is_name = group->kind == SYNTAX_NAME || group->kind == SYNTAX_STRING;
        strbuf_clear(&other);
        lint->clause = LINT_GROUP;
        is_key = (is_name && item_alias.len > 0 && str_eq_ignore_case(group->text, item_alias)) ||
                 !lint_key(lint, scope, group, &other) || str_eq(strbuf_str(&key), strbuf_str(&other));
    }
    strbuf_release(&key);
    strbuf_release(&other);
    return is_key;
}

/* The first field below a node that is neither grouped nor aggregated; NULL: all of it is fixed by the group. */
static const struct syntax_node *loose_field(struct lint *lint, const struct lint_scope *scope,
                                             const struct syntax_node *node, int depth)
{
    if (lint_is_aggregate(node) || depth > 16 || !lint_spend(lint, 1 + scope->select->group_count) ||
        is_group_key(lint, scope, node, STR_EMPTY)) {
        return NULL;
    }
    if (node->kind == SYNTAX_NAME) {
        lint->clause = LINT_SELECT;
        const struct syntax_node *meant = lint_resolve(lint, scope, node);
        if (meant != node) {
            return loose_field(lint, scope, meant, depth + 1) ? node : NULL;
        }
        return lint_find_field(lint, scope, node->text) != FIELD_NONE ? node : NULL;
    }
    for (uint32_t i = 0; i < node->operand_count; i++) {
        const struct syntax_node *found = loose_field(lint, scope, node->operands[i], depth + 1);
        if (found) {
            return found;
        }
    }
    return NULL;
}

static void check_group_items(struct lint *lint, const struct lint_scope *scope)
{
    const struct syntax_select *select = scope->select;
    for (uint32_t i = 0; select->group_count > 0 && i < select->item_count; i++) {
        const struct syntax_item *item = &select->items[i];
        if (item->expression->kind == SYNTAX_STAR || is_group_key(lint, scope, item->expression, item->alias)) {
            continue;
        }
        const struct syntax_node *loose = loose_field(lint, scope, item->expression, 0);
        if (loose) {
            struct diagnostic *found = lint_add(
                lint, "not-grouped", item->expression->offset_start, item->expression->offset_end,
                "%.*s is not in GROUP BY: the first value of each group is shown", STR_ARG(lint_shown(lint, loose)));
            lint_hint(lint, found, "add it to GROUP BY, or say which value: MIN(), MAX(), FIRST(), UNIQUECOUNT()");
        }
    }
}

/* COUNT(*) of a query that nowhere adds up eventcount. */
static bool uses_eventcount(const struct syntax_node *node)
{
    bool uses = node->kind == SYNTAX_NAME && str_eq_ignore_case(node->text, STR("eventcount"));
    for (uint32_t i = 0; i < node->operand_count && !uses; i++) {
        uses = uses_eventcount(node->operands[i]);
    }
    return uses;
}

static const struct syntax_node *find_count(const struct syntax_node *node)
{
    if (lint_is_call(node, "COUNT") && node->operand_count == 1 && node->operands[0]->kind == SYNTAX_STAR) {
        return node;
    }
    for (uint32_t i = 0; i < node->operand_count; i++) {
        const struct syntax_node *found = find_count(node->operands[i]);
        if (found) {
            return found;
        }
    }
    return NULL;
}

static void check_count(struct lint *lint, const struct lint_scope *scope)
{
    const struct syntax_node *count = NULL;
    for (uint32_t i = 0; i < scope->select->item_count; i++) {
        const struct syntax_node *item = scope->select->items[i].expression;
        if (uses_eventcount(item)) {
            return;
        }
        count = count ? count : find_count(item);
    }
    if (count && scope->catalog == CATALOG_EVENTS) {
        struct diagnostic *found =
            lint_add(lint, "count-of-records", count->offset_start, count->offset_end,
                     "COUNT(*) counts records, and QRadar puts events of one kind into one record");
        lint_hint(lint, found, "SUM(eventcount) counts events");
    }
}

static void check_names_twice(struct lint *lint, const struct syntax_select *select)
{
    for (uint32_t i = 1; i < select->item_count; i++) {
        const struct syntax_item *item = &select->items[i];
        for (uint32_t j = 0; j < i && item->alias.len > 0; j++) {
            if (!lint_spend(lint, 1)) {
                return;
            }
            if (select->items[j].alias.len > 0 && str_eq_ignore_case(select->items[j].alias, item->alias)) {
                struct diagnostic *found =
                    lint_add(lint, "alias-twice", item->alias_offset, item->alias_offset + item->alias.len,
                             "two columns are called \"%.*s\"", STR_ARG(item->alias));
                lint_hint(lint, found, "the name means the first of them; call the second another name");
                break;
            }
        }
    }
}

/* ---- order ---- */

/* Units in falling order, each in a fixed number of digits: texts then sort as the times do. Without the year they sort
 * as times of the day or days of the year do, which is then what was asked for. */
static bool sorts_as_time(str pattern)
{
    static const char order[] = "yMdHmsS";
    size_t at = 0;
    bool has_unit = false;
    for (size_t i = 0; i < pattern.len; i++) {
        if (!ascii_is_alpha(pattern.data[i])) {
            continue;
        }
        size_t end = i;
        while (end < pattern.len && pattern.data[end] == pattern.data[i]) {
            end++;
        }
        char letter = pattern.data[i] == 'Y' ? 'y' : pattern.data[i]; /* another lint's business */
        size_t digits = end - i;
        const char *unit = strchr(order, letter);
        bool is_week = letter == 'w' && at == 1 && digits == 2;
        bool follows = unit && ((size_t)(unit - order) == at || !has_unit);
        if ((!follows && !is_week) || digits < 2 || (letter == 'M' && digits > 2)) {
            return false;
        }
        at = is_week ? sizeof(order) : (size_t)(unit - order) + 1;
        has_unit = true;
        i = end - 1;
    }
    return has_unit;
}

static void check_order(struct lint *lint, const struct lint_scope *scope)
{
    for (uint32_t i = 0; i < scope->select->order_count; i++) {
        const struct syntax_node *written = scope->select->order[i].expression;
        struct syntax_node quoted = *written;
        quoted.kind = written->kind == SYNTAX_STRING ? SYNTAX_NAME : written->kind;
        lint->clause = LINT_ORDER;
        const struct syntax_node *meant = lint_resolve(lint, scope, &quoted);
        if (!lint_is_call(meant, "DATEFORMAT") || meant->operand_count != 2 ||
            meant->operands[1]->kind != SYNTAX_STRING) {
            continue;
        }
        bool is_right = sorts_as_time(meant->operands[1]->text);
        if (is_right && str_find_char(meant->operands[1]->text, 'y', 0) == SIZE_MAX) {
            continue; /* by the hour, say: no order of times */
        }
        struct diagnostic *found =
            lint_add(lint, is_right ? "order-by-date-text" : "order-by-unsorted-date", written->offset_start,
                     written->offset_end,
                     is_right ? "the text of a date is sorted, which takes longer than sorting the time"
                              : "the text of a date is sorted, and with this pattern texts do not sort as times do");
        lint_hint(lint, found, "ORDER BY %.*s", STR_ARG(lint_shown(lint, meant->operands[0])));
    }
}

static void check_limit(struct lint *lint, const struct syntax_select *select)
{
    bool is_grouped = select->group_count > 0;
    if (select->has_limit && is_grouped && select->order_count == 0) {
        struct diagnostic *found =
            lint_add(lint, "limit-without-order", select->clause_offset_group, select->clause_offset_group + 5,
                     "which groups LIMIT keeps is anybody's guess without ORDER BY");
        lint_hint(lint, found, "add ORDER BY in front of LIMIT");
    }
}

/* ---- sub-selects ---- */

static void check_subquery(struct lint *lint, const struct syntax_node *node)
{
    const struct syntax_select *inner = node->select;
    bool is_small = inner->has_limit && inner->limit <= SUBQUERY_VALUES_IN_QRADAR;
    if (!is_small) {
        struct diagnostic *found =
            lint_add(lint, "subquery-cut", node->offset, node->offset + 2,
                     "QRadar cuts the values of IN (SELECT ..) at %d", SUBQUERY_VALUES_IN_QRADAR);
        lint_hint(lint, found, "say which are wanted: ORDER BY and LIMIT %d in the inner query",
                  SUBQUERY_VALUES_IN_QRADAR);
    }
}

static void check_subqueries(struct lint *lint, const struct syntax_node *node)
{
    if (node->kind == SYNTAX_IN && node->select) {
        check_subquery(lint, node);
    }
    for (uint32_t i = 0; i < node->operand_count; i++) {
        check_subqueries(lint, node->operands[i]);
    }
}

void lint_clauses(struct lint *lint, const struct lint_scope *scope)
{
    struct term_list where = {NULL, 0};
    lint->clause = LINT_WHERE;
    if (!where_terms(lint, scope, &where)) {
        return;
    }
    check_no_time(lint, scope, &where);
    check_window(lint, scope, &where);
    check_group_items(lint, scope);
    check_count(lint, scope);
    check_names_twice(lint, scope->select);
    check_order(lint, scope);
    check_limit(lint, scope->select);
    if (scope->select->where) {
        check_subqueries(lint, scope->select->where);
    }
}
