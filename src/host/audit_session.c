#include "host/audit_session.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/civil_time.h"
#include "base/limits.h"
#include "base/text_file.h"
#include "base/memory.h"
#include "host/audit_stream.h"
#include "host/child_process.h"

enum {
    AUDITCTL_TIMEOUT_MS = 10000,
    START_TIMEOUT_MS = 8000,
    STOP_TIMEOUT_MS = 5000,
    STOP_ROUNDS = 50,
    BACKLOG_WANTED = 8192,
    GROUP_TIMEOUT_MS = 300
};

static const char note_path[] = "/run/tocsin-simulate.note";
static const char new_note_path[] = "/run/tocsin-simulate.note.new";

/* ---- auditctl ---------------------------------------------------------------------------------------------------- */

static bool auditctl(const char *const *argv, bool stays_in_group, struct arena *arena)
{
    struct child_result result;
    struct error ignored = {0};
    struct child_options options = {.timeout_ms = AUDITCTL_TIMEOUT_MS, .stays_in_group = stays_in_group};
    return child_run(argv, &options, arena, &result, &ignored) == TOCSIN_OK && result.is_found && result.exit_code == 0;
}

static bool auditctl_number(const char *option, int64_t value, struct arena *arena)
{
    char number[32];
    (void)snprintf(number, sizeof(number), "%lld", (long long)value);
    return auditctl((const char *const[]){"auditctl", option, number, NULL}, false, arena);
}

static bool delete_rules(struct arena *arena)
{
    return auditctl((const char *const[]){"auditctl", "-D", "-k", AUDIT_SESSION_KEY, NULL}, false, arena);
}

bool audit_session_add(const struct audit_rule *rule, bool stays_in_group, struct arena *arena)
{
    enum { WORDS_MAX = 64 };
    const char *argv[WORDS_MAX + 3] = {"auditctl"};
    size_t count = 1;
    str text = rule->text;
    while (text.len > 0 && count < WORDS_MAX) {
        size_t end = str_find_char(text, ' ', 0);
        str word = str_slice(text, 0, end);
        text = end == SIZE_MAX ? STR_EMPTY : str_skip(text, end + 1);
        if (str_starts_with(word, STR("key="))) {
            count--; /* with the -F in front of it */
        } else if (word.len > 0) {
            argv[count] = arena_copy_cstring(arena, word);
            if (!argv[count++]) {
                return false;
            }
        }
    }
    argv[count] = "-k";
    argv[count + 1] = AUDIT_SESSION_KEY;
    return auditctl(argv, stays_in_group, arena);
}

/* ---- the note ---------------------------------------------------------------------------------------------------- */

struct note {
    int64_t owner, owner_start; /* of the session */
    int64_t taker, taker_start; /* of the program that takes the records; 0: none of ours */
    int64_t enabled, backlog;
    int64_t group, group_start; /* of processes that may add rules; 0: none yet */
    char folder[256];           /* of the session, to be removed by whoever puts things back in its stead */
};

/* When a process started, in the kernel's ticks: tells it from a later one with the same number. 0: it is not there. */
static int64_t process_start(int64_t pid)
{
    char path[64];
    str text;
    int64_t start = 0;
    struct error ignored = {0};
    (void)snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
    if (pid <= 0 || text_file_read(path, 64 * KIBI, &text, &ignored) != TOCSIN_OK) {
        return 0;
    }
    size_t at = text.len; /* behind the name, which may hold anything */
    while (at > 0 && text.data[at - 1] != ')') {
        at--;
    }
    str rest = str_skip(text, at);
    for (int field = 3; rest.len > 0; field++) {
        rest = str_trim(rest);
        size_t end = str_find_char(rest, ' ', 0);
        if (field == 3 && rest.data[0] == 'Z') { /* it has ended, and nobody has asked how */
            break;
        }
        if (field == 22) {
            (void)str_to_i64(str_slice(rest, 0, end), &start);
            break;
        }
        rest = end == SIZE_MAX ? STR_EMPTY : str_skip(rest, end);
    }
    memory_free((void *)text.data);
    return start;
}

