#include "verify/labelled_rows.h"

#include <stdlib.h>

#include "base/json_reader.h"
#include "base/limits.h"
#include "verify/event_maker.h"

static const char *const label_names[LABEL_COUNT] = {"attack", "benign", "gray"};
static const char *const telemetry_names[ROW_TELEMETRY_COUNT] = {"execve", "shell", "k8s-audit"};

const char *row_label_name(enum row_label label)
{
    return label_names[label];
}

const char *row_telemetry_name(enum row_telemetry telemetry)
{
    return telemetry_names[telemetry];
}

bool labelled_row_is_found(const struct labelled_row *row)
{
    return row->label == LABEL_ATTACK ? row->runs > 0 && row->runs_hit == row->runs : row->runs_hit > 0;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

enum column { COLUMN_LABEL, COLUMN_VARIANT, COLUMN_TELEMETRY, COLUMN_TEXT, COLUMN_COUNT };

static tocsin_status table_error(struct error *err, const char *source, uint32_t line, const char *what, str text)
{
    error_set(err, TOCSIN_ERROR_CONFIG, "%s: '%.*s'", what, STR_ARG(str_slice(text, 0, 80)));
    error_hint(err, "columns, parted by tabs: label, technique_variant, telemetry, text; labels: attack, benign, gray; "
                    "telemetry: execve, shell, k8s-audit");
    if (err) {
        str name = str_from_cstring(source);
        size_t bytes = name.len < sizeof(err->source) - 1 ? name.len : sizeof(err->source) - 1;
        memcpy(err->source, name.data, bytes);
        err->source[bytes] = '\0';
        err->line = line;
        err->column = 1;
    }
    return TOCSIN_ERROR_CONFIG;
}

static bool split_columns(str line, str columns[COLUMN_COUNT])
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        size_t end = i + 1 < COLUMN_COUNT ? str_find_char(line, '\t', 0) : line.len;
        if (end == SIZE_MAX) {
            return false;
        }
        columns[i] = str_slice(line, 0, end);
        line = str_skip(line, end + 1);
    }
    return columns[COLUMN_TEXT].len > 0;
}

static int find_name(const char *const *names, int count, str name)
{
    for (int i = 0; i < count; i++) {
        if (str_eq(name, str_from_cstring(names[i]))) {
            return i;
        }
    }
    return -1;
}

static tocsin_status add_row(struct labelled_rows *rows, const struct labelled_row *row, struct arena *arena,
                             struct error *err)
{
    if (rows->count == LIMIT_LABELLED_ROWS) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "more than %d labelled rows", LIMIT_LABELLED_ROWS);
    }
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity > 0 ? rows->capacity * 2 : 256;
        struct labelled_row *wider = arena_array(arena, struct labelled_row, capacity);
        if (!wider) {
            return error_memory(err);
        }
        for (size_t i = 0; i < rows->count; i++) {
            wider[i] = rows->rows[i];
        }
        rows->rows = wider;
        rows->capacity = capacity;
    }
    rows->rows[rows->count++] = *row;
    return TOCSIN_OK;
}

