#include "finding/exceptions.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/yaml_document.h"
#include "lookup/reference_data.h"
#include "lookup/table_file.h"
#include "match/like.h"

/* ---- the file ---- */

/* X(member, row text). `source` is a list of blocks, or of what is written where there is no address. */
#define SCOPE_LIST(X)                                                                                                  \
    X(identity, ROW_IDENTITY)                                                                                          \
    X(namespace, ROW_NAMESPACE)                                                                                        \
    X(host, ROW_HOST)                                                                                                  \
    X(process, ROW_PROCESS)                                                                                            \
    X(client, ROW_CLIENT)                                                                                              \
    X(source, ROW_SOURCE)                                                                                              \
    X(target, ROW_TARGET)                                                                                              \
    X(detail, ROW_DETAIL)                                                                                              \
    X(outcome, ROW_OUTCOME)

struct scope_entry {
#define SCOPE_MEMBER(member, text)                                                                                     \
    char **member;                                                                                                     \
    unsigned member##_count;
    SCOPE_LIST(SCOPE_MEMBER)
};

struct hours_entry {
    char *from, *to;
    char **days;
    unsigned day_count;
};

struct exception_entry {
    char *id;
    char **knob;
    unsigned knob_count;
    char **rules;
    unsigned rule_count;
    char **acts;
    unsigned act_count;
    struct scope_entry *scope;
    struct hours_entry *hours;
    char *reason, *owner, *expires;
};

struct file_root {
    struct exception_entry *exceptions;
    unsigned exception_count;
};

#define OPTIONAL_POINTER (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

