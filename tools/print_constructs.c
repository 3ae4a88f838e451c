/* print_constructs.c - which golden case shows each construct of AQL:
 *     print_constructs FOLDER-OF-CASES > the table of docs/aql.md
 * A construct counts as shown by a case that parses it and expects rows. A test compares the document with what this
 * prints, and fails while a construct has no case. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/text_file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "function/function.h"
#include "language/lexer.h"
#include "language/syntax.h"
#include "support/case_file.h"

struct construct {
    const char *section; /* a heading, when it is the first of its section */
    const char *text;    /* as docs/aql.md shows it */
    str shown_by;        /* "folder/file.test: case"; empty: none */
};

static struct construct constructs[] = {
    {"Lexical forms", "`'text'`", {0}},
    {NULL, "`'it''s'`", {0}},
    {NULL, "`'a backslash \\ is itself'`", {0}},
    {NULL, "`\"name\"`", {0}},
    {NULL, "`\"a \"\" in a name\"`", {0}},
    {NULL, "`a-b` for a property of that name", {0}},
    {NULL, "`1764000000000`", {0}},
    {NULL, "`0xff000000`", {0}},
    {NULL, "`2.5`", {0}},
    {NULL, "`1e3`", {0}},
    {NULL, "`TRUE`, `FALSE`", {0}},
    {NULL, "`NULL`", {0}},
    {NULL, "`/* comment */`", {0}},
    {NULL, "`-- comment`", {0}},
    {NULL, "`;` at the end", {0}},
    {NULL, "keywords in any case", {0}},
    {NULL, "keywords as names (`last`, `text`, ...)", {0}},
    {NULL, "`NS::NAME()`", {0}},
    {"SELECT list", "`*`", {0}},
    {NULL, "`expr AS alias`", {0}},
    {NULL, "`expr alias`", {0}},
    {NULL, "`AS \"alias\"`", {0}},
    {NULL, "`AS 'alias'`", {0}},
    {NULL, "a condition as a column", {0}},
    {NULL, "default column names", {0}},
    {"FROM", "`events`", {0}},
    {NULL, "`flows`", {0}},
    {NULL, "`simarc`", {0}},
    {NULL, "a cursor", {0}},
    {NULL, "`(SELECT ...)`", {0}},
    {NULL, "`GLOBALVIEW('search', 'NORMAL')`", {0}},
    {NULL, "`GLOBALVIEW('search', 'HOURLY')`", {0}},
    {NULL, "`GLOBALVIEW('search', 'DAILY')`", {0}},
    {"Clauses", "`INTO cursor`", {0}},
    {NULL, "`WHERE`", {0}},
    {NULL, "`WHERE TEXT SEARCH 'words'`", {0}},
    {NULL, "`TEXT SEARCH = 'words'`", {0}},
    {NULL, "`GROUP BY column`", {0}},
    {NULL, "`GROUP BY expression`", {0}},
    {NULL, "`GROUP BY 'alias'`", {0}},
    {NULL, "several keys of GROUP BY", {0}},
    {NULL, "aggregates without GROUP BY", {0}},
    {NULL, "`HAVING`", {0}},
    {NULL, "`SESSION BY time key BEGIN`", {0}},
    {NULL, "several keys of SESSION BY", {0}},
    {NULL, "`EXPLICIT BEGIN`", {0}},
    {NULL, "`END`", {0}},
    {NULL, "`EXPLICIT END`", {0}},
    {NULL, "`TIMEOUT ms`", {0}},
    {NULL, "`TIMEWINDOW n unit`", {0}},
    {NULL, "`TIMEWINDOW ms`", {0}},
    {NULL, "`ORDER BY`", {0}},
    {NULL, "`ORDER BY 'alias'`", {0}},
    {NULL, "several keys of ORDER BY", {0}},
    {NULL, "`ASC`", {0}},
    {NULL, "`DESC`", {0}},
    {NULL, "`COLLATE 'tag'`", {0}},
    {NULL, "`LIMIT n`", {0}},
    {NULL, "`LAST n MINUTES`", {0}},
    {NULL, "`LAST n HOURS`", {0}},
    {NULL, "`LAST n DAYS`", {0}},
    {NULL, "`START` without `STOP`", {0}},
    {NULL, "`START` and `STOP`", {0}},
    {NULL, "`START 'text'`", {0}},
    {NULL, "`START 1764000000000`", {0}},
    {NULL, "`START PARSEDATETIME('text')`", {0}},
    {NULL, "`START NOW() - n`", {0}},
    {NULL, "`TIMES OFFENSE_TIME(id)`", {0}},
    {NULL, "`PARAMETERS REMOTESERVERS='host:port'`", {0}},
    {NULL, "`REMOTESERVERS=ARIELSERVERS4EPID(id)`", {0}},
    {NULL, "`REMOTESERVERS=ARIELSERVERS4EPNAME('name')`", {0}},
    {NULL, "`EXCLUDESERVERS`", {0}},
    {NULL, "`SNAPSHOTSIZE`", {0}},
    {NULL, "`PROGRESSDETAILSRESOLUTION`", {0}},
    {NULL, "`EXECUTIONTIMELIMIT`", {0}},
    {NULL, "`PRIORITY`", {0}},
    {"Operators", "`^`", {0}},
    {NULL, "`*`, binary", {0}},
    {NULL, "`/`", {0}},
    {NULL, "`%`", {0}},
    {NULL, "`+`", {0}},
    {NULL, "`-`", {0}},
    {NULL, "`<<`", {0}},
    {NULL, "`>>`", {0}},
    {NULL, "`>>>`", {0}},
    {NULL, "`&`", {0}},
    {NULL, "`#`", {0}},
    {NULL, "`|`", {0}},
    {NULL, "`=`", {0}},
    {NULL, "`==`", {0}},
    {NULL, "`!=`", {0}},
    {NULL, "`<>`", {0}},
    {NULL, "`<`", {0}},
    {NULL, "`<=`", {0}},
    {NULL, "`>`", {0}},
    {NULL, "`>=`", {0}},
    {NULL, "`LIKE`", {0}},
    {NULL, "`ILIKE`", {0}},
    {NULL, "`MATCHES`", {0}},
    {NULL, "`IMATCHES`", {0}},
    {NULL, "`NOT LIKE`", {0}},
    {NULL, "`NOT ILIKE`", {0}},
    {NULL, "`NOT MATCHES`", {0}},
    {NULL, "`NOT IMATCHES`", {0}},
    {NULL, "`LIKE ENUMERATION(...)`", {0}},
    {NULL, "`IN (value, ...)`", {0}},
    {NULL, "`NOT IN (value, ...)`", {0}},
    {NULL, "`IN (SELECT ...)`", {0}},
    {NULL, "`NOT IN (SELECT ...)`", {0}},
    {NULL, "`BETWEEN`", {0}},
    {NULL, "`NOT BETWEEN`", {0}},
    {NULL, "`IS NULL`", {0}},
    {NULL, "`IS NOT NULL`", {0}},
    {NULL, "`AND`", {0}},
    {NULL, "`OR`", {0}},
    {NULL, "`NOT`", {0}},
    {NULL, "`-`, unary", {0}},
    {NULL, "`+`, unary", {0}},
    {NULL, "`~`", {0}},
    {NULL, "`( )`", {0}},
    {"Conditionals", "`CASE value WHEN`", {0}},
    {NULL, "`CASE WHEN`", {0}},
    {NULL, "`CASE` without `ELSE`", {0}},
    {NULL, "`IF THEN ELSE`", {0}},
    {NULL, "`ELSE IF`", {0}},
};

