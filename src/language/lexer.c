#include "language/lexer.h"

#include <assert.h>

#include "base/limits.h"
#include "base/utf8.h"

enum reservation { RESERVED, CONTEXTUAL };

/* ORDER TOKEN: index is the kind minus FIRST_WORD; token_list.h feeds both. */
#define FIRST_WORD (TOKEN_DECIMAL + 1)

struct spelling {
    str text;
    enum token_kind kind;
    bool is_word;
    bool is_contextual;
};

static const struct spelling spellings[] = {
#define TOKEN(text, symbol, reservation) {STR(text), symbol, true, (reservation) == CONTEXTUAL},
#define SYMBOL(text, symbol)             {STR(text), symbol, false, false},
#include "language/token_list.h"
};

static_assert(countof(spellings) == TOKEN_KIND_COUNT - FIRST_WORD, "token_list.h feeds enum and table alike");

static const struct spelling *spelling_of(enum token_kind kind)
{
    return (int)kind >= FIRST_WORD && kind < TOKEN_KIND_COUNT ? &spellings[kind - FIRST_WORD] : NULL;
}

bool token_is_bare_name(enum token_kind kind)
{
    const struct spelling *spelling = spelling_of(kind);
    return kind == TOKEN_NAME || (spelling && spelling->is_contextual);
}

bool token_is_keyword(enum token_kind kind)
{
    const struct spelling *spelling = spelling_of(kind);
    return spelling && spelling->is_word;
}

str token_spelling(enum token_kind kind)
{
    const struct spelling *spelling = spelling_of(kind);
    return spelling ? spelling->text : STR_EMPTY;
}

enum token_kind token_from_word(str word)
{
    for (size_t i = 0; i < countof(spellings); i++) {
        const struct spelling *spelling = &spellings[i];
        if (spelling->is_word && spelling->text.len == word.len && str_eq_ignore_case(spelling->text, word)) {
            return spelling->kind;
        }
    }
    return TOKEN_NAME;
}

static bool is_name_start(char c)
{
    return ascii_is_alpha(c) || c == '_';
}

static bool is_name_byte(char c)
{
    return is_name_start(c) || ascii_is_digit(c);
}

bool name_is_bare(str name)
{
    if (name.len == 0 || !is_name_start(name.data[0])) {
        return false;
    }
    for (size_t i = 1; i < name.len; i++) {
        if (!is_name_byte(name.data[i])) {
            return false;
        }
    }
    return token_is_bare_name(token_from_word(name));
}

size_t name_find_unprintable(str name)
{
    for (size_t at = 0; at < name.len;) {
        uint32_t code_point;
        size_t taken = utf8_decode(str_skip(name, at), &code_point);
        if (code_point == UTF8_INVALID || code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0)) {
            return at;
        }
        at += taken;
    }
    return SIZE_MAX;
}

bool character_is_typographic_quote(uint32_t c)
{
    static const uint32_t quotes[] = {0xAB,   0xB4,   0xBB,   0x2018, 0x2019, 0x201A, 0x201B, 0x201C, 0x201D, 0x201E,
                                      0x201F, 0x2032, 0x2033, 0x2035, 0x2036, 0x2039, 0x203A, 0xFF02, 0xFF07};
    for (size_t i = 0; i < countof(quotes); i++) {
        if (c == quotes[i]) {
            return true;
        }
    }
    return false;
}

str character_look_alike(uint32_t c)
{
    struct look_alike {
        uint32_t first, last;
        str symbol;
    };
    static const struct look_alike look_alikes[] = {
        {0x2010, 0x2015, STR("-")},  {0x2212, 0x2212, STR("-")},  {0xD7, 0xD7, STR("*")},
        {0xF7, 0xF7, STR("/")},      {0x2260, 0x2260, STR("!=")}, {0x2264, 0x2264, STR("<=")},
        {0x2265, 0x2265, STR(">=")}, {0xAC, 0xAC, STR("NOT")},    {0x2026, 0x2026, STR("...")},
        {0xFF08, 0xFF08, STR("(")},  {0xFF09, 0xFF09, STR(")")},  {0xFF0C, 0xFF0C, STR(",")},
        {0xFF1B, 0xFF1B, STR(";")},  {0xFF1D, 0xFF1D, STR("=")},
    };
    for (size_t i = 0; i < countof(look_alikes); i++) {
        if (c >= look_alikes[i].first && c <= look_alikes[i].last) {
            return look_alikes[i].symbol;
        }
    }
    return STR_EMPTY;
}

static bool is_foreign_blank(uint32_t c)
{
    return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F || c == 0x3000;
}

void lexer_init(struct lexer *lexer, str text)
{
    *lexer = (struct lexer){.text = text};
    /* Editors that save "UTF-8 with BOM" put three bytes in front that nobody sees. */
    if (str_starts_with(text, STR("\xEF\xBB\xBF"))) {
        lexer->at = lexer->start = 3;
    }
}

static char byte_at(const struct lexer *lexer, size_t offset)
{
    return offset < lexer->text.len ? lexer->text.data[offset] : '\0';
}

