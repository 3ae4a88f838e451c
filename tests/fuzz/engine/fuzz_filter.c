/* fuzz_filter.c - the condition of a WHERE, run in ways that must agree: as it stands, where its tests are reordered,
 * bound to literals and pruned; as the value of a CASE, where none of that can happen; negated; and next to itself.
 *
 * The first byte of the input is options, the rest the condition. What must hold, besides no crash, leak or hang:
 *  - each of `twins` selects the rows that the condition selects;
 *  - in two-valued logic every row is selected either by p or by NOT p; in three-valued logic by one of them at most.
 */
#include "query_fixture.h"

#ifdef FUZZ_WITH_LIBFUZZER
static const tocsin_engine *fuzz_engine(void)
{
    return engines[0];
}

enum { MUTATOR_OPTION_BYTES = 1 };
#include "query_mutator.h"
#endif

enum { FILTER_BYTES_MAX = 16 * 1024 };

struct selection {
    struct strbuf rows;
    uint64_t count;
    bool is_whole; /* it ran, and no value was given up */
};

/* `@` of the pattern stands for the condition. */
static void select_rows(tocsin_engine *engine, const char *pattern, str filter, struct selection *ret)
{
    struct strbuf text;
    struct tocsin_error err = {0};
    tocsin_query *query = NULL;
    tocsin_run *run = NULL;
    *ret = (struct selection){.count = 0};
    strbuf_init(&ret->rows, OUTPUT_BYTES_MAX);
    strbuf_init(&text, 4 * FILTER_BYTES_MAX);
    strbuf_append(&text, STR("SELECT username, sourceip, qid, severity, UTF8(payload) FROM events "));
    for (; *pattern; pattern++) {
        strbuf_append(&text, *pattern == '@' ? filter : str_from(pattern, 1));
    }
    struct tocsin_run_options options = {
        .inputs = inputs,
        .input_count = 1,
        .now = "2026-11-23T03:16:00Z",
        .keeps_input_order = true,
        .write = collect,
        .write_context = &ret->rows,
    };
    tocsin_status status = tocsin_query_prepare(engine, text.data, text.len, "query", &query, &err);
    status = status == TOCSIN_OK ? tocsin_run_query(engine, query, &options, &run, &err) : status;
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(run, &err);
    }
    if (status == TOCSIN_END) {
        struct tocsin_summary summary;
        tocsin_run_summary(run, &summary);
        ret->count = summary.rows;
        ret->is_whole = summary.regex_given_up == 0;
    }
    check(status != TOCSIN_ERROR_INTERNAL, "an internal error", &err);
    tocsin_run_free(run);
    tocsin_query_free(query);
    strbuf_release(&text);
}

static void check_same(const struct selection *one, const struct selection *other, const char *what)
{
    if (one->is_whole && other->is_whole && !str_eq(strbuf_str(&one->rows), strbuf_str(&other->rows))) {
        fprintf(stderr, "%s\n%.*s---\n%.*s", what, STR_ARG(strbuf_str(&one->rows)), STR_ARG(strbuf_str(&other->rows)));
        abort();
    }
}

/* Things that belong to a query and not to a condition would change what NOT and CASE are about. */
static bool is_condition(str filter)
{
    struct tocsin_error err = {0};
    struct strbuf laid_out;
    struct strbuf text;
    strbuf_init(&laid_out, OUTPUT_BYTES_MAX);
    strbuf_init(&text, 2 * FILTER_BYTES_MAX);
    strbuf_append_char(&text, '(');
    strbuf_append(&text, filter);
    strbuf_append(&text, STR("\n)"));
    bool is_alone = tocsin_format_query(filter.data, filter.len, "filter", collect, &laid_out, &err) == TOCSIN_OK;
    strbuf_clear(&laid_out);
    bool is_enclosed = tocsin_format_query(text.data, text.len, "filter", collect, &laid_out, &err) == TOCSIN_OK;
    strbuf_release(&laid_out);
    strbuf_release(&text);
    return is_alone && is_enclosed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct selection all[2];
    /* A line feed ends the comment that the condition may end with. */
    static const char *const twins[] = {
        "WHERE CASE WHEN (@\n) THEN 1 ELSE 0 END = 1",
        "WHERE NOT (NOT (@\n))",
        "WHERE (@\n) AND (@\n)",
        "WHERE (@\n) OR (1 = 0)",
        "WHERE severity < 5 AND (@\n) OR severity >= 5 AND (@\n)",
    };
    prepare_once();
    str filter = size > 0 ? str_from((const char *)data + 1, size - 1) : STR_EMPTY;
    if (filter.len == 0 || filter.len > FILTER_BYTES_MAX || !is_condition(filter)) {
        return 0;
    }
    bool is_null_sql = (data[0] & 1) != 0;
    tocsin_engine *engine = engine_of(data[0] & 7);
    if (!all[is_null_sql].is_whole) {
        select_rows(engine, "", STR_EMPTY, &all[is_null_sql]);
        check(all[is_null_sql].is_whole && all[is_null_sql].count > 1, "there are rows", NULL);
    }
    struct selection selected;
    struct selection other;
    select_rows(engine, "WHERE (@\n)", filter, &selected);
    for (size_t i = 0; selected.is_whole && i < countof(twins); i++) {
        select_rows(engine, twins[i], filter, &other);
        check_same(&selected, &other, twins[i]);
        strbuf_release(&other.rows);
    }
    if (selected.is_whole) {
        select_rows(engine, "WHERE NOT (@\n)", filter, &other);
        uint64_t sum = selected.count + other.count;
        check(!other.is_whole || (is_null_sql ? sum <= all[1].count : sum == all[0].count),
              "the condition and its negation do not part the rows", NULL);
        strbuf_release(&other.rows);
    }
    strbuf_release(&selected.rows);
    return 0;
}
