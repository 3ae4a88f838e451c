#include "language/typing_place.h"

/* Parentheses that are followed; deeper ones are taken as part of the last. */
enum { OPEN_MAX = 64 };

struct open_parenthesis {
    str function;       /* called here, or empty */
    unsigned arguments; /* commas seen */
    enum token_kind clause; /* of the query around it */
    bool is_select;     /* a sub-select begins here */
    bool has_operand;   /* of IN (...): the string is compared with .compared */
    str compared;
};

/* What was read in front of the place. */
struct reader {
    str text;
    struct token previous;
    struct token before_previous;
    enum token_kind clause;
    struct open_parenthesis open[OPEN_MAX];
    unsigned depth;
    unsigned case_depth;
    str last_call;     /* function of the call that ended with the last ')' */
    str compared;      /* function that is compared by the operator in front */
    bool source_named; /* FROM has its source */
};

str typing_token_name(str text, const struct token *token)
{
    bool is_quoted = token->kind == TOKEN_QUOTED_NAME || token->problem == PROBLEM_QUOTED_NAME_OPEN;
    size_t end = token->kind == TOKEN_QUOTED_NAME ? token->offset_end - 1 : token->offset_end;
    return str_slice(text, token->offset + is_quoted, end);
}

static bool is_clause(enum token_kind kind)
{
    static const enum token_kind clauses[] = {TOKEN_SELECT, TOKEN_FROM,    TOKEN_INTO,  TOKEN_WHERE,
                                              TOKEN_GROUP,  TOKEN_HAVING,  TOKEN_ORDER, TOKEN_LIMIT,
                                              TOKEN_LAST,   TOKEN_START,   TOKEN_STOP,  TOKEN_TIMES,
                                              TOKEN_PARAMETERS, TOKEN_SESSION};
    for (size_t i = 0; i < countof(clauses); i++) {
        if (clauses[i] == kind) {
            return true;
        }
    }
    return false;
}

/* Ends an operand: an operator or a clause may follow. */
static bool ends_operand(enum token_kind kind)
{
    return kind == TOKEN_NAME || kind == TOKEN_QUOTED_NAME || kind == TOKEN_STRING || kind == TOKEN_INTEGER ||
           kind == TOKEN_DECIMAL || kind == TOKEN_RIGHT_PARENTHESIS || kind == TOKEN_NULL || kind == TOKEN_TRUE ||
           kind == TOKEN_FALSE || kind == TOKEN_END;
}

static bool is_comparison(enum token_kind kind)
{
    return kind == TOKEN_EQUAL || kind == TOKEN_EQUAL_DOUBLED || kind == TOKEN_NOT_EQUAL ||
           kind == TOKEN_NOT_EQUAL_ANGLED || kind == TOKEN_IN || kind == TOKEN_LIKE || kind == TOKEN_ILIKE;
}

/* A contextual word is a clause only where an operand or a clause has ended: `last` may be a column. */
static bool begins_clause(const struct reader *reader, enum token_kind kind)
{
    bool is_contextual = kind == TOKEN_LAST || kind == TOKEN_START || kind == TOKEN_STOP || kind == TOKEN_TIMES ||
                         kind == TOKEN_PARAMETERS || kind == TOKEN_SESSION;
    return is_clause(kind) && (!is_contextual || ends_operand(reader->previous.kind) ||
                               reader->previous.kind == TOKEN_ASC || reader->previous.kind == TOKEN_DESC ||
                               (reader->previous.kind >= TOKEN_SECOND && reader->previous.kind <= TOKEN_DAYS));
}

static void see_token(struct reader *reader, const struct token *token)
{
    switch (token->kind) {
    case TOKEN_LEFT_PARENTHESIS:
        if (reader->depth < OPEN_MAX) {
            bool is_call = token_is_bare_name(reader->previous.kind) || reader->previous.kind == TOKEN_QUOTED_NAME ||
                           reader->previous.kind == TOKEN_NAME;
            reader->open[reader->depth++] = (struct open_parenthesis){
                .function = is_call ? typing_token_name(reader->text, &reader->previous) : STR_EMPTY,
                .clause = reader->clause,
                .compared = reader->previous.kind == TOKEN_IN ? reader->compared : STR_EMPTY};
        }
        break;
    case TOKEN_RIGHT_PARENTHESIS:
        if (reader->depth > 0) {
            reader->depth--;
            reader->last_call = reader->open[reader->depth].function;
            reader->clause = reader->open[reader->depth].clause;
        }
        break;
    case TOKEN_COMMA:
        if (reader->depth > 0) {
            reader->open[reader->depth - 1].arguments++;
        }
        break;
    case TOKEN_SELECT:
        if (reader->depth > 0) {
            reader->open[reader->depth - 1].is_select = true;
            reader->open[reader->depth - 1].function = STR_EMPTY;
        }
        break;
    case TOKEN_CASE:
        reader->case_depth++;
        break;
    case TOKEN_END:
        reader->case_depth -= reader->case_depth > 0;
        break;
    default:
        break;
    }
    if (is_comparison(token->kind)) {
        bool is_call = reader->previous.kind == TOKEN_RIGHT_PARENTHESIS ||
                       (reader->previous.kind == TOKEN_NOT &&
                        reader->before_previous.kind == TOKEN_RIGHT_PARENTHESIS);
        reader->compared = is_call ? reader->last_call : STR_EMPTY;
    }
    if (begins_clause(reader, token->kind)) {
        reader->clause = token->kind;
        reader->source_named = false;
    }
    reader->before_previous = reader->previous;
    reader->previous = *token;
}

