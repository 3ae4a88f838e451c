/* Joining rows: whatever order they come in and however little memory there is, the same findings come out; long ones
 * are cut into parts and nothing is lost. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "column/value_text.h"
#include "finding/finding_codec.h"
#include "finding/finding_join.h"

enum { ROWS_MAX = 6000 };

static const struct finding_rule rules[] = {{STR_EMPTY, 7}, {STR_EMPTY, 9}, {STR_EMPTY, 5}};

static struct finding_options make_options(size_t bytes_max)
{
    static struct finding_rule named[3];
    for (size_t i = 0; i < 3; i++) {
        static const char *const ids[] = {"alpha", "beta", "gamma"};
        named[i] = (struct finding_rule){str_from_cstring(ids[i]), rules[i].credibility};
    }
    struct finding_options options = {
        .rules = named, .rule_count = 3, .join_ms = 300000, .bytes_max = bytes_max, .hash_seed = 42};
    static const char *const names[] = {"informational", "low", "medium", "high", "critical"};
    static const int64_t floors[] = {0, 20, 40, 60, 85};
    for (size_t i = 0; i < FINDING_LEVELS; i++) {
        options.level_names[i] = str_from_cstring(names[i]);
        options.level_floors[i] = floors[i];
    }
    return options;
}

static uint32_t level_of(int64_t risk)
{
    return risk >= 85 ? 4 : risk >= 60 ? 3 : risk >= 40 ? 2 : risk >= 20 ? 1 : 0;
}

/* Rows with their own memory. */
struct rows {
    struct arena arena;
    struct finding_row items[ROWS_MAX];
    size_t count;
};

static struct rows rows;

static void rows_clear(void)
{
    arena_release(&rows.arena);
    arena_init(&rows.arena, ARENA_NO_LIMIT);
    rows.count = 0;
}

static struct finding_row *add_row(uint32_t rule, int64_t time_ms, const char *who, const char *act, int64_t risk)
{
    struct finding_row *row = &rows.items[rows.count++];
    struct evidence *line = arena_new(&rows.arena, struct evidence);
    char raw[64];
    int length = snprintf(raw, sizeof(raw), "line %zu", rows.count);
    *line = (struct evidence){.input = 0, .line_count = 1, .line = rows.count};
    line->raw = arena_copy(&rows.arena, (str){raw, (size_t)length});
    *row = (struct finding_row){.rule = rule, .risk = risk, .level = level_of(risk), .time_ms = time_ms};
    row->texts[ROW_IDENTITY] = arena_copy(&rows.arena, str_from_cstring(who));
    row->texts[ROW_ACT] = arena_copy(&rows.arena, str_from_cstring(act));
    row->evidence = (struct result_evidence){line, 1, 0};
    return row;
}

