#include "finding/finding_join.h"

#include "base/limits.h"
#include "base/memory.h"
#include "base/row_sorter.h"
#include "finding/finding_build.h"
#include "finding/finding_codec.h"

/* Passes, each sorted in bounded memory:
 *   arrived   rows by actor and time      -> numbers of bursts
 *   numbered  rows by burst               -> rows by finding, once it is known which bursts are one
 *   shared    lines and Audit IDs         -> bursts that are one
 *   grouped   rows by finding             -> findings, judged
 *   judged    findings by level and risk  -> out */
enum pass { PASS_ARRIVED, PASS_NUMBERED, PASS_SHARED, PASS_GROUPED, PASS_JUDGED, PASS_COUNT };

enum { OUT_FINDINGS_MAX = 64, UUID_BYTES = 36 };

struct burst {
    uint32_t parent; /* itself: it is none other */
    int64_t first_ms;
};

struct finding_join {
    struct finding_options options;
    struct finding_counts counts;
    struct row_sorter *passes[PASS_COUNT];
    struct burst *bursts;
    uint32_t burst_count;
    uint32_t burst_capacity;
    uint64_t *habits; /* pairs of hash and count, open addressing; hash 0 is an empty slot */
    size_t habit_slots;
    size_t habit_count;
    uint64_t arrivals;
    struct arena arena; /* as long as the join */
    struct arena row_arena;
    struct arena out_arena;
    struct strbuf key;
    struct strbuf body;
    struct column columns[FINDING_COLUMN_COUNT];
    int64_t risks[OUT_FINDINGS_MAX];
    str levels[OUT_FINDINGS_MAX];
    str rule_ids[OUT_FINDINGS_MAX];
    struct result_evidence evidence[OUT_FINDINGS_MAX];
    struct result_finding shown[OUT_FINDINGS_MAX];
};

/* ---- life ---- */

static tocsin_status make_columns(struct finding_join *join, struct error *err)
{
    for (size_t i = 0; i < FINDING_COLUMN_COUNT; i++) {
        if (!column_init(&join->columns[i], finding_result_columns[i].type, &join->arena)) {
            return error_memory(err);
        }
    }
    return TOCSIN_OK;
}

static tocsin_status make_counts(struct finding_join *join, struct error *err)
{
    size_t exceptions = join->options.exceptions ? exceptions_count(join->options.exceptions) : 0;
    join->counts.by_rule = arena_array(&join->arena, uint64_t, join->options.rule_count + 1);
    join->counts.excepted = arena_array(&join->arena, uint64_t, exceptions + 1);
    join->counts.expired = arena_array(&join->arena, uint64_t, exceptions + 1);
    return join->counts.by_rule && join->counts.excepted && join->counts.expired ? TOCSIN_OK : error_memory(err);
}

tocsin_status finding_join_create(const struct finding_options *options, struct finding_join **ret_join,
                                  struct error *err)
{
    struct finding_join *join = memory_allocate_zeroed(1, sizeof(*join));
    if (!join) {
        return error_memory(err);
    }
    join->options = *options;
    arena_init(&join->arena, ARENA_NO_LIMIT);
    arena_init(&join->row_arena, ARENA_NO_LIMIT);
    arena_init(&join->out_arena, ARENA_NO_LIMIT);
    strbuf_init(&join->key, LIMIT_FINDING_BYTES);
    strbuf_init(&join->body, 4 * LIMIT_FINDING_BYTES);
    tocsin_status status = make_columns(join, err);
    status = status == TOCSIN_OK ? make_counts(join, err) : status;
    struct row_sorter_options sorting = {.bytes_max = options->bytes_max / 3 + 1}; /* at most three are filled */
    for (size_t i = 0; status == TOCSIN_OK && i < PASS_COUNT; i++) {
        status = row_sorter_create(&sorting, &join->passes[i], err);
    }
    if (status != TOCSIN_OK) {
        finding_join_free(join);
        return status;
    }
    *ret_join = join;
    return TOCSIN_OK;
}

