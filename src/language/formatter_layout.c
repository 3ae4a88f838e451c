/* Which breaks become line feeds. A group stays in line if all of it, and what follows it up to the next place for a
 * break, fits into the rest of the line; the outermost groups are asked first. With the position of every item on one
 * endless line each question is one subtraction, so the whole is linear. */
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "language/formatter_internal.h"

/* Deeper groups are not indented more: hostile nesting must not multiply the text. */
enum { INDENT_MAX = 60 };

struct group {
    uint32_t inner;      /* column of its broken lines */
    uint32_t outer;      /* and of the lines around it */
    uint32_t last_break; /* while linking */
    bool is_flat;
};

static str item_text(const struct formatter *f, const struct format_item *item)
{
    if (item->flags & ITEM_MADE) {
        return STR("AS");
    }
    if (item->flags & ITEM_CAPITALS) {
        return token_spelling((enum token_kind)f->tokens[item->token].kind);
    }
    return format_token_text(f, item->token);
}

/* ---- measuring ---- */

/* Comments behind the token that stay in its line. */
static uint32_t comment_width(const struct formatter *f, uint32_t token, uint32_t *comment)
{
    uint32_t width = 0;
    while (*comment < f->comment_count && f->comments[*comment].owner <= token) {
        const struct format_comment *c = &f->comments[*comment];
        if (!c->is_leading && !c->is_line && !c->has_line_feed) {
            width += (uint32_t)utf8_text_width(format_comment_text(f, c)) + 1;
        }
        ++*comment;
    }
    return width;
}

static void measure(struct formatter *f)
{
    uint32_t position = 0;
    uint32_t lines = 0;
    uint32_t comment = 0;
    uint32_t made_token = UINT32_MAX;
    for (uint32_t i = 0; i < f->item_count; i++) {
        struct format_item *item = &f->items[i];
        item->position = position;
        if (item->kind == ITEM_BREAK || item->kind == ITEM_TEXT) {
            position += item->flags & ITEM_BLANK ? 1 : 0;
        }
        if (item->kind == ITEM_TEXT) {
            position += (uint32_t)utf8_text_width(item_text(f, item));
            /* The AS that is made takes over the comments in front of its alias. */
            if (f->tokens[item->token].starts_line && item->token != made_token) {
                item->flags |= ITEM_LINE;
                lines++;
            }
            if (item->flags & ITEM_MADE) {
                made_token = item->token;
            } else {
                position += comment_width(f, item->token, &comment);
            }
        }
        item->lines = lines;
    }
}

/* Back to front: the next text of each group and break, the next break behind each end. */
static void link_next(struct formatter *f)
{
    uint32_t text = f->item_count;
    uint32_t next_break = f->item_count;
    for (uint32_t i = f->item_count; i-- > 0;) {
        struct format_item *item = &f->items[i];
        switch (item->kind) {
        case ITEM_TEXT:
            text = i;
            break;
        case ITEM_BREAK:
            item->token = text;
            next_break = i;
            break;
        case ITEM_BEGIN:
            item->token = text;
            break;
        default:
            item->link = next_break;
        }
    }
}

/* Front to back: the end of each group, and the end of what each break would move to a new line. */
static void link_groups(struct formatter *f, struct group *groups, uint32_t *begins)
{
    uint32_t depth = 0;
    for (uint32_t i = 0; i < f->item_count; i++) {
        struct format_item *item = &f->items[i];
        if (item->kind == ITEM_BEGIN) {
            begins[depth] = i;
            groups[depth++].last_break = UINT32_MAX;
        } else if (item->kind == ITEM_BREAK || item->kind == ITEM_END) {
            struct group *group = &groups[depth - 1];
            if (group->last_break != UINT32_MAX) {
                f->items[group->last_break].link = item->kind == ITEM_BREAK ? i : item->link;
            }
            group->last_break = i;
            if (item->kind == ITEM_END) {
                f->items[begins[--depth]].link = i;
            }
        }
    }
}

/* ---- writing ---- */

struct writer {
    struct formatter *f;
    struct strbuf *target;
    size_t start; /* length of the target before */
    uint32_t comment;
    uint32_t column;
    uint32_t indent; /* of the line, written with its first text */
    bool is_at_line_start;
    bool needs_blank;
    bool is_too_long;
};

static void write_text(struct writer *w, str text)
{
    if (w->target->len - w->start + text.len > LIMIT_QUERY_BYTES) {
        w->is_too_long = true;
    }
    if (!w->is_too_long) {
        strbuf_append(w->target, text);
    }
}

static void break_line(struct writer *w, uint32_t indent)
{
    write_text(w, STR("\n"));
    w->indent = indent;
    w->column = indent;
    w->is_at_line_start = true;
    w->needs_blank = false;
}

static void write_word(struct writer *w, str text)
{
    static const char blanks[INDENT_MAX + FORMAT_INDENT + 1] =
        "                                                                ";
    if (w->is_at_line_start) {
        write_text(w, str_from(blanks, w->indent));
    } else if (w->needs_blank) {
        write_text(w, STR(" "));
        w->column++;
    }
    write_text(w, text);
    w->column += (uint32_t)utf8_text_width(text);
    w->is_at_line_start = false;
    w->needs_blank = false;
}

/* On lines of their own, in front of a token or (token_count) at the end. */
static void write_leading_comments(struct writer *w, uint32_t token)
{
    struct formatter *f = w->f;
    bool is_top = token == 0;
    while (w->comment < f->comment_count && f->comments[w->comment].is_leading &&
           f->comments[w->comment].owner == token) {
        const struct format_comment *comment = &f->comments[w->comment];
        if (is_top && w->comment > 0 && comment->line_feeds > 1) {
            break_line(w, w->indent);
        }
        write_word(w, format_comment_text(f, comment));
        break_line(w, w->indent);
        w->comment++;
    }
    if (is_top && f->has_blank_line) {
        break_line(w, w->indent);
    }
}

