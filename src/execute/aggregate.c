#include "execute/aggregate.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "execute/aggregate_state.h"
#include "execute/group_codes.h"
#include "execute/group_lines.h"
#include "execute/group_tally.h"
#include "execute/partition_file.h"
#include "execute/row_codec.h"
#include "base/row_sorter.h"

enum {
    LEVELS_MAX = 8, /* times that groups are parted: by 32 of the hash's 64 bits */
    SLOTS_FIRST = 1024,
    CHUNK_BYTES = 1024 * 1024, /* of text in rows taken at a time */
    OUTPUT_BYTES = 4 * 1024 * 1024
};

struct group {
    uint64_t hash;
    const char *key;
    uint32_t key_bytes;
    uint32_t number;
    struct row_order first;
    struct group_lines lines; /* if evidence is kept */
    _Alignas(8) char states[];
};

struct slot {
    uint64_t hash;
    struct group *group; /* NULL = free */
};

struct aggregator {
    struct aggregator_options options;
    struct arena arena; /* options, layouts, scratch arrays */
    struct aggregate_layout *layouts;
    uint32_t last_offset; /* of the position of the last row in `states`, if has_last */
    bool has_first;       /* an aggregate is FIRST */
    bool has_last;
    bool has_text;   /* an argument of a kind that keeps text, or evidence */
    bool has_states; /* an aggregate that is not COUNT(*) */
    bool is_count;   /* one group, of which nothing is asked but COUNTs */
    size_t group_bytes;
    size_t bytes_max; /* of groups now: halved once results need memory, too */
    struct state_memory memory;
    struct slot *slots;
    size_t slot_count; /* a power of two */
    size_t group_count;
    struct group **numbered; /* by number */
    size_t numbered_capacity;
    struct group_tally *tallies; /* by number: rows that the groups do not count yet */
    size_t tally_count;          /* those that are there */
    size_t tally_capacity;
    uint32_t tallied; /* rows, at most */
    uint64_t arrivals;
    struct partition_file *parts; /* what did not fit, of the level being filled; NULL if all did */
    size_t spill_count;
    /* Of one push */
    struct strbuf keys;
    size_t *key_ends; /* by index; where the key ends in keys */
    char **states;    /* by index; `states` of the row's group */
    struct group **groups;
    uint32_t *numbers; /* of the groups, where they are found by codes */
    uint16_t *rows; /* those that are now the first (or last) of their group */
    struct strbuf scratch;
    struct group_codes codes;
    bool has_codes;
    struct seen_values *seen; /* NULL until an aggregate can make use of it */
    /* Results */
    bool is_finished;
    size_t given;              /* slots, sorted, if all fitted */
    struct row_sorter *sorter; /* else */
    struct arena output;       /* text of results, from the sorter */
    struct column *columns;    /* of one row: a result on its way to the sorter */
};

/* ---- creation ---- */

static bool keeps_text(const struct aggregate_column *aggregate)
{
    switch (aggregate->kind) {
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
    case AGGREGATE_FIRST:
    case AGGREGATE_LAST:
    case AGGREGATE_UNIQUECOUNT:
        return type_is_text(aggregate->argument);
    default:
        return false;
    }
}

static tocsin_status lay_out(struct aggregator *aggregator, struct error *err)
{
    struct aggregator_options *options = &aggregator->options;
    struct arena *arena = &aggregator->arena;
    enum value_type *key_types = arena_array(arena, enum value_type, options->key_count + 1);
    struct aggregate_column *aggregates = arena_array(arena, struct aggregate_column, options->aggregate_count + 1);
    aggregator->layouts = arena_array(arena, struct aggregate_layout, options->aggregate_count + 1);
    aggregator->key_ends = arena_array(arena, size_t, BATCH_ROWS_MAX);
    aggregator->states = arena_array(arena, char *, BATCH_ROWS_MAX);
    aggregator->groups = arena_array(arena, struct group *, BATCH_ROWS_MAX);
    aggregator->rows = arena_array(arena, uint16_t, BATCH_ROWS_MAX);
    aggregator->numbers = arena_array(arena, uint32_t, BATCH_ROWS_MAX);
    if (!key_types || !aggregates || !aggregator->layouts || !aggregator->key_ends || !aggregator->states ||
        !aggregator->groups || !aggregator->rows || !aggregator->numbers) {
        return error_memory(err);
    }
    if (options->key_count > 0) {
        memcpy(key_types, options->key_types, options->key_count * sizeof(*key_types));
    }
    uint32_t bytes = 0;
    aggregator->has_text = options->keeps_evidence && !options->keeps_numbers;
    aggregator->is_count = options->key_count == 0 && !options->keeps_evidence;
    for (uint32_t i = 0; i < options->aggregate_count; i++) {
        aggregates[i] = options->aggregates[i];
        struct aggregate_layout *layout = &aggregator->layouts[i];
        *layout = (struct aggregate_layout){aggregates[i].kind, aggregates[i].argument, aggregates[i].type, bytes};
        bytes += aggregate_state_bytes(layout);
        aggregator->has_first |= aggregates[i].kind == AGGREGATE_FIRST;
        aggregator->has_last |= aggregates[i].kind == AGGREGATE_LAST;
        aggregator->has_states |= aggregates[i].kind != AGGREGATE_COUNT_ROWS;
        aggregator->has_text |= keeps_text(&aggregates[i]);
        aggregator->is_count &= aggregates[i].kind == AGGREGATE_COUNT || aggregates[i].kind == AGGREGATE_COUNT_ROWS;
    }
    aggregator->last_offset = bytes;
    bytes += aggregator->has_last ? (uint32_t)sizeof(struct row_order) : 0;
    options->key_types = key_types;
    options->aggregates = aggregates;
    aggregator->group_bytes = sizeof(struct group) + bytes;
    return TOCSIN_OK;
}

static tocsin_status allocate_slots(struct aggregator *aggregator, size_t count, struct error *err)
{
    struct slot *slots = memory_allocate_zeroed(count, sizeof(*slots));
    if (!slots) {
        return error_memory(err);
    }
    for (size_t i = 0; i < aggregator->slot_count; i++) {
        const struct slot *slot = &aggregator->slots[i];
        if (slot->group) {
            size_t at = slot->hash & (count - 1);
            while (slots[at].group) {
                at = (at + 1) & (count - 1);
            }
            slots[at] = *slot;
        }
    }
    memory_free(aggregator->slots);
    aggregator->slots = slots;
    aggregator->slot_count = count;
    return TOCSIN_OK;
}

