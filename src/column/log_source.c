#include "column/log_source.h"

#include <assert.h>
#include <sys/random.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/strbuf.h"

/* Host names have at most 253 bytes, addresses at most 45. */
enum { IDENTIFIER_BYTES_MAX = 255 };

/* Types that QRadar ships under these ids and names, and ours. A log source exists only for the first four. */
static const struct {
    int64_t id;
    const char *name;
    const char *aliases[6];
} builtin_types[] = {
    {LOG_SOURCE_TYPE_LINUX_OS, "Linux OS", {"Linux", "LinuxServer", "Linux Server", "Linux OS Server", "Linux DSM"}},
    {LOG_SOURCE_TYPE_UNIVERSAL, "Universal DSM", {"UDSM", "Universal", "Universal LEEF", "Universal CEF"}},
    {LOG_SOURCE_TYPE_KUBERNETES,
     "Kubernetes Auditing",
     {"Kubernetes Audit Log", "Kubernetes Audit Logs", "Kubernetes Audit", "Kubernetes", "K8s Audit"}},
    {LOG_SOURCE_TYPE_DOCKER, "Docker", {"Docker Engine", "Docker Daemon", "dockerd", "Podman", "Container Engine"}},
    {4, "Configurable Firewall Filter", {NULL}},
    {5, "Juniper Networks Firewall and VPN", {NULL}},
    {6, "Cisco PIX Firewall", {NULL}},
    {10, "Apache HTTP Server", {NULL}},
    {12, "Microsoft Windows Security Event Log", {NULL}},
    {13, "Microsoft IIS", {NULL}},
    {18, "Custom Rule Engine", {NULL}},
    {41, "Cisco Adaptive Security Appliance (ASA)", {NULL}},
    {46, "Squid Web Proxy", {NULL}},
    {73, "Fortinet FortiGate Security Gateway", {NULL}},
    {185, "ISC BIND", {NULL}},
    {206, "Palo Alto PA Series", {NULL}},
    {213, "F5 Networks BIG-IP ASM", {NULL}},
    {347, "Amazon AWS CloudTrail", {NULL}},
    {397, "Microsoft Office 365", {NULL}},
    {413, "Microsoft Azure Platform", {NULL}},
    {439, "NGINX HTTP Server", {NULL}},
    {445, "Microsoft Azure Active Directory", {NULL}},
};

/* Ids of the built-in log sources are stable: saved searches may hold them. They are no type ids, so that a mix-up
   shows. */
enum { BUILTIN_SOURCE_COUNT = 4 };
static const int64_t builtin_source_ids[BUILTIN_SOURCE_COUNT] = {1001, 1002, 1003, 1004};
static const char *const builtin_source_groups[BUILTIN_SOURCE_COUNT] = {"Linux", "Universal", "Kubernetes",
                                                                          "Docker"};

/* The first three groups get the next ids, as a user's do. Docker came later, and a user's are not to change for it. */
enum { GROUP_ID_DOCKER = LOG_SOURCE_GROUP_ID_FIRST - 1 };

/* Only the ids that formats have compiled in need to be remembered; a few more do no harm. */
enum { CREDIBILITY_DEFAULT = 5, RENUMBERED_MAX = 64 };

/* Open addressing over int64 keys. Ids come from configuration, but seeding costs nothing. */
struct id_map {
    int64_t *keys;
    void **values; /* NULL = free slot */
    size_t capacity;
    size_t count;
};

/* A host that a log source lists. */
struct host_entry {
    uint64_t hash; /* of the lower-case host and the type; with type 0: of the host alone */
    const struct log_source *source;
    str host; /* lower case */
};

struct host_map {
    struct host_entry *entries; /* source NULL = free */
    size_t capacity;
    size_t count;
};

