#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/memory.h"
#include "command/command_cache.h"
#include "engine/alerts.h"
#include "engine/clickhouse_use.h"
#include "engine/cursors.h"
#include "engine/findings.h"
#include "engine/raw_queries.h"
#include "engine/store_use.h"
#include "format/property_set.h"
#include "function/text_memo.h"

/* ---- bytes out --------------------------------------------------------------------------------------------------- */

static tocsin_status write_bytes(void *state, str bytes, struct error *err)
{
    struct tocsin_run *run = state;
    if (bytes.len == 0) {
        return TOCSIN_OK;
    }
    int failure = run->options.write(run->options.write_context, bytes.data, bytes.len);
    if (failure == 0) {
        return TOCSIN_OK;
    }
    if (failure == EPIPE) {
        return error_set(err, TOCSIN_ERROR_CLOSED, "the reader of the output went away");
    }
    return error_system(err, TOCSIN_ERROR_OUTPUT, failure, "cannot write the result");
}

/* ---- rows out ---------------------------------------------------------------------------------------------------- */

static tocsin_status begin_output(struct rule_run *rule, struct error *err)
{
    if (rule->has_begun) {
        return TOCSIN_OK;
    }
    rule->has_begun = true;
    struct tocsin_run *run = rule->run;
    return run->output->begin(run->output_state, &rule->header, err);
}

static int64_t risk_of(const struct rule_run *rule, const struct result_batch *batch, uint32_t row)
{
    if (rule->risk_output == UINT32_MAX) {
        return 0;
    }
    const struct column *column = &batch->columns[rule->risk_output];
    if (!column_is_valid(column, row)) {
        return 0;
    }
    if (column->type == TYPE_INT64) {
        return column_integer(column, row);
    }
    double risk = column_double(column, row);
    return risk >= -9e18 && risk <= 9e18 ? (int64_t)risk : 0;
}

/* One row of a batch, as a batch. */
static tocsin_status push_one(struct rule_run *rule, const struct result_batch *batch, uint32_t row, struct error *err)
{
    struct tocsin_run *run = rule->run;
    struct column *columns = rule->one_columns;
    for (uint32_t i = 0; i < rule->header.column_count; i++) {
        columns[i] = batch->columns[i];
        if (columns[i].kind == COLUMN_FLAT) {
            rule->one_validity[i] = column_is_valid(&columns[i], row);
            columns[i].validity = &rule->one_validity[i];
            columns[i].data = (char *)columns[i].data + row * value_type_bytes(columns[i].type);
            columns[i].codes = columns[i].codes ? columns[i].codes + row : NULL;
        }
    }
    const struct result_batch one = {
        .columns = columns,
        .row_count = 1,
        .evidence = batch->evidence ? batch->evidence + row : NULL,
        .risks = batch->risks + row,
        .levels = batch->levels + row,
    };
    return run->output->push(run->output_state, &one, err);
}

/* Of a scheduled hunt: rows that are alerts already are passed over, the others become alerts. */
static tocsin_status push_new(struct rule_run *rule, const struct result_batch *batch, struct error *err)
{
    struct tocsin_run *run = rule->run;
    static const struct result_evidence none;
    tocsin_status status = TOCSIN_OK;
    if (!rule->one_columns) {
        rule->one_columns = arena_array(&run->arena, struct column, rule->header.column_count + 1);
        rule->one_validity = arena_array(&run->arena, uint64_t, rule->header.column_count + 1);
    }
    if (!rule->one_columns || !rule->one_validity) {
        return error_memory(err);
    }
    for (uint32_t row = 0; status == TOCSIN_OK && row < batch->row_count; row++) {
        const struct result_evidence *evidence = batch->evidence ? &batch->evidence[row] : &none;
        if (alerts_knows(run->part->alerts, rule, evidence, STR_EMPTY, STR_EMPTY, 0)) {
            continue;
        }
        run->rows++;
        run->rows_by_level[run->level_numbers[row]]++;
        status = begin_output(rule, err);
        status = status == TOCSIN_OK ? push_one(rule, batch, row, err) : status;
        status = status == TOCSIN_OK ? alerts_add_row(run->part->alerts, rule, batch, row, err) : status;
    }
    return status;
}

