/* The quick walks over the fields of audit records against the plain one: whatever stands in the records, the rows are
 * the same, and the values of a scan too. Records are made of what the kernel writes, changed in odd places. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../support/audit_collect.h"
#include "format/audit_walk.h"

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static const char *const lines[] = {
    "type=SYSCALL msg=audit(%s): arch=c000003e syscall=59 success=yes exit=0 a0=61173bafba33 a1=61173bafba93 a2=6117 "
    "a3=8 items=2 ppid=1609666 pid=2088759 auid=4294967295 uid=1001 gid=1001 euid=1001 suid=1001 fsuid=1001 egid=1001 "
    "sgid=1001 fsgid=1001 tty=(none) ses=4294967295 comm=\"kubectl\" exe=\"/usr/local/bin/kubectl\" subj=unconfined "
    "key=\"exec\"\x1d"
    "ARCH=x86_64 SYSCALL=execve AUID=\"unset\" UID=\"deploy\" GID=\"deploy\" EUID=\"deploy\" "
    "SUID=\"deploy\" FSUID=\"deploy\" EGID=\"deploy\" SGID=\"deploy\" FSGID=\"deploy\"",
    "type=SYSCALL msg=audit(%s): arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=7ffde8cd6ed2 a2=80241 "
    "a3=1b6 items=1 ppid=1 pid=2 auid=0 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=4 "
    "comm=63617420 exe=\"/usr/bin/cat (deleted)\" key=(null)",
    "type=EXECVE msg=audit(%s): argc=4 a0=\"kubectl\" a1=\"rollout\" a2=64656C657465206974 a3=\"--timeout=62s\"",
    "type=EXECVE msg=audit(%s): argc=2 a0=\"sh\" a1_len=9000 a1[0]=2E2F61 a1[1]=62",
    "type=EXECVE msg=audit(%s): argc=12 a0=\"a\" a1=\"b\" a2=\"\" a3=\"d\" a4=\"e\" a5=\"f\" a6=\"g\" a7=\"h\" "
    "a8=\"i\" "
    "a9=\"j\" a10=\"k\" a11=20",
    "type=CWD msg=audit(%s): cwd=\"/home/deploy\"",
    "type=PATH msg=audit(%s): item=0 name=\"/usr/local/bin/kubectl\" inode=1442373 dev=fd:00 mode=0100755 ouid=0 "
    "ogid=0 "
    "rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0\x1d"
    "OUID=\"root\" OGID=\"root\"",
    "type=PATH msg=audit(%s): item=1 name=\"/lib64/ld-linux-x86-64.so.2\" inode=2103 dev=fd:00 mode=0100755 ouid=0 "
    "ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0",
    "type=PATH msg=audit(%s): item=1 name=\"/tmp\" inode=2 dev=fd:00 mode=041777 ouid=0 ogid=0 rdev=00:00 "
    "nametype=PARENT",
    "type=PATH msg=audit(%s): item=2 name=2F746D702F6120 inode=2 dev=fd:00 mode=0100644 ouid=0 ogid=0 rdev=00:00 "
    "nametype=CREATE",
    "type=SOCKADDR msg=audit(%s): saddr=020000357F000035",
    "type=PROCTITLE msg=audit(%s): proctitle=6B75626563746C00726F6C6C6F7574007374617475730000",
    "type=USER_AUTH msg=audit(%s): pid=81 uid=0 auid=4294967295 ses=4294967295 subj=unconfined "
    "msg='op=PAM:authentication grantors=? acct=\"root\" exe=\"/usr/sbin/sshd\" hostname=10.0.0.9 addr=10.0.0.9 "
    "terminal=ssh res=failed'\x1dUID=\"root\" AUID=\"unset\"",
    "type=USER_CMD msg=audit(%s): pid=82 uid=1000 auid=1000 ses=3 msg='cwd=\"/root\" cmd=6C73202D6C "
    "exe=\"/usr/bin/sudo\" "
    "terminal=pts/1 res=success'",
    "type=AVC msg=audit(%s): avc:  denied  { read write } for  pid=9 comm=\"httpd\" name=\"x\" dev=\"dm-0\" ino=9 "
    "scontext=system_u:system_r:httpd_t:s0 tcontext=a_b:c tclass=file permissive=0",
    "type=EOE msg=audit(%s): ",
};

/* What may come in or between fields, and mostly should not. */
static const char *const oddities[] = {
    "\"",
    " ",
    "  ",
    "=",
    "\x1d",
    "'",
    "(null)",
    "(none)",
    "?",
    "\"?\"",
    "\"(none)\"",
    "a=\"b=\"c\"",
    " uid=7",
    " uid=\"8\"",
    "(null)X",
    "key=(null)ARCH=1",
    "\"\"",
    " msg='",
    "uid=",
    " \"x y\" ",
    "\t",
    "\r",
    "\x80",
    "a0=",
    " item=0",
    "PARENT",
    "12345678901",
    " a1=\"",
    "argc=",
    "\"KEY=\"v\"",
    "=\"\"\"",
    "type=",
    " auid=x",
    " longer_key_than_16_bytes=1 ",
    "nametype=PARENT",
    "\x1d\x1d",
    " terminal=",
    "4294967296",
    "18446744073709551616",
};

