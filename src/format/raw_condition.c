#include "format/raw_condition.h"

#include "format/literal_scan.h"

enum { NODES_MAX = 4096 };

struct raw_test {
    struct literal_scan *scan;
    struct node {
        int kind;
        uint32_t count; /* of the nodes behind it that are its parts and theirs */
        size_t literal;
    } * nodes; /* one condition of which must hold, after the other */
    uint32_t node_count;
};

struct builder {
    struct raw_test *test;
    field_id field;
    struct arena *arena;
    str literals[LITERAL_SCAN_MAX];
    size_t literal_count;
    bool is_failed; /* memory is out */
};

static uint32_t count_nodes(const struct raw_condition *condition)
{
    uint32_t count = 1;
    for (uint32_t i = 0; condition->kind != RAW_LITERAL && i < condition->count; i++) {
        count += count_nodes(condition->parts[i]);
    }
    return count;
}

/* Its number, LITERAL_SCAN_MAX if there is no room for it. Small letters: what ignores no case finds more so. */
static size_t add_literal(struct builder *builder, str text)
{
    char *bytes = arena_array(builder->arena, char, text.len);
    if (!bytes) {
        builder->is_failed = true;
        return LITERAL_SCAN_MAX;
    }
    for (size_t i = 0; i < text.len; i++) {
        bytes[i] = ascii_lower(text.data[i]);
    }
    str lower = str_from(bytes, text.len);
    for (size_t i = 0; i < builder->literal_count; i++) {
        if (str_eq(builder->literals[i], lower)) {
            return i;
        }
    }
    if (builder->literal_count < LITERAL_SCAN_MAX) {
        builder->literals[builder->literal_count++] = lower;
        return builder->literal_count - 1;
    }
    return LITERAL_SCAN_MAX;
}

/* Writes the nodes of what the condition asks of the field. False: nothing, and none was written. */
static bool add_condition(struct builder *builder, const struct raw_condition *condition)
{
    struct raw_test *test = builder->test;
    uint32_t start = test->node_count;
    struct node *node = &test->nodes[test->node_count++];
    *node = (struct node){.kind = (int)condition->kind};
    bool says_something = condition->kind == RAW_ANY;
    if (condition->kind == RAW_LITERAL) {
        bool is_ours = condition->literal.field == builder->field;
        node->literal = is_ours ? add_literal(builder, condition->literal.text) : LITERAL_SCAN_MAX;
        says_something = node->literal < LITERAL_SCAN_MAX;
    }
    for (uint32_t i = 0; condition->kind != RAW_LITERAL && i < condition->count; i++) {
        bool part_says = add_condition(builder, condition->parts[i]);
        says_something = condition->kind == RAW_ANY ? says_something && part_says : says_something || part_says;
    }
    test->node_count = says_something ? test->node_count : start;
    test->nodes[start].count = says_something ? test->node_count - start - 1 : 0;
    return says_something;
}

bool raw_test_compile(const struct raw_prefilter *prefilter, field_id field, struct arena *arena,
                      struct raw_test **ret_test)
{
    uint32_t node_count = 0;
    *ret_test = NULL;
    for (uint32_t i = 0; prefilter && i < prefilter->count; i++) {
        if (!prefilter->queries[i].condition) {
            return true;
        }
        node_count += count_nodes(prefilter->queries[i].condition);
    }
    if (node_count == 0 || node_count > NODES_MAX) {
        return true;
    }
    struct raw_test *test = arena_new(arena, struct raw_test);
    struct builder *builder = arena_new(arena, struct builder);
    if (!test || !builder) {
        return false;
    }
    test->nodes = arena_array(arena, struct node, node_count);
    if (!test->nodes) {
        return false;
    }
    builder->test = test;
    builder->field = field;
    builder->arena = arena;
    for (uint32_t i = 0; i < prefilter->count; i++) {
        if (!add_condition(builder, prefilter->queries[i].condition)) {
            return !builder->is_failed;
        }
    }
    test->scan = literal_scan_compile(builder->literals, builder->literal_count, arena);
    *ret_test = test->scan && !builder->is_failed ? test : NULL;
    return *ret_test != NULL;
}

static bool holds(const struct node *node, const struct literal_set *found)
{
    if (node->kind == RAW_LITERAL) {
        return literal_set_has(found, node->literal);
    }
    bool is_all = node->kind == RAW_ALL;
    for (uint32_t i = 1; i <= node->count; i += node[i].count + 1) {
        if (holds(&node[i], found) != is_all) {
            return !is_all;
        }
    }
    return is_all;
}

bool raw_test_run(const struct raw_test *test, char *value, size_t bytes)
{
    uint8_t all = 0;
    for (size_t i = 0; i < bytes; i++) {
        all |= (uint8_t)value[i];
        value[i] = ascii_lower(value[i]);
    }
    if (all >= 0x80) {
        return true; /* a letter outside ASCII may be one of it but for its case */
    }
    struct literal_set found = {{0}};
    literal_scan_run(test->scan, str_from(value, bytes), &found);
    for (uint32_t i = 0; i < test->node_count; i += test->nodes[i].count + 1) {
        if (holds(&test->nodes[i], &found)) {
            return true;
        }
    }
    return false;
}