static tocsin_status push_result(void *state, const struct result_batch *batch, struct error *err)
{
    struct rule_run *rule = state;
    struct tocsin_run *run = rule->run;
    struct result_batch rated = *batch;
    tocsin_status status = rule->finding_columns || run->part ? TOCSIN_OK : begin_output(rule, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (rule->rule) {
        for (uint32_t row = 0; row < batch->row_count; row++) {
            run->risks[row] = risk_of(rule, batch, row);
            enum pack_level level = pack_rule_level(rule->rule, run->risks[row]);
            run->levels[row] = pack_level_name(level);
            run->level_numbers[row] = (uint8_t)level;
            run->rows_by_level[level] += !rule->finding_columns && !run->part;
        }
        rated.risks = run->risks;
        rated.levels = run->levels;
    }
    if (rule->cursor) {
        status = cursor_writer_push(rule->cursor, batch, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    rule->rows += batch->row_count;
    if (rule->finding_columns) {
        return findings_push(rule, &rated, run->level_numbers, err);
    }
    if (run->part) {
        return push_new(rule, &rated, err);
    }
    run->rows += batch->row_count;
    return run->output->push(run->output_state, &rated, err);
}

static const struct result_sink_ops result_ops = {.push = push_result};

/* ---- creation ---------------------------------------------------------------------------------------------------- */

static tocsin_status choose_now(struct tocsin_run *run, struct error *err)
{
    const char *now = run->options.now;
    if (!now) {
        run->now_kind = NOW_NEWEST_EVENT;
        run->now_source = "newest event";
        /* Below every time and far from wrapping: nothing is pruned before the first event has a time. */
        run->environment.functions.now_ms = INT64_MIN / 2;
        return TOCSIN_OK;
    }
    int64_t wall_ms = clock_wall_ms();
    run->has_now = true;
    if (strcmp(now, "system") == 0) {
        run->now_kind = NOW_SYSTEM;
        run->now_source = "system clock";
        run->environment.functions.now_ms = wall_ms;
        return TOCSIN_OK;
    }
    run->now_kind = NOW_GIVEN;
    run->now_source = "--now";
    if (!time_parse_query(str_from_cstring(now), run->engine->zone, wall_ms, &run->environment.functions.now_ms)) {
        tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "'%s' is no time", now);
        error_hint(err, "--now 2026-11-23T03:10:00Z, --now '2026-11-23 03:10', milliseconds since 1970, or system");
        return status;
    }
    return TOCSIN_OK;
}

static void hint_outputs(struct error *err)
{
    char names[200];
    size_t used = 0;
    size_t count;
    const struct output_def *const *outputs = output_list(&count);
    for (size_t i = 0; i < count && used < sizeof(names); i++) {
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "", outputs[i]->name);
    }
    error_hint(err, "outputs are %s", names);
}

static tocsin_status open_output(struct tocsin_run *run, struct error *err)
{
    const char *name = run->options.output ? run->options.output : "ndjson";
    run->output = output_find(str_from_cstring(name));
    if (!run->output) {
        tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "there is no output '%s'", name);
        hint_outputs(err);
        return status;
    }
    struct output_options options = {
        .sink = {write_bytes, run},
        .shows_evidence = run->options.shows_evidence,
        .has_color = run->options.has_color,
        .width = run->options.width,
    };
    return run->output->open(&options, &run->output_state, err);
}

static tocsin_status open_logs(struct tocsin_run *run, struct error *err)
{
    tocsin_status status = input_list_expand(&run->inputs, run->options.inputs, run->options.input_count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    run->has_inputs = true;
    run->input_names = arena_array(&run->arena, str, run->inputs.count);
    if (!run->input_names) {
        return error_memory(err);
    }
    run->input_count = run->inputs.count;
    for (size_t i = 0; i < run->inputs.count; i++) {
        run->input_names[i] = run->inputs.files[i].path;
    }
    return TOCSIN_OK;
}

/* Of a store the newest event is known before the first one is read. */
static tocsin_status open_store(struct tocsin_run *run, struct error *err)
{
    if (run->options.input_count > 0 || run->options.format) {
        tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "a run reads logs or a store, not both");
        error_hint(err, "`tocsin ingest --store %s LOG` puts a log into the store", run->options.store);
        return status;
    }
    tocsin_status status = store_use_open(run->engine, run->options.store, &run->store, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const str *names = store_reader_inputs(run->store, &run->input_count);
    run->input_names = arena_array(&run->arena, str, run->input_count);
    if (!run->input_names) {
        return error_memory(err);
    }
    for (size_t i = 0; i < run->input_count; i++) {
        run->input_names[i] = names[i]; /* the reader lives as long as the run */
    }
    int64_t newest_ms;
    bool is_stated;
    bool reads_log = false;
    for (size_t i = 0; i < run->rule_count; i++) {
        reads_log |= plan_reads_log(run->rules[i].plan);
    }
    if (reads_log && run->now_kind == NOW_NEWEST_EVENT && store_use_now(run->store, &newest_ms, &is_stated)) {
        run->now_kind = NOW_STORE;
        run->now_source = is_stated ? "newest event" : "newest file; no event has a time";
        run->has_now = true;
        run->environment.functions.now_ms = newest_ms;
    }
    return TOCSIN_OK;
}

static tocsin_status open_inputs(struct tocsin_run *run, struct error *err)
{
    if (run->options.clickhouse) {
        return clickhouse_use_open(run, err);
    }
    return run->options.store ? open_store(run, err) : open_logs(run, err);
}

static tocsin_status check_threads(const struct tocsin_run *run, struct error *err)
{
    if (run->options.threads <= TOCSIN_THREADS_MAX) {
        return TOCSIN_OK;
    }
    return error_set(err, TOCSIN_ERROR_USAGE, "a run has 1 or %d threads, not %u", TOCSIN_THREADS_MAX,
                     run->options.threads);
}

tocsin_status engine_find_format(const char *name, const struct format_def **ret_format, struct error *err)
{
    *ret_format = name ? format_find(str_from_cstring(name)) : NULL;
    if (!name || *ret_format) {
        return TOCSIN_OK;
    }
    tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "there is no format '%s'", name);
    error_hint(err, "`tocsin formats` lists them");
    return status;
}

