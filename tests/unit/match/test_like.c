#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdio.h>
#include <stdlib.h>

#include "../../support/like_reference.h"
#include "base/civil_time.h"
#include "base/memory.h"
#include "match/like.h"
#include "match/needle.h"

static struct arena arena;

static uint64_t random_state = 0x2545F4914F6CDD1Du;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % limit;
}

/* An exact-size copy lets AddressSanitizer see a read one byte outside. */
static str exact_copy(str s)
{
    char *data = malloc(s.len ? s.len : 1);
    memcpy(data, s.data, s.len);
    return str_from(data, s.len);
}

static bool matches(const char *pattern, const char *value, bool ignores_case)
{
    arena_clear(&arena);
    const struct like_pattern *compiled = like_compile(&arena, str_from_cstring(pattern), ignores_case);
    assert_non_null(compiled);
    str copy = exact_copy(str_from_cstring(value));
    bool result = like_matches(compiled, copy);
    uint16_t row = 0;
    assert_int_equal(like_select(compiled, &copy, &row, 1, &row), result);
    free((char *)copy.data);
    return result;
}

static bool like(const char *pattern, const char *value)
{
    return matches(pattern, value, false);
}

static bool ilike(const char *pattern, const char *value)
{
    return matches(pattern, value, true);
}

static void wildcards_match_whole_values(void **state)
{
    assert_true(like("Jo_", "Joe"));
    assert_false(like("Jo_", "Jo"));
    assert_false(like("Jo_", "Joes"));
    assert_true(like("", ""));
    assert_false(like("", "a"));
    assert_true(like("%", ""));
    assert_true(like("%%", "anything\nat all"));
    assert_false(like("_", ""));
    assert_true(like("_%", "a"));
    assert_false(like("_%_", "a"));
    assert_true(like("a%c", "ac"));
    assert_true(like("a%c", "abbc"));
    assert_false(like("a%c", "abcd"));
    assert_false(like("aba%aba", "ababa"));
    assert_false(like("ab%ba", "aba"));
    assert_true(like("%a%b%c%", "1a2b3c4"));
    assert_false(like("%a%b%c%", "cba"));
    assert_true(like("C:\\Windows\\%", "C:\\Windows\\System32"));
    assert_true(like("%(bad%", "login FAILED (bad pw)"));
    assert_true(like("%a_b%", "GET /aXb"));
    assert_true(like("a_b", "a\nb"));
    assert_true(like("%.sock", "/var/run/docker.sock"));
    assert_false(like("b_b", "Bob"));
    assert_true(ilike("b_b", "Bob"));
    assert_true(ilike("BOB", "bob"));
    assert_false(like("BOB", "bob"));
    assert_false(ilike("%[%", "{"));
    assert_false(ilike("@", "`"));
}

static void characters_are_code_points(void **state)
{
    assert_true(like("_", "\xC3\xA9"));
    assert_true(like("_", "\xF0\x9F\x98\x80"));
    assert_true(like("_", "\xFF")); /* an ill-formed part is one character */
    assert_true(like("__", "\xFF\xFE"));
    assert_true(like("_", "\xE2\x84"));
    assert_false(like("%\xE2\x84%", "\xE2\x84\xAA")); /* and not a part of a good one */
    assert_true(like("%\xE2\x84%", "x\xE2\x84y"));
    assert_true(like("\xFF%", "\xFFz"));
    assert_true(like("%_\xA9", "a\xA9"));
    assert_false(like("%_\xA9", "\xC3\xA9"));
    assert_true(like("%_", "\x80\x80\x80\x80\x80"));
    assert_true(like("_____", "\x80\x80\x80\x80\x80"));
    assert_true(like("%_____", "\x80\x80\x80\x80\x80"));
    assert_false(like("%______", "\x80\x80\x80\x80\x80"));
}

static void letters_outside_ascii_fold(void **state)
{
    assert_true(ilike("%\xC3\x84RGER%", "kein \xC3\xA4rger hier"));      /* Ä ä */
    assert_true(ilike("\xD0\x9F\xD0\xA0%", "\xD0\xBF\xD1\x80\xD0\xB8")); /* Cyrillic */
    assert_true(ilike("%\xCE\xA3%", "\xCF\x82"));                        /* capital and final sigma */
    assert_false(like("%\xC3\x84%", "\xC3\xA4"));
    assert_true(ilike("%kubectl%", "run \xE2\x84\xAAubectl now")); /* Kelvin sign */
    assert_true(ilike("%secret%", "get \xC5\xBF"
                                  "ecret")); /* long s */
    assert_true(ilike("%\xE2\x84\xAA%", "K"));
    assert_true(ilike("\xC5\xBF", "S"));
    assert_true(ilike("s%k", "\xC5\xBF---\xE2\x84\xAA"));
    assert_true(ilike("_ks", "x\xE2\x84\xAA\xC5\xBF"));
    assert_false(like("%kubectl%", "run \xE2\x84\xAAubectl now"));
    assert_false(ilike("%kubectl%", "caf\xC3\xA9 kubect"));
    assert_true(ilike("\xC3\x9F", "\xE1\xBA\x9E")); /* sharp s, small and capital */
    assert_false(ilike("ss", "\xC3\x9F"));          /* no full folding */
}

