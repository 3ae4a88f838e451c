/* Learning the shapes of lines: the text between two values is passed token by token, once. */
#include "format/kubernetes_shape.h"

#include <assert.h>

#include "base/json_compact.h"
#include "format/audit_bytes.h"
#include "format/kubernetes_rules.h"

#define COMPACT(name)   name##_learning
#define COMPACT_INLINE  static inline
#define COMPACT_IS_AVX2 0
#include "base/json_compact_pass.h"

_Static_assert(SHAPE_LITERAL_BYTES_MAX % SHAPE_STEP == 0, "a literal is padded to whole steps");
_Static_assert((int)KUBE_RULES_COUNT < UINT8_MAX && (int)KUBE_VALUE_COUNT < UINT8_MAX, "one byte each");

enum { CONTEXT_OUTSIDE, CONTEXT_EVENT, FIRST_CONTEXTS };

enum step { STEP_VALUE, STEP_BEHIND, STEP_DONE, STEP_FAILED };

struct learner {
    struct kube_shapes *shapes;
    const struct kube_rule_index *rules;
    struct json_compact text;
    const char *begin; /* of the edge's text */
    const char *at;
    bool may_fold;
    uint16_t context;
    const struct rule *rule; /* of the value in front, and the hash of its key */
    uint32_t key;
    struct shape_edge edge;
    struct shape_op ops[SHAPE_EDGE_OPS_MAX];
};

void kube_shapes_reset(struct kube_shapes *shapes)
{
    shapes->node_count = 1;
    shapes->edge_count = 0;
    shapes->context_count = FIRST_CONTEXTS;
    shapes->op_count = 0;
    shapes->text_bytes = 0;
    shapes->is_full = false;
    shapes->window_lines = shapes->window_misses = 0;
    shapes->pause_lines = 0;
    shapes->nodes[0] = (struct shape_node){.context = CONTEXT_OUTSIDE, .place = SHAPE_AT_BEGIN};
    shapes->contexts[CONTEXT_OUTSIDE] = (struct shape_context){.rules = SHAPE_NO_RULES, .value = SHAPE_NO_VALUE};
    shapes->contexts[CONTEXT_EVENT] =
        (struct shape_context){.is_object = true, .rules = KUBE_RULES_TOP, .value = SHAPE_NO_VALUE};
}

bool kube_shapes_wanted(struct kube_shapes *shapes)
{
    if (shapes->pause_lines > 0) {
        shapes->pause_lines--;
        return false;
    }
    return true;
}

void kube_shapes_note(struct kube_shapes *shapes, bool is_fit)
{
    shapes->window_misses += !is_fit;
    if (++shapes->window_lines < SHAPE_WINDOW_LINES) {
        return;
    }
    if (shapes->window_misses > SHAPE_WINDOW_MISSES_MAX) {
        kube_shapes_reset(shapes);
        shapes->pause_lines = SHAPE_PAUSE_LINES;
    } else if (shapes->is_full && shapes->window_misses > SHAPE_WINDOW_MISSES_FULL) {
        kube_shapes_reset(shapes);
    }
    shapes->window_lines = shapes->window_misses = 0;
}

/* ---- room ---- */

static enum step no_room(struct learner *learner)
{
    learner->shapes->is_full = true;
    return STEP_FAILED;
}

/* The context that is this one, an old or a new one; 0 when there is no room. */
static uint16_t context_obtain(struct kube_shapes *shapes, struct shape_context wanted)
{
    for (uint32_t i = FIRST_CONTEXTS; i < shapes->context_count; i++) {
        const struct shape_context *context = &shapes->contexts[i];
        if (context->parent == wanted.parent && context->key == wanted.key && context->is_object == wanted.is_object &&
            context->rules == wanted.rules && context->value == wanted.value) {
            assert(context->depth == wanted.depth && context->rules_depth == wanted.rules_depth);
            return (uint16_t)i;
        }
    }
    if (shapes->context_count == SHAPE_CONTEXTS_MAX) {
        return 0;
    }
    shapes->contexts[shapes->context_count] = wanted;
    return (uint16_t)shapes->context_count++;
}

