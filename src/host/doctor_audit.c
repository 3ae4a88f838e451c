/* The Linux audit system: is it on, who takes the records, and does it record what the pack needs. */
#include <stdio.h>
#include <sys/utsname.h>

#include "base/limits.h"
#include "host/doctor_internal.h"

/* ---- the daemon -------------------------------------------------------------------------------------------------- */

static void check_daemon(struct doctor *doctor)
{
    const struct audit_state *audit = &doctor->audit;
    struct doctor_check *check =
        doctor_add(doctor, "audit.daemon", "auditd runs and takes the kernel's records", DOCTOR_ALL_AUDIT,
                   "Without it no record of a command, a file or a connection is kept.");
    const struct host_process *daemon = doctor_process(doctor, "auditd");
    check->add_to = "apt-get install auditd && systemctl enable --now auditd";
    if (audit->is_asked && audit->pid > 0 && audit->enabled > 0) {
        check->status = DOCTOR_OK;
        check->detail = doctor_text(doctor, "pid %lld, auditing %s%s", (long long)audit->pid,
                                    audit->enabled == 2 ? "on and locked until the next start (-e 2)" : "on",
                                    daemon ? "" : ", taken by another program than auditd");
    } else if (audit->is_asked) {
        check->status = DOCTOR_MISSING;
        check->detail = audit->pid > 0 ? "auditing is switched off (enabled 0)" : "nobody takes the kernel's records";
        check->add_to = audit->pid > 0 ? "auditctl -e 1" : check->add_to;
    } else if (daemon || !doctor->has_processes) {
        check->status = daemon ? DOCTOR_OK : DOCTOR_UNKNOWN;
        check->detail =
            daemon ? doctor_text(doctor, "pid %lld", (long long)daemon->pid) : "no processes are to be seen here";
    } else {
        check->status = DOCTOR_MISSING;
        check->detail = "no process auditd";
    }
}

static void check_losses(struct doctor *doctor)
{
    const struct audit_state *audit = &doctor->audit;
    if (!audit->is_asked) {
        return;
    }
    struct doctor_check *check =
        doctor_add(doctor, "audit.backlog", "the kernel's queue loses no records", DOCTOR_ALL_AUDIT,
                   "Records that nobody takes in time are dropped, and with them acts.");
    bool is_small = audit->backlog_limit < 1024;
    check->status = audit->lost > 0 || is_small ? DOCTOR_MISSING : DOCTOR_OK;
    check->detail = doctor_text(doctor, "room for %lld records, %lld lost since the start",
                                (long long)audit->backlog_limit, (long long)audit->lost);
    if (check->status == DOCTOR_MISSING) {
        check->add_to = "/etc/audit/rules.d/80-tocsin-commands.rules, in front; then: augenrules --load && "
                        "auditctl --reset-lost";
        check->add = is_small ? "-b 8192" : "-b 32768";
    }
}

static void check_log(struct doctor *doctor)
{
    str conf;
    str path = STR("/var/log/audit/audit.log");
    bool is_written = true;
    if (host_file_read(&doctor->files, "/etc/audit/auditd.conf", &conf) == HOST_READ_DONE) {
        path = audit_setting(conf, "log_file", path);
        is_written = !str_eq_ignore_case(audit_setting(conf, "write_logs", STR("yes")), STR("no"));
    }
    if (is_written) {
        doctor_check_log(doctor, "audit.log", "auditd's log can be read", DOCTOR_ALL_AUDIT,
                         doctor_text(doctor, "%.*s", STR_ARG(path)));
        return;
    }
    struct doctor_check *check = doctor_add(doctor, "audit.log", "auditd's log can be read", DOCTOR_ALL_AUDIT,
                                            "Rules can only be run over a log that can be read.");
    check->status = DOCTOR_UNKNOWN;
    check->detail = "auditd writes no file (write_logs = no); a plugin may send the records elsewhere";
    check->add_to = "/etc/audit/auditd.conf, unless the records reach your collector";
    check->add = "write_logs = yes";
}

/* ---- rules ------------------------------------------------------------------------------------------------------- */

struct rule_group {
    const char *id;
    const char *title;
    const char *telemetry;
    const char *why;
    const char *file; /* of the pack's telemetry */
    const char *key;  /* of the rules in it; NULL: all */
};