static void end_pass(struct finding_join *join, enum pass pass)
{
    row_sorter_free(join->passes[pass]);
    join->passes[pass] = NULL;
}

void finding_join_free(struct finding_join *join)
{
    if (!join) {
        return;
    }
    for (size_t i = 0; i < PASS_COUNT; i++) {
        end_pass(join, (enum pass)i);
    }
    memory_free(join->bursts);
    memory_free(join->habits);
    strbuf_release(&join->key);
    strbuf_release(&join->body);
    arena_release(&join->arena);
    arena_release(&join->row_arena);
    arena_release(&join->out_arena);
    memory_free(join);
}

const struct finding_counts *finding_join_counts(const struct finding_join *join)
{
    return &join->counts;
}

struct result_header finding_join_header(const struct finding_join *join)
{
    return (struct result_header){
        .columns = finding_result_columns, .column_count = FINDING_COLUMN_COUNT, .is_findings = true};
}

static tocsin_status pass_add(struct finding_join *join, enum pass pass, struct error *err)
{
    if (join->key.is_failed || join->body.is_failed) {
        return error_memory(err);
    }
    return row_sorter_add(join->passes[pass], strbuf_str(&join->key), strbuf_str(&join->body), err);
}

/* ---- rows come in ---- */

/* Who may be anybody: the address tells more. */
static bool is_shared_identity(str identity)
{
    static const str shared[] = {STR("system:anonymous"),
                                 STR("system:unauthenticated"),
                                 STR("anonymous"),
                                 STR("unknown"),
                                 STR("unset"),
                                 STR("-")};
    for (size_t i = 0; i < countof(shared); i++) {
        if (str_eq_ignore_case(identity, shared[i])) {
            return true;
        }
    }
    return identity.len == 0;
}

static bool is_session(str session)
{
    return session.len > 0 && !str_eq(session, STR("4294967295")) && !str_eq(session, STR("-1")) &&
           !str_eq_ignore_case(session, STR("unset"));
}

static void key_text(struct strbuf *key, str text)
{
    finding_key_u32(key, (uint32_t)text.len);
    strbuf_append(key, text.data ? text : STR_EMPTY);
}

/* Equal bytes are one actor. */
static void key_actor(struct finding_join *join, const struct finding_row *row, bool is_excepted)
{
    str identity = row->texts[ROW_IDENTITY];
    strbuf_append_char(&join->key, (char)is_excepted);
    key_text(&join->key, row->texts[ROW_HOST]);
    if (is_session(row->texts[ROW_SESSION])) {
        strbuf_append_char(&join->key, 's');
        key_text(&join->key, row->texts[ROW_SESSION]);
        return;
    }
    strbuf_append_char(&join->key, 'i');
    key_text(&join->key, identity);
    if (is_shared_identity(identity)) {
        key_text(&join->key, row->texts[ROW_SOURCE]);
    }
}

/* When, where in the log, by which rule: the order of rows, whatever way they came. */
static void key_place(struct finding_join *join, const struct finding_row *row)
{
    const struct evidence *line = row->evidence.count > 0 ? &row->evidence.lines[0] : NULL;
    finding_key_i64(&join->key, row->time_ms);
    finding_key_u32(&join->key, line ? line->input : UINT32_MAX);
    finding_key_u64(&join->key, line ? line->line : UINT64_MAX);
    finding_key_u32(&join->key, row->rule);
    finding_key_u64(&join->key, join->arrivals);
}

enum { PLACE_BYTES = 8 + 4 + 8 + 4 + 8 };

