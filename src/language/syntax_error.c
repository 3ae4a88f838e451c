#include "language/parser_internal.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/utf8.h"

/* Words of other languages, and words run together, with the way to say it in AQL. They are looked for in the token
   that does not fit. */
struct foreign_word {
    str word;
    hint way_out;
    bool passes_as_name; /* also looked for one token back: COUNT(DISTINCT x), TOP 10 */
};

#define HINT_JOIN    "AQL reads one source; combine sources with x IN (SELECT ..) or FROM (SELECT ..)"
#define HINT_WITH    "AQL has no WITH; put the inner query into FROM (SELECT ..)"
#define HINT_SET     "AQL has no set operations; run two queries, or join the conditions by OR"
#define HINT_PAGE    "AQL has no OFFSET; use LIMIT, or a condition on starttime"
#define HINT_LIMIT   "the number of rows is written LIMIT n, before the time clause"
#define HINT_CHANGE  "AQL only reads: a query starts with SELECT"
#define HINT_WINDOW  "AQL has no window functions; use GROUP BY, or SESSION BY"
#define HINT_NULLS   "write IS NULL or IS NOT NULL, in separate words"
#define HINT_REGEX   "regular expressions are written x MATCHES '..' (IMATCHES ignores case)"
#define HINT_LIKE    "write x LIKE '%..%' (ILIKE ignores case)"
#define HINT_ELSE_IF "write ELSE IF, in two words"
#define HINT_UNIT    "the units are MINUTES, HOURS and DAYS: LAST 14 DAYS"
#define HINT_SPAN    "times are counted in milliseconds: NOW() - 3600000 is an hour ago"
#define HINT_FILL_IN "a template's placeholder must be filled in before the query is run"

static const struct foreign_word foreign_words[] = {
    {STR("JOIN"), HINT_JOIN},
    {STR("INNER"), HINT_JOIN},
    {STR("OUTER"), HINT_JOIN},
    {STR("LEFT"), HINT_JOIN},
    {STR("RIGHT"), HINT_JOIN},
    {STR("FULL"), HINT_JOIN},
    {STR("CROSS"), HINT_JOIN},
    {STR("NATURAL"), HINT_JOIN},
    {STR("UNION"), HINT_SET, true},
    {STR("INTERSECT"), HINT_SET},
    {STR("EXCEPT"), HINT_SET},
    {STR("MINUS"), HINT_SET},
    {STR("WITH"), HINT_WITH, true},
    {STR("OFFSET"), HINT_PAGE},
    {STR("FETCH"), HINT_LIMIT},
    {STR("TOP"), HINT_LIMIT, true},
    {STR("INSERT"), HINT_CHANGE},
    {STR("UPDATE"), HINT_CHANGE},
    {STR("DELETE"), HINT_CHANGE},
    {STR("MERGE"), HINT_CHANGE},
    {STR("CREATE"), HINT_CHANGE},
    {STR("ALTER"), HINT_CHANGE},
    {STR("DROP"), HINT_CHANGE},
    {STR("TRUNCATE"), HINT_CHANGE},
    {STR("EXPLAIN"), "give the SELECT alone"},
    {STR("OVER"), HINT_WINDOW, true},
    {STR("PARTITION"), HINT_WINDOW},
    {STR("QUALIFY"), HINT_WINDOW},
    {STR("WINDOW"), HINT_WINDOW},
    {STR("DISTINCT"), "AQL has no DISTINCT; use GROUP BY, or UNIQUECOUNT(x) to count distinct values", true},
    {STR("ISNOT"), HINT_NULLS, true},
    {STR("ISNULL"), HINT_NULLS},
    {STR("NOTNULL"), HINT_NULLS},
    {STR("ISNOTNULL"), HINT_NULLS},
    {STR("NOTLIKE"), "write NOT LIKE, in two words", true},
    {STR("NOTILIKE"), "write NOT ILIKE, in two words", true},
    {STR("NOTIN"), "write NOT IN, in two words", true},
    {STR("NOTMATCHES"), "write NOT MATCHES, in two words", true},
    {STR("REGEXP"), HINT_REGEX, true},
    {STR("RLIKE"), HINT_REGEX, true},
    {STR("REGEX"), HINT_REGEX},
    {STR("SIMILAR"), HINT_REGEX},
    {STR("CONTAINS"), HINT_LIKE, true},
    {STR("STARTSWITH"), HINT_LIKE, true},
    {STR("ENDSWITH"), HINT_LIKE, true},
    {STR("ESCAPE"), "LIKE has no escape character; use MATCHES to look for % or _ themselves"},
    {STR("NULLS"), "the place of NULL cannot be chosen: it is first with ASC and last with DESC"},
    {STR("ELSEIF"), HINT_ELSE_IF},
    {STR("ELSIF"), HINT_ELSE_IF},
    {STR("ELIF"), HINT_ELSE_IF},
    {STR("ENDIF"), "IF has no end: IF condition THEN value ELSE value"},
    {STR("DIV"), "write / (of two integers it gives an integer)", true},
    {STR("MOD"), "write %", true},
    {STR("XOR"), "of bits write #; of conditions write (a AND NOT b) OR (b AND NOT a)"},
    {STR("INTERVAL"), HINT_SPAN, true},
    {STR("ORDERBY"), "write ORDER BY, in two words"},
    {STR("GROUPBY"), "write GROUP BY, in two words"},
    {STR("WEEK"), HINT_UNIT},
    {STR("WEEKS"), HINT_UNIT},
    {STR("MONTH"), HINT_UNIT},
    {STR("MONTHS"), HINT_UNIT},
    {STR("MIN"), HINT_UNIT},
    {STR("MINS"), HINT_UNIT},
    {STR("HR"), HINT_UNIT},
    {STR("HRS"), HINT_UNIT},
};

