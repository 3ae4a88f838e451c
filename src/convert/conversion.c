/* conversion.c - one plan for one target: what can't be converted at all, notes, names of fields, the account. */
#include <stdio.h>

#include "convert/conversion.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "column/log_source.h"

static const struct convert_dialect *const dialects[] = {
    &dialect_splunk, &dialect_sentinel,  &dialect_elastic_esql, &dialect_elastic_eql, &dialect_logscale,
    &dialect_sumo,   &dialect_chronicle, &dialect_sigma,        &dialect_falco,
};

const struct convert_target *convert_target_get(size_t index)
{
    return index < countof(dialects) ? &dialects[index]->target : NULL;
}

static const struct convert_dialect *find_dialect(str name)
{
    for (size_t i = 0; i < countof(dialects); i++) {
        if (str_eq_ignore_case(str_from_cstring(dialects[i]->target.name), name)) {
            return dialects[i];
        }
    }
    return NULL;
}

const struct convert_target *convert_target_find(str name)
{
    const struct convert_dialect *dialect = find_dialect(name);
    return dialect ? &dialect->target : NULL;
}

const char *convert_grade_name(unsigned grade)
{
    static const char *const names[] = {"exact", "broader", "narrower", "broader and narrower"};
    return names[grade & (CONVERT_BROADER | CONVERT_NARROWER)];
}

/* ---- errors and notes ---- */

tocsin_status convert_refuse(struct conversion *conversion, const struct syntax_node *place, const char *format, ...)
{
    va_list arguments;
    *conversion->err = (struct error){0};
    va_start(arguments, format);
    tocsin_status status = error_set_va(conversion->err, TOCSIN_ERROR_UNSUPPORTED, format, arguments);
    va_end(arguments);
    error_context(conversion->err, "not converted to %s", conversion->dialect->target.title);
    place = place ? place : conversion->place;
    if (place) {
        error_position(conversion->err, conversion->source_name, conversion->text, place->offset_start);
    }
    return status;
}

enum { NOTES_MAX = 100, NOTE_BYTES = 300 };

tocsin_status convert_note(struct conversion *conversion, unsigned effect, const char *format, ...)
{
    va_list arguments;
    struct error text = {0};
    va_start(arguments, format);
    error_set_va(&text, TOCSIN_ERROR_UNSUPPORTED, format, arguments); /* escapes what comes from outside */
    va_end(arguments);
    str message = str_from_cstring(text.message);
    for (size_t i = 0; i < conversion->note_count; i++) {
        if (str_eq(conversion->notes[i].text, message)) {
            conversion->notes[i].effect |= effect;
            return TOCSIN_OK;
        }
    }
    if (!conversion->notes) {
        conversion->notes = arena_array(conversion->arena, struct convert_note, NOTES_MAX);
    }
    str copy = arena_copy(conversion->arena, message);
    if (!conversion->notes || !copy.data) {
        return error_memory(conversion->err);
    }
    if (conversion->note_count == NOTES_MAX) { /* the grade still counts */
        conversion->notes[NOTES_MAX - 1].effect |= effect;
        return TOCSIN_OK;
    }
    conversion->notes[conversion->note_count++] = (struct convert_note){effect, copy};
    return TOCSIN_OK;
}

/* ---- fields ---- */

const struct field *convert_field_of(const struct conversion *conversion, field_id field)
{
    return schema_field(conversion->is_grouped ? conversion->plan->group->schema : conversion->plan->schema, field);
}

static const char *find_name(const struct conversion *conversion, const struct field_map *map,
                             const struct field_map_type *type, str field)
{
    const char *name = field_map_find(map, type, field);
    for (uint32_t i = 0; !name && i < conversion->map_count; i++) { /* what a map says of all types */
        name = field_map_find(conversion->maps[i], NULL, field);
    }
    return name;
}

