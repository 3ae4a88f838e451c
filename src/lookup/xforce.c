#include "lookup/xforce.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text_file.h"
#include "lookup/cidr_index.h"
#include "lookup/csv_reader.h"
#include "lookup/key_table.h"
#include "lookup/lookup.h"

#define FILE_NAME "xforce.csv"

enum { CONFIDENCE_MAX = 100 };

/* Paths and hosts with more parts than this are cut off: they are tried from the longest on, for every row. */
enum { URL_PARTS_MAX = 64 };

/* A line of the file. */
struct verdict {
    uint32_t category;
    uint32_t next; /* of the same target, or VERDICT_END */
    int64_t confidence;
};

#define VERDICT_END UINT32_MAX

struct target {
    uint32_t first;
    uint32_t last;
};

struct xforce {
    struct arena arena;
    char *text;
    struct key_table categories; /* in lower case */
    str *category_names;         /* as written */
    uint32_t category_capacity;
    struct key_table keys; /* of targets: URLs, and blocks by their bytes */
    struct target *targets;
    uint32_t target_capacity;
    struct verdict *verdicts;
    uint32_t verdict_count;
    uint32_t verdict_capacity;
    struct cidr_entry *blocks; /* value: the number of the target */
    uint32_t block_count;
    uint32_t block_capacity;
    struct cidr_index index;
};

tocsin_status xforce_create(struct xforce **ret_xforce, struct error *err)
{
    struct xforce *xforce = memory_allocate_zeroed(1, sizeof(*xforce));
    if (!xforce) {
        return error_memory(err);
    }
    arena_init(&xforce->arena, ARENA_NO_LIMIT);
    key_table_init(&xforce->categories);
    key_table_init(&xforce->keys);
    *ret_xforce = xforce;
    return TOCSIN_OK;
}

void xforce_free(struct xforce *xforce)
{
    if (xforce) {
        key_table_release(&xforce->categories);
        key_table_release(&xforce->keys);
        memory_free(xforce->category_names);
        memory_free(xforce->targets);
        memory_free(xforce->verdicts);
        memory_free(xforce->blocks);
        memory_free(xforce->text);
        arena_release(&xforce->arena);
        memory_free(xforce);
    }
}

/* ---- loading ---- */

/* Room for one more of what is counted; NULL: memory is out, and the old block stays. */
static void *grown(void *block, uint32_t count, uint32_t *capacity, size_t bytes_each)
{
    if (count < *capacity) {
        return block;
    }
    uint32_t wider_capacity = *capacity ? *capacity * 2 : 64;
    void *wider = memory_resize(block, wider_capacity * bytes_each);
    if (wider) {
        *capacity = wider_capacity;
    }
    return wider;
}

static void append_lower(struct strbuf *buffer, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        strbuf_append_char(buffer, ascii_lower(text.data[i]));
    }
}

/* A key that is new is copied, since it lies in the scratch buffer. */
static bool keep_key(struct xforce *xforce, struct key_table *table, str key, uint32_t *ret_number, bool *ret_is_new)
{
    uint32_t count = table->count;
    *ret_number = key_table_add(table, key);
    *ret_is_new = *ret_number == count;
    if (*ret_number == KEY_NONE) {
        return false;
    }
    if (*ret_is_new) {
        str copy = arena_copy(&xforce->arena, key);
        table->keys[*ret_number] = copy.data ? copy : STR_EMPTY;
        return copy.data != NULL;
    }
    return true;
}

static tocsin_status add_category(struct xforce *xforce, str name, struct strbuf *scratch, uint32_t *ret_category,
                                  struct error *err)
{
    bool is_new;
    strbuf_clear(scratch);
    append_lower(scratch, name);
    str *names = grown(xforce->category_names, xforce->categories.count, &xforce->category_capacity, sizeof(str));
    if (!names) {
        return error_memory(err);
    }
    xforce->category_names = names;
    if (scratch->is_failed || !keep_key(xforce, &xforce->categories, strbuf_str(scratch), ret_category, &is_new)) {
        return error_memory(err);
    }
    if (is_new) {
        names[*ret_category] = name;
    }
    return TOCSIN_OK;
}

