/* print_constructs.c - which golden case shows each construct of AQL:
 *     print_constructs FOLDER-OF-CASES > the table of docs/aql.md
 * A construct counts as shown by a case that parses it and expects rows. Operators, conditionals and functions also
 * want a case that gives them NULL, and one in which they are refused: it expects an error whose place is in them and
 * in nothing smaller. A test compares the document with what this prints, and fails while a case is missing. */
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

/* What a case shows of a construct. */
enum view { VIEW_ROWS, VIEW_NULL, VIEW_REFUSED, VIEW_COUNT };

enum { WITHOUT_NULL = 1 << VIEW_NULL, WITHOUT_REFUSAL = 1 << VIEW_REFUSED };

struct shown {
    str cases[VIEW_COUNT]; /* "folder/file.test: case"; empty: none */
    unsigned lacks;        /* views that there cannot be */
};

struct construct {
    const char *section; /* a heading, when it is the first of its section */
    const char *text;    /* as docs/aql.md shows it */
    struct shown shown;
};

static struct construct constructs[] = {
    {"Lexical forms", "`'text'`"},
    {NULL, "`'it''s'`"},
    {NULL, "`'a backslash \\ is itself'`"},
    {NULL, "`\"name\"`"},
    {NULL, "`\"a \"\" in a name\"`"},
    {NULL, "`a-b` for a property of that name"},
    {NULL, "`1764000000000`"},
    {NULL, "`0xff000000`"},
    {NULL, "`2.5`"},
    {NULL, "`1e3`"},
    {NULL, "`TRUE`, `FALSE`"},
    {NULL, "`NULL`"},
    {NULL, "`/* comment */`"},
    {NULL, "`-- comment`"},
    {NULL, "`;` at the end"},
    {NULL, "keywords in any case"},
    {NULL, "keywords as names (`last`, `text`, ...)"},
    {NULL, "`NS::NAME()`"},
    {"SELECT list", "`*`"},
    {NULL, "`expr AS alias`"},
    {NULL, "`expr alias`"},
    {NULL, "`AS \"alias\"`"},
    {NULL, "`AS 'alias'`"},
    {NULL, "a condition as a column"},
    {NULL, "`*` beside other columns"},
    {NULL, "an alias in a later column"},
    {NULL, "an aggregate in an expression"},
    {NULL, "an expression in an aggregate"},
    {NULL, "`COUNT(*)`"},
    {NULL, "default column names"},
    {"FROM", "`events`"},
    {NULL, "`flows`"},
    {NULL, "`simarc`"},
    {NULL, "a cursor"},
    {NULL, "`(SELECT ...)`"},
    {NULL, "`GLOBALVIEW('search', 'NORMAL')`"},
    {NULL, "`GLOBALVIEW('search', 'HOURLY')`"},
    {NULL, "`GLOBALVIEW('search', 'DAILY')`"},
    {"Clauses", "`INTO cursor`"},
    {NULL, "`WHERE`"},
    {NULL, "`WHERE TEXT SEARCH 'words'`"},
    {NULL, "`TEXT SEARCH = 'words'`"},
    {NULL, "`TEXT SEARCH '\"a phrase\"'`"},
    {NULL, "`TEXT SEARCH 'a* ?b'`"},
    {NULL, "`TEXT SEARCH 'a AND b OR NOT c'`"},
    {NULL, "an alias in `WHERE`"},
    {NULL, "`GROUP BY column`"},
    {NULL, "`GROUP BY expression`"},
    {NULL, "`GROUP BY 'alias'`"},
    {NULL, "several keys of GROUP BY"},
    {NULL, "aggregates without GROUP BY"},
    {NULL, "an alias in `GROUP BY`"},
    {NULL, "`HAVING`"},
    {NULL, "an alias in `HAVING`"},
    {NULL, "an aggregate in `HAVING`"},
    {NULL, "`SESSION BY time key BEGIN`"},
    {NULL, "several keys of SESSION BY"},
    {NULL, "`EXPLICIT BEGIN`"},
    {NULL, "`END`"},
    {NULL, "`EXPLICIT END`"},
    {NULL, "`TIMEOUT ms`"},
    {NULL, "`TIMEWINDOW n SECONDS`"},
    {NULL, "`TIMEWINDOW n MINUTES`"},
    {NULL, "`TIMEWINDOW n HOURS`"},
    {NULL, "`TIMEWINDOW n DAYS`"},
    {NULL, "`TIMEWINDOW ms`"},
    {NULL, "`ORDER BY`"},
    {NULL, "an alias in `ORDER BY`"},
    {NULL, "`ORDER BY` an expression"},
    {NULL, "`ORDER BY` an aggregate"},
    {NULL, "`ORDER BY 'alias'`"},
    {NULL, "several keys of ORDER BY"},
    {NULL, "`ASC`"},
    {NULL, "`DESC`"},
    {NULL, "`COLLATE 'tag'`"},
    {NULL, "`LIMIT n`"},
    {NULL, "`LAST n MINUTES`"},
    {NULL, "`LAST n HOURS`"},
    {NULL, "`LAST n DAYS`"},
    {NULL, "a unit in the singular"},
    {NULL, "a time clause in a sub-select"},
    {NULL, "`START` without `STOP`"},
    {NULL, "`START` and `STOP`"},
    {NULL, "`START 'text'`"},
    {NULL, "`START 1764000000000`"},
    {NULL, "`START PARSEDATETIME('text')`"},
    {NULL, "`START NOW() - n`"},
    {NULL, "`TIMES OFFENSE_TIME(id)`"},
    {NULL, "`PARAMETERS REMOTESERVERS='host:port'`"},
    {NULL, "`REMOTESERVERS=ARIELSERVERS4EPID(id)`"},
    {NULL, "`REMOTESERVERS=ARIELSERVERS4EPNAME('name')`"},
    {NULL, "`PARAMETERS EXCLUDESERVERS='host:port'`"},
    {NULL, "`EXCLUDESERVERS=ARIELSERVERS4EPID(id)`"},
    {NULL, "`EXCLUDESERVERS=ARIELSERVERS4EPNAME('name')`"},
    {NULL, "`SNAPSHOTSIZE`"},
    {NULL, "`PROGRESSDETAILSRESOLUTION`"},
    {NULL, "`EXECUTIONTIMELIMIT`"},
    {NULL, "`PRIORITY`"},
    {"Operators", "`^`"},
    {NULL, "`*`, binary"},
    {NULL, "`/`"},
    {NULL, "`%`"},
    {NULL, "`+`"},
    {NULL, "`-`"},
    {NULL, "`<<`"},
    {NULL, "`>>`"},
    {NULL, "`>>>`"},
    {NULL, "`&`"},
    {NULL, "`#`"},
    {NULL, "`|`"},
    {NULL, "`=`"},
    {NULL, "`==`"},
    {NULL, "`!=`"},
    {NULL, "`<>`"},
    {NULL, "`<`"},
    {NULL, "`<=`"},
    {NULL, "`>`"},
    {NULL, "`>=`"},
    {NULL, "`LIKE`"},
    {NULL, "`ILIKE`"},
    {NULL, "`MATCHES`"},
    {NULL, "`IMATCHES`"},
    {NULL, "`NOT LIKE`"},
    {NULL, "`NOT ILIKE`"},
    {NULL, "`NOT MATCHES`"},
    {NULL, "`NOT IMATCHES`"},
    {NULL, "`LIKE ENUMERATION(...)`", .shown.lacks = WITHOUT_REFUSAL},
    {NULL, "`IN (value, ...)`"},
    {NULL, "`NOT IN (value, ...)`"},
    {NULL, "`IN (SELECT ...)`"},
    {NULL, "`NOT IN (SELECT ...)`"},
    {NULL, "`BETWEEN`"},
    {NULL, "`NOT BETWEEN`"},
    {NULL, "`IS NULL`", .shown.lacks = WITHOUT_REFUSAL},
    {NULL, "`IS NOT NULL`", .shown.lacks = WITHOUT_REFUSAL},
    {NULL, "`AND`"},
    {NULL, "`OR`"},
    {NULL, "`NOT`"},
    {NULL, "`-`, unary"},
    {NULL, "`+`, unary"},
    {NULL, "`~`"},
    {NULL, "`( )`", .shown.lacks = WITHOUT_NULL | WITHOUT_REFUSAL},
    {"Conditionals", "`CASE value WHEN`"},
    {NULL, "`CASE WHEN`"},
    {NULL, "`CASE` without `ELSE`"},
    {NULL, "`IF THEN ELSE`"},
    {NULL, "`ELSE IF`"},
};

