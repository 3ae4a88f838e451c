/* fuzz_verify_tables.c - what tests and tuning read: labelled rows, findings (NDJSON), measures. Reading ends; what was
 * read lies inside the text; exceptions proposed for any findings are YAML. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/yaml_document.h"
#include "verify/labelled_rows.h"
#include "verify/measures.h"
#include "verify/tuning.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_labelled(str text)
{
    struct arena arena;
    struct labelled_rows rows = {0};
    struct error err = {0};
    arena_init(&arena, 64 * MEBI);
    if (labelled_rows_read(&rows, text, "rows.tsv", &arena, &err) == TOCSIN_OK) {
        for (size_t i = 0; i < rows.count; i++) {
            str value = rows.rows[i].text;
            if (value.data < text.data || value.data + value.len > text.data + text.len || value.len == 0) {
                abort();
            }
        }
    }
    arena_release(&arena);
}

struct any {
    char *text;
};

/* Only whether it parses: the schema asks for a key that is not there, which is another error than a wrong syntax. */
static void check_yaml(str text)
{
    static const cyaml_schema_field_t fields[] = {CYAML_FIELD_END};
    static const cyaml_schema_value_t schema = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct any, fields)};
    struct yaml_document document;
    struct error err = {0};
    (void)yaml_document_load_text(&document, text, "proposed.yaml", &schema, &err);
    if (strstr(err.message, "not valid YAML") || strstr(err.message, "not UTF-8")) {
        abort();
    }
    yaml_document_release(&document);
}

static void tune(str text)
{
    struct tuning tuning;
    struct error err = {0};
    tuning_init(&tuning);
    if (found_rows_write(&tuning.found, text.data, text.len) == 0 && tuning.found.count > 0 &&
        tuning.found.count < 1000) {
        bool marks[1000];
        memset(marks, 1, sizeof(marks));
        struct strbuf out;
        strbuf_init(&out, LIMIT_MADE_LOG_BYTES);
        strbuf_append(&out, STR("exceptions:\n"));
        if (tuning_group(&tuning, marks, &err) == TOCSIN_OK && tuning.group_count > 0) {
            for (size_t i = 0; i < tuning.group_count; i++) {
                if (!tuning_refusal(&tuning.groups[i])) {
                    tuning_write(&out, &tuning.groups[i], STEP_DETAIL, "x", "2027-01-01");
                }
            }
            check_yaml(strbuf_str(&out));
        }
        strbuf_release(&out);
    }
    tuning_release(&tuning);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = str_from((const char *)data, size);
    struct measures measures;
    struct error err = {0};
    (void)measures_load(&measures, text, "measures.yaml", &err);
    measures_release(&measures);
    read_labelled(text);
    tune(text);
    return 0;
}