tocsin_status aggregator_create(const struct aggregator_options *options, struct aggregator **ret_aggregator,
                                struct error *err)
{
    struct aggregator *aggregator = memory_allocate_zeroed(1, sizeof(*aggregator));
    if (!aggregator) {
        return error_memory(err);
    }
    assert(options->key_count + options->aggregate_count <= LIMIT_SCHEMA_FIELDS);
    aggregator->options = *options;
    aggregator->bytes_max = options->bytes_max;
    arena_init(&aggregator->arena, ARENA_NO_LIMIT);
    arena_init(&aggregator->output, ARENA_NO_LIMIT);
    state_memory_init(&aggregator->memory);
    strbuf_init(&aggregator->keys, SIZE_MAX / 2);
    strbuf_init(&aggregator->scratch, SIZE_MAX / 2);
    group_codes_init(&aggregator->codes, options->hash_seed);
    tocsin_status status = lay_out(aggregator, err);
    status = status == TOCSIN_OK ? allocate_slots(aggregator, SLOTS_FIRST, err) : status;
    if (status != TOCSIN_OK) {
        aggregator_free(aggregator);
        return status;
    }
    *ret_aggregator = aggregator;
    return TOCSIN_OK;
}

static void free_parts(struct partition_file *parts)
{
    if (parts) {
        partition_file_release(parts);
        memory_free(parts);
    }
}

void aggregator_free(struct aggregator *aggregator)
{
    if (!aggregator) {
        return;
    }
    free_parts(aggregator->parts);
    row_sorter_free(aggregator->sorter);
    strbuf_release(&aggregator->keys);
    strbuf_release(&aggregator->scratch);
    group_codes_release(&aggregator->codes);
    state_memory_release(&aggregator->memory);
    memory_free(aggregator->slots);
    memory_free(aggregator->numbered);
    memory_free(aggregator->tallies);
    memory_free(aggregator->seen);
    arena_release(&aggregator->output);
    arena_release(&aggregator->arena);
    memory_free(aggregator);
}

size_t aggregator_spill_count(const struct aggregator *aggregator)
{
    return aggregator->spill_count;
}

/* ---- the table ---- */

static size_t used_bytes(const struct aggregator *aggregator)
{
    return aggregator->memory.used + aggregator->slot_count * sizeof(struct slot) +
           aggregator->numbered_capacity * sizeof(struct group *) +
           aggregator->tally_capacity * sizeof(struct group_tally);
}

static bool is_full(const struct aggregator *aggregator)
{
    return used_bytes(aggregator) > aggregator->bytes_max;
}

enum { NUMBERS_FIRST = 256 };

static bool grow_numbered(struct aggregator *aggregator)
{
    size_t capacity = aggregator->numbered_capacity ? aggregator->numbered_capacity * 2 : NUMBERS_FIRST;
    struct group **grown = capacity <= UINT32_MAX
                               ? memory_resize(aggregator->numbered, capacity * sizeof(struct group *))
                               : NULL;
    if (grown) {
        aggregator->numbered = grown;
        aggregator->numbered_capacity = capacity;
    }
    return grown != NULL;
}

static struct group *add_group(struct aggregator *aggregator, str key, uint64_t hash)
{
    if (aggregator->group_count == aggregator->numbered_capacity && !grow_numbered(aggregator)) {
        return NULL;
    }
    struct group *group = state_memory_take(&aggregator->memory, aggregator->group_bytes);
    char *copy = state_memory_take(&aggregator->memory, key.len > 0 ? key.len : 1);
    if (!group || !copy) {
        return NULL;
    }
    if (key.len > 0) {
        memcpy(copy, key.data, key.len);
    }
    memset(group, 0, aggregator->group_bytes);
    group->hash = hash;
    group->key = copy;
    group->key_bytes = (uint32_t)key.len;
    memset(&group->first, 0xFF, sizeof(group->first)); /* behind every row */
    group->number = (uint32_t)aggregator->group_count;
    aggregator->numbered[group->number] = group;
    return group;
}

/* The group of a key; a new one if there is none. */
static tocsin_status find_group(struct aggregator *aggregator, str key, uint64_t hash, struct group **ret_group,
                                struct error *err)
{
    size_t mask = aggregator->slot_count - 1;
    size_t at = hash & mask;
    for (;; at = (at + 1) & mask) {
        const struct slot *slot = &aggregator->slots[at];
        if (!slot->group) {
            break;
        }
        if (slot->hash == hash && slot->group->key_bytes == key.len &&
            memcmp(slot->group->key, key.data, key.len) == 0) {
            *ret_group = slot->group;
            return TOCSIN_OK;
        }
    }
    struct group *group = add_group(aggregator, key, hash);
    if (!group) {
        return error_memory(err);
    }
    aggregator->slots[at] = (struct slot){hash, group};
    aggregator->group_count++;
    *ret_group = group;
    return aggregator->group_count > aggregator->slot_count / 8 * 5
               ? allocate_slots(aggregator, aggregator->slot_count * 2, err)
               : TOCSIN_OK;
}

static void clear_table(struct aggregator *aggregator)
{
    state_memory_clear(&aggregator->memory);
    group_codes_forget(&aggregator->codes);
    memset(aggregator->slots, 0, aggregator->slot_count * sizeof(*aggregator->slots));
    aggregator->group_count = 0;
    memory_free(aggregator->numbered);
    memory_free(aggregator->tallies);
    memory_free(aggregator->seen); /* other groups will be where these were */
    aggregator->seen = NULL;
    aggregator->numbered = NULL;
    aggregator->tallies = NULL;
    aggregator->numbered_capacity = 0;
    aggregator->tally_capacity = 0;
    aggregator->tally_count = 0;
    aggregator->tallied = 0;
}

/* ---- positions ---- */

static struct row_order *last_position(const struct aggregator *aggregator, struct group *group)
{
    return (struct row_order *)(void *)(group->states + aggregator->last_offset);
}

/* ---- tallies ---- */

