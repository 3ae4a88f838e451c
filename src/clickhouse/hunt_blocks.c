#include "clickhouse/hunt_blocks.h"

#include <stdlib.h>

#include "base/civil_time.h"
#include "base/limits.h"
#include "clickhouse/hunt_lease.h"
#include "clickhouse/server_clock.h"

/* Of the row in `tocsin_examined` whose `arrived` says how far all is examined. */
#define NO_BLOCK "toFixedString('', 16)"

/* Far beyond any event's time; what is added to it does not overflow. */
#define TIME_MS_MAX (INT64_MAX / 4)

void hunt_append_value(struct strbuf *text, str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];
        const char *escape = c == '\\' ? "\\\\" : c == '\t' ? "\\t" : c == '\n' ? "\\n" : c == '\r' ? "\\r" : NULL;
        escape = c == '\0' ? "\\0" : escape;
        if (escape) {
            strbuf_append(text, str_from_cstring(escape));
        } else {
            strbuf_append_char(text, c);
        }
    }
}

/* ---- listing ----------------------------------------------------------------------------------------------------- */

static bool read_block(str line, struct hunt_block *ret_block)
{
    struct hunt_block block = {.is_seen = false};
    int64_t *numbers[] = {&block.arrived_ms, &block.first_ms, &block.last_ms, &block.rows, &block.last_row};
    str field;
    if (!clickhouse_text_field(&line, &field) || field.len != 2 * sizeof(block.id) ||
        !str_hex_decode(field, (char *)block.id)) {
        return false;
    }
    for (size_t i = 0; i < countof(numbers); i++) {
        if (!clickhouse_text_field(&line, &field) || !str_to_i64(field, numbers[i])) {
            return false;
        }
    }
    *ret_block = block;
    return block.first_ms <= block.last_ms && block.first_ms >= -TIME_MS_MAX && block.last_ms <= TIME_MS_MAX;
}

static int compare_blocks(const void *a, const void *b)
{
    const struct hunt_block *x = a;
    const struct hunt_block *y = b;
    if (x->first_ms != y->first_ms) {
        return x->first_ms < y->first_ms ? -1 : 1;
    }
    return memcmp(x->id, y->id, sizeof(x->id));
}

/* How far all is examined; 0: nothing is. A stamp from the future is no reason to pass over others. */
static tocsin_status ask_mark(struct clickhouse_session *session, str hunt, const char *settings, int64_t *ret_mark_ms,
                              struct error *err)
{
    struct strbuf sql;
    struct strbuf answer;
    strbuf_init(&sql, 64 * KIBI);
    strbuf_init(&answer, 4 * KIBI);
    strbuf_append(&sql, STR("SELECT toInt64(max(arrived)) FROM " LAYOUT_EXAMINED
                            " WHERE block = " NO_BLOCK " AND arrived <= " SERVER_CLOCK_SQL " AND hunt = "));
    layout_append_string(&sql, hunt);
    tocsin_status status =
        sql.is_failed ? error_memory(err) : hunt_ask(session, strbuf_str(&sql), settings, &answer, err);
    if (status == TOCSIN_OK && !str_to_i64(str_trim(strbuf_str(&answer)), ret_mark_ms)) {
        status = error_set(err, TOCSIN_ERROR_INPUT, "the table " LAYOUT_EXAMINED " of ClickHouse makes no sense");
    }
    strbuf_release(&sql);
    strbuf_release(&answer);
    return status;
}

static void write_list(struct strbuf *sql, str hunt, int64_t since_ms, size_t capacity)
{
    strbuf_append_format(sql,
                         "SELECT hex(_block) AS block, max(_arrived) AS arrived, min(starttime), max(starttime), "
                         "toInt64(count()), max(_row) FROM " LAYOUT_EVENTS " PREWHERE _arrived >= %lld "
                         "WHERE _block GLOBAL NOT IN (SELECT block FROM " LAYOUT_EXAMINED " WHERE arrived >= %lld "
                         "AND hunt = ",
                         (long long)since_ms, (long long)since_ms);
    layout_append_string(sql, hunt);
    strbuf_append_format(sql, ") GROUP BY _block ORDER BY arrived, block LIMIT %llu", (unsigned long long)capacity);
}

tocsin_status hunt_blocks_list(struct clickhouse_session *session, str hunt, int64_t late_ms, const char *settings,
                               struct hunt_block *blocks, size_t capacity, size_t *ret_count, int64_t *ret_mark_ms,
                               struct error *err)
{
    struct strbuf sql;
    struct strbuf answer;
    *ret_mark_ms = 0;
    size_t count = 0;
    strbuf_init(&sql, 64 * KIBI);
    strbuf_init(&answer, LIMIT_CLICKHOUSE_ANSWER_BYTES);
    tocsin_status status = ask_mark(session, hunt, settings, ret_mark_ms, err);
    write_list(&sql, hunt, *ret_mark_ms > late_ms ? *ret_mark_ms - late_ms : 0, capacity);
    if (status == TOCSIN_OK) {
        status = sql.is_failed ? error_memory(err) : hunt_ask(session, strbuf_str(&sql), settings, &answer, err);
    }
    str rest = strbuf_str(&answer);
    str line;
    while (status == TOCSIN_OK && count < capacity && clickhouse_text_line(&rest, &line)) {
        if (!read_block(line, &blocks[count++])) {
            status = error_set(err, TOCSIN_ERROR_INPUT, "ClickHouse's list of blocks makes no sense");
        }
    }
    strbuf_release(&sql);
    strbuf_release(&answer);
    if (status == TOCSIN_OK) {
        if (count > 1) {
            qsort(blocks, count, sizeof(*blocks), compare_blocks);
        }
        *ret_count = count;
    }
    return status;
}

