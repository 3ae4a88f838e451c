/* match_automaton.c - many literals by an automaton after Aho and Corasick, for where the library is not. Case is
 * folded for all of them; where one does not ignore it, the text is compared. Most of a text lies where no literal
 * begins: there a bitmap of first pairs of bytes is asked and nothing else. Time: a step or two for each byte, and one
 * for each literal that ends there. */
#include "base/memory.h"
#include "match/match_internal.h"

/* States are texts that entries begin with; 0 is the empty one. */
struct state {
    uint32_t child; /* while it is built: the first; siblings hang behind */
    uint32_t sibling;
    uint32_t fail;   /* the longest other state that this one ends with */
    uint32_t output; /* 1 + an entry that is this text; more of them in next_entry */
    uint32_t suffix; /* the longest state this one ends with that has an output; 0: none */
    uint8_t byte;    /* the last one */
};

struct edge {
    uint32_t key; /* 1 + (state << 8 | byte); 0: free */
    uint32_t state;
};

struct match_automaton {
    const struct match_entry *entries;
    uint32_t first;
    struct state *states;
    uint32_t state_count;
    uint32_t *next_entry; /* of entries from `first` on: 1 + another of the same text, or 0 */
    struct edge *edges;
    uint32_t edge_mask;
    uint32_t root[256];
    uint8_t lower[256];
    uint64_t begins[65536 / 64]; /* pairs of bytes, folded, with which an entry begins */
};