static struct shape_node *node_obtain(struct kube_shapes *shapes, uint16_t context, uint32_t key,
                                      enum shape_place place)
{
    for (uint32_t i = 1; i < shapes->node_count; i++) {
        struct shape_node *node = &shapes->nodes[i];
        if (node->context == context && node->key == key && node->place == place) {
            return node;
        }
    }
    if (shapes->node_count == SHAPE_NODES_MAX) {
        return NULL;
    }
    struct shape_node *node = &shapes->nodes[shapes->node_count++];
    *node = (struct shape_node){.context = context, .key = key, .place = (uint8_t)place};
    return node;
}

static uint32_t key_hash(str key)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < key.len; i++) {
        hash = (hash ^ (uint8_t)key.data[i]) * 16777619u;
    }
    return hash;
}

/* ---- tokens ---- */

static bool add_op(struct learner *learner, enum shape_op_kind kind, unsigned value, enum json_kind json_kind,
                   const char *from, size_t length)
{
    struct shape_edge *edge = &learner->edge;
    size_t offset = (size_t)(from - learner->begin);
    if (edge->op_count == SHAPE_EDGE_OPS_MAX || offset + length > SHAPE_LITERAL_BYTES_MAX) {
        return false;
    }
    learner->ops[edge->op_count++] = (struct shape_op){.kind = (uint8_t)kind,
                                                       .value = (uint8_t)value,
                                                       .json_kind = (uint8_t)json_kind,
                                                       .offset = (uint16_t)offset,
                                                       .length = (uint16_t)length};
    return true;
}

static enum step done(struct learner *learner, enum shape_next next, unsigned value)
{
    learner->edge.next = (uint8_t)next;
    learner->edge.value = (uint8_t)value;
    return STEP_DONE;
}

/* In front of an object's member. */
static enum step pass_key(struct learner *learner)
{
    bool has_escape;
    const char *at = learner->at;
    const char *quote = *at == '"' ? compact_string_learning(&learner->text, at + 1, &has_escape) : NULL;
    if (!quote || quote[1] != ':' || learner->text.has_wide) {
        return STEP_FAILED;
    }
    str key = str_from(at + 1, (size_t)(quote - at) - 1);
    unsigned rules = learner->shapes->contexts[learner->context].rules;
    learner->key = key_hash(key);
    learner->rule = rules == SHAPE_NO_RULES ? NULL : kube_rule_find(learner->rules, (enum kube_rules)rules, key);
    learner->at = quote + 2;
    return STEP_VALUE;
}

static enum step pass_element(struct learner *learner)
{
    learner->key = 0;
    learner->rule = NULL;
    return STEP_VALUE;
}

static enum step open_container(struct learner *learner, unsigned rules, unsigned value)
{
    const struct shape_context *outer = &learner->shapes->contexts[learner->context];
    bool is_object = *learner->at == '{';
    bool has_rules = rules != SHAPE_NO_RULES;
    struct shape_context wanted = {.parent = learner->context,
                                   .is_object = is_object,
                                   .rules = (uint8_t)rules,
                                   .value = (uint8_t)value,
                                   .rules_depth = (uint8_t)(outer->rules_depth + has_rules),
                                   .depth = (uint8_t)(outer->depth + !has_rules),
                                   .key = learner->key};
    if (wanted.depth > SHAPE_DEPTH_MAX ||
        (value != SHAPE_NO_VALUE &&
         !add_op(learner, SHAPE_OPEN, value, is_object ? JSON_OBJECT : JSON_ARRAY, learner->at, 0))) {
        return STEP_FAILED;
    }
    uint16_t context = context_obtain(learner->shapes, wanted);
    if (context == 0) {
        return no_room(learner);
    }
    learner->context = context;
    learner->at++;
    if (*learner->at == (is_object ? '}' : ']')) {
        return STEP_BEHIND;
    }
    return is_object ? pass_key(learner) : pass_element(learner);
}

