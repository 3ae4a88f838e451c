/* Many literals at once: Aho and Corasick's automaton over lower-case bytes. Edges live in one hash table, since most
 * nodes have one child. */
#include "lint/lint_internal.h"

struct node {
    uint32_t fail;
    uint32_t literal; /* number + 1 that ends here; 0: none */
    uint32_t shorter; /* nearest node on the way of failures where a literal ends; 0: none */
    uint32_t sibling; /* children of one node, for building */
    uint32_t child;
    uint8_t letter;
};

struct edge {
    uint32_t from; /* + 1; 0: free */
    uint32_t to;
    uint8_t letter;
};

struct literal_index {
    struct node *nodes; /* 0 is the root */
    uint32_t node_count;
    struct edge *edges;
    size_t edge_mask;
    uint32_t *same; /* by literal: the literal before with the same text, + 1; 0: none */
};

static size_t edge_slot(const struct literal_index *index, uint32_t from, uint8_t letter)
{
    size_t slot = (size_t)str_hash_mix((uint64_t)from << 8 | letter) & index->edge_mask;
    while (index->edges[slot].from != 0 &&
           (index->edges[slot].from != from + 1 || index->edges[slot].letter != letter)) {
        slot = (slot + 1) & index->edge_mask;
    }
    return slot;
}

/* 0 if there is none: no edge leads to the root. */
static uint32_t follow(const struct literal_index *index, uint32_t from, uint8_t letter)
{
    const struct edge *edge = &index->edges[edge_slot(index, from, letter)];
    return edge->from != 0 ? edge->to : 0;
}

static void add_literal(struct literal_index *index, str literal, uint32_t number)
{
    uint32_t at = 0;
    for (size_t i = 0; i < literal.len; i++) {
        uint8_t letter = (uint8_t)ascii_lower(literal.data[i]);
        size_t slot = edge_slot(index, at, letter);
        if (index->edges[slot].from == 0) {
            uint32_t child = index->node_count++;
            index->edges[slot] = (struct edge){at + 1, child, letter};
            index->nodes[child] = (struct node){.letter = letter, .sibling = index->nodes[at].child};
            index->nodes[at].child = child;
        }
        at = index->edges[slot].to;
    }
    index->same[number] = index->nodes[at].literal;
    index->nodes[at].literal = number + 1;
}

static uint32_t step(const struct literal_index *index, uint32_t at, uint8_t letter)
{
    uint32_t next = follow(index, at, letter);
    while (next == 0 && at != 0) {
        at = index->nodes[at].fail;
        next = follow(index, at, letter);
    }
    return next;
}

/* Breadth first, so that the nodes above are done. */
static void link_failures(struct literal_index *index, uint32_t *queue)
{
    uint32_t head = 0;
    uint32_t tail = 0;
    queue[tail++] = 0;
    while (head < tail) {
        uint32_t parent = queue[head++];
        for (uint32_t child = index->nodes[parent].child; child != 0; child = index->nodes[child].sibling) {
            struct node *node = &index->nodes[child];
            node->fail = parent == 0 ? 0 : step(index, index->nodes[parent].fail, node->letter);
            node->shorter = index->nodes[node->fail].literal ? node->fail : index->nodes[node->fail].shorter;
            queue[tail++] = child;
        }
    }
}

struct literal_index *literal_index_build(struct arena *arena, const str *literals, uint32_t count)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        bytes += literals[i].len;
    }
    size_t slots = 64;
    while (slots < 2 * bytes) {
        slots *= 2;
    }
    struct literal_index *index = arena_new(arena, struct literal_index);
    struct node *nodes = arena_array(arena, struct node, bytes + 1);
    struct edge *edges = arena_array(arena, struct edge, slots);
    uint32_t *same = arena_array(arena, uint32_t, count + 1u);
    uint32_t *queue = arena_array(arena, uint32_t, bytes + 1);
    if (!index || !nodes || !edges || !same || !queue) {
        return NULL;
    }
    *index =
        (struct literal_index){.nodes = nodes, .node_count = 1, .edges = edges, .edge_mask = slots - 1, .same = same};
    for (uint32_t i = 0; i < count; i++) {
        add_literal(index, literals[i], i);
    }
    link_failures(index, queue);
    return index;
}

void literal_index_search(const struct literal_index *index, str text, uint64_t *work,
                          bool (*found)(void *context, uint32_t literal), void *context)
{
    uint32_t at = 0;
    for (size_t i = 0; i < text.len; i++) {
        at = step(index, at, (uint8_t)ascii_lower(text.data[i]));
        for (uint32_t node = index->nodes[at].literal ? at : index->nodes[at].shorter; node != 0;
             node = index->nodes[node].shorter) {
            for (uint32_t literal = index->nodes[node].literal; literal != 0; literal = index->same[literal - 1]) {
                if (*work == 0 || !found(context, literal - 1)) {
                    return;
                }
                (*work)--;
            }
        }
    }
}
