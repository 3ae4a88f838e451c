#include "host/simulate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "host/child_process.h"
#include "host/simulate_internal.h"

enum { JOURNAL_TIMEOUT_MS = 15000 };

struct work {
    struct simulation simulation;
    struct arena arena;
    tocsin_engine *engine;
    tocsin_pack *pack;
    struct audit_rules rules; /* to add, of the pack's telemetry */
    struct stage_result results[SIMULATE_TESTS];
    unsigned tests; /* to run: their programs are there */
    char folder[256];
};

static void tell(const struct work *work, const char *text)
{
    const struct simulate_options *options = work->simulation.options;
    if (options->tell) {
        (void)options->tell(options->tell_context, text, strlen(text));
    }
}

static bool is_cancelled(const struct work *work)
{
    const struct simulate_options *options = work->simulation.options;
    return options->is_cancelled && options->is_cancelled(options->context);
}

/* ---- what is needed ---------------------------------------------------------------------------------------------- */

/* Tests whose programs are not installed are left out. */
static tocsin_status choose_tests(struct work *work, struct error *err)
{
    char path[4096];
    for (size_t i = 0; i < SIMULATE_TESTS; i++) {
        const struct simulate_test *test = &simulate_tests[i];
        struct test_result *result = &work->simulation.results[i];
        if (!(work->simulation.options->tests >> i & 1)) {
            result->skipped = "not asked for";
            continue;
        }
        for (size_t p = 0; p < countof(test->programs) && test->programs[p] && !result->skipped; p++) {
            if (!child_find(test->programs[p], path, sizeof(path))) {
                char text[128];
                (void)snprintf(text, sizeof(text), "%s is not installed", test->programs[p]);
                result->skipped = arena_copy_cstring(&work->arena, str_from_cstring(text));
                if (!result->skipped) {
                    return error_memory(err);
                }
            }
        }
        work->tests |= result->skipped ? 0 : 1u << i;
    }
    return TOCSIN_OK;
}

static bool is_useful(const struct audit_rule *rule)
{
    for (size_t i = 0; i < rule->field_count; i++) {
        bool is_place = str_eq(rule->fields[i].name, STR("path")) || str_eq(rule->fields[i].name, STR("dir"));
        if (is_place && !str_eq(rule->fields[i].value, STR("/run/docker.sock")) &&
            !str_eq(rule->fields[i].value, STR("/run/tocsin-tokens"))) {
            return false;
        }
    }
    return true;
}