/* ---- what may come ---- */

static const enum token_kind words_by[] = {TOKEN_BY, TOKEN_NONE};
static const enum token_kind words_is[] = {TOKEN_NULL, TOKEN_NOT, TOKEN_NONE};
static const enum token_kind words_not[] = {TOKEN_LIKE, TOKEN_ILIKE, TOKEN_MATCHES, TOKEN_IMATCHES,
                                            TOKEN_IN,   TOKEN_BETWEEN, TOKEN_NONE};
static const enum token_kind words_null[] = {TOKEN_NULL, TOKEN_NONE};
static const enum token_kind words_offense[] = {TOKEN_OFFENSE_TIME, TOKEN_NONE};
static const enum token_kind words_case[] = {TOKEN_WHEN, TOKEN_THEN, TOKEN_ELSE, TOKEN_END, TOKEN_NONE};
static const enum token_kind words_explicit[] = {TOKEN_BEGIN, TOKEN_END, TOKEN_NONE};

static void expect_words(struct typing_place *place, const enum token_kind *words)
{
    place->expects = EXPECT_WORDS;
    place->words = words;
}

static unsigned behind_operand(const struct reader *reader)
{
    bool is_in_call = reader->depth > 0 && !reader->open[reader->depth - 1].is_select;
    return EXPECT_OPERATOR | (is_in_call || reader->case_depth > 0 ? 0u : (unsigned)EXPECT_CLAUSE);
}

/* By the clause keyword that is the last token, and by the few others that stand alone. */
static bool expect_behind_keyword(const struct reader *reader, struct typing_place *place)
{
    switch (reader->previous.kind) {
    case TOKEN_NONE:
        place->expects = EXPECT_QUERY;
        return true;
    case TOKEN_FROM:
        place->expects = EXPECT_SOURCE;
        return true;
    case TOKEN_START:
    case TOKEN_STOP:
        place->expects = EXPECT_TIME | EXPECT_EXPRESSION;
        return reader->clause == reader->previous.kind;
    case TOKEN_GROUP:
    case TOKEN_ORDER:
        expect_words(place, words_by);
        return true;
    case TOKEN_SESSION:
        expect_words(place, words_by);
        return reader->clause == TOKEN_SESSION;
    case TOKEN_TIMES:
        expect_words(place, words_offense);
        return reader->clause == TOKEN_TIMES;
    case TOKEN_EXPLICIT:
        expect_words(place, words_explicit);
        return reader->clause == TOKEN_SESSION;
    case TOKEN_IS:
        expect_words(place, words_is);
        return true;
    case TOKEN_INTO:
    case TOKEN_LIMIT:
    case TOKEN_AS:
    case TOKEN_COLLATE:
    case TOKEN_TIMEOUT:
    case TOKEN_TIMEWINDOW:
        place->expects = 0;
        return !ends_operand(reader->previous.kind);
    case TOKEN_LAST:
        place->expects = 0;
        return reader->clause == TOKEN_LAST;
    case TOKEN_NOT:
        if (ends_operand(reader->before_previous.kind)) {
            expect_words(place, words_not);
        } else if (reader->before_previous.kind == TOKEN_IS) {
            expect_words(place, words_null);
        } else {
            place->expects = EXPECT_EXPRESSION;
        }
        return true;
    default:
        return false;
    }
}