static const struct rule_group groups[] = {
    {"audit.commands", "every program started is recorded, with its arguments", "process",
     "kubectl, docker and their like are told by their command lines.", "80-tocsin-commands.rules", "tocsin_exec"},
    {"audit.connections", "connections are recorded, with their addresses", "network",
     "Use of the Docker API on 2375, of kubelets and of etcd, by whatever program, shows in connections only.",
     "80-tocsin-commands.rules", "tocsin_connect"},
    {"audit.docker-socket", "use of the Docker socket is recorded", "network",
     "Who may use the socket reads the environment, logs and files of each container. A watch (-w) sees none of it.",
     "81-tocsin-docker.rules", "tocsin_runtime_socket"},
    {"audit.docker-credentials", "reads of registry credentials are recorded", "file",
     "The file holds passwords of registries.", "81-tocsin-docker.rules", "tocsin_credentials"},
    {"audit.runtime-sockets", "use of the sockets of containerd, CRI-O and podman is recorded", "network",
     "The same as with Docker's: crictl, nerdctl, ctr and podman speak to them.", "82-tocsin-runtimes.rules", NULL},
    {"audit.tokens", "reads of service account tokens are recorded", "file",
     "A token read from a pod speaks for its service account anywhere. A watch on its link sees no read.",
     "83-tocsin-kubernetes.rules", "tocsin_token"},
    {"audit.node-credentials", "reads of keys and kubeconfig files are recorded", "file",
     "They speak for the node, or for the administrator of the cluster.", "83-tocsin-kubernetes.rules",
     "tocsin_credentials"},
    {"audit.older-calls", "32-bit programs and older calls are recorded too", DOCTOR_ALL_AUDIT,
     "A 32-bit program makes calls of its own, which rules for b64 don't see.", "84-tocsin-x86.rules", NULL},
};

static bool has_runtime_folder(struct doctor *doctor, str path)
{
    static const struct {
        const char *folder;
        const char *programs[3];
    } runtimes[] = {
        {"/run/containerd", {"containerd", "/usr/bin/containerd", "/usr/local/bin/containerd"}},
        {"/run/crio", {"crio", "/usr/bin/crio", "/usr/local/bin/crio"}},
        {"/run/podman", {"podman", "/usr/bin/podman", "/usr/local/bin/podman"}},
    };
    for (size_t i = 0; i < countof(runtimes); i++) {
        if (str_eq(path, str_from_cstring(runtimes[i].folder))) {
            return doctor_process(doctor, runtimes[i].programs[0]) ||
                   host_file_exists(&doctor->files, runtimes[i].programs[1]) ||
                   host_file_exists(&doctor->files, runtimes[i].programs[2]);
        }
    }
    return false;
}

static bool has_docker(struct doctor *doctor)
{
    return doctor_process(doctor, "dockerd") || host_file_exists(&doctor->files, "/run/docker.sock") ||
           host_file_exists(&doctor->files, "/usr/bin/dockerd") ||
           host_file_exists(&doctor->files, "/usr/local/bin/dockerd");
}

static bool is_x86(const struct doctor *doctor)
{
    struct utsname name;
    if (!doctor->files.is_live) {
        return !host_file_exists(&doctor->files, "/lib/ld-linux-aarch64.so.1");
    }
    return uname(&name) == 0 && str_starts_with(str_from_cstring(name.machine), STR("x86_64"));
}

/* Whether this host has what the rule is about. */
static bool is_relevant(struct doctor *doctor, const struct audit_rule *rule)
{
    for (size_t i = 0; i < rule->field_count; i++) {
        const struct audit_field *field = &rule->fields[i];
        bool is_folder = str_eq(field->name, STR("dir"));
        if (!is_folder && !str_eq(field->name, STR("path"))) {
            continue;
        }
        if (str_eq(field->value, STR("/run/docker.sock"))) {
            return has_docker(doctor);
        }
        if (str_eq(field->value, STR("/run/tocsin-tokens"))) {
            return doctor_process(doctor, "kubelet") || host_file_exists(&doctor->files, "/var/lib/kubelet/pods");
        }
        if (str_starts_with(field->value, STR("/run/"))) {
            return has_runtime_folder(doctor, field->value);
        }
        return host_file_exists(&doctor->files, doctor_text(doctor, "%.*s", STR_ARG(field->value)));
    }
    return true;
}