bool rule_keeps_evidence(const struct rule_run *rule)
{
    const struct tocsin_run *run = rule->run;
    return run->output->has_evidence || run->options.shows_evidence || rule->plan->into.len > 0 ||
           rule->finding_columns || run->part;
}

/* Which rows the rules want, as far as that is known before the first one. */
static tocsin_status make_filters(struct tocsin_run *run, struct error *err)
{
    const struct plan **plans = arena_array(&run->arena, const struct plan *, run->rule_count);
    if (!plans) {
        return error_memory(err);
    }
    for (size_t i = 0; i < run->rule_count; i++) {
        plans[i] = run->rules[i].plan;
    }
    const struct scan_filter_options options = {
        .plans = plans,
        .plan_count = run->rule_count,
        .is_now_known = run->now_kind != NOW_NEWEST_EVENT,
        .thread_count = run->options.threads,
        .hash_seed = run->hash_seed,
    };
    return scan_filters_create(&run->environment, &options, &run->filters, err);
}

/* What the run wants to know of each row, and of which rows. */
static tocsin_status make_request(struct tocsin_run *run, struct error *err)
{
    run->request = (struct scan_request){.fields = run->wanted};
    tocsin_status status = run->options.reads_all_rows ? TOCSIN_OK : make_filters(run, err);
    scan_filters_request(run->filters, &run->request);
    return status;
}

/* What no plan looks at need not be there. */
static void ask_for_less(struct tocsin_run *run, bool wants_evidence)
{
    bool is_now_known = run->now_kind != NOW_NEWEST_EVENT;
    struct field_set texts = {{0}};
    struct scan_request *request = &run->request;
    request->wants_places = !wants_evidence || (run->is_late && !run->has_late_lines);
    for (size_t i = 0; i < run->rule_count; i++) {
        const struct plan *plan = run->rules[i].plan;
        request->wants_places &= run->is_late || execution_needs_only_places(plan, is_now_known);
        execution_text_fields(plan, is_now_known, &texts);
    }
    for (size_t word = 0; word < countof(texts.words); word++) {
        request->coded.words[word] = request->fields.words[word] & ~texts.words[word];
    }
}

/* What only rows of the answer need is asked of those. */
static void ask_later(struct tocsin_run *run, bool wants_evidence)
{
    struct scan_request *request = &run->request;
    request->is_numbered = true;
    request->late = run->late_fields;
    request->has_late_lines = wants_evidence;
    for (size_t word = 0; word < countof(request->fields.words); word++) {
        request->fields.words[word] &= ~run->late_fields.words[word];
    }
}

