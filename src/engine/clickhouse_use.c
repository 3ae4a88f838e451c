#include "engine/clickhouse_use.h"

#include <stdatomic.h>
#include <xxhash.h>

#include "base/memory.h"
#include "clickhouse/clickhouse_scan.h"
#include "clickhouse/known_values.h"
#include "clickhouse/plan_split.h"
#include "engine/clickhouse_explain.h"

struct clickhouse_link {
    struct arena arena;
    struct clickhouse_address address;
    struct clickhouse_session *session;
    struct layout_table table;
};

/* Of a run. Names of inputs are those of the run, by number; here they are found again. */
struct clickhouse_use {
    struct clickhouse_link *link;
    int64_t *numbers; /* `_input` of each */
    uint32_t *slots; /* of each a number + 1; 0: free */
    uint32_t name_count;
    struct clickhouse_rows rows;
    struct clickhouse_groups groups; /* its plan NULL: rows are asked for */
    str *columns; /* of the answer */
    uint32_t column_count;
    uint64_t shards; /* of the cluster, if the run may do without some */
    uint64_t shards_missing;
};

enum { SLOTS = 2 * LIMIT_CLICKHOUSE_INPUTS };

/* ---- the connection ---------------------------------------------------------------------------------------------- */

void clickhouse_link_free(struct clickhouse_link *link)
{
    if (link) {
        clickhouse_session_free(link->session);
        arena_release(&link->arena);
        memory_free(link);
    }
}

/* One line of numbers. */
static tocsin_status ask_numbers(struct clickhouse_session *session, str sql, int64_t *ret_numbers, size_t count,
                                 struct error *err)
{
    struct strbuf answer;
    strbuf_init(&answer, LIMIT_CLICKHOUSE_ANSWER_BYTES);
    tocsin_status status = clickhouse_ask(session, sql, &answer, err);
    str rest = strbuf_str(&answer);
    str line = STR_EMPTY;
    str field = STR_EMPTY;
    bool is_answer = status == TOCSIN_OK && clickhouse_text_line(&rest, &line);
    for (size_t i = 0; is_answer && i < count; i++) {
        is_answer = clickhouse_text_field(&line, &field) && str_to_i64(field, &ret_numbers[i]);
    }
    if (status == TOCSIN_OK && !is_answer) {
        status = error_set(err, TOCSIN_ERROR_INPUT, "ClickHouse gives no numbers where there must be some");
    }
    strbuf_release(&answer);
    return status;
}

static tocsin_status check_version(struct clickhouse_link *link, struct error *err)
{
    int64_t version = 0;
    tocsin_status status =
        ask_numbers(link->session, STR("SELECT toInt64(max(version)) FROM " LAYOUT_SCHEMA), &version, 1, err);
    if (status == TOCSIN_OK && (version < 1 || version > LAYOUT_VERSION)) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "the tables in ClickHouse are of version %lld, which is not known",
                           (long long)version);
        error_hint(err, "a newer release of Tocsin made them: use that, or another database");
    }
    return status;
}

static tocsin_status open_link(const struct tocsin_engine *engine, struct clickhouse_link *link, const char *url,
                               struct error *err)
{
    const struct clickhouse_options options = {.session_ms = engine->clickhouse_seconds * 1000,
                                               .is_interrupted = engine->is_cancelled,
                                               .context = engine->cancel_context};
    tocsin_status status = clickhouse_address_read(url, &link->arena, &link->address, err);
    status = status == TOCSIN_OK ? clickhouse_session_open(&link->address, &options, &link->session, err) : status;
    if (status == TOCSIN_OK) {
        layout_table_init(&link->table, &link->arena);
        status = clickhouse_read_table(link->session, STR(LAYOUT_EVENTS), &link->table, err);
    }
    status = status == TOCSIN_OK ? layout_table_check(&link->table, STR(LAYOUT_EVENTS), err) : status;
    return status == TOCSIN_OK ? check_version(link, err) : status;
}

