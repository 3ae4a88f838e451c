/* Addresses, answers as text, and a session with a server that is a thread of this test: it answers as it is told, in
 * part, wrongly or not at all. */
#include <arpa/inet.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "clickhouse/clickhouse_session.h"

/* ---- a server ---------------------------------------------------------------------------------------------------- */

enum { REQUEST_BYTES = 65536 };

static struct {
    int listener;
    uint16_t port;
    pthread_t thread;
    const char *version; /* of its first answer */
    const char *reply;   /* to what is no question for the version; NULL: `big_bytes` zeros */
    size_t reply_bytes;
    size_t big_bytes;
    bool keeps_silent;           /* behind the reply the connection stays open, until the client leaves */
    char request[REQUEST_BYTES]; /* the last one but KILL QUERY */
    size_t request_bytes;
    int kills;
    int requests;
    int refusals; /* so many answers are "no such table" first */
    pthread_mutex_t mutex;
} server = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void send_all(int connection, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t sent = send(connection, bytes, count, MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        bytes += sent;
        count -= (size_t)sent;
    }
}

static void send_text(int connection, const char *text)
{
    char head[200];
    size_t used = (size_t)snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(text));
    send_all(connection, head, used);
    send_all(connection, text, strlen(text));
}

/* Reads head and body. False: the client has left. */
static bool read_request(int connection, char *request, size_t *ret_bytes)
{
    size_t used = 0;
    size_t wanted = SIZE_MAX;
    while (used < wanted) {
        ssize_t got = recv(connection, request + used, REQUEST_BYTES - 1 - used, 0);
        if (got <= 0) {
            return false;
        }
        used += (size_t)got;
        request[used] = '\0';
        const char *end = strstr(request, "\r\n\r\n");
        const char *length = strstr(request, "Content-Length: ");
        if (end) {
            wanted = (size_t)(end + 4 - request) + (length ? strtoul(length + 16, NULL, 10) : 0);
        }
    }
    *ret_bytes = used;
    return true;
}

static void send_reply(int connection)
{
    if (server.reply) {
        send_all(connection, server.reply, server.reply_bytes);
        return;
    }
    char head[200];
    static char zeros[65536];
    size_t used =
        (size_t)snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", server.big_bytes);
    send_all(connection, head, used);
    for (size_t left = server.big_bytes; left > 0;) {
        size_t part = left < sizeof(zeros) ? left : sizeof(zeros);
        send_all(connection, zeros, part);
        left -= part;
    }
}

static void serve(int connection)
{
    static char request[REQUEST_BYTES];
    size_t bytes;
    while (read_request(connection, request, &bytes)) {
        if (strstr(request, "version()")) {
            send_text(connection, server.version);
            return;
        }
        (void)pthread_mutex_lock(&server.mutex);
        bool is_kill = strstr(request, "KILL QUERY") != NULL;
        server.kills += is_kill;
        if (!is_kill) {
            memcpy(server.request, request, bytes + 1);
            server.request_bytes = bytes;
            server.requests++;
        }
        (void)pthread_mutex_unlock(&server.mutex);
        if (is_kill) {
            send_text(connection, "");
            continue;
        }
        if (server.refusals > 0) {
            static const char no_table[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 66\r\n\r\nCode: 60, "
                                           "e.displayText() = DB::Exception: Table d.e doesn't exist";
            server.refusals--;
            send_all(connection, no_table, sizeof(no_table) - 1);
            return;
        }
        send_reply(connection);
        if (!server.keeps_silent) {
            return;
        }
    }
}

static void *run_server(void *context)
{
    int connection;
    while ((connection = accept(server.listener, NULL, NULL)) >= 0) {
        serve(connection);
        (void)close(connection);
    }
    return NULL;
}

static void start_server(void)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(place);
    server.listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server.listener, (struct sockaddr *)&place, size), 0);
    assert_int_equal(listen(server.listener, 10), 0);
    assert_int_equal(getsockname(server.listener, (struct sockaddr *)&place, &size), 0);
    server.port = ntohs(place.sin_port);
    server.version = "24.8.1\tUTC\n";
    server.reply = NULL;
    server.big_bytes = 0;
    server.keeps_silent = false;
    server.kills = 0;
    server.requests = 0;
    assert_int_equal(pthread_create(&server.thread, NULL, run_server, NULL), 0);
}

static void stop_server(void)
{
    (void)shutdown(server.listener, SHUT_RDWR);
    (void)pthread_join(server.thread, NULL);
    (void)close(server.listener);
}

