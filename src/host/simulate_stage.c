/* Where the tests are carried out: a process with namespaces of its own, in which stand-ins answer. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/civil_time.h"
#include "base/limits.h"
#include "host/child_process.h"
#include "host/http_stand_in.h"
#include "host/simulate_internal.h"

enum {
    TEST_TIMEOUT_MS = 20000,
    STAGE_TIMEOUT_MS = 120000,
    POLL_MS = 50,
    BEGIN_TIMEOUT_MS = 10000,
    ENVIRONMENT_MAX = 12
};

static const char docker_socket[] = "/run/docker.sock";
static const char token_anchor[] = "/run/tocsin-tokens"; /* as 83-tocsin-kubernetes.rules has it */

/* ---- files ------------------------------------------------------------------------------------------------------- */

static bool write_whole(const char *path, str text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_written = file >= 0 && write(file, text.data, text.len) == (ssize_t)text.len;
    if (file >= 0) {
        is_written = close(file) == 0 && is_written;
    }
    return is_written;
}

static bool make_folders(const char *path)
{
    char part[256];
    for (size_t i = 1; path[i - 1]; i++) {
        if (path[i] == '/' || path[i] == '\0') {
            (void)snprintf(part, sizeof(part), "%.*s", (int)i, path);
            if (mkdir(part, 0755) != 0 && errno != EEXIST) {
                return false;
            }
        }
    }
    return true;
}

/* As the kubelet lays a token out: a mount, in it a folder with the files, and links to them. */
static bool make_token(void)
{
    struct strbuf token;
    strbuf_init(&token, 4 * KIBI);
    simulate_token(&token);
    bool is_made =
        make_folders(SIMULATE_TOKEN_FOLDER) && make_folders(token_anchor) &&
        mount("tmpfs", SIMULATE_TOKEN_FOLDER, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=64k") == 0 &&
        mkdir(SIMULATE_TOKEN_FOLDER "/..2026_11_23", 0755) == 0 && !token.is_failed &&
        write_whole(SIMULATE_TOKEN_FOLDER "/..2026_11_23/token", strbuf_str(&token)) &&
        write_whole(SIMULATE_TOKEN_FOLDER "/..2026_11_23/namespace", STR("tocsin-simulate")) &&
        symlink("..2026_11_23", SIMULATE_TOKEN_FOLDER "/..data") == 0 &&
        symlink("..data/token", SIMULATE_TOKEN_FOLDER "/token") == 0 &&
        symlink("..data/namespace", SIMULATE_TOKEN_FOLDER "/namespace") == 0;
    strbuf_release(&token);
    return is_made;
}

static bool make_kubeconfig(const char *folder)
{
    char path[512];
    static const char text[] = "apiVersion: v1\nkind: Config\ncurrent-context: stand-in\n"
                               "clusters: [{name: stand-in, cluster: {server: 'http://127.0.0.1:6443'}}]\n"
                               "users: [{name: dummy, user: {token: dummy-and-of-no-use}}]\n"
                               "contexts: [{name: stand-in, context: {cluster: stand-in, user: dummy}}]\n";
    (void)snprintf(path, sizeof(path), "%s/kubeconfig", folder);
    return write_whole(path, str_from(text, sizeof(text) - 1));
}

/* ---- namespaces and sockets -------------------------------------------------------------------------------------- */

static bool enter_namespaces(void)
{
    struct stat info;
    if (unshare(CLONE_NEWNS | CLONE_NEWNET) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=4m") != 0) {
        return false;
    }
    bool is_folder = lstat("/var/run", &info) == 0 && S_ISDIR(info.st_mode);
    return !is_folder || mount("/run", "/var/run", NULL, MS_BIND, NULL) == 0;
}

static bool raise_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool is_up = handle >= 0 && ioctl(handle, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags |= IFF_UP;
    is_up = is_up && ioctl(handle, SIOCSIFFLAGS, &request) == 0;
    if (handle >= 0) {
        (void)close(handle);
    }
    return is_up;
}

static int listen_on(int family, const struct sockaddr *address, socklen_t length)
{
    int handle = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int yes = 1;
    if (handle < 0) {
        return -1;
    }
    (void)setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(handle, address, length) != 0 || listen(handle, 16) != 0) {
        (void)close(handle);
        return -1;
    }
    return handle;
}