tocsin_status labelled_rows_read(struct labelled_rows *rows, str text, const char *source_name, struct arena *arena,
                                 struct error *err)
{
    uint32_t number = 0;
    while (text.len > 0) {
        str columns[COLUMN_COUNT];
        size_t end = str_find_char(text, '\n', 0);
        str line = str_slice(text, 0, end == SIZE_MAX ? text.len : end);
        text = str_skip(text, end == SIZE_MAX ? text.len : end + 1);
        line = str_ends_with(line, STR("\r")) ? str_slice(line, 0, line.len - 1) : line;
        number++;
        if (line.len == 0 || (number == 1 && str_starts_with(line, STR("label\t")))) {
            continue;
        }
        if (!split_columns(line, columns)) {
            return table_error(err, source_name, number, "this line has no four columns", line);
        }
        int label = find_name(label_names, LABEL_COUNT, columns[COLUMN_LABEL]);
        int telemetry = find_name(telemetry_names, ROW_TELEMETRY_COUNT, columns[COLUMN_TELEMETRY]);
        if (label < 0 || telemetry < 0) {
            return table_error(err, source_name, number, label < 0 ? "this is no label" : "this is no telemetry",
                               columns[label < 0 ? COLUMN_LABEL : COLUMN_TELEMETRY]);
        }
        str request = str_trim(columns[COLUMN_TEXT]);
        if (telemetry == ROW_KUBERNETES && (!str_starts_with(request, STR("{")) || !json_validate(request, NULL))) {
            return table_error(err, source_name, number, "the text of k8s-audit is a JSON object; this is none",
                               columns[COLUMN_TEXT]);
        }
        struct labelled_row row = {
            .label = (enum row_label)label,
            .telemetry = (enum row_telemetry)telemetry,
            .variant = columns[COLUMN_VARIANT],
            .text = columns[COLUMN_TEXT],
            .line = number,
            .file = source_name,
            .level = -1,
        };
        tocsin_status status = add_row(rows, &row, arena, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

/* In which way a command is logged. */
enum made_form { MADE_AUDIT, MADE_JSON, MADE_COUNT };
static const char *const made_names[MADE_COUNT] = {"audit records", "JSON"};

struct made_row {
    size_t row;
    uint64_t first_line;
    uint64_t end_line;
    bool is_found;
};

struct measuring {
    struct labelled_rows *rows;
    const struct pack_context *context;
    const char *const *rules;
    size_t rule_count;
    struct arena *arena;
    struct arena scratch;
    struct found_rows found;
};

static tocsin_status run_text(struct measuring *measuring, str text, struct error *err)
{
    struct memory_log log = {.fd = -1};
    tocsin_status status = memory_log_open(text, &log, err);
    if (status == TOCSIN_OK) {
        const char *inputs[] = {log.path};
        status =
            pack_run(measuring->context, measuring->rules, measuring->rule_count, inputs, 1, &measuring->found, err);
    }
    memory_log_close(&log);
    return status;
}

static bool list_has(str list, str word)
{
    while (list.len > 0) {
        size_t comma = str_find_char(list, ',', 0);
        if (str_eq(str_slice(list, 0, comma == SIZE_MAX ? list.len : comma), word)) {
            return true;
        }
        list = str_skip(list, comma == SIZE_MAX ? list.len : comma + 1);
    }
    return false;
}

static tocsin_status add_rule(struct measuring *measuring, struct labelled_row *row, str rule, struct error *err)
{
    struct strbuf text;
    if (list_has(row->rules, rule)) {
        return TOCSIN_OK;
    }
    strbuf_init(&text, LIMIT_OUTPUT_PART_BYTES);
    strbuf_append(&text, row->rules);
    strbuf_append(&text, row->rules.len > 0 ? STR(",") : STR_EMPTY);
    strbuf_append(&text, rule);
    str rules = arena_copy(measuring->arena, strbuf_str(&text));
    strbuf_release(&text);
    if (!rules.data) {
        return error_memory(err);
    }
    row->rules = rules;
    return TOCSIN_OK;
}

/* Notes that the row was found, and by which rules. */
static tocsin_status note_hit(struct measuring *measuring, struct labelled_row *row, const struct found_row *hit,
                              struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    const struct pack_context *context = measuring->context;
    if (context->see_attack && row->label == LABEL_ATTACK) {
        context->see_attack(context->state, row->file, row->line, row->text, hit);
    }
    row->risk = row->level < hit->level || hit->risk > row->risk ? hit->risk : row->risk;
    row->level = hit->level > row->level ? hit->level : row->level;
    for (size_t i = 0; status == TOCSIN_OK && i < hit->act_count; i++) {
        status = add_rule(measuring, row, hit->acts[i].rule, err);
    }
    return status;
}

static void note_run(struct labelled_row *row, bool is_found, const char *form)
{
    row->runs++;
    row->runs_hit += is_found;
    if (!is_found && !row->missed_form) {
        row->missed_form = form;
    }
}

static tocsin_status make_row(struct measuring *measuring, struct event_log *log, size_t index, enum made_form form,
                              struct error *err)
{
    const struct labelled_row *row = &measuring->rows->rows[index];
    const struct event_actor actor = {.number = index + 1, .time_ms = 1795400000000 + (int64_t)index * 1000};
    if (form == MADE_JSON) {
        return event_make_json_command(log, &actor, row->text, err);
    }
    return row->telemetry == ROW_SHELL ? event_make_shell(log, &actor, row->text, err)
                                       : event_make_exec(log, &actor, row->text, &measuring->scratch, err);
}

static size_t find_made(const struct made_row *made, size_t count, uint64_t line)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (made[middle].end_line <= line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* A row of a rule that stands on lines of several of ours counts for each. */
static tocsin_status share_hits(struct measuring *measuring, struct made_row *made, size_t count, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < measuring->found.count; i++) {
        const struct found_row *hit = &measuring->found.rows[i];
        for (size_t k = 0; status == TOCSIN_OK && k < hit->evidence_count; k++) {
            size_t at = find_made(made, count, hit->evidence[k].line);
            if (at < count) {
                made[at].is_found = true;
                status = note_hit(measuring, &measuring->rows->rows[made[at].row], hit, err);
            }
        }
    }
    return status;
}

/* All commands, of which each has a host, a user and a session of its own, in one run. */
static tocsin_status run_commands(struct measuring *measuring, enum made_form form, struct error *err)
{
    struct event_log log;
    size_t count = 0;
    struct made_row *made = arena_array(measuring->arena, struct made_row, measuring->rows->count + 1);
    tocsin_status status = made ? TOCSIN_OK : error_memory(err);
    event_log_init(&log);
    for (size_t i = 0; status == TOCSIN_OK && i < measuring->rows->count; i++) {
        if (measuring->rows->rows[i].telemetry == ROW_KUBERNETES) {
            continue;
        }
        made[count] = (struct made_row){.row = i, .first_line = log.line_count + 1};
        status = make_row(measuring, &log, i, form, err);
        made[count++].end_line = log.line_count + 1;
        arena_clear(&measuring->scratch);
    }
    status = status == TOCSIN_OK && count > 0 ? run_text(measuring, strbuf_str(&log.text), err) : status;
    status = status == TOCSIN_OK && count > 0 ? share_hits(measuring, made, count, err) : status;
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        note_run(&measuring->rows->rows[made[i].row], made[i].is_found, made_names[form]);
    }
    event_log_release(&log);
    return status;
}

/* ---- requests ---- */

enum { BATCH_REQUESTS = 64, BATCH_WINDOW = 2000 };

/* A request has its own user and address in it. Requests that share neither can't be one story, and are run together.
 */
struct request {
    size_t row;
    str user;
    str source;
    bool is_done;
    bool is_found;
    bool is_unclear; /* what was found is not of this line alone, or is not as it should be: run by itself */
};

static tocsin_status run_request(struct measuring *measuring, struct labelled_row *row, struct error *err)
{
    tocsin_status status = run_text(measuring, row->text, err);
    for (size_t i = 0; status == TOCSIN_OK && i < measuring->found.count; i++) {
        status = note_hit(measuring, row, &measuring->found.rows[i], err);
    }
    note_run(row, measuring->found.count > 0, "a Kubernetes audit event");
    return status;
}

/* Data NULL: there is no such value. */
static str text_at(str json, const char *path_text, struct arena *scratch)
{
    struct json_path path;
    struct json_value value;
    if (json_path_parse(str_from_cstring(path_text), scratch, &path, NULL) != TOCSIN_OK ||
        !json_find_path(json, &path, &value) || value.kind != JSON_STRING) {
        return (str){0};
    }
    return value.text;
}

static bool may_be_one_story(const struct request *a, const struct request *b)
{
    return !a->user.data || !b->user.data || str_eq(a->user, b->user) ||
           (a->source.data && b->source.data && str_eq(a->source, b->source));
}

/* Takes requests from `first` on that belong to nobody else's story; gives their number. */
static size_t choose_batch(struct request *requests, size_t count, size_t first, struct request *batch[BATCH_REQUESTS])
{
    size_t chosen = 0;
    size_t end = first + BATCH_WINDOW < count ? first + BATCH_WINDOW : count;
    for (size_t i = first; i < end && chosen < BATCH_REQUESTS; i++) {
        bool is_free = !requests[i].is_done;
        for (size_t k = 0; is_free && k < chosen; k++) {
            is_free = !may_be_one_story(&requests[i], batch[k]);
        }
        if (is_free) {
            batch[chosen++] = &requests[i];
        }
    }
    return chosen;
}

/* The request that all of the finding stands on, or NULL. */
static struct request *owner_of(const struct found_row *hit, struct request *const *batch, size_t count)
{
    uint64_t line = hit->evidence_count > 0 ? hit->evidence[0].line : 0;
    bool is_one = line > 0 && line <= count && !hit->has_more_evidence;
    for (size_t i = 0; is_one && i < hit->evidence_count; i++) {
        is_one = hit->evidence[i].line == line;
    }
    return is_one ? batch[line - 1] : NULL;
}

/* Who was found, and who has to be run once more. */
static void judge_batch(struct measuring *measuring, struct request *const *batch, size_t count)
{
    for (size_t i = 0; i < measuring->found.count; i++) {
        const struct found_row *hit = &measuring->found.rows[i];
        struct request *owner = owner_of(hit, batch, count);
        if (owner) {
            owner->is_found = true;
            continue;
        }
        for (size_t k = 0; k < count; k++) {
            bool is_touched = hit->evidence_count == 0 || hit->has_more_evidence;
            for (size_t at = 0; at < hit->evidence_count; at++) {
                is_touched |= hit->evidence[at].line == k + 1;
            }
            batch[k]->is_unclear |= is_touched;
        }
    }
    for (size_t k = 0; k < count; k++) {
        enum row_label label = measuring->rows->rows[batch[k]->row].label;
        batch[k]->is_unclear |= batch[k]->is_found ? label == LABEL_BENIGN : label == LABEL_ATTACK;
    }
}

static tocsin_status run_request_batch(struct measuring *measuring, struct request *const *batch, size_t count,
                                       struct error *err)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_MADE_LOG_BYTES);
    for (size_t i = 0; i < count; i++) {
        strbuf_append(&text, measuring->rows->rows[batch[i]->row].text);
        strbuf_append_char(&text, '\n');
        batch[i]->is_done = true;
    }
    tocsin_status status = text.is_failed ? error_memory(err) : run_text(measuring, strbuf_str(&text), err);
    strbuf_release(&text);
    if (status == TOCSIN_OK) {
        judge_batch(measuring, batch, count);
    }
    for (size_t i = 0; status == TOCSIN_OK && i < measuring->found.count; i++) {
        struct request *owner = owner_of(&measuring->found.rows[i], batch, count);
        if (owner && !owner->is_unclear) {
            status = note_hit(measuring, &measuring->rows->rows[owner->row], &measuring->found.rows[i], err);
        }
    }
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        struct labelled_row *row = &measuring->rows->rows[batch[i]->row];
        if (batch[i]->is_unclear) {
            status = run_request(measuring, row, err);
        } else {
            note_run(row, batch[i]->is_found, "a Kubernetes audit event");
        }
    }
    return status;
}

