#include "lookup/networks.h"

#include <stdlib.h>

#include "base/memory.h"
#include "lookup/cidr_index.h"
#include "lookup/table_file.h"

/* ---- the file ---- */

struct network_entry {
    char *name;
    char *group;
    char *cidr;
    char **cidrs;
    unsigned cidr_count;
    int64_t *domain;
    char *description;
};

struct file_root {
    struct network_entry *networks;
    unsigned network_count;
};

static const cyaml_schema_field_t network_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct network_entry, name, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("group", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct network_entry, group, 1,
                           CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("cidr", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct network_entry, cidr, 1,
                           CYAML_UNLIMITED),
    TABLE_FILE_TEXTS("cidrs", struct network_entry, cidrs, cidr_count),
    CYAML_FIELD_INT_PTR("domain", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct network_entry, domain),
    CYAML_FIELD_STRING_PTR("description", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct network_entry, description,
                           0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t network_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct network_entry, network_fields)};
static const cyaml_schema_field_t root_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("networks", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_root, networks,
                               network_count, &network_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_root, root_fields)};

/* ---- the table ---- */

enum { EVERY_DOMAIN = -1 };

/* The blocks of one domain; those of no domain are EVERY_DOMAIN's. */
struct domain_blocks {
    int64_t domain_id;
    struct cidr_index index; /* values are numbers of networks */
};

struct networks {
    struct arena arena;
    struct network *networks;      /* as in the file */
    struct domain_blocks *domains; /* by id */
    size_t domain_count;
};

tocsin_status networks_create(struct networks **ret_networks, struct error *err)
{
    struct networks *networks = memory_allocate_zeroed(1, sizeof(*networks));
    if (!networks) {
        return error_memory(err);
    }
    arena_init(&networks->arena, ARENA_NO_LIMIT);
    *ret_networks = networks;
    return TOCSIN_OK;
}

void networks_free(struct networks *networks)
{
    if (networks) {
        arena_release(&networks->arena);
        memory_free(networks);
    }
}

/* ---- loading ---- */

struct block {
    int64_t domain_id;
    struct cidr cidr;
    unsigned network;
    unsigned part; /* 0 is `cidr` where there is one, then `cidrs` */
};

struct load {
    struct networks *table;
    struct table_file *file;
    const struct file_root *root;
    struct block *blocks;
    uint32_t block_count;
};

static int compare_places(const struct block *left, const struct block *right)
{
    if (left->domain_id != right->domain_id) {
        return left->domain_id < right->domain_id ? -1 : 1;
    }
    int order = memcmp(left->cidr.network.bytes, right->cidr.network.bytes, sizeof(left->cidr.network.bytes));
    return order ? order : (left->cidr.prefix > right->cidr.prefix) - (left->cidr.prefix < right->cidr.prefix);
}

static int compare_blocks(const void *a, const void *b)
{
    const struct block *left = a;
    const struct block *right = b;
    int order = compare_places(left, right);
    if (order == 0) {
        order = (left->network > right->network) - (left->network < right->network);
    }
    return order ? order : (left->part > right->part) - (left->part < right->part);
}

static void place_block(const struct load *load, const struct block *block, struct error *err)
{
    unsigned has_single = load->root->networks[block->network].cidr != NULL;
    if (block->part < has_single) {
        yaml_document_position(&load->file->document, err, "networks[%u].cidr", block->network);
    } else {
        yaml_document_position(&load->file->document, err, "networks[%u].cidrs[%u]", block->network,
                               block->part - has_single);
    }
}

/* Orders the blocks; the same one twice in a domain is a mistake. */
static tocsin_status order_blocks(struct load *load, struct error *err)
{
    if (load->block_count > 0) {
        qsort(load->blocks, load->block_count, sizeof(struct block), compare_blocks);
    }
    for (uint32_t i = 1; i < load->block_count; i++) {
        if (compare_places(&load->blocks[i - 1], &load->blocks[i]) == 0) {
            error_set(err, TOCSIN_ERROR_CONFIG, "this block is the network '%.*s' already",
                      STR_ARG(load->table->networks[load->blocks[i - 1].network].full_name));
            place_block(load, &load->blocks[i], err);
            return TOCSIN_ERROR_CONFIG;
        }
    }
    return TOCSIN_OK;
}

/* The ordered blocks, domain by domain. */
static tocsin_status index_blocks(struct load *load, struct error *err)
{
    struct arena *arena = &load->table->arena;
    struct cidr_entry *entries = arena_array(arena, struct cidr_entry, load->block_count);
    load->table->domains = arena_array(arena, struct domain_blocks, load->block_count);
    if (!entries || !load->table->domains) {
        return error_memory(err);
    }
    for (uint32_t first = 0, end = 0; first < load->block_count; first = end) {
        int64_t domain_id = load->blocks[first].domain_id;
        for (; end < load->block_count && load->blocks[end].domain_id == domain_id; end++) {
            entries[end] = (struct cidr_entry){.block = load->blocks[end].cidr, .value = load->blocks[end].network};
        }
        struct domain_blocks *domain = &load->table->domains[load->table->domain_count++];
        domain->domain_id = domain_id;
        cidr_index_build(entries + first, end - first, &domain->index);
    }
    return TOCSIN_OK;
}