static hint find_foreign_word(const struct parser *p, struct token token, bool is_previous)
{
    str word = token_is_bare_name(token.kind) ? parser_token_text(p, token) : STR_EMPTY;
    for (size_t i = 0; i < countof(foreign_words); i++) {
        if (str_eq_ignore_case(foreign_words[i].word, word) && (foreign_words[i].passes_as_name || !is_previous)) {
            return foreign_words[i].way_out;
        }
    }
    return NULL;
}

/* Symbols of other languages show as two tokens without a blank between them; the second one is the one that fails. */
struct foreign_symbol {
    enum token_kind first;
    enum token_kind second;
    hint way_out;
};

static const struct foreign_symbol foreign_symbols[] = {
    {TOKEN_AMPERSAND, TOKEN_AMPERSAND, "write AND"},
    {TOKEN_BAR, TOKEN_BAR, "write OR between conditions, CONCAT(a, b) to join texts"},
    {TOKEN_SLASH, TOKEN_SLASH, "comments are written /* .. */, or -- with a blank after it"},
    {TOKEN_EQUAL, TOKEN_GREATER, "write >="},
    {TOKEN_EQUAL, TOKEN_LESS, "write <="},
    {TOKEN_EQUAL, TOKEN_TILDE, HINT_REGEX},
    {TOKEN_LESS_EQUAL, TOKEN_GREATER, "write = (of two nulls it is true)"},
    {TOKEN_EQUAL_DOUBLED, TOKEN_EQUAL, "write ="},
    {TOKEN_NOT_EQUAL, TOKEN_EQUAL, "write !="},
    {TOKEN_STAR, TOKEN_STAR, "write ^ for power"},
};

static hint find_foreign_symbol(const struct parser *p)
{
    for (size_t i = 0; i < countof(foreign_symbols); i++) {
        if (foreign_symbols[i].first == p->previous.kind && foreign_symbols[i].second == p->token.kind) {
            return foreign_symbols[i].way_out;
        }
    }
    return NULL;
}

/* A word right behind a string: the quote that ended the string was meant otherwise. */
static bool is_behind_wrong_quote(const struct parser *p)
{
    return p->previous.kind == TOKEN_STRING && p->previous.offset_end == p->token.offset &&
           (token_is_bare_name(p->token.kind) || token_is_keyword(p->token.kind) || p->token.kind == TOKEN_INTEGER);
}