static void set_reply(const char *reply)
{
    server.reply = reply;
    server.reply_bytes = strlen(reply);
}

/* ---- a client ---------------------------------------------------------------------------------------------------- */

struct client {
    struct arena arena;
    struct clickhouse_address address;
    struct clickhouse_session *session;
    struct error err;
};

static tocsin_status connect_to(struct client *client, const char *more, const struct clickhouse_options *options)
{
    char text[100];
    (void)snprintf(text, sizeof(text), "clickhouse://me@127.0.0.1:%u/d%%20b%s", server.port, more);
    *client = (struct client){0};
    arena_init(&client->arena, ARENA_NO_LIMIT);
    assert_int_equal(clickhouse_address_read(text, &client->arena, &client->address, &client->err), TOCSIN_OK);
    return clickhouse_session_open(&client->address, options, &client->session, &client->err);
}

static tocsin_status connect_client(struct client *client, const struct clickhouse_options *options)
{
    return connect_to(client, "", options);
}

static void leave(struct client *client)
{
    clickhouse_session_free(client->session);
    arena_release(&client->arena);
}

/* Sends and reads to the end; the number of bytes. */
static tocsin_status fetch(struct client *client, const char *data, size_t *ret_bytes, size_t *ret_most)
{
    const struct clickhouse_query query = {
        .sql = STR("SELECT 1 FORMAT Native"), .data = data ? str_from_cstring(data) : STR_EMPTY, .settings = "a=1"};
    tocsin_status status = clickhouse_query_send(client->session, &query, &client->err);
    *ret_bytes = 0;
    *ret_most = 0;
    while (status == TOCSIN_OK) {
        str piece;
        status = clickhouse_query_read(client->session, &piece, &client->err);
        *ret_bytes += status == TOCSIN_OK ? piece.len : 0;
        *ret_most = status == TOCSIN_OK && piece.len > *ret_most ? piece.len : *ret_most;
    }
    return status;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void addresses_are_read(void **state)
{
    struct arena arena;
    struct clickhouse_address address;
    arena_init(&arena, ARENA_NO_LIMIT);
    assert_int_equal(clickhouse_address_read("clickhouse://h.example/db", &arena, &address, NULL), TOCSIN_OK);
    assert_string_equal(address.host, "h.example");
    assert_int_equal(address.port, 8123);
    assert_string_equal(address.user, "default");
    assert_string_equal(address.cluster, "");
    assert_int_equal(clickhouse_address_read("clickhouse://a%40b@[::1]:99/d?cluster=c&tls=1&ca=/x%20y&password-file=p",
                                             &arena, &address, NULL),
                     TOCSIN_OK);
    assert_string_equal(address.host, "::1");
    assert_string_equal(address.user, "a@b");
    assert_int_equal(address.port, 99);
    assert_true(address.has_tls);
    assert_string_equal(address.cluster, "c");
    assert_string_equal(address.ca_file, "/x y");
    assert_string_equal(address.password_file, "p");
    assert_int_equal(clickhouse_address_read("clickhouse://h/db?tls=1", &arena, &address, NULL), TOCSIN_OK);
    assert_int_equal(address.port, 8443);
    static const char *const wrong[] = {"http://h/db",
                                        "clickhouse://h",
                                        "clickhouse://h/",
                                        "clickhouse:///db",
                                        "clickhouse://@h/db",
                                        "clickhouse://u:p@h/db",
                                        "clickhouse://h:0/db",
                                        "clickhouse://h:70000/db",
                                        "clickhouse://h:x/db",
                                        "clickhouse://[::1/db",
                                        "clickhouse://h/db?x=1",
                                        "clickhouse://h/db?tls=2",
                                        "clickhouse://h/db?password=x",
                                        "clickhouse://h/db?cluster=",
                                        "clickhouse://h/a/b",
                                        "clickhouse://h/%zz",
                                        "clickhouse://h/%0a",
                                        "clickhouse://h\r\nX/db",
                                        "clickhouse://h/db?ca=x",
                                        "clickhouse://u@h b/db",
                                        "clickhouse://h/db%00"};
    for (size_t i = 0; i < countof(wrong); i++) {
        struct error err = {0};
        if (clickhouse_address_read(wrong[i], &arena, &address, &err) != TOCSIN_ERROR_USAGE || !err.hint[0]) {
            fail_msg("%s: %s", wrong[i], err.message);
        }
    }
    arena_release(&arena);
}

static void text_answers_are_read(void **state)
{
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    str rest = STR("a\tb\\tc\\\\\\0\\'\n\t\n");
    str line;
    str field;
    assert_true(clickhouse_text_line(&rest, &line));
    assert_true(clickhouse_text_field(&line, &field));
    assert_true(str_eq(field, STR("a")));
    assert_true(clickhouse_text_field(&line, &field));
    assert_true(str_eq(clickhouse_text_value(&arena, field), STR("b\tc\\\0'")));
    assert_false(clickhouse_text_field(&line, &field));
    assert_true(clickhouse_text_line(&rest, &line));
    assert_true(clickhouse_text_field(&line, &field) && field.len == 0);
    assert_true(clickhouse_text_field(&line, &field) && field.len == 0);
    assert_false(clickhouse_text_field(&line, &field));
    assert_false(clickhouse_text_line(&rest, &line));
    arena_release(&arena);
}

static void an_answer_comes_in_pieces(void **state)
{
    struct client client;
    size_t bytes;
    size_t most;
    start_server();
    server.big_bytes = 5 * MEBI + 17;
    assert_int_equal(setenv("TOCSIN_CLICKHOUSE_PASSWORD", "pass word", 1), 0);
    assert_int_equal(connect_client(&client, NULL), TOCSIN_OK);
    (void)unsetenv("TOCSIN_CLICKHOUSE_PASSWORD");
    assert_int_equal(clickhouse_session_dialect(client.session), CLICKHOUSE_MODERN);
    assert_string_equal(clickhouse_session_version(client.session), "24.8.1");
    assert_string_equal(clickhouse_session_zone(client.session), "UTC");
    assert_int_equal(fetch(&client, NULL, &bytes, &most), TOCSIN_END);
    assert_int_equal(bytes, server.big_bytes);
    assert_true(most <= LIMIT_CLICKHOUSE_PIECE_BYTES);
    assert_non_null(strstr(server.request, "X-ClickHouse-User: me\r\n"));
    assert_non_null(strstr(server.request, "X-ClickHouse-Key: pass word\r\n"));
    assert_non_null(strstr(server.request, "POST /?database=d%20b&query_id=tocsin-"));
    assert_non_null(strstr(server.request, "&a=1 HTTP"));
    assert_int_equal(server.kills, 0);
    /* Given up in the middle: the query is killed. */
    const struct clickhouse_query query = {.sql = STR("SELECT 2"), .data = STR_EMPTY};
    str piece;
    assert_int_equal(clickhouse_query_send(client.session, &query, &client.err), TOCSIN_OK);
    do {
        assert_int_equal(clickhouse_query_read(client.session, &piece, &client.err), TOCSIN_OK);
    } while (piece.len == 0);
    clickhouse_query_end(client.session);
    assert_int_equal(server.kills, 1);
    leave(&client);
    stop_server();
}

static void data_is_sent_once(void **state)
{
    struct client client;
    size_t bytes;
    size_t most;
    start_server();
    set_reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(connect_client(&client, NULL), TOCSIN_OK);
    assert_int_equal(fetch(&client, "rows", &bytes, &most), TOCSIN_END);
    assert_string_equal(strstr(server.request, "\r\n\r\n") + 4, "SELECT 1 FORMAT Native\nrows");
    /* The connection ends without a word: nobody may send them again but the caller. */
    set_reply("");
    assert_int_equal(fetch(&client, "rows", &bytes, &most), TOCSIN_ERROR_INPUT);
    assert_int_equal(clickhouse_session_failure(client.session), CLICKHOUSE_UNCERTAIN);
    assert_int_equal(server.requests, 2);
    leave(&client);
    stop_server();
}

struct failure_case {
    const char *reply;
    tocsin_status status;
    enum clickhouse_failure failure;
    unsigned code;
    const char *words;
};

static void failures_are_told(void **state)
{
    static const struct failure_case cases[] = {
        {"", TOCSIN_ERROR_INPUT, CLICKHOUSE_UNCERTAIN, 0, "broke the connection off"},
        {"HTTP/1.1 20", TOCSIN_ERROR_INPUT, CLICKHOUSE_UNCERTAIN, 0, ""},
        {"HTTP/1.1 200 OK\r\nContent-Le", TOCSIN_ERROR_INPUT, CLICKHOUSE_UNCERTAIN, 0, ""},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", TOCSIN_ERROR_INPUT, CLICKHOUSE_UNCERTAIN, 0, "broke"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", TOCSIN_ERROR_INPUT, CLICKHOUSE_UNCERTAIN,
         0, "broke"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabcCode: 241. DB::Exception: Memory limit", TOCSIN_ERROR_LIMIT,
         CLICKHOUSE_REFUSED, 241, "Memory limit (code 241)"},
        {"HTTP/1.1 500 X\r\nContent-Length: 95\r\n\r\nCode: 60, e.displayText() = DB::Exception: Table default.events "
         "doesn't exist., e.what() = DB::Exc",
         TOCSIN_ERROR_CONFIG, CLICKHOUSE_REFUSED, 60, "Table default.events doesn't exist. (code 60)"},
        {"HTTP/1.1 401 X\r\nContent-Length: 67\r\n\r\nCode: 193, e.displayText() = DB::Exception: Wrong password for "
         "user g",
         TOCSIN_ERROR_CONFIG, CLICKHOUSE_REFUSED, 193, "Wrong password"},
        {"HTTP/1.1 404 X\r\nContent-Length: 9\r\n\r\nNot found", TOCSIN_ERROR_INPUT, CLICKHOUSE_REFUSED, 0,
         "like no ClickHouse"},
        {"SSH-2.0-OpenSSH\r\n", TOCSIN_ERROR_INPUT, CLICKHOUSE_UNCERTAIN, 0, ""},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        struct client client;
        size_t bytes;
        size_t most;
        start_server();
        set_reply(cases[i].reply);
        assert_int_equal(connect_client(&client, NULL), TOCSIN_OK);
        tocsin_status status = fetch(&client, NULL, &bytes, &most);
        if (status != cases[i].status || clickhouse_session_failure(client.session) != cases[i].failure ||
            clickhouse_session_code(client.session) != cases[i].code || !strstr(client.err.message, cases[i].words) ||
            !strstr(client.err.message, "127.0.0.1:") || !client.err.hint[0]) {
            fail_msg("case %zu: status %d, failure %d, '%s', '%s'", i, (int)status,
                     (int)clickhouse_session_failure(client.session), client.err.message, client.err.hint);
        }
        leave(&client);
        stop_server();
    }
}

