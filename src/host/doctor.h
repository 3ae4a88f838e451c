/* host/doctor.h
 * Says which of the telemetry that a detection pack needs is switched on on this host (or in a tree that looks like
 * one): audit rules, the Kubernetes audit log, Docker's and podman's logs. Looks only; changes nothing.
 * What is needed are the pack's own files telemetry/: audit rules and an audit policy, compared by meaning.
 * Threads: one. Limits: LIMIT_HOST_*.
 */
#ifndef HOST_DOCTOR_H
#define HOST_DOCTOR_H

#include "tocsin/tocsin.h"

struct doctor_options {
    const char *root; /* NULL: this host */
    bool is_json;
    bool has_color;
    unsigned width; /* of the terminal; 0 = 100 */
    tocsin_write *write;
    void *write_context;
};

enum { DOCTOR_EXIT_COMPLETE = 0, DOCTOR_EXIT_MISSING = 1 };

/* Writes the report. *ret_exit_code: DOCTOR_EXIT_MISSING if something is missing, or could not be looked at. */
tocsin_status doctor_run(tocsin_pack *pack, const struct doctor_options *options, int *ret_exit_code,
                         struct tocsin_error *err);

#endif
