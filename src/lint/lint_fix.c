/* What is done with remarks: silenced by comments, merged with errors, mended in the text. */
#include <stdlib.h>
#include <string.h>

#include "lint/lint.h"
#include "base/limits.h"

/* ---- merging ---- */

static bool is_code(const struct diagnostic *diagnostic, const char *code)
{
    return strcmp(diagnostic->code, code) == 0;
}

/* A lint that says better what an error of the binder says at the same place. */
static bool explains(const struct diagnostic *lint, const struct diagnostic *error)
{
    bool is_name = is_code(lint, "double-quoted-value") && is_code(error, "unknown-field");
    bool is_type =
        (is_code(lint, "payload-without-utf8") || is_code(lint, "address-as-text")) && is_code(error, "wrong-type");
    bool is_inside = error->offset >= lint->offset && error->offset < lint->offset_end;
    bool is_around = error->offset <= lint->offset && error->offset_end >= lint->offset_end;
    bool is_constant =
        is_code(lint, "single-quoted-name") && (is_code(error, "never-true") || is_code(error, "always-true"));
    return ((is_name || is_type) && is_inside) || ((is_constant || is_type) && is_around);
}

void lint_merge(struct diagnostic_list *found)
{
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++) {
        bool is_explained = false;
        bool is_error = is_code(&found->items[i], "unknown-field") || is_code(&found->items[i], "wrong-type") ||
                        is_code(&found->items[i], "never-true") || is_code(&found->items[i], "always-true");
        for (size_t j = 0; is_error && j < found->count && !is_explained; j++) {
            is_explained = explains(&found->items[j], &found->items[i]);
        }
        /* What is kept is moved to the front only below i, so items[j] is still whole, or a copy of one that is. */
        if (!is_explained) {
            found->items[kept++] = found->items[i];
        }
    }
    found->count = kept;
}

/* ---- silence ---- */

enum { SILENCES_MAX = 1000 };

struct silence {
    str code;    /* empty: every code */
    size_t from; /* remarks that start in [from, to) */
    size_t to;
};

struct silences {
    struct silence *items;
    size_t count;
};

static size_t line_start(str text, size_t at)
{
    while (at > 0 && text.data[at - 1] != '\n') {
        at--;
    }
    return at;
}

static size_t line_end(str text, size_t at)
{
    size_t end = str_find_char(text, '\n', at);
    return end == SIZE_MAX ? text.len : end;
}

/* The lines a comment at [start, end) speaks for. */
static struct silence silence_of(str text, size_t start, size_t end, bool is_in_front)
{
    if (is_in_front) {
        return (struct silence){STR_EMPTY, 0, SIZE_MAX};
    }
    size_t from = line_start(text, start);
    size_t to = line_end(text, end);
    bool is_alone = str_trim(str_slice(text, from, start)).len == 0 && str_trim(str_slice(text, end, to)).len == 0;
    while (is_alone && to < text.len) { /* the next line with something on it */
        from = to + 1;
        to = line_end(text, from);
        is_alone = str_trim(str_slice(text, from, to)).len == 0;
    }
    return (struct silence){STR_EMPTY, from, to + 1};
}

static bool is_separator(char c)
{
    return ascii_is_blank(c) || c == ',';
}

static void unknown_code(struct diagnostic_list *found, str text, str code)
{
    size_t offset = (size_t)(code.data - text.data);
    struct diagnostic *remark = diagnostic_add(found, "unknown-code", DIAGNOSTIC_WARNING, offset, offset + code.len,
                                               "there is no lint called %.*s", STR_ARG(str_slice(code, 0, 60)));
    str near = lint_suggest(code);
    if (near.len > 0) {
        diagnostic_hint(found, remark, "did you mean %.*s?", STR_ARG(near));
    } else {
        diagnostic_hint(found, remark, "`tocsin check --list` shows the codes");
    }
}

static void add_silence(struct silences *silences, struct silence silence)
{
    if (silences->count < SILENCES_MAX) {
        silences->items[silences->count++] = silence;
    }
}

/* [start, end) is what stands inside of a comment. */
static void read_comment(str text, size_t start, size_t end, struct silence scope, struct silences *silences,
                         struct diagnostic_list *found)
{
    static const char mark[] = "tocsin:ignore";
    str body = str_trim(str_slice(text, start, end));
    if (!str_starts_with(body, STR("tocsin:ignore")) ||
        (body.len >= sizeof(mark) && !is_separator(body.data[sizeof(mark) - 1]))) {
        return;
    }
    body = str_trim(str_skip(body, sizeof(mark) - 1));
    if (body.len == 0) {
        add_silence(silences, scope);
    }
    for (size_t i = 0; i < body.len;) {
        size_t to = i;
        while (to < body.len && !is_separator(body.data[to])) {
            to++;
        }
        str code = str_slice(body, i, to);
        if (code.len > 0 && lint_find(code)) {
            scope.code = code;
            add_silence(silences, scope);
        } else if (code.len > 0) {
            unknown_code(found, text, code);
        }
        i = to + 1;
    }
}

