#include "host/http_stand_in.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/limits.h"

#define CONTAINER_ID "5f0c1d2e3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5"

struct route {
    enum stand_in_kind kind;
    str path; /* without query and version */
    str body;
};

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }

static const struct route routes[] = {
    {STAND_IN_DOCKER, TEXT("/_ping"), TEXT("OK")},
    {STAND_IN_DOCKER, TEXT("/version"),
     TEXT("{\"Version\":\"0.0.0-stand-in\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\",\"Os\":\"linux\","
          "\"Arch\":\"amd64\"}")},
    {STAND_IN_DOCKER, TEXT("/containers/json"),
     TEXT("[{\"Id\":\"" CONTAINER_ID "\",\"Names\":[\"/stand-in\"],\"Image\":\"stand-in\",\"ImageID\":\"\","
          "\"Command\":\"sleep\",\"Created\":0,\"Ports\":[],\"Labels\":{},\"State\":\"running\","
          "\"Status\":\"Up 1 minute\",\"HostConfig\":{\"NetworkMode\":\"none\"},"
          "\"NetworkSettings\":{\"Networks\":{}},\"Mounts\":[]}]")},
    {STAND_IN_DOCKER, TEXT("/containers/" CONTAINER_ID "/json"),
     TEXT("{\"Id\":\"" CONTAINER_ID "\",\"Name\":\"/stand-in\",\"State\":{\"Status\":\"running\",\"Running\":true},"
          "\"Config\":{\"Image\":\"stand-in\",\"Env\":[\"DB_PASSWORD=dummy-and-of-no-use\",\"PATH=/bin\"]}}")},
    {STAND_IN_KUBERNETES, TEXT("/api"), TEXT("{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}")},
    {STAND_IN_KUBERNETES, TEXT("/apis"), TEXT("{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[]}")},
    {STAND_IN_KUBERNETES, TEXT("/version"),
     TEXT("{\"major\":\"1\",\"minor\":\"32\",\"gitVersion\":\"v1.32.0-stand-in\",\"platform\":\"linux/amd64\"}")},
    {STAND_IN_KUBERNETES, TEXT("/api/v1"),
     TEXT("{\"kind\":\"APIResourceList\",\"groupVersion\":\"v1\",\"resources\":[{\"name\":\"secrets\","
          "\"singularName\":\"secret\",\"namespaced\":true,\"kind\":\"Secret\",\"verbs\":[\"get\",\"list\"]}]}")},
    {STAND_IN_KUBERNETES, TEXT("/api/v1/secrets"),
     TEXT(
         "{\"kind\":\"SecretList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[{"
         "\"metadata\":{\"name\":\"stand-in\",\"namespace\":\"tocsin\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"},"
         "\"type\":\"Opaque\",\"data\":{\"password\":\"ZHVtbXktYW5kLW9mLW5vLXVzZQ==\"}}]}")},
};

/* "/v1.41/containers/json?all=1": what is asked for, without the version of Docker's API and the query. */
static str plain_target(enum stand_in_kind kind, str target)
{
    target = str_slice(target, 0, str_find_char(target, '?', 0));
    if (kind == STAND_IN_DOCKER && str_starts_with(target, STR("/v1."))) {
        size_t end = str_find_char(target, '/', 1);
        target = end == SIZE_MAX ? STR("/") : str_skip(target, end);
    }
    /* A container may be named by the beginning of its id, as docker ps shows it. */
    str named = str_starts_with(target, STR("/containers/")) ? str_skip(target, 12) : STR_EMPTY;
    str id = str_slice(named, 0, str_find_char(named, '/', 0));
    if (id.len >= 12 && str_starts_with(STR(CONTAINER_ID), id) && str_eq(str_skip(named, id.len), STR("/json"))) {
        return STR("/containers/" CONTAINER_ID "/json");
    }
    return target;
}

void stand_in_answer(enum stand_in_kind kind, str request, struct strbuf *answer)
{
    str line = str_slice(request, 0, str_find_char(request, '\r', 0));
    size_t blank = str_find_char(line, ' ', 0);
    str method = str_slice(line, 0, blank);
    str target = blank == SIZE_MAX ? STR_EMPTY : str_skip(line, blank + 1);
    target = plain_target(kind, str_slice(target, 0, str_find_char(target, ' ', 0)));
    const struct route *found = NULL;
    for (size_t i = 0; i < countof(routes) && !found; i++) {
        found = routes[i].kind == kind && str_eq(routes[i].path, target) ? &routes[i] : NULL;
    }
    bool is_head = str_eq(method, STR("HEAD"));
    bool is_read = is_head || str_eq(method, STR("GET"));
    str body = !is_read ? STR("{\"message\":\"a stand-in only answers\"}")
               : found  ? found->body
                        : STR("{\"message\":\"page not found\"}");
    strbuf_append_format(answer, "HTTP/1.1 %s\r\n",
                         !is_read ? "405 Method Not Allowed"
                         : found  ? "200 OK"
                                  : "404 Not Found");
    strbuf_append_format(answer, "Content-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n",
                         str_starts_with(body, STR("OK")) ? "text/plain" : "application/json", body.len);
    if (kind == STAND_IN_DOCKER) {
        strbuf_append(answer, STR("Api-Version: 1.41\r\nOstype: linux\r\nDocker-Experimental: false\r\n"));
    }
    strbuf_append(answer, STR("\r\n"));
    if (!is_head) {
        strbuf_append(answer, body);
    }
}

/* Reads until the head is whole; a slow or silent client is left. */
static size_t read_head(int client, char *request)
{
    size_t used = 0;
    while (used < STAND_IN_REQUEST_BYTES) {
        ssize_t got = recv(client, request + used, STAND_IN_REQUEST_BYTES - used, 0);
        if (got <= 0) {
            return 0;
        }
        used += (size_t)got;
        if (str_contains(str_from(request, used), STR("\r\n\r\n"))) {
            return used;
        }
    }
    return 0;
}

static void serve_client(const struct stand_in *stand_in)
{
    char request[STAND_IN_REQUEST_BYTES];
    struct timeval limit = {.tv_sec = 1};
    int client = accept(stand_in->socket, NULL, NULL);
    if (client < 0) {
        return;
    }
    (void)setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    (void)setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    size_t length = read_head(client, request);
    if (length > 0) {
        struct strbuf answer;
        strbuf_init(&answer, MEBI);
        stand_in_answer(stand_in->kind, str_from(request, length), &answer);
        if (!answer.is_failed) {
            (void)!send(client, answer.data, answer.len, MSG_NOSIGNAL);
        }
        strbuf_release(&answer);
    }
    (void)close(client);
}

int stand_in_serve(const struct stand_in *stand_ins, size_t count)
{
    struct pollfd pollers[STAND_INS_MAX];
    count = count < STAND_INS_MAX ? count : STAND_INS_MAX;
    for (size_t i = 0; i < count; i++) {
        pollers[i] = (struct pollfd){.fd = stand_ins[i].socket, .events = POLLIN};
    }
    for (;;) {
        if (poll(pollers, (nfds_t)count, -1) < 0 && errno != EINTR) {
            return 1;
        }
        for (size_t i = 0; i < count; i++) {
            if (pollers[i].revents & POLLIN) {
                serve_client(&stand_ins[i]);
            }
        }
    }
}