struct function_use {
    const struct function_def *function;
    str shown_by;
};

static struct arena arena;
static struct function_use *functions;
static size_t function_count;
static str current; /* the case being read */
static str query;

static void see(const char *text)
{
    for (size_t i = 0; i < countof(constructs); i++) {
        if (strcmp(constructs[i].text, text) == 0) {
            if (constructs[i].shown_by.len == 0) {
                constructs[i].shown_by = current;
            }
            return;
        }
    }
    fprintf(stderr, "print_constructs: %s is not in the table\n", text);
    exit(1);
}

static void see_if(bool is_there, const char *text)
{
    if (is_there) {
        see(text);
    }
}

static void see_function(str name_space, str name)
{
    struct strbuf full;
    strbuf_init(&full, LIMIT_IDENTIFIER_BYTES * 3);
    strbuf_append(&full, name_space);
    strbuf_append(&full, name_space.len > 0 ? STR("::") : STR_EMPTY);
    strbuf_append(&full, name);
    const struct function_def *function = function_find(strbuf_str(&full));
    for (size_t i = 0; i < function_count; i++) {
        if (functions[i].function == function && functions[i].shown_by.len == 0) {
            functions[i].shown_by = current;
        }
    }
    strbuf_release(&full);
}

/* ---- tokens ---- */

