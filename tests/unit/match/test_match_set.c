#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../../support/like_reference.h"
#include "base/civil_time.h"
#include "base/limits.h"
#include "base/memory.h"
#include "match/like.h"
#include "match/match_set.h"
#include "match/needle.h"

static uint64_t random_state = 0x9E3779B97F4A7C15u;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % limit;
}

/* ---- a heap of values -------------------------------------------------------------------------------------------- */

struct heap {
    char *bytes;
    size_t capacity;
    uint32_t offsets[70000];
    uint32_t count;
};

static struct heap heap;

static void heap_clear(void)
{
    heap.count = 0;
    heap.offsets[0] = 0;
}

static void heap_add(str value)
{
    size_t at = heap.offsets[heap.count];
    size_t needed = at + value.len + 1 + MATCH_HEAP_PADDING;
    if (needed > heap.capacity) {
        heap.capacity = needed * 2;
        heap.bytes = realloc(heap.bytes, heap.capacity);
        assert_non_null(heap.bytes);
    }
    memcpy(heap.bytes + at, value.data, value.len);
    heap.bytes[at + value.len] = '\n';
    heap.offsets[++heap.count] = (uint32_t)(at + value.len + 1);
}

static str heap_value(uint32_t i)
{
    return str_from(heap.bytes + heap.offsets[i], heap.offsets[i + 1] - heap.offsets[i] - 1);
}

/* A copy with exactly the padding lets AddressSanitizer see a read behind it; the padding is filled with the literals'
   own bytes, so that a match that runs over the end would show. */
static struct match_heap heap_view(char **ret_copy)
{
    size_t bytes = heap.offsets[heap.count];
    char *copy = malloc(bytes + MATCH_HEAP_PADDING);
    assert_non_null(copy);
    memcpy(copy, heap.bytes, bytes);
    for (size_t i = 0; i < MATCH_HEAP_PADDING; i++) {
        copy[bytes + i] = i < bytes ? heap.bytes[i] : 'a';
    }
    *ret_copy = copy;
    return (struct match_heap){copy, heap.offsets, heap.count};
}

/* ---- what has to be found ---------------------------------------------------------------------------------------- */

/* The value holds the literal, as LIKE or ILIKE sees it. */
static bool holds(str value, const struct match_literal *literal)
{
    char pattern[400];
    assert_true(literal->text.len + 2 < sizeof(pattern));
    pattern[0] = '%';
    memcpy(pattern + 1, literal->text.data, literal->text.len);
    pattern[literal->text.len + 1] = '%';
    return reference_like(str_from(pattern, literal->text.len + 2), value, literal->ignores_case);
}

static bool holds_bytes(str value, const struct match_literal *literal)
{
    for (size_t at = 0; at + literal->text.len <= value.len; at++) {
        str part = str_slice(value, at, at + literal->text.len);
        if (literal->ignores_case ? str_eq_ignore_case(part, literal->text) : str_eq(part, literal->text)) {
            return true;
        }
    }
    return false;
}

static bool is_ascii(str text)
{
    return !text_has_high_byte(text);
}

/* A hit is needed where the literal is held; it is allowed only there, or where bytes cannot tell. */
static void expect_hit(str value, const struct match_literal *literal, bool is_hit, bool is_every)
{
    bool is_exact = literal->text.len <= LIMIT_MATCH_LITERAL_BYTES &&
                    str_find_char(literal->text, '\n', 0) == SIZE_MAX &&
                    (is_ascii(value) || !(literal->ignores_case || is_every)) &&
                    (is_ascii(literal->text) || !literal->ignores_case);
    bool is_held = is_exact ? holds_bytes(value, literal) : holds(value, literal);
    if (is_held ? !is_hit : is_exact && is_hit) {
        fail_msg("'%.*s' in '%.*s' (case %signored): %d", STR_ARG(literal->text), STR_ARG(value),
                 literal->ignores_case ? "" : "not ", is_hit);
    }
}

static const enum match_code codes[] = {MATCH_BEST, MATCH_WITHOUT_PAIRS, MATCH_GRAMS, MATCH_AUTOMATON};