tocsin_status finding_join_push(struct finding_join *join, const struct finding_row *row, struct error *err)
{
    uint32_t exception = EXCEPTION_NONE;
    uint32_t expired = EXCEPTION_NONE;
    strbuf_clear(&join->body);
    if (join->options.exceptions) {
        exception =
            exceptions_find(join->options.exceptions, join->options.rules[row->rule].id, row, &join->body, &expired);
        if (join->body.is_failed) {
            return error_memory(err);
        }
    }
    if (expired != EXCEPTION_NONE) {
        ((uint64_t *)(uintptr_t)join->counts.expired)[expired]++;
    }
    if (exception != EXCEPTION_NONE) {
        ((uint64_t *)(uintptr_t)join->counts.excepted)[exception]++;
        if (!join->options.shows_excepted) {
            return TOCSIN_OK;
        }
    }
    if (join->counts.rows == 0 || row->time_ms < join->counts.first_ms) {
        join->counts.first_ms = row->time_ms;
    }
    if (join->counts.rows == 0 || row->time_ms > join->counts.last_ms) {
        join->counts.last_ms = row->time_ms;
    }
    join->counts.rows++;
    join->arrivals++;
    strbuf_clear(&join->key);
    key_actor(join, row, exception != EXCEPTION_NONE);
    size_t actor_bytes = join->key.len;
    key_place(join, row);
    strbuf_clear(&join->body);
    finding_key_u32(&join->body, (uint32_t)actor_bytes);
    strbuf_append(&join->body, strbuf_str(&join->key));
    strbuf_append(&join->body, (str){(const char *)&exception, sizeof(exception)});
    finding_row_encode(&join->body, row);
    return pass_add(join, PASS_ARRIVED, err);
}

/* ---- bursts ---- */

static tocsin_status add_burst(struct finding_join *join, int64_t first_ms, struct error *err)
{
    if (join->burst_count == join->burst_capacity) {
        if (join->burst_capacity >= UINT32_MAX / 2) {
            return error_set(err, TOCSIN_ERROR_LIMIT, "there are more than %u findings", join->burst_capacity);
        }
        uint32_t capacity = join->burst_capacity ? join->burst_capacity * 2 : 256;
        struct burst *grown = memory_resize(join->bursts, capacity * sizeof(*grown));
        if (!grown) {
            return error_memory(err);
        }
        join->bursts = grown;
        join->burst_capacity = capacity;
    }
    join->bursts[join->burst_count] = (struct burst){.parent = join->burst_count, .first_ms = first_ms};
    join->burst_count++;
    return TOCSIN_OK;
}

static uint32_t burst_root(struct finding_join *join, uint32_t burst)
{
    while (join->bursts[burst].parent != burst) {
        uint32_t parent = join->bursts[burst].parent;
        join->bursts[burst].parent = join->bursts[parent].parent;
        burst = parent;
    }
    return burst;
}

/* The lower number is the root, so that the same rows give the same numbers. */
static void burst_unite(struct finding_join *join, uint32_t a, uint32_t b)
{
    uint32_t x = burst_root(join, a);
    uint32_t y = burst_root(join, b);
    if (x == y) {
        return;
    }
    uint32_t low = x < y ? x : y;
    uint32_t high = x < y ? y : x;
    join->bursts[high].parent = low;
    if (join->bursts[high].first_ms < join->bursts[low].first_ms) {
        join->bursts[low].first_ms = join->bursts[high].first_ms;
    }
}

static tocsin_status add_shared(struct finding_join *join, uint32_t burst, struct error *err)
{
    strbuf_clear(&join->body);
    strbuf_append(&join->body, (str){(const char *)&burst, sizeof(burst)});
    strbuf_append(&join->body, strbuf_str(&join->key)); /* keys are gone once sorted */
    return pass_add(join, PASS_SHARED, err);
}