static void see_token(const struct token *token, const struct token *next)
{
    str text = str_slice(query, token->offset, token->offset_end);
    switch (token->kind) {
    case TOKEN_STRING:
        see("`'text'`");
        see_if(str_find(str_slice(text, 1, text.len - 1), STR("''"), 0) != SIZE_MAX, "`'it''s'`");
        see_if(str_find_char(text, '\\', 0) != SIZE_MAX, "`'a backslash \\ is itself'`");
        return;
    case TOKEN_QUOTED_NAME:
        see("`\"name\"`");
        see_if(str_find(str_slice(text, 1, text.len - 1), STR("\"\""), 0) != SIZE_MAX, "`\"a \"\" in a name\"`");
        return;
    case TOKEN_INTEGER:
        see(text.len > 1 && (text.data[1] == 'x' || text.data[1] == 'X') ? "`0xff000000`" : "`1764000000000`");
        return;
    case TOKEN_DECIMAL:
        see(str_find_char(text, 'e', 0) != SIZE_MAX || str_find_char(text, 'E', 0) != SIZE_MAX ? "`1e3`" : "`2.5`");
        return;
    case TOKEN_SEMICOLON:
        see("`;` at the end");
        return;
    case TOKEN_EQUAL_DOUBLED:
        see("`==`");
        return;
    case TOKEN_EQUAL:
        see("`=`");
        return;
    case TOKEN_NOT_EQUAL:
        see("`!=`");
        return;
    case TOKEN_NOT_EQUAL_ANGLED:
        see("`<>`");
        return;
    case TOKEN_DOUBLE_COLON:
        see("`NS::NAME()`");
        return;
    case TOKEN_SEARCH:
        see_if(next->kind == TOKEN_EQUAL, "`TEXT SEARCH = 'words'`");
        return;
    default:
        see_if(token_is_keyword(token->kind) && !str_eq(text, token_spelling(token->kind)), "keywords in any case");
        return;
    }
}

static void see_tokens(void)
{
    struct lexer lexer;
    lexer_init(&lexer, query);
    size_t end = 0;
    struct token token = lexer_next(&lexer);
    while (token.kind != TOKEN_END_OF_TEXT) {
        struct token next = lexer_next(&lexer);
        str gap = str_slice(query, end, token.offset);
        see_if(str_find(gap, STR("/*"), 0) != SIZE_MAX, "`/* comment */`");
        see_if(str_find(gap, STR("--"), 0) != SIZE_MAX, "`-- comment`");
        see_token(&token, &next);
        end = token.offset_end;
        token = next;
    }
    str gap = str_slice(query, end, query.len);
    see_if(str_find(gap, STR("/*"), 0) != SIZE_MAX, "`/* comment */`");
    see_if(str_find(gap, STR("--"), 0) != SIZE_MAX, "`-- comment`");
}

/* ---- the tree ---- */

static void see_select(const struct syntax_select *select);

static bool is_aggregate(const struct syntax_node *node)
{
    const struct function_def *function = node->kind == SYNTAX_CALL ? function_find(node->text) : NULL;
    return function && function->aggregate != AGGREGATE_NONE;
}

static bool has_aggregate(const struct syntax_node *node)
{
    bool has = is_aggregate(node);
    for (uint32_t i = 0; !has && i < node->operand_count; i++) {
        has = has_aggregate(node->operands[i]);
    }
    return has;
}

