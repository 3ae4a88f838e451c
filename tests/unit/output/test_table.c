/* The table: alignment, fitting, headings, escapes, rows that come after the widths are set. */
#include "output_fixture.h"

#include "base/utf8.h"
#include "output/table_layout.h"

static void test_alignment(void **state)
{
    struct fixture *f = fixture_create();
    struct column *names = fixture_add_column(f, "name", TYPE_STRING);
    struct column *counts = fixture_add_column(f, "n", TYPE_INT64);
    struct column *ends = fixture_add_column(f, "end", TYPE_STRING);
    column_set_string(names, 0, STR("\xE6\x97\xA5\xE6\x9C\xAC")); /* two wide characters: four cells */
    column_set_integer(counts, 0, 7);
    column_set_string(ends, 0, STR("x"));
    column_set_string(names, 1, STR("e\xCC\x81tude")); /* a combining accent: five cells */
    column_set_integer(counts, 1, 12345);
    f->batch.row_count = 2;
    assert_string_equal(fixture_run(f, "table"), "name       n  end\n"
                                                 "-----  -----  ----\n"
                                                 "\xE6\x97\xA5\xE6\x9C\xAC       7  x\n"
                                                 "e\xCC\x81tude  12345  null\n");
    fixture_free(f);
}

static void test_hostile_text_is_escaped(void **state)
{
    struct fixture *f = fixture_create();
    column_set_string(fixture_add_column(f, "na\x1Bme", TYPE_STRING), 0,
                      STR("\x1B]0;pwned\x07\r\n\t\xC2\x9B" "31m\xE2\x80\xAE\xFF\x7F\0end"));
    f->batch.row_count = 1;
    assert_string_equal(fixture_run(f, "table"),
                        "na\\x1Bme\n"
                        "----------------------------------------------------\n"
                        "\\x1B]0;pwned\\x07\\r\\n\\t\\x9B31m\\u{202E}\\xFF\\x7F\\x00end\n");
    fixture_free(f);
}

static void test_fits_the_terminal(void **state)
{
    struct fixture *f = fixture_create();
    column_set_integer(fixture_add_column(f, "starttime", TYPE_INT64), 0, 1795403414402);
    column_set_string(fixture_add_column(f, "Command", TYPE_STRING), 0,
                      STR("kubectl get secrets --all-namespaces -o yaml"));
    column_set_string(fixture_add_column(f, "user", TYPE_STRING), 0, STR("jsmith"));
    f->batch.row_count = 1;
    f->options.width = 50;
    assert_string_equal(fixture_run(f, "table"), "    starttime  Command                      user\n"
                                                 "-------------  ---------------------------  ------\n"
                                                 "1795403414402  kubectl get secrets --all-\xE2\x80\xA6  jsmith\n");
    f->options.width = 0;
    assert_non_null(strstr(fixture_run(f, "table"), "  kubectl get secrets --all-namespaces -o yaml  jsmith\n"));
    fixture_free(f);
}

/* More columns than three lines can hold: one field a line. */
static void test_list_when_too_narrow(void **state)
{
    struct fixture *f = fixture_create();
    const char *names[] = {"starttime", "endtime", "devicetime", "time4", "time5", "time6"};
    for (size_t i = 0; i < countof(names); i++) {
        column_set_integer(fixture_add_column(f, names[i], TYPE_INT64), 0, 1795403414402);
    }
    column_set_string(fixture_add_column(f, "Command", TYPE_STRING), 0, STR("kubectl get secrets --all-namespaces"));
    f->batch.row_count = 1;
    f->options.width = 30;
    assert_string_equal(fixture_run(f, "table"), "-- 1 --\n"
                                                 "starttime   1795403414402\n"
                                                 "endtime     1795403414402\n"
                                                 "devicetime  1795403414402\n"
                                                 "time4       1795403414402\n"
                                                 "time5       1795403414402\n"
                                                 "time6       1795403414402\n"
                                                 "Command     kubectl get secre\xE2\x80\xA6\n");
    fixture_free(f);
}