/* Each group has a tally. */
static bool reserve_tallies(struct aggregator *aggregator)
{
    size_t count = aggregator->group_count;
    if (count > aggregator->tally_capacity) {
        struct group_tally *grown =
            memory_resize(aggregator->tallies, aggregator->numbered_capacity * sizeof(*grown));
        if (!grown) {
            return false;
        }
        aggregator->tallies = grown;
        aggregator->tally_capacity = aggregator->numbered_capacity;
    }
    for (; aggregator->tally_count < count; aggregator->tally_count++) {
        group_tally_init(&aggregator->tallies[aggregator->tally_count]);
    }
    return true;
}

static void take_tally(const struct aggregator *aggregator, struct group *group, struct group_tally *tally)
{
    const struct row_order position = {{tally->time, tally->input, tally->line, tally->arrival}};
    if (row_order_precedes(&position, &group->first)) {
        group->first = position;
    }
    for (uint32_t i = 0; i < aggregator->options.aggregate_count; i++) {
        const struct aggregate_layout *layout = &aggregator->layouts[i];
        if (layout->kind == AGGREGATE_COUNT_ROWS) {
            *(uint64_t *)(void *)(group->states + layout->offset) += tally->count;
        }
    }
    group_tally_init(tally);
}

/* The groups count all rows. */
static void take_tallies(struct aggregator *aggregator)
{
    for (size_t i = 0; aggregator->tallied > 0 && i < aggregator->tally_count; i++) {
        if (aggregator->tallies[i].count > 0) {
            take_tally(aggregator, aggregator->numbered[i], &aggregator->tallies[i]);
        }
    }
    aggregator->tallied = 0;
}

/* ---- lines ---- */

/* Lines of a row, and how many entries they are as row_encode_evidence has them, up to the limit. */
static uint64_t count_row_lines(const struct batch *batch, uint32_t row, uint32_t *ret_entries)
{
    const struct batch_row *info = &batch->rows[row];
    uint64_t lines = info->evidence_more;
    uint64_t entries = 0;
    for (uint32_t i = 0; i < info->evidence_count; i++) {
        const struct evidence *span = &batch->evidence[info->evidence_first + i];
        lines += span->line_count;
        entries += span->is_joined ? span->line_count : 1;
    }
    *ret_entries = entries < LIMIT_EVIDENCE_LINES ? (uint32_t)entries : LIMIT_EVIDENCE_LINES;
    return lines;
}

static bool add_lines(struct aggregator *aggregator, struct group *group, const struct batch *batch, uint32_t row,
                      const struct row_order *position)
{
    struct lines_of_row of_row = {.order = *position, .bytes = STR_EMPTY};
    group->lines.total += count_row_lines(batch, row, &of_row.line_count);
    if (of_row.line_count == 0 || !group_lines_wants(&group->lines, position)) {
        return true;
    }
    if (aggregator->options.keeps_numbers) {
        of_row.number = batch->numbers[row];
    } else {
        strbuf_clear(&aggregator->scratch);
        row_encode_evidence(&aggregator->scratch, batch, row);
        of_row.bytes = strbuf_str(&aggregator->scratch);
    }
    return !aggregator->scratch.is_failed && group_lines_keep(&group->lines, &of_row, &aggregator->memory);
}

/* ---- spilling ---- */

static void write_group(const struct aggregator *aggregator, struct group *group, struct strbuf *buffer)
{
    bytes_put(buffer, &group->hash, sizeof(group->hash));
    bytes_put(buffer, &group->key_bytes, sizeof(group->key_bytes));
    bytes_put(buffer, group->key, group->key_bytes);
    bytes_put(buffer, &group->first, sizeof(group->first));
    if (aggregator->has_last) {
        bytes_put(buffer, last_position(aggregator, group), sizeof(struct row_order));
    }
    group_lines_write(&group->lines, buffer);
    for (uint32_t i = 0; i < aggregator->options.aggregate_count; i++) {
        const struct aggregate_layout *layout = &aggregator->layouts[i];
        aggregate_state_write(layout, group->states + layout->offset, buffer);
    }
}

static tocsin_status merge_group(struct aggregator *aggregator, str *bytes, struct error *err)
{
    uint64_t hash;
    uint32_t key_bytes;
    struct row_order first;
    struct row_order last = {{0}};
    bytes_take_into(bytes, &hash, sizeof(hash));
    bytes_take_into(bytes, &key_bytes, sizeof(key_bytes));
    str key = {bytes_take(bytes, key_bytes), key_bytes};
    bytes_take_into(bytes, &first, sizeof(first));
    if (aggregator->has_last) {
        bytes_take_into(bytes, &last, sizeof(last));
    }
    struct group *group;
    tocsin_status status = find_group(aggregator, key, hash, &group, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!group_lines_merge(&group->lines, bytes, &aggregator->memory)) {
        return error_memory(err);
    }
    bool is_first = row_order_precedes(&first, &group->first);
    bool is_last = aggregator->has_last && !row_order_precedes(&last, last_position(aggregator, group));
    for (uint32_t i = 0; i < aggregator->options.aggregate_count; i++) {
        const struct aggregate_layout *layout = &aggregator->layouts[i];
        if (!aggregate_state_merge(layout, group->states + layout->offset,
                                   layout->kind == AGGREGATE_FIRST ? is_first : is_last, aggregator->options.hash_seed,
                                   bytes, &aggregator->memory)) {
            return error_memory(err);
        }
    }
    group->first = is_first ? first : group->first;
    if (is_last) {
        *last_position(aggregator, group) = last;
    }
    return TOCSIN_OK;
}

static tocsin_status group_too_large(const struct aggregator *aggregator, struct error *err)
{
    size_t mebibytes = aggregator->bytes_max / MEBI;
    for (uint32_t i = 0; i < aggregator->options.aggregate_count; i++) {
        if (aggregator->layouts[i].kind == AGGREGATE_UNIQUECOUNT) {
            tocsin_status status = error_set(
                err, TOCSIN_ERROR_LIMIT,
                "the different values that UNIQUECOUNT has to keep for one group need more than %zu MiB", mebibytes);
            error_hint(err, "DISTINCTCOUNT counts nearly exactly (0.8 %%) in 16 KiB");
            return status;
        }
    }
    tocsin_status status =
        error_set(err, TOCSIN_ERROR_LIMIT, "one group of GROUP BY needs more than %zu MiB", mebibytes);
    error_hint(err, "select less per group: FIRST, LAST, MIN and MAX keep whole values");
    return status;
}

