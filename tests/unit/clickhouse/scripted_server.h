/* For tests: a server of HTTP that is a thread, whose answers are those of a function. One connection at a time, and
 * one request on each. */
#ifndef SCRIPTED_SERVER_H
#define SCRIPTED_SERVER_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "clickhouse/clickhouse_session.h"

struct scripted_server {
    /* Appends the body of the answer, and gives its HTTP status; 0: there is none until the client leaves. */
    int (*answer)(void *context, str query, struct strbuf *reply);
    void *context;
    size_t hears_max; /* of a request: the answer comes then, whatever more there would be; 0: no limit */
    uint16_t port;
    int listener;
    pthread_t thread;
};

static void scripted_send(int connection, str bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(connection, bytes.data, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        bytes = str_skip(bytes, (size_t)sent);
    }
}

/* Head and body; gives where the body begins. 0: the client has left. */
static size_t scripted_receive(const struct scripted_server *server, int connection, struct strbuf *request,
                               bool *ret_is_whole)
{
    static char piece[256 * KIBI];
    size_t begin = 0;
    size_t wanted = SIZE_MAX;
    while (request->len < wanted && (server->hears_max == 0 || request->len < server->hears_max)) {
        ssize_t got = recv(connection, piece, sizeof(piece), 0);
        if (got <= 0) {
            return 0;
        }
        strbuf_append(request, str_from(piece, (size_t)got));
        size_t head = begin == 0 ? str_find(strbuf_str(request), STR("\r\n\r\n"), 0) : SIZE_MAX;
        if (head != SIZE_MAX) {
            size_t length = str_find(strbuf_str(request), STR("Content-Length: "), 0);
            begin = head + 4;
            wanted = begin + (length < head ? strtoull(request->data + length + 16, NULL, 10) : 0);
        }
    }
    *ret_is_whole = request->len >= wanted;
    return begin;
}

static void scripted_serve(const struct scripted_server *server, int connection)
{
    struct strbuf request;
    struct strbuf reply;
    char rest[4096];
    strbuf_init(&request, 256 * MEBI);
    strbuf_init(&reply, 256 * MEBI);
    bool is_whole = false;
    size_t begin = scripted_receive(server, connection, &request, &is_whole);
    if (begin > 0) {
        int status = server->answer(server->context, str_skip(strbuf_str(&request), begin), &reply);
        if (status != 0) {
            char head[100];
            int count = snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n", status, reply.len);
            scripted_send(connection, str_from(head, (size_t)count));
            scripted_send(connection, strbuf_str(&reply));
            (void)shutdown(connection, SHUT_WR);
        }
        while ((status == 0 || !is_whole) && recv(connection, rest, sizeof(rest), 0) > 0) {
        }
    }
    strbuf_release(&request);
    strbuf_release(&reply);
}

static void *scripted_run(void *context)
{
    const struct scripted_server *server = context;
    int connection;
    while ((connection = accept(server->listener, NULL, NULL)) >= 0) {
        scripted_serve(server, connection);
        (void)close(connection);
    }
    return NULL;
}

/* Without `answer` it takes connections, and says nothing. */
static void scripted_start(struct scripted_server *server)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(place);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&place, size), 0);
    assert_int_equal(listen(server->listener, 10), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&place, &size), 0);
    server->port = ntohs(place.sin_port);
    if (server->answer) {
        assert_int_equal(pthread_create(&server->thread, NULL, scripted_run, server), 0);
    }
}

static void scripted_stop(struct scripted_server *server)
{
    (void)shutdown(server->listener, SHUT_RDWR);
    if (server->answer) {
        (void)pthread_join(server->thread, NULL);
    }
    (void)close(server->listener);
}

#endif
