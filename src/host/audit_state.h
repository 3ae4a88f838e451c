/* host/audit_state.h
 * What the kernel's audit system does now, as auditctl tells it, and what the files in /etc/audit say it shall do.
 * Memory: the files' arena. Threads: one.
 */
#ifndef HOST_AUDIT_STATE_H
#define HOST_AUDIT_STATE_H

#include "host/audit_rule.h"
#include "host/host_files.h"

struct audit_state {
    bool is_asked; /* the kernel told; else `why_not` says why it could not be asked */
    const char *why_not;
    int64_t enabled; /* 0 off, 1 on, 2 on and locked until the next start */
    int64_t pid;     /* of the program that takes the records; 0: none */
    int64_t backlog_limit;
    int64_t lost; /* records that no one took in time, since the start */
    struct audit_rules loaded;
    bool has_files; /* the files could be read, or there are none */
    struct audit_rules files;
};

tocsin_status audit_state_read(const struct host_files *files, struct audit_state *ret_state, struct error *err);
/* The kernel's half alone. */
tocsin_status audit_state_ask(struct arena *arena, struct audit_state *ret_state, struct error *err);

/* The value of a setting in auditd.conf ("log_file = /var/log/audit/audit.log"), or `otherwise`. */
str audit_setting(str auditd_conf, const char *name, str otherwise);

#endif