static tocsin_status create_link(const struct tocsin_engine *engine, const char *url, struct clickhouse_link **ret_link,
                                 struct error *err)
{
    struct clickhouse_link *link = memory_allocate_zeroed(1, sizeof(*link));
    if (!link) {
        return error_memory(err);
    }
    arena_init(&link->arena, ARENA_NO_LIMIT);
    tocsin_status status = open_link(engine, link, url, err);
    if (status != TOCSIN_OK) {
        clickhouse_link_free(link);
        return status;
    }
    *ret_link = link;
    return TOCSIN_OK;
}

tocsin_status clickhouse_use_fields(struct tocsin_engine *engine, const char *url, struct error *err)
{
    struct clickhouse_link *link = NULL;
    engine->clickhouse_url = arena_copy_cstring(&engine->arena, str_from_cstring(url));
    if (!engine->clickhouse_url) {
        return error_memory(err);
    }
    tocsin_status status = create_link(engine, url, &link, err);
    if (status == TOCSIN_OK) {
        status = layout_table_add_properties(&link->table, engine->schema, err);
        atomic_store(&engine->clickhouse, link);
    }
    return status;
}

static tocsin_status take_link(struct tocsin_engine *engine, const char *url, struct clickhouse_link **ret_link,
                               struct error *err)
{
    if (engine->clickhouse_url && strcmp(engine->clickhouse_url, url) == 0) {
        *ret_link = atomic_exchange(&engine->clickhouse, NULL);
        if (*ret_link) {
            return TOCSIN_OK;
        }
    }
    return create_link(engine, url, ret_link, err);
}

/* ---- names of inputs --------------------------------------------------------------------------------------------- */

/* What has too many inputs has some without a name of their own: the last number is that of all of them. */
static bool number_input(void *context, int64_t input, str name, uint32_t *ret_number)
{
    struct tocsin_run *run = context;
    struct clickhouse_use *use = run->clickhouse;
    uint64_t at = str_hash(name, run->hash_seed ^ (uint64_t)input) % SLOTS;
    for (; use->slots[at] != 0; at = (at + 1) % SLOTS) {
        *ret_number = use->slots[at] - 1;
        if (use->numbers[*ret_number] == input && str_eq(run->input_names[*ret_number], name)) {
            return true;
        }
    }
    if (use->name_count == LIMIT_CLICKHOUSE_INPUTS - 1) {
        run->input_names[use->name_count] = STR("(another input)");
        *ret_number = use->name_count;
        return true;
    }
    str copy = arena_copy(&run->arena, name);
    if (!copy.data) {
        return false;
    }
    *ret_number = use->name_count++;
    use->numbers[*ret_number] = input;
    run->input_names[*ret_number] = copy;
    use->slots[at] = *ret_number + 1;
    return true;
}

/* ---- before the query -------------------------------------------------------------------------------------------- */

/* As of logs: of the times that lines stated the newest that can be, else of those a day late, else any; else the
 * newest of lines that stated none. A time is held against that of the insert. */
static tocsin_status ask_now(struct clickhouse_session *session, bool *ret_has_now, int64_t *ret_now_ms,
                             bool *ret_is_stated, struct error *err)
{
    enum { TRUSTS = 4 };
    int64_t numbers[2 * TRUSTS];
/* See set_times of format/row_writer.c, and forget_defaults of format/ariel.c: rows that were exported have a time of
 * their own, also where only starttime was. */
#define STATED "(isNotNull(devicetime) OR devicetype = 0)"
    const str sql =
        STR("SELECT toInt64(countIf(" STATED " AND starttime <= _arrived)), "
            "maxIf(starttime, " STATED " AND starttime <= _arrived), "
            "toInt64(countIf(" STATED " AND starttime <= _arrived + 86400000)), "
            "maxIf(starttime, " STATED " AND starttime <= _arrived + 86400000), "
            "toInt64(countIf(" STATED ")), maxIf(starttime, " STATED "), toInt64(count()), max(starttime) "
            "FROM " LAYOUT_EVENTS);
#undef STATED
    tocsin_status status = ask_numbers(session, sql, numbers, countof(numbers), err);
    *ret_has_now = false;
    for (size_t i = 0; status == TOCSIN_OK && !*ret_has_now && i < TRUSTS; i++) {
        *ret_has_now = numbers[2 * i] > 0;
        *ret_now_ms = numbers[2 * i + 1];
        *ret_is_stated = i + 1 < TRUSTS;
    }
    return status;
}

