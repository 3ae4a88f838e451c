/* Texts found in raw bytes: every kernel finds what a plain comparison at every position finds, and reads no byte
 * behind the end. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/raw_finder.h"

static uint64_t random_state = 7;

static uint32_t pick(uint32_t count)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % count;
}

/* The plain comparison: does any pattern cover the byte at `at`, as a whole? */
static bool is_in_hit(const struct raw_finder *finder, str text, size_t at)
{
    if (finder->finds_high_byte && (uint8_t)text.data[at] >= 0x80) {
        return true;
    }
    for (uint32_t i = 0; i < finder->count; i++) {
        const struct raw_pattern *pattern = &finder->patterns[i];
        for (size_t start = at + 1 > pattern->length ? at + 1 - pattern->length : 0; start <= at; start++) {
            uint32_t k = 0;
            while (k < pattern->length && start + k < text.len &&
                   ((uint8_t)text.data[start + k] | pattern->masks[k]) == pattern->bytes[k]) {
                k++;
            }
            if (k == pattern->length) {
                return true;
            }
        }
    }
    return false;
}

static size_t first_in_hit(const struct raw_finder *finder, str text)
{
    size_t at = 0;
    while (at < text.len && !is_in_hit(finder, text, at)) {
        at++;
    }
    return at;
}

/* The byte given is in a hit, and no hit begins and ends in front of it. */
static void check(const struct raw_finder *finder, str text)
{
    size_t first = first_in_hit(finder, text);
    for (enum raw_kernel kernel = RAW_KERNEL_BEST; kernel <= RAW_KERNEL_PORTABLE; kernel++) {
        raw_finder_use_kernel(kernel);
        const char *end = text.data + text.len;
        const char *hit = raw_finder_next(finder, text.data, end);
        if (first == text.len) {
            assert_ptr_equal(hit, end);
            continue;
        }
        assert_true(hit >= text.data + first && hit < end);
        assert_true(is_in_hit(finder, text, (size_t)(hit - text.data)));
        assert_true((size_t)(hit - text.data) < first + RAW_PATTERN_BYTES);
    }
    raw_finder_use_kernel(RAW_KERNEL_BEST);
}

/* Two pages, of which the second one must not be read. */
static char *guarded_end(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
    return pages + page;
}

/* Lines cut as memchr cuts them, and marked if a hit is found in them alone. */
static void check_lines(const struct raw_finder *finder, str text)
{
    static struct raw_lines lines;
    for (enum raw_kernel kernel = RAW_KERNEL_BEST; kernel <= RAW_KERNEL_PORTABLE; kernel++) {
        raw_finder_use_kernel(kernel);
        const char *at = text.data;
        const char *end = text.data + text.len;
        while (at < end) {
            raw_finder_lines(finder, at, end, &lines);
            assert_ptr_equal(lines.from, at);
            assert_in_range(lines.count, 0, RAW_LINES_MAX);
            const char *start = at;
            for (uint32_t i = 0; i < lines.count; i++) {
                const char *newline = memchr(start, '\n', (size_t)(end - start));
                assert_ptr_equal(at + lines.ends[i], newline);
                assert_int_equal(raw_lines_has_hit(&lines, i), raw_finder_next(finder, start, newline) != newline);
                start = newline + 1;
            }
            if (lines.count == 0) {
                assert_null(memchr(at, '\n', (size_t)(end - at)));
                break;
            }
            at = start;
        }
    }
    raw_finder_use_kernel(RAW_KERNEL_BEST);
}

static void random_texts(void **state)
{
    (void)state;
    static const char letters[] = "abAB6B4b12 =\"\xC5kK";
    char *end = guarded_end();
    uint32_t found = 0;
    for (int round = 0; round < 20000; round++) {
        struct raw_finder finder;
        raw_finder_init(&finder);
        uint32_t patterns = 1 + pick(round % 5 == 0 ? RAW_PATTERNS_MAX / 2 : 3);
        for (uint32_t i = 0; i < patterns; i++) {
            char word[8];
            size_t length = 1 + pick(sizeof(word));
            for (size_t k = 0; k < length; k++) {
                word[k] = letters[pick(sizeof(letters) - 1)];
            }
            bool ignores_case = pick(2);
            assert_true(pick(2) ? raw_finder_add(&finder, str_from(word, length), ignores_case)
                                : raw_finder_add_hex(&finder, str_from(word, length), ignores_case));
        }
        finder.finds_high_byte |= pick(4) == 0;
        size_t length = pick(200);
        char *text = end - length;
        for (size_t i = 0; i < length; i++) {
            text[i] = pick(3) ? '.' : letters[pick(sizeof(letters) - 1)];
        }
        check(&finder, str_from(text, length));
        for (size_t i = 0; i < length; i++) {
            text[i] = pick(12) ? text[i] : '\n';
        }
        bool has_single = false;
        for (uint32_t i = 0; i < finder.count; i++) {
            has_single |= finder.patterns[i].length == 1;
        }
        if (!has_single) {
            check_lines(&finder, str_from(text, length));
        }
        found += first_in_hit(&finder, str_from(text, length)) < length;
    }
    assert_in_range(found, 2000, 18000); /* both happen */
}

