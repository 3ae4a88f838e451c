/* tocsin tune: reads findings, proposes exceptions, and proves what they do. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/civil_time.h"
#include "base/limits.h"
#include "base/memory.h"
#include "verify/test_report.h"
#include "verify/tuning.h"
#include "verify/verify.h"

enum { EXPIRES_DAYS = 180, HIDDEN_SHOWN = 20 };

/* ---- marks ------------------------------------------------------------------------------------------------------- */

/* "1,4-9" */
static tocsin_status read_marks(const char *list, bool *marks, size_t count, struct error *err)
{
    str rest = str_from_cstring(list);
    while (rest.len > 0) {
        size_t comma = str_find_char(rest, ',', 0);
        str part = str_trim(str_slice(rest, 0, comma == SIZE_MAX ? rest.len : comma));
        size_t dash = str_find_char(part, '-', 0);
        uint64_t first = 0;
        uint64_t last = 0;
        rest = str_skip(rest, comma == SIZE_MAX ? rest.len : comma + 1);
        if (!str_to_u64(str_slice(part, 0, dash == SIZE_MAX ? part.len : dash), &first) ||
            !str_to_u64(dash == SIZE_MAX ? part : str_skip(part, dash + 1), &last) || first == 0 || first > last ||
            last > count) {
            error_set(err, TOCSIN_ERROR_USAGE, "'%.*s' is no finding of these %zu", STR_ARG(part), count);
            error_hint(err, "findings are numbered from 1; without --benign they are listed: --benign 1,4-9");
            return TOCSIN_ERROR_USAGE;
        }
        for (uint64_t i = first; i <= last; i++) {
            marks[i - 1] = true;
        }
    }
    return TOCSIN_OK;
}

static void append_or(struct strbuf *out, str text, const char *otherwise)
{
    report_append_text(out, text.data ? text : str_from_cstring(otherwise));
}

static void list_findings(struct strbuf *out, const struct tuning *tuning)
{
    for (size_t i = 0; i < tuning->found.count; i++) {
        const struct found_row *row = &tuning->found.rows[i];
        strbuf_append_format(out, "%4zu  %-13s %3" PRId64 "  ", i + 1, tocsin_level_name(row->level), row->risk);
        append_or(out, row->identity, "unknown");
        strbuf_append(out, STR(": "));
        append_or(out, row->acts[0].act, "");
        strbuf_append(out, STR(", "));
        append_or(out, row->acts[0].target, "");
        if (row->act_count > 1) {
            strbuf_append_format(out, ", and %zu more", row->act_count - 1);
        }
        strbuf_append(out, STR("  ("));
        report_append_text(out, row->rule);
        strbuf_append(out, STR(")\n"));
    }
    strbuf_append_format(out, "%zu finding%s; mark those that are harmless: --benign 1,4-9, or --all-benign\n",
                         tuning->found.count, tuning->found.count == 1 ? "" : "s");
}

/* ---- proposals --------------------------------------------------------------------------------------------------- */

struct proposing {
    struct tuning tuning;
    const struct tune_options *options;
    tocsin_engine *engine;
    tocsin_pack *pack;
    bool *marks;
    size_t marked;
    struct strbuf out;  /* the list of exceptions, and remarks as comments */
    struct strbuf yaml; /* the list alone */
    size_t proposed;
    size_t refused;
    size_t labelled; /* attacks found without the exceptions */
    char expires[16];
};

/* Half a year behind the newest finding. */
static void choose_end(struct proposing *proposing)
{
    int64_t newest_ms = 0;
    for (size_t i = 0; i < proposing->tuning.found.count; i++) {
        int64_t last_ms = proposing->tuning.found.rows[i].last_ms;
        newest_ms = last_ms > newest_ms ? last_ms : newest_ms;
    }
    struct civil day;
    newest_ms = newest_ms > 0 ? newest_ms : clock_wall_ms();
    civil_from_utc_ms(newest_ms + EXPIRES_DAYS * INT64_C(86400000), &day);
    snprintf(proposing->expires, sizeof(proposing->expires), "%04d-%02d-%02d", (int)(day.year % 10000), day.month,
             day.day);
}