static tocsin_status choose_now(struct tocsin_run *run, struct error *err)
{
    bool has_now = false;
    bool needs_now = false;
    bool reads_log = false;
    bool is_stated = false;
    int64_t now_ms = 0;
    for (size_t i = 0; i < run->rule_count; i++) {
        const struct plan *plan = run->rules[i].plan;
        needs_now |= execution_needs_now(plan) || plan->into.len > 0; /* a cursor keeps it */
        reads_log |= plan_reads_log(plan);
    }
    if (!needs_now || !reads_log || run->now_kind != NOW_NEWEST_EVENT) {
        return TOCSIN_OK;
    }
    tocsin_status status = ask_now(run->clickhouse->link->session, &has_now, &now_ms, &is_stated, err);
    if (status == TOCSIN_OK && has_now) {
        run->now_kind = NOW_STORE;
        run->now_source = is_stated ? "newest event" : "newest file; no event has a time";
        run->has_now = true;
        run->environment.functions.now_ms = now_ms;
    }
    return status;
}

#define SKIP_SHARDS "skip_unavailable_shards=1"

/* Shards that answer, of those that there are. */
static tocsin_status count_shards(struct clickhouse_use *use, struct error *err)
{
    struct strbuf sql;
    int64_t numbers[2];
    str cluster = str_from_cstring(use->link->address.cluster);
    if (cluster.len == 0) {
        tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "--allow-partial is about the shards of a cluster");
        error_hint(err, "name it in the address: ?cluster=NAME");
        return status;
    }
    strbuf_init(&sql, 16 * KIBI);
    strbuf_append(&sql, STR("SELECT toInt64((SELECT count() FROM cluster("));
    layout_append_string(&sql, cluster);
    strbuf_append(&sql, STR(", system, one))), toInt64((SELECT uniqExact(shard_num) FROM system.clusters "
                            "WHERE cluster = "));
    layout_append_string(&sql, cluster);
    strbuf_append(&sql, STR("))"));
    struct strbuf answer;
    strbuf_init(&answer, LIMIT_CLICKHOUSE_ANSWER_BYTES);
    clickhouse_session_set(use->link->session, SKIP_SHARDS);
    const struct clickhouse_query query = {
        .sql = strbuf_str(&sql), .settings = "wait_end_of_query=1", .data = STR_EMPTY};
    tocsin_status status = sql.is_failed ? error_memory(err) : clickhouse_query_send(use->link->session, &query, err);
    str piece;
    while (status == TOCSIN_OK && (status = clickhouse_query_read(use->link->session, &piece, err)) == TOCSIN_OK) {
        strbuf_append(&answer, piece);
    }
    str rest = strbuf_str(&answer);
    str line = STR_EMPTY;
    str field = STR_EMPTY;
    bool is_answer = status == TOCSIN_END && clickhouse_text_line(&rest, &line);
    for (size_t i = 0; is_answer && i < countof(numbers); i++) {
        is_answer = clickhouse_text_field(&line, &field) && str_to_i64(field, &numbers[i]);
    }
    if (is_answer) {
        use->shards = (uint64_t)numbers[1];
        use->shards_missing = numbers[0] < numbers[1] ? (uint64_t)(numbers[1] - numbers[0]) : 0;
        if (use->shards_missing == 0) {
            clickhouse_session_set(use->link->session, NULL); /* one that dies from now on is an error */
        }
        status = TOCSIN_OK;
    } else if (status == TOCSIN_END) {
        status = error_set(err, TOCSIN_ERROR_INPUT, "ClickHouse does not say which shards answer");
    }
    strbuf_release(&sql);
    strbuf_release(&answer);
    return status;
}

