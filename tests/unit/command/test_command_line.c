/* What lines become, what limits do, and that what was understood before is the same from the cache. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "command/command_cache.h"
#include "command/known_names.h"

static struct arena arena;

static int set_up(void **state)
{
    arena_init(&arena, LIMIT_COMMAND_MEMORY_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    arena_release(&arena);
    return 0;
}

static struct command_line understand(str text)
{
    struct command_line line;
    assert_int_equal(command_understand(&arena, text, &line, NULL), TOCSIN_OK);
    return line;
}

static void assert_text(const char *written, const char *wanted)
{
    struct command_line line = understand(str_from_cstring(written));
    str text;
    assert_int_equal(command_render(&arena, &line, &text, NULL), TOCSIN_OK);
    if (!str_eq(text, str_from_cstring(wanted))) {
        fail_msg("%s\n  gives  %.*s\n  wanted %s", written, STR_ARG(text), wanted);
    }
}

static void lines_are_understood(void **state)
{
    static const char *const cases[][2] = {
        {"kubectl --context prod -n x get po,secret -ojson",
         "kubectl get pods secrets --context=prod --namespace=x --output=json"},
        {"kubectl get secret/a cm/b", "kubectl get secrets/a configmaps/b"},
        {"kubectl get secrets.v1. a", "kubectl get secrets/a"},
        {"kubectl get pushsecrets.external-secrets.io", "kubectl get pushsecrets.external-secrets.io"},
        {"sudo -u root env A=1 timeout -k 5 10 nice -n 5 id -u", "id A=1 -u"},
        {"sh -c 'a; b | c'", "a; b | c"},
        {"sh -c a | b", "a | b"},
        {"a 'b c' \"d $x\" e\\ f", "a b c d $x e f"},
        {"a=b; $a ${a}c \"$a\"", "b bc b"},
        {"$'\\x61' {b,c} x${IFS}y", "a b c x y"},
        {"for x in a b; do cat $x; done < /f", "cat a b; done < /f"},
        {"echo aWQgLXU= | base64 -d | sh", "echo aWQgLXU= | base64 -d | sh; id -u"},
        {"find /x -name 'a*' -exec cat {} +", "find /x a* -name; cat /x/**/a*"},
        {"echo a b | xargs -n1 cat -e", "echo a b | cat a b -e"},
        {"docker container inspect -f '{{.A}}' w", "docker inspect w --format={{.A}}"},
        {"docker inspect -f {{range .A}}{{.}}{{end}} w", "docker inspect w --format={{range .A}}{{.}}{{end}}"},
        {"/tmp/x get secrets -A", "kubectl get secrets --all-namespaces"},
        {"kubectl-view_secret a", "kubectl view-secret a"},
        {"(a; b) | c", "a; b | c"},
        {"cat <<E | sh\nid\nE\nls", "cat | sh; id; ls"},
        {"a 2>&1 >/dev/null <in", "a < in"},
        {"it's a line", "it's a line"},
        {"", ""},
        {";;|&\n()", ""},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        assert_text(cases[i][0], cases[i][1]);
    }
}

static bool matches(enum command_pattern_kind kind, const char *pattern, const char *text)
{
    const struct command_pattern *compiled;
    struct error err = {0};
    if (command_pattern_compile(&arena, kind, str_from_cstring(pattern), &compiled, &err) != TOCSIN_OK) {
        fail_msg("%s: %s", pattern, err.message);
    }
    struct command_line line = understand(str_from_cstring(text));
    return command_patterns_match(&compiled, 1, &arena, &line);
}

static void files_are_found(void **state)
{
    static const char token[] = "/run/secrets/**/token";
    static const char *const read[] = {
        "cat /var/run/secrets/a/token",
        "cat /run//secrets/./b/../a/token",
        "dd if=/run/secrets/a/token",
        "cat /proc/1/root/run/secrets/a/token",
        "cat /host/run/secrets/a/token",
        "cat < /run/secrets/a/token",
        "cd /run/secrets/a; cat token",
        "cat /run/s*/?/t[ou]ken",
        "tar cf - /run/secrets/a",
        "curl -F f=@/run/secrets/a/token u",
        "python3 -c 'open(\"/run/secrets/a/token\")'",
        "find / -name token -exec cat {} ;",
        "kubectl cp p:run/secrets/a/token .",
    };
    static const char *const unread[] = {
        "ls -l /run/secrets/a/token",
        "test -f /run/secrets/a/token",
        "grep /run/secrets/a/token x",
        "cat /run/secrets/a/tokens",
        "find / -name '*.go' -exec cat {} ;",
        "server --token-file /run/secrets/a/token",
        "cat *",
        "echo /run/secrets/a/token",
        "cp x /run/secrets/a/token",
        "find / -name token",
    };
    for (size_t i = 0; i < countof(read); i++) {
        if (!matches(COMMAND_PATTERN_READS, token, read[i])) {
            fail_msg("reads it: %s", read[i]);
        }
    }
    for (size_t i = 0; i < countof(unread); i++) {
        if (matches(COMMAND_PATTERN_READS, token, unread[i])) {
            fail_msg("does not read it: %s", unread[i]);
        }
    }
}