static const cyaml_schema_field_t scope_fields[] = {
#define SCOPE_FIELD(member, text) TABLE_FILE_TEXTS(#member, struct scope_entry, member, member##_count),
    SCOPE_LIST(SCOPE_FIELD) CYAML_FIELD_END,
};
static const cyaml_schema_field_t hours_fields[] = {
    CYAML_FIELD_STRING_PTR("from", CYAML_FLAG_POINTER, struct hours_entry, from, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("to", CYAML_FLAG_POINTER, struct hours_entry, to, 1, CYAML_UNLIMITED),
    TABLE_FILE_TEXTS("days", struct hours_entry, days, day_count),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t exception_fields[] = {
    CYAML_FIELD_STRING_PTR("id", CYAML_FLAG_POINTER, struct exception_entry, id, 1, 120),
    TABLE_FILE_TEXTS("knob", struct exception_entry, knob, knob_count),
    TABLE_FILE_TEXTS("rules", struct exception_entry, rules, rule_count),
    TABLE_FILE_TEXTS("acts", struct exception_entry, acts, act_count),
    CYAML_FIELD_MAPPING_PTR("scope", CYAML_FLAG_POINTER, struct exception_entry, scope, scope_fields),
    CYAML_FIELD_MAPPING_PTR("hours", OPTIONAL_POINTER, struct exception_entry, hours, hours_fields),
    CYAML_FIELD_STRING_PTR("reason", CYAML_FLAG_POINTER, struct exception_entry, reason, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("owner", CYAML_FLAG_POINTER, struct exception_entry, owner, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("expires", OPTIONAL_POINTER, struct exception_entry, expires, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t exception_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct exception_entry, exception_fields)};
static const cyaml_schema_field_t root_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("exceptions", OPTIONAL_POINTER, struct file_root, exceptions, exception_count,
                               &exception_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_root, root_fields)};

/* ---- what is kept ---- */

/* One text of a list: a pattern, a block of addresses or a reference set. */
struct term {
    const struct like_pattern *pattern;
    const struct reference *set;
    bool is_block;
    struct cidr block;
};

struct term_list {
    struct term *items;
    size_t count; /* 0: the key is not there */
};

struct exception {
    struct exception_info info;
    struct term_list rules, acts;
    struct term_list scope[ROW_TEXT_COUNT];
    bool has_hours;
    int from_minute, to_minute; /* of the day; from > to: over midnight */
    uint32_t days;              /* a bit a weekday, of the day on which the hours begin */
    bool has_end;
    int64_t end_ms; /* the first moment at which it does not hold */
};

struct exceptions {
    struct arena arena;
    const struct time_zone *zone;
    const struct reference_data *references;
    struct exception *items;
    size_t count;
    struct error *remarks; /* EXCEPTION_REMARKS_MAX, once there is one */
    size_t remark_count;
};

tocsin_status exceptions_create(const struct time_zone *zone, const struct reference_data *references,
                                struct exceptions **ret_exceptions, struct error *err)
{
    struct exceptions *exceptions = memory_allocate_zeroed(1, sizeof(*exceptions));
    if (!exceptions) {
        return error_memory(err);
    }
    arena_init(&exceptions->arena, ARENA_NO_LIMIT);
    exceptions->zone = zone;
    exceptions->references = references;
    *ret_exceptions = exceptions;
    return TOCSIN_OK;
}

void exceptions_free(struct exceptions *exceptions)
{
    if (exceptions) {
        arena_release(&exceptions->arena);
        memory_free(exceptions);
    }
}

size_t exceptions_count(const struct exceptions *exceptions)
{
    return exceptions->count;
}

void exceptions_get(const struct exceptions *exceptions, size_t index, struct exception_info *ret_info)
{
    *ret_info = exceptions->items[index].info;
}

size_t exceptions_remark_count(const struct exceptions *exceptions)
{
    return exceptions->remark_count;
}

const struct error *exceptions_remark(const struct exceptions *exceptions, size_t index)
{
    return &exceptions->remarks[index];
}

/* ---- loading ---- */

struct load {
    struct exceptions *exceptions;
    struct table_file *file;
    const struct exceptions_options *options;
    unsigned index;
    struct exception *exception;
    const struct exception_entry *entry;
};

static tocsin_status place(const struct load *load, struct error *err, const char *key)
{
    yaml_document_position(&load->file->document, err, "exceptions[%u]%s%s", load->index, key[0] ? "." : "", key);
    return TOCSIN_ERROR_CONFIG;
}

/* Letters that a pattern demands. */
static size_t pattern_letters(str text)
{
    size_t letters = 0;
    for (size_t i = 0; i < text.len; i++) {
        letters += text.data[i] != '*' && text.data[i] != '?';
    }
    return letters;
}

enum { PATTERN_LETTERS_MIN = 3, BLOCK_PREFIX_MIN = 96 + 8, BLOCK_PREFIX_MIN_V6 = 16 };

/* False: the text fits so much that it tells nothing. */
static bool term_is_narrow(const struct term *term, str text)
{
    if (term->is_block) {
        return term->block.prefix >= (term->block.is_v4 ? BLOCK_PREFIX_MIN : BLOCK_PREFIX_MIN_V6);
    }
    size_t letters = pattern_letters(text);
    return term->set || letters == text.len || letters >= PATTERN_LETTERS_MIN;
}

static const str set_prefix = STR("reference_set:");

static tocsin_status take_set(const struct load *load, str name, struct term *term, struct error *err)
{
    const struct reference_data *references = load->exceptions->references;
    term->set = references ? reference_find(references, REFERENCE_SET, name) : NULL;
    if (term->set || load->options->allows_missing_sets) {
        return TOCSIN_OK;
    }
    tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG, "there is no reference set '%.*s'", STR_ARG(name));
    str nearest = references ? reference_suggest(references, REFERENCE_SET, name) : STR_EMPTY;
    if (nearest.len > 0) {
        error_hint(err, "did you mean '%.*s'?", STR_ARG(nearest));
    } else {
        error_hint(err, "put it into reference/ of the folder that --config names");
    }
    return status;
}

static tocsin_status take_term(const struct load *load, enum row_text text_id, str text, struct term *term,
                               struct error *err)
{
    if (str_starts_with(text, set_prefix)) {
        return take_set(load, str_trim(str_skip(text, set_prefix.len)), term, err);
    }
    term->is_block = text_id == ROW_SOURCE && cidr_parse(text, &term->block);
    if (text_id == ROW_SOURCE && !term->is_block && str_contains(text, STR("/"))) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "'%.*s' is no block of addresses", STR_ARG(text));
    }
    if (!term->is_block) {
        str copy = arena_copy(&load->exceptions->arena, text);
        term->pattern =
            copy.data ? like_compile_wildcards(&load->exceptions->arena, copy, '*', '?', text_id == ROW_SOURCE) : NULL;
        return term->pattern ? TOCSIN_OK : error_memory(err);
    }
    return TOCSIN_OK;
}

