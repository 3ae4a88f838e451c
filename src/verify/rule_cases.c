#include "verify/rule_cases.h"

#include "base/limits.h"

enum { TEXT_BYTES = 64 * 1024, NAME_BYTES = 400 };

struct yaml_case {
    char *name;
    char **sources[SOURCE_EVENTS];
    unsigned source_counts[SOURCE_EVENTS];
    char *events, *file, *lines;
    char **forms;
    unsigned forms_count;
    char *as, *exe;
    bool container, together;
    int64_t *apart;
    int64_t *exactly, *at_least, *at_most;
    char *level, *risk, *act, *identity, *target;
};

struct yaml_file {
    char *rule;
    struct yaml_case *cases[CASE_KIND_COUNT];
    unsigned case_counts[CASE_KIND_COUNT];
};

static const cyaml_schema_value_t text_value = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, TEXT_BYTES)};

enum { OPTIONAL = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL };

#define WORD(key, member) CYAML_FIELD_STRING_PTR(key, OPTIONAL, struct yaml_case, member, 1, TEXT_BYTES)
#define NUMBER(member)    CYAML_FIELD_INT_PTR(#member, OPTIONAL, struct yaml_case, member)
#define ITEMS(key, index)                                                                                              \
    CYAML_FIELD_SEQUENCE_COUNT(key, OPTIONAL, struct yaml_case, sources[index], source_counts[index], &text_value, 1,  \
                               LIMIT_RULE_CASES)

static const cyaml_schema_field_t case_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct yaml_case, name, 1, NAME_BYTES),
    ITEMS("commands", SOURCE_COMMANDS),
    ITEMS("requests", SOURCE_REQUESTS),
    ITEMS("docker_requests", SOURCE_DOCKER_REQUESTS),
    ITEMS("reads", SOURCE_READS),
    ITEMS("connects", SOURCE_CONNECTS),
    CYAML_FIELD_STRING_PTR("events", OPTIONAL, struct yaml_case, events, 1, LIMIT_CONFIG_BYTES),
    WORD("file", file),
    WORD("lines", lines),
    CYAML_FIELD_SEQUENCE_COUNT("forms", OPTIONAL, struct yaml_case, forms, forms_count, &text_value, 1, 4),
    WORD("as", as),
    WORD("exe", exe),
    YAML_FIELD_BOOL("container", CYAML_FLAG_OPTIONAL, struct yaml_case, container),
    YAML_FIELD_BOOL("together", CYAML_FLAG_OPTIONAL, struct yaml_case, together),
    NUMBER(apart),
    NUMBER(exactly),
    NUMBER(at_least),
    NUMBER(at_most),
    WORD("level", level),
    WORD("risk", risk),
    WORD("act", act),
    WORD("identity", identity),
    WORD("target", target),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t case_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_case, case_fields)};

#define CASES(key, kind)                                                                                               \
    CYAML_FIELD_SEQUENCE_COUNT(key, OPTIONAL, struct yaml_file, cases[kind], case_counts[kind], &case_schema, 0,       \
                               LIMIT_RULE_CASES)
static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_STRING_PTR("rule", OPTIONAL, struct yaml_file, rule, 1, NAME_BYTES),
    CASES("positive", CASE_POSITIVE),
    CASES("negative", CASE_NEGATIVE),
    CASES("evasion", CASE_EVASION),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml_file, file_fields)};

/* ---- names ------------------------------------------------------------------------------------------------------- */

static const char *const kind_names[CASE_KIND_COUNT] = {"positive", "negative", "evasion"};
static const char *const source_names[SOURCE_COUNT] = {
    "commands", "requests", "docker_requests", "reads", "connects", "events", "file",
};

const char *case_kind_name(enum case_kind kind)
{
    return kind_names[kind];
}

const char *case_source_name(enum case_source source)
{
    return source_names[source];
}

void rule_cases_position(const struct rule_cases *file, const struct rule_case *rule_case, enum case_source source,
                         size_t item, struct error *err)
{
    if (source < SOURCE_EVENTS) {
        yaml_document_position(&file->document, err, "%s[%u].%s[%zu]", kind_names[rule_case->kind], rule_case->index,
                               source_names[source], item);
    } else {
        yaml_document_position(&file->document, err, "%s[%u]", kind_names[rule_case->kind], rule_case->index);
    }
}

