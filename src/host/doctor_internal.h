/* host/doctor_internal.h - the doctor's list of checks, for its own files. */
#ifndef HOST_DOCTOR_INTERNAL_H
#define HOST_DOCTOR_INTERNAL_H

#include "base/strbuf.h"
#include "host/audit_state.h"
#include "host/doctor.h"

enum doctor_status { DOCTOR_OK, DOCTOR_ABSENT, DOCTOR_UNKNOWN, DOCTOR_MISSING, DOCTOR_CRITICAL, DOCTOR_STATUS_COUNT };

struct doctor_check {
    const char *id;
    const char *title;
    enum doctor_status status;
    const char *detail;    /* what was found */
    const char *why;       /* what it is for */
    const char *telemetry; /* of the rules that go blind without it, as their headers say, joined by commas; or NULL */
    const char *add_to;    /* where the lines go, or what to do */
    const char *add;       /* exact lines, or NULL */
};

enum { DOCTOR_CHECKS_MAX = 32 };

#define DOCTOR_ALL_AUDIT "process,file,network" /* what comes from the audit system */

struct doctor {
    struct host_files files;
    struct arena arena;
    tocsin_pack *pack;
    struct audit_state audit;
    struct host_process *processes;
    size_t process_count;
    bool has_processes; /* /proc was there */
    struct host_listener *listeners;
    size_t listener_count;
    bool has_listeners;
    struct doctor_check checks[DOCTOR_CHECKS_MAX];
    size_t check_count;
    bool is_out_of_memory;
};

/* Adds a check, to be filled in. */
struct doctor_check *doctor_add(struct doctor *doctor, const char *id, const char *title, const char *telemetry,
                                const char *why);
/* printf into the arena; "" (and is_out_of_memory) on failure. */
const char *doctor_text(struct doctor *doctor, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *doctor_copy(struct doctor *doctor, const struct strbuf *text);
const struct host_process *doctor_process(const struct doctor *doctor, const char *name);
/* A file of the pack's folder telemetry, or NULL. */
const char *doctor_pack_file(struct doctor *doctor, const char *name);
/* Says whether a log file is there and readable, as a check of its own. */
void doctor_check_log(struct doctor *doctor, const char *id, const char *title, const char *telemetry,
                      const char *path);

tocsin_status doctor_check_audit(struct doctor *doctor, struct error *err);
tocsin_status doctor_check_kubernetes(struct doctor *doctor, struct error *err);
tocsin_status doctor_check_docker(struct doctor *doctor, struct error *err);

const char *doctor_status_name(enum doctor_status status);
tocsin_status doctor_report(struct doctor *doctor, const struct doctor_options *options, struct error *err);

#endif
