#include "lookup/reference_data.h"

#include "base/limits.h"
#include "base/memory.h"
#include "lookup/nearest_name.h"
#include "lookup/reference_data_internal.h"

/* ---- building ---- */

tocsin_status reference_data_create(struct reference_data **ret_data, struct error *err)
{
    struct reference_data *data = memory_allocate_zeroed(1, sizeof(*data));
    if (!data) {
        return error_memory(err);
    }
    *ret_data = data;
    return TOCSIN_OK;
}

void reference_data_free(struct reference_data *data)
{
    if (!data) {
        return;
    }
    for (uint32_t i = 0; i < data->head_count; i++) {
        struct reference *reference = data->heads[i];
        while (reference) {
            struct reference *next = reference->next;
            reference_free(reference);
            reference = next;
        }
    }
    memory_free(data->heads);
    memory_free(data);
}

struct reference *reference_create(str name, enum reference_kind kind)
{
    struct reference *reference = memory_allocate_zeroed(1, sizeof(*reference));
    if (!reference) {
        return NULL;
    }
    arena_init(&reference->arena, ARENA_NO_LIMIT);
    key_table_init(&reference->keys);
    reference->kind = kind;
    reference->name = arena_copy(&reference->arena, name);
    if (!reference->name.data) {
        reference_free(reference);
        return NULL;
    }
    return reference;
}

void reference_free(struct reference *reference)
{
    if (reference) {
        key_table_release(&reference->keys);
        memory_free(reference->cells);
        memory_free(reference->blocks);
        memory_free(reference->text);
        arena_release(&reference->arena);
        memory_free(reference);
    }
}

static struct reference *find_head(const struct reference_data *data, enum reference_kind kind, str name)
{
    for (uint32_t i = 0; i < data->head_count; i++) {
        if (data->heads[i]->kind == kind && str_eq_ignore_case(data->heads[i]->name, name)) {
            return data->heads[i];
        }
    }
    return NULL;
}

static bool is_same_domain(const struct reference *a, const struct reference *b)
{
    return a->has_domain == b->has_domain && (!a->has_domain || a->domain == b->domain);
}

tocsin_status reference_data_add(struct reference_data *data, struct reference *reference, struct error *err)
{
    if (data->count == LIMIT_REFERENCE_COLLECTIONS) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "there are more than %d collections of reference data",
                         LIMIT_REFERENCE_COLLECTIONS);
    }
    struct reference *head = find_head(data, reference->kind, reference->name);
    for (const struct reference *other = head; other; other = other->next) {
        if (is_same_domain(other, reference)) {
            return error_set(err, TOCSIN_ERROR_CONFIG, "there are two of the %.*s '%.*s'",
                             STR_ARG(reference_kind_name(reference->kind)), STR_ARG(reference->name));
        }
    }
    if (head) {
        reference->next = head->next;
        head->next = reference;
    } else {
        struct reference **heads = memory_resize(data->heads, (data->head_count + 1u) * sizeof(struct reference *));
        if (!heads) {
            return error_memory(err);
        }
        data->heads = heads;
        heads[data->head_count++] = reference;
    }
    data->count++;
    return TOCSIN_OK;
}

str reference_pair(struct strbuf *pair, str key, str element)
{
    strbuf_clear(pair);
    strbuf_append(pair, str_from((const char *)&key.len, sizeof(key.len)));
    strbuf_append(pair, key);
    strbuf_append(pair, element);
    return pair->is_failed ? STR_EMPTY : strbuf_str(pair);
}

/* ---- finding a collection ---- */

const struct reference *reference_find(const struct reference_data *data, enum reference_kind kind, str name)
{
    return find_head(data, kind, name);
}

str reference_suggest(const struct reference_data *data, enum reference_kind kind, str name)
{
    struct nearest_name nearest = nearest_name_of(name);
    for (uint32_t i = 0; i < data->head_count; i++) {
        if (data->heads[i]->kind == kind) {
            nearest_name_try(&nearest, data->heads[i]->name);
        }
    }
    return nearest.name;
}

str reference_kind_name(enum reference_kind kind)
{
    static const char *const names[] = {
#define KIND_NAME(symbol, name, noun) noun,
        REFERENCE_KIND_LIST(KIND_NAME)
#undef KIND_NAME
    };
    return str_from_cstring(names[kind]);
}

size_t reference_count(const struct reference *reference)
{
    size_t count = 0;
    for (; reference; reference = reference->next) {
        count += reference->type == REFERENCE_CIDR ? reference->index.count : reference->keys.count;
    }
    return count;
}