/* The scheme, an account, the port and the fragment are left out, as is a slash at the end; the host in lower case. */
static str url_key(str url, struct strbuf *scratch, size_t *ret_host_bytes)
{
    url = str_trim(url);
    size_t scheme = str_find(url, STR("://"), 0);
    size_t first_slash = str_find_char(url, '/', 0);
    if (scheme != SIZE_MAX && first_slash == scheme + 1) {
        url = str_skip(url, scheme + 3);
    }
    size_t host_end = 0;
    while (host_end < url.len && url.data[host_end] != '/' && url.data[host_end] != '?' && url.data[host_end] != '#') {
        host_end++;
    }
    str host = str_slice(url, 0, host_end);
    for (size_t at = str_find_char(host, '@', 0); at != SIZE_MAX; at = str_find_char(host, '@', 0)) {
        host = str_skip(host, at + 1);
    }
    bool is_bracketed = str_starts_with(host, STR("[")); /* an IPv6 address */
    host = is_bracketed ? str_slice(host, 1, str_find_char(host, ']', 0))
                        : str_slice(host, 0, str_find_char(host, ':', 0));
    str path = str_skip(url, host_end);
    path = str_slice(path, 0, str_find_char(path, '#', 0));
    strbuf_clear(scratch);
    append_lower(scratch, host);
    *ret_host_bytes = scratch->len;
    strbuf_append(scratch, path);
    while (scratch->len > *ret_host_bytes && scratch->data[scratch->len - 1] == '/') {
        scratch->len--;
    }
    return strbuf_str(scratch);
}

static str block_key(const struct cidr *block, struct strbuf *scratch)
{
    strbuf_clear(scratch);
    strbuf_append_char(scratch, '\0'); /* no URL begins with it */
    strbuf_append_char(scratch, (char)block->prefix);
    strbuf_append_char(scratch, (char)block->is_v4);
    strbuf_append(scratch, str_from((const char *)block->network.bytes, sizeof(block->network.bytes)));
    return strbuf_str(scratch);
}

static tocsin_status add_block(struct xforce *xforce, const struct cidr *block, uint32_t target, struct error *err)
{
    struct cidr_entry *blocks =
        grown(xforce->blocks, xforce->block_count, &xforce->block_capacity, sizeof(*xforce->blocks));
    if (!blocks) {
        return error_memory(err);
    }
    xforce->blocks = blocks;
    blocks[xforce->block_count++] = (struct cidr_entry){.block = *block, .value = target};
    return TOCSIN_OK;
}

static tocsin_status add_target(struct xforce *xforce, str text, struct strbuf *scratch, uint32_t *ret_target,
                                struct error *err)
{
    struct cidr block;
    size_t host_bytes;
    bool is_new;
    bool is_block = cidr_parse(text, &block);
    str key = is_block ? block_key(&block, scratch) : url_key(text, scratch, &host_bytes);
    if (!scratch->is_failed && key.len == 0) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "'%.*s' is no address, block or URL", STR_ARG(text));
    }
    struct target *targets = grown(xforce->targets, xforce->keys.count, &xforce->target_capacity, sizeof(*targets));
    if (!targets) {
        return error_memory(err);
    }
    xforce->targets = targets;
    if (scratch->is_failed || !keep_key(xforce, &xforce->keys, key, ret_target, &is_new)) {
        return error_memory(err);
    }
    if (!is_new) {
        return TOCSIN_OK;
    }
    targets[*ret_target] = (struct target){VERDICT_END, VERDICT_END};
    return is_block ? add_block(xforce, &block, *ret_target, err) : TOCSIN_OK;
}

