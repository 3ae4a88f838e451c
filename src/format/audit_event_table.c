#include "format/audit_event_table.h"

#include <assert.h>
#include <sys/random.h>

#include "base/memory.h"

enum {
    NO_SLOT = UINT16_MAX,
    BUCKET_COUNT = 2048,
    NODE_TIME_COUNT = 256,
    RECORDS_AT_FIRST = 8,
    /* Newer events that begin before a complete event is closed. Relays over UDP were seen to swap neighbours; two
       dozen of events cost nothing but a few KiB of cache. */
    EVENTS_TO_LINGER = 16,
    CLOSE_AFTER_MS = 2000,
};
static_assert(LIMIT_AUDIT_OPEN_EVENTS < NO_SLOT, "slots are 16-bit numbers");
static_assert(BUCKET_COUNT >= LIMIT_AUDIT_OPEN_EVENTS, "short chains");

struct audit_kept {
    struct audit_kept *next;
    char bytes[];
};

/* Newest log time of a node. Direct-mapped: a node that is pushed out by another is only closed later. */
struct node_time {
    uint64_t node_hash;
    int64_t newest_ms;
    bool is_used;
};

struct audit_event_table {
    uint64_t seed;
    struct audit_event *events;              /* by slot */
    uint16_t queue[LIMIT_AUDIT_OPEN_EVENTS]; /* open events, oldest first, as a ring */
    uint32_t queue_first;
    uint32_t open_count;
    uint16_t free_slots[LIMIT_AUDIT_OPEN_EVENTS]; /* a stack, so that warm memory is used again */
    uint32_t free_count;
    uint16_t buckets[BUCKET_COUNT];
    uint16_t newest; /* slot of the event that got the last record, or NO_SLOT */
    uint64_t begun_count;
    uint64_t open_bytes;
    struct node_time node_times[NODE_TIME_COUNT];
    /* Copies of events that have left, by the calls of keep since then. */
    struct audit_kept *retired[2];
};

tocsin_status audit_event_table_create(struct audit_event_table **ret_table, struct error *err)
{
    struct audit_event_table *table = memory_allocate_zeroed(1, sizeof(*table));
    if (!table) {
        return error_memory(err);
    }
    table->events = memory_allocate_zeroed(LIMIT_AUDIT_OPEN_EVENTS, sizeof(*table->events));
    if (!table->events) {
        memory_free(table);
        return error_memory(err);
    }
    if (getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) != (ssize_t)sizeof(table->seed)) {
        table->seed = (uint64_t)(uintptr_t)table; /* address space randomisation is better than nothing */
    }
    for (uint32_t i = 0; i < LIMIT_AUDIT_OPEN_EVENTS; i++) {
        table->free_slots[i] = (uint16_t)(LIMIT_AUDIT_OPEN_EVENTS - 1 - i);
    }
    table->free_count = LIMIT_AUDIT_OPEN_EVENTS;
    for (uint32_t i = 0; i < BUCKET_COUNT; i++) {
        table->buckets[i] = NO_SLOT;
    }
    table->newest = NO_SLOT;
    *ret_table = table;
    return TOCSIN_OK;
}

static void free_kept(struct audit_kept *kept)
{
    while (kept) {
        struct audit_kept *next = kept->next;
        memory_free(kept);
        kept = next;
    }
}

void audit_event_table_free(struct audit_event_table *table)
{
    if (!table) {
        return;
    }
    for (uint32_t i = 0; i < LIMIT_AUDIT_OPEN_EVENTS; i++) {
        memory_free(table->events[i].records);
        free_kept(table->events[i].kept);
    }
    free_kept(table->retired[0]);
    free_kept(table->retired[1]);
    memory_free(table->events);
    memory_free(table);
}

/* ---- which event ---- */

/* Two records of one moment and serial are of one event unless they name different nodes; a relay may put node= on some
 * records only. Without node= the sender named by syslog tells hosts apart. */
static bool may_be_joined(const struct audit_event *event, str node, const struct log_frame *frame)
{
    if (event->node.len > 0 && node.len > 0) {
        return str_eq(event->node, node);
    }
    if (event->node.len > 0 || node.len > 0) {
        return true;
    }
    return !event->frame.is_present || !frame->is_present || str_eq_ignore_case(event->frame.host, frame->host);
}