/* Select and hits of all the heap's values, by one of the codes. */
static void check_code(const struct match_literal *literals, uint32_t count, enum match_code code)
{
    struct match_set *set = NULL;
    struct match_scratch *scratch = NULL;
    struct error err = {0};
    match_use_code(code);
    assert_int_equal(match_set_compile(literals, count, &set, &err), TOCSIN_OK);
    assert_int_equal(match_scratch_create(set, &scratch, &err), TOCSIN_OK);
    char *copy;
    struct match_heap view = heap_view(&copy);
    uint64_t bits[(70000 + 63) / 64];
    memset(bits, 0x5A, sizeof(bits));
    assert_int_equal(match_set_select(set, scratch, &view, bits, &err), TOCSIN_OK);
    const struct match_hit *hits = NULL;
    size_t hit_count = 0;
    assert_int_equal(match_set_hits(set, scratch, &view, &hits, &hit_count, &err), TOCSIN_OK);
    size_t at = 0;
    bool *found = calloc(count + 1, sizeof(*found));
    for (uint32_t i = 0; i < heap.count; i++) {
        memset(found, 0, count * sizeof(*found));
        bool any = false;
        bool every = false;
        for (; at < hit_count && hits[at].value == i; at++) {
            any = true;
            if (hits[at].literal == MATCH_EVERY_LITERAL) {
                every = true;
                memset(found, 1, count * sizeof(*found));
                continue;
            }
            assert_true(hits[at].literal < count);
            assert_false(found[hits[at].literal]); /* each once */
            found[hits[at].literal] = true;
        }
        assert_int_equal(bits[i / 64] >> i % 64 & 1, any);
        for (uint32_t j = 0; j < count; j++) {
            if (literals[j].text.len < 390) {
                expect_hit(heap_value(i), &literals[j], found[j], every);
            }
        }
    }
    assert_int_equal(at, hit_count); /* in the order of values */
    for (uint32_t i = heap.count; i % 64 != 0; i++) {
        assert_int_equal(bits[i / 64] >> i % 64 & 1, 0);
    }
    free(found);
    free(copy);
    match_scratch_free(scratch);
    match_set_free(set);
    match_use_code(MATCH_BEST);
}

static void check(const struct match_literal *literals, uint32_t count)
{
    for (size_t i = 0; i < countof(codes); i++) {
        for (int kernel = 0; kernel < (count <= 3 && codes[i] == MATCH_BEST ? 2 : 1); kernel++) {
            needle_use_kernel(kernel == 0 ? NEEDLE_BEST : NEEDLE_PORTABLE);
            check_code(literals, count, codes[i]);
        }
    }
    needle_use_kernel(NEEDLE_BEST);
}

/* ---- known cases ------------------------------------------------------------------------------------------------- */

static void values_of_all_kinds(void)
{
    heap_clear();
    const char *values[] = {"",
                            "a",
                            "docker.sock",
                            "cat /var/run/DOCKER.SOCK",
                            "ocker.sock d",
                            "docker.soc",
                            "k",
                            "\n",
                            "\n\n",
                            "doc\nker.sock",
                            "x\ndocker.sock",
                            "caf\xC3\xA9",
                            "CAF\xC3\x89",
                            "\xE2\x84\xAA"
                            "ubectl",
                            "\xC5\xBF"
                            "ecret",
                            "\xC4\xB0nit",
                            "\xFF\xFE",
                            "sh -c id"};
    for (size_t i = 0; i < countof(values); i++) {
        heap_add(str_from_cstring(values[i]));
    }
    heap_add(str_from("nul\0docker\0sock", 15));
}

static void test_known(void **state)
{
    const struct match_literal literals[] = {
        {STR("docker.sock"), true}, {STR("DOCKER.SOCK"), false},
        {STR("docker"), true},      {STR("docker.sock"), true},
        {STR("kubectl"), true},     {STR("secret"), true},
        {STR("a"), false},          {STR("A"), true},
        {STR("caf\xC3\xA9"), true}, {STR("\xC3\xA9"), true},
        {STR("\xC3\xA9"), false},   {STR("\xFF"), true},
        {STR("init"), true},        {STR("c\nk"), false},
        {STR("\n"), false},         {STR("\xE2\x84\xAA"), true},
        {STR("A"), false},          {STR("k"), true},
        {STR("K"), false},
    };
    values_of_all_kinds();
    check(literals, countof(literals) - 6); /* without those that everything may hold */
    for (uint32_t i = 0; i < countof(literals); i++) {
        check(&literals[i], 1);
        for (uint32_t j = 0; j < countof(literals); j++) {
            struct match_literal pair[] = {literals[i], literals[j], literals[(i + j) % countof(literals)]};
            check(pair, 2);
            check(pair, 3);
        }
    }
    heap_clear();
    check(literals, countof(literals));
    check(literals, 0);
    values_of_all_kinds();
    check(literals, 0);
    check(literals, countof(literals));
}