static tocsin_status read_store(struct tocsin_run *run, struct error *err)
{
    bool wants_evidence = false;
    bool needs_lines = false;
    for (size_t i = 0; i < run->rule_count; i++) {
        wants_evidence |= rule_keeps_evidence(&run->rules[i]);
        needs_lines |= execution_needs_lines(run->rules[i].plan);
    }
    tocsin_status status = make_request(run, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    run->request.leaves_out_evidence = !wants_evidence && !needs_lines;
    if (run->is_late) {
        ask_later(run, wants_evidence);
    }
    if (!run->options.reads_all_rows) {
        ask_for_less(run, wants_evidence);
    }
    const struct store_rows_options options = {.schema = run->engine->schema,
                                               .request = run->request,
                                               .wants_raw = wants_evidence,
                                               .threads = run->options.threads,
                                               .statistics = &run->scan_statistics};
    return row_source_of_store(run->store, &options, &run->source, err);
}

static tocsin_status make_prefilter(struct tocsin_run *run, const struct raw_prefilter **ret_prefilter,
                                    struct error *err)
{
    *ret_prefilter = NULL;
    if (run->options.parses_all) {
        return TOCSIN_OK;
    }
    struct raw_queries *queries = raw_queries_create(&run->arena);
    tocsin_status status = queries ? TOCSIN_OK : error_memory(err);
    for (size_t i = 0; status == TOCSIN_OK && i < run->rule_count; i++) {
        status = raw_queries_add(queries, run->rules[i].plan, err);
    }
    if (status == TOCSIN_OK) {
        *ret_prefilter = raw_queries_prefilter(queries);
    }
    return status;
}

/* With few rules pieces that stay in the processor's cache, with the rows made of them, are a fifth faster; what a
 * batch costs each of many rules wants larger ones, and so does a search in front of the parser, which leaves few rows
 * and hands over to other threads what it read. The number of threads has no say: both cut the input into the same
 * batches. */
static size_t chunk_bytes_of(const struct tocsin_run *run, const struct raw_prefilter *prefilter)
{
    enum { FEW_RULES = 4 };
    const size_t cached = LIMIT_CHUNK_BYTES / 4;
    return run->rule_count <= FEW_RULES && !prefilter ? cached : LIMIT_CHUNK_BYTES;
}

static tocsin_status read_logs(struct tocsin_run *run, struct error *err)
{
    const struct format_def *format = NULL;
    tocsin_status status = engine_find_format(run->options.format, &format, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct raw_prefilter *prefilter;
    status = make_prefilter(run, &prefilter, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    run->format_context = (struct format_context){
        .prefilter = prefilter,
        .schema = run->engine->schema,
        .wanted = &run->wanted,
        .log_sources = run->engine->log_sources,
        .properties = run->engine->properties,
        .zone = run->engine->zone,
    };
    struct log_feed_options options = {
        .reader = {.context = &run->format_context,
                   .inputs = &run->inputs,
                   .format = format,
                   .wall_clock_ms = clock_wall_ms(),
                   .chunk_bytes = chunk_bytes_of(run, prefilter)},
        .has_thread = run->options.threads > 1 && run->inputs.count > 0,
    };
    return row_source_of_logs(&options, &run->source, err);
}

static tocsin_status open_source(struct tocsin_run *run, struct error *err)
{
    if (run->clickhouse) {
        return clickhouse_use_read(run, err);
    }
    return run->store ? read_store(run, err) : read_logs(run, err);
}

tocsin_status rule_make_header(struct rule_run *rule, struct error *err)
{
    struct tocsin_run *run = rule->run;
    const struct plan *plan = rule->plan;
    rule->columns = arena_array(&run->arena, struct result_column, plan->output_count);
    if (!rule->columns) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < plan->output_count; i++) {
        rule->columns[i] = (struct result_column){plan->outputs[i].name, plan->outputs[i].expression->type,
                                                  plan->outputs[i].expression->domain};
    }
    rule->header = (struct result_header){
        .columns = rule->columns,
        .column_count = rule->plan->output_count,
        .rule_id = rule->rule ? rule->rule->id : STR_EMPTY,
        .rule_title = rule->rule ? rule->rule->title : STR_EMPTY,
        .input_names = run->input_names,
        .input_count = run->input_count,
    };
    return TOCSIN_OK;
}

/* Rules share what the run may keep in memory. */
size_t run_part_bytes(const struct tocsin_run *run)
{
    if (run->options.memory_bytes > 0) {
        return run->options.memory_bytes;
    }
    size_t bytes = (run->options.memory_mib > 0 ? run->options.memory_mib * MEBI : LIMIT_RUN_BYTES) /
                   (run->rule_count + (run->findings != NULL));
    return bytes > LIMIT_PART_BYTES_MIN ? bytes : LIMIT_PART_BYTES_MIN;
}

static tocsin_status fetch_late(void *context, const uint64_t *numbers, uint32_t count, struct batch *batch,
                                uint32_t *ret_count, struct error *err)
{
    struct tocsin_run *run = context;
    return row_source_fetch(run->source, numbers, count, batch, ret_count, err);
}

/* One plan over a store, of which nobody else sees the rows. */
static bool may_be_late(const struct tocsin_run *run)
{
    return run->store && run->rule_count == 1 && !run->watch && !run->options.reads_all_rows && !run->has_lost_rows;
}

static tocsin_status create_rule(struct tocsin_run *run, struct rule_run *rule, struct error *err)
{
    const struct plan *plan = rule->plan;
    struct execution_options options = {
        .bytes_max = run_part_bytes(run),
        .is_now_known = run->now_kind != NOW_NEWEST_EVENT,
        .keeps_input_order = run->options.keeps_input_order,
        .keeps_evidence = rule_keeps_evidence(rule),
        .sessions_sequential = run->options.sessions_sequential,
        .row_max = run->options.batch_rows,
        .hash_seed = run->hash_seed,
        .open_cursor = cursors_source,
        .cursor_context = run,
        .see_rows = watched_event_see,
        .see_context = run,
        .measure = run->measure,
    };
    run->is_late = may_be_late(run) && execution_late_fields(plan, &options, &run->late_fields);
    run->has_late_lines = !run->is_late && may_be_late(run) && execution_may_have_late_lines(plan, &options);
    if (run->is_late) {
        options.late_fields = &run->late_fields;
    } else if (run->has_late_lines) {
        options.has_late_lines = true;
        run->is_late = true;
        run->late_fields = (struct field_set){{0}};
    }
    options.late_source = (struct late_source){fetch_late, run};
    rule->needs_now = execution_needs_now(plan);
    run->needs_now |= rule->needs_now;
    return execution_create(plan, &run->environment, &options, (struct result_sink){&result_ops, rule},
                            &rule->execution, err);
}

/* Below so many rules with literals a pass for all of them costs more than it spares. */
enum { PREFILTERED_RULES_MIN = 4 };

/* One pass over a batch tells which rules have to look at which rows. */
static tocsin_status create_prefilter(struct tocsin_run *run, struct error *err)
{
    uint32_t count = 0;
    for (size_t i = 0; i < run->rule_count; i++) {
        count += execution_log_plans(run->rules[i].plan, NULL, 0);
    }
    const struct plan **plans = arena_array(&run->arena, const struct plan *, count);
    run->log_plans = arena_array(&run->arena, struct log_plan, count);
    if (!plans || !run->log_plans) {
        return error_memory(err);
    }
    uint32_t filled = 0;
    for (size_t i = 0; i < run->rule_count; i++) {
        uint32_t number = execution_log_plans(run->rules[i].plan, plans + filled, count - filled);
        for (uint32_t j = 0; j < number; j++) {
            run->log_plans[filled++] = (struct log_plan){&run->rules[i], j};
        }
    }
    return rule_prefilter_create(plans, count, PREFILTERED_RULES_MIN, &run->prefilter, err);
}

uint64_t engine_random_seed(void)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed)) {
        seed = (uint64_t)clock_monotonic_ns() ^ (uint64_t)(uintptr_t)&seed;
    }
    return seed;
}