static enum step pass_behind(struct learner *learner)
{
    const struct shape_context *context = &learner->shapes->contexts[learner->context];
    char c = *learner->at++;
    if (learner->context == CONTEXT_OUTSIDE) {
        return c == '\n' ? done(learner, SHAPE_LINE_END, SHAPE_NO_VALUE) : STEP_FAILED;
    }
    if (c == (context->is_object ? '}' : ']')) {
        if (context->value != SHAPE_NO_VALUE &&
            !add_op(learner, SHAPE_CLOSE, context->value, JSON_NONE, learner->at, 0)) {
            return STEP_FAILED;
        }
        learner->context = context->parent;
        return STEP_BEHIND;
    }
    if (c != ',') {
        return STEP_FAILED;
    }
    return context->is_object ? pass_key(learner) : pass_element(learner);
}

/* Values of few different texts, which stand between others. */
static bool is_foldable(unsigned value)
{
    static const uint8_t values[] = {KUBE_KIND,     KUBE_API_VERSION,    KUBE_LEVEL,          KUBE_STAGE,
                                     KUBE_DECISION, KUBE_OBJECT_VERSION, KUBE_RESPONSE_STATUS};
    for (size_t i = 0; i < countof(values); i++) {
        if (values[i] == value) {
            return true;
        }
    }
    return false;
}

static enum step pass_string(struct learner *learner, unsigned value)
{
    const char *at = learner->at + 1;
    if (learner->may_fold && is_foldable(value)) {
        bool has_escape;
        const char *quote = compact_string_learning(&learner->text, at, &has_escape);
        if (!quote) {
            return STEP_FAILED;
        }
        size_t length = (size_t)(quote - at);
        bool is_plain = !has_escape && !learner->text.has_wide && length <= SHAPE_FOLDED_BYTES_MAX;
        learner->text.has_wide = false;
        if (is_plain && add_op(learner, SHAPE_SET, value, JSON_STRING, at, length)) {
            learner->at = quote + 1;
            return STEP_BEHIND;
        }
    }
    learner->at = at;
    return done(learner, SHAPE_STRING, value);
}

static enum step pass_container(struct learner *learner, unsigned value)
{
    const char *at = learner->at;
    enum action action = learner->rule ? learner->rule->action : TAKE_TEXT;
    const struct shape_context *context = &learner->shapes->contexts[learner->context];
    bool is_among_rules = context->rules != SHAPE_NO_RULES;
    if (action == GO_INTO || action == GO_INTO_AND_TAKE) {
        bool can_go = *at == '{' && context->rules_depth + 1 < RULES_DEPTH_MAX;
        return can_go ? open_container(learner, learner->rule->rules, action == GO_INTO ? SHAPE_NO_VALUE : value)
                      : STEP_FAILED;
    }
    if (action == TAKE_WHOLE && value != KUBE_REQUEST_OBJECT && value != KUBE_RESPONSE_OBJECT) {
        return open_container(learner, SHAPE_NO_RULES, value);
    }
    /* What nobody goes into, and bodies, which have any number of shapes. */
    bool is_empty = at[1] == (*at == '{' ? '}' : ']');
    if (is_among_rules && (action == TAKE_WHOLE || !is_empty)) {
        return done(learner, SHAPE_CONTAINER, action == TAKE_WHOLE ? value : SHAPE_NO_VALUE);
    }
    return open_container(learner, SHAPE_NO_RULES, SHAPE_NO_VALUE);
}

