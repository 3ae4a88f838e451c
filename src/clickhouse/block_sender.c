#include "clickhouse/block_sender.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "base/civil_time.h"
#include "base/limits.h"
#include "base/memory.h"
#include "clickhouse/native_writer.h"

enum { WAIT_MS = 100, FIRST_PAUSE_MS = 100, LONGEST_PAUSE_MS = 5000, ID_TEXT_BYTES = 2 * LAYOUT_BLOCK_ID_BYTES + 1 };

struct block_sender {
    struct block_sender_options options;
    pthread_mutex_t mutex;
    pthread_cond_t work;  /* there is a job, or the end */
    pthread_cond_t space; /* a worker is free */
    pthread_cond_t done;
    struct block_job *waiting;
    struct block_job *ended;
    struct block_job **ended_end;
    uint32_t waiting_count;
    uint32_t pending;
    tocsin_status status;
    struct error error;
    pthread_t *threads;
    uint32_t thread_count;
    atomic_bool is_ending;
    atomic_uint_least64_t retries;
};

/* Where a block is sent. */
struct route {
    uint32_t node;
    bool is_straight; /* into the table of its shard */
};

struct worker {
    struct block_sender *sender;
    struct clickhouse_session **sessions; /* by node; NULL: none is open */
    struct clickhouse_session *session;   /* with the route's node */
    struct route route;
    uint32_t turn;    /* which of several nodes is taken first: it took the last block */
    uint32_t attempt; /* of all blocks: part of query ids */
};

/* ---- jobs ---- */

