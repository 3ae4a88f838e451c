#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../support/audit_collect.h"

#include "format/audit_event_names.h"

/* A log and what its rows say: "field: value" lines, one paragraph a row, in order. "field:" alone means null. */
struct example {
    const char *name;
    str log;
    const char *rows;
};

#define LOG(text)                                                                                                      \
    {                                                                                                                  \
        (text), sizeof(text) - 1                                                                                       \
    }

static void fail_row(const struct example *example, size_t row, str field, str expected, str got)
{
    fail_msg("%s: row %zu: %.*s is \"%.*s\", expected \"%.*s\"", example->name, row, STR_ARG(field), STR_ARG(got),
             STR_ARG(expected));
}

static void check_field(const struct example *example, const struct audit_collect *collect, size_t row, str line)
{
    size_t colon = str_find_char(line, ':', 0);
    assert_true(colon != SIZE_MAX);
    char field[64];
    assert_true(colon < sizeof(field));
    memcpy(field, line.data, colon);
    field[colon] = '\0';
    str expected = str_skip(line, colon + 1);
    str got = audit_collect_get(collect, row, field);
    if (expected.len == 0) {
        if (got.data) {
            fail_row(example, row, str_slice(line, 0, colon), STR("(null)"), got);
        }
        return;
    }
    if (!got.data || !str_eq(got, str_skip(expected, 1))) {
        fail_row(example, row, str_slice(line, 0, colon), str_skip(expected, 1), got.data ? got : STR("(null)"));
    }
}

static void check_rows(const struct example *example, const struct audit_collect *collect)
{
    str rows = str_from_cstring(example->rows);
    size_t row = 0;
    for (size_t at = 0; at < rows.len;) {
        size_t end = str_find_char(rows, '\n', at);
        str line = str_slice(rows, at, end);
        if (line.len == 0) {
            row++;
        } else if (row < collect->row_count) {
            check_field(example, collect, row, line);
        }
        at = end == SIZE_MAX ? rows.len : end + 1;
    }
    size_t expected = rows.len > 0 ? row + 1 : 0;
    if (collect->row_count != expected) {
        fail_msg("%s: %zu rows, expected %zu", example->name, collect->row_count, expected);
    }
}

/* Every example also in chunks of a line, which must change nothing. */
static void check_examples(const struct example *examples, size_t count)
{
    struct audit_collect *whole = malloc(sizeof(*whole));
    struct audit_collect *pieces = malloc(sizeof(*pieces));
    assert_true(whole && pieces);
    for (size_t i = 0; i < count; i++) {
        audit_collect_run(whole, examples[i].log, LIMIT_CHUNK_BYTES, NULL, 0);
        check_rows(&examples[i], whole);
        audit_collect_run(pieces, examples[i].log, 1, NULL, 0);
        if (!str_eq(strbuf_str(&whole->text), strbuf_str(&pieces->text))) {
            fail_msg("%s: rows depend on chunks", examples[i].name);
        }
        audit_collect_release(pieces);
        audit_collect_release(whole);
    }
    free(whole);
    free(pieces);
}

#define S1 "audit(1700000000.123:42)"
#define S2 "audit(1700000000.123:43)"
#define CALL(n)                                                                                                        \
    "arch=c000003e syscall=" #n " success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=7 pid=8 auid=1000 uid=0 "
#define REST    "gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=5 comm=\"sh\" exe=\"/usr/bin/dash\" "
#define EXEC(s) "type=SYSCALL msg=" s ": " CALL(59) REST "key=\"k\"\n"
#define SEP     "\x1D"

/* ---- joining ---- */

static void joins_records_of_one_event(void **state)
{
    static const struct example examples[] = {
        {"interleaved, one moment, two serials",
         LOG(EXEC(S1) EXEC(S2) "type=EXECVE msg=" S2 ": argc=1 a0=\"second\"\n"
                               "type=EXECVE msg=" S1 ": argc=1 a0=\"first\"\n"),
         "Command: first\nAudit Serial: 42\n@lines: 1 4\n\nCommand: second\nAudit Serial: 43\n@lines: 2 3"},
        {"records in any order",
         LOG("type=PROCTITLE msg=" S1 ": proctitle=\"x\"\n"
             "type=EXECVE msg=" S1 ": argc=1 a0=\"late\"\n" EXEC(S1)),
         "Command: late\nProcess ID: 8\nRecord Type: PROCTITLE\nRecord Types: PROCTITLE,EXECVE,SYSCALL"},
        {"a serial that starts again at zero",
         LOG("type=SYSCALL msg=audit(1.5:4294967295): " CALL(
             59) "\n"
                 "type=SYSCALL msg=audit(1.5:0): " CALL(42) "\n"
                                                            "type=EXECVE msg=audit(1.5:4294967295): argc=1 a0=\"x\"\n"),
         "Audit Serial: 4294967295\nCommand: x\n\nAudit Serial: 0\nSystem Call: connect"},
        {"lost serials join nothing",
         LOG("type=CWD msg=audit(1.5:7): cwd=\"/a\"\ntype=CWD msg=audit(1.5:99): cwd=\"/b\"\n"),
         "Working Directory: /a\n\nWorking Directory: /b"},
        {"the same serial in another moment is another event",
         LOG("type=CWD msg=audit(1.5:7): cwd=\"/a\"\ntype=CWD msg=audit(2.5:7): cwd=\"/b\"\n"),
         "Working Directory: /a\ndevicetime: 1005\n\nWorking Directory: /b"},
        {"end of event", LOG(EXEC(S1) "type=EOE msg=" S1 ": \n"), "Audit Serial: 42\n@lines: 1 2"},
        {"end of an event that is not there", LOG("type=EOE msg=" S1 ": \n"), ""},
        {"single-record types with one serial are one event",
         LOG("type=AVC msg=" S1 ": perm=1\ntype=AVC msg=" S1 ": perm=2\ntype=USER_END msg=" S1 ": res=1\n"),
         "@lines: 1 2 3"},
    };
    check_examples(examples, countof(examples));
}