/* An act without wildcards is one that a rule names, as 'read secrets'. */
static bool is_act_known(const struct load *load, str text)
{
    char quoted[256];
    int length = snprintf(quoted, sizeof(quoted), "'%.*s'", STR_ARG(text));
    bool is_known = length >= (int)sizeof(quoted) || pattern_letters(text) != text.len;
    for (size_t i = 0; !is_known && i < load->options->rule_count; i++) {
        is_known = str_contains(load->options->rule_texts[i], str_from_cstring(quoted));
    }
    return is_known;
}

static bool is_rule_known(const struct load *load, const struct term *term)
{
    bool is_known = !term->pattern;
    for (size_t i = 0; !is_known && i < load->options->rule_count; i++) {
        is_known = like_matches(term->pattern, load->options->rule_ids[i]);
    }
    return is_known;
}

/* Tells of a rule or an act that the pack does not have: most likely it is misspelt, and the entry does nothing. */
static tocsin_status remark_unknown(const struct load *load, enum row_text text_id, const struct term *term, str text,
                                    const char *key, unsigned index, struct error *err)
{
    struct exceptions *exceptions = load->exceptions;
    bool is_rule = text_id == ROW_TEXT_COUNT;
    bool is_known = is_rule              ? is_rule_known(load, term)
                    : text_id != ROW_ACT ? true
                                         : !term->pattern || is_act_known(load, text);
    if (load->options->rule_count == 0 || is_known || exceptions->remark_count == EXCEPTION_REMARKS_MAX) {
        return TOCSIN_OK;
    }
    if (!exceptions->remarks) {
        exceptions->remarks = arena_array(&exceptions->arena, struct error, EXCEPTION_REMARKS_MAX);
        if (!exceptions->remarks) {
            return error_memory(err);
        }
    }
    struct error *remark = &exceptions->remarks[exceptions->remark_count++];
    *remark = (struct error){0};
    (void)error_set(remark, TOCSIN_ERROR_CONFIG,
                    is_rule ? "warning: the pack has no rule '%.*s'"
                            : "warning: no rule of the pack names the act '%.*s'",
                    STR_ARG(text));
    yaml_document_position(&load->file->document, remark, "exceptions[%u].%s[%u]", load->index, key, index);
    return TOCSIN_OK;
}

/* *ret_is_narrow: no text of the list is wide. */
static tocsin_status take_terms(const struct load *load, const char *key, enum row_text text_id, char *const *texts,
                                unsigned count, struct term_list *ret_list, bool *ret_is_narrow, struct error *err)
{
    struct term_list list = {arena_array(&load->exceptions->arena, struct term, count), count};
    bool is_narrow = count > 0;
    if (!list.items) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < count; i++) {
        str text = str_trim(str_from_cstring(texts[i]));
        tocsin_status status = text.len > 0 ? take_term(load, text_id, text, &list.items[i], err)
                                            : error_set(err, TOCSIN_ERROR_CONFIG, "an empty text fits nothing");
        status = status == TOCSIN_OK ? remark_unknown(load, text_id, &list.items[i], text, key, i, err) : status;
        if (status != TOCSIN_OK) {
            if (status == TOCSIN_ERROR_CONFIG) {
                yaml_document_position(&load->file->document, err, "exceptions[%u].%s[%u]", load->index, key, i);
            }
            return status;
        }
        is_narrow &= str_starts_with(text, set_prefix) || term_is_narrow(&list.items[i], text);
    }
    *ret_list = list;
    *ret_is_narrow = is_narrow;
    return TOCSIN_OK;
}

static tocsin_status take_rules_and_acts(const struct load *load, struct error *err)
{
    const struct exception_entry *entry = load->entry;
    bool names_rules = false;
    bool names_acts = false;
    tocsin_status status = take_terms(load, "rules", ROW_TEXT_COUNT, entry->rules, entry->rule_count,
                                      &load->exception->rules, &names_rules, err);
    status = status == TOCSIN_OK ? take_terms(load, "acts", ROW_ACT, entry->acts, entry->act_count,
                                              &load->exception->acts, &names_acts, err)
                                 : status;
    if (status == TOCSIN_OK && !names_rules && !names_acts) {
        (void)error_set(err, TOCSIN_ERROR_CONFIG, "the exception '%s' is too wide: it names neither rules nor acts",
                        entry->id);
        error_hint(err, "say what is harmless: acts: [read secrets], or rules: [docker_socket]");
        status = place(load, err, entry->rule_count > 0 ? "rules" : entry->act_count > 0 ? "acts" : "");
    }
    return status;
}