static void append_line(struct strbuf *log, uint32_t *seed, uint32_t oddness)
{
    char stamp[64];
    uint32_t serial = 100 + next_random(seed) % 4;
    (void)snprintf(stamp, sizeof(stamp), "17953000%02u.%03u:%u", serial % 3, serial * 7 % 1000, serial);
    size_t start = log->len;
    str text = str_from_cstring(lines[next_random(seed) % countof(lines)]);
    size_t gap = str_find(text, STR("%s"), 0);
    strbuf_append(log, str_slice(text, 0, gap));
    strbuf_append(log, str_from_cstring(stamp));
    strbuf_append(log, str_skip(text, gap + 2));
    if (next_random(seed) % 100 >= oddness) {
        strbuf_append_char(log, '\n');
        return;
    }
    /* One change, at any place: a piece in, or a part out. */
    char line[2048];
    size_t length = log->len - start;
    memcpy(line, log->data + start, length);
    log->len = start;
    size_t at = next_random(seed) % (length + 1);
    size_t out = next_random(seed) % 3 ? 0 : next_random(seed) % 40;
    strbuf_append(log, str_from(line, at));
    strbuf_append(log, str_from_cstring(out ? "" : oddities[next_random(seed) % countof(oddities)]));
    if (at + out < length) {
        strbuf_append(log, str_from(line + at + out, length - at - out));
    }
    strbuf_append_char(log, '\n');
}

static void all_kinds_give(str log, size_t chunk_bytes)
{
    static const enum audit_walk_kind kinds[] = {AUDIT_WALK_PLAIN, AUDIT_WALK_PORTABLE, AUDIT_WALK_BEST};
    struct audit_collect collects[countof(kinds)];
    for (size_t i = 0; i < countof(kinds); i++) {
        audit_walk_use(kinds[i]);
        audit_collect_run(&collects[i], log, chunk_bytes, NULL, 0);
    }
    audit_walk_use(AUDIT_WALK_BEST);
    assert_true(collects[0].row_count > 0);
    for (size_t i = 1; i < countof(kinds); i++) {
        assert_int_equal(collects[i].row_count, collects[0].row_count);
        for (size_t row = 0; row < collects[0].row_count; row++) {
            str wanted = audit_collect_row(&collects[0], row);
            str got = audit_collect_row(&collects[i], row);
            if (!str_eq(wanted, got)) {
                print_error("kind %zu, row %zu:\n%.*s\n%.*s\n", i, row, (int)wanted.len, wanted.data, (int)got.len,
                            got.data);
                fail();
            }
        }
        assert_int_equal(collects[i].dropped, collects[0].dropped);
    }
    for (size_t i = 0; i < countof(kinds); i++) {
        audit_collect_release(&collects[i]);
    }
}

static void rows_are_those_of_the_plain_walk(void **state)
{
    (void)state;
    uint32_t seed = 5;
    for (uint32_t round = 0; round < 120; round++) {
        struct strbuf log;
        strbuf_init(&log, 16 * MEBI);
        uint32_t oddness = round % 4 == 0 ? 0 : round % 4 == 1 ? 5 : round % 4 == 2 ? 30 : 90;
        for (uint32_t i = 0; i < 200; i++) {
            append_line(&log, &seed, oddness);
        }
        all_kinds_give(strbuf_str(&log), round % 2 ? SIZE_MAX / 2 : 500);
        strbuf_release(&log);
    }
}

/* The values of one record that was changed, behind two that were not; its text ends where memory does. */
static void scan(enum audit_walk_kind kind, const struct audit_index *index, str usual, str changed, uint32_t enough,
                 struct audit_values *values)
{
    struct audit_scanner *scanner = malloc(sizeof(*scanner));
    char *copy = malloc(changed.len > 0 ? changed.len : 1);
    assert_non_null(scanner);
    assert_non_null(copy);
    memcpy(copy, changed.data, changed.len);
    audit_walk_use(kind);
    audit_scanner_init(scanner, index);
    for (int i = 0; i < 2; i++) {
        audit_values_clear(values);
        audit_values_scan(scanner, AUDIT_TYPE_SYSCALL, usual, 0, UINT32_MAX, values);
    }
    audit_values_clear(values);
    audit_values_scan(scanner, AUDIT_TYPE_SYSCALL, str_from(copy, changed.len), 0, enough, values);
    for (int key = 1; key < AUDIT_KEY_COUNT; key++) {
        if (values->set.has[key]) { /* as offsets: the copy goes */
            values->slots[key].data = (const char *)(uintptr_t)(values->slots[key].data - copy);
        }
    }
    audit_walk_use(AUDIT_WALK_BEST);
    free(copy);
    free(scanner);
}

