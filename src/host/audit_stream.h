/* host/audit_stream.h
 * The kernel's own stream of audit records (netlink multicast), for hosts without auditd: a process that writes them to
 * a file as auditd would (RAW). It needs root, and that auditing is on.
 */
#ifndef HOST_AUDIT_STREAM_H
#define HOST_AUDIT_STREAM_H

#include <sys/types.h>

#include "base/error.h"

/* Starts the process; it writes until SIGTERM. */
tocsin_status audit_stream_start(const char *path, pid_t *ret_pid, struct error *err);

/* The name of a record type as auditd writes it, or NULL: UNKNOWN[number]. */
const char *audit_stream_type_name(unsigned type);

#endif