static void an_exception_behind_rows_is_found(void **state)
{
    struct client client;
    size_t bytes;
    size_t most;
    start_server();
    set_reply("HTTP/1.1 200 OK\r\nContent-Length: 78\r\n\r\n\1\1aCode: 394, e.displayText() = DB::Exception: Query was "
              "cancelled, e.what() =");
    assert_int_equal(connect_client(&client, NULL), TOCSIN_OK);
    assert_int_equal(fetch(&client, NULL, &bytes, &most), TOCSIN_END);
    error_set(&client.err, TOCSIN_ERROR_INTERNAL, "no block");
    assert_int_equal(clickhouse_query_damaged(client.session, TOCSIN_ERROR_INTERNAL, &client.err), TOCSIN_ERROR_INPUT);
    assert_non_null(strstr(client.err.message, "Query was cancelled (code 394)"));
    assert_int_equal(clickhouse_session_code(client.session), 394);
    set_reply("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    assert_int_equal(fetch(&client, NULL, &bytes, &most), TOCSIN_END);
    client.err = (struct error){0};
    error_set(&client.err, TOCSIN_ERROR_INTERNAL, "no block");
    assert_int_equal(clickhouse_query_damaged(client.session, TOCSIN_ERROR_INTERNAL, &client.err),
                     TOCSIN_ERROR_INTERNAL);
    assert_string_equal(client.err.message, "no block");
    leave(&client);
    stop_server();
}

static bool is_interrupted(void *context)
{
    int *left = context;
    return (*left)-- <= 0;
}

static void who_waits_in_vain_stops(void **state)
{
    int left = 3;
    const struct clickhouse_options kinds[] = {
        {.silence_ms = 300},
        {.query_ms = 300},
        {.session_ms = 300},
        {.is_interrupted = is_interrupted, .context = &left},
    };
    static const tocsin_status statuses[] = {TOCSIN_ERROR_INPUT, TOCSIN_ERROR_LIMIT, TOCSIN_ERROR_LIMIT,
                                            TOCSIN_ERROR_CANCELLED};
    for (size_t i = 0; i < countof(kinds); i++) {
        struct client client;
        size_t bytes;
        size_t most;
        start_server();
        set_reply("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
        server.keeps_silent = true;
        left = 30;
        assert_int_equal(connect_client(&client, &kinds[i]), TOCSIN_OK);
        left = 3;
        assert_int_equal(fetch(&client, NULL, &bytes, &most), statuses[i]);
        assert_int_equal(clickhouse_session_failure(client.session), CLICKHOUSE_UNCERTAIN);
        leave(&client);
        stop_server();
        assert_int_equal(server.kills, 1);
    }
}

/* 18.16 in a cluster makes the table anew; elsewhere one that is not there will not come. */
static void a_table_comes_back(void **state)
{
    static const struct {
        const char *version;
        const char *more;
        const char *data;
        tocsin_status status;
    } kinds[] = {
        {"18.16.1\tUTC\n", "?cluster=c", NULL, TOCSIN_END},
        {"18.16.1\tUTC\n", "?cluster=c", "rows", TOCSIN_ERROR_CONFIG},
        {"18.16.1\tUTC\n", "", NULL, TOCSIN_ERROR_CONFIG},
        {"24.8.1\tUTC\n", "?cluster=c", NULL, TOCSIN_ERROR_CONFIG},
    };
    for (size_t i = 0; i < countof(kinds); i++) {
        struct client client;
        size_t bytes;
        size_t most;
        start_server();
        server.version = kinds[i].version;
        set_reply("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
        server.refusals = 3;
        assert_int_equal(connect_to(&client, kinds[i].more, NULL), TOCSIN_OK);
        assert_int_equal(fetch(&client, kinds[i].data, &bytes, &most), kinds[i].status);
        assert_int_equal(bytes, kinds[i].status == TOCSIN_END ? 3 : 0);
        assert_int_equal(server.requests, kinds[i].status == TOCSIN_END ? 4 : 1);
        leave(&client);
        stop_server();
        server.refusals = 0;
    }
}

/* Not for ever: each try is a request. */
static void a_table_that_does_not_come_back(void **state)
{
    struct client client;
    size_t bytes;
    size_t most;
    start_server();
    server.version = "18.16.1\tUTC\n";
    server.refusals = INT_MAX;
    assert_int_equal(connect_to(&client, "?cluster=c", &(struct clickhouse_options){.table_ms = 250}), TOCSIN_OK);
    assert_int_equal(fetch(&client, NULL, &bytes, &most), TOCSIN_ERROR_CONFIG);
    assert_int_equal(clickhouse_session_code(client.session), 60);
    assert_true(server.requests > 1 && server.requests < 50);
    leave(&client);
    stop_server();
    server.refusals = 0;
}

/* Its queue of connections is full: what comes on top gets no answer. */
static void a_server_that_takes_no_connection(void **state)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(place);
    int waiting[8];
    struct client client;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&place, size), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&place, &size), 0);
    server.port = ntohs(place.sin_port);
    for (size_t i = 0; i < countof(waiting); i++) {
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(waiting[i], (struct sockaddr *)&place, size);
    }
    assert_int_equal(connect_client(&client, &(struct clickhouse_options){.connect_ms = 200, .silence_ms = 60000}),
                     TOCSIN_ERROR_INPUT);
    assert_non_null(strstr(client.err.message, "does not answer"));
    leave(&client);
    for (size_t i = 0; i < countof(waiting); i++) {
        (void)close(waiting[i]);
    }
    (void)close(listener);
}