static enum step pass_value(struct learner *learner)
{
    const struct rule *rule = learner->rule;
    enum action action = rule ? rule->action : TAKE_TEXT;
    unsigned value = rule ? rule->value : SHAPE_NO_VALUE;
    char c = *learner->at;
    if (action != TAKE_TEXT && action != TAKE_WHOLE && action != GO_INTO && action != GO_INTO_AND_TAKE) {
        return STEP_FAILED; /* events in something else */
    }
    if (c == '{' || c == '[') {
        return pass_container(learner, value);
    }
    if (action == GO_INTO || action == GO_INTO_AND_TAKE) {
        return STEP_FAILED;
    }
    if (c == '"') {
        return pass_string(learner, value);
    }
    enum json_kind kind;
    const char *stop = json_compact_scalar(learner->at, &kind);
    if (stop && kind == JSON_NUMBER) {
        return done(learner, SHAPE_NUMBER, value);
    }
    if (!stop || (kind == JSON_BOOL && value != SHAPE_NO_VALUE &&
                  !add_op(learner, SHAPE_SET, value, kind, learner->at, (size_t)(stop - learner->at)))) {
        return STEP_FAILED;
    }
    learner->at = stop;
    return STEP_BEHIND;
}

static enum step begin(struct learner *learner, enum shape_place place)
{
    if (place == SHAPE_AT_BEGIN) {
        if (*learner->at++ != '{') {
            return STEP_FAILED;
        }
        learner->context = CONTEXT_EVENT;
        return *learner->at == '}' ? STEP_BEHIND : pass_key(learner);
    }
    learner->at += place == SHAPE_AT_QUOTE;
    return STEP_BEHIND;
}

/* ---- edges ---- */

static struct shape_edge *edge_add(struct learner *learner, struct shape_node *node)
{
    struct kube_shapes *shapes = learner->shapes;
    struct shape_edge *edge = &learner->edge;
    size_t length = (size_t)(learner->at - learner->begin);
    size_t padded = (length + SHAPE_STEP - 1) / SHAPE_STEP * SHAPE_STEP;
    if (length > SHAPE_LITERAL_BYTES_MAX) {
        return NULL;
    }
    enum shape_place place = edge->next == SHAPE_STRING ? SHAPE_AT_QUOTE : SHAPE_BEHIND_VALUE;
    edge->target = node_obtain(shapes, learner->context, learner->key, place);
    if (!edge->target || shapes->edge_count == SHAPE_EDGES_MAX || shapes->op_count + edge->op_count > SHAPE_OPS_MAX ||
        shapes->text_bytes + padded > SHAPE_TEXT_BYTES) {
        shapes->is_full = true;
        return NULL;
    }
    char *text = shapes->texts + shapes->text_bytes;
    struct shape_op *ops = &shapes->ops[shapes->op_count];
    memset(text, 0, padded);
    memcpy(text, learner->begin, length);
    memcpy(ops, learner->ops, edge->op_count * sizeof(*ops));
    edge->text = text;
    edge->length = (uint16_t)length;
    edge->whole_bytes = (uint16_t)(padded - SHAPE_STEP);
    edge->last_bits = bytes_bits(length - edge->whole_bytes);
    edge->ops = ops;
    edge->sibling = node->edges;
    shapes->text_bytes += (uint32_t)padded;
    shapes->op_count += edge->op_count;
    node->edges = &shapes->edges[shapes->edge_count++];
    *node->edges = *edge;
    node->edge_count++;
    return node->edges;
}

struct shape_edge *kube_shapes_learn(struct kube_shapes *shapes, const struct kube_rule_index *rules,
                                     struct shape_node *node, const char *at, const char *end)
{
    struct learner learner = {.shapes = shapes,
                              .rules = rules,
                              .text = {.end = end},
                              .begin = at,
                              .at = at,
                              .may_fold = node->edge_count < SHAPE_FOLDED_EDGES_MAX,
                              .context = node->context};
    if (node->edge_count == SHAPE_NODE_EDGES_MAX || shapes->is_full) {
        return NULL;
    }
    enum step step = begin(&learner, (enum shape_place)node->place);
    while (step == STEP_VALUE || step == STEP_BEHIND) {
        if (learner.at - at > SHAPE_LITERAL_BYTES_MAX) {
            return NULL;
        }
        step = step == STEP_VALUE ? pass_value(&learner) : pass_behind(&learner);
    }
    return step == STEP_DONE ? edge_add(&learner, node) : NULL;
}
