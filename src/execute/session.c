#include "execute/session.h"

#include "base/limits.h"
#include "base/memory.h"
#include "execute/state_memory.h"

enum { SLOTS_FIRST = 256 };

struct session {
    uint64_t hash;
    const char *key;
    size_t key_bytes;
    bool is_open;
    uint64_t id;
    int64_t first_ms;
    int64_t last_ms;
};

struct session_tracker {
    struct session_options options;
    struct state_memory memory;
    struct session **slots; /* by the hash of the key, open addressing */
    size_t slot_count;      /* a power of two */
    size_t session_count;
    uint64_t last_id;
    struct session sequential; /* the only one, if is_sequential */
    struct strbuf sequential_key;
};

tocsin_status session_tracker_create(const struct session_options *options, struct session_tracker **ret_tracker,
                                     struct error *err)
{
    struct session_tracker *tracker = memory_allocate_zeroed(1, sizeof(*tracker));
    struct session **slots = memory_allocate_zeroed(SLOTS_FIRST, sizeof(struct session *));
    if (!tracker || !slots) {
        memory_free(slots);
        memory_free(tracker);
        return error_memory(err);
    }
    tracker->options = *options;
    tracker->slots = slots;
    tracker->slot_count = SLOTS_FIRST;
    state_memory_init(&tracker->memory);
    strbuf_init(&tracker->sequential_key, SIZE_MAX / 2);
    *ret_tracker = tracker;
    return TOCSIN_OK;
}

void session_tracker_free(struct session_tracker *tracker)
{
    if (tracker) {
        state_memory_release(&tracker->memory);
        strbuf_release(&tracker->sequential_key);
        memory_free(tracker->slots);
        memory_free(tracker);
    }
}

/* ---- the table ---- */

static struct session **slot_of(struct session **slots, size_t slot_count, str key, uint64_t hash)
{
    for (size_t at = hash & (slot_count - 1);; at = (at + 1) & (slot_count - 1)) {
        struct session *session = slots[at];
        if (!session || (session->hash == hash && str_eq((str){session->key, session->key_bytes}, key))) {
            return &slots[at];
        }
    }
}

static struct session *copy_session(struct state_memory *memory, const struct session *session)
{
    struct session *copy = state_memory_take(memory, sizeof(*copy));
    char *key = state_memory_take(memory, session->key_bytes > 0 ? session->key_bytes : 1);
    if (!copy || !key) {
        return NULL;
    }
    *copy = *session;
    copy->key = key;
    if (session->key_bytes > 0) {
        memcpy(key, session->key, session->key_bytes);
    }
    return copy;
}

static bool exceeds(int64_t later_ms, int64_t earlier_ms, int64_t most_ms)
{
    return later_ms > earlier_ms && (uint64_t)later_ms - (uint64_t)earlier_ms > (uint64_t)(most_ms > 0 ? most_ms : 0);
}

static bool is_timed_out(const struct session_options *options, const struct session *session, int64_t time_ms)
{
    return (options->has_timeout && exceeds(time_ms, session->last_ms, options->timeout_ms)) ||
           (options->has_window && exceeds(time_ms, session->first_ms, options->window_ms));
}

/* A new table of the sessions that are open at this time, with room for more. A session that is over is the same as
   none. */
static tocsin_status rebuild(struct session_tracker *tracker, size_t slot_count, int64_t time_ms, struct error *err)
{
    struct state_memory memory;
    struct session **slots = memory_allocate_zeroed(slot_count, sizeof(struct session *));
    if (!slots) {
        return error_memory(err);
    }
    state_memory_init(&memory);
    size_t count = 0;
    for (size_t i = 0; i < tracker->slot_count; i++) {
        const struct session *session = tracker->slots[i];
        if (!session || !session->is_open || is_timed_out(&tracker->options, session, time_ms)) {
            continue;
        }
        struct session *copy = copy_session(&memory, session);
        if (!copy) {
            state_memory_release(&memory);
            memory_free(slots);
            return error_memory(err);
        }
        *slot_of(slots, slot_count, (str){copy->key, copy->key_bytes}, copy->hash) = copy;
        count++;
    }
    state_memory_release(&tracker->memory);
    memory_free(tracker->slots);
    tracker->memory = memory;
    tracker->slots = slots;
    tracker->slot_count = slot_count;
    tracker->session_count = count;
    return TOCSIN_OK;
}