/* The keyword that a name is nearly: one letter off, two in long ones. Empty if there is none. only_reserved leaves out
 * those that are names elsewhere. */
static str find_similar_keyword(str word, bool only_reserved)
{
    str best = STR_EMPTY;
    size_t best_distance = SIZE_MAX;
    for (int kind = 0; kind < TOKEN_KIND_COUNT; kind++) {
        bool is_meant =
            token_is_keyword((enum token_kind)kind) && !(only_reserved && token_is_bare_name((enum token_kind)kind));
        str keyword = is_meant ? token_spelling((enum token_kind)kind) : STR_EMPTY;
        size_t limit = keyword.len < 3 ? 0 : keyword.len < 6 ? 1 : 2;
        size_t distance = limit > 0 && word.len > limit ? str_edit_distance(word, keyword, limit) : SIZE_MAX;
        bool starts_alike =
            word.len > 0 && keyword.len > 0 && ascii_lower(word.data[0]) == ascii_lower(keyword.data[0]);
        /* Of two as near, the one that starts alike. */
        distance = distance > limit ? SIZE_MAX : 2 * distance + !starts_alike;
        if (distance < best_distance) {
            best = keyword;
            best_distance = distance;
        }
    }
    return best;
}

/* SELCT, or FORM read as an alias, so that it is the word behind it that does not fit. */
static bool add_spelling_hint(struct parser *p)
{
    const struct token *tokens[] = {&p->token, &p->previous};
    for (size_t i = 0; i < countof(tokens); i++) {
        /* What was read as a name may well be one: `time`, before a missing comma, is not TIMES. */
        bool was_read = i == 1;
        str keyword = tokens[i]->kind == TOKEN_NAME ? find_similar_keyword(parser_token_text(p, *tokens[i]), was_read)
                                                    : STR_EMPTY;
        if (keyword.len > 0) {
            char quote[QUOTED_TEXT_BYTES];
            parser_quote(p, tokens[i]->offset, tokens[i]->offset_end, quote);
            error_hint(p->err, "did you mean %.*s instead of %s?", STR_ARG(keyword), quote);
            return true;
        }
    }
    return false;
}

/* <name>, %name%, %s: what a program or a reader should have put there. */
static bool is_placeholder(const struct parser *p)
{
    enum token_kind first = p->token.kind;
    struct token name = parser_peek(p, 1);
    enum token_kind behind = parser_peek(p, 2).kind;
    if ((first != TOKEN_LESS && first != TOKEN_PERCENT) || !token_is_bare_name(name.kind) ||
        name.offset != p->token.offset_end) {
        return false;
    }
    return first == TOKEN_LESS ? behind == TOKEN_GREATER
                               : behind == TOKEN_PERCENT || name.offset_end - name.offset == 1;
}

/* eventsGROUP BY, hostLAST 5: lines that were joined without a blank. The clause word at the end of the name before. */
static str find_glued_word(const struct parser *p)
{
    static const struct {
        str word;
        enum token_kind next;
    } words[] = {{STR("GROUP"), TOKEN_BY},     {STR("ORDER"), TOKEN_BY},     {STR("SESSION"), TOKEN_BY},
                 {STR("LAST"), TOKEN_INTEGER}, {STR("LIMIT"), TOKEN_INTEGER}, {STR("START"), TOKEN_STRING}};
    str name = p->previous.kind == TOKEN_NAME ? parser_token_text(p, p->previous) : STR_EMPTY;
    for (size_t i = 0; i < countof(words); i++) {
        if (p->token.kind == words[i].next && name.len > words[i].word.len &&
            str_eq_ignore_case(str_skip(name, name.len - words[i].word.len), words[i].word)) {
            return words[i].word;
        }
    }
    return STR_EMPTY;
}