static bool takes_no_blank(enum token_kind kind)
{
    return kind == TOKEN_COMMA || kind == TOKEN_LEFT_PARENTHESIS || kind == TOKEN_RIGHT_PARENTHESIS ||
           kind == TOKEN_DOUBLE_COLON;
}

static void write_trailing_comments(struct writer *w, uint32_t token)
{
    struct formatter *f = w->f;
    while (w->comment < f->comment_count && !f->comments[w->comment].is_leading &&
           f->comments[w->comment].owner == token) {
        bool is_apart = f->comments[w->comment].is_line || f->tokens[token].kind != TOKEN_LEFT_PARENTHESIS;
        w->needs_blank = w->needs_blank || is_apart;
        write_word(w, format_comment_text(f, &f->comments[w->comment]));
        w->comment++;
        w->needs_blank = token + 1 < f->token_count && !takes_no_blank((enum token_kind)f->tokens[token + 1].kind);
    }
}

static bool fits(const struct writer *w, uint32_t first, uint32_t end, uint32_t column)
{
    const struct format_item *items = w->f->items;
    uint32_t count = w->f->item_count;
    uint32_t end_position = end < count ? items[end].position : items[count - 1].position;
    return column + (end_position - items[first].position) <= FORMAT_WIDTH;
}

static bool is_flat(const struct writer *w, uint32_t begin, uint32_t inner)
{
    const struct format_item *items = w->f->items;
    const struct format_item *item = &items[begin];
    uint32_t end = item->link;
    uint32_t text = item->token;
    if (item->flags & ITEM_OPEN || items[end].lines != items[text].lines) {
        return false;
    }
    bool starts_line = !w->is_at_line_start && items[text].flags & ITEM_LINE;
    return fits(w, begin, items[end].link, starts_line ? inner + FORMAT_INDENT : w->column + (w->needs_blank ? 1 : 0));
}

static uint32_t break_column(const struct format_item *item, const struct group *group)
{
    if (item->flags & ITEM_OUTER) {
        return group->outer;
    }
    return item->flags & ITEM_DEEP && group->inner < INDENT_MAX ? group->inner + FORMAT_INDENT : group->inner;
}

static bool is_broken(const struct writer *w, uint32_t at, const struct group *group)
{
    const struct format_item *items = w->f->items;
    const struct format_item *item = &items[at];
    if (group->is_flat) {
        return false;
    }
    if (!(item->flags & (ITEM_FILL | ITEM_USEFUL)) || items[item->token].flags & ITEM_LINE) {
        return true;
    }
    return !fits(w, at, item->link, w->column) &&
           (item->flags & ITEM_FILL || fits(w, at + 1, item->link, break_column(item, group)));
}

static void write_token(struct writer *w, const struct format_item *item, uint32_t column)
{
    if (item->flags & ITEM_LINE && !w->is_at_line_start) {
        break_line(w, column < INDENT_MAX ? column + FORMAT_INDENT : column);
    }
    write_leading_comments(w, item->token);
    w->needs_blank = w->needs_blank || item->flags & ITEM_BLANK;
    write_word(w, item_text(w->f, item));
    if (!(item->flags & ITEM_MADE)) {
        write_trailing_comments(w, item->token);
    }
}

static void write_items(struct writer *w, struct group *groups)
{
    struct formatter *f = w->f;
    struct group *group = groups; /* around everything: column 0 */
    *group = (struct group){0};
    for (uint32_t i = 0; i < f->item_count && !w->is_too_long && !w->target->is_failed; i++) {
        const struct format_item *item = &f->items[i];
        switch (item->kind) {
        case ITEM_TEXT:
            write_token(w, item, group->inner);
            break;
        case ITEM_BREAK:
            if (is_broken(w, i, group)) {
                break_line(w, break_column(item, group));
            } else {
                w->needs_blank = w->needs_blank || item->flags & ITEM_BLANK;
            }
            break;
        case ITEM_BEGIN: {
            bool is_deeper = item->flags & ITEM_INDENT && group->inner < INDENT_MAX;
            group[1] = (struct group){.inner = group->inner + (is_deeper ? FORMAT_INDENT : 0), .outer = group->inner};
            group[1].is_flat = group->is_flat || is_flat(w, i, group[1].inner);
            group++;
            break;
        }
        default:
            group--;
        }
    }
}

void formatter_lay_out(struct formatter *f, struct strbuf *target)
{
    if (f->status != TOCSIN_OK) {
        return;
    }
    struct group *groups = memory_allocate_zeroed(f->depth_max + 1, sizeof(*groups));
    uint32_t *begins = memory_allocate_zeroed(f->depth_max + 1, sizeof(*begins));
    if (groups && begins) {
        struct writer w = {.f = f, .target = target, .start = target->len, .is_at_line_start = true};
        measure(f);
        link_next(f);
        link_groups(f, groups, begins);
        write_items(&w, groups);
        if (w.comment < f->comment_count) {
            break_line(&w, 0);
            write_leading_comments(&w, f->token_count);
        } else {
            break_line(&w, 0);
        }
        if (w.is_too_long) {
            f->status = error_set(f->err, TOCSIN_ERROR_LIMIT, "laid out, the query is longer than %zu bytes",
                                  LIMIT_QUERY_BYTES);
            error_hint(f->err, "a query of that length cannot be read again; split it");
        } else if (target->is_failed) {
            f->status = error_memory(f->err);
        }
    } else {
        f->status = error_memory(f->err);
    }
    memory_free(groups);
    memory_free(begins);
}
