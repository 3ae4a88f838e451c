#include "verify/pack_test.h"

#include <stdio.h>

#include "base/civil_time.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text_file.h"
#include "verify/rule_check.h"

static double seconds_since(int64_t start_ns)
{
    return (double)(clock_monotonic_ns() - start_ns) / 1e9;
}

/* ---- rules ------------------------------------------------------------------------------------------------------- */

static bool is_wanted(const struct pack_test_options *options, const char *id)
{
    for (size_t i = 0; i < options->rule_count; i++) {
        if (strcmp(options->rules[i], id) == 0) {
            return true;
        }
    }
    return options->rule_count == 0;
}

static tocsin_status list_rules(struct pack_test *test, tocsin_pack *pack, const struct pack_test_options *options,
                                struct error *err)
{
    size_t count = tocsin_pack_rule_count(pack);
    test->rules = arena_array(&test->arena, struct rule_test, count + 1);
    if (!test->rules) {
        return error_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        struct tocsin_rule rule;
        tocsin_pack_rule_get(pack, i, &rule);
        if (is_wanted(options, rule.id)) {
            test->rules[test->rule_count++].rule = rule;
        }
    }
    for (size_t i = 0; i < options->rule_count; i++) {
        size_t at = 0;
        while (at < test->rule_count && strcmp(test->rules[at].rule.id, options->rules[i]) != 0) {
            at++;
        }
        if (at == test->rule_count) {
            error_set(err, TOCSIN_ERROR_USAGE, "the pack has no rule '%s'", options->rules[i]);
            error_hint(err, "`tocsin test --list` names its rules");
            return TOCSIN_ERROR_USAGE;
        }
    }
    return TOCSIN_OK;
}

static size_t rule_index(const tocsin_pack *pack, const char *id)
{
    struct tocsin_rule rule;
    size_t index = 0;
    for (tocsin_pack_rule_get(pack, index, &rule); strcmp(rule.id, id) != 0; tocsin_pack_rule_get(pack, index, &rule)) {
        index++;
    }
    return index;
}

static const char *lack_of(const struct rule_test *rule)
{
    bool has_positive = rule->cases.counts[CASE_POSITIVE] > 0;
    bool has_negative = rule->cases.counts[CASE_NEGATIVE] > 0;
    return !rule->has_file                  ? "has no cases"
           : !has_positive && !has_negative ? "has neither a positive nor a negative case"
           : !has_positive                  ? "has no positive case"
           : !has_negative                  ? "has no negative case"
                                            : NULL;
}

/* Mistakes in the cases of a rule are its own failure; what is left of TOCSIN_ERROR_* ends the test. */
static tocsin_status test_rule(struct pack_test *test, const struct pack_context *context, struct rule_test *rule,
                               bool explains, struct error *err)
{
    int64_t start_ns = clock_monotonic_ns();
    const char *text = NULL;
    size_t bytes = 0;
    char path[600];
    struct tocsin_error public = {0};
    struct error error = {0};
    tocsin_status status = rule_check(context, &rule->rule, &error);
    if (status != TOCSIN_OK && status != TOCSIN_ERROR_MEMORY) {
        rule->error = error;
        return TOCSIN_OK;
    }
    if (status != TOCSIN_OK) {
        *err = error;
        return status;
    }
    snprintf(path, sizeof(path), "tests/%s.yaml", rule->rule.id);
    status = tocsin_pack_file(context->pack, path, &text, &bytes, &public);
    rule->has_file = status != TOCSIN_END;
    if (status == TOCSIN_END) {
        rule->lack = lack_of(rule);
        return TOCSIN_OK;
    }
    status = status == TOCSIN_OK ? rule_cases_load(&rule->cases, str_from(text, bytes), path, rule->rule.id, &error)
                                 : pack_error(&error, &public);
    if (status == TOCSIN_OK) {
        const struct case_run_options options = {
            .query = tocsin_pack_query(context->pack, rule_index(context->pack, rule->rule.id)),
            .rule_id = rule->rule.id,
            .explains = explains,
        };
        rule->lack = lack_of(rule);
        status = case_run(context, &rule->cases, &options, &test->arena, &rule->results, &error);
    }
    rule->seconds = seconds_since(start_ns);
    bool has_lost_tables = context->tables && status == TOCSIN_ERROR_OUTPUT;
    if (status == TOCSIN_ERROR_MEMORY || status == TOCSIN_ERROR_CANCELLED || has_lost_tables) {
        *err = error;
        return status;
    }
    if (status != TOCSIN_OK) {
        rule->error = error;
        rule->error.status = status;
    }
    return TOCSIN_OK;
}

bool rule_test_has_passed(const struct rule_test *rule)
{
    return rule->error.status == TOCSIN_OK && !rule->lack && rule->results.failure_count == 0;
}

