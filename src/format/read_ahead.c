#include "format/read_ahead.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>

#include "base/memory.h"

/* PIECES_AHEAD may be read and not taken; as soon as PIECES_FREE could be read, the thread is woken. */
enum { PIECES_AHEAD = 4, PIECES_FREE = 2, LISTS_MAX = 8 };
/* Bytes are looked through while they are in the processor's cache. */
static const size_t STEP_BYTES = 128 * 1024;

struct read_ahead {
    size_t piece_bytes;
    pthread_mutex_t mutex;
    pthread_cond_t is_asked;
    pthread_cond_t is_done;
    pthread_t thread;
    bool is_over;
    bool is_asleep;  /* the thread */
    bool is_waiting; /* the caller */
    struct input_rest rest;
    const struct raw_finder *finder;
    /* Pieces of the rest by number: those below `taken` were taken, those below `begun` are read or being read. */
    uint64_t count;
    uint64_t taken;
    uint64_t begun;
    struct slot {
        struct read_piece piece;
        const struct raw_finder *finder; /* to be used */
        bool is_done;
    } slots[PIECES_AHEAD]; /* piece N is in number N % PIECES_AHEAD */
};

/* ---- one piece, without the lock --------------------------------------------------------------------------------- */

/* Looks through the whole lines in [from, end). Gives where it stopped. */
static const char *look_through(struct read_piece *piece, const char *from, const char *end)
{
    const char *last = from < end ? memrchr(from, '\n', (size_t)(end - from)) : NULL;
    while (last && from <= last && piece->found.count < LISTS_MAX) {
        struct raw_lines *lines = &piece->lines[piece->found.count];
        raw_finder_groups(piece->finder, piece->scratch, from, last + 1, lines);
        from += raw_lines_bytes(lines, lines->count);
        piece->found.count++;
    }
    return from;
}

/* A scratch for the finder: the one that is there, if that was for it. False: memory is out, nothing is looked for. */
static bool prepare_scratch(struct read_piece *piece, const struct raw_finder *finder)
{
    if (!finder || finder->scratch_bytes == 0 || (piece->scratch && piece->finder == finder)) {
        return true;
    }
    if (piece->scratch_bytes < finder->scratch_bytes) {
        memory_free(piece->scratch);
        piece->scratch = memory_allocate(finder->scratch_bytes);
        piece->scratch_bytes = piece->scratch ? finder->scratch_bytes : 0;
    }
    if (piece->scratch) {
        memset(piece->scratch, 0, piece->scratch_bytes);
    }
    return piece->scratch != NULL;
}

static void fill(const struct read_ahead *ahead, uint64_t number, struct slot *slot)
{
    struct read_piece *piece = &slot->piece;
    uint64_t offset = ahead->rest.from + number * ahead->piece_bytes;
    uint64_t left = ahead->rest.end - offset;
    size_t wanted = left < ahead->piece_bytes ? (size_t)left : ahead->piece_bytes;
    char *start = piece->buffer + READ_AHEAD_MARGIN;
    const char *from = NULL; /* the first line's begin: what is in front of it belongs to a line of the piece before */
    piece->finder = prepare_scratch(piece, slot->finder) ? slot->finder : NULL;
    piece->found = (struct raw_found){.lists = piece->lines};
    piece->status = TOCSIN_OK;
    piece->bytes = 0;
    while (piece->bytes < wanted && piece->status == TOCSIN_OK) {
        size_t step = wanted - piece->bytes < STEP_BYTES ? wanted - piece->bytes : STEP_BYTES;
        char *at = start + piece->bytes;
        size_t got;
        piece->status = input_rest_read(&ahead->rest, offset + piece->bytes, at, step, &got, &piece->failure);
        piece->bytes += got;
        if (!from && got > 0 && piece->finder) {
            const char *newline = memchr(at, '\n', got);
            from = newline ? newline + 1 : NULL;
        }
        from = from ? look_through(piece, from, at + got) : NULL;
    }
}

/* ---- its thread -------------------------------------------------------------------------------------------------- */

static void lock(struct read_ahead *ahead)
{
    int failure = pthread_mutex_lock(&ahead->mutex);
    assert(failure == 0);
    (void)failure;
}

static void unlock(struct read_ahead *ahead)
{
    int failure = pthread_mutex_unlock(&ahead->mutex);
    assert(failure == 0);
    (void)failure;
}

static bool can_begin(const struct read_ahead *ahead)
{
    return ahead->begun < ahead->count && ahead->begun < ahead->taken + PIECES_AHEAD;
}

/* With the lock, which others have meanwhile. */
static void read_next(struct read_ahead *ahead)
{
    uint64_t number = ahead->begun++;
    struct slot *slot = &ahead->slots[number % PIECES_AHEAD];
    slot->finder = ahead->finder;
    unlock(ahead);
    fill(ahead, number, slot);
    lock(ahead);
    slot->is_done = true;
}

static void *serve(void *context)
{
    struct read_ahead *ahead = context;
    lock(ahead);
    while (!ahead->is_over) {
        if (!can_begin(ahead)) {
            ahead->is_asleep = true;
            (void)pthread_cond_wait(&ahead->is_asked, &ahead->mutex);
            ahead->is_asleep = false;
            continue;
        }
        read_next(ahead);
        if (ahead->is_waiting) {
            (void)pthread_cond_signal(&ahead->is_done);
        }
    }
    unlock(ahead);
    return NULL;
}