static tocsin_status refuse(const struct rule_cases *file, const struct rule_case *rule_case, const char *key,
                            const char *hint, struct error *err)
{
    error_hint(err, "%s", hint);
    yaml_document_position(&file->document, err, "%s[%u]%s%s", kind_names[rule_case->kind], rule_case->index,
                           key[0] ? "." : "", key);
    return TOCSIN_ERROR_CONFIG;
}

/* ---- ranges ------------------------------------------------------------------------------------------------------ */

/* The two ends of "a..b", "a..", "..b" or "a", empty where there is none. */
static void split_range(str text, str *ret_min, str *ret_max)
{
    size_t dots = str_find(text, STR(".."), 0);
    *ret_min = str_trim(dots == SIZE_MAX ? text : str_slice(text, 0, dots));
    *ret_max = dots == SIZE_MAX ? *ret_min : str_trim(str_skip(text, dots + 2));
}

static bool read_numbers(const char *text, struct case_range *ret)
{
    str min, max;
    struct case_range range = {0, INT64_MAX};
    split_range(str_from_cstring(text), &min, &max);
    if ((min.len == 0 && max.len == 0) || (min.len > 0 && !str_to_i64(min, &range.min)) ||
        (max.len > 0 && !str_to_i64(max, &range.max)) || range.min < 0 || range.min > range.max) {
        return false;
    }
    *ret = range;
    return true;
}

static bool find_level(str name, int64_t *ret)
{
    for (int level = 0; level < TOCSIN_LEVEL_COUNT; level++) {
        if (str_eq(name, str_from_cstring(tocsin_level_name(level)))) {
            *ret = level;
            return true;
        }
    }
    return false;
}

static bool read_levels(const char *text, struct case_range *ret)
{
    str min, max;
    struct case_range range = {0, TOCSIN_LEVEL_COUNT - 1};
    split_range(str_from_cstring(text), &min, &max);
    if ((min.len == 0 && max.len == 0) || (min.len > 0 && !find_level(min, &range.min)) ||
        (max.len > 0 && !find_level(max, &range.max)) || range.min > range.max) {
        return false;
    }
    *ret = range;
    return true;
}

/* ---- one case ---------------------------------------------------------------------------------------------------- */

static tocsin_status read_counts(const struct rule_cases *file, const struct yaml_case *yaml, struct rule_case *to,
                                 struct error *err)
{
    const int64_t *const numbers[] = {yaml->exactly, yaml->at_least, yaml->at_most};
    static const char *const names[] = {"exactly", "at_least", "at_most"};
    struct case_range *rows = &to->expected.rows;
    for (size_t i = 0; i < countof(numbers); i++) {
        if (numbers[i] && (*numbers[i] < 0 || *numbers[i] > INT32_MAX)) {
            error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is a number of findings", names[i]);
            return refuse(file, to, names[i], "0 or more", err);
        }
    }
    if (yaml->exactly && (yaml->at_least || yaml->at_most)) {
        error_set(err, TOCSIN_ERROR_CONFIG, "a case says 'exactly', or 'at_least' and 'at_most'");
        return refuse(file, to, "exactly", "leave out the others", err);
    }
    bool wants_none = to->kind == CASE_NEGATIVE;
    bool says_nothing = !yaml->exactly && !yaml->at_least && !yaml->at_most;
    rows->min = yaml->exactly ? *yaml->exactly : yaml->at_least ? *yaml->at_least : says_nothing && !wants_none;
    rows->max = yaml->exactly ? *yaml->exactly : yaml->at_most ? *yaml->at_most : wants_none ? 0 : INT64_MAX;
    if (rows->min > rows->max) {
        error_set(err, TOCSIN_ERROR_CONFIG, "no number of findings is as 'at_least' and 'at_most' say");
        return refuse(file, to, "at_least", "at_least is the smaller one", err);
    }
    if (wants_none ? rows->max > 0 : rows->min == 0) {
        error_set(err, TOCSIN_ERROR_CONFIG,
                  wants_none ? "a negative case expects no finding" : "a case of this kind expects a finding");
        return refuse(file, to, "", "positive and evasion cases expect findings, negative ones expect none", err);
    }
    return TOCSIN_OK;
}

