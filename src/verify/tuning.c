#include "verify/tuning.h"

#include <stdlib.h>

#include "base/json_reader.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text_file.h"

void tuning_init(struct tuning *tuning)
{
    *tuning = (struct tuning){0};
    arena_init(&tuning->arena, ARENA_NO_LIMIT);
    found_rows_init(&tuning->found);
    tuning->found.keeps_raw = true;
}

void tuning_release(struct tuning *tuning)
{
    found_rows_release(&tuning->found);
    arena_release(&tuning->arena);
}

/* ---- findings ---------------------------------------------------------------------------------------------------- */

static tocsin_status read_line(struct tuning *tuning, str line, const char *path, uint32_t number, struct error *err)
{
    size_t before = tuning->found.count;
    if (line.data[0] == '{' && !json_validate(line, NULL)) {
        error_set(err, TOCSIN_ERROR_INPUT, "%s:%u: this finding is cut, or no valid JSON", path, number);
        error_hint(err, "tune reads what `tocsin hunt -o ndjson` writes; have it written anew");
        return TOCSIN_ERROR_INPUT;
    }
    if (found_rows_write(&tuning->found, line.data, line.len) != 0 || found_rows_write(&tuning->found, "\n", 1) != 0) {
        return error_memory(err);
    }
    bool is_finding = tuning->found.count == before + 1 && tuning->found.rows[before].rule.data && line.data[0] == '{';
    if (is_finding) {
        return TOCSIN_OK;
    }
    error_set(err, TOCSIN_ERROR_INPUT, "%s:%u: this line is no finding", path, number);
    error_hint(err, "tune reads what `tocsin hunt -o ndjson` writes");
    return TOCSIN_ERROR_INPUT;
}