static tocsin_status run_requests(struct measuring *measuring, struct error *err)
{
    struct request *requests = arena_array(measuring->arena, struct request, measuring->rows->count + 1);
    struct request *batch[BATCH_REQUESTS];
    size_t count = 0;
    if (!requests) {
        return error_memory(err);
    }
    for (size_t i = 0; i < measuring->rows->count; i++) {
        const struct labelled_row *row = &measuring->rows->rows[i];
        if (row->telemetry == ROW_KUBERNETES) {
            requests[count++] = (struct request){
                .row = i,
                .user = text_at(row->text, "$.user.username", &measuring->scratch),
                .source = text_at(row->text, "$.sourceIPs[0]", &measuring->scratch),
            };
        }
    }
    tocsin_status status = TOCSIN_OK;
    for (size_t first = 0; status == TOCSIN_OK && first < count;) {
        size_t chosen = choose_batch(requests, count, first, batch);
        status = run_request_batch(measuring, batch, chosen, err);
        while (first < count && requests[first].is_done) {
            first++;
        }
    }
    return status;
}

tocsin_status labelled_rows_run(struct labelled_rows *rows, const struct pack_context *context,
                                const char *const *rules, size_t rule_count, struct arena *arena, struct error *err)
{
    struct measuring measuring = {
        .rows = rows, .context = context, .rules = rules, .rule_count = rule_count, .arena = arena};
    arena_init(&measuring.scratch, ARENA_NO_LIMIT);
    found_rows_init(&measuring.found);
    tocsin_status status = TOCSIN_OK;
    for (int form = 0; status == TOCSIN_OK && form < MADE_COUNT; form++) {
        status = run_commands(&measuring, (enum made_form)form, err);
    }
    status = status == TOCSIN_OK ? run_requests(&measuring, err) : status;
    found_rows_release(&measuring.found);
    arena_release(&measuring.scratch);
    return status;
}