static const enum needle_kernel kernels[] = {NEEDLE_BEST, NEEDLE_SSE2, NEEDLE_PORTABLE};

static void long_values_are_searched_to_their_ends(void **state)
{
    static const char *const needles[] = {"x", "xy", "kubectl", "serviceaccount-token",
                                          "abcdefghijklmnopqrstuvwxyz0123456789-_"};
    char text[200];
    for (size_t k = 0; k < countof(kernels); k++) {
        needle_use_kernel(kernels[k]);
        for (size_t n = 0; n < countof(needles); n++) {
            str literal = str_from_cstring(needles[n]);
            arena_clear(&arena);
            struct needle needle;
            assert_true(needle_compile(&arena, literal, true, &needle));
            for (size_t len = 0; len <= 180; len += len < 90 ? 1 : 9) {
                for (size_t at = 0; at + literal.len <= len; at++) {
                    memset(text, '.', sizeof(text));
                    memcpy(text + at, literal.data, literal.len);
                    str value = exact_copy(str_from(text, len));
                    assert_int_equal(needle_find(&needle, value, 0), at);
                    assert_int_equal(needle_find(&needle, value, at), at);
                    assert_int_equal(needle_find(&needle, value, at + 1), SIZE_MAX);
                    assert_int_equal(needle_find(&needle, str_slice(value, 0, at + literal.len - 1), 0), SIZE_MAX);
                    free((char *)value.data);
                }
                str none = exact_copy(str_from(memset(text, literal.data[0], sizeof(text)), len));
                if (literal.len > 1) {
                    assert_int_equal(needle_find(&needle, none, 0), SIZE_MAX);
                }
                free((char *)none.data);
            }
        }
    }
    needle_use_kernel(NEEDLE_BEST);
}

/* A PCRE2 pattern that says the same as the LIKE pattern; all characters are in its alphabet. */
static pcre2_code *pcre2_from_like(str pattern, bool ignores_case)
{
    char text[1024] = "\\A";
    size_t len = 2;
    for (size_t at = 0; at < pattern.len;) {
        uint32_t code_point;
        at += utf8_decode(str_skip(pattern, at), &code_point);
        if (code_point == '%') {
            len += (size_t)snprintf(text + len, sizeof(text) - len, ".*");
        } else if (code_point == '_') {
            len += (size_t)snprintf(text + len, sizeof(text) - len, ".");
        } else {
            len += (size_t)snprintf(text + len, sizeof(text) - len, "\\x{%x}", code_point);
        }
    }
    len += (size_t)snprintf(text + len, sizeof(text) - len, "\\z");
    int number;
    PCRE2_SIZE offset;
    uint32_t flags = PCRE2_UTF | PCRE2_DOTALL | (ignores_case ? PCRE2_CASELESS : 0);
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text, len, flags, &number, &offset, NULL);
    assert_non_null(code);
    assert_int_equal(pcre2_jit_compile(code, PCRE2_JIT_COMPLETE), 0);
    return code;
}

static const char *const alphabet[] = {"a",        "b",
                                       "k",        "s",
                                       "K",        "S",
                                       "A",        "-",
                                       " ",        "\xC3\xA9",
                                       "\xC3\x89", "\xE2\x84\xAA",
                                       "\xC5\xBF", "\xF0\x9F\x98\x80",
                                       "\xCE\xA3", "\xCF\x82",
                                       "\n"};

static str random_text(char *target, size_t count_max, uint32_t alphabet_size, bool with_wildcards)
{
    size_t len = 0;
    for (size_t i = random_below((uint32_t)count_max + 1); i > 0; i--) {
        uint32_t choice = with_wildcards ? random_below(8) : 9;
        const char *piece = choice < 2 ? "%" : choice < 3 ? "_" : alphabet[random_below(alphabet_size)];
        size_t bytes = strlen(piece);
        memcpy(target + len, piece, bytes);
        len += bytes;
    }
    return str_from(target, len);
}

