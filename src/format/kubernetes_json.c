/* The JSON shapes of a Kubernetes audit event: as the API server writes it, and inside the objects that clouds and
 * collectors put around it. Tables say what is read from where; one walker goes through the text once. */
#include <assert.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/json_compact.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "format/audit_bytes.h"
#include "format/kubernetes_rules.h"
#include "format/kubernetes_shape.h"

#define KEY(text)                                                                                                      \
    {                                                                                                                  \
        (text), sizeof(text) - 1                                                                                       \
    }

static const struct rule rules_top[] = {
    {KEY("kind"), TAKE_TEXT, KUBE_KIND},
    {KEY("apiVersion"), TAKE_TEXT, KUBE_API_VERSION},
    {KEY("level"), TAKE_TEXT, KUBE_LEVEL},
    {KEY("auditID"), TAKE_TEXT, KUBE_AUDIT_ID},
    {KEY("stage"), TAKE_TEXT, KUBE_STAGE},
    {KEY("requestURI"), TAKE_TEXT, KUBE_REQUEST_URI},
    {KEY("verb"), TAKE_TEXT, KUBE_VERB},
    {KEY("user"), GO_INTO, 0, KUBE_RULES_USER},
    {KEY("impersonatedUser"), GO_INTO, 0, KUBE_RULES_IMPERSONATED},
    {KEY("sourceIPs"), TAKE_WHOLE, KUBE_SOURCE_IPS},
    {KEY("userAgent"), TAKE_TEXT, KUBE_USER_AGENT},
    {KEY("objectRef"), GO_INTO, 0, KUBE_RULES_OBJECT},
    {KEY("responseStatus"), GO_INTO, 0, KUBE_RULES_STATUS},
    {KEY("requestObject"), TAKE_WHOLE, KUBE_REQUEST_OBJECT},
    {KEY("responseObject"), TAKE_WHOLE, KUBE_RESPONSE_OBJECT},
    {KEY("requestReceivedTimestamp"), TAKE_TEXT, KUBE_RECEIVED_TIME},
    {KEY("stageTimestamp"), TAKE_TEXT, KUBE_STAGE_TIME},
    {KEY("annotations"), GO_INTO_AND_TAKE, KUBE_ANNOTATIONS, KUBE_RULES_ANNOTATIONS},
    /* Old versions, and what stands around an event. */
    {KEY("timestamp"), TAKE_TEXT, KUBE_OTHER_TIME},
    {KEY("Timestamp"), TAKE_TEXT, KUBE_OTHER_TIME},
    {KEY("@timestamp"), TAKE_TEXT, KUBE_OTHER_TIME},
    {KEY("time"), TAKE_TEXT, KUBE_OTHER_TIME},
    {KEY("p_event_time"), TAKE_TEXT, KUBE_OTHER_TIME},
    {KEY("receiveTimestamp"), TAKE_TEXT, KUBE_ARRIVAL_TIME},
    {KEY("p_log_type"), TAKE_TEXT, KUBE_LOG_TYPE},
    {KEY("host"), GO_INTO_OR_TAKE, KUBE_HOST, KUBE_RULES_NAMED},
    {KEY("hostname"), TAKE_TEXT, KUBE_HOST},
    {KEY("_HOSTNAME"), TAKE_TEXT, KUBE_HOST},
    {KEY("cluster"), TAKE_TEXT, KUBE_CLUSTER},
    {KEY("cluster_name"), TAKE_TEXT, KUBE_CLUSTER},
    {KEY("clusterName"), TAKE_TEXT, KUBE_CLUSTER},
    {KEY("resourceId"), TAKE_TEXT, KUBE_RESOURCE_ID},
    /* Azure: properties.log. */
    {KEY("properties"), GO_INTO, 0, KUBE_RULES_PACKED},
    /* Amazon CloudWatch, container runtimes, journald, Fluent Bit, Beats, Splunk, Loki. */
    {KEY("message"), TAKE_PACKED},
    {KEY("@message"), TAKE_PACKED},
    {KEY("MESSAGE"), TAKE_PACKED},
    {KEY("msg"), TAKE_PACKED},
    {KEY("log"), TAKE_PACKED},
    {KEY("event"), TAKE_PACKED},
    {KEY("original"), TAKE_PACKED},
    {KEY("audit"), TAKE_PACKED},
    {KEY("json"), TAKE_PACKED},
    {KEY("data"), TAKE_PACKED},
    {KEY("body"), TAKE_PACKED},
    {KEY("line"), TAKE_PACKED},
    {KEY("result"), TAKE_PACKED},
    {KEY("_raw"), TAKE_PACKED},
    {KEY("_source"), TAKE_PACKED},
    {KEY("kubernetes"), GO_INTO, 0, KUBE_RULES_PACKED},
    {KEY("jsonPayload"), TAKE_PACKED},
    {KEY("textPayload"), TAKE_PACKED},
    {KEY("items"), TAKE_LIST},
    {KEY("records"), TAKE_LIST},
    {KEY("Records"), TAKE_LIST},
    {KEY("logEvents"), TAKE_LIST},
    {KEY("events"), TAKE_LIST},
    {KEY("entries"), TAKE_LIST},
    /* Google Cloud Audit. */
    {KEY("protoPayload"), GO_INTO, 0, KUBE_RULES_PROTO},
    {KEY("resource"), GO_INTO, 0, KUBE_RULES_GOOGLE_RESOURCE},
    {KEY("labels"), GO_INTO_AND_TAKE, KUBE_ANNOTATIONS, KUBE_RULES_ANNOTATIONS},
    {KEY("insertId"), TAKE_TEXT, KUBE_INSERT_ID},
    {KEY("operation"), GO_INTO, 0, KUBE_RULES_OPERATION},
    {KEY("Entry"), GO_INTO, 0, KUBE_RULES_ENTRY},
};

