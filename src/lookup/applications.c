#include "lookup/applications.h"

#include "base/memory.h"
#include "lookup/id_names.h"
#include "lookup/table_file.h"

/* QRadar's default applications, as far as its public documents show the ids. Ordered by id. */
#define APPLICATION(id, name)                                                                                          \
    {                                                                                                                  \
        (id),                                                                                                          \
        {                                                                                                              \
            (name), sizeof(name) - 1                                                                                   \
        }                                                                                                              \
    }
static const struct id_name builtin_applications[] = {
    APPLICATION(1019, "Authentication.LDAP"),
    APPLICATION(3001, "Chat.ICQ"),
    APPLICATION(3002, "Chat.ICQ"),
    APPLICATION(3003, "Chat.IRC"),
    APPLICATION(3004, "Chat.Jabber"),
    APPLICATION(3006, "Chat.Jabber"),
    APPLICATION(3008, "Chat.iChat"),
    APPLICATION(5668, "Chat.IRC"),
    APPLICATION(5669, "Chat.IRC"),
    APPLICATION(5700, "Authentication.NTLMSSP"),
    APPLICATION(5782, "Chat.IRC"),
    APPLICATION(20998, "Authentication.MSGAuthentication"),
    APPLICATION(21028, "Authentication.tacacs"),
    APPLICATION(21061, "Authentication.TACACS-DatabaseService"),
    APPLICATION(51342, "Authentication.Radius-1645"),
    APPLICATION(51343, "Authentication.Radius-1646"),
    APPLICATION(51344, "Authentication.Radius-1812"),
    APPLICATION(51345, "Authentication.Radius-1813"),
    APPLICATION(60016, "Chat.CUSeeMe"),
    APPLICATION(268435456, "Chat.ICQ"),
    APPLICATION(285212672, "Chat.ICQControl"),
    APPLICATION(301989888, "Chat.ICQTalk"),
};
#undef APPLICATION

struct application_entry {
    int64_t id;
    char *name;
};

struct file_root {
    struct application_entry *applications;
    unsigned application_count;
};

static const cyaml_schema_field_t application_fields[] = {
    CYAML_FIELD_INT("id", CYAML_FLAG_DEFAULT, struct application_entry, id),
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct application_entry, name, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t application_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct application_entry, application_fields)};
static const cyaml_schema_field_t root_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("applications", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_root, applications,
                               application_count, &application_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_root, root_fields)};

struct applications {
    struct arena arena;
    struct id_names names; /* the user's */
};

tocsin_status applications_create(struct applications **ret_applications, struct error *err)
{
    struct applications *applications = memory_allocate_zeroed(1, sizeof(*applications));
    if (!applications) {
        return error_memory(err);
    }
    arena_init(&applications->arena, ARENA_NO_LIMIT);
    *ret_applications = applications;
    return TOCSIN_OK;
}

void applications_free(struct applications *applications)
{
    if (applications) {
        arena_release(&applications->arena);
        memory_free(applications);
    }
}

static tocsin_status take_file(void *table, struct table_file *file, struct error *err)
{
    struct applications *applications = table;
    const struct file_root *root = file->document.root;
    unsigned count = root->application_count;
    struct entry_key *ids = arena_array(&file->scratch, struct entry_key, count);
    applications->names.items = arena_array(&applications->arena, struct id_name, count);
    if (!ids || !applications->names.items) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < count; i++) {
        const struct application_entry *entry = &root->applications[i];
        tocsin_status status = table_file_number(file, "the id of an application", entry->id, 0, UINT32_MAX, err,
                                                 "applications[%u].id", i);
        if (status != TOCSIN_OK) {
            return status;
        }
        str name = arena_copy(&applications->arena, str_from_cstring(entry->name));
        if (!name.data) {
            return error_memory(err);
        }
        ids[i] = (struct entry_key){entry->id, STR_EMPTY, i};
        applications->names.items[applications->names.count++] = (struct id_name){entry->id, name};
    }
    id_names_sort(&applications->names);
    return entry_check_unique(&file->document, "applications", "id", ids, count, err);
}

tocsin_status applications_load_text(struct applications *applications, str text, const char *source_name,
                                     struct error *err)
{
    return table_file_load(text, source_name, &root_schema, take_file, applications, err);
}

str applications_name(const struct applications *applications, int64_t id)
{
    const struct id_names builtin = {(struct id_name *)builtin_applications, countof(builtin_applications)};
    const struct id_name *found = id_names_find(&applications->names, id);
    found = found ? found : id_names_find(&builtin, id);
    return found ? found->name : STR_EMPTY;
}
