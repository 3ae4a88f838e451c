/* host/simulate_internal.h - the tests and what came of them, for simulate's own files. */
#ifndef HOST_SIMULATE_INTERNAL_H
#define HOST_SIMULATE_INTERNAL_H

#include "base/strbuf.h"
#include "host/audit_session.h"
#include "host/simulate.h"

enum { SIMULATE_SIGNALS_MAX = 6, SIMULATE_ARGUMENTS_MAX = 8, SIMULATE_OUTPUT_BYTES = 4096, SIMULATE_RULES_MAX = 1000 };

enum signal_kind {
    SIGNAL_AUDIT,     /* a record of the audit log: the condition `aql` */
    SIGNAL_TOKEN,     /* what the test printed is a JWT that names the dummy account */
    SIGNAL_DOCKER,    /* a line of dockerd's log that holds the text `aql`; with a stand-in there is none */
    SIGNAL_ELSEWHERE, /* a log that is not on this host */
};

struct simulate_signal {
    enum signal_kind kind;
    const char *text;
    const char *aql;
};

struct simulate_test {
    int number;
    const char *title;
    const char *does;        /* for --list */
    const char *programs[4]; /* that have to be there */
    const char *argv[SIMULATE_ARGUMENTS_MAX];
    bool is_docker; /* --real-docker is about it */
    struct simulate_signal signals[SIMULATE_SIGNALS_MAX];
};

extern const struct simulate_test simulate_tests[SIMULATE_TESTS];

#define SIMULATE_TOKEN_FOLDER "/run/secrets/kubernetes.io/serviceaccount"
#define SIMULATE_ACCOUNT      "system:serviceaccount:tocsin-simulate:dummy"

/* What the stage tells; it lies in memory that both processes see. */
struct stage_result {
    bool is_run;
    bool is_timeout;
    int exit_code;
    pid_t pid; /* of the test's first program */
    int64_t start_ms;
    int64_t end_ms;
    size_t output_bytes;
    char output[SIMULATE_OUTPUT_BYTES]; /* its beginning */
};

struct stage {
    bool is_private;                 /* namespaces of its own */
    unsigned tests;                  /* to run */
    const char *folder;              /* for the kubeconfig */
    const struct audit_rules *rules; /* to add, with the session's key */
    volatile bool may_begin;         /* the session knows of the process */
    volatile bool is_ready;
    char problem[256]; /* why it could not begin */
    size_t rules_refused;
    struct stage_result results[SIMULATE_TESTS];
};

/* Runs tests in a process of their own; `stage` is shared memory. Ends early when `is_cancelled` says so. */
tocsin_status stage_run(struct stage *stage, struct audit_session *session, const struct simulate_options *options,
                        struct error *err);

/* A dummy token: a JWT of SIMULATE_ACCOUNT, whose signature is none. */
void simulate_token(struct strbuf *token);
/* Whether a text is such a token, and for whom: the claim "sub". */
bool simulate_token_subject(str token, struct arena *arena, str *ret_subject);

/* The events of an audit log that a process and its descendants made, as lines in the log's order. */
bool capture_cut(str log, pid_t root, struct arena *arena, str *ret_lines);

struct signal_result {
    bool is_absent; /* there is no such log here */
    bool is_seen;
    const char *rules; /* that found it, joined by ", "; "" none */
};

struct test_result {
    const char *skipped; /* why it was not run, or NULL */
    const char *problem; /* or what went wrong with it */
    size_t event_count;
    const char *rules; /* all that found something of it */
    struct signal_result signals[SIMULATE_SIGNALS_MAX];
};

/* The files with a test's part of the logs. */
struct test_logs {
    const char *audit;
    const char *docker; /* dockerd's, or NULL */
    str docker_text;
};

/* Runs the signals' conditions and the pack's rules over the test's lines. */
tocsin_status simulate_judge(tocsin_engine *engine, tocsin_pack *pack, const struct simulate_test *test,
                             const struct stage_result *stage, const struct test_logs *logs, struct arena *arena,
                             struct test_result *ret_result, struct error *err);

struct simulation {
    const struct simulate_options *options;
    struct audit_session session;
    struct test_result results[SIMULATE_TESTS];
    size_t rules_refused;
    bool is_restored; /* something that an earlier one left was put back */
};

/* Every test that was run was found, and one at least was run. */
bool simulate_is_complete(const struct simulation *simulation);
tocsin_status simulate_report(const struct simulation *simulation, struct error *err);

#endif
