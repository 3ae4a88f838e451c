/* host/simulate.h
 * Carries out the four validation tests of T1552.007 on this host, harmlessly, and says whether each shows in the audit
 * log and is found by a pack's rules: listing all secrets with kubectl, docker ps into docker inspect, reading a
 * service account token, calling an open Docker API. The commands are the real ones. What they reach are stand-ins, in
 * a mount namespace and a network namespace of their own: /run there is a memory file system with a Docker socket and a
 * token (a dummy), its loopback has an API server on 6443 and a Docker API on 2375 that nobody else can reach. Nothing
 * leaves the host, no kubeconfig and no container of the host is touched. The audit rules that it adds are taken away
 * again, whatever happens (audit_session.h). Threads: one.
 */
#ifndef HOST_SIMULATE_H
#define HOST_SIMULATE_H

#include "tocsin/tocsin.h"

enum { SIMULATE_TESTS = 4 };

struct simulate_options {
    unsigned tests;      /* bit 0 is test 1 */
    bool is_real_docker; /* test 2 and 4 use the host's own docker */
    const char *keep;    /* folder, to be made, for the recorded logs; NULL: they are deleted */
    bool is_json;
    bool has_color;
    unsigned width;
    tocsin_write *write; /* the report */
    void *write_context;
    tocsin_write *tell; /* what is going on, for people */
    void *tell_context;
    bool (*is_cancelled)(void *context);
    /* Asks whether to go on with what `plan` says; may be NULL: go on. */
    bool (*consent)(void *context, const char *plan);
    void *context; /* of both */
};

enum { SIMULATE_EXIT_FOUND = 0, SIMULATE_EXIT_NOT_FOUND = 1 };

/* *ret_exit_code: SIMULATE_EXIT_NOT_FOUND if a signal did not come, no rule found a test, or none could be run.
 * TOCSIN_ERROR_CANCELLED: the answer was no, or it was interrupted. */
tocsin_status simulate_run(tocsin_engine *engine, tocsin_pack *pack, const struct simulate_options *options,
                           int *ret_exit_code, struct tocsin_error *err);

/* Writes what the tests are and do. */
tocsin_status simulate_list(const struct simulate_options *options, struct tocsin_error *err);

#endif
