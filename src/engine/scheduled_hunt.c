/* Scheduled hunts (tocsin_schedule_*): passes over what arrived in the tables of ClickHouse, each block once, by one of
 * several processes. A pass is cut into runs over blocks of neighbouring times. Of each run findings go to the output,
 * then alerts into their table, then the blocks are marked: whoever does it again finds the alerts that are there. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "clickhouse/hunt_blocks.h"
#include "clickhouse/hunt_lease.h"
#include "engine/alerts.h"
#include "engine/clickhouse_use.h"

enum { DEFAULT_LOOK_BACK_MS = 3600000 };

struct tocsin_schedule {
    tocsin_engine *engine;
    tocsin_pack *pack;
    struct tocsin_schedule_options options;
    struct arena arena;
    struct clickhouse_address address;
    struct clickhouse_session *session; /* NULL: to be opened */
    str name;
    char holder[LEASE_HOLDER_BYTES];
    struct hunt_lease lease;
    struct strbuf settings;
    struct alerts *alerts;
    int64_t look_back_ms; /* 0: no rule looks around */
    struct hunt_block *blocks;
    size_t block_count;
    struct hunt_block *part; /* those of the run at hand */
    size_t part_count;
    struct strbuf scope;
    int64_t asked_ns; /* when the lease was asked for last */
};

static bool is_interrupted(void *context)
{
    const struct tocsin_schedule *schedule = context;
    return schedule->options.is_interrupted && schedule->options.is_interrupted(schedule->options.context);
}

/* ---- the server -------------------------------------------------------------------------------------------------- */

static tocsin_status check_tables(struct tocsin_schedule *schedule, struct error *err)
{
    struct strbuf answer;
    int64_t version = 0;
    strbuf_init(&answer, 4 * KIBI);
    tocsin_status status = hunt_ask(schedule->session, STR("SELECT toInt64(max(version)) FROM " LAYOUT_SCHEMA), NULL,
                                    &answer, err);
    if (status == TOCSIN_OK && (!str_to_i64(str_trim(strbuf_str(&answer)), &version) || version < 2)) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "the tables in database %s are of an earlier version",
                           schedule->address.database);
        error_hint(err, "tocsin schema --clickhouse --apply ADDRESS brings them up to date");
    }
    strbuf_release(&answer);
    return status;
}

static tocsin_status open_session(struct tocsin_schedule *schedule, struct error *err)
{
    const struct clickhouse_options options = {.is_interrupted = NULL};
    if (schedule->session) {
        return TOCSIN_OK;
    }
    tocsin_status status = clickhouse_session_open(&schedule->address, &options, &schedule->session, err);
    status = status == TOCSIN_OK ? check_tables(schedule, err) : status;
    if (status == TOCSIN_OK) {
        strbuf_clear(&schedule->settings);
        status = hunt_quorum(schedule->session, LAYOUT_LEASES, &schedule->settings, err);
        schedule->lease.settings = schedule->settings.data;
    }
    return status;
}