static const struct rule rules_user[] = {
    {KEY("username"), TAKE_TEXT, KUBE_USERNAME},
    {KEY("uid"), TAKE_TEXT, KUBE_USER_UID},
    {KEY("groups"), TAKE_WHOLE, KUBE_GROUPS},
    {KEY("extra"), TAKE_WHOLE, KUBE_USER_EXTRA},
};

static const struct rule rules_impersonated[] = {
    {KEY("username"), TAKE_TEXT, KUBE_IMPERSONATED_USER},
    {KEY("groups"), TAKE_WHOLE, KUBE_IMPERSONATED_GROUPS},
};

static const struct rule rules_object[] = {
    {KEY("resource"), TAKE_TEXT, KUBE_RESOURCE},
    {KEY("namespace"), TAKE_TEXT, KUBE_NAMESPACE},
    {KEY("name"), TAKE_TEXT, KUBE_NAME},
    {KEY("uid"), TAKE_TEXT, KUBE_OBJECT_UID},
    {KEY("apiGroup"), TAKE_TEXT, KUBE_OBJECT_GROUP},
    {KEY("apiVersion"), TAKE_TEXT, KUBE_OBJECT_VERSION},
    {KEY("subresource"), TAKE_TEXT, KUBE_SUBRESOURCE},
};

static const struct rule rules_status[] = {
    {KEY("code"), TAKE_TEXT, KUBE_RESPONSE_CODE},
    {KEY("status"), TAKE_TEXT, KUBE_RESPONSE_STATUS},
    {KEY("reason"), TAKE_TEXT, KUBE_RESPONSE_REASON},
    {KEY("message"), TAKE_TEXT, KUBE_RESPONSE_MESSAGE},
};

static const struct rule rules_annotations[] = {
    {KEY("authorization.k8s.io/decision"), TAKE_TEXT, KUBE_DECISION},
    {KEY("authorization.k8s.io/reason"), TAKE_TEXT, KUBE_REASON},
};

static const struct rule rules_packed[] = {
    {KEY("log"), TAKE_PACKED},
    {KEY("audit"), TAKE_PACKED},
    {KEY("pod"), TAKE_TEXT, KUBE_HOST},
};

static const struct rule rules_named[] = {
    {KEY("name"), TAKE_TEXT, KUBE_HOST},
};