static bool is_event_of(const struct audit_event *event, const struct audit_header *header,
                        const struct log_frame *frame)
{
    return event->time_ms == header->time_ms && event->serial == header->serial &&
           may_be_joined(event, header->node, frame);
}

static uint32_t bucket_of(const struct audit_event_table *table, const struct audit_header *header)
{
    return (uint32_t)(str_hash_mix(str_hash_mix((uint64_t)header->time_ms ^ table->seed) + header->serial) %
                      BUCKET_COUNT);
}

static struct audit_event *find_event(struct audit_event_table *table, const struct audit_header *header,
                                      const struct log_frame *frame, uint32_t bucket)
{
    for (uint16_t slot = table->buckets[bucket]; slot != NO_SLOT; slot = table->events[slot].next) {
        if (is_event_of(&table->events[slot], header, frame)) {
            table->newest = slot;
            return &table->events[slot];
        }
    }
    return NULL;
}

/* Without the seed: nodes that share a place close each other's events later, and that has to be the same in each
 * run. */
static uint64_t hash_node(str node, const struct log_frame *frame)
{
    str name = node.len > 0 || !frame->is_present ? node : frame->host;
    return name.len > 0 ? str_hash(name, 0) : 0;
}

static void note_time(struct audit_event_table *table, uint64_t node_hash, int64_t time_ms)
{
    struct node_time *entry = &table->node_times[node_hash % NODE_TIME_COUNT];
    if (!entry->is_used || entry->node_hash != node_hash) {
        *entry = (struct node_time){node_hash, time_ms, true};
    } else if (time_ms > entry->newest_ms) {
        entry->newest_ms = time_ms;
    }
}

static struct audit_event *begin_event(struct audit_event_table *table, const struct audit_header *header,
                                       const struct log_frame *frame, uint32_t bucket)
{
    assert(table->free_count > 0); /* the caller empties a full table before it adds */
    uint16_t slot = table->free_slots[--table->free_count];
    struct audit_event *event = &table->events[slot];
    struct audit_record *records = event->records;
    uint32_t capacity = event->record_capacity;
    *event = (struct audit_event){
        .time_ms = header->time_ms,
        .serial = header->serial,
        .node = header->node,
        .records = records,
        .record_capacity = capacity,
        .next = table->buckets[bucket],
        .bucket = bucket,
        .node_hash = hash_node(header->node, frame),
    };
    if (frame->is_present) {
        event->frame = *frame;
    }
    table->buckets[bucket] = slot;
    table->queue[(table->queue_first + table->open_count) % LIMIT_AUDIT_OPEN_EVENTS] = slot;
    table->open_count++;
    table->begun_count++;
    table->newest = slot;
    note_time(table, event->node_hash, header->time_ms);
    return event;
}

/* Takes an event that is no longer in the queue out of its hash bucket. */
static void free_slot(struct audit_event_table *table, struct audit_event *event)
{
    uint16_t slot = (uint16_t)(event - table->events);
    uint16_t *link = &table->buckets[event->bucket];
    while (*link != slot) {
        link = &table->events[*link].next;
    }
    *link = event->next;
    if (table->newest == slot) {
        table->newest = NO_SLOT;
    }
    if (event->record_capacity > 16 * RECORDS_AT_FIRST) { /* one giant event must not hold memory for ever */
        memory_free(event->records);
        event->records = NULL;
        event->record_capacity = 0;
    }
    event->record_count = 0;
    table->free_slots[table->free_count++] = slot;
}

/* ---- adding ---- */

/* Room for `count` records. */
static bool reserve_records(struct audit_event *event, uint32_t count)
{
    if (count <= event->record_capacity) {
        return true;
    }
    uint32_t capacity = event->record_capacity ? event->record_capacity * 2 : RECORDS_AT_FIRST;
    while (capacity < count) {
        capacity *= 2;
    }
    struct audit_record *grown = memory_resize(event->records, capacity * sizeof(*grown));
    if (!grown) {
        return false;
    }
    event->records = grown;
    event->record_capacity = capacity;
    return true;
}