struct log_source_table {
    struct arena arena;
    uint64_t seed;
    struct log_source_type **types;
    size_t type_count;
    size_t type_capacity;
    struct log_source **sources;
    size_t source_count;
    size_t source_capacity;
    struct log_source_group **groups;
    size_t group_count;
    size_t group_capacity;
    int64_t group_id_next;
    struct id_map group_by_id;
    struct id_map group_by_name; /* by the hash of the lower-case name */
    struct id_map source_by_id;
    struct id_map event_name_by_qid;
    struct id_map any_host_by_type; /* the source that takes every host of a type */
    struct host_map hosts;
    struct log_source builtin[BUILTIN_SOURCE_COUNT]; /* last resort when configuration replaced all of a type */
    struct {
        int64_t id;
        int64_t new_id;
    } renumbered[RENUMBERED_MAX];
    size_t renumbered_count;
};

static size_t id_slot(const struct id_map *map, uint64_t seed, int64_t key)
{
    return (size_t)str_hash_mix((uint64_t)key ^ seed) & (map->capacity - 1);
}

static void *id_map_find(const struct id_map *map, uint64_t seed, int64_t key)
{
    if (map->capacity == 0) {
        return NULL;
    }
    for (size_t slot = id_slot(map, seed, key); map->values[slot]; slot = (slot + 1) & (map->capacity - 1)) {
        if (map->keys[slot] == key) {
            return map->values[slot];
        }
    }
    return NULL;
}

static void id_map_put(struct id_map *map, uint64_t seed, int64_t key, void *value)
{
    size_t slot = id_slot(map, seed, key);
    while (map->values[slot] && map->keys[slot] != key) {
        slot = (slot + 1) & (map->capacity - 1);
    }
    map->count += map->values[slot] == NULL;
    map->keys[slot] = key;
    map->values[slot] = value;
}

static bool id_map_grow(struct id_map *map, uint64_t seed)
{
    size_t capacity = map->capacity ? map->capacity * 2 : 64;
    struct id_map wider = {memory_allocate_zeroed(capacity, sizeof(int64_t)),
                           memory_allocate_zeroed(capacity, sizeof(void *)), capacity, 0};
    if (!wider.keys || !wider.values) {
        memory_free(wider.keys);
        memory_free(wider.values);
        return false;
    }
    for (size_t slot = 0; slot < map->capacity; slot++) {
        if (map->values[slot]) {
            id_map_put(&wider, seed, map->keys[slot], map->values[slot]);
        }
    }
    memory_free(map->keys);
    memory_free(map->values);
    *map = wider;
    return true;
}

/* At most half full, so that a search always ends. */
static bool id_map_set(struct id_map *map, uint64_t seed, int64_t key, void *value)
{
    if (map->count * 2 >= map->capacity && !id_map_grow(map, seed)) {
        return false;
    }
    id_map_put(map, seed, key, value);
    return true;
}

static void id_map_release(struct id_map *map)
{
    memory_free(map->keys);
    memory_free(map->values);
}

/* Lower-case copy in `ret`; false if the text is too long to be a host. */
static bool host_fold(str host, char ret[IDENTIFIER_BYTES_MAX])
{
    if (host.len == 0 || host.len > IDENTIFIER_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < host.len; i++) {
        ret[i] = ascii_lower(host.data[i]);
    }
    return true;
}

enum { ANY_TYPE = 0 };

static uint64_t host_hash(const struct log_source_table *table, int64_t type_id, str folded)
{
    return str_hash_mix(str_hash(folded, table->seed) + (uint64_t)type_id * 0x9E3779B97F4A7C15u);
}

static const struct log_source *host_map_find(const struct log_source_table *table, int64_t type_id, str folded)
{
    const struct host_map *map = &table->hosts;
    if (map->count == 0) {
        return NULL;
    }
    uint64_t hash = host_hash(table, type_id, folded);
    size_t mask = map->capacity - 1;
    for (size_t slot = (size_t)hash & mask; map->entries[slot].source; slot = (slot + 1) & mask) {
        const struct host_entry *entry = &map->entries[slot];
        if (entry->hash == hash && str_eq(entry->host, folded) &&
            (type_id == ANY_TYPE || entry->source->type_id == type_id)) {
            return entry->source;
        }
    }
    return NULL;
}