/* The entry as JSON, and as the Go struct printed by older bridges: two spellings of everything. */
static const struct rule rules_proto[] = {
    {KEY("serviceName"), TAKE_TEXT, KUBE_SERVICE},
    {KEY("service_name"), TAKE_TEXT, KUBE_SERVICE},
    {KEY("methodName"), TAKE_TEXT, KUBE_METHOD},
    {KEY("method_name"), TAKE_TEXT, KUBE_METHOD},
    {KEY("resourceName"), TAKE_TEXT, KUBE_RESOURCE_NAME},
    {KEY("resource_name"), TAKE_TEXT, KUBE_RESOURCE_NAME},
    {KEY("requestURI"), TAKE_TEXT, KUBE_REQUEST_URI},
    {KEY("authenticationInfo"), GO_INTO, 0, KUBE_RULES_AUTHENTICATION},
    {KEY("authentication_info"), GO_INTO, 0, KUBE_RULES_AUTHENTICATION},
    {KEY("authorizationInfo"), GO_INTO_EACH, 0, KUBE_RULES_AUTHORIZATION},
    {KEY("authorization_info"), GO_INTO_EACH, 0, KUBE_RULES_AUTHORIZATION},
    {KEY("requestMetadata"), GO_INTO, 0, KUBE_RULES_METADATA},
    {KEY("request_metadata"), GO_INTO, 0, KUBE_RULES_METADATA},
    {KEY("status"), GO_INTO_AND_TAKE, KUBE_STATUS, KUBE_RULES_GRPC_STATUS},
    {KEY("request"), TAKE_WHOLE, KUBE_REQUEST_OBJECT},
    {KEY("response"), TAKE_WHOLE, KUBE_RESPONSE_OBJECT},
    {KEY("timestamp"), TAKE_TEXT, KUBE_RECEIVED_TIME},
};

static const struct rule rules_authentication[] = {
    {KEY("principalEmail"), TAKE_TEXT, KUBE_USERNAME},
    {KEY("principal_email"), TAKE_TEXT, KUBE_USERNAME},
};

static const struct rule rules_authorization[] = {
    {KEY("granted"), TAKE_TEXT, KUBE_GRANTED},
    {KEY("resource"), TAKE_TEXT, KUBE_PERMISSION_RESOURCE},
};

static const struct rule rules_metadata[] = {
    {KEY("callerIp"), TAKE_TEXT, KUBE_SOURCE_IPS},
    {KEY("callerIP"), TAKE_TEXT, KUBE_SOURCE_IPS},
    {KEY("caller_ip"), TAKE_TEXT, KUBE_SOURCE_IPS},
    {KEY("callerSuppliedUserAgent"), TAKE_TEXT, KUBE_USER_AGENT},
    {KEY("caller_supplied_user_agent"), TAKE_TEXT, KUBE_USER_AGENT},
};

static const struct rule rules_grpc_status[] = {
    {KEY("code"), TAKE_TEXT, KUBE_STATUS_CODE},
    {KEY("message"), TAKE_TEXT, KUBE_RESPONSE_MESSAGE},
};

static const struct rule rules_google_resource[] = {
    {KEY("labels"), GO_INTO, 0, KUBE_RULES_GOOGLE_LABELS},
};

static const struct rule rules_google_labels[] = {
    {KEY("cluster_name"), TAKE_TEXT, KUBE_CLUSTER},
};

static const struct rule rules_operation[] = {
    {KEY("id"), TAKE_TEXT, KUBE_OPERATION_ID},
};

static const struct rule rules_entry[] = {
    {KEY("Timestamp"), TAKE_TEXT, KUBE_OTHER_TIME},
    {KEY("InsertID"), TAKE_TEXT, KUBE_INSERT_ID},
    {KEY("Payload"), GO_INTO, 0, KUBE_RULES_PROTO},
    {KEY("Labels"), GO_INTO_AND_TAKE, KUBE_ANNOTATIONS, KUBE_RULES_ANNOTATIONS},
    {KEY("Operation"), GO_INTO, 0, KUBE_RULES_OPERATION},
    {KEY("Resource"), GO_INTO, 0, KUBE_RULES_GOOGLE_RESOURCE},
};

