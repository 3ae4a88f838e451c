/* explain_tree.c - the tree of lines itself: making and printing it. */
#include <stdio.h>

#include "base/json_writer.h"
#include "base/utf8.h"
#include "plan/explain.h"

struct explain_node *explain_add(struct arena *arena, struct explain_node *parent, const char *kind, str text)
{
    struct explain_node *node = arena_new(arena, struct explain_node);
    str copy = arena_copy(arena, text);
    if (!node || !copy.data) {
        return NULL;
    }
    node->kind = kind;
    node->text = copy;
    if (parent && parent->last_child) {
        parent->last_child->next = node;
    } else if (parent) {
        parent->first_child = node;
    }
    if (parent) {
        parent->last_child = node;
    }
    return node;
}

struct explain_node *explain_add_format(struct arena *arena, struct explain_node *parent, const char *kind,
                                        const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    size_t used = length < 0 ? 0 : (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1;
    return explain_add(arena, parent, kind, (str){text, used});
}

bool explain_add_figure(struct arena *arena, struct explain_node *node, const char *name, uint64_t value)
{
    struct explain_figure *figure = arena_new(arena, struct explain_figure);
    if (figure) {
        *figure = (struct explain_figure){name, value, node->figures};
        node->figures = figure;
    }
    return figure != NULL;
}

/* ---- text ---- */

enum { PIECE_BYTES = 64, ESCAPED_BYTES = PIECE_BYTES * 12 };

/* Printable, at most `cells_max` cells wide (0: any). */
static void append_line(struct strbuf *target, str text, size_t cells_max)
{
    size_t cells = 0;
    while (text.len > 0) {
        str piece = str_slice(text, 0, utf8_part_length(text, PIECE_BYTES));
        char escaped[ESCAPED_BYTES];
        str shown = {escaped, utf8_escape_controls(piece, escaped, sizeof(escaped))};
        size_t width = utf8_text_width(shown);
        if (cells_max == 0 || cells + width <= cells_max) {
            strbuf_append(target, shown);
            cells += width;
            text = str_skip(text, piece.len);
            continue;
        }
        while (shown.len > 0 && cells + 1 < cells_max) {
            size_t bytes = 1;
            while (bytes < shown.len && ((unsigned char)shown.data[bytes] & 0xC0) == 0x80) {
                bytes++;
            }
            str character = str_slice(shown, 0, bytes);
            cells += utf8_text_width(character);
            strbuf_append(target, cells < cells_max ? character : STR_EMPTY);
            shown = str_skip(shown, bytes);
        }
        strbuf_append(target, STR("\xE2\x80\xA6")); /* an ellipsis */
        return;
    }
}

struct text_writer {
    struct strbuf *target;
    const struct explain_style *style;
    struct strbuf branches; /* what stands in front of the children of the node being written */
};

static void append_mark(struct text_writer *writer, enum explain_mark mark)
{
    static const struct {
        const char *text;
        const char *color;
    } marks[] = {[MARK_NONE] = {"", ""},
                 [MARK_PASS] = {"pass  ", "\033[32m"},
                 [MARK_FAIL] = {"FAIL  ", "\033[31m"},
                 [MARK_UNKNOWN] = {"null  ", "\033[33m"}};
    bool has_color = writer->style->has_color && mark != MARK_NONE;
    strbuf_append(writer->target, str_from_cstring(has_color ? marks[mark].color : ""));
    strbuf_append(writer->target, str_from_cstring(marks[mark].text));
    strbuf_append(writer->target, str_from_cstring(has_color ? "\033[0m" : ""));
}

static void write_node(struct text_writer *writer, const struct explain_node *node, str branch)
{
    strbuf_append(writer->target, strbuf_str(&writer->branches));
    strbuf_append(writer->target, branch);
    append_mark(writer, node->mark);
    size_t indent = utf8_text_width(strbuf_str(&writer->branches)) + utf8_text_width(branch) +
                    (node->mark == MARK_NONE ? 0 : sizeof("pass  ") - 1);
    size_t room = writer->style->width > indent + 20 ? writer->style->width - indent : 20;
    append_line(writer->target, node->text, writer->style->width == 0 ? 0 : room);
    strbuf_append_char(writer->target, '\n');
    size_t length = writer->branches.len;
    strbuf_append(&writer->branches, branch.len == 0                              ? STR_EMPTY
                                     : str_starts_with(branch, STR("\xE2\x94\x9C")) ? STR("\xE2\x94\x82  ")
                                                                                   : STR("   "));
    for (const struct explain_node *child = node->first_child; child; child = child->next) {
        write_node(writer, child, child->next ? STR("\xE2\x94\x9C\xE2\x94\x80 ") : STR("\xE2\x94\x94\xE2\x94\x80 "));
    }
    writer->branches.len = length;
}

void explain_write_text(const struct explain_node *tree, const struct explain_style *style, struct strbuf *target)
{
    struct text_writer writer = {.target = target, .style = style};
    strbuf_init(&writer.branches, LIMIT_IDENTIFIER_BYTES * 16);
    write_node(&writer, tree, STR_EMPTY);
    target->is_failed |= writer.branches.is_failed;
    strbuf_release(&writer.branches);
}

/* ---- JSON ---- */

/* In the order in which they were added. */
static void write_figures(const struct explain_figure *figure, struct strbuf *target)
{
    if (figure->next) {
        write_figures(figure->next, target);
        strbuf_append_char(target, ',');
    }
    json_append_string(target, str_from_cstring(figure->name));
    strbuf_append_format(target, ":%llu", (unsigned long long)figure->value);
}

void explain_write_json(const struct explain_node *tree, struct strbuf *target)
{
    static const char *const results[] = {
        [MARK_NONE] = NULL, [MARK_PASS] = "pass", [MARK_FAIL] = "fail", [MARK_UNKNOWN] = "null"};
    strbuf_append(target, STR("{\"kind\":"));
    json_append_string(target, str_from_cstring(tree->kind));
    strbuf_append(target, STR(",\"text\":"));
    json_append_string(target, tree->text);
    if (results[tree->mark]) {
        strbuf_append(target, STR(",\"result\":"));
        json_append_string(target, str_from_cstring(results[tree->mark]));
    }
    if (tree->figures) {
        strbuf_append(target, STR(",\"figures\":{"));
        write_figures(tree->figures, target);
        strbuf_append_char(target, '}');
    }
    if (tree->first_child) {
        strbuf_append(target, STR(",\"children\":["));
        for (const struct explain_node *child = tree->first_child; child; child = child->next) {
            explain_write_json(child, target);
            strbuf_append(target, child->next ? STR(",") : STR("]"));
        }
    }
    strbuf_append_char(target, '}');
}