static tocsin_status add_verdict(struct xforce *xforce, uint32_t target, uint32_t category, int64_t confidence,
                                 struct error *err)
{
    if (xforce->verdict_count == LIMIT_REFERENCE_ELEMENTS) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "there are more than %d lines", LIMIT_REFERENCE_ELEMENTS);
    }
    struct verdict *verdicts =
        grown(xforce->verdicts, xforce->verdict_count, &xforce->verdict_capacity, sizeof(*verdicts));
    if (!verdicts) {
        return error_memory(err);
    }
    xforce->verdicts = verdicts;
    uint32_t number = xforce->verdict_count++;
    verdicts[number] = (struct verdict){category, VERDICT_END, confidence};
    struct target *of = &xforce->targets[target];
    if (of->first == VERDICT_END) {
        of->first = number;
    } else {
        verdicts[of->last].next = number;
    }
    of->last = number;
    return TOCSIN_OK;
}

static tocsin_status add_record(struct xforce *xforce, const struct csv_reader *csv, struct strbuf *scratch,
                                struct error *err)
{
    uint32_t target = 0;
    uint32_t category = 0;
    int64_t confidence = CONFIDENCE_MAX;
    if (csv->field_count < 2 || csv->field_count > 3 || csv->fields[1].len == 0) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "a line has a target, a category and a confidence");
    }
    if (csv->field_count == 3 && csv->fields[2].len > 0 &&
        (!str_to_i64(csv->fields[2], &confidence) || confidence < 0 || confidence > CONFIDENCE_MAX)) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the confidence is 0 to %d, not '%.*s'", CONFIDENCE_MAX,
                         STR_ARG(csv->fields[2]));
    }
    tocsin_status status = add_target(xforce, csv->fields[0], scratch, &target, err);
    status = status == TOCSIN_OK ? add_category(xforce, csv->fields[1], scratch, &category, err) : status;
    return status == TOCSIN_OK ? add_verdict(xforce, target, category, confidence, err) : status;
}

static tocsin_status check_header(const struct csv_reader *csv, struct error *err)
{
    if (csv->field_count == 3 && str_eq_ignore_case(csv->fields[0], STR("target")) &&
        str_eq_ignore_case(csv->fields[1], STR("category")) && str_eq_ignore_case(csv->fields[2], STR("confidence"))) {
        return TOCSIN_OK;
    }
    return csv_error(csv, err, "the first line is target,category,confidence");
}

static tocsin_status read_records(struct xforce *xforce, struct csv_reader *csv, struct strbuf *scratch,
                                  struct error *err)
{
    bool has_record;
    tocsin_status status = csv_next(csv, &has_record, err);
    if (status == TOCSIN_OK && !has_record) {
        csv->field_count = 0;
    }
    status = status == TOCSIN_OK ? check_header(csv, err) : status;
    while (status == TOCSIN_OK) {
        status = csv_next(csv, &has_record, err);
        if (status != TOCSIN_OK || !has_record) {
            break;
        }
        status = add_record(xforce, csv, scratch, err);
        if (status == TOCSIN_ERROR_CONFIG) {
            error_position(err, csv->source, csv->text, csv->offset);
        }
    }
    return status;
}

tocsin_status xforce_load_text(struct xforce *xforce, str text, const char *source_name, struct error *err)
{
    struct csv_reader *csv = memory_allocate(sizeof(*csv));
    struct strbuf scratch;
    xforce->text = (char *)(uintptr_t)text.data;
    if (!csv) {
        return error_memory(err);
    }
    strbuf_init(&scratch, LIMIT_REFERENCE_BYTES);
    csv_reader_init(csv, text, source_name, &xforce->arena);
    tocsin_status status = read_records(xforce, csv, &scratch, err);
    cidr_index_build(xforce->blocks, xforce->block_count, &xforce->index);
    strbuf_release(&scratch);
    memory_free(csv);
    return status;
}

