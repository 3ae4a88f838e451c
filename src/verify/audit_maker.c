/* Audit records, ENRICHED as auditd writes them, and lines of JSON of a shell logger. */
#include "verify/event_maker.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "verify/command_words.h"

void event_log_init(struct event_log *log)
{
    *log = (struct event_log){.serial = 1000};
    strbuf_init(&log->text, LIMIT_MADE_LOG_BYTES);
}

void event_log_release(struct event_log *log)
{
    strbuf_release(&log->text);
}

tocsin_status event_log_status(const struct event_log *log, struct error *err)
{
    if (!log->text.is_failed) {
        return TOCSIN_OK;
    }
    return log->text.len > LIMIT_MADE_LOG_BYTES / 2
               ? error_set(err, TOCSIN_ERROR_LIMIT, "the events of the cases are more than %zu MiB",
                           LIMIT_MADE_LOG_BYTES / MEBI)
               : error_memory(err);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void append_hex(struct strbuf *text, str bytes)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];
        strbuf_append_char(text, digits[byte >> 4]);
        strbuf_append_char(text, digits[byte & 15]);
    }
}

/* In quotes, or in hex if a byte of it would not do there: the kernel's audit_log_untrustedstring. */
static void append_untrusted(struct strbuf *text, str value)
{
    bool is_plain = true;
    for (size_t i = 0; i < value.len; i++) {
        is_plain &= value.data[i] > 0x20 && value.data[i] < 0x7f && value.data[i] != '"';
    }
    if (is_plain) {
        strbuf_append_format(text, "\"%.*s\"", STR_ARG(value));
    } else {
        append_hex(text, value);
    }
}

static str base_name(str path)
{
    for (size_t at = path.len; at > 0; at--) {
        if (path.data[at - 1] == '/') {
            return str_skip(path, at);
        }
    }
    return path;
}

