#include "format/read_ahead.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>

#include "base/memory.h"

enum state { STATE_IDLE, STATE_ASKED, STATE_DONE, STATE_OVER };

struct read_ahead {
    pthread_mutex_t mutex;
    pthread_cond_t is_asked;
    pthread_cond_t is_done;
    pthread_t thread;
    enum state state;
    struct read_request request;
    struct read_answer answer;
    unsigned turn;
    struct raw_lines lines[2];
};

/* ---- its thread ---- */

static void read_piece(struct read_ahead *ahead)
{
    const struct read_request *request = &ahead->request;
    struct read_answer *answer = &ahead->answer;
    answer->status = TOCSIN_OK;
    answer->is_end = false;
    answer->end = request->end;
    answer->lines = NULL;
    while (answer->end < request->stop && answer->status == TOCSIN_OK && !answer->is_end) {
        size_t got = 0;
        answer->status = input_read(request->stream, request->buffer + answer->end, request->stop - answer->end, &got,
                                    &answer->failure);
        answer->end += answer->status == TOCSIN_OK ? got : 0;
        answer->is_end = answer->status == TOCSIN_OK && got == 0;
    }
    const char *from = request->buffer + request->from;
    if (request->finder && answer->end > request->from) {
        const char *last = memrchr(from, '\n', answer->end - request->from);
        if (last) {
            struct raw_lines *lines = &ahead->lines[ahead->turn++ % 2];
            raw_finder_lines(request->finder, from, last + 1, lines);
            answer->lines = lines;
        }
    }
}

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

static void *serve(void *context)
{
    struct read_ahead *ahead = context;
    lock(ahead);
    for (;;) {
        while (ahead->state != STATE_ASKED && ahead->state != STATE_OVER) {
            (void)pthread_cond_wait(&ahead->is_asked, &ahead->mutex);
        }
        if (ahead->state == STATE_OVER) {
            break;
        }
        unlock(ahead);
        read_piece(ahead);
        lock(ahead);
        ahead->state = STATE_DONE;
        (void)pthread_cond_signal(&ahead->is_done);
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

/* ---- life ---- */

struct read_ahead *read_ahead_create(void)
{
    struct read_ahead *ahead = memory_allocate_zeroed(1, sizeof(*ahead));
    if (!ahead) {
        return NULL;
    }
    if (pthread_mutex_init(&ahead->mutex, NULL) != 0) {
        memory_free(ahead);
        return NULL;
    }
    if (pthread_cond_init(&ahead->is_asked, NULL) == 0) {
        if (pthread_cond_init(&ahead->is_done, NULL) == 0) {
            if (start_thread(ahead)) {
                return ahead;
            }
            (void)pthread_cond_destroy(&ahead->is_done);
        }
        (void)pthread_cond_destroy(&ahead->is_asked);
    }
    (void)pthread_mutex_destroy(&ahead->mutex);
    memory_free(ahead);
    return NULL;
}

void read_ahead_free(struct read_ahead *ahead)
{
    if (!ahead) {
        return;
    }
    struct read_answer ignored;
    (void)read_ahead_wait(ahead, &ignored);
    lock(ahead);
    ahead->state = STATE_OVER;
    (void)pthread_cond_signal(&ahead->is_asked);
    unlock(ahead);
    int failure = pthread_join(ahead->thread, NULL);
    assert(failure == 0);
    (void)failure;
    (void)pthread_cond_destroy(&ahead->is_done);
    (void)pthread_cond_destroy(&ahead->is_asked);
    (void)pthread_mutex_destroy(&ahead->mutex);
    memory_free(ahead);
}

/* ---- the caller ---- */

void read_ahead_begin(struct read_ahead *ahead, const struct read_request *request)
{
    lock(ahead);
    assert(ahead->state == STATE_IDLE);
    ahead->request = *request;
    ahead->state = STATE_ASKED;
    (void)pthread_cond_signal(&ahead->is_asked);
    unlock(ahead);
}

bool read_ahead_wait(struct read_ahead *ahead, struct read_answer *ret_answer)
{
    lock(ahead);
    bool is_asked = ahead->state != STATE_IDLE;
    while (is_asked && ahead->state != STATE_DONE) {
        (void)pthread_cond_wait(&ahead->is_done, &ahead->mutex);
    }
    if (is_asked) {
        *ret_answer = ahead->answer;
        ahead->state = STATE_IDLE;
    }
    unlock(ahead);
    return is_asked;
}