static void host_map_put(struct host_map *map, struct host_entry entry)
{
    size_t mask = map->capacity - 1;
    size_t slot = (size_t)entry.hash & mask;
    while (map->entries[slot].source) {
        slot = (slot + 1) & mask;
    }
    map->entries[slot] = entry;
    map->count++;
}

static bool host_map_reserve(struct host_map *map, size_t more)
{
    size_t capacity = map->capacity ? map->capacity : 64;
    while ((map->count + more) * 2 > capacity) {
        capacity *= 2;
    }
    if (capacity == map->capacity) {
        return true;
    }
    struct host_map wider = {memory_allocate_zeroed(capacity, sizeof(struct host_entry)), capacity, 0};
    if (!wider.entries) {
        return false;
    }
    for (size_t slot = 0; slot < map->capacity; slot++) {
        if (map->entries[slot].source) {
            host_map_put(&wider, map->entries[slot]);
        }
    }
    memory_free(map->entries);
    *map = wider;
    return true;
}

/* Enters the source's hosts under its type and under "any type". The first source that lists a host keeps it. */
static bool host_map_add(struct log_source_table *table, const struct log_source *source)
{
    if (!host_map_reserve(&table->hosts, 2 * source->identifier_count)) {
        return false;
    }
    for (size_t i = 0; i < source->identifier_count; i++) {
        char folded[IDENTIFIER_BYTES_MAX];
        bool fits = host_fold(source->identifiers[i], folded);
        assert(fits); /* log_source_table_add checked it */
        (void)fits;
        str host = arena_copy(&table->arena, str_from(folded, source->identifiers[i].len));
        if (!host.data) {
            return false;
        }
        const int64_t types[] = {source->type_id, ANY_TYPE};
        for (size_t k = 0; k < countof(types); k++) {
            if (!host_map_find(table, types[k], host)) {
                host_map_put(&table->hosts, (struct host_entry){host_hash(table, types[k], host), source, host});
            }
        }
    }
    return true;
}

/* Everything derived from the list of sources, made anew after one was replaced. */
static bool rebuild_lookups(struct log_source_table *table)
{
    if (table->hosts.count > 0) {
        memset(table->hosts.entries, 0, table->hosts.capacity * sizeof(struct host_entry));
        table->hosts.count = 0;
    }
    id_map_release(&table->any_host_by_type);
    table->any_host_by_type = (struct id_map){0};
    for (size_t i = 0; i < table->source_count; i++) {
        struct log_source *source = table->sources[i];
        if (!host_map_add(table, source)) {
            return false;
        }
        if (source->identifier_count == 0 && !id_map_find(&table->any_host_by_type, table->seed, source->type_id) &&
            !id_map_set(&table->any_host_by_type, table->seed, source->type_id, source)) {
            return false;
        }
    }
    return true;
}

static bool copy_texts(struct arena *arena, const str *texts, size_t count, str **ret_copies)
{
    str *copies = count ? arena_array(arena, str, count) : NULL;
    if (count && !copies) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        copies[i] = arena_copy(arena, texts[i]);
        if (!copies[i].data) {
            return false;
        }
    }
    *ret_copies = copies;
    return true;
}

/* Room for one more pointer in a growing array. */
static bool reserve_pointer(void *array_of_pointers, size_t count, size_t *capacity)
{
    if (count < *capacity) {
        return true;
    }
    void **array = NULL;
    memcpy(&array, array_of_pointers, sizeof(array));
    size_t wider = *capacity ? *capacity * 2 : 32;
    array = memory_resize(array, wider * sizeof(void *));
    if (!array) {
        return false;
    }
    memcpy(array_of_pointers, &array, sizeof(array));
    *capacity = wider;
    return true;
}

/* What a type is called now. */
static int64_t current_type_id(const struct log_source_table *table, int64_t id)
{
    for (size_t i = 0; i < table->renumbered_count; i++) {
        id = table->renumbered[i].id == id ? table->renumbered[i].new_id : id;
    }
    return id;
}