/* The rule for the folder of tokens may as well name the folder of the pods. */
static enum audit_cover cover_tokens(const struct audit_rules *rules, const struct audit_rule *wanted,
                                     const struct audit_rule **ret_by)
{
    struct audit_field fields[AUDIT_FIELDS_MAX];
    struct audit_rule other = *wanted;
    memcpy(fields, wanted->fields, wanted->field_count * sizeof(*fields));
    other.fields = fields;
    for (size_t i = 0; i < other.field_count; i++) {
        if (str_eq(fields[i].value, STR("/run/tocsin-tokens"))) {
            fields[i].value = STR("/var/lib/kubelet/pods");
        }
    }
    return audit_rules_cover(rules, &other, ret_by);
}

static enum audit_cover cover(const struct audit_rules *rules, const struct audit_rule *wanted,
                              const struct audit_rule **ret_by)
{
    enum audit_cover cover = audit_rules_cover(rules, wanted, ret_by);
    if (cover != AUDIT_COVER_FULL && str_eq(wanted->key, STR("tocsin_token"))) {
        const struct audit_rule *by;
        enum audit_cover other = cover_tokens(rules, wanted, &by);
        if (other < cover) {
            *ret_by = by;
            return other;
        }
    }
    return cover;
}

static const char *cover_text(enum audit_cover cover)
{
    switch (cover) {
    case AUDIT_COVER_NARROWER:
        return "only a part is recorded, by";
    case AUDIT_COVER_HIDDEN:
        return "switched off by";
    case AUDIT_COVER_WATCH:
        return "only a watch is there, which does not see that: ";
    case AUDIT_COVER_FULL:
    case AUDIT_COVER_NONE:
        break;
    }
    return "";
}

/* What decides about several rules is told once. */
static void list_missing(struct doctor *doctor, struct strbuf *detail, struct strbuf *add,
                         const struct audit_rule *wanted, enum audit_cover result, const struct audit_rule *by)
{
    strbuf_append(add, wanted->text);
    strbuf_append_char(add, '\n');
    if (by && result != AUDIT_COVER_NONE) {
        const char *text = doctor_text(doctor, "%s %.*s", cover_text(result), STR_ARG(by->text));
        if (!str_contains(strbuf_str(detail), str_from_cstring(text))) {
            strbuf_append_format(detail, "%s%s", detail->len > 0 ? "; " : "", text);
        }
    }
}

static void judge_group(struct doctor *doctor, const struct rule_group *group, const struct audit_rules *wanted,
                        const struct audit_rules *present)
{
    struct doctor_check *check = doctor_add(doctor, group->id, group->title, group->telemetry, group->why);
    struct strbuf detail;
    struct strbuf add;
    size_t relevant = 0;
    size_t missing = 0;
    strbuf_init(&detail, LIMIT_CONFIG_BYTES);
    strbuf_init(&add, LIMIT_CONFIG_BYTES);
    for (size_t i = 0; i < wanted->rule_count; i++) {
        const struct audit_rule *rule = &wanted->rules[i];
        const struct audit_rule *by = NULL;
        if ((group->key && !str_eq(rule->key, str_from_cstring(group->key))) || !is_relevant(doctor, rule)) {
            continue;
        }
        relevant++;
        enum audit_cover result = cover(present, rule, &by);
        if (result != AUDIT_COVER_FULL) {
            missing++;
            list_missing(doctor, &detail, &add, rule, result, by);
        }
    }
    bool is_judged = doctor->audit.is_asked || doctor->audit.has_files;
    bool is_certain = doctor->audit.is_asked || !doctor->files.is_live;
    check->status = relevant == 0 ? DOCTOR_ABSENT
                    : !is_judged  ? DOCTOR_UNKNOWN
                    : missing > 0 ? DOCTOR_MISSING
                    : !is_certain ? DOCTOR_UNKNOWN
                                  : DOCTOR_OK;
    if (check->status == DOCTOR_UNKNOWN) {
        check->detail =
            is_judged ? doctor_text(doctor, "in the files of /etc/audit; whether loaded: %s", doctor->audit.why_not)
                      : doctor->audit.why_not;
    } else if (relevant > 0) {
        check->detail = doctor_text(doctor, "%zu of %zu rules %s%s%.*s", relevant - missing, relevant,
                                    doctor->audit.is_asked ? "loaded" : "in the files of /etc/audit",
                                    detail.len > 0 ? "; " : "", STR_ARG(strbuf_str(&detail)));
    }
    if (check->status == DOCTOR_UNKNOWN && is_judged) {
        check->add_to = "run as root";
    } else if (check->status == DOCTOR_MISSING || check->status == DOCTOR_UNKNOWN) {
        check->add_to = doctor_text(doctor, "/etc/audit/rules.d/%s; then: augenrules --load%s", group->file,
                                    doctor->audit.enabled == 2 ? " (after the next start: rules are locked)" : "");
        check->add = doctor_copy(doctor, &add);
    }
    doctor->is_out_of_memory |= detail.is_failed || add.is_failed;
    strbuf_release(&detail);
    strbuf_release(&add);
}

