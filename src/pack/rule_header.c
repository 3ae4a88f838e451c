#include "pack/rule_header.h"

#include "base/limits.h"
#include "base/memory.h"

struct yaml_tuning {
    char *knob, *description;
};
struct yaml_rule {
    char *id, *title, *description, *status, *level, *risk, *group, *telemetry;
    struct yaml_levels *levels;
    char **tactics, **techniques, **data_components, **requires, **log_source_types, **references, **false_positives;
    unsigned tactics_count, techniques_count, data_components_count, requires_count, log_source_types_count,
        references_count, false_positives_count;
    struct yaml_tuning *tuning;
    unsigned tuning_count;
};

const cyaml_schema_field_t yaml_level_fields[] = {
    CYAML_FIELD_INT_PTR("informational", YAML_OPTIONAL, struct yaml_levels, informational),
    CYAML_FIELD_INT_PTR("low", YAML_OPTIONAL, struct yaml_levels, low),
    CYAML_FIELD_INT_PTR("medium", YAML_OPTIONAL, struct yaml_levels, medium),
    CYAML_FIELD_INT_PTR("high", YAML_OPTIONAL, struct yaml_levels, high),
    CYAML_FIELD_INT_PTR("critical", YAML_OPTIONAL, struct yaml_levels, critical),
    CYAML_FIELD_END,
};
const cyaml_schema_value_t yaml_text_value = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, YAML_TEXT_BYTES)};

#define TEXTS(member)                                                                                                  \
    CYAML_FIELD_SEQUENCE(#member, YAML_OPTIONAL, struct yaml_rule, member, &yaml_text_value, 0, YAML_TEXTS)
#define WORD(member, bytes) CYAML_FIELD_STRING_PTR(#member, YAML_OPTIONAL, struct yaml_rule, member, 1, bytes)

static const cyaml_schema_field_t tuning_fields[] = {
    CYAML_FIELD_STRING_PTR("knob", CYAML_FLAG_POINTER, struct yaml_tuning, knob, 1, 100),
    CYAML_FIELD_STRING_PTR("description", CYAML_FLAG_POINTER, struct yaml_tuning, description, 1, YAML_TEXT_BYTES),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t tuning_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_tuning, tuning_fields)};
static const cyaml_schema_field_t rule_fields[] = {
    CYAML_FIELD_STRING_PTR("id", CYAML_FLAG_POINTER, struct yaml_rule, id, 1, 120),
    CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_POINTER, struct yaml_rule, title, 1, 400),
    WORD(description, YAML_TEXT_BYTES),
    WORD(status, 20),
    WORD(level, 20),
    WORD(risk, LIMIT_IDENTIFIER_BYTES),
    WORD(group, 100),
    WORD(telemetry, 20),
    CYAML_FIELD_MAPPING_PTR("levels", YAML_OPTIONAL, struct yaml_rule, levels, yaml_level_fields),
    TEXTS(tactics),
    TEXTS(techniques),
    TEXTS(data_components),
    TEXTS(requires),
    TEXTS(log_source_types),
    TEXTS(references),
    TEXTS(false_positives),
    CYAML_FIELD_SEQUENCE("tuning", YAML_OPTIONAL, struct yaml_rule, tuning, &tuning_value, 0, YAML_TEXTS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t rule_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml_rule, rule_fields)};

/* ---- names ------------------------------------------------------------------------------------------------------- */

static const char *const level_names[LEVEL_COUNT] = {"informational", "low", "medium", "high", "critical"};
static const char *const status_names[STATUS_COUNT] = {"stable", "test", "experimental", "reference"};
static const char *const telemetry_names[TELEMETRY_COUNT] = {"",           "process", "file",       "network",
                                                             "kubernetes", "docker",  "correlation"};

str pack_level_name(enum pack_level level)
{
    return str_from_cstring(level_names[level]);
}

str pack_status_name(enum pack_status status)
{
    return str_from_cstring(status_names[status]);
}

