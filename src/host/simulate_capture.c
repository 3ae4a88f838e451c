/* The dummy token, and the part of an audit log that one test made. */
#include <stdio.h>

#include "base/base64.h"
#include "base/json_reader.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "host/simulate_internal.h"

/* ---- the token --------------------------------------------------------------------------------------------------- */

/* Base64 with the alphabet of URLs and without padding. */
static void append_url_base64(struct strbuf *out, str text)
{
    struct strbuf plain;
    strbuf_init(&plain, 4 * KIBI);
    json_append_base64(&plain, text);
    for (size_t i = 0; i < plain.len && plain.data[i] != '='; i++) {
        strbuf_append_char(out, plain.data[i] == '+' ? '-' : plain.data[i] == '/' ? '_' : plain.data[i]);
    }
    out->is_failed |= plain.is_failed;
    strbuf_release(&plain);
}

void simulate_token(struct strbuf *token)
{
    append_url_base64(token, STR("{\"alg\":\"RS256\",\"kid\":\"tocsin-simulate-dummy\"}"));
    strbuf_append_char(token, '.');
    append_url_base64(token, STR("{\"aud\":[\"https://kubernetes.default.svc.example\"],\"exp\":1,\"iat\":0,"
                                 "\"iss\":\"https://kubernetes.default.svc.example\","
                                 "\"kubernetes.io\":{\"namespace\":\"tocsin-simulate\","
                                 "\"serviceaccount\":{\"name\":\"dummy\"}},\"sub\":\"" SIMULATE_ACCOUNT "\"}"));
    strbuf_append_char(token, '.');
    append_url_base64(token, STR("a dummy: signed by nobody, of use to nobody"));
}

bool simulate_token_subject(str token, struct arena *arena, str *ret_subject)
{
    struct json_path_step step = {.key = STR("sub")};
    struct json_path path = {.steps = &step, .count = 1};
    struct json_value value;
    token = str_trim(token);
    size_t first = str_find_char(token, '.', 0);
    size_t second = first == SIZE_MAX ? SIZE_MAX : str_find_char(token, '.', first + 1);
    if (second == SIZE_MAX) {
        return false;
    }
    str middle = str_slice(token, first + 1, second);
    char *claims = arena_allocate(arena, base64_bytes_max(middle), 1);
    if (!claims || !json_find_path(str_from(claims, base64_decode(middle, claims)), &path, &value) ||
        value.kind != JSON_STRING) {
        return false;
    }
    *ret_subject = json_text(&value, arena);
    return ret_subject->data != NULL;
}

/* ---- the log ----------------------------------------------------------------------------------------------------- */

/* "1795443358.049:1866" of a line of auditd, or nothing. */
static str event_id(str line)
{
    size_t start = str_find(line, STR("msg=audit("), 0);
    size_t end = start == SIZE_MAX ? SIZE_MAX : str_find_char(line, ')', start);
    return end == SIZE_MAX ? STR_EMPTY : str_slice(line, start + sizeof("msg=audit(") - 1, end);
}

static int64_t number_of(str line, const char *name)
{
    str wanted = str_from_cstring(name);
    size_t at = str_find(line, wanted, 0);
    int64_t value = -1;
    if (at != SIZE_MAX) {
        str rest = str_skip(line, at + wanted.len);
        (void)str_to_i64(str_slice(rest, 0, str_find_char(rest, ' ', 0)), &value);
    }
    return value;
}

enum { CUT_PIDS_MAX = 4096, CUT_EVENTS_MAX = 20000 };

struct cut {
    int64_t *pids;
    size_t pid_count;
    str *ids;
    size_t id_count;
};

static bool has_pid(const struct cut *cut, int64_t pid)
{
    for (size_t i = 0; i < cut->pid_count; i++) {
        if (cut->pids[i] == pid) {
            return true;
        }
    }
    return false;
}

static bool has_event(const struct cut *cut, str id)
{
    for (size_t i = cut->id_count; i > 0; i--) { /* mostly the last one */
        if (str_eq(cut->ids[i - 1], id)) {
            return true;
        }
    }
    return false;
}

/* A process that starts a program is known by its parent, who is known already: events come in their order. */
static void take_syscall(struct cut *cut, str line)
{
    int64_t pid = number_of(line, " pid=");
    bool is_known = has_pid(cut, pid);
    if (!is_known && !has_pid(cut, number_of(line, " ppid="))) {
        return;
    }
    if (!is_known && cut->pid_count < CUT_PIDS_MAX) {
        cut->pids[cut->pid_count++] = pid;
    }
    if (cut->id_count < CUT_EVENTS_MAX) {
        cut->ids[cut->id_count++] = event_id(line);
    }
}

static str next_line(str *text)
{
    size_t end = str_find_char(*text, '\n', 0);
    str line = str_slice(*text, 0, end);
    *text = end == SIZE_MAX ? STR_EMPTY : str_skip(*text, end + 1);
    return line;
}

bool capture_cut(str log, pid_t root, struct arena *arena, str *ret_lines)
{
    struct cut cut = {.pids = arena_array(arena, int64_t, CUT_PIDS_MAX),
                      .ids = arena_array(arena, str, CUT_EVENTS_MAX)};
    char *lines = arena_allocate(arena, log.len + 1, 1);
    size_t used = 0;
    if (!cut.pids || !cut.ids || !lines) {
        return false;
    }
    cut.pids[cut.pid_count++] = root;
    for (str rest = log; rest.len > 0;) {
        str line = next_line(&rest);
        if (str_contains(line, STR("type=SYSCALL "))) {
            take_syscall(&cut, line);
        }
    }
    for (str rest = log; rest.len > 0;) {
        str line = next_line(&rest);
        str id = event_id(line);
        if (id.len > 0 && has_event(&cut, id)) {
            memcpy(lines + used, line.data, line.len);
            lines[used + line.len] = '\n';
            used += line.len + 1;
        }
    }
    *ret_lines = str_from(lines, used);
    return true;
}
