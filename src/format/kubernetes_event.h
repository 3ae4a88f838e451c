/* format/kubernetes_event.h
 * One Kubernetes audit event between reading and writing: what was found under which name, as views, nothing decoded.
 * Shared by the files of the kubernetes_audit format, for nobody else.
 * Memory: values are views into the line or, if the event was a string inside another object, into the reader's scratch
 * arena. Threads: one.
 */
#ifndef FORMAT_KUBERNETES_EVENT_H
#define FORMAT_KUBERNETES_EVENT_H

#include "base/json_reader.h"

/* What can be found in an event. ORDER KUBE_VALUE: none, but at most 64, for the set of those present. */
enum kube_value {
    KUBE_KIND,
    KUBE_API_VERSION, /* of the event: audit.k8s.io/v1 */
    KUBE_LEVEL,
    KUBE_AUDIT_ID,
    KUBE_STAGE,
    KUBE_REQUEST_URI,
    KUBE_VERB,
    KUBE_USERNAME,
    KUBE_USER_UID,
    KUBE_GROUPS, /* array */
    KUBE_USER_EXTRA,
    KUBE_IMPERSONATED_USER,
    KUBE_IMPERSONATED_GROUPS, /* array */
    KUBE_SOURCE_IPS,          /* array, or one address as a string */
    KUBE_USER_AGENT,
    KUBE_RESOURCE,
    KUBE_SUBRESOURCE,
    KUBE_NAMESPACE,
    KUBE_NAME,
    KUBE_OBJECT_UID,
    KUBE_OBJECT_GROUP,
    KUBE_OBJECT_VERSION,
    KUBE_RESPONSE_CODE,
    KUBE_RESPONSE_STATUS,
    KUBE_RESPONSE_REASON,
    KUBE_RESPONSE_MESSAGE,
    KUBE_REQUEST_OBJECT,
    KUBE_RESPONSE_OBJECT,
    KUBE_DECISION,
    KUBE_REASON,
    KUBE_ANNOTATIONS,
    KUBE_STAGE_TIME,
    KUBE_RECEIVED_TIME,
    KUBE_OTHER_TIME,   /* of the wrapper, or of old versions */
    KUBE_ARRIVAL_TIME, /* when a collector got it */
    KUBE_CLUSTER,
    KUBE_HOST,
    KUBE_RESOURCE_ID,   /* Azure: names the cluster */
    KUBE_LOG_TYPE,      /* Panther: names the kind of log */
    KUBE_METHOD,        /* Google: io.k8s.core.v1.pods.exec.create */
    KUBE_RESOURCE_NAME, /* Google: core/v1/namespaces/a/pods/b/exec */
    KUBE_SERVICE,       /* Google: k8s.io */
    KUBE_STATUS_CODE,   /* Google: a gRPC code */
    KUBE_STATUS,        /* Google: the whole status */
    KUBE_INSERT_ID,
    KUBE_OPERATION_ID,
    KUBE_GRANTED,
    KUBE_PERMISSION_RESOURCE,
    KUBE_VALUE_COUNT
};

/* Places where an event may be packed: a string or object that may hold it. */
enum { KUBE_PACKED_MAX = 6 };

struct kube_event {
    uint64_t present; /* a bit for each enum kube_value */
    struct json_value values[KUBE_VALUE_COUNT];
    bool is_cut;     /* the text ended before the event did */
    bool is_scratch; /* values lie in the scratch arena */
    struct json_value packed[KUBE_PACKED_MAX];
    size_t packed_count;
    struct json_value list; /* items, records: an array of events */
    bool has_list;
};

static inline bool kube_has(const struct kube_event *event, enum kube_value value)
{
    return event->present >> value & 1;
}
static inline void kube_set(struct kube_event *event, enum kube_value value, struct json_value found)
{
    event->values[value] = found;
    event->present |= UINT64_C(1) << value;
}
static inline void kube_set_text(struct kube_event *event, enum kube_value value, str text)
{
    if (text.len > 0) {
        kube_set(event, value, (struct json_value){JSON_STRING, false, text});
    }
}
/* As written, escapes and all; empty if absent. Names of the API (verbs, resources, stages) never hold an escape. */
static inline str kube_raw(const struct kube_event *event, enum kube_value value)
{
    return kube_has(event, value) ? event->values[value].text : STR_EMPTY;
}

/* ---- names looked up per event: an index by a cheap hash, made once. The names are ours, so nobody can flood it. ----
 */

enum { KUBE_INDEX_SLOTS = 256 };
struct kube_index {
    uint8_t slots[KUBE_INDEX_SLOTS]; /* 1-based; 0 = free */
};

static inline unsigned kube_index_hash(str name)
{
    unsigned char first = (unsigned char)name.data[0];
    unsigned char last = (unsigned char)name.data[name.len - 1];
    return ((unsigned)name.len * 31u + first * 7u + last) % KUBE_INDEX_SLOTS;
}
/* str_eq without a call: names have at most some 30 bytes. */
static inline bool kube_name_eq(str a, str b)
{
    if (a.len != b.len) {
        return false;
    }
    size_t i = 0;
    for (; i + 8 <= a.len; i += 8) {
        uint64_t left;
        uint64_t right;
        memcpy(&left, a.data + i, 8);
        memcpy(&right, b.data + i, 8);
        if (left != right) {
            return false;
        }
    }
    for (; i < a.len; i++) {
        if (a.data[i] != b.data[i]) {
            return false;
        }
    }
    return true;
}
/* Up to 200 names. */
void kube_index_add(struct kube_index *index, str name, size_t number);