static uint32_t part_of(uint64_t hash, uint32_t level)
{
    return (uint32_t)(hash >> (60 - 4 * level)) & (PARTITION_COUNT - 1);
}

/* All groups go to the parts of this level. */
static tocsin_status spill(struct aggregator *aggregator, uint32_t level, struct error *err)
{
    if (level == LEVELS_MAX) {
        return group_too_large(aggregator, err);
    }
    if (!aggregator->parts) {
        aggregator->parts = memory_allocate(sizeof(*aggregator->parts));
        if (!aggregator->parts) {
            return error_memory(err);
        }
        partition_file_init(aggregator->parts);
    }
    take_tallies(aggregator);
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < aggregator->group_count; i++) { /* as they lie in memory */
        struct group *group = aggregator->numbered[i];
        uint32_t part = part_of(group->hash, level);
        write_group(aggregator, group, partition_file_begin(aggregator->parts, part));
        status = partition_file_end(aggregator->parts, part, err);
    }
    aggregator->spill_count++;
    clear_table(aggregator);
    return status;
}

static tocsin_status spill_if_full(struct aggregator *aggregator, uint32_t level, struct error *err)
{
    if (!is_full(aggregator)) {
        return TOCSIN_OK;
    }
    return aggregator->group_count <= 1 ? group_too_large(aggregator, err) : spill(aggregator, level, err);
}

/* ---- pushing ---- */

/* Rows of one chunk, all with a group. */
struct chunk {
    const struct aggregate_input *input;
    uint32_t from; /* index of the first row */
    uint32_t count;
};

static tocsin_status encode_keys(struct aggregator *aggregator, const struct chunk *chunk, struct error *err)
{
    struct strbuf *keys = &aggregator->keys;
    const struct aggregate_input *input = chunk->input;
    strbuf_clear(keys);
    for (uint32_t i = 0; i < chunk->count; i++) {
        uint16_t row = input->rows[chunk->from + i];
        for (uint32_t key = 0; key < aggregator->options.key_count; key++) {
            row_encode_group_key(keys, input->keys[key], row);
        }
        aggregator->key_ends[i] = keys->len;
    }
    return keys->is_failed ? error_memory(err) : TOCSIN_OK;
}

static tocsin_status find_groups(struct aggregator *aggregator, const struct chunk *chunk, struct error *err)
{
    uint64_t hashes[BATCH_ROWS_MAX];
    size_t start = 0;
    const char *keys = aggregator->keys.data ? aggregator->keys.data : "";
    for (uint32_t i = 0; i < chunk->count; i++) {
        size_t end = aggregator->key_ends[i];
        hashes[i] = str_hash((str){keys + start, end - start}, aggregator->options.hash_seed);
        __builtin_prefetch(&aggregator->slots[hashes[i] & (aggregator->slot_count - 1)]);
        start = end;
    }
    start = 0;
    for (uint32_t i = 0; i < chunk->count; i++) {
        size_t end = aggregator->key_ends[i];
        tocsin_status status =
            find_group(aggregator, (str){keys + start, end - start}, hashes[i], &aggregator->groups[i], err);
        if (status != TOCSIN_OK) {
            return status;
        }
        aggregator->states[i] = aggregator->groups[i]->states;
        start = end;
    }
    return TOCSIN_OK;
}

/* Of a row whose codes have not come yet. */
static tocsin_status find_by_text(struct aggregator *aggregator, const struct chunk *chunk, uint32_t i,
                                  struct group **ret_group, struct error *err)
{
    struct strbuf *keys = &aggregator->keys;
    strbuf_clear(keys);
    for (uint32_t key = 0; key < aggregator->options.key_count; key++) {
        row_encode_group_key(keys, chunk->input->keys[key], chunk->input->rows[chunk->from + i]);
    }
    if (keys->is_failed) {
        return error_memory(err);
    }
    str key = strbuf_str(keys);
    return find_group(aggregator, key, str_hash(key, aggregator->options.hash_seed), ret_group, err);
}

/* Ends the chunk where new groups have added much text. */
static tocsin_status find_numbers(struct aggregator *aggregator, struct chunk *chunk, struct error *err)
{
    struct group_codes *codes = &aggregator->codes;
    uint32_t *numbers = aggregator->numbers;
    size_t new_bytes = 0;
    for (uint32_t i = 0; i < chunk->count; i++) {
        numbers[i] = group_codes_find(codes, i);
        if (numbers[i] == GROUP_UNKNOWN) {
            struct group *group;
            tocsin_status status = find_by_text(aggregator, chunk, i, &group, err);
            if (status != TOCSIN_OK) {
                return status;
            }
            group_codes_set(codes, i, group->number);
            numbers[i] = group->number;
            new_bytes += aggregator->keys.len;
            chunk->count = new_bytes > CHUNK_BYTES ? i + 1 : chunk->count;
        }
    }
    return TOCSIN_OK;
}

static void find_states(struct aggregator *aggregator, const struct chunk *chunk)
{
    for (uint32_t i = 0; i < chunk->count; i++) {
        aggregator->groups[i] = aggregator->numbered[aggregator->numbers[i]];
        aggregator->states[i] = aggregator->groups[i]->states;
    }
}

/* FIRST (or LAST) of the rows listed, in this order: the last one listed of a group counts. */
static bool set_values(struct aggregator *aggregator, const struct chunk *chunk, enum aggregate_kind kind,
                       uint32_t count)
{
    const struct aggregate_input *input = chunk->input;
    for (uint32_t n = 0; n < aggregator->options.aggregate_count; n++) {
        const struct aggregate_layout *layout = &aggregator->layouts[n];
        for (uint32_t i = 0; layout->kind == kind && i < count; i++) {
            uint16_t index = aggregator->rows[i];
            void *state = aggregator->states[index] + layout->offset;
            if (!aggregate_state_set(state, input->arguments[n], input->rows[chunk->from + index],
                                     &aggregator->memory)) {
                return false;
            }
        }
    }
    return true;
}

