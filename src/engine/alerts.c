#include "engine/alerts.h"

#include <stdio.h>
#include <xxhash.h>

#include "base/json_writer.h"
#include "base/memory.h"
#include "clickhouse/clickhouse_session.h"
#include "clickhouse/hunt_blocks.h"
#include "column/value_text.h"
#include "engine/clickhouse_use.h"

/* ---- numbers by key ---- */

struct key_slot {
    uint64_t key; /* 0: empty */
    uint64_t number;
};

struct key_counts {
    struct key_slot *slots;
    size_t slot_count; /* a power of two */
    size_t count;
};

static void keys_clear(struct key_counts *keys)
{
    memory_free(keys->slots);
    *keys = (struct key_counts){NULL, 0, 0};
}

static struct key_slot *keys_slot(const struct key_counts *keys, uint64_t key)
{
    size_t at = (size_t)key & (keys->slot_count - 1);
    while (keys->slots[at].key != 0 && keys->slots[at].key != key) {
        at = (at + 1) & (keys->slot_count - 1);
    }
    return &keys->slots[at];
}

static bool keys_has(const struct key_counts *keys, uint64_t key)
{
    return keys->count > 0 && keys_slot(keys, key | 1)->key != 0;
}

/* The number of the key before it grew by one; UINT64_MAX: memory is out. */
static uint64_t keys_count(struct key_counts *keys, uint64_t key)
{
    if (keys->count * 2 >= keys->slot_count) {
        struct key_counts grown = {.slot_count = keys->slot_count > 0 ? keys->slot_count * 2 : 1024,
                                   .count = keys->count};
        grown.slots = memory_allocate_zeroed(grown.slot_count, sizeof(*grown.slots));
        if (!grown.slots) {
            return UINT64_MAX;
        }
        for (size_t i = 0; i < keys->slot_count; i++) {
            if (keys->slots[i].key != 0) {
                *keys_slot(&grown, keys->slots[i].key) = keys->slots[i];
            }
        }
        memory_free(keys->slots);
        *keys = grown;
    }
    struct key_slot *slot = keys_slot(keys, key | 1);
    keys->count += slot->key == 0;
    slot->key = key | 1;
    return slot->number++;
}

/* ---- alerts ---- */

/* Who an alert of a rule that looks at several events is about, and when. */
struct known_actor {
    uint64_t key;
    int64_t time_ms;
    bool has_more;
};

struct alerts {
    struct alerts_options options;
    struct key_counts known;    /* events of alerts, by rule */
    struct key_counts ordinals; /* alerts of this run by their first event */
    struct known_actor *actors;
    size_t actor_count;
    size_t actor_capacity;
    int64_t first_ms;
    int64_t last_ms;
    int64_t look_back_ms;
    struct strbuf rows;
    struct strbuf text; /* a JSON value */
    struct strbuf scratch;
    uint64_t count;
    uint64_t known_count;
};

tocsin_status alerts_create(const struct alerts_options *options, struct alerts **ret_alerts, struct error *err)
{
    struct alerts *alerts = memory_allocate_zeroed(1, sizeof(*alerts));
    if (!alerts) {
        return error_memory(err);
    }
    alerts->options = *options;
    strbuf_init(&alerts->rows, 2 * LIMIT_CLICKHOUSE_INSERT_BYTES);
    strbuf_init(&alerts->text, LIMIT_FINDING_BYTES);
    strbuf_init(&alerts->scratch, LIMIT_FINDING_BYTES);
    *ret_alerts = alerts;
    return TOCSIN_OK;
}

static void forget(struct alerts *alerts)
{
    keys_clear(&alerts->known);
    keys_clear(&alerts->ordinals);
    alerts->actor_count = 0;
    strbuf_clear(&alerts->rows);
}

void alerts_free(struct alerts *alerts)
{
    if (alerts) {
        forget(alerts);
        memory_free(alerts->actors);
        strbuf_release(&alerts->rows);
        strbuf_release(&alerts->text);
        strbuf_release(&alerts->scratch);
        memory_free(alerts);
    }
}