static enum audit_add_result append_record(struct audit_event_table *table, struct audit_event *event,
                                           const struct audit_header *header, const struct log_line *line)
{
    if (event->packed_by && !audit_event_unpack(event)) {
        return AUDIT_OUT_OF_MEMORY;
    }
    if (event->record_count == LIMIT_AUDIT_EVENT_RECORDS ||
        (event->record_count > 0 && event->bytes + line->raw.len > LIMIT_AUDIT_EVENT_BYTES)) {
        event->has_overflown = true;
        return AUDIT_REFUSED;
    }
    if (!reserve_records(event, event->record_count + 1)) {
        return AUDIT_OUT_OF_MEMORY;
    }
    if (event->record_count == 0 && line->line_count == 1 && line->text.data == line->raw.data) {
        event->run_count = 1;
    }
    event->records[event->record_count++] = (struct audit_record){
        .text = line->text.data,
        .raw = line->raw.data,
        .line = line->line,
        .text_bytes = (uint32_t)line->text.len,
        .raw_bytes = (uint32_t)line->raw.len,
        .body = (uint32_t)header->body,
        .input = line->input,
        .line_count = line->line_count,
        .type = header->type,
        .is_cut = line->is_truncated,
    };
    if (event->node.len == 0) {
        event->node = header->node;
    }
    event->bytes += line->raw.len;
    table->open_bytes += line->raw.len;
    event->is_complete = event->is_complete || audit_type_completes_event(header->type);
    event->touched = table->begun_count;
    return table->open_bytes > LIMIT_AUDIT_OPEN_BYTES ? AUDIT_BEGUN : AUDIT_ADDED;
}

enum audit_add_result audit_event_table_add(struct audit_event_table *table, const struct audit_header *header,
                                            const struct log_line *line)
{
    if (table->newest != NO_SLOT && is_event_of(&table->events[table->newest], header, &line->frame)) {
        return append_record(table, &table->events[table->newest], header, line);
    }
    uint32_t bucket = bucket_of(table, header);
    struct audit_event *event = find_event(table, header, &line->frame, bucket);
    if (event) {
        return append_record(table, event, header, line);
    }
    if (header->type == AUDIT_TYPE_EOE) {
        return AUDIT_ORPHAN_END;
    }
    event = begin_event(table, header, &line->frame, bucket);
    enum audit_add_result result = append_record(table, event, header, line);
    if (result == AUDIT_OUT_OF_MEMORY) {
        table->open_count--; /* it is the newest of the queue */
        free_slot(table, event);
    }
    return result == AUDIT_ADDED ? AUDIT_BEGUN : result;
}

static bool has_event(struct audit_event_table *table, const struct audit_header *header, const struct log_frame *frame,
                      uint32_t bucket)
{
    return (table->newest != NO_SLOT && is_event_of(&table->events[table->newest], header, frame)) ||
           find_event(table, header, frame, bucket);
}

bool audit_event_table_add_span(struct audit_event_table *table, const struct audit_header *header,
                                const struct audit_span *span, bool *ret_is_added)
{
    static const struct log_frame no_frame = {.priority = -1};
    size_t bytes = span->raw.len - (span->line_count - 1); /* without line ends */
    uint32_t bucket = bucket_of(table, header);
    *ret_is_added = false;
    if (span->line_count > LIMIT_AUDIT_EVENT_RECORDS || span->raw.len > LIMIT_AUDIT_EVENT_BYTES ||
        table->open_bytes + bytes > LIMIT_AUDIT_OPEN_BYTES || has_event(table, header, &no_frame, bucket)) {
        return true;
    }
    struct audit_event *event = begin_event(table, header, &no_frame, bucket);
    if (!reserve_records(event, 1)) {
        table->open_count--; /* it is the newest of the queue */
        free_slot(table, event);
        return false;
    }
    event->records[0] = (struct audit_record){
        .text = span->raw.data,
        .raw = span->raw.data,
        .line = span->line,
        .text_bytes = (uint32_t)span->raw.len,
        .raw_bytes = (uint32_t)span->raw.len,
        .input = span->input,
        .line_count = span->line_count,
    };
    event->record_count = 1;
    event->packed_by = span->headers;
    event->bytes = bytes;
    event->is_complete = span->is_complete;
    event->touched = table->begun_count;
    table->open_bytes += bytes;
    *ret_is_added = true;
    return true;
}