static uint64_t take_number(str *place, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; i++) {
        number = number << 8 | (unsigned char)place->data[i];
    }
    *place = str_skip(*place, bytes);
    return number;
}

/* See plan_given. */
static struct row_order given_position(const struct column *places, uint32_t row)
{
    struct row_order position = {{0}};
    str place = column_text(places, row);
    assert(place.len == PLAN_PLACE_BYTES);
    uint64_t upper = take_number(&place, PLAN_PLACE_HALF_BYTES);
    position.parts[0] = upper << 32;
    position.parts[0] |= take_number(&place, PLAN_PLACE_HALF_BYTES) & UINT32_MAX;
    for (int i = 0; i < PLAN_PLACE_PARTS; i++) {
        position.parts[1 + i] = take_number(&place, PLAN_PLACE_PART_BYTES);
    }
    return position;
}

/* The first part of a row's position, by which most are told apart. */
static inline uint64_t time_part(const struct aggregate_input *input, uint32_t index)
{
    if (input->many && input->many->first) {
        return given_position(input->many->first, input->rows[index]).parts[0];
    }
    if (input->positions) {
        return input->positions[index].parts[0];
    }
    if (!input->starttime) {
        return 0;
    }
    uint16_t row = input->rows[index];
    bool has_time = column_is_valid(input->starttime, row);
    return ~(has_time ? (uint64_t)column_integer(input->starttime, row) ^ UINT64_C(1) << 63 : 0);
}

static struct row_order position_of(const struct aggregator *aggregator, const struct chunk *chunk, uint32_t i)
{
    const struct aggregate_input *input = chunk->input;
    uint32_t index = chunk->from + i;
    if (input->many && input->many->first) {
        return given_position(input->many->first, input->rows[index]);
    }
    struct row_order position = {{time_part(input, index), 0, 0, aggregator->arrivals + i}};
    if (input->positions) {
        position.parts[1] = input->positions[index].parts[1];
        position.parts[2] = input->positions[index].parts[2];
    } else if (input->starttime && input->batch) {
        uint32_t number;
        batch_place(input->batch, input->rows[index], &number, &position.parts[2]);
        position.parts[1] = number;
    }
    return position;
}

/* From the back: logs are mostly in the order of time, so that the newest row of a chunk is met first, and the others
   need not be copied. */
static bool find_firsts(struct aggregator *aggregator, const struct chunk *chunk)
{
    enum { AHEAD = 8 };
    uint32_t count = 0;
    for (uint32_t i = chunk->count; i-- > 0;) {
        if (aggregator->options.keeps_evidence && i >= 2 * AHEAD) {
            __builtin_prefetch(&aggregator->groups[i - 2 * AHEAD]->lines);
            group_lines_prefetch(&aggregator->groups[i - AHEAD]->lines);
        }
        struct group *group = aggregator->groups[i];
        if (!aggregator->options.keeps_evidence && time_part(chunk->input, chunk->from + i) > group->first.parts[0]) {
            continue;
        }
        struct row_order position = position_of(aggregator, chunk, i);
        if (row_order_precedes(&position, &group->first)) {
            group->first = position;
            aggregator->rows[count++] = (uint16_t)i;
        }
        if (aggregator->options.keeps_evidence &&
            !add_lines(aggregator, group, chunk->input->batch, chunk->input->rows[chunk->from + i], &position)) {
            return false;
        }
    }
    return !aggregator->has_first || set_values(aggregator, chunk, AGGREGATE_FIRST, count);
}

static bool find_lasts(struct aggregator *aggregator, const struct chunk *chunk)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < chunk->count; i++) {
        const struct aggregate_many *many = chunk->input->many;
        struct row_order position = many && many->last
                                            ? given_position(many->last, chunk->input->rows[chunk->from + i])
                                            : position_of(aggregator, chunk, i);
        struct row_order *last = last_position(aggregator, aggregator->groups[i]);
        if (!row_order_precedes(&position, last)) {
            *last = position;
            aggregator->rows[count++] = (uint16_t)i;
        }
    }
    return set_values(aggregator, chunk, AGGREGATE_LAST, count);
}

static tocsin_status find_all(struct aggregator *aggregator, struct chunk *chunk, struct error *err)
{
    tocsin_status status = aggregator->has_codes ? find_numbers(aggregator, chunk, err)
                                                 : encode_keys(aggregator, chunk, err);
    if (status != TOCSIN_OK || !aggregator->has_codes) {
        return status == TOCSIN_OK ? find_groups(aggregator, chunk, err) : status;
    }
    find_states(aggregator, chunk);
    return TOCSIN_OK;
}

static bool is_worth_seeing(const struct aggregate_layout *layout, const struct column *argument)
{
    return aggregate_state_is_of_different(layout->kind) && argument->kind == COLUMN_FLAT && argument->codes;
}

static tocsin_status add_many(struct aggregator *aggregator, const struct chunk *chunk, struct error *err)
{
    const struct aggregate_input *input = chunk->input;
    const struct aggregate_many *many = input->many;
    for (uint32_t i = 0; i < aggregator->options.aggregate_count; i++) {
        const struct aggregate_layout *layout = &aggregator->layouts[i];
        bool is_added = layout->kind != AGGREGATE_FIRST && layout->kind != AGGREGATE_LAST;
        if (is_added && !aggregate_state_add_many(layout, input->arguments[i], many->rows, many->parts[i],
                                                  many->part_counts[i], input->rows + chunk->from, chunk->count,
                                                  aggregator->states, aggregator->options.hash_seed,
                                                  &aggregator->memory)) {
            return error_memory(err);
        }
    }
    return TOCSIN_OK;
}

static tocsin_status add_values(struct aggregator *aggregator, const struct chunk *chunk, bool counts_rows,
                                struct error *err)
{
    const struct aggregate_input *input = chunk->input;
    for (uint32_t i = 0; i < aggregator->options.aggregate_count; i++) {
        const struct aggregate_layout *layout = &aggregator->layouts[i];
        bool is_added = layout->kind == AGGREGATE_COUNT_ROWS
                            ? counts_rows
                            : layout->kind != AGGREGATE_FIRST && layout->kind != AGGREGATE_LAST;
        if (is_added && !aggregator->seen && is_worth_seeing(layout, input->arguments[i])) {
            aggregator->seen = memory_allocate_zeroed(1, sizeof(*aggregator->seen)); /* none: it goes without */
        }
        if (is_added && !aggregate_state_add(layout, input->arguments[i], input->rows + chunk->from, chunk->count,
                                             aggregator->states, aggregator->options.hash_seed, aggregator->seen,
                                             &aggregator->memory)) {
            return error_memory(err);
        }
    }
    return TOCSIN_OK;
}