/* The very rules that the pack ships, as far as the stage has what they name. */
static tocsin_status read_rules(struct work *work, struct error *err)
{
    static const char *const files[] = {"telemetry/80-tocsin-commands.rules", "telemetry/81-tocsin-docker.rules",
                                        "telemetry/83-tocsin-kubernetes.rules"};
    struct audit_rules all = {.enabled = -1};
    for (size_t i = 0; i < countof(files); i++) {
        struct tocsin_error wrong = {0};
        const char *text;
        size_t bytes;
        tocsin_status status = tocsin_pack_file(work->pack, files[i], &text, &bytes, &wrong);
        if (status == TOCSIN_END) {
            return error_set(err, TOCSIN_ERROR_CONFIG, "the pack has no file '%s'", files[i]);
        }
        if (status != TOCSIN_OK) {
            return error_set(err, status, "%s", wrong.message);
        }
        status = audit_rules_read(&all, str_from(text, bytes), &work->arena, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < all.rule_count; i++) {
        if (is_useful(&all.rules[i])) {
            all.rules[work->rules.rule_count++] = all.rules[i];
        }
    }
    work->rules.rules = all.rules;
    return TOCSIN_OK;
}

static tocsin_status ask_consent(struct work *work, struct error *err)
{
    const struct simulate_options *options = work->simulation.options;
    const struct audit_session *session = &work->simulation.session;
    char plan[2048];
    static const char *const takers[] = {
        [AUDIT_TAKER_NONE] = "",
        [AUDIT_TAKER_HOST] = "The auditd that runs here records them; its log is read.",
        [AUDIT_TAKER_PRIVATE] =
            "No auditd runs here: one is started with a configuration and a log of its own, and ended.",
        [AUDIT_TAKER_STREAM] = "The kernel's stream of audit records is read.",
    };
    (void)snprintf(plan, sizeof(plan),
                   "This adds %zu audit rules (key " AUDIT_SESSION_KEY
                   ") for some seconds, in which every program started on\n"
                   "this host and every connection is recorded, and takes them away again.\n%s\n"
                   "%s\n",
                   session->is_locked ? 0 : work->rules.rule_count, takers[session->taker],
                   options->is_real_docker
                       ? "Tests 2 and 4 use this host's docker: they list its containers and read their environment."
                       : "What the tests reach are dummies of ours, in namespaces of their own.");
    if (options->consent && !options->consent(options->context, plan)) {
        error_set(err, TOCSIN_ERROR_CANCELLED, "nothing was done");
        error_hint(err, "--yes agrees beforehand");
        return TOCSIN_ERROR_CANCELLED;
    }
    return TOCSIN_OK;
}

/* ---- folders ----------------------------------------------------------------------------------------------------- */

static tocsin_status make_folder(struct work *work, struct error *err)
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(work->folder, sizeof(work->folder), "%s" AUDIT_SESSION_FOLDER "XXXXXX",
                   base && base[0] == '/' && strlen(base) < 200 ? base : "/tmp");
    if (!mkdtemp(work->folder)) {
        int failure = errno;
        work->folder[0] = '\0';
        return error_system(err, TOCSIN_ERROR_OUTPUT, failure, "cannot make a temporary folder");
    }
    const char *keep = work->simulation.options->keep;
    if (keep && mkdir(keep, 0700) != 0 && errno != EEXIST) {
        return error_system(err, TOCSIN_ERROR_OUTPUT, errno, "cannot make the folder '%s'", keep);
    }
    return TOCSIN_OK;
}

static tocsin_status write_log(const char *path, str text, struct error *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t used = 0;
    ssize_t got = file >= 0 ? 1 : -1;
    while (used < text.len && got > 0) {
        got = write(file, text.data + used, text.len - used);
        used += got > 0 ? (size_t)got : 0;
    }
    int failure = errno;
    if (file >= 0 && close(file) != 0) {
        failure = errno;
        got = -1;
    }
    return got >= 0 ? TOCSIN_OK : error_system(err, TOCSIN_ERROR_OUTPUT, failure, "cannot write '%s'", path);
}

/* ---- the run ----------------------------------------------------------------------------------------------------- */

/* Rules about folders, or all others: a rule stays in the kernel from one stage to the next, but a folder is that of
 * the namespace in which its rule was added. */
