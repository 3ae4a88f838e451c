/* format/kubernetes_shape_walk.h
 * The walk of kubernetes_json.c over a line whose shape came before (kubernetes_shape.h), to be compiled for each kind
 * of processor behind kubernetes_walk.h. What it passes is JSON, and the event is what that walk would make of it.
 */

/* The bytes at `at`, of which there are enough, are the edge's, and what follows may be what it says. */
COMPACT_INLINE bool COMPACT(shape_fits)(const struct shape_edge *edge, const char *at)
{
    const char *text = edge->text;
    size_t i = 0;
#if COMPACT_IS_AVX2
    for (; i < edge->whole_bytes; i += SHAPE_STEP) {
        __m256i left = _mm256_loadu_si256((const __m256i *)(const void *)(text + i));
        __m256i right = _mm256_loadu_si256((const __m256i *)(const void *)(at + i));
        if ((uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(left, right)) != UINT32_MAX) {
            return false;
        }
    }
    __m256i left = _mm256_loadu_si256((const __m256i *)(const void *)(text + i));
    __m256i right = _mm256_loadu_si256((const __m256i *)(const void *)(at + i));
    uint32_t equal = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(left, right));
#else
    for (; i < edge->whole_bytes; i += SHAPE_STEP) {
        if (bytes_equal32(text + i, at + i) != UINT32_MAX) {
            return false;
        }
    }
    uint32_t equal = bytes_equal32(text + i, at + i);
#endif
    if ((equal & edge->last_bits) != edge->last_bits) {
        return false;
    }
    char next = at[edge->length];
    return edge->next == SHAPE_STRING || edge->next == SHAPE_LINE_END ||
           (edge->next == SHAPE_NUMBER ? ascii_is_digit(next) || next == '-' : next == '{' || next == '[');
}

/* The edge from a node that fits, a new one if need be, where that which fitted last does not; NULL: none. */
COMPACT_TARGET static __attribute__((noinline)) struct shape_edge *
COMPACT(shape_other)(struct compact_walk *walk, struct shape_node *node, const char *at)
{
    struct shape_edge *edge = node->edges;
    while (edge && !COMPACT(shape_fits)(edge, at)) {
        edge = edge->sibling;
    }
    if (!edge) {
        edge = kube_shapes_learn(walk->shapes, walk->rules, node, at, walk->text.end);
    }
    node->guess = edge ? edge : node->guess;
    return edge;
}

/* Gives the values that are complete. */
COMPACT_INLINE uint64_t COMPACT(shape_tell)(struct kube_event *event, const struct shape_op *op, const char *at)
{
    struct json_value *value = &event->values[op->value];
    if (op->kind == SHAPE_CLOSE) {
        value->text.len = (size_t)(at + op->offset - value->text.data);
    } else {
        *value = (struct json_value){(enum json_kind)op->json_kind, false, {at + op->offset, op->length}};
    }
    return (uint64_t)(op->kind != SHAPE_OPEN) << op->value;
}

/* The closing quote of the string whose text begins at `at`, with a step of bytes there. */
COMPACT_INLINE const char *COMPACT(shape_string)(struct json_compact *text, const char *at, bool *ret_has_escape)
{
    uint32_t stops = COMPACT(compact_stops)(at);
    if (stops == 0) {
        return COMPACT(compact_string)(text, at + SHAPE_STEP, ret_has_escape);
    }
    const char *stop = at + (unsigned)__builtin_ctz(stops);
    return *stop == '"' ? stop : COMPACT(compact_string)(text, at, ret_has_escape);
}

/* What is behind a number; most are a few digits. */
COMPACT_INLINE const char *COMPACT(shape_number)(const char *at)
{
    enum json_kind kind;
    const char *stop = at;
    while (ascii_is_digit(*stop)) {
        stop++;
    }
    bool is_plain = stop > at && *at != '0' && *stop != '.' && (*stop | 0x20) != 'e';
    return is_plain ? stop : json_compact_scalar(at, &kind);
}

/* A line from its begin on: gives its line end, or NULL. */
COMPACT_TARGET static const char *COMPACT(shape_line)(struct compact_walk *walk, const char *at)
{
    struct shape_node *node = walk->shapes->nodes;
    struct kube_event *event = walk->event;
    uint64_t present = 0;
    while (walk->text.end - at >= SHAPE_AHEAD) {
        const struct shape_edge *edge = node->guess;
        if (!edge || !COMPACT(shape_fits)(edge, at)) {
            edge = COMPACT(shape_other)(walk, node, at);
            if (!edge) {
                return NULL;
            }
        }
        for (unsigned i = 0; i < edge->op_count; i++) {
            present |= COMPACT(shape_tell)(event, &edge->ops[i], at);
        }
        at += edge->length;
        enum json_kind kind = JSON_STRING;
        bool has_escape = false;
        const char *stop;
        if (edge->next == SHAPE_STRING) {
            stop = COMPACT(shape_string)(&walk->text, at, &has_escape);
        } else if (edge->next == SHAPE_LINE_END) {
            event->present = present;
            return at - 1;
        } else if (edge->next == SHAPE_NUMBER) {
            kind = JSON_NUMBER;
            stop = COMPACT(shape_number)(at);
        } else {
            kind = *at == '{' ? JSON_OBJECT : JSON_ARRAY;
            stop = COMPACT(compact_container)(&walk->text, at);
        }
        if (!stop) {
            return NULL;
        }
        if (edge->value != SHAPE_NO_VALUE) {
            event->values[edge->value] = (struct json_value){kind, has_escape, {at, (size_t)(stop - at)}};
            present |= UINT64_C(1) << edge->value;
        }
        node = edge->target;
        at = stop;
    }
    return NULL;
}
