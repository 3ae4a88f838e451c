/* The text form of Kubernetes before 1.8 and of --audit-log-format=legacy:
 *     2026-11-23T03:20:07.011416975Z AUDIT: id="..." stage="..." ip="..." method="get" user="..." groups="\"a\",\"b\""
 *     as="<self>" asgroups="<lookup>" namespace="<none>" uri="/version" response="200"
 * Values are quoted as Go's %q does; the oldest form has two lines for a request, the second with id and response only.
 */
#include "base/utf8.h"
#include "format/kubernetes_event.h"

static const struct {
    str name;
    enum kube_value value;
} legacy_keys[] = {
    {{"id", 2}, KUBE_AUDIT_ID},
    {{"stage", 5}, KUBE_STAGE},
    {{"ip", 2}, KUBE_SOURCE_IPS},
    {{"method", 6}, KUBE_VERB},
    {{"user", 4}, KUBE_USERNAME},
    {{"groups", 6}, KUBE_GROUPS},
    {{"as", 2}, KUBE_IMPERSONATED_USER},
    {{"asgroups", 8}, KUBE_IMPERSONATED_GROUPS},
    {{"namespace", 9}, KUBE_NAMESPACE},
    {{"uri", 3}, KUBE_REQUEST_URI},
    {{"response", 8}, KUBE_RESPONSE_CODE},
};

/* Go's escapes in a quoted string. Never longer than what is written. */
static size_t go_unquote(str raw, char *target)
{
    size_t used = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.data[i];
        if (c != '\\' || i + 1 == raw.len) {
            target[used++] = c;
            continue;
        }
        char kind = raw.data[i + 1];
        size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
        uint64_t code;
        if (digits && raw.len - i - 2 >= digits && str_hex_to_u64(str_slice(raw, i + 2, i + 2 + digits), &code)) {
            if (kind == 'x') {
                target[used++] = (char)code;
            } else {
                used += utf8_encode(code > 0x10FFFF ? 0xFFFD : (uint32_t)code, target + used);
            }
            i += 1 + digits;
            continue;
        }
        static const char simple[] = "abfnrtv\\\"'";
        static const char meant[] = "\a\b\f\n\r\t\v\\\"'";
        const char *found = kind ? memchr(simple, kind, sizeof(simple) - 1) : NULL;
        target[used++] = found ? meant[found - simple] : '\\';
        i += found ? 1 : 0;
    }
    return used;
}

/* The value behind `name=`: quoted, or up to the next blank. *rest is behind it. False: the text ends inside it. */
static bool take_value(str *rest, str *ret_raw)
{
    if (rest->len == 0 || rest->data[0] != '"') {
        size_t end = 0;
        while (end < rest->len && !ascii_is_blank(rest->data[end])) {
            end++;
        }
        *ret_raw = str_slice(*rest, 0, end);
        *rest = str_skip(*rest, end);
        return true;
    }
    for (size_t i = 1; i < rest->len; i++) {
        if (rest->data[i] == '\\') {
            i++;
        } else if (rest->data[i] == '"') {
            *ret_raw = str_slice(*rest, 1, i);
            *rest = str_skip(*rest, i + 1);
            return true;
        }
    }
    return false;
}

/* "a","b" as Go prints a list becomes the JSON array that the other forms have. */
static bool set_list(struct kube_event *event, enum kube_value value, str text, struct arena *scratch)
{
    char *target = arena_allocate(scratch, text.len + 2, 1);
    if (!target) {
        return false;
    }
    target[0] = '[';
    memcpy(target + 1, text.data, text.len);
    target[text.len + 1] = ']';
    kube_set(event, value, (struct json_value){JSON_ARRAY, false, {target, text.len + 2}});
    return true;
}

static bool set_value(struct kube_event *event, enum kube_value value, str raw, struct arena *scratch)
{
    /* Placeholders: <none>, <self>, <lookup>, <deferred>. */
    if (raw.len == 0 || (raw.data[0] == '<' && raw.data[raw.len - 1] == '>')) {
        return true;
    }
    char *target = arena_allocate(scratch, raw.len, 1);
    if (!target) {
        return false;
    }
    str text = {target, go_unquote(raw, target)};
    if ((value == KUBE_GROUPS || value == KUBE_IMPERSONATED_GROUPS) && text.len > 0 && text.data[0] == '"') {
        return set_list(event, value, text, scratch);
    }
    kube_set_text(event, value, text);
    return true;
}

bool kube_legacy_read(str text, struct arena *scratch, struct kube_event *event)
{
    str mark = STR("AUDIT:");
    size_t at = str_find(text, mark, 0);
    if (at == SIZE_MAX) {
        return true;
    }
    kube_set_text(event, KUBE_STAGE_TIME, str_trim(str_slice(text, 0, at)));
    event->is_scratch = true;
    str rest = str_skip(text, at + mark.len);
    for (;;) {
        rest = str_trim(rest);
        size_t equals = str_find_char(rest, '=', 0);
        if (equals == SIZE_MAX) {
            event->is_cut = rest.len > 0;
            return true;
        }
        str name = str_slice(rest, 0, equals);
        str raw;
        rest = str_skip(rest, equals + 1);
        if (!take_value(&rest, &raw)) {
            event->is_cut = true;
            return true;
        }
        for (size_t i = 0; i < countof(legacy_keys); i++) {
            if (str_eq(name, legacy_keys[i].name) && !set_value(event, legacy_keys[i].value, raw, scratch)) {
                return false;
            }
        }
    }
}