static tocsin_status take_scope(const struct load *load, struct error *err)
{
    const struct scope_entry *scope = load->entry->scope;
    bool is_narrow = false;
    tocsin_status status = TOCSIN_OK;
#define SCOPE_TAKE(member, text)                                                                                       \
    if (status == TOCSIN_OK && scope->member##_count > 0) {                                                            \
        bool is_key_narrow = false;                                                                                    \
        status = take_terms(load, "scope." #member, text, scope->member, scope->member##_count,                        \
                            &load->exception->scope[text], &is_key_narrow, err);                                       \
        is_narrow |= is_key_narrow && (text) != ROW_OUTCOME;                                                           \
    }
    SCOPE_LIST(SCOPE_TAKE)
    if (status == TOCSIN_OK && !is_narrow) {
        (void)error_set(err, TOCSIN_ERROR_CONFIG, "the exception '%s' is too wide: its scope fits everybody",
                        load->entry->id);
        error_hint(err, "say who does it: identity: [system:serviceaccount:ci:deployer], with a namespace or a source");
        status = place(load, err, "scope");
    }
    return status;
}

/* "22:00"; 24:00 is the end of the day. */
static bool parse_minute(str text, int *ret_minute)
{
    int64_t hour;
    int64_t minute;
    size_t colon = str_find_char(text, ':', 0);
    if (colon == SIZE_MAX || text.len - colon != 3 || !str_to_i64(str_slice(text, 0, colon), &hour) ||
        !str_to_i64(str_skip(text, colon + 1), &minute) || hour < 0 || minute < 0 || minute > 59 ||
        hour * 60 + minute > 24 * 60) {
        return false;
    }
    *ret_minute = (int)(hour * 60 + minute);
    return true;
}

static bool parse_day(str text, uint32_t *days)
{
    static const str names[] = {STR("sun"), STR("mon"), STR("tue"), STR("wed"), STR("thu"), STR("fri"), STR("sat")};
    for (uint32_t i = 0; i < countof(names); i++) {
        if (str_eq_ignore_case(text, names[i])) {
            *days |= UINT32_C(1) << i;
            return true;
        }
    }
    return false;
}

static tocsin_status take_hours(const struct load *load, struct error *err)
{
    const struct hours_entry *hours = load->entry->hours;
    struct exception *exception = load->exception;
    if (!hours) {
        return TOCSIN_OK;
    }
    exception->has_hours = true;
    exception->days = hours->day_count > 0 ? 0 : 0x7F;
    const char *key = !parse_minute(str_from_cstring(hours->from), &exception->from_minute) ? "hours.from"
                      : !parse_minute(str_from_cstring(hours->to), &exception->to_minute)   ? "hours.to"
                                                                                            : NULL;
    if (key) {
        (void)error_set(err, TOCSIN_ERROR_CONFIG, "this is no time of day");
        error_hint(err, "hours: {from: '22:00', to: '06:00', days: [mon, tue, wed, thu, fri]}");
        return place(load, err, key);
    }
    if (exception->from_minute == exception->to_minute) {
        (void)error_set(err, TOCSIN_ERROR_CONFIG, "these hours are empty");
        error_hint(err, "for the whole day leave `hours` out, or name the days with from: '00:00', to: '24:00'");
        return place(load, err, "hours");
    }
    for (unsigned i = 0; i < hours->day_count; i++) {
        if (!parse_day(str_from_cstring(hours->days[i]), &exception->days)) {
            (void)error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is no day of the week", hours->days[i]);
            error_hint(err, "days are mon, tue, wed, thu, fri, sat, sun");
            yaml_document_position(&load->file->document, err, "exceptions[%u].hours.days[%u]", load->index, i);
            return TOCSIN_ERROR_CONFIG;
        }
    }
    return TOCSIN_OK;
}