/* ---- counts ------------------------------------------------------------------------------------------------------ */

struct label_count labelled_rows_count(const struct labelled_rows *rows, enum row_label label)
{
    struct label_count count = {0};
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->rows[i].label == label) {
            count.count++;
            count.found += labelled_row_is_found(&rows->rows[i]);
        }
    }
    return count;
}

static int compare_variants(const void *a, const void *b)
{
    const struct variant_count *left = a;
    const struct variant_count *right = b;
    if (left->label != right->label) {
        return (int)left->label - (int)right->label;
    }
    size_t left_share = left->count.found * right->count.count;
    size_t right_share = right->count.found * left->count.count;
    if (left_share != right_share) {
        bool is_first = left->label == LABEL_ATTACK ? left_share < right_share : left_share > right_share;
        return is_first ? -1 : 1;
    }
    return str_compare(left->variant, right->variant);
}

tocsin_status labelled_rows_variants(const struct labelled_rows *rows, struct arena *arena,
                                     struct variant_count **ret_variants, size_t *ret_count, struct error *err)
{
    struct variant_count *variants = arena_array(arena, struct variant_count, rows->count + 1);
    size_t count = 0;
    if (!variants) {
        return error_memory(err);
    }
    for (size_t i = 0; i < rows->count; i++) {
        const struct labelled_row *row = &rows->rows[i];
        size_t at = 0;
        while (at < count && (variants[at].label != row->label || !str_eq(variants[at].variant, row->variant))) {
            at++;
        }
        if (at == count) {
            variants[count++] = (struct variant_count){.variant = row->variant, .label = row->label};
        }
        variants[at].count.count++;
        variants[at].count.found += labelled_row_is_found(row);
    }
    if (count > 1) {
        qsort(variants, count, sizeof(*variants), compare_variants);
    }
    *ret_variants = variants;
    *ret_count = count;
    return TOCSIN_OK;
}
