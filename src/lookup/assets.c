#include "lookup/assets.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "lookup/cidr_index.h"
#include "lookup/nearest_name.h"
#include "lookup/table_file.h"

/* ---- the file ---- */

struct property_entry {
    char *name;
    char *value;
};

struct past_entry {
    char *hostname;
    char *user;
    char *from;
    char *to;
};

struct asset_entry {
    char **addresses;
    unsigned address_count;
    int64_t *domain;
    char *hostname;
    char *user;
    char *from;
    char *to;
    struct past_entry *history;
    unsigned history_count;
    struct property_entry *properties;
    unsigned property_count;
};

struct search_entry {
    char *name;
    char **cidrs;
    unsigned cidr_count;
    struct property_entry *properties;
    unsigned property_count;
};

struct file_root {
    struct asset_entry *assets;
    unsigned asset_count;
    struct search_entry *searches;
    unsigned search_count;
};

#define OPTIONAL_TEXT(key, structure, member)                                                                          \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member, 1, CYAML_UNLIMITED)
#define OPTIONAL_LIST(key, structure, member, count, schema)                                                           \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member, count, &(schema), 0,  \
                               CYAML_UNLIMITED)

static const cyaml_schema_field_t property_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct property_entry, name, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("value", CYAML_FLAG_POINTER, struct property_entry, value, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t property_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct property_entry, property_fields)};
static const cyaml_schema_field_t past_fields[] = {
    OPTIONAL_TEXT("hostname", struct past_entry, hostname),
    OPTIONAL_TEXT("user", struct past_entry, user),
    OPTIONAL_TEXT("from", struct past_entry, from),
    OPTIONAL_TEXT("to", struct past_entry, to),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t past_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct past_entry, past_fields)};
static const cyaml_schema_field_t asset_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("addresses", CYAML_FLAG_POINTER, struct asset_entry, addresses, address_count,
                               &table_file_text_schema, 1, CYAML_UNLIMITED),
    CYAML_FIELD_INT_PTR("domain", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct asset_entry, domain),
    OPTIONAL_TEXT("hostname", struct asset_entry, hostname),
    OPTIONAL_TEXT("user", struct asset_entry, user),
    OPTIONAL_TEXT("from", struct asset_entry, from),
    OPTIONAL_TEXT("to", struct asset_entry, to),
    OPTIONAL_LIST("history", struct asset_entry, history, history_count, past_schema),
    OPTIONAL_LIST("properties", struct asset_entry, properties, property_count, property_schema),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t asset_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct asset_entry, asset_fields)};
static const cyaml_schema_field_t search_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct search_entry, name, 1, CYAML_UNLIMITED),
    TABLE_FILE_TEXTS("cidrs", struct search_entry, cidrs, cidr_count),
    OPTIONAL_LIST("properties", struct search_entry, properties, property_count, property_schema),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t search_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct search_entry, search_fields)};
static const cyaml_schema_field_t root_fields[] = {
    OPTIONAL_LIST("assets", struct file_root, assets, asset_count, asset_schema),
    OPTIONAL_LIST("searches", struct file_root, searches, search_count, search_schema),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_root, root_fields)};

/* ---- the table ---- */

#define UNIFIED_NAME STR("Unified Name")

/* From inclusive, to exclusive. */
struct period {
    int64_t from_ms;
    int64_t to_ms;
};

struct past {
    struct period period;
    str hostname;
    str user;
};

struct property {
    str name;
    str value;
};

struct asset {
    int64_t domain_id; /* ASSETS_NO_DOMAIN: in every domain */
    struct period period;
    str hostname;
    str user;
    struct past *history;
    size_t history_count;
    struct property *properties;
    size_t property_count;
};

struct address {
    struct ip ip;
    const struct asset *asset;
    unsigned entry; /* where it stands in the file */
    unsigned entry_part;
};

struct asset_search {
    str name;
    struct cidr_index blocks; /* none: everywhere */
    struct property *properties;
    size_t property_count;
};

struct assets {
    struct arena arena;
    struct address *addresses; /* by address, domain, beginning */
    size_t address_count;
    struct asset_search *searches;
    size_t search_count;
    bool has_times;
};

tocsin_status assets_create(struct assets **ret_assets, struct error *err)
{
    struct assets *assets = memory_allocate_zeroed(1, sizeof(*assets));
    if (!assets) {
        return error_memory(err);
    }
    arena_init(&assets->arena, ARENA_NO_LIMIT);
    *ret_assets = assets;
    return TOCSIN_OK;
}