/* The knobs tell people what the entry turns on, so they have to be true. */
static tocsin_status check_knobs(const struct load *load, struct error *err)
{
    const struct exception_entry *entry = load->entry;
    const struct scope_entry *scope = entry->scope;
    const struct {
        str knob;
        bool is_used;
        const char *keys;
    } knobs[] = {
        {STR("UserContext"), scope->identity_count + scope->process_count + scope->client_count + scope->host_count > 0,
         "scope.identity, process, client or host"},
        {STR("NamespaceScope"), scope->namespace_count > 0, "scope.namespace"},
        {STR("TimeWindow"), entry->hours != NULL, "hours"},
        {STR("SourceIP"), scope->source_count > 0, "scope.source"},
    };
    for (unsigned i = 0; i < entry->knob_count; i++) {
        size_t known = 0;
        while (known < countof(knobs) && !str_eq(str_from_cstring(entry->knob[i]), knobs[known].knob)) {
            known++;
        }
        if (known < countof(knobs) && knobs[known].is_used) {
            continue;
        }
        if (known == countof(knobs)) {
            (void)error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is no knob", entry->knob[i]);
            error_hint(err, "knobs are UserContext, NamespaceScope, TimeWindow, SourceIP");
        } else {
            (void)error_set(err, TOCSIN_ERROR_CONFIG, "the exception '%s' names the knob %s and does not turn it",
                            entry->id, entry->knob[i]);
            error_hint(err, "it goes with %s", knobs[known].keys);
        }
        yaml_document_position(&load->file->document, err, "exceptions[%u].knob[%u]", load->index, i);
        return TOCSIN_ERROR_CONFIG;
    }
    return TOCSIN_OK;
}

static tocsin_status take_end(const struct load *load, struct error *err)
{
    const char *expires = load->entry->expires;
    if (!expires) {
        return TOCSIN_OK;
    }
    char begin[32];
    int64_t begin_ms;
    (void)snprintf(begin, sizeof(begin), "%sT00:00:00", expires);
    if (strlen(expires) != 10 || !time_parse_iso8601(str_from_cstring(begin), load->exceptions->zone, &begin_ms)) {
        (void)error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is no date", expires);
        error_hint(err, "expires: 2027-06-30, the last day on which it holds");
        return place(load, err, "expires");
    }
    struct civil day;
    civil_from_zone_ms(begin_ms, load->exceptions->zone, &day);
    int64_t end_ms = days_from_civil(day.year, day.month, day.day + 1) * INT64_C(86400000);
    load->exception->has_end = true;
    load->exception->end_ms = end_ms - (int64_t)time_zone_offset(load->exceptions->zone, end_ms, NULL) * 1000;
    return TOCSIN_OK;
}

static str copy_text(struct arena *arena, const char *text)
{
    char *copy = arena_copy_cstring(arena, str_from_cstring(text));
    return copy ? str_from_cstring(copy) : (str){0};
}

static tocsin_status take_info(const struct load *load, struct error *err)
{
    const struct exception_entry *entry = load->entry;
    struct arena *arena = &load->exceptions->arena;
    struct exception_info info = {
        .id = copy_text(arena, entry->id),
        .reason = copy_text(arena, entry->reason),
        .owner = copy_text(arena, entry->owner),
        .expires = copy_text(arena, entry->expires ? entry->expires : ""),
        .source = copy_text(arena, load->file->document.source),
    };
    if (!info.id.data || !info.reason.data || !info.owner.data || !info.expires.data || !info.source.data) {
        return error_memory(err);
    }
    load->exception->info = info;
    return TOCSIN_OK;
}

static tocsin_status check_id(const struct load *load, struct error *err)
{
    for (size_t i = 0; i < load->exceptions->count; i++) {
        if (str_eq_ignore_case(load->exceptions->items[i].info.id, load->exception->info.id)) {
            (void)error_set(err, TOCSIN_ERROR_CONFIG, "there is an exception '%s' already", load->entry->id);
            error_hint(err, "an id stands once in all lists, that of the pack included");
            return place(load, err, "id");
        }
    }
    return TOCSIN_OK;
}

static tocsin_status take_entry(const struct load *load, struct error *err)
{
    tocsin_status status = take_info(load, err);
    status = status == TOCSIN_OK ? check_id(load, err) : status;
    status = status == TOCSIN_OK ? take_rules_and_acts(load, err) : status;
    status = status == TOCSIN_OK ? take_scope(load, err) : status;
    status = status == TOCSIN_OK ? take_hours(load, err) : status;
    status = status == TOCSIN_OK ? check_knobs(load, err) : status;
    return status == TOCSIN_OK ? take_end(load, err) : status;
}

struct load_request {
    struct exceptions *exceptions;
    const struct exceptions_options *options;
};