static tocsin_status read_expectation(const struct rule_cases *file, const struct yaml_case *yaml, struct rule_case *to,
                                      struct error *err)
{
    struct case_expectation *expected = &to->expected;
    expected->level = (struct case_range){0, INT64_MAX};
    expected->risk = (struct case_range){INT64_MIN, INT64_MAX};
    if (yaml->level && !read_levels(yaml->level, &expected->level)) {
        error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is no level", yaml->level);
        return refuse(file, to, "level", "informational, low, medium, high or critical; or a range: low..medium", err);
    }
    if (yaml->risk && !read_numbers(yaml->risk, &expected->risk)) {
        error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is no risk", yaml->risk);
        return refuse(file, to, "risk", "a number from 0 to 100, or a range: 60..84, 60..", err);
    }
    expected->act = yaml->act;
    expected->identity = yaml->identity;
    expected->target = yaml->target;
    return read_counts(file, yaml, to, err);
}

static tocsin_status read_forms(const struct rule_cases *file, const struct yaml_case *yaml, struct rule_case *to,
                                struct error *err)
{
    static const struct {
        const char *name;
        enum case_form form;
    } forms[] = {{"audit", FORM_AUDIT}, {"json", FORM_JSON}, {"daemon", FORM_DAEMON}, {"plugin", FORM_PLUGIN}};
    to->forms = yaml->forms_count > 0 ? 0 : FORM_AUDIT | FORM_JSON | FORM_DAEMON | FORM_PLUGIN;
    for (unsigned i = 0; i < yaml->forms_count; i++) {
        size_t at = 0;
        while (at < countof(forms) && strcmp(forms[at].name, yaml->forms[i]) != 0) {
            at++;
        }
        if (at == countof(forms)) {
            error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is no form of a log", yaml->forms[i]);
            return refuse(file, to, "forms", "audit and json (of commands), daemon and plugin (of docker_requests)",
                          err);
        }
        to->forms |= forms[at].form;
    }
    bool has_commands = to->texts[SOURCE_COMMANDS].count > 0;
    bool has_docker = to->texts[SOURCE_DOCKER_REQUESTS].count > 0;
    if ((has_commands && !(to->forms & (FORM_AUDIT | FORM_JSON))) ||
        (has_docker && !(to->forms & (FORM_DAEMON | FORM_PLUGIN)))) {
        error_set(err, TOCSIN_ERROR_CONFIG, "in these forms nothing is left of the case");
        return refuse(file, to, "forms", "commands: audit, json; docker_requests: daemon, plugin", err);
    }
    return TOCSIN_OK;
}

static tocsin_status read_sources(const struct rule_cases *file, const struct yaml_case *yaml, struct rule_case *to,
                                  struct error *err)
{
    bool has_items = false;
    for (int source = 0; source < SOURCE_EVENTS; source++) {
        to->texts[source] = (struct case_texts){yaml->sources[source], yaml->source_counts[source]};
        has_items |= yaml->source_counts[source] > 0;
    }
    if (has_items + (yaml->events != NULL) + (yaml->file != NULL) != 1) {
        error_set(err, TOCSIN_ERROR_CONFIG, "a case has events of one kind");
        return refuse(file, to, "",
                      "commands, requests, docker_requests, reads, connects; or else events; or else file", err);
    }
    if (yaml->lines && (!yaml->file || !read_numbers(yaml->lines, &to->lines) || to->lines.min == 0)) {
        error_set(err, TOCSIN_ERROR_CONFIG, "'lines' are lines of the file that the case names");
        return refuse(file, to, "lines", "lines: 5, lines: 5..9 or lines: 5..", err);
    }
    if (!has_items && (yaml->as || yaml->exe || yaml->container || yaml->together || yaml->apart || yaml->forms)) {
        error_set(err, TOCSIN_ERROR_CONFIG, "these events are taken as they are");
        return refuse(file, to, "", "as, exe, container, together, apart and forms are for events that are made", err);
    }
    if (yaml->apart && (*yaml->apart < 0 || *yaml->apart > 7 * 86400)) {
        error_set(err, TOCSIN_ERROR_CONFIG, "'apart' is a number of seconds, up to a week");
        return refuse(file, to, "apart", "apart: 30", err);
    }
    return TOCSIN_OK;
}