static struct token make_token(struct lexer *lexer, enum token_kind kind, size_t end)
{
    struct token token = {.kind = kind, .offset = lexer->at, .offset_end = end, .problem_offset = lexer->at};
    lexer->at = end;
    return token;
}

static struct token make_problem(struct lexer *lexer, enum lexical_problem problem, size_t problem_offset, size_t end)
{
    struct token token = make_token(lexer, TOKEN_INVALID, end);
    token.problem = problem;
    token.problem_offset = problem_offset;
    return token;
}

/* "--" and a blank start a comment. So do two or more dashes that stand apart from what is before them, and are
   followed by text: nobody writes a minus b as "a --why" or "-----". a--b, (--b and a --1 are arithmetic. */
static bool starts_line_comment(const struct lexer *lexer)
{
    str rest = str_skip(lexer->text, lexer->at);
    if (!str_starts_with(rest, STR("--"))) {
        return false;
    }
    if (rest.len == 2 || ascii_is_blank(rest.data[2])) {
        return true;
    }
    size_t dashes = 2;
    while (dashes < rest.len && rest.data[dashes] == '-') {
        dashes++;
    }
    bool is_apart = lexer->at == lexer->start || ascii_is_blank(lexer->text.data[lexer->at - 1]);
    char next = dashes < rest.len ? rest.data[dashes] : ' ';
    return is_apart && (ascii_is_alpha(next) || ascii_is_blank(next) || (unsigned char)next >= 0x80 ||
                        str_contains(STR("=*#/_[<>!|:;,@&"), str_from(&next, 1)));
}

/* Moves over white space and comments. False at a comment without an end; `at` then stands on it. */
static bool skip_blanks(struct lexer *lexer)
{
    str text = lexer->text;
    for (;;) {
        while (lexer->at < text.len && ascii_is_blank(text.data[lexer->at])) {
            lexer->at++;
        }
        str rest = str_skip(text, lexer->at);
        if (str_starts_with(rest, STR("/*"))) {
            size_t end = str_find(rest, STR("*/"), 2);
            if (end == SIZE_MAX) {
                return false;
            }
            lexer->at += end + 2;
        } else if (starts_line_comment(lexer)) {
            size_t end = str_find_char(rest, '\n', 2);
            lexer->at = end == SIZE_MAX ? text.len : lexer->at + end + 1;
        } else {
            return true;
        }
    }
}

/* What stands at `at` outside of quotes, if it is not ASCII that AQL uses. */
static enum lexical_problem problem_at(const struct lexer *lexer, size_t at, size_t *ret_taken)
{
    uint32_t c = 0;
    *ret_taken = utf8_decode(str_skip(lexer->text, at), &c);
    return c == UTF8_INVALID                   ? PROBLEM_UTF8
           : character_is_typographic_quote(c) ? PROBLEM_TYPOGRAPHIC_QUOTE
           : character_look_alike(c).len > 0   ? PROBLEM_LOOK_ALIKE
           : is_foreign_blank(c)               ? PROBLEM_BLANK
           : c < 0x20 || c == 0x7F             ? PROBLEM_CONTROL
           : utf8_is_control(c)                ? PROBLEM_INVISIBLE
           : c >= 0x80                         ? PROBLEM_LETTER
                                               : PROBLEM_CHARACTER;
}

/* Behind letters, digits and what a stranger to AQL takes for letters. */
static size_t skip_word(const struct lexer *lexer, size_t at, bool *ret_is_ascii)
{
    *ret_is_ascii = true;
    while (at < lexer->text.len) {
        size_t taken = 1;
        if (!is_name_byte(lexer->text.data[at])) {
            if (problem_at(lexer, at, &taken) != PROBLEM_LETTER) {
                break;
            }
            *ret_is_ascii = false;
        }
        at += taken;
    }
    return at;
}

static struct token lex_word(struct lexer *lexer)
{
    bool is_ascii;
    size_t end = skip_word(lexer, lexer->at, &is_ascii);
    if (!is_ascii) {
        return make_problem(lexer, PROBLEM_LETTER, lexer->at, end);
    }
    if (end - lexer->at > LIMIT_IDENTIFIER_BYTES) {
        return make_problem(lexer, PROBLEM_NAME_LONG, lexer->at, end);
    }
    return make_token(lexer, token_from_word(str_slice(lexer->text, lexer->at, end)), end);
}

static size_t skip_digits(const struct lexer *lexer, size_t at)
{
    while (ascii_is_digit(byte_at(lexer, at))) {
        at++;
    }
    return at;
}

/* LIMIT 10LAST 24HOURS: programs that join the parts of a query forget a blank, and people do. */
static bool is_keyword_at(const struct lexer *lexer, size_t at)
{
    size_t end = at;
    while (is_name_byte(byte_at(lexer, end))) {
        end++;
    }
    return end > at && byte_at(lexer, end) != '.' && token_from_word(str_slice(lexer->text, at, end)) != TOKEN_NAME;
}