static void test_nul_is_a_byte(void **state)
{
    const struct match_literal literals[] = {
        {str_from("l\0d", 3), false}, {str_from("\0", 1), false}, {str_from("R\0S", 3), true}, {STR("r\\x00s"), false}};
    values_of_all_kinds();
    check(literals, countof(literals));
}

/* Characters that mean something in regular expressions are themselves. */
static void test_nothing_is_special(void **state)
{
    const struct match_literal literals[] = {{STR(".*"), true},     {STR("a.c"), true},   {STR("[x]"), false},
                                             {STR("a|b"), false},   {STR("\\d"), false},  {STR("^a$"), true},
                                             {STR("(?i)a"), false}, {STR("a{2}"), false}, {STR("%_"), false}};
    heap_clear();
    for (size_t i = 0; i < countof(literals); i++) {
        heap_add(literals[i].text);
    }
    heap_add(STR("abc aac axb 1 aa AxB"));
    for (enum match_code code = MATCH_BEST; code <= MATCH_AUTOMATON; code++) {
        struct match_set *set;
        struct match_scratch *scratch;
        const struct match_hit *hits;
        size_t count;
        struct error err;
        char *copy;
        struct match_heap view = heap_view(&copy);
        match_use_code(code);
        assert_int_equal(match_set_compile(literals, countof(literals), &set, &err), TOCSIN_OK);
        assert_int_equal(match_scratch_create(set, &scratch, &err), TOCSIN_OK);
        assert_int_equal(match_set_hits(set, scratch, &view, &hits, &count, &err), TOCSIN_OK);
        assert_int_equal(count, countof(literals));
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(hits[i].value, i);
            assert_int_equal(hits[i].literal, i);
        }
        match_scratch_free(scratch);
        match_set_free(set);
        free(copy);
    }
    match_use_code(MATCH_BEST);
}

/* ---- limits ------------------------------------------------------------------------------------------------------ */

static void test_long_literals_are_cut(void **state)
{
    char text[300];
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)('a' + i % 23);
    }
    struct match_literal literals[5];
    size_t lengths[] = {31, 32, 33, LIMIT_MATCH_LITERAL_BYTES, 300};
    heap_clear();
    for (size_t i = 0; i < countof(literals); i++) {
        literals[i] = (struct match_literal){str_from(text, lengths[i]), i % 2 == 0};
        heap_add(literals[i].text);
        heap_add(str_from(text, lengths[i] - 1));
    }
    for (uint32_t count = 1; count <= countof(literals); count++) {
        check(literals + countof(literals) - count, count);
    }
}

static void test_too_many_literals(void **state)
{
    struct match_literal *literals = calloc(LIMIT_MATCH_LITERALS + 1, sizeof(*literals));
    char *texts = malloc((LIMIT_MATCH_LITERALS + 1) * (size_t)8);
    assert_true(literals && texts);
    for (uint32_t i = 0; i <= LIMIT_MATCH_LITERALS; i++) {
        int len = snprintf(texts + i * (size_t)8, 8, "x%d", i);
        literals[i].text = str_from(texts + i * (size_t)8, (size_t)len);
    }
    struct match_set *set = NULL;
    struct match_scratch *scratch = NULL;
    struct error err = {0};
    match_use_code(MATCH_AUTOMATON); /* the library would take long */
    assert_int_equal(match_set_compile(literals, LIMIT_MATCH_LITERALS + 1, &set, &err), TOCSIN_ERROR_LIMIT);
    assert_int_equal(match_set_compile(literals, LIMIT_MATCH_LITERALS, &set, &err), TOCSIN_OK);
    match_use_code(MATCH_BEST);
    assert_int_equal(match_scratch_create(set, &scratch, &err), TOCSIN_OK);
    heap_clear();
    heap_add(STR("x32767"));
    char *copy;
    struct match_heap view = heap_view(&copy);
    const struct match_hit *hits;
    size_t count;
    assert_int_equal(match_set_hits(set, scratch, &view, &hits, &count, &err), TOCSIN_OK);
    assert_int_equal(count, 5); /* x3, x32, x327, x3276, x32767 */
    free(copy);
    match_scratch_free(scratch);
    match_set_free(set);
    free(texts);
    free(literals);
}