/* "tuned_3_velero_list_secrets": letters, digits and _ of who and what. */
static void make_id(char *id, size_t id_bytes, const struct tuning_group *group, size_t number)
{
    int used = snprintf(id, id_bytes, "tuned_%zu_", number);
    str texts[] = {group->identity, group->act};
    size_t at = used > 0 ? (size_t)used : 0;
    for (size_t i = 0; i < countof(texts); i++) {
        str text = texts[i].len > 40 ? str_skip(texts[i], texts[i].len - 40) : texts[i];
        for (size_t k = 0; k < text.len && at + 2 < id_bytes; k++) {
            char c = text.data[k];
            bool is_plain = ascii_is_alpha(c) || ascii_is_digit(c);
            if (is_plain || (at > 0 && id[at - 1] != '_')) {
                id[at++] = is_plain ? c : '_';
            }
        }
        if (i == 0 && at > 0 && id[at - 1] != '_' && at + 2 < id_bytes) {
            id[at++] = '_';
        }
    }
    id[at] = '\0';
}

static void comment_group(struct strbuf *out, const struct tuning_group *group)
{
    strbuf_append_format(out, "  # %zu act%s in %zu finding%s: ", group->act_count, group->act_count == 1 ? "" : "s",
                         group->finding_count, group->finding_count == 1 ? "" : "s");
    append_or(out, group->identity, "unknown");
    strbuf_append(out, STR(", "));
    append_or(out, group->act, "no act");
    strbuf_append_char(out, '\n');
}

static void comment_hidden(struct proposing *proposing, const struct tuning_group *group)
{
    struct strbuf *out = &proposing->out;
    size_t count = 0;
    const struct tuning_attack *last = NULL;
    strbuf_append(out, STR("  # REFUSED: even the narrowest exception would hide these attacks, if this identity did "
                           "them:\n"));
    for (size_t i = 0; i < proposing->tuning.attack_count; i++) {
        const struct tuning_attack *attack = &proposing->tuning.attacks[i];
        /* The same attack was seen in several forms, one after the other. */
        bool is_known = last && last->line == attack->line && strcmp(last->origin, attack->origin) == 0;
        if (is_known || !tuning_hides(group, STEP_DETAIL, attack, true)) {
            continue;
        }
        last = attack;
        if (count++ < HIDDEN_SHOWN) {
            strbuf_append_format(out, "  #   %s:%u: ", attack->origin, attack->line);
            report_append_text(out, str_slice(attack->text, 0, 300));
            strbuf_append_char(out, '\n');
        }
    }
    if (count > HIDDEN_SHOWN) {
        strbuf_append_format(out, "  #   and %zu more\n", count - HIDDEN_SHOWN);
    }
}

/* What the narrower steps were for. */
static void comment_step(struct proposing *proposing, const struct tuning_group *group, enum tuning_step step)
{
    static const char *const what[STEP_COUNT] = {"", "these targets", "these targets and commands or requests"};
    if (step == STEP_SCOPE) {
        return;
    }
    size_t count = 0;
    const struct tuning_attack *example = NULL;
    for (size_t i = 0; i < proposing->tuning.attack_count; i++) {
        bool is_hidden = tuning_hides(group, (enum tuning_step)(step - 1), &proposing->tuning.attacks[i], true);
        example = is_hidden && !example ? &proposing->tuning.attacks[i] : example;
        count += is_hidden;
    }
    if (count == 0) {
        return;
    }
    strbuf_append_format(&proposing->out,
                         "  # only %s: without that, %zu test attack%s by this identity would be hidden", what[step],
                         count, count == 1 ? "" : "s");
    if (example) {
        strbuf_append(&proposing->out, STR(", such as "));
        report_append_text(&proposing->out, str_slice(example->text, 0, 200));
    }
    strbuf_append_char(&proposing->out, '\n');
}

static void propose(struct proposing *proposing, const struct tuning_group *group)
{
    char id[110];
    const char *refusal = tuning_refusal(group);
    enum tuning_step step = refusal ? STEP_COUNT : tuning_choose(&proposing->tuning, group);
    comment_group(&proposing->out, group);
    if (step == STEP_COUNT) {
        proposing->refused++;
        if (refusal) {
            strbuf_append_format(&proposing->out, "  # REFUSED: %s\n", refusal);
        } else {
            comment_hidden(proposing, group);
        }
        return;
    }
    comment_step(proposing, group, step);
    make_id(id, sizeof(id), group, ++proposing->proposed);
    tuning_write(&proposing->out, group, step, id, proposing->expires);
    tuning_write(&proposing->yaml, group, step, id, proposing->expires);
}