static struct token lex_number(struct lexer *lexer)
{
    enum token_kind kind = TOKEN_INTEGER;
    size_t end = lexer->at;
    if (byte_at(lexer, end) == '0' && ascii_lower(byte_at(lexer, end + 1)) == 'x' &&
        ascii_is_hex_digit(byte_at(lexer, end + 2))) {
        end += 3;
        while (ascii_is_hex_digit(byte_at(lexer, end))) {
            end++;
        }
    } else {
        end = skip_digits(lexer, end);
        if (byte_at(lexer, end) == '.' && ascii_is_digit(byte_at(lexer, end + 1))) {
            kind = TOKEN_DECIMAL;
            end = skip_digits(lexer, end + 1);
        }
        if (ascii_lower(byte_at(lexer, end)) == 'e') {
            size_t digits = end + 1 + (byte_at(lexer, end + 1) == '+' || byte_at(lexer, end + 1) == '-');
            if (ascii_is_digit(byte_at(lexer, digits))) {
                kind = TOKEN_DECIMAL;
                end = skip_digits(lexer, digits);
            }
        }
    }
    if (is_keyword_at(lexer, end)) {
        return make_token(lexer, kind, end);
    }
    if (is_name_byte(byte_at(lexer, end)) || byte_at(lexer, end) == '.') {
        while (is_name_byte(byte_at(lexer, end)) || byte_at(lexer, end) == '.') {
            end++;
        }
        return make_problem(lexer, PROBLEM_NUMBER, lexer->at, end);
    }
    return make_token(lexer, kind, end);
}

/* Index behind the closing quote, a doubled quote being one character; SIZE_MAX if there is none. */
static size_t find_closing_quote(str text, size_t at, char quote)
{
    for (;;) {
        at = str_find_char(text, quote, at);
        if (at == SIZE_MAX) {
            return SIZE_MAX;
        }
        if (at + 1 >= text.len || text.data[at + 1] != quote) {
            return at + 1;
        }
        at += 2;
    }
}

static struct token lex_string(struct lexer *lexer)
{
    size_t end = find_closing_quote(lexer->text, lexer->at + 1, '\'');
    if (end == SIZE_MAX) {
        return make_problem(lexer, PROBLEM_STRING_OPEN, lexer->at, lexer->text.len);
    }
    return make_token(lexer, TOKEN_STRING, end);
}

static struct token lex_quoted_name(struct lexer *lexer)
{
    size_t end = find_closing_quote(lexer->text, lexer->at + 1, '"');
    if (end == SIZE_MAX) {
        return make_problem(lexer, PROBLEM_QUOTED_NAME_OPEN, lexer->at, lexer->text.len);
    }
    if (end == lexer->at + 2) {
        return make_problem(lexer, PROBLEM_NAME_EMPTY, lexer->at, end);
    }
    /* No field can be called so, and a name with a line break in it is a forgotten quote. */
    size_t bad = name_find_unprintable(str_slice(lexer->text, lexer->at + 1, end - 1));
    if (bad != SIZE_MAX) {
        return make_problem(lexer, PROBLEM_NAME_BYTE, lexer->at + 1 + bad, end);
    }
    size_t length = 0; /* "" counts once */
    for (size_t at = lexer->at + 1; at < end - 1; at++) {
        at += lexer->text.data[at] == '"';
        length++;
    }
    if (length > LIMIT_IDENTIFIER_BYTES) {
        return make_problem(lexer, PROBLEM_NAME_LONG, lexer->at, end);
    }
    return make_token(lexer, TOKEN_QUOTED_NAME, end);
}

static struct token lex_foreign(struct lexer *lexer)
{
    size_t taken;
    enum lexical_problem problem = problem_at(lexer, lexer->at, &taken);
    if (problem == PROBLEM_LETTER) {
        return lex_word(lexer);
    }
    return make_problem(lexer, problem, lexer->at, lexer->at + taken);
}

struct token lexer_next(struct lexer *lexer)
{
    if (!skip_blanks(lexer)) {
        return make_problem(lexer, PROBLEM_COMMENT_OPEN, lexer->at, lexer->text.len);
    }
    if (lexer->at >= lexer->text.len) {
        return make_token(lexer, TOKEN_END_OF_TEXT, lexer->at);
    }
    char c = lexer->text.data[lexer->at];
    if (is_name_start(c)) {
        return lex_word(lexer);
    }
    if (ascii_is_digit(c) || (c == '.' && ascii_is_digit(byte_at(lexer, lexer->at + 1)))) {
        return lex_number(lexer);
    }
    if (c == '\'') {
        return lex_string(lexer);
    }
    if (c == '"') {
        return lex_quoted_name(lexer);
    }
    str rest = str_skip(lexer->text, lexer->at);
    for (size_t i = 0; i < countof(spellings); i++) {
        if (!spellings[i].is_word && str_starts_with(rest, spellings[i].text)) {
            return make_token(lexer, spellings[i].kind, lexer->at + spellings[i].text.len);
        }
    }
    return lex_foreign(lexer);
}