static void expect_after(const struct reader *reader, struct typing_place *place)
{
    enum token_kind previous = reader->previous.kind;
    if (expect_behind_keyword(reader, place)) {
        return;
    }
    if (reader->clause == TOKEN_LAST && previous == TOKEN_INTEGER) {
        place->expects = EXPECT_UNIT;
        return;
    }
    bool ends_clause = previous == TOKEN_ASC || previous == TOKEN_DESC ||
                       (previous >= TOKEN_SECOND && previous <= TOKEN_DAYS);
    if (ends_clause) {
        place->expects = EXPECT_CLAUSE;
        return;
    }
    bool is_select_star = previous == TOKEN_STAR && (reader->before_previous.kind == TOKEN_SELECT ||
                                                     reader->before_previous.kind == TOKEN_COMMA);
    if (reader->clause == TOKEN_FROM || reader->clause == TOKEN_LIMIT || reader->clause == TOKEN_INTO ||
        is_select_star) {
        place->expects = EXPECT_CLAUSE;
        return;
    }
    if (ends_operand(previous) || token_is_bare_name(previous)) {
        place->expects = behind_operand(reader);
        if (reader->case_depth > 0) {
            place->expects |= EXPECT_WORDS;
            place->words = words_case;
        }
        return;
    }
    place->expects = EXPECT_EXPRESSION;
}

static void find_call(const struct reader *reader, struct typing_place *place)
{
    for (unsigned i = reader->depth; i > 0; i--) {
        if (reader->open[i - 1].is_select) {
            return;
        }
        if (reader->open[i - 1].function.len > 0) {
            place->called_function = reader->open[i - 1].function;
            place->argument = reader->open[i - 1].arguments;
            return;
        }
    }
}

/* A token that is being typed: a word, or an open or closed quote around the place. */
static bool is_word(const struct token *token)
{
    return token->kind == TOKEN_NAME || token->kind == TOKEN_QUOTED_NAME || token->kind == TOKEN_STRING ||
           token_is_keyword(token->kind) || token->problem == PROBLEM_STRING_OPEN ||
           token->problem == PROBLEM_QUOTED_NAME_OPEN;
}

/* Nothing but blanks and comments lies between tokens, so a mark of a comment there is one. The place may be behind its
   end; that costs a completion, no more. */
static bool is_in_comment(str text, size_t previous_end, const struct token *token, size_t offset)
{
    str gap = previous_end < offset ? str_slice(text, previous_end, offset) : STR_EMPTY;
    bool is_open = token->problem == PROBLEM_COMMENT_OPEN && token->offset < offset;
    return is_open || (token->offset >= offset && (str_find(gap, STR("/*"), 0) != SIZE_MAX &&
                                                   str_find(gap, STR("*/"), 0) == SIZE_MAX));
}

void typing_place_find(str text, size_t offset, struct typing_place *ret_place)
{
    struct reader reader = {.text = text};
    struct lexer lexer;
    offset = offset < text.len ? offset : text.len;
    lexer_init(&lexer, text);
    *ret_place = (struct typing_place){.word_start = offset, .word_end = offset, .word = STR_EMPTY};
    struct token token = lexer_next(&lexer);
    while (token.kind != TOKEN_END_OF_TEXT && token.offset_end < offset) {
        see_token(&reader, &token);
        token = lexer_next(&lexer);
    }
    if (is_in_comment(text, reader.previous.offset_end, &token, offset)) {
        ret_place->clause = reader.clause;
        return;
    }
    bool touches = token.kind != TOKEN_END_OF_TEXT && token.offset < offset && token.offset_end >= offset;
    bool is_string = token.kind == TOKEN_STRING || token.problem == PROBLEM_STRING_OPEN;
    bool is_behind_quote = token.offset_end == offset && (token.kind == TOKEN_STRING ||
                                                          token.kind == TOKEN_QUOTED_NAME);
    if (touches && is_word(&token) && !is_behind_quote) {
        bool is_quoted_name = token.kind == TOKEN_QUOTED_NAME || token.problem == PROBLEM_QUOTED_NAME_OPEN;
        size_t quote = is_quoted_name || is_string ? 1 : 0;
        ret_place->word_start = token.offset;
        /* An open quote swallows the rest of the text: only the part in front of the place is the word. */
        ret_place->word_end = token.problem != PROBLEM_NONE ? offset : token.offset_end;
        ret_place->word = str_slice(text, token.offset + quote, offset);
        ret_place->is_quoted = is_quoted_name;
    } else if (touches) {
        see_token(&reader, &token);
        is_string = false;
    } else {
        is_string = false;
    }
    ret_place->clause = reader.clause;
    find_call(&reader, ret_place);
    if (is_string) {
        ret_place->expects = EXPECT_VALUE;
        bool is_list = reader.depth > 0 && reader.open[reader.depth - 1].compared.len > 0;
        ret_place->compared_function = is_comparison(reader.previous.kind) ? reader.compared
                                       : is_list ? reader.open[reader.depth - 1].compared
                                                 : STR_EMPTY;
        return;
    }
    expect_after(&reader, ret_place);
}

