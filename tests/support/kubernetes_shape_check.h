/* kubernetes_shape_check.h - holds the walk by shapes (format/kubernetes_shape.h) against the walk by keys: of each
 * line both say the same, whatever lines came before. */
#ifndef SUPPORT_KUBERNETES_SHAPE_CHECK_H
#define SUPPORT_KUBERNETES_SHAPE_CHECK_H

#include <stdlib.h>
#include <string.h>

#include "base/json_compact.h"
#include "base/memory.h"
#include "format/kubernetes_shape.h"

struct shape_reader {
    struct kube_rule_index rules;
    struct kube_shapes shapes;
    size_t lines;   /* read by shapes or by keys */
    size_t refused; /* by both */
};

static inline void shape_reader_init(struct shape_reader *reader)
{
    kube_rule_index_build(&reader->rules);
    kube_shapes_reset(&reader->shapes);
    reader->lines = reader->refused = 0;
}

/* NULL, or what is wrong with the line at `line`. `end` may lie beyond it. */
static inline const char *shape_check_line(struct shape_reader *reader, const char *line, const char *end)
{
    struct kube_event by_shape;
    struct kube_event by_key;
    const char *stop = kube_json_read_compact(&reader->rules, &reader->shapes, line, end, &by_shape);
    const char *wanted = kube_json_read_compact(&reader->rules, NULL, line, end, &by_key);
    reader->lines++;
    reader->refused += !wanted;
    if (stop != wanted) {
        return wanted ? "refused by shape, or another end" : "taken by shape, refused by key";
    }
    if (!wanted) {
        return NULL;
    }
    if (by_shape.present != by_key.present || by_shape.packed_count != by_key.packed_count ||
        by_shape.has_list != by_key.has_list || by_shape.is_cut != by_key.is_cut) {
        return "other values are there";
    }
    for (unsigned value = 0; value < KUBE_VALUE_COUNT; value++) {
        const struct json_value *a = &by_shape.values[value];
        const struct json_value *b = &by_key.values[value];
        if (kube_has(&by_key, (enum kube_value)value) && (a->kind != b->kind || a->has_escape != b->has_escape ||
                                                          a->text.data != b->text.data || a->text.len != b->text.len)) {
            return "another value";
        }
    }
    return NULL;
}

/* All lines of a text, in a block of its own size; `filler` empty lines behind it, so that its last ones have room. */
static inline const char *shape_check(struct shape_reader *reader, str text, size_t filler)
{
    size_t bytes = text.len + 1 + filler;
    char *exact = memory_allocate(bytes);
    if (!exact) {
        return "no memory";
    }
    if (text.len > 0) {
        memcpy(exact, text.data, text.len);
    }
    memset(exact + text.len, '\n', bytes - text.len);
    const char *wrong = NULL;
    for (const char *line = exact; line < exact + text.len && !wrong;) {
        wrong = shape_check_line(reader, line, exact + bytes);
        line = (const char *)memchr(line, '\n', (size_t)(exact + bytes - line)) + 1;
    }
    memory_free(exact);
    return wrong;
}

#endif
