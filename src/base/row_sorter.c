#include "base/row_sorter.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/spill_file.h"
#include "base/strbuf.h"

/* A record in memory and on disk: this head, the key (with the arrival number as its last eight bytes), the body, and
   padding to a multiple of eight, so that records behind each other stay aligned. */
struct record {
    uint32_t key_bytes;
    uint32_t body_bytes;
    char bytes[];
};

/* A sorted run on disk and the part of it that is in memory. */
struct run {
    uint64_t offset; /* of the next byte to read */
    uint64_t end;
    char *buffer;
    size_t capacity;
    size_t start; /* of the current record in buffer */
    size_t filled;
};

struct row_sorter {
    struct row_sorter_options options;
    struct arena arena;
    struct record **records;
    size_t record_count;
    size_t record_capacity;
    size_t record_bytes; /* of all records in memory */
    uint64_t arrivals;
    struct strbuf bound; /* the key of the last row that the limit has room for, so far */
    bool has_bound;
    uint64_t given;
    struct spill_file file;
    struct run *runs;
    size_t run_count;
    size_t run_capacity;
    size_t *heap; /* run numbers, smallest current record first */
    size_t heap_count;
    bool has_taken; /* the heap's first record was given out: advance it first */
};

enum { MERGE_BYTES = 16 * 1024 * 1024, MERGE_BUFFER_BYTES_MIN = 16 * 1024, COMPACT_RECORDS_MIN = 1024 };

tocsin_status row_sorter_create(const struct row_sorter_options *options, struct row_sorter **ret_sorter,
                                struct error *err)
{
    struct row_sorter *sorter = memory_allocate_zeroed(1, sizeof(*sorter));
    if (!sorter) {
        return error_memory(err);
    }
    sorter->options = *options;
    sorter->file = SPILL_FILE_INIT;
    arena_init(&sorter->arena, ARENA_NO_LIMIT);
    strbuf_init(&sorter->bound, UINT32_MAX);
    *ret_sorter = sorter;
    return TOCSIN_OK;
}

void row_sorter_free(struct row_sorter *sorter)
{
    if (!sorter) {
        return;
    }
    for (size_t i = 0; i < sorter->run_count; i++) {
        memory_free(sorter->runs[i].buffer);
    }
    memory_free(sorter->runs);
    memory_free(sorter->heap);
    memory_free(sorter->records);
    strbuf_release(&sorter->bound);
    arena_release(&sorter->arena);
    spill_file_close(&sorter->file);
    memory_free(sorter);
}

static int compare_keys(const struct record *a, const struct record *b)
{
    uint32_t common = a->key_bytes < b->key_bytes ? a->key_bytes : b->key_bytes;
    int order = memcmp(a->bytes, b->bytes, common);
    return order ? order : (a->key_bytes > b->key_bytes) - (a->key_bytes < b->key_bytes);
}

static int compare_records(const void *a, const void *b)
{
    return compare_keys(*(struct record *const *)a, *(struct record *const *)b);
}

static size_t padded(size_t bytes)
{
    return (bytes + 7) & ~(size_t)7;
}

static size_t record_bytes(const struct record *record)
{
    return padded(sizeof(*record) + record->key_bytes + record->body_bytes);
}

static void sort_records(struct row_sorter *sorter)
{
    if (sorter->record_count > 1) {
        qsort(sorter->records, sorter->record_count, sizeof(*sorter->records), compare_records);
    }
    if (sorter->options.has_limit && sorter->record_count > sorter->options.limit) {
        sorter->record_count = (size_t)sorter->options.limit;
    }
}

/* Sorted records to disk as one run. */
static tocsin_status spill_run(struct row_sorter *sorter, struct error *err)
{
    if (sorter->run_count == sorter->run_capacity) {
        size_t capacity = sorter->run_capacity ? sorter->run_capacity * 2 : 16;
        struct run *grown = memory_resize(sorter->runs, capacity * sizeof(*grown));
        if (!grown) {
            return error_memory(err);
        }
        sorter->runs = grown;
        sorter->run_capacity = capacity;
    }
    struct run run = {.offset = sorter->file.bytes};
    /* Records of a block lie close together; writing goes through one buffer to spare system calls. */
    char *buffer = memory_allocate(1024 * 1024);
    if (!buffer) {
        return error_memory(err);
    }
    size_t used = 0;
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < sorter->record_count; i++) {
        str bytes = {(const char *)sorter->records[i], record_bytes(sorter->records[i])};
        if (used > 0 && used + bytes.len > 1024 * 1024) {
            status = spill_file_append(&sorter->file, (str){buffer, used}, err);
            used = 0;
        }
        if (status == TOCSIN_OK && bytes.len > 1024 * 1024) {
            status = spill_file_append(&sorter->file, bytes, err);
        } else {
            memcpy(buffer + used, bytes.data, bytes.len);
            used += bytes.len;
        }
    }
    if (status == TOCSIN_OK && used > 0) {
        status = spill_file_append(&sorter->file, (str){buffer, used}, err);
    }
    memory_free(buffer);
    if (status == TOCSIN_OK) {
        run.end = sorter->file.bytes;
        sorter->runs[sorter->run_count++] = run;
        sorter->record_count = 0;
        sorter->record_bytes = 0;
        arena_clear(&sorter->arena);
    }
    return status;
}