/* Signals are the business of the threads that the program made. */
static bool start_thread(struct read_ahead *ahead)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        return false;
    }
    bool is_started = pthread_create(&ahead->thread, NULL, serve, ahead) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (is_started) {
        (void)pthread_setname_np(ahead->thread, "tocsin-ahead");
    }
    return is_started;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void read_piece_free(struct read_piece *piece)
{
    memory_free(piece->buffer);
    memory_free(piece->lines);
    memory_free(piece->scratch);
    *piece = (struct read_piece){0};
}

/* What a piece needs that it has not yet. */
static tocsin_status prepare(const struct read_ahead *ahead, struct read_piece *piece, struct error *err)
{
    size_t wanted = read_ahead_buffer_bytes(ahead);
    if (piece->capacity < wanted) {
        memory_free(piece->buffer);
        piece->buffer = memory_allocate(wanted);
        piece->capacity = piece->buffer ? wanted : 0;
    }
    if (!piece->lines) {
        piece->lines = memory_allocate(LISTS_MAX * sizeof(*piece->lines));
    }
    return piece->buffer && piece->lines ? TOCSIN_OK : error_memory(err);
}

static void free_slots(struct read_ahead *ahead)
{
    for (size_t i = 0; i < countof(ahead->slots); i++) {
        read_piece_free(&ahead->slots[i].piece);
    }
}

static bool start(struct read_ahead *ahead)
{
    if (pthread_mutex_init(&ahead->mutex, NULL) != 0) {
        return false;
    }
    if (pthread_cond_init(&ahead->is_asked, NULL) == 0) {
        if (pthread_cond_init(&ahead->is_done, NULL) == 0) {
            if (start_thread(ahead)) {
                return true;
            }
            (void)pthread_cond_destroy(&ahead->is_done);
        }
        (void)pthread_cond_destroy(&ahead->is_asked);
    }
    (void)pthread_mutex_destroy(&ahead->mutex);
    return false;
}

tocsin_status read_ahead_create(size_t piece_bytes, struct read_ahead **ret_ahead, struct error *err)
{
    *ret_ahead = NULL;
    struct read_ahead *ahead = memory_allocate_zeroed(1, sizeof(*ahead));
    if (!ahead) {
        return error_memory(err);
    }
    ahead->piece_bytes = piece_bytes;
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; i < countof(ahead->slots) && status == TOCSIN_OK; i++) {
        status = prepare(ahead, &ahead->slots[i].piece, err);
    }
    if (status == TOCSIN_OK && start(ahead)) {
        *ret_ahead = ahead;
        return TOCSIN_OK;
    }
    free_slots(ahead);
    memory_free(ahead);
    return status;
}

void read_ahead_free(struct read_ahead *ahead)
{
    if (!ahead) {
        return;
    }
    lock(ahead);
    ahead->is_over = true;
    (void)pthread_cond_signal(&ahead->is_asked);
    unlock(ahead);
    int failure = pthread_join(ahead->thread, NULL);
    assert(failure == 0);
    (void)failure;
    (void)pthread_cond_destroy(&ahead->is_done);
    (void)pthread_cond_destroy(&ahead->is_asked);
    (void)pthread_mutex_destroy(&ahead->mutex);
    free_slots(ahead);
    memory_free(ahead);
}

size_t read_ahead_buffer_bytes(const struct read_ahead *ahead)
{
    return READ_AHEAD_MARGIN + ahead->piece_bytes;
}

/* ---- the caller -------------------------------------------------------------------------------------------------- */

bool read_ahead_is_worth(const struct input_rest *rest, size_t piece_bytes)
{
    return rest->end > rest->from && (rest->end - rest->from) / piece_bytes >= PIECES_AHEAD;
}

void read_ahead_begin(struct read_ahead *ahead, const struct input_rest *rest)
{
    lock(ahead);
    assert(ahead->taken == ahead->count && ahead->begun == ahead->count);
    ahead->rest = *rest;
    ahead->count = (rest->end - rest->from) / ahead->piece_bytes + 1;
    ahead->taken = ahead->begun = 0;
    unlock(ahead);
}

/* With the lock: sees to it that the next piece to be taken is there. */
static struct slot *get_next(struct read_ahead *ahead)
{
    struct slot *slot = &ahead->slots[ahead->taken % PIECES_AHEAD];
    while (!slot->is_done) {
        if (can_begin(ahead)) {
            read_next(ahead);
        } else {
            ahead->is_waiting = true;
            (void)pthread_cond_wait(&ahead->is_done, &ahead->mutex);
            ahead->is_waiting = false;
        }
    }
    return slot;
}

static void wake_thread(struct read_ahead *ahead)
{
    uint64_t stop = ahead->taken + PIECES_AHEAD < ahead->count ? ahead->taken + PIECES_AHEAD : ahead->count;
    if (ahead->is_asleep && stop >= ahead->begun + PIECES_FREE) {
        (void)pthread_cond_signal(&ahead->is_asked);
    }
}

tocsin_status read_ahead_take(struct read_ahead *ahead, const struct raw_finder *finder, struct read_piece *piece,
                              struct error *err)
{
    tocsin_status status = prepare(ahead, piece, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    lock(ahead);
    assert(ahead->taken < ahead->count);
    ahead->finder = finder;
    wake_thread(ahead);
    struct slot *slot = get_next(ahead);
    struct read_piece taken = slot->piece;
    slot->piece = *piece;
    slot->is_done = false;
    *piece = taken;
    ahead->taken++;
    wake_thread(ahead);
    unlock(ahead);
    return TOCSIN_OK;
}

void read_ahead_end(struct read_ahead *ahead)
{
    lock(ahead);
    ahead->count = ahead->begun;
    while (ahead->taken < ahead->begun) {
        get_next(ahead)->is_done = false;
        ahead->taken++;
    }
    ahead->finder = NULL;
    unlock(ahead);
}