static tocsin_status remember_field(struct conversion *conversion, str field, str type, str name)
{
    for (size_t i = 0; i < conversion->field_count; i++) {
        const struct convert_field *known = &conversion->fields[i];
        if (str_eq(known->field, field) && str_eq(known->name, name) && str_eq(known->type, type)) {
            return TOCSIN_OK;
        }
    }
    bool is_full = (conversion->field_count & (conversion->field_count - 1)) == 0;
    if (is_full) {
        struct convert_field *larger = arena_array(conversion->arena, struct convert_field,
                                                   conversion->field_count ? 2 * conversion->field_count : 1);
        if (!larger) {
            return error_memory(conversion->err);
        }
        if (conversion->field_count > 0) {
            memcpy(larger, conversion->fields, conversion->field_count * sizeof(*larger));
        }
        conversion->fields = larger;
    }
    conversion->fields[conversion->field_count++] = (struct convert_field){field, type, name};
    return TOCSIN_OK;
}

static tocsin_status group_name(const struct conversion *conversion, field_id field, str ret_names[CONVERT_NAMES_MAX],
                                uint32_t *ret_count)
{
    char name[32];
    const struct plan_group *group = conversion->plan->group;
    bool is_key = field < group->key_count;
    int length = snprintf(name, sizeof(name), "%s%u", is_key ? "group_" : "value_",
                          (unsigned)(is_key ? field : field - group->key_count) + 1);
    ret_names[0] = arena_copy(conversion->arena, str_from(name, (size_t)length));
    *ret_count = 1;
    return ret_names[0].data ? TOCSIN_OK : error_memory(conversion->err);
}

static bool has_name(const str *names, uint32_t count, str name)
{
    bool has = false;
    for (uint32_t i = 0; i < count; i++) {
        has = has || str_eq(names[i], name);
    }
    return has;
}

/* Another log source type of the query has it. */
static bool is_known_elsewhere(const struct conversion *conversion, str field)
{
    bool is_known = false;
    for (uint32_t i = 0; !is_known && i < conversion->all.count; i++) {
        is_known = find_name(conversion, conversion->all.maps[i], conversion->all.types[i], field) != NULL;
    }
    return is_known;
}

tocsin_status convert_field_names(struct conversion *conversion, field_id field, str ret_names[CONVERT_NAMES_MAX],
                                  uint32_t *ret_count)
{
    if (conversion->is_grouped) {
        return group_name(conversion, field, ret_names, ret_count);
    }
    str wanted = convert_field_of(conversion, field)->name;
    *ret_count = 0;
    for (uint32_t i = 0; i < conversion->scope.count; i++) {
        const char *name = find_name(conversion, conversion->scope.maps[i], conversion->scope.types[i], wanted);
        str found = name ? str_from_cstring(name) : STR_EMPTY;
        if (!name || has_name(ret_names, *ret_count, found) || *ret_count == CONVERT_NAMES_MAX) {
            continue;
        }
        ret_names[(*ret_count)++] = found;
    }
    for (uint32_t i = 0; *ret_count == 0 && conversion->scope.count == 0 && i < conversion->map_count; i++) {
        const char *name = field_map_find(conversion->maps[i], NULL, wanted);
        if (name) {
            ret_names[(*ret_count)++] = str_from_cstring(name);
        }
    }
    bool is_elsewhere = *ret_count == 0 && is_known_elsewhere(conversion, wanted);
    if (*ret_count == 0 && !is_elsewhere) {
        tocsin_status status = convert_refuse(conversion, NULL, "the field \"%.*s\"", STR_ARG(wanted));
        error_hint(conversion->err, "say what it is called there: a file for --fields with - {field: %.*s, is: NAME}",
                   STR_ARG(wanted));
        return status;
    }
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < *ret_count; i++) {
        str type = *ret_count > 1 && i < conversion->scope.count ? str_from_cstring(conversion->scope.types[i]->type)
                                                                 : STR_EMPTY;
        for (uint32_t t = 0; *ret_count > 1 && t < conversion->scope.count; t++) {
            const char *name = find_name(conversion, conversion->scope.maps[t], conversion->scope.types[t], wanted);
            if (name && str_eq(str_from_cstring(name), ret_names[i])) {
                type = str_from_cstring(conversion->scope.types[t]->type);
                status = status == TOCSIN_OK ? remember_field(conversion, wanted, type, ret_names[i]) : status;
            }
        }
        if (*ret_count == 1 && conversion->dialect->is_partitioned && conversion->scope.count == 1) {
            type = str_from_cstring(conversion->scope.types[0]->type);
        }
        status =
            status == TOCSIN_OK && *ret_count == 1 ? remember_field(conversion, wanted, type, ret_names[i]) : status;
    }
    return status;
}

