/* fuzz_rule_cases.c - the cases of a rule, and the log lines made of them: reading ends, refusals have a message, and
 * what is made has as many lines as it says, of which those that are JSON are JSON. */
#include <stdlib.h>

#include "base/json_reader.h"
#include "base/limits.h"
#include "verify/event_maker.h"
#include "verify/rule_cases.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_log(const struct event_log *log, bool is_json)
{
    uint64_t lines = 0;
    for (str rest = strbuf_str(&log->text); rest.len > 0; lines++) {
        size_t end = str_find_char(rest, '\n', 0);
        if (end == SIZE_MAX || (is_json && !json_validate(str_slice(rest, 0, end), NULL))) {
            abort();
        }
        rest = str_skip(rest, end + 1);
    }
    if (lines != log->line_count) {
        abort();
    }
}

static tocsin_status make(struct event_log *log, const struct event_actor *actor, unsigned kind, str text,
                          struct arena *scratch, struct error *err)
{
    switch (kind) {
    case 0:
        return event_make_command(log, actor, text, scratch, err);
    case 1:
        return event_make_json_command(log, actor, text, err);
    case 2:
        return event_make_request(log, actor, text, err);
    case 3:
        return event_make_docker_daemon(log, actor, text, err);
    case 4:
        return event_make_docker_plugin(log, actor, text, err);
    case 5:
        return event_make_read(log, actor, text, err);
    case 6:
        return event_make_connect(log, actor, text, err);
    default:
        return event_make_exec(log, actor, text, scratch, err);
    }
}

static void make_all(const struct rule_case *rule_case, str text)
{
    const struct event_actor actor = {7, rule_case->who, rule_case->exe, rule_case->is_in_container, 1795400000123};
    for (unsigned kind = 0; kind < 8; kind++) {
        struct event_log log;
        struct arena scratch;
        struct error err = {0};
        event_log_init(&log);
        arena_init(&scratch, 64 * MEBI);
        if (make(&log, &actor, kind, text, &scratch, &err) == TOCSIN_OK) {
            check_log(&log, kind == 1 || kind == 2);
        }
        event_log_release(&log);
        arena_release(&scratch);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rule_cases cases;
    struct error err = {0};
    str text = str_from((const char *)data, size);
    tocsin_status status = rule_cases_load(&cases, text, "tests/r.yaml", "r", &err);
    if (status == TOCSIN_ERROR_CONFIG && err.message[0] == '\0') {
        abort();
    }
    for (size_t i = 0; status == TOCSIN_OK && i < cases.case_count && i < 20; i++) {
        const struct rule_case *rule_case = &cases.cases[i];
        for (int source = 0; source < SOURCE_EVENTS; source++) {
            for (size_t item = 0; item < rule_case->texts[source].count && item < 20; item++) {
                make_all(rule_case, str_from_cstring(rule_case->texts[source].items[item]));
                rule_cases_position(&cases, rule_case, (enum case_source)source, item, &err);
            }
        }
    }
    rule_cases_release(&cases);
    return 0;
}
