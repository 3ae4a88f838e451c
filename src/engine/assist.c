/* assist.c - completion and help for a query that is being typed. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "engine/engine_internal.h"
#include "language/syntax_printer.h"
#include "language/typing_place.h"
#include "store/cursor.h"

/* More than anyone scrolls through; a shorter word brings the rest. */
enum { COMPLETIONS_MAX = 1000 };

/* How well a name fits the word: smaller is better. */
enum { RANK_EXACT, RANK_PREFIX, RANK_WORD, RANK_PART, RANK_NONE };

struct candidate {
    struct tocsin_completion completion;
    unsigned rank;
    unsigned group; /* order of kinds among equal ranks */
};

struct tocsin_completions {
    struct arena arena;
    struct candidate *items;
    size_t count;
    struct typing_place place;
    bool is_failed;
};

static bool has_prefix(str name, str word)
{
    return name.len >= word.len && str_eq_ignore_case(str_slice(name, 0, word.len), word);
}

static unsigned rank_of(str name, str word)
{
    if (has_prefix(name, word)) {
        return name.len == word.len ? RANK_EXACT : RANK_PREFIX;
    }
    unsigned rank = RANK_NONE;
    for (size_t i = 1; word.len > 1 && i + word.len <= name.len; i++) {
        if (has_prefix(str_skip(name, i), word)) {
            bool begins_word = !ascii_is_alpha(name.data[i - 1]) && !ascii_is_digit(name.data[i - 1]);
            rank = begins_word ? RANK_WORD : rank < RANK_PART ? rank : RANK_PART;
        }
    }
    return rank;
}

static void add(tocsin_completions *list, enum tocsin_completion_kind kind, unsigned group, str name, str insert,
                str detail, str documentation)
{
    unsigned rank = rank_of(name, list->place.word);
    if (rank == RANK_NONE || list->count == COMPLETIONS_MAX) {
        return;
    }
    struct tocsin_completion completion = {
        .kind = kind,
        .label = arena_copy_cstring(&list->arena, name),
        .insert = arena_copy_cstring(&list->arena, insert),
        .detail = arena_copy_cstring(&list->arena, detail),
        .documentation = arena_copy_cstring(&list->arena, documentation),
    };
    if (!completion.label || !completion.insert || !completion.detail || !completion.documentation) {
        list->is_failed = true;
        return;
    }
    list->items[list->count++] = (struct candidate){completion, rank, group};
}

/* A name as the query must write it; also in quotes if the author has opened some. */
static void add_name(tocsin_completions *list, enum tocsin_completion_kind kind, unsigned group, str name, str detail,
                     str documentation)
{
    struct strbuf insert;
    strbuf_init(&insert, 4 * LIMIT_IDENTIFIER_BYTES);
    if (list->place.is_quoted) {
        strbuf_append_char(&insert, '"');
        strbuf_append(&insert, name);
        strbuf_append_char(&insert, '"');
    } else {
        aql_print_name(name, &insert);
    }
    list->is_failed |= insert.is_failed;
    add(list, kind, group, name, strbuf_str(&insert), detail, documentation);
    strbuf_release(&insert);
}

static void add_keyword(tocsin_completions *list, unsigned group, enum token_kind kind)
{
    str word = token_spelling(kind);
    bool is_group = kind == TOKEN_GROUP || kind == TOKEN_ORDER || kind == TOKEN_SESSION;
    struct strbuf text;
    strbuf_init(&text, 64);
    strbuf_append(&text, word);
    strbuf_append(&text, is_group ? STR(" BY") : STR_EMPTY);
    list->is_failed |= text.is_failed;
    add(list, TOCSIN_COMPLETION_KEYWORD, group, strbuf_str(&text), strbuf_str(&text), STR_EMPTY, STR_EMPTY);
    strbuf_release(&text);
}

static void add_keywords(tocsin_completions *list, unsigned group, const enum token_kind *kinds)
{
    for (; *kinds != TOKEN_NONE; kinds++) {
        add_keyword(list, group, *kinds);
    }
}

/* ---- what may come ---- */

static void add_fields(tocsin_completions *list, const tocsin_engine *engine, uint8_t catalog)
{
    for (size_t i = 0; i < schema_field_count(engine->schema); i++) {
        const struct field *field = schema_field(engine->schema, (field_id)i);
        if ((field->catalogs & catalog) == 0 || field->name.data[0] == '@') {
            continue;
        }
        bool is_built_in = field->kind == FIELD_BUILT_IN;
        add_name(list, is_built_in ? TOCSIN_COMPLETION_FIELD : TOCSIN_COMPLETION_PROPERTY, is_built_in ? 1 : 2,
                 field->name, value_type_name(field->type), field->description);
    }
}

