#include "format/property_set_internal.h"

#include <assert.h>
#include <pthread.h>

#include "base/limits.h"
#include "base/memory.h"
#include "match/regex.h"

struct kept_regex {
    str pattern;
    struct regex *regex; /* NULL: not compiled yet */
    struct kept_regex *next;
};

struct property_set {
    struct arena arena;
    struct property **properties;
    size_t count;
    size_t capacity;
    struct kept_regex *regexes;
    bool is_built_in; /* what is being added */
};

tocsin_status property_set_create_empty(struct property_set **ret_set, struct error *err)
{
    struct property_set *set = memory_allocate_zeroed(1, sizeof(*set));
    if (!set) {
        return error_memory(err);
    }
    arena_init(&set->arena, ARENA_NO_LIMIT);
    *ret_set = set;
    return TOCSIN_OK;
}

tocsin_status property_set_create(struct property_set **ret_set, struct error *err)
{
    struct property_set *set;
    tocsin_status status = property_set_create_empty(&set, err);
    if (status) {
        return status;
    }
    set->is_built_in = true;
    status = property_set_load_built_in(set, err);
    set->is_built_in = false;
    if (status) {
        property_set_free(set);
        return status;
    }
    *ret_set = set;
    return TOCSIN_OK;
}

void property_set_free(struct property_set *set)
{
    if (!set) {
        return;
    }
    for (struct kept_regex *kept = set->regexes; kept; kept = kept->next) {
        regex_free(kept->regex);
    }
    memory_free(set->properties);
    arena_release(&set->arena);
    memory_free(set);
}

struct arena *property_set_arena(struct property_set *set)
{
    return &set->arena;
}

tocsin_status kept_regex_get(struct kept_regex *kept, const struct regex **ret_regex, struct error *err)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    tocsin_status status = TOCSIN_OK;
    pthread_mutex_lock(&mutex);
    if (!kept->regex) {
        status = regex_compile(kept->pattern, (struct regex_options){0}, &kept->regex, err);
    }
    *ret_regex = kept->regex;
    pthread_mutex_unlock(&mutex);
    return status;
}

tocsin_status property_set_compile(struct property_set *set, str pattern, struct kept_regex **ret_regex,
                                   struct error *err)
{
    struct kept_regex *kept = arena_new(&set->arena, struct kept_regex);
    if (!kept) {
        return error_memory(err);
    }
    *kept = (struct kept_regex){.pattern = pattern};
    const struct regex *regex;
    tocsin_status status = set->is_built_in ? TOCSIN_OK : kept_regex_get(kept, &regex, err);
    if (status) {
        return status;
    }
    kept->next = set->regexes;
    set->regexes = kept;
    *ret_regex = kept;
    return TOCSIN_OK;
}

static struct property *find(const struct property_set *set, str name)
{
    for (size_t i = 0; i < set->count; i++) {
        if (str_eq_ignore_case(set->properties[i]->name, name)) {
            return set->properties[i];
        }
    }
    return NULL;
}

static tocsin_status add_new(struct property_set *set, const struct property *property, struct extraction *first,
                             struct error *err)
{
    if (set->count == LIMIT_SCHEMA_FIELDS) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "there are more than %d properties", LIMIT_SCHEMA_FIELDS);
    }
    if (set->count == set->capacity) {
        size_t capacity = set->capacity ? set->capacity * 2 : 64;
        struct property **grown = memory_resize(set->properties, capacity * sizeof(struct property *));
        if (!grown) {
            return error_memory(err);
        }
        set->properties = grown;
        set->capacity = capacity;
    }
    struct property *stored = arena_new(&set->arena, struct property);
    if (!stored) {
        return error_memory(err);
    }
    *stored = *property;
    stored->extractions = first;
    set->properties[set->count++] = stored;
    return TOCSIN_OK;
}

tocsin_status property_set_add(struct property_set *set, const struct property *property, struct extraction *first,
                               bool replaces, struct error *err)
{
    struct property *existing = find(set, property->name);
    if (!existing) {
        return add_new(set, property, first, err);
    }
    if (existing->type != property->type) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the property '%.*s' exists with another type",
                         STR_ARG(existing->name));
    }
    if (existing->expression.len > 0 || property->expression.len > 0) {
        return error_set(err, TOCSIN_ERROR_CONFIG,
                         "the property '%.*s' exists, and only one of them can be an expression",
                         STR_ARG(existing->name));
    }
    struct extraction *last = first;
    while (last && last->next) {
        last = last->next;
    }
    if (!replaces) {
        if (last) {
            /* Extractions are made by this folder in the set's arena; const only guards readers. */
            last->next = (struct extraction *)(uintptr_t)existing->extractions;
        } else {
            first = (struct extraction *)(uintptr_t)existing->extractions;
        }
    }
    existing->extractions = first;
    existing->is_enabled = property->is_enabled;
    existing->property_type = property->property_type;
    if (property->description.len > 0) {
        existing->description = property->description;
    }
    return TOCSIN_OK;
}

size_t property_set_count(const struct property_set *set)
{
    return set->count;
}

const struct property *property_set_at(const struct property_set *set, size_t index)
{
    assert(index < set->count);
    return set->properties[index];
}

const struct property *property_set_find(const struct property_set *set, str name)
{
    return find(set, name);
}