tocsin_status log_source_table_add_type(struct log_source_table *table, const struct log_source_type *type,
                                        struct error *err)
{
    if (type->id <= 0) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the id of a log source type is 1 or more, not %lld",
                         (long long)type->id);
    }
    if (current_type_id(table, type->id) != type->id) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the id %lld belonged to another log source type before",
                         (long long)type->id);
    }
    struct log_source_type copy = {.id = type->id, .alias_count = type->alias_count};
    copy.name = arena_copy(&table->arena, type->name);
    if (!copy.name.data || !copy_texts(&table->arena, type->aliases, type->alias_count, &copy.aliases)) {
        return error_memory(err);
    }
    for (size_t i = 0; i < table->type_count; i++) {
        if (table->types[i]->id == type->id) {
            *table->types[i] = copy;
            return TOCSIN_OK;
        }
    }
    struct log_source_type *stored = arena_new(&table->arena, struct log_source_type);
    if (!stored || !reserve_pointer(&table->types, table->type_count, &table->type_capacity)) {
        return error_memory(err);
    }
    *stored = copy;
    table->types[table->type_count++] = stored;
    return TOCSIN_OK;
}

tocsin_status log_source_table_renumber_type(struct log_source_table *table, int64_t id, int64_t new_id,
                                             struct error *err)
{
    struct log_source_type *type = NULL;
    for (size_t i = 0; i < table->type_count; i++) {
        if (table->types[i]->id == new_id) {
            return error_set(err, TOCSIN_ERROR_CONFIG, "the id %lld belongs to the log source type '%.*s'",
                             (long long)new_id, STR_ARG(table->types[i]->name));
        }
        type = table->types[i]->id == id ? table->types[i] : type;
    }
    if (!type || new_id <= 0) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "a log source type cannot get the id %lld", (long long)new_id);
    }
    if (table->renumbered_count == RENUMBERED_MAX) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "more than %d log source types get new ids", RENUMBERED_MAX);
    }
    table->renumbered[table->renumbered_count].id = id;
    table->renumbered[table->renumbered_count++].new_id = new_id;
    type->id = new_id;
    for (size_t i = 0; i < table->source_count; i++) {
        if (table->sources[i]->type_id == id) {
            table->sources[i]->type_id = new_id;
        }
    }
    for (size_t i = 0; i < BUILTIN_SOURCE_COUNT; i++) {
        if (table->builtin[i].type_id == id) {
            table->builtin[i].type_id = new_id;
        }
    }
    return rebuild_lookups(table) ? TOCSIN_OK : error_memory(err);
}

static bool copy_source(struct arena *arena, const struct log_source *source, struct log_source *ret_copy)
{
    *ret_copy = *source;
    ret_copy->name = arena_copy(arena, source->name);
    return ret_copy->name.data &&
           copy_texts(arena, source->identifiers, source->identifier_count, &ret_copy->identifiers) &&
           copy_texts(arena, source->groups, source->group_count, &ret_copy->groups);
}

/* ---- groups ---- */

static int64_t group_name_key(const struct log_source_table *table, str name)
{
    uint64_t hash = table->seed;
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char)ascii_lower(name.data[i])) * 0x100000001b3u;
    }
    return (int64_t)str_hash_mix(hash);
}

static struct log_source_group *group_find_name(const struct log_source_table *table, str name)
{
    struct log_source_group *group = id_map_find(&table->group_by_name, table->seed, group_name_key(table, name));
    if (!group || str_eq_ignore_case(group->name, name)) {
        return group;
    }
    for (size_t i = 0; i < table->group_count; i++) { /* two names of one hash: as good as never */
        if (str_eq_ignore_case(table->groups[i]->name, name)) {
            return table->groups[i];
        }
    }
    return NULL;
}

static struct log_source_group *group_add(struct log_source_table *table, int64_t id, str name)
{
    struct log_source_group *group = arena_new(&table->arena, struct log_source_group);
    str copy = arena_copy(&table->arena, name);
    if (!group || !copy.data || !reserve_pointer(&table->groups, table->group_count, &table->group_capacity)) {
        return NULL;
    }
    *group = (struct log_source_group){id, copy};
    if (!id_map_set(&table->group_by_id, table->seed, id, group) ||
        !id_map_set(&table->group_by_name, table->seed, group_name_key(table, name), group)) {
        return NULL;
    }
    table->groups[table->group_count++] = group;
    return group;
}