#define RULES(table)                                                                                                   \
    {                                                                                                                  \
        (table), countof(table)                                                                                        \
    }
static const struct {
    const struct rule *rules;
    size_t count;
} rule_sets[] = {
    [KUBE_RULES_TOP] = RULES(rules_top),
    [KUBE_RULES_USER] = RULES(rules_user),
    [KUBE_RULES_IMPERSONATED] = RULES(rules_impersonated),
    [KUBE_RULES_OBJECT] = RULES(rules_object),
    [KUBE_RULES_STATUS] = RULES(rules_status),
    [KUBE_RULES_ANNOTATIONS] = RULES(rules_annotations),
    [KUBE_RULES_PACKED] = RULES(rules_packed),
    [KUBE_RULES_NAMED] = RULES(rules_named),
    [KUBE_RULES_PROTO] = RULES(rules_proto),
    [KUBE_RULES_AUTHENTICATION] = RULES(rules_authentication),
    [KUBE_RULES_AUTHORIZATION] = RULES(rules_authorization),
    [KUBE_RULES_METADATA] = RULES(rules_metadata),
    [KUBE_RULES_GRPC_STATUS] = RULES(rules_grpc_status),
    [KUBE_RULES_GOOGLE_RESOURCE] = RULES(rules_google_resource),
    [KUBE_RULES_GOOGLE_LABELS] = RULES(rules_google_labels),
    [KUBE_RULES_OPERATION] = RULES(rules_operation),
    [KUBE_RULES_ENTRY] = RULES(rules_entry),
};
_Static_assert(countof(rule_sets) == KUBE_RULES_COUNT, "ORDER KUBE_RULES");
_Static_assert(KUBE_VALUE_COUNT <= 64, "a bit for each in kube_event.present");

static struct kube_key key_text(str name)
{
    struct kube_key key = {.length = (uint32_t)name.len + 3};
    if (key.length <= KUBE_KEY_BYTES) {
        key.text[0] = '"';
        memcpy(key.text + 1, name.data, name.len);
        memcpy(key.text + 1 + name.len, "\":", 2);
        key.bits = bytes_bits(key.length);
    }
    return key;
}

void kube_rule_index_build(struct kube_rule_index *index)
{
    size_t keys = 0;
    memset(index, 0, sizeof(*index));
    for (size_t set = 0; set < countof(rule_sets); set++) {
        assert(rule_sets[set].count < KUBE_SET_KEYS_MAX && keys + rule_sets[set].count <= KUBE_KEYS_MAX);
        index->first_key[set] = (uint16_t)keys;
        for (size_t i = 0; i < rule_sets[set].count; i++) {
            kube_index_add(&index->sets[set], rule_sets[set].rules[i].key, i);
            index->keys[keys++] = key_text(rule_sets[set].rules[i].key);
        }
    }
}

static const struct rule *rule_find(const struct kube_rule_index *index, enum kube_rules set, str key)
{
    if (key.len == 0) {
        return NULL;
    }
    const uint8_t *slots = index->sets[set].slots;
    for (unsigned slot = kube_index_hash(key); slots[slot]; slot = (slot + 1) % KUBE_INDEX_SLOTS) {
        const struct rule *rule = &rule_sets[set].rules[slots[slot] - 1];
        if (kube_name_eq(rule->key, key)) {
            return rule;
        }
    }
    return NULL;
}

const struct rule *kube_rule_find(const struct kube_rule_index *index, enum kube_rules set, str key)
{
    return rule_find(index, set, key);
}

/* ---- the walker ---- */

static void take_text(struct json_reader *reader, struct kube_event *event, enum kube_value value)
{
    struct json_value found;
    if (json_read(reader, &found) && found.kind >= JSON_BOOL && found.kind <= JSON_STRING) {
        kube_set(event, value, found);
    }
}