bool convert_field_is_known(const struct conversion *conversion, field_id field)
{
    struct error err = {0};
    struct conversion probe = *conversion;
    str names[CONVERT_NAMES_MAX];
    uint32_t count;
    probe.err = &err;
    return convert_field_names(&probe, field, names, &count) == TOCSIN_OK && count > 0;
}

const char *convert_from(const struct conversion *conversion)
{
    const char *from = conversion->scope.count == 1 ? conversion->scope.types[0]->from : NULL;
    for (uint32_t i = 0; !from && i < conversion->map_count; i++) {
        from = field_map_from(conversion->maps[i]);
    }
    return from;
}

/* ---- log source types ---- */

static bool type_has_fields(const struct conversion *conversion, const struct field_map *map,
                            const struct field_map_type *type, const struct field_set *fields)
{
    size_t count = schema_field_count(conversion->plan->schema);
    for (size_t i = 0; i < count; i++) {
        const struct field *field = schema_field(conversion->plan->schema, (field_id)i);
        if (field_set_has(fields, (field_id)i) && !find_name(conversion, map, type, field->name)) {
            return false;
        }
    }
    return true;
}

str convert_type_name(const struct conversion *conversion, const struct field_map_type *type)
{
    str name = str_from_cstring(type->type);
    const struct log_source_type *known =
        conversion->options->log_sources ? log_source_type_find_name(conversion->options->log_sources, name) : NULL;
    return known ? known->name : name;
}

static bool scope_has(const struct conversion *conversion, const struct convert_scope *scope, str name)
{
    for (uint32_t i = 0; i < scope->count; i++) {
        if (str_eq_ignore_case(convert_type_name(conversion, scope->types[i]), name)) {
            return true;
        }
    }
    return false;
}

static tocsin_status scope_add(struct conversion *conversion, const struct field_map *map,
                               const struct field_map_type *type, const struct field_set *fields, bool needs_all)
{
    struct convert_scope *scope = &conversion->all;
    const struct condition *part = NULL;
    str name = convert_type_name(conversion, type);
    if (scope_has(conversion, scope, name) || (needs_all && !type_has_fields(conversion, map, type, fields))) {
        return TOCSIN_OK;
    }
    tocsin_status status = condition_for_type(conversion, conversion->filter, name, &part);
    if (status != TOCSIN_OK || part->kind == CONDITION_FALSE) {
        return status;
    }
    scope->types[scope->count] = type;
    scope->maps[scope->count++] = map;
    return TOCSIN_OK;
}

/* Types the query is about: of each the first mapping that has all fields it tests, or (where a test of a missing field
   is false all the same) the first one. */
static tocsin_status find_scope(struct conversion *conversion)
{
    size_t total = 0;
    struct field_set fields = {{0}};
    condition_add_fields(conversion->filter, &fields);
    for (uint32_t m = 0; m < conversion->map_count; m++) {
        size_t count;
        field_map_types(conversion->maps[m], &count);
        total += count;
    }
    conversion->all.types = arena_array(conversion->arena, const struct field_map_type *, total + 1);
    conversion->all.maps = arena_array(conversion->arena, const struct field_map *, total + 1);
    if (!conversion->all.types || !conversion->all.maps) {
        return error_memory(conversion->err);
    }
    tocsin_status status = TOCSIN_OK;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t m = 0; status == TOCSIN_OK && m < conversion->map_count; m++) {
            size_t count;
            const struct field_map_type *types = field_map_types(conversion->maps[m], &count);
            for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
                status = scope_add(conversion, conversion->maps[m], &types[i], &fields, pass == 0);
            }
        }
    }
    conversion->scope = conversion->all;
    return status;
}

