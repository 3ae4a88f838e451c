/* Audit rules are compared by what they record, not by their text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "host/audit_rule.h"

static struct audit_rules read_rules(struct arena *arena, const char *text)
{
    struct audit_rules rules = {.enabled = -1};
    struct error err = {0};
    assert_int_equal(audit_rules_read(&rules, str_from_cstring(text), arena, &err), TOCSIN_OK);
    return rules;
}

struct cover_case {
    const char *wanted;
    const char *present;
    enum audit_cover cover;
};

#define EXEC   "-a always,exit -F arch=b64 -S execve,execveat -F key=x"
#define SOCKET "-a always,exit -F arch=b64 -S connect -F path=/run/docker.sock -F key=x"
#define INET   "-a always,exit -F arch=b64 -S connect -F saddr_fam=2 -F key=x"
#define TOKEN  "-a always,exit -F arch=b64 -S openat,openat2 -F dir=/run/tokens -F filetype=file -F perm=r -F key=x"

static const struct cover_case cases[] = {
    {EXEC, EXEC, AUDIT_COVER_FULL},
    {EXEC, "", AUDIT_COVER_NONE},
    {EXEC, "-a exit,always -S execve -S execveat -F arch=b64 -k other", AUDIT_COVER_FULL},
    {EXEC, "-a always,exit -F arch=b64 -S execve -k a\n-a always,exit -F arch=b64 -S execveat -k b", AUDIT_COVER_FULL},
    {EXEC, "-a always,exit -F arch=b64 -S execve -k a", AUDIT_COVER_NONE},
    {EXEC, "-a always,exit -F arch=b64 -S all -k a", AUDIT_COVER_FULL},
    {EXEC, "-a always,exit -F arch=x86_64 -S execve,execveat", AUDIT_COVER_FULL},
    {EXEC, "-a always,exit -S execve,execveat", AUDIT_COVER_FULL},
    {EXEC, "-a always,exit -F arch=b32 -S execve,execveat", AUDIT_COVER_NONE},
    {"-a always,exit -F arch=b32 -S execve,execveat", "-a always,exit -S execve,execveat", AUDIT_COVER_NONE},
    {EXEC, "-a always,exit -F arch=b64 -S execve,execveat -F auid>=1000 -F auid!=unset", AUDIT_COVER_NARROWER},
    {EXEC, "-a always,exit -F arch=b64 -S execve,execveat -F exe!=/usr/bin/agent", AUDIT_COVER_FULL},
    {EXEC, "-a always,exit -F arch=b64 -S execve,execveat -F auid!=-1", AUDIT_COVER_NARROWER},
    {EXEC, "-a never,exit -F arch=b64 -S execve,execveat\n" EXEC, AUDIT_COVER_HIDDEN},
    {EXEC, EXEC "\n-a never,exit -F arch=b64 -S execve,execveat", AUDIT_COVER_FULL},
    {EXEC, EXEC "\n-A never,exit -F arch=b64 -S execve,execveat", AUDIT_COVER_HIDDEN},
    {EXEC, "-a never,exit -F exe=/usr/bin/agent\n" EXEC, AUDIT_COVER_FULL},
    {EXEC, EXEC "\n-a never,task", AUDIT_COVER_HIDDEN},
    {EXEC, EXEC "\n-a always,exclude -F msgtype=EXECVE", AUDIT_COVER_HIDDEN},
    {EXEC, EXEC "\n-a never,exclude -F msgtype=SYSCALL", AUDIT_COVER_HIDDEN},
    {EXEC, EXEC "\n-a always,exclude -F msgtype=CWD", AUDIT_COVER_FULL},
    {EXEC, EXEC "\n-a always,exclude -F msgtype=EXECVE -F exe=/usr/bin/agent", AUDIT_COVER_FULL},
    {EXEC, EXEC "\n-D", AUDIT_COVER_NONE},
    {SOCKET, SOCKET, AUDIT_COVER_FULL},
    {SOCKET, "-a always,exit -F arch=b64 -S connect -F path=/var/run/docker.sock", AUDIT_COVER_FULL},
    {SOCKET, "-a always,exit -F arch=b64 -S connect -F dir=/run", AUDIT_COVER_FULL},
    {SOCKET, "-a always,exit -F arch=b64 -S connect -F saddr_fam=1", AUDIT_COVER_FULL},
    {SOCKET, "-a always,exit -F arch=b64 -S connect -F saddr_fam=local", AUDIT_COVER_FULL},
    {SOCKET, "-a always,exit -F arch=b64 -S connect", AUDIT_COVER_FULL},
    {SOCKET, "-a always,exit -F arch=b64 -S connect -F saddr_fam=2", AUDIT_COVER_NONE},
    {SOCKET, "-a always,exit -F arch=b64 -S connect -F a2=110", AUDIT_COVER_NARROWER},
    {SOCKET, "-w /run/docker.sock -p rwxa -k docker", AUDIT_COVER_WATCH},
    {SOCKET, "-w /var/run/docker.sock -k docker", AUDIT_COVER_WATCH},
    {SOCKET, "-a always,exit -F path=/run/docker.sock -F perm=rw", AUDIT_COVER_WATCH},
    {SOCKET, "-a always,exit -F arch=b64 -S connect -F path=/run/other.sock", AUDIT_COVER_NONE},
    {SOCKET, "-w /run/docker.sock -p wa\n" SOCKET, AUDIT_COVER_FULL},
    {INET, "-a always,exit -F arch=b64 -S connect", AUDIT_COVER_FULL},
    {INET, "-a always,exit -F arch=b64 -S connect -F saddr_fam=inet", AUDIT_COVER_FULL},
    {INET, "-a always,exit -F arch=b64 -S connect -F saddr_fam=10", AUDIT_COVER_NONE},
    {INET, "-w /run/docker.sock -p rwxa", AUDIT_COVER_NONE},
    {INET, "-a always,exit -F arch=b64 -S connect -F path=/run/docker.sock", AUDIT_COVER_NONE},
    {INET, "-a always,exit -F arch=b64 -S connect -F success=1", AUDIT_COVER_NARROWER},
    {INET, INET "\n-a always,exclude -F msgtype=SOCKADDR", AUDIT_COVER_HIDDEN},
    {TOKEN, "-a always,exit -F arch=b64 -S openat,openat2 -F dir=/run/tokens -F filetype=32768 -F perm=r",
     AUDIT_COVER_FULL},
    {TOKEN, "-w /run/tokens -p r", AUDIT_COVER_FULL},
    {TOKEN, "-w /run/tokens/ -p rwa", AUDIT_COVER_FULL},
    {TOKEN, "-w /run -p r", AUDIT_COVER_FULL},
    {TOKEN, "-w /run/tokens -p wa", AUDIT_COVER_NARROWER},
    {TOKEN, "-w /run/tokens/token -p r", AUDIT_COVER_NARROWER},
    {TOKEN, "-w /run/tok -p r", AUDIT_COVER_NONE},
    {TOKEN, "-a always,exit -F arch=b64 -S openat,openat2 -F path=/run/tokens -F perm=r", AUDIT_COVER_NARROWER},
    {TOKEN, TOKEN "\n-a always,exclude -F msgtype=PATH", AUDIT_COVER_HIDDEN},
    {TOKEN, TOKEN "\n-a always,exclude -F msgtype=EXECVE", AUDIT_COVER_FULL},
    {"-a always,exit -F arch=b32 -S socketcall -F a0=3 -F saddr_fam=2",
     "-a always,exit -F arch=b32 -S socketcall -F a0=0x3 -F saddr_fam=2", AUDIT_COVER_FULL},
};

static void rules_are_compared_by_meaning(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(cases); i++) {
        struct arena arena;
        arena_init(&arena, ARENA_NO_LIMIT);
        struct audit_rules wanted = read_rules(&arena, cases[i].wanted);
        struct audit_rules present = read_rules(&arena, cases[i].present);
        assert_int_equal(wanted.rule_count, 1);
        enum audit_cover cover = audit_rules_cover(&present, &wanted.rules[0], NULL);
        if (cover != cases[i].cover) {
            fail_msg("%s\nby\n%s\nis %d, not %d", cases[i].wanted, cases[i].present, (int)cover, (int)cases[i].cover);
        }
        arena_release(&arena);
    }
}

static void the_deciding_rule_is_named(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct audit_rules wanted = read_rules(&arena, SOCKET);
    struct audit_rules present = read_rules(&arena, EXEC "\n-w /run/docker.sock -p wa -k d");
    const struct audit_rule *by = NULL;
    assert_int_equal(audit_rules_cover(&present, &wanted.rules[0], &by), AUDIT_COVER_WATCH);
    assert_ptr_equal(by, &present.rules[1]);
    assert_true(str_eq(by->key, STR("d")));
    arena_release(&arena);
}

static void files_with_everything_are_read(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct audit_rules rules = read_rules(&arena, "# comment\n-D\n-b 8192\n--backlog_wait_time 60000\n-f 1\n\n-i\n"
                                                  "  -w \"/etc/pass wd\" -p wa -k a\n-e 2\nnonsense\n-a always\n"
                                                  "-a always,exit -F arch=b64 -S execve -F\n-r 100\n-c\n");
    assert_int_equal(rules.rule_count, 1);
    assert_int_equal(rules.enabled, 2);
    assert_int_equal(rules.unknown_count, 3);
    assert_true(str_eq(rules.unknown, STR("nonsense")));
    assert_true(str_eq(rules.rules[0].fields[0].value, STR("/etc/pass wd")));
    arena_release(&arena);
}

static void limits_hold(void **state)
{
    (void)state;
    struct arena arena;
    struct strbuf text;
    struct error err = {0};
    arena_init(&arena, ARENA_NO_LIMIT);
    strbuf_init(&text, 64 * MEBI);
    for (int i = 0; i < LIMIT_AUDIT_RULES; i++) {
        strbuf_append(&text, STR("-w /a\n"));
    }
    struct audit_rules rules = {.enabled = -1};
    assert_int_equal(audit_rules_read(&rules, strbuf_str(&text), &arena, &err), TOCSIN_OK);
    assert_int_equal(audit_rules_read(&rules, STR("-w /b\n"), &arena, &err), TOCSIN_ERROR_LIMIT);
    strbuf_clear(&text);
    strbuf_append(&text, STR("-a always,exit"));
    for (int i = 0; i <= AUDIT_FIELDS_MAX; i++) {
        strbuf_append(&text, STR(" -F uid=1"));
    }
    strbuf_append(&text, STR("\n-a always,exit"));
    for (int i = 0; i <= AUDIT_SYSCALLS_MAX; i++) {
        strbuf_append(&text, STR(" -S open"));
    }
    rules = read_rules(&arena, "");
    assert_int_equal(audit_rules_read(&rules, strbuf_str(&text), &arena, &err), TOCSIN_OK);
    assert_int_equal(rules.unknown_count, 2);
    assert_int_equal(rules.rule_count, 0);
    strbuf_release(&text);
    arena_release(&arena);
}

/* What the pack ships is understood, and each file asks for nothing that it does not bring itself. */
static void shipped_rules_cover_themselves(void **state)
{
    (void)state;
    static const char *const names[] = {"80-tocsin-commands", "81-tocsin-docker", "82-tocsin-runtimes",
                                        "83-tocsin-kubernetes", "84-tocsin-x86"};
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    for (size_t i = 0; i < countof(names); i++) {
        char path[512];
        char text[16 * 1024];
        (void)snprintf(path, sizeof(path), "%s/packs/container-api/telemetry/%s.rules", TOCSIN_SOURCE_ROOT, names[i]);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        size_t length = fread(text, 1, sizeof(text), file);
        fclose(file);
        struct audit_rules rules = {.enabled = -1};
        struct error err = {0};
        assert_int_equal(audit_rules_read(&rules, str_from(text, length), &arena, &err), TOCSIN_OK);
        assert_true(rules.rule_count > 0);
        assert_int_equal(rules.unknown_count, 0);
        for (size_t k = 0; k < rules.rule_count; k++) {
            assert_int_equal(audit_rules_cover(&rules, &rules.rules[k], NULL), AUDIT_COVER_FULL);
            assert_true(str_starts_with(rules.rules[k].key, STR("tocsin_")));
        }
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_compared_by_meaning),  cmocka_unit_test(the_deciding_rule_is_named),
        cmocka_unit_test(files_with_everything_are_read), cmocka_unit_test(limits_hold),
        cmocka_unit_test(shipped_rules_cover_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