static void tells_hosts_apart(void **state)
{
    static const struct example examples[] = {
        {"node= on some records",
         LOG("type=EXECVE msg=" S1 ": argc=1 a0=\"x\"\nnode=n1 type=CWD msg=" S1 ": cwd=\"/\"\n"
             "type=PROCTITLE msg=" S1 ": proctitle=\"x\"\n"),
         "hostname: n1\n@lines: 1 2 3"},
        {"two nodes with one moment and serial",
         LOG("node=n1 type=CWD msg=" S1 ": cwd=\"/1\"\nnode=n2 type=CWD msg=" S1 ": cwd=\"/2\"\n"
             "node=n1 type=EXECVE msg=" S1 ": argc=1 a0=\"one\"\nnode=n2 type=EXECVE msg=" S1 ": argc=1 a0=\"two\"\n"),
         "hostname: n1\nWorking Directory: /1\nCommand: one\n\nhostname: n2\nWorking Directory: /2\nCommand: two"},
        {"two senders in syslog",
         LOG("<30>Nov 23 03:10:14 h1 audisp-syslog: type=CWD msg=" S1 ": cwd=\"/1\"\n"
             "<30>Nov 23 03:10:14 h2 audisp-syslog: type=CWD msg=" S1 ": cwd=\"/2\"\n"
             "<30>Nov 23 03:10:14 h1 audisp-syslog: type=EXECVE msg=" S1 ": argc=1 a0=\"one\"\n"),
         "hostname: h1\nCommand: one\n\nhostname: h2\nCommand:"},
        {"the node comes before the sender",
         LOG("<30>Nov 23 03:10:14 relay audispd: node=n1 type=CWD msg=" S1 ": cwd=\"/1\"\n"),
         "hostname: n1\nlogsourceidentifier: relay"},
    };
    check_examples(examples, countof(examples));
}