/* Reads a value; of an object, array or string that the text ends in, what there is (*ret_is_cut). */
static bool read_or_rest(struct json_reader *reader, struct json_value *ret, bool *ret_is_cut)
{
    enum json_kind kind = json_peek(reader);
    str rest = json_rest(reader);
    *ret_is_cut = false;
    if (json_read(reader, ret)) {
        return kind != JSON_NULL;
    }
    *ret_is_cut = true;
    *ret = (struct json_value){kind, kind == JSON_STRING, kind == JSON_STRING ? str_skip(rest, 1) : rest};
    return kind >= JSON_STRING;
}

static void take_whole(struct json_reader *reader, struct kube_event *event, enum kube_value value)
{
    struct json_value found;
    bool is_cut;
    if (read_or_rest(reader, &found, &is_cut) && !(is_cut && found.kind == JSON_STRING)) {
        kube_set(event, value, found);
    }
}

static void take_packed(struct json_reader *reader, struct kube_event *event)
{
    struct json_value found;
    bool is_cut;
    if (read_or_rest(reader, &found, &is_cut) && (found.kind == JSON_STRING || found.kind == JSON_OBJECT) &&
        event->packed_count < KUBE_PACKED_MAX) {
        event->packed[event->packed_count++] = found;
    }
}

static void take_list(struct json_reader *reader, struct kube_event *event)
{
    struct json_value found;
    bool is_cut;
    if (read_or_rest(reader, &found, &is_cut) && found.kind == JSON_ARRAY) {
        event->list = found;
        event->has_list = true;
    }
}

static void walk_object(const struct kube_rule_index *index, enum kube_rules set, struct json_reader *reader,
                        struct kube_event *event, int depth);

static void walk_array(const struct kube_rule_index *index, enum kube_rules set, struct json_reader *reader,
                       struct kube_event *event, int depth)
{
    if (!json_enter_array(reader)) {
        (void)json_skip(reader);
        return;
    }
    while (json_next_element(reader)) {
        walk_object(index, set, reader, event, depth);
    }
}

/* Runs a rule on the value in front of the reader. */
static void apply_rule(const struct kube_rule_index *index, const struct rule *rule, struct json_reader *reader,
                       struct kube_event *event, int depth)
{
    struct json_reader before = *reader;
    switch (rule->action) {
    case TAKE_TEXT:
        take_text(reader, event, rule->value);
        break;
    case TAKE_WHOLE:
        take_whole(reader, event, rule->value);
        break;
    case TAKE_PACKED:
        take_packed(reader, event);
        break;
    case TAKE_LIST:
        take_list(reader, event);
        break;
    case GO_INTO:
        walk_object(index, rule->rules, reader, event, depth);
        break;
    case GO_INTO_EACH:
        walk_array(index, rule->rules, reader, event, depth);
        break;
    case GO_INTO_OR_TAKE:
        if (json_peek(reader) == JSON_OBJECT) {
            walk_object(index, rule->rules, reader, event, depth);
        } else {
            take_text(reader, event, rule->value);
        }
        break;
    case GO_INTO_AND_TAKE:
        walk_object(index, rule->rules, reader, event, depth);
        (void)json_peek(&before);
        if (!reader->is_failed && *before.at == '{') {
            str text = str_from(before.at, (size_t)(reader->at - before.at));
            kube_set(event, rule->value, (struct json_value){JSON_OBJECT, false, text});
        }
        break;
    }
}

static void walk_object(const struct kube_rule_index *index, enum kube_rules set, struct json_reader *reader,
                        struct kube_event *event, int depth)
{
    struct json_member member;
    if (depth == RULES_DEPTH_MAX || !json_enter_object(reader)) {
        (void)json_skip(reader);
        return;
    }
    while (json_next_member(reader, &member)) {
        const struct rule *rule = rule_find(index, set, member.key);
        if (rule) {
            apply_rule(index, rule, reader, event, depth + 1);
        } else {
            (void)json_skip(reader);
        }
    }
}

bool kube_json_read(const struct kube_rule_index *index, str text, struct kube_event *event)
{
    struct json_reader reader;
    json_reader_init(&reader, text);
    if (json_peek(&reader) != JSON_OBJECT) {
        return false;
    }
    walk_object(index, KUBE_RULES_TOP, &reader, event, 0);
    event->is_cut = reader.is_failed;
    return true;
}