/* Names in the query that no mapping has. */
static tocsin_status note_missing_types(struct conversion *conversion, const struct condition *condition,
                                        bool is_negative)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; condition->kind == CONDITION_SOURCE && i < condition->count && status == TOCSIN_OK; i++) {
        bool is_known = false;
        for (uint32_t m = 0; m < conversion->map_count; m++) {
            size_t count;
            const struct field_map_type *types = field_map_types(conversion->maps[m], &count);
            for (size_t t = 0; t < count; t++) {
                is_known =
                    is_known || str_eq_ignore_case(convert_type_name(conversion, &types[t]), condition->texts[i]);
            }
        }
        if (is_known) {
            continue;
        }
        if (is_negative) {
            return convert_refuse(conversion, condition->place, "the log source type '%.*s' under NOT",
                                  STR_ARG(condition->texts[i]));
        }
        status = convert_note(conversion, CONVERT_NARROWER, "the log source type '%.*s' is left out: it has no mapping",
                              STR_ARG(condition->texts[i]));
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < condition->part_count; i++) {
        status = note_missing_types(conversion, condition->parts[i], is_negative ^ (condition->kind == CONDITION_NOT));
    }
    return status;
}

/* Do logs of the type at work have it? */
static bool is_filled(const struct conversion *conversion, field_id field)
{
    const struct convert_options *options = conversion->options;
    const struct log_source_type *type =
        options->log_sources
            ? log_source_type_find_name(options->log_sources, str_from_cstring(conversion->scope.types[0]->type))
            : NULL;
    return !type || !options->fills || options->fills(options->fills_context, type->id, field) != 0;
}

tocsin_status convert_note_missing(struct conversion *conversion, field_id field, unsigned effect)
{
    if (!is_filled(conversion, field)) {
        return TOCSIN_OK; /* such logs have nothing of the kind */
    }
    return convert_note(conversion, effect,
                        "the field \"%.*s\" counts as missing in logs of type '%s': it has no name there",
                        STR_ARG(convert_field_of(conversion, field)->name), conversion->scope.types[0]->type);
}

/* Tests of fields that this log source type has no name for, as of rows that lack them. */
static tocsin_status settle_missing(struct conversion *conversion, const struct condition *condition, bool is_negative,
                                    const struct condition **ret_condition)
{
    str names[CONVERT_NAMES_MAX];
    uint32_t count = 1;
    *ret_condition = condition;
    if (condition->field != FIELD_NONE) {
        conversion->place = condition->place;
        tocsin_status status = convert_field_names(conversion, condition->field, names, &count);
        conversion->place = NULL;
        if (status != TOCSIN_OK || count > 0) {
            return status;
        }
        struct condition *settled = arena_new(conversion->arena, struct condition);
        bool is_true = condition->kind == CONDITION_IS_NULL;
        if (!settled) {
            return error_memory(conversion->err);
        }
        *settled = (struct condition){.kind = is_true ? CONDITION_TRUE : CONDITION_FALSE, .field = FIELD_NONE};
        *ret_condition = settled;
        return convert_note_missing(conversion, condition->field,
                                    is_true != is_negative ? CONVERT_BROADER : CONVERT_NARROWER);
    }
    if (condition->part_count == 0) {
        return TOCSIN_OK;
    }
    struct condition *copy = arena_new(conversion->arena, struct condition);
    const struct condition **parts = arena_array(conversion->arena, const struct condition *, condition->part_count);
    tocsin_status status = copy && parts ? TOCSIN_OK : error_memory(conversion->err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < condition->part_count; i++) {
        status = settle_missing(conversion, condition->parts[i], is_negative ^ (condition->kind == CONDITION_NOT),
                                &parts[i]);
    }
    if (status == TOCSIN_OK) {
        *copy = *condition;
        copy->parts = parts;
        *ret_condition = copy;
    }
    return status;
}