void alerts_begin(struct alerts *alerts, int64_t first_ms, int64_t last_ms, int64_t look_back_ms)
{
    forget(alerts);
    alerts->first_ms = first_ms;
    alerts->last_ms = last_ms;
    alerts->look_back_ms = look_back_ms;
}

uint64_t alerts_count(const struct alerts *alerts)
{
    return alerts->count;
}

uint64_t alerts_known_count(const struct alerts *alerts)
{
    return alerts->known_count;
}

/* ---- keys ---- */

static uint64_t hash_text(str text, uint64_t seed)
{
    return XXH3_64bits_withSeed(text.data ? text.data : "", text.len, seed);
}

static uint64_t event_key(const struct tocsin_run *run, str rule, const struct evidence *line)
{
    uint64_t place[2] = {clickhouse_use_input(run, line->input), line->line};
    return XXH3_64bits_withSeed(place, sizeof(place), hash_text(rule, 0));
}

static uint64_t actor_key(str rule, str identity, str host)
{
    return hash_text(host, hash_text(identity, hash_text(rule, 1)));
}

/* ---- what is known ---- */

static tocsin_status learn_actor(struct alerts *alerts, const struct known_actor *actor, struct error *err)
{
    if (alerts->actor_count == alerts->actor_capacity) {
        size_t capacity = alerts->actor_capacity > 0 ? alerts->actor_capacity * 2 : 256;
        struct known_actor *grown = memory_resize(alerts->actors, capacity * sizeof(*grown));
        if (!grown) {
            return error_memory(err);
        }
        alerts->actors = grown;
        alerts->actor_capacity = capacity;
    }
    alerts->actors[alerts->actor_count++] = *actor;
    return TOCSIN_OK;
}

static tocsin_status bad_line(struct error *err)
{
    return error_set(err, TOCSIN_ERROR_INPUT, "the table " LAYOUT_ALERTS " of ClickHouse makes no sense");
}

/* "[1,2,3]" */
static tocsin_status learn_events(struct alerts *alerts, str list, struct error *err)
{
    if (!str_starts_with(list, STR("[")) || !str_ends_with(list, STR("]"))) {
        return bad_line(err);
    }
    list = str_slice(list, 1, list.len - 1);
    while (list.len > 0) {
        uint64_t key;
        size_t end = str_find_char(list, ',', 0);
        if (!str_to_u64(str_slice(list, 0, end), &key)) {
            return bad_line(err);
        }
        if (alerts->known.count >= LIMIT_ALERT_KEYS) {
            tocsin_status status = error_set(err, TOCSIN_ERROR_LIMIT, "more than %d events of alerts in one window",
                                             LIMIT_ALERT_KEYS);
            error_hint(err, "a smaller --look-back, or fewer rules (--rule), or exceptions for what is harmless");
            return status;
        }
        if (keys_count(&alerts->known, key) == UINT64_MAX) {
            return error_memory(err);
        }
        list = end == SIZE_MAX ? STR_EMPTY : str_skip(list, end + 1);
    }
    return TOCSIN_OK;
}

static tocsin_status learn_fields(struct alerts *alerts, struct arena *arena, str line, struct error *err)
{
    str texts[3];
    str field;
    int64_t time_ms;
    int64_t has_more;
    for (size_t i = 0; i < countof(texts); i++) {
        if (!clickhouse_text_field(&line, &field)) {
            return bad_line(err);
        }
        texts[i] = clickhouse_text_value(arena, field);
        if (!texts[i].data) {
            return error_memory(err);
        }
    }
    if (!clickhouse_text_field(&line, &field) || !str_to_i64(field, &time_ms) ||
        !clickhouse_text_field(&line, &field) || !str_to_i64(field, &has_more) ||
        !clickhouse_text_field(&line, &field)) {
        return bad_line(err);
    }
    const struct known_actor actor = {actor_key(texts[0], texts[1], texts[2]), time_ms, has_more != 0};
    tocsin_status status = learn_events(alerts, field, err);
    return status == TOCSIN_OK ? learn_actor(alerts, &actor, err) : status;
}