static void add_functions(tocsin_completions *list)
{
    size_t count;
    const struct function_def *const *functions = function_list(&count);
    for (size_t i = 0; i < count && !list->place.is_quoted; i++) {
        str name = str_from_cstring(functions[i]->names[0]);
        struct strbuf insert;
        strbuf_init(&insert, 2 * LIMIT_IDENTIFIER_BYTES);
        strbuf_append(&insert, name);
        strbuf_append_char(&insert, '(');
        list->is_failed |= insert.is_failed;
        add(list, TOCSIN_COMPLETION_FUNCTION, 3, name, strbuf_str(&insert), str_from_cstring(functions[i]->example),
            str_from_cstring(functions[i]->description));
        strbuf_release(&insert);
    }
}

static void see_alias(void *context, str alias, str expression)
{
    add_name(context, TOCSIN_COMPLETION_ALIAS, 0, alias, STR("alias"), str_slice(expression, 0, 500));
}

static void add_expressions(tocsin_completions *list, const tocsin_engine *engine, str text, size_t offset)
{
    static const enum token_kind words[] = {TOKEN_NOT, TOKEN_CASE, TOKEN_IF, TOKEN_NULL, TOKEN_TRUE, TOKEN_FALSE,
                                            TOKEN_NONE};
    uint8_t catalog = catalog_find(typing_source(text, offset));
    add_fields(list, engine, catalog ? catalog : CATALOG_EVENTS);
    add_functions(list);
    typing_aliases(text, offset, see_alias, list);
    if (!list->place.is_quoted) {
        add_keywords(list, 4, words);
    }
}

static void add_clauses(tocsin_completions *list)
{
    static const enum token_kind clauses[] = {
        TOKEN_FROM,  TOKEN_INTO,  TOKEN_WHERE,   TOKEN_GROUP, TOKEN_HAVING, TOKEN_SESSION,
        TOKEN_ORDER, TOKEN_LIMIT, TOKEN_LAST,    TOKEN_START, TOKEN_STOP,   TOKEN_TIMES,
        TOKEN_PARAMETERS, TOKEN_NONE};
    static const enum token_kind in_select[] = {TOKEN_FROM, TOKEN_AS, TOKEN_NONE};
    static const enum token_kind in_order[] = {TOKEN_ASC, TOKEN_DESC, TOKEN_COLLATE, TOKEN_NONE};
    static const enum token_kind in_session[] = {TOKEN_EXPLICIT, TOKEN_BEGIN, TOKEN_END, TOKEN_TIMEOUT,
                                                 TOKEN_TIMEWINDOW, TOKEN_NONE};
    if (list->place.clause == TOKEN_SELECT) {
        add_keywords(list, 0, in_select);
        return;
    }
    if (list->place.clause == TOKEN_ORDER) {
        add_keywords(list, 0, in_order);
    }
    if (list->place.clause == TOKEN_SESSION) {
        add_keywords(list, 0, in_session);
    }
    size_t first = 0;
    for (size_t i = 0; clauses[i] != TOKEN_NONE; i++) {
        first = clauses[i] == list->place.clause ? i + 1 : first;
    }
    add_keywords(list, 1, clauses + first);
}

static void add_operators(tocsin_completions *list)
{
    static const enum token_kind words[] = {TOKEN_AND, TOKEN_OR,      TOKEN_NOT,      TOKEN_LIKE, TOKEN_ILIKE, TOKEN_IN,
                                            TOKEN_IS,  TOKEN_BETWEEN, TOKEN_MATCHES, TOKEN_IMATCHES, TOKEN_NONE};
    if (list->place.clause != TOKEN_FROM) {
        add_keywords(list, 2, words);
    }
}

/* Answers that INTO kept. A folder that cannot be read holds none. */
static void add_cursors(tocsin_completions *list, const tocsin_engine *engine)
{
    struct cursor_info *cursors = NULL;
    size_t count = 0;
    struct error ignored = {0};
    if (engine->cursors_path) {
        (void)cursor_list(engine->cursors_path, clock_wall_ms(), &list->arena, &cursors, &count, &ignored);
    }
    for (size_t i = 0; i < count; i++) {
        if (!cursors[i].is_damaged && cursors[i].name.len <= LIMIT_CURSOR_NAME_BYTES) {
            add_name(list, TOCSIN_COMPLETION_DATABASE, 3, cursors[i].name, STR("cursor"), cursors[i].query);
        }
    }
}