tocsin_status convert_enter_type(struct conversion *conversion, uint32_t type, const struct condition **ret_condition,
                                 bool *ret_is_there)
{
    str name = convert_type_name(conversion, conversion->all.types[type]);
    conversion->scope = (struct convert_scope){&conversion->all.types[type], &conversion->all.maps[type], 1};
    tocsin_status status = condition_for_type(conversion, conversion->filter, name, ret_condition);
    status = status == TOCSIN_OK ? settle_missing(conversion, *ret_condition, false, ret_condition) : status;
    status = status == TOCSIN_OK ? condition_for_type(conversion, *ret_condition, name, ret_condition) : status;
    *ret_is_there = status == TOCSIN_OK && (*ret_condition)->kind != CONDITION_FALSE;
    return status;
}

void convert_leave_type(struct conversion *conversion)
{
    conversion->scope = conversion->all;
}

tocsin_status convert_write_types(struct conversion *conversion, str separator,
                                  tocsin_status (*write)(struct conversion *conversion,
                                                         const struct condition *condition))
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < conversion->all.count; i++) {
        const struct condition *condition = NULL;
        bool is_there = false;
        status = convert_enter_type(conversion, i, &condition, &is_there);
        if (status == TOCSIN_OK && is_there) {
            strbuf_append(conversion->out, conversion->out->len > 0 ? separator : STR_EMPTY);
            status = write(conversion, condition);
        }
    }
    convert_leave_type(conversion);
    return status;
}

/* ---- times ---- */

static bool is_time(const struct condition *condition)
{
    return condition->kind == CONDITION_TIME;
}

static bool has_time(const struct condition *condition)
{
    bool has = is_time(condition);
    for (uint32_t i = 0; !has && i < condition->part_count; i++) {
        has = has_time(condition->parts[i]);
    }
    return has;
}

/* A system that looks at events as they come has no window: tests of time that all rows must pass are left out. */
static tocsin_status leave_times_out(struct conversion *conversion)
{
    const struct condition *filter = conversion->filter;
    bool is_and = filter->kind == CONDITION_AND;
    uint32_t count = is_and ? filter->part_count : 1;
    const struct condition **kept = arena_array(conversion->arena, const struct condition *, count + 1);
    struct condition *result = arena_new(conversion->arena, struct condition);
    if (!kept || !result) {
        return error_memory(conversion->err);
    }
    *result = (struct condition){.kind = CONDITION_AND, .field = FIELD_NONE, .parts = kept};
    for (uint32_t i = 0; i < count; i++) {
        const struct condition *part = is_and ? filter->parts[i] : filter;
        if (!is_time(part) && has_time(part)) {
            return convert_refuse(conversion, part->place, "a time inside OR or NOT");
        }
        if (!is_time(part)) {
            kept[result->part_count++] = part;
        }
    }
    conversion->filter = result;
    return result->part_count == count
               ? TOCSIN_OK
               : convert_note(conversion, CONVERT_BROADER,
                              "the time window is left out: when the rule runs, and over what, is set outside of it");
}

/* ---- what no target gets ---- */

static tocsin_status check_plan(struct conversion *conversion)
{
    const struct plan *plan = conversion->plan;
    if (plan->source.kind == PLAN_SOURCE_PLAN) {
        return convert_refuse(conversion, NULL, "FROM (SELECT ..)");
    }
    if (plan->source.kind == PLAN_SOURCE_CURSOR) {
        return convert_refuse(conversion, NULL, "FROM a cursor");
    }
    if (plan->source.catalog != CATALOG_EVENTS) {
        return convert_refuse(conversion, NULL, "FROM %.*s", STR_ARG(catalog_name(plan->source.catalog)));
    }
    if (plan->session) {
        return convert_refuse(conversion, NULL, "SESSION BY");
    }
    if (plan->into.len > 0) {
        return convert_refuse(conversion, NULL, "INTO");
    }
    if (plan->is_null_sql) {
        return convert_refuse(conversion, NULL, "three-valued logic (--null sql)");
    }
    if (plan->group && plan->group->having && !conversion->dialect->has_values) {
        return convert_refuse(conversion, plan->group->having->syntax, "HAVING");
    }
    return TOCSIN_OK;
}

