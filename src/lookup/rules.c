#include "lookup/rules.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/yaml_document.h"
#include "lookup/entry_check.h"
#include "lookup/id_names.h"

struct rule_entry {
    int64_t id;
    char *name;
};

struct file_root {
    struct rule_entry *rules;
    unsigned rule_count;
};

static const cyaml_schema_field_t rule_fields[] = {
    CYAML_FIELD_INT("id", CYAML_FLAG_DEFAULT, struct rule_entry, id),
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct rule_entry, name, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t rule_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct rule_entry, rule_fields)};
static const cyaml_schema_field_t root_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("rules", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_root, rules, rule_count,
                               &rule_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_root, root_fields)};

struct rules {
    struct arena arena;
    struct id_names names;
};

tocsin_status rules_create(struct rules **ret_rules, struct error *err)
{
    struct rules *rules = memory_allocate_zeroed(1, sizeof(*rules));
    if (!rules) {
        return error_memory(err);
    }
    arena_init(&rules->arena, ARENA_NO_LIMIT);
    *ret_rules = rules;
    return TOCSIN_OK;
}

void rules_free(struct rules *rules)
{
    if (rules) {
        arena_release(&rules->arena);
        memory_free(rules);
    }
}

static tocsin_status keep_entries(struct rules *rules, const struct file_root *root, struct error *err)
{
    rules->names.items = arena_array(&rules->arena, struct id_name, root->rule_count);
    if (!rules->names.items) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < root->rule_count; i++) {
        str name = arena_copy(&rules->arena, str_from_cstring(root->rules[i].name));
        if (!name.data) {
            return error_memory(err);
        }
        rules->names.items[rules->names.count++] = (struct id_name){root->rules[i].id, name};
    }
    id_names_sort(&rules->names);
    return TOCSIN_OK;
}

static tocsin_status read_entries(struct rules *rules, const struct yaml_document *document, struct error *err)
{
    const struct file_root *root = document->root;
    if (root->rule_count == 0) {
        return TOCSIN_OK;
    }
    struct arena scratch;
    arena_init(&scratch, ARENA_NO_LIMIT);
    struct entry_key *ids = arena_array(&scratch, struct entry_key, root->rule_count);
    tocsin_status status = ids ? TOCSIN_OK : error_memory(err);
    for (unsigned i = 0; ids && i < root->rule_count; i++) {
        ids[i] = (struct entry_key){root->rules[i].id, STR_EMPTY, i};
    }
    status = status == TOCSIN_OK ? entry_check_unique(document, "rules", "id", ids, root->rule_count, err) : status;
    status = status == TOCSIN_OK ? keep_entries(rules, root, err) : status;
    arena_release(&scratch);
    return status;
}

tocsin_status rules_load_text(struct rules *rules, str text, const char *source_name, struct error *err)
{
    struct yaml_document document;
    tocsin_status status = yaml_document_load_text(&document, text, source_name, &root_schema, err);
    if (status == TOCSIN_OK) {
        status = read_entries(rules, &document, err);
        yaml_document_release(&document);
    }
    return status;
}

str rules_name(const struct rules *rules, int64_t id)
{
    const struct id_name *found = id_names_find(&rules->names, id);
    return found ? found->name : STR_EMPTY;
}
