#include "verify/measures.h"

enum { PATH_BYTES = 1000, FILES_MAX = 1000, OPTIONAL = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL };

struct yaml_thresholds {
    double *recall_min;
    int64_t *benign_max;
    double *per_day_max;
};
struct yaml_measures {
    char **labelled;
    unsigned labelled_count;
    struct measured_log *logs;
    unsigned logs_count;
    struct yaml_thresholds *thresholds;
};

static const cyaml_schema_value_t path_value = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, PATH_BYTES)};
static const cyaml_schema_field_t log_fields[] = {
    CYAML_FIELD_STRING_PTR("log", CYAML_FLAG_POINTER, struct measured_log, log, 1, PATH_BYTES),
    CYAML_FIELD_STRING_PTR("labels", OPTIONAL, struct measured_log, labels, 1, PATH_BYTES),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t log_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct measured_log, log_fields)};
static const cyaml_schema_field_t threshold_fields[] = {
    CYAML_FIELD_FLOAT_PTR("recall_min", OPTIONAL, struct yaml_thresholds, recall_min),
    CYAML_FIELD_INT_PTR("benign_max", OPTIONAL, struct yaml_thresholds, benign_max),
    CYAML_FIELD_FLOAT_PTR("per_day_max", OPTIONAL, struct yaml_thresholds, per_day_max),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t measure_fields[] = {
    CYAML_FIELD_SEQUENCE("labelled", OPTIONAL, struct yaml_measures, labelled, &path_value, 0, FILES_MAX),
    CYAML_FIELD_SEQUENCE("logs", OPTIONAL, struct yaml_measures, logs, &log_value, 0, FILES_MAX),
    CYAML_FIELD_MAPPING_PTR("thresholds", OPTIONAL, struct yaml_measures, thresholds, threshold_fields),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t measure_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml_measures, measure_fields)};

static tocsin_status check_thresholds(const struct measures *measures, struct error *err)
{
    const struct {
        const char *name;
        bool is_wrong;
    } checks[] = {
        {"recall_min", measures->recall_min && !(*measures->recall_min >= 0 && *measures->recall_min <= 100)},
        {"benign_max", measures->benign_max && *measures->benign_max < 0},
        {"per_day_max", measures->per_day_max && !(*measures->per_day_max >= 0)},
    };
    for (size_t i = 0; i < countof(checks); i++) {
        if (checks[i].is_wrong) {
            error_set(err, TOCSIN_ERROR_CONFIG, "'%s' can't be that", checks[i].name);
            error_hint(err, "recall_min: percent, benign_max: rows, per_day_max: findings");
            yaml_document_position(&measures->document, err, "thresholds.%s", checks[i].name);
            return TOCSIN_ERROR_CONFIG;
        }
    }
    return TOCSIN_OK;
}

tocsin_status measures_load(struct measures *measures, str text, const char *source_name, struct error *err)
{
    *measures = (struct measures){0};
    tocsin_status status = yaml_document_load_text(&measures->document, text, source_name, &measure_schema, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct yaml_measures *yaml = measures->document.root;
    measures->labelled = yaml->labelled;
    measures->labelled_count = yaml->labelled_count;
    measures->logs = yaml->logs;
    measures->log_count = yaml->logs_count;
    if (yaml->thresholds) {
        measures->recall_min = yaml->thresholds->recall_min;
        measures->benign_max = yaml->thresholds->benign_max;
        measures->per_day_max = yaml->thresholds->per_day_max;
    }
    return check_thresholds(measures, err);
}

void measures_release(struct measures *measures)
{
    yaml_document_release(&measures->document);
    *measures = (struct measures){0};
}
