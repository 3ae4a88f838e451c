#include "lookup/domains.h"

#include "base/memory.h"
#include "lookup/id_names.h"
#include "lookup/table_file.h"

#define DEFAULT_DOMAIN_NAME STR("Default Domain")

struct domain_entry {
    int64_t id;
    char *name;
};

struct file_root {
    struct domain_entry *domains;
    unsigned domain_count;
};

static const cyaml_schema_field_t domain_fields[] = {
    CYAML_FIELD_INT("id", CYAML_FLAG_DEFAULT, struct domain_entry, id),
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct domain_entry, name, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t domain_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct domain_entry, domain_fields)};
static const cyaml_schema_field_t root_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("domains", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_root, domains,
                               domain_count, &domain_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_root, root_fields)};

struct domains {
    struct arena arena;
    struct id_names names; /* the user's; the default domain need not be among them */
};

tocsin_status domains_create(struct domains **ret_domains, struct error *err)
{
    struct domains *domains = memory_allocate_zeroed(1, sizeof(*domains));
    if (!domains) {
        return error_memory(err);
    }
    arena_init(&domains->arena, ARENA_NO_LIMIT);
    *ret_domains = domains;
    return TOCSIN_OK;
}

void domains_free(struct domains *domains)
{
    if (domains) {
        arena_release(&domains->arena);
        memory_free(domains);
    }
}

/* An id stands once, and so does a name. */
static tocsin_status check_entries(struct table_file *file, struct error *err)
{
    const struct file_root *root = file->document.root;
    struct entry_key *ids = arena_array(&file->scratch, struct entry_key, root->domain_count);
    struct entry_key *names = arena_array(&file->scratch, struct entry_key, root->domain_count);
    if (!ids || !names) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < root->domain_count; i++) {
        const struct domain_entry *entry = &root->domains[i];
        tocsin_status status =
            table_file_number(file, "the id of a domain", entry->id, 0, INT32_MAX, err, "domains[%u].id", i);
        if (status != TOCSIN_OK) {
            return status;
        }
        ids[i] = (struct entry_key){entry->id, STR_EMPTY, i};
        names[i] = (struct entry_key){0, str_from_cstring(entry->name), i};
    }
    tocsin_status status = entry_check_unique(&file->document, "domains", "id", ids, root->domain_count, err);
    return status == TOCSIN_OK ? entry_check_unique(&file->document, "domains", "name", names, root->domain_count, err)
                               : status;
}

static tocsin_status take_file(void *table, struct table_file *file, struct error *err)
{
    struct domains *domains = table;
    const struct file_root *root = file->document.root;
    tocsin_status status = check_entries(file, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    domains->names.items = arena_array(&domains->arena, struct id_name, root->domain_count);
    if (!domains->names.items) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < root->domain_count; i++) {
        str name = arena_copy(&domains->arena, str_from_cstring(root->domains[i].name));
        if (!name.data) {
            return error_memory(err);
        }
        domains->names.items[domains->names.count++] = (struct id_name){root->domains[i].id, name};
    }
    id_names_sort(&domains->names);
    return TOCSIN_OK;
}

tocsin_status domains_load_text(struct domains *domains, str text, const char *source_name, struct error *err)
{
    return table_file_load(text, source_name, &root_schema, take_file, domains, err);
}

str domains_name(const struct domains *domains, int64_t id)
{
    const struct id_name *found = id_names_find(&domains->names, id);
    if (found) {
        return found->name;
    }
    return id == 0 ? DEFAULT_DOMAIN_NAME : STR_EMPTY;
}

bool domains_find(const struct domains *domains, str name, int64_t *ret_id)
{
    for (size_t i = 0; i < domains->names.count; i++) {
        if (str_eq_ignore_case(domains->names.items[i].name, name)) {
            *ret_id = domains->names.items[i].id;
            return true;
        }
    }
    *ret_id = 0;
    return str_eq_ignore_case(name, DEFAULT_DOMAIN_NAME);
}
