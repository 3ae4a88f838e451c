/* host/audit_policy.h
 * A Kubernetes audit policy (audit.k8s.io): at which level it records a request. The first rule that fits decides, as
 * in the API server. For policies that may be damaged or hostile: bounded in size, depth and work.
 * Memory: the caller's arena. Threads: any. Limits: LIMIT_CONFIG_BYTES, LIMIT_POLICY_NODES.
 */
#ifndef HOST_AUDIT_POLICY_H
#define HOST_AUDIT_POLICY_H

#include "base/arena.h"

enum policy_level { POLICY_NONE, POLICY_METADATA, POLICY_REQUEST, POLICY_REQUEST_RESPONSE };

struct audit_policy;

/* TOCSIN_ERROR_CONFIG: it is no policy. */
tocsin_status audit_policy_read(str text, struct arena *arena, struct audit_policy **ret_policy, struct error *err);

struct policy_answer {
    enum policy_level level;
    size_t rule;       /* that decided, from 1; 0: none does, and the request is not recorded */
    size_t exceptions; /* rules in front of it that leave out some users, namespaces or objects */
    size_t exception;  /* the first of them */
};

/* The level of a request by anyone for a resource ("secrets", "pods/exec") of a group ("" is the core one). */
struct policy_answer audit_policy_level(const struct audit_policy *policy, str group, str resource, str verb);

const char *policy_level_name(enum policy_level level);

#endif
