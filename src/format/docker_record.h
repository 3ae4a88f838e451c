/* format/docker_record.h
 * One line of a container engine's logs as values: its own log (logfmt, JSON, the terminal's form, the journal's JSON),
 * its events (JSON and text), what it asks authorization plug-ins, a container's output as the json-file driver keeps
 * it, and the log of Podman's API service. Not rows (docker.c).
 *
 * Trust: what a container writes is the attacker's. A framed line is the daemon's only if the frame names the daemon;
 * a line of the json-file driver, or of the journal with a container's id, is a container's output whatever it says.
 *
 * Memory: values are views into the line, constants, or live in the reader's scratch arena until the next line.
 * Threads: one a reader.
 */
#ifndef FORMAT_DOCKER_RECORD_H
#define FORMAT_DOCKER_RECORD_H

#include "format/format.h"

struct docker_reader;

tocsin_status docker_reader_create(struct docker_reader **ret_reader, struct error *err);
void docker_reader_free(struct docker_reader *reader);

enum docker_kind {
    DOCKER_REQUEST, /* to the API */
    DOCKER_FORM,    /* the body of a request that another line tells of */
    DOCKER_EVENT,
    DOCKER_MESSAGE, /* of the daemon */
    DOCKER_LISTEN,  /* the daemon answers at an address */
    DOCKER_EXPOSED, /* ... to everybody */
    DOCKER_OUTPUT   /* of a container */
};

/* X(symbol, native name, AQL name, description) */
#define DOCKER_VALUE_LIST(X)                                                                                           \
    X(METHOD, "Calling METHOD URI, RequestMethod", "HTTP Method", "GET, POST, ...")                                    \
    X(URI, "Calling METHOD URI, RequestUri", "Request URI", "path and query as sent")                                  \
    X(PATH, "Calling METHOD URI, RequestUri", "API Path",                                                              \
      "decoded, without version, /libpod and query: /containers/web/json")                                             \
    X(VERSION, "Calling METHOD URI, RequestUri", "API Version", "of the API in the path: v1.41")                       \
    X(OBJECT, "path, Type", "Object Type", "container, image, exec, secret, config, service, swarm, ..., system")      \
    X(NAME, "path, Actor.ID", "Object Name", "name or id of the object; for events of other objects its id")           \
    X(ACTION, "path, Action", "Action",                                                                                \
      "in the words of docker events: inspect, exec_create, archive-path, logs, export, create, ...")                  \
    X(CONTAINER, "path, Actor.Attributes.name", "Container", "name, else id, of the container it is about")            \
    X(CONTAINER_NAME, "path, Actor.Attributes.name", "Container Name", "")                                             \
    X(CONTAINER_ID, "path, Actor.ID, container", "Container ID", "12 to 64 hexadecimal digits")                        \
    X(IMAGE, "Actor.Attributes.image, Image", "Container Image", "")                                                   \
    X(COMMAND, "exec_create: COMMAND, Cmd", "Command",                                                                 \
      "command of an exec, or Entrypoint and Cmd of a new container, joined by blanks; else the call: GET /info")      \
    X(EXEC_ID, "path, execID", "Exec ID", "joins the making, start and end of an exec")                                \
    X(PRIVILEGED, "Privileged", "Privileged", "true if an exec or a new container is privileged")                      \
    X(MOUNTS, "HostConfig.Binds, HostConfig.Mounts", "Mounts", "what a new container gets from the host, by commas")   \
    X(FILE, "path=", "File Path", "path in the container that is copied")                                              \
    X(USER_AGENT, "User-Agent", "User Agent", "program that asked")                                                    \
    X(AUTHENTICATION, "UserAuthNMethod", "Authentication Method", "how the client proved who it is")                   \
    X(BODY, "form data, RequestBody", "Request Body", "what was sent, as JSON")                                        \
    X(LEVEL, "level", "Log Level", "debug, info, warning, error, fatal")                                               \
    X(MESSAGE, "msg, log", "Message", "the daemon's words, or a container's")                                          \
    X(LISTEN, "API listen on, host", "Listen Address", "where the API answers: /run/docker.sock, 0.0.0.0:2375")        \
    X(STREAM, "stream", "Stream", "stdout or stderr of a container")                                                   \
    X(MODULE, "module", "Module", "part of the daemon")                                                                \
    X(ERROR, "error", "Error", "")                                                                                     \
    X(USERNAME, "User", "username", "who asked, where the engine knows")

enum docker_value {
#define DOCKER_VALUE_ENUM(symbol, ...) DOCKER_VALUE_##symbol,
    DOCKER_VALUE_LIST(DOCKER_VALUE_ENUM)
#undef DOCKER_VALUE_ENUM
        DOCKER_VALUE_COUNT
};

/* Which body a request has, told by its path or by its shape. */
enum docker_body {
    DOCKER_BODY_NONE,
    DOCKER_BODY_EXEC_CREATE,
    DOCKER_BODY_EXEC_START,
    DOCKER_BODY_CONTAINER_CREATE,
    DOCKER_BODY_OTHER,
};

struct docker_record {
    enum docker_kind kind;
    enum docker_body body; /* of requests with POST, and of forms */
    bool has_time;
    int64_t time_ms;
    int64_t response_code; /* 0: none */
    bool has_exit_code;
    int64_t exit_code;
    bool has_peer;
    struct ip peer;
    str host;                       /* that the line itself names */
    str values[DOCKER_VALUE_COUNT]; /* empty: none */
};

/* 0 to 100, as format_def's detect. Quick. */
int docker_record_detect(const struct log_line *line);
/* A bare logfmt line as every program with the same logging library writes it: the daemon's if its neighbours are. */
bool docker_record_is_bare(const struct log_line *line);

/* TOCSIN_END: not a line of these. */
tocsin_status docker_record_read(struct docker_reader *reader, const struct log_line *line, struct docker_record *ret,
                                 struct error *err);

/* Adds to a request what its body says, which another line told. Both from the reader's last two calls. */
void docker_record_join(struct docker_record *request, const struct docker_record *form);
/* Empties the scratch arena: for the two calls whose records are joined, else every call begins so. */
void docker_reader_clear(struct docker_reader *reader);

#endif
