/* host/http_stand_in.h
 * Harmless stand-ins for the Docker API and the Kubernetes API: a process that answers a few requests with dummy data
 * on sockets that listen already. Does nothing, keeps nothing, reaches nothing. Threads: one, one connection at a time.
 * Limits: a request's head of STAND_IN_REQUEST_BYTES, a second for each client.
 */
#ifndef HOST_HTTP_STAND_IN_H
#define HOST_HTTP_STAND_IN_H

#include "base/strbuf.h"

enum stand_in_kind { STAND_IN_DOCKER, STAND_IN_KUBERNETES };

struct stand_in {
    int socket; /* listens */
    enum stand_in_kind kind;
};

enum { STAND_IN_REQUEST_BYTES = 16 * 1024, STAND_INS_MAX = 4 };

/* The whole answer to a request's head. */
void stand_in_answer(enum stand_in_kind kind, str request, struct strbuf *answer);

/* Answers until the process is ended. */
int stand_in_serve(const struct stand_in *stand_ins, size_t count);

#endif