/* More pairs than are kept: the values behind count as hits for every literal, and memory stays bounded. */
static void test_more_hits_than_are_kept(void **state)
{
    enum { LITERALS = 2000, VALUES = 1200 };
    struct match_literal *literals = calloc(LITERALS, sizeof(*literals));
    for (uint32_t i = 0; i < LITERALS; i++) {
        literals[i] = (struct match_literal){STR("aab"), true};
    }
    literals[LITERALS - 1].text = STR("b");
    heap_clear();
    for (uint32_t i = 0; i < VALUES; i++) {
        heap_add(i % 2 ? STR("aaab") : STR("b"));
    }
    for (size_t i = 0; i < countof(codes); i++) {
        struct match_set *set = NULL;
        struct match_scratch *scratch = NULL;
        struct error err = {0};
        match_use_code(codes[i]);
        assert_int_equal(match_set_compile(literals, LITERALS, &set, &err), TOCSIN_OK);
        assert_int_equal(match_scratch_create(set, &scratch, &err), TOCSIN_OK);
        char *copy;
        struct match_heap view = heap_view(&copy);
        for (int pass = 0; pass < 2; pass++) {
            const struct match_hit *hits;
            size_t count;
            assert_int_equal(match_set_hits(set, scratch, &view, &hits, &count, &err), TOCSIN_OK);
            assert_true(count <= LIMIT_MATCH_HITS + VALUES);
            assert_int_equal(hits[count - 1].literal, MATCH_EVERY_LITERAL);
            assert_int_equal(hits[count - 1].value, VALUES - 1);
            uint32_t last = UINT32_MAX;
            uint32_t seen = 0;
            for (size_t j = 0; j < count; j++) {
                assert_true(last == UINT32_MAX || hits[j].value >= last);
                seen += hits[j].value != last;
                last = hits[j].value;
            }
            assert_int_equal(seen, VALUES); /* none is missing */
        }
        free(copy);
        match_scratch_free(scratch);
        match_set_free(set);
    }
    match_use_code(MATCH_BEST);
    free(literals);
}

/* Values made to match everywhere: the time stays in proportion to the length. */
static void test_floods_stay_linear(void **state)
{
    static char flood[1 << 18];
    memset(flood, 'a', sizeof(flood));
    char text[LIMIT_MATCH_LITERAL_BYTES];
    memset(text, 'A', sizeof(text));
    struct match_literal literals[LIMIT_MATCH_LITERAL_BYTES];
    for (uint32_t i = 0; i < countof(literals); i++) {
        literals[i] = (struct match_literal){str_from(text, i + 1), true};
    }
    heap_clear();
    heap_add(str_from(flood, sizeof(flood)));
    for (size_t i = 0; i < countof(codes); i++) {
        for (uint32_t count = 3; count <= countof(literals); count += countof(literals) - 3) {
            struct match_set *set = NULL;
            struct match_scratch *scratch = NULL;
            struct error err = {0};
            match_use_code(codes[i]);
            assert_int_equal(match_set_compile(literals, count, &set, &err), TOCSIN_OK);
            assert_int_equal(match_scratch_create(set, &scratch, &err), TOCSIN_OK);
            char *copy;
            struct match_heap view = heap_view(&copy);
            const struct match_hit *hits;
            size_t hit_count;
            int64_t started = clock_monotonic_ns();
            assert_int_equal(match_set_hits(set, scratch, &view, &hits, &hit_count, &err), TOCSIN_OK);
            double seconds = (double)(clock_monotonic_ns() - started) / 1e9;
            assert_int_equal(hit_count, heap.count * count);
            /* 64 hits for each of 262,144 bytes, where one costs up to 50 ns; a quadratic search would take minutes. */
            assert_true(seconds < 15);
            free(copy);
            match_scratch_free(scratch);
            match_set_free(set);
        }
    }
    match_use_code(MATCH_BEST);
}

/* ---- random ones ------------------------------------------------------------------------------------------------- */