static tocsin_status build_run(struct tocsin_run *run, struct error *err)
{
    run->environment.functions.zone = run->engine->zone;
    run->environment.functions.log_sources = run->engine->log_sources;
    run->environment.functions.lookups = run->engine->lookups;
    run->environment.is_null_sql = run->engine->plan_options.is_null_sql;
    run->hash_seed = engine_random_seed();
    run->risks = arena_array(&run->arena, int64_t, BATCH_ROWS_MAX);
    run->levels = arena_array(&run->arena, str, BATCH_ROWS_MAX);
    run->level_numbers = arena_array(&run->arena, uint8_t, BATCH_ROWS_MAX);
    tocsin_status status = run->risks && run->levels && run->level_numbers ? TOCSIN_OK : error_memory(err);
    status = status == TOCSIN_OK ? check_threads(run, err) : status;
    status = status == TOCSIN_OK ? choose_now(run, err) : status;
    status = status == TOCSIN_OK ? regex_scratch_create(&run->environment.scratch, err) : status;
    status = status == TOCSIN_OK ? command_cache_create(run->hash_seed, &run->environment.commands, err) : status;
    status = status == TOCSIN_OK ? text_memo_create(run->hash_seed, &run->environment.texts, err) : status;
    if (status == TOCSIN_OK) {
        regex_scratch_count_into(run->environment.scratch, &run->regex_given_up);
    }
    status = status == TOCSIN_OK ? open_output(run, err) : status;
    status = status == TOCSIN_OK ? open_inputs(run, err) : status;
    status = status == TOCSIN_OK ? cursors_open(run, err) : status;
    status = status == TOCSIN_OK ? findings_open(run, err) : status;
    status = status == TOCSIN_OK ? clickhouse_use_groups(run, err) : status;
    for (size_t i = 0; status == TOCSIN_OK && i < run->rule_count; i++) {
        status = create_rule(run, &run->rules[i], err);
        execution_fields(run->rules[i].plan, &run->wanted);
    }
    if (status == TOCSIN_OK && !run->options.reads_all_rows) {
        status = create_prefilter(run, err);
    }
    return status == TOCSIN_OK ? open_source(run, err) : status;
}

static tocsin_status run_create(tocsin_engine *engine, const struct tocsin_run_options *options, size_t rule_count,
                                struct tocsin_run **ret_run, struct error *err)
{
    struct tocsin_run *run = memory_allocate_zeroed(1, sizeof(*run));
    if (!run) {
        return error_memory(err);
    }
    arena_init(&run->arena, ARENA_NO_LIMIT);
    run->engine = engine;
    run->options = *options;
    run->started_ns = clock_monotonic_ns();
    run->rules = arena_array(&run->arena, struct rule_run, rule_count);
    run->rule_count = rule_count;
    if (!run->rules) {
        tocsin_run_free(run);
        return error_memory(err);
    }
    for (size_t i = 0; i < rule_count; i++) {
        run->rules[i] = (struct rule_run){.run = run, .risk_output = UINT32_MAX};
    }
    *ret_run = run;
    return TOCSIN_OK;
}