static void hex_of_both_cases(void **state)
{
    (void)state;
    struct raw_finder finder;
    raw_finder_init(&finder);
    assert_true(raw_finder_add_hex(&finder, STR("kz-1"), true));
    static const struct {
        const char *text;
        bool is_hit;
    } cases[] = {{"6B7A2D31", true},  {"4B7A2D31", true},  {"6B5A2D31", true},  {"4B5A2D31", true},
                 {"5B7A2D31", false}, {"6B6A2D31", false}, {"6b7a2d31", false}, {"6B7A2D", false},
                 {"6B7A2F31", false}, {"x6B7A2D31y", true}};
    for (size_t i = 0; i < countof(cases); i++) {
        str text = str_from_cstring(cases[i].text);
        check(&finder, text);
        assert_int_equal(first_in_hit(&finder, text) < text.len, cases[i].is_hit);
    }
}

static void limits(void **state)
{
    (void)state;
    struct raw_finder finder;
    raw_finder_init(&finder);
    char longer[RAW_PATTERN_BYTES + 20];
    memset(longer, 'x', sizeof(longer));
    assert_true(raw_finder_add(&finder, str_from(longer, sizeof(longer)), false));
    longer[RAW_PATTERN_BYTES] = 'y'; /* behind what is compared */
    check(&finder, str_from(longer, sizeof(longer)));
    for (int i = 1; i < RAW_PATTERNS_MAX; i++) {
        assert_true(raw_finder_add(&finder, STR("abc"), false));
    }
    assert_false(raw_finder_add(&finder, STR("abc"), false));
    assert_false(raw_finder_add_hex(&finder, STR("abc"), false));
    assert_false(raw_finder_add_masked(&finder, STR("abc"), "\0\0\3"));
}

/* More lines, and longer ones, than are looked at together. */
static void many_lines(void **state)
{
    (void)state;
    struct raw_finder finder;
    raw_finder_init(&finder);
    assert_true(raw_finder_add(&finder, STR("abc"), true));
    assert_true(raw_finder_add_hex(&finder, STR("abc"), true));
    static char text[3 * RAW_LINES_BYTES];
    for (int round = 0; round < 12; round++) {
        static const uint32_t every[] = {1, 2, 5, 63, 64, 65, 200, 4096, RAW_LINES_BYTES, 2 * RAW_LINES_BYTES};
        uint32_t mean = every[pick(countof(every))];
        for (size_t i = 0; i < sizeof(text); i++) {
            text[i] = pick(mean) == 0 ? '\n' : pick(40) ? '.' : "aAbBcC"[pick(6)];
        }
        for (int i = 0; i < 200; i++) {
            const char *word = pick(2) ? "aBc" : "614263";
            memcpy(text + pick(sizeof(text) - 6), word, strlen(word));
        }
        check_lines(&finder, str_from(text, sizeof(text)));
    }
    memset(text, '\n', sizeof(text));
    check_lines(&finder, str_from(text, sizeof(text)));
    memset(text, 'b', sizeof(text));
    check_lines(&finder, str_from(text, sizeof(text)));
}