/* Finds the comments; quotes may hold what looks like one. */
static void read_silences(str text, struct silences *silences, struct diagnostic_list *found)
{
    bool is_in_front = true;
    for (size_t i = 0; i < text.len;) {
        char c = text.data[i];
        if (c == '\'' || c == '"') {
            size_t end = str_find_char(text, c, i + 1);
            i = end == SIZE_MAX ? text.len : end + 1;
            is_in_front = false;
        } else if (c == '/' && i + 1 < text.len && text.data[i + 1] == '*') {
            size_t close = str_find(text, STR("*/"), i + 2);
            size_t end = close == SIZE_MAX ? text.len : close + 2;
            read_comment(text, i + 2, close == SIZE_MAX ? text.len : close, silence_of(text, i, end, is_in_front),
                         silences, found);
            i = end;
        } else if (c == '-' && i + 2 < text.len && text.data[i + 1] == '-' && ascii_is_blank(text.data[i + 2])) {
            size_t end = line_end(text, i);
            read_comment(text, i + 2, end, silence_of(text, i, end, is_in_front), silences, found);
            i = end;
        } else {
            is_in_front = is_in_front && ascii_is_blank(c);
            i++;
        }
    }
}

static bool is_silenced(const struct silences *silences, const struct diagnostic *diagnostic)
{
    for (size_t i = 0; i < silences->count; i++) {
        const struct silence *silence = &silences->items[i];
        if (diagnostic->offset >= silence->from && diagnostic->offset < silence->to &&
            (silence->code.len == 0 || str_eq(silence->code, str_from_cstring(diagnostic->code)))) {
            return true;
        }
    }
    return false;
}

size_t lint_silence(str text, struct diagnostic_list *found)
{
    if (str_find(text, STR("tocsin:ignore"), 0) == SIZE_MAX) {
        return 0;
    }
    struct silences silences = {arena_array(found->arena, struct silence, SILENCES_MAX), 0};
    if (!silences.items) {
        return 0;
    }
    read_silences(text, &silences, found);
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++) {
        if (!is_silenced(&silences, &found->items[i])) {
            found->items[kept++] = found->items[i];
        }
    }
    size_t silenced = found->count - kept;
    found->count = kept;
    return silenced;
}

/* ---- fixes ---- */

static int compare_fixes(const void *a, const void *b)
{
    const struct diagnostic *x = *(const struct diagnostic *const *)a;
    const struct diagnostic *y = *(const struct diagnostic *const *)b;
    if (x->fix_offset != y->fix_offset) {
        return x->fix_offset < y->fix_offset ? -1 : 1;
    }
    if (x->fix_end != y->fix_end) {
        return x->fix_end < y->fix_end ? -1 : 1;
    }
    return (x > y) - (x < y);
}

size_t lint_apply_fixes(str text, const struct diagnostic_list *found,
                        bool (*wanted)(const void *context, const struct diagnostic *diagnostic), const void *context,
                        struct strbuf *ret_text)
{
    const struct diagnostic **fixes = arena_array(found->arena, const struct diagnostic *, found->count);
    size_t count = 0;
    for (size_t i = 0; fixes && i < found->count; i++) {
        const struct diagnostic *item = &found->items[i];
        if (item->has_fix && item->fix_offset <= item->fix_end && item->fix_end <= text.len &&
            (!wanted || wanted(context, item))) {
            fixes[count++] = item;
        }
    }
    if (count > 1) {
        qsort(fixes, count, sizeof(*fixes), compare_fixes);
    }
    size_t done = 0;
    size_t applied = 0;
    for (size_t i = 0; i < count; i++) {
        if (fixes[i]->fix_offset < done || (applied > 0 && fixes[i]->fix_offset == done && fixes[i]->fix_end == done)) {
            continue;
        }
        strbuf_append(ret_text, str_slice(text, done, fixes[i]->fix_offset));
        strbuf_append(ret_text, fixes[i]->fix_text);
        done = fixes[i]->fix_end;
        applied++;
    }
    strbuf_append(ret_text, str_skip(text, done));
    return applied;
}