static size_t random_text(char *text, size_t most, bool is_value)
{
    static const char *const pieces[] = {
        "a",        "b",        "A",    "B",   "k",    "K",      "s",        "S",        "i",        "I",
        "ab",       "ba",       ".",    "\\",  "aaaa", "docker", "\xC3\xA9", "\xC3\x89", "\xC5\xBF", "\xE2\x84\xAA",
        "\xC4\xB1", "\xD0\xBF", "\xFF", "\xC3"};
    size_t len = 0;
    uint32_t count = 1 + random_below(is_value ? 30 : 6);
    uint32_t kinds = random_below(3) == 0 ? countof(pieces) : 16;
    for (uint32_t i = 0; i < count; i++) {
        const char *piece = pieces[random_below(kinds)];
        size_t piece_len = strlen(piece);
        if (len + piece_len > most) {
            break;
        }
        memcpy(text + len, piece, piece_len);
        len += piece_len;
    }
    if (is_value && random_below(10) == 0 && len < most) {
        text[len++] = random_below(2) ? '\n' : '\0';
    }
    return len;
}

static void test_random(void **state)
{
    enum { LITERALS_MAX = 40, VALUES_MAX = 60, ROUNDS = 250 };
    static char texts[LITERALS_MAX][64];
    for (int round = 0; round < ROUNDS; round++) {
        struct match_literal literals[LITERALS_MAX];
        uint32_t count = 1 + random_below(round % 2 ? 3 : LITERALS_MAX);
        for (uint32_t i = 0; i < count; i++) {
            literals[i] = (struct match_literal){str_from(texts[i], random_text(texts[i], sizeof(texts[i]), false)),
                                                 random_below(2) == 0};
        }
        heap_clear();
        uint32_t values = random_below(VALUES_MAX);
        for (uint32_t i = 0; i < values; i++) {
            char value[300];
            heap_add(str_from(value, random_below(8) ? random_text(value, sizeof(value), true) : 0));
        }
        check(literals, count);
    }
}

/* ---- what stands beside a text ----------------------------------------------------------------------------------- */

static size_t random_beside(char *text, size_t most)
{
    size_t len = 0;
    for (uint32_t i = random_below(4); i > 0; i--) {
        static const char *const pieces[] = {"_", "a", "B", "k", "s", "-", "_", "\xC3\xA9", "docker"};
        const char *piece = pieces[random_below(countof(pieces))];
        size_t piece_len = strlen(piece);
        if (len + piece_len < most) {
            memcpy(text + len, piece, piece_len);
            len += piece_len;
        }
    }
    return len;
}

/* The pattern of LIKE that a literal with surroundings is of. */
static const struct like_pattern *pattern_of(struct arena *arena, const struct match_literal *literal)
{
    const str parts[] = {literal->is_first ? STR("") : STR("%"), literal->before, literal->text, literal->behind,
                         literal->is_last ? STR("") : STR("%")};
    char text[300];
    size_t len = 0;
    for (size_t i = 0; i < countof(parts); i++) {
        memcpy(text + len, parts[i].data, parts[i].len);
        len += parts[i].len;
    }
    const struct like_pattern *pattern = like_compile(arena, arena_copy(arena, str_from(text, len)),
                                                      literal->ignores_case);
    assert_non_null(pattern);
    return pattern;
}

static bool is_exact(const struct match_literal *literal)
{
    const str parts[] = {literal->before, literal->text, literal->behind};
    for (size_t i = 0; i < countof(parts); i++) {
        if (text_has_high_byte(parts[i]) || str_find_char(parts[i], '_', 0) != SIZE_MAX ||
            str_find_char(parts[i], '\n', 0) != SIZE_MAX) {
            return false;
        }
    }
    return true;
}

/* Values made of pieces of the literals; a line end in front of the first one, as is asked for. */
static struct match_heap heap_of_pieces(const struct match_literal *literals, uint32_t count, char *bytes,
                                        uint32_t *offsets, uint32_t values)
{
    uint32_t at = 1;
    bytes[0] = '\n';
    for (uint32_t i = 0; i < values; i++) {
        offsets[i] = at;
        for (uint32_t pieces = random_below(4); pieces > 0; pieces--) {
            const struct match_literal *literal = &literals[random_below(count)];
            const str parts[] = {literal->before, literal->text, literal->behind, STR(" "), STR("\xC5\xBF")};
            uint32_t last = random_below(20) ? 3 + random_below(2) : 5;
            for (uint32_t part = random_below(2); part < last; part++) {
                for (size_t j = 0; j < parts[part].len; j++) {
                    char c = parts[part].data[j];
                    bytes[at++] = c == '_' && random_below(8) ? 'x' : random_below(2) ? c : ascii_lower(c);
                }
            }
        }
        bytes[at++] = '\n';
    }
    offsets[values] = at;
    memset(bytes + at, 0, MATCH_HEAP_PADDING);
    return (struct match_heap){bytes, offsets, values};
}