static size_t used_bytes(const struct session_tracker *tracker)
{
    return tracker->memory.used + tracker->slot_count * sizeof(struct session *);
}

static tocsin_status too_many(const struct session_tracker *tracker, struct error *err)
{
    tocsin_status status =
        error_set(err, TOCSIN_ERROR_LIMIT, "%zu sessions of SESSION BY are open and need more than %zu KiB",
                  tracker->session_count, tracker->options.bytes_max / KIBI);
    error_hint(err, "end sessions with TIMEOUT or TIMEWINDOW, use fewer keys, or narrow WHERE");
    return status;
}

/* Room for one more. Half of the memory is used at most while a table is copied, so a rebuild may need as much again.
 */
static tocsin_status make_room(struct session_tracker *tracker, size_t key_bytes, int64_t time_ms, struct error *err)
{
    size_t needed = sizeof(struct session) + key_bytes + 16;
    tocsin_status status = TOCSIN_OK;
    if (used_bytes(tracker) + needed > tracker->options.bytes_max / 2) {
        status = rebuild(tracker, tracker->slot_count, time_ms, err);
        if (status == TOCSIN_OK && used_bytes(tracker) + needed > tracker->options.bytes_max / 8 * 3) {
            return too_many(tracker, err);
        }
    }
    if (status == TOCSIN_OK && tracker->session_count >= tracker->slot_count / 2) {
        status = rebuild(tracker, tracker->slot_count * 2, time_ms, err);
    }
    return status;
}

static tocsin_status find(struct session_tracker *tracker, const struct session_row *row, struct session **ret_session,
                          struct error *err)
{
    uint64_t hash = str_hash(row->key, tracker->options.hash_seed);
    struct session **slot = slot_of(tracker->slots, tracker->slot_count, row->key, hash);
    if (*slot) {
        *ret_session = *slot;
        return TOCSIN_OK;
    }
    tocsin_status status = make_room(tracker, row->key.len, row->time_ms, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct session session = {.hash = hash, .key = row->key.data, .key_bytes = row->key.len};
    struct session *added = copy_session(&tracker->memory, &session);
    if (!added) {
        return error_memory(err);
    }
    *slot_of(tracker->slots, tracker->slot_count, row->key, hash) = added;
    tracker->session_count++;
    *ret_session = added;
    return TOCSIN_OK;
}

/* The one session there is; another key ends it. */
static tocsin_status find_sequential(struct session_tracker *tracker, const struct session_row *row,
                                     struct session **ret_session, struct error *err)
{
    struct strbuf *key = &tracker->sequential_key;
    if (!str_eq(strbuf_str(key), row->key)) {
        tracker->sequential.is_open = false;
        strbuf_clear(key);
        strbuf_append(key, row->key);
    }
    *ret_session = &tracker->sequential;
    return key->is_failed ? error_memory(err) : TOCSIN_OK;
}

/* ---- the rules ---- */

tocsin_status session_tracker_next(struct session_tracker *tracker, const struct session_row *row, uint64_t *ret_id,
                                   struct error *err)
{
    const struct session_options *options = &tracker->options;
    struct session *session = NULL;
    tocsin_status status =
        options->is_sequential ? find_sequential(tracker, row, &session, err) : find(tracker, row, &session, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (session->is_open &&
        (is_timed_out(options, session, row->time_ms) || (!options->is_end_explicit && row->begins))) {
        session->is_open = false;
    }
    if (session->is_open) {
        session->is_open = !row->ends;
    } else if (options->is_begin_explicit && !row->begins) {
        *ret_id = 0;
        return TOCSIN_OK;
    } else {
        session->is_open = true;
        session->id = ++tracker->last_id;
        session->first_ms = row->time_ms;
    }
    session->last_ms = row->time_ms;
    *ret_id = session->id;
    return TOCSIN_OK;
}