str pack_telemetry_name(enum pack_telemetry telemetry)
{
    return str_from_cstring(telemetry_names[telemetry]);
}

/* The index of a name, or -1. */
static int find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (str_eq(str_from_cstring(names[i]), str_from_cstring(name))) {
            return i;
        }
    }
    return -1;
}

struct choice {
    const char *key;
    const char *value; /* NULL: not given */
    const char *const *names;
    int name_count;
    const char *what;
    const char *hint;
};

/* *ret keeps its value if the header says nothing. */
static tocsin_status choose(const struct yaml_document *document, const struct choice *choice, int *ret,
                            struct error *err)
{
    if (!choice->value) {
        return TOCSIN_OK;
    }
    int found = choice->value[0] ? find_name(choice->names, choice->name_count, choice->value) : -1;
    if (found < 0) {
        tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is no %s", choice->value, choice->what);
        error_hint(err, "%s", choice->hint);
        yaml_document_position(document, err, "%s", choice->key);
        return status;
    }
    *ret = found;
    return TOCSIN_OK;
}

static tocsin_status read_choices(const struct yaml_document *document, const struct yaml_rule *yaml,
                                  struct pack_rule *rule, struct error *err)
{
    int level = LEVEL_MEDIUM;
    int kind = STATUS_STABLE;
    int telemetry = TELEMETRY_NONE;
    const struct choice of_level = {"level",     yaml->level, level_names,
                                    LEVEL_COUNT, "level",     "informational, low, medium, high or critical"};
    const struct choice of_status = {"status",     yaml->status,       status_names,
                                     STATUS_COUNT, "status of a rule", "stable, test, experimental or reference"};
    const struct choice of_telemetry = {
        "telemetry",     yaml->telemetry,     telemetry_names,
        TELEMETRY_COUNT, "kind of telemetry", "process, file, network, kubernetes, docker or correlation"};
    tocsin_status status = choose(document, &of_level, &level, err);
    status = status == TOCSIN_OK ? choose(document, &of_status, &kind, err) : status;
    status = status == TOCSIN_OK ? choose(document, &of_telemetry, &telemetry, err) : status;
    rule->level = (enum pack_level)level;
    rule->status = (enum pack_status)kind;
    rule->telemetry = (enum pack_telemetry)telemetry;
    return status;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

void rule_levels_read(const struct yaml_levels *yaml, struct pack_levels *levels)
{
    const int64_t *const thresholds[LEVEL_COUNT] = {yaml->informational, yaml->low, yaml->medium, yaml->high,
                                                    yaml->critical};
    for (int level = 0; level < LEVEL_COUNT; level++) {
        levels->has_threshold[level] = thresholds[level] != NULL;
        levels->threshold[level] = thresholds[level] ? *thresholds[level] : 0;
    }
}

tocsin_status rule_copy_text(struct arena *arena, const char *text, str *ret, struct error *err)
{
    str from = str_from_cstring(text ? text : "");
    const char *copy = arena_copy_cstring(arena, from);
    if (!copy) {
        return error_memory(err);
    }
    *ret = str_from(copy, from.len);
    return TOCSIN_OK;
}

tocsin_status rule_copy_texts(struct arena *arena, char *const *texts, unsigned count, struct pack_texts *ret,
                              struct error *err)
{
    if (count == 0) {
        *ret = (struct pack_texts){0};
        return TOCSIN_OK;
    }
    str *items = arena_array(arena, str, count);
    if (!items) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < count; i++) {
        tocsin_status status = rule_copy_text(arena, texts[i], &items[i], err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    *ret = (struct pack_texts){items, count};
    return TOCSIN_OK;
}

static tocsin_status copy_tuning(struct arena *arena, const struct yaml_rule *yaml, struct pack_rule *rule,
                                 struct error *err)
{
    struct pack_tuning *tuning =
        arena_array(arena, struct pack_tuning, yaml->tuning_count > 0 ? yaml->tuning_count : 1);
    tocsin_status status = tuning ? TOCSIN_OK : error_memory(err);
    for (unsigned i = 0; status == TOCSIN_OK && i < yaml->tuning_count; i++) {
        status = rule_copy_text(arena, yaml->tuning[i].knob, &tuning[i].knob, err);
        status = status == TOCSIN_OK ? rule_copy_text(arena, yaml->tuning[i].description, &tuning[i].description, err)
                                     : status;
    }
    rule->tuning = tuning;
    rule->tuning_count = yaml->tuning_count;
    return status;
}

static tocsin_status copy_rule(struct arena *arena, const struct yaml_rule *yaml, struct pack_rule *rule,
                               struct error *err)
{
    const struct {
        const char *from;
        str *to;
    } texts[] = {
        {yaml->id, &rule->id},
        {yaml->title, &rule->title},
        {yaml->description, &rule->description},
        {yaml->risk, &rule->risk_column},
        {yaml->group, &rule->group},
    };
    const struct {
        char *const *from;
        unsigned count;
        struct pack_texts *to;
    } lists[] = {
        {yaml->tactics, yaml->tactics_count, &rule->tactics},
        {yaml->techniques, yaml->techniques_count, &rule->techniques},
        {yaml->data_components, yaml->data_components_count, &rule->data_components},
        {yaml->requires, yaml->requires_count, &rule->required_fields},
        {yaml->log_source_types, yaml->log_source_types_count, &rule->log_source_types},
        {yaml->references, yaml->references_count, &rule->references},
        {yaml->false_positives, yaml->false_positives_count, &rule->false_positives},
    };
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < countof(texts); i++) {
        status = rule_copy_text(arena, texts[i].from, texts[i].to, err);
    }
    for (size_t i = 0; status == TOCSIN_OK && i < countof(lists); i++) {
        status = rule_copy_texts(arena, lists[i].from, lists[i].count, lists[i].to, err);
    }
    return status == TOCSIN_OK ? copy_tuning(arena, yaml, rule, err) : status;
}

/* ---- the header -------------------------------------------------------------------------------------------------- */

static bool is_rule_name(str id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.data[i];
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '_' && c != '-' && c != '.') {
            return false;
        }
    }
    return id.len > 0;
}

