/* fuzz_query.c - a query on its whole way: parsed, bound, run over a small log, explained, checked, mended, laid out.
 *
 * The first two bytes of the input are options (see take_settings), the rest is AQL. The log has some rows of each
 * format, with nulls; the configuration folder is docs/lookups. What must hold, besides no crash, leak or hang:
 *  - an error has a message, and a place within the text where it is one of the text;
 *  - rows taken one at a time, three at a time and all at once give the same bytes or the same error;
 *  - so does as little memory as makes everything spill, if it is enough;
 *  - so does the query in its canonical layout;
 *  - `check` says why a query cannot be prepared; a query that could be still can when mended;
 *  - `explain` takes every query that runs, and the event it explains.
 * No query runs longer than a log of some 40 rows and the budget of regular expressions let it. */
#include "query_fixture.h"

/* ---- options ---- */

struct settings {
    unsigned engine;
    bool sessions_sequential;
    bool keeps_input_order;
    bool has_now;
    bool shows_evidence;
    unsigned memory_bytes;
    size_t first_input;
    size_t input_count;
};

/* Bits of the low nibbles and two of the high ones, so that '@' is "nothing special, all logs", and letters the rest.
 * A run over one log alone is several times as quick. */
static struct settings take_settings(const uint8_t *bytes)
{
    static const unsigned memories[] = {16 * 1024, 10 * 1024, 24 * 1024, 64 * 1024};
    static const struct {
        size_t first;
        size_t count;
    } logs[] = {{0, countof(inputs)}, {0, 1}, {1, 2}, {0, 1}};
    return (struct settings){
        .engine = bytes[0] & 15,
        .sessions_sequential = (bytes[1] & 1) != 0,
        .keeps_input_order = (bytes[1] & 2) != 0,
        .has_now = (bytes[1] & 4) != 0,
        .shows_evidence = (bytes[1] & 8) != 0,
        .memory_bytes = memories[(bytes[0] >> 4) & 3],
        .first_input = logs[(bytes[1] >> 4) & 3].first,
        .input_count = logs[(bytes[1] >> 4) & 3].count,
    };
}

#ifdef FUZZ_WITH_LIBFUZZER
static const tocsin_engine *fuzz_engine(void)
{
    return engines[0];
}

enum { MUTATOR_OPTION_BYTES = 2 };
#include "query_mutator.h"
#endif

/* ---- errors ---- */

static size_t count_lines(str text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.data[i] == '\n';
    }
    return lines;
}

/* An error of the text says where. */
static void check_error(const struct tocsin_error *err, str text)
{
    check(err->status > TOCSIN_END && err->status < TOCSIN_ERROR_INTERNAL && err->message[0], "an error that says what",
          err);
    check(is_printable(err->message) && is_printable(err->hint), "an error that is printable", err);
    bool is_of_text = err->status == TOCSIN_ERROR_SYNTAX || err->status == TOCSIN_ERROR_NAME ||
                      err->status == TOCSIN_ERROR_TYPE || err->status == TOCSIN_ERROR_UNSUPPORTED;
    check(!is_of_text || (err->line > 0 && err->column > 0), "an error with a place", err);
    check(err->line <= count_lines(text) && err->column <= text.len + 1, "an error with a place in the text", err);
}

/* ---- runs ---- */

struct answer {
    struct strbuf text;
    tocsin_status status; /* TOCSIN_OK at the end */
    struct tocsin_error err;
    bool is_cut; /* a budget of time was hit: another run may get further */
};

static void answer_release(struct answer *answer)
{
    strbuf_release(&answer->text);
}

static struct tocsin_run_options run_options(const struct settings *settings, struct strbuf *text)
{
    return (struct tocsin_run_options){
        .inputs = inputs + settings->first_input,
        .input_count = settings->input_count,
        .output = "ndjson",
        .shows_evidence = settings->shows_evidence,
        .now = settings->has_now ? "2026-11-23T03:16:00Z" : NULL,
        .sessions_sequential = settings->sessions_sequential,
        .keeps_input_order = settings->keeps_input_order,
        .replaces_cursor = true,
        .write = collect,
        .write_context = text,
    };
}