tocsin_status clickhouse_use_open(struct tocsin_run *run, struct error *err)
{
    if (run->options.input_count > 0 || run->options.format || run->options.store) {
        tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "a run reads logs, a store or ClickHouse, only one");
        error_hint(err, "`tocsin ingest --to %s LOG` puts a log there", run->options.clickhouse);
        return status;
    }
    struct clickhouse_use *use = arena_new(&run->arena, struct clickhouse_use);
    run->clickhouse = use;
    run->input_names = arena_array(&run->arena, str, LIMIT_CLICKHOUSE_INPUTS);
    run->input_count = LIMIT_CLICKHOUSE_INPUTS;
    if (!use || !run->input_names) {
        return error_memory(err);
    }
    use->slots = arena_array(&run->arena, uint32_t, SLOTS);
    use->numbers = arena_array(&run->arena, int64_t, LIMIT_CLICKHOUSE_INPUTS);
    if (!use->slots || !use->numbers) {
        return error_memory(err);
    }
    tocsin_status status = take_link(run->engine, run->options.clickhouse, &use->link, err);
    if (status == TOCSIN_OK && run->options.allows_partial) {
        status = count_shards(use, err);
    }
    return status == TOCSIN_OK ? choose_now(run, err) : status;
}

void clickhouse_use_close(struct tocsin_run *run)
{
    if (run->clickhouse) {
        clickhouse_link_free(run->clickhouse->link);
        schema_free(run->clickhouse->groups.schema);
    }
}

/* ---- the query --------------------------------------------------------------------------------------------------- */

static struct clickhouse_target target_of(const struct tocsin_engine *engine, const struct clickhouse_link *link)
{
    return (struct clickhouse_target){
        .dialect = clickhouse_session_dialect(link->session),
        .table_name = STR(LAYOUT_EVENTS),
        .table = &link->table,
        .schema = engine->schema,
        .zone = engine->zone,
        .log_sources = engine->log_sources,
        .lookups = engine->lookups,
    };
}

/* Of all rules, those that read the log. */
static tocsin_status list_plans(struct tocsin_run *run, const struct plan ***ret_plans, uint32_t *ret_count,
                                struct error *err)
{
    uint32_t count = 0;
    for (size_t i = 0; i < run->rule_count; i++) {
        count += execution_log_plans(run->rules[i].plan, NULL, 0);
    }
    const struct plan **plans = arena_array(&run->arena, const struct plan *, count + 1);
    if (!plans) {
        return error_memory(err);
    }
    uint32_t filled = 0;
    for (size_t i = 0; i < run->rule_count; i++) {
        filled += execution_log_plans(run->rules[i].plan, plans + filled, count - filled);
    }
    *ret_plans = plans;
    *ret_count = count;
    return TOCSIN_OK;
}

/* By plan as list_plans has them: the rule looks at several rows together. */
static tocsin_status list_looks(struct tocsin_run *run, uint32_t count, const bool **ret_looks, struct error *err)
{
    bool *looks = arena_array(&run->arena, bool, count + 1);
    uint32_t filled = 0;
    if (!looks) {
        return error_memory(err);
    }
    for (size_t i = 0; i < run->rule_count; i++) {
        bool looks_around = plan_looks_around(run->rules[i].plan);
        uint32_t plans = execution_log_plans(run->rules[i].plan, NULL, 0);
        for (uint32_t j = 0; j < plans; j++) {
            looks[filled++] = looks_around;
        }
    }
    *ret_looks = looks;
    return TOCSIN_OK;
}

/* What the columns of the answer must be called. */
static tocsin_status name_columns(const struct tocsin_engine *engine, struct clickhouse_use *use, struct arena *arena,
                                  struct error *err)
{
    const struct clickhouse_rows *rows = &use->rows;
    use->columns = arena_array(arena, str, rows->field_count + 5);
    if (!use->columns) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < rows->field_count; i++) {
        const struct layout_column *column = NULL;
        tocsin_status status = layout_table_field(&use->link->table, engine->schema, rows->fields[i], &column, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        use->columns[use->column_count++] = column ? column->name : STR_EMPTY;
    }
    if (rows->has_places || rows->field_count == 0) {
        use->columns[use->column_count++] = layout_hidden_name(LAYOUT_LINE);
    }
    if (rows->has_places) {
        use->columns[use->column_count++] = layout_hidden_name(LAYOUT_INPUT);
    }
    if (rows->has_evidence) {
        use->columns[use->column_count++] = layout_hidden_name(LAYOUT_SOURCE);
        use->columns[use->column_count++] = layout_hidden_name(LAYOUT_EVIDENCE);
    }
    if (rows->has_blocks) {
        use->columns[use->column_count++] = layout_hidden_name(LAYOUT_BLOCK);
    }
    return TOCSIN_OK;
}