/* After a failure: the next call begins anew. The lease lasts as long as its time. */
static void drop_session(struct tocsin_schedule *schedule)
{
    clickhouse_session_free(schedule->session);
    schedule->session = NULL;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void name_holder(char ret_name[LEASE_HOLDER_BYTES])
{
    char host[65] = "";
    if (gethostname(host, sizeof(host) - 1) != 0) {
        host[0] = '\0';
    }
    (void)snprintf(ret_name, LEASE_HOLDER_BYTES, "%s:%ld:%08llx", host[0] ? host : "host", (long)getpid(),
                   (unsigned long long)(engine_random_seed() & UINT32_MAX));
}

static void choose_look_back(struct tocsin_schedule *schedule)
{
    const struct tocsin_run_options *run = &schedule->options.run;
    int64_t look_back_ms = 0;
    for (size_t i = 0; i < schedule->pack->pack->rule_count; i++) {
        bool is_chosen = run->rule_count == 0;
        for (size_t j = 0; j < run->rule_count && !is_chosen; j++) {
            is_chosen = str_eq(schedule->pack->pack->rules[i].id, str_from_cstring(run->rules[j]));
        }
        if (is_chosen && plan_looks_around(schedule->pack->queries[i]->plan)) {
            int64_t window_ms = plan_longest_window(schedule->pack->queries[i]->plan);
            window_ms = window_ms > LIMIT_LOOK_BACK_MS / 2 ? LIMIT_LOOK_BACK_MS / 2 : window_ms;
            window_ms = window_ms > 0 ? 2 * window_ms : DEFAULT_LOOK_BACK_MS;
            look_back_ms = window_ms > look_back_ms ? window_ms : look_back_ms;
        }
    }
    if (look_back_ms > 0 && schedule->options.has_look_back) {
        look_back_ms = (int64_t)schedule->options.look_back_ms;
    }
    schedule->look_back_ms = look_back_ms;
}

static tocsin_status send_alerts(void *context, str rows, struct error *err)
{
    struct tocsin_schedule *schedule = context;
    if (!hunt_lease_is_safe(&schedule->lease)) {
        return error_set(err, TOCSIN_ERROR_INPUT, "the lease was lost: another process goes on");
    }
    const struct clickhouse_query query = {
        .sql = STR("INSERT INTO " LAYOUT_ALERTS " (" ALERT_COLUMNS ") FORMAT TabSeparated"),
        .settings = schedule->settings.data,
        .data = rows};
    return clickhouse_command(schedule->session, &query, err);
}

static tocsin_status check_options(const struct tocsin_schedule_options *options, struct error *err)
{
    if (!options->run.clickhouse) {
        return error_set(err, TOCSIN_ERROR_USAGE, "a scheduled hunt asks ClickHouse");
    }
    if (options->run.allows_partial) {
        tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "a scheduled hunt does not go on without shards");
        error_hint(err, "leave out --allow-partial: what a shard has waits until it answers");
        return status;
    }
    if (options->lease_seconds > LIMIT_LEASE_SECONDS || (options->lease_seconds > 0 && options->lease_seconds < 5)) {
        return error_set(err, TOCSIN_ERROR_USAGE, "a lease has 5 to %d seconds, not %u", LIMIT_LEASE_SECONDS,
                         options->lease_seconds);
    }
    if (options->look_back_ms > LIMIT_LOOK_BACK_MS || options->late_ms > LIMIT_LOOK_BACK_MS) {
        return error_set(err, TOCSIN_ERROR_USAGE, "at most 366 days are looked back");
    }
    return TOCSIN_OK;
}

static tocsin_status build(struct tocsin_schedule *schedule, struct error *err)
{
    const struct alerts_options alerts = {schedule->name, send_alerts, schedule};
    name_holder(schedule->holder);
    schedule->lease = (struct hunt_lease){
        .hunt = schedule->name,
        .holder = schedule->holder,
        .seconds = schedule->options.lease_seconds > 0 ? schedule->options.lease_seconds : TOCSIN_LEASE_SECONDS,
        .is_interrupted = is_interrupted,
        .context = schedule,
    };
    schedule->options.late_ms = schedule->options.late_ms > 0 ? schedule->options.late_ms : TOCSIN_LATE_MS;
    schedule->blocks = arena_array(&schedule->arena, struct hunt_block, LIMIT_HUNT_BLOCKS);
    if (!schedule->blocks) {
        return error_memory(err);
    }
    choose_look_back(schedule);
    tocsin_status status = clickhouse_address_read(schedule->options.run.clickhouse, &schedule->arena,
                                                   &schedule->address, err);
    return status == TOCSIN_OK ? alerts_create(&alerts, &schedule->alerts, err) : status;
}

