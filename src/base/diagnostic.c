#include "base/diagnostic.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

const char *diagnostic_severity_name(enum diagnostic_severity severity)
{
    static const char *const names[] = {"note", "warning", "error"};
    return names[severity];
}

const char *diagnostic_code_of_error(tocsin_status status)
{
    switch (status) {
    case TOCSIN_ERROR_SYNTAX:
        return "syntax";
    case TOCSIN_ERROR_NAME:
        return "unknown-name";
    case TOCSIN_ERROR_TYPE:
        return "wrong-type";
    case TOCSIN_ERROR_UNSUPPORTED:
        return "unsupported";
    case TOCSIN_ERROR_LIMIT:
        return "limit";
    default:
        return NULL;
    }
}

void diagnostic_list_init(struct diagnostic_list *list, struct arena *arena)
{
    *list = (struct diagnostic_list){.arena = arena};
}

static bool is_known(const struct diagnostic_list *list, const char *code, size_t offset, str message)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct diagnostic *item = &list->items[i];
        if (item->offset == offset && strcmp(item->code, code) == 0 && str_eq(item->message, message)) {
            return true;
        }
    }
    return false;
}

/* Room for one more. False when the list is full or memory is out. */
static bool make_room(struct diagnostic_list *list)
{
    if (list->count >= LIMIT_DIAGNOSTICS) {
        return false;
    }
    if (list->count < list->capacity) {
        return true;
    }
    size_t capacity = list->capacity ? list->capacity * 2 : 16;
    struct diagnostic *grown = arena_array(list->arena, struct diagnostic, capacity);
    if (!grown) {
        return false;
    }
    if (list->count > 0) {
        memcpy(grown, list->items, list->count * sizeof(*grown));
    }
    list->items = grown;
    list->capacity = capacity;
    return true;
}

struct diagnostic *diagnostic_add(struct diagnostic_list *list, const char *code, enum diagnostic_severity severity,
                                  size_t offset, size_t offset_end, const char *format, ...)
{
    if (!list) {
        return NULL;
    }
    struct error text = {0}; /* for its escaping */
    va_list arguments;
    va_start(arguments, format);
    error_set_va(&text, TOCSIN_ERROR_INTERNAL, format, arguments);
    va_end(arguments);
    str message = str_from_cstring(text.message);
    if (is_known(list, code, offset, message)) {
        return NULL;
    }
    str copy = arena_copy(list->arena, message);
    if (!copy.data || !make_room(list)) {
        list->more++;
        return NULL;
    }
    struct diagnostic *diagnostic = &list->items[list->count++];
    *diagnostic = (struct diagnostic){
        .code = code, .severity = severity, .offset = offset, .offset_end = offset_end, .message = copy};
    return diagnostic;
}

void diagnostic_hint(const struct diagnostic_list *list, struct diagnostic *diagnostic, const char *format, ...)
{
    if (!diagnostic) {
        return;
    }
    struct error text = {0};
    va_list arguments;
    va_start(arguments, format);
    error_set_va(&text, TOCSIN_ERROR_INTERNAL, format, arguments);
    va_end(arguments);
    str copy = arena_copy(list->arena, str_from_cstring(text.message));
    diagnostic->hint = copy.data ? copy : STR_EMPTY;
}

void diagnostic_fix(const struct diagnostic_list *list, struct diagnostic *diagnostic, size_t offset, size_t offset_end,
                    str text)
{
    str copy = diagnostic ? arena_copy(list->arena, text) : STR_EMPTY;
    if (!diagnostic || !copy.data) {
        return;
    }
    diagnostic->has_fix = true;
    diagnostic->fix_offset = offset;
    diagnostic->fix_end = offset_end;
    diagnostic->fix_text = copy;
}

struct ranked {
    struct diagnostic diagnostic;
    size_t index;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->diagnostic.offset != y->diagnostic.offset) {
        return x->diagnostic.offset < y->diagnostic.offset ? -1 : 1;
    }
    if (x->diagnostic.severity != y->diagnostic.severity) {
        return x->diagnostic.severity > y->diagnostic.severity ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

void diagnostic_list_sort(struct diagnostic_list *list)
{
    struct ranked *ranked = list->count > 1 ? arena_array(list->arena, struct ranked, list->count) : NULL;
    if (!ranked) {
        return; /* nothing to sort, or no memory to do it: the order of arrival is an order, too */
    }
    for (size_t i = 0; i < list->count; i++) {
        ranked[i] = (struct ranked){list->items[i], i};
    }
    qsort(ranked, list->count, sizeof(*ranked), compare_ranked);
    for (size_t i = 0; i < list->count; i++) {
        list->items[i] = ranked[i].diagnostic;
    }
}
