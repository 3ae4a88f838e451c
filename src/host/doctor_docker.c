/* Docker and podman: their logs, and whether their API is open to the network. */
#include <stdio.h>

#include "base/json_reader.h"
#include "base/limits.h"
#include "host/doctor_internal.h"

/* What dockerd was told, by its arguments and by daemon.json, which say different things or dockerd would not start. */
struct docker {
    bool is_here;
    bool is_debug;
    bool has_verify; /* clients need a certificate */
    bool has_plugin; /* authorization plugins */
    bool is_denied;  /* daemon.json is not readable */
    bool is_broken;  /* nor JSON */
    str hosts[16];
    size_t host_count;
    const struct host_process *process;
};

static void add_host(struct docker *docker, str host)
{
    if (docker->host_count < countof(docker->hosts)) {
        docker->hosts[docker->host_count++] = host;
    }
}

static void read_json(struct doctor *doctor, struct docker *docker, str text)
{
    struct json_reader reader;
    struct json_member member;
    struct json_value value;
    json_reader_init(&reader, text);
    docker->is_broken = !json_enter_object(&reader);
    while (!docker->is_broken && json_next_member(&reader, &member)) {
        bool is_on = false;
        if (json_key_eq(&member, STR("hosts")) && json_enter_array(&reader)) {
            while (json_next_element(&reader) && json_read(&reader, &value)) {
                add_host(docker, json_text(&value, &doctor->arena));
            }
            continue;
        }
        if (!json_read(&reader, &value)) {
            break;
        }
        bool is_true = json_to_bool(&value, &is_on) && is_on;
        docker->is_debug |= is_true && json_key_eq(&member, STR("debug"));
        docker->has_verify |= is_true && json_key_eq(&member, STR("tlsverify"));
        docker->is_debug |= json_key_eq(&member, STR("log-level")) &&
                            (str_eq(value.text, STR("debug")) || str_eq(value.text, STR("trace")));
        docker->has_plugin |= json_key_eq(&member, STR("authorization-plugins")) && value.kind == JSON_ARRAY &&
                              str_find_char(value.text, '"', 0) != SIZE_MAX;
    }
    docker->is_broken |= reader.is_failed;
}

static void read_arguments(struct docker *docker, const struct host_process *process)
{
    str value;
    docker->is_debug |= host_process_flag(process, "-D", &value) ||
                        (host_process_flag(process, "--debug", &value) && !str_eq(value, STR("false")));
    docker->is_debug |=
        (host_process_flag(process, "--log-level", &value) || host_process_flag(process, "-l", &value)) &&
        str_eq(value, STR("debug"));
    docker->has_verify |= host_process_flag(process, "--tlsverify", &value) && !str_eq(value, STR("false"));
    docker->has_plugin |= host_process_flag(process, "--authorization-plugin", &value);
    for (size_t i = 0; i < process->argument_count; i++) {
        str argument = process->arguments[i];
        bool is_apart = str_eq(argument, STR("-H")) || str_eq(argument, STR("--host"));
        if (is_apart && i + 1 < process->argument_count) {
            add_host(docker, process->arguments[i + 1]);
        } else if (str_starts_with(argument, STR("--host="))) {
            add_host(docker, str_skip(argument, 7));
        } else if (str_starts_with(argument, STR("-H")) && argument.len > 2) {
            add_host(docker, str_skip(argument, argument.data[2] == '=' ? 3 : 2));
        }
    }
}

static struct docker find_docker(struct doctor *doctor)
{
    struct docker docker = {.process = doctor_process(doctor, "dockerd")};
    str text;
    enum host_read read = host_file_read(&doctor->files, "/etc/docker/daemon.json", &text);
    docker.is_denied = read == HOST_READ_DENIED;
    docker.is_here = docker.process || read == HOST_READ_DONE || host_file_exists(&doctor->files, "/run/docker.sock") ||
                     host_file_exists(&doctor->files, "/usr/bin/dockerd") ||
                     host_file_exists(&doctor->files, "/usr/local/bin/dockerd");
    if (read == HOST_READ_DONE && str_trim(text).len > 0) {
        read_json(doctor, &docker, text);
    }
    if (docker.process) {
        read_arguments(&docker, docker.process);
    }
    return docker;
}

static void check_debug(struct doctor *doctor, const struct docker *docker)
{
    struct doctor_check *check =
        doctor_add(doctor, "docker.api-log", "dockerd logs the calls of its API", "docker",
                   "Only its debug log has a line for each call, which shows use by other programs than docker.");
    check->status = docker->is_debug ? DOCTOR_OK : docker->is_denied ? DOCTOR_UNKNOWN : DOCTOR_MISSING;
    check->detail = docker->is_broken   ? "/etc/docker/daemon.json is no JSON"
                    : docker->is_debug  ? "debug is on"
                    : docker->is_denied ? "/etc/docker/daemon.json is not readable for this user"
                                        : "the log level is info, at which no call is logged";
    check->add_to = "/etc/docker/daemon.json (join it with what is there); then: systemctl reload docker";
    check->add = doctor_pack_file(doctor, "daemon.json");
}

/* tcp://0.0.0.0:2375, tcp://:2375, tcp://192.168.0.1: anything but loopback. */
static bool is_loopback_host(str host)
{
    str rest = str_skip(host, sizeof("tcp://") - 1);
    return str_starts_with(rest, STR("127.")) || str_starts_with(rest, STR("localhost")) ||
           str_starts_with(rest, STR("[::1]"));
}

static const char exposed_add_to[] = "/etc/docker/daemon.json, or better remove the tcp address (hosts there, -H of "
                                     "dockerd)";