tocsin_status alerts_learn(struct alerts *alerts, str line, struct error *err)
{
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    tocsin_status status = learn_fields(alerts, &arena, line, err);
    arena_release(&arena);
    return status;
}

/* Not all events are known by which it could be told. */
static bool knows_actor(const struct alerts *alerts, const struct rule_run *rule, uint64_t key, bool has_more,
                        int64_t time_ms)
{
    int64_t window_ms = plan_longest_window(rule->plan);
    window_ms = window_ms > 0 ? window_ms : alerts->look_back_ms;
    for (size_t i = 0; i < alerts->actor_count; i++) {
        const struct known_actor *actor = &alerts->actors[i];
        int64_t distance_ms;
        if (actor->key == key && (has_more || actor->has_more) &&
            !__builtin_sub_overflow(actor->time_ms, time_ms, &distance_ms) && distance_ms <= window_ms &&
            distance_ms >= -window_ms) {
            return true;
        }
    }
    return false;
}

bool alerts_knows(struct alerts *alerts, const struct rule_run *rule, const struct result_evidence *evidence,
                  str identity, str host, int64_t time_ms)
{
    bool is_known = false;
    for (uint32_t i = 0; i < evidence->count && !is_known; i++) {
        is_known = keys_has(&alerts->known, event_key(rule->run, rule->rule->id, &evidence->lines[i]));
    }
    if (!is_known && identity.len > 0 && plan_looks_around(rule->plan)) {
        is_known =
            knows_actor(alerts, rule, actor_key(rule->rule->id, identity, host), evidence->more > 0, time_ms);
    }
    alerts->known_count += is_known;
    return is_known;
}

/* ---- rows ---- */

/* What a row of the table is made of. Lines of evidence: those of a finding that it has. */
struct alert {
    const struct pack_rule *rule;
    str level;
    int64_t risk;
    int64_t time_ms;
    str identity, host, source, act, target, detail, outcome;
    str columns; /* JSON; in alerts->text */
    const struct evidence *lines;
    const uint32_t *numbers; /* of its lines; NULL: all of them */
    uint32_t line_count;
    uint64_t line_more;
    char *finding; /* id of the finding's first alert, which is set here if it is empty */
};

enum { ID_DIGITS = 32 };

static void put(struct strbuf *rows, str text)
{
    hunt_append_value(rows, text);
    strbuf_append_char(rows, '\t');
}

static void put_number(struct strbuf *rows, int64_t number)
{
    strbuf_append_i64(rows, number);
    strbuf_append_char(rows, '\t');
}

static const struct evidence *line_of(const struct alert *alert, uint32_t index)
{
    return &alert->lines[alert->numbers ? alert->numbers[index] : index];
}

/* An id is the rule, the first event, and how many alerts of the rule begin with that one. Without an event: who and
 * when. */
static bool write_id(struct alerts *alerts, const struct tocsin_run *run, const struct alert *alert,
                     char ret_id[ID_DIGITS + 1])
{
    struct {
        uint64_t hunt;
        uint64_t first;
        uint64_t ordinal;
    } parts = {.hunt = hash_text(alerts->options.hunt, 2)};
    parts.first = alert->line_count > 0
                      ? event_key(run, alert->rule->id, line_of(alert, 0))
                      : actor_key(alert->rule->id, alert->identity, alert->host) ^ (uint64_t)alert->time_ms;
    parts.ordinal = keys_count(&alerts->ordinals, parts.first);
    if (parts.ordinal == UINT64_MAX) {
        return false;
    }
    XXH128_hash_t hash = XXH3_128bits(&parts, sizeof(parts));
    (void)snprintf(ret_id, ID_DIGITS + 1, "%016llx%016llx", (unsigned long long)hash.high64,
                   (unsigned long long)hash.low64);
    return true;
}