/* The group of that name; a new one gets the next id. */
static struct log_source_group *group_obtain(struct log_source_table *table, str name)
{
    struct log_source_group *group = group_find_name(table, name);
    if (group) {
        return group;
    }
    while (id_map_find(&table->group_by_id, table->seed, table->group_id_next)) {
        table->group_id_next++;
    }
    return group_add(table, table->group_id_next++, name);
}

static bool make_group_list(struct log_source_table *table, struct log_source *source)
{
    struct strbuf list;
    strbuf_init(&list, LIMIT_CONFIG_BYTES);
    bool is_made = true;
    for (size_t i = 0; i < source->group_count; i++) {
        const struct log_source_group *group = group_obtain(table, source->groups[i]);
        is_made = is_made && group;
        if (group) {
            strbuf_append(&list, i > 0 ? STR(",") : STR_EMPTY);
            strbuf_append_i64(&list, group->id);
        }
    }
    source->group_list = arena_copy(&table->arena, strbuf_str(&list));
    is_made = is_made && !list.is_failed && source->group_list.data;
    strbuf_release(&list);
    return is_made;
}

tocsin_status log_source_table_add_group(struct log_source_table *table, const struct log_source_group *group,
                                         struct error *err)
{
    if (group->id <= 0 || group->name.len == 0) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "a group of log sources has a name and an id from 1 on");
    }
    const struct log_source_group *other = log_source_group_find(table, group->id);
    struct log_source_group *named = group_find_name(table, group->name);
    if (other && other != named) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the id %lld belongs to the group '%.*s'", (long long)group->id,
                         STR_ARG(other->name));
    }
    if (!named) {
        return group_add(table, group->id, group->name) ? TOCSIN_OK : error_memory(err);
    }
    /* The old id leads nowhere any more: an entry cannot be taken out of the map, so it leads to a nameless group. */
    static struct log_source_group nobody;
    if (named->id != group->id && (!id_map_set(&table->group_by_id, table->seed, named->id, &nobody) ||
                                   !id_map_set(&table->group_by_id, table->seed, group->id, named))) {
        return error_memory(err);
    }
    named->id = group->id;
    for (size_t i = 0; i < table->source_count; i++) {
        if (!make_group_list(table, table->sources[i])) {
            return error_memory(err);
        }
    }
    for (size_t i = 0; i < BUILTIN_SOURCE_COUNT; i++) {
        if (table->builtin[i].id != 0 && !make_group_list(table, &table->builtin[i])) {
            return error_memory(err);
        }
    }
    return TOCSIN_OK;
}

const struct log_source_group *log_source_group_find(const struct log_source_table *table, int64_t id)
{
    const struct log_source_group *group = id_map_find(&table->group_by_id, table->seed, id);
    return group && group->name.len > 0 ? group : NULL;
}

const struct log_source_group *log_source_group_find_name(const struct log_source_table *table, str name)
{
    return group_find_name(table, name);
}

size_t log_source_group_count(const struct log_source_table *table)
{
    return table->group_count;
}

const struct log_source_group *log_source_group_at(const struct log_source_table *table, size_t index)
{
    assert(index < table->group_count);
    return table->groups[index];
}

/* ---- log sources ---- */

