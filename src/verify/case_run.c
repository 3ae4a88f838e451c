#include "verify/case_run.h"

#include <inttypes.h>

#include "base/limits.h"
#include "base/memory.h"
#include "verify/event_maker.h"

enum { STEP_MS = 1000 };
static const int64_t first_ms = 1795400000000; /* any time: rules see times relative to the newest */

/* One item in one form: what is made, run and judged. */
struct check {
    const struct rule_case *rule_case;
    enum case_source source;
    size_t item; /* of its source; SIZE_MAX: all of the case */
    enum case_form form;
    uint64_t number;
    uint64_t first_line; /* in the log of its form, from 1 */
    uint64_t end_line;
    size_t rows;          /* found */
    size_t rows_elsewise; /* of those, not of the level, risk .. expected */
    struct found_row example;
    bool is_batched;
};

struct running {
    const struct pack_context *context;
    const struct rule_cases *cases;
    const struct case_run_options *options;
    struct arena *arena;
    struct arena scratch;
    struct found_rows rows;
    struct case_results *results;
    struct check *checks;
    size_t check_count;
};

/* ---- the checks of the file -------------------------------------------------------------------------------------- */

static const struct {
    enum case_form form;
    const char *name;
} form_names[] = {
    {FORM_AUDIT, "audit records"},
    {FORM_JSON, "JSON"},
    {FORM_DAEMON, "lines of dockerd"},
    {FORM_PLUGIN, "authorization requests"},
};

static unsigned forms_of(enum case_source source)
{
    switch (source) {
    case SOURCE_COMMANDS:
        return FORM_AUDIT | FORM_JSON;
    case SOURCE_DOCKER_REQUESTS:
        return FORM_DAEMON | FORM_PLUGIN;
    default:
        return 0;
    }
}

static bool has_source(const struct rule_case *rule_case, unsigned forms)
{
    for (int source = 0; source < SOURCE_EVENTS; source++) {
        if (rule_case->texts[source].count > 0 && (forms_of((enum case_source)source) & forms)) {
            return true;
        }
    }
    return false;
}

/* The combinations of forms in which a story is told: one of each pair that the case has. */
static size_t list_forms(unsigned has, unsigned forms[4])
{
    size_t count = 0;
    static const unsigned pairs[2][2] = {{FORM_AUDIT, FORM_JSON}, {FORM_DAEMON, FORM_PLUGIN}};
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < 2; k++) {
            unsigned first = has & (FORM_AUDIT | FORM_JSON) ? pairs[0][i] : 0;
            unsigned second = has & (FORM_DAEMON | FORM_PLUGIN) ? pairs[1][k] : 0;
            bool is_wanted = (first & ~has) == 0 && (second & ~has) == 0;
            bool is_known = false;
            for (size_t at = 0; at < count; at++) {
                is_known |= forms[at] == (first | second);
            }
            if (is_wanted && !is_known) {
                forms[count++] = first | second;
            }
        }
    }
    return count;
}

static void add_check(struct running *running, const struct rule_case *rule_case, enum case_source source, size_t item,
                      unsigned form)
{
    if (running->checks) {
        running->checks[running->check_count] = (struct check){
            .rule_case = rule_case,
            .source = source,
            .item = item,
            .form = (enum case_form)form,
            .number = running->check_count + 1,
            .is_batched = !rule_case->who && !rule_case->is_in_container && item != SIZE_MAX &&
                          (source == SOURCE_COMMANDS || source == SOURCE_READS || source == SOURCE_CONNECTS),
        };
    }
    running->check_count++;
}

static void add_items(struct running *running, const struct rule_case *rule_case, enum case_source source)
{
    unsigned forms = forms_of(source) & rule_case->forms;
    for (size_t item = 0; item < rule_case->texts[source].count; item++) {
        if (forms_of(source) == 0) {
            add_check(running, rule_case, source, item, source == SOURCE_REQUESTS ? 0 : FORM_AUDIT);
        }
        for (size_t i = 0; i < countof(form_names); i++) {
            if (forms & form_names[i].form) {
                add_check(running, rule_case, source, item, form_names[i].form);
            }
        }
    }
}

