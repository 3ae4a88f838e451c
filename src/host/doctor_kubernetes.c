/* The audit log of a kube-apiserver on this host: switched on, with a policy that shows what the pack looks for. */
#include <stdio.h>

#include "base/limits.h"
#include "host/audit_policy.h"
#include "host/doctor_internal.h"

/* What says how the API server was started: its arguments, the manifest of its static pod, k3s' configuration. */
struct server {
    bool is_here;
    bool is_denied;
    str text; /* arguments or file, in which flags stand as NAME=VALUE or "NAME VALUE" */
    const char *from;
};

static const char *const configurations[] = {
    "/etc/kubernetes/manifests/kube-apiserver.yaml",
    "/etc/rancher/k3s/config.yaml",
    "/etc/rancher/rke2/config.yaml",
    "/var/snap/microk8s/current/args/kube-apiserver",
};

static bool join_arguments(struct doctor *doctor, const struct host_process *process, str *ret_text)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_HOST_FILE_BYTES);
    for (size_t i = 0; i < process->argument_count; i++) {
        strbuf_append(&text, process->arguments[i]);
        strbuf_append_char(&text, '\n');
    }
    *ret_text = str_from_cstring(doctor_copy(doctor, &text));
    strbuf_release(&text);
    return ret_text->len > 0;
}

static struct server find_server(struct doctor *doctor)
{
    struct server server = {.text = STR_EMPTY};
    const struct host_process *process = doctor_process(doctor, "kube-apiserver");
    if (process) {
        server.is_here = true;
        server.from = doctor_text(doctor, "arguments of kube-apiserver, pid %lld", (long long)process->pid);
        (void)join_arguments(doctor, process, &server.text);
        return server;
    }
    for (size_t i = 0; i < countof(configurations); i++) {
        switch (host_file_read(&doctor->files, configurations[i], &server.text)) {
        case HOST_READ_DONE:
            return (struct server){.is_here = true, .text = server.text, .from = configurations[i]};
        case HOST_READ_DENIED:
            server.is_denied = true;
            server.from = configurations[i];
            break;
        case HOST_READ_ABSENT:
        case HOST_READ_FAILED:
            break;
        }
    }
    const struct host_process *small = doctor_process(doctor, "k3s");
    if (small) {
        server.is_here = join_arguments(doctor, small, &server.text) && str_contains(server.text, STR("server"));
        server.from = "arguments of k3s";
    }
    return server;
}

static bool is_value_end(char c)
{
    return ascii_is_blank(c) || c == '"' || c == '\'' || c == ',' || c == '\0';
}

/* The value of a flag; false if it is not there. A comment of YAML does not count. */
static bool find_flag(const struct server *server, const char *name, str *ret_value)
{
    str wanted = str_from_cstring(name);
    for (size_t at = 0; (at = str_find(server->text, wanted, at)) != SIZE_MAX; at += wanted.len) {
        size_t line = at;
        while (line > 0 && server->text.data[line - 1] != '\n') {
            line--;
        }
        bool is_comment = str_find_char(str_slice(server->text, line, at), '#', 0) != SIZE_MAX;
        size_t start = at + wanted.len;
        char before = at > 0 ? server->text.data[at - 1] : '\n';
        if (is_comment || start >= server->text.len || (before != '-' && !is_value_end(before)) ||
            (server->text.data[start] != '=' && !ascii_is_blank(server->text.data[start]))) {
            continue;
        }
        start++;
        size_t end = start;
        while (end < server->text.len && !is_value_end(server->text.data[end])) {
            end++;
        }
        *ret_value = str_slice(server->text, start, end);
        return end > start;
    }
    return false;
}

static const char manifest_flags[] = "- --audit-policy-file=/etc/kubernetes/audit-policy.yaml\n"
                                     "- --audit-log-path=/var/log/kubernetes/audit.log\n"
                                     "- --audit-log-maxage=30\n"
                                     "- --audit-log-maxbackup=10\n"
                                     "- --audit-log-maxsize=100\n";