static uint32_t find_column(const struct reference *table, str name)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (str_eq_ignore_case(table->columns[i].name, name)) {
            return i;
        }
    }
    return UINT32_MAX;
}

bool reference_has_column(const struct reference *reference, str column)
{
    for (; reference; reference = reference->next) {
        if (find_column(reference, column) != UINT32_MAX) {
            return true;
        }
    }
    return false;
}

str reference_suggest_column(const struct reference *reference, str column)
{
    struct nearest_name nearest = nearest_name_of(column);
    for (; reference; reference = reference->next) {
        for (uint32_t i = 0; i < reference->column_count; i++) {
            nearest_name_try(&nearest, reference->columns[i].name);
        }
    }
    return nearest.name;
}

/* ---- asking ---- */

/* First the collection of the domain, then everybody's; NULL at the end. `last` is NULL at the start. */
static const struct reference *next_in_scope(const struct reference *head, struct reference_scope scope,
                                             const struct reference *last)
{
    bool wants_domain = !last && scope.has_domain;
    if (last && !last->has_domain) {
        return NULL;
    }
    for (int pass = wants_domain ? 0 : 1; pass < 2; pass++) {
        for (const struct reference *reference = head; reference; reference = reference->next) {
            if (pass == 0 ? reference->has_domain && reference->domain == scope.domain : !reference->has_domain) {
                return reference;
            }
        }
    }
    return NULL;
}

static bool holds_address(const struct reference *set, const struct column *values, uint32_t row)
{
    struct ip ip;
    return reference_address(values, row, &ip) && cidr_index_find(&set->index, &ip) != CIDR_NO_ENTRY;
}

bool reference_set_contains(const struct reference *set, struct reference_scope scope, const struct column *values,
                            uint32_t row, struct strbuf *scratch)
{
    for (const struct reference *own = next_in_scope(set, scope, NULL); own; own = next_in_scope(set, scope, own)) {
        str key;
        bool is_in = own->type == REFERENCE_CIDR ? holds_address(own, values, row)
                                                 : reference_key_of_value(own->type, values, row, scratch, &key) &&
                                                       key_table_find(&own->keys, key) != KEY_NONE;
        if (is_in) {
            return true;
        }
    }
    return false;
}

/* The cell of a key; false if it is empty or the key is not there. */
static bool get_cell(const struct reference *reference, uint32_t column, const struct column *keys, uint32_t row,
                     struct strbuf *scratch, str *ret_value)
{
    str key;
    if (column >= reference->column_count || !reference_key_of_value(reference->key_type, keys, row, scratch, &key)) {
        return false;
    }
    uint32_t number = key_table_find(&reference->keys, key);
    if (number == KEY_NONE) {
        return false;
    }
    *ret_value = reference->cells[(size_t)number * reference->column_count + column];
    return ret_value->len > 0;
}

bool reference_map_get(const struct reference *map, struct reference_scope scope, const struct column *keys,
                       uint32_t row, struct strbuf *scratch, str *ret_value)
{
    for (const struct reference *own = next_in_scope(map, scope, NULL); own; own = next_in_scope(map, scope, own)) {
        if (get_cell(own, 0, keys, row, scratch, ret_value)) {
            return true;
        }
    }
    return false;
}

bool reference_table_get(const struct reference *table, struct reference_scope scope, str column,
                         const struct column *keys, uint32_t row, struct strbuf *scratch, str *ret_value)
{
    for (const struct reference *own = next_in_scope(table, scope, NULL); own; own = next_in_scope(table, scope, own)) {
        if (get_cell(own, find_column(own, column), keys, row, scratch, ret_value)) {
            return true;
        }
    }
    return false;
}

bool reference_map_of_sets_contains(const struct reference *map, struct reference_scope scope,
                                    const struct column *keys, const struct column *values, uint32_t row,
                                    struct strbuf *scratch, struct strbuf *pair)
{
    for (const struct reference *own = next_in_scope(map, scope, NULL); own; own = next_in_scope(map, scope, own)) {
        str key;
        str element;
        if (!reference_key_of_value(own->key_type, keys, row, scratch, &key)) {
            continue;
        }
        (void)reference_pair(pair, key, STR_EMPTY); /* the key may lie in the scratch buffer that the element needs */
        if (!reference_key_of_value(own->type, values, row, scratch, &element)) {
            continue;
        }
        strbuf_append(pair, element);
        if (!pair->is_failed && key_table_find(&own->keys, strbuf_str(pair)) != KEY_NONE) {
            return true;
        }
    }
    return false;
}