static void see_binary(const struct syntax_node *node)
{
    static const char *const texts[OPERATOR_COUNT] = {
        [OPERATOR_POWER] = "`^`", [OPERATOR_MULTIPLY] = "`*`, binary", [OPERATOR_DIVIDE] = "`/`",
        [OPERATOR_REMAINDER] = "`%`", [OPERATOR_ADD] = "`+`", [OPERATOR_SUBTRACT] = "`-`",
        [OPERATOR_SHIFT_LEFT] = "`<<`", [OPERATOR_SHIFT_RIGHT] = "`>>`", [OPERATOR_SHIFT_RIGHT_LOGICAL] = "`>>>`",
        [OPERATOR_BIT_AND] = "`&`", [OPERATOR_BIT_XOR] = "`#`", [OPERATOR_BIT_OR] = "`|`", [OPERATOR_LESS] = "`<`",
        [OPERATOR_LESS_EQUAL] = "`<=`", [OPERATOR_GREATER] = "`>`", [OPERATOR_GREATER_EQUAL] = "`>=`",
        [OPERATOR_LIKE] = "`LIKE`", [OPERATOR_ILIKE] = "`ILIKE`", [OPERATOR_MATCHES] = "`MATCHES`",
        [OPERATOR_IMATCHES] = "`IMATCHES`", [OPERATOR_AND] = "`AND`", [OPERATOR_OR] = "`OR`"};
    static const char *const negated[OPERATOR_COUNT] = {
        [OPERATOR_LIKE] = "`NOT LIKE`", [OPERATOR_ILIKE] = "`NOT ILIKE`", [OPERATOR_MATCHES] = "`NOT MATCHES`",
        [OPERATOR_IMATCHES] = "`NOT IMATCHES`"};
    const char *text = node->is_negated ? negated[node->operator] : texts[node->operator];
    see_if(text != NULL, text ? text : "");
    if (node->operator == OPERATOR_SUBTRACT && node->operands[0]->kind == SYNTAX_NAME &&
        node->operands[1]->kind == SYNTAX_NAME &&
        node->operands[0]->offset_end + 1 == node->operands[1]->offset_start) {
        see("`a-b` for a property of that name");
    }
}

static void see_case(const struct syntax_node *node)
{
    see(node->has_operand ? "`CASE value WHEN`" : "`CASE WHEN`");
    see_if(!node->has_else, "`CASE` without `ELSE`");
}

static void see_node(const struct syntax_node *node)
{
    see_if(node->is_parenthesized, "`( )`");
    switch (node->kind) {
    case SYNTAX_NULL:
        see("`NULL`");
        break;
    case SYNTAX_BOOLEAN:
        see("`TRUE`, `FALSE`");
        break;
    case SYNTAX_NAME:
        see_if(!node->is_quoted && token_from_word(node->text) != TOKEN_NAME,
               "keywords as names (`last`, `text`, ...)");
        break;
    case SYNTAX_UNARY:
        see(node->operator == OPERATOR_NOT      ? "`NOT`"
            : node->operator == OPERATOR_NEGATE ? "`-`, unary"
            : node->operator == OPERATOR_PLUS   ? "`+`, unary"
                                                : "`~`");
        break;
    case SYNTAX_BINARY:
        see_binary(node);
        break;
    case SYNTAX_IS_NULL:
        see(node->is_negated ? "`IS NOT NULL`" : "`IS NULL`");
        break;
    case SYNTAX_BETWEEN:
        see(node->is_negated ? "`NOT BETWEEN`" : "`BETWEEN`");
        break;
    case SYNTAX_IN:
        see(node->select ? node->is_negated ? "`NOT IN (SELECT ...)`" : "`IN (SELECT ...)`"
            : node->is_negated ? "`NOT IN (value, ...)`"
                               : "`IN (value, ...)`");
        break;
    case SYNTAX_ENUMERATION:
        see("`LIKE ENUMERATION(...)`");
        break;
    case SYNTAX_CALL:
        see_function(node->name_space, node->text);
        break;
    case SYNTAX_CASE:
        see_case(node);
        break;
    case SYNTAX_IF:
        see("`IF THEN ELSE`");
        see_if(node->operands[2]->kind == SYNTAX_IF, "`ELSE IF`");
        break;
    case SYNTAX_TEXT_SEARCH:
        see("`WHERE TEXT SEARCH 'words'`");
        break;
    default:
        break;
    }
    if (node->select) {
        see_select(node->select);
    }
    for (uint32_t i = 0; i < node->operand_count; i++) {
        see_node(node->operands[i]);
    }
}