static tocsin_status keep_names(struct load *load, unsigned index, struct error *err)
{
    const struct network_entry *entry = &load->root->networks[index];
    str group = entry->group ? str_from_cstring(entry->group) : STR_EMPTY;
    str name = str_from_cstring(entry->name);
    char *full = arena_allocate(&load->table->arena, group.len + 1 + name.len, 1);
    if (!full) {
        return error_memory(err);
    }
    memcpy(full, group.data, group.len);
    full[group.len] = '.';
    memcpy(full + group.len + 1, name.data, name.len);
    str own = str_from(full + group.len + 1, name.len);
    load->table->networks[index] =
        (struct network){own, group.len > 0 ? str_from(full, group.len + 1 + name.len) : own};
    return TOCSIN_OK;
}

static tocsin_status take_blocks(struct load *load, unsigned index, struct error *err)
{
    const struct network_entry *entry = &load->root->networks[index];
    struct block block = {.domain_id = entry->domain ? *entry->domain : EVERY_DOMAIN, .network = index};
    tocsin_status status = TOCSIN_OK;
    if (entry->domain) {
        status = table_file_number(load->file, "the id of a domain", block.domain_id, 0, INT32_MAX, err,
                                   "networks[%u].domain", index);
    }
    if (status == TOCSIN_OK && entry->cidr) {
        status = table_file_cidr(load->file, entry->cidr, &block.cidr, err, "networks[%u].cidr", index);
        load->blocks[load->block_count++] = block;
        block.part++;
    }
    for (unsigned i = 0; status == TOCSIN_OK && i < entry->cidr_count; i++) {
        status = table_file_cidr(load->file, entry->cidrs[i], &block.cidr, err, "networks[%u].cidrs[%u]", index, i);
        load->blocks[load->block_count++] = block;
        block.part++;
    }
    if (status == TOCSIN_OK && block.part == 0) {
        error_set(err, TOCSIN_ERROR_CONFIG, "the network '%s' has no block of addresses", entry->name);
        error_hint(err, "add one: cidr: 10.0.0.0/8");
        yaml_document_position(&load->file->document, err, "networks[%u]", index);
        status = TOCSIN_ERROR_CONFIG;
    }
    return status;
}

static tocsin_status take_file(void *table, struct table_file *file, struct error *err)
{
    struct load load = {.table = table, .file = file, .root = file->document.root};
    size_t count = 0;
    for (unsigned i = 0; i < load.root->network_count; i++) {
        count += (load.root->networks[i].cidr != NULL) + (size_t)load.root->networks[i].cidr_count;
    }
    load.blocks = arena_array(&file->scratch, struct block, count);
    load.table->networks = arena_array(&load.table->arena, struct network, load.root->network_count);
    tocsin_status status = load.blocks && load.table->networks ? TOCSIN_OK : error_memory(err);
    for (unsigned i = 0; status == TOCSIN_OK && i < load.root->network_count; i++) {
        status = keep_names(&load, i, err);
        status = status == TOCSIN_OK ? take_blocks(&load, i, err) : status;
    }
    status = status == TOCSIN_OK ? order_blocks(&load, err) : status;
    return status == TOCSIN_OK ? index_blocks(&load, err) : status;
}

tocsin_status networks_load_text(struct networks *networks, str text, const char *source_name, struct error *err)
{
    return table_file_load(text, source_name, &root_schema, take_file, networks, err);
}

/* ---- searching ---- */

static int compare_domains(const void *a, const void *b)
{
    const struct domain_blocks *left = a;
    const struct domain_blocks *right = b;
    return (left->domain_id > right->domain_id) - (left->domain_id < right->domain_id);
}

/* The smallest block of exactly this domain that holds the address, or NULL. */
static const struct cidr_entry *find_block(const struct networks *networks, const struct ip *ip, int64_t domain_id)
{
    const struct domain_blocks wanted = {.domain_id = domain_id};
    const struct domain_blocks *domain =
        networks->domain_count > 0
            ? bsearch(&wanted, networks->domains, networks->domain_count, sizeof(struct domain_blocks), compare_domains)
            : NULL;
    uint32_t found = domain ? cidr_index_find(&domain->index, ip) : CIDR_NO_ENTRY;
    return found != CIDR_NO_ENTRY ? &domain->index.entries[found] : NULL;
}

const struct network *networks_find(const struct networks *networks, const struct ip *ip, int64_t domain_id)
{
    const struct cidr_entry *shared = find_block(networks, ip, EVERY_DOMAIN);
    const struct cidr_entry *own = find_block(networks, ip, domain_id == NETWORKS_NO_DOMAIN ? 0 : domain_id);
    const struct cidr_entry *found = own && (!shared || own->block.prefix >= shared->block.prefix) ? own : shared;
    return found ? &networks->networks[found->value] : NULL;
}