static inline uint32_t edge_slot(uint32_t key, uint32_t mask)
{
    return (uint32_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & mask;
}

static inline uint32_t edge_find(const struct match_automaton *automaton, uint32_t state, uint8_t byte)
{
    uint32_t key = (state << 8 | byte) + 1;
    for (uint32_t slot = edge_slot(key, automaton->edge_mask);; slot = (slot + 1) & automaton->edge_mask) {
        const struct edge *edge = &automaton->edges[slot];
        if (edge->key == key) {
            return edge->state;
        }
        if (edge->key == 0) {
            return 0;
        }
    }
}

static uint32_t add_state(struct match_automaton *automaton, uint32_t parent, uint8_t byte)
{
    uint32_t state = automaton->state_count++;
    struct state *states = automaton->states;
    states[state] = (struct state){.byte = byte, .sibling = states[parent].child};
    states[parent].child = state;
    if (parent == 0) {
        automaton->root[byte] = state;
    }
    uint32_t key = (parent << 8 | byte) + 1;
    uint32_t slot = edge_slot(key, automaton->edge_mask);
    while (automaton->edges[slot].key != 0) {
        slot = (slot + 1) & automaton->edge_mask;
    }
    automaton->edges[slot] = (struct edge){key, state};
    return state;
}

static void add_entry(struct match_automaton *automaton, uint32_t index)
{
    const struct match_entry *entry = &automaton->entries[index];
    uint32_t state = 0;
    for (uint32_t i = 0; i < entry->len; i++) {
        uint8_t byte = automaton->lower[entry->bytes[i]];
        uint32_t next = edge_find(automaton, state, byte);
        state = next ? next : add_state(automaton, state, byte);
    }
    automaton->next_entry[index - automaton->first] = automaton->states[state].output;
    automaton->states[state].output = index + 1;
    uint32_t pair = (uint32_t)automaton->lower[entry->bytes[0]] << 8 | automaton->lower[entry->bytes[1]];
    automaton->begins[pair / 64] |= UINT64_C(1) << pair % 64;
}

static inline uint32_t step(const struct match_automaton *automaton, uint32_t state, uint8_t byte)
{
    while (state) {
        uint32_t next = edge_find(automaton, state, byte);
        if (next) {
            return next;
        }
        state = automaton->states[state].fail;
    }
    return automaton->root[byte];
}

/* States in the order of their lengths, by way of a queue. */
static bool connect(struct match_automaton *automaton)
{
    struct state *states = automaton->states;
    uint32_t *queue = memory_allocate_zeroed(automaton->state_count, sizeof(*queue));
    if (!queue) {
        return false;
    }
    uint32_t tail = 1; /* queue[0] is the root */
    for (uint32_t head = 0; head < tail; head++) {
        uint32_t parent = queue[head];
        for (uint32_t child = states[parent].child; child; child = states[child].sibling) {
            states[child].fail = parent ? step(automaton, states[parent].fail, states[child].byte) : 0;
            const struct state *fail = &states[states[child].fail];
            states[child].suffix = fail->output ? states[child].fail : fail->suffix;
            queue[tail++] = child;
        }
    }
    memory_free(queue);
    return true;
}

struct match_automaton *match_automaton_compile(const struct match_entry *entries, uint32_t first, uint32_t count)
{
    struct match_automaton *automaton = memory_allocate_zeroed(1, sizeof(*automaton));
    if (!automaton) {
        return NULL;
    }
    size_t states_max = 1;
    for (uint32_t i = first; i < first + count; i++) {
        states_max += entries[i].len;
    }
    size_t edge_count = 64;
    while (edge_count < states_max * 2) {
        edge_count *= 2;
    }
    automaton->entries = entries;
    automaton->first = first;
    automaton->state_count = 1;
    automaton->edge_mask = (uint32_t)(edge_count - 1);
    automaton->states = memory_allocate_zeroed(states_max, sizeof(*automaton->states));
    automaton->edges = memory_allocate_zeroed(edge_count, sizeof(*automaton->edges));
    automaton->next_entry = memory_allocate_zeroed(count, sizeof(*automaton->next_entry));
    for (int byte = 0; byte < 256; byte++) {
        automaton->lower[byte] = (uint8_t)ascii_lower((char)byte);
    }
    bool is_good = automaton->states && automaton->edges && automaton->next_entry;
    for (uint32_t i = first; is_good && i < first + count; i++) {
        add_entry(automaton, i);
    }
    if (!is_good || !connect(automaton)) {
        match_automaton_free(automaton);
        return NULL;
    }
    return automaton;
}

void match_automaton_free(struct match_automaton *automaton)
{
    if (automaton) {
        memory_free(automaton->states);
        memory_free(automaton->edges);
        memory_free(automaton->next_entry);
        memory_free(automaton);
    }
}

/* The entries that end with the byte in front of `end`; true if there was one. */
static bool take_outputs(const struct match_automaton *automaton, uint32_t state, uint32_t end, struct match_sink *sink)
{
    bool is_hit = false;
    const struct state *states = automaton->states;
    for (state = states[state].output ? state : states[state].suffix; state; state = states[state].suffix) {
        for (uint32_t next = states[state].output; next; next = automaton->next_entry[next - 1 - automaton->first]) {
            const struct match_entry *entry = &automaton->entries[next - 1];
            if (entry->ignores_case || match_entry_is_at(entry, sink->heap->bytes + end - entry->len)) {
                match_sink_add(sink, next - 1, match_sink_value(sink, end - 1));
                is_hit = true;
            }
        }
    }
    return is_hit;
}

void match_automaton_scan(const struct match_automaton *automaton, struct match_sink *sink)
{
    const uint8_t *bytes = (const uint8_t *)sink->heap->bytes;
    const uint8_t *lower = automaton->lower;
    uint32_t end = sink->heap->offsets[sink->heap->count];
    uint32_t state = 0;
    for (uint32_t i = sink->heap->offsets[0]; i < end; i++) {
        while (state == 0 && i + 1 < end) {
            uint32_t pair = (uint32_t)lower[bytes[i]] << 8 | lower[bytes[i + 1]];
            if (automaton->begins[pair / 64] >> pair % 64 & 1) {
                break;
            }
            i++;
        }
        state = step(automaton, state, lower[bytes[i]]);
        if ((automaton->states[state].output || automaton->states[state].suffix) &&
            take_outputs(automaton, state, i + 1, sink) && sink->bits) {
            i = sink->heap->offsets[sink->value + 1] - 1; /* the rest of the value says nothing new */
            state = 0;
        }
    }
}