static void run(tocsin_engine *engine, const tocsin_query *query, const struct settings *settings, unsigned batch_rows,
                unsigned memory_bytes, struct answer *ret)
{
    *ret = (struct answer){.status = TOCSIN_OK};
    strbuf_init(&ret->text, OUTPUT_BYTES_MAX);
    struct tocsin_run_options options = run_options(settings, &ret->text);
    options.batch_rows = batch_rows;
    options.memory_bytes = memory_bytes;
    tocsin_run *made = NULL;
    ret->status = tocsin_run_query(engine, query, &options, &made, &ret->err);
    while (ret->status == TOCSIN_OK) {
        ret->status = tocsin_run_step(made, &ret->err);
    }
    if (ret->status == TOCSIN_END) {
        struct tocsin_summary summary;
        tocsin_run_summary(made, &summary);
        ret->is_cut = summary.regex_given_up > 0;
        ret->status = TOCSIN_OK;
    } else {
        check(ret->err.status == ret->status && ret->err.message[0] && is_printable(ret->err.message) &&
                  ret->status != TOCSIN_ERROR_INTERNAL,
              "a run that fails says why", &ret->err);
        ret->is_cut = ret->status == TOCSIN_ERROR_LIMIT || ret->status == TOCSIN_ERROR_MEMORY;
    }
    tocsin_run_free(made);
}

static void check_same(const struct answer *one, const struct answer *other, bool has_same_names, const char *what)
{
    if (one->is_cut || other->is_cut || one->text.is_failed || other->text.is_failed) {
        return;
    }
    bool is_same =
        one->status == other->status && (!has_same_names || str_eq(strbuf_str(&one->text), strbuf_str(&other->text)));
    if (!is_same) {
        fprintf(stderr, "%s\n%s: %s\n%.*s---\n%s: %s\n%.*s", what, tocsin_status_name(one->status), one->err.message,
                STR_ARG(strbuf_str(&one->text)), tocsin_status_name(other->status), other->err.message,
                STR_ARG(strbuf_str(&other->text)));
        abort();
    }
}

static void explain(tocsin_engine *engine, const tocsin_query *query, const struct settings *settings)
{
    struct strbuf text;
    struct tocsin_error err = {0};
    strbuf_init(&text, OUTPUT_BYTES_MAX);
    struct tocsin_explain_options options = {
        .output = settings->shows_evidence ? "json" : NULL, .write = collect, .write_context = &text};
    tocsin_status status = tocsin_explain_query(engine, query, &options, &err);
    check(status == TOCSIN_OK, "a query that can be prepared can be explained", &err);
    check(text.len > 0, "an explanation says something", NULL);
    if (tocsin_query_reads_log(query)) {
        struct tocsin_run_options about = run_options(settings, &text);
        bool passes;
        status = tocsin_explain_event(engine, query, &about, NULL, 0, &options, &passes, &err);
        check(status != TOCSIN_ERROR_INTERNAL, "an event is explained", &err);
    }
    strbuf_release(&text);
}

static bool has_into(str text)
{
    for (size_t i = 0; i + 4 <= text.len; i++) {
        if (str_eq_ignore_case(str_slice(text, i, i + 4), STR("into"))) {
            return true;
        }
    }
    return false;
}

/* The layout is the same query, but a column without a name is called as its text is written. */
static void check_layout(tocsin_engine *engine, str text, const struct settings *settings, const struct answer *answer)
{
    struct strbuf laid_out;
    struct tocsin_error err = {0};
    strbuf_init(&laid_out, OUTPUT_BYTES_MAX);
    tocsin_query *query = NULL;
    tocsin_status status = tocsin_format_query(text.data, text.len, "query", collect, &laid_out, &err);
    check(status == TOCSIN_OK || status == TOCSIN_ERROR_LIMIT, "a query can be laid out", &err);
    if (status == TOCSIN_OK) {
        str copy = strbuf_str(&laid_out);
        status = tocsin_query_prepare(engine, copy.data, copy.len, "query", &query, &err);
        check(status == TOCSIN_OK, "a layout can be prepared", &err);
        struct answer again;
        run(engine, query, settings, 0, 0, &again);
        check_same(answer, &again, true, "the layout gives another answer");
        answer_release(&again);
        tocsin_query_free(query);
    }
    strbuf_release(&laid_out);
}

