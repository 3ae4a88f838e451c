#include "host/audit_state.h"

#include <stdio.h>

#include "host/child_process.h"

enum { AUDITCTL_TIMEOUT_MS = 10000 };

/* The number behind a name in the lines of `auditctl -s`. */
static int64_t status_number(str text, const char *name)
{
    str wanted = str_from_cstring(name);
    while (text.len > 0) {
        size_t end = str_find_char(text, '\n', 0);
        str line = str_slice(text, 0, end);
        text = end == SIZE_MAX ? STR_EMPTY : str_skip(text, end + 1);
        int64_t value;
        if (str_starts_with(line, wanted) && line.len > wanted.len && line.data[wanted.len] == ' ' &&
            str_to_i64(str_trim(str_skip(line, wanted.len)), &value)) {
            return value;
        }
    }
    return -1;
}

tocsin_status audit_state_ask(struct arena *arena, struct audit_state *ret_state, struct error *err)
{
    static const char *const ask_status[] = {"auditctl", "-s", NULL};
    static const char *const ask_rules[] = {"auditctl", "-l", NULL};
    static const struct child_options options = {.timeout_ms = AUDITCTL_TIMEOUT_MS};
    struct child_result status_answer;
    struct child_result rules_answer;
    tocsin_status status = child_run(ask_status, &options, arena, &status_answer, err);
    if (status == TOCSIN_OK) {
        status = child_run(ask_rules, &options, arena, &rules_answer, err);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!status_answer.is_found) {
        ret_state->why_not = "auditctl is not installed";
        return TOCSIN_OK;
    }
    if (status_answer.exit_code != 0 || rules_answer.exit_code != 0 ||
        status_number(status_answer.output, "enabled") < 0) {
        ret_state->why_not = "auditctl failed";
        return TOCSIN_OK;
    }
    ret_state->is_asked = true;
    ret_state->enabled = status_number(status_answer.output, "enabled");
    ret_state->pid = status_number(status_answer.output, "pid");
    ret_state->backlog_limit = status_number(status_answer.output, "backlog_limit");
    ret_state->lost = status_number(status_answer.output, "lost");
    ret_state->loaded = (struct audit_rules){.enabled = -1};
    return audit_rules_read(&ret_state->loaded, rules_answer.output, arena, err);
}

/* The files of rules.d in the order of their names, as augenrules joins them; else the joined file. */
static tocsin_status read_files(const struct host_files *files, struct audit_state *state, struct error *err)
{
    str *names;
    size_t count;
    str text;
    state->files = (struct audit_rules){.enabled = -1};
    enum host_read folder = host_folder_list(files, "/etc/audit/rules.d", &names, &count);
    if (folder == HOST_READ_DONE) {
        for (size_t i = 0; i < count; i++) {
            char path[512];
            int length = snprintf(path, sizeof(path), "/etc/audit/rules.d/%.*s", STR_ARG(names[i]));
            if (!str_ends_with(names[i], STR(".rules")) || length >= (int)sizeof(path) ||
                host_file_read(files, path, &text) != HOST_READ_DONE) {
                continue;
            }
            tocsin_status status = audit_rules_read(&state->files, text, files->arena, err);
            if (status != TOCSIN_OK) {
                return status;
            }
            state->has_files = true;
        }
    }
    enum host_read joined = HOST_READ_ABSENT;
    if (!state->has_files) {
        joined = host_file_read(files, "/etc/audit/audit.rules", &text);
    }
    if (joined == HOST_READ_DONE) {
        state->has_files = true;
        return audit_rules_read(&state->files, text, files->arena, err);
    }
    state->has_files |= folder == HOST_READ_ABSENT && joined == HOST_READ_ABSENT; /* then there are no rules */
    return TOCSIN_OK;
}

tocsin_status audit_state_read(const struct host_files *files, struct audit_state *ret_state, struct error *err)
{
    *ret_state = (struct audit_state){.enabled = -1};
    tocsin_status status = read_files(files, ret_state, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!files->is_live) {
        ret_state->why_not = "a folder is examined, not a running system";
        return TOCSIN_OK;
    }
    if (!files->is_root) {
        ret_state->why_not = "only root can ask the kernel";
        return TOCSIN_OK;
    }
    return audit_state_ask(files->arena, ret_state, err);
}

str audit_setting(str auditd_conf, const char *name, str otherwise)
{
    str wanted = str_from_cstring(name);
    while (auditd_conf.len > 0) {
        size_t end = str_find_char(auditd_conf, '\n', 0);
        str line = str_trim(str_slice(auditd_conf, 0, end));
        auditd_conf = end == SIZE_MAX ? STR_EMPTY : str_skip(auditd_conf, end + 1);
        size_t equals = str_find_char(line, '=', 0);
        if (equals != SIZE_MAX && str_eq_ignore_case(str_trim(str_slice(line, 0, equals)), wanted)) {
            return str_trim(str_skip(line, equals + 1));
        }
    }
    return otherwise;
}