struct block_job *block_job_create(void)
{
    struct block_job *job = memory_allocate_zeroed(1, sizeof(*job));
    if (job) {
        strbuf_init(&job->data, LIMIT_CLICKHOUSE_BODY_BYTES);
        strbuf_init(&job->columns, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
        strbuf_init(&job->refused, LIMIT_CLICKHOUSE_BODY_BYTES);
    }
    return job;
}

void block_job_free(struct block_job *job)
{
    if (job) {
        native_writer_free(job->writer);
        strbuf_release(&job->data);
        strbuf_release(&job->columns);
        strbuf_release(&job->refused);
        memory_free(job);
    }
}

void block_jobs_free(struct block_job *first)
{
    while (first) {
        struct block_job *next = first->next;
        block_job_free(first);
        first = next;
    }
}

static void id_text(const uint8_t id[LAYOUT_BLOCK_ID_BYTES], char ret[ID_TEXT_BYTES])
{
    for (size_t i = 0; i < LAYOUT_BLOCK_ID_BYTES; i++) {
        snprintf(ret + 2 * i, 3, "%02x", id[i]);
    }
}

/* ---- sessions ---- */

static bool is_ending(void *context)
{
    struct block_sender *sender = context;
    return atomic_load(&sender->is_ending);
}

static tocsin_status connect(struct worker *worker, uint32_t node, struct error *err)
{
    uint32_t silence_ms = worker->sender->options.silence_ms;
    const struct clickhouse_options options = {.silence_ms = silence_ms ? silence_ms : LIMIT_CLICKHOUSE_INSERT_MS,
                                               .is_interrupted = is_ending,
                                               .context = worker->sender};
    worker->session = NULL;
    tocsin_status status = worker->sessions[node]
                               ? TOCSIN_OK
                               : clickhouse_session_open(&worker->sender->options.nodes[node], &options,
                                                         &worker->sessions[node], err);
    worker->session = worker->sessions[node];
    return status;
}

static void disconnect(struct worker *worker, uint32_t node)
{
    clickhouse_session_free(worker->sessions[node]);
    worker->sessions[node] = NULL;
    worker->session = NULL;
}

/* The nodes of the block's shard in turn, then another one through the Distributed table, and again. */
static struct route find_route(const struct worker *worker, const struct block_job *job, uint32_t attempt)
{
    const struct block_sender_options *options = &worker->sender->options;
    uint32_t shard = options->shards ? shard_map_find(options->shards, job->id) : 0;
    uint32_t nodes = 0;
    for (uint32_t i = 0; shard > 0 && i < options->node_count; i++) {
        nodes += options->node_shards[i] == shard;
    }
    if (nodes == 0 || attempt % (nodes + 1) == nodes) {
        return (struct route){.node = (worker->turn + attempt) % options->node_count};
    }
    uint32_t place = (worker->turn + attempt) % nodes;
    uint32_t node = 0;
    while (options->node_shards[node] != shard || place-- > 0) {
        node++;
    }
    return (struct route){.node = node, .is_straight = true};
}

/* ---- is it there? ---- */

static str database_of(const struct worker *worker)
{
    return str_from_cstring(worker->sender->options.nodes[worker->route.node].database);
}

static void append_table(const struct worker *worker, bool is_local, struct strbuf *sql)
{
    layout_append_name(sql, database_of(worker));
    strbuf_append(sql, is_local ? STR("." LAYOUT_EVENTS_LOCAL) : STR("." LAYOUT_EVENTS));
}

static tocsin_status ask_number(struct worker *worker, str sql, uint64_t *ret_number, struct error *err)
{
    struct strbuf answer;
    strbuf_init(&answer, LIMIT_CLICKHOUSE_NAME_BYTES);
    tocsin_status status = clickhouse_ask(worker->session, sql, &answer, err);
    if (status == TOCSIN_OK && !str_to_u64(str_trim(strbuf_str(&answer)), ret_number)) {
        status = error_set(err, TOCSIN_ERROR_INPUT, "the server did not answer with a number");
    }
    strbuf_release(&answer);
    return status;
}

/* Waits until no query of ours inserts the block any more. */
static tocsin_status wait_for_quiet(struct worker *worker, const char *id, struct error *err)
{
    struct strbuf sql;
    uint64_t running = 1;
    tocsin_status status = TOCSIN_OK;
    uint32_t quiet_ms = worker->sender->options.quiet_ms ? worker->sender->options.quiet_ms : LIMIT_CLICKHOUSE_QUIET_MS;
    int64_t until_ns = clock_monotonic_ns() + (int64_t)quiet_ms * 1000000;
    strbuf_init(&sql, LIMIT_CLICKHOUSE_NAME_BYTES);
    strbuf_append_format(&sql, "SELECT count() FROM system.processes WHERE initial_query_id LIKE 'tocsin-%s-%%'", id);
    while (status == TOCSIN_OK && running > 0) {
        status = ask_number(worker, strbuf_str(&sql), &running, err);
        if (status == TOCSIN_OK && running > 0) {
            if (clock_monotonic_ns() > until_ns || atomic_load(&worker->sender->is_ending)) {
                status = error_set(err, TOCSIN_ERROR_OUTPUT, "the server is still at an insert that was broken off");
                break;
            }
            const struct timespec pause = {.tv_nsec = WAIT_MS * 1000000L};
            (void)nanosleep(&pause, NULL);
        }
    }
    strbuf_release(&sql);
    return status;
}

static tocsin_status count_rows(struct worker *worker, const struct block_job *job, const char *id, uint64_t *ret_rows,
                                struct error *err)
{
    struct strbuf sql;
    strbuf_init(&sql, LIMIT_CLICKHOUSE_NAME_BYTES);
    strbuf_append(&sql, STR("SELECT count() FROM "));
    append_table(worker, worker->route.is_straight && !job->counts_all, &sql);
    strbuf_append(&sql, STR(" WHERE `_day` = toDate("));
    strbuf_append_u64(&sql, job->day);
    strbuf_append(&sql, STR(") AND `starttime` >= "));
    strbuf_append_i64(&sql, job->time_min_ms);
    strbuf_append(&sql, STR(" AND `starttime` <= "));
    strbuf_append_i64(&sql, job->time_max_ms);
    strbuf_append_format(&sql, " AND `_block` = toFixedString(unhex('%s'), 16)", id);
    tocsin_status status = sql.is_failed ? error_memory(err) : ask_number(worker, strbuf_str(&sql), ret_rows, err);
    strbuf_release(&sql);
    return status;
}

/* Where it was sent last it may still be inserted; a node that does not answer cannot be asked, and the other nodes of
 * its shard then tell the same block by its contents. */
static tocsin_status wait_for_others(struct worker *worker, const struct block_job *job, const char *id,
                                     struct error *err)
{
    uint32_t node = job->sent_node - 1;
    if (job->sent_node == 0 || node == worker->route.node) {
        return TOCSIN_OK;
    }
    struct error ignored = {0};
    tocsin_status status = connect(worker, node, &ignored);
    status = status == TOCSIN_OK ? wait_for_quiet(worker, id, &ignored) : TOCSIN_OK;
    if (status == TOCSIN_ERROR_OUTPUT) {
        *err = ignored;
        return status;
    }
    if (status != TOCSIN_OK) {
        disconnect(worker, node);
    }
    return connect(worker, worker->route.node, err);
}

/* Whole, or not at all: `events` keeps a block in one part of one table. */
static tocsin_status look_for(struct worker *worker, const struct block_job *job, bool *ret_is_there,
                              struct error *err)
{
    char id[ID_TEXT_BYTES];
    uint64_t rows = 0;
    id_text(job->id, id);
    tocsin_status status = wait_for_others(worker, job, id, err);
    status = status == TOCSIN_OK ? wait_for_quiet(worker, id, err) : status;
    status = status == TOCSIN_OK ? count_rows(worker, job, id, &rows, err) : status;
    if (status == TOCSIN_OK && rows != 0 && rows < job->rows) {
        status = error_set(err, TOCSIN_ERROR_INTERNAL, "block %s is there in part: %llu of %u rows", id,
                           (unsigned long long)rows, job->rows);
        error_hint(err, "delete the rows of this _block from %s, and go on", LAYOUT_EVENTS);
    }
    *ret_is_there = status == TOCSIN_OK && rows > 0;
    return status;
}

/* ---- sending ---- */

static const char *settings_of(const struct worker *worker)
{
    bool is_modern = clickhouse_session_dialect(worker->session) == CLICKHOUSE_MODERN;
    bool has_cluster = worker->sender->options.has_cluster && !worker->route.is_straight;
    return is_modern ? (has_cluster ? "async_insert=0&distributed_foreground_insert=1&insert_deduplicate=1"
                                    : "async_insert=0&insert_deduplicate=1")
                     : (has_cluster ? "insert_distributed_sync=1&insert_deduplicate=1" : "insert_deduplicate=1");
}

static tocsin_status insert(struct worker *worker, const struct block_job *job, struct error *err)
{
    char id[ID_TEXT_BYTES];
    char query_id[ID_TEXT_BYTES + 48];
    char settings[256];
    struct strbuf sql;
    id_text(job->id, id);
    snprintf(query_id, sizeof(query_id), "tocsin-%s-%u-%llx", id, ++worker->attempt,
             (unsigned long long)clock_monotonic_ns());
    bool is_modern = clickhouse_session_dialect(worker->session) == CLICKHOUSE_MODERN;
    snprintf(settings, sizeof(settings), "%s%s%s", settings_of(worker),
             is_modern ? "&insert_deduplication_token=" : "", is_modern ? id : "");
    strbuf_init(&sql, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    strbuf_append(&sql, STR("INSERT INTO "));
    append_table(worker, worker->route.is_straight, &sql);
    strbuf_append_char(&sql, ' ');
    strbuf_append(&sql, strbuf_str(&job->columns));
    strbuf_append(&sql, STR(" FORMAT Native"));
    const struct clickhouse_query query = {.sql = strbuf_str(&sql),
                                           .settings = settings,
                                           .query_id = query_id,
                                           .data = strbuf_str(&job->data),
                                           .pieces = job->pieces,
                                           .piece_count = job->piece_count};
    tocsin_status status = sql.is_failed ? error_memory(err) : clickhouse_command(worker->session, &query, err);
    strbuf_release(&sql);
    return status;
}

/* What the server may do later on: its own numbers for errors. */
static bool may_pass(unsigned code)
{
    static const unsigned codes[] = {
        3 /* unexpected end of file */,     16 /* no such column: not yet on this replica */,
        32 /* attempt to read after eof */, 60 /* no such table: it is made anew */,
        74, 75 /* file: cannot read, write */,
        101 /* unexpected packet */,        159 /* timeout */,
        173 /* cannot allocate memory */,
        198 /* DNS */,                      201 /* quota */,
        202 /* too many queries */,         203 /* no free connection */,
        209 /* socket timeout */,           210 /* network */,
        225 /* no ZooKeeper */,             236 /* aborted */,
        241 /* memory limit */,             242 /* table is read-only */,
        243 /* no space */,                 244 /* unexpected ZooKeeper error */,
        252 /* too many parts */,           254 /* no active replicas */,
        279 /* all connections failed */,   285 /* too few live replicas */,
        286 /* unsatisfied quorum */,       319 /* unknown status of insert */,
        394 /* killed */,                   415 /* all replicas lost */,
        425 /* system error */,             439 /* cannot schedule a task */,
        999 /* ZooKeeper */,                1000 /* exception of a library */,
    };
    for (size_t i = 0; i < countof(codes); i++) {
        if (codes[i] == code) {
            return true;
        }
    }
    return false;
}

/* It is some row that the server does not take. */
static bool is_about_rows(unsigned code)
{
    static const unsigned codes[] = {6, 26, 27 /* cannot parse */, 33 /* cannot read all data */,
                                     41 /* cannot parse time */, 69 /* argument out of bounds */,
                                     70 /* cannot convert */,    72 /* cannot parse number */,
                                     117 /* incorrect data */,   131 /* too large string */,
                                     349 /* null in a column without */, 395 /* thrown on purpose */,
                                     407 /* decimal overflow */, 469 /* a constraint */};
    for (size_t i = 0; i < countof(codes); i++) {
        if (codes[i] == code) {
            return true;
        }
    }
    return false;
}

enum outcome { BLOCK_THERE, BLOCK_AGAIN, BLOCK_REFUSED, BLOCK_HOPELESS };

/* One attempt. */
static enum outcome try(struct worker *worker, struct block_job *job, struct error *err)
{
    bool is_there = false;
    tocsin_status status = connect(worker, worker->route.node, err);
    if (status != TOCSIN_OK) {
        /* A wrong password or an old server will not get better; a server that is not there may come. */
        return status == TOCSIN_ERROR_INPUT || status == TOCSIN_ERROR_OUTPUT ? BLOCK_AGAIN : BLOCK_HOPELESS;
    }
    if (job->may_be_there) {
        status = look_for(worker, job, &is_there, err);
        job->was_there |= is_there;
    }
    if (status == TOCSIN_OK && is_there) {
        return BLOCK_THERE;
    }
    status = status == TOCSIN_OK ? insert(worker, job, err) : status;
    if (status == TOCSIN_OK) {
        return BLOCK_THERE;
    }
    if (status == TOCSIN_ERROR_MEMORY || status == TOCSIN_ERROR_INTERNAL || status == TOCSIN_ERROR_CANCELLED) {
        return BLOCK_HOPELESS;
    }
    if (!worker->session) { /* lost while another was asked */
        return BLOCK_AGAIN;
    }
    enum clickhouse_failure failure = clickhouse_session_failure(worker->session);
    unsigned code = clickhouse_session_code(worker->session);
    if (failure == CLICKHOUSE_REFUSED && is_about_rows(code)) {
        return BLOCK_REFUSED;
    }
    if (failure == CLICKHOUSE_REFUSED && !may_pass(code)) {
        return BLOCK_HOPELESS;
    }
    if (failure != CLICKHOUSE_NOT_SENT) {
        job->may_be_there = true;
        job->sent_node = worker->route.node + 1;
        job->counts_all |= !worker->route.is_straight;
    }
    return BLOCK_AGAIN;
}

static void pause_for(struct block_sender *sender, uint32_t ms)
{
    for (uint32_t waited = 0; waited < ms && !atomic_load(&sender->is_ending); waited += WAIT_MS) {
        const struct timespec pause = {.tv_nsec = WAIT_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
    }
}

/* Until it is there, or refused, or time is over. */
static enum outcome send(struct worker *worker, struct block_job *job, struct error *err)
{
    struct block_sender *sender = worker->sender;
    uint32_t retry_ms = sender->options.retry_ms ? sender->options.retry_ms : LIMIT_CLICKHOUSE_RETRY_MS;
    int64_t until_ns = clock_monotonic_ns() + (int64_t)retry_ms * 1000000;
    uint32_t pause_ms = FIRST_PAUSE_MS;
    for (uint32_t attempt = 0;; attempt++) {
        struct error error = {0};
        worker->route = find_route(worker, job, attempt);
        enum outcome outcome = try(worker, job, &error);
        if (outcome != BLOCK_AGAIN) {
            worker->turn += outcome == BLOCK_THERE ? attempt : 0;
            *err = error;
            return outcome;
        }
        disconnect(worker, worker->route.node);
        if (clock_monotonic_ns() > until_ns || atomic_load(&sender->is_ending)) {
            *err = error;
            return BLOCK_HOPELESS;
        }
        (void)atomic_fetch_add(&sender->retries, 1);
        pause_for(sender, pause_ms);
        pause_ms = pause_ms * 2 < LONGEST_PAUSE_MS ? pause_ms * 2 : LONGEST_PAUSE_MS;
    }
}

/* ---- rows that are refused ---- */

/* The block in one piece. */
static tocsin_status join_pieces(struct block_job *job, struct error *err)
{
    for (size_t i = 0; i < job->piece_count; i++) {
        strbuf_append(&job->data, job->pieces[i]);
    }
    job->pieces = NULL;
    job->piece_count = 0;
    return job->data.is_failed ? error_memory(err) : TOCSIN_OK;
}

/* Rows `first` .. of the job as a job; its id follows from the block's, so that it is the same whenever the same rows
 * are refused. */
static struct block_job *part_of(const struct block_job *job, uint32_t first, uint32_t count, struct error *err)
{
    struct block_job *part = block_job_create();
    if (!part) {
        error_memory(err);
        return NULL;
    }
    *part = (struct block_job){.day = job->day,
                               .rows = count,
                               .time_min_ms = job->time_min_ms,
                               .time_max_ms = job->time_max_ms,
                               .may_be_there = true,
                               .counts_all = true,
                               .data = part->data,
                               .columns = part->columns,
                               .refused = part->refused};
    uint32_t salt[2] = {first, count};
    uint64_t hash = str_hash((str){(const char *)salt, sizeof(salt)}, 1);
    for (size_t i = 0; i < LAYOUT_BLOCK_ID_BYTES; i++) {
        part->id[i] = job->id[i] ^ (uint8_t)(hash >> (i % 8 * 8)) ^ (uint8_t)(i < 8 ? 0 : 0x5A);
    }
    strbuf_append(&part->columns, strbuf_str(&job->columns));
    tocsin_status status = native_block_part(strbuf_str(&job->data), first, count, part->id, &part->data, err);
    if (status != TOCSIN_OK || part->columns.is_failed) {
        block_job_free(part);
        return NULL;
    }
    return part;
}

static enum outcome send_halves(struct worker *worker, struct block_job *job, struct error *err);

static enum outcome send_part(struct worker *worker, struct block_job *job, uint32_t first, uint32_t count,
                              struct error *err)
{
    struct block_job *part = part_of(job, first, count, err);
    if (!part) {
        return BLOCK_HOPELESS;
    }
    enum outcome outcome = send(worker, part, err);
    if (outcome == BLOCK_REFUSED) {
        outcome = send_halves(worker, part, err);
        strbuf_append(&job->refused, strbuf_str(&part->refused));
        job->refused_rows += part->refused_rows;
        job->refusal = part->refusal;
        outcome = job->refused.is_failed ? BLOCK_HOPELESS : outcome;
    }
    block_job_free(part);
    return outcome;
}

static enum outcome send_halves(struct worker *worker, struct block_job *job, struct error *err)
{
    if (join_pieces(job, err) != TOCSIN_OK) {
        return BLOCK_HOPELESS;
    }
    if (job->rows == 1) {
        strbuf_append(&job->refused, strbuf_str(&job->data));
        job->refused_rows = 1;
        job->refusal = *err;
        return BLOCK_THERE;
    }
    uint32_t half = job->rows / 2;
    enum outcome outcome = send_part(worker, job, 0, half, err);
    return outcome == BLOCK_THERE ? send_part(worker, job, half, job->rows - half, err) : outcome;
}

/* ---- workers ---- */

static struct block_job *take_job(struct block_sender *sender)
{
    struct block_job *job = NULL;
    pthread_mutex_lock(&sender->mutex);
    while (!sender->waiting && !atomic_load(&sender->is_ending) && sender->status == TOCSIN_OK) {
        pthread_cond_wait(&sender->work, &sender->mutex);
    }
    if (!atomic_load(&sender->is_ending) && sender->status == TOCSIN_OK) {
        job = sender->waiting;
        sender->waiting = job->next;
        sender->waiting_count--;
        job->next = NULL;
        pthread_cond_signal(&sender->space);
    }
    pthread_mutex_unlock(&sender->mutex);
    return job;
}

static void end_job(struct block_sender *sender, struct block_job *job, bool is_hopeless, const struct error *err)
{
    pthread_mutex_lock(&sender->mutex);
    if (is_hopeless) {
        if (sender->status == TOCSIN_OK) {
            sender->status = err->status;
            sender->error = *err;
        }
        sender->pending--;
        pthread_cond_broadcast(&sender->work);
        pthread_cond_broadcast(&sender->space);
    } else {
        *sender->ended_end = job;
        sender->ended_end = &job->next;
    }
    pthread_cond_broadcast(&sender->done);
    pthread_mutex_unlock(&sender->mutex);
    if (is_hopeless) {
        block_job_free(job);
    }
}

static void free_worker(struct worker *worker)
{
    for (uint32_t i = 0; worker && worker->sessions && i < worker->sender->options.node_count; i++) {
        clickhouse_session_free(worker->sessions[i]);
    }
    memory_free(worker ? worker->sessions : NULL);
    memory_free(worker);
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct block_job *job;
    while ((job = take_job(worker->sender)) != NULL) {
        struct error error = {0};
        enum outcome outcome = send(worker, job, &error);
        if (outcome == BLOCK_REFUSED) {
            outcome = send_halves(worker, job, &error);
        }
        end_job(worker->sender, job, outcome != BLOCK_THERE, &error);
    }
    free_worker(worker);
    return NULL;
}

static tocsin_status start_worker(struct block_sender *sender, uint32_t number, struct error *err)
{
    struct worker *worker = memory_allocate_zeroed(1, sizeof(*worker));
    struct clickhouse_session **sessions = memory_allocate_zeroed(sender->options.node_count, sizeof(*sessions));
    sigset_t all;
    sigset_t before;
    if (!worker || !sessions) {
        memory_free(worker);
        memory_free(sessions);
        return error_memory(err);
    }
    *worker = (struct worker){.sender = sender, .sessions = sessions, .turn = number};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&sender->threads[number], NULL, work, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure != 0) {
        free_worker(worker);
        return error_system(err, TOCSIN_ERROR_MEMORY, failure, "cannot start a thread");
    }
    sender->thread_count++;
    return TOCSIN_OK;
}

tocsin_status block_sender_create(const struct block_sender_options *options, struct block_sender **ret_sender,
                                  struct error *err)
{
    struct block_sender *sender = memory_allocate_zeroed(1, sizeof(*sender));
    pthread_t *threads = memory_allocate_zeroed(options->connections, sizeof(*threads));
    if (!sender || !threads) {
        memory_free(sender);
        memory_free(threads);
        return error_memory(err);
    }
    sender->options = *options;
    sender->threads = threads;
    sender->ended_end = &sender->ended;
    pthread_mutex_init(&sender->mutex, NULL);
    pthread_cond_init(&sender->work, NULL);
    pthread_cond_init(&sender->space, NULL);
    pthread_cond_init(&sender->done, NULL);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < options->connections; i++) {
        status = start_worker(sender, i, err);
    }
    if (status != TOCSIN_OK) {
        block_sender_free(sender);
        return status;
    }
    *ret_sender = sender;
    return TOCSIN_OK;
}

void block_sender_free(struct block_sender *sender)
{
    if (!sender) {
        return;
    }
    pthread_mutex_lock(&sender->mutex);
    atomic_store(&sender->is_ending, true);
    pthread_cond_broadcast(&sender->work);
    pthread_mutex_unlock(&sender->mutex);
    for (uint32_t i = 0; i < sender->thread_count; i++) {
        pthread_join(sender->threads[i], NULL);
    }
    block_jobs_free(sender->waiting);
    block_jobs_free(sender->ended);
    pthread_cond_destroy(&sender->work);
    pthread_cond_destroy(&sender->space);
    pthread_cond_destroy(&sender->done);
    pthread_mutex_destroy(&sender->mutex);
    memory_free(sender->threads);
    memory_free(sender);
}

/* ---- the caller's side ---- */

static void wait_briefly(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WAIT_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    (void)pthread_cond_timedwait(condition, mutex, &until);
}

tocsin_status block_sender_offer(struct block_sender *sender, struct block_job *job, bool *ret_is_taken,
                                 struct error *err)
{
    pthread_mutex_lock(&sender->mutex);
    if (sender->status == TOCSIN_OK && sender->waiting_count >= sender->thread_count) {
        wait_briefly(&sender->space, &sender->mutex);
    }
    tocsin_status status = sender->status;
    bool is_taken = status == TOCSIN_OK && sender->waiting_count < sender->thread_count;
    if (is_taken) {
        struct block_job **end = &sender->waiting;
        while (*end) {
            end = &(*end)->next;
        }
        *end = job;
        job->next = NULL;
        sender->waiting_count++;
        sender->pending++;
        pthread_cond_signal(&sender->work);
    }
    if (status != TOCSIN_OK && err) {
        *err = sender->error;
    }
    pthread_mutex_unlock(&sender->mutex);
    *ret_is_taken = is_taken;
    return status;
}

struct block_job *block_sender_take_done(struct block_sender *sender, bool waits)
{
    pthread_mutex_lock(&sender->mutex);
    if (!sender->ended && waits && sender->pending > 0 && sender->status == TOCSIN_OK) {
        wait_briefly(&sender->done, &sender->mutex);
    }
    struct block_job *job = sender->ended;
    if (job) {
        sender->ended = job->next;
        sender->ended_end = sender->ended ? sender->ended_end : &sender->ended;
        sender->pending--;
        job->next = NULL;
    }
    pthread_mutex_unlock(&sender->mutex);
    return job;
}

uint32_t block_sender_pending(struct block_sender *sender)
{
    pthread_mutex_lock(&sender->mutex);
    uint32_t pending = sender->pending;
    pthread_mutex_unlock(&sender->mutex);
    return pending;
}

tocsin_status block_sender_status(struct block_sender *sender, struct error *err)
{
    pthread_mutex_lock(&sender->mutex);
    tocsin_status status = sender->status;
    if (status != TOCSIN_OK) {
        *err = sender->error;
    }
    pthread_mutex_unlock(&sender->mutex);
    return status;
}

uint64_t block_sender_retries(struct block_sender *sender)
{
    return atomic_load(&sender->retries);
}
