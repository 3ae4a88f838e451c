/* format/kubernetes_shape.h
 * What comes again from line to line of compact Kubernetes audit JSON: the text between the values. A log's lines have
 * few shapes, and most of their bytes are keys and brackets; where those stood in an earlier line, they are compared as
 * a run, and only the values are looked at.
 *
 * A graph: a node is a place behind a value, known by the containers around it and the key of that value; an edge is
 * the text from there to the next value, checked as JSON when it was met first, with what it means for the event. As
 * the containers around a node are known, text that was right there once is right there always.
 *
 * Memory: one block of a fixed size. When it is full, nothing is learned until enough lines did not fit it; then it
 * begins anew. Where most lines fit nothing, it stands aside for a while. Threads: one.
 */
#ifndef FORMAT_KUBERNETES_SHAPE_H
#define FORMAT_KUBERNETES_SHAPE_H

#include "format/kubernetes_event.h"

enum {
    SHAPE_NODES_MAX = 1024,
    SHAPE_EDGES_MAX = 2048,
    SHAPE_CONTEXTS_MAX = 256,
    SHAPE_OPS_MAX = 4096,
    SHAPE_STEP = 32,               /* bytes compared at once; texts are zero-padded to it */
    SHAPE_TEXT_BYTES = 128 * 1024, /* of all edges */
    SHAPE_LITERAL_BYTES_MAX = 512, /* of one edge */
    SHAPE_NODE_EDGES_MAX = 12,
    SHAPE_FOLDED_EDGES_MAX = 6,                         /* beyond, values are not made part of the text */
    SHAPE_FOLDED_BYTES_MAX = 40,                        /* of such a value */
    SHAPE_AHEAD = SHAPE_LITERAL_BYTES_MAX + SHAPE_STEP, /* the longest, and the next step */
    SHAPE_EDGE_OPS_MAX = 16,
    SHAPE_DEPTH_MAX = 4,           /* of containers that no rule goes into */
    SHAPE_WINDOW_LINES = 1024,     /* after so many, what became of them decides: */
    SHAPE_WINDOW_MISSES_MAX = 512, /* more that did not fit: aside */
    SHAPE_WINDOW_MISSES_FULL = 64, /* more, and no room for them: anew */
    SHAPE_PAUSE_LINES = 16 * SHAPE_WINDOW_LINES,
    SHAPE_NO_VALUE = KUBE_VALUE_COUNT,
    SHAPE_NO_RULES = KUBE_RULES_COUNT,
};

/* The containers around a place: what the innermost one is to the rules, and where it stands. */
struct shape_context {
    uint16_t parent;
    bool is_object;
    uint8_t rules;       /* SHAPE_NO_RULES: none apply */
    uint8_t value;       /* it is this value as a whole, or SHAPE_NO_VALUE */
    uint8_t rules_depth; /* of objects that rules went into */
    uint8_t depth;       /* of containers inside of those */
    uint32_t key;        /* hash of its key: only there to tell places apart */
};

enum shape_place { SHAPE_AT_BEGIN, SHAPE_AT_QUOTE, SHAPE_BEHIND_VALUE };

struct shape_node {
    struct shape_edge *edges; /* one behind the other */
    struct shape_edge *guess; /* that which fitted last; NULL at first */
    uint16_t context;
    uint8_t place;
    uint8_t edge_count;
    uint32_t key;
};

enum shape_op_kind { SHAPE_SET, SHAPE_OPEN, SHAPE_CLOSE };

/* What the bytes of an edge say about a value. */
struct shape_op {
    uint8_t kind;
    uint8_t value;
    uint8_t json_kind;
    uint16_t offset; /* where it begins (set, open) or ends (close) */
    uint16_t length;
};

enum shape_next { SHAPE_STRING, SHAPE_NUMBER, SHAPE_CONTAINER, SHAPE_LINE_END };

struct shape_edge {
    const char *text;
    struct shape_node *target;
    const struct shape_op *ops;
    struct shape_edge *sibling;
    uint32_t last_bits;   /* one for each byte of the last step that counts */
    uint16_t whole_bytes; /* of the steps in front of the last one */
    uint16_t length;
    uint8_t op_count;
    uint8_t next;  /* what follows */
    uint8_t value; /* which that is, or SHAPE_NO_VALUE */
};

struct kube_shapes {
    uint32_t node_count;
    uint32_t edge_count;
    uint32_t context_count;
    uint32_t op_count;
    uint32_t text_bytes;
    bool is_full;
    uint32_t window_lines;
    uint32_t window_misses;
    uint32_t pause_lines;
    struct shape_node nodes[SHAPE_NODES_MAX]; /* the first one stands in front of a line */
    struct shape_edge edges[SHAPE_EDGES_MAX];
    struct shape_context contexts[SHAPE_CONTEXTS_MAX]; /* the first one: outside of all; the second: the event */
    struct shape_op ops[SHAPE_OPS_MAX];
    char texts[SHAPE_TEXT_BYTES];
};

void kube_shapes_reset(struct kube_shapes *shapes);
/* Whether the next line is to be tried. */
bool kube_shapes_wanted(struct kube_shapes *shapes);
/* What became of it. */
void kube_shapes_note(struct kube_shapes *shapes, bool is_fit);
/* Adds the edge for the text at `at` to a node that has none for it: gives it, or NULL where the text is not compact
 * JSON, is something for the other walks, or there is no room. end[-1] is a line end. */
struct shape_edge *kube_shapes_learn(struct kube_shapes *shapes, const struct kube_rule_index *rules,
                                     struct shape_node *node, const char *at, const char *end);

#endif