static tocsin_status make_target(struct tocsin_run *run, struct clickhouse_target *ret_target, struct error *err)
{
    struct clickhouse_use *use = run->clickhouse;
    *ret_target = target_of(run->engine, use->link);
    ret_target->has_now = run->now_kind != NOW_NEWEST_EVENT;
    ret_target->now_ms = run->environment.functions.now_ms;
    ret_target->values = known_values_find;
    ret_target->values_context = known_values_create(use->link->session, &use->link->table, ret_target->table_name,
                                                     run->engine->schema, &run->arena);
    return ret_target->values_context ? TOCSIN_OK : error_memory(err);
}

tocsin_status clickhouse_use_groups(struct tocsin_run *run, struct error *err)
{
    struct clickhouse_use *use = run->clickhouse;
    struct rule_run *rule = &run->rules[0];
    struct clickhouse_target target;
    bool is_grouped_plan = use && run->rule_count == 1 && !run->measure && !run->options.reads_all_rows;
    if (!is_grouped_plan || rule_keeps_evidence(rule)) {
        return TOCSIN_OK;
    }
    tocsin_status status = make_target(run, &target, err);
    if (status == TOCSIN_OK) {
        status = clickhouse_split_groups(rule->plan, &target, run->options.keeps_input_order, &run->arena,
                                         &use->groups, err);
    }
    if (status == TOCSIN_OK && use->groups.plan) {
        rule->plan = use->groups.plan;
    }
    return status;
}