static void search_goes_on(void **state)
{
    (void)state;
    struct raw_finder finder;
    raw_finder_init(&finder);
    assert_true(raw_finder_add(&finder, STR("abc"), false));
    char text[] = "..abc\n..\nabc\n.";
    const char *end = text + sizeof(text) - 1;
    static struct raw_search search;
    raw_search_go(&search, &finder, NULL, text, end);
    assert_int_equal(search.next, 0);
    assert_int_equal(search.lines->count, 3);
    assert_true(raw_lines_has_hit(search.lines, 0));
    text[2] = 'x'; /* remembered, not looked at again */
    raw_search_go(&search, &finder, NULL, text, end);
    assert_true(raw_lines_has_hit(search.lines, 0));
    raw_search_go(&search, &finder, NULL, text + 9, end);
    assert_int_equal(search.next, 2);
    assert_true(raw_lines_has_hit(search.lines, 2));
    assert_true(str_eq(raw_lines_text(search.lines, 2), STR("abc")));
    raw_search_go(&search, &finder, NULL, text + 1, end); /* back, and not where a line was */
    assert_int_equal(search.next, 0);
    assert_int_equal(search.lines->count, 3);
    assert_false(raw_lines_has_hit(search.lines, 0));
    raw_search_go(&search, &finder, NULL, text + 13, end);
    assert_int_equal(search.lines->count, 0);
    /* What others found is used as it is; what lies between is looked through here, and only that. */
    static struct raw_lines lists[2];
    raw_finder_lines(&finder, text, text + 6, &lists[0]);
    raw_finder_lines(&finder, text + 9, end, &lists[1]);
    const struct raw_found ready = {lists, 2};
    text[2] = 'a';
    raw_search_forget(&search);
    raw_search_go(&search, &finder, &ready, text, end);
    assert_ptr_equal(search.lines, &lists[0]);
    assert_int_equal(search.next, 0);
    assert_false(raw_lines_has_hit(search.lines, 0));
    raw_search_go(&search, &finder, &ready, text + 6, end);
    assert_ptr_equal(search.lines, &search.own);
    assert_int_equal(search.lines->count, 1);
    assert_false(raw_lines_has_hit(search.lines, 0));
    raw_search_go(&search, &finder, &ready, text + 9, end);
    assert_ptr_equal(search.lines, &lists[1]);
    assert_int_equal(search.next, 0);
    assert_true(raw_lines_has_hit(search.lines, 0));
    raw_search_go(&search, &finder, &ready, text + 13, end); /* behind all of them */
    assert_ptr_equal(search.lines, &search.own);
    assert_int_equal(search.lines->count, 0);
    raw_search_go(&search, &finder, &ready, text + 2, end); /* where no line begins that they know */
    assert_ptr_equal(search.lines, &search.own);
    assert_int_equal(search.lines->count, 2);
    raw_search_forget(&search);
    raw_search_go(&search, &finder, NULL, text, end);
    assert_true(raw_lines_has_hit(search.lines, 0));
}

/* Two lines each; counts in the scratch how often it was asked. */
static void group_by_two(const void *context, void *scratch, const char *end, struct raw_lines *lines)
{
    (void)end;
    *(int *)scratch += *(const int *)context;
    for (uint32_t first = 0; first < lines->count; first += 2) {
        uint8_t count = lines->count - first > 1 ? 2 : 1;
        lines->groups[lines->group_count++] = (struct raw_group){.first = (uint16_t)first, .count = count};
    }
}

static void searches_of_groups(void **state)
{
    (void)state;
    static const int step = 1;
    static const char text[] = "a\nb\nabc\nd\ne\n";
    const char *end = text + sizeof(text) - 1;
    int asked = 0;
    static struct raw_search search;
    struct raw_finder finder;
    raw_finder_init(&finder);
    assert_true(raw_finder_add(&finder, STR("abc"), false));
    finder.group = group_by_two;
    finder.group_context = &step;
    search.scratch = &asked;
    raw_search_go(&search, &finder, NULL, text, end);
    assert_int_equal(search.lines->group_count, 3);
    raw_search_go(&search, &finder, NULL, text + 4, end);
    assert_int_equal(asked, 1);
    assert_int_equal(search.next, 2);
    assert_int_equal(search.next_group, 1);
    raw_search_go(&search, &finder, NULL, text + 10, end);
    assert_int_equal(search.next, 4);
    assert_int_equal(search.next_group, 2);
    assert_int_equal(asked, 1);
    /* A line within a group: the lines from there on are searched again. */
    raw_search_go(&search, &finder, NULL, text + 2, end);
    assert_int_equal(asked, 2);
    assert_int_equal(search.next, 0);
    assert_int_equal(search.lines->count, 4);
    assert_int_equal(search.lines->group_count, 2);
    /* The same with what others found: their groups, or only their borders. */
    static struct raw_lines list;
    int theirs = 0;
    raw_finder_groups(&finder, &theirs, text, end, &list);
    const struct raw_found ready = {&list, 1};
    raw_search_forget(&search);
    raw_search_go(&search, &finder, &ready, text + 4, end);
    assert_ptr_equal(search.lines, &list);
    assert_int_equal(search.next_group, 1);
    raw_search_forget(&search);
    raw_search_go(&search, &finder, &ready, text + 8, end);
    assert_ptr_equal(search.lines, &search.own);
    assert_int_equal(search.lines->count, 2);
    assert_int_equal(theirs, 1);
    assert_int_equal(asked, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_texts), cmocka_unit_test(hex_of_both_cases), cmocka_unit_test(limits),
        cmocka_unit_test(many_lines),   cmocka_unit_test(search_goes_on),    cmocka_unit_test(searches_of_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