static void requests_are_found(void **state)
{
    assert_true(matches(COMMAND_PATTERN_REQUESTS, "*:2375/a/**", "curl http://h:2375/a/b?c=d"));
    assert_true(matches(COMMAND_PATTERN_REQUESTS, "*:2375", "nc h 2375"));
    assert_true(matches(COMMAND_PATTERN_REQUESTS, "h:2375", "exec 3<>/dev/tcp/h/2375"));
    assert_true(matches(COMMAND_PATTERN_REQUESTS, "[::1]:2375", "curl http://[::1]:2375/"));
    assert_true(matches(COMMAND_PATTERN_REQUESTS, "/a/b", "curl https://h/%61/./b"));
    assert_true(matches(COMMAND_PATTERN_REQUESTS, "unix:/run/docker.sock:/a",
                        "curl --unix-sock /host/var/run/docker.sock http://h/a"));
    assert_true(
        matches(COMMAND_PATTERN_REQUESTS, "unix:/run/docker.sock", "python3 -c 's.connect(\"/run/docker.sock\")'"));
    assert_false(matches(COMMAND_PATTERN_REQUESTS, "*:2375", "curl http://h:23750/"));
    assert_false(matches(COMMAND_PATTERN_REQUESTS, "*:2375", "echo http://h:2375/"));
    assert_false(matches(COMMAND_PATTERN_REQUESTS, "*:2379", "etcd --listen-client-urls=http://h:2379"));
}

/* ---- limits ---- */

static str repeated(const char *part, size_t bytes)
{
    size_t len = strlen(part);
    char *text = arena_allocate(&arena, bytes + len, 1);
    assert_non_null(text);
    size_t at = 0;
    while (at < bytes) {
        memcpy(text + at, part, len);
        at += len;
    }
    return str_from(text, at);
}

static void limits_cut(void **state)
{
    static const char *const parts[] = {"a ",     "a;",    "$(",    "{a,b}",        "`", "'", "\"$(", "${",
                                        "sh -c ", "sudo ", "a -- ", "x=$x$x;a $x;", "<("};
    for (size_t i = 0; i < countof(parts); i++) {
        arena_clear(&arena);
        struct command_line line = understand(repeated(parts[i], LIMIT_COMMAND_BYTES + 1));
        assert_true(line.is_cut);
        assert_true(line.count <= LIMIT_COMMAND_COMMANDS);
    }
    assert_false(understand(STR("sudo nice sh -c 'a; b'")).is_cut);
    /* Lines in lines, wrappers. */
    arena_clear(&arena);
    assert_true(understand(repeated("sh -c ", 6 * (LIMIT_COMMAND_DEPTH + 2))).is_cut);
    assert_true(understand(repeated("nohup ", 6 * (LIMIT_COMMAND_WRAPPERS + 2))).is_cut);
    assert_false(understand(repeated("nohup ", 6 * 4)).is_cut);
    /* A decoded text. */
    char *encoded = arena_allocate(&arena, LIMIT_COMMAND_BYTES, 1);
    assert_non_null(encoded);
    memset(encoded, 'Q', LIMIT_COMMAND_BYTES);
    memcpy(encoded, "echo ", 5);
    memcpy(encoded + LIMIT_COMMAND_BYTES - 16, " | base64 -d | s", 16);
    assert_int_equal(understand(str_from(encoded, LIMIT_COMMAND_BYTES)).count, 3);
}

static void patterns_are_limited(void **state)
{
    const struct command_pattern *pattern;
    struct error err = {0};
    assert_int_equal(command_pattern_compile(&arena, COMMAND_PATTERN_RUNS,
                                             repeated("a", LIMIT_COMMAND_PATTERN_BYTES + 1), &pattern, &err),
                     TOCSIN_ERROR_SYNTAX);
    assert_int_equal(command_pattern_compile(&arena, COMMAND_PATTERN_RUNS,
                                             repeated("a ", 2 * (LIMIT_COMMAND_PATTERN_WORDS + 2)), &pattern, NULL),
                     TOCSIN_ERROR_SYNTAX);
    assert_int_equal(command_pattern_compile(&arena, COMMAND_PATTERN_RUNS, STR("a | b | c | d | e"), &pattern, NULL),
                     TOCSIN_ERROR_SYNTAX);
}

static void cache_gives_the_same(void **state)
{
    struct command_cache *cache = NULL;
    assert_int_equal(command_cache_create(7, &cache, NULL), TOCSIN_OK);
    char text[32];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 6000; i++) { /* more than it holds; one buffer, as a batch's */
            const struct command_line *line;
            snprintf(text, sizeof(text), "sudo tool%d x", i);
            assert_int_equal(command_cache_understand(cache, str_from_cstring(text), &line, NULL), TOCSIN_OK);
            snprintf(text, sizeof(text), "tool%d", i);
            assert_int_equal(line->count, 1);
            assert_true(str_eq(line->commands[0].tool, str_from_cstring(text)));
        }
    }
    const struct command_line *line;
    assert_int_equal(command_cache_understand(cache, repeated("a ", LIMIT_COMMAND_CACHED_BYTES + 2), &line, NULL),
                     TOCSIN_OK);
    assert_int_equal(line->count, 1);
    command_cache_free(cache);
    command_cache_free(NULL);
}

static void names_are_known(void **state)
{
    assert_true(name_is(STR("cat"), NAME_READING));
    assert_true(name_is(STR("ls"), NAME_LOOKING));
    assert_non_null(known_name(STR("sudo"))->wrapper);
    assert_non_null(known_name(STR("kubectl"))->tool);
    assert_int_equal(known_name(STR("no-such-tool"))->kinds, 0);
    assert_int_equal(known_name(repeated("a", LIMIT_COMMAND_NAME_BYTES + 1))->kinds, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_are_understood, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(requests_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(patterns_are_limited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cache_gives_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_are_known, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