/* ---- kubernetes_json.c: the JSON shapes ---- */

enum kube_rules {
    KUBE_RULES_TOP,
    KUBE_RULES_USER,
    KUBE_RULES_IMPERSONATED,
    KUBE_RULES_OBJECT,
    KUBE_RULES_STATUS,
    KUBE_RULES_ANNOTATIONS,
    KUBE_RULES_PACKED,
    KUBE_RULES_NAMED,
    KUBE_RULES_PROTO,
    KUBE_RULES_AUTHENTICATION,
    KUBE_RULES_AUTHORIZATION,
    KUBE_RULES_METADATA,
    KUBE_RULES_GRPC_STATUS,
    KUBE_RULES_GOOGLE_RESOURCE,
    KUBE_RULES_GOOGLE_LABELS,
    KUBE_RULES_OPERATION,
    KUBE_RULES_ENTRY,
    KUBE_RULES_COUNT
};

/* A key as it stands in compact JSON, quotes and colon included. */
enum { KUBE_KEY_BYTES = 32, KUBE_KEYS_MAX = 160, KUBE_SET_KEYS_MAX = 96 };
struct kube_key {
    char text[KUBE_KEY_BYTES]; /* zero-padded */
    uint32_t bits;             /* one for each byte of the text; 0: it is too long to be compared at once */
    uint32_t length;
};

struct kube_rule_index {
    struct kube_index sets[KUBE_RULES_COUNT];
    struct kube_key keys[KUBE_KEYS_MAX]; /* of all sets, one behind the other */
    uint16_t first_key[KUBE_RULES_COUNT];
    /* By the number of a rule of the set, from 1 on, that of the rule whose key came behind it last, or 0: writers keep
       to one order, so it mostly comes again. */
    uint8_t followers[KUBE_RULES_COUNT][KUBE_SET_KEYS_MAX];
};
void kube_rule_index_build(struct kube_rule_index *index);
/* Reads an object's members into `event`, as far as the text is JSON. False: no object. */
bool kube_json_read(const struct kube_rule_index *index, str text, struct kube_event *event);
/* The same of a text that is one object and nothing else, from its first byte to its last, behind which stands a line
 * end. False: it is not, or holds a list. */
bool kube_json_read_whole(const struct kube_rule_index *index, str text, struct kube_event *event);
/* The same of the line that begins at `line`, if it is compact JSON (base/json_compact.h), valid UTF-8 too: gives its
 * line end. end[-1] is one. NULL: see what kube_json_read_whole makes of it. `shapes`: what came in lines before, or
 * NULL (kubernetes_shape.h). */
struct kube_shapes;
const char *kube_json_read_compact(struct kube_rule_index *rules, struct kube_shapes *shapes, const char *line,
                                   const char *end, struct kube_event *event);
/* The event says enough to be a Kubernetes audit event itself (not only hold one). */
bool kube_json_is_audit(const struct kube_event *event);

/* ---- kubernetes_google.c ---- */

bool kube_google_is_audit(const struct kube_event *event);
/* Fills verb, object, response and so on from a Cloud Audit entry. */
void kube_google_translate(struct kube_event *event);

/* ---- kubernetes_legacy.c ---- */

/* `text` from "AUDIT:" on; `time` is what stands in front of it. Quoted values are decoded in `scratch`; false when it
 * is out of memory. */
bool kube_legacy_read(str text, struct arena *scratch, struct kube_event *event);

/* ---- kubernetes_uri.c ---- */

struct kube_object {
    str group; /* empty for the core group */
    str version;
    str name_space;
    str resource;
    str name;
    str subresource;
    str path; /* what follows the subresource, for proxies */
};

/* A request path (/api/v1/..., /apis/GROUP/...), the query cut off, or Google's resource name (core/v1/...). False if
 * it names no object. */
bool kube_path_parse(str path, struct kube_object *ret);

/* The parameters of an exec-like request, percent-decoded: `command` repeated (or, to a kubelet's /run, `cmd`) joined
 * by blanks, and `container`. Empty where there is none. False when `arena` is out of memory. */
struct kube_command {
    str command;
    str container;
};
bool kube_query_parse(str query, struct arena *arena, struct kube_command *ret);
/* The same from the options object of an exec: {"command":["sh","-c","id"],"container":"web"}. */
bool kube_options_parse(str json, struct arena *arena, struct kube_command *ret);

/* Strings of a JSON array joined by commas; a string is itself. data NULL when `arena` is out of memory. */
str kube_list_join(const struct json_value *list, char separator, struct arena *arena);
/* The only string of an array, if it has no escapes; else empty. */
str kube_list_single(const struct json_value *list);
/* The first string of an array, as written. */
str kube_list_first(const struct json_value *list);

#endif