static void values_are_those_of_the_plain_walk(void **state)
{
    (void)state;
    static struct audit_index index;
    audit_index_init(&index);
    uint32_t seed = 77;
    for (uint32_t round = 0; round < 20000; round++) {
        const char *usual = lines[next_random(&seed) % countof(lines)];
        char changed[2048];
        size_t length = strlen(usual);
        size_t at = next_random(&seed) % (length + 1);
        size_t out = next_random(&seed) % 2 ? 0 : next_random(&seed) % 60;
        const char *in = next_random(&seed) % 3 ? oddities[next_random(&seed) % countof(oddities)] : "";
        size_t rest = at + out < length ? length - at - out : 0;
        memcpy(changed, usual, at);
        memcpy(changed + at, in, strlen(in));
        memcpy(changed + at + strlen(in), usual + length - rest, rest);
        length = at + strlen(in) + rest;
        length = next_random(&seed) % 8 == 0 ? next_random(&seed) % (length + 1) : length;
        uint32_t enough = next_random(&seed) % 3 ? UINT32_MAX : 1 + next_random(&seed) % 9;
        struct audit_values plain;
        scan(AUDIT_WALK_PLAIN, &index, str_from_cstring(usual), str_from(changed, length), enough, &plain);
        for (int kind = AUDIT_WALK_BEST; kind <= AUDIT_WALK_PORTABLE; kind++) {
            struct audit_values quick;
            scan((enum audit_walk_kind)kind, &index, str_from_cstring(usual), str_from(changed, length), enough,
                 &quick);
            assert_int_equal(quick.count, plain.count);
            for (int key = 1; key < AUDIT_KEY_COUNT; key++) {
                assert_int_equal(quick.set.has[key], plain.set.has[key]);
                if (plain.set.has[key]) {
                    assert_ptr_equal(quick.slots[key].data, plain.slots[key].data);
                    assert_int_equal(quick.slots[key].length, plain.slots[key].length);
                    assert_int_equal(quick.slots[key].is_quoted, plain.slots[key].is_quoted);
                    assert_int_equal(quick.slots[key].is_cut, plain.slots[key].is_cut);
                }
            }
        }
    }
}

/* Numbers of all lengths, with what is no digit in some of them: eight digits are read at once. */
static void numbers_are_those_of_their_digits(void **state)
{
    (void)state;
    enum { NUMBERS = 4000 };
    static char texts[NUMBERS][24];
    uint32_t seed = 9;
    struct strbuf log;
    strbuf_init(&log, 16 * MEBI);
    for (uint32_t i = 0; i < NUMBERS; i++) {
        uint32_t length = 1 + next_random(&seed) % 20;
        for (uint32_t at = 0; at < length; at++) {
            uint32_t any = 33 + next_random(&seed) % 223;
            bool is_odd = next_random(&seed) % 60 == 0 && any != '"' && any != '=';
            texts[i][at] = (char)(is_odd ? any : '0' + next_random(&seed) % 10);
        }
        strbuf_append_format(&log, "type=SYSCALL msg=audit(1795300000.000:%u): arch=c000003e ppid=1 pid=%s uid=0\n", i,
                             texts[i]);
    }
    struct audit_collect collect;
    audit_collect_run(&collect, strbuf_str(&log), SIZE_MAX / 2, NULL, 0);
    assert_int_equal(collect.row_count, NUMBERS);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < NUMBERS; i++) {
        uint64_t number;
        char wanted[24];
        bool is_number = str_to_u64(str_from_cstring(texts[i]), &number) && number <= INT64_MAX;
        int length = is_number ? snprintf(wanted, sizeof(wanted), "%llu", (unsigned long long)number) : 0;
        str got = audit_collect_get(&collect, i, "Process ID");
        assert_int_equal(got.data != NULL, is_number);
        assert_true(!is_number || str_eq(got, str_from(wanted, (size_t)length)));
        kept += is_number;
    }
    assert_in_range(kept, NUMBERS / 2, NUMBERS - 100);
    audit_collect_release(&collect);
    strbuf_release(&log);
}

/* Not to be found out by the speed alone: on a processor that has what it takes, the walk is in use. */
static void the_walk_is_used_where_it_can_be(void **state)
{
    (void)state;
#if defined(__x86_64__)
    bool is_able = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
    assert_int_equal(audit_walk_choose() != NULL, is_able);
#endif
    audit_walk_use(AUDIT_WALK_PORTABLE);
    assert_null(audit_walk_choose());
    audit_walk_use(AUDIT_WALK_BEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_those_of_the_plain_walk),
        cmocka_unit_test(values_are_those_of_the_plain_walk),
        cmocka_unit_test(numbers_are_those_of_their_digits),
        cmocka_unit_test(the_walk_is_used_where_it_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