/* ---- measures ---------------------------------------------------------------------------------------------------- */

static tocsin_status load_measures(struct pack_test *test, tocsin_pack *pack, struct error *err)
{
    const char *text = NULL;
    size_t bytes = 0;
    struct tocsin_error error = {0};
    tocsin_status status = tocsin_pack_file(pack, "measures.yaml", &text, &bytes, &error);
    if (status == TOCSIN_END) {
        return TOCSIN_OK;
    }
    test->has_measures = true;
    return status == TOCSIN_OK ? measures_load(&test->measures, str_from(text, bytes), "measures.yaml", err)
                               : pack_error(err, &error);
}

static tocsin_status read_own_table(struct pack_test *test, tocsin_pack *pack, const char *file, struct error *err)
{
    const char *text = NULL;
    size_t bytes = 0;
    struct tocsin_error error = {0};
    tocsin_status status = tocsin_pack_file(pack, file, &text, &bytes, &error);
    if (status == TOCSIN_END) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the pack has no file '%s', which measures.yaml names", file);
    }
    return status == TOCSIN_OK ? labelled_rows_read(&test->labelled, str_from(text, bytes), file, &test->arena, err)
                               : pack_error(err, &error);
}

static tocsin_status read_given_table(struct pack_test *test, const char *file, struct error *err)
{
    str text = STR_EMPTY;
    tocsin_status status = text_file_read(file, LIMIT_PACK_FILE_BYTES, &text, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    str copy = arena_copy(&test->arena, text);
    memory_free((void *)text.data);
    return copy.data ? labelled_rows_read(&test->labelled, copy, file, &test->arena, err) : error_memory(err);
}

static bool list_has(str list, const char *id)
{
    while (list.len > 0) {
        size_t comma = str_find_char(list, ',', 0);
        if (str_eq(str_slice(list, 0, comma == SIZE_MAX ? list.len : comma), str_from_cstring(id))) {
            return true;
        }
        list = str_skip(list, comma == SIZE_MAX ? list.len : comma + 1);
    }
    return false;
}

static void count_by_rule(struct pack_test *test)
{
    for (size_t i = 0; i < test->rule_count; i++) {
        struct rule_test *rule = &test->rules[i];
        for (size_t k = 0; k < test->labelled.count; k++) {
            const struct labelled_row *row = &test->labelled.rows[k];
            bool is_hit = list_has(row->rules, rule->rule.id);
            rule->attacks_found += is_hit && row->label == LABEL_ATTACK;
            rule->benign_found += is_hit && row->label == LABEL_BENIGN;
        }
    }
}

static tocsin_status measure(struct pack_test *test, const struct pack_context *context,
                             const struct pack_test_options *options, struct error *err)
{
    tocsin_status status = load_measures(test, context->pack, err);
    for (size_t i = 0; status == TOCSIN_OK && !options->labelled && i < test->measures.labelled_count; i++) {
        status = read_own_table(test, context->pack, test->measures.labelled[i], err);
    }
    if (status == TOCSIN_OK && options->labelled) {
        status = read_given_table(test, options->labelled, err);
    }
    if (status == TOCSIN_OK && test->labelled.count > 0) {
        status = labelled_rows_run(&test->labelled, context, options->rules, options->rule_count, &test->arena, err);
        count_by_rule(test);
    }
    test->logs = arena_array(&test->arena, struct benign_log, test->measures.log_count + 1);
    status = status == TOCSIN_OK && !test->logs ? error_memory(err) : status;
    for (size_t i = 0; status == TOCSIN_OK && i < test->measures.log_count; i++) {
        status = benign_log_run(context, &test->measures.logs[i], options->rules, options->rule_count, &test->arena,
                                &test->logs[test->log_count++], err);
    }
    return status;
}

struct pack_numbers pack_test_numbers(const struct pack_test *test)
{
    struct pack_numbers numbers = {
        .attacks = labelled_rows_count(&test->labelled, LABEL_ATTACK),
        .benign = labelled_rows_count(&test->labelled, LABEL_BENIGN),
        .gray = labelled_rows_count(&test->labelled, LABEL_GRAY),
    };
    for (size_t i = 0; i < test->labelled.count; i++) {
        const struct labelled_row *row = &test->labelled.rows[i];
        numbers.gray_too_high += row->label == LABEL_GRAY && row->level >= TOCSIN_LEVEL_COUNT - 2;
    }
    for (size_t i = 0; i < test->log_count; i++) {
        numbers.log_events += test->logs[i].events;
        numbers.log_findings += test->logs[i].finding_count;
        numbers.log_days += benign_log_days(&test->logs[i]);
    }
    numbers.recall =
        numbers.attacks.count > 0 ? 100.0 * (double)numbers.attacks.found / (double)numbers.attacks.count : 100;
    numbers.benign_per_thousand =
        numbers.benign.count > 0 ? 1000.0 * (double)numbers.benign.found / (double)numbers.benign.count : 0;
    numbers.per_day = numbers.log_days > 0 ? (double)numbers.log_findings / numbers.log_days : 0;
    return numbers;
}

size_t pack_test_thresholds(const struct pack_test *test, struct threshold_result ret_results[THRESHOLDS_MAX])
{
    const struct pack_numbers numbers = pack_test_numbers(test);
    const struct measures *measures = &test->measures;
    size_t count = 0;
    if (!test->is_whole) {
        return 0;
    }
    if (measures->recall_min && numbers.attacks.count > 0) {
        struct threshold_result *result = &ret_results[count++];
        result->has_passed = numbers.recall >= *measures->recall_min;
        snprintf(result->message, sizeof(result->message), "recall of labelled attacks is %.1f %%, at least %.1f %% %s",
                 numbers.recall, *measures->recall_min, "is wanted");
    }
    if (measures->benign_max && numbers.benign.count > 0) {
        struct threshold_result *result = &ret_results[count++];
        result->has_passed = numbers.benign.found <= (size_t)*measures->benign_max;
        snprintf(result->message, sizeof(result->message), "%zu labelled benign rows are found, at most %lld may be",
                 numbers.benign.found, (long long)*measures->benign_max);
    }
    if (measures->per_day_max && test->log_count > 0) {
        struct threshold_result *result = &ret_results[count++];
        result->has_passed = numbers.per_day <= *measures->per_day_max;
        snprintf(result->message, sizeof(result->message), "%.1f findings a day on benign logs, at most %.1f may be",
                 numbers.per_day, *measures->per_day_max);
    }
    if (numbers.gray.count > 0) {
        struct threshold_result *result = &ret_results[count++];
        result->has_passed = numbers.gray_too_high == 0;
        snprintf(result->message, sizeof(result->message), "%zu gray rows are at high or critical, none may be",
                 numbers.gray_too_high);
    }
    return count;
}

bool pack_test_has_passed(const struct pack_test *test)
{
    struct threshold_result results[THRESHOLDS_MAX];
    size_t count = pack_test_thresholds(test, results);
    for (size_t i = 0; i < count; i++) {
        if (!results[i].has_passed) {
            return false;
        }
    }
    for (size_t i = 0; i < test->rule_count; i++) {
        if (!rule_test_has_passed(&test->rules[i])) {
            return false;
        }
    }
    return true;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

/* The inner error as the library's public one. */
static tocsin_status public_error(struct tocsin_error *err, const struct error *from)
{
    *err = (struct tocsin_error){.status = from->status, .line = from->line, .column = from->column};
    snprintf(err->message, sizeof(err->message), "%s", from->message);
    snprintf(err->hint, sizeof(err->hint), "%s", from->hint);
    snprintf(err->source, sizeof(err->source), "%s", from->source);
    return from->status;
}

tocsin_status pack_test_run(tocsin_engine *engine, tocsin_pack *pack, const struct pack_test_options *options,
                            struct pack_test **ret_test, struct tocsin_error *err)
{
    const struct pack_context context = {
        .engine = engine,
        .pack = pack,
        .exceptions = options->exceptions,
        .tables = options->tables,
        .see_attack = options->see_attack,
        .state = options->state,
    };
    struct error error = {0};
    int64_t start_ns = clock_monotonic_ns();
    struct pack_test *test = memory_allocate_zeroed(1, sizeof(*test));
    if (!test) {
        error_memory(&error);
        return public_error(err, &error);
    }
    arena_init(&test->arena, ARENA_NO_LIMIT);
    test->is_whole = options->rule_count == 0;
    tocsin_pack_info_get(pack, &test->info);
    tocsin_status status = list_rules(test, pack, options, &error);
    status = status == TOCSIN_OK && test->is_whole ? rule_check_cases(&context, &error) : status;
    for (size_t i = 0; status == TOCSIN_OK && i < test->rule_count; i++) {
        status = test_rule(test, &context, &test->rules[i], options->explains, &error);
    }
    status = status == TOCSIN_OK ? measure(test, &context, options, &error) : status;
    test->seconds = seconds_since(start_ns);
    if (status != TOCSIN_OK) {
        pack_test_free(test);
        return public_error(err, &error);
    }
    *ret_test = test;
    return TOCSIN_OK;
}

void pack_test_free(struct pack_test *test)
{
    if (!test) {
        return;
    }
    for (size_t i = 0; test->rules && i < test->rule_count; i++) {
        rule_cases_release(&test->rules[i].cases);
    }
    measures_release(&test->measures);
    arena_release(&test->arena);
    memory_free(test);
}
