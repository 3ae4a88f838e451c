#include "execute/literal_gate.h"

#include "plan/literals.h"

/* Each literal is known by four of its bytes, those that are seen least; one of three bytes by all of them. Bytes are
   folded by setting the bit that parts small letters from capitals: what differs in it only is taken for the same,
   which admits more and never less. */
enum { QUAD_BITS = 12, LITERALS_MAX = 64 };

struct literal_gate {
    bool has_quads;
    bool has_triples;
    uint64_t quads[(1u << QUAD_BITS) / 64];
    uint64_t triples[(1u << QUAD_BITS) / 64];
};

static const uint32_t fold = 0x20202020u;

static uint32_t load(const char *bytes)
{
    uint32_t four;
    memcpy(&four, bytes, sizeof(four));
    return four | fold;
}

static uint32_t load_three(const char *bytes)
{
    unsigned char three[4] = {(unsigned char)bytes[0], (unsigned char)bytes[1], (unsigned char)bytes[2], 0};
    uint32_t number;
    memcpy(&number, three, sizeof(number));
    return number | fold;
}

static uint32_t place_of(uint32_t bytes)
{
    return (bytes * 0x9E3779B1u) >> (32 - QUAD_BITS);
}

static bool has(const uint64_t *bits, uint32_t place)
{
    return bits[place / 64] >> place % 64 & 1;
}

static void set(uint64_t *bits, uint32_t place)
{
    bits[place / 64] |= UINT64_C(1) << place % 64;
}

/* How seldom a byte is met in paths, names and commands. */
static unsigned rarity(char c)
{
    return strchr("/.-_ =:etaoinsr", ascii_lower(c)) ? 0 : ascii_is_alpha(c) ? 2 : 1;
}

static size_t rarest_four(str text)
{
    size_t best = 0;
    unsigned best_rarity = 0;
    for (size_t at = 0; at + 4 <= text.len; at++) {
        unsigned sum = 0;
        for (size_t i = at; i < at + 4; i++) {
            sum += text.data[i] == '\0' ? 0 : rarity(text.data[i]);
        }
        if (sum > best_rarity) {
            best = at;
            best_rarity = sum;
        }
    }
    return best;
}

static bool add(struct literal_gate *gate, str literal)
{
    if (literal.len < 3) {
        return false;
    }
    if (literal.len == 3) {
        gate->has_triples = true;
        set(gate->triples, place_of(load_three(literal.data)));
    } else {
        gate->has_quads = true;
        set(gate->quads, place_of(load(literal.data + rarest_four(literal))));
    }
    return true;
}

tocsin_status literal_gate_create(struct arena *arena, const struct expression *test,
                                  const struct literal_gate **ret_gate, struct error *err)
{
    struct arena scratch;
    struct literal *literals = NULL;
    uint32_t count = 0;
    struct literal_gate *gate = NULL;
    arena_init(&scratch, ARENA_NO_LIMIT);
    tocsin_status status = TOCSIN_OK;
    if (test->operands[0]->kind == EXPRESSION_FIELD) { /* else literals are those of the field, not of the value */
        status = expression_literals(test, &scratch, &literals, &count, err);
    }
    if (status == TOCSIN_OK && count > 0 && count <= LITERALS_MAX) {
        gate = arena_new(arena, struct literal_gate);
        status = gate ? TOCSIN_OK : error_memory(err);
    }
    for (uint32_t i = 0; gate && i < count; i++) {
        if (!add(gate, literals[i].text)) {
            gate = NULL;
        }
    }
    arena_release(&scratch);
    if (status == TOCSIN_OK) {
        *ret_gate = gate;
    }
    return status;
}

/* Whether the value has bytes outside ASCII: where case is ignored, it may match without a literal. */
static bool is_ascii(str value)
{
    unsigned all = 0;
    for (size_t i = 0; i < value.len; i++) {
        all |= (unsigned char)value.data[i];
    }
    return all < 128;
}

bool literal_gate_admits(const struct literal_gate *gate, str value)
{
    for (size_t i = 0; gate->has_quads && i + 4 <= value.len; i++) {
        if (has(gate->quads, place_of(load(value.data + i)))) {
            return true;
        }
    }
    for (size_t i = 0; gate->has_triples && i + 3 <= value.len; i++) {
        if (has(gate->triples, place_of(load_three(value.data + i)))) {
            return true;
        }
    }
    return !is_ascii(value);
}