/* Written whole and to the disk before anything is changed; whoever is killed leaves the old one or the new one. */
static tocsin_status write_note(const struct note *note, struct error *err)
{
    char text[512];
    int length = snprintf(text, sizeof(text), "%lld %lld %lld %lld %lld %lld %lld %lld %s\n", (long long)note->owner,
                          (long long)note->owner_start, (long long)note->taker, (long long)note->taker_start,
                          (long long)note->enabled, (long long)note->backlog, (long long)note->group,
                          (long long)note->group_start, note->folder);
    int file = open(new_note_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool is_written = file >= 0 && write(file, text, (size_t)length) == length && fsync(file) == 0;
    is_written = is_written && rename(new_note_path, note_path) == 0;
    int failure = errno;
    if (file >= 0) {
        (void)close(file);
    }
    return is_written ? TOCSIN_OK
                      : error_system(err, TOCSIN_ERROR_OUTPUT, failure, "cannot write the note '%s'", note_path);
}

static bool read_note(struct note *note)
{
    str text;
    struct error ignored = {0};
    if (text_file_read(note_path, 4 * KIBI, &text, &ignored) != TOCSIN_OK) {
        return false;
    }
    long long numbers[8];
    int folder_at = 0;
    bool is_whole =
        sscanf(text.data, "%lld %lld %lld %lld %lld %lld %lld %lld %n", &numbers[0], &numbers[1], &numbers[2],
               &numbers[3], &numbers[4], &numbers[5], &numbers[6], &numbers[7], &folder_at) == 8;
    if (is_whole) {
        *note = (struct note){.owner = numbers[0],
                              .owner_start = numbers[1],
                              .taker = numbers[2],
                              .taker_start = numbers[3],
                              .enabled = numbers[4],
                              .backlog = numbers[5],
                              .group = numbers[6],
                              .group_start = numbers[7]};
        str folder = str_trim(str_skip(text, (size_t)folder_at));
        (void)snprintf(note->folder, sizeof(note->folder), "%.*s", STR_ARG(folder));
    }
    memory_free((void *)text.data);
    return is_whole;
}

static void stop_taker(const struct note *note)
{
    if (note->taker <= 0 || note->taker_start == 0 || process_start(note->taker) != note->taker_start) {
        return;
    }
    int64_t deadline_ns = clock_monotonic_ns() + (int64_t)STOP_TIMEOUT_MS * 1000000;
    int ignored;
    for (int round = 0; process_start(note->taker) == note->taker_start && clock_monotonic_ns() < deadline_ns;
         round++) {
        if (round % STOP_ROUNDS == 0) { /* again: auditd ignores all signals while it starts */
            (void)kill((pid_t)note->taker, SIGTERM);
        }
        if (child_wait((pid_t)note->taker, 0, &ignored)) { /* ours: else it would stay as a zombie */
            return;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    if (process_start(note->taker) == note->taker_start) {
        (void)kill((pid_t)note->taker, SIGKILL);
        (void)child_wait((pid_t)note->taker, 1000, &ignored);
    }
}

/* Ends the processes that may add rules, so that none comes behind our back. */
static void end_group(int64_t group)
{
    int64_t deadline_ns = clock_monotonic_ns() + (int64_t)GROUP_TIMEOUT_MS * 1000000;
    while (group > 1 && kill((pid_t)-group, SIGKILL) == 0 && clock_monotonic_ns() < deadline_ns) {
        (void)nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
}

/* Everything as the note says it was. The note goes last. */
static bool restore(const struct note *note, struct arena *arena)
{
    bool is_clean = delete_rules(arena);
    stop_taker(note);
    if (note->taker >= 0) { /* -1: the host's auditd keeps its own settings */
        is_clean = auditctl_number("-b", note->backlog, arena) && is_clean;
        is_clean = auditctl_number("-e", note->enabled, arena) && is_clean;
    }
    if (is_clean) {
        (void)unlink(note_path);
    }
    return is_clean;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    (void)remove(path);
    return 0;
}

void audit_session_remove_folder(const char *folder)
{
    if (strstr(folder, AUDIT_SESSION_FOLDER)) {
        (void)nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
}

/* ---- the keeper -------------------------------------------------------------------------------------------------- */

struct keeper_context {
    int pipe;
    int other_end;
    pid_t owner;
    const char *folder;
};

/* Waits until the session ends; by itself, if nobody said that it ended well. */
static int keep(void *state)
{
    const struct keeper_context *context = state;
    struct note note;
    struct arena arena;
    char said;
    ssize_t got;
    (void)close(context->other_end);
    (void)setsid();
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)prctl(PR_SET_NAME, "tocsin-keeper", 0, 0, 0);
    do {
        got = read(context->pipe, &said, 1);
    } while (got < 0 && errno == EINTR);
    if (got == 0 && (!read_note(&note) || note.owner != context->owner)) { /* it was killed before it did anything */
        (void)unlink(new_note_path);
        audit_session_remove_folder(context->folder);
    } else if (got == 0) {
        end_group(note.group); /* even without its leader, who ends with us */
        arena_init(&arena, 16 * MEBI);
        if (restore(&note, &arena)) {
            audit_session_remove_folder(note.folder);
        }
        arena_release(&arena);
    }
    return 0;
}

static tocsin_status start_keeper(struct audit_session *session, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot start the process that keeps watch");
    }
    struct keeper_context context = {
        .pipe = ends[0], .other_end = ends[1], .owner = getpid(), .folder = session->folder};
    session->keeper_pid = child_fork(keep, &context);
    int failure = errno;
    (void)close(ends[0]);
    if (session->keeper_pid < 0) {
        (void)close(ends[1]);
        return error_system(err, TOCSIN_ERROR_INPUT, failure, "cannot start the process that keeps watch");
    }
    session->keeper_pipe = ends[1];
    return TOCSIN_OK;
}

static void dismiss_keeper(struct audit_session *session, bool is_clean)
{
    int ignored;
    if (session->keeper_pid > 0) {
        if (is_clean) {
            (void)!write(session->keeper_pipe, "k", 1);
        }
        (void)close(session->keeper_pipe);
        (void)child_wait(session->keeper_pid, STOP_TIMEOUT_MS, &ignored);
        session->keeper_pid = 0;
    }
}

/* ---- planning and recovering ------------------------------------------------------------------------------------- */

/* The log file of the host's own auditd. */
static void find_host_log(struct audit_session *session)
{
    str text;
    struct error ignored = {0};
    (void)snprintf(session->log_path, sizeof(session->log_path), "/var/log/audit/audit.log");
    if (text_file_read("/etc/audit/auditd.conf", LIMIT_CONFIG_BYTES, &text, &ignored) == TOCSIN_OK) {
        str path = audit_setting(text, "log_file", STR("/var/log/audit/audit.log"));
        (void)snprintf(session->log_path, sizeof(session->log_path), "%.*s", STR_ARG(path));
        memory_free((void *)text.data);
    }
}

tocsin_status audit_session_plan(struct arena *arena, struct audit_session *ret_session, struct error *err)
{
    struct audit_state state = {0};
    char path[4096];
    *ret_session = (struct audit_session){.keeper_pipe = -1};
    if (geteuid() != 0) {
        error_set(err, TOCSIN_ERROR_INPUT, "only root can record what the tests do");
        error_hint(err, "sudo tocsin simulate");
        return TOCSIN_ERROR_INPUT;
    }
    tocsin_status status = audit_state_ask(arena, &state, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!state.is_asked) {
        error_set(err, TOCSIN_ERROR_INPUT, "the kernel's audit system cannot be asked: %s", state.why_not);
        error_hint(err, "apt-get install auditd; in a container, run it on the host");
        return TOCSIN_ERROR_INPUT;
    }
    ret_session->enabled_before = state.enabled;
    ret_session->backlog_before = state.backlog_limit;
    ret_session->is_locked = state.enabled == 2;
    bool has_auditd = child_find("auditd", path, sizeof(path));
    ret_session->taker = state.pid > 0 ? AUDIT_TAKER_HOST : has_auditd ? AUDIT_TAKER_PRIVATE : AUDIT_TAKER_STREAM;
    if (state.pid > 0) {
        find_host_log(ret_session);
        if (access(ret_session->log_path, R_OK) != 0) {
            ret_session->taker = AUDIT_TAKER_STREAM; /* the records go elsewhere */
        }
    }
    return TOCSIN_OK;
}

tocsin_status audit_session_recover(struct arena *arena, bool *ret_restored, struct error *err)
{
    struct note note;
    *ret_restored = false;
    if (!read_note(&note)) {
        return TOCSIN_OK;
    }
    if (note.owner_start != 0 && process_start(note.owner) == note.owner_start) {
        error_set(err, TOCSIN_ERROR_INPUT, "another simulation is going on (pid %lld)", (long long)note.owner);
        error_hint(err, "wait for its end; it takes half a minute at most");
        return TOCSIN_ERROR_INPUT;
    }
    if (note.group_start != 0 && process_start(note.group) == note.group_start) {
        end_group(note.group);
    }
    if (!restore(&note, arena)) {
        error_set(err, TOCSIN_ERROR_INPUT, "audit rules that a simulation left could not be taken back");
        error_hint(err, "auditctl -D -k " AUDIT_SESSION_KEY);
        return TOCSIN_ERROR_INPUT;
    }
    audit_session_remove_folder(note.folder);
    *ret_restored = true;
    return TOCSIN_OK;
}

/* ---- the taker --------------------------------------------------------------------------------------------------- */

static tocsin_status write_file(const char *folder, const char *name, const char *text, struct error *err)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_written = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
    int failure = errno;
    if (file >= 0) {
        (void)close(file);
    }
    return is_written ? TOCSIN_OK : error_system(err, TOCSIN_ERROR_OUTPUT, failure, "cannot write '%s'", path);
}

static tocsin_status write_configuration(const char *folder, struct error *err)
{
    char text[2048];
    char plugins[512];
    (void)snprintf(plugins, sizeof(plugins), "%s/plugins.d", folder);
    if (mkdir(plugins, 0700) != 0) {
        return error_system(err, TOCSIN_ERROR_OUTPUT, errno, "cannot make the folder '%s'", plugins);
    }
    (void)snprintf(text, sizeof(text),
                   "local_events = yes\nwrite_logs = yes\nlog_file = %s/audit.log\nlog_group = root\n"
                   "log_format = RAW\nflush = NONE\nmax_log_file = 30\nnum_logs = 0\npriority_boost = 0\n"
                   "name_format = NONE\nmax_log_file_action = IGNORE\nspace_left = 2\nspace_left_action = IGNORE\n"
                   "admin_space_left = 1\nadmin_space_left_action = IGNORE\ndisk_full_action = IGNORE\n"
                   "disk_error_action = IGNORE\nplugin_dir = %s\n",
                   folder, plugins);
    return write_file(folder, "auditd.conf", text, err);
}

struct auditd_context {
    const char *path;
    const char *folder;
    int gate[2];
};

/* In the child. It becomes auditd only once the note has its number: before that it ends with us, after that the keeper
 * ends it. */
static int become_auditd(void *state)
{
    const struct auditd_context *context = state;
    char output[512];
    char said;
    ssize_t got;
    child_close_others(context->gate[0], -1);
    do {
        got = read(context->gate[0], &said, 1);
    } while (got < 0 && errno == EINTR);
    if (got != 1) {
        return 1;
    }
    (void)snprintf(output, sizeof(output), "%s/auditd.out", context->folder);
    int file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    (void)setsid();
    if (file < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(file, STDOUT_FILENO) < 0 ||
        dup2(file, STDERR_FILENO) < 0) {
        return 1;
    }
    (void)execl(context->path, "auditd", "-n", "-c", context->folder, (char *)NULL);
    return 127;
}

static bool is_taken_by(pid_t pid, struct arena *arena)
{
    struct audit_state state = {0};
    struct error ignored = {0};
    return audit_state_ask(arena, &state, &ignored) == TOCSIN_OK && state.is_asked && state.pid == pid;
}

static void note_session(const struct audit_session *session, struct note *note)
{
    *note = (struct note){
        .owner = getpid(),
        .owner_start = process_start(getpid()),
        .taker = session->taker == AUDIT_TAKER_HOST ? -1 : session->taker_pid,
        .taker_start = session->taker_pid > 0 ? process_start(session->taker_pid) : 0,
        .enabled = session->enabled_before,
        .backlog = session->backlog_before,
    };
    note->group = session->group;
    note->group_start = process_start(session->group);
    (void)snprintf(note->folder, sizeof(note->folder), "%s", session->folder);
}

/* First the note, then the daemon. A child that is not let through the gate ends with it. */
static tocsin_status begin_auditd(struct audit_session *session, struct auditd_context *context, struct error *err)
{
    struct note note;
    pid_t pid = child_fork(become_auditd, context);
    if (pid < 0) {
        return error_system(err, TOCSIN_ERROR_INPUT, errno, "auditd could not be started");
    }
    session->taker_pid = pid;
    note_session(session, &note);
    tocsin_status status = write_note(&note, err);
    if (status == TOCSIN_OK && write(context->gate[1], "g", 1) != 1) {
        status = error_system(err, TOCSIN_ERROR_INPUT, errno, "auditd could not be started");
    }
    return status;
}

static tocsin_status start_auditd(struct audit_session *session, struct arena *arena, struct error *err)
{
    char path[4096];
    struct auditd_context context = {.path = path, .folder = session->folder};
    tocsin_status status = write_configuration(session->folder, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!child_find("auditd", path, sizeof(path)) || pipe2(context.gate, O_CLOEXEC) != 0) {
        return error_set(err, TOCSIN_ERROR_INPUT, "auditd could not be started");
    }
    status = begin_auditd(session, &context, err);
    (void)close(context.gate[0]);
    (void)close(context.gate[1]);
    if (status != TOCSIN_OK) {
        return status;
    }
    (void)snprintf(session->log_path, sizeof(session->log_path), "%s/audit.log", session->folder);
    int64_t deadline_ns = clock_monotonic_ns() + (int64_t)START_TIMEOUT_MS * 1000000;
    while (clock_monotonic_ns() < deadline_ns) {
        int exit_code;
        if (child_wait(session->taker_pid, 50, &exit_code)) {
            session->taker_pid = 0;
            return error_set(err, TOCSIN_ERROR_INPUT, "auditd ended at once (exit code %d); %s/auditd.out says why",
                             exit_code, session->folder);
        }
        if (is_taken_by(session->taker_pid, arena)) {
            return TOCSIN_OK;
        }
    }
    return error_set(err, TOCSIN_ERROR_INPUT, "auditd did not come up");
}

static tocsin_status start_stream(struct audit_session *session, struct error *err)
{
    (void)snprintf(session->log_path, sizeof(session->log_path), "%s/audit.log", session->folder);
    return audit_stream_start(session->log_path, &session->taker_pid, err);
}

/* ---- the session ------------------------------------------------------------------------------------------------- */

static tocsin_status start_taker(struct audit_session *session, struct arena *arena, struct error *err)
{
    struct stat info;
    struct note note;
    tocsin_status status = TOCSIN_OK;
    if (session->taker == AUDIT_TAKER_HOST) {
        session->log_start = stat(session->log_path, &info) == 0 ? (uint64_t)info.st_size : 0;
        return TOCSIN_OK;
    }
    status = session->taker == AUDIT_TAKER_PRIVATE ? start_auditd(session, arena, err) : start_stream(session, err);
    note_session(session, &note); /* now with the taker's pid */
    tocsin_status noted = write_note(&note, status == TOCSIN_OK ? err : NULL);
    return status == TOCSIN_OK ? noted : status;
}

tocsin_status audit_session_open(struct audit_session *session, const char *folder, struct arena *arena,
                                 struct error *err)
{
    struct note note;
    (void)snprintf(session->folder, sizeof(session->folder), "%s", folder);
    note_session(session, &note);
    tocsin_status status = start_keeper(session, err); /* before there is anything to put back */
    if (status != TOCSIN_OK) {
        return status;
    }
    session->is_open = true;
    status = write_note(&note, err);
    if (status == TOCSIN_OK) {
        status = start_taker(session, arena, err);
    }
    if (status == TOCSIN_OK && session->taker != AUDIT_TAKER_HOST && !session->is_locked) {
        bool is_on = auditctl_number("-e", 1, arena);
        if (session->backlog_before < BACKLOG_WANTED) {
            is_on = auditctl_number("-b", BACKLOG_WANTED, arena) && is_on;
        }
        if (!is_on) {
            status = error_set(err, TOCSIN_ERROR_INPUT, "auditing could not be switched on");
        }
    }
    if (status != TOCSIN_OK) {
        struct error ignored = {0};
        (void)audit_session_close(session, arena, &ignored);
    }
    return status;
}

tocsin_status audit_session_watch(struct audit_session *session, pid_t group, struct error *err)
{
    struct note note;
    session->group = group;
    note_session(session, &note);
    return write_note(&note, err);
}

tocsin_status audit_session_close(struct audit_session *session, struct arena *arena, struct error *err)
{
    struct note note;
    if (!session->is_open) {
        return TOCSIN_OK;
    }
    session->is_open = false;
    note_session(session, &note);
    (void)nanosleep(&(struct timespec){.tv_nsec = 300 * 1000 * 1000}, NULL); /* records on their way */
    bool is_clean = restore(&note, arena);
    session->taker_pid = 0;
    dismiss_keeper(session, is_clean);
    if (!is_clean) {
        error_set(err, TOCSIN_ERROR_INPUT, "audit rules could not be taken back");
        error_hint(err, "auditctl -D -k " AUDIT_SESSION_KEY);
        return TOCSIN_ERROR_INPUT;
    }
    return TOCSIN_OK;
}

tocsin_status audit_session_read(const struct audit_session *session, struct arena *arena, str *ret_text,
                                 struct error *err)
{
    struct stat info;
    int file = open(session->log_path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &info) != 0) {
        int failure = errno;
        if (file >= 0) {
            (void)close(file);
        }
        return error_system(err, TOCSIN_ERROR_INPUT, failure, "cannot read '%s'", session->log_path);
    }
    /* A log that became shorter was begun anew. */
    uint64_t start = (uint64_t)info.st_size >= session->log_start ? session->log_start : 0;
    size_t size = (size_t)((uint64_t)info.st_size - start);
    size = size < LIMIT_HOST_FILE_BYTES ? size : LIMIT_HOST_FILE_BYTES;
    char *text = arena_allocate(arena, size + 1, 1);
    size_t used = 0;
    ssize_t got = text ? 1 : 0;
    while (used < size && got > 0) {
        got = pread(file, text + used, size - used, (off_t)(start + used));
        used += got > 0 ? (size_t)got : 0;
    }
    (void)close(file);
    if (!text) {
        return error_memory(err);
    }
    *ret_text = str_from(text, used);
    return TOCSIN_OK;
}
