#include "language/formatter.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/memory.h"
#include "language/formatter_internal.h"

void *formatter_grow(struct formatter *f, void *array, uint32_t count, uint32_t *capacity, size_t element_bytes)
{
    if (count < *capacity) {
        return array;
    }
    uint32_t larger_capacity = *capacity == 0 ? 64 : *capacity * 2;
    void *larger = memory_resize(array, larger_capacity * element_bytes);
    if (!larger) {
        f->status = f->status == TOCSIN_OK ? error_memory(f->err) : f->status;
        return NULL;
    }
    *capacity = larger_capacity;
    return larger;
}

bool formatter_fail_internal(struct formatter *f)
{
    if (f->status == TOCSIN_OK) {
        f->status = error_set(f->err, TOCSIN_ERROR_INTERNAL, "the query reads in a way that its layout does not know");
        error_hint(f->err, "the text is unchanged; please report it with the query");
    }
    return false;
}

static bool add_comment(struct formatter *f, struct format_comment comment)
{
    struct format_comment *comments =
        formatter_grow(f, f->comments, f->comment_count, &f->comment_capacity, sizeof(*comments));
    if (!comments) {
        return false;
    }
    f->comments = comments;
    comments[f->comment_count++] = comment;
    return true;
}

/* The comments between two tokens: all that is no white space there. */
static bool take_comments(struct formatter *f, size_t at, size_t end)
{
    unsigned line_feeds = 0;
    while (at < end) {
        char c = f->text.data[at];
        if (ascii_is_blank(c)) {
            line_feeds += c == '\n' && line_feeds < 2;
            at++;
            continue;
        }
        str rest = str_slice(f->text, at, end);
        bool is_line = c == '-';
        size_t length = is_line ? str_find_char(rest, '\n', 0) : str_find(rest, STR("*/"), 2);
        length = length == SIZE_MAX ? rest.len : is_line ? length : length + 2;
        str shown = str_slice(rest, 0, length);
        while (is_line && ascii_is_blank(shown.data[shown.len - 1])) {
            shown.len--;
        }
        struct format_comment comment = {
            .offset = (uint32_t)at,
            .offset_end = (uint32_t)(at + shown.len),
            .gap = f->token_count,
            .is_line = is_line,
            .has_line_feed = str_find_char(shown, '\n', 0) != SIZE_MAX,
            .line_feeds = (uint8_t)line_feeds,
        };
        if (!add_comment(f, comment)) {
            return false;
        }
        line_feeds = 0;
        at += length;
    }
    if (f->token_count == 0) {
        f->has_blank_line = f->comment_count > 0 && line_feeds == 2;
    }
    return true;
}

static bool take_tokens(struct formatter *f)
{
    struct lexer lexer;
    lexer_init(&lexer, f->text);
    for (size_t end = lexer.at;;) {
        struct token token = lexer_next(&lexer);
        if (!take_comments(f, end, token.offset)) {
            return false;
        }
        end = token.offset_end;
        if (token.kind == TOKEN_END_OF_TEXT) {
            return true;
        }
        if (token.kind == TOKEN_SEMICOLON) {
            continue;
        }
        struct format_token *tokens = formatter_grow(f, f->tokens, f->token_count, &f->token_capacity, sizeof(*tokens));
        if (!tokens) {
            return false;
        }
        f->tokens = tokens;
        tokens[f->token_count++] = (struct format_token){
            .offset = (uint32_t)token.offset, .offset_end = (uint32_t)token.offset_end, .kind = (uint8_t)token.kind};
    }
}

static tocsin_status format(str text, const struct syntax_select *select, const struct syntax_node *expression,
                            struct strbuf *target, struct error *err)
{
    struct formatter f = {.text = text, .err = err};
    if (take_tokens(&f)) {
        formatter_walk(&f, select, expression);
        formatter_place_comments(&f);
        formatter_lay_out(&f, target);
    }
    memory_free(f.tokens);
    memory_free(f.comments);
    memory_free(f.items);
    return f.status;
}

tocsin_status aql_format(str text, const char *source_name, struct strbuf *target, struct error *err)
{
    struct arena query_arena;
    struct syntax_select *select = NULL;
    arena_init(&query_arena, ARENA_NO_LIMIT);
    tocsin_status status = aql_parse(&query_arena, text, source_name, &select, err);
    if (status == TOCSIN_OK) {
        status = format(text, select, NULL, target, err);
    }
    arena_release(&query_arena);
    return status;
}

tocsin_status aql_format_expression(str text, const char *source_name, struct strbuf *target, struct error *err)
{
    struct arena query_arena;
    struct syntax_node *expression = NULL;
    arena_init(&query_arena, ARENA_NO_LIMIT);
    tocsin_status status = aql_parse_expression(&query_arena, text, source_name, &expression, err);
    if (status == TOCSIN_OK) {
        status = format(text, NULL, expression, target, err);
    }
    arena_release(&query_arena);
    return status;
}