/* ---- pushing with tallies ---- */

/* Of a row nothing has to be known but its group and its position. */
static bool is_tallied(const struct aggregator *aggregator, const struct aggregate_input *input)
{
    return aggregator->has_codes && !aggregator->options.keeps_evidence && !aggregator->has_first &&
           !aggregator->has_last && !input->positions && !input->many;
}

/* Rows of the chunk follow each other in the batch. */
static bool is_run(const struct chunk *chunk)
{
    const uint16_t *rows = chunk->input->rows + chunk->from;
    return (uint32_t)(rows[chunk->count - 1] - rows[0]) + 1 == chunk->count;
}

static void take_times(const struct chunk *chunk, uint64_t *ret_times)
{
    const struct column *starttime = chunk->input->starttime;
    uint32_t first = chunk->input->rows[chunk->from];
    if (starttime->kind == COLUMN_FLAT && is_run(chunk) && column_has_all(starttime, first, chunk->count)) {
        for (uint32_t i = 0; i < chunk->count; i++) {
            ret_times[i] = ~((uint64_t)starttime->integers[first + i] ^ UINT64_C(1) << 63);
        }
        return;
    }
    for (uint32_t i = 0; i < chunk->count; i++) {
        ret_times[i] = time_part(chunk->input, chunk->from + i);
    }
}

/* Numbers of lines, in `room` or where they are. */
static const uint64_t *take_places(const struct chunk *chunk, uint64_t *room, uint32_t *ret_inputs)
{
    const struct batch *batch = chunk->input->batch;
    const uint16_t *rows = chunk->input->rows + chunk->from;
    if (batch && batch->place_lines && is_run(chunk)) {
        return batch->place_lines + rows[0];
    }
    for (uint32_t i = 0; i < chunk->count; i++) {
        room[i] = 0;
        ret_inputs[i] = 0;
        if (batch) {
            batch_place(batch, rows[i], &ret_inputs[i], &room[i]);
        }
    }
    return room;
}

static void tally_rows(struct aggregator *aggregator, const struct chunk *chunk)
{
    const struct batch *batch = chunk->input->batch;
    uint64_t times[BATCH_ROWS_MAX];
    uint64_t lines[BATCH_ROWS_MAX];
    uint32_t inputs[BATCH_ROWS_MAX];
    struct tallied_rows rows = {
        .groups = aggregator->numbers, .count = chunk->count, .arrival = aggregator->arrivals};
    if (chunk->input->starttime) {
        take_times(chunk, times);
        rows.times = times;
        rows.lines = take_places(chunk, lines, inputs);
        rows.inputs = batch && batch->place_lines ? NULL : inputs;
        rows.input = batch ? batch->place_input : 0;
    }
    group_tally_add(aggregator->tallies, &rows);
}

static tocsin_status push_tallied(struct aggregator *aggregator, struct chunk *chunk, struct error *err)
{
    tocsin_status status = find_numbers(aggregator, chunk, err);
    if (status == TOCSIN_OK && !reserve_tallies(aggregator)) {
        status = error_memory(err);
    }
    if (status == TOCSIN_OK && aggregator->has_states) {
        find_states(aggregator, chunk);
        status = add_values(aggregator, chunk, false, err);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    tally_rows(aggregator, chunk);
    aggregator->arrivals += chunk->count;
    aggregator->tallied += chunk->count;
    if (aggregator->tallied > TALLY_ROWS_MAX) {
        take_tallies(aggregator);
    }
    return spill_if_full(aggregator, 0, err);
}

/* May take fewer rows than the chunk has. */
static tocsin_status push_chunk(struct aggregator *aggregator, struct chunk *chunk, struct error *err)
{
    if (is_tallied(aggregator, chunk->input)) {
        return push_tallied(aggregator, chunk, err);
    }
    tocsin_status status = find_all(aggregator, chunk, err);
    if (status == TOCSIN_OK) {
        status = chunk->input->many ? add_many(aggregator, chunk, err) : add_values(aggregator, chunk, true, err);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!find_firsts(aggregator, chunk) || (aggregator->has_last && !find_lasts(aggregator, chunk))) {
        return error_memory(err);
    }
    aggregator->arrivals += chunk->count;
    return spill_if_full(aggregator, 0, err);
}

/* Bytes that the row may add to the groups, beyond numbers. */
static size_t row_weight(const struct aggregator *aggregator, const struct aggregate_input *input, uint16_t row)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < aggregator->options.key_count; i++) {
        const struct column *key = input->keys[i];
        bytes += type_is_text(key->type) && column_is_valid(key, row) ? column_text(key, row).len : 0;
    }
    for (uint32_t i = 0; i < aggregator->options.aggregate_count; i++) {
        const struct column *argument = input->arguments[i];
        if (argument && keeps_text(&aggregator->options.aggregates[i]) && column_is_valid(argument, row)) {
            bytes += column_text(argument, row).len;
        }
    }
    if (aggregator->options.keeps_evidence && !aggregator->options.keeps_numbers) {
        const struct batch_row *info = &input->batch->rows[row];
        for (uint32_t i = 0; i < info->evidence_count; i++) {
            size_t raw = input->batch->evidence[info->evidence_first + i].raw.len;
            size_t most = (size_t)LIMIT_EVIDENCE_LINES * LIMIT_EVIDENCE_LINE_BYTES;
            bytes += raw < most ? raw : most;
        }
    }
    return bytes;
}

/* Each row one behind the row before it. */
static bool are_adjacent(const uint16_t *rows, uint32_t row_count)
{
    unsigned gaps = 0;
    for (uint32_t i = 1; i < row_count; i++) {
        gaps |= (unsigned)rows[i] ^ (rows[i - 1] + 1u);
    }
    return gaps == 0;
}