static tocsin_status split(struct tocsin_run *run, bool wants_places, bool wants_raw, struct error *err)
{
    const struct plan **plans = NULL;
    uint32_t count = 0;
    struct clickhouse_use *use = run->clickhouse;
    struct clickhouse_target target;
    tocsin_status status = make_target(run, &target, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct clickhouse_rows_options options = {.fields = run->wanted,
                                              .wants_places = wants_places,
                                              .wants_evidence = wants_raw || run->part,
                                              .is_counting = run->options.reads_all_rows,
                                              .keeps_input_order = run->options.keeps_input_order,
                                              .is_ordered = wants_places}; /* else one group, of all rows */
    if (wants_raw) {
        field_set_add(&options.fields, FIELD_PAYLOAD);
    }
    status = list_plans(run, &plans, &count, err);
    if (status == TOCSIN_OK && run->part) {
        options.scope = &run->part->scope;
        status = list_looks(run, count, &options.looks_around, err);
    }
    if (status == TOCSIN_OK) {
        status = clickhouse_split_rows(plans, count, &target, &options, &run->arena, &use->rows, err);
    }
    return status == TOCSIN_OK ? name_columns(run->engine, use, &run->arena, err) : status;
}

static tocsin_status tell_missing(struct tocsin_run *run, struct error *err)
{
    const struct clickhouse_use *use = run->clickhouse;
    struct error problem = {0};
    if (use->shards_missing == 0) {
        return TOCSIN_OK;
    }
    (void)error_set(
        &problem, TOCSIN_ERROR_INPUT, "%llu of %llu shards of cluster %s do not answer: their events are missing",
        (unsigned long long)use->shards_missing, (unsigned long long)use->shards, use->link->address.cluster);
    return row_source_add_problem(run->source, &problem, err);
}

static tocsin_status begin_scan(struct tocsin_run *run, const struct clickhouse_scan_options *options,
                                struct error *err)
{
    struct batch_source scan;
    tocsin_status status = clickhouse_scan(run->clickhouse->link->session, options, &scan, err);
    status = status == TOCSIN_OK ? row_source_of_batches(&scan, &run->source, err) : status;
    return status == TOCSIN_OK ? tell_missing(run, err) : status;
}

static tocsin_status read_groups(struct tocsin_run *run, struct error *err)
{
    const struct clickhouse_use *use = run->clickhouse;
    const struct clickhouse_rows *rows = &use->groups.rows;
    const struct clickhouse_scan_options options = {
        .schema = use->groups.schema,
        .fields = use->groups.fields,
        .sql = rows->sql,
        .sql_fields = rows->fields,
        .sql_field_count = rows->field_count,
        .sql_columns = use->groups.columns,
        .sql_column_count = rows->field_count,
        .settings = CLICKHOUSE_QUERY_SETTINGS,
        .row_max = run->options.batch_rows,
    };
    return begin_scan(run, &options, err);
}

tocsin_status clickhouse_use_read(struct tocsin_run *run, struct error *err)
{
    if (run->clickhouse->groups.plan) {
        return read_groups(run, err);
    }
    struct clickhouse_use *use = run->clickhouse;
    bool wants_raw = false;
    bool wants_places = run->part != NULL;
    bool reads_log = false;
    for (size_t i = 0; i < run->rule_count; i++) {
        wants_raw |= rule_keeps_evidence(&run->rules[i]);
        wants_places |= execution_needs_lines(run->rules[i].plan);
        reads_log |= plan_reads_log(run->rules[i].plan);
    }
    if (!reads_log) {
        return row_source_of_batches(NULL, &run->source, err);
    }
    tocsin_status status = split(run, wants_places || wants_raw, wants_raw, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct layout_inputs *inputs = arena_new(&run->arena, struct layout_inputs);
    if (!inputs) {
        return error_memory(err);
    }
    *inputs = (struct layout_inputs){number_input, run};
    struct clickhouse_scan_options options = {
        .schema = run->engine->schema,
        .fields = run->wanted,
        .sql = use->rows.sql,
        .sql_fields = use->rows.fields,
        .sql_field_count = use->rows.field_count,
        .sql_columns = use->columns,
        .sql_column_count = use->column_count,
        .has_places = use->rows.has_places,
        .has_evidence = use->rows.has_evidence,
        .see_block = run->part ? run->part->see_block : NULL,
        .see_context = run->part ? run->part->see_context : NULL,
        .wants_raw = wants_raw,
        .settings = run->part ? CLICKHOUSE_QUERY_SETTINGS "&skip_unavailable_shards=0" : CLICKHOUSE_QUERY_SETTINGS,
        .row_max = run->options.batch_rows,
        .inputs = inputs,
    };
    if (wants_raw) {
        field_set_add(&options.fields, FIELD_PAYLOAD);
    }
    return begin_scan(run, &options, err);
}

/* ---- explain ----------------------------------------------------------------------------------------------------- */

static tocsin_status explain_on(struct tocsin_engine *engine, struct clickhouse_link *link, const struct plan *plan,
                                struct arena *arena, struct explain_node *tree, struct error *err)
{
    struct clickhouse_target target = target_of(engine, link);
    tocsin_status status = TOCSIN_OK;
    bool is_stated;
    if (execution_needs_now(plan)) {
        status = ask_now(link->session, &target.has_now, &target.now_ms, &is_stated, err);
    }
    return status == TOCSIN_OK ? clickhouse_explain_plan(&target, plan, arena, tree, err) : status;
}

tocsin_status clickhouse_use_explain(struct tocsin_engine *engine, const struct plan *plan, struct arena *arena,
                                     struct explain_node *tree, struct error *err)
{
    struct clickhouse_link *link = NULL;
    tocsin_status status = take_link(engine, engine->clickhouse_url, &link, err);
    if (status == TOCSIN_OK) {
        status = explain_on(engine, link, plan, arena, tree, err);
        clickhouse_link_free(link);
    }
    return status;
}

uint64_t clickhouse_use_input(const struct tocsin_run *run, uint32_t input)
{
    if (!run->clickhouse || input >= LIMIT_CLICKHOUSE_INPUTS) {
        return 0;
    }
    str name = run->input_names[input];
    return XXH3_64bits_withSeed(name.data ? name.data : "", name.len, (uint64_t)run->clickhouse->numbers[input]);
}