tocsin_status tuning_read(struct tuning *tuning, const char *path, struct error *err)
{
    str text = STR_EMPTY;
    bool is_standard = strcmp(path, "-") == 0;
    tocsin_status status = text_file_read(is_standard ? "/dev/stdin" : path, LIMIT_MADE_LOG_BYTES, &text, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    uint32_t number = 0;
    for (str rest = text; status == TOCSIN_OK && rest.len > 0;) {
        size_t end = str_find_char(rest, '\n', 0);
        str line = str_trim(str_slice(rest, 0, end == SIZE_MAX ? rest.len : end));
        rest = str_skip(rest, end == SIZE_MAX ? rest.len : end + 1);
        number++;
        status = line.len > 0 ? read_line(tuning, line, path, number, err) : TOCSIN_OK;
    }
    memory_free((void *)text.data);
    return status;
}

/* ---- groups ------------------------------------------------------------------------------------------------------ */

/* "kubectl/v1.32.4 (linux/amd64)" is what begins with "kubectl/": the version changes. */
static str client_pattern(struct arena *arena, str client)
{
    size_t slash = client.data ? str_find_char(client, '/', 0) : SIZE_MAX;
    if (slash == SIZE_MAX || slash < 2) {
        return client;
    }
    char *pattern = arena_allocate(arena, slash + 2, 1);
    if (!pattern) {
        return client;
    }
    memcpy(pattern, client.data, slash + 1);
    pattern[slash + 1] = '*';
    return str_from(pattern, slash + 2);
}

static bool same_text(str a, str b)
{
    return (a.data != NULL) == (b.data != NULL) && (!a.data || str_eq(a, b));
}

static bool same_group(const struct tuning_group *a, const struct tuning_group *b)
{
    return same_text(a->identity, b->identity) && same_text(a->process, b->process) &&
           same_text(a->client, b->client) && same_text(a->act, b->act) && a->has_host == b->has_host &&
           a->has_source == b->has_source && a->has_namespace == b->has_namespace && a->has_target == b->has_target &&
           a->has_detail == b->has_detail;
}

static tocsin_status add_act(struct tuning *tuning, struct tuning_group *group, const struct found_row *row,
                             const struct found_act *act, struct error *err)
{
    if (group->act_count == group->capacity) {
        size_t capacity = group->capacity > 0 ? group->capacity * 2 : 16;
        const struct found_act **acts = arena_array(&tuning->arena, const struct found_act *, capacity);
        const struct found_row **rows = arena_array(&tuning->arena, const struct found_row *, capacity);
        if (!acts || !rows) {
            return error_memory(err);
        }
        for (size_t i = 0; i < group->act_count; i++) {
            acts[i] = group->acts[i];
            rows[i] = group->rows[i];
        }
        group->acts = acts;
        group->rows = rows;
        group->capacity = capacity;
    }
    bool is_new_finding = group->act_count == 0 || group->rows[group->act_count - 1] != row;
    group->finding_count += is_new_finding;
    group->acts[group->act_count] = act;
    group->rows[group->act_count++] = row;
    return TOCSIN_OK;
}

/* An exception can't say an empty text. */
static str or_none(str text)
{
    return text.len > 0 ? text : (str){0};
}

static tocsin_status place_act(struct tuning *tuning, const struct found_row *row, const struct found_act *act,
                               struct error *err)
{
    const struct tuning_group wanted = {
        .identity = row->identity,
        .process = or_none(act->process),
        .client = client_pattern(&tuning->arena, or_none(act->client)),
        .act = or_none(act->act),
        .has_host = row->host.len > 0,
        .has_source = row->source.len > 0,
        .has_namespace = act->namespace.len > 0,
        .has_target = act->target.len > 0,
        .has_detail = act->detail.len > 0,
    };
    size_t at = 0;
    while (at < tuning->group_count && !same_group(&tuning->groups[at], &wanted)) {
        at++;
    }
    if (at == LIMIT_TUNING_GROUPS) {
        error_set(err, TOCSIN_ERROR_LIMIT, "the findings are of more than %d kinds", LIMIT_TUNING_GROUPS);
        error_hint(err, "mark fewer of them: --benign 1,4-9");
        return TOCSIN_ERROR_LIMIT;
    }
    if (at == tuning->group_count) {
        tuning->groups[tuning->group_count++] = wanted;
    }
    return add_act(tuning, &tuning->groups[at], row, act, err);
}

tocsin_status tuning_group(struct tuning *tuning, const bool *marks, struct error *err)
{
    tuning->groups = arena_array(&tuning->arena, struct tuning_group, LIMIT_TUNING_GROUPS);
    tocsin_status status = tuning->groups ? TOCSIN_OK : error_memory(err);
    for (size_t i = 0; status == TOCSIN_OK && i < tuning->found.count; i++) {
        const struct found_row *row = &tuning->found.rows[i];
        for (size_t k = 0; status == TOCSIN_OK && marks[i] && k < row->act_count; k++) {
            status = place_act(tuning, row, &row->acts[k], err);
        }
    }
    return status;
}

const char *tuning_refusal(const struct tuning_group *group)
{
    if (!group->act.data) {
        return "the rows have no act: rules without the columns of findings have no exceptions";
    }
    if (!group->identity.data || group->identity.len == 0) {
        return "the rows do not say who it was";
    }
    static const str anybody[] = {STR("system:anonymous"), STR("system:unauthenticated"), STR("unset"), STR("unknown")};
    for (size_t i = 0; i < countof(anybody); i++) {
        if (str_eq(group->identity, anybody[i])) {
            return "anybody may have this identity";
        }
    }
    return NULL;
}

/* ---- attacks ----------------------------------------------------------------------------------------------------- */

static str keep(struct tuning *tuning, str text)
{
    str copy = text.data ? arena_copy(&tuning->arena, text) : text;
    if (text.data && !copy.data) {
        tuning->status = TOCSIN_ERROR_MEMORY;
    }
    return copy;
}

static void keep_acts(struct tuning *tuning, struct found_row *row)
{
    struct found_act *acts = arena_array(&tuning->arena, struct found_act, row->act_count + 1);
    if (!acts) {
        tuning->status = TOCSIN_ERROR_MEMORY;
        row->act_count = 0;
        return;
    }
    for (size_t i = 0; i < row->act_count; i++) {
        const struct found_act *from = &row->acts[i];
        acts[i] = (struct found_act){
            .rule = keep(tuning, from->rule),
            .act = keep(tuning, from->act),
            .target = keep(tuning, from->target),
            .detail = keep(tuning, from->detail),
            .outcome = keep(tuning, from->outcome),
            .namespace = keep(tuning, from->namespace),
            .process = keep(tuning, from->process),
            .client = keep(tuning, from->client),
        };
    }
    row->acts = acts;
}

void tuning_see_attack(void *state, const char *origin, uint32_t line, str text, const struct found_row *row)
{
    struct tuning *tuning = state;
    if (tuning->attack_count == tuning->attack_capacity) {
        size_t capacity = tuning->attack_capacity > 0 ? tuning->attack_capacity * 2 : 256;
        struct tuning_attack *wider = arena_array(&tuning->arena, struct tuning_attack, capacity);
        if (!wider) {
            tuning->status = TOCSIN_ERROR_MEMORY;
            return;
        }
        for (size_t i = 0; i < tuning->attack_count; i++) {
            wider[i] = tuning->attacks[i];
        }
        tuning->attacks = wider;
        tuning->attack_capacity = capacity;
    }
    struct tuning_attack *attack = &tuning->attacks[tuning->attack_count++];
    *attack = (struct tuning_attack){.line = line, .text = keep(tuning, text), .row = *row};
    attack->origin = arena_copy_cstring(&tuning->arena, str_from_cstring(origin));
    attack->origin = attack->origin ? attack->origin : "";
    attack->row.identity = keep(tuning, row->identity);
    attack->row.host = keep(tuning, row->host);
    attack->row.source = keep(tuning, row->source);
    attack->row.evidence = NULL;
    attack->row.evidence_count = 0;
    keep_acts(tuning, &attack->row);
}

/* ---- what an exception would hide ---------------------------------------------------------------------------------
 */

/* `*` is any text and `?` one character, as in exceptions. */
static bool fits_pattern(str pattern, str text)
{
    size_t at = 0, in = 0, star = SIZE_MAX, retry = 0;
    while (in < text.len) {
        if (at < pattern.len && pattern.data[at] == '*') {
            star = at++;
            retry = in;
        } else if (at < pattern.len && (pattern.data[at] == '?' || pattern.data[at] == text.data[in])) {
            at++;
            in++;
        } else if (star != SIZE_MAX) {
            at = star + 1;
            in = ++retry;
        } else {
            return false;
        }
    }
    while (at < pattern.len && pattern.data[at] == '*') {
        at++;
    }
    return at == pattern.len;
}

static bool fits(str pattern, str text)
{
    return !pattern.data || (text.data && fits_pattern(pattern, text));
}

/* The keys of an exception's scope, besides rule, act, identity, process and client. */
enum scope_key { SCOPE_HOST, SCOPE_SOURCE, SCOPE_NAMESPACE, SCOPE_OUTCOME, SCOPE_TARGET, SCOPE_DETAIL, SCOPE_COUNT };
static const char *const scope_names[SCOPE_COUNT] = {"host", "source", "namespace", "outcome", "target", "detail"};

static str scope_value(const struct found_row *row, const struct found_act *act, enum scope_key key)
{
    switch (key) {
    case SCOPE_HOST:
        return row->host;
    case SCOPE_SOURCE:
        return row->source;
    case SCOPE_NAMESPACE:
        return act->namespace;
    case SCOPE_OUTCOME:
        return act->outcome;
    case SCOPE_TARGET:
        return act->target;
    default:
        return act->detail;
    }
}

/* An exception that says "success" still shows what is refused all of a sudden, and the other way round. */
static bool has_one_outcome(const struct tuning_group *group)
{
    for (size_t i = 0; i < group->act_count; i++) {
        if (group->acts[i]->outcome.len == 0 || !str_eq(group->acts[i]->outcome, group->acts[0]->outcome)) {
            return false;
        }
    }
    return !str_eq(group->acts[0]->outcome, STR("unknown"));
}

static bool uses_key(const struct tuning_group *group, enum tuning_step step, enum scope_key key)
{
    switch (key) {
    case SCOPE_HOST:
        return group->has_host;
    case SCOPE_SOURCE:
        return group->has_source;
    case SCOPE_NAMESPACE:
        return group->has_namespace;
    case SCOPE_OUTCOME:
        return has_one_outcome(group);
    case SCOPE_TARGET:
        return group->has_target && step >= STEP_TARGET;
    default:
        return group->has_detail && step >= STEP_DETAIL;
    }
}

static bool group_has_value(const struct tuning_group *group, enum scope_key key, str value)
{
    for (size_t i = 0; i < group->act_count; i++) {
        if (fits(scope_value(group->rows[i], group->acts[i], key), value)) {
            return true;
        }
    }
    return false;
}

static bool group_has_rule(const struct tuning_group *group, str rule)
{
    for (size_t i = 0; i < group->act_count; i++) {
        if (str_eq(group->acts[i]->rule, rule)) {
            return true;
        }
    }
    return false;
}

static bool hides_act(const struct tuning_group *group, enum tuning_step step, const struct found_row *row,
                      const struct found_act *act, bool is_same_actor)
{
    if (!group_has_rule(group, act->rule) || !act->act.data || !fits(group->act, act->act) ||
        (!is_same_actor && !fits(group->identity, row->identity)) || !fits(group->process, act->process) ||
        !fits(group->client, act->client)) {
        return false;
    }
    for (int key = 0; key < SCOPE_COUNT; key++) {
        bool is_of_actor = key == SCOPE_HOST || key == SCOPE_SOURCE;
        if (uses_key(group, step, (enum scope_key)key) && !(is_of_actor && is_same_actor) &&
            !group_has_value(group, (enum scope_key)key, scope_value(row, act, (enum scope_key)key))) {
            return false;
        }
    }
    return true;
}

bool tuning_hides(const struct tuning_group *group, enum tuning_step step, const struct tuning_attack *attack,
                  bool is_same_actor)
{
    for (size_t i = 0; i < attack->row.act_count; i++) {
        if (!hides_act(group, step, &attack->row, &attack->row.acts[i], is_same_actor)) {
            return false;
        }
    }
    return attack->row.act_count > 0;
}

enum { TARGETS_MAX = 10 };

/* Narrow from the start: the targets are named, unless they are so many that tomorrow there will be others. */
static enum tuning_step first_step(const struct tuning_group *group)
{
    str seen[TARGETS_MAX];
    size_t count = 0;
    for (size_t i = 0; group->has_target && i < group->act_count; i++) {
        size_t at = 0;
        while (at < count && !str_eq(seen[at], group->acts[i]->target)) {
            at++;
        }
        if (at == TARGETS_MAX) {
            return STEP_SCOPE;
        }
        seen[at] = group->acts[i]->target;
        count = at == count ? count + 1 : count;
    }
    return group->has_target ? STEP_TARGET : STEP_SCOPE;
}

enum tuning_step tuning_choose(const struct tuning *tuning, const struct tuning_group *group)
{
    for (int step = (int)first_step(group); step < STEP_COUNT; step++) {
        bool hides = false;
        for (size_t i = 0; !hides && i < tuning->attack_count; i++) {
            hides = tuning_hides(group, (enum tuning_step)step, &tuning->attacks[i], true);
        }
        if (!hides) {
            return (enum tuning_step)step;
        }
    }
    return STEP_COUNT;
}

/* ---- as YAML ----------------------------------------------------------------------------------------------------- */

/* In single quotes; in double ones, escaped as JSON is, if it holds what a line can't. */
static void write_value(struct strbuf *out, str value)
{
    bool is_plain = true;
    for (size_t i = 0; i < value.len; i++) {
        is_plain &= value.data[i] >= 0x20 && value.data[i] < 0x7f;
    }
    if (!is_plain) {
        json_append_string(out, value);
        return;
    }
    strbuf_append_char(out, '\'');
    for (size_t i = 0; i < value.len; i++) {
        strbuf_append(out, value.data[i] == '\'' ? STR("''") : str_slice(value, i, i + 1));
    }
    strbuf_append_char(out, '\'');
}

struct value_list {
    struct strbuf *out;
    str *seen;
    size_t count;
};

static void add_value(struct value_list *list, str value)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_eq(list->seen[i], value)) {
            return;
        }
    }
    strbuf_append(list->out, list->count > 0 ? STR(", ") : STR_EMPTY);
    write_value(list->out, value);
    list->seen[list->count++] = value;
}