/* Values are counted column by column, whole words of bits at a time: no row needs its group. */
static tocsin_status push_counts(struct aggregator *aggregator, const struct aggregate_input *input, struct error *err)
{
    struct group *group;
    tocsin_status status =
        find_group(aggregator, STR_EMPTY, str_hash(STR_EMPTY, aggregator->options.hash_seed), &group, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    bool is_run = are_adjacent(input->rows, input->row_count);
    for (uint32_t i = 0; i < aggregator->options.aggregate_count; i++) {
        const struct aggregate_layout *layout = &aggregator->layouts[i];
        const struct column *column = layout->kind == AGGREGATE_COUNT ? input->arguments[i] : NULL;
        aggregate_state_add_count(group->states + layout->offset, column, input->rows, input->row_count, is_run);
    }
    aggregator->arrivals += input->row_count;
    return spill_if_full(aggregator, 0, err);
}

tocsin_status aggregator_push(struct aggregator *aggregator, const struct aggregate_input *input, struct error *err)
{
    if (aggregator->is_count && input->row_count > 0 && !input->many) {
        return push_counts(aggregator, input, err);
    }
    tocsin_status status = TOCSIN_OK;
    uint32_t key_count = aggregator->options.key_count;
    for (uint32_t from = 0; status == TOCSIN_OK && from < input->row_count;) {
        size_t bytes = 0;
        uint32_t to = from;
        aggregator->has_codes =
            group_codes_begin(&aggregator->codes, input->keys, key_count, input->rows + from, input->row_count - from);
        bool is_light = aggregator->has_codes && !aggregator->has_text;
        while (!is_light && to < input->row_count && bytes < CHUNK_BYTES) {
            bytes += row_weight(aggregator, input, input->rows[to]);
            to++;
        }
        struct chunk chunk = {.input = input, .from = from, .count = (is_light ? input->row_count : to) - from};
        status = push_chunk(aggregator, &chunk, err);
        from += chunk.count;
    }
    return status;
}

/* ---- results ---- */

static int compare_slots(const void *a, const void *b)
{
    const struct slot *x = a;
    const struct slot *y = b;
    const struct row_order *first = &x->group->first;
    return row_order_precedes(first, &y->group->first) ? -1 : row_order_precedes(&y->group->first, first);
}

/* Groups to the front of the table, by position, unless they come in any order: its memory is used again, and it is no
 * table any more. */
static void sort_groups(struct aggregator *aggregator)
{
    size_t count = 0;
    for (size_t i = 0; i < aggregator->slot_count; i++) {
        if (aggregator->slots[i].group) {
            aggregator->slots[count++] = aggregator->slots[i];
        }
    }
    assert(count == aggregator->group_count);
    if (count > 1 && !aggregator->options.take_part) {
        qsort(aggregator->slots, count, sizeof(*aggregator->slots), compare_slots);
    }
}

static void group_values(const struct aggregator *aggregator, const struct group *group, struct column *const *columns,
                         uint32_t row)
{
    const struct aggregator_options *options = &aggregator->options;
    str key = {group->key, group->key_bytes};
    for (uint32_t i = 0; i < options->key_count; i++) {
        row_decode_group_key(&key, options->key_types[i], columns[i], row);
    }
    for (uint32_t i = 0; i < options->aggregate_count; i++) {
        struct column *column = columns[options->key_count + i];
        if (column) {
            const struct aggregate_layout *layout = &aggregator->layouts[i];
            aggregate_state_result(layout, group->states + layout->offset, column, row);
        }
    }
}

static tocsin_status add_result(struct batch *batch, const struct evidence *lines, uint32_t count, uint64_t more,
                                uint32_t *ret_row, struct error *err)
{
    uint32_t row = batch_add_row(batch);
    for (uint32_t i = 0; i < count; i++) {
        batch_add_evidence(batch, lines[i]);
    }
    batch->rows[row].evidence_more = more;
    *ret_row = row;
    return batch->is_failed ? error_memory(err) : TOCSIN_OK;
}

/* ---- results that were spilled ---- */

static tocsin_status sort_group(struct aggregator *aggregator, const struct group *group, struct error *err)
{
    uint32_t count = aggregator->options.key_count + aggregator->options.aggregate_count;
    struct column *columns[LIMIT_SCHEMA_FIELDS];
    for (uint32_t i = 0; i < count; i++) {
        columns[i] = &aggregator->columns[i];
    }
    group_values(aggregator, group, columns, 0);
    struct evidence lines[LIMIT_EVIDENCE_LINES];
    uint64_t more;
    uint32_t line_count = group_lines_list(&group->lines, lines, &more);
    strbuf_clear(&aggregator->keys);
    for (int i = 0; i < 4; i++) {
        row_encode_key_number(&aggregator->keys, group->first.parts[i]);
    }
    strbuf_clear(&aggregator->scratch);
    row_encode_values(&aggregator->scratch, (const struct column *const *)columns, count, 0);
    row_encode_lines(&aggregator->scratch, lines, line_count, more);
    return aggregator->keys.is_failed || aggregator->scratch.is_failed
               ? error_memory(err)
               : row_sorter_add(aggregator->sorter, strbuf_str(&aggregator->keys), strbuf_str(&aggregator->scratch),
                                err);
}

static tocsin_status sort_table(struct aggregator *aggregator, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < aggregator->slot_count; i++) {
        if (aggregator->slots[i].group) {
            status = sort_group(aggregator, aggregator->slots[i].group, err);
        }
    }
    clear_table(aggregator);
    return status;
}

/* All groups of a part are in the table. */
static tocsin_status give_part(struct aggregator *aggregator, struct error *err)
{
    if (!aggregator->options.take_part) {
        return sort_table(aggregator, err);
    }
    sort_groups(aggregator);
    tocsin_status status = aggregator->options.take_part(aggregator->options.take_context, err);
    aggregator->given = 0;
    clear_table(aggregator);
    return status;
}

static tocsin_status finish_parts(struct aggregator *aggregator, struct partition_file *parts, uint32_t level,
                                  struct error *err);