static void run_all_ways(tocsin_engine *engine, const tocsin_query *query, str text, const struct settings *settings)
{
    struct answer answer;
    struct answer other;
    run(engine, query, settings, 0, 0, &answer);
    run(engine, query, settings, 1, 0, &other);
    check_same(&answer, &other, true, "rows one at a time give another answer");
    answer_release(&other);
    run(engine, query, settings, 3, settings->memory_bytes, &other);
    check_same(&answer, &other, true, "little memory gives another answer");
    answer_release(&other);
    check_layout(engine, text, settings, &answer);
    answer_release(&answer);
    if (has_into(text)) {
        empty_folder(cursors_folder);
    }
}

/* ---- check ---- */

static void check_remarks(tocsin_engine *engine, str text, bool can_be_prepared)
{
    tocsin_check *found = NULL;
    struct tocsin_error err = {0};
    tocsin_status status = tocsin_check_query(engine, text.data, text.len, NULL, &found, &err);
    check(status == TOCSIN_OK || status == TOCSIN_ERROR_LIMIT, "what is wrong with a text is no error", &err);
    if (status != TOCSIN_OK) {
        return;
    }
    size_t errors = 0;
    for (size_t i = 0; i < tocsin_check_count(found); i++) {
        const struct tocsin_diagnostic *item = tocsin_check_get(found, i);
        check(item->offset <= item->offset_end && item->offset_end <= text.len + 1, "a remark has a place", NULL);
        check(item->message[0] && is_printable(item->message) && is_printable(item->hint), "a remark is printable",
              NULL);
        /* Reference data and saved searches that are not here may be in the QRadar that the query is for: warnings. */
        errors += item->severity == TOCSIN_SEVERITY_ERROR || strcmp(item->code, "unknown-reference") == 0 ||
                  strcmp(item->code, "unknown-search") == 0;
    }
    bool is_whole = tocsin_check_more(found) == 0 && tocsin_check_silenced(found) == 0;
    check(!is_whole || can_be_prepared || errors > 0, "check finds nothing wrong with a query that cannot run", NULL);
    const char *fixed;
    size_t fixed_bytes;
    size_t fixes;
    status = tocsin_check_fix(found, &fixed, &fixed_bytes, &fixes, &err);
    if (status == TOCSIN_OK && can_be_prepared && fixes > 0) {
        tocsin_query *query = NULL;
        status = tocsin_query_prepare(engine, fixed, fixed_bytes, "query", &query, &err);
        if (status != TOCSIN_OK) {
            fprintf(stderr, "mended: %.*s\n", (int)fixed_bytes, fixed);
        }
        check(status == TOCSIN_OK || status == TOCSIN_ERROR_LIMIT, "a query that is mended can be prepared", &err);
        tocsin_query_free(query);
    }
    tocsin_check_free(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    prepare_once();
    if (size < 2) {
        return 0;
    }
    struct settings settings = take_settings(data);
    str text = str_from((const char *)data + 2, size - 2);
    tocsin_engine *engine = engine_of(settings.engine);
    tocsin_query *query = NULL;
    struct tocsin_error err = {0};
    tocsin_status status = tocsin_query_prepare(engine, text.data, text.len, "query", &query, &err);
    check_remarks(engine, text, status == TOCSIN_OK);
    if (status == TOCSIN_OK) {
        explain(engine, query, &settings);
        run_all_ways(engine, query, text, &settings);
    } else {
        check_error(&err, text);
    }
    tocsin_query_free(query);
    return 0;
}