static tocsin_status build_filter(struct conversion *conversion)
{
    const struct plan *plan = conversion->plan;
    uint32_t count = plan->early_count + plan->late_count;
    const struct expression **all = arena_array(conversion->arena, const struct expression *, count + 1);
    if (!all) {
        return error_memory(conversion->err);
    }
    for (uint32_t i = 0; i < plan->early_count; i++) {
        all[i] = plan->early[i];
    }
    for (uint32_t i = 0; i < plan->late_count; i++) {
        all[plan->early_count + i] = plan->late[i];
    }
    tocsin_status status = condition_build_all(conversion, all, count, &conversion->filter);
    status = status == TOCSIN_OK ? condition_for_type(conversion, conversion->filter, STR_EMPTY, &conversion->filter)
                                 : status;
    if (status == TOCSIN_OK && !conversion->dialect->has_time) {
        status = leave_times_out(conversion);
    }
    if (status == TOCSIN_OK) {
        status = condition_for_type(conversion, conversion->filter, STR_EMPTY, &conversion->filter);
    }
    if (status == TOCSIN_OK && conversion->filter->kind == CONDITION_FALSE) {
        status = convert_refuse(conversion, NULL, "a query that can find nothing");
    }
    return status;
}

/* What a rule, which gives the events that fit, has no words for. */
static tocsin_status note_clauses(struct conversion *conversion)
{
    const struct plan *plan = conversion->plan;
    tocsin_status status = TOCSIN_OK;
    if (conversion->options->is_plain_form) {
        status = convert_note(conversion, CONVERT_EXACT,
                              "made from the rule's plain form for QRadar, which may find other rows than the rule");
    }
    if (conversion->dialect->has_values) {
        return status;
    }
    if (status == TOCSIN_OK) {
        status = convert_note(conversion, CONVERT_EXACT, "SELECT's columns are left out: the rule gives whole events");
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < plan->output_count; i++) {
        if (plan->outputs[i].expression->kind == EXPRESSION_CASE ||
            plan->outputs[i].expression->kind == EXPRESSION_ARITHMETIC) {
            status = convert_note(conversion, CONVERT_EXACT, "SELECT's score \"%.*s\" is left out",
                                  STR_ARG(plan->outputs[i].name));
        }
    }
    if (status == TOCSIN_OK && plan->group) {
        status = convert_note(conversion, CONVERT_BROADER, "GROUP BY is left out: each event is found, not each group");
    }
    if (status == TOCSIN_OK && plan->order_count > 0) {
        status = convert_note(conversion, CONVERT_EXACT, "ORDER BY is left out");
    }
    if (status == TOCSIN_OK && plan->has_limit) {
        status = convert_note(conversion, CONVERT_BROADER, "LIMIT is left out");
    }
    return status;
}

/* Of a target with a part for each log source type: only those that have one. */
static tocsin_status keep_types_with_parts(struct conversion *conversion)
{
    struct convert_scope *all = &conversion->all;
    uint32_t kept = 0;
    for (uint32_t i = 0; conversion->dialect->is_partitioned && i < all->count; i++) {
        const struct condition *condition = NULL;
        bool is_there = false;
        tocsin_status status = convert_enter_type(conversion, i, &condition, &is_there);
        if (status != TOCSIN_OK) {
            return status;
        }
        if (is_there) {
            all->types[kept] = all->types[i];
            all->maps[kept++] = all->maps[i];
        }
    }
    all->count = conversion->dialect->is_partitioned ? kept : all->count;
    conversion->field_count = 0; /* names are told as they are written */
    convert_leave_type(conversion);
    return TOCSIN_OK;
}

/* A rule for each log source type: events of others, which the query would find, are not looked at. */
static tocsin_status note_other_types(struct conversion *conversion)
{
    struct strbuf names;
    const struct condition *rest = NULL;
    tocsin_status status = condition_for_type(conversion, conversion->filter, STR("\001"), &rest);
    if (status != TOCSIN_OK || rest->kind == CONDITION_FALSE || !conversion->dialect->is_partitioned) {
        return status;
    }
    strbuf_init(&names, NOTE_BYTES);
    for (uint32_t i = 0; i < conversion->all.count; i++) {
        strbuf_append(&names, i > 0 ? STR(", ") : STR_EMPTY);
        strbuf_append(&names, str_from_cstring(conversion->all.types[i]->type));
    }
    status = convert_note(conversion, CONVERT_NARROWER, "the query is about any log source; only these are asked: %.*s",
                          STR_ARG(strbuf_str(&names)));
    strbuf_release(&names);
    return status;
}