/* ---- the walker of compact JSON ---- */

/* What is loaded at once, at most: a key. */
enum { COMPACT_AHEAD = 64 };

#define COMPACT(name) name##_portable
#define COMPACT_TARGET
#define COMPACT_INLINE  static inline
#define COMPACT_IS_AVX2 0
#include "base/json_compact_pass.h"
#include "format/kubernetes_walk.h"
#include "format/kubernetes_shape_walk.h"
#undef COMPACT
#undef COMPACT_TARGET
#undef COMPACT_INLINE
#undef COMPACT_IS_AVX2

#if defined(__x86_64__)
#define COMPACT(name)   name##_avx2
#define COMPACT_TARGET  __attribute__((target("avx2,bmi")))
#define COMPACT_INLINE  static inline __attribute__((target("avx2,bmi")))
#define COMPACT_IS_AVX2 1
#include "base/json_compact_pass.h"
#include "format/kubernetes_walk.h"
#include "format/kubernetes_shape_walk.h"
#endif

static void event_clear(struct kube_event *event)
{
    event->present = 0;
    event->packed_count = 0;
    event->has_list = event->is_cut = false;
}

/* The two walks over a line that begins with a bracket, each for the processor. */
static const char *walk_shape(struct compact_walk *walk, const char *line)
{
#if defined(__x86_64__)
    if (json_compact_has_avx2()) {
        return shape_line_avx2(walk, line);
    }
#endif
    return shape_line_portable(walk, line);
}

static const char *walk_members(struct compact_walk *walk, const char *line)
{
#if defined(__x86_64__)
    if (json_compact_has_avx2()) {
        return compact_members_avx2(walk, KUBE_RULES_TOP, line + 1, 0);
    }
#endif
    return compact_members_portable(walk, KUBE_RULES_TOP, line + 1, 0);
}

const char *kube_json_read_compact(struct kube_rule_index *rules, struct kube_shapes *shapes, const char *line,
                                   const char *end, struct kube_event *event)
{
    struct compact_walk walk = {.rules = rules, .shapes = shapes, .event = event, .text = {.end = end}};
    const char *stop = NULL;
    event_clear(event);
    if (*line != '{') {
        return NULL;
    }
    if (shapes && kube_shapes_wanted(shapes)) {
        stop = walk_shape(&walk, line);
        kube_shapes_note(shapes, stop != NULL);
    }
    if (!stop) {
        event_clear(event);
        walk.text.has_wide = false;
        stop = walk_members(&walk, line);
    }
    bool is_line =
        stop && *stop == '\n' && (!walk.text.has_wide || utf8_is_valid(str_from(line, (size_t)(stop - line))));
    return is_line ? stop : NULL;
}

bool kube_json_read_whole(const struct kube_rule_index *index, str text, struct kube_event *event)
{
    struct json_reader reader;
    event_clear(event);
    json_reader_init(&reader, text);
    walk_object(index, KUBE_RULES_TOP, &reader, event, 0);
    return !reader.is_failed && reader.at == reader.end && !event->has_list;
}

bool kube_json_is_audit(const struct kube_event *event)
{
    if (str_starts_with(kube_raw(event, KUBE_API_VERSION), STR("audit.k8s.io/"))) {
        return str_eq(kube_raw(event, KUBE_KIND), STR("Event")) || !event->has_list;
    }
    bool has_request = kube_has(event, KUBE_REQUEST_URI) || kube_has(event, KUBE_RESOURCE);
    if (kube_has(event, KUBE_AUDIT_ID)) {
        return kube_has(event, KUBE_VERB) || kube_has(event, KUBE_STAGE) || has_request;
    }
    if (kube_has(event, KUBE_VERB) && (has_request || kube_has(event, KUBE_SOURCE_IPS))) {
        return true;
    }
    return str_eq(kube_raw(event, KUBE_LOG_TYPE), STR("Amazon.EKS.Audit"));
}
