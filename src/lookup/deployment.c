#include "lookup/deployment.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "lookup/nearest_name.h"
#include "lookup/table_file.h"

enum { PORT_DEFAULT = 32006, PORT_MAX = 65535, SERVER_BYTES_MAX = 64 * 1024 };

struct processor_entry {
    int64_t id;
    char *name;
    char *host;
    int64_t *port;
};

struct file_root {
    struct processor_entry *processors;
    unsigned processor_count;
};

static const cyaml_schema_field_t processor_fields[] = {
    CYAML_FIELD_INT("id", CYAML_FLAG_DEFAULT, struct processor_entry, id),
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct processor_entry, name, 1, 1024),
    CYAML_FIELD_STRING_PTR("host", CYAML_FLAG_POINTER, struct processor_entry, host, 1, 1024),
    CYAML_FIELD_INT_PTR("port", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct processor_entry, port),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t processor_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct processor_entry, processor_fields)};
static const cyaml_schema_field_t root_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("processors", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_root, processors,
                               processor_count, &processor_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_root, root_fields)};

struct deployment {
    struct arena arena;
    struct processor *processors; /* by id */
    size_t count;
};

tocsin_status deployment_create(struct deployment **ret_deployment, struct error *err)
{
    struct deployment *deployment = memory_allocate_zeroed(1, sizeof(*deployment));
    if (!deployment) {
        return error_memory(err);
    }
    arena_init(&deployment->arena, ARENA_NO_LIMIT);
    *ret_deployment = deployment;
    return TOCSIN_OK;
}

void deployment_free(struct deployment *deployment)
{
    if (deployment) {
        arena_release(&deployment->arena);
        memory_free(deployment);
    }
}

static int compare_processors(const void *a, const void *b)
{
    const struct processor *left = a;
    const struct processor *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

static tocsin_status check_entry(const struct table_file *file, unsigned index, struct error *err)
{
    const struct processor_entry *entry = &((const struct file_root *)file->document.root)->processors[index];
    tocsin_status status =
        table_file_number(file, "the id of a processor", entry->id, 0, INT32_MAX, err, "processors[%u].id", index);
    if (status == TOCSIN_OK && entry->port) {
        status = table_file_number(file, "a port", *entry->port, 1, PORT_MAX, err, "processors[%u].port", index);
    }
    return status;
}

/* An address of IPv6 stands in brackets, so that the port can be told from it. */
static str server_of(struct arena *arena, str host, int64_t port)
{
    struct strbuf text;
    strbuf_init(&text, SERVER_BYTES_MAX);
    bool is_v6 = str_find_char(host, ':', 0) != SIZE_MAX;
    strbuf_append(&text, is_v6 ? STR("[") : STR(""));
    strbuf_append(&text, host);
    strbuf_append(&text, is_v6 ? STR("]:") : STR(":"));
    strbuf_append_u64(&text, (uint64_t)port);
    str copy = text.is_failed ? (str){NULL, 0} : arena_copy(arena, strbuf_str(&text));
    strbuf_release(&text);
    return copy;
}

static bool keep_processor(struct deployment *deployment, const struct processor_entry *entry)
{
    struct processor processor = {
        .id = entry->id,
        .name = arena_copy(&deployment->arena, str_from_cstring(entry->name)),
        .host = arena_copy(&deployment->arena, str_from_cstring(entry->host)),
        .server =
            server_of(&deployment->arena, str_from_cstring(entry->host), entry->port ? *entry->port : PORT_DEFAULT),
    };
    deployment->processors[deployment->count++] = processor;
    return processor.name.data && processor.host.data && processor.server.data;
}

static tocsin_status take_file(void *table, struct table_file *file, struct error *err)
{
    struct deployment *deployment = table;
    const struct file_root *root = file->document.root;
    unsigned count = root->processor_count;
    struct entry_key *ids = arena_array(&file->scratch, struct entry_key, count);
    struct entry_key *names = arena_array(&file->scratch, struct entry_key, count);
    deployment->processors = arena_array(&deployment->arena, struct processor, count);
    if (!ids || !names || !deployment->processors) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < count; i++) {
        const struct processor_entry *entry = &root->processors[i];
        tocsin_status status = check_entry(file, i, err);
        if (status == TOCSIN_OK && !keep_processor(deployment, entry)) {
            status = error_memory(err);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
        ids[i] = (struct entry_key){entry->id, STR_EMPTY, i};
        names[i] = (struct entry_key){0, str_from_cstring(entry->name), i};
    }
    if (count > 0) {
        qsort(deployment->processors, count, sizeof(struct processor), compare_processors);
    }
    tocsin_status status = entry_check_unique(&file->document, "processors", "id", ids, count, err);
    return status == TOCSIN_OK ? entry_check_unique(&file->document, "processors", "name", names, count, err) : status;
}

tocsin_status deployment_load_text(struct deployment *deployment, str text, const char *source_name, struct error *err)
{
    return table_file_load(text, source_name, &root_schema, take_file, deployment, err);
}

const struct processor *deployment_find(const struct deployment *deployment, int64_t id)
{
    const struct processor wanted = {.id = id};
    return deployment->count == 0 ? NULL
                                  : bsearch(&wanted, deployment->processors, deployment->count,
                                            sizeof(struct processor), compare_processors);
}

const struct processor *deployment_find_name(const struct deployment *deployment, str name)
{
    for (size_t i = 0; i < deployment->count; i++) {
        if (str_eq_ignore_case(deployment->processors[i].name, name)) {
            return &deployment->processors[i];
        }
    }
    return NULL;
}

str deployment_suggest(const struct deployment *deployment, str name)
{
    struct nearest_name nearest = nearest_name_of(name);
    for (size_t i = 0; i < deployment->count; i++) {
        nearest_name_try(&nearest, deployment->processors[i].name);
    }
    return nearest.name;
}