static bool is_condition(const struct syntax_node *node)
{
    return node->kind == SYNTAX_IS_NULL || node->kind == SYNTAX_BETWEEN || node->kind == SYNTAX_IN ||
           (node->kind == SYNTAX_BINARY && node->operator >= OPERATOR_EQUAL && node->operator <= OPERATOR_OR) ||
           (node->kind == SYNTAX_UNARY && node->operator == OPERATOR_NOT);
}

static void see_item(const struct syntax_item *item)
{
    see_if(item->expression->kind == SYNTAX_STAR, "`*`");
    see_if(is_condition(item->expression), "a condition as a column");
    see_if(item->alias.len == 0 && item->expression->kind != SYNTAX_STAR && item->expression->kind != SYNTAX_NAME,
           "default column names");
    if (item->alias.len > 0) {
        static const char *const quotes[] = {[ALIAS_DOUBLE_QUOTED] = "`AS \"alias\"`",
                                             [ALIAS_SINGLE_QUOTED] = "`AS 'alias'`"};
        str between = str_trim(str_slice(query, item->expression->offset_end, item->alias_offset));
        bool has_as = str_eq_ignore_case(between, STR("AS"));
        see_if(item->alias_quote != ALIAS_BARE && has_as, item->alias_quote ? quotes[item->alias_quote] : "");
        see_if(item->alias_quote == ALIAS_BARE && has_as, "`expr AS alias`");
        see_if(between.len == 0, "`expr alias`");
    }
    see_node(item->expression);
}

static void see_source(const struct syntax_source *source)
{
    switch (source->kind) {
    case SOURCE_SELECT:
        see("`(SELECT ...)`");
        see_select(source->select);
        return;
    case SOURCE_GLOBALVIEW:
        see(str_eq_ignore_case(source->detail, STR("NORMAL"))   ? "`GLOBALVIEW('search', 'NORMAL')`"
            : str_eq_ignore_case(source->detail, STR("HOURLY")) ? "`GLOBALVIEW('search', 'HOURLY')`"
                                                                : "`GLOBALVIEW('search', 'DAILY')`");
        return;
    case SOURCE_NAME:
        see(str_eq_ignore_case(source->name, STR("events"))   ? "`events`"
            : str_eq_ignore_case(source->name, STR("flows"))  ? "`flows`"
            : str_eq_ignore_case(source->name, STR("simarc")) ? "`simarc`"
                                                              : "a cursor");
        return;
    }
}

static void see_grouping(const struct syntax_select *select)
{
    bool has = false;
    for (uint32_t i = 0; i < select->item_count; i++) {
        has |= has_aggregate(select->items[i].expression);
    }
    see_if(has && select->group_count == 0, "aggregates without GROUP BY");
    see_if(select->group_count > 1, "several keys of GROUP BY");
    for (uint32_t i = 0; i < select->group_count; i++) {
        enum syntax_kind kind = select->group[i]->kind;
        see(kind == SYNTAX_NAME     ? "`GROUP BY column`"
            : kind == SYNTAX_STRING ? "`GROUP BY 'alias'`"
                                    : "`GROUP BY expression`");
        see_node(select->group[i]);
    }
    if (select->having) {
        see("`HAVING`");
        see_node(select->having);
    }
}

static void see_session(const struct syntax_session *session)
{
    if (!session->is_present) {
        return;
    }
    see("`SESSION BY time key BEGIN`");
    see_if(session->key_count > 1, "several keys of SESSION BY");
    see_if(session->is_begin_explicit, "`EXPLICIT BEGIN`");
    see_if(session->end != NULL, session->is_end_explicit ? "`EXPLICIT END`" : "`END`");
    see_if(session->has_timeout, "`TIMEOUT ms`");
    see_if(session->has_window, session->window_unit == UNIT_NONE ? "`TIMEWINDOW ms`" : "`TIMEWINDOW n unit`");
    see_node(session->begin);
    if (session->end) {
        see_node(session->end);
    }
}

