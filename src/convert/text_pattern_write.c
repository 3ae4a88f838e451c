/* text_pattern_write.c - a tree as a regular expression of PCRE, RE2 or Lucene. */
#include "convert/text_pattern.h"

#include "base/utf8.h"

struct writer {
    const struct pattern_style *style;
    struct strbuf *target;
    bool is_failed; /* no words for it */
};

static void write(struct writer *writer, const char *text)
{
    strbuf_append(writer->target, str_from_cstring(text));
}

static bool is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Control characters and what the caller can't have in its quotes; false: the character may stand as it is. */
static bool write_special(struct writer *writer, uint32_t c)
{
    static const struct {
        char meaning;
        const char *text;
    } controls[] = {{'\t', "\\t"}, {'\n', "\\n"}, {'\r', "\\r"}, {'\f', "\\f"}};
    bool is_lucene = writer->style->dialect == PATTERN_LUCENE; /* has no such escapes: the string's quoting does it */
    for (size_t i = 0; !is_lucene && i < countof(controls); i++) {
        if ((uint32_t)controls[i].meaning == c) {
            write(writer, controls[i].text);
            return true;
        }
    }
    bool is_hex = writer->style->hex != '\0' && c == (uint32_t)writer->style->hex;
    if (is_lucene || (!is_hex && !utf8_is_control(c))) {
        return false;
    }
    if (c < 0x100) {
        strbuf_append_format(writer->target, "\\x%02X", c);
    } else {
        strbuf_append_format(writer->target, "\\x{%X}", c);
    }
    return true;
}

static void write_code_point(struct writer *writer, uint32_t c)
{
    char bytes[4];
    strbuf_append(writer->target, str_from(bytes, utf8_encode(c, bytes)));
}

static void write_character(struct writer *writer, uint32_t c)
{
    static const char meta[] = "\\.^$|?*+()[]{}";
    static const char lucene_meta[] = "\\.|?*+()[]{}\"#@&<>~";
    const struct pattern_style *style = writer->style;
    bool is_lucene = style->dialect == PATTERN_LUCENE;
    if (write_special(writer, c)) {
        return;
    }
    if (is_lucene && style->ignores_case && !style->has_no_flag && is_letter(c)) {
        strbuf_append_format(writer->target, "[%c%c]", (char)(c | 0x20), (char)(c & ~0x20u));
        return;
    }
    bool is_meta = c < 0x80 && c != 0 && strchr(is_lucene ? lucene_meta : meta, (int)c);
    if (is_meta || (style->escaped != '\0' && c == (uint32_t)style->escaped)) {
        strbuf_append_char(writer->target, '\\');
    }
    write_code_point(writer, c);
}

static void write_text(struct writer *writer, str text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t c = 0;
        at += utf8_decode(str_skip(text, at), &c);
        write_character(writer, c);
    }
}

static void write_class_character(struct writer *writer, uint32_t c)
{
    bool is_meta = c < 0x80 && c != 0 && strchr("\\]^-[&~\"", (int)c);
    if (write_special(writer, c)) {
        return;
    }
    if (is_meta || (writer->style->escaped != '\0' && c == (uint32_t)writer->style->escaped)) {
        /* Of these RE2 and PCRE take a backslash in front of any sign. */
        strbuf_append_char(writer->target, '\\');
    }
    write_code_point(writer, c);
}

static void write_range(struct writer *writer, uint32_t first, uint32_t last)
{
    write_class_character(writer, first);
    if (last > first + 1) {
        strbuf_append_char(writer->target, '-');
    }
    if (last > first) {
        write_class_character(writer, last);
    }
}

/* The letters of a range in the other case. */
static void write_other_case(struct writer *writer, const struct pattern_range *range)
{
    static const struct pattern_range cases[] = {{'a', 'z'}, {'A', 'Z'}};
    for (size_t i = 0; i < countof(cases); i++) {
        uint32_t first = range->first > cases[i].first ? range->first : cases[i].first;
        uint32_t last = range->last < cases[i].last ? range->last : cases[i].last;
        if (first <= last) {
            write_range(writer, first ^ 0x20, last ^ 0x20);
        }
    }
}

static void write_set(struct writer *writer, const struct text_pattern *set)
{
    bool is_lucene = writer->style->dialect == PATTERN_LUCENE;
    if (set->range_count == 0) {
        write(writer, is_lucene ? "." : "[\\s\\S]");
        return;
    }
    write(writer, set->is_negated ? "[^" : "[");
    for (uint32_t i = 0; i < set->range_count; i++) {
        write_range(writer, set->ranges[i].first, set->ranges[i].last);
        if (is_lucene && writer->style->ignores_case && !writer->style->has_no_flag) {
            write_other_case(writer, &set->ranges[i]);
        }
    }
    write(writer, "]");
}

static void write_node(struct writer *writer, const struct text_pattern *node, bool is_open_left, bool is_open_right);

static void write_parenthesized(struct writer *writer, const struct text_pattern *node, bool is_open_left,
                                bool is_open_right)
{
    write(writer, writer->style->dialect == PATTERN_LUCENE ? "(" : "(?:");
    write_node(writer, node, is_open_left, is_open_right);
    write(writer, ")");
}

static void write_quantifier(struct writer *writer, uint32_t min, uint32_t max)
{
    if (min == 0 && max == PATTERN_NO_MAX) {
        write(writer, "*");
    } else if (min == 1 && max == PATTERN_NO_MAX) {
        write(writer, "+");
    } else if (min == 0 && max == 1) {
        write(writer, "?");
    } else if (max == PATTERN_NO_MAX) {
        strbuf_append_format(writer->target, "{%u,}", min);
    } else if (min == max) {
        strbuf_append_format(writer->target, "{%u}", min);
    } else {
        strbuf_append_format(writer->target, "{%u,%u}", min, max);
    }
}