static tocsin_status select_rules(struct work *work, bool has_folder, struct audit_rules *ret_rules, struct error *err)
{
    *ret_rules =
        (struct audit_rules){.rules = arena_array(&work->arena, struct audit_rule, work->rules.rule_count + 1)};
    if (!ret_rules->rules) {
        return error_memory(err);
    }
    for (size_t i = 0; i < work->rules.rule_count; i++) {
        const struct audit_rule *rule = &work->rules.rules[i];
        bool is_folder = false;
        for (size_t k = 0; k < rule->field_count; k++) {
            is_folder |= str_eq(rule->fields[k].name, STR("dir"));
        }
        if (is_folder == has_folder) {
            ret_rules->rules[ret_rules->rule_count++] = *rule;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status play_stage(struct work *work, bool is_private, unsigned tests, const struct audit_rules *rules,
                                struct error *err)
{
    struct stage *stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (stage == MAP_FAILED) {
        return error_memory(err);
    }
    *stage = (struct stage){.is_private = is_private, .tests = tests, .folder = work->folder, .rules = rules};
    tocsin_status status = stage_run(stage, &work->simulation.session, work->simulation.options, err);
    for (size_t i = 0; i < SIMULATE_TESTS; i++) {
        if (tests >> i & 1) {
            work->results[i] = stage->results[i];
        }
    }
    work->simulation.rules_refused += stage->rules_refused;
    (void)munmap(stage, sizeof(*stage));
    return status;
}

/* One stage with stand-ins; with --real-docker one without them comes first. */
static tocsin_status play_tests(struct work *work, struct error *err)
{
    struct audit_rules first = {.rule_count = 0};
    struct audit_rules second = {.rule_count = 0};
    unsigned real = 0;
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; i < SIMULATE_TESTS; i++) {
        real |= work->simulation.options->is_real_docker && simulate_tests[i].is_docker ? work->tests & 1u << i : 0;
    }
    if (!work->simulation.session.is_locked && real == 0) {
        second = work->rules;
    } else if (!work->simulation.session.is_locked) {
        status = select_rules(work, false, &first, err);
        status = status == TOCSIN_OK ? select_rules(work, true, &second, err) : status;
    }
    tell(work, "running the tests\n");
    if (status == TOCSIN_OK && real != 0) {
        status = play_stage(work, false, real, &first, err);
    }
    if (status == TOCSIN_OK && (work->tests & ~real) != 0) {
        status = play_stage(work, true, work->tests & ~real, &second, err);
    }
    return status;
}

static const char *run_problem(struct work *work, const struct stage_result *result)
{
    char text[256];
    if (!result->is_run) {
        return "it could not be started";
    }
    if (result->is_timeout) {
        return "it did not end in time";
    }
    if (result->exit_code == 0) {
        return NULL;
    }
    str output = str_trim(str_from(result->output, result->output_bytes));
    char printable[160];
    (void)tocsin_escape_text(output.data, output.len, printable, sizeof(printable));
    (void)snprintf(text, sizeof(text), "exit code %d: %s", result->exit_code, printable);
    return arena_copy_cstring(&work->arena, str_from_cstring(text));
}

static size_t count_events(str lines)
{
    size_t count = 0;
    for (size_t at = 0; (at = str_find(lines, STR("type=SYSCALL "), at)) != SIZE_MAX; at++) {
        count++;
    }
    return count;
}

/* What the host's dockerd wrote to the journal during a test; only where the test used it. */
static tocsin_status read_docker_log(struct work *work, const struct simulate_test *test,
                                     const struct stage_result *stage, const char *path, struct test_logs *logs,
                                     struct error *err)
{
    char since[64];
    char until[64];
    struct child_result result;
    static const struct child_options options = {.timeout_ms = JOURNAL_TIMEOUT_MS};
    const char *const argv[] = {"journalctl", "--quiet", "--no-pager",    "--output=short-iso",
                                since,        until,     "_COMM=dockerd", NULL};
    if (!work->simulation.options->is_real_docker || !test->is_docker) {
        return TOCSIN_OK;
    }
    (void)snprintf(since, sizeof(since), "--since=@%lld", (long long)(stage->start_ms / 1000));
    (void)snprintf(until, sizeof(until), "--until=@%lld", (long long)(stage->end_ms / 1000 + 1));
    tocsin_status status = child_run(argv, &options, &work->arena, &result, err);
    if (status != TOCSIN_OK || !result.is_found || result.exit_code != 0 || result.output.len == 0) {
        return status; /* no journal, or dockerd is not at debug: then there is nothing to see */
    }
    logs->docker = path;
    logs->docker_text = result.output;
    return write_log(path, result.output, err);
}

static tocsin_status judge_test(struct work *work, size_t index, str log, struct error *err)
{
    const struct simulate_test *test = &simulate_tests[index];
    const struct stage_result *stage = &work->results[index];
    struct test_result *result = &work->simulation.results[index];
    const char *folder = work->simulation.options->keep ? work->simulation.options->keep : work->folder;
    char audit_path[512];
    char docker_path[512];
    struct test_logs logs = {.audit = audit_path};
    str lines;
    (void)snprintf(audit_path, sizeof(audit_path), "%s/test-%d.log", folder, test->number);
    (void)snprintf(docker_path, sizeof(docker_path), "%s/test-%d-docker.log", folder, test->number);
    result->problem = run_problem(work, stage);
    if (!capture_cut(log, stage->pid, &work->arena, &lines)) {
        return error_memory(err);
    }
    result->event_count = count_events(lines);
    tocsin_status status = write_log(audit_path, lines, err);
    if (status == TOCSIN_OK) {
        status = read_docker_log(work, test, stage, docker_path, &logs, err);
    }
    if (status == TOCSIN_OK) {
        status = simulate_judge(work->engine, work->pack, test, stage, &logs, &work->arena, result, err);
    }
    return status;
}

static tocsin_status judge_tests(struct work *work, struct error *err)
{
    str log;
    tocsin_status status = audit_session_read(&work->simulation.session, &work->arena, &log, err);
    for (size_t i = 0; i < SIMULATE_TESTS && status == TOCSIN_OK; i++) {
        if (!work->simulation.results[i].skipped) {
            status = judge_test(work, i, log, err);
        }
    }
    return status;
}

static tocsin_status record(struct work *work, struct error *err)
{
    struct audit_session *session = &work->simulation.session;
    struct error second = {0};
    tocsin_status status = audit_session_open(session, work->folder, &work->arena, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    status = is_cancelled(work) ? error_set(err, TOCSIN_ERROR_CANCELLED, "interrupted") : play_tests(work, err);
    tell(work, "taking the audit rules back\n");
    tocsin_status closed = audit_session_close(session, &work->arena, &second);
    if (status == TOCSIN_OK && closed != TOCSIN_OK) {
        *err = second;
        status = closed;
    }
    return status;
}

static tocsin_status run(struct work *work, struct error *err)
{
    struct simulation *simulation = &work->simulation;
    tocsin_status status = choose_tests(work, err);
    if (status == TOCSIN_OK) {
        status = read_rules(work, err);
    }
    if (status == TOCSIN_OK) {
        status = geteuid() == 0 ? audit_session_recover(&work->arena, &simulation->is_restored, err) : TOCSIN_OK;
    }
    if (simulation->is_restored) {
        tell(work, "an earlier simulation was killed; what it left has been put back\n");
    }
    if (status == TOCSIN_OK) {
        status = audit_session_plan(&work->arena, &simulation->session, err);
    }
    if (status == TOCSIN_OK) {
        status = ask_consent(work, err);
    }
    if (status == TOCSIN_OK) {
        status = make_folder(work, err);
    }
    if (status == TOCSIN_OK && work->tests != 0) {
        status = record(work, err);
        if (status == TOCSIN_OK) {
            status = judge_tests(work, err);
        }
    }
    return status == TOCSIN_OK ? simulate_report(simulation, err) : status;
}

tocsin_status simulate_run(tocsin_engine *engine, tocsin_pack *pack, const struct simulate_options *options,
                           int *ret_exit_code, struct tocsin_error *err)
{
    struct error error = {0};
    struct work work = {.simulation.options = options, .engine = engine, .pack = pack, .rules.enabled = -1};
    arena_init(&work.arena, LIMIT_HOST_BYTES);
    tocsin_status status = run(&work, &error);
    if (status == TOCSIN_OK) {
        *ret_exit_code = simulate_is_complete(&work.simulation) ? SIMULATE_EXIT_FOUND : SIMULATE_EXIT_NOT_FOUND;
    } else {
        status = arena_explain(&work.arena, status, "what is recorded", &error);
        *err = (struct tocsin_error){.status = status};
        (void)snprintf(err->message, sizeof(err->message), "%s", error.message);
        (void)snprintf(err->hint, sizeof(err->hint), "%s", error.hint);
    }
    if (work.folder[0]) {
        audit_session_remove_folder(work.folder);
    }
    arena_release(&work.arena);
    return status;
}