/* ---- the rows of some -------------------------------------------------------------------------------------------- */

static void write_times(struct strbuf *sql, int64_t first_ms, int64_t last_ms)
{
    strbuf_append_format(sql, "_day >= toDate(%u) AND _day <= toDate(%u) AND starttime >= %lld AND starttime <= %lld",
                         layout_day(first_ms), layout_day(last_ms), (long long)first_ms, (long long)last_ms);
}

static void write_blocks(struct strbuf *sql, const struct hunt_block *blocks, size_t count)
{
    int64_t first_ms = blocks[0].first_ms;
    int64_t last_ms = blocks[0].last_ms;
    for (size_t i = 1; i < count; i++) {
        last_ms = blocks[i].last_ms > last_ms ? blocks[i].last_ms : last_ms;
    }
    write_times(sql, first_ms, last_ms);
    strbuf_append(sql, STR(" AND _block IN ("));
    for (size_t i = 0; i < count; i++) {
        strbuf_append(sql, i > 0 ? STR(", toFixedString(unhex('") : STR("toFixedString(unhex('"));
        for (size_t j = 0; j < LAYOUT_BLOCK_ID_BYTES; j++) {
            strbuf_append_format(sql, "%02X", blocks[i].id[j]);
        }
        strbuf_append(sql, STR("'), 16)"));
    }
    strbuf_append_char(sql, ')');
}

void hunt_blocks_scope(const struct hunt_block *blocks, size_t count, int64_t first_ms, int64_t last_ms,
                       struct strbuf *sql, struct clickhouse_scope *ret_scope)
{
    write_blocks(sql, blocks, count);
    size_t arrived_end = sql->len;
    write_times(sql, first_ms, last_ms);
    size_t around_end = sql->len;
    write_blocks(sql, blocks, count);
    strbuf_append(sql, STR(" AND _row IN ("));
    for (size_t i = 0; i < count; i++) {
        strbuf_append(sql, i > 0 ? STR(", ") : STR_EMPTY);
        strbuf_append_i64(sql, blocks[i].last_row);
    }
    strbuf_append_char(sql, ')');
    str all = strbuf_str(sql);
    *ret_scope = (struct clickhouse_scope){
        .arrived = str_slice(all, 0, arrived_end),
        .around = str_slice(all, arrived_end, around_end),
        .witnesses = str_skip(all, around_end),
    };
}

/* ---- marks ------------------------------------------------------------------------------------------------------- */

tocsin_status hunt_blocks_mark(struct clickhouse_session *session, str hunt, const char *holder, const char *settings,
                               struct hunt_block *blocks, size_t count, struct error *err)
{
    struct strbuf rows;
    size_t marked = 0;
    strbuf_init(&rows, LIMIT_CLICKHOUSE_INSERT_BYTES);
    for (size_t i = 0; i < count; i++) {
        if (!blocks[i].is_seen) {
            continue;
        }
        hunt_append_value(&rows, hunt);
        strbuf_append_char(&rows, '\t');
        hunt_append_value(&rows, (str){(const char *)blocks[i].id, LAYOUT_BLOCK_ID_BYTES});
        strbuf_append_format(&rows, "\t%lld\t%lld\t", (long long)blocks[i].arrived_ms, (long long)clock_wall_ms());
        hunt_append_value(&rows, str_from_cstring(holder));
        strbuf_append_char(&rows, '\n');
        marked++;
    }
    const struct clickhouse_query query = {
        .sql = STR("INSERT INTO " LAYOUT_EXAMINED " (hunt, block, arrived, examined, holder) FORMAT TabSeparated"),
        .settings = settings,
        .data = strbuf_str(&rows)};
    tocsin_status status = rows.is_failed ? error_memory(err)
                           : marked > 0   ? clickhouse_command(session, &query, err)
                                          : TOCSIN_OK;
    strbuf_release(&rows);
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        blocks[i].is_examined = blocks[i].is_seen;
    }
    return status;
}

tocsin_status hunt_blocks_advance(struct clickhouse_session *session, str hunt, const char *holder,
                                  const char *settings, const struct hunt_block *blocks, size_t count, int64_t mark_ms,
                                  struct error *err)
{
    struct strbuf sql;
    int64_t newest_ms = 0;
    int64_t missing_ms = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        newest_ms = blocks[i].arrived_ms > newest_ms ? blocks[i].arrived_ms : newest_ms;
        if (!blocks[i].is_examined && blocks[i].arrived_ms < missing_ms) {
            missing_ms = blocks[i].arrived_ms;
        }
    }
    newest_ms = newest_ms < missing_ms ? newest_ms : missing_ms;
    if (newest_ms <= mark_ms) {
        return TOCSIN_OK;
    }
    strbuf_init(&sql, 64 * KIBI);
    strbuf_append(&sql, STR("INSERT INTO " LAYOUT_EXAMINED " (hunt, block, arrived, examined, holder) SELECT "));
    layout_append_string(&sql, hunt);
    strbuf_append_format(&sql, ", " NO_BLOCK ", least(toInt64(%lld), " SERVER_CLOCK_SQL "), toInt64(%lld), ",
                         (long long)newest_ms, (long long)clock_wall_ms());
    layout_append_string(&sql, str_from_cstring(holder));
    const struct clickhouse_query query = {.sql = strbuf_str(&sql), .settings = settings, .data = STR_EMPTY};
    tocsin_status status = sql.is_failed ? error_memory(err) : clickhouse_command(session, &query, err);
    strbuf_release(&sql);
    return status;
}