static void write_repeat(struct writer *writer, const struct text_pattern *node)
{
    const struct text_pattern *part = node->parts[0];
    uint32_t c = 0;
    bool is_one = part->kind == PATTERN_SET ||
                  (part->kind == PATTERN_TEXT && part->text.len > 0 && utf8_decode(part->text, &c) == part->text.len);
    if (is_one) {
        write_node(writer, part, false, false);
    } else {
        write_parenthesized(writer, part, false, false);
    }
    write_quantifier(writer, node->min, node->max);
}

static void write_choice(struct writer *writer, const struct text_pattern *node, bool is_open_left, bool is_open_right)
{
    for (uint32_t i = 0; i < node->part_count; i++) {
        write(writer, i > 0 ? "|" : "");
        size_t before = writer->target->len;
        write_node(writer, node->parts[i], is_open_left, is_open_right);
        if (writer->style->dialect == PATTERN_LUCENE && writer->target->len == before) {
            write(writer, "()"); /* the empty text */
        }
    }
}

static void write_sequence(struct writer *writer, const struct text_pattern *node, bool is_open_left,
                           bool is_open_right)
{
    for (uint32_t i = 0; i < node->part_count; i++) {
        bool is_left = is_open_left && i == 0;
        bool is_right = is_open_right && i + 1 == node->part_count;
        if (node->parts[i]->kind == PATTERN_CHOICE) {
            write_parenthesized(writer, node->parts[i], is_left, is_right);
        } else {
            write_node(writer, node->parts[i], is_left, is_right);
        }
    }
}

/* An end of the text where all of it must match: nothing is written, if it stands where text could be. */
static void write_end(struct writer *writer, const struct text_pattern *node, bool is_open_left, bool is_open_right)
{
    bool is_start = node->kind == PATTERN_START;
    if (writer->style->dialect == PATTERN_LUCENE) {
        writer->is_failed |= is_start ? !is_open_left : !is_open_right;
        write(writer, node->kind == PATTERN_LAST_LINE_END ? "(\r?\n?)" : "");
        return;
    }
    const char *end = writer->style->dialect == PATTERN_PCRE ? "\\z" : "$";
    write(writer, is_start ? "^" : node->kind == PATTERN_LAST_LINE_END ? "\\r?\\n?" : "");
    write(writer, is_start ? "" : end);
}

static void write_node(struct writer *writer, const struct text_pattern *node, bool is_open_left, bool is_open_right)
{
    bool is_lucene = writer->style->dialect == PATTERN_LUCENE;
    bool is_leaf = node->kind == PATTERN_TEXT || node->kind == PATTERN_SET || node->kind == PATTERN_REPEAT;
    bool ends_left = node->kind == PATTERN_LAST_LINE_END || node->kind == PATTERN_END;
    bool opens_left = is_lucene && is_open_left && (is_leaf || ends_left);
    bool opens_right = is_lucene && is_open_right && (is_leaf || node->kind == PATTERN_START);
    write(writer, opens_left ? ".*" : "");
    switch (node->kind) {
    case PATTERN_TEXT:
        write_text(writer, node->text);
        break;
    case PATTERN_SET:
        write_set(writer, node);
        break;
    case PATTERN_SEQUENCE:
        write_sequence(writer, node, is_open_left, is_open_right);
        break;
    case PATTERN_CHOICE:
        write_choice(writer, node, is_open_left, is_open_right);
        break;
    case PATTERN_REPEAT:
        write_repeat(writer, node);
        break;
    case PATTERN_LOOK:
        writer->is_failed |= writer->style->dialect != PATTERN_PCRE;
        strbuf_append(writer->target, node->text);
        write_node(writer, node->parts[0], false, false);
        write(writer, ")");
        break;
    case PATTERN_EDGE:
    case PATTERN_NO_EDGE:
        writer->is_failed |= is_lucene;
        write(writer, node->kind == PATTERN_EDGE ? "\\b" : "\\B");
        break;
    default:
        write_end(writer, node, is_open_left, is_open_right);
        break;
    }
    write(writer, opens_right ? ".*" : "");
}

static bool begins_at_start(const struct text_pattern *pattern)
{
    return pattern->kind == PATTERN_START ||
           (pattern->kind == PATTERN_SEQUENCE && pattern->part_count > 0 && begins_at_start(pattern->parts[0]));
}

static bool ends_at_end(const struct text_pattern *pattern)
{
    return pattern->kind == PATTERN_END || (pattern->kind == PATTERN_SEQUENCE && pattern->part_count > 0 &&
                                            ends_at_end(pattern->parts[pattern->part_count - 1]));
}

bool text_pattern_write(const struct text_pattern *pattern, const struct pattern_style *style, struct strbuf *target)
{
    struct writer writer = {.style = style, .target = target};
    bool is_lucene = style->dialect == PATTERN_LUCENE;
    write(&writer, style->ignores_case && !style->has_no_flag && !is_lucene ? "(?i)" : "");
    if (is_lucene || !style->is_whole) {
        write_node(&writer, pattern, true, true);
        return !writer.is_failed;
    }
    write(&writer, begins_at_start(pattern) ? "" : "^[\\s\\S]*");
    if (pattern->kind == PATTERN_CHOICE) {
        write_parenthesized(&writer, pattern, true, true);
    } else {
        write_node(&writer, pattern, true, true);
    }
    write(&writer, ends_at_end(pattern) ? "" : "[\\s\\S]*$");
    return !writer.is_failed;
}
