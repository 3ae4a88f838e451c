#include "host/doctor.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/memory.h"
#include "host/doctor_internal.h"

enum { TEXT_BYTES = 4096 };

struct doctor_check *doctor_add(struct doctor *doctor, const char *id, const char *title, const char *telemetry,
                                const char *why)
{
    struct doctor_check *check = &doctor->checks[doctor->check_count];
    doctor->check_count += doctor->check_count + 1 < DOCTOR_CHECKS_MAX; /* the list is ours, and shorter */
    *check = (struct doctor_check){.id = id, .title = title, .telemetry = telemetry, .why = why, .detail = ""};
    return check;
}

const char *doctor_text(struct doctor *doctor, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    size_t kept = length < 0 ? 0 : (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1;
    char *copy = arena_copy_cstring(&doctor->arena, str_from(text, kept));
    doctor->is_out_of_memory |= !copy;
    return copy ? copy : "";
}

const char *doctor_copy(struct doctor *doctor, const struct strbuf *text)
{
    char *copy = text->is_failed ? NULL : arena_copy_cstring(&doctor->arena, strbuf_str(text));
    doctor->is_out_of_memory |= !copy;
    return copy ? copy : "";
}

const struct host_process *doctor_process(const struct doctor *doctor, const char *name)
{
    return host_process_find(doctor->processes, doctor->process_count, name);
}

const char *doctor_pack_file(struct doctor *doctor, const char *name)
{
    struct tocsin_error ignored;
    const char *text = NULL;
    size_t bytes;
    const char *path = doctor_text(doctor, "telemetry/%s", name);
    return tocsin_pack_file(doctor->pack, path, &text, &bytes, &ignored) == TOCSIN_OK ? text : NULL;
}

void doctor_check_log(struct doctor *doctor, const char *id, const char *title, const char *telemetry, const char *path)
{
    struct doctor_check *check =
        doctor_add(doctor, id, title, telemetry, "Rules can only be run over a log that can be read.");
    switch (host_file_probe(&doctor->files, path)) {
    case HOST_READ_DONE:
        check->status = DOCTOR_OK;
        check->detail = path;
        break;
    case HOST_READ_DENIED:
        check->status = DOCTOR_UNKNOWN;
        check->detail = doctor_text(doctor, "%s is not readable for this user", path);
        check->add_to = "run as root, or as a member of the file's group (log_group in /etc/audit/auditd.conf)";
        break;
    case HOST_READ_ABSENT:
    case HOST_READ_FAILED:
        check->status = DOCTOR_MISSING;
        check->detail = doctor_text(doctor, "%s is not there", path);
        break;
    }
}

static tocsin_status look(struct doctor *doctor, struct error *err)
{
    doctor->has_processes = host_process_list(&doctor->files, &doctor->processes, &doctor->process_count);
    doctor->has_listeners = host_listener_list(&doctor->files, &doctor->listeners, &doctor->listener_count);
    tocsin_status status = audit_state_read(&doctor->files, &doctor->audit, err);
    if (status == TOCSIN_OK) {
        status = doctor_check_audit(doctor, err);
    }
    if (status == TOCSIN_OK) {
        status = doctor_check_kubernetes(doctor, err);
    }
    if (status == TOCSIN_OK) {
        status = doctor_check_docker(doctor, err);
    }
    if (status == TOCSIN_OK && (doctor->is_out_of_memory || doctor->arena.is_over_limit)) {
        status = error_memory(err);
    }
    return status;
}

static tocsin_status run(tocsin_pack *pack, const struct doctor_options *options, int *ret_exit_code, struct error *err)
{
    struct doctor *doctor = memory_allocate_zeroed(1, sizeof(*doctor));
    if (!doctor) {
        return error_memory(err);
    }
    doctor->pack = pack;
    arena_init(&doctor->arena, LIMIT_HOST_BYTES);
    tocsin_status status = host_files_open(&doctor->files, options->root, &doctor->arena, err);
    if (status == TOCSIN_OK) {
        status = look(doctor, err);
        if (status == TOCSIN_OK) {
            status = doctor_report(doctor, options, err);
        }
        if (status == TOCSIN_OK) {
            *ret_exit_code = DOCTOR_EXIT_COMPLETE;
            for (size_t i = 0; i < doctor->check_count; i++) {
                *ret_exit_code = doctor->checks[i].status >= DOCTOR_UNKNOWN ? DOCTOR_EXIT_MISSING : *ret_exit_code;
            }
        }
        status = arena_explain(&doctor->arena, status, "what is read of the host", err);
    }
    host_files_close(&doctor->files);
    arena_release(&doctor->arena);
    memory_free(doctor);
    return status;
}

tocsin_status doctor_run(tocsin_pack *pack, const struct doctor_options *options, int *ret_exit_code,
                         struct tocsin_error *err)
{
    struct error error = {0};
    tocsin_status status = run(pack, options, ret_exit_code, &error);
    if (status != TOCSIN_OK) {
        *err = (struct tocsin_error){.status = status};
        (void)snprintf(err->message, sizeof(err->message), "%s", error.message);
        (void)snprintf(err->hint, sizeof(err->hint), "%s", error.hint);
    }
    return status;
}