tocsin_status xforce_load_folder(struct xforce *xforce, const char *folder_path, bool *ret_is_loaded, struct error *err)
{
    char path[PATH_MAX];
    str text;
    if (!lookup_folder_has(folder_path, FILE_NAME, path)) {
        return TOCSIN_OK;
    }
    tocsin_status status = text_file_read(path, LIMIT_REFERENCE_BYTES, &text, err);
    if (status == TOCSIN_OK) {
        *ret_is_loaded = true;
        status = xforce_load_text(xforce, text, path, err);
    }
    return status;
}

/* ---- asking ---- */

uint32_t xforce_category_find(const struct xforce *xforce, str name, struct strbuf *scratch)
{
    strbuf_clear(scratch);
    append_lower(scratch, name);
    return key_table_find(&xforce->categories, strbuf_str(scratch)); /* KEY_NONE is XFORCE_NO_CATEGORY */
}

int64_t xforce_ip_confidence(const struct xforce *xforce, uint32_t category, const struct ip *ip)
{
    int64_t highest = 0;
    for (uint32_t at = cidr_index_find(&xforce->index, ip); at != CIDR_NO_ENTRY;
         at = cidr_index_find_around(&xforce->index, at, ip)) {
        uint32_t next = xforce->targets[xforce->index.entries[at].value].first;
        for (; next != VERDICT_END; next = xforce->verdicts[next].next) {
            const struct verdict *verdict = &xforce->verdicts[next];
            if (verdict->category == category && verdict->confidence > highest) {
                highest = verdict->confidence;
            }
        }
    }
    return highest;
}

/* Of the target, if it is higher than what was found before. */
static void take_highest(const struct xforce *xforce, uint32_t target, const struct verdict **best)
{
    for (uint32_t next = xforce->targets[target].first; next != VERDICT_END; next = xforce->verdicts[next].next) {
        const struct verdict *verdict = &xforce->verdicts[next];
        if (!*best || verdict->confidence > (*best)->confidence) {
            *best = verdict;
        }
    }
}

str xforce_ip_category(const struct xforce *xforce, const struct ip *ip)
{
    const struct verdict *best = NULL;
    for (uint32_t at = cidr_index_find(&xforce->index, ip); at != CIDR_NO_ENTRY;
         at = cidr_index_find_around(&xforce->index, at, ip)) {
        take_highest(xforce, xforce->index.entries[at].value, &best);
    }
    return best ? xforce->category_names[best->category] : STR_EMPTY;
}

/* The target of the longest front of the path that there is; the host alone at last. */
static uint32_t find_path(const struct xforce *xforce, str key, size_t host_bytes)
{
    for (int parts = 0; parts < URL_PARTS_MAX; parts++) {
        uint32_t target = key_table_find(&xforce->keys, key);
        if (target != KEY_NONE || key.len <= host_bytes) {
            return target;
        }
        size_t end = key.len - 1;
        while (end > host_bytes && key.data[end] != '/' && key.data[end] != '?') {
            end--;
        }
        key = str_slice(key, 0, end);
    }
    return key_table_find(&xforce->keys, str_slice(key, 0, host_bytes));
}

str xforce_url_category(const struct xforce *xforce, str url, struct strbuf *scratch)
{
    size_t host_bytes;
    struct ip ip;
    const struct verdict *best = NULL;
    str key = url_key(url, scratch, &host_bytes);
    if (key.len == 0) {
        return STR_EMPTY;
    }
    uint32_t target = find_path(xforce, key, host_bytes);
    str host = str_slice(key, 0, host_bytes);
    for (int parts = 0; target == KEY_NONE && parts < URL_PARTS_MAX && str_find_char(host, '.', 0) != SIZE_MAX;
         parts++) {
        host = str_skip(host, str_find_char(host, '.', 0) + 1);
        target = key_table_find(&xforce->keys, host);
    }
    if (target != KEY_NONE) {
        take_highest(xforce, target, &best);
    } else if (ip_parse(str_slice(key, 0, host_bytes), &ip)) {
        return xforce_ip_category(xforce, &ip);
    }
    return best ? xforce->category_names[best->category] : STR_EMPTY;
}