/* ---- proof ------------------------------------------------------------------------------------------------------- */

static tocsin_status count_attacks(struct proposing *proposing, const char *exceptions, bool collects, size_t *ret,
                                   struct tocsin_error *err)
{
    const struct pack_test_options options = {
        .exceptions = exceptions,
        .see_attack = collects ? tuning_see_attack : NULL,
        .state = &proposing->tuning,
    };
    struct pack_test *test = NULL;
    tocsin_status status = pack_test_run(proposing->engine, proposing->pack, &options, &test, err);
    if (status == TOCSIN_OK) {
        size_t checks = 0;
        for (size_t i = 0; i < test->rule_count; i++) {
            checks += test->rules[i].results.passed_checks[CASE_POSITIVE];
            checks += test->rules[i].results.passed_checks[CASE_EVASION];
        }
        *ret = pack_test_numbers(test).attacks.found + checks;
    }
    pack_test_free(test);
    return status;
}

/* The marked findings' own lines, run once more. */
static tocsin_status replay(struct proposing *proposing, const char *exceptions, size_t *ret_count, struct error *err)
{
    const struct pack_context context = {
        .engine = proposing->engine, .pack = proposing->pack, .exceptions = exceptions};
    struct memory_log log = {.fd = -1};
    struct found_rows rows;
    struct strbuf text;
    strbuf_init(&text, LIMIT_MADE_LOG_BYTES);
    found_rows_init(&rows);
    for (size_t i = 0; i < proposing->tuning.found.count; i++) {
        const struct found_row *row = &proposing->tuning.found.rows[i];
        for (size_t k = 0; proposing->marks[i] && k < row->evidence_count; k++) {
            strbuf_append(&text, row->evidence[k].raw.data ? row->evidence[k].raw : STR_EMPTY);
            strbuf_append_char(&text, '\n');
        }
    }
    tocsin_status status = text.is_failed ? error_memory(err) : memory_log_open(strbuf_str(&text), &log, err);
    if (status == TOCSIN_OK) {
        const char *inputs[] = {log.path};
        status = pack_run(&context, NULL, 0, inputs, 1, &rows, err);
        *ret_count = rows.count;
    }
    memory_log_close(&log);
    found_rows_release(&rows);
    strbuf_release(&text);
    return status;
}

static tocsin_status to_public(tocsin_status status, const struct error *from, struct tocsin_error *err)
{
    if (status == TOCSIN_OK) {
        return status;
    }
    *err = (struct tocsin_error){.status = status, .line = from->line, .column = from->column};
    snprintf(err->message, sizeof(err->message), "%s", from->message);
    snprintf(err->hint, sizeof(err->hint), "%s", from->hint);
    snprintf(err->source, sizeof(err->source), "%s", from->source);
    return status;
}

/* Runs the list as it is printed: what it sets aside, and that every attack that was found is found. */
static tocsin_status prove(struct proposing *proposing, bool *ret_hides, struct tocsin_error *err)
{
    struct memory_log list = {.fd = -1};
    struct error error = {0};
    size_t before = 0;
    size_t after = 0;
    size_t attacks = 0;
    tocsin_status status =
        proposing->yaml.is_failed ? error_memory(&error) : memory_log_open(strbuf_str(&proposing->yaml), &list, &error);
    status = status == TOCSIN_OK ? replay(proposing, NULL, &before, &error) : status;
    status = status == TOCSIN_OK ? replay(proposing, list.path, &after, &error) : status;
    status = to_public(status, &error, err);
    status = status == TOCSIN_OK ? count_attacks(proposing, list.path, false, &attacks, err) : status;
    memory_log_close(&list);
    if (status != TOCSIN_OK) {
        return status;
    }
    *ret_hides = attacks < proposing->labelled;
    strbuf_append_format(
        &proposing->out,
        "# proof: the marked findings' own log lines give %zu finding%s without this list and %zu with "
        "it;\n# of %zu checks of attacks and labelled attacks that are found without it, %zu are found "
        "with it\n",
        before, before == 1 ? "" : "s", after, proposing->labelled, attacks);
    return TOCSIN_OK;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static tocsin_status read_input(struct proposing *proposing, struct error *err)
{
    const struct tune_options *options = proposing->options;
    struct tuning *tuning = &proposing->tuning;
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < options->finding_file_count; i++) {
        status = tuning_read(tuning, options->finding_files[i], err);
    }
    proposing->marks = memory_allocate_zeroed(tuning->found.count + 1, sizeof(bool));
    if (status == TOCSIN_OK && !proposing->marks) {
        return error_memory(err);
    }
    if (status == TOCSIN_OK && options->benign) {
        status = read_marks(options->benign, proposing->marks, tuning->found.count, err);
    }
    for (size_t i = 0; status == TOCSIN_OK && i < tuning->found.count; i++) {
        proposing->marks[i] |= options->is_all_benign;
        proposing->marked += proposing->marks[i];
    }
    return status == TOCSIN_OK ? tuning_group(tuning, proposing->marks, err) : status;
}