void assets_free(struct assets *assets)
{
    if (assets) {
        arena_release(&assets->arena);
        memory_free(assets);
    }
}

static bool period_holds(const struct period *period, int64_t time_ms)
{
    return time_ms >= period->from_ms && time_ms < period->to_ms;
}

/* ---- loading ---- */

/* False when out of memory. */
static bool keep_text(struct assets *assets, const char *text, str *ret)
{
    *ret = text ? arena_copy(&assets->arena, str_from_cstring(text)) : STR_EMPTY;
    return ret->data != NULL;
}

static bool keep_properties(struct assets *assets, const struct property_entry *entries, unsigned count,
                            struct property **ret_properties)
{
    struct property *properties = arena_array(&assets->arena, struct property, count);
    for (unsigned i = 0; properties && i < count; i++) {
        if (!keep_text(assets, entries[i].name, &properties[i].name) ||
            !keep_text(assets, entries[i].value, &properties[i].value)) {
            return false;
        }
    }
    *ret_properties = properties;
    return properties != NULL;
}

/* Both may be NULL. `path` is that of the mapping which holds them. */
static tocsin_status read_period(struct assets *assets, const struct table_file *file, const char *from, const char *to,
                                 const char *path, struct period *ret, struct error *err)
{
    struct period period = {INT64_MIN, INT64_MAX};
    assets->has_times |= from || to;
    tocsin_status status = from ? table_file_time(file, from, &period.from_ms, err, "%s.from", path) : TOCSIN_OK;
    if (status == TOCSIN_OK && to) {
        status = table_file_time(file, to, &period.to_ms, err, "%s.to", path);
    }
    if (status == TOCSIN_OK && period.from_ms >= period.to_ms) {
        error_set(err, TOCSIN_ERROR_CONFIG, "the end (%s) is not behind the beginning (%s)", to, from);
        yaml_document_position(&file->document, err, "%s.to", path);
        status = TOCSIN_ERROR_CONFIG;
    }
    *ret = period;
    return status;
}

enum { PATH_BYTES = 64 };