static void check_log(struct doctor *doctor, const struct server *server)
{
    struct doctor_check *check =
        doctor_add(doctor, "kubernetes.audit-log", "the API server writes an audit log", "kubernetes",
                   "Who reads which secret through the API, with kubectl or without, shows there only.");
    str path;
    str webhook;
    bool has_log = find_flag(server, "audit-log-path", &path);
    bool has_webhook = find_flag(server, "audit-webhook-config-file", &webhook);
    check->status = has_log || has_webhook ? DOCTOR_OK : DOCTOR_MISSING;
    const char *kind = has_log ? "" : has_webhook ? "webhook " : "no --audit-log-path";
    check->detail = doctor_text(doctor, "%s%.*s (%s)", kind,
                                STR_ARG(has_log       ? path
                                        : has_webhook ? webhook
                                                      : STR_EMPTY),
                                server->from);
    check->add_to = "/etc/kubernetes/manifests/kube-apiserver.yaml, under command; and mounts (hostPath) of both paths";
    check->add = manifest_flags;
    if (has_log && !str_eq(path, STR("-"))) {
        doctor_check_log(doctor, "kubernetes.audit-log-file", "the API server's audit log can be read", "kubernetes",
                         doctor_text(doctor, "%.*s", STR_ARG(path)));
    }
}

/* Requests that the pack's rules look for, and the level from which they show. */
static const struct {
    str group;
    str resource;
    str verb;
    enum policy_level level;
} needs[] = {
    {{"", 0}, {"secrets", 7}, {"get", 3}, POLICY_METADATA},
    {{"", 0}, {"secrets", 7}, {"list", 4}, POLICY_METADATA},
    {{"", 0}, {"secrets", 7}, {"watch", 5}, POLICY_METADATA},
    {{"", 0}, {"configmaps", 10}, {"get", 3}, POLICY_METADATA},
    {{"", 0}, {"configmaps", 10}, {"list", 4}, POLICY_METADATA},
    {{"", 0}, {"serviceaccounts", 15}, {"list", 4}, POLICY_METADATA},
    {{"", 0}, {"serviceaccounts/token", 21}, {"create", 6}, POLICY_METADATA},
    {{"", 0}, {"pods/exec", 9}, {"create", 6}, POLICY_METADATA},
    {{"", 0}, {"pods/exec", 9}, {"get", 3}, POLICY_METADATA},
    {{"", 0}, {"pods/attach", 11}, {"create", 6}, POLICY_METADATA},
    {{"", 0}, {"pods/portforward", 16}, {"create", 6}, POLICY_METADATA},
    {{"", 0}, {"pods/log", 8}, {"get", 3}, POLICY_METADATA},
    {{"", 0}, {"nodes/proxy", 11}, {"get", 3}, POLICY_METADATA},
    {{"", 0}, {"pods", 4}, {"create", 6}, POLICY_REQUEST},
    {{"authorization.k8s.io", 20}, {"selfsubjectaccessreviews", 24}, {"create", 6}, POLICY_METADATA},
    {{"authorization.k8s.io", 20}, {"selfsubjectrulesreviews", 23}, {"create", 6}, POLICY_METADATA},
};

static void judge_policy(struct doctor *doctor, struct doctor_check *check, const struct audit_policy *policy,
                         const char *path)
{
    struct strbuf missing;
    struct strbuf left_out;
    strbuf_init(&missing, LIMIT_CONFIG_BYTES);
    strbuf_init(&left_out, LIMIT_CONFIG_BYTES);
    for (size_t i = 0; i < countof(needs); i++) {
        struct policy_answer answer = audit_policy_level(policy, needs[i].group, needs[i].resource, needs[i].verb);
        if (answer.level < needs[i].level) {
            strbuf_append_format(&missing, "%s%.*s %.*s at %s instead of %s (", missing.len > 0 ? ", " : "",
                                 STR_ARG(needs[i].verb), STR_ARG(needs[i].resource), policy_level_name(answer.level),
                                 policy_level_name(needs[i].level));
            strbuf_append_format(&missing, answer.rule > 0 ? "rule %zu)" : "no rule)", answer.rule);
        }
        if (answer.exceptions > 0 && left_out.len == 0) {
            strbuf_append_format(&left_out, "; rule %zu leaves out some users or namespaces", answer.exception);
        }
    }
    check->status = missing.len > 0 ? DOCTOR_MISSING : DOCTOR_OK;
    check->detail = doctor_text(doctor, "%s%s%.*s%.*s", path, missing.len > 0 ? " records not enough: " : "",
                                STR_ARG(strbuf_str(&missing)), STR_ARG(strbuf_str(&left_out)));
    struct policy_answer secrets = audit_policy_level(policy, STR_EMPTY, STR("secrets"), STR("get"));
    if (secrets.level > POLICY_METADATA) {
        check->status = DOCTOR_CRITICAL;
        check->detail = doctor_text(doctor, "rule %zu of %s writes the secrets themselves into the log (%s)",
                                    secrets.rule, path, policy_level_name(secrets.level));
    }
    strbuf_release(&missing);
    strbuf_release(&left_out);
}