/* An answer that is wanted whole, one that is a refusal, a password, an id, and settings. */
static void what_is_too_long_is_refused(void **state)
{
    struct client client;
    struct strbuf answer;
    size_t bytes;
    size_t most;
    char *text = malloc(LIMIT_CLICKHOUSE_URL_BYTES + 1);
    assert_non_null(text);
    memset(text, 'a', LIMIT_CLICKHOUSE_URL_BYTES);
    text[LIMIT_CLICKHOUSE_URL_BYTES] = '\0';
    start_server();
    server.big_bytes = LIMIT_CLICKHOUSE_ANSWER_BYTES + 1;
    assert_int_equal(connect_client(&client, NULL), TOCSIN_OK);
    strbuf_init(&answer, LIMIT_CLICKHOUSE_ANSWER_BYTES);
    assert_int_equal(clickhouse_ask(client.session, STR("SELECT 1"), &answer, &client.err), TOCSIN_ERROR_LIMIT);
    strbuf_release(&answer);
    const struct clickhouse_query query = {.sql = STR("SELECT 1"), .data = STR_EMPTY, .settings = text};
    assert_int_equal(clickhouse_query_send(client.session, &query, &client.err), TOCSIN_ERROR_MEMORY);
    char *refusal = malloc(LIMIT_CLICKHOUSE_REFUSAL_BYTES * 2);
    assert_non_null(refusal);
    const char begin[] = "Code: 241. DB::Exception: much";
    int used = snprintf(refusal, 200, "HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n%s",
                        (int)LIMIT_CLICKHOUSE_REFUSAL_BYTES + 1000, begin);
    memset(refusal + used, '!', LIMIT_CLICKHOUSE_REFUSAL_BYTES + 1000);
    server.reply = refusal;
    server.reply_bytes = (size_t)used - strlen(begin) + LIMIT_CLICKHOUSE_REFUSAL_BYTES + 1000;
    assert_int_equal(fetch(&client, NULL, &bytes, &most), TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(client.err.message, "much"));
    leave(&client);
    text[LIMIT_CLICKHOUSE_PASSWORD_BYTES + 1] = '\0';
    assert_int_equal(setenv("TOCSIN_CLICKHOUSE_PASSWORD", text, 1), 0);
    assert_int_equal(connect_client(&client, NULL), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(client.err.message, "too long"));
    leave(&client);
    (void)unsetenv("TOCSIN_CLICKHOUSE_PASSWORD");
    stop_server();
    free(refusal);
    free(text);
}

