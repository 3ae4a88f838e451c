/* How long a block is tried, and what becomes of it then: the server is a thread of this test. That blocks are there
 * once is asked of real ones (tests/clickhouse/test_ingest.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/civil_time.h"
#include "base/limits.h"
#include "clickhouse/block_sender.h"
#include "scripted_server.h"

struct script {
    const char *insert; /* what an INSERT is answered with; NULL: nothing */
    int insert_status;
    const char *running; /* queries of ours that are still at it */
    atomic_int inserts;
};

static int answer(void *context, str query, struct strbuf *reply)
{
    struct script *script = context;
    if (str_contains(query, STR("SELECT version()"))) {
        strbuf_append(reply, STR("24.8.1\tUTC\n"));
    } else if (str_contains(query, STR("system.processes"))) {
        strbuf_append(reply, str_from_cstring(script->running));
    } else if (str_contains(query, STR("SELECT count()"))) {
        strbuf_append(reply, STR("0\n"));
    } else if (str_starts_with(query, STR("INSERT INTO"))) {
        (void)atomic_fetch_add(&script->inserts, 1);
        strbuf_append(reply, script->insert ? str_from_cstring(script->insert) : STR_EMPTY);
        return script->insert ? script->insert_status : 0;
    }
    return 200; /* and to KILL QUERY */
}

/* Sends one block of a row to the end; what the sender then says. */
static tocsin_status send_block(struct script *script, struct block_sender_options options, size_t hears_max,
                                str piece, struct error *err, uint64_t *ret_retries)
{
    struct scripted_server server = {.answer = answer, .context = script, .hears_max = hears_max};
    struct clickhouse_address node = {
        .host = "127.0.0.1", .database = "d", .user = "u", .cluster = "", .ca_file = "", .password_file = ""};
    struct block_sender *sender = NULL;
    struct block_job *job = block_job_create();
    bool is_taken = false;
    scripted_start(&server);
    node.port = server.port;
    options.nodes = &node;
    options.node_count = 1;
    options.connections = 1;
    *err = (struct error){0};
    assert_non_null(job);
    job->rows = 1;
    job->may_be_there = true;
    job->pieces = &piece;
    job->piece_count = 1;
    strbuf_append(&job->columns, STR("(`a`)"));
    assert_int_equal(block_sender_create(&options, &sender, err), TOCSIN_OK);
    assert_int_equal(block_sender_offer(sender, job, &is_taken, err), TOCSIN_OK);
    assert_true(is_taken);
    while (block_sender_pending(sender) > 0) {
        block_job_free(block_sender_take_done(sender, true));
    }
    tocsin_status status = block_sender_status(sender, err);
    *ret_retries = block_sender_retries(sender);
    block_sender_free(sender);
    scripted_stop(&server);
    return status;
}

static void a_block_that_arrives(void **state)
{
    struct script script = {.insert = "", .insert_status = 200, .running = "0\n"};
    struct error err;
    uint64_t retries;
    assert_int_equal(send_block(&script, (struct block_sender_options){0}, 0, STR("rows"), &err, &retries), TOCSIN_OK);
    assert_int_equal(script.inserts, 1);
    assert_int_equal(retries, 0);
}

/* A server that cannot now is tried again, but not for ever. */
static void trying_has_an_end(void **state)
{
    struct script script = {.insert = "Code: 242. DB::Exception: Table is in readonly mode",
                            .insert_status = 500,
                            .running = "0\n"};
    const struct block_sender_options options = {.retry_ms = 250};
    struct error err;
    uint64_t retries;
    int64_t begun = clock_monotonic_ns();
    tocsin_status status = send_block(&script, options, 0, STR("rows"), &err, &retries);
    assert_int_not_equal(status, TOCSIN_OK);
    assert_non_null(strstr(err.message, "readonly"));
    assert_true(script.inserts > 1 && (uint64_t)script.inserts == retries + 1);
    assert_true(clock_monotonic_ns() - begun >= INT64_C(250) * 1000000);
}

/* Where the block may still be on its way nothing is sent. */
static void waiting_for_quiet_has_an_end(void **state)
{
    struct script script = {.insert = "", .insert_status = 200, .running = "1\n"};
    const struct block_sender_options options = {.retry_ms = 1, .quiet_ms = 150};
    struct error err;
    uint64_t retries;
    int64_t begun = clock_monotonic_ns();
    assert_int_equal(send_block(&script, options, 0, STR("rows"), &err, &retries), TOCSIN_ERROR_OUTPUT);
    assert_non_null(strstr(err.message, "still at an insert"));
    assert_int_equal(script.inserts, 0);
    assert_true(clock_monotonic_ns() - begun >= INT64_C(150) * 1000000);
}

static void a_server_that_says_nothing_is_given_up(void **state)
{
    struct script script = {.running = "0\n"};
    const struct block_sender_options options = {.retry_ms = 1, .silence_ms = 300};
    struct error err;
    uint64_t retries;
    assert_int_equal(send_block(&script, options, 0, STR("rows"), &err, &retries), TOCSIN_ERROR_INPUT);
    assert_non_null(strstr(err.message, "said nothing for too long"));
    assert_int_equal(script.inserts, 1);
}

/* A block is taken apart for the row that the server refuses, if there is room for it in one piece. */
static void a_block_too_large_to_be_taken_apart(void **state)
{
    struct script script = {.insert = "Code: 117. DB::Exception: Incorrect data", .insert_status = 500, .running = "0"};
    struct error err;
    uint64_t retries;
    size_t bytes = (size_t)LIMIT_CLICKHOUSE_BODY_BYTES + 1;
    char *zeros = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(zeros != MAP_FAILED);
    assert_int_equal(send_block(&script, (struct block_sender_options){0}, 0, STR("row"), &err, &retries), TOCSIN_OK);
    assert_int_equal(send_block(&script, (struct block_sender_options){0}, MEBI, str_from(zeros, bytes), &err,
                                &retries),
                     TOCSIN_ERROR_MEMORY);
    assert_int_equal(script.inserts, 2);
    (void)munmap(zeros, bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_that_arrives),
        cmocka_unit_test(trying_has_an_end),
        cmocka_unit_test(waiting_for_quiet_has_an_end),
        cmocka_unit_test(a_server_that_says_nothing_is_given_up),
        cmocka_unit_test(a_block_too_large_to_be_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