tocsin_status log_source_table_add(struct log_source_table *table, const struct log_source *source, struct error *err)
{
    if (source->id <= 0) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the id of a log source is 1 or more, not %lld",
                         (long long)source->id);
    }
    for (size_t i = 0; i < source->identifier_count; i++) {
        if (source->identifiers[i].len == 0 || source->identifiers[i].len > IDENTIFIER_BYTES_MAX) {
            return error_set(err, TOCSIN_ERROR_CONFIG,
                             "log source %lld: an identifier is a host name or address of 1 to %d bytes",
                             (long long)source->id, IDENTIFIER_BYTES_MAX);
        }
    }
    struct log_source copy;
    if (!copy_source(&table->arena, source, &copy) || !make_group_list(table, &copy)) {
        return error_memory(err);
    }
    struct log_source *existing = id_map_find(&table->source_by_id, table->seed, source->id);
    if (existing) {
        *existing = copy;
        return rebuild_lookups(table) ? TOCSIN_OK : error_memory(err);
    }
    struct log_source *stored = arena_new(&table->arena, struct log_source);
    if (!stored || !reserve_pointer(&table->sources, table->source_count, &table->source_capacity) ||
        !id_map_set(&table->source_by_id, table->seed, source->id, stored)) {
        return error_memory(err);
    }
    *stored = copy;
    table->sources[table->source_count++] = stored;
    if (!host_map_add(table, stored)) {
        return error_memory(err);
    }
    if (stored->identifier_count == 0 && !id_map_find(&table->any_host_by_type, table->seed, stored->type_id) &&
        !id_map_set(&table->any_host_by_type, table->seed, stored->type_id, stored)) {
        return error_memory(err);
    }
    return TOCSIN_OK;
}

tocsin_status log_source_table_add_event_name(struct log_source_table *table, const struct event_name *name,
                                              struct error *err)
{
    struct event_name *stored = id_map_find(&table->event_name_by_qid, table->seed, name->qid);
    struct event_name copy = *name;
    copy.name = arena_copy(&table->arena, name->name);
    copy.description = name->description.len > 0 ? arena_copy(&table->arena, name->description) : STR_EMPTY;
    if (!copy.name.data || !copy.description.data) {
        return error_memory(err);
    }
    if (!stored) {
        stored = arena_new(&table->arena, struct event_name);
        if (!stored || !id_map_set(&table->event_name_by_qid, table->seed, name->qid, stored)) {
            return error_memory(err);
        }
    }
    *stored = copy;
    return TOCSIN_OK;
}

static tocsin_status add_builtin_types(struct log_source_table *table, struct error *err)
{
    for (size_t i = 0; i < countof(builtin_types); i++) {
        str aliases[countof(builtin_types[0].aliases)];
        size_t count = 0;
        while (count < countof(aliases) && builtin_types[i].aliases[count]) {
            aliases[count] = str_from_cstring(builtin_types[i].aliases[count]);
            count++;
        }
        struct log_source_type type = {builtin_types[i].id, str_from_cstring(builtin_types[i].name), aliases, count};
        tocsin_status status = log_source_table_add_type(table, &type, err);
        if (status) {
            return status;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status add_builtin_sources(struct log_source_table *table, struct error *err)
{
    for (size_t i = 0; i < BUILTIN_SOURCE_COUNT; i++) {
        str group = str_from_cstring(builtin_source_groups[i]);
        if (builtin_types[i].id == LOG_SOURCE_TYPE_DOCKER && !group_add(table, GROUP_ID_DOCKER, group)) {
            return error_memory(err);
        }
        struct log_source source = {.id = builtin_source_ids[i],
                                    .name = str_from_cstring(builtin_types[i].name),
                                    .type_id = builtin_types[i].id,
                                    .groups = &group,
                                    .group_count = 1,
                                    .credibility = CREDIBILITY_DEFAULT};
        tocsin_status status = log_source_table_add(table, &source, err);
        if (status) {
            return status;
        }
        table->builtin[i] = *table->sources[i];
    }
    return TOCSIN_OK;
}

static uint64_t random_seed(const void *fallback)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed)) {
        seed = (uint64_t)(uintptr_t)fallback * 0x9E3779B97F4A7C15u; /* address space randomisation is what is left */
    }
    return seed;
}

