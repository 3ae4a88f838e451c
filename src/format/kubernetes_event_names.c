#include "format/kubernetes_event_names.h"

#include "format/kubernetes_event.h"

/* QRadar's low-level categories: general audit event, session opened and denied, and activity by kind and end. */
enum {
    CATEGORY_UNKNOWN = 10001,
    CATEGORY_SESSION = 4016,
    CATEGORY_SESSION_FAILED = 4020,
    CATEGORY_CREATE = 19012,
    CATEGORY_CREATE_FAILED = 19013,
    CATEGORY_READ = 19015,
    CATEGORY_READ_FAILED = 19016,
    CATEGORY_UPDATE = 19018,
    CATEGORY_UPDATE_FAILED = 19019,
    CATEGORY_DELETE = 19021,
    CATEGORY_DELETE_FAILED = 19022,
};

enum { ACTION_READ, ACTION_LIST, ACTION_CREATE, ACTION_CHANGE, ACTION_DELETE };

enum single {
#define SINGLE_ENUM(symbol, ...) SINGLE_##symbol,
    KUBE_SINGLE_LIST(SINGLE_ENUM)
#undef SINGLE_ENUM
        SINGLE_DISCOVERY
};
_Static_assert(SINGLE_DISCOVERY + 1 == KUBE_SINGLE_COUNT, "ORDER KUBE_SINGLE");
_Static_assert(KUBE_QID_SINGLE_FIRST + 2 * KUBE_SINGLE_COUNT <= KUBE_QID_CLASS_FIRST, "ids do not overlap");
_Static_assert(KUBE_QID_CLASS_FIRST + 2 * KUBE_ACTION_COUNT * KUBE_CLASS_COUNT <= 2000500, "ids stay in their range");

/* What the events with one name each are about. */
#define KUBE_ABOUT_EXEC "a command was run in a container"
#define KUBE_ABOUT_ATTACH "a client attached to a running container"
#define KUBE_ABOUT_PORT_FORWARD "a port of a pod was forwarded to a client"
#define KUBE_ABOUT_POD_LOG "the log of a container was read"
#define KUBE_ABOUT_EPHEMERAL "a debugging container was added to a pod"
#define KUBE_ABOUT_NODE_PROXY "a node's own API was reached through the API server"
#define KUBE_ABOUT_PROXY "a pod or service was reached through the API server"
#define KUBE_ABOUT_TOKEN "a token of a service account was requested"
#define KUBE_ABOUT_APPROVAL "a certificate request was approved or denied"
#define KUBE_ABOUT_EVICTION "a pod was evicted from its node"
#define KUBE_ABOUT_BINDING "a pod was assigned to a node"
#define KUBE_ABOUT_SCALE "a workload was scaled"
#define KUBE_ABOUT_STATUS "the status of an object was updated"
#define KUBE_ABOUT_LEASE "a lease was read or renewed"
#define KUBE_ABOUT_EVENT "a cluster event was recorded or read"
#define KUBE_ABOUT_TOKEN_REVIEW "a token was checked"
#define KUBE_ABOUT_OWN_ACCESS "a client asked whether it may do something"
#define KUBE_ABOUT_OWN_RULES "a client asked for all that it may do"
#define KUBE_ABOUT_ACCESS_REVIEW "it was asked whether somebody may do something"
#define KUBE_ABOUT_LOCAL_REVIEW "it was asked whether somebody may do something in a namespace"
#define KUBE_ABOUT_DISCOVERY "a request that names no object, such as a health check or the list of APIs"