/* Moves the records kept by the limit to fresh memory. */
static tocsin_status compact(struct row_sorter *sorter, struct error *err)
{
    struct arena kept;
    arena_init(&kept, ARENA_NO_LIMIT);
    for (size_t i = 0; i < sorter->record_count; i++) {
        size_t bytes = record_bytes(sorter->records[i]);
        struct record *copy = arena_allocate(&kept, bytes, 8);
        if (!copy) {
            arena_release(&kept);
            return error_memory(err);
        }
        memcpy(copy, sorter->records[i], bytes);
        sorter->records[i] = copy;
    }
    arena_release(&sorter->arena);
    sorter->arena = kept;
    return TOCSIN_OK;
}

/* As many rows as the limit has room for are there, and sorted: whatever does not precede the last of them is too late.
   Its key may be too long to be kept. */
static void set_bound(struct row_sorter *sorter)
{
    if (!sorter->options.has_limit || sorter->record_count == 0 || sorter->record_count < sorter->options.limit) {
        return;
    }
    const struct record *last = sorter->records[sorter->record_count - 1];
    str key = {last->bytes, last->key_bytes - sizeof(uint64_t)};
    if (!sorter->has_bound || str_compare(key, strbuf_str(&sorter->bound)) < 0) {
        strbuf_clear(&sorter->bound);
        strbuf_append(&sorter->bound, key);
        sorter->has_bound = !sorter->bound.is_failed;
    }
}

bool row_sorter_wants(const struct row_sorter *sorter, str key)
{
    return !sorter->has_bound || str_compare(key, strbuf_str(&sorter->bound)) < 0;
}

static tocsin_status make_room(struct row_sorter *sorter, struct error *err)
{
    size_t before = sorter->record_count;
    sort_records(sorter);
    set_bound(sorter);
    size_t bytes = 0;
    for (size_t i = 0; i < sorter->record_count; i++) {
        bytes += record_bytes(sorter->records[i]);
    }
    if (sorter->record_count < before && bytes < sorter->options.bytes_max / 2) {
        sorter->record_bytes = bytes;
        return compact(sorter, err);
    }
    return spill_run(sorter, err);
}

static bool must_make_room(const struct row_sorter *sorter, size_t bytes)
{
    if (sorter->record_count == 0) {
        return false;
    }
    /* The arena keeps its blocks when cleared, so what it has reserved says nothing about what is in use. */
    if (sorter->record_bytes + bytes > sorter->options.bytes_max) {
        return true;
    }
    return sorter->options.has_limit && sorter->record_count >= COMPACT_RECORDS_MIN &&
           sorter->record_count / 4 >= sorter->options.limit;
}

