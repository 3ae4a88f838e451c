#include "format/log_feed.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/ring.h"
#include "format/row_writer_internal.h"

/* The caller may have been told to stop, and cannot be while it waits. */
enum { WAIT_MS = 100 };

/* An account with its lists. */
struct kept_account {
    struct log_account account;
    struct log_type_count *types;
    size_t type_capacity;
    struct log_drop_count dropped[ROW_WRITER_DROP_REASONS];
};

/* What the reader gave. */
struct feed_item {
    struct batch *batch;
    tocsin_status status;
    struct error error;
    struct kept_account kept;
};

struct log_feed {
    struct format_context context;
    struct log_reader *reader; /* of the reading thread, while there is one */
    uint64_t regex_given_up; /* likewise */

    /* With a thread. */
    bool has_thread; /* is to be, or is */
    bool is_started;
    bool is_closed;
    pthread_t thread;
    struct ring *ring;
    int wake; /* an eventfd */
    _Atomic bool must_stop;

    /* Of the caller. */
    bool has_item; /* taken, not given back */
    bool is_end;
    uint64_t given; /* batches, without a thread */
    struct kept_account kept;
    struct batch nothing;

    struct feed_item items[LIMIT_BATCHES_AHEAD];
};

/* ---- the account ---- */

static tocsin_status account_take(const struct log_feed *feed, struct kept_account *kept, struct error *err)
{
    struct log_account *account = &kept->account;
    struct log_reader_statistics *statistics = &account->statistics;
    log_reader_statistics(feed->reader, statistics);
    if (statistics->type_count > kept->type_capacity) {
        size_t capacity = statistics->type_count + 8;
        struct log_type_count *grown = memory_resize(kept->types, capacity * sizeof(*grown));
        if (!grown) {
            *statistics = (struct log_reader_statistics){0};
            return error_memory(err);
        }
        kept->types = grown;
        kept->type_capacity = capacity;
    }
    for (size_t i = 0; i < statistics->type_count; i++) {
        kept->types[i] = statistics->events_by_type[i];
    }
    for (size_t i = 0; i < statistics->dropped_count; i++) {
        kept->dropped[i] = statistics->dropped[i];
    }
    statistics->events_by_type = kept->types;
    statistics->dropped = NULL; /* within `kept`, which moves: log_feed_next puts it in */
    log_reader_progress(feed->reader, &account->progress);
    account->problems = log_reader_problems(feed->reader, &account->problem_count, &account->problems_more);
    account->ends = log_reader_ends(feed->reader);
    account->regex_given_up = feed->regex_given_up;
    account->has_newest = log_reader_newest_time(feed->reader, &account->newest_ms);
    account->has_newest_plausible = log_reader_newest_plausible_time(feed->reader, &account->newest_plausible_ms);
    for (size_t trust = 0; trust < LOG_TRUSTS; trust++) {
        account->newest_by_trust[trust].is_set =
            log_reader_newest_of(feed->reader, trust, &account->newest_by_trust[trust].ms);
    }
    return TOCSIN_OK;
}

/* The reader's next word, with the account behind it. */
static tocsin_status read_next(const struct log_feed *feed, struct batch **ret_batch, struct kept_account *kept,
                               struct error *err)
{
    tocsin_status status = log_reader_next(feed->reader, ret_batch, err);
    tocsin_status account_status = account_take(feed, kept, status == TOCSIN_OK ? err : NULL);
    return status == TOCSIN_OK ? account_status : status;
}

/* ---- the reading thread ---- */

/* Before the thread begins, and without one, all batches given are given back by the next call. */
static uint64_t batches_released(void *context, uint64_t wanted)
{
    struct log_feed *feed = context;
    return feed->has_thread ? ring_wait_released(feed->ring, wanted) : feed->given;
}

static void *read_all(void *context)
{
    struct log_feed *feed = context;
    tocsin_status status = TOCSIN_OK;
    uint32_t slot;
    while (status == TOCSIN_OK && ring_reserve(feed->ring, &slot)) {
        struct feed_item *item = &feed->items[slot];
        if (atomic_load(&feed->must_stop)) {
            log_reader_stop(feed->reader);
        }
        item->batch = NULL;
        status = item->status = read_next(feed, &item->batch, &item->kept, &item->error);
        ring_put(feed->ring);
    }
    return NULL;
}

/* Signals are the business of the threads that the program made. */
static bool start_thread(struct log_feed *feed)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        return false;
    }
    bool is_started = pthread_create(&feed->thread, NULL, read_all, feed) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (is_started) {
        (void)pthread_setname_np(feed->thread, "tocsin-reader");
    }
    return is_started;
}