static void append(struct strbuf *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(struct strbuf *log, const char *format, ...)
{
    char line[4096];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    assert_true(length >= 0 && (size_t)length < sizeof(line));
    strbuf_append(log, str_from(line, (size_t)length));
}

static struct audit_collect *collect(struct strbuf *log)
{
    struct audit_collect *rows = malloc(sizeof(*rows));
    assert_non_null(rows);
    assert_false(log->is_failed);
    audit_collect_run(rows, strbuf_str(log), 4096, NULL, 0);
    strbuf_release(log);
    return rows;
}

static void release(struct audit_collect *rows)
{
    audit_collect_release(rows);
    free(rows);
}

static void assert_value(const struct audit_collect *rows, size_t row, const char *field, const char *expected)
{
    str got = audit_collect_get(rows, row, field);
    if (!got.data || !str_eq(got, str_from_cstring(expected))) {
        fail_msg("row %zu: %s is \"%.*s\", expected \"%s\"", row, field, STR_ARG(got), expected);
    }
}

/* Sixteen newer events may begin before a complete one is closed. */
static void waits_for_late_records(void **state)
{
    for (int between = 15; between <= 17; between++) {
        struct strbuf log;
        strbuf_init(&log, MEBI);
        append(&log, "type=PROCTITLE msg=audit(5.000:1): proctitle=\"t\"\n");
        for (int i = 0; i < between; i++) {
            append(&log, "type=USER_END msg=audit(9.000:%d): res=1\n", 100 + i);
        }
        append(&log, "type=EXECVE msg=audit(5.000:1): argc=1 a0=\"late\"\n");
        struct audit_collect *rows = collect(&log);
        bool is_joined = between <= 16;
        assert_int_equal(rows->row_count, (size_t)between + (is_joined ? 1 : 2));
        assert_value(rows, 0, "Command", is_joined ? "late" : "t");
        release(rows);
    }
}

/* Incomplete events stay open until two seconds of their node's time have passed too. */
static void keeps_incomplete_events_for_two_seconds(void **state)
{
    for (int is_old = 0; is_old < 2; is_old++) {
        struct strbuf log;
        strbuf_init(&log, MEBI);
        append(&log, "type=CWD msg=audit(5.000:1): cwd=\"/\"\n");
        for (int i = 0; i < 100; i++) {
            append(&log, "type=USER_END msg=audit(%s:%d): res=1\n", is_old ? "7.000" : "6.999", 100 + i);
            append(&log, "node=other type=USER_END msg=audit(900.000:%d): res=1\n", 100 + i);
        }
        append(&log, "type=EXECVE msg=audit(5.000:1): argc=1 a0=\"late\"\n");
        struct audit_collect *rows = collect(&log);
        assert_int_equal(rows->row_count, is_old ? 202 : 201);
        release(rows);
    }
}

/* Older text behind newer text (rotated files in one stream) must not tear events apart. */
static void survives_time_that_runs_back(void **state)
{
    struct strbuf log;
    strbuf_init(&log, MEBI);
    append(&log, "type=CWD msg=audit(9000.000:1): cwd=\"/\"\n");
    for (int i = 0; i < 8; i++) {
        append(&log, "type=CWD msg=audit(%d.000:%d): cwd=\"/\"\n", 100 + i, i);
    }
    for (int i = 0; i < 8; i++) {
        append(&log, "type=EXECVE msg=audit(%d.000:%d): argc=1 a0=\"c%d\"\n", 100 + i, i, i);
    }
    struct audit_collect *rows = collect(&log);
    assert_int_equal(rows->row_count, 9);
    assert_value(rows, 8, "Command", "c7");
    release(rows);
}

static void evicts_the_oldest_when_full(void **state)
{
    struct strbuf log;
    strbuf_init(&log, 4 * MEBI);
    enum { EVENTS = LIMIT_AUDIT_OPEN_EVENTS + 10 };
    for (int i = 0; i < EVENTS; i++) {
        append(&log, "type=CWD msg=audit(5.000:%d): cwd=\"/%d\"\n", i, i);
    }
    append(&log, "type=EXECVE msg=audit(5.000:%d): argc=1 a0=\"kept\"\n", EVENTS - 1);
    append(&log, "type=EXECVE msg=audit(5.000:0): argc=1 a0=\"gone\"\n");
    struct audit_collect *rows = collect(&log);
    assert_int_equal(rows->row_count, EVENTS + 1);
    for (size_t i = 0; i < EVENTS; i++) {
        char serial[24];
        snprintf(serial, sizeof(serial), "%zu", i);
        assert_value(rows, i, "Audit Serial", serial); /* in the order of first lines */
    }
    assert_value(rows, EVENTS - 1, "Command", "kept");
    assert_value(rows, EVENTS, "Command", "gone");
    release(rows);
}

static void bounds_the_bytes_of_open_events(void **state)
{
    struct strbuf log;
    strbuf_init(&log, 128 * MEBI);
    char *path = malloc(MEBI);
    assert_non_null(path);
    memset(path, 'x', MEBI);
    for (int i = 0; i < 40; i++) {
        append(&log, "type=CWD msg=audit(5.000:%d): cwd=\"/", i);
        strbuf_append(&log, str_from(path, MEBI));
        append(&log, "\"\n");
    }
    free(path);
    append(&log, "type=EXECVE msg=audit(5.000:0): argc=1 a0=\"gone\"\n");
    append(&log, "type=EXECVE msg=audit(5.000:39): argc=1 a0=\"kept\"\n");
    struct audit_collect *rows = collect(&log);
    assert_int_equal(rows->row_count, 41);
    assert_value(rows, 39, "Command", "kept");
    assert_value(rows, 40, "Command", "gone");
    release(rows);
}

static void bounds_the_records_of_one_event(void **state)
{
    struct strbuf log;
    strbuf_init(&log, 4 * MEBI);
    enum { RECORDS = LIMIT_AUDIT_EVENT_RECORDS + 3 };
    for (int i = 0; i < RECORDS; i++) {
        append(&log, "type=PATH msg=audit(5.000:1): item=%d name=\"/f%d\" nametype=NORMAL\n", i, i);
    }
    struct audit_collect *rows = collect(&log);
    assert_int_equal(rows->row_count, 1);
    assert_int_equal(rows->dropped, 3);
    assert_value(rows, 0, "istruncated", "true");
    release(rows);
}

static void bounds_the_bytes_of_one_event(void **state)
{
    struct strbuf log;
    strbuf_init(&log, 64 * MEBI);
    char *text = malloc(8 * MEBI);
    assert_non_null(text);
    memset(text, 'x', 8 * MEBI);
    for (int i = 0; i < 3; i++) {
        append(&log, "type=EXECVE msg=audit(5.000:1): argc=3 a%d=\"", i);
        strbuf_append(&log, str_from(text, 8 * MEBI - 100));
        append(&log, "\"\n");
    }
    free(text);
    struct audit_collect *rows = collect(&log);
    assert_int_equal(rows->row_count, 1);
    assert_int_equal(rows->dropped, 1);
    assert_value(rows, 0, "istruncated", "true");
    release(rows);
}

/* ---- headers ---- */

static void reads_headers(void **state)
{
    static const struct example examples[] = {
        {"unknown type by number", LOG("type=UNKNOWN[1327] msg=" S1 ": proctitle=\"ls\"\n"),
         "Command: ls\nRecord Type: PROCTITLE"},
        {"unknown type", LOG("type=UNKNOWN[4711] msg=" S1 ": pid=5\n"), "Process ID: 5\nRecord Type: UNKNOWN[4711]"},
        {"a type nobody knows", LOG("type=NEW_THING msg=" S1 ": pid=5\n"),
         "Process ID: 5\nRecord Type: NEW_THING\nisunparsed: false"},
        {"kernel line", LOG("audit: type=1400 " S1 ": apparmor=\"DENIED\" operation=\"ptrace\" pid=5571\n"),
         "Record Type: AVC\nAccess Decision: DENIED\nOperation: ptrace\nResult: failed\nProcess ID: 5571"},
        {"kernel line with time of boot", LOG("[   12.345678] audit: type=1300 " S1 ": pid=9\n"),
         "Record Type: SYSCALL\nProcess ID: 9"},
        {"kernel line through syslog",
         LOG("<5>Nov 23 03:10:14 h1 kernel: [   12.345678] audit: type=1300 " S1 ": pid=9\n"),
         "hostname: h1\nProcess ID: 9"},
        {"no colon behind the stamp",
         LOG("type=DAEMON_CONFIG msg=" S1 " config changed, auid=0 pid=1512 res=success\n"),
         "Process ID: 1512\nResult: success\nAudit User ID: 0"},
        {"nothing behind the stamp", LOG("type=SYSCALL msg=" S1), "Audit Serial: 42"},
        {"a fraction of other length",
         LOG("type=CWD msg=audit(1700000000.123456789:1): cwd=\"/\"\n"
             "type=CWD msg=audit(1700000000:2): cwd=\"/\"\n"),
         "devicetime: 1700000000123\n\ndevicetime: 1700000000000"},
        {"damaged headers become rows that say so",
         LOG("type=UNKNOWN[1329] msg=?\ntype=CWD msg=audit(x:1): \ntype=CWD msg=audit(1.000:99999999999999999999): \n"
             "type=CWD msg=audit(1.000:1\ntype=CWD msg=audit(9999999999999.000:1): \n"),
         "isunparsed: true\npayload: type=UNKNOWN[1329] msg=?\n\nisunparsed: true\n\nisunparsed: true\n\n"
         "isunparsed: true\n\nisunparsed: true"},
        {"text of programs does not pose as a record",
         LOG("<38>Nov 23 03:10:14 h1 sshd[7]: Invalid user type=CWD msg=" S1 ": cwd=\"/\" from 10.0.0.1\n"
             "note type=CWD msg=" S1 ": cwd=\"/\"\n"),
         ""},
    };
    check_examples(examples, countof(examples));
}

/* ---- commands ---- */

static void reads_arguments(void **state)
{
    static const struct example examples[] = {
        {"quoted and bare hex", LOG("type=EXECVE msg=" S1 ": argc=3 a0=\"jq\" a1=2E20 a2=7B7B2E4E616D657D7D\n"),
         "Command: jq .  {{.Name}}\nArgument Count: 3\nistruncated: false"},
        {"quoted text that looks like hex", LOG("type=EXECVE msg=" S1 ": argc=2 a0=\"echo\" a1=\"2E20\"\n"),
         "Command: echo 2E20"},
        {"lower case is no hex", LOG("type=EXECVE msg=" S1 ": argc=2 a0=echo a1=deadbeef\n"), "Command: echo deadbeef"},
        {"an odd number of digits is no hex", LOG("type=EXECVE msg=" S1 ": argc=2 a0=echo a1=ABC\n"),
         "Command: echo ABC"},
        {"(null) is text", LOG("type=EXECVE msg=" S1 ": argc=2 a0=\"x\" a1=(null)\n"), "Command: x (null)"},
        {"empty argument", LOG("type=EXECVE msg=" S1 ": argc=3 a0=\"x\" a1=\"\" a2=\"y\"\n"), "Command: x  y"},
        {"a long argument in parts over records, hex and quoted",
         LOG("type=EXECVE msg=" S1 ": argc=3 a0=\"python3\" a1=\"-c\" a2_len=12 a2[0]=696D70\n"
             "type=EXECVE msg=" S1 ": a2[1]=\"ort\" a2[2]=206F73\n"),
         "Command: python3 -c import os\nistruncated: false"},
        {"records out of order and repeated",
         LOG("type=EXECVE msg=" S1 ": a2[1]=\"bc\" a3=\"d\"\ntype=EXECVE msg=" S1 ": a2[1]=\"bc\" a3=\"d\"\n"
             "type=EXECVE msg=" S1 ": argc=4 a0=\"x\" a1=\"y\" a2_len=3 a2[0]=\"a\"\n"),
         "Command: x y abc d\nistruncated: false"},
        {"a lost record between", LOG("type=EXECVE msg=" S1 ": argc=4 a0=\"x\"\ntype=EXECVE msg=" S1 ": a3=\"z\"\n"),
         "Command: x z\nistruncated: true"},
        {"a lost part", LOG("type=EXECVE msg=" S1 ": argc=1 a0_len=4 a0[0]=4142 a0[2]=4344\n"),
         "Command: ABCD\nistruncated: true"},
        {"a lost end", LOG("type=EXECVE msg=" S1 ": argc=3 a0=\"x\" a1=\"y\"\n"), "Command: x y\nistruncated: true"},
        {"a lost beginning", LOG("type=EXECVE msg=" S1 ": a1=\"y\"\n"), "Command: y\nistruncated: true"},
        {"cut within an argument", LOG("type=EXECVE msg=" S1 ": argc=2 a0=\"x\" a1=\"cut of"),
         "Command: x cut of\nistruncated: true"},
        {"cut within hex", LOG("type=EXECVE msg=" S1 ": argc=2 a0=\"x\" a1=6B75626563746C2067657"),
         "Command: x kubectl ge"},
        {"ten and more arguments",
         LOG("type=EXECVE msg=" S1 ": argc=12 a0=\"0\" a1=\"1\" a2=\"2\" a3=\"3\" a4=\"4\" a5=\"5\" a6=\"6\" a7=\"7\" "
             "a8=\"8\" a9=\"9\" a10=\"10\" a11=\"11\"\n"),
         "Command: 0 1 2 3 4 5 6 7 8 9 10 11\nistruncated: false"},
        {"no arguments at all", LOG("type=EXECVE msg=" S1 ": argc=0\n"), "Command:\nArgument Count: 0"},
        {"names of enriched records are no arguments",
         LOG("type=EXECVE msg=" S1 ": argc=1 a0=\"x\"" SEP "ARCH=x86_64\n"), "Command: x\nistruncated: false"},
    };
    check_examples(examples, countof(examples));
}

static void chooses_the_command(void **state)
{
    static const struct example examples[] = {
        {"arguments before the process title",
         LOG(EXEC(S1) "type=EXECVE msg=" S1 ": argc=1 a0=\"args\"\ntype=PROCTITLE msg=" S1 ": proctitle=\"title\"\n"),
         "Command: args\nProcess Title: title"},
        {"process title with NULs", LOG("type=PROCTITLE msg=" S1 ": proctitle=636174002F6574632F736861646F7700\n"),
         "Command: cat /etc/shadow\nProcess Title: cat /etc/shadow"},
        {"quoted process title", LOG("type=PROCTITLE msg=" S1 ": proctitle=\"(systemd)\"\n"), "Command: (systemd)"},
        {"no process title", LOG("type=PROCTITLE msg=" S1 ": proctitle=(null)\n"), "Command:\nProcess Title:"},
        {"a failed exec has the title of its caller",
         LOG("type=SYSCALL msg=" S1 ": arch=c000003e syscall=59 success=no exit=-2 pid=8 comm=\"bash\" "
             "exe=\"/usr/bin/bash\"\ntype=PROCTITLE msg=" S1 ": proctitle=62617368002D69\n"),
         "Command:\nProcess Title: bash -i\nProcess Name: bash\nResult: failed\nSystem Call Error: ENOENT\nqid: "
         "2000102"},
        {"the same for execveat, 32 bits and ARM",
         LOG("type=SYSCALL msg=audit(1.0:1): arch=c000003e syscall=322 success=no exit=-2\n"
             "type=PROCTITLE msg=audit(1.0:1): proctitle=\"t\"\n"
             "type=SYSCALL msg=audit(1.0:2): arch=40000003 syscall=11 success=no exit=-2\n"
             "type=PROCTITLE msg=audit(1.0:2): proctitle=\"t\"\n"
             "type=SYSCALL msg=audit(1.0:3): arch=c00000b7 syscall=221 success=no exit=-2\n"
             "type=PROCTITLE msg=audit(1.0:3): proctitle=\"t\"\n"
             "type=SYSCALL msg=audit(1.0:4): arch=40000028 syscall=11 success=no exit=-2\n"
             "type=PROCTITLE msg=audit(1.0:4): proctitle=\"t\"\n"
             "type=SYSCALL msg=audit(1.0:5): arch=c000003e syscall=1073742344 success=no exit=-2\n"
             "type=PROCTITLE msg=audit(1.0:5): proctitle=\"t\"\n"
             "type=SYSCALL msg=audit(1.0:6): arch=deadbeef syscall=999 success=no exit=-2" SEP "SYSCALL=execve\n"
             "type=PROCTITLE msg=audit(1.0:6): proctitle=\"t\"\n"),
         "Command:\nSystem Call: execveat\n\nCommand:\nSystem Call: execve\n\nCommand:\nSystem Call: execve\n\n"
         "Command:\nSystem Call: execve\n\nCommand:\nSystem Call: execve\n\nCommand:\nSystem Call: execve"},
        {"any other failed call keeps its title",
         LOG("type=SYSCALL msg=" S1 ": arch=c000003e syscall=257 success=no exit=-13\n"
             "type=PROCTITLE msg=" S1 ": proctitle=\"cat\"\n"),
         "Command: cat\nSystem Call: openat\nResult: failed\nSystem Call Error: EACCES"},
        {"command of sudo, hex",
         LOG("type=USER_CMD msg=" S1 ": pid=5 uid=1000 auid=1000 ses=3 msg='cwd=\"/home/u\" "
             "cmd=6B75626563746C2067657420736563726574 terminal=pts/0 res=success'\n"),
         "Command: kubectl get secret\nWorking Directory: /home/u\nTerminal: pts/0\nResult: success\nusername: 1000"},
        {"command of sudo, quoted",
         LOG("type=USER_CMD msg=" S1 ": pid=5 msg='cmd=\"ls\" exe=\"/usr/bin/sudo\" "
             "terminal=? res=failed'" SEP "UID=\"root\" AUID=\"jane\"\n"),
         "Command: ls\nProcess Name: sudo\nTerminal:\nResult: failed\nusername: jane\nqid: 2000220"},
        {"a line typed in an audited terminal",
         LOG("type=USER_TTY msg=" S1 ": pid=5 uid=0 auid=1000 ses=7 data=7375202D20616E64726577\n"),
         "Command: su - andrew\nTerminal Input: su - andrew"},
    };
    check_examples(examples, countof(examples));
}

/* ---- values ---- */

static void reads_values(void **state)
{
    static const struct example examples[] = {
        {"never decodes numbers", LOG("type=SYSCALL msg=" S1 ": pid=4142 ppid=33 uid=41 comm=\"41\" exe=4142\n"),
         "Process ID: 4142\nParent Process ID: 33\nUser ID: 41\nProcess Path: AB\nCommand Name: 41"},
        {"hex path of a deleted program",
         LOG("type=SYSCALL msg=" S1 ": exe=2F7573722F62696E2F707974686F6E322E37202864656C6574656429\n"),
         "Process Path: /usr/bin/python2.7 (deleted)\nProcess Name: python2.7"},
        {"comm where there is no exe", LOG("type=SYSCALL msg=" S1 ": comm=612062 exe=(null)\n"),
         "Process Name: a b\nProcess Path:"},
        {"a stray quote", LOG("type=SYSCALL msg=" S1 ": key=65786563013634626974\"\n"), "Audit Key: exec,64bit"},
        {"several keys", LOG("type=SYSCALL msg=" S1 ": key=61756F6D7301657865637665\n"), "Audit Key: auoms,execve"},
        {"no key", LOG("type=SYSCALL msg=" S1 ": key=(null)\n"), "Audit Key:"},
        {"enriched",
         LOG("type=SYSCALL msg=" S1 ": " CALL(59) REST "key=(null)" SEP "ARCH=x86_64 SYSCALL=execve "
                                                       "AUID=\"jsmith\" UID=\"root\" GID=\"root\" EUID=\"root\"\n"),
         "Audit Key:\nusername: jsmith\nAudit User Name: jsmith\nUser Name: root\nEffective User Name: root\n"
         "Audit User ID: 1000\nArchitecture: x86_64"},
        {"enriched, separator turned into a blank",
         LOG("type=SYSCALL msg=" S1 ": " CALL(59) REST "key=\"k\" ARCH=x86_64 SYSCALL=execve AUID=\"ubuntu\"\n"),
         "Audit Key: k\nusername: ubuntu"},
        {"enriched, separator lost",
         LOG("type=SYSCALL msg=" S1 ": auid=1000 key=\"susp\"ARCH=x86_64 SYSCALL=execve AUID=\"bui\" UID=\"x\"\n"
             "type=SYSCALL msg=" S2 ": auid=1000 key=(null)ARCH=x86_64 SYSCALL=execve AUID=\"bui\"\n"
             "type=ANOM_ABEND msg=audit(3.0:1): auid=1000 sig=11 res=1AUID=\"bui\" UID=\"bui\"\n"),
         "Audit Key: susp\nusername: bui\nArchitecture: x86_64\n\nAudit Key:\nusername: bui\n\n"
         "username: bui\nResult: success\nSignal: 11\nUser Name: bui"},
        {"message and names without a separator",
         LOG("type=ADD_USER msg=" S1 ": pid=1788 uid=0 auid=1000 ses=1 msg='op=adding user id=1002 "
             "exe=\"/usr/sbin/useradd\" hostname=ar-linux1 addr=? terminal=pts/1 res=success'UID=\"root\" "
             "AUID=\"ubuntu\" ID=\"unknown(1002)\"\n"),
         "Operation: adding\nusername: ubuntu\nTarget Username: unknown(1002)\nRemote Host: ar-linux1\nResult: "
         "success\n"
         "Process Name: useradd\nqid: 2000221"},
        {"the kernel's fields come before the program's",
         LOG("type=USER_LOGIN msg=" S1
             ": pid=5 uid=0 auid=1000 msg='op=login pid=666 auid=0 acct=\"eve\" res=failed'\n"),
         "Process ID: 5\nAudit User ID: 1000\nusername: eve\nResult: failed\nqid: 2000202"},
        {"a connect in progress is no failure",
         LOG("type=SYSCALL msg=" S1 ": arch=c000003e syscall=42 success=no exit=-115 pid=8\n"),
         "Result: in progress\nSystem Call Success: no\nSystem Call Exit: -115\nSystem Call Error: EINPROGRESS\n"
         "qid: 2000131"},
        {"words without a value",
         LOG("type=DAEMON_END msg=" S1 ": auditd normal halt, sending auid=? pid=? subj=? "
             "res=success\n"),
         "Process ID:\nAudit User ID:\nSecurity Context:\nResult: success\nqid: 2000275"},
        {"NUL bytes and other bytes",
         LOG("type=SYSCALL msg=" S1 ": pid=8 \0\0 comm=\"a\0b\xFF\" exe=\"/x\xC3\" uid=5\n"),
         "Process ID: 8\nUser ID: 5"},
    };
    check_examples(examples, countof(examples));
}

static void names_users(void **state)
{
    static const struct example examples[] = {
        {"who logged in comes before who it runs as", LOG("type=SYSCALL msg=" S1 ": auid=1000 uid=0\n"),
         "username: 1000"},
        {"nobody logged in", LOG("type=SYSCALL msg=" S1 ": auid=4294967295 uid=33" SEP "AUID=\"unset\" UID=\"www\"\n"),
         "username: www\nAudit User ID: 4294967295"},
        {"nobody logged in, numbers only", LOG("type=SYSCALL msg=" S1 ": auid=-1 uid=33\n"), "username: 33"},
        {"hex account",
         LOG("type=USER_LOGIN msg=" S1 ": auid=4294967295 msg='op=login acct=28696E76616C6964207573657229 "
             "exe=\"/usr/sbin/sshd\" hostname=? addr=179.38.151.221 terminal=sshd res=failed'\n"),
         "username: (invalid user)\nsourceip: 179.38.151.221\nResult: failed\nRemote Host:"},
        {"IPv6 and names",
         LOG("type=USER_AUTH msg=" S1 ": msg='op=PAM acct=\"root\" hostname=h.example addr=2001:db8::7 "
             "terminal=ssh res=success'\n"),
         "sourcev6: 2001:db8:0:0:0:0:0:7\nsourceaddress: 2001:db8:0:0:0:0:0:7\nRemote Host: h.example"},
        {"an address in place of the name",
         LOG("type=USER_ERR msg=" S1 ": msg='op=PAM acct=\"?\" hostname=190.48.233.76 addr=? res=failed'\n"),
         "sourceip: 190.48.233.76\nusername:"},
        {"an account changed by another",
         LOG("type=USER_CHAUTHTOK msg=" S1 ": pid=1 uid=0 auid=1000 msg='op=change acct=\"bob\" res=success'\n"),
         "username: 1000\nTarget Username: bob\nqid: 2000217"},
        {"login of a session",
         LOG("type=LOGIN msg=" S1 ": pid=7 uid=0 old-auid=4294967295 auid=1000 tty=(none) "
             "old-ses=4294967295 ses=5 res=1\n"),
         "username: 1000\nSession ID: 5\nResult: success\nTerminal:\nqid: 2000215"},
        {"service",
         LOG("type=SERVICE_START msg=" S1 ": pid=1 uid=0 auid=4294967295 msg='unit=docker comm=\"systemd\" "
             "exe=\"/usr/lib/systemd/systemd\" hostname=? addr=? terminal=? res=failed'\n"),
         "Unit: docker\nProcess Name: systemd\nqid: 2000252\nsourceip: 0.0.0.0"},
    };
    check_examples(examples, countof(examples));
}

/* ---- sockets and files ---- */

#define NET(call) "type=SYSCALL msg=" S1 ": arch=c000003e syscall=" #call " success=yes exit=0 a0=3 pid=8\n"

static void reads_sockets(void **state)
{
    static const struct example examples[] = {
        {"IPv4 connect", LOG(NET(42) "type=SOCKADDR msg=" S1 ": saddr=02000050A9FEA9FE0000000000000000\n"),
         "destinationip: 169.254.169.254\ndestinationport: 80\nsourceip: 0.0.0.0\nSocket Family: inet\n"
         "qid: 2000131"},
        {"IPv4 accept", LOG(NET(43) "type=SOCKADDR msg=" S1 ": saddr=0200E31C4853E6640000000000000000\n"),
         "sourceip: 72.83.230.100\nsourceport: 58140\ndestinationip: 0.0.0.0\nqid: 2000133"},
        {"IPv6",
         LOG(NET(42) "type=SOCKADDR msg=" S1 ": saddr=0A0001BB0000000020010DB800000000000000000000000100000000\n"),
         "destinationv6: 2001:db8:0:0:0:0:0:1\ndestinationport: 443\nSocket Family: inet6"},
        {"IPv4 within IPv6",
         LOG(NET(42) "type=SOCKADDR msg=" S1 ": saddr=0A0001BB0000000000000000000000000000FFFF0A00000100000000\n"),
         "destinationip: 10.0.0.1\ndestinationaddress: 10.0.0.1"},
        {"Unix with garbage behind the NUL",
         LOG(NET(42) "type=SOCKADDR msg=" S1 ": saddr=01002F7661722F72756E2F646F636B65722E736F636B0000603B7B47FC7F\n"),
         "Socket Path: /var/run/docker.sock\nSocket Family: unix\ndestinationip: 0.0.0.0"},
        {"abstract", LOG(NET(42) "type=SOCKADDR msg=" S1 ": saddr=0100002F746D702F780041\n"), "Socket Path: @/tmp/x@A"},
        {"netlink",
         LOG(NET(44) "type=SOCKADDR msg=" S1 ": saddr=100000000000000000000000" SEP
                     "SADDR={ saddr_fam=netlink nlnk-fam=16 nlnk-pid=0 }\n"),
         "Socket Family: netlink\nSocket Path:"},
        {"enriched text only",
         LOG(NET(42) "type=SOCKADDR msg=" S1 ": saddr={ saddr_fam=inet laddr=10.1.2.3 lport=6443 }\n"),
         "destinationip: 10.1.2.3\ndestinationport: 6443\nSocket Family: inet"},
        {"enriched path only",
         LOG(NET(42) "type=SOCKADDR msg=" S1 ": saddr={ saddr_fam=local path=/run/docker.sock }\n"),
         "Socket Path: /run/docker.sock\nSocket Family: unix"},
        {"too short", LOG(NET(42) "type=SOCKADDR msg=" S1 ": saddr=0200\n"), "Socket Family: inet\ndestinationport: 0"},
        {"unknown family", LOG(NET(42) "type=SOCKADDR msg=" S1 ": saddr=2C00AABB\n"), "Socket Family: 44"},
        {"a 32-bit socketcall",
         LOG("type=SYSCALL msg=" S1 ": arch=40000003 syscall=102 success=yes exit=0 a0=5\n"
             "type=SOCKADDR msg=" S1 ": saddr=02000050A9FEA9FE0000000000000000\n"),
         "sourceip: 169.254.169.254\nsourceport: 80"},
        {"session of an SSH server",
         LOG("type=CRYPTO_SESSION msg=" S1 ": pid=1 msg='op=start rport=63927 laddr=10.142.0.2 lport=22 "
             "exe=\"/usr/sbin/sshd\" hostname=? addr=96.241.146.97 terminal=? res=success'\n"),
         "sourceip: 96.241.146.97\nsourceport: 63927\ndestinationip: 10.142.0.2\ndestinationport: 22"},
    };
    check_examples(examples, countof(examples));
}

#define AT_CALL(n, a0) "type=SYSCALL msg=" S1 ": arch=c000003e syscall=" #n " success=yes exit=0 a0=" #a0 " a1=0 a2=0\n"
#define HOME           "type=CWD msg=" S1 ": cwd=\"/home/u\"\n"

static void chooses_the_file(void **state)
{
    static const struct example examples[] = {
        {"program of an exec",
         LOG(EXEC(S1) HOME "type=EXECVE msg=" S1 ": argc=1 a0=\"x\"\n"
                           "type=PATH msg=" S1 ": item=1 name=\"/lib64/ld.so\" nametype=NORMAL\n"
                           "type=PATH msg=" S1 ": item=0 name=\"/bin/x\" mode=0104755 nametype=NORMAL\n"),
         "File Path: /bin/x\nFile Mode: 0104755\nFile Action: NORMAL"},
        {"last name that is no parent",
         LOG(AT_CALL(257, ffffff9c) HOME "type=PATH msg=" S1 ": item=0 name=\"/etc/\" nametype=PARENT\n"
                                         "type=PATH msg=" S1 ": item=1 name=\"/etc/new\" nametype=CREATE\n"),
         "File Path: /etc/new\nFile Action: CREATE\nParent Directory: /etc/\nqid: 2000115"},
        {"rename",
         LOG(AT_CALL(82, 1) "type=PATH msg=" S1 ": item=2 name=\"/a\" nametype=DELETE\n"
                            "type=PATH msg=" S1 ": item=3 name=\"/b\" nametype=CREATE\n"),
         "File Path: /b\nqid: 2000119"},
        {"old kernels",
         LOG(AT_CALL(87, 1) "type=PATH msg=" S1 ": item=0 name=\"/d\" objtype=PARENT\n"
                            "type=PATH msg=" S1 ": item=1 name=\"/d/f\" objtype=DELETE\n"),
         "File Path: /d/f\nFile Action: DELETE\nParent Directory: /d\nqid: 2000117"},
        {"relative to the working directory",
         LOG(AT_CALL(257, ffffffffffffff9c) HOME "type=PATH msg=" S1
                                                 ": item=0 name=\"../x/./shadow\" nametype=NORMAL\n"),
         "File Path: /home/x/shadow\nqid: 2000111"},
        {"relative to another directory",
         LOG(AT_CALL(257, 5) HOME "type=PATH msg=" S1 ": item=0 name=\"shadow\" nametype=NORMAL\n"),
         "File Path: shadow"},
        {"above the root", LOG(AT_CALL(2, 1) HOME "type=PATH msg=" S1 ": item=0 name=\"../../../..\"\n"),
         "File Path: /"},
        {"hex name and directory",
         LOG(AT_CALL(2, 1) "type=CWD msg=" S1 ": cwd=2F6120622F\n"
                           "type=PATH msg=" S1 ": item=0 name=632064\n"),
         "File Path: /a b/c d\nWorking Directory: /a b/"},
        {"no name", LOG(AT_CALL(2, 1) "type=PATH msg=" S1 ": item=0 name=(null) inode=5\n"), "File Path:"},
        {"opened for writing",
         LOG("type=SYSCALL msg=" S1 ": arch=c000003e syscall=257 success=yes a0=ffffff9c a1=7f a2=241 a3=1b6\n"
             "type=PATH msg=" S1 ": item=0 name=\"/etc/passwd\" nametype=NORMAL\n"),
         "qid: 2000113"},
        {"rule for a file",
         LOG("type=CONFIG_CHANGE msg=" S1 ": auid=1 op=\"updated_rules\" path=\"/etc/gshadow\" "
             "key=\"auth\" list=4 res=1\n"),
         "File Path: /etc/gshadow\nOperation: updated_rules\nAudit Key: auth\nqid: 2000271"},
    };
    check_examples(examples, countof(examples));
}

static void reads_access_decisions(void **state)
{
    static const struct example examples[] = {
        {"SELinux",
         LOG("type=AVC msg=" S1 ": avc:  denied  { read write } for  pid=5 comm=\"httpd\" name=\"shadow\" "
             "scontext=system_u:system_r:httpd_t:s0 tcontext=system_u:object_r:shadow_t:s0 tclass=file\n"),
         "Access Decision: denied\nRequested Permissions: read write\nTarget Class: file\nResult: failed\n"
         "Security Context: system_u:system_r:httpd_t:s0\nTarget Context: system_u:object_r:shadow_t:s0\n"
         "File Path: shadow\nqid: 2000284"},
        {"AppArmor with blanks in a value",
         LOG("type=AVC msg=" S1 ": apparmor=\"DENIED\" operation=\"open\" info=\"Failed name lookup - gone\" "
             "profile=\"docker-default\" name=\"/proc/1/environ\" pid=7 comm=\"cat\" requested_mask=\"r\"\n"),
         "Access Decision: DENIED\nAppArmor Profile: docker-default\nFile Path: /proc/1/environ\n"
         "Requested Permissions: r\nProcess ID: 7"},
        {"an exec with a decision is an exec",
         LOG(EXEC(S1) "type=AVC msg=" S1 ": avc:  denied  { siginh } for  pid=5\n"
                      "type=EXECVE msg=" S1 ": argc=1 a0=\"x\"\n"),
         "qid: 2000101\nResult: success\nCommand: x\nAccess Decision: denied"},
    };
    check_examples(examples, countof(examples));
}

/* ---- tables and plan ---- */

static void event_names_are_distinct(void **state)
{
    for (size_t i = 0; i < AUDIT_EVENT_NAME_COUNT; i++) {
        assert_true(audit_event_names[i].qid > 2000000 && audit_event_names[i].name[0] != '\0');
        for (size_t j = i + 1; j < AUDIT_EVENT_NAME_COUNT; j++) {
            assert_true(audit_event_names[i].qid != audit_event_names[j].qid);
        }
    }
}

static void finds_every_name_of_its_tables(void **state)
{
    struct audit_index index;
    audit_index_init(&index);
    for (uint32_t type = 0; type <= UINT16_MAX; type++) {
        str name = audit_type_name(&index, (uint16_t)type);
        if (name.len > 0) {
            assert_int_equal(audit_type_find(&index, name), type);
        }
    }
    assert_int_equal(audit_type_find(&index, STR("EXECV")), AUDIT_TYPE_UNKNOWN);
    assert_int_equal(audit_type_find(&index, STR("")), AUDIT_TYPE_UNKNOWN);
    assert_int_equal(audit_syscall_class_of_name(STR("accept")), AUDIT_SYSCALL_ACCEPT);
    assert_int_equal(audit_syscall_class_of_name(STR("unshare")), AUDIT_SYSCALL_NAMESPACE);
    /* The list by name is sorted, and agrees with the tables by number. */
    static const uint64_t arches[] = {0xC000003E, 0x40000003, 0xC00000B7};
    for (size_t i = 0; i < countof(arches); i++) {
        for (uint64_t number = 0; number < 512; number++) {
            struct audit_syscall call = audit_syscall_find(arches[i], number);
            assert_int_equal(audit_syscall_class_of_name(call.name), call.class_id);
        }
    }
    assert_int_equal(audit_syscall_find(0xC000003E, 59).class_id, AUDIT_SYSCALL_EXECUTE);
    assert_int_equal(audit_syscall_find(0xC00000B7, 221).class_id, AUDIT_SYSCALL_EXECUTE);
    assert_int_equal(audit_syscall_find(0xC000003E, UINT64_MAX).name.len, 0);
    assert_true(str_eq(audit_errno_name(13), STR("EACCES")));
    assert_int_equal(audit_errno_name(-13).len, 0);
}

/* Values do not depend on which other fields are asked for. */
static void fills_each_field_alone(void **state)
{
    static const char log[] =
        EXEC(S1) "type=EXECVE msg=" S1 ": argc=2 a0=\"x\" a1=6162\n" HOME "type=PATH msg=" S1
                 ": item=0 name=\"/bin/x\" nametype=NORMAL mode=0755\n"
                 "type=PROCTITLE msg=" S1 ": proctitle=7800616200\n" NET(
                     42) "type=SOCKADDR msg=" S1 ": saddr=02000050A9FEA9FE0000000000000000\n"
                         "type=USER_CMD msg=" S2
                         ": pid=1 uid=0 auid=5 msg='cwd=\"/\" cmd=\"ls\" addr=10.0.0.1 res=success'\n";
    struct audit_collect *all = malloc(sizeof(*all));
    struct audit_collect *one = malloc(sizeof(*one));
    assert_true(all && one);
    audit_collect_run(all, STR(log), 64, NULL, 0);
    for (size_t i = 0; i < format_linux_audit.field_count; i++) {
        const char *field = format_linux_audit.fields[i].name;
        audit_collect_run(one, STR(log), 64, &field, 1);
        assert_int_equal(one->row_count, all->row_count);
        for (size_t row = 0; row < all->row_count; row++) {
            str expected = audit_collect_get(all, row, field);
            str got = audit_collect_get(one, row, field);
            if ((expected.data == NULL) != (got.data == NULL) || (got.data && !str_eq(expected, got))) {
                fail_msg("%s alone is \"%.*s\", with others \"%.*s\"", field, STR_ARG(got), STR_ARG(expected));
            }
        }
        audit_collect_release(one);
    }
    release(all);
    free(one);
}

/* Ends at the first error. The harness's own format state is closed only when the rows have been read. */
static tocsin_status feed_until_error(struct audit_harness *harness, str log, struct error *err)
{
    uint64_t number = 0;
    tocsin_status status = format_linux_audit.open(&harness->context, &harness->format, err);
    for (size_t at = 0; at < log.len && status == TOCSIN_OK;) {
        size_t end = str_find_char(log, '\n', at);
        struct log_line line = {.text = str_slice(log, at, end), .line = ++number, .line_count = 1};
        line.raw = line.text;
        status = format_linux_audit.parse_line(harness->format, &line, harness->writer, err);
        if (status == TOCSIN_OK && number % 7 == 0) {
            status = format_linux_audit.release_chunk(harness->format, err);
        }
        at = end + 1;
    }
    if (status == TOCSIN_OK) {
        status = format_linux_audit.finish(harness->format, harness->writer, err);
    }
    struct batch *batch;
    /* A row that found no memory is noticed here. */
    return status == TOCSIN_OK ? row_writer_take(harness->writer, true, &batch, err) : status;
}

/* Each allocation fails once: an error, and nothing leaks. */
static void survives_lack_of_memory(void **state)
{
    struct strbuf log;
    strbuf_init(&log, MEBI);
    for (int i = 0; i < 30; i++) {
        append(&log, "type=CWD msg=audit(5.000:%d): cwd=\"/\"\n", i);
        for (int j = 0; j < 9; j++) {
            append(&log, "type=EXECVE msg=audit(5.000:%d): argc=9 a%d=4142\n", i, j);
        }
    }
    bool is_done = false;
    for (uint64_t number = 1; !is_done; number++) {
        struct audit_harness harness = {0};
        struct error err = {0};
        audit_harness_open(&harness, NULL, 0);
        format_linux_audit.close(harness.format);
        harness.format = NULL;
        uint64_t before = memory_statistics_get().allocation_count;
        memory_fail_at(number, 0);
        tocsin_status status = feed_until_error(&harness, strbuf_str(&log), &err);
        is_done = memory_statistics_get().allocation_count - before < number;
        memory_fail_at(0, 0);
        assert_int_equal(status, is_done ? TOCSIN_OK : TOCSIN_ERROR_MEMORY);
        audit_harness_close(&harness);
        assert_true(number < 10000);
    }
    strbuf_release(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_records_of_one_event),
        cmocka_unit_test(tells_hosts_apart),
        cmocka_unit_test(waits_for_late_records),
        cmocka_unit_test(keeps_incomplete_events_for_two_seconds),
        cmocka_unit_test(survives_time_that_runs_back),
        cmocka_unit_test(evicts_the_oldest_when_full),
        cmocka_unit_test(bounds_the_bytes_of_open_events),
        cmocka_unit_test(bounds_the_records_of_one_event),
        cmocka_unit_test(bounds_the_bytes_of_one_event),
        cmocka_unit_test(reads_headers),
        cmocka_unit_test(reads_arguments),
        cmocka_unit_test(chooses_the_command),
        cmocka_unit_test(reads_values),
        cmocka_unit_test(names_users),
        cmocka_unit_test(reads_sockets),
        cmocka_unit_test(chooses_the_file),
        cmocka_unit_test(reads_access_decisions),
        cmocka_unit_test(event_names_are_distinct),
        cmocka_unit_test(finds_every_name_of_its_tables),
        cmocka_unit_test(fills_each_field_alone),
        cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