/* Adds the hint for a mistake that many make, if the tokens look like one. */
static bool add_known_hint(struct parser *p)
{
    if (is_placeholder(p) || (p->token.kind == TOKEN_HASH && parser_peek(p, 1).kind == TOKEN_HASH)) {
        error_hint(p->err, "%s", HINT_FILL_IN);
        return true;
    }
    str in_front = str_trim(str_slice(p->text, 0, p->previous.offset));
    bool is_behind_hash =
        p->previous.kind == TOKEN_NAME && in_front.len > 0 && in_front.data[in_front.len - 1] == '#'; /* # any user */
    if (p->token.kind == TOKEN_HASH || is_behind_hash) {
        error_hint(p->err, "a comment is written /* .. */, or -- with a blank after it; # is the exclusive or of bits");
        return true;
    }
    str glued = find_glued_word(p);
    if (glued.len > 0) {
        error_hint(p->err, "put a blank in front of %.*s", STR_ARG(glued));
        return true;
    }
    if (is_behind_wrong_quote(p)) {
        char place[PLACE_TEXT_BYTES];
        error_hint(p->err,
                   "the string before it starts at %s: is a closing quote missing there? A quote inside a "
                   "string is written twice: 'O''Brien'",
                   parser_place(p, p->previous.offset, place));
        return true;
    }
    bool is_adjacent = p->previous.kind != TOKEN_NONE && p->previous.offset_end == p->token.offset;
    hint known = is_adjacent ? find_foreign_symbol(p) : NULL;
    known = known ? known : find_foreign_word(p, p->token, false);
    known = known ? known : find_foreign_word(p, p->previous, true);
    if (known) {
        error_hint(p->err, "%s", known);
        return true;
    }
    return add_spelling_hint(p);
}

/* ---- pieces of text ---- */

const char *parser_place(const struct parser *p, size_t offset, char target[PLACE_TEXT_BYTES])
{
    struct error place;
    error_position(&place, "", p->text, offset);
    snprintf(target, PLACE_TEXT_BYTES, "line %u, column %u", place.line, place.column);
    return target;
}

const char *parser_quote(const struct parser *p, size_t offset, size_t offset_end, char target[QUOTED_TEXT_BYTES])
{
    enum { SHOWN_BYTES = 40 };
    str text = str_slice(p->text, offset, offset_end);
    bool is_cut = text.len > SHOWN_BYTES;
    if (is_cut) {
        text.len = SHOWN_BYTES;
        /* Not inside a character; three steps back at most, for bytes that are no characters at all. */
        for (unsigned i = 0; i < 3 && ((unsigned char)text.data[text.len] & 0xC0) == 0x80; i++) {
            text.len--;
        }
    }
    /* No %.*s: it would stop at a NUL. */
    char *end = target;
    for (size_t i = 0; i < text.len; i++) {
        *end++ = text.data[i] == '\0' ? ' ' : text.data[i];
    }
    memcpy(end, is_cut ? "..." : "", is_cut ? 4 : 1);
    return target;
}

enum { FOUND_BYTES = QUOTED_TEXT_BYTES + 32 };

static void describe_token(const struct parser *p, char target[FOUND_BYTES])
{
    char quote[QUOTED_TEXT_BYTES];
    parser_quote(p, p->token.offset, p->token.offset_end, quote);
    switch (p->token.kind) {
    case TOKEN_END_OF_TEXT:
        snprintf(target, FOUND_BYTES, "the end of the query");
        return;
    case TOKEN_NAME:
    case TOKEN_QUOTED_NAME:
        snprintf(target, FOUND_BYTES, "the name %s", quote);
        return;
    case TOKEN_STRING:
        snprintf(target, FOUND_BYTES, "the string %s", quote);
        return;
    case TOKEN_INTEGER:
    case TOKEN_DECIMAL:
        snprintf(target, FOUND_BYTES, "the number %s", quote);
        return;
    default:
        snprintf(target, FOUND_BYTES, token_is_keyword(p->token.kind) ? "%s" : "'%s'", quote);
    }
}

/* ---- reporting ---- */