static tocsin_status take_file(void *state, struct table_file *file, struct error *err)
{
    const struct load_request *request = state;
    struct exceptions *exceptions = request->exceptions;
    const struct file_root *root = file->document.root;
    if (exceptions->count + root->exception_count > LIMIT_EXCEPTIONS) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "there are more than %d exceptions", LIMIT_EXCEPTIONS);
    }
    struct exception *items =
        arena_array(&exceptions->arena, struct exception, exceptions->count + root->exception_count);
    if (!items) {
        return error_memory(err);
    }
    if (exceptions->count > 0) {
        memcpy(items, exceptions->items, exceptions->count * sizeof(*items));
    }
    exceptions->items = items;
    for (unsigned i = 0; i < root->exception_count; i++) {
        struct load load = {exceptions, file, request->options, i, &items[exceptions->count], &root->exceptions[i]};
        tocsin_status status = take_entry(&load, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        exceptions->count++;
    }
    return TOCSIN_OK;
}

tocsin_status exceptions_load_text(struct exceptions *exceptions, str text, const char *source_name,
                                   const struct exceptions_options *options, struct error *err)
{
    struct load_request request = {exceptions, options};
    return table_file_load(text, source_name, &root_schema, take_file, &request, err);
}

/* ---- asking ---- */

static bool set_contains(const struct reference *set, str text, struct strbuf *scratch)
{
    uint64_t valid = 1;
    struct column column = {.type = TYPE_STRING, .kind = COLUMN_CONSTANT, .validity = &valid, .strings = &text};
    return reference_set_contains(set, (struct reference_scope){0}, &column, 0, scratch);
}

static bool term_fits(const struct term *term, str text, struct strbuf *scratch)
{
    if (term->is_block) {
        struct ip ip;
        return ip_parse(text, &ip) && cidr_contains(&term->block, &ip);
    }
    return term->pattern ? like_matches(term->pattern, text) : term->set && set_contains(term->set, text, scratch);
}

/* A key that is not there fits everything; a row that lacks the text fits no key. */
static bool list_fits(const struct term_list *list, str text, struct strbuf *scratch)
{
    for (size_t i = 0; text.data && i < list->count; i++) {
        if (term_fits(&list->items[i], text, scratch)) {
            return true;
        }
    }
    return list->count == 0;
}

static bool hours_fit(const struct exception *exception, const struct time_zone *zone, int64_t time_ms)
{
    struct civil civil;
    civil_from_zone_ms(time_ms, zone, &civil);
    int minute = civil.hour * 60 + civil.minute;
    int weekday = civil.weekday;
    bool is_inside;
    if (exception->from_minute < exception->to_minute) {
        is_inside = minute >= exception->from_minute && minute < exception->to_minute;
    } else {
        is_inside = minute >= exception->from_minute || minute < exception->to_minute;
        weekday = minute < exception->to_minute ? (weekday + 6) % 7 : weekday; /* they began the day before */
    }
    return is_inside && (exception->days >> weekday & 1);
}

static bool exception_fits(const struct exceptions *exceptions, const struct exception *exception, str rule_id,
                           const struct finding_row *row, struct strbuf *scratch)
{
    if (!list_fits(&exception->rules, rule_id, scratch) || !list_fits(&exception->acts, row->texts[ROW_ACT], scratch)) {
        return false;
    }
    for (size_t i = 0; i < ROW_TEXT_COUNT; i++) {
        if (!list_fits(&exception->scope[i], row->texts[i], scratch)) {
            return false;
        }
    }
    return !exception->has_hours || hours_fit(exception, exceptions->zone, row->time_ms);
}

uint32_t exceptions_find(const struct exceptions *exceptions, str rule_id, const struct finding_row *row,
                         struct strbuf *scratch, uint32_t *ret_expired)
{
    uint32_t expired = EXCEPTION_NONE;
    for (size_t i = 0; i < exceptions->count; i++) {
        const struct exception *exception = &exceptions->items[i];
        if (!exception_fits(exceptions, exception, rule_id, row, scratch)) {
            continue;
        }
        if (!exception->has_end || row->time_ms < exception->end_ms) {
            *ret_expired = EXCEPTION_NONE;
            return (uint32_t)i;
        }
        expired = expired == EXCEPTION_NONE ? (uint32_t)i : expired;
    }
    *ret_expired = expired;
    return EXCEPTION_NONE;
}