bool audit_event_unpack(struct audit_event *event)
{
    struct audit_header_reader *headers = event->packed_by;
    if (!headers) {
        return true;
    }
    const struct audit_record span = event->records[0];
    if (!reserve_records(event, span.line_count)) {
        return false;
    }
    str rest = str_from(span.raw, span.raw_bytes);
    for (uint32_t i = 0; i < span.line_count; i++) {
        str line = str_slice(rest, 0, str_find_char(rest, '\n', 0)); /* none behind the last one */
        struct audit_header header;
        bool is_record = audit_header_parse(headers, line, &header);
        assert(is_record && header.time_ms == event->time_ms && header.serial == event->serial);
        (void)is_record;
        event->records[i] = (struct audit_record){
            .text = line.data,
            .raw = line.data,
            .line = span.line + i,
            .text_bytes = (uint32_t)line.len,
            .raw_bytes = (uint32_t)line.len,
            .body = (uint32_t)header.body,
            .input = span.input,
            .line_count = 1,
            .type = header.type,
        };
        rest = str_skip(rest, line.len + 1);
    }
    event->kept_count = event->kept_count > 0 ? span.line_count : 0;
    event->record_count = span.line_count;
    event->run_count = span.line_count;
    event->packed_by = NULL;
    return true;
}

struct audit_event *audit_event_table_newest(struct audit_event_table *table)
{
    return table->newest == NO_SLOT ? NULL : &table->events[table->newest];
}

uint32_t audit_event_table_room(const struct audit_event_table *table, const struct audit_event *event,
                                size_t *ret_bytes)
{
    if (event->bytes >= LIMIT_AUDIT_EVENT_BYTES || table->open_bytes >= LIMIT_AUDIT_OPEN_BYTES) {
        return 0;
    }
    size_t of_event = LIMIT_AUDIT_EVENT_BYTES - event->bytes;
    size_t of_all = LIMIT_AUDIT_OPEN_BYTES - table->open_bytes;
    *ret_bytes = of_event < of_all ? of_event : of_all;
    uint32_t most =
        event->record_capacity < LIMIT_AUDIT_EVENT_RECORDS ? event->record_capacity : LIMIT_AUDIT_EVENT_RECORDS;
    return most - event->record_count;
}

void audit_event_table_note(struct audit_event_table *table, struct audit_event *event, size_t bytes)
{
    event->bytes += bytes;
    table->open_bytes += bytes;
    event->touched = table->begun_count;
}

/* ---- leaving ---- */

static bool is_ready(const struct audit_event_table *table, const struct audit_event *event)
{
    if (table->open_count == LIMIT_AUDIT_OPEN_EVENTS || table->open_bytes > LIMIT_AUDIT_OPEN_BYTES) {
        return true;
    }
    if (table->begun_count - event->touched <= EVENTS_TO_LINGER) {
        return false;
    }
    if (event->is_complete) {
        return true;
    }
    const struct node_time *entry = &table->node_times[event->node_hash % NODE_TIME_COUNT];
    return entry->node_hash == event->node_hash && entry->newest_ms - event->time_ms >= CLOSE_AFTER_MS;
}

struct audit_event *audit_event_table_ready(struct audit_event_table *table, bool all)
{
    if (table->open_count == 0) {
        return NULL;
    }
    struct audit_event *event = &table->events[table->queue[table->queue_first]];
    return all || is_ready(table, event) ? event : NULL;
}

void audit_event_table_remove(struct audit_event_table *table)
{
    assert(table->open_count > 0);
    struct audit_event *event = &table->events[table->queue[table->queue_first]];
    table->queue_first = (table->queue_first + 1) % LIMIT_AUDIT_OPEN_EVENTS;
    table->open_count--;
    table->open_bytes -= event->bytes;
    while (event->kept) {
        struct audit_kept *kept = event->kept;
        event->kept = kept->next;
        kept->next = table->retired[0];
        table->retired[0] = kept;
    }
    free_slot(table, event);
}

/* ---- copies ---- */