static const char opening[] = "/* rule\n";

bool rule_has_header(str text)
{
    return str_starts_with(text, STR(opening));
}

/* The YAML as a text of its own with the lines where they are in the file: the opening becomes a comment. */
static tocsin_status cut_header(struct arena *arena, const struct pack_rule *rule, str *ret_yaml, struct error *err)
{
    size_t end = str_find(rule->text, STR("*/"), 0);
    if (end == SIZE_MAX) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "'%.*s': the header has no end", STR_ARG(rule->file));
    }
    char *yaml = arena_copy_cstring(arena, str_slice(rule->text, 0, end));
    if (!yaml) {
        return error_memory(err);
    }
    yaml[0] = '#';
    yaml[1] = ' ';
    *ret_yaml = str_from(yaml, end);
    return TOCSIN_OK;
}

tocsin_status rule_header_read(struct arena *arena, struct pack_rule *rule, const struct pack_levels *defaults,
                               struct error *err)
{
    str text = STR_EMPTY;
    tocsin_status status = cut_header(arena, rule, &text, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct yaml_document document;
    status = yaml_document_load_text(&document, text, rule->file.data, &rule_schema, err);
    if (status == TOCSIN_OK) {
        const struct yaml_rule *yaml = document.root;
        rule->levels = *defaults;
        if (yaml->levels) {
            rule_levels_read(yaml->levels, &rule->levels);
        }
        status = copy_rule(arena, yaml, rule, err);
        status = status == TOCSIN_OK ? read_choices(&document, yaml, rule, err) : status;
        if (status == TOCSIN_OK && !is_rule_name(rule->id)) {
            status = error_set(err, TOCSIN_ERROR_CONFIG, "a rule id has letters, digits, '_', '-' and '.': '%.*s'",
                               STR_ARG(rule->id));
            yaml_document_position(&document, err, "id");
        }
    }
    yaml_document_release(&document);
    return status;
}