/* ---- the query around ---- */

/* Calls `see` for each token of the select around the place that is not inside deeper parentheses. */
static void walk_select(str text, size_t offset, bool (*see)(void *context, const struct token *token), void *context)
{
    struct lexer lexer;
    size_t starts[OPEN_MAX] = {0}; /* where the select at each depth begins */
    unsigned depths[OPEN_MAX] = {0}; /* depth of parentheses of each */
    unsigned selects = 1;
    unsigned depth = 0;
    lexer_init(&lexer, text);
    struct token token = lexer_next(&lexer);
    bool opens = false;
    for (; token.kind != TOKEN_END_OF_TEXT && token.offset < offset; token = lexer_next(&lexer)) {
        if (token.kind == TOKEN_LEFT_PARENTHESIS) {
            depth++;
        } else if (token.kind == TOKEN_RIGHT_PARENTHESIS && depth > 0) {
            depth--;
            selects -= selects > 1 && depths[selects - 1] > depth;
        } else if (token.kind == TOKEN_SELECT && opens && selects < OPEN_MAX) {
            starts[selects] = token.offset;
            depths[selects++] = depth;
        }
        opens = token.kind == TOKEN_LEFT_PARENTHESIS;
    }
    lexer_init(&lexer, text);
    lexer.at = starts[selects - 1];
    unsigned inner = 0;
    for (token = lexer_next(&lexer); token.kind != TOKEN_END_OF_TEXT; token = lexer_next(&lexer)) {
        if (token.kind == TOKEN_RIGHT_PARENTHESIS && inner == 0) {
            return;
        }
        inner -= token.kind == TOKEN_RIGHT_PARENTHESIS;
        if (inner == 0 && !see(context, &token)) {
            return;
        }
        inner += token.kind == TOKEN_LEFT_PARENTHESIS;
    }
}

struct source_search {
    str text;
    str found;
    bool is_behind_from;
};

static bool see_source(void *context, const struct token *token)
{
    struct source_search *search = context;
    if (search->is_behind_from) {
        bool is_name = token->kind == TOKEN_NAME || token->kind == TOKEN_QUOTED_NAME || token_is_bare_name(token->kind);
        search->found = is_name ? typing_token_name(search->text, token) : STR_EMPTY;
        return false;
    }
    search->is_behind_from = token->kind == TOKEN_FROM;
    return true;
}

str typing_source(str text, size_t offset)
{
    struct source_search search = {.text = text, .found = STR_EMPTY};
    walk_select(text, offset, see_source, &search);
    return search.found;
}

struct alias_search {
    str text;
    void (*see)(void *context, str alias, str expression);
    void *context;
    size_t item_start;
    bool is_in_list;
    size_t as_offset; /* SIZE_MAX: none */
};

static bool see_alias(void *context, const struct token *token)
{
    struct alias_search *search = context;
    if (token->kind == TOKEN_SELECT || token->kind == TOKEN_COMMA) {
        search->item_start = token->offset_end;
        search->is_in_list = true;
        search->as_offset = SIZE_MAX;
    } else if (token->kind == TOKEN_AS) {
        search->as_offset = token->offset;
    } else if (search->as_offset != SIZE_MAX && search->is_in_list) {
        bool is_string = token->kind == TOKEN_STRING;
        str name = is_string ? str_slice(search->text, token->offset + 1, token->offset_end - 1)
                             : typing_token_name(search->text, token);
        search->see(search->context, name, str_trim(str_slice(search->text, search->item_start, search->as_offset)));
        search->as_offset = SIZE_MAX;
    }
    return token->kind != TOKEN_FROM;
}

void typing_aliases(str text, size_t offset, void (*see)(void *context, str alias, str expression), void *context)
{
    struct alias_search search = {.text = text, .see = see, .context = context, .as_offset = SIZE_MAX};
    walk_select(text, offset, see_alias, &search);
}

struct token typing_token_at(str text, size_t offset, bool *ret_is_call)
{
    struct lexer lexer;
    lexer_init(&lexer, text);
    struct token found = {.kind = TOKEN_NONE};
    struct token token = lexer_next(&lexer);
    for (; token.kind != TOKEN_END_OF_TEXT && token.offset <= offset; token = lexer_next(&lexer)) {
        if (offset < token.offset_end || (offset == token.offset_end && is_word(&token))) {
            found = token;
        }
    }
    struct lexer behind = {.text = text, .at = found.offset_end};
    *ret_is_call = found.kind != TOKEN_NONE && lexer_next(&behind).kind == TOKEN_LEFT_PARENTHESIS;
    return found;
}