static void put_techniques(struct strbuf *rows, const struct pack_rule *rule)
{
    for (size_t i = 0; i < rule->techniques.count; i++) {
        strbuf_append(rows, i > 0 ? STR(", ") : STR_EMPTY);
        hunt_append_value(rows, rule->techniques.items[i]);
    }
    strbuf_append_char(rows, '\t');
}

/* [{"file": .., "line": .., "raw": ..}] */
static void put_evidence(struct alerts *alerts, const struct tocsin_run *run, const struct alert *alert)
{
    struct json_writer writer;
    strbuf_clear(&alerts->scratch);
    json_writer_init(&writer, &alerts->scratch, false);
    json_begin_array(&writer);
    for (uint32_t i = 0; i < alert->line_count; i++) {
        const struct evidence *line = line_of(alert, i);
        json_begin_object(&writer);
        json_key(&writer, STR("file"));
        json_string(&writer, line->input < run->input_count ? run->input_names[line->input] : STR_EMPTY);
        json_key(&writer, STR("line"));
        json_u64(&writer, line->line);
        json_key(&writer, STR("raw"));
        json_string(&writer, line->raw);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    put(&alerts->rows, strbuf_str(&alerts->scratch));
    alerts->rows.is_failed |= alerts->scratch.is_failed;
}

static void put_events(struct alerts *alerts, const struct tocsin_run *run, const struct alert *alert)
{
    strbuf_append_char(&alerts->rows, '[');
    for (uint32_t i = 0; i < alert->line_count; i++) {
        if (i > 0) {
            strbuf_append_char(&alerts->rows, ',');
        }
        strbuf_append_u64(&alerts->rows, event_key(run, alert->rule->id, line_of(alert, i)));
    }
    strbuf_append(&alerts->rows, STR("]\t"));
}

static tocsin_status add(struct alerts *alerts, const struct tocsin_run *run, const struct alert *alert,
                         struct error *err)
{
    struct strbuf *rows = &alerts->rows;
    char id[ID_DIGITS + 1];
    if (!write_id(alerts, run, alert, id)) {
        return error_memory(err);
    }
    if (!alert->finding[0]) {
        memcpy(alert->finding, id, sizeof(id));
    }
    put(rows, str_from_cstring(id));
    put_number(rows, clock_wall_ms());
    put(rows, alerts->options.hunt);
    put(rows, alert->rule->id);
    put(rows, alert->rule->title);
    put_techniques(rows, alert->rule);
    put(rows, alert->level);
    put_number(rows, alert->risk);
    put_number(rows, alert->time_ms);
    const str texts[] = {alert->identity, alert->host,   alert->source,  alert->act,
                         alert->target,   alert->detail, alert->outcome, alert->columns};
    for (size_t i = 0; i < countof(texts); i++) {
        put(rows, texts[i].data ? texts[i] : STR_EMPTY);
    }
    put_evidence(alerts, run, alert);
    put(rows, str_from_cstring(alert->finding));
    put_events(alerts, run, alert);
    put_number(rows, alert->line_more > 0);
    put_number(rows, alerts->first_ms);
    strbuf_append_i64(rows, alerts->last_ms);
    strbuf_append_char(rows, '\n');
    alerts->count++;
    if (rows->is_failed) {
        return error_memory(err);
    }
    return rows->len < LIMIT_CLICKHOUSE_INSERT_BYTES ? TOCSIN_OK : alerts_end(alerts, err);
}

tocsin_status alerts_end(struct alerts *alerts, struct error *err)
{
    if (alerts->rows.len == 0) {
        return TOCSIN_OK;
    }
    tocsin_status status = alerts->options.send(alerts->options.context, strbuf_str(&alerts->rows), err);
    if (status == TOCSIN_OK) {
        strbuf_clear(&alerts->rows);
    }
    return status;
}

/* ---- findings ---- */

static void put_member(struct json_writer *writer, str name, str text)
{
    if (text.data) {
        json_key(writer, name);
        json_string(writer, text);
    }
}

static const struct pack_rule *rule_of(const struct tocsin_run *run, str id)
{
    for (size_t i = 0; i < run->rule_count; i++) {
        if (str_eq(run->rules[i].rule->id, id)) {
            return run->rules[i].rule;
        }
    }
    return NULL;
}

static str write_columns(struct alerts *alerts, const struct result_act *act)
{
    struct json_writer writer;
    strbuf_clear(&alerts->text);
    json_writer_init(&writer, &alerts->text, false);
    json_begin_object(&writer);
    put_member(&writer, STR("Namespace"), act->name_space);
    put_member(&writer, STR("Process"), act->process);
    put_member(&writer, STR("Client"), act->client);
    put_member(&writer, STR("Session"), act->session);
    for (uint32_t i = 0; i < act->field_count; i++) {
        put_member(&writer, act->fields[i].name, act->fields[i].value);
    }
    json_end_object(&writer);
    return strbuf_str(&alerts->text);
}

static tocsin_status add_finding(struct alerts *alerts, const struct tocsin_run *run,
                                 const struct result_finding *finding, const struct result_evidence *evidence,
                                 struct error *err)
{
    char id[ID_DIGITS + 1] = "";
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < finding->item_count; i++) {
        const struct result_act *act = &finding->items[i];
        const struct alert alert = {
            .rule = rule_of(run, act->rule_id),
            .level = act->level,
            .risk = act->risk,
            .time_ms = act->time_ms,
            .identity = finding->identity,
            .host = finding->host,
            .source = finding->source,
            .act = act->act,
            .target = act->target,
            .detail = act->detail,
            .outcome = act->outcome,
            .columns = write_columns(alerts, act),
            .lines = evidence->lines,
            .numbers = act->lines,
            .line_count = act->line_count,
            .line_more = act->line_more,
            .finding = id,
        };
        status = alerts->text.is_failed ? error_memory(err) : add(alerts, run, &alert, err);
    }
    return status;
}

