#include "execute/value_collector.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_text(const struct value_collector *collector)
{
    return collector->type == TYPE_STRING || collector->type == TYPE_BYTES;
}

/* Of one value in the set; 0: any number. */
static size_t value_bytes(const struct value_collector *collector)
{
    return is_text(collector) ? 0 : collector->type == TYPE_IP ? sizeof(struct ip) : sizeof(uint64_t);
}

void value_collector_init(struct value_collector *collector, enum value_type type, size_t bytes_max, uint64_t hash_seed)
{
    *collector = (struct value_collector){.type = type, .bytes_max = bytes_max, .hash_seed = hash_seed};
    collector->set.type = type;
    state_memory_init(&collector->memory);
}

void value_collector_release(struct value_collector *collector)
{
    state_memory_release(&collector->memory);
}

static tocsin_status too_many(struct error *err, const char *what)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_LIMIT, "the sub-select of IN gives %s", what);
    error_hint(err, "narrow its WHERE, or give it a LIMIT");
    return status;
}

static tocsin_status add_value(struct value_collector *collector, str value, struct error *err)
{
    if (!unique_set_add(&collector->values, value, value_bytes(collector), collector->hash_seed, &collector->memory)) {
        return error_memory(err);
    }
    char text[80];
    if (unique_set_count(&collector->values) > LIMIT_SUBQUERY_VALUES) {
        (void)snprintf(text, sizeof(text), "more than %d different values", LIMIT_SUBQUERY_VALUES);
        return too_many(err, text);
    }
    if (collector->memory.used > collector->bytes_max) {
        (void)snprintf(text, sizeof(text), "values of more than %zu MiB", collector->bytes_max / MEBI);
        return too_many(err, text);
    }
    return TOCSIN_OK;
}

tocsin_status value_collector_add(struct value_collector *collector, const struct column *column, uint32_t row_count,
                                  struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t row = 0; status == TOCSIN_OK && row < row_count; row++) {
        int64_t integer;
        double number;
        if (!column_is_valid(column, row)) {
            collector->set.has_null = true;
            continue;
        }
        switch (collector->type) {
        case TYPE_STRING:
        case TYPE_BYTES:
            status = add_value(collector, column_string(column, row), err);
            break;
        case TYPE_IP:
            status = add_value(collector, (str){(const char *)column_ip(column, row), sizeof(struct ip)}, err);
            break;
        case TYPE_DOUBLE:
            number = column_double(column, row) + 0.0; /* one zero */
            if (number == number) {                    /* nothing equals NaN */
                status = add_value(collector, (str){(const char *)&number, sizeof(number)}, err);
            }
            break;
        default:
            integer = column->type == TYPE_BOOL ? column_bool(column, row) : column_integer(column, row);
            status = add_value(collector, (str){(const char *)&integer, sizeof(integer)}, err);
        }
    }
    return status;
}

static int compare_integers(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static int compare_texts(const void *a, const void *b)
{
    return str_compare(*(const str *)a, *(const str *)b);
}

static int compare_addresses(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct ip));
}

static void list_value(void *context, str value)
{
    struct value_set *set = context;
    if (set->type == TYPE_STRING || set->type == TYPE_BYTES) {
        set->strings[set->count++] = value;
    } else {
        memcpy((char *)set->integers + set->count++ * value.len, value.data, value.len);
    }
}

tocsin_status value_collector_finish(struct value_collector *collector, const struct value_set **ret_set,
                                     struct error *err)
{
    struct value_set *set = &collector->set;
    size_t bytes = is_text(collector) ? sizeof(str) : value_bytes(collector);
    size_t count = unique_set_count(&collector->values);
    set->integers = arena_allocate(&collector->memory.arena, count * bytes + 1, 16);
    if (!set->integers) {
        return error_memory(err);
    }
    unique_set_each(&collector->values, value_bytes(collector), list_value, set);
    if (count > 1) {
        qsort(set->integers, count, bytes,
              is_text(collector)               ? compare_texts
              : collector->type == TYPE_IP     ? compare_addresses
              : collector->type == TYPE_DOUBLE ? compare_numbers
                                               : compare_integers);
    }
    *ret_set = set;
    return TOCSIN_OK;
}