static const char exposed_add[] = "\"tlsverify\": true, \"tlscacert\": \"/etc/docker/ca.pem\", "
                                  "\"tlscert\": \"/etc/docker/server.pem\", \"tlskey\": \"/etc/docker/server-key.pem\"";

static void check_exposure(struct doctor *doctor, const struct docker *docker)
{
    const char *found = NULL;
    bool is_wide = false;
    for (size_t i = 0; i < docker->host_count; i++) {
        if (str_starts_with(docker->hosts[i], STR("tcp://")) && !docker->has_verify) {
            bool is_wider = !is_loopback_host(docker->hosts[i]);
            found = !found || is_wider ? doctor_text(doctor, "dockerd is told to listen on %.*s without certificates",
                                                     STR_ARG(docker->hosts[i]))
                                       : found;
            is_wide |= is_wider;
        }
    }
    for (size_t i = 0; i < doctor->listener_count; i++) {
        const struct host_listener *listener = &doctor->listeners[i];
        if (listener->port == 2375) {
            bool is_wider = !listener->is_loopback;
            found = !found || (is_wider && !is_wide)
                        ? doctor_text(doctor, "something listens on %s port 2375, Docker's API without certificates",
                                      listener->address)
                        : found;
            is_wide |= is_wider;
        }
    }
    if (!docker->is_here && !found) {
        return;
    }
    struct doctor_check *check =
        doctor_add(doctor, "docker.exposed-api", "the Docker API is not open to the network", NULL,
                   "Whoever reaches it is root on this host, and reads every container's credentials.");
    bool is_unread = docker->is_broken || docker->is_denied;
    check->status = !found ? (is_unread ? DOCTOR_UNKNOWN : DOCTOR_OK) : is_wide ? DOCTOR_CRITICAL : DOCTOR_MISSING;
    check->detail = found                   ? found
                    : docker->is_broken     ? "/etc/docker/daemon.json is no JSON"
                    : docker->is_denied     ? "/etc/docker/daemon.json is not readable for this user"
                    : doctor->has_listeners ? "no tcp address without certificates, nothing listens on 2375"
                                            : "no tcp address without certificates";
    check->add_to = exposed_add_to;
    check->add = exposed_add;
}

static void check_journal(struct doctor *doctor)
{
    struct doctor_check *check = doctor_add(doctor, "docker.journal", "dockerd's log is kept over a restart", "docker",
                                            "A journal in memory is gone with the next start of the host.");
    bool is_kept = host_file_exists(&doctor->files, "/var/log/journal");
    bool is_forwarded = host_file_exists(&doctor->files, "/var/log/syslog") ||
                        host_file_exists(&doctor->files, "/var/log/messages") ||
                        host_file_exists(&doctor->files, "/var/log/docker.log") ||
                        host_file_exists(&doctor->files, "/var/log/upstart/docker.log");
    check->status = is_kept || is_forwarded ? DOCTOR_OK : DOCTOR_MISSING;
    check->detail = is_kept        ? "/var/log/journal"
                    : is_forwarded ? "syslog keeps a file in /var/log"
                                   : "neither /var/log/journal nor a file of syslog";
    check->add_to = "/etc/systemd/journald.conf.d/tocsin-journald.conf; then: systemctl restart systemd-journald";
    check->add = doctor_pack_file(doctor, "tocsin-journald.conf");
}

static void check_plugin(struct doctor *doctor, const struct docker *docker)
{
    struct doctor_check *check =
        doctor_add(doctor, "docker.authorization", "an authorization plugin sees who calls the API (may be left out)",
                   "docker", "A plugin's log has the client's identity and the body of each request, debug has not.");
    check->status = docker->has_plugin ? DOCTOR_OK : DOCTOR_ABSENT;
    check->detail = docker->has_plugin ? "a plugin is configured" : "none; the debug log does without";
}

static void check_podman(struct doctor *doctor)
{
    const struct host_process *podman = doctor_process(doctor, "podman");
    bool is_service = false;
    bool is_logging = false;
    str level = STR_EMPTY;
    for (size_t i = 0; podman && i < podman->argument_count; i++) {
        is_service |= str_eq(podman->arguments[i], STR("service"));
    }
    if (!is_service && !host_file_exists(&doctor->files, "/run/podman/podman.sock")) {
        return;
    }
    struct doctor_check *check = doctor_add(doctor, "podman.api-log", "podman's API service logs its calls", "docker",
                                            "It serves Docker's API too, on a socket of its own.");
    is_logging = is_service && host_process_flag(podman, "--log-level", &level) &&
                 (str_eq(level, STR("info")) || str_eq(level, STR("debug")) || str_eq(level, STR("trace")));
    check->status = is_logging ? DOCTOR_OK : is_service ? DOCTOR_MISSING : DOCTOR_UNKNOWN;
    check->detail = is_logging   ? "it logs each call"
                    : is_service ? "its log level is below info"
                                 : "the socket is there; the service starts when it is used";
    check->add_to = "/etc/systemd/system/podman.service.d/log.conf; then: systemctl daemon-reload";
    check->add = "[Service]\nEnvironment=LOGGING=--log-level=info";
}

tocsin_status doctor_check_docker(struct doctor *doctor, struct error *err)
{
    (void)err;
    struct docker docker = find_docker(doctor);
    check_exposure(doctor, &docker);
    if (docker.is_here) {
        check_debug(doctor, &docker);
        check_journal(doctor);
        check_plugin(doctor, &docker);
    } else {
        struct doctor_check *check =
            doctor_add(doctor, "docker.api-log", "dockerd logs the calls of its API", "docker",
                       "Only its debug log has a line for each call, which shows use by other programs than docker.");
        check->status = DOCTOR_ABSENT;
        check->detail = "no dockerd here";
    }
    check_podman(doctor);
    return TOCSIN_OK;
}
