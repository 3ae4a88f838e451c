/* format/kubernetes_event_names.h
 * What a Kubernetes audit event is called: an id by the kind of object and what was done to it, and how it ended.
 * Ids 2000301 to 2000499, in the range of user-defined ones. A failed request's id is one more than the other's.
 * Categories are QRadar's low-level ones for activity: read, create, update, delete, session; succeeded or failed.
 */
#ifndef FORMAT_KUBERNETES_EVENT_NAMES_H
#define FORMAT_KUBERNETES_EVENT_NAMES_H

#include "format/format.h"

enum {
    KUBE_QID_NOT_UNDERSTOOD = 2000301,
    KUBE_QID_SINGLE_FIRST = 2000303, /* one name each, by subresource or resource */
    KUBE_QID_CLASS_FIRST = 2000350,  /* five names each, by resource and action */
};

/* X(symbol, resource, subresource, what it is, name, severity). The first that fits; an empty string fits everything.
 */
#define KUBE_SINGLE_LIST(X)                                                                                            \
    X(EXEC, "", "exec", SESSION, "Pod Exec", 7)                                                                        \
    X(ATTACH, "", "attach", SESSION, "Pod Attach", 7)                                                                  \
    X(PORT_FORWARD, "", "portforward", SESSION, "Pod Port Forward", 6)                                                 \
    X(POD_LOG, "pods", "log", READ, "Pod Log Read", 4)                                                                 \
    X(EPHEMERAL, "", "ephemeralcontainers", UPDATE, "Ephemeral Container Added", 6)                                    \
    X(NODE_PROXY, "nodes", "proxy", SESSION, "Node Proxy", 6)                                                          \
    X(PROXY, "", "proxy", SESSION, "Pod or Service Proxy", 5)                                                          \
    X(TOKEN, "serviceaccounts", "token", CREATE, "Service Account Token Request", 5)                                   \
    X(APPROVAL, "certificatesigningrequests", "approval", UPDATE, "Certificate Request Approval", 6)                   \
    X(EVICTION, "", "eviction", DELETE, "Pod Eviction", 4)                                                             \
    X(BINDING, "", "binding", UPDATE, "Pod Scheduled", 1)                                                              \
    X(SCALE, "", "scale", UPDATE, "Workload Scaled", 3)                                                                \
    X(STATUS, "", "status", UPDATE, "Object Status", 1)                                                                \
    X(LEASE, "leases", "", UPDATE, "Lease", 0)                                                                         \
    X(EVENT, "events", "", UPDATE, "Cluster Event", 1)                                                                 \
    X(TOKEN_REVIEW, "tokenreviews", "", READ, "Token Review", 2)                                                       \
    X(OWN_ACCESS, "selfsubjectaccessreviews", "", READ, "Own Permission Check", 4)                                     \
    X(OWN_RULES, "selfsubjectrulesreviews", "", READ, "Own Permissions List", 5)                                       \
    X(ACCESS_REVIEW, "subjectaccessreviews", "", READ, "Access Review", 2)                                             \
    X(LOCAL_REVIEW, "localsubjectaccessreviews", "", READ, "Local Access Review", 2)

/* X(symbol, noun, severity of read, list, create, change, delete) */
#define KUBE_CLASS_LIST(X)                                                                                             \
    X(SECRET, "Secret", 6, 6, 5, 5, 5)                                                                                 \
    X(CONFIG_MAP, "Config Map", 3, 3, 3, 3, 3)                                                                         \
    X(SERVICE_ACCOUNT, "Service Account", 2, 3, 5, 5, 4)                                                               \
    X(POD, "Pod", 1, 2, 4, 4, 4)                                                                                       \
    X(WORKLOAD, "Workload", 1, 2, 4, 4, 4)                                                                             \
    X(ROLE, "Role", 2, 3, 6, 6, 5)                                                                                     \
    X(ROLE_BINDING, "Role Binding", 2, 3, 7, 7, 5)                                                                     \
    X(NAMESPACE, "Namespace", 1, 2, 3, 3, 5)                                                                           \
    X(NODE, "Node", 1, 2, 4, 3, 5)                                                                                     \
    X(NETWORK, "Network Object", 1, 1, 4, 4, 4)                                                                        \
    X(VOLUME, "Volume", 1, 1, 3, 3, 4)                                                                                 \
    X(CERTIFICATE, "Certificate Request", 2, 2, 6, 5, 4)                                                               \
    X(WEBHOOK, "Admission Webhook", 2, 2, 7, 7, 6)                                                                     \
    X(API, "API Definition", 1, 1, 5, 5, 5)                                                                            \
    X(OTHER, "Object", 1, 1, 3, 3, 4)

enum kube_class {
#define KUBE_CLASS_ENUM(symbol, ...) KUBE_CLASS_##symbol,
    KUBE_CLASS_LIST(KUBE_CLASS_ENUM)
#undef KUBE_CLASS_ENUM
        KUBE_CLASS_COUNT
};

/* Index of resources for kube_event_qid; make it once. */
struct kube_index;
void kube_resource_index_build(struct kube_index *index);

/* A resource of "" is a request that names no object (/healthz, /apis): "API Discovery". */
int64_t kube_event_qid(const struct kube_index *resources, str resource, str subresource, str verb, bool is_failed);

const struct format_event_name *kube_event_names(size_t *ret_count);

extern const struct format_event_name kube_event_name_table[];
enum {
#define KUBE_COUNT_ONE(...) +1
    KUBE_SINGLE_COUNT = 0 KUBE_SINGLE_LIST(KUBE_COUNT_ONE) + 1, /* and API Discovery */
#undef KUBE_COUNT_ONE
    KUBE_ACTION_COUNT = 5,
    KUBE_EVENT_NAME_COUNT = 1 + 2 * KUBE_SINGLE_COUNT + 2 * KUBE_ACTION_COUNT * KUBE_CLASS_COUNT,
};

#endif