tocsin_status tocsin_schedule_create(tocsin_engine *engine, tocsin_pack *pack,
                                     const struct tocsin_schedule_options *options, tocsin_schedule **ret_schedule,
                                     struct tocsin_error *err)
{
    struct error error = {0};
    tocsin_status status = check_options(options, &error);
    if (status != TOCSIN_OK) {
        return public_error(err, &error);
    }
    struct tocsin_schedule *schedule = memory_allocate_zeroed(1, sizeof(*schedule));
    if (!schedule) {
        (void)!error_memory(&error);
        return public_error(err, &error);
    }
    arena_init(&schedule->arena, ARENA_NO_LIMIT);
    strbuf_init(&schedule->settings, 4 * KIBI);
    strbuf_init(&schedule->scope, MEBI);
    schedule->engine = engine;
    schedule->pack = pack;
    schedule->options = *options;
    schedule->name = options->name ? str_from_cstring(options->name) : pack->pack->name;
    if (schedule->name.len == 0) { /* of one query */
        schedule->name = pack->pack->rules[0].id;
    }
    status = build(schedule, &error);
    status = status == TOCSIN_OK ? open_session(schedule, &error) : status;
    if (status != TOCSIN_OK) {
        tocsin_schedule_free(schedule);
        return public_error(err, &error);
    }
    *ret_schedule = schedule;
    return TOCSIN_OK;
}

void tocsin_schedule_free(tocsin_schedule *schedule)
{
    if (!schedule) {
        return;
    }
    struct error ignored = {0}; /* the lease is over when its time is */
    if (schedule->lease.is_held && open_session(schedule, &ignored) == TOCSIN_OK) {
        (void)!hunt_lease_release(&schedule->lease, schedule->session, &ignored);
    }
    drop_session(schedule);
    alerts_free(schedule->alerts);
    strbuf_release(&schedule->settings);
    strbuf_release(&schedule->scope);
    arena_release(&schedule->arena);
    memory_free(schedule);
}

/* ---- one run ----------------------------------------------------------------------------------------------------- */

static void see_block(void *context, const uint8_t *id)
{
    struct tocsin_schedule *schedule = context;
    for (size_t i = 0; i < schedule->part_count; i++) {
        if (memcmp(schedule->part[i].id, id, LAYOUT_BLOCK_ID_BYTES) == 0) {
            schedule->part[i].is_seen = true;
            return;
        }
    }
}

/* Alerts whose events may come again. */
static tocsin_status learn_alerts(struct tocsin_schedule *schedule, int64_t first_ms, int64_t last_ms,
                                  struct error *err)
{
    struct strbuf sql;
    struct strbuf answer;
    strbuf_init(&sql, 64 * KIBI);
    strbuf_init(&answer, LIMIT_ALERT_ANSWER_BYTES);
    strbuf_append_format(&sql,
                         "SELECT DISTINCT " ALERT_KNOWN_COLUMNS " FROM " LAYOUT_ALERTS
                         " WHERE window_last >= %lld AND window_first <= %lld AND hunt = ",
                         (long long)first_ms, (long long)last_ms);
    layout_append_string(&sql, schedule->name);
    tocsin_status status =
        sql.is_failed ? error_memory(err)
                      : hunt_ask(schedule->session, strbuf_str(&sql), schedule->settings.data, &answer, err);
    str rest = strbuf_str(&answer);
    str line;
    while (status == TOCSIN_OK && clickhouse_text_line(&rest, &line)) {
        status = alerts_learn(schedule->alerts, line, err);
    }
    strbuf_release(&sql);
    strbuf_release(&answer);
    return status;
}

static tocsin_status lost(const struct tocsin_schedule *schedule, struct error *err)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_INPUT, "the lease of \"%.*s\" was lost%s%s",
                                     STR_ARG(schedule->name), schedule->lease.other[0] ? " to " : "",
                                     schedule->lease.other);
    error_hint(err, "what was not completed is done by whoever has it");
    return status;
}

static tocsin_status keep_lease(struct tocsin_schedule *schedule, struct error *err)
{
    tocsin_status status = hunt_lease_keep(&schedule->lease, schedule->session, err);
    if (status != TOCSIN_OK && hunt_lease_is_safe(&schedule->lease)) {
        return TOCSIN_OK; /* there is time to try again */
    }
    return status == TOCSIN_OK && !hunt_lease_is_safe(&schedule->lease) ? lost(schedule, err) : status;
}