static void add_case(struct running *running, const struct rule_case *rule_case)
{
    if (rule_case->events || rule_case->file) {
        add_check(running, rule_case, rule_case->events ? SOURCE_EVENTS : SOURCE_FILE, SIZE_MAX, 0);
        return;
    }
    if (rule_case->is_together) {
        unsigned forms[4];
        unsigned has = 0;
        for (size_t i = 0; i < countof(form_names); i++) {
            has |= has_source(rule_case, form_names[i].form) ? form_names[i].form & rule_case->forms : 0;
        }
        size_t count = list_forms(has, forms);
        for (size_t i = 0; i < count; i++) {
            add_check(running, rule_case, SOURCE_EVENTS, SIZE_MAX, forms[i]);
        }
        return;
    }
    for (int source = 0; source < SOURCE_EVENTS; source++) {
        add_items(running, rule_case, (enum case_source)source);
    }
}

/* Counts first, then fills. */
static tocsin_status list_checks(struct running *running, struct error *err)
{
    for (int pass = 0; pass < 2; pass++) {
        size_t count = running->check_count;
        running->check_count = 0;
        if (pass == 1) {
            running->checks = arena_array(running->arena, struct check, count > 0 ? count : 1);
            if (!running->checks) {
                return error_memory(err);
            }
        }
        for (size_t i = 0; i < running->cases->case_count; i++) {
            add_case(running, &running->cases->cases[i]);
        }
    }
    return TOCSIN_OK;
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static tocsin_status make_item(struct running *running, struct event_log *log, const struct event_actor *actor,
                               enum case_source source, str text, unsigned form, struct error *err)
{
    switch (source) {
    case SOURCE_COMMANDS:
        return form & FORM_JSON ? event_make_json_command(log, actor, text, err)
                                : event_make_command(log, actor, text, &running->scratch, err);
    case SOURCE_REQUESTS:
        return event_make_request(log, actor, text, err);
    case SOURCE_DOCKER_REQUESTS:
        return form & FORM_PLUGIN ? event_make_docker_plugin(log, actor, text, err)
                                  : event_make_docker_daemon(log, actor, text, err);
    case SOURCE_READS:
        return event_make_read(log, actor, text, err);
    default:
        return event_make_connect(log, actor, text, err);
    }
}

/* Adds the check's lines. Errors have their place in the file of the cases. */
static tocsin_status make_check(struct running *running, struct event_log *log, struct check *check, int64_t time_ms,
                                struct error *err)
{
    const struct rule_case *rule_case = check->rule_case;
    struct event_actor actor = {check->number, rule_case->who, rule_case->exe, rule_case->is_in_container, time_ms};
    tocsin_status status = TOCSIN_OK;
    check->first_line = log->line_count + 1;
    for (int source = 0; status == TOCSIN_OK && source < SOURCE_EVENTS; source++) {
        bool is_all = check->item == SIZE_MAX;
        const struct case_texts *texts = &rule_case->texts[source];
        for (size_t i = 0; status == TOCSIN_OK && i < texts->count; i++) {
            if (!is_all && ((int)check->source != source || check->item != i)) {
                continue;
            }
            str text = str_from_cstring(texts->items[i]);
            bool is_request = source == SOURCE_REQUESTS || source == SOURCE_DOCKER_REQUESTS;
            actor.time_ms += is_request ? event_request_after(text) * 1000 : 0;
            status = make_item(running, log, &actor, (enum case_source)source, text, check->form, err);
            actor.time_ms += rule_case->apart_s * 1000;
            if (status == TOCSIN_ERROR_CONFIG) {
                rule_cases_position(running->cases, rule_case, (enum case_source)source, i, err);
            }
        }
    }
    check->end_line = log->line_count + 1;
    return status;
}

/* The lines of a file of the pack that the case names. Compressed files go whole. */
static tocsin_status read_case_file(struct running *running, const struct rule_case *rule_case, str *ret_text,
                                    struct error *err)
{
    const char *text = NULL;
    size_t bytes = 0;
    struct tocsin_error error = {0};
    tocsin_status status = tocsin_pack_file(running->context->pack, rule_case->file, &text, &bytes, &error);
    if (status != TOCSIN_OK) {
        if (status == TOCSIN_END) {
            error_set(err, TOCSIN_ERROR_CONFIG, "the pack has no file '%s'", rule_case->file);
            error_hint(err, "a path in the pack, such as tests/data/NAME.log");
        } else {
            error_set(err, TOCSIN_ERROR_CONFIG, "%s", error.message);
        }
        rule_cases_position(running->cases, rule_case, SOURCE_FILE, 0, err);
        return TOCSIN_ERROR_CONFIG;
    }
    str all = str_from(text, bytes);
    size_t at = 0;
    for (int64_t line = 1; line < rule_case->lines.min && at < all.len; line++) {
        size_t end = str_find_char(all, '\n', at);
        at = end == SIZE_MAX ? all.len : end + 1;
    }
    size_t end = at;
    for (int64_t line = rule_case->lines.min; line <= rule_case->lines.max && end < all.len; line++) {
        size_t line_end = str_find_char(all, '\n', end);
        end = line_end == SIZE_MAX ? all.len : line_end + 1;
    }
    if (at >= all.len && rule_case->lines.min > 1) {
        error_set(err, TOCSIN_ERROR_CONFIG, "'%s' has no line %" PRId64, rule_case->file, rule_case->lines.min);
        rule_cases_position(running->cases, rule_case, SOURCE_FILE, 0, err);
        return TOCSIN_ERROR_CONFIG;
    }
    *ret_text = str_slice(all, at, end);
    return TOCSIN_OK;
}

/* ---- judging ----------------------------------------------------------------------------------------------------- */

static bool is_in(int64_t value, const struct case_range *range)
{
    return value >= range->min && value <= range->max;
}

static bool is_text(const char *expected, str value)
{
    return !expected || (value.data && str_eq(value, str_from_cstring(expected)));
}

/* One of the acts that a finding is joined of is the one expected. */
static bool has_act(const struct case_expectation *expected, const struct found_row *row)
{
    for (size_t i = 0; i < row->act_count; i++) {
        if (is_text(expected->act, row->acts[i].act) && is_text(expected->target, row->acts[i].target)) {
            return true;
        }
    }
    return false;
}

static void show_attack(struct running *running, const struct check *check, const struct found_row *row)
{
    const struct pack_context *context = running->context;
    if (!context->see_attack || check->rule_case->kind == CASE_NEGATIVE) {
        return;
    }
    struct error place = {0};
    bool has_item = check->item != SIZE_MAX;
    rule_cases_position(running->cases, check->rule_case, has_item ? check->source : SOURCE_EVENTS,
                        has_item ? check->item : 0, &place);
    str text =
        str_from_cstring(has_item ? check->rule_case->texts[check->source].items[check->item] : check->rule_case->name);
    context->see_attack(context->state, running->cases->document.source, place.line, text, row);
}

static void count_row(struct running *running, struct check *check, const struct found_row *row)
{
    show_attack(running, check, row);
    const struct case_expectation *expected = &check->rule_case->expected;
    bool is_expected = is_in(row->level, &expected->level) && is_in(row->risk, &expected->risk) &&
                       has_act(expected, row) && is_text(expected->identity, row->identity);
    if (check->rows == 0 || (!is_expected && check->rows_elsewise == 0)) {
        check->example = *row;
    }
    check->rows++;
    check->rows_elsewise += !is_expected;
}

static void append_range(struct strbuf *text, const struct case_range *range)
{
    if (range->min == range->max) {
        strbuf_append_format(text, "exactly %" PRId64, range->min);
    } else if (range->max == INT64_MAX) {
        strbuf_append_format(text, "at least %" PRId64, range->min);
    } else if (range->min == 0) {
        strbuf_append_format(text, "at most %" PRId64, range->max);
    } else {
        strbuf_append_format(text, "%" PRId64 " to %" PRId64, range->min, range->max);
    }
}

static void append_text(struct strbuf *text, const char *what, const char *expected, str found)
{
    if (is_text(expected, found)) {
        return;
    }
    strbuf_append_format(text, "; %s is '%.*s', expected '%s'", what, STR_ARG(found.data ? found : STR("null")),
                         expected);
}

static void describe_row(struct strbuf *text, const struct check *check)
{
    const struct case_expectation *expected = &check->rule_case->expected;
    const struct found_row *row = &check->example;
    strbuf_append_format(text, "%zu of %zu finding%s not as expected", check->rows_elsewise, check->rows,
                         check->rows == 1 ? "" : "s");
    if (!is_in(row->level, &expected->level)) {
        int64_t max = expected->level.max < TOCSIN_LEVEL_COUNT ? expected->level.max : TOCSIN_LEVEL_COUNT - 1;
        strbuf_append_format(text, "; level is %s, expected %s", tocsin_level_name(row->level),
                             tocsin_level_name((int)expected->level.min));
        if (max != expected->level.min) {
            strbuf_append_format(text, " to %s", tocsin_level_name((int)max));
        }
    }
    if (!is_in(row->risk, &expected->risk)) {
        strbuf_append_format(text, "; risk is %" PRId64 ", expected ", row->risk);
        append_range(text, &expected->risk);
    }
    append_text(text, "identity", expected->identity, row->identity);
    if (!has_act(expected, row)) {
        append_text(text, "act", expected->act, row->acts[0].act);
        append_text(text, "target", expected->target, row->acts[0].target);
    }
}

static str copy_text(struct running *running, const struct strbuf *text)
{
    str copy = arena_copy(running->arena, strbuf_str(text));
    return copy.data ? copy : STR_EMPTY;
}

static int write_text(void *context, const char *bytes, size_t byte_count)
{
    strbuf_append(context, str_from(bytes, byte_count));
    return 0;
}

/* Which condition the first event of the check fails. */
static str explain(struct running *running, str log_text)
{
    struct memory_log log = {.fd = -1};
    struct strbuf text;
    strbuf_init(&text, LIMIT_OUTPUT_PART_BYTES);
    if (memory_log_open(log_text, &log, NULL) != TOCSIN_OK) {
        return STR_EMPTY;
    }
    const char *inputs[] = {log.path};
    struct tocsin_run_options run = {.inputs = inputs, .input_count = 1};
    struct tocsin_explain_options options = {.output = "text", .write = write_text, .write_context = &text};
    struct tocsin_error error = {0};
    bool passes = false;
    if (tocsin_explain_event(running->context->engine, running->options->query, &run, NULL, 1, &options, &passes,
                             &error) != TOCSIN_OK) {
        strbuf_clear(&text);
        strbuf_append_format(&text, "no explanation: %s\n", error.message);
    }
    str copy = copy_text(running, &text);
    strbuf_release(&text);
    memory_log_close(&log);
    return copy;
}

static str form_text(struct running *running, const struct check *check)
{
    struct strbuf text;
    strbuf_init(&text, 400);
    for (size_t i = 0; i < countof(form_names); i++) {
        if ((unsigned)check->form & form_names[i].form) {
            strbuf_append_format(&text, "%s%s", text.len > 0 ? " and " : "", form_names[i].name);
        }
    }
    str copy = copy_text(running, &text);
    strbuf_release(&text);
    return copy;
}

static tocsin_status add_failure(struct running *running, const struct check *check, str log_text, struct error *err)
{
    struct case_results *results = running->results;
    if (results->failure_count == results->failure_capacity) {
        size_t capacity = results->failure_capacity > 0 ? results->failure_capacity * 2 : 16;
        struct case_failure *wider = arena_array(running->arena, struct case_failure, capacity);
        if (!wider) {
            return error_memory(err);
        }
        for (size_t i = 0; i < results->failure_count; i++) {
            wider[i] = results->failures[i];
        }
        results->failures = wider;
        results->failure_capacity = capacity;
    }
    struct error place = {0};
    struct strbuf text;
    strbuf_init(&text, LIMIT_OUTPUT_PART_BYTES);
    if (!is_in((int64_t)check->rows, &check->rule_case->expected.rows)) {
        strbuf_append_format(&text, "%zu finding%s, expected ", check->rows, check->rows == 1 ? "" : "s");
        append_range(&text, &check->rule_case->expected.rows);
    } else {
        describe_row(&text, check);
    }
    bool has_item = check->item != SIZE_MAX;
    rule_cases_position(running->cases, check->rule_case, has_item ? check->source : SOURCE_EVENTS,
                        has_item ? check->item : 0, &place);
    results->failures[results->failure_count++] = (struct case_failure){
        .rule_case = check->rule_case,
        .item = has_item ? str_from_cstring(check->rule_case->texts[check->source].items[check->item]) : STR_EMPTY,
        .form = form_text(running, check),
        .message = copy_text(running, &text),
        .explanation = running->options->explains && check->rows == 0 ? explain(running, log_text) : STR_EMPTY,
        .line = place.line,
    };
    strbuf_release(&text);
    return TOCSIN_OK;
}

static tocsin_status judge(struct running *running, const struct check *check, str log_text, struct error *err)
{
    const struct rule_case *rule_case = check->rule_case;
    bool has_passed = is_in((int64_t)check->rows, &rule_case->expected.rows) && check->rows_elsewise == 0;
    running->results->check_count[rule_case->kind]++;
    running->results->passed_checks[rule_case->kind] += has_passed;
    if (has_passed) {
        return TOCSIN_OK;
    }
    running->results->case_failed[rule_case - running->cases->cases] = true;
    return add_failure(running, check, log_text, err);
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

static tocsin_status run_log(struct running *running, str text, struct error *err)
{
    struct memory_log log = {.fd = -1};
    tocsin_status status = memory_log_open(text, &log, err);
    if (status == TOCSIN_OK) {
        const char *inputs[] = {log.path};
        status = pack_run(running->context, &running->options->rule_id, 1, inputs, 1, &running->rows, err);
    }
    memory_log_close(&log);
    return status;
}

static tocsin_status run_alone(struct running *running, struct check *check, struct error *err)
{
    struct event_log log;
    str text = STR_EMPTY;
    tocsin_status status = TOCSIN_OK;
    event_log_init(&log);
    check->rows = 0;
    check->rows_elsewise = 0;
    if (check->rule_case->events) {
        text = str_from_cstring(check->rule_case->events);
    } else if (check->rule_case->file) {
        status = read_case_file(running, check->rule_case, &text, err);
    } else {
        status = make_check(running, &log, check, first_ms, err);
        text = strbuf_str(&log.text);
    }
    status = status == TOCSIN_OK ? run_log(running, text, err) : status;
    for (size_t i = 0; status == TOCSIN_OK && i < running->rows.count; i++) {
        count_row(running, check, &running->rows.rows[i]);
    }
    status = status == TOCSIN_OK ? judge(running, check, text, err) : status;
    event_log_release(&log);
    arena_clear(&running->scratch);
    return status;
}

/* The check that a line of the log belongs to; checks are in the order of their lines. */
static struct check *find_check(struct running *running, enum case_form form, uint64_t line)
{
    size_t low = 0;
    size_t high = running->check_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct check *check = &running->checks[middle];
        if (check->is_batched && check->form == form && line >= check->first_line && line < check->end_line) {
            return check;
        }
        if (check->end_line <= line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* Gives the rows of a run over all checks to each; false if one can't be told whose it is. */
static bool share_rows(struct running *running, enum case_form form)
{
    for (size_t i = 0; i < running->rows.count; i++) {
        const struct found_row *row = &running->rows.rows[i];
        struct check *owner = row->evidence_count > 0 ? find_check(running, form, row->evidence[0].line) : NULL;
        bool is_whole = owner && !row->has_more_evidence;
        for (size_t k = 1; is_whole && k < row->evidence_count; k++) {
            is_whole = row->evidence[k].line >= owner->first_line && row->evidence[k].line < owner->end_line;
        }
        if (!is_whole) {
            return false;
        }
        count_row(running, owner, row);
    }
    return true;
}

/* All items of their own hosts, users and sessions, in one run of each form. */
static tocsin_status run_batch(struct running *running, enum case_form form, struct error *err)
{
    struct event_log log;
    size_t count = 0;
    tocsin_status status = TOCSIN_OK;
    event_log_init(&log);
    for (size_t i = 0; status == TOCSIN_OK && i < running->check_count; i++) {
        struct check *check = &running->checks[i];
        if (check->is_batched && check->form == form) {
            status = make_check(running, &log, check, first_ms + (int64_t)count++ * STEP_MS, err);
            arena_clear(&running->scratch);
        } else {
            check->first_line = check->end_line = log.line_count + 1; /* keeps the order for find_check */
        }
    }
    if (count == 0 || status != TOCSIN_OK) {
        event_log_release(&log);
        return status;
    }
    status = run_log(running, strbuf_str(&log.text), err);
    bool is_shared = status == TOCSIN_OK && share_rows(running, form);
    event_log_release(&log);
    for (size_t i = 0; status == TOCSIN_OK && i < running->check_count; i++) {
        struct check *check = &running->checks[i];
        if (!check->is_batched || check->form != form) {
            continue;
        }
        bool is_fine = is_in((int64_t)check->rows, &check->rule_case->expected.rows) && check->rows_elsewise == 0;
        /* What fails is run again by itself: for the explanation, and since isolation is then beyond doubt. */
        status = is_shared && is_fine ? judge(running, check, STR_EMPTY, err) : run_alone(running, check, err);
    }
    return status;
}

static tocsin_status run_checks(struct running *running, struct error *err)
{
    tocsin_status status = run_batch(running, FORM_AUDIT, err);
    status = status == TOCSIN_OK ? run_batch(running, FORM_JSON, err) : status;
    for (size_t i = 0; status == TOCSIN_OK && i < running->check_count; i++) {
        status = running->checks[i].is_batched ? TOCSIN_OK : run_alone(running, &running->checks[i], err);
    }
    return status;
}

tocsin_status case_run(const struct pack_context *context, const struct rule_cases *cases,
                       const struct case_run_options *options, struct arena *arena, struct case_results *ret_results,
                       struct error *err)
{
    struct case_results results = {0};
    struct running running = {
        .context = context, .cases = cases, .options = options, .arena = arena, .results = &results};
    results.case_failed = arena_array(arena, bool, cases->case_count > 0 ? cases->case_count : 1);
    if (!results.case_failed) {
        return error_memory(err);
    }
    arena_init(&running.scratch, ARENA_NO_LIMIT);
    found_rows_init(&running.rows);
    tocsin_status status = list_checks(&running, err);
    status = status == TOCSIN_OK ? run_checks(&running, err) : status;
    arena_release(&running.scratch);
    found_rows_release(&running.rows);
    if (status == TOCSIN_OK) {
        *ret_results = results;
    }
    return status;
}