struct function_use {
    const struct function_def *function;
    struct shown shown;
};

static struct arena arena;
static struct function_use *functions;
static size_t function_count;
static str current; /* the case being read */
static str query;
static str home; /* cases of this folder go before others */

/* The first case is kept, or the first one of the folder where such cases belong. */
static void show(struct shown *shown, enum view view, str folder)
{
    str *kept = &shown->cases[view];
    if (kept->len == 0 || (str_starts_with(current, folder) && !str_starts_with(*kept, folder))) {
        *kept = current;
    }
}

static struct construct *find_construct(const char *text)
{
    home = STR("clause/");
    for (size_t i = 0; i < countof(constructs); i++) {
        const char *section = constructs[i].section;
        home = section && strcmp(section, "Operators") == 0      ? STR("filter/")
               : section && strcmp(section, "Conditionals") == 0 ? STR("expression/")
                                                                 : home;
        if (strcmp(constructs[i].text, text) == 0) {
            return &constructs[i];
        }
    }
    fprintf(stderr, "print_constructs: %s is not in the table\n", text);
    exit(1);
}

static void see_as(const char *text, enum view view)
{
    struct construct *construct = find_construct(text);
    show(&construct->shown, view, home);
}

static void see(const char *text)
{
    see_as(text, VIEW_ROWS);
}