/* One part, which holds all records of its groups. What does not fit is parted by the next bits of the hash. */
static tocsin_status finish_part(struct aggregator *aggregator, struct partition_file *parts, uint32_t part,
                                 uint32_t level, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    partition_file_rewind(parts, part);
    while (status == TOCSIN_OK) {
        str records;
        status = partition_file_next(parts, &records, err);
        while (status == TOCSIN_OK && records.len > 0) {
            status = merge_group(aggregator, &records, err);
            status = status == TOCSIN_OK ? spill_if_full(aggregator, level, err) : status;
        }
    }
    if (status != TOCSIN_END) {
        return status;
    }
    if (!aggregator->parts) {
        return give_part(aggregator, err);
    }
    status = spill(aggregator, level, err);
    struct partition_file *deeper = aggregator->parts;
    aggregator->parts = NULL;
    status = status == TOCSIN_OK ? finish_parts(aggregator, deeper, level, err) : status;
    free_parts(deeper);
    return status;
}

static tocsin_status finish_parts(struct aggregator *aggregator, struct partition_file *parts, uint32_t level,
                                  struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t part = 0; status == TOCSIN_OK && part < PARTITION_COUNT; part++) {
        status = finish_part(aggregator, parts, part, level + 1, err);
    }
    return status;
}

static tocsin_status create_sorter(struct aggregator *aggregator, struct error *err)
{
    const struct aggregator_options *options = &aggregator->options;
    uint32_t count = options->key_count + options->aggregate_count;
    aggregator->columns = arena_array(&aggregator->arena, struct column, count + 1);
    if (!aggregator->columns) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < count; i++) {
        struct column *column = &aggregator->columns[i];
        *column = (struct column){.kind = COLUMN_CONSTANT};
        column->type =
            i < options->key_count ? options->key_types[i] : options->aggregates[i - options->key_count].type;
        column->validity = arena_new(&aggregator->arena, uint64_t);
        column->data = arena_allocate(&aggregator->arena, sizeof(struct ip), 16);
        if (!column->validity || !column->data) {
            return error_memory(err);
        }
    }
    aggregator->bytes_max /= 2;
    struct row_sorter_options sorter = {.bytes_max = options->bytes_max / 2};
    return row_sorter_create(&sorter, &aggregator->sorter, err);
}

static tocsin_status finish_spilled(struct aggregator *aggregator, struct error *err)
{
    tocsin_status status = spill(aggregator, 0, err);
    /* The table starts small again, as its groups are fewer. */
    memory_free(aggregator->slots);
    aggregator->slots = NULL;
    aggregator->slot_count = 0;
    status = status == TOCSIN_OK ? allocate_slots(aggregator, SLOTS_FIRST, err) : status;
    if (status == TOCSIN_OK && !aggregator->options.take_part) {
        status = create_sorter(aggregator, err);
    }
    struct partition_file *parts = aggregator->parts;
    aggregator->parts = NULL;
    status = status == TOCSIN_OK ? finish_parts(aggregator, parts, 0, err) : status;
    free_parts(parts);
    state_memory_release(&aggregator->memory);
    return status == TOCSIN_OK && aggregator->sorter ? row_sorter_finish(aggregator->sorter, err) : status;
}

tocsin_status aggregator_finish(struct aggregator *aggregator, struct error *err)
{
    aggregator->is_finished = true;
    take_tallies(aggregator);
    if (aggregator->parts) {
        return finish_spilled(aggregator, err);
    }
    if (aggregator->options.key_count == 0 && aggregator->group_count == 0) {
        struct group *group; /* of no rows */
        tocsin_status status = find_group(aggregator, STR_EMPTY, 0, &group, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    sort_groups(aggregator);
    return TOCSIN_OK;
}

static tocsin_status next_sorted(struct aggregator *aggregator, struct column *const *columns, struct batch *batch,
                                 size_t *ret_bytes, struct error *err)
{
    uint32_t count = aggregator->options.key_count + aggregator->options.aggregate_count;
    str body;
    tocsin_status status = row_sorter_next(aggregator->sorter, &body, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    str copy = arena_copy(&aggregator->output, body);
    if (!copy.data) {
        return error_memory(err);
    }
    *ret_bytes += copy.len;
    struct evidence lines[LIMIT_EVIDENCE_LINES];
    uint64_t more;
    uint32_t row = batch->row_count;
    for (uint32_t i = 0; i < count; i++) {
        struct column *target = columns[i] ? columns[i] : &aggregator->columns[i];
        copy = row_decode_values(copy, &target, 1, columns[i] ? row : 0);
    }
    uint32_t line_count = row_decode_evidence(copy, lines, &more);
    return add_result(batch, lines, line_count, more, &row, err);
}

/* Room for where rows stand. */
static struct row_order *take_orders(struct batch *batch, uint32_t row_max)
{
    struct row_order *orders = arena_allocate(&batch->arena, row_max * sizeof(*orders), _Alignof(struct row_order));
    batch->orders = orders;
    return orders;
}

tocsin_status aggregator_next(struct aggregator *aggregator, struct column *const *columns, struct batch *batch,
                              uint32_t row_max, struct error *err)
{
    assert(aggregator->is_finished && batch->row_count == 0 && row_max <= BATCH_ROWS_MAX);
    tocsin_status status = TOCSIN_OK;
    size_t bytes = 0;
    arena_clear(&aggregator->output);
    struct row_order *orders = aggregator->options.take_part ? take_orders(batch, row_max) : NULL;
    if (aggregator->options.take_part && !orders) {
        return error_memory(err);
    }
    while (status == TOCSIN_OK && batch->row_count < row_max && bytes < OUTPUT_BYTES) {
        if (aggregator->sorter) {
            status = next_sorted(aggregator, columns, batch, &bytes, err);
        } else if (aggregator->given == aggregator->group_count) {
            status = TOCSIN_END;
        } else {
            const struct group *group = aggregator->slots[aggregator->given++].group;
            struct evidence lines[LIMIT_EVIDENCE_LINES];
            uint64_t more;
            uint32_t row;
            uint32_t line_count = group_lines_list(&group->lines, lines, &more);
            status = add_result(batch, lines, line_count, more, &row, err);
            if (status == TOCSIN_OK) {
                group_values(aggregator, group, columns, row);
            }
            if (status == TOCSIN_OK && orders) {
                memcpy(&orders[row], &group->first, sizeof(*orders));
            }
        }
    }
    return status == TOCSIN_END && batch->row_count > 0 ? TOCSIN_OK : status;
}