tocsin_status log_source_table_create(struct log_source_table **ret_table, struct error *err)
{
    struct log_source_table *table = memory_allocate_zeroed(1, sizeof(*table));
    if (!table) {
        return error_memory(err);
    }
    arena_init(&table->arena, ARENA_NO_LIMIT);
    table->seed = random_seed(table);
    table->group_id_next = LOG_SOURCE_GROUP_ID_FIRST;
    tocsin_status status = add_builtin_types(table, err);
    if (!status) {
        status = add_builtin_sources(table, err);
    }
    if (status) {
        log_source_table_free(table);
        return status;
    }
    *ret_table = table;
    return TOCSIN_OK;
}

void log_source_table_free(struct log_source_table *table)
{
    if (!table) {
        return;
    }
    memory_free(table->types);
    memory_free(table->sources);
    memory_free(table->groups);
    id_map_release(&table->group_by_id);
    id_map_release(&table->group_by_name);
    id_map_release(&table->source_by_id);
    id_map_release(&table->event_name_by_qid);
    id_map_release(&table->any_host_by_type);
    memory_free(table->hosts.entries);
    arena_release(&table->arena);
    memory_free(table);
}

const struct log_source *log_source_find(const struct log_source_table *table, int64_t id)
{
    return id_map_find(&table->source_by_id, table->seed, id);
}

const struct log_source_type *log_source_type_find(const struct log_source_table *table, int64_t id)
{
    id = current_type_id(table, id);
    for (size_t i = 0; i < table->type_count; i++) {
        if (table->types[i]->id == id) {
            return table->types[i];
        }
    }
    return NULL;
}

const struct log_source_type *log_source_type_find_name(const struct log_source_table *table, str name)
{
    /* Canonical names first: an alias of one type must not hide the name of another. */
    for (size_t i = 0; i < table->type_count; i++) {
        if (str_eq_ignore_case(table->types[i]->name, name)) {
            return table->types[i];
        }
    }
    for (size_t i = 0; i < table->type_count; i++) {
        for (size_t k = 0; k < table->types[i]->alias_count; k++) {
            if (str_eq_ignore_case(table->types[i]->aliases[k], name)) {
                return table->types[i];
            }
        }
    }
    return NULL;
}

size_t log_source_type_count(const struct log_source_table *table)
{
    return table->type_count;
}

const struct log_source_type *log_source_type_at(const struct log_source_table *table, size_t index)
{
    assert(index < table->type_count);
    return table->types[index];
}

const struct event_name *event_name_find(const struct log_source_table *table, int64_t qid)
{
    return id_map_find(&table->event_name_by_qid, table->seed, qid);
}

size_t log_source_count(const struct log_source_table *table)
{
    return table->source_count;
}

const struct log_source *log_source_at(const struct log_source_table *table, size_t index)
{
    assert(index < table->source_count);
    return table->sources[index];
}

/* The source for hosts that no source of the type lists. */
static const struct log_source *resolve_any_host(const struct log_source_table *table, int64_t type_id)
{
    const struct log_source *source = id_map_find(&table->any_host_by_type, table->seed, type_id);
    if (source) {
        return source;
    }
    for (size_t i = 0; i < BUILTIN_SOURCE_COUNT; i++) {
        if (table->builtin[i].type_id == type_id) {
            return &table->builtin[i];
        }
    }
    for (size_t i = 0; i < table->source_count; i++) {
        if (table->sources[i]->type_id == type_id) {
            return table->sources[i];
        }
    }
    return NULL;
}

const struct log_source *log_source_resolve(const struct log_source_table *table, int64_t type_id, str host)
{
    type_id = current_type_id(table, type_id);
    if (host.len > IDENTIFIER_BYTES_MAX) {
        host.len = 0;
    }
    char folded[IDENTIFIER_BYTES_MAX];
    const struct log_source *source =
        host_fold(host, folded) ? host_map_find(table, type_id, str_from(folded, host.len)) : NULL;
    return source ? source : resolve_any_host(table, type_id);
}

const struct log_source *log_source_find_host(const struct log_source_table *table, str host)
{
    char folded[IDENTIFIER_BYTES_MAX];
    if (table->hosts.count == 0 || !host_fold(host, folded)) {
        return NULL;
    }
    return host_map_find(table, ANY_TYPE, str_from(folded, host.len));
}