static void wake_thread(const struct log_feed *feed)
{
    uint64_t one = 1;
    ssize_t written = write(feed->wake, &one, sizeof(one));
    (void)written; /* it fails only when the counter is full: then it is awake */
}

/* ---- life ---- */

static tocsin_status prepare_thread(struct log_feed *feed, struct error *err)
{
    feed->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (feed->wake < 0) {
        feed->has_thread = false; /* no descriptor is left: the caller's thread reads */
        return TOCSIN_OK;
    }
    return ring_create(LIMIT_BATCHES_AHEAD, &feed->ring, err);
}

tocsin_status log_feed_create(const struct log_feed_options *options, struct log_feed **ret_feed, struct error *err)
{
    struct log_feed *feed = memory_allocate_zeroed(1, sizeof(*feed));
    if (!feed) {
        return error_memory(err);
    }
    feed->wake = -1;
    feed->has_thread = options->has_thread;
    feed->context = *options->reader.context;
    feed->context.regex_given_up = &feed->regex_given_up;
    tocsin_status status = feed->has_thread ? prepare_thread(feed, err) : TOCSIN_OK;
    if (status == TOCSIN_OK) {
        struct log_reader_options reader = options->reader;
        reader.context = &feed->context;
        reader.released = feed->has_thread ? batches_released : NULL;
        reader.released_context = feed;
        reader.wake = feed->wake;
        status = log_reader_create(&reader, &feed->reader, err);
    }
    if (status == TOCSIN_OK) {
        status = account_take(feed, &feed->kept, err);
    }
    if (status != TOCSIN_OK) {
        log_feed_free(feed);
        return status;
    }
    *ret_feed = feed;
    return TOCSIN_OK;
}

void log_feed_free(struct log_feed *feed)
{
    if (!feed) {
        return;
    }
    if (feed->is_started) {
        log_feed_close(feed);
        int failure = pthread_join(feed->thread, NULL);
        assert(failure == 0);
        (void)failure;
    }
    log_reader_free(feed->reader);
    ring_free(feed->ring);
    if (feed->wake >= 0) {
        (void)close(feed->wake);
    }
    memory_free(feed->kept.types);
    for (size_t i = 0; i < countof(feed->items); i++) {
        memory_free(feed->items[i].kept.types);
    }
    memory_free(feed);
}

/* ---- the caller ---- */

static void give_back(struct log_feed *feed)
{
    if (feed->has_item) {
        feed->has_item = false;
        ring_release(feed->ring);
    }
}

static tocsin_status take_item(struct log_feed *feed, struct batch **ret_batch, struct error *err)
{
    uint32_t slot;
    give_back(feed);
    if (!ring_take(feed->ring, WAIT_MS, &slot)) {
        *ret_batch = &feed->nothing;
        return TOCSIN_OK;
    }
    feed->has_item = true;
    struct feed_item *item = &feed->items[slot];
    struct kept_account kept = feed->kept;
    feed->kept = item->kept;
    item->kept = kept;
    *ret_batch = item->batch;
    if (item->status != TOCSIN_OK && item->status != TOCSIN_END && err) {
        *err = item->error;
    }
    return item->status;
}

tocsin_status log_feed_next(struct log_feed *feed, struct batch **ret_batch, struct error *err)
{
    assert(!feed->is_closed);
    if (feed->has_thread && !feed->is_started) {
        feed->is_started = start_thread(feed);
        if (!feed->is_started) {
            feed->has_thread = false; /* written only while nobody else reads it */
        }
    }
    if (feed->is_end) {
        return TOCSIN_END;
    }
    tocsin_status status = feed->has_thread ? take_item(feed, ret_batch, err)
                                            : read_next(feed, ret_batch, &feed->kept, err);
    feed->given += status == TOCSIN_OK;
    feed->is_end = status != TOCSIN_OK;
    feed->kept.account.statistics.dropped = feed->kept.dropped;
    return status;
}

void log_feed_stop(struct log_feed *feed)
{
    if (feed->is_started) {
        atomic_store(&feed->must_stop, true);
        wake_thread(feed);
    } else {
        log_reader_stop(feed->reader);
    }
}

void log_feed_close(struct log_feed *feed)
{
    if (feed->is_started && !feed->is_closed) {
        ring_close(feed->ring);
        wake_thread(feed);
    }
    feed->is_closed = true;
}

const struct log_account *log_feed_account(const struct log_feed *feed)
{
    return &feed->kept.account;
}
