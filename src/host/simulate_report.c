/* What came of the tests: a table for people, JSON for programs. */
#include <errno.h>
#include <stdio.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "host/simulate_internal.h"

static const char *signal_state(const struct signal_result *result)
{
    return result->is_absent ? "not here" : result->is_seen ? "yes" : "no";
}

/* Every signal that can come here came, and a rule found the act. */
static bool is_found(const struct simulate_test *test, const struct test_result *result)
{
    for (size_t i = 0; i < SIMULATE_SIGNALS_MAX && test->signals[i].text; i++) {
        if (!result->signals[i].is_absent && !result->signals[i].is_seen) {
            return false;
        }
    }
    return result->rules && result->rules[0] != '\0';
}

bool simulate_is_complete(const struct simulation *simulation)
{
    size_t run = 0;
    for (size_t i = 0; i < SIMULATE_TESTS; i++) {
        const struct test_result *result = &simulation->results[i];
        if (!result->skipped && !is_found(&simulate_tests[i], result)) {
            return false;
        }
        run += !result->skipped;
    }
    return run > 0;
}

static const char *test_state(const struct simulate_test *test, const struct test_result *result)
{
    return result->skipped ? "skipped" : is_found(test, result) ? "found" : "not found";
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

enum { SIGNAL_CELLS = 44, SEEN_CELLS = 9 };

static void append_test(struct strbuf *out, const struct simulate_test *test, const struct test_result *result,
                        bool has_color)
{
    bool is_good = is_found(test, result);
    const char *color = !has_color ? "" : result->skipped ? "\033[33m" : is_good ? "\033[32m" : "\033[31m";
    strbuf_append_format(out, "%d  %s: %s%s%s", test->number, test->title, color, test_state(test, result),
                         has_color ? "\033[0m" : "");
    strbuf_append_format(out, "%s%s\n", result->skipped ? ", " : "", result->skipped ? result->skipped : "");
    if (result->problem) {
        strbuf_append_format(out, "   the command failed: %s\n", result->problem);
    }
    for (size_t i = 0; !result->skipped && i < SIMULATE_SIGNALS_MAX && test->signals[i].text; i++) {
        const struct simulate_signal *signal = &test->signals[i];
        const char *rules = result->signals[i].rules;
        strbuf_append_format(out, "   %-*s %-*s %s\n", SIGNAL_CELLS, signal->text, SEEN_CELLS,
                             signal_state(&result->signals[i]), rules ? rules : "");
    }
}

static void append_text(struct strbuf *out, const struct simulation *simulation)
{
    size_t found = 0;
    size_t run = 0;
    strbuf_append_format(out, "   %-*s %-*s %s\n", SIGNAL_CELLS, "expected signal", SEEN_CELLS, "seen",
                         "found by rule");
    for (size_t i = 0; i < SIMULATE_TESTS; i++) {
        const struct test_result *result = &simulation->results[i];
        if (!(simulation->options->tests >> i & 1)) {
            continue;
        }
        append_test(out, &simulate_tests[i], result, simulation->options->has_color);
        run += !result->skipped;
        found += !result->skipped && is_found(&simulate_tests[i], result);
    }
    strbuf_append_format(out, "\n%zu of %zu tests found\n", found, run);
    if (simulation->rules_refused > 0) {
        strbuf_append_format(out, "%zu audit rules were refused by this kernel\n", simulation->rules_refused);
    }
    if (simulation->session.is_locked) {
        strbuf_append(out, STR("the audit rules of this host are locked (-e 2): no rule could be added\n"));
    }
    if (simulation->options->keep) {
        strbuf_append_format(out, "the recorded logs are in %s\n", simulation->options->keep);
    }
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void write_text(struct json_writer *json, const char *name, const char *text)
{
    json_key(json, str_from_cstring(name));
    if (text) {
        json_string(json, str_from_cstring(text));
    } else {
        json_null(json);
    }
}

static void write_rules(struct json_writer *json, const char *list)
{
    json_key(json, STR("rules"));
    json_begin_array(json);
    for (str rest = list ? str_from_cstring(list) : STR_EMPTY; rest.len > 0;) {
        size_t end = str_find(rest, STR(", "), 0);
        json_string(json, str_slice(rest, 0, end));
        rest = end == SIZE_MAX ? STR_EMPTY : str_skip(rest, end + 2);
    }
    json_end_array(json);
}

static void write_test(struct json_writer *json, const struct simulate_test *test, const struct test_result *result)
{
    json_begin_object(json);
    json_key(json, STR("test"));
    json_i64(json, test->number);
    write_text(json, "title", test->title);
    write_text(json, "state", test_state(test, result));
    write_text(json, "skipped", result->skipped);
    write_text(json, "problem", result->problem);
    json_key(json, STR("events"));
    json_u64(json, result->event_count);
    write_rules(json, result->rules);
    json_key(json, STR("signals"));
    json_begin_array(json);
    for (size_t i = 0; i < SIMULATE_SIGNALS_MAX && test->signals[i].text; i++) {
        json_begin_object(json);
        write_text(json, "signal", test->signals[i].text);
        write_text(json, "seen", signal_state(&result->signals[i]));
        write_rules(json, result->signals[i].rules);
        json_end_object(json);
    }
    json_end_array(json);
    json_end_object(json);
}

static void append_json(struct strbuf *out, const struct simulation *simulation)
{
    static const char *const takers[] = {"none", "auditd of the host", "auditd of its own", "stream of the kernel"};
    struct json_writer json;
    json_writer_init(&json, out, true);
    json_begin_object(&json);
    json_key(&json, STR("tests"));
    json_begin_array(&json);
    for (size_t i = 0; i < SIMULATE_TESTS; i++) {
        if (simulation->options->tests >> i & 1) {
            write_test(&json, &simulate_tests[i], &simulation->results[i]);
        }
    }
    json_end_array(&json);
    write_text(&json, "recorded_by", takers[simulation->session.taker]);
    json_key(&json, STR("rules_refused"));
    json_u64(&json, simulation->rules_refused);
    json_key(&json, STR("complete"));
    json_bool(&json, simulate_is_complete(simulation));
    json_end_object(&json);
    strbuf_append_char(out, '\n');
}

static tocsin_status write_out(const struct simulate_options *options, struct strbuf *out, struct error *err)
{
    tocsin_status status = out->is_failed ? error_memory(err) : TOCSIN_OK;
    int failure = status == TOCSIN_OK ? options->write(options->write_context, out->data, out->len) : 0;
    strbuf_release(out);
    if (failure == EPIPE) {
        return error_set(err, TOCSIN_ERROR_CLOSED, "the reader went away");
    }
    return failure != 0 ? error_system(err, TOCSIN_ERROR_OUTPUT, failure, "cannot write the report") : status;
}

tocsin_status simulate_report(const struct simulation *simulation, struct error *err)
{
    struct strbuf out;
    strbuf_init(&out, LIMIT_HOST_FILE_BYTES);
    if (simulation->options->is_json) {
        append_json(&out, simulation);
    } else {
        append_text(&out, simulation);
    }
    return write_out(simulation->options, &out, err);
}

tocsin_status simulate_list(const struct simulate_options *options, struct tocsin_error *err)
{
    struct error error = {0};
    struct strbuf out;
    strbuf_init(&out, LIMIT_HOST_FILE_BYTES);
    for (size_t i = 0; i < SIMULATE_TESTS; i++) {
        const struct simulate_test *test = &simulate_tests[i];
        strbuf_append_format(&out, "%d  %s\n   %s\n", test->number, test->title, test->does);
        for (size_t s = 0; s < SIMULATE_SIGNALS_MAX && test->signals[s].text; s++) {
            strbuf_append_format(&out, "   expected: %s\n", test->signals[s].text);
        }
    }
    tocsin_status status = write_out(options, &out, &error);
    if (status != TOCSIN_OK) {
        *err = (struct tocsin_error){.status = status};
        (void)snprintf(err->message, sizeof(err->message), "%s", error.message);
    }
    return status;
}
