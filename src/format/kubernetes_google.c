/* Google's Cloud Audit entries for Kubernetes: a method name and a resource name instead of verb and objectRef, a gRPC
 * code instead of an HTTP status. */
#include "format/kubernetes_event.h"

static str method_prefix(void)
{
    return STR("io.k8s.");
}

bool kube_google_is_audit(const struct kube_event *event)
{
    return str_starts_with(kube_raw(event, KUBE_METHOD), method_prefix()) ||
           (str_eq(kube_raw(event, KUBE_SERVICE), STR("k8s.io")) && kube_has(event, KUBE_METHOD));
}

/* io.k8s.GROUP.VERSION.RESOURCE[.SUBRESOURCE].VERB, where GROUP may hold dots; or io.k8s.readyz. */
static void translate_method(struct kube_event *event)
{
    str method = kube_raw(event, KUBE_METHOD);
    method = str_starts_with(method, method_prefix()) ? str_skip(method, method_prefix().len) : method;
    str parts[16];
    size_t count = 0;
    while (method.len > 0 && count < countof(parts)) {
        parts[count] = str_slice(method, 0, str_find_char(method, '.', 0));
        method = str_skip(method, parts[count].len + 1);
        count++;
    }
    if (count < 2) {
        kube_set_text(event, KUBE_VERB, STR("get"));
        return;
    }
    kube_set_text(event, KUBE_VERB, parts[count - 1]);
    for (size_t i = 0; i + 2 < count; i++) {
        if (parts[i].len >= 2 && parts[i].data[0] == 'v' && ascii_is_digit(parts[i].data[1])) {
            kube_set_text(event, KUBE_OBJECT_VERSION, parts[i]);
            kube_set_text(event, KUBE_RESOURCE, parts[i + 1]);
            kube_set_text(event, KUBE_SUBRESOURCE, i + 3 < count ? parts[i + 2] : STR_EMPTY);
            return;
        }
    }
}

static void translate_resource(struct kube_event *event)
{
    struct kube_object object;
    str name = kube_raw(event, kube_has(event, KUBE_RESOURCE_NAME) ? KUBE_RESOURCE_NAME : KUBE_PERMISSION_RESOURCE);
    if (name.len > 0 && name.data[0] == '/' && !kube_has(event, KUBE_REQUEST_URI)) {
        kube_set_text(event, KUBE_REQUEST_URI, name); /* /readyz: no object */
    }
    if (!kube_path_parse(name, &object)) {
        return;
    }
    kube_set_text(event, KUBE_OBJECT_GROUP, object.group);
    kube_set_text(event, KUBE_OBJECT_VERSION, object.version);
    kube_set_text(event, KUBE_RESOURCE, object.resource);
    kube_set_text(event, KUBE_NAMESPACE, object.name_space);
    kube_set_text(event, KUBE_NAME, object.name);
    kube_set_text(event, KUBE_SUBRESOURCE, object.subresource);
}

/* google.rpc.Code to the status the API server answered with. */
static void translate_status(struct kube_event *event)
{
    static const char *const http[] = {"200", "499", "500", "400", "504", "404", "409", "403", "429",
                                       "400", "409", "400", "501", "500", "503", "500", "401"};
    int64_t code = 0;
    if (kube_has(event, KUBE_STATUS_CODE)) {
        if (!json_to_i64(&event->values[KUBE_STATUS_CODE], &code)) {
            return;
        }
    } else if (!kube_has(event, KUBE_STATUS)) {
        return; /* nothing said: no status, not "OK" */
    }
    if (code >= 0 && code < (int64_t)countof(http)) {
        kube_set_text(event, KUBE_RESPONSE_CODE, str_from_cstring(http[code]));
        kube_set_text(event, KUBE_RESPONSE_STATUS, code == 0 ? STR("Success") : STR("Failure"));
    } else {
        kube_set(event, KUBE_RESPONSE_CODE, event->values[KUBE_STATUS_CODE]);
    }
}

void kube_google_translate(struct kube_event *event)
{
    translate_method(event);
    translate_resource(event);
    translate_status(event);
    if (!kube_has(event, KUBE_DECISION) && kube_has(event, KUBE_GRANTED)) {
        bool is_granted = str_eq(kube_raw(event, KUBE_GRANTED), STR("true"));
        kube_set_text(event, KUBE_DECISION, is_granted ? STR("allow") : STR("forbid"));
    }
    enum kube_value id = kube_has(event, KUBE_OPERATION_ID) ? KUBE_OPERATION_ID : KUBE_INSERT_ID;
    if (!kube_has(event, KUBE_AUDIT_ID) && kube_has(event, id)) {
        kube_set(event, KUBE_AUDIT_ID, event->values[id]);
    }
}