static void add_sources(tocsin_completions *list, const tocsin_engine *engine)
{
    static const uint8_t catalogs[] = {CATALOG_EVENTS, CATALOG_FLOWS, CATALOG_SIMARC};
    for (size_t i = 0; i < countof(catalogs); i++) {
        add_name(list, TOCSIN_COMPLETION_DATABASE, (unsigned)i, catalog_name(catalogs[i]), STR("database"), STR_EMPTY);
    }
    add_cursors(list, engine);
    if (!list->place.is_quoted) {
        add_keyword(list, 5, TOKEN_GLOBALVIEW);
    }
}

static void add_text(tocsin_completions *list, unsigned group, str text, str detail)
{
    add(list, TOCSIN_COMPLETION_VALUE, group, text, text, detail, STR_EMPTY);
}

static void add_quoted(tocsin_completions *list, str text, str detail)
{
    struct strbuf quoted;
    strbuf_init(&quoted, 4 * LIMIT_IDENTIFIER_BYTES);
    aql_print_string(text, &quoted);
    list->is_failed |= quoted.is_failed;
    add(list, TOCSIN_COMPLETION_VALUE, 0, text, strbuf_str(&quoted), detail, STR_EMPTY);
    strbuf_release(&quoted);
}

static void add_values(tocsin_completions *list, const tocsin_engine *engine)
{
    if (str_eq_ignore_case(list->place.compared_function, STR("LOGSOURCETYPENAME"))) {
        for (size_t i = 0; i < log_source_type_count(engine->log_sources); i++) {
            add_quoted(list, log_source_type_at(engine->log_sources, i)->name, STR("log source type"));
        }
    } else if (str_eq_ignore_case(list->place.compared_function, STR("LOGSOURCENAME"))) {
        for (size_t i = 0; i < log_source_count(engine->log_sources); i++) {
            add_quoted(list, log_source_at(engine->log_sources, i)->name, STR("log source"));
        }
    }
}

static void add_expected(tocsin_completions *list, const tocsin_engine *engine, str text, size_t offset)
{
    static const enum token_kind units[] = {TOKEN_MINUTES, TOKEN_HOURS, TOKEN_DAYS, TOKEN_NONE};
    static const enum token_kind query[] = {TOKEN_SELECT, TOKEN_NONE};
    unsigned expects = list->place.expects;
    if (expects & EXPECT_QUERY) {
        add_keywords(list, 0, query);
    }
    if (expects & EXPECT_EXPRESSION) {
        add_expressions(list, engine, text, offset);
    }
    if (expects & EXPECT_OPERATOR) {
        add_operators(list);
    }
    if (expects & EXPECT_CLAUSE) {
        add_clauses(list);
    }
    if (expects & EXPECT_SOURCE) {
        add_sources(list, engine);
    }
    if (expects & EXPECT_UNIT) {
        add_keywords(list, 0, units);
    }
    if (expects & EXPECT_WORDS) {
        add_keywords(list, 0, list->place.words);
    }
    if (expects & EXPECT_TIME) {
        add_text(list, 0, STR("PARSEDATETIME('1 hour ago')"), STR("time"));
        add_text(list, 0, STR("'2026-11-23 02:50'"), STR("time"));
    }
    if (expects & EXPECT_VALUE) {
        add_values(list, engine);
    }
}

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a;
    const struct candidate *y = b;
    if (x->rank != y->rank) {
        return x->rank < y->rank ? -1 : 1;
    }
    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    return strcmp(x->completion.label, y->completion.label);
}

tocsin_status tocsin_complete(tocsin_engine *engine, const char *text, size_t text_bytes, size_t offset,
                              tocsin_completions **ret_completions, struct tocsin_error *err)
{
    struct error error = {0};
    tocsin_completions *list = memory_allocate_zeroed(1, sizeof(*list));
    if (!list || text_bytes > LIMIT_QUERY_BYTES) {
        memory_free(list);
        tocsin_status status = list ? error_set(&error, TOCSIN_ERROR_LIMIT, "a query of more than %zu bytes",
                                                LIMIT_QUERY_BYTES)
                                    : error_memory(&error);
        (void)status;
        return public_error(err, &error);
    }
    arena_init(&list->arena, ARENA_NO_LIMIT);
    list->items = arena_array(&list->arena, struct candidate, COMPLETIONS_MAX);
    str query = {text, text_bytes};
    typing_place_find(query, offset, &list->place);
    if (list->items) {
        add_expected(list, engine, query, list->place.word_start);
    }
    if (!list->items || list->is_failed) {
        tocsin_completions_free(list);
        error_memory(&error);
        return public_error(err, &error);
    }
    if (list->count > 1) {
        qsort(list->items, list->count, sizeof(*list->items), compare_candidates);
    }
    *ret_completions = list;
    return TOCSIN_OK;
}