/* Lines of the log that the row stands on; elements of one list lie on one line, and differ in their text. */
static tocsin_status share_lines(struct finding_join *join, const struct finding_row *row, bool is_excepted,
                                 uint32_t burst, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < row->evidence.count; i++) {
        const struct evidence *line = &row->evidence.lines[i];
        strbuf_clear(&join->key);
        strbuf_append_char(&join->key, is_excepted ? 'L' : 'l');
        finding_key_u32(&join->key, line->input);
        finding_key_u64(&join->key, line->line);
        finding_key_u64(&join->key, str_hash(line->raw, join->options.hash_seed));
        status = add_shared(join, burst, err);
    }
    str audit_id = row->texts[ROW_AUDIT_ID];
    if (status == TOCSIN_OK && audit_id.len > 0) {
        strbuf_clear(&join->key);
        strbuf_append_char(&join->key, is_excepted ? 'A' : 'a');
        /* Kubernetes' are unique in the world, those of a kernel on its host. */
        key_text(&join->key, audit_id.len >= UUID_BYTES ? STR_EMPTY : row->texts[ROW_HOST]);
        strbuf_append(&join->key, audit_id);
        status = add_shared(join, burst, err);
    }
    return status;
}

/* A row of a pass: exception number, then the row. */
static bool decode_item(struct finding_join *join, str *bytes, struct finding_item *ret_item)
{
    memcpy(&ret_item->exception, bytes->data, sizeof(ret_item->exception));
    *bytes = str_skip(*bytes, sizeof(ret_item->exception));
    return finding_row_decode(bytes, &join->row_arena, &ret_item->row);
}

static uint32_t read_u32(str bytes)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        value = value << 8 | (unsigned char)bytes.data[i];
    }
    return value;
}

static tocsin_status number_row(struct finding_join *join, str place, str row_bytes, uint32_t burst, struct error *err)
{
    strbuf_clear(&join->key);
    strbuf_clear(&join->body);
    finding_key_u32(&join->key, burst);
    strbuf_append(&join->key, place);
    strbuf_append(&join->body, strbuf_str(&join->key));
    strbuf_append(&join->body, row_bytes);
    return pass_add(join, PASS_NUMBERED, err);
}