static void test_hunt(void **state)
{
    struct fixture *f = fixture_create();
    fixture_make_hunt(f, "t1552_007", "Container credentials");
    column_set_integer(fixture_add_column(f, "RiskScore", TYPE_INT64), 0, 2);
    f->levels[0] = STR("high");
    f->levels[1] = STR("low");
    f->batch.row_count = 2;
    assert_string_equal(fixture_run(f, "table"), "Container credentials [t1552_007]: 2 findings\n"
                                                 "RiskScore  @level\n"
                                                 "---------  ------\n"
                                                 "        2  high\n"
                                                 "     null  low\n");
    f->options.has_color = true;
    const char *text = fixture_run(f, "table");
    assert_non_null(strstr(text, "\x1B[1mContainer credentials\x1B[0m [t1552_007]: 2 findings\n"));
    assert_non_null(strstr(text, "        2  \x1B[31mhigh\x1B[0m\n"));
    assert_non_null(strstr(text, "     \x1B[2mnull\x1B[0m  \x1B[36mlow\x1B[0m\n"));
    fixture_free(f);
}

static void test_evidence(void **state)
{
    struct fixture *f = fixture_create();
    column_set_integer(fixture_add_column(f, "x", TYPE_INT64), 0, 1);
    f->spans[0] = (struct evidence){.input = 0, .line = 7, .line_count = 1, .raw = STR("type=SYSCALL")};
    f->spans[1] = (struct evidence){.input = 1, .line = 1, .line_count = 1, .raw = STR("\x1B[2J")};
    f->evidence[0] = (struct result_evidence){.lines = f->spans, .count = 2, .more = 1};
    f->batch.row_count = 1;
    assert_string_equal(fixture_run(f, "table"), "x\n-\n1\n");
    f->options.shows_evidence = true;
    assert_string_equal(fixture_run(f, "table"), "x\n-\n1\n"
                                                 "  a.log:7  type=SYSCALL\n"
                                                 "  dir/b\\x1B[2J.log:1  \\x1B[2J\n"
                                                 "  and 1 more line\n");
    f->options.width = 18;
    assert_non_null(strstr(fixture_run(f, "table"), "  a.log:7  type=S\xE2\x80\xA6\n"));
    fixture_free(f);
}

/* Behind the rows that set the widths: the same widths, numbers in full, the number of findings at the end. */
static void test_rows_behind_the_sizing(void **state)
{
    struct fixture *f = fixture_create();
    fixture_make_hunt(f, "r", "");
    struct column *texts = fixture_add_column(f, "t", TYPE_STRING);
    struct column *numbers = fixture_add_column(f, "n", TYPE_INT64);
    for (uint32_t row = 0; row < BATCH_ROWS_MAX; row++) {
        column_set_string(texts, row, STR("abc"));
        column_set_integer(numbers, row, 1);
        f->levels[row] = STR("low");
    }
    column_set_string(texts, BATCH_ROWS_MAX - 1, STR("abcdefghijkl"));
    column_set_integer(numbers, BATCH_ROWS_MAX - 1, 1234567);
    f->batch.row_count = BATCH_ROWS_MAX;
    f->options.width = 40;
    const char *text = fixture_run_times(f, "table", 2);
    assert_memory_equal(text, "r\n", 2);
    assert_non_null(strstr(text, "\nab\xE2\x80\xA6  1234567  low\n"));
    assert_non_null(strstr(text, "\n4096 findings\n"));
    fixture_free(f);
}

/* Letters with endless combining marks take no cells, yet must not take endless bytes. */
static void test_combining_marks_are_bounded(void **state)
{
    struct fixture *f = fixture_create();
    struct strbuf marks;
    strbuf_init(&marks, 1 << 24);
    for (int i = 0; i < 100000; i++) {
        strbuf_append(&marks, STR("\xCC\x81"));
    }
    column_set_string(fixture_add_column(f, "x", TYPE_STRING), 0, strbuf_str(&marks));
    f->batch.row_count = 1;
    f->options.width = 80;
    fixture_run(f, "table");
    assert_true(f->written.len < 10000);
    strbuf_release(&marks);
    fixture_free(f);
}