static tocsin_status take_history(struct assets *assets, const struct table_file *file, unsigned index,
                                  struct asset *asset, struct error *err)
{
    const struct asset_entry *entry = &((const struct file_root *)file->document.root)->assets[index];
    asset->history = arena_array(&assets->arena, struct past, entry->history_count);
    if (!asset->history) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < entry->history_count; i++) {
        const struct past_entry *then = &entry->history[i];
        struct past *past = &asset->history[asset->history_count++];
        char path[PATH_BYTES];
        (void)snprintf(path, sizeof(path), "assets[%u].history[%u]", index, i);
        tocsin_status status = read_period(assets, file, then->from, then->to, path, &past->period, err);
        if (status == TOCSIN_OK && !then->hostname && !then->user) {
            error_set(err, TOCSIN_ERROR_CONFIG, "neither a hostname nor a user");
            yaml_document_position(&file->document, err, "%s", path);
            status = TOCSIN_ERROR_CONFIG;
        }
        if (status == TOCSIN_OK &&
            (!keep_text(assets, then->hostname, &past->hostname) || !keep_text(assets, then->user, &past->user))) {
            status = error_memory(err);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status take_addresses(struct assets *assets, const struct table_file *file, unsigned index,
                                    const struct asset *asset, struct error *err)
{
    const struct asset_entry *entry = &((const struct file_root *)file->document.root)->assets[index];
    for (unsigned i = 0; i < entry->address_count; i++) {
        struct address address = {.asset = asset, .entry = index, .entry_part = i};
        tocsin_status status =
            table_file_ip(file, entry->addresses[i], &address.ip, err, "assets[%u].addresses[%u]", index, i);
        if (status != TOCSIN_OK) {
            return status;
        }
        assets->addresses[assets->address_count++] = address;
    }
    return TOCSIN_OK;
}

static tocsin_status take_asset(struct assets *assets, const struct table_file *file, unsigned index, struct error *err)
{
    const struct asset_entry *entry = &((const struct file_root *)file->document.root)->assets[index];
    struct asset *asset = arena_new(&assets->arena, struct asset);
    if (!asset) {
        return error_memory(err);
    }
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "assets[%u]", index);
    asset->domain_id = entry->domain ? *entry->domain : ASSETS_NO_DOMAIN;
    asset->property_count = entry->property_count;
    tocsin_status status = entry->domain ? table_file_number(file, "the id of a domain", asset->domain_id, 0, INT32_MAX,
                                                             err, "%s.domain", path)
                                         : TOCSIN_OK;
    status =
        status == TOCSIN_OK ? read_period(assets, file, entry->from, entry->to, path, &asset->period, err) : status;
    if (status == TOCSIN_OK &&
        (!keep_text(assets, entry->hostname, &asset->hostname) || !keep_text(assets, entry->user, &asset->user) ||
         !keep_properties(assets, entry->properties, entry->property_count, &asset->properties))) {
        status = error_memory(err);
    }
    status = status == TOCSIN_OK ? take_history(assets, file, index, asset, err) : status;
    return status == TOCSIN_OK ? take_addresses(assets, file, index, asset, err) : status;
}

static int compare_addresses(const void *a, const void *b)
{
    const struct address *left = a;
    const struct address *right = b;
    int order = memcmp(left->ip.bytes, right->ip.bytes, sizeof(left->ip.bytes));
    if (order == 0) {
        order = (left->asset->domain_id > right->asset->domain_id) - (left->asset->domain_id < right->asset->domain_id);
    }
    if (order == 0) {
        order = (left->asset->period.from_ms > right->asset->period.from_ms) -
                (left->asset->period.from_ms < right->asset->period.from_ms);
    }
    if (order == 0) {
        order = left->entry != right->entry
                    ? (left->entry > right->entry) - (left->entry < right->entry)
                    : (left->entry_part > right->entry_part) - (left->entry_part < right->entry_part);
    }
    return order;
}

static tocsin_status order_addresses(struct assets *assets, const struct table_file *file, struct error *err)
{
    if (assets->address_count > 0) {
        qsort(assets->addresses, assets->address_count, sizeof(struct address), compare_addresses);
    }
    for (size_t i = 1; i < assets->address_count; i++) {
        const struct address *before = &assets->addresses[i - 1];
        const struct address *address = &assets->addresses[i];
        if (memcmp(&before->ip, &address->ip, sizeof(address->ip)) == 0 &&
            before->asset->domain_id == address->asset->domain_id &&
            before->asset->period.to_ms > address->asset->period.from_ms) {
            char text[IP_TEXT_BYTES];
            size_t length = ip_format(&address->ip, text);
            if (before->asset == address->asset) {
                error_set(err, TOCSIN_ERROR_CONFIG, "the address %.*s stands here twice", (int)length, text);
            } else {
                error_set(err, TOCSIN_ERROR_CONFIG, "the address %.*s belongs to two assets at the same time",
                          (int)length, text);
                error_hint(err, "say with from: and to: which had it when");
            }
            yaml_document_position(&file->document, err, "assets[%u].addresses[%u]", address->entry,
                                   address->entry_part);
            return TOCSIN_ERROR_CONFIG;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status take_search(struct assets *assets, const struct table_file *file, unsigned index,
                                 struct error *err)
{
    const struct search_entry *entry = &((const struct file_root *)file->document.root)->searches[index];
    struct asset_search *search = &assets->searches[assets->search_count++];
    search->property_count = entry->property_count;
    struct cidr_entry *blocks = arena_array(&assets->arena, struct cidr_entry, entry->cidr_count);
    if (!blocks || !keep_text(assets, entry->name, &search->name) ||
        !keep_properties(assets, entry->properties, entry->property_count, &search->properties)) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < entry->cidr_count; i++) {
        tocsin_status status =
            table_file_cidr(file, entry->cidrs[i], &blocks[i].block, err, "searches[%u].cidrs[%u]", index, i);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    cidr_index_build(blocks, entry->cidr_count, &search->blocks);
    if (entry->cidr_count == 0 && entry->property_count == 0) {
        error_set(err, TOCSIN_ERROR_CONFIG, "the search '%s' looks for nothing", entry->name);
        error_hint(err, "add cidrs: or properties:");
        yaml_document_position(&file->document, err, "searches[%u]", index);
        return TOCSIN_ERROR_CONFIG;
    }
    return TOCSIN_OK;
}

static tocsin_status take_searches(struct assets *assets, struct table_file *file, struct error *err)
{
    const struct file_root *root = file->document.root;
    struct entry_key *names = arena_array(&file->scratch, struct entry_key, root->search_count);
    assets->searches = arena_array(&assets->arena, struct asset_search, root->search_count);
    if (!names || !assets->searches) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < root->search_count; i++) {
        tocsin_status status = take_search(assets, file, i, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        names[i] = (struct entry_key){0, assets->searches[i].name, i};
    }
    return entry_check_unique(&file->document, "searches", "name", names, root->search_count, err);
}

static tocsin_status take_file(void *table, struct table_file *file, struct error *err)
{
    struct assets *assets = table;
    const struct file_root *root = file->document.root;
    size_t count = 0;
    for (unsigned i = 0; i < root->asset_count; i++) {
        count += root->assets[i].address_count;
    }
    assets->addresses = arena_array(&assets->arena, struct address, count);
    tocsin_status status = assets->addresses ? TOCSIN_OK : error_memory(err);
    for (unsigned i = 0; status == TOCSIN_OK && i < root->asset_count; i++) {
        status = take_asset(assets, file, i, err);
    }
    status = status == TOCSIN_OK ? order_addresses(assets, file, err) : status;
    return status == TOCSIN_OK ? take_searches(assets, file, err) : status;
}

tocsin_status assets_load_text(struct assets *assets, str text, const char *source_name, struct error *err)
{
    return table_file_load(text, source_name, &root_schema, take_file, assets, err);
}

/* ---- assets ---- */

/* The first address that is not before this one. */
static size_t lower_bound(const struct assets *assets, const struct ip *ip)
{
    size_t low = 0;
    size_t high = assets->address_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(assets->addresses[middle].ip.bytes, ip->bytes, sizeof(ip->bytes)) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct asset *assets_find(const struct assets *assets, const struct ip *ip, int64_t domain_id, int64_t time_ms)
{
    int64_t own_domain = domain_id == ASSETS_NO_DOMAIN ? 0 : domain_id;
    const struct asset *found = NULL;
    for (size_t i = lower_bound(assets, ip);
         i < assets->address_count && memcmp(&assets->addresses[i].ip, ip, sizeof(*ip)) == 0; i++) {
        const struct asset *asset = assets->addresses[i].asset;
        if (!period_holds(&asset->period, time_ms)) {
            continue;
        }
        if (asset->domain_id == own_domain) {
            return asset;
        }
        found = asset->domain_id == ASSETS_NO_DOMAIN ? asset : found;
    }
    return found;
}

/* What the history says of that time; of several, what began last. */
static str past_text(const struct asset *asset, int64_t time_ms, size_t member_offset)
{
    const struct past *found = NULL;
    for (size_t i = 0; i < asset->history_count; i++) {
        const struct past *past = &asset->history[i];
        const str *text = (const str *)((const char *)past + member_offset);
        if (text->len > 0 && period_holds(&past->period, time_ms) &&
            (!found || past->period.from_ms > found->period.from_ms)) {
            found = past;
        }
    }
    return found ? *(const str *)((const char *)found + member_offset) : STR_EMPTY;
}

str asset_hostname(const struct asset *asset, int64_t time_ms)
{
    str past = past_text(asset, time_ms, offsetof(struct past, hostname));
    return past.len > 0 ? past : asset->hostname;
}

str asset_user(const struct asset *asset, int64_t time_ms)
{
    str past = past_text(asset, time_ms, offsetof(struct past, user));
    return past.len > 0 ? past : asset->user;
}

str asset_property(const struct asset *asset, str name, int64_t time_ms)
{
    for (size_t i = 0; i < asset->property_count; i++) {
        if (str_eq_ignore_case(asset->properties[i].name, name)) {
            return asset->properties[i].value;
        }
    }
    return str_eq_ignore_case(name, UNIFIED_NAME) ? asset_hostname(asset, time_ms) : STR_EMPTY;
}

bool assets_have_times(const struct assets *assets)
{
    return assets->has_times;
}

/* ---- searches ---- */

const struct asset_search *assets_find_search(const struct assets *assets, str name)
{
    for (size_t i = 0; i < assets->search_count; i++) {
        if (str_eq_ignore_case(assets->searches[i].name, name)) {
            return &assets->searches[i];
        }
    }
    return NULL;
}

str assets_suggest_search(const struct assets *assets, str name)
{
    struct nearest_name nearest = nearest_name_of(name);
    for (size_t i = 0; i < assets->search_count; i++) {
        nearest_name_try(&nearest, assets->searches[i].name);
    }
    return nearest.name;
}

bool assets_search_matches(const struct assets *assets, const struct asset_search *search, const struct ip *ip,
                           int64_t time_ms)
{
    if (search->blocks.count > 0 && cidr_index_find(&search->blocks, ip) == CIDR_NO_ENTRY) {
        return false;
    }
    if (search->property_count == 0) {
        return true; /* blocks alone say all; the address need not be that of a known asset */
    }
    const struct asset *asset = assets_find(assets, ip, ASSETS_NO_DOMAIN, time_ms);
    for (size_t i = 0; asset && i < search->property_count; i++) {
        str value = asset_property(asset, search->properties[i].name, time_ms);
        if (!str_eq_ignore_case(value, search->properties[i].value)) {
            return false;
        }
    }
    return asset != NULL;
}