tocsin_status run_create_query(tocsin_engine *engine, const tocsin_query *query,
                               const struct tocsin_run_options *options, struct measure *measure,
                               struct tocsin_run **ret_run, struct error *err)
{
    struct tocsin_run *run = NULL;
    tocsin_status status = run_create(engine, options, 1, &run, err);
    if (status == TOCSIN_OK) {
        run->measure = measure;
        run->rules[0].plan = query->plan;
        run->rules[0].query_text = query->text;
        status = build_run(run, err);
    }
    if (status != TOCSIN_OK) {
        tocsin_run_free(run);
        return status;
    }
    *ret_run = run;
    return TOCSIN_OK;
}

tocsin_status tocsin_run_query(tocsin_engine *engine, const tocsin_query *query,
                               const struct tocsin_run_options *options, tocsin_run **ret_run, struct tocsin_error *err)
{
    struct error error = {0};
    tocsin_status status = run_create_query(engine, query, options, NULL, ret_run, &error);
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

/* Marks the rules to run; gives their number. */
static tocsin_status choose_rules(const struct pack *pack, const struct tocsin_run_options *options, bool *chosen,
                                  size_t *ret_count, struct error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < options->rule_count; i++) {
        size_t index = pack_find_rule(pack, str_from_cstring(options->rules[i]));
        if (index == SIZE_MAX) {
            tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "the pack has no rule '%s'", options->rules[i]);
            error_hint(err, "`tocsin test --list` names its rules");
            return status;
        }
        count += !chosen[index];
        chosen[index] = true;
    }
    for (size_t i = 0; options->rule_count == 0 && i < pack->rule_count; i++) {
        chosen[i] = pack->rules[i].status != STATUS_REFERENCE || pack->rule_count == 1;
        count += chosen[i];
    }
    *ret_count = count;
    return count > 0 ? TOCSIN_OK : error_set(err, TOCSIN_ERROR_USAGE, "all rules of the pack are for reference");
}