static void not_every_server_will_do(void **state)
{
    static const char *const versions[] = {"18.14.9\tUTC\n", "23.8.1.1\tUTC\n", "hello", "", "x\ty\n"};
    struct client client;
    for (size_t i = 0; i < countof(versions); i++) {
        start_server();
        server.version = versions[i];
        tocsin_status status = connect_client(&client, NULL);
        assert_true(status == TOCSIN_ERROR_UNSUPPORTED || status == TOCSIN_ERROR_INPUT);
        assert_non_null(strstr(client.err.message, "ClickHouse at 127.0.0.1:"));
        leave(&client);
        stop_server();
    }
    start_server();
    stop_server(); /* nobody listens there now */
    assert_int_equal(connect_client(&client, NULL), TOCSIN_ERROR_INPUT);
    assert_non_null(strstr(client.err.message, "does not answer"));
    leave(&client);
}

static void passwords_come_from_files(void **state)
{
    char path[] = "/tmp/tocsin-password-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, "of a file\r\nmore\n", 16), 16);
    (void)close(file);
    struct client client;
    size_t bytes;
    size_t most;
    start_server();
    assert_int_equal(setenv("TOCSIN_CLICKHOUSE_PASSWORD", "wrong", 1), 0);
    assert_int_equal(setenv("TOCSIN_CLICKHOUSE_PASSWORD_FILE", path, 1), 0);
    assert_int_equal(connect_client(&client, NULL), TOCSIN_OK);
    assert_int_equal(fetch(&client, NULL, &bytes, &most), TOCSIN_END);
    assert_non_null(strstr(server.request, "X-ClickHouse-Key: of a file\r\n"));
    leave(&client);
    (void)unlink(path);
    assert_int_equal(connect_client(&client, NULL), TOCSIN_ERROR_CONFIG);
    leave(&client);
    (void)unsetenv("TOCSIN_CLICKHOUSE_PASSWORD_FILE");
    assert_int_equal(setenv("TOCSIN_CLICKHOUSE_PASSWORD", "a\r\nX-Evil: 1", 1), 0);
    assert_int_equal(connect_client(&client, NULL), TOCSIN_ERROR_CONFIG);
    leave(&client);
    (void)unsetenv("TOCSIN_CLICKHOUSE_PASSWORD");
    stop_server();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read),        cmocka_unit_test(text_answers_are_read),
        cmocka_unit_test(an_answer_comes_in_pieces), cmocka_unit_test(data_is_sent_once),
        cmocka_unit_test(failures_are_told),         cmocka_unit_test(an_exception_behind_rows_is_found),
        cmocka_unit_test(who_waits_in_vain_stops),   cmocka_unit_test(not_every_server_will_do),
        cmocka_unit_test(passwords_come_from_files), cmocka_unit_test(a_table_comes_back),
        cmocka_unit_test(what_is_too_long_is_refused), cmocka_unit_test(a_table_that_does_not_come_back),
        cmocka_unit_test(a_server_that_takes_no_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
