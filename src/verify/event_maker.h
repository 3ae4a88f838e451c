/* verify/event_maker.h
 * Log lines as the kernel, the Kubernetes API server, dockerd and a shell logger write them, made of one line that says
 * what was done: a command, a request, a read, a connect. For tests of rules; what is made is as a real log has it in
 * all that a rule may look at, and every event has a host, a user and a session that the caller chooses.
 * Memory: a log is a strbuf that grows up to LIMIT_MADE_LOG_BYTES. Threads: one at a time.
 */
#ifndef VERIFY_EVENT_MAKER_H
#define VERIFY_EVENT_MAKER_H

#include "base/arena.h"
#include "base/strbuf.h"

struct event_log {
    struct strbuf text;
    uint64_t line_count;
    uint64_t serial;
};

/* Who does it, where and when. */
struct event_actor {
    uint64_t number; /* of the host, the user and the session */
    const char *who; /* NULL: "user-NUMBER" */
    const char *exe; /* NULL: by the command's first word */
    bool is_in_container;
    int64_t time_ms;
};

void event_log_init(struct event_log *log);
void event_log_release(struct event_log *log);
/* What went wrong while lines were added: out of memory, or more than the limit. */
tocsin_status event_log_status(const struct event_log *log, struct error *err);

/* Each adds the lines of one event. Errors are TOCSIN_ERROR_CONFIG about the text. `scratch` holds what is needed on
 * the way. */
tocsin_status event_make_command(struct event_log *log, const struct event_actor *actor, str text,
                                 struct arena *scratch, struct error *err);
/* `text` is an exec's arguments joined by single blanks. */
tocsin_status event_make_exec(struct event_log *log, const struct event_actor *actor, str text, struct arena *scratch,
                              struct error *err);
/* What `bash -c` was given. */
tocsin_status event_make_shell(struct event_log *log, const struct event_actor *actor, str text, struct error *err);
tocsin_status event_make_json_command(struct event_log *log, const struct event_actor *actor, str text,
                                      struct error *err);
/* "PROGRAM PATH" and "PROGRAM ADDRESS:PORT or PATH". */
tocsin_status event_make_read(struct event_log *log, const struct event_actor *actor, str text, struct error *err);
tocsin_status event_make_connect(struct event_log *log, const struct event_actor *actor, str text, struct error *err);
/* Seconds that "after=" of a request says; 0 if it does not. */
int64_t event_request_after(str text);
tocsin_status event_make_request(struct event_log *log, const struct event_actor *actor, str text, struct error *err);
tocsin_status event_make_docker_daemon(struct event_log *log, const struct event_actor *actor, str text,
                                       struct error *err);
tocsin_status event_make_docker_plugin(struct event_log *log, const struct event_actor *actor, str text,
                                       struct error *err);

#endif