/* All that comes out, as text. */
static void join_rows(const struct finding_options *options, const size_t *order, struct strbuf *out,
                      struct finding_counts *ret_counts)
{
    struct finding_join *join = NULL;
    struct error err = {0};
    struct strbuf scratch;
    strbuf_init(&scratch, 1 << 20);
    assert_int_equal(finding_join_create(options, &join, &err), TOCSIN_OK);
    for (size_t i = 0; i < rows.count; i++) {
        assert_int_equal(finding_join_push(join, &rows.items[order ? order[i] : i], &err), TOCSIN_OK);
    }
    assert_int_equal(finding_join_finish(join, &err), TOCSIN_OK);
    struct result_header header = finding_join_header(join);
    struct result_batch batch;
    while (finding_join_next(join, &batch, &err) == TOCSIN_OK) {
        for (uint32_t row = 0; row < batch.row_count; row++) {
            for (uint32_t i = 0; i < header.column_count; i++) {
                bool is_there = column_is_valid(&batch.columns[i], row);
                strbuf_append(out, is_there ? value_text(&batch.columns[i], row, &scratch) : STR("-"));
                strbuf_append_char(out, '|');
            }
            for (uint32_t i = 0; i < batch.evidence[row].count; i++) {
                strbuf_append_format(out, " %llu", (unsigned long long)batch.evidence[row].lines[i].line);
            }
            for (uint32_t i = 0; i < batch.findings[row].item_count; i++) {
                const struct result_act *act = &batch.findings[row].items[i];
                strbuf_append_format(out, " %u@%lld", act->line_count ? act->lines[0] : 999999,
                                     (long long)act->time_ms);
            }
            strbuf_append_char(out, '\n');
        }
    }
    assert_false(out->is_failed);
    if (ret_counts) {
        static uint64_t by_rule[3];
        *ret_counts = *finding_join_counts(join);
        memcpy(by_rule, ret_counts->by_rule, sizeof(by_rule));
        ret_counts->by_rule = by_rule;
    }
    strbuf_release(&scratch);
    finding_join_free(join);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void make_random_rows(void)
{
    static const char *const people[] = {"jane", "joe", "system:anonymous", "", "root"};
    static const char *const acts[] = {"exec", "read token", "list secrets"};
    uint32_t seed = 1;
    rows_clear();
    for (size_t i = 0; i < 3000; i++) {
        struct finding_row *row =
            add_row(next_random(&seed) % 3, (int64_t)next_random(&seed) % 100000000, people[next_random(&seed) % 5],
                    acts[next_random(&seed) % 3], next_random(&seed) % 100);
        if (next_random(&seed) % 4 == 0) {
            char text[32];
            (void)snprintf(text, sizeof(text), "%u", next_random(&seed) % 20);
            row->texts[ROW_SESSION] = arena_copy(&rows.arena, str_from_cstring(text));
        }
        if (next_random(&seed) % 3 == 0 && i > 0) {
            row->evidence = rows.items[next_random(&seed) % i].evidence; /* two rules saw one line */
        }
    }
}

static void order_and_memory_change_nothing(void **state)
{
    static size_t order[ROWS_MAX];
    struct strbuf first;
    struct strbuf second;
    strbuf_init(&first, 1 << 26);
    strbuf_init(&second, 1 << 26);
    make_random_rows();
    struct finding_options much = make_options(64 << 20);
    struct finding_options little = make_options(3000);
    join_rows(&much, NULL, &first, NULL);
    join_rows(&little, NULL, &second, NULL);
    assert_true(str_eq(strbuf_str(&first), strbuf_str(&second)));
    uint32_t seed = 9;
    for (size_t i = 0; i < rows.count; i++) {
        order[i] = i;
    }
    for (size_t i = rows.count - 1; i > 0; i--) {
        size_t j = next_random(&seed) % (i + 1);
        size_t swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    strbuf_clear(&second);
    join_rows(&little, order, &second, NULL);
    assert_true(str_eq(strbuf_str(&first), strbuf_str(&second)));
    strbuf_release(&first);
    strbuf_release(&second);
    rows_clear();
}

static size_t count_lines(str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.data[i] == '\n';
    }
    return count;
}

static void long_findings_go_on(void **state)
{
    struct strbuf out;
    struct finding_counts counts;
    strbuf_init(&out, 1 << 26);
    rows_clear();
    for (size_t i = 0; i < 2 * LIMIT_FINDING_ROWS + 1; i++) {
        add_row(0, (int64_t)i * 1000, "jane", "exec", 70);
    }
    struct finding_options options = make_options(1 << 20);
    join_rows(&options, NULL, &out, &counts);
    assert_int_equal(counts.findings[3], 3);
    assert_int_equal(count_lines(strbuf_str(&out)), 3);
    assert_true(str_contains(strbuf_str(&out), STR(" 1000 1001 ")) == false);
    assert_true(str_contains(strbuf_str(&out), STR(" 2001 0@2000000\n")));
    /* The parts are one burst: all of it is new. */
    assert_false(str_contains(strbuf_str(&out), STR("|false|")));
    strbuf_release(&out);
    rows_clear();
}

/* A row may have many lines; the limit is that of lines then. */
static void lines_are_bounded(void **state)
{
    struct strbuf out;
    struct finding_counts counts;
    strbuf_init(&out, 1 << 26);
    rows_clear();
    for (size_t i = 0; i < 70; i++) {
        struct finding_row *row = add_row(0, 1000, "jane", "exec", 70);
        struct evidence *lines = arena_array(&rows.arena, struct evidence, LIMIT_EVIDENCE_LINES);
        for (uint32_t j = 0; j < LIMIT_EVIDENCE_LINES; j++) {
            lines[j] = (struct evidence){.line_count = 1, .line = i * LIMIT_EVIDENCE_LINES + j + 1, .raw = STR_EMPTY};
        }
        row->evidence = (struct result_evidence){lines, LIMIT_EVIDENCE_LINES, 3};
    }
    struct finding_options options = make_options(1 << 20);
    join_rows(&options, NULL, &out, &counts);
    assert_int_equal(counts.findings[3], 2); /* 62 rows of 16 lines, then 8 */
    assert_true(str_contains(strbuf_str(&out), STR(" 1120 ")));
    strbuf_release(&out);
    rows_clear();
}

static void bytes_are_bounded(void **state)
{
    struct strbuf out;
    struct finding_counts counts;
    static char text[LIMIT_FINDING_TEXT_BYTES];
    memset(text, 'x', sizeof(text));
    strbuf_init(&out, 1 << 28);
    rows_clear();
    size_t row_count = LIMIT_FINDING_BYTES / LIMIT_FINDING_TEXT_BYTES + 10;
    for (size_t i = 0; i < row_count; i++) {
        add_row(0, 1000, "jane", "exec", 70)->texts[ROW_DETAIL] = (str){text, sizeof(text)};
    }
    struct finding_options options = make_options(1 << 20);
    join_rows(&options, NULL, &out, &counts);
    assert_int_equal(counts.findings[3], 2);
    assert_int_equal(counts.rows, row_count);
    strbuf_release(&out);
    rows_clear();
}

/* A row that two bursts share makes one of them, over any number of steps. */
static void shared_lines_join_in_chains(void **state)
{
    struct strbuf out;
    struct finding_counts counts;
    strbuf_init(&out, 1 << 20);
    rows_clear();
    static const char *const people[] = {"d", "b", "a", "c"};
    for (size_t i = 0; i < 4; i++) {
        add_row(0, (int64_t)(4 - i) * 10000000, people[i], "exec", 70);
        if (i > 0) {
            add_row(1, (int64_t)(4 - i) * 10000000, people[i], "exec", 10)->evidence = rows.items[2 * i - 2].evidence;
        }
    }
    struct finding_options options = make_options(1 << 20);
    join_rows(&options, NULL, &out, &counts);
    assert_int_equal(counts.findings[3], 1);
    assert_int_equal(counts.by_rule[0], 1);
    assert_int_equal(counts.by_rule[1], 1);
    assert_int_equal(counts.first_ms, 10000000);
    assert_int_equal(counts.timeline[0][3], 1);
    strbuf_release(&out);
    rows_clear();
}

static void a_row_reads_back(void **state)
{
    struct strbuf bytes;
    struct arena arena;
    strbuf_init(&bytes, 1 << 20);
    arena_init(&arena, ARENA_NO_LIMIT);
    rows_clear();
    struct result_field fields[] = {{STR("a"), STR("1")}, {STR("b"), STR_EMPTY}};
    struct finding_row *row = add_row(2, INT64_MIN, "jane", "", -5);
    row->fields = fields;
    row->field_count = 2;
    row->has_part[PART_MEANS] = true;
    row->parts[PART_MEANS] = 7;
    row->indicators[INDICATOR_SOCKET] = true;
    row->evidence.more = 9;
    finding_row_encode(&bytes, row);
    strbuf_append(&bytes, STR("rest"));
    str rest = strbuf_str(&bytes);
    struct finding_row back;
    assert_true(finding_row_decode(&rest, &arena, &back));
    assert_true(str_eq(rest, STR("rest")));
    assert_int_equal(back.time_ms, INT64_MIN);
    assert_int_equal(back.risk, -5);
    assert_true(str_eq(back.texts[ROW_IDENTITY], STR("jane")));
    assert_non_null(back.texts[ROW_ACT].data);
    assert_null(back.texts[ROW_HOST].data);
    assert_true(back.has_part[PART_MEANS] && back.parts[PART_MEANS] == 7 && back.indicators[INDICATOR_SOCKET]);
    assert_int_equal(back.field_count, 2);
    assert_true(str_eq(back.fields[0].value, STR("1")) && back.fields[1].value.len == 0);
    assert_int_equal(back.evidence.count, 1);
    assert_int_equal(back.evidence.more, 9);
    assert_true(str_eq(back.evidence.lines[0].raw, STR("line 1")));
    strbuf_release(&bytes);
    arena_release(&arena);
    rows_clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_and_memory_change_nothing),
        cmocka_unit_test(long_findings_go_on),
        cmocka_unit_test(lines_are_bounded),
        cmocka_unit_test(bytes_are_bounded),
        cmocka_unit_test(shared_lines_join_in_chains),
        cmocka_unit_test(a_row_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