__attribute__((format(printf, 4, 0))) static bool report(struct parser *p, size_t offset, hint way_out,
                                                         const char *format, va_list arguments)
{
    if (p->status != TOCSIN_OK) {
        return false;
    }
    p->status = error_set_va(p->err, TOCSIN_ERROR_SYNTAX, format, arguments);
    if (p->token.kind == TOKEN_END_OF_TEXT && offset == p->token.offset && p->previous.kind != TOKEN_NONE) {
        offset = p->previous.offset_end; /* not on an empty line below the query */
    }
    error_position(p->err, p->source_name, p->text, offset);
    if (way_out) {
        error_hint(p->err, "%s", way_out);
    }
    return false;
}

bool parser_fail(struct parser *p, size_t offset, hint way_out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(p, offset, way_out, format, arguments);
    va_end(arguments);
    return false;
}

bool parser_fail_memory(struct parser *p)
{
    if (p->status == TOCSIN_OK) {
        p->status = error_memory(p->err);
    }
    return false;
}

/* ---- text that is no token ---- */

static bool fail_at_open_quote(struct parser *p, const char *what, char quote, hint way_out)
{
    /* The usual reason: the text was pasted from a document, and its closing quote is a typographic one. */
    str text = str_slice(p->text, p->token.offset, p->token.offset_end);
    for (size_t at = 0; at < text.len;) {
        uint32_t code_point;
        size_t taken = utf8_decode(str_skip(text, at), &code_point);
        if (code_point != UTF8_INVALID && code_point >= 0x80 && character_is_typographic_quote(code_point)) {
            char place[PLACE_TEXT_BYTES];
            parser_place(p, p->token.offset + at, place);
            char found[8] = {0};
            memcpy(found, text.data + at, taken);
            parser_fail(p, p->token.offset, NULL, "the %s that starts here has no closing %c", what, quote);
            error_hint(p->err, "the typographic quote %s at %s closes nothing; type %c instead", found, place, quote);
            return false;
        }
        at += taken;
    }
    return parser_fail(p, p->token.offset, way_out, "the %s that starts here has no closing %c", what, quote);
}

static bool fail_at_number(struct parser *p, const char *text)
{
    str number = str_slice(p->text, p->token.offset, p->token.offset_end);
    size_t points = 0;
    bool has_letter = false;
    for (size_t i = 0; i < number.len; i++) {
        points += number.data[i] == '.';
        has_letter |= number.data[i] != '.' && !ascii_is_digit(number.data[i]);
    }
    bool is_hex = number.len >= 2 && number.data[0] == '0' && ascii_lower(number.data[1]) == 'x';
    hint way_out = is_hex                      ? "a hexadecimal number is 0x and the digits 0-9, a-f"
                   : points > 1 && !has_letter ? "an address is a string: '192.0.2.1'"
                   : has_letter ? "put a blank between number and word (LAST 5 MINUTES), or quote a name "
                                  "that starts with a digit in \"\""
                                : "write a digit after the point: 1.0";
    return parser_fail(p, p->token.offset, way_out, "%s is not a number", text);
}

static bool fail_at_character(struct parser *p, const char *text)
{
    struct character_hint {
        char character;
        hint way_out;
    };
    static const struct character_hint hints[] = {
        {'!', "write NOT in front of a condition, != between values"},
        {'.', "AQL has no table prefixes: write the field alone; quote a name that holds a point in \"\""},
        {'[', "lists are written in ( )"},
        {'{', HINT_FILL_IN},
        {'$', HINT_FILL_IN},
        {'?', "AQL has no parameters; write the value"},
        {'`', "names are written in double quotes, values in single quotes"},
        {'@', "quote a name that holds other characters than letters, digits and _ in \"\""},
        {':', "a name space is written GEO::LOOKUP, a time inside a string"},
        {'\\', "a backslash stands only inside strings"},
    };
    hint way_out = NULL;
    for (size_t i = 0; i < countof(hints); i++) {
        way_out = hints[i].character == p->text.data[p->token.offset] ? hints[i].way_out : way_out;
    }
    return parser_fail(p, p->token.offset, way_out, "the character %s has no meaning in AQL", text);
}