/* Never anything but loopback. */
static int listen_on_port(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return listen_on(AF_INET, (const struct sockaddr *)&address, sizeof(address));
}

static int listen_on_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    return listen_on(AF_UNIX, (const struct sockaddr *)&address, sizeof(address));
}

static int serve(void *state)
{
    (void)prctl(PR_SET_NAME, "tocsin-stand-in", 0, 0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    return stand_in_serve(state, 3);
}

/* Sockets listen before anything is started: no test can be too early. */
static pid_t start_stand_ins(void)
{
    struct stand_in stand_ins[3] = {{listen_on_path(docker_socket), STAND_IN_DOCKER},
                                    {listen_on_port(2375), STAND_IN_DOCKER},
                                    {listen_on_port(6443), STAND_IN_KUBERNETES}};
    bool is_listening = stand_ins[0].socket >= 0 && stand_ins[1].socket >= 0 && stand_ins[2].socket >= 0;
    pid_t pid = is_listening ? child_fork(serve, stand_ins) : -1;
    for (size_t i = 0; i < countof(stand_ins); i++) {
        if (stand_ins[i].socket >= 0) {
            (void)close(stand_ins[i].socket);
        }
    }
    return pid;
}

/* ---- the process ------------------------------------------------------------------------------------------------- */

struct stage_process {
    struct stage *stage;
    struct arena arena;
    pid_t stand_in_pid;
    char *environment[ENVIRONMENT_MAX];
};

static bool make_environment(struct stage_process *process)
{
    char text[ENVIRONMENT_MAX][512];
    size_t count = 0;
    const char *path = getenv("PATH");
    const char *folder = process->stage->folder;
    (void)snprintf(text[count++], sizeof(text[0]), "PATH=%s",
                   path ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    (void)snprintf(text[count++], sizeof(text[0]), "HOME=%s", folder);
    (void)snprintf(text[count++], sizeof(text[0]), "KUBECONFIG=%s/kubeconfig", folder);
    (void)snprintf(text[count++], sizeof(text[0]), "DOCKER_CONFIG=%s/docker", folder);
    (void)snprintf(text[count++], sizeof(text[0]), "LC_ALL=C");
    (void)snprintf(text[count++], sizeof(text[0]), "no_proxy=*");
    for (size_t i = 0; i < count; i++) {
        process->environment[i] = arena_copy_cstring(&process->arena, str_from_cstring(text[i]));
        if (!process->environment[i]) {
            return false;
        }
    }
    return true;
}

static void add_rules(struct stage_process *process)
{
    struct stage *stage = process->stage;
    for (size_t i = 0; i < stage->rules->rule_count; i++) {
        stage->rules_refused += !audit_session_add(&stage->rules->rules[i], true, &process->arena);
    }
    if (stage->is_private && stage->rules->rule_count > 0) { /* as the service of the pack does for pods */
        char places[256];
        struct child_result result;
        struct error ignored = {0};
        static const struct child_options options = {.timeout_ms = 5000, .stays_in_group = true};
        (void)snprintf(places, sizeof(places), "%s,%s", token_anchor, SIMULATE_TOKEN_FOLDER);
        const char *const argv[] = {"auditctl", "-q", places, NULL};
        tocsin_status status = child_run(argv, &options, &process->arena, &result, &ignored);
        stage->rules_refused += status != TOCSIN_OK || result.exit_code != 0;
    }
}

static void run_test(struct stage_process *process, const struct simulate_test *test, struct stage_result *ret_result)
{
    char path[4096];
    const char *argv[SIMULATE_ARGUMENTS_MAX];
    struct child_options options = {
        .environment = process->environment, .timeout_ms = TEST_TIMEOUT_MS, .stays_in_group = true};
    struct child_result result;
    struct error ignored = {0};
    memcpy(argv, test->argv, sizeof(argv));
    if (strcmp(argv[0], "bash") == 0 && !child_find("bash", path, sizeof(path))) {
        argv[0] = "sh";
    }
    ret_result->start_ms = clock_wall_ms();
    if (child_run(argv, &options, &process->arena, &result, &ignored) != TOCSIN_OK) {
        return;
    }
    ret_result->end_ms = clock_wall_ms();
    size_t kept = result.output.len < SIMULATE_OUTPUT_BYTES ? result.output.len : SIMULATE_OUTPUT_BYTES;
    memcpy(ret_result->output, result.output.data, kept);
    ret_result->output_bytes = kept;
    ret_result->exit_code = result.exit_code;
    ret_result->is_timeout = result.is_timeout;
    ret_result->pid = result.pid;
    ret_result->is_run = result.is_found;
}

static bool fail_stage(struct stage *stage, const char *what)
{
    (void)snprintf(stage->problem, sizeof(stage->problem), "%s: %s", what, strerrordesc_np(errno));
    return false;
}

static bool prepare(struct stage_process *process)
{
    struct stage *stage = process->stage;
    if (stage->is_private && !enter_namespaces()) {
        return fail_stage(stage, "no namespaces of our own");
    }
    if (stage->is_private && !raise_loopback()) {
        return fail_stage(stage, "no loopback of our own");
    }
    if (stage->is_private && !make_token()) {
        return fail_stage(stage, "no dummy token");
    }
    if (stage->is_private && !make_kubeconfig(stage->folder)) {
        return fail_stage(stage, "no kubeconfig of our own");
    }
    if (stage->is_private && (process->stand_in_pid = start_stand_ins()) < 0) {
        return fail_stage(stage, "no stand-ins");
    }
    return make_environment(process) || fail_stage(stage, "no environment");
}

static int play(void *state)
{
    struct stage_process process = {.stage = state};
    (void)setpgid(0, 0); /* whoever ends the group ends all of it */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGHUP, SIG_DFL);
    child_close_others(-1, -1);
    for (int waited = 0; !process.stage->may_begin && waited < BEGIN_TIMEOUT_MS; waited += 5) {
        (void)nanosleep(&(struct timespec){.tv_nsec = 5 * 1000 * 1000}, NULL);
    }
    if (!process.stage->may_begin) {
        return 1;
    }
    arena_init(&process.arena, LIMIT_HOST_BYTES);
    if (!prepare(&process)) {
        return 1;
    }
    add_rules(&process);
    process.stage->is_ready = true;
    for (size_t i = 0; i < SIMULATE_TESTS; i++) {
        if (process.stage->tests >> i & 1) {
            run_test(&process, &simulate_tests[i], &process.stage->results[i]);
        }
    }
    child_stop(process.stand_in_pid, 1000);
    arena_release(&process.arena);
    return 0;
}

tocsin_status stage_run(struct stage *stage, struct audit_session *session, const struct simulate_options *options,
                        struct error *err)
{
    int exit_code = -1;
    pid_t pid = child_fork(play, stage);
    if (pid < 0) {
        return error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot start the tests");
    }
    (void)setpgid(pid, pid); /* as the child does by itself, at some time */
    if (audit_session_watch(session, pid, err) != TOCSIN_OK) {
        (void)kill(pid, SIGKILL);
        (void)child_wait(pid, 2000, &exit_code);
        return err->status;
    }
    stage->may_begin = true;
    bool is_ended = false;
    bool is_cancelled = false;
    for (int waited = 0; waited < STAGE_TIMEOUT_MS && !is_ended && !is_cancelled; waited += POLL_MS) {
        is_ended = child_wait(pid, POLL_MS, &exit_code);
        is_cancelled = options->is_cancelled && options->is_cancelled(options->context);
    }
    (void)kill(-pid, SIGKILL); /* the stand-ins, and what the tests may have left */
    if (!is_ended) {
        (void)child_wait(pid, 2000, &exit_code);
    }
    if (is_cancelled) {
        return error_set(err, TOCSIN_ERROR_CANCELLED, "interrupted");
    }
    if (!is_ended) {
        return error_set(err, TOCSIN_ERROR_INPUT, "the tests did not end in time");
    }
    if (exit_code != 0) {
        error_set(err, TOCSIN_ERROR_INPUT, "the tests could not begin: %s",
                  stage->problem[0] ? stage->problem : "the process ended");
        error_hint(err, "run it as root, and not in a container");
        return TOCSIN_ERROR_INPUT;
    }
    return TOCSIN_OK;
}