static bool is_inside(str outer, const char *data, size_t bytes)
{
    return bytes == 0 ||
           ((uintptr_t)data >= (uintptr_t)outer.data && (uintptr_t)data + bytes <= (uintptr_t)outer.data + outer.len);
}

static str record_raw(const struct audit_record *record)
{
    return str_from(record->raw, record->raw_bytes);
}

static bool is_text_apart(const struct audit_record *record)
{
    return !is_inside(record_raw(record), record->text, record->text_bytes);
}

/* Last record of the run of adjacent lines that begins with `first`: they are copied in one piece, line ends included,
 * so that they stay adjacent. */
static uint32_t run_end(const struct audit_event *event, uint32_t first)
{
    uint32_t last = first;
    while (last + 1 < event->record_count) {
        const struct audit_record *a = &event->records[last];
        const struct audit_record *b = &event->records[last + 1];
        uintptr_t a_end = (uintptr_t)a->raw + a->raw_bytes;
        uintptr_t gap = (uintptr_t)b->raw - a_end;
        if (b->input != a->input || b->line != a->line + a->line_count || (uintptr_t)b->raw < a_end || gap > 2) {
            break;
        }
        last++;
    }
    return last;
}

static size_t kept_bytes(const struct audit_event *event)
{
    size_t bytes = 0;
    for (uint32_t i = event->kept_count; i < event->record_count;) {
        uint32_t last = run_end(event, i);
        const struct audit_record *end = &event->records[last];
        bytes += (size_t)(end->raw + end->raw_bytes - event->records[i].raw);
        for (; i <= last; i++) {
            bytes += is_text_apart(&event->records[i]) ? event->records[i].text_bytes : 0;
        }
    }
    return bytes;
}

static str copy_to(char **p, str s)
{
    if (s.len == 0) {
        return STR_EMPTY;
    }
    memcpy(*p, s.data, s.len);
    str copy = str_from(*p, s.len);
    *p += s.len;
    return copy;
}

static void copy_records(struct audit_event *event, char **p)
{
    for (uint32_t i = event->kept_count; i < event->record_count;) {
        uint32_t last = run_end(event, i);
        const struct audit_record *end = &event->records[last];
        const char *old = event->records[i].raw;
        str run = copy_to(p, str_from(old, (size_t)(end->raw + end->raw_bytes - old)));
        for (; i <= last; i++) {
            struct audit_record *record = &event->records[i];
            bool is_apart = is_text_apart(record);
            size_t text_offset = is_apart ? 0 : (size_t)(record->text - record->raw);
            record->raw = run.data + (record->raw - old);
            record->text =
                is_apart ? copy_to(p, str_from(record->text, record->text_bytes)).data : record->raw + text_offset;
        }
    }
    event->kept_count = event->record_count;
}

static tocsin_status keep_event(struct audit_event *event, struct error *err)
{
    if (event->kept_count == event->record_count) {
        return TOCSIN_OK;
    }
    struct log_frame *frame = &event->frame;
    size_t bytes = kept_bytes(event) + event->node.len + frame->host.len + frame->application.len +
                   frame->process_id.len + frame->structured_data.len;
    struct audit_kept *kept = memory_allocate(sizeof(*kept) + bytes);
    if (!kept) {
        return error_memory(err);
    }
    char *p = kept->bytes;
    copy_records(event, &p);
    event->node = copy_to(&p, event->node);
    frame->host = copy_to(&p, frame->host);
    frame->application = copy_to(&p, frame->application);
    frame->process_id = copy_to(&p, frame->process_id);
    frame->structured_data = copy_to(&p, frame->structured_data);
    assert(p == kept->bytes + bytes);
    kept->next = event->kept;
    event->kept = kept;
    return TOCSIN_OK;
}

tocsin_status audit_event_table_keep(struct audit_event_table *table, struct error *err)
{
    free_kept(table->retired[1]);
    table->retired[1] = table->retired[0];
    table->retired[0] = NULL;
    for (uint32_t i = 0; i < table->open_count; i++) {
        uint16_t slot = table->queue[(table->queue_first + i) % LIMIT_AUDIT_OPEN_EVENTS];
        tocsin_status status = keep_event(&table->events[slot], err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}