/* What stands in audit records as it is. */
static bool is_name(const char *text)
{
    for (; text && *text; text++) {
        if ((unsigned char)*text <= 0x20 || *text == 0x7f || *text == '"') {
            return false;
        }
    }
    return true;
}

static tocsin_status read_names(const struct rule_cases *file, const struct yaml_case *yaml, struct rule_case *to,
                                struct error *err)
{
    to->who = yaml->as;
    to->exe = yaml->exe;
    if (!is_name(yaml->as) || !is_name(yaml->exe)) {
        error_set(err, TOCSIN_ERROR_CONFIG, "a name holds no blanks, quotes and controls");
        return refuse(file, to, is_name(yaml->as) ? "exe" : "as", "as: alice, exe: /usr/bin/kubectl", err);
    }
    return TOCSIN_OK;
}

static tocsin_status read_case(const struct rule_cases *file, const struct yaml_case *yaml, struct rule_case *to,
                               struct error *err)
{
    to->name = yaml->name;
    to->events = yaml->events;
    to->file = yaml->file;
    to->lines = (struct case_range){1, INT64_MAX};
    to->is_in_container = yaml->container;
    to->is_together = yaml->together;
    to->apart_s = yaml->apart ? *yaml->apart : 1;
    tocsin_status status = read_names(file, yaml, to, err);
    status = status == TOCSIN_OK ? read_sources(file, yaml, to, err) : status;
    status = status == TOCSIN_OK ? read_forms(file, yaml, to, err) : status;
    return status == TOCSIN_OK ? read_expectation(file, yaml, to, err) : status;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static tocsin_status read_cases(struct rule_cases *file, struct error *err)
{
    const struct yaml_file *yaml = file->document.root;
    size_t count = 0;
    for (int kind = 0; kind < CASE_KIND_COUNT; kind++) {
        file->counts[kind] = yaml->case_counts[kind];
        count += yaml->case_counts[kind];
    }
    file->cases = arena_array(&file->arena, struct rule_case, count > 0 ? count : 1);
    if (!file->cases) {
        return error_memory(err);
    }
    for (int kind = 0; kind < CASE_KIND_COUNT; kind++) {
        for (unsigned i = 0; i < yaml->case_counts[kind]; i++) {
            struct rule_case *to = &file->cases[file->case_count++];
            to->kind = (enum case_kind)kind;
            to->index = i;
            tocsin_status status = read_case(file, &yaml->cases[kind][i], to, err);
            if (status != TOCSIN_OK) {
                return status;
            }
        }
    }
    return TOCSIN_OK;
}

tocsin_status rule_cases_load(struct rule_cases *file, str text, const char *source_name, const char *rule_id,
                              struct error *err)
{
    *file = (struct rule_cases){0};
    arena_init(&file->arena, ARENA_NO_LIMIT);
    tocsin_status status = yaml_document_load_text(&file->document, text, source_name, &file_schema, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct yaml_file *yaml = file->document.root;
    if (yaml->rule && strcmp(yaml->rule, rule_id) != 0) {
        error_set(err, TOCSIN_ERROR_CONFIG, "these are cases of '%s', and not of '%s'", yaml->rule, rule_id);
        error_hint(err, "the cases of a rule are in tests/ID.yaml");
        yaml_document_position(&file->document, err, "rule");
        return TOCSIN_ERROR_CONFIG;
    }
    return read_cases(file, err);
}

void rule_cases_release(struct rule_cases *file)
{
    yaml_document_release(&file->document);
    arena_release(&file->arena);
    *file = (struct rule_cases){0};
}