static tocsin_status run_rules(tocsin_engine *engine, const tocsin_pack *pack, const bool *chosen, size_t count,
                               const struct tocsin_run_options *options, const struct run_part *part,
                               struct tocsin_run **ret_run, struct error *err)
{
    tocsin_status status = run_create(engine, options, count, ret_run, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct rule_run *rule = (*ret_run)->rules;
    (*ret_run)->pack = pack;
    (*ret_run)->part = part;
    for (size_t i = 0; i < pack->pack->rule_count; i++) {
        if (chosen[i]) {
            rule->plan = pack->queries[i]->plan;
            rule->query_text = pack->queries[i]->text;
            rule->rule = &pack->pack->rules[i];
            rule->risk_output = pack->risk_output[i];
            rule++;
        }
    }
    return build_run(*ret_run, err);
}

tocsin_status run_create_pack(tocsin_engine *engine, const tocsin_pack *pack, const struct tocsin_run_options *options,
                              const struct run_part *part, struct tocsin_run **ret_run, struct error *err)
{
    struct tocsin_run *run = NULL;
    size_t count = 0;
    bool *chosen = memory_allocate_zeroed(pack->pack->rule_count, sizeof(*chosen));
    tocsin_status status = chosen ? choose_rules(pack->pack, options, chosen, &count, err) : error_memory(err);
    status = status == TOCSIN_OK ? run_rules(engine, pack, chosen, count, options, part, &run, err) : status;
    memory_free(chosen);
    if (status != TOCSIN_OK) {
        tocsin_run_free(run);
        return status;
    }
    *ret_run = run;
    return TOCSIN_OK;
}

tocsin_status tocsin_run_pack(tocsin_engine *engine, const tocsin_pack *pack, const struct tocsin_run_options *options,
                              tocsin_run **ret_run, struct tocsin_error *err)
{
    struct error error = {0};
    tocsin_status status = run_create_pack(engine, pack, options, NULL, ret_run, &error);
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

void tocsin_run_free(tocsin_run *run)
{
    if (!run) {
        return;
    }
    row_source_free(run->source); /* the reading thread ends */
    clickhouse_use_close(run);
    scan_filters_free(run->filters);
    for (size_t i = 0; run->rules && i < run->rule_count; i++) {
        execution_free(run->rules[i].execution);
    }
    rule_prefilter_free(run->prefilter);
    cursors_close(run);
    findings_close(run);
    store_reader_free(run->store);
    if (run->output_state) {
        run->output->close(run->output_state);
    }
    if (run->has_inputs) {
        input_list_release(&run->inputs);
    }
    regex_scratch_free(run->environment.scratch);
    command_cache_free(run->environment.commands);
    text_memo_free(run->environment.texts);
    account_summary_release(&run->kept_summary);
    arena_release(&run->arena);
    memory_free(run);
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

static void now_set(struct tocsin_run *run, int64_t now_ms)
{
    if (now_ms == run->environment.functions.now_ms) {
        return;
    }
    run->environment.functions.now_ms = now_ms;
    for (size_t i = 0; run->needs_now && i < run->rule_count; i++) {
        run->rules[i].is_now_old = run->rules[i].needs_now;
    }
}

/* A rule is told before it is asked next. */
static void tell_now(struct rule_run *rule)
{
    if (rule->is_now_old) {
        execution_now_changed(rule->execution);
        rule->is_now_old = false;
    }
}

/* While reading, NOW() is the newest time so far that will not be taken back (an implausible one may be). */
static void follow_newest(struct tocsin_run *run)
{
    const struct log_account *account = row_source_account(run->source);
    if (run->now_kind == NOW_NEWEST_EVENT && account->has_newest_plausible) {
        now_set(run, account->newest_plausible_ms);
    }
}

static void settle_now(struct tocsin_run *run)
{
    if (run->now_kind != NOW_NEWEST_EVENT) {
        return;
    }
    const struct log_account *account = row_source_account(run->source);
    int64_t newest_ms = account->newest_ms;
    if (!account->has_newest) {
        /* No line says a time: rows have their file's time, so that is what "now" has to mean. */
        newest_ms = INT64_MIN;
        for (size_t i = 0; i < run->inputs.count; i++) {
            newest_ms = run->inputs.files[i].modified_ms > newest_ms ? run->inputs.files[i].modified_ms : newest_ms;
        }
        run->now_source = newest_ms > 0 ? "newest file; no event has a time" : "system clock; no event has a time";
        newest_ms = newest_ms > 0 ? newest_ms : clock_wall_ms();
    }
    run->has_now = true;
    now_set(run, newest_ms);
}

/* TOCSIN_END: nothing was written, and the store has to be read again. */
static tocsin_status finish_rules(struct tocsin_run *run, struct error *err)
{
    settle_now(run);
    for (size_t i = 0; i < run->rule_count; i++) {
        struct rule_run *rule = &run->rules[i];
        tell_now(rule);
        tocsin_status status = execution_finish(rule->execution, err);
        if (status == TOCSIN_OK && execution_has_lost_rows(rule->execution)) {
            return TOCSIN_END;
        }
        status = status == TOCSIN_OK ? cursors_finish(rule, err) : status;
        if (status == TOCSIN_OK && !rule->rule) {
            status = begin_output(rule, err); /* a query without rows still has its columns */
        }
        if (status == TOCSIN_OK && rule->has_begun) {
            status = run->output->end(run->output_state, err);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
        if (run->rule_count > 1) { /* the next one wants its memory; one alone may still be explained */
            execution_free(rule->execution);
            rule->execution = NULL;
        }
    }
    tocsin_status status = findings_finish(run, err);
    return status == TOCSIN_OK ? run->output->finish(run->output_state, err) : status;
}

/* What is late of a row of the answer is damaged. Which rows take its place is only known when all are read whole. */
static tocsin_status begin_again(struct tocsin_run *run, struct error *err)
{
    run->is_over = false;
    run->has_lost_rows = true;
    row_source_free(run->source);
    run->source = NULL;
    scan_filters_free(run->filters);
    run->filters = NULL;
    execution_free(run->rules[0].execution);
    run->rules[0].execution = NULL;
    run->first_undone = 0;
    store_reader_forget_scan(run->store);
    tocsin_status status = create_rule(run, &run->rules[0], err);
    status = status == TOCSIN_OK ? open_source(run, err) : status;
    if (status == TOCSIN_OK && run->is_stopped) {
        row_source_stop(run->source);
    }
    return status;
}

/* TOCSIN_OK: it goes on. */
static tocsin_status run_end(struct tocsin_run *run, struct error *err)
{
    run->is_over = true;
    row_source_close(run->source); /* it may have been ended before the input was */
    tocsin_status status = finish_rules(run, err);
    run->ended_ns = clock_monotonic_ns();
    return status == TOCSIN_END ? begin_again(run, err) : status == TOCSIN_OK ? TOCSIN_END : status;
}

static bool all_rules_done(struct tocsin_run *run)
{
    while (run->first_undone < run->rule_count && execution_is_done(run->rules[run->first_undone].execution)) {
        run->first_undone++;
    }
    return run->first_undone == run->rule_count;
}

/* What a rule has cost since *before_ns, which is then now. */
static void count_cost(struct rule_run *rule, uint32_t row_count, int64_t *before_ns)
{
    int64_t now_ns = clock_monotonic_ns();
    rule->tested_rows += row_count;
    rule->busy_ns += now_ns - *before_ns;
    *before_ns = now_ns;
}

static tocsin_status push_to_all(struct tocsin_run *run, struct batch *batch, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    int64_t before_ns = clock_monotonic_ns();
    for (size_t i = 0; status == TOCSIN_OK && i < run->rule_count; i++) {
        tell_now(&run->rules[i]);
        status = execution_push(run->rules[i].execution, batch, err);
        count_cost(&run->rules[i], batch->row_count, &before_ns);
    }
    return status;
}

/* Each plan gets the rows it has to look at; most get none. */
static tocsin_status push_prefiltered(struct tocsin_run *run, struct batch *batch, struct error *err)
{
    uint16_t rows[BATCH_ROWS_MAX];
    tocsin_status status = rule_prefilter_batch(run->prefilter, batch, err);
    int64_t before_ns = clock_monotonic_ns();
    for (uint32_t i = 0; status == TOCSIN_OK && (i = rule_prefilter_next(run->prefilter, i)) != UINT32_MAX; i++) {
        struct rule_run *rule = run->log_plans[i].rule;
        uint32_t count = rule_prefilter_rows(run->prefilter, i, rows);
        tell_now(rule);
        status = execution_push_rows(rule->execution, run->log_plans[i].number, batch, rows, count, err);
        count_cost(rule, count, &before_ns);
    }
    return status;
}

static tocsin_status step(struct tocsin_run *run, struct error *err)
{
    struct batch *batch = NULL;
    int64_t *before = measure_enter(run->measure, run->measure ? &run->measure->scan.ns : NULL);
    tocsin_status status = run->reads_log || run->watch ? row_source_next(run->source, &batch, err) : TOCSIN_END;
    measure_leave(run->measure, before);
    if (status == TOCSIN_OK && run->measure) {
        run->measure->scan.rows_out += batch->row_count;
    }
    if (status == TOCSIN_OK && run->watch) {
        status = watched_event_see(run, run->watch->rows[0].plan, batch, err);
    }
    if (status == TOCSIN_OK) {
        follow_newest(run);
        status = run->prefilter && !run->watch ? push_prefiltered(run, batch, err) : push_to_all(run, batch, err);
    }
    if (status == TOCSIN_END || (status == TOCSIN_OK && all_rules_done(run) && !run->watch)) {
        return run_end(run, err);
    }
    return status;
}

tocsin_status tocsin_run_step(tocsin_run *run, struct tocsin_error *err)
{
    struct error error = {0};
    if (run->is_over) {
        return TOCSIN_END;
    }
    tocsin_status status = step(run, &error);
    if (status != TOCSIN_OK && status != TOCSIN_END) {
        run->is_over = true;
        row_source_close(run->source);
        run->ended_ns = clock_monotonic_ns();
        return public_error(err, &error);
    }
    return status;
}

tocsin_status tocsin_run_stop(tocsin_run *run, struct tocsin_error *err)
{
    struct error error = {0};
    tocsin_status status = run->is_over ? TOCSIN_END : TOCSIN_OK;
    if (!run->is_over) {
        run->is_stopped = true;
        row_source_stop(run->source); /* events whose records were read already are still written */
    }
    while (status == TOCSIN_OK) {
        status = step(run, &error);
    }
    run->is_over = true;
    row_source_close(run->source);
    return status == TOCSIN_END ? TOCSIN_OK : public_error(err, &error);
}

/* ---- the account ------------------------------------------------------------------------------------------------- */

void tocsin_run_progress(const tocsin_run *run, struct tocsin_progress *ret_progress)
{
    const struct log_account *account = row_source_account(run->source);
    *ret_progress = (struct tocsin_progress){
        .bytes_read = account->progress.bytes,
        .bytes_total = account->progress.bytes_total,
        .events = account->statistics.events,
        .input = account->progress.input.data ? account->progress.input.data : "",
    };
}

void tocsin_run_summary(const tocsin_run *const_run, struct tocsin_summary *ret_summary)
{
    struct tocsin_run *run = (struct tocsin_run *)(uintptr_t)const_run; /* caches what it hands out */
    const struct log_account *account = row_source_account(run->source);
    struct tocsin_summary summary = {
        .store = run->options.store,
        .segments = run->store ? store_reader_segments(run->store) : 0,
        .clickhouse = run->options.clickhouse,
        .has_lost_cursor = run->is_stopped && run->rule_count > 0 && run->rules[0].cursor,
        .regex_given_up =
            run->regex_given_up + account->regex_given_up + (run->is_over ? scan_filters_given_up(run->filters) : 0),
        .rule_count = run->rule_count,
        .rows = run->rows,
        .has_now = run->needs_now && run->has_now,
        .now_ms = run->environment.functions.now_ms,
        .now_source = run->now_source,
        .seconds = (double)((run->ended_ns ? run->ended_ns : clock_monotonic_ns()) - run->started_ns) / 1e9,
    };
    for (int level = 0; level < LEVEL_COUNT; level++) {
        summary.rows_by_level[level] = run->rows_by_level[level];
    }
    if (run->prefilter) {
        const struct rule_prefilter_statistics *pass = rule_prefilter_statistics(run->prefilter);
        summary.literal_rules = pass->plans;
        summary.literals = pass->literals;
        summary.literal_seconds = (double)(pass->compile_ns + pass->scan_ns) / 1e9;
    }
    findings_summarise(run, &summary);
    account_summarise(&run->kept_summary, run->engine, run->has_inputs ? &run->inputs : NULL, account, &summary);
    *ret_summary = summary;
}