static void test_empty_result(void **state)
{
    struct fixture *f = fixture_create();
    fixture_add_column(f, "username", TYPE_STRING);
    assert_string_equal(fixture_run(f, "table"), "username\n--------\n");
    fixture_free(f);
}

/* Nine columns on a usual terminal: short values stay whole, on two lines. */
static void test_folds_wide_rows(void **state)
{
    struct fixture *f = fixture_create();
    column_set_string(fixture_add_column(f, "EventTime", TYPE_STRING), 0, STR("2026-11-23 03:15:31"));
    column_set_string(fixture_add_column(f, "Command", TYPE_STRING), 0,
                      STR("kubectl get secrets --all-namespaces -o yaml"));
    column_set_integer(fixture_add_column(f, "Risk", TYPE_INT64), 0, 2);
    f->spans[0] = (struct evidence){.input = 0, .line = 7, .line_count = 1, .raw = STR("raw")};
    f->evidence[0] = (struct result_evidence){.lines = f->spans, .count = 1};
    f->options.shows_evidence = true;
    f->batch.row_count = 1;
    f->options.width = 50;
    assert_string_equal(fixture_run(f, "table"), "EventTime\n"
                                                 "    Command                                   Risk\n"
                                                 "-------------------\n"
                                                 "    ----------------------------------------  ----\n"
                                                 "2026-11-23 03:15:31\n"
                                                 "    kubectl get secrets --all-namespaces -o\xE2\x80\xA6     2\n"
                                                 "  a.log:7  raw\n");
    fixture_free(f);
}

/* For any width: no line is longer, short columns and numbers are whole, the fewest lines that can be. */
static void test_layout(void **state)
{
    unsigned lines_before = TABLE_LINES_MAX;
    for (size_t width = 1; width < 160; width++) {
        struct table_column columns[5] = {
            {.cells_want = 13},
            {.cells_want = 50, .can_shrink = true},
            {.cells_want = 19, .can_shrink = true},
            {.cells_want = 31, .can_shrink = true},
            {.cells_want = 6},
        };
        unsigned lines = table_layout_fit(columns, 5, width);
        assert_true(lines <= lines_before || lines_before == 0 || width < 40);
        assert_int_equal(lines == 1, width >= 13 + 24 + 19 + 24 + 6 + 8);
        lines_before = lines;
        size_t used[TABLE_LINES_MAX] = {0};
        for (size_t i = 0; i < 5 && lines > 0; i++) {
            unsigned line = columns[i].line;
            assert_true(line < lines);
            used[line] += columns[i].cells + (used[line] > 0 ? TABLE_GAP_CELLS : line > 0 ? TABLE_FOLD_CELLS : 0);
            assert_true(used[line] <= width);
            assert_true(columns[i].cells <= columns[i].cells_want);
            assert_true(columns[i].cells == columns[i].cells_want || columns[i].cells >= TABLE_TEXT_CELLS_MIN);
            bool is_last_of_line = i == 4 || columns[i + 1].line != line;
            assert_int_equal(columns[i].is_line_end, is_last_of_line);
        }
        bool has_cut = columns[1].cells < 50 || columns[3].cells < 31;
        assert_true(lines != 1 || !has_cut || used[0] == width); /* no cell is wasted while a text is cut */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_hostile_text_is_escaped),
        cmocka_unit_test(test_fits_the_terminal),
        cmocka_unit_test(test_list_when_too_narrow),
        cmocka_unit_test(test_hunt),
        cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_rows_behind_the_sizing),
        cmocka_unit_test(test_combining_marks_are_bounded),
        cmocka_unit_test(test_empty_result),
        cmocka_unit_test(test_folds_wide_rows),
        cmocka_unit_test(test_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