static void check_surroundings(const struct match_literal *literals, uint32_t count, const struct match_heap *view,
                               const struct match_heap *sample)
{
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct match_set *set = NULL;
    struct match_scratch *scratch = NULL;
    struct error err = {0};
    const struct match_hit *hits;
    size_t hit_count;
    static uint64_t bits[10];
    assert_int_equal(match_set_compile_like(literals, count, sample, &set, &err), TOCSIN_OK);
    assert_int_equal(match_scratch_create(set, &scratch, &err), TOCSIN_OK);
    assert_int_equal(match_set_hits(set, scratch, view, &hits, &hit_count, &err), TOCSIN_OK);
    static bool is_hit[500];
    for (uint32_t i = 0, at = 0; i < view->count; i++) {
        memset(is_hit, 0, sizeof(is_hit));
        bool is_every = false;
        for (; at < hit_count && hits[at].value == i; at++) {
            if (hits[at].literal == MATCH_EVERY_LITERAL) {
                is_every = true;
            } else {
                is_hit[hits[at].literal] = true;
            }
        }
        str value = str_from(view->bytes + view->offsets[i], view->offsets[i + 1] - view->offsets[i] - 1);
        for (uint32_t j = 0; j < count; j++) {
            bool matches = like_matches(pattern_of(&arena, &literals[j]), value);
            if (matches && !is_hit[j] && !is_every) {
                fail_msg("%s: '%.*s' '%.*s' '%.*s' is not found in '%.*s'", match_set_code(set),
                         STR_ARG(literals[j].before), STR_ARG(literals[j].text), STR_ARG(literals[j].behind),
                         STR_ARG(value));
            }
            bool must_be_exact = strcmp(match_set_code(set), "grams") == 0 && is_exact(&literals[j]) &&
                                 !text_has_high_byte(value);
            if (must_be_exact && is_hit[j] && !matches) {
                fail_msg("'%.*s' '%.*s' '%.*s' is found in '%.*s'", STR_ARG(literals[j].before),
                         STR_ARG(literals[j].text), STR_ARG(literals[j].behind), STR_ARG(value));
            }
        }
        arena_clear(&arena);
    }
    assert_int_equal(match_set_select(set, scratch, view, bits, &err), TOCSIN_OK);
    for (size_t i = 0; i < hit_count; i++) {
        assert_true(bits[hits[i].value / 64] >> hits[i].value % 64 & 1);
    }
    match_scratch_free(scratch);
    match_set_free(set);
    arena_release(&arena);
}

static void test_surroundings(void **state)
{
    enum { LITERALS_MAX = 300, VALUES_MAX = 200, ROUNDS = 40 };
    static char texts[LITERALS_MAX][3][40];
    static char bytes[200000];
    static uint32_t offsets[VALUES_MAX + 1];
    static struct match_literal literals[LITERALS_MAX];
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t count = 1 + random_below(round % 4 ? 20 : LITERALS_MAX);
        for (uint32_t i = 0; i < count; i++) {
            char(*text)[40] = texts[i];
            size_t len;
            do {
                len = random_text(text[1], sizeof(text[1]) - 6, false);
            } while (len == 0 || memchr(text[1], '_', len) || memchr(text[1], '%', len));
            for (uint32_t j = random_below(2) ? 6 : 0; j > 0; j--) {
                text[1][len++] = (char)('a' + random_below(26));
            }
            literals[i] = (struct match_literal){
                .text = str_from(text[1], len),
                .ignores_case = random_below(2),
                .before = str_from(text[0], random_beside(text[0], sizeof(text[0]))),
                .behind = str_from(text[2], random_beside(text[2], sizeof(text[2]))),
                .is_first = random_below(4) == 0,
                .is_last = random_below(4) == 0,
            };
        }
        struct match_heap view = heap_of_pieces(literals, count, bytes, offsets, VALUES_MAX);
        for (enum match_code code = MATCH_BEST; code <= MATCH_AUTOMATON; code++) {
            match_use_code(code);
            check_surroundings(literals, count, &view, round % 2 ? &view : NULL);
        }
    }
    match_use_code(MATCH_BEST);
}