/* What an exception hid is no alert. */
tocsin_status alerts_add_findings(struct alerts *alerts, const struct tocsin_run *run,
                                  const struct result_batch *batch, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t row = 0; status == TOCSIN_OK && row < batch->row_count; row++) {
        if (batch->findings[row].excepted.len == 0) {
            status = add_finding(alerts, run, &batch->findings[row], &batch->evidence[row], err);
        }
    }
    return status;
}

/* ---- other rows ---- */

tocsin_status alerts_add_row(struct alerts *alerts, const struct rule_run *rule, const struct result_batch *batch,
                             uint32_t row, struct error *err)
{
    char id[ID_DIGITS + 1] = "";
    struct json_writer writer;
    const struct result_evidence none = {0};
    const struct result_evidence *evidence = batch->evidence ? &batch->evidence[row] : &none;
    struct alert alert = {
        .rule = rule->rule,
        .level = batch->levels[row],
        .risk = batch->risks[row],
        .lines = evidence->lines,
        .line_count = evidence->count,
        .line_more = evidence->more,
        .finding = id,
    };
    strbuf_clear(&alerts->text);
    json_writer_init(&writer, &alerts->text, false);
    json_begin_object(&writer);
    for (uint32_t i = 0; i < rule->header.column_count; i++) {
        const struct column *column = &batch->columns[i];
        if (!column_is_valid(column, row)) {
            continue;
        }
        if (rule->columns[i].domain == DOMAIN_TIME_MS && column->type == TYPE_INT64 && alert.time_ms == 0) {
            alert.time_ms = column_integer(column, row);
        }
        put_member(&writer, rule->columns[i].name, value_text(column, row, &alerts->scratch));
    }
    json_end_object(&writer);
    alert.columns = strbuf_str(&alerts->text);
    return alerts->text.is_failed ? error_memory(err) : add(alerts, rule->run, &alert, err);
}