static void random_pairs_agree_with_pcre2(void **state)
{
    pcre2_match_data *match_data = pcre2_match_data_create(1, NULL);
    unsigned hits = 0;
    for (int round = 0; round < 6000; round++) {
        char pattern_text[128];
        bool ignores_case = round % 2;
        uint32_t alphabet_size = round % 3 == 0 ? 3 : round % 3 == 1 ? 8 : countof(alphabet);
        str pattern = random_text(pattern_text, 12, alphabet_size, true);
        arena_clear(&arena);
        const struct like_pattern *compiled = like_compile(&arena, pattern, ignores_case);
        pcre2_code *code = pcre2_from_like(pattern, ignores_case);
        needle_use_kernel(kernels[(size_t)round % countof(kernels)]);
        for (int i = 0; i < 20; i++) {
            char value_text[400];
            str value = exact_copy(random_text(value_text, i % 4 ? 12 : 90, alphabet_size, false));
            int expected = pcre2_match(code, (PCRE2_SPTR)value.data, value.len, 0, 0, match_data, NULL);
            bool is_hit = like_matches(compiled, value);
            if (is_hit != (expected > 0)) {
                fail_msg("'%.*s' %s '%.*s': %d", STR_ARG(value), ignores_case ? "ILIKE" : "LIKE", STR_ARG(pattern),
                         is_hit);
            }
            hits += is_hit;
            free((char *)value.data);
        }
        pcre2_code_free(code);
    }
    needle_use_kernel(NEEDLE_BEST);
    pcre2_match_data_free(match_data);
    assert_in_range(hits, 5000, 115000); /* both answers were seen often */
}

static void random_bytes_agree_with_the_definition(void **state)
{
    for (int round = 0; round < 50000; round++) {
        static const char bytes[] = "ab%_%_\xE2\x84\xAA\xC3\xA9\xFF\x80kSK";
        char pattern[10];
        char value[24];
        size_t pattern_len = random_below(sizeof(pattern));
        size_t value_len = random_below(sizeof(value));
        for (size_t i = 0; i < pattern_len; i++) {
            pattern[i] = bytes[random_below(sizeof(bytes))];
        }
        for (size_t i = 0; i < value_len; i++) {
            value[i] = bytes[random_below(sizeof(bytes))];
        }
        arena_clear(&arena);
        bool ignores_case = round % 2;
        const struct like_pattern *compiled = like_compile(&arena, str_from(pattern, pattern_len), ignores_case);
        str copy = exact_copy(str_from(value, value_len));
        assert_int_equal(like_matches(compiled, copy),
                         reference_like(str_from(pattern, pattern_len), copy, ignores_case));
        free((char *)copy.data);
    }
}

static void long_segments_agree_with_the_definition(void **state)
{
    char pattern[1200];
    char value[2400];
    for (int round = 0; round < 600; round++) {
        size_t pattern_len = 200 + random_below(900);
        for (size_t i = 0; i < pattern_len; i++) {
            pattern[i] = random_below(300) == 0 ? '%' : random_below(12) == 0 ? '_' : (char)('a' + random_below(2));
        }
        pattern[0] = '%';
        /* the value follows the pattern, so that many match, and some nearly */
        size_t value_len = 0;
        for (size_t i = 0; i < pattern_len; i++) {
            for (uint32_t extra = pattern[i] == '%' ? random_below(40) : 0; extra > 0; extra--) {
                value[value_len++] = (char)('a' + random_below(2));
            }
            if (pattern[i] != '%') {
                value[value_len++] = pattern[i] == '_' ? 'z' : pattern[i];
            }
        }
        if (round % 3 == 0 && value_len > 0) {
            value[random_below((uint32_t)value_len)] ^= 1;
        }
        arena_clear(&arena);
        const struct like_pattern *compiled = like_compile(&arena, str_from(pattern, pattern_len), round % 2);
        str copy = exact_copy(str_from(value, value_len));
        assert_int_equal(like_matches(compiled, copy), reference_like(str_from(pattern, pattern_len), copy, round % 2));
        free((char *)copy.data);
    }
}

static void select_keeps_order_and_works_in_place(void **state)
{
    enum { ROWS = 2048 };
    static str values[ROWS];
    static uint16_t rows[ROWS];
    static const char *const texts[] = {"docker exec -it x",
                                        "kubectl get secret",
                                        "",
                                        "\xE2\x84\xAAubectl",
                                        "caf\xC3\xA9",
                                        "/usr/bin/KUBECTL describe pods --all-namespaces -o wide --context prod"};
    for (size_t i = 0; i < ROWS; i++) {
        values[i] = str_from_cstring(texts[random_below(countof(texts))]);
    }
    static const char *const patterns[] = {"%kubectl%", "%caf_%", "%\xC3\x89%", "kubectl%", "%secret",
                                           "%k%b%t%",   "%",      "",           "%e_%"};
    for (size_t p = 0; p < countof(patterns); p++) {
        arena_clear(&arena);
        const struct like_pattern *pattern = like_compile(&arena, str_from_cstring(patterns[p]), true);
        uint16_t expected[ROWS];
        size_t expected_count = 0;
        size_t row_count = 0;
        for (size_t i = 0; i < ROWS; i += 1 + random_below(3)) {
            rows[row_count++] = (uint16_t)i;
            if (reference_like(str_from_cstring(patterns[p]), values[i], true)) {
                expected[expected_count++] = (uint16_t)i;
            }
        }
        assert_int_equal(like_select(pattern, values, rows, row_count, rows), expected_count);
        assert_memory_equal(rows, expected, expected_count * sizeof(*rows));
    }
}