tocsin_status row_sorter_add(struct row_sorter *sorter, str key, str body, struct error *err)
{
    size_t used = sizeof(struct record) + key.len + 8 + body.len;
    size_t bytes = padded(used);
    if (bytes > UINT32_MAX) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "a row of more than 4 GiB");
    }
    if (must_make_room(sorter, bytes)) {
        tocsin_status status = make_room(sorter, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    if (sorter->record_count == sorter->record_capacity) {
        size_t capacity = sorter->record_capacity ? sorter->record_capacity * 2 : 1024;
        struct record **grown = memory_resize(sorter->records, capacity * sizeof(*grown));
        if (!grown) {
            return error_memory(err);
        }
        sorter->records = grown;
        sorter->record_capacity = capacity;
    }
    struct record *record = arena_allocate(&sorter->arena, bytes, 8);
    if (!record) {
        return error_memory(err);
    }
    record->key_bytes = (uint32_t)(key.len + 8);
    record->body_bytes = (uint32_t)body.len;
    uint64_t arrival = __builtin_bswap64(sorter->arrivals++);
    memcpy(record->bytes, key.data, key.len);
    memcpy(record->bytes + key.len, &arrival, sizeof(arrival));
    memcpy(record->bytes + key.len + 8, body.data, body.len);
    memset((char *)record + used, 0, bytes - used);
    sorter->records[sorter->record_count++] = record;
    sorter->record_bytes += bytes;
    return TOCSIN_OK;
}

size_t row_sorter_run_count(const struct row_sorter *sorter)
{
    return sorter->run_count;
}

/* ---- merging ---- */

static const struct record *run_record(const struct run *run)
{
    return (const struct record *)(const void *)(run->buffer + run->start);
}

/* Makes the next record of the run whole in its buffer. TOCSIN_END: the run is used up. */
static tocsin_status run_load(struct row_sorter *sorter, struct run *run, struct error *err)
{
    for (;;) {
        size_t have = run->filled - run->start;
        size_t need = sizeof(struct record);
        if (have >= need) {
            need = record_bytes(run_record(run));
        }
        if (have >= need) {
            return TOCSIN_OK;
        }
        if (have == 0 && run->offset == run->end) {
            return TOCSIN_END;
        }
        /* Records stay aligned: the unread rest moves to the front. */
        memmove(run->buffer, run->buffer + run->start, have);
        run->start = 0;
        run->filled = have;
        if (need > run->capacity) {
            char *grown = memory_resize(run->buffer, need);
            if (!grown) {
                return error_memory(err);
            }
            run->buffer = grown;
            run->capacity = need;
        }
        uint64_t left = run->end - run->offset;
        size_t room = run->capacity - run->filled;
        size_t got;
        tocsin_status status = spill_file_read(&sorter->file, run->offset, run->buffer + run->filled,
                                               left < room ? (size_t)left : room, &got, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        if (got == 0) {
            return error_set(err, TOCSIN_ERROR_INTERNAL, "a temporary file ends too early");
        }
        run->offset += got;
        run->filled += got;
    }
}

static bool run_precedes(const struct row_sorter *sorter, size_t a, size_t b)
{
    return compare_keys(run_record(&sorter->runs[a]), run_record(&sorter->runs[b])) < 0;
}

static void heap_sink(struct row_sorter *sorter, size_t at)
{
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= sorter->heap_count) {
            return;
        }
        if (child + 1 < sorter->heap_count && run_precedes(sorter, sorter->heap[child + 1], sorter->heap[child])) {
            child++;
        }
        if (!run_precedes(sorter, sorter->heap[child], sorter->heap[at])) {
            return;
        }
        size_t swapped = sorter->heap[at];
        sorter->heap[at] = sorter->heap[child];
        sorter->heap[child] = swapped;
        at = child;
    }
}

static tocsin_status merge_begin(struct row_sorter *sorter, struct error *err)
{
    sorter->heap = memory_allocate_zeroed(sorter->run_count, sizeof(*sorter->heap));
    if (!sorter->heap) {
        return error_memory(err);
    }
    size_t capacity = MERGE_BYTES / sorter->run_count;
    capacity = capacity < MERGE_BUFFER_BYTES_MIN ? MERGE_BUFFER_BYTES_MIN : capacity;
    for (size_t i = 0; i < sorter->run_count; i++) {
        struct run *run = &sorter->runs[i];
        run->buffer = memory_allocate(capacity);
        run->capacity = capacity;
        if (!run->buffer) {
            return error_memory(err);
        }
        tocsin_status status = run_load(sorter, run, err);
        if (status == TOCSIN_OK) {
            sorter->heap[sorter->heap_count++] = i;
        } else if (status != TOCSIN_END) {
            return status;
        }
    }
    for (size_t i = sorter->heap_count / 2; i-- > 0;) {
        heap_sink(sorter, i);
    }
    return TOCSIN_OK;
}

tocsin_status row_sorter_finish(struct row_sorter *sorter, struct error *err)
{
    sort_records(sorter);
    if (sorter->run_count == 0) {
        return TOCSIN_OK;
    }
    tocsin_status status = sorter->record_count > 0 ? spill_run(sorter, err) : TOCSIN_OK;
    arena_release(&sorter->arena);
    return status == TOCSIN_OK ? merge_begin(sorter, err) : status;
}

static tocsin_status merge_advance(struct row_sorter *sorter, struct error *err)
{
    struct run *run = &sorter->runs[sorter->heap[0]];
    run->start += record_bytes(run_record(run));
    tocsin_status status = run_load(sorter, run, err);
    if (status == TOCSIN_END) {
        sorter->heap[0] = sorter->heap[--sorter->heap_count];
    } else if (status != TOCSIN_OK) {
        return status;
    }
    heap_sink(sorter, 0);
    return TOCSIN_OK;
}

tocsin_status row_sorter_next(struct row_sorter *sorter, str *ret_body, struct error *err)
{
    if (sorter->options.has_limit && sorter->given == sorter->options.limit) {
        return TOCSIN_END;
    }
    const struct record *record;
    if (sorter->run_count == 0) {
        if (sorter->given == sorter->record_count) {
            return TOCSIN_END;
        }
        record = sorter->records[sorter->given];
    } else {
        if (sorter->has_taken && sorter->heap_count > 0) { /* else asked again behind the end */
            tocsin_status status = merge_advance(sorter, err);
            if (status != TOCSIN_OK) {
                return status;
            }
        }
        if (sorter->heap_count == 0) {
            return TOCSIN_END;
        }
        sorter->has_taken = true;
        record = run_record(&sorter->runs[sorter->heap[0]]);
    }
    sorter->given++;
    *ret_body = (str){record->bytes + record->key_bytes, record->body_bytes};
    return TOCSIN_OK;
}