#define SINGLE_QID(symbol) (KUBE_QID_SINGLE_FIRST + 2 * SINGLE_##symbol)
#define CLASS_QID(symbol, action)                                                                                      \
    (KUBE_QID_CLASS_FIRST + 2 * (KUBE_ACTION_COUNT * KUBE_CLASS_##symbol + ACTION_##action))
#define BOTH(qid, name, ok, failed, severity, about)                                                                   \
    {(qid), name, (ok), (severity), "Kubernetes API: " about "."},                                                     \
    {                                                                                                                  \
        (qid) + 1, name " Failed", (failed), (severity) + 1, "Kubernetes API, failed or refused: " about "."           \
    }
#define SINGLE_NAME(symbol, resource, subresource, what, name, severity)                                               \
    BOTH(SINGLE_QID(symbol), name, CATEGORY_##what, CATEGORY_##what##_FAILED, severity, KUBE_ABOUT_##symbol),
#define CLASS_NAME(symbol, action, name, category, severity, about)                                                    \
    BOTH(CLASS_QID(symbol, action), name, CATEGORY_##category, CATEGORY_##category##_FAILED, severity, about)
#define CLASS_NAMES(symbol, noun, read, list, create, change, delete)                                                  \
    CLASS_NAME(symbol, READ, noun " Read", READ, read, "an object was read (" noun ")"),                               \
        CLASS_NAME(symbol, LIST, noun " List", READ, list, "objects were listed or watched (" noun ")"),               \
        CLASS_NAME(symbol, CREATE, noun " Create", CREATE, create, "an object was created (" noun ")"),                \
        CLASS_NAME(symbol, CHANGE, noun " Change", UPDATE, change, "an object was changed (" noun ")"),                \
        CLASS_NAME(symbol, DELETE, noun " Delete", DELETE, delete, "objects were deleted (" noun ")"),

const struct format_event_name kube_event_name_table[] = {
    {KUBE_QID_NOT_UNDERSTOOD, "Kubernetes Audit Record Not Understood", CATEGORY_UNKNOWN, 3,
     "Kubernetes API: an audit record that could not be read."},
    KUBE_SINGLE_LIST(SINGLE_NAME) SINGLE_NAME(DISCOVERY, "", "", READ, "API Discovery", 0)
        KUBE_CLASS_LIST(CLASS_NAMES)};
_Static_assert(countof(kube_event_name_table) == KUBE_EVENT_NAME_COUNT, "one name for each id");

static const struct {
    str resource;
    enum kube_class kind;
} resources[] = {
#define RESOURCE(name, kind)                                                                                           \
    {                                                                                                                  \
        {name, sizeof(name) - 1}, KUBE_CLASS_##kind                                                                    \
    }
    RESOURCE("secrets", SECRET),
    RESOURCE("configmaps", CONFIG_MAP),
    RESOURCE("serviceaccounts", SERVICE_ACCOUNT),
    RESOURCE("pods", POD),
    RESOURCE("podtemplates", WORKLOAD),
    RESOURCE("deployments", WORKLOAD),
    RESOURCE("daemonsets", WORKLOAD),
    RESOURCE("statefulsets", WORKLOAD),
    RESOURCE("replicasets", WORKLOAD),
    RESOURCE("replicationcontrollers", WORKLOAD),
    RESOURCE("jobs", WORKLOAD),
    RESOURCE("cronjobs", WORKLOAD),
    RESOURCE("deploymentconfigs", WORKLOAD),
    RESOURCE("roles", ROLE),
    RESOURCE("clusterroles", ROLE),
    RESOURCE("rolebindings", ROLE_BINDING),
    RESOURCE("clusterrolebindings", ROLE_BINDING),
    RESOURCE("namespaces", NAMESPACE),
    RESOURCE("projects", NAMESPACE),
    RESOURCE("projectrequests", NAMESPACE),
    RESOURCE("nodes", NODE),
    RESOURCE("csinodes", NODE),
    RESOURCE("services", NETWORK),
    RESOURCE("endpoints", NETWORK),
    RESOURCE("endpointslices", NETWORK),
    RESOURCE("ingresses", NETWORK),
    RESOURCE("ingressclasses", NETWORK),
    RESOURCE("networkpolicies", NETWORK),
    RESOURCE("routes", NETWORK),
    RESOURCE("gateways", NETWORK),
    RESOURCE("httproutes", NETWORK),
    RESOURCE("persistentvolumes", VOLUME),
    RESOURCE("persistentvolumeclaims", VOLUME),
    RESOURCE("storageclasses", VOLUME),
    RESOURCE("volumeattachments", VOLUME),
    RESOURCE("certificatesigningrequests", CERTIFICATE),
    RESOURCE("mutatingwebhookconfigurations", WEBHOOK),
    RESOURCE("validatingwebhookconfigurations", WEBHOOK),
    RESOURCE("validatingadmissionpolicies", WEBHOOK),
    RESOURCE("validatingadmissionpolicybindings", WEBHOOK),
    RESOURCE("mutatingadmissionpolicies", WEBHOOK),
    RESOURCE("mutatingadmissionpolicybindings", WEBHOOK),
    RESOURCE("customresourcedefinitions", API),
    RESOURCE("apiservices", API),
#undef RESOURCE
};

static const struct {
    str verb;
    uint8_t action;
} verbs[] = {
    {{"get", 3}, ACTION_READ},      {{"list", 4}, ACTION_LIST},
    {{"watch", 5}, ACTION_LIST},    {{"create", 6}, ACTION_CREATE},
    {{"post", 4}, ACTION_CREATE},   {{"update", 6}, ACTION_CHANGE},
    {{"patch", 5}, ACTION_CHANGE},  {{"put", 3}, ACTION_CHANGE},
    {{"delete", 6}, ACTION_DELETE}, {{"deletecollection", 16}, ACTION_DELETE},
};

static const struct {
    str resource;
    str subresource;
} singles[] = {
#define SINGLE_RULE(symbol, resource, subresource, what, name, severity)                                               \
    {{resource, sizeof(resource) - 1}, {subresource, sizeof(subresource) - 1}},
    KUBE_SINGLE_LIST(SINGLE_RULE)
#undef SINGLE_RULE
};

void kube_resource_index_build(struct kube_index *index)
{
    memset(index, 0, sizeof(*index));
    for (size_t i = 0; i < countof(resources); i++) {
        kube_index_add(index, resources[i].resource, i);
    }
}

static enum kube_class class_find(const struct kube_index *index, str resource)
{
    for (unsigned slot = kube_index_hash(resource); index->slots[slot]; slot = (slot + 1) % KUBE_INDEX_SLOTS) {
        size_t i = index->slots[slot] - 1u;
        if (str_eq(resources[i].resource, resource)) {
            return resources[i].kind;
        }
    }
    return KUBE_CLASS_OTHER;
}

static int64_t single_find(str resource, str subresource)
{
    for (size_t i = 0; i < countof(singles); i++) {
        bool fits = (singles[i].resource.len == 0 || str_eq(singles[i].resource, resource)) &&
                    (singles[i].subresource.len == 0 || str_eq(singles[i].subresource, subresource));
        if (fits) {
            return KUBE_QID_SINGLE_FIRST + 2 * (int64_t)i;
        }
    }
    return 0;
}

static int64_t action_find(str verb)
{
    for (size_t i = 0; i < countof(verbs); i++) {
        if (verbs[i].verb.len == verb.len && ascii_lower(verb.data[0]) == verbs[i].verb.data[0] &&
            str_eq_ignore_case(verbs[i].verb, verb)) {
            return verbs[i].action;
        }
    }
    return ACTION_READ;
}

int64_t kube_event_qid(const struct kube_index *index, str resource, str subresource, str verb, bool is_failed)
{
    if (resource.len == 0) {
        return SINGLE_QID(DISCOVERY) + is_failed;
    }
    enum kube_class kind = class_find(index, resource);
    int64_t single = subresource.len > 0 || kind == KUBE_CLASS_OTHER ? single_find(resource, subresource) : 0;
    if (single) {
        return single + is_failed;
    }
    return KUBE_QID_CLASS_FIRST + 2 * (KUBE_ACTION_COUNT * (int64_t)kind + action_find(verb)) + is_failed;
}