/* arrived -> numbered and shared */
static tocsin_status number_bursts(struct finding_join *join, struct error *err)
{
    struct strbuf actor;
    strbuf_init(&actor, LIMIT_FINDING_BYTES);
    int64_t last_ms = 0;
    tocsin_status status = row_sorter_finish(join->passes[PASS_ARRIVED], err);
    while (status == TOCSIN_OK) {
        str bytes;
        status = row_sorter_next(join->passes[PASS_ARRIVED], &bytes, err);
        if (status != TOCSIN_OK) {
            break;
        }
        uint32_t actor_bytes = read_u32(bytes);
        str row_actor = str_slice(bytes, 4, 4 + actor_bytes);
        str place = str_slice(bytes, 4 + actor_bytes, 4 + actor_bytes + PLACE_BYTES);
        str row_bytes = str_skip(bytes, 4 + actor_bytes + PLACE_BYTES);
        str rest = row_bytes;
        struct finding_item item;
        arena_clear(&join->row_arena);
        if (!decode_item(join, &rest, &item)) {
            status = error_memory(err);
            break;
        }
        bool is_same = join->burst_count > 0 && str_eq(row_actor, strbuf_str(&actor)) &&
                       item.row.time_ms - last_ms <= join->options.join_ms;
        if (!is_same) {
            strbuf_clear(&actor);
            strbuf_append(&actor, row_actor);
            status = actor.is_failed ? error_memory(err) : add_burst(join, item.row.time_ms, err);
        }
        last_ms = item.row.time_ms;
        uint32_t burst = join->burst_count - 1;
        status = status == TOCSIN_OK ? number_row(join, place, row_bytes, burst, err) : status;
        status =
            status == TOCSIN_OK ? share_lines(join, &item.row, item.exception != EXCEPTION_NONE, burst, err) : status;
    }
    strbuf_release(&actor);
    end_pass(join, PASS_ARRIVED);
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

/* shared -> the bursts know who is one */
static tocsin_status unite_bursts(struct finding_join *join, struct error *err)
{
    struct strbuf last;
    uint32_t last_burst = 0;
    strbuf_init(&last, LIMIT_FINDING_BYTES);
    tocsin_status status = row_sorter_finish(join->passes[PASS_SHARED], err);
    while (status == TOCSIN_OK) {
        str bytes;
        status = row_sorter_next(join->passes[PASS_SHARED], &bytes, err);
        if (status != TOCSIN_OK) {
            break;
        }
        uint32_t burst;
        memcpy(&burst, bytes.data, sizeof(burst));
        str key = str_skip(bytes, sizeof(burst));
        if (last.len > 0 && str_eq(key, strbuf_str(&last))) {
            burst_unite(join, last_burst, burst);
        } else {
            strbuf_clear(&last);
            strbuf_append(&last, key);
        }
        last_burst = burst;
        status = last.is_failed ? error_memory(err) : TOCSIN_OK;
    }
    strbuf_release(&last);
    end_pass(join, PASS_SHARED);
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

/* numbered -> grouped: findings in the order of their first rows */
static tocsin_status group_rows(struct finding_join *join, struct error *err)
{
    tocsin_status status = row_sorter_finish(join->passes[PASS_NUMBERED], err);
    while (status == TOCSIN_OK) {
        str bytes;
        status = row_sorter_next(join->passes[PASS_NUMBERED], &bytes, err);
        if (status != TOCSIN_OK) {
            break;
        }
        uint32_t root = burst_root(join, read_u32(bytes));
        strbuf_clear(&join->key);
        strbuf_clear(&join->body);
        finding_key_i64(&join->key, join->bursts[root].first_ms);
        finding_key_u32(&join->key, root);
        strbuf_append(&join->key, str_slice(bytes, 4, 4 + PLACE_BYTES));
        finding_key_u32(&join->body, root);
        strbuf_append(&join->body, str_skip(bytes, 4 + PLACE_BYTES));
        status = pass_add(join, PASS_GROUPED, err);
    }
    end_pass(join, PASS_NUMBERED);
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

/* ---- habits ---- */

static uint64_t habit_hash(const struct finding_join *join, str identity, str act)
{
    uint64_t hash = str_hash(act, str_hash(identity, join->options.hash_seed));
    return hash ? hash : 1;
}

/* The slot of the hash: where it is, or where it would be. */
static uint64_t *habit_slot(uint64_t *habits, size_t slots, uint64_t hash)
{
    size_t at = (size_t)hash & (slots - 1);
    while (habits[2 * at] != 0 && habits[2 * at] != hash) {
        at = (at + 1) & (slots - 1);
    }
    return &habits[2 * at];
}

static tocsin_status grow_habits(struct finding_join *join, struct error *err)
{
    size_t slots = join->habit_slots ? join->habit_slots * 2 : 1024;
    uint64_t *grown = memory_allocate_zeroed(slots, 2 * sizeof(*grown));
    if (!grown) {
        return error_memory(err);
    }
    for (size_t i = 0; i < join->habit_slots; i++) {
        if (join->habits[2 * i] != 0) {
            memcpy(habit_slot(grown, slots, join->habits[2 * i]), &join->habits[2 * i], 2 * sizeof(*grown));
        }
    }
    memory_free(join->habits);
    join->habits = grown;
    join->habit_slots = slots;
    return TOCSIN_OK;
}

static uint64_t habit_get(const struct finding_join *join, uint64_t hash)
{
    return join->habit_slots > 0 ? habit_slot(join->habits, join->habit_slots, hash)[1] : 0;
}

static tocsin_status habit_count(struct finding_join *join, uint64_t hash, struct error *err)
{
    if (2 * (join->habit_count + 1) > join->habit_slots && join->habit_count < LIMIT_FINDING_HABITS) {
        tocsin_status status = grow_habits(join, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    uint64_t *slot = habit_slot(join->habits, join->habit_slots, hash);
    if (slot[0] == 0) {
        if (join->habit_count >= LIMIT_FINDING_HABITS) {
            return TOCSIN_OK;
        }
        slot[0] = hash;
        join->habit_count++;
    }
    slot[1]++;
    return TOCSIN_OK;
}

/* What was refused is no habit. */
static bool is_done(const struct finding_row *row)
{
    return !str_eq_ignore_case(row->texts[ROW_OUTCOME], STR("denied")) &&
           !str_eq_ignore_case(row->texts[ROW_OUTCOME], STR("failed"));
}

static bool is_repeated(const struct finding_item *items, uint32_t index)
{
    for (uint32_t i = index; i > 0; i--) {
        if (str_eq(items[i - 1].row.texts[ROW_ACT], items[index].row.texts[ROW_ACT]) &&
            str_eq(items[i - 1].row.texts[ROW_IDENTITY], items[index].row.texts[ROW_IDENTITY])) {
            return true;
        }
    }
    return false;
}

/* How often the least usual act of the finding was done before, and from now on once more. */
static tocsin_status weigh_habits(struct finding_join *join, const struct finding_item *items, uint32_t count,
                                  uint64_t *ret_before, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    uint64_t least = UINT64_MAX;
    str somebody = STR_EMPTY; /* for rows that do not say who */
    for (uint32_t i = 0; i < count && somebody.len == 0; i++) {
        somebody = items[i].row.texts[ROW_IDENTITY];
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        const struct finding_row *row = &items[i].row;
        if (is_repeated(items, i)) {
            continue;
        }
        str identity = row->texts[ROW_IDENTITY].len > 0 ? row->texts[ROW_IDENTITY] : somebody;
        uint64_t hash = habit_hash(join, identity, row->texts[ROW_ACT]);
        uint64_t before = habit_get(join, hash);
        least = before < least ? before : least;
        status = is_done(row) ? habit_count(join, hash, err) : TOCSIN_OK;
    }
    *ret_before = least;
    return status;
}

/* Points off for what the identity does all the time, never below the level. */
static int64_t habit_points(const struct finding_join *join, const struct finding_judgement *judgement)
{
    int64_t room = judgement->risk - join->options.level_floors[judgement->level];
    if (judgement->before < FINDING_HABIT_BURSTS || room <= 0) {
        return 0;
    }
    return room < FINDING_HABIT_POINTS ? -room : -FINDING_HABIT_POINTS;
}

/* ---- findings ---- */

/* Rows of the finding being gathered. */
struct gathering {
    struct finding_item *items; /* LIMIT_FINDING_ROWS */
    uint32_t count;
    uint64_t lines; /* of all rows; the same line twice counts twice */
    uint32_t root;
    uint32_t part;
    uint64_t before;    /* of the first part, for those that go on with it */
    struct strbuf rows; /* as they came */
};

static void count_finding(struct finding_join *join, const struct finding_item *items, uint32_t count,
                          const struct finding_judgement *judgement)
{
    struct finding_counts *counts = &join->counts;
    counts->findings[judgement->level]++;
    for (uint32_t i = 0; i < count; i++) {
        bool is_known = false;
        for (uint32_t j = i; j > 0 && !is_known; j--) {
            is_known = items[j - 1].row.rule == items[i].row.rule;
        }
        ((uint64_t *)(uintptr_t)counts->by_rule)[items[i].row.rule] += !is_known;
    }
    uint64_t span = (uint64_t)(counts->last_ms - counts->first_ms) + 1;
    uint64_t at = (uint64_t)(items[0].row.time_ms - counts->first_ms);
    size_t part = (size_t)((double)at / (double)span * FINDING_TIMELINE_PARTS);
    counts->timeline[part < FINDING_TIMELINE_PARTS ? part : FINDING_TIMELINE_PARTS - 1][judgement->level]++;
}

static tocsin_status judge_gathered(struct finding_join *join, struct gathering *gathering, struct error *err)
{
    struct finding_judgement judgement;
    bool is_excepted = gathering->items[0].exception != EXCEPTION_NONE;
    finding_judge(gathering->items, gathering->count, &judgement);
    tocsin_status status = TOCSIN_OK;
    if (!is_excepted && gathering->part == 0) {
        status = weigh_habits(join, gathering->items, gathering->count, &gathering->before, err);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    judgement.before = is_excepted ? 0 : gathering->before;
    judgement.habit = habit_points(join, &judgement);
    if (!is_excepted && judgement.level < join->options.level_min) {
        join->counts.below[judgement.level]++;
        return TOCSIN_OK;
    }
    if (is_excepted) {
        join->counts.excepted_findings++;
    } else {
        count_finding(join, gathering->items, gathering->count, &judgement);
    }
    strbuf_clear(&join->key);
    strbuf_append_char(&join->key, (char)is_excepted);
    finding_key_u32(&join->key, FINDING_LEVELS - judgement.level);
    finding_key_i64(&join->key, -(judgement.risk + judgement.habit));
    finding_key_i64(&join->key, join->bursts[gathering->root].first_ms);
    finding_key_u32(&join->key, gathering->root);
    finding_key_u32(&join->key, gathering->part);
    strbuf_clear(&join->body);
    strbuf_append(&join->body, (str){(const char *)&judgement, sizeof(judgement)});
    strbuf_append(&join->body, (str){(const char *)&gathering->count, sizeof(gathering->count)});
    strbuf_append(&join->body, strbuf_str(&gathering->rows));
    return pass_add(join, PASS_JUDGED, err);
}

static tocsin_status end_gathered(struct finding_join *join, struct gathering *gathering, struct error *err)
{
    tocsin_status status = gathering->count > 0 ? judge_gathered(join, gathering, err) : TOCSIN_OK;
    gathering->count = 0;
    gathering->lines = 0;
    strbuf_clear(&gathering->rows);
    arena_clear(&join->row_arena);
    return status;
}

static bool is_full(const struct gathering *gathering, const struct finding_row *row, size_t bytes)
{
    return gathering->count == LIMIT_FINDING_ROWS || gathering->lines + row->evidence.count > LIMIT_FINDING_LINES ||
           gathering->rows.len + bytes > LIMIT_FINDING_BYTES;
}

static tocsin_status gather_row(struct finding_join *join, struct gathering *gathering, str bytes, struct error *err)
{
    uint32_t root = read_u32(bytes);
    str row_bytes = str_skip(bytes, 4);
    /* The bytes live until the next row is asked for; rows of a finding live longer. */
    str kept = arena_copy(&join->row_arena, row_bytes);
    str rest = kept;
    struct finding_item item;
    if (!kept.data || !decode_item(join, &rest, &item)) {
        return error_memory(err);
    }
    bool is_next = gathering->count > 0 && root != gathering->root;
    if (is_next || (gathering->count > 0 && is_full(gathering, &item.row, row_bytes.len))) {
        tocsin_status status = end_gathered(join, gathering, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        gathering->part = is_next ? 0 : gathering->part + 1;
        kept = arena_copy(&join->row_arena, row_bytes);
        rest = kept;
        if (!kept.data || !decode_item(join, &rest, &item)) {
            return error_memory(err);
        }
    }
    gathering->root = root;
    gathering->lines += item.row.evidence.count;
    gathering->items[gathering->count++] = item;
    strbuf_append(&gathering->rows, row_bytes);
    return gathering->rows.is_failed ? error_memory(err) : TOCSIN_OK;
}

/* grouped -> judged */
static tocsin_status judge_findings(struct finding_join *join, struct error *err)
{
    struct gathering gathering = {.items = arena_array(&join->arena, struct finding_item, LIMIT_FINDING_ROWS)};
    if (!gathering.items) {
        return error_memory(err);
    }
    strbuf_init(&gathering.rows, 2 * LIMIT_FINDING_BYTES);
    arena_clear(&join->row_arena);
    tocsin_status status = row_sorter_finish(join->passes[PASS_GROUPED], err);
    while (status == TOCSIN_OK) {
        str bytes;
        status = row_sorter_next(join->passes[PASS_GROUPED], &bytes, err);
        status = status == TOCSIN_OK ? gather_row(join, &gathering, bytes, err) : status;
    }
    status = status == TOCSIN_END ? end_gathered(join, &gathering, err) : status;
    strbuf_release(&gathering.rows);
    end_pass(join, PASS_GROUPED);
    return status;
}

tocsin_status finding_join_finish(struct finding_join *join, struct error *err)
{
    tocsin_status status = number_bursts(join, err);
    status = status == TOCSIN_OK ? unite_bursts(join, err) : status;
    status = status == TOCSIN_OK ? group_rows(join, err) : status;
    status = status == TOCSIN_OK ? judge_findings(join, err) : status;
    return status == TOCSIN_OK ? row_sorter_finish(join->passes[PASS_JUDGED], err) : status;
}

/* ---- findings go out ---- */

static void put_columns(struct finding_join *join, uint32_t row, const struct finding *finding)
{
    for (size_t i = 0; i < FINDING_COLUMN_COUNT; i++) {
        struct column *column = &join->columns[i];
        if (column->type == TYPE_STRING && finding->texts[i].data) {
            column_set_string(column, row, finding->texts[i]);
        } else if (column->type == TYPE_INT64 && finding->has_number[i]) {
            column_set_integer(column, row, finding->numbers[i]);
        } else if (column->type == TYPE_BOOL) {
            column_set_bool(column, row, finding->numbers[i] != 0);
        }
    }
}

static tocsin_status put_finding(struct finding_join *join, uint32_t row, str bytes, struct error *err)
{
    struct arena *arena = &join->out_arena;
    str kept = arena_copy(arena, bytes);
    struct finding_judgement judgement;
    uint32_t count;
    if (!kept.data) {
        return error_memory(err);
    }
    memcpy(&judgement, kept.data, sizeof(judgement));
    memcpy(&count, kept.data + sizeof(judgement), sizeof(count));
    str rest = str_skip(kept, sizeof(judgement) + sizeof(count));
    struct finding_item *items = arena_array(arena, struct finding_item, count);
    struct finding *finding = arena_new(arena, struct finding);
    bool has_memory = items && finding;
    for (uint32_t i = 0; has_memory && i < count; i++) {
        memcpy(&items[i].exception, rest.data, sizeof(items[i].exception));
        rest = str_skip(rest, sizeof(items[i].exception));
        has_memory = finding_row_decode(&rest, arena, &items[i].row);
    }
    if (!has_memory || !finding_build(&join->options, items, count, &judgement, arena, finding)) {
        return error_memory(err);
    }
    put_columns(join, row, finding);
    join->risks[row] = finding->numbers[FINDING_RISK];
    join->levels[row] = join->options.level_names[judgement.level];
    join->rule_ids[row] = join->options.rules[items[judgement.worst].row.rule].id;
    join->evidence[row] = finding->evidence;
    join->shown[row] = finding->shown;
    return TOCSIN_OK;
}

tocsin_status finding_join_next(struct finding_join *join, struct result_batch *ret_batch, struct error *err)
{
    uint32_t count = 0;
    size_t bytes_given = 0;
    arena_clear(&join->out_arena);
    for (size_t i = 0; i < FINDING_COLUMN_COUNT; i++) {
        column_clear(&join->columns[i]);
    }
    while (count < OUT_FINDINGS_MAX && bytes_given < LIMIT_FINDING_BYTES) {
        str bytes;
        tocsin_status status = row_sorter_next(join->passes[PASS_JUDGED], &bytes, err);
        if (status == TOCSIN_END) {
            break;
        }
        status = status == TOCSIN_OK ? put_finding(join, count, bytes, err) : status;
        if (status != TOCSIN_OK) {
            return status;
        }
        bytes_given += bytes.len;
        count++;
    }
    if (count == 0) {
        return TOCSIN_END;
    }
    *ret_batch = (struct result_batch){
        .columns = join->columns,
        .row_count = count,
        .evidence = join->evidence,
        .risks = join->risks,
        .rule_ids = join->rule_ids,
        .findings = join->shown,
        .levels = join->levels,
    };
    return TOCSIN_OK;
}