static tocsin_status propose_all(struct proposing *proposing, bool *ret_is_complete, struct tocsin_error *err)
{
    struct strbuf *out = &proposing->out;
    bool hides = false;
    tocsin_status status = tocsin_pack_open(proposing->engine, proposing->options->pack, &proposing->pack, err);
    status = status == TOCSIN_OK ? count_attacks(proposing, NULL, true, &proposing->labelled, err) : status;
    if (status == TOCSIN_OK && proposing->tuning.status != TOCSIN_OK) {
        *err = (struct tocsin_error){.status = TOCSIN_ERROR_MEMORY, .message = "out of memory"};
        return TOCSIN_ERROR_MEMORY;
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    choose_end(proposing);
    strbuf_append_format(out, "# %zu of %zu findings are marked as harmless\nexceptions:\n", proposing->marked,
                         proposing->tuning.found.count);
    strbuf_append(&proposing->yaml, STR("exceptions:\n"));
    for (size_t i = 0; i < proposing->tuning.group_count; i++) {
        propose(proposing, &proposing->tuning.groups[i]);
    }
    strbuf_append(out, proposing->proposed > 0 ? STR_EMPTY : STR("  []\n"));
    status = proposing->proposed > 0 ? prove(proposing, &hides, err) : TOCSIN_OK;
    if (hides) {
        strbuf_append(out, STR("# DO NOT USE: attacks that were found are not found with this list\n"));
    }
    *ret_is_complete = proposing->refused == 0 && !hides;
    return status;
}

static tocsin_status write_out(const struct proposing *proposing, struct tocsin_error *err)
{
    str text = strbuf_str(&proposing->out);
    if (proposing->out.is_failed) {
        *err = (struct tocsin_error){.status = TOCSIN_ERROR_MEMORY, .message = "out of memory"};
        return TOCSIN_ERROR_MEMORY;
    }
    int failure = proposing->options->write(proposing->options->write_context, text.data, text.len);
    if (failure == 0) {
        return TOCSIN_OK;
    }
    *err = (struct tocsin_error){.status = failure == EPIPE ? TOCSIN_ERROR_CLOSED : TOCSIN_ERROR_OUTPUT};
    snprintf(err->message, sizeof(err->message), "cannot write: %s", strerror(failure));
    return err->status;
}

tocsin_status verify_tune(tocsin_engine *engine, const struct tune_options *options, bool *ret_is_complete,
                          struct tocsin_error *err)
{
    struct proposing proposing = {.options = options, .engine = engine};
    struct error error = {0};
    bool is_complete = true;
    tuning_init(&proposing.tuning);
    strbuf_init(&proposing.out, LIMIT_MADE_LOG_BYTES);
    strbuf_init(&proposing.yaml, LIMIT_MADE_LOG_BYTES);
    tocsin_status status = to_public(read_input(&proposing, &error), &error, err);
    if (status == TOCSIN_OK && proposing.marked == 0) {
        list_findings(&proposing.out, &proposing.tuning);
    } else if (status == TOCSIN_OK) {
        status = propose_all(&proposing, &is_complete, err);
    }
    status = status == TOCSIN_OK ? write_out(&proposing, err) : status;
    memory_free(proposing.marks);
    strbuf_release(&proposing.yaml);
    strbuf_release(&proposing.out);
    tuning_release(&proposing.tuning);
    tocsin_pack_free(proposing.pack);
    if (status == TOCSIN_OK) {
        *ret_is_complete = is_complete;
    }
    return status;
}
