/* The lines of a group are those of its first rows, in whatever order rows come, and through a temporary file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "execute/group_lines.h"
#include "execute/row_codec.h"

enum { ROWS = 60, ROUNDS = 2000 };

struct row {
    struct row_order order;
    uint32_t line_count;
};

static uint64_t random_state = 88172645463325252;

static uint32_t random_below(uint32_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 11) % bound;
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    return row_order_precedes(&x->order, &y->order) ? -1 : row_order_precedes(&y->order, &x->order);
}

static void add(struct group_lines *lines, const struct row *row, struct state_memory *memory)
{
    const struct lines_of_row of_row = {
        .order = row->order, .bytes = STR_EMPTY, .number = row->order.parts[3], .line_count = row->line_count};
    lines->total += row->line_count;
    if (group_lines_wants(lines, &row->order)) {
        assert_true(group_lines_keep(lines, &of_row, memory));
    }
}

/* Rows as long as fewer than LIMIT_EVIDENCE_LINES lines stand before them. */
static void check(const struct group_lines *lines, struct row *rows, uint32_t count)
{
    struct evidence shown[LIMIT_EVIDENCE_LINES];
    uint64_t more;
    uint64_t total = 0;
    uint32_t before = 0;
    uint32_t wanted = 0;
    uint32_t found = group_lines_list(lines, shown, &more);
    qsort(rows, count, sizeof(*rows), compare_rows);
    for (uint32_t i = 0; i < count; i++) {
        if (before < LIMIT_EVIDENCE_LINES) {
            assert_true(wanted < found);
            assert_int_equal(shown[wanted].line, rows[i].order.parts[3]);
            wanted++;
        }
        before += rows[i].line_count;
        total += rows[i].line_count;
    }
    assert_int_equal(found, wanted);
    assert_int_equal(more, total);
}

/* Times fall as logs are read newest first, rise, or come in any order; the last part makes an order unique. */
static void make_rows(struct row *rows, uint32_t count)
{
    uint32_t kind = random_below(4);
    uint32_t longest = random_below(3) == 0 ? LIMIT_EVIDENCE_LINES : 1;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t time = kind == 0 ? i : kind == 1 ? ROWS - i : random_below(kind == 2 ? 5 : 1000);
        rows[i] = (struct row){.order = {{time, random_below(2), random_below(3), i}},
                               .line_count = 1 + random_below(longest)};
    }
}

static void test_first_rows(void **state)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct row rows[ROWS];
        struct group_lines parts[2] = {{NULL}, {NULL}};
        struct group_lines merged = {NULL};
        struct state_memory memory;
        struct strbuf file;
        uint32_t count = 1 + random_below(ROWS);
        state_memory_init(&memory);
        strbuf_init(&file, 1 << 20);
        make_rows(rows, count);
        struct group_lines whole = {NULL};
        for (uint32_t i = 0; i < count; i++) {
            add(&whole, &rows[i], &memory);
            add(&parts[random_below(2)], &rows[i], &memory);
        }
        for (int i = 0; i < 2; i++) {
            group_lines_write(&parts[i], &file);
        }
        str rest = strbuf_str(&file);
        assert_true(group_lines_merge(&merged, &rest, &memory) && group_lines_merge(&merged, &rest, &memory));
        assert_int_equal(rest.len, 0);
        check(&whole, rows, count);
        check(&merged, rows, count);
        strbuf_release(&file);
        state_memory_release(&memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