/* ---- the account ---- */

void convert_append_plain(struct strbuf *target, str text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t c = 0;
        size_t bytes = utf8_decode(str_skip(text, at), &c);
        bool is_blank = c == '\n' || c == '\t' || c == '\r';
        bool is_bad = c == UTF8_INVALID || (utf8_is_control(c) && !is_blank) || c == '`';
        strbuf_append(target, is_bad ? STR("?") : is_blank ? STR(" ") : str_slice(text, at, at + bytes));
        at += bytes;
    }
}

void convert_yaml_string(struct strbuf *target, str text)
{
    strbuf_append_char(target, '"');
    for (size_t at = 0; at < text.len;) {
        uint32_t c = 0;
        size_t bytes = utf8_decode(str_skip(text, at), &c);
        if (c == '"' || c == '\\') {
            strbuf_append_format(target, "\\%c", (char)c);
        } else if (c == '\n') {
            strbuf_append(target, STR("\\n"));
        } else if (c == '\t') {
            strbuf_append(target, STR("\\t"));
        } else if (c == UTF8_INVALID) {
            strbuf_append(target, STR("\\uFFFD"));
        } else if (utf8_is_control(c) || c == 0xFEFF) {
            strbuf_append_format(target, c < 0x10000 ? "\\u%04X" : "\\U%08X", c);
        } else {
            strbuf_append(target, str_slice(text, at, at + bytes));
        }
        at += bytes;
    }
    strbuf_append_char(target, '"');
}

static void account_line(struct strbuf *target, const char *prefix, const char *suffix, const char *label, str text)
{
    strbuf_append(target, str_from_cstring(prefix));
    strbuf_append(target, str_from_cstring(label));
    convert_append_plain(target, text);
    strbuf_append(target, str_from_cstring(suffix));
    strbuf_append_char(target, '\n');
}

static unsigned grade_of(const struct conversion *conversion)
{
    unsigned grade = CONVERT_EXACT;
    for (size_t i = 0; i < conversion->note_count; i++) {
        grade |= conversion->notes[i].effect;
    }
    return grade;
}

static void field_line(struct conversion *conversion, struct strbuf *target, const char *prefix, const char *suffix,
                       const struct convert_field *field)
{
    struct strbuf line;
    strbuf_init(&line, LIMIT_IDENTIFIER_BYTES * 4);
    strbuf_append(&line, field->field);
    strbuf_append(&line, STR(" = "));
    strbuf_append(&line, field->name);
    strbuf_append(&line, field->type.len > 0 ? STR(" of ") : STR_EMPTY);
    strbuf_append(&line, field->type);
    account_line(target, prefix, suffix, "field: ", strbuf_str(&line));
    strbuf_release(&line);
}

void convert_write_account(struct conversion *conversion, struct strbuf *target, const char *prefix, const char *suffix)
{
    const struct convert_rule *rule = conversion->rule;
    if (rule->title.len > 0) {
        account_line(target, prefix, suffix, "", rule->title);
    }
    if (rule->id.len > 0) {
        account_line(target, prefix, suffix, "rule: ", rule->id);
    }
    account_line(target, prefix, suffix,
                 "converted by Tocsin: ", str_from_cstring(convert_grade_name(grade_of(conversion))));
    for (size_t i = 0; i < conversion->note_count; i++) {
        const struct convert_note *note = &conversion->notes[i];
        const char *label = note->effect ? convert_grade_name(note->effect) : "note";
        strbuf_append(target, str_from_cstring(prefix));
        strbuf_append(target, str_from_cstring(label));
        account_line(target, ": ", suffix, "", note->text);
    }
    for (size_t i = 0; i < conversion->field_count; i++) {
        field_line(conversion, target, prefix, suffix, &conversion->fields[i]);
    }
}

/* ---- the call ---- */

