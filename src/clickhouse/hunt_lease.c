#include "clickhouse/hunt_lease.h"

#include <stdio.h>
#include <time.h>

#include "base/civil_time.h"
#include "base/limits.h"
#include "clickhouse/clickhouse_layout.h"

#define SERVER_SECONDS "toInt64(toUnixTimestamp(now()))"

/* No lease is longer: the server's clock was ahead when such a row was written, which nobody need wait for. */
#define LEASE_SECONDS_MAX "3660"
_Static_assert(LIMIT_LEASE_SECONDS == 3600, "a minute less");

enum { WAIT_MS = 100 };

tocsin_status hunt_ask(struct clickhouse_session *session, str sql, const char *settings, struct strbuf *answer,
                       struct error *err)
{
    const struct clickhouse_query query = {.sql = sql, .settings = settings, .data = STR_EMPTY};
    strbuf_clear(answer);
    tocsin_status status = clickhouse_query_send(session, &query, err);
    str piece;
    while (status == TOCSIN_OK && (status = clickhouse_query_read(session, &piece, err)) == TOCSIN_OK) {
        strbuf_append(answer, piece);
        if (answer->is_failed) {
            clickhouse_query_end(session);
            return error_set(err, TOCSIN_ERROR_LIMIT, "an answer of ClickHouse is too long");
        }
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

tocsin_status hunt_quorum(struct clickhouse_session *session, const char *table, struct strbuf *settings,
                          struct error *err)
{
    struct strbuf sql;
    struct strbuf answer;
    int64_t replicas = 0;
    strbuf_init(&sql, 16 * KIBI);
    strbuf_init(&answer, 4 * KIBI);
    strbuf_append(&sql, STR("SELECT toInt64(max(total_replicas)) FROM system.replicas WHERE database = "));
    layout_append_string(&sql, str_from_cstring(clickhouse_session_address(session)->database));
    strbuf_append(&sql, STR(" AND table = "));
    layout_append_string(&sql, str_from_cstring(table));
    tocsin_status status =
        sql.is_failed ? error_memory(err) : hunt_ask(session, strbuf_str(&sql), NULL, &answer, err);
    bool is_modern = clickhouse_session_dialect(session) == CLICKHOUSE_MODERN;
    strbuf_append(settings, STR("skip_unavailable_shards=0")); /* whatever the user's profile says */
    strbuf_append(settings, is_modern ? STR("&async_insert=0") : STR_EMPTY);
    if (status == TOCSIN_OK && str_to_i64(str_trim(strbuf_str(&answer)), &replicas) && replicas > 1) {
        strbuf_append_format(settings, "&insert_quorum=%lld&insert_quorum_timeout=30000&select_sequential_"
                             "consistency=1",
                             (long long)(replicas / 2 + 1));
        strbuf_append(settings, is_modern ? STR("&insert_quorum_parallel=0") : STR_EMPTY);
    }
    strbuf_append_char(settings, '\0');
    strbuf_release(&sql);
    strbuf_release(&answer);
    return status == TOCSIN_OK && settings->is_failed ? error_memory(err) : status;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* `ends`: the lease is given back. A row is never the same twice: equal inserts would be taken for a repeated one. */
static tocsin_status write_row(struct hunt_lease *lease, struct clickhouse_session *session, bool ends,
                               struct error *err)
{
    struct strbuf sql;
    strbuf_init(&sql, 64 * KIBI);
    lease->sequence++;
    strbuf_append(&sql, STR("INSERT INTO " LAYOUT_LEASES " (hunt, term, holder, taken, until, sequence) SELECT "));
    layout_append_string(&sql, lease->hunt);
    strbuf_append_format(&sql, ", toInt64(%lld), ", (long long)lease->term);
    layout_append_string(&sql, str_from_cstring(lease->holder));
    if (lease->taken > 0) {
        strbuf_append_format(&sql, ", toInt64(%lld)", (long long)lease->taken);
    } else {
        strbuf_append(&sql, STR(", " SERVER_SECONDS));
    }
    if (ends) {
        strbuf_append(&sql, STR(", toInt64(0)"));
    } else {
        strbuf_append_format(&sql, ", " SERVER_SECONDS " + %u", lease->seconds);
    }
    strbuf_append_format(&sql, ", toInt64(%lld)", (long long)lease->sequence);
    const struct clickhouse_query query = {
        .sql = strbuf_str(&sql), .settings = lease->settings, .data = STR_EMPTY};
    tocsin_status status = sql.is_failed ? error_memory(err) : clickhouse_command(session, &query, err);
    strbuf_release(&sql);
    return status;
}

struct lease_view {
    int64_t term;    /* the highest, 0: there is none */
    int64_t taken;   /* of the first of its claims that was not given back */
    bool is_claimed; /* there is one */
    bool is_alive;   /* one of them is not over */
    char holder[LEASE_HOLDER_BYTES];
};

static bool read_claim(str line, int64_t numbers[4], str *ret_holder)
{
    str field;
    for (size_t i = 0; i < 4; i++) {
        if (!clickhouse_text_field(&line, &field) || !str_to_i64(field, &numbers[i])) {
            return false;
        }
    }
    return clickhouse_text_field(&line, ret_holder);
}

/* Claims come by term, the highest first, then by who is first. */
static tocsin_status read_view(const struct hunt_lease *lease, struct clickhouse_session *session,
                               struct lease_view *view, struct error *err)
{
    struct strbuf sql;
    struct strbuf answer;
    strbuf_init(&sql, 64 * KIBI);
    strbuf_init(&answer, LIMIT_CLICKHOUSE_ANSWER_BYTES);
    strbuf_append(&sql, STR("SELECT term, min(taken) AS since, argMax(until, sequence) AS last, "
                            "toInt64(argMax(until, sequence) > " SERVER_SECONDS " AND argMax(until, sequence) <= "
                            SERVER_SECONDS " + " LEASE_SECONDS_MAX "), holder FROM " LAYOUT_LEASES
                            " WHERE hunt = "));
    layout_append_string(&sql, lease->hunt);
    strbuf_append(&sql, STR(" GROUP BY term, holder ORDER BY term DESC, since, holder LIMIT 1000"));
    tocsin_status status =
        sql.is_failed ? error_memory(err) : hunt_ask(session, strbuf_str(&sql), lease->settings, &answer, err);
    str rest = strbuf_str(&answer);
    str line;
    *view = (struct lease_view){.term = 0};
    while (status == TOCSIN_OK && clickhouse_text_line(&rest, &line)) {
        int64_t numbers[4];
        str holder;
        if (!read_claim(line, numbers, &holder)) {
            status = error_set(err, TOCSIN_ERROR_INPUT, "the table " LAYOUT_LEASES " of ClickHouse makes no sense");
            break;
        }
        if (numbers[0] < 0 || numbers[0] == INT64_MAX) {
            status = error_set(err, TOCSIN_ERROR_INPUT, "the table " LAYOUT_LEASES " of ClickHouse makes no sense");
            break;
        }
        if (view->term > 0 && numbers[0] < view->term) {
            break;
        }
        view->term = numbers[0];
        if (numbers[2] > 0 && !view->is_claimed) {
            view->is_claimed = true;
            view->taken = numbers[1];
            (void)snprintf(view->holder, sizeof(view->holder), "%.*s", STR_ARG(holder));
        }
        view->is_alive |= numbers[3] != 0;
    }
    strbuf_release(&sql);
    strbuf_release(&answer);
    return status;
}

/* ---- the lease --------------------------------------------------------------------------------------------------- */

/* False: whoever runs this wants an end. */
static bool wait_ms(const struct hunt_lease *lease, int64_t milliseconds)
{
    const struct timespec pause = {.tv_nsec = WAIT_MS * 1000000L};
    int64_t end_ns = clock_monotonic_ns() + milliseconds * 1000000;
    while (clock_monotonic_ns() < end_ns) {
        if (lease->is_interrupted && lease->is_interrupted(lease->context)) {
            return false;
        }
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

static void withdraw(struct hunt_lease *lease, struct clickhouse_session *session)
{
    struct error ignored = {0}; /* else it is over when its time is */
    (void)!write_row(lease, session, true, &ignored);
    lease->is_held = false;
}

static bool is_mine(const struct hunt_lease *lease, const struct lease_view *view)
{
    return view->term == lease->term && view->is_claimed && strcmp(view->holder, lease->holder) == 0;
}

static tocsin_status claim(struct hunt_lease *lease, struct clickhouse_session *session, struct lease_view *view,
                           struct error *err)
{
    lease->term = view->term + 1;
    lease->taken = 0;
    lease->renewed_ns = clock_monotonic_ns();
    tocsin_status status = write_row(lease, session, false, err);
    bool is_late = clock_monotonic_ns() - lease->renewed_ns > LEASE_CLAIM_MS * INT64_C(1000000);
    if (status != TOCSIN_OK || is_late || !wait_ms(lease, LEASE_SETTLE_MS)) {
        withdraw(lease, session);
        return status;
    }
    status = read_view(lease, session, view, err);
    if (status == TOCSIN_OK && is_mine(lease, view)) {
        lease->taken = view->taken;
        lease->is_held = true;
        return TOCSIN_OK;
    }
    withdraw(lease, session);
    return status;
}

tocsin_status hunt_lease_take(struct hunt_lease *lease, struct clickhouse_session *session, struct error *err)
{
    struct lease_view view;
    lease->is_held = false;
    lease->other[0] = '\0';
    tocsin_status status = read_view(lease, session, &view, err);
    if (status == TOCSIN_OK && !view.is_alive) {
        status = claim(lease, session, &view, err);
    }
    if (status == TOCSIN_OK && !lease->is_held) {
        (void)snprintf(lease->other, sizeof(lease->other), "%s", view.holder);
    }
    return status;
}

static int64_t age_ms(const struct hunt_lease *lease)
{
    return (clock_monotonic_ns() - lease->renewed_ns) / 1000000;
}

bool hunt_lease_is_safe(const struct hunt_lease *lease)
{
    return lease->is_held && age_ms(lease) + LEASE_SLACK_MS < lease->seconds * INT64_C(1000);
}

tocsin_status hunt_lease_keep(struct hunt_lease *lease, struct clickhouse_session *session, struct error *err)
{
    struct lease_view view;
    int64_t now_ns = clock_monotonic_ns();
    if (!lease->is_held || age_ms(lease) * 3 < lease->seconds * INT64_C(1000)) {
        return TOCSIN_OK;
    }
    tocsin_status status = write_row(lease, session, false, err);
    status = status == TOCSIN_OK ? read_view(lease, session, &view, err) : status;
    if (status == TOCSIN_OK && !is_mine(lease, &view)) {
        lease->is_held = false;
        (void)snprintf(lease->other, sizeof(lease->other), "%s", view.holder);
    } else if (status == TOCSIN_OK) {
        lease->renewed_ns = now_ns;
    }
    return status;
}

tocsin_status hunt_lease_release(struct hunt_lease *lease, struct clickhouse_session *session, struct error *err)
{
    if (!lease->is_held) {
        return TOCSIN_OK;
    }
    lease->is_held = false;
    return write_row(lease, session, true, err);
}