static tocsin_status check_policy(struct doctor *doctor, const struct server *server, struct error *err)
{
    struct doctor_check *check =
        doctor_add(doctor, "kubernetes.audit-policy", "the audit policy records what the pack looks for", "kubernetes",
                   "What a policy leaves out is in no log.");
    str path;
    str text = STR_EMPTY;
    check->add_to = "/etc/kubernetes/audit-policy.yaml";
    check->add = doctor_pack_file(doctor, "audit-policy.yaml");
    if (!find_flag(server, "audit-policy-file", &path)) {
        check->status = DOCTOR_MISSING;
        check->detail = doctor_text(doctor, "no --audit-policy-file (%s)", server->from);
        return TOCSIN_OK;
    }
    const char *name = doctor_text(doctor, "%.*s", STR_ARG(path));
    enum host_read read = host_file_read(&doctor->files, name, &text);
    if (read != HOST_READ_DONE) {
        check->status = read == HOST_READ_ABSENT ? DOCTOR_MISSING : DOCTOR_UNKNOWN;
        check->detail = doctor_text(doctor, "%s %s", name,
                                    read == HOST_READ_ABSENT ? "is not there (the API server "
                                                               "may see it by another path)"
                                                             : "is not readable for this user");
        return TOCSIN_OK;
    }
    struct audit_policy *policy;
    struct error wrong = {0};
    tocsin_status status = audit_policy_read(text, &doctor->arena, &policy, &wrong);
    if (status == TOCSIN_ERROR_MEMORY) {
        return error_memory(err);
    }
    if (status != TOCSIN_OK) {
        check->status = DOCTOR_UNKNOWN;
        check->detail = doctor_text(doctor, "%s: %s", name, wrong.message);
        return TOCSIN_OK;
    }
    judge_policy(doctor, check, policy, name);
    return TOCSIN_OK;
}

static void check_kubelet(struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->listener_count; i++) {
        const struct host_listener *listener = &doctor->listeners[i];
        if (listener->port != 10255 || listener->is_loopback) {
            continue;
        }
        struct doctor_check *check =
            doctor_add(doctor, "kubernetes.kubelet-read-only", "the kubelet has no port without login", NULL,
                       "Anyone who reaches the port reads the pods of the node and their environment.");
        check->status = DOCTOR_CRITICAL;
        check->detail = doctor_text(doctor, "something listens on %s port 10255", listener->address);
        check->add_to = "the kubelet's configuration, /var/lib/kubelet/config.yaml; then: systemctl restart kubelet";
        check->add = "readOnlyPort: 0";
        return;
    }
}

tocsin_status doctor_check_kubernetes(struct doctor *doctor, struct error *err)
{
    check_kubelet(doctor);
    struct server server = find_server(doctor);
    if (!server.is_here) {
        struct doctor_check *check =
            doctor_add(doctor, "kubernetes.audit-log", "the API server writes an audit log", "kubernetes",
                       "Who reads which secret through the API, with kubectl or without, shows there only.");
        check->status = server.is_denied ? DOCTOR_UNKNOWN : DOCTOR_ABSENT;
        check->detail = server.is_denied ? doctor_text(doctor, "%s is not readable for this user", server.from)
                                         : "no kube-apiserver here; ask on the control plane, or the provider";
        return TOCSIN_OK;
    }
    check_log(doctor, &server);
    return check_policy(doctor, &server, err);
}