/* Notes are known when all is written. */
static tocsin_status put_account_in_front(struct conversion *conversion)
{
    struct strbuf whole;
    const struct convert_dialect *dialect = conversion->dialect;
    strbuf_init(&whole, LIMIT_CONVERSION_BYTES);
    convert_write_account(conversion, &whole, dialect->comment, dialect->comment_end);
    strbuf_append(&whole, strbuf_str(conversion->out));
    strbuf_release(conversion->out);
    *conversion->out = whole;
    return TOCSIN_OK;
}

static tocsin_status run(struct conversion *conversion, struct convert_result *ret_result)
{
    tocsin_status status = check_plan(conversion);
    status = status == TOCSIN_OK ? build_filter(conversion) : status;
    status = status == TOCSIN_OK ? find_scope(conversion) : status;
    status = status == TOCSIN_OK ? note_missing_types(conversion, conversion->filter, false) : status;
    status = status == TOCSIN_OK ? keep_types_with_parts(conversion) : status;
    if (status == TOCSIN_OK && conversion->all.count == 0 &&
        (conversion->dialect->is_partitioned || condition_has_source(conversion->filter))) {
        status = convert_refuse(conversion, NULL, "a query about log source types that have no mapping");
    }
    status = status == TOCSIN_OK ? note_clauses(conversion) : status;
    status = status == TOCSIN_OK ? note_other_types(conversion) : status;
    status = status == TOCSIN_OK ? conversion->dialect->write(conversion) : status;
    status = status == TOCSIN_OK ? put_account_in_front(conversion) : status;
    if (status == TOCSIN_OK && conversion->out->is_failed) {
        status = error_set(conversion->err, TOCSIN_ERROR_LIMIT, "the conversion to %s is longer than %zu bytes",
                           conversion->dialect->target.title, (size_t)LIMIT_CONVERSION_BYTES);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    *ret_result = (struct convert_result){
        .grade = grade_of(conversion),
        .notes = conversion->notes,
        .note_count = conversion->note_count,
        .fields = conversion->fields,
        .field_count = conversion->field_count,
        .text = arena_copy(conversion->arena, strbuf_str(conversion->out)),
    };
    return ret_result->text.data ? TOCSIN_OK : error_memory(conversion->err);
}

tocsin_status convert_plan(struct arena *arena, const struct plan *plan, str query_text, const char *source_name,
                           const struct convert_rule *rule, const struct convert_options *options,
                           struct convert_result *ret_result, struct error *err)
{
    struct error error = {0};
    struct field_map *builtin = NULL;
    struct strbuf out;
    struct convert_result result = {0};
    const struct convert_dialect *dialect = find_dialect(str_from_cstring(options->target));
    if (!dialect) {
        return error_set(err, TOCSIN_ERROR_USAGE, "there is no target '%s'", options->target);
    }
    tocsin_status status = field_map_load_builtin(str_from_cstring(dialect->target.name), &builtin, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    strbuf_init(&out, LIMIT_CONVERSION_BYTES);
    struct conversion conversion = {.arena = arena,
                                    .plan = plan,
                                    .dialect = dialect,
                                    .options = options,
                                    .rule = rule,
                                    .text = query_text,
                                    .source_name = source_name,
                                    .err = &error,
                                    .out = &out};
    if (options->fields) {
        conversion.maps[conversion.map_count++] = options->fields;
    }
    conversion.maps[conversion.map_count++] = builtin;
    status = run(&conversion, &result);
    /* names are the map's, which goes away */
    for (size_t i = 0; status == TOCSIN_OK && i < conversion.field_count; i++) {
        conversion.fields[i].name = arena_copy(arena, conversion.fields[i].name);
        conversion.fields[i].type = arena_copy(arena, conversion.fields[i].type);
        status = conversion.fields[i].name.data && conversion.fields[i].type.data ? TOCSIN_OK : error_memory(&error);
    }
    strbuf_release(&out);
    field_map_free(builtin);
    if (status != TOCSIN_OK) {
        *err = error;
        return arena_explain(arena, status, "the conversion", err);
    }
    *ret_result = result;
    return TOCSIN_OK;
}