static void see_order(const struct syntax_select *select)
{
    see_if(select->order_count > 0, "`ORDER BY`");
    see_if(select->order_count > 1, "several keys of ORDER BY");
    for (uint32_t i = 0; i < select->order_count; i++) {
        const struct syntax_order *order = &select->order[i];
        see_if(order->expression->kind == SYNTAX_STRING, "`ORDER BY 'alias'`");
        see_if(order->has_direction, order->is_descending ? "`DESC`" : "`ASC`");
        see_if(order->collation.len > 0, "`COLLATE 'tag'`");
        see_node(order->expression);
    }
}

static void see_time(const struct syntax_time *time)
{
    switch (time->kind) {
    case TIME_LAST:
        see(time->unit == UNIT_MINUTES ? "`LAST n MINUTES`" : time->unit == UNIT_HOURS ? "`LAST n HOURS`"
                                                                                       : "`LAST n DAYS`");
        return;
    case TIME_START_STOP:
        see(time->stop ? "`START` and `STOP`" : "`START` without `STOP`");
        see_if(time->start->kind == SYNTAX_STRING, "`START 'text'`");
        see_if(time->start->kind == SYNTAX_INTEGER, "`START 1764000000000`");
        see_if(time->start->kind == SYNTAX_CALL && str_eq_ignore_case(time->start->text, STR("PARSEDATETIME")),
               "`START PARSEDATETIME('text')`");
        see_if(time->start->kind == SYNTAX_BINARY, "`START NOW() - n`");
        see_node(time->start);
        return;
    case TIME_OFFENSE:
        see("`TIMES OFFENSE_TIME(id)`");
        return;
    case TIME_NONE:
        return;
    }
}

static void see_parameters(const struct syntax_select *select)
{
    for (uint32_t i = 0; i < select->parameter_count; i++) {
        const struct syntax_parameter *parameter = &select->parameters[i];
        bool is_remote = str_eq(parameter->name, STR("REMOTESERVERS"));
        if (!is_remote) {
            char text[64];
            snprintf(text, sizeof(text), "`%.*s`", STR_ARG(parameter->name));
            see(text);
        } else if (parameter->value->kind == SYNTAX_CALL) {
            see(str_eq_ignore_case(parameter->value->text, STR("ARIELSERVERS4EPID"))
                    ? "`REMOTESERVERS=ARIELSERVERS4EPID(id)`"
                    : "`REMOTESERVERS=ARIELSERVERS4EPNAME('name')`");
        } else {
            see("`PARAMETERS REMOTESERVERS='host:port'`");
        }
    }
}

static void see_select(const struct syntax_select *select)
{
    for (uint32_t i = 0; i < select->item_count; i++) {
        see_item(&select->items[i]);
    }
    see_source(&select->source);
    see_if(select->into.len > 0, "`INTO cursor`");
    if (select->where) {
        see("`WHERE`");
        see_node(select->where);
    }
    see_grouping(select);
    see_session(&select->session);
    see_order(select);
    see_if(select->has_limit, "`LIMIT n`");
    see_time(&select->time);
    see_parameters(select);
}

/* ---- cases ---- */

static bool expects_rows(const struct test_case *test)
{
    static const char *const kinds[] = {"csv", "tsv", "json", "ndjson", "table", "rows"};
    for (size_t i = 0; i < test->expect_count; i++) {
        for (size_t j = 0; j < countof(kinds); j++) {
            if (str_starts_with(test->expects[i].kind, str_from_cstring(kinds[j]))) {
                return true;
            }
        }
    }
    return false;
}