/* A part of a heap: the first value need not begin at 0. */
static void test_part_of_a_heap(void **state)
{
    const struct match_literal literals[] = {
        {STR("x"), false}, {STR("one"), true}, {STR("two"), true}, {STR("k"), true}, {STR("\xC3\xA9"), true}};
    heap_clear();
    heap_add(STR("one two x"));
    heap_add(STR("ONE"));
    heap_add(STR("nothing"));
    heap_add(STR("x two \xE2\x84\xAA"));
    char *copy;
    struct match_heap view = heap_view(&copy);
    view.offsets++;
    view.count -= 2;
    for (enum match_code code = MATCH_BEST; code <= MATCH_AUTOMATON; code++) {
        for (uint32_t count = 3; count <= 5; count++) {
            struct match_set *set;
            struct match_scratch *scratch;
            const struct match_hit *hits;
            size_t hit_count;
            uint64_t bits;
            struct error err;
            match_use_code(code);
            assert_int_equal(match_set_compile(literals, count, &set, &err), TOCSIN_OK);
            assert_int_equal(match_scratch_create(set, &scratch, &err), TOCSIN_OK);
            assert_int_equal(match_set_hits(set, scratch, &view, &hits, &hit_count, &err), TOCSIN_OK);
            assert_int_equal(hit_count, 1);
            assert_int_equal(hits[0].value, 0);
            assert_int_equal(hits[0].literal, 1);
            assert_int_equal(match_set_select(set, scratch, &view, &bits, &err), TOCSIN_OK);
            assert_int_equal(bits, 1);
            match_scratch_free(scratch);
            match_set_free(set);
        }
    }
    match_use_code(MATCH_BEST);
    free(copy);
}

/* Every allocation of ours may fail. */
static void test_memory_out(void **state)
{
    struct match_literal literals[8];
    static const char *const texts[] = {"one", "two", "three", "four", "f", "\xC3\xA9", "seven", "eight"};
    values_of_all_kinds();
    for (size_t i = 0; i < countof(texts); i++) {
        literals[i] = (struct match_literal){str_from_cstring(texts[i]), true};
    }
    char *copy;
    struct match_heap view = heap_view(&copy);
    for (enum match_code code = MATCH_BEST; code <= MATCH_AUTOMATON; code++) {
        match_use_code(code);
        for (uint32_t count = 3; count <= 8; count += 5) {
            for (uint64_t fail_at = 1, has_failed = 1; has_failed; fail_at++) {
                struct match_set *set = NULL;
                struct match_scratch *scratch = NULL;
                const struct match_hit *hits;
                size_t hit_count;
                struct error err = {0};
                memory_fail_at(fail_at, 0);
                uint64_t before = memory_statistics_get().allocation_count;
                tocsin_status status = match_set_compile(literals, count, &set, &err);
                status = status == TOCSIN_OK ? match_scratch_create(set, &scratch, &err) : status;
                status = status == TOCSIN_OK ? match_set_hits(set, scratch, &view, &hits, &hit_count, &err) : status;
                has_failed = memory_statistics_get().allocation_count - before >= fail_at;
                memory_fail_at(0, 0);
                assert_true(status == TOCSIN_OK || status == TOCSIN_ERROR_MEMORY);
                assert_true(has_failed || status == TOCSIN_OK);
                match_scratch_free(scratch);
                match_set_free(set);
            }
        }
    }
    match_use_code(MATCH_BEST);
    free(copy);
}

static int release(void **state)
{
    free(heap.bytes);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_nul_is_a_byte),
        cmocka_unit_test(test_nothing_is_special),
        cmocka_unit_test(test_long_literals_are_cut),
        cmocka_unit_test(test_too_many_literals),
        cmocka_unit_test(test_more_hits_than_are_kept),
        cmocka_unit_test(test_floods_stay_linear),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_surroundings),
        cmocka_unit_test(test_part_of_a_heap),
        cmocka_unit_test(test_memory_out),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