size_t tocsin_completion_count(const tocsin_completions *completions)
{
    return completions->count;
}

void tocsin_completion_get(const tocsin_completions *completions, size_t index, struct tocsin_completion *ret)
{
    *ret = completions->items[index].completion;
}

void tocsin_completion_range(const tocsin_completions *completions, size_t *ret_start, size_t *ret_end)
{
    *ret_start = completions->place.word_start;
    *ret_end = completions->place.word_end;
}

void tocsin_completions_free(tocsin_completions *completions)
{
    if (completions) {
        arena_release(&completions->arena);
        memory_free(completions);
    }
}

/* ---- help about a name ---- */

static void describe_function(struct strbuf *text, const struct function_def *function)
{
    strbuf_append_format(text, "**%s** — %s\n\n```aql\n%s\n```\ngives `%s`", function->names[0], function->description,
                         function->example, function->example_result);
}

static void describe_field(struct strbuf *text, const struct field *field)
{
    str type = value_type_name(field->type);
    strbuf_append_format(text, "**%.*s** (%.*s%s) — %.*s", STR_ARG(field->name), STR_ARG(type),
                         field->kind == FIELD_BUILT_IN ? "" : ", custom property", STR_ARG(field->description));
    if (field->is_own) {
        strbuf_append(text, STR("\n\nA column of Tocsin's own: QRadar does not have it."));
    }
}

struct alias_help {
    str wanted;
    struct strbuf *text;
};

static void describe_alias(void *context, str alias, str expression)
{
    struct alias_help *help = context;
    if (help->text->len == 0 && str_eq_ignore_case(alias, help->wanted)) {
        strbuf_append_format(help->text, "alias **%.*s**\n\n```aql\n", STR_ARG(alias));
        strbuf_append(help->text, str_slice(expression, 0, 2000));
        strbuf_append(help->text, STR("\n```"));
    }
}

static void describe_name(struct strbuf *markdown, const tocsin_engine *engine, str text, const struct token *token,
                          bool is_call)
{
    str name = typing_token_name(text, token);
    const struct function_def *function = is_call ? function_find(name) : NULL;
    if (function) {
        describe_function(markdown, function);
        return;
    }
    uint8_t catalog = catalog_find(typing_source(text, token->offset));
    field_id field = schema_find_in(engine->schema, catalog ? catalog : CATALOG_EVENTS, name);
    if (field != FIELD_NONE && !is_call) {
        describe_field(markdown, schema_field(engine->schema, field));
        return;
    }
    struct alias_help help = {.wanted = name, .text = markdown};
    typing_aliases(text, token->offset, describe_alias, &help);
}

tocsin_status tocsin_describe(tocsin_engine *engine, const char *text, size_t text_bytes, size_t offset,
                              tocsin_write *write, void *context, size_t *ret_start, size_t *ret_end,
                              struct tocsin_error *err)
{
    str query = {text, text_bytes < LIMIT_QUERY_BYTES ? text_bytes : LIMIT_QUERY_BYTES};
    bool is_call;
    struct token token = typing_token_at(query, offset, &is_call);
    bool is_name = token.kind == TOKEN_NAME || token.kind == TOKEN_QUOTED_NAME || token_is_bare_name(token.kind);
    if (!is_name) {
        return TOCSIN_END;
    }
    struct strbuf markdown;
    strbuf_init(&markdown, 64 * KIBI);
    describe_name(&markdown, engine, query, &token, is_call);
    struct error error = {0};
    tocsin_status status = markdown.is_failed ? error_memory(&error) : markdown.len > 0 ? TOCSIN_OK : TOCSIN_END;
    int failure = status == TOCSIN_OK ? write(context, markdown.data, markdown.len) : 0;
    strbuf_release(&markdown);
    if (failure != 0) {
        status = error_system(&error, TOCSIN_ERROR_OUTPUT, failure, "cannot write what a name is");
    }
    if (status != TOCSIN_OK) {
        return status == TOCSIN_END ? TOCSIN_END : public_error(err, &error);
    }
    *ret_start = token.offset;
    *ret_end = token.offset_end;
    return TOCSIN_OK;
}