/* Milliseconds for one value; generous, for sanitizers and busy machines: backtracking would take years. */
static int64_t time_of(const char *pattern, str value)
{
    arena_clear(&arena);
    const struct like_pattern *compiled = like_compile(&arena, str_from_cstring(pattern), true);
    int64_t start = clock_monotonic_ns();
    (void)like_matches(compiled, value);
    return (clock_monotonic_ns() - start) / 1000000;
}

static void hostile_pairs_stay_linear(void **state)
{
    size_t len = 256 * 1024;
    char *data = malloc(len);
    memset(data, 'a', len);
    str value = str_from(data, len);
    char half[2003] = "%";
    memset(half + 1, 'a', 2000);
    memcpy(half + 1000, "b", 1);
    half[2001] = '%';
    char with_any[602] = "%";
    memset(with_any + 1, 'a', 600);
    with_any[300] = '_';
    with_any[599] = 'b';
    with_any[600] = '%';
    assert_in_range(time_of("%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%b", value), 0, 3000);
    assert_in_range(time_of("%a_a_a_a_a_a_a_a_a_a_b%", value), 0, 3000);
    assert_in_range(time_of(half, value), 0, 3000);
    assert_in_range(time_of(with_any, value), 0, 3000);
    assert_in_range(time_of("%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab%", value), 0, 3000);
    free(data);
}

static void running_out_of_memory_is_told(void **state)
{
    static const char *const patterns[] = {"%kubectl%", "%a_\xC3\xA9%", "a%b%c"};
    for (size_t p = 0; p < countof(patterns); p++) {
        struct arena small;
        bool was_null = false;
        for (size_t bytes = 0; bytes < 4096; bytes += 8) {
            arena_init(&small, bytes);
            was_null |= like_compile(&small, str_from_cstring(patterns[p]), true) == NULL;
            arena_release(&small);
        }
        assert_true(was_null);
    }
}

static void letters_map_between_cases(void **state)
{
    assert_int_equal(case_fold(0x212A), 'k');
    assert_int_equal(case_fold(0x17F), 's');
    assert_int_equal(case_lower(0x410), 0x430);
    assert_int_equal(case_upper(0xFF), 0x178);
    assert_true(case_has_variants(0xDF) && case_has_variants('k') && case_has_variants(0x3C2));
    assert_false(case_has_variants('1') || case_has_variants(0x4E2D) || case_has_variants(0x2013));
    arena_clear(&arena);
    assert_true(str_eq(case_upper_text(&arena, STR("docker\xC3\xA9\xFFz")), STR("DOCKER\xC3\x89\xFFZ")));
    assert_true(str_eq(case_lower_text(&arena, STR("Docker EXEC @[`{")), STR("docker exec @[`{")));
    assert_true(str_eq(case_lower_text(&arena, STR("")), STR("")));
    /* two bytes become three */
    assert_true(str_eq(case_upper_text(&arena, STR("\xC8\xBF\xC8\xBF")), STR("\xE2\xB1\xBE\xE2\xB1\xBE")));
    for (uint32_t c = 0; c < 0x20000; c++) { /* folding is idempotent */
        assert_int_equal(case_fold(case_fold(c)), case_fold(c));
    }
}

int main(void)
{
    arena_init(&arena, ARENA_NO_LIMIT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wildcards_match_whole_values),
        cmocka_unit_test(characters_are_code_points),
        cmocka_unit_test(letters_outside_ascii_fold),
        cmocka_unit_test(long_values_are_searched_to_their_ends),
        cmocka_unit_test(random_pairs_agree_with_pcre2),
        cmocka_unit_test(random_bytes_agree_with_the_definition),
        cmocka_unit_test(long_segments_agree_with_the_definition),
        cmocka_unit_test(select_keeps_order_and_works_in_place),
        cmocka_unit_test(hostile_pairs_stay_linear),
        cmocka_unit_test(running_out_of_memory_is_told),
        cmocka_unit_test(letters_map_between_cases),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