/* Values of a key, each once; SCOPE_COUNT: the rules. */
static void write_list(struct strbuf *out, const char *name, const struct tuning_group *group, int key)
{
    struct value_list list = {.out = out, .seen = memory_allocate_zeroed(group->act_count + 1, sizeof(str))};
    if (!list.seen) {
        out->is_failed = true;
        return;
    }
    strbuf_append_format(out, "%s: [", name);
    for (size_t i = 0; i < group->act_count; i++) {
        add_value(&list, key == SCOPE_COUNT ? group->acts[i]->rule
                                            : scope_value(group->rows[i], group->acts[i], (enum scope_key)key));
    }
    strbuf_append(out, STR("]\n"));
    memory_free(list.seen);
}

static void write_one(struct strbuf *out, const char *name, str value)
{
    if (value.data) {
        strbuf_append_format(out, "      %s: [", name);
        write_value(out, value);
        strbuf_append(out, STR("]\n"));
    }
}

void tuning_write(struct strbuf *out, const struct tuning_group *group, enum tuning_step step, const char *id,
                  const char *expires)
{
    strbuf_append_format(out, "  - id: %s\n    knob: [UserContext%s%s]\n    ", id,
                         group->has_namespace ? ", NamespaceScope" : "", group->has_source ? ", SourceIP" : "");
    write_list(out, "rules", group, SCOPE_COUNT);
    strbuf_append(out, STR("    acts: ["));
    write_value(out, group->act);
    strbuf_append(out, STR("]\n    scope:\n"));
    write_one(out, "identity", group->identity);
    write_one(out, "process", group->process);
    write_one(out, "client", group->client);
    for (int key = 0; key < SCOPE_COUNT; key++) {
        if (uses_key(group, step, (enum scope_key)key)) {
            strbuf_append(out, STR("      "));
            write_list(out, scope_names[key], group, key);
        }
    }
    strbuf_append_format(out,
                         "    reason: TO FILL IN (why this is harmless)\n    owner: TO FILL IN (who answers for it)\n"
                         "    expires: %s\n",
                         expires);
}