static void read_case(const char *place, const struct test_case *test)
{
    struct syntax_select *select = NULL;
    struct error err = {0};
    struct strbuf name;
    if (test->query.len == 0 || !expects_rows(test) ||
        aql_parse(&arena, test->query, "query", &select, &err) != TOCSIN_OK) {
        return;
    }
    strbuf_init(&name, 1000);
    strbuf_append_format(&name, "%s: %.*s", place, STR_ARG(test->name));
    current = arena_copy(&arena, strbuf_str(&name));
    strbuf_release(&name);
    query = test->query;
    see_tokens();
    see_select(select);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted. */
static char **list_folder(const char *path, size_t *ret_count)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    char **names = arena_array(&arena, char *, count > 0 ? (size_t)count : 1);
    *ret_count = 0;
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.') {
            names[(*ret_count)++] = arena_copy_cstring(&arena, str_from_cstring(entries[i]->d_name));
        }
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    qsort(names, *ret_count, sizeof(*names), compare_names);
    return names;
}

static void read_file(const char *root, const char *folder, const char *name)
{
    char path[2000];
    char place[1000];
    struct error err = {0};
    str text;
    snprintf(path, sizeof(path), "%s/%s/%s", root, folder, name);
    snprintf(place, sizeof(place), "%s/%s", folder, name);
    if (!str_ends_with(str_from_cstring(name), STR(".test")) ||
        text_file_read(path, 64 * MEBI, &text, &err) != TOCSIN_OK) {
        return;
    }
    struct case_file file;
    str copy = arena_copy(&arena, text);
    memory_free((void *)(uintptr_t)text.data);
    if (case_file_parse(&arena, path, copy, &file, &err) != TOCSIN_OK) {
        fprintf(stderr, "print_constructs: %s: %s\n", path, err.message);
        exit(1);
    }
    for (size_t i = 0; i < file.case_count; i++) {
        read_case(place, &file.cases[i]);
    }
}

/* ---- the table ---- */

/* A | inside code would part cells. */
static void print_cell(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '|') {
            putchar('\\');
        }
        putchar(text.data[i]);
    }
}

static size_t print_row(str construct, str shown_by)
{
    printf("| ");
    print_cell(construct);
    printf(" | %s | ", shown_by.len > 0 ? "runs" : "NO CASE");
    print_cell(shown_by);
    printf(" |\n");
    return shown_by.len == 0;
}

static void print_head(const char *title)
{
    printf("\n### %s\n\n| construct | status | case |\n|---|---|---|\n", title);
}

static size_t print_tables(void)
{
    size_t missing = 0;
    for (size_t i = 0; i < countof(constructs); i++) {
        if (constructs[i].section) {
            print_head(constructs[i].section);
        }
        missing += print_row(str_from_cstring(constructs[i].text), constructs[i].shown_by);
    }
    print_head("Functions");
    for (size_t i = 0; i < function_count; i++) {
        char name[200];
        snprintf(name, sizeof(name), "`%s`", functions[i].function->names[0]);
        missing += print_row(str_from_cstring(name), functions[i].shown_by);
    }
    return missing;
}

static int compare_functions(const void *a, const void *b)
{
    const struct function_use *x = a;
    const struct function_use *y = b;
    return strcmp(x->function->names[0], y->function->names[0]);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: print_constructs FOLDER\n");
        return 2;
    }
    arena_init(&arena, ARENA_NO_LIMIT);
    const struct function_def *const *list = function_list(&function_count);
    functions = arena_array(&arena, struct function_use, function_count);
    for (size_t i = 0; i < function_count; i++) {
        functions[i] = (struct function_use){list[i], {0}};
    }
    qsort(functions, function_count, sizeof(*functions), compare_functions);
    size_t folder_count;
    char **folders = list_folder(argv[1], &folder_count);
    for (size_t i = 0; i < folder_count; i++) {
        char path[2000];
        size_t count;
        snprintf(path, sizeof(path), "%s/%s", argv[1], folders[i]);
        char **names = list_folder(path, &count);
        for (size_t j = 0; j < count; j++) {
            read_file(argv[1], folders[i], names[j]);
        }
    }
    size_t missing = print_tables();
    arena_release(&arena);
    if (missing > 0) {
        fprintf(stderr, "print_constructs: %zu constructs have no case that expects rows\n", missing);
    }
    return missing > 0 ? 1 : 0;
}