static bool fail_at_invalid(struct parser *p)
{
    const struct token *token = &p->token;
    char text[QUOTED_TEXT_BYTES];
    parser_quote(p, token->offset, token->offset_end, text);
    unsigned byte = token->problem_offset < p->text.len ? (unsigned char)p->text.data[token->problem_offset] : 0;
    uint32_t code_point = 0;
    utf8_decode(str_skip(p->text, token->problem_offset), &code_point);
    switch (token->problem) {
    case PROBLEM_STRING_OPEN:
        return fail_at_open_quote(p, "string", '\'', "a quote inside a string is written twice: 'O''Brien'");
    case PROBLEM_QUOTED_NAME_OPEN:
        return fail_at_open_quote(p, "name", '"', "a value is written in single quotes: 'value'");
    case PROBLEM_COMMENT_OPEN:
        return parser_fail(p, token->offset, NULL, "the comment that starts here has no closing */");
    case PROBLEM_NAME_EMPTY:
        return parser_fail(p, token->offset, "an empty string is written ''",
                           "a name in double quotes cannot be empty");
    case PROBLEM_NAME_BYTE: {
        char place[PLACE_TEXT_BYTES];
        return parser_fail(p, token->problem_offset, "is the closing \" missing?",
                           "the name in double quotes that starts at %s holds the byte 0x%02X",
                           parser_place(p, token->offset, place), byte);
    }
    case PROBLEM_NAME_LONG:
        return parser_fail(p, token->offset, NULL, "the name %s is longer than %d bytes", text, LIMIT_IDENTIFIER_BYTES);
    case PROBLEM_NUMBER:
        return fail_at_number(p, text);
    case PROBLEM_TYPOGRAPHIC_QUOTE:
        return parser_fail(p, token->offset,
                           "type ' around values and \" around names; documents replace them when copied",
                           "the typographic quote %s (U+%04X) is not a quote in AQL", text, code_point);
    case PROBLEM_LOOK_ALIKE:
        parser_fail(p, token->offset, NULL, "the character %s (U+%04X) is no symbol of AQL", text, code_point);
        error_hint(p->err, "write %.*s", STR_ARG(character_look_alike(code_point)));
        return false;
    case PROBLEM_BLANK:
        return parser_fail(p, token->offset, "replace it by an ordinary blank; it often comes from a web page",
                           "the character U+%04X looks like a blank and is none", code_point);
    case PROBLEM_INVISIBLE:
        return parser_fail(p, token->offset, "delete it; such characters come along when text is copied",
                           "the invisible character U+%04X stands outside of quotes", code_point);
    case PROBLEM_LETTER:
        parser_fail(p, token->offset, NULL, "%s stands outside of quotes and holds other characters than A-Z", text);
        error_hint(p->err, "a name is written \"%s\", a value '%s'", text, text);
        return false;
    case PROBLEM_CONTROL:
        return parser_fail(p, token->offset, "delete it; such bytes may stand inside strings only",
                           "the control byte 0x%02X stands outside of quotes", byte);
    case PROBLEM_UTF8:
        return parser_fail(p, token->offset, "save the query as UTF-8",
                           "the byte 0x%02X is not UTF-8, and stands outside of quotes", byte);
    case PROBLEM_NONE:
    case PROBLEM_CHARACTER:
        break;
    }
    return fail_at_character(p, text);
}

bool parser_fail_expected(struct parser *p, hint way_out, const char *format, ...)
{
    if (p->status != TOCSIN_OK) {
        return false;
    }
    if (p->token.kind == TOKEN_INVALID) {
        return fail_at_invalid(p);
    }
    char expected[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(expected, sizeof(expected), format, arguments);
    va_end(arguments);
    char found[FOUND_BYTES];
    describe_token(p, found);
    parser_fail(p, p->token.offset, way_out, "expected %s, found %s", expected, found);
    add_known_hint(p);
    return false;
}