static tocsin_status check_rules(struct doctor *doctor, struct error *err)
{
    const struct audit_state *audit = &doctor->audit;
    const struct audit_rules *present = audit->is_asked ? &audit->loaded : &audit->files;
    for (size_t i = 0; i < countof(groups); i++) {
        const char *text = doctor_pack_file(doctor, groups[i].file);
        struct audit_rules wanted = {.enabled = -1};
        if (!text || (str_eq(str_from_cstring(groups[i].id), STR("audit.older-calls")) && !is_x86(doctor))) {
            continue; /* another pack may ship no such file */
        }
        tocsin_status status = audit_rules_read(&wanted, str_from_cstring(text), &doctor->arena, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        judge_group(doctor, &groups[i], &wanted, present);
    }
    return TOCSIN_OK;
}

/* Rules that are loaded but stand in no file are gone after the next start. */
static void check_files(struct doctor *doctor)
{
    const struct audit_state *audit = &doctor->audit;
    if (!audit->is_asked || !audit->has_files || audit->loaded.rule_count == 0) {
        return;
    }
    struct doctor_check *check =
        doctor_add(doctor, "audit.files", "the rules that are loaded stand in files as well", DOCTOR_ALL_AUDIT,
                   "What auditctl loaded by hand is gone after the next start.");
    struct strbuf add;
    strbuf_init(&add, LIMIT_CONFIG_BYTES);
    size_t missing = 0;
    for (size_t i = 0; i < audit->loaded.rule_count; i++) {
        const struct audit_rule *rule = &audit->loaded.rules[i];
        bool is_ours = str_starts_with(rule->key, STR("tocsin_"));
        if (is_ours && audit_rules_cover(&audit->files, rule, NULL) != AUDIT_COVER_FULL) {
            missing++;
            strbuf_append(&add, rule->text);
            strbuf_append_char(&add, '\n');
        }
    }
    check->status = missing > 0 ? DOCTOR_MISSING : DOCTOR_OK;
    check->detail = doctor_text(doctor, "%zu of the rules with a key tocsin_... stand in no file", missing);
    check->add_to = "a file in /etc/audit/rules.d";
    check->add = doctor_copy(doctor, &add);
    strbuf_release(&add);
}

/* Rules for folders do not see what is mounted later; a service of the pack tells the kernel. */
static void check_mounts(struct doctor *doctor)
{
    if (!doctor_process(doctor, "kubelet") && !host_file_exists(&doctor->files, "/var/lib/kubelet/pods")) {
        return;
    }
    struct doctor_check *check =
        doctor_add(doctor, "audit.mounts", "audit rules follow the mounts of new pods", "file",
                   "Each pod's token is a mount of its own, and rules don't see mounts that came after them.");
    static const char unit[] = "/etc/systemd/system/multi-user.target.wants/tocsin-audit-mounts.service";
    bool is_enabled = host_file_exists(&doctor->files, unit);
    bool is_running = false;
    for (size_t i = 0; i < doctor->process_count; i++) {
        str ignored;
        is_running |= str_eq(doctor->processes[i].name, STR("findmnt")) &&
                      host_process_flag(&doctor->processes[i], "--poll", &ignored);
    }
    check->status = is_running || (is_enabled && !doctor->files.is_live) ? DOCTOR_OK : DOCTOR_MISSING;
    check->detail = is_running   ? "findmnt --poll runs"
                    : is_enabled ? "the service is enabled, but does not run"
                                 : "nothing tells the kernel of new mounts";
    if (check->status == DOCTOR_OK && !is_running) {
        check->detail = "the service is enabled";
    }
    check->add_to = "/etc/systemd/system/tocsin-audit-mounts.service; then: systemctl enable --now "
                    "tocsin-audit-mounts.service";
    check->add = doctor_pack_file(doctor, "tocsin-audit-mounts.service");
}

tocsin_status doctor_check_audit(struct doctor *doctor, struct error *err)
{
    check_daemon(doctor);
    check_losses(doctor);
    check_log(doctor);
    tocsin_status status = check_rules(doctor, err);
    if (status == TOCSIN_OK) {
        check_files(doctor);
        check_mounts(doctor);
    }
    return status;
}
