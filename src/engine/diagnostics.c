#include "engine/diagnostics.h"

#include "base/utf8.h"

const char *tocsin_severity_name(enum tocsin_severity severity)
{
    return diagnostic_severity_name((enum diagnostic_severity)severity);
}

/* Counts lines and characters from where it stands; never goes back. */
struct ruler {
    str text;
    size_t at;
    uint32_t line;
    uint32_t column;
};

static void ruler_advance(struct ruler *ruler, size_t offset)
{
    while (ruler->at < offset && ruler->at < ruler->text.len) {
        uint32_t code_point;
        size_t bytes = utf8_decode(str_skip(ruler->text, ruler->at), &code_point);
        ruler->at += bytes;
        ruler->column++;
        if (code_point == '\n') {
            ruler->line++;
            ruler->column = 1;
        }
    }
}

static bool publish(struct arena *arena, const struct diagnostic *item, struct ruler *ruler,
                    struct tocsin_diagnostic *ret)
{
    char *message = arena_copy_cstring(arena, item->message);
    char *hint = arena_copy_cstring(arena, item->hint);
    char *fix = arena_copy_cstring(arena, item->fix_text);
    if (!message || !hint || !fix) {
        return false;
    }
    *ret = (struct tocsin_diagnostic){
        .code = item->code,
        .severity = (enum tocsin_severity)item->severity,
        .offset = item->offset,
        .offset_end = item->offset_end,
        .message = message,
        .hint = hint,
        .has_fix = item->has_fix,
        .fix_offset = item->fix_offset,
        .fix_end = item->fix_end,
        .fix_text = fix,
        .fix_text_bytes = item->fix_text.len,
    };
    if (item->offset == 0 && item->offset_end == 0) {
        return true;
    }
    ruler_advance(ruler, item->offset);
    ret->line = ruler->line;
    ret->column = ruler->column;
    struct ruler behind = *ruler;
    ruler_advance(&behind, item->offset_end);
    ret->line_end = behind.line;
    ret->column_end = behind.column;
    return true;
}

tocsin_status diagnostics_publish(struct arena *arena, str text, const struct diagnostic_list *list,
                                  enum tocsin_severity severity_min, struct tocsin_diagnostic **ret_items,
                                  size_t *ret_count, struct error *err)
{
    _Static_assert((int)DIAGNOSTIC_NOTE == TOCSIN_SEVERITY_NOTE && (int)DIAGNOSTIC_ERROR == TOCSIN_SEVERITY_ERROR,
                   "the public severities are those of base");
    struct tocsin_diagnostic *items = arena_array(arena, struct tocsin_diagnostic, list->count);
    struct ruler ruler = {text, 0, 1, 1};
    size_t count = 0;
    if (list->count > 0 && !items) {
        return error_memory(err);
    }
    for (size_t i = 0; i < list->count; i++) {
        if ((int)list->items[i].severity < (int)severity_min) {
            continue;
        }
        if (!publish(arena, &list->items[i], &ruler, &items[count++])) {
            return error_memory(err);
        }
    }
    *ret_items = items;
    *ret_count = count;
    return TOCSIN_OK;
}