static void see_if(bool is_there, const char *text)
{
    if (is_there) {
        see(text);
    }
}

static void see_function(str name_space, str name, enum view view)
{
    struct strbuf full;
    strbuf_init(&full, LIMIT_IDENTIFIER_BYTES * 3);
    strbuf_append(&full, name_space);
    strbuf_append(&full, name_space.len > 0 ? STR("::") : STR_EMPTY);
    strbuf_append(&full, name);
    const struct function_def *function = function_find(strbuf_str(&full));
    for (size_t i = 0; i < function_count; i++) {
        if (functions[i].function == function) {
            show(&functions[i].shown, view, STR("function/"));
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

/* = and == are one operator, != and <> as well: which one stands there says the text. */
static const char *label_of_equality(const struct syntax_node *node)
{
    str text = str_slice(query, node->offset, node->offset + 2);
    return str_starts_with(text, STR("=="))   ? "`==`"
           : str_starts_with(text, STR("="))  ? "`=`"
           : str_starts_with(text, STR("!=")) ? "`!=`"
                                              : "`<>`";
}

static const char *label_of_binary(const struct syntax_node *node)
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
    bool is_equality = node->operator == OPERATOR_EQUAL || node->operator == OPERATOR_NOT_EQUAL;
    return is_equality ? label_of_equality(node) : node->is_negated ? negated[node->operator] : texts[node->operator];
}

static const char *label_of_unary(const struct syntax_node *node)
{
    switch (node->operator) {
    case OPERATOR_NOT:
        return "`NOT`";
    case OPERATOR_NEGATE:
        return "`-`, unary";
    case OPERATOR_PLUS:
        return "`+`, unary";
    default:
        return "`~`";
    }
}

/* The operator or conditional that a node is; NULL for calls, names and values. */
static const char *label_of(const struct syntax_node *node)
{
    switch (node->kind) {
    case SYNTAX_UNARY:
        return label_of_unary(node);
    case SYNTAX_BINARY:
        return label_of_binary(node);
    case SYNTAX_IS_NULL:
        return node->is_negated ? "`IS NOT NULL`" : "`IS NULL`";
    case SYNTAX_BETWEEN:
        return node->is_negated ? "`NOT BETWEEN`" : "`BETWEEN`";
    case SYNTAX_IN:
        return node->select       ? node->is_negated ? "`NOT IN (SELECT ...)`" : "`IN (SELECT ...)`"
               : node->is_negated ? "`NOT IN (value, ...)`"
                                  : "`IN (value, ...)`";
    case SYNTAX_ENUMERATION:
        return "`LIKE ENUMERATION(...)`";
    case SYNTAX_CASE:
        return !node->has_else ? "`CASE` without `ELSE`" : node->has_operand ? "`CASE value WHEN`" : "`CASE WHEN`";
    case SYNTAX_IF:
        return node->operands[2]->kind == SYNTAX_IF ? "`ELSE IF`" : "`IF THEN ELSE`";
    default:
        return NULL;
    }
}

static void see_node_as(const struct syntax_node *node, enum view view)
{
    const char *label = label_of(node);
    if (node->kind == SYNTAX_CALL) {
        see_function(node->name_space, node->text, view);
    } else if (label) {
        see_as(label, view);
    }
}

static bool has_null_operand(const struct syntax_node *node)
{
    for (uint32_t i = 0; i < node->operand_count; i++) {
        const struct syntax_node *operand = node->operands[i];
        bool is_null = operand->kind == SYNTAX_NULL;
        if (is_null || (operand->kind == SYNTAX_ENUMERATION && node->operands[0]->kind == SYNTAX_NULL)) {
            return true;
        }
    }
    return false;
}

static void see_search(str text)
{
    see("`WHERE TEXT SEARCH 'words'`");
    see_if(str_find_char(text, '"', 0) != SIZE_MAX, "`TEXT SEARCH '\"a phrase\"'`");
    see_if(str_find_char(text, '*', 0) != SIZE_MAX || str_find_char(text, '?', 0) != SIZE_MAX, "`TEXT SEARCH 'a* ?b'`");
    see_if(str_contains(text, STR(" AND ")) || str_contains(text, STR(" OR ")) || str_contains(text, STR("NOT ")),
           "`TEXT SEARCH 'a AND b OR NOT c'`");
}

static void see_details(const struct syntax_node *node)
{
    see_if(node->is_parenthesized, "`( )`");
    see_if(node->kind == SYNTAX_NULL, "`NULL`");
    see_if(node->kind == SYNTAX_BOOLEAN, "`TRUE`, `FALSE`");
    if (node->kind == SYNTAX_TEXT_SEARCH) {
        see_search(node->text);
    }
    if (is_aggregate(node) && node->operand_count == 1) {
        see_if(node->operands[0]->kind == SYNTAX_STAR, "`COUNT(*)`");
        see_if(node->operands[0]->operand_count > 0, "an expression in an aggregate");
    }
    see_if(node->kind == SYNTAX_NAME && !node->is_quoted && token_from_word(node->text) != TOKEN_NAME,
           "keywords as names (`last`, `text`, ...)");
    see_if(node->kind == SYNTAX_BINARY && node->operator == OPERATOR_SUBTRACT &&
               node->operands[0]->kind == SYNTAX_NAME && node->operands[1]->kind == SYNTAX_NAME &&
               node->operands[0]->offset_end + 1 == node->operands[1]->offset_start,
           "`a-b` for a property of that name");
    see_if(node->kind == SYNTAX_CASE && node->has_operand, "`CASE value WHEN`");
    see_if(node->kind == SYNTAX_CASE && !node->has_operand, "`CASE WHEN`");
    see_if(node->kind == SYNTAX_IF, "`IF THEN ELSE`");
}

static void see_node(const struct syntax_node *node)
{
    see_details(node);
    see_node_as(node, VIEW_ROWS);
    bool is_enumeration = node->kind == SYNTAX_BINARY && node->operands[1]->kind == SYNTAX_ENUMERATION;
    if (has_null_operand(node)) {
        see_node_as(node, VIEW_NULL);
    }
    if (is_enumeration && node->operands[0]->kind == SYNTAX_NULL) {
        see_node_as(node->operands[1], VIEW_NULL);
    }
    if (node->select) {
        see_select(node->select);
    }
    for (uint32_t i = 0; i < node->operand_count; i++) {
        see_node(node->operands[i]);
    }
}

/* ---- refusals ---- */

/* The smallest operator, conditional or call around a place. */
static const struct syntax_node *find_around(const struct syntax_node *node, size_t offset)
{
    if (offset < node->offset_start || offset >= node->offset_end) {
        return NULL;
    }
    for (uint32_t i = 0; i < node->operand_count; i++) {
        const struct syntax_node *found = find_around(node->operands[i], offset);
        if (found) {
            return found;
        }
    }
    return node->kind == SYNTAX_CALL || label_of(node) ? node : NULL;
}

static void refuse_in(const struct syntax_node *node, size_t offset)
{
    const struct syntax_node *found = node ? find_around(node, offset) : NULL;
    if (found) {
        see_node_as(found, VIEW_REFUSED);
    }
}

/* The place of "type error: query:1:8: ..." in the query; false for other errors than those of types and patterns. */
static bool find_place(str error, size_t *ret_offset)
{
    static const char *const kinds[] = {"type error: query:", "syntax error: query:", "unsupported: query:"};
    unsigned line = 0;
    unsigned column = 0;
    for (size_t i = 0; i < countof(kinds); i++) {
        if (str_starts_with(error, str_from_cstring(kinds[i]))) {
            (void)sscanf(error.data + strlen(kinds[i]), "%u:%u:", &line, &column);
        }
    }
    size_t offset = 0;
    for (; line > 1 && offset < query.len; offset++) {
        line -= query.data[offset] == '\n';
    }
    for (; column > 1 && offset < query.len; offset++) { /* columns are characters */
        column -= offset + 1 == query.len || ((unsigned char)query.data[offset + 1] & 0xC0) != 0x80;
    }
    *ret_offset = offset;
    return line == 1 && column == 1;
}

static void see_refusal(const struct syntax_select *select, str error)
{
    size_t offset;
    bool is_misplaced = str_find(error, STR("the aggregate "), 0) != SIZE_MAX; /* the place is refused, not the type */
    if (is_misplaced || !find_place(error, &offset)) {
        return;
    }
    for (uint32_t i = 0; i < select->item_count; i++) {
        refuse_in(select->items[i].expression, offset);
    }
    refuse_in(select->where, offset);
    refuse_in(select->having, offset);
}

/* ---- clauses ---- */

static bool is_condition(const struct syntax_node *node)
{
    return node->kind == SYNTAX_IS_NULL || node->kind == SYNTAX_BETWEEN || node->kind == SYNTAX_IN ||
           (node->kind == SYNTAX_BINARY && node->operator >= OPERATOR_EQUAL && node->operator <= OPERATOR_OR) ||
           (node->kind == SYNTAX_UNARY && node->operator == OPERATOR_NOT);
}

static void see_item(const struct syntax_item *item)
{
    see_if(item->expression->kind == SYNTAX_STAR, "`*`");
    see_if(has_aggregate(item->expression) && !is_aggregate(item->expression), "an aggregate in an expression");
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
        see_if(source->select->time.kind != TIME_NONE, "a time clause in a sub-select");
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
    static const char *const windows[] = {[UNIT_NONE] = "`TIMEWINDOW ms`",
                                          [UNIT_SECONDS] = "`TIMEWINDOW n SECONDS`",
                                          [UNIT_MINUTES] = "`TIMEWINDOW n MINUTES`",
                                          [UNIT_HOURS] = "`TIMEWINDOW n HOURS`",
                                          [UNIT_DAYS] = "`TIMEWINDOW n DAYS`"};
    see_if(session->has_window, windows[session->window_unit]);
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

static bool is_unit_singular(const struct syntax_time *time)
{
    struct lexer lexer = {.text = query, .at = time->offset}; /* LAST n unit */
    (void)lexer_next(&lexer);
    (void)lexer_next(&lexer);
    struct token unit = lexer_next(&lexer);
    return ascii_lower(query.data[unit.offset_end - 1]) != 's';
}

static void see_time(const struct syntax_time *time)
{
    switch (time->kind) {
    case TIME_LAST:
        see_if(is_unit_singular(time), "a unit in the singular");
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
        bool is_servers = str_eq(parameter->name, STR("REMOTESERVERS")) ||
                          str_eq(parameter->name, STR("EXCLUDESERVERS"));
        bool is_call = parameter->value->kind == SYNTAX_CALL;
        char text[100];
        if (!is_servers) {
            snprintf(text, sizeof(text), "`%.*s`", STR_ARG(parameter->name));
        } else if (is_call) {
            bool by_id = str_eq_ignore_case(parameter->value->text, STR("ARIELSERVERS4EPID"));
            snprintf(text, sizeof(text), "`%.*s=%s`", STR_ARG(parameter->name),
                     by_id ? "ARIELSERVERS4EPID(id)" : "ARIELSERVERS4EPNAME('name')");
        } else {
            snprintf(text, sizeof(text), "`PARAMETERS %.*s='host:port'`", STR_ARG(parameter->name));
        }
        see(text);
    }
}

/* ---- names ---- */

static const struct syntax_select *naming; /* the select whose aliases are looked for */

static bool mentions(const struct syntax_node *node, str name)
{
    bool does = node->kind == SYNTAX_NAME && str_eq_ignore_case(node->text, name);
    for (uint32_t i = 0; !does && i < node->operand_count; i++) {
        does = mentions(node->operands[i], name);
    }
    return does;
}

/* Whether an expression names one of the first `count` aliases that are no columns; sub-selects have their own. */
static bool names_alias(const struct syntax_node *node, uint32_t count)
{
    bool is_name = node->kind == SYNTAX_NAME || node->kind == SYNTAX_STRING;
    for (uint32_t i = 0; is_name && i < count; i++) {
        const struct syntax_item *item = &naming->items[i];
        if (item->alias.len > 0 && str_eq_ignore_case(item->alias, node->text) &&
            !mentions(item->expression, item->alias)) {
            return true;
        }
    }
    bool does = false;
    for (uint32_t i = 0; !does && i < node->operand_count; i++) {
        does = node->operands[i]->kind != SYNTAX_STRING && names_alias(node->operands[i], count);
    }
    return does;
}

static void see_aliases(const struct syntax_select *select)
{
    naming = select;
    for (uint32_t i = 0; i < select->item_count; i++) {
        see_if(names_alias(select->items[i].expression, i), "an alias in a later column");
    }
    see_if(select->where && names_alias(select->where, select->item_count), "an alias in `WHERE`");
    see_if(select->having && names_alias(select->having, select->item_count), "an alias in `HAVING`");
    see_if(select->having && has_aggregate(select->having), "an aggregate in `HAVING`");
    for (uint32_t i = 0; i < select->group_count; i++) {
        see_if(names_alias(select->group[i], select->item_count), "an alias in `GROUP BY`");
    }
    for (uint32_t i = 0; i < select->order_count; i++) {
        const struct syntax_node *key = select->order[i].expression;
        see_if(names_alias(key, select->item_count), "an alias in `ORDER BY`");
        see_if(key->operand_count > 0 && !has_aggregate(key), "`ORDER BY` an expression");
        see_if(has_aggregate(key), "`ORDER BY` an aggregate");
    }
}

static void see_select(const struct syntax_select *select)
{
    for (uint32_t i = 0; i < select->item_count; i++) {
        see_item(&select->items[i]);
        see_if(select->items[i].expression->kind == SYNTAX_STAR && select->item_count > 1, "`*` beside other columns");
    }
    see_aliases(select);
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

static bool is_rows(str kind)
{
    static const char *const kinds[] = {"csv", "tsv", "json", "ndjson", "table", "rows"};
    for (size_t i = 0; i < countof(kinds); i++) {
        if (str_eq(kind, str_from_cstring(kinds[i]))) {
            return true;
        }
    }
    return false;
}

static void read_expects(const struct test_case *test, const struct syntax_select *select)
{
    bool has_rows = false;
    for (size_t i = 0; i < test->expect_count; i++) {
        has_rows |= is_rows(test->expects[i].kind);
        if (str_eq(test->expects[i].kind, STR("error"))) {
            see_refusal(select, test->expects[i].text);
        }
    }
    if (has_rows) {
        see_tokens();
        see_select(select);
    }
}

static void read_query(str text, const struct test_case *test)
{
    struct syntax_select *select = NULL;
    struct error err = {0};
    query = text;
    if (text.len > 0 && aql_parse(&arena, text, "query", &select, &err) == TOCSIN_OK) {
        read_expects(test, select);
    }
}

static void read_case(const char *place, const struct test_case *test)
{
    struct strbuf name;
    if (test->settings.exclude_reason.len > 0) {
        return;
    }
    strbuf_init(&name, 1000);
    strbuf_append_format(&name, "%s: %.*s", place, STR_ARG(test->name));
    current = arena_copy(&arena, strbuf_str(&name));
    strbuf_release(&name);
    read_query(test->query, test);
    for (size_t i = 0; i < test->settings.first_count; i++) {
        read_query(test->settings.firsts[i], test);
    }
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

static size_t print_view(const struct shown *shown, enum view view)
{
    str found = shown->cases[view];
    bool is_missing = found.len == 0 && !(shown->lacks & 1u << view);
    printf(" | ");
    print_cell(is_missing ? STR("NO CASE") : found);
    return is_missing;
}

static size_t print_row(const char *construct, const struct shown *shown, bool has_views)
{
    size_t missing = 0;
    printf("| ");
    print_cell(str_from_cstring(construct));
    printf(" | %s", shown->cases[VIEW_ROWS].len > 0 ? "runs" : "missing");
    for (enum view view = VIEW_ROWS; view < (has_views ? VIEW_COUNT : VIEW_NULL); view++) {
        missing += print_view(shown, view);
    }
    printf(" |\n");
    if (missing > 0) {
        fprintf(stderr, "print_constructs: %s lacks a case\n", construct);
    }
    return missing;
}

static void print_head(const char *title, bool has_views)
{
    printf("\n### %s\n\n| construct | status | case |%s\n|---|---|---|%s\n", title,
           has_views ? " with null | refused |" : "", has_views ? "---|---|" : "");
}

static size_t print_tables(void)
{
    size_t missing = 0;
    bool has_views = false;
    for (size_t i = 0; i < countof(constructs); i++) {
        const char *section = constructs[i].section;
        if (section) {
            has_views = strcmp(section, "Operators") == 0 || strcmp(section, "Conditionals") == 0;
            print_head(section, has_views);
        }
        missing += print_row(constructs[i].text, &constructs[i].shown, has_views);
    }
    print_head("Functions", true);
    for (size_t i = 0; i < function_count; i++) {
        char name[200];
        snprintf(name, sizeof(name), "`%s`", functions[i].function->names[0]);
        missing += print_row(name, &functions[i].shown, true);
    }
    return missing;
}

static int compare_functions(const void *a, const void *b)
{
    const struct function_use *x = a;
    const struct function_use *y = b;
    return strcmp(x->function->names[0], y->function->names[0]);
}

static bool takes_nothing(const struct function_def *function)
{
    uint32_t most = 0;
    for (size_t i = 0; i < function->signature_count; i++) {
        most = function->signatures[i].argument_count > most ? function->signatures[i].argument_count : most;
    }
    return most == 0;
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
        functions[i] = (struct function_use){.function = list[i]};
        functions[i].shown.lacks = takes_nothing(list[i]) ? WITHOUT_NULL : 0;
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
        fprintf(stderr, "print_constructs: %zu cases are missing\n", missing);
    }
    return missing > 0 ? 1 : 0;
}