static void append_program_path(struct strbuf *text, str program, const char *exe)
{
    struct strbuf path;
    strbuf_init(&path, text->bytes_max);
    if (exe) {
        strbuf_append(&path, str_from_cstring(exe));
    } else if (str_find_char(program, '/', 0) != SIZE_MAX) {
        strbuf_append(&path, program);
    } else {
        strbuf_append_format(&path, "/usr/bin/%.*s", STR_ARG(program));
    }
    append_untrusted(text, strbuf_str(&path));
    text->is_failed |= path.is_failed;
    strbuf_release(&path);
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

static void begin_record(struct event_log *log, const struct event_actor *actor, const char *type)
{
    strbuf_append_format(&log->text,
                         "node=host-%" PRIu64 " type=%s msg=audit(%" PRId64 ".%03d:%" PRIu64 "): ", actor->number, type,
                         actor->time_ms / 1000, (int)(actor->time_ms % 1000), log->serial);
}

static void end_record(struct event_log *log)
{
    strbuf_append_char(&log->text, '\n');
    log->line_count++;
}

struct syscall {
    int number;
    const char *name;
    const char *result; /* "success=yes exit=3" */
    unsigned items;
};

static void append_syscall(struct event_log *log, const struct event_actor *actor, const struct syscall *call,
                           str program)
{
    struct strbuf *text = &log->text;
    bool is_root = actor->who && strcmp(actor->who, "root") == 0;
    char user[128];
    snprintf(user, sizeof(user), "user-%" PRIu64, actor->number);
    const char *name = actor->is_in_container ? "unset" : actor->who ? actor->who : user;
    uint64_t login = actor->is_in_container ? UINT32_MAX : is_root ? 0 : 1000 + actor->number % 60000;
    uint64_t session = actor->is_in_container ? UINT32_MAX : 1 + actor->number;
    uint64_t uid = actor->is_in_container ? 10001 : login;
    uint64_t pid = 20000 + log->serial % 100000;
    begin_record(log, actor, "SYSCALL");
    strbuf_append_format(text,
                         "arch=c000003e syscall=%d %s a0=3 a1=7ffd1e3a2b40 a2=0 a3=0 items=%u ppid=%" PRIu64
                         " pid=%" PRIu64 " auid=%" PRIu64 " uid=%" PRIu64,
                         call->number, call->result, call->items, 10000 + actor->number % 10000, pid, login, uid);
    static const char *const ids[] = {"gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid"};
    for (size_t i = 0; i < countof(ids); i++) {
        strbuf_append_format(text, " %s=%" PRIu64, ids[i], uid);
    }
    strbuf_append_format(text, " tty=%s ses=%" PRIu64 " comm=", actor->is_in_container ? "(none)" : "pts0", session);
    append_untrusted(text, str_slice(base_name(program), 0, 15));
    strbuf_append(text, STR(" exe="));
    append_program_path(text, program, actor->exe);
    strbuf_append_format(text,
                         " key=(null)\x1d"
                         "ARCH=x86_64 SYSCALL=%s AUID=\"%s\"",
                         call->name, name);
    const char *real_name = actor->is_in_container ? "unknown(10001)" : name;
    static const char *const names[] = {"UID", "GID", "EUID", "SUID", "FSUID", "EGID", "SGID", "FSGID"};
    for (size_t i = 0; i < countof(names); i++) {
        strbuf_append_format(text, " %s=\"%s\"", names[i], real_name);
    }
    end_record(log);
}

static void append_working_directory(struct event_log *log, const struct event_actor *actor)
{
    begin_record(log, actor, "CWD");
    strbuf_append(&log->text, STR("cwd=\"/\""));
    end_record(log);
}

enum path_kind { PATH_OF_PROGRAM = 0100755, PATH_OF_FILE = 0100644, PATH_OF_SOCKET = 0140660 };

static void append_path(struct event_log *log, const struct event_actor *actor, str path, enum path_kind kind)
{
    begin_record(log, actor, "PATH");
    strbuf_append(&log->text, STR("item=0 name="));
    if (kind == PATH_OF_PROGRAM) {
        append_program_path(&log->text, path, str_find_char(path, '/', 0) == SIZE_MAX ? actor->exe : NULL);
    } else {
        append_untrusted(&log->text, path);
    }
    strbuf_append_format(&log->text,
                         " inode=260704 dev=fe:00 mode=%07o ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 "
                         "cap_fe=0 cap_fver=0 cap_frootid=0\x1dOUID=\"root\" OGID=\"root\"",
                         (unsigned)kind);
    end_record(log);
}

enum { PROCTITLE_BYTES = 128 };

static void append_title(struct event_log *log, const struct event_actor *actor, const str *words, size_t word_count)
{
    size_t room = PROCTITLE_BYTES;
    begin_record(log, actor, "PROCTITLE");
    strbuf_append(&log->text, STR("proctitle="));
    for (size_t i = 0; i < word_count && room > 0; i++) {
        str word = str_slice(words[i], 0, room);
        append_hex(&log->text, i > 0 ? STR("\0") : STR_EMPTY);
        append_hex(&log->text, word);
        room -= word.len < room ? word.len + (room > word.len) : room;
    }
    end_record(log);
}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

static tocsin_status make_exec(struct event_log *log, const struct event_actor *actor, const str *words,
                               size_t word_count, struct error *err)
{
    static const struct syscall execve = {59, "execve", "success=yes exit=0", 1};
    append_syscall(log, actor, &execve, words[0]);
    begin_record(log, actor, "EXECVE");
    strbuf_append_format(&log->text, "argc=%zu", word_count);
    for (size_t i = 0; i < word_count; i++) {
        strbuf_append_format(&log->text, " a%zu=", i);
        append_untrusted(&log->text, words[i]);
    }
    end_record(log);
    append_working_directory(log, actor);
    append_path(log, actor, words[0], PATH_OF_PROGRAM);
    append_title(log, actor, words, word_count);
    log->serial++;
    return event_log_status(log, err);
}

tocsin_status event_make_shell(struct event_log *log, const struct event_actor *actor, str text, struct error *err)
{
    const str words[] = {STR("bash"), STR("-c"), text};
    struct event_actor shell = *actor;
    shell.exe = "/usr/bin/bash";
    return make_exec(log, &shell, words, countof(words), err);
}

tocsin_status event_make_command(struct event_log *log, const struct event_actor *actor, str text,
                                 struct arena *scratch, struct error *err)
{
    struct command_words words = {0};
    tocsin_status status = command_words_split(scratch, text, &words, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    return words.is_simple ? make_exec(log, actor, words.items, words.count, err)
                           : event_make_shell(log, actor, text, err);
}

tocsin_status event_make_exec(struct event_log *log, const struct event_actor *actor, str text, struct arena *scratch,
                              struct error *err)
{
    struct command_words words = {0};
    tocsin_status status = command_words_join_split(scratch, text, &words, err);
    return status == TOCSIN_OK ? make_exec(log, actor, words.items, words.count, err) : status;
}

tocsin_status event_make_json_command(struct event_log *log, const struct event_actor *actor, str text,
                                      struct error *err)
{
    struct json_writer json;
    json_writer_init(&json, &log->text, false);
    json_begin_object(&json);
    json_key(&json, STR("time"));
    json_i64(&json, actor->time_ms);
    json_key(&json, STR("host"));
    char host[64];
    snprintf(host, sizeof(host), "host-%" PRIu64, actor->number);
    json_string(&json, str_from_cstring(host));
    char user[64];
    snprintf(user, sizeof(user), "user-%" PRIu64, actor->number);
    json_key(&json, STR("user"));
    json_string(&json, str_from_cstring(actor->who ? actor->who : user));
    json_key(&json, STR("command"));
    json_string(&json, text);
    json_end_object(&json);
    end_record(log);
    return event_log_status(log, err);
}

/* ---- reads and connects ------------------------------------------------------------------------------------------ */

/* "PROGRAM REST" */
static tocsin_status split_program(str text, const char *what, str words[2], struct error *err)
{
    text = str_trim(text);
    size_t blank = str_find_char(text, ' ', 0);
    if (blank == SIZE_MAX || str_find_char(text, '\n', 0) != SIZE_MAX) {
        tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG, "'%.*s' is no program and %s", STR_ARG(text), what);
        error_hint(err, "cat /run/secrets/kubernetes.io/serviceaccount/token, curl /var/run/docker.sock, "
                        "curl 127.0.0.1:2375, curl [::1]:10250");
        return status;
    }
    words[0] = str_slice(text, 0, blank);
    words[1] = str_trim(str_skip(text, blank));
    return TOCSIN_OK;
}

tocsin_status event_make_read(struct event_log *log, const struct event_actor *actor, str text, struct error *err)
{
    static const struct syscall open_at = {257, "openat", "success=yes exit=3", 1};
    str words[2];
    tocsin_status status = split_program(text, "path", words, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    append_syscall(log, actor, &open_at, words[0]);
    append_working_directory(log, actor);
    append_path(log, actor, words[1], PATH_OF_FILE);
    append_title(log, actor, words, 2);
    log->serial++;
    return event_log_status(log, err);
}

/* "127.0.0.1:2375" and "[::1]:2375" */
static bool read_address(str text, unsigned char address[28], size_t *ret_bytes, char host[64], unsigned *ret_port)
{
    size_t colon = text.len;
    while (colon > 0 && text.data[colon - 1] != ':') {
        colon--;
    }
    uint64_t port;
    if (colon == 0 || !str_to_u64(str_skip(text, colon), &port) || port > 65535) {
        return false;
    }
    str name = str_slice(text, 0, colon - 1);
    bool is_v6 = name.len > 2 && name.data[0] == '[' && name.data[name.len - 1] == ']';
    name = is_v6 ? str_slice(name, 1, name.len - 1) : name;
    if (name.len >= 64) {
        return false;
    }
    memcpy(host, name.data, name.len);
    host[name.len] = '\0';
    memset(address, 0, 28);
    address[0] = is_v6 ? AF_INET6 : AF_INET; /* little endian */
    address[2] = (unsigned char)(port >> 8);
    address[3] = (unsigned char)port;
    *ret_bytes = is_v6 ? 28 : 16;
    *ret_port = (unsigned)port;
    return inet_pton(is_v6 ? AF_INET6 : AF_INET, host, address + (is_v6 ? 8 : 4)) == 1;
}

tocsin_status event_make_connect(struct event_log *log, const struct event_actor *actor, str text, struct error *err)
{
    static const struct syscall in_progress = {42, "connect", "success=no exit=-115", 0};
    static const struct syscall connected = {42, "connect", "success=yes exit=0", 1};
    str words[2];
    unsigned char address[28];
    char host[64];
    size_t bytes = 0;
    unsigned port = 0;
    tocsin_status status = split_program(text, "address", words, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    bool is_socket = str_find_char(words[1], '/', 0) != SIZE_MAX;
    if (!is_socket && !read_address(words[1], address, &bytes, host, &port)) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "'%.*s' is no address that one connects to", STR_ARG(words[1]));
        error_hint(err, "127.0.0.1:2375, [::1]:10250, or the path of a socket: /var/run/docker.sock");
        return status;
    }
    append_syscall(log, actor, is_socket ? &connected : &in_progress, words[0]);
    begin_record(log, actor, "SOCKADDR");
    strbuf_append(&log->text, STR("saddr="));
    append_hex(&log->text, is_socket ? STR("\1\0") : str_from((const char *)address, bytes));
    append_hex(&log->text, is_socket ? words[1] : STR_EMPTY);
    if (is_socket) {
        strbuf_append_format(&log->text, "00\x1dSADDR={ saddr_fam=local path=%.*s }", STR_ARG(words[1]));
    } else {
        strbuf_append_format(&log->text, "\x1dSADDR={ saddr_fam=%s laddr=%s lport=%u }", bytes > 16 ? "inet6" : "inet",
                             host, port);
    }
    end_record(log);
    if (is_socket) {
        append_working_directory(log, actor);
        append_path(log, actor, words[1], PATH_OF_SOCKET);
    }
    append_title(log, actor, words, 1);
    log->serial++;
    return event_log_status(log, err);
}