static tocsin_status read_run(struct tocsin_schedule *schedule, struct tocsin_run *run, struct error *err)
{
    struct tocsin_error problem = {0};
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(run, &problem);
        status = status == TOCSIN_ERROR_CANCELLED ? TOCSIN_OK : status;
        if (status == TOCSIN_OK) {
            status = is_interrupted(schedule) ? TOCSIN_ERROR_CANCELLED : keep_lease(schedule, err);
        } else if (status != TOCSIN_END) {
            (void)error_set(err, status, "%s", problem.message);
            error_hint(err, "%s", problem.hint);
        }
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

static void count_run(const struct tocsin_schedule *schedule, const struct tocsin_run *run, struct tocsin_pass *pass)
{
    struct tocsin_summary summary;
    tocsin_run_summary(run, &summary);
    pass->events += summary.events;
    pass->findings += summary.rows;
    for (int level = 0; level < TOCSIN_LEVEL_COUNT; level++) {
        pass->findings_by_level[level] += summary.rows_by_level[level];
    }
    for (size_t i = 0; i < schedule->part_count; i++) {
        pass->blocks += schedule->part[i].is_seen;
        pass->waiting += !schedule->part[i].is_seen;
    }
}

static tocsin_status complete_run(struct tocsin_schedule *schedule, struct tocsin_run *run, struct tocsin_pass *pass,
                                  struct error *err)
{
    tocsin_status status = read_run(schedule, run, err);
    status = status == TOCSIN_OK ? keep_lease(schedule, err) : status;
    status = status == TOCSIN_OK ? alerts_end(schedule->alerts, err) : status;
    if (status == TOCSIN_OK) {
        status = hunt_blocks_mark(schedule->session, schedule->name, schedule->holder, schedule->settings.data,
                                  schedule->part, schedule->part_count, err);
    }
    if (status == TOCSIN_OK) {
        count_run(schedule, run, pass);
    }
    return status;
}

/* Over the blocks of schedule->part. */
static tocsin_status run_part(struct tocsin_schedule *schedule, struct tocsin_pass *pass, struct error *err)
{
    struct tocsin_run *run = NULL;
    struct run_part part = {.see_block = see_block, .see_context = schedule, .alerts = schedule->alerts};
    int64_t first_ms = schedule->part[0].first_ms - schedule->look_back_ms;
    int64_t last_ms = schedule->part[0].last_ms;
    for (size_t i = 1; i < schedule->part_count; i++) {
        last_ms = schedule->part[i].last_ms > last_ms ? schedule->part[i].last_ms : last_ms;
    }
    last_ms += schedule->look_back_ms;
    strbuf_clear(&schedule->scope);
    hunt_blocks_scope(schedule->part, schedule->part_count, first_ms, last_ms, &schedule->scope, &part.scope);
    if (schedule->scope.is_failed) {
        return error_memory(err);
    }
    alerts_begin(schedule->alerts, first_ms, last_ms, schedule->look_back_ms);
    tocsin_status status = learn_alerts(schedule, first_ms, last_ms, err);
    if (status == TOCSIN_OK) {
        status = run_create_pack(schedule->engine, schedule->pack, &schedule->options.run, &part, &run, err);
    }
    status = status == TOCSIN_OK ? complete_run(schedule, run, pass, err) : status;
    tocsin_run_free(run);
    return status;
}

/* ---- a pass ------------------------------------------------------------------------------------------------------ */

/* Blocks, in the order of their times, that lie so close that their windows touch. */
static size_t neighbours(const struct tocsin_schedule *schedule, size_t first)
{
    int64_t gap_ms = 2 * schedule->look_back_ms + LAYOUT_MS_PER_DAY;
    int64_t last_ms = schedule->blocks[first].last_ms;
    size_t end = first + 1;
    for (; end < schedule->block_count && schedule->blocks[end].first_ms - gap_ms <= last_ms; end++) {
        last_ms = schedule->blocks[end].last_ms > last_ms ? schedule->blocks[end].last_ms : last_ms;
    }
    return end - first;
}

/* TOCSIN_END: nothing is left that could be examined now. */
static tocsin_status run_blocks(struct tocsin_schedule *schedule, struct tocsin_pass *pass, struct error *err)
{
    uint64_t before = pass->blocks;
    int64_t mark_ms;
    pass->waiting = 0;
    tocsin_status status =
        hunt_blocks_list(schedule->session, schedule->name, (int64_t)schedule->options.late_ms,
                         schedule->settings.data, schedule->blocks, LIMIT_HUNT_BLOCKS, &schedule->block_count,
                         &mark_ms, err);
    for (size_t i = 0; status == TOCSIN_OK && i < schedule->block_count; i += schedule->part_count) {
        schedule->part = schedule->blocks + i;
        schedule->part_count = neighbours(schedule, i);
        status = is_interrupted(schedule) ? TOCSIN_ERROR_CANCELLED : keep_lease(schedule, err);
        status = status == TOCSIN_OK ? run_part(schedule, pass, err) : status;
    }
    if (status == TOCSIN_OK) {
        status = hunt_blocks_advance(schedule->session, schedule->name, schedule->holder, schedule->settings.data,
                                     schedule->blocks, schedule->block_count, mark_ms, err);
    }
    return status == TOCSIN_OK && pass->blocks == before ? TOCSIN_END : status;
}

static tocsin_status take_lease(struct tocsin_schedule *schedule, struct error *err)
{
    tocsin_status status = open_session(schedule, err);
    if (status == TOCSIN_OK && schedule->lease.is_held) {
        status = hunt_lease_keep(&schedule->lease, schedule->session, err);
    }
    schedule->lease.is_held = hunt_lease_is_safe(&schedule->lease);
    if (status == TOCSIN_OK && !schedule->lease.is_held) {
        schedule->asked_ns = clock_monotonic_ns();
        status = hunt_lease_take(&schedule->lease, schedule->session, err);
    }
    return status;
}

static tocsin_status run_pass(struct tocsin_schedule *schedule, struct tocsin_pass *pass, struct error *err)
{
    tocsin_status status = take_lease(schedule, err);
    pass->has_lease = schedule->lease.is_held;
    (void)snprintf(pass->holder, sizeof(pass->holder), "%s",
                   pass->has_lease ? schedule->holder : schedule->lease.other);
    while (status == TOCSIN_OK && pass->has_lease) {
        status = run_blocks(schedule, pass, err);
    }
    pass->is_interrupted = status == TOCSIN_ERROR_CANCELLED || is_interrupted(schedule);
    return status == TOCSIN_END || status == TOCSIN_ERROR_CANCELLED ? TOCSIN_OK : status;
}

tocsin_status tocsin_schedule_pass(tocsin_schedule *schedule, struct tocsin_pass *ret_pass, struct tocsin_error *err)
{
    struct error error = {0};
    int64_t began_ns = clock_monotonic_ns();
    uint64_t alerts = alerts_count(schedule->alerts);
    *ret_pass = (struct tocsin_pass){.has_lease = false};
    tocsin_status status = run_pass(schedule, ret_pass, &error);
    ret_pass->alerts = alerts_count(schedule->alerts) - alerts;
    ret_pass->seconds = (double)(clock_monotonic_ns() - began_ns) / 1e9;
    if (status == TOCSIN_OK) {
        return TOCSIN_OK;
    }
    drop_session(schedule);
    return public_error(err, &error);
}

tocsin_status tocsin_schedule_keep(tocsin_schedule *schedule, bool *ret_has_lease, struct tocsin_error *err)
{
    struct error error = {0};
    int64_t wait_ns = schedule->lease.seconds * INT64_C(1000000000) / 3;
    bool is_time = schedule->lease.is_held || clock_monotonic_ns() - schedule->asked_ns >= wait_ns;
    tocsin_status status = is_time ? take_lease(schedule, &error) : TOCSIN_OK;
    *ret_has_lease = schedule->lease.is_held;
    if (status == TOCSIN_OK) {
        return TOCSIN_OK;
    }
    drop_session(schedule);
    return public_error(err, &error);
}
