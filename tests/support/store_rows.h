/* store_rows.h - rows for tests of the event store: row n is a function of n, with every type, nulls, values that
 * repeat and such that do not, line ends inside, giants; and a comparison that looks at everything. */
#ifndef SUPPORT_STORE_ROWS_H
#define SUPPORT_STORE_ROWS_H

#include <math.h>
#include <stdio.h>

#include "store/event_store.h"

enum { STORE_ROWS_INPUTS = 3 };

struct store_rows {
    struct schema *schema;
    struct field_set fields;
    field_id repeated, unique, paired, sparse, number, ratio, blob, flag, address;
    bool has_giants; /* now and then a value of 3 MB */
    struct batch batch;
};

static const str store_rows_inputs[STORE_ROWS_INPUTS] = {
    {"/var/log/a.log", sizeof("/var/log/a.log") - 1}, {"b\n.log", sizeof("b\n.log") - 1}, {"", 0}};

/* Of all fields of the schema, or of those that rows have. */
static inline bool store_rows_init(struct store_rows *rows, bool has_all_fields)
{
    struct error err = {0};
    *rows = (struct store_rows){0};
    if (schema_create(&rows->schema, &err) != TOCSIN_OK) {
        return false;
    }
    const struct {
        const char *name;
        enum value_type type;
        field_id *field;
    } properties[] = {
        {"Repeated", TYPE_STRING, &rows->repeated}, {"Unique Text", TYPE_STRING, &rows->unique},
        {"Sparse", TYPE_STRING, &rows->sparse},     {"Number", TYPE_INT64, &rows->number},
        {"Ratio", TYPE_DOUBLE, &rows->ratio},       {"Blob", TYPE_BYTES, &rows->blob},
        {"Flag", TYPE_BOOL, &rows->flag},           {"Address", TYPE_IP, &rows->address},
        {"Paired Text", TYPE_STRING, &rows->paired},
    };
    for (size_t i = 0; i < countof(properties); i++) {
        if (schema_add_property(rows->schema, str_from_cstring(properties[i].name), properties[i].type, STR(""),
                                properties[i].field, &err) != TOCSIN_OK) {
            return false;
        }
    }
    static const field_id used[] = {FIELD_STARTTIME, FIELD_DEVICETIME, FIELD_USERNAME,
                                    FIELD_HOSTNAME,  FIELD_ISUNPARSED, FIELD_PAYLOAD};
    for (size_t i = has_all_fields ? 0 : (size_t)rows->repeated; i < schema_field_count(rows->schema); i++) {
        field_set_add(&rows->fields, (field_id)i);
    }
    for (size_t i = 0; i < countof(used); i++) {
        field_set_add(&rows->fields, used[i]);
    }
    return batch_init(&rows->batch, rows->schema, &rows->fields, &err) == TOCSIN_OK;
}

static inline void store_rows_release(struct store_rows *rows)
{
    batch_release(&rows->batch);
    schema_free(rows->schema);
}

/* "before", n, "after" and a number that looks random. */
static inline str store_rows_text(struct store_rows *rows, const char *before, uint64_t n, const char *after)
{
    char text[200];
    unsigned long long random = after ? n * 0x9E3779B97F4A7C15u : 0;
    int length = after ? snprintf(text, sizeof(text), "%s%llu%s%llx", before, (unsigned long long)n, after, random)
                       : snprintf(text, sizeof(text), "%s%llu", before, (unsigned long long)n);
    return batch_copy(&rows->batch, (str){text, (size_t)length});
}

static inline str store_rows_giant(struct store_rows *rows, uint64_t n)
{
    size_t bytes = 3 * MEBI;
    char *data = arena_allocate(&rows->batch.arena, bytes, 1);
    for (size_t i = 0; data && i < bytes; i++) {
        data[i] = (char)(n + i * i / 7);
    }
    return data ? (str){data, bytes} : STR_EMPTY;
}

static inline void store_rows_evidence(struct store_rows *rows, uint32_t row, uint64_t n)
{
    struct batch *batch = &rows->batch;
    struct evidence line = {
        .input = (uint32_t)(n / 100 % STORE_ROWS_INPUTS), .line = 2 * n + 1, .line_count = 1 + (uint32_t)(n % 3)};
    line.is_joined = n % 3 == 2;
    str payload = store_rows_text(rows, "record ", n, n % 4 == 0 ? " of\n" : " of ");
    size_t cut = str_find_char(payload, '\n', 0);
    if (n % 10 != 9) {
        line.raw = cut == SIZE_MAX ? payload : str_slice(payload, 0, cut);
        batch_add_evidence(batch, line);
    }
    if (n % 10 != 9 && cut != SIZE_MAX) {
        line.raw = n % 8 == 0 ? str_skip(payload, cut + 1) : STR("not what the payload says");
        line.line += 10;
        batch_add_evidence(batch, line);
    }
    batch->rows[row].evidence_more = n % 6 == 0 ? n : 0;
    if (n % 13 != 12) {
        column_set_string(batch_column(batch, FIELD_PAYLOAD), row, payload);
    }
}

static inline void store_rows_row(struct store_rows *rows, uint64_t n)
{
    static const double ratios[] = {0.5, -0.0, INFINITY, 1e-300, -1e300, 3};
    struct batch *batch = &rows->batch;
    uint32_t row = batch_add_row(batch);
    column_set_integer(batch_column(batch, FIELD_STARTTIME), row, 1700000000000 + (int64_t)n * 17);
    if (n % 3 != 0) {
        column_set_integer(batch_column(batch, FIELD_DEVICETIME), row, -(int64_t)n);
    }
    if (n % 7 != 0) {
        column_set_string(batch_column(batch, FIELD_USERNAME), row,
                          n % 50 == 1 ? STR_EMPTY : store_rows_text(rows, "user", n % 50, NULL));
    }
    column_set_string(batch_column(batch, FIELD_HOSTNAME), row, STR("web"));
    column_set_bool(batch_column(batch, FIELD_ISUNPARSED), row, n % 11 == 0);
    column_set_string(batch_column(batch, rows->repeated), row,
                      store_rows_text(rows, "/usr/bin/tool -v -v -v -v ", n % 300, NULL));
    column_set_string(batch_column(batch, rows->unique), row, store_rows_text(rows, "job ", n, " id "));
    if (n % 8 != 5) {
        column_set_string(batch_column(batch, rows->paired), row,
                          store_rows_text(rows, "texts of which many come twice, number ", n - n % 5 % 2, " id "));
    }
    if (n % 1000 == 3) {
        column_set_string(batch_column(batch, rows->sparse), row, store_rows_text(rows, "two\nlines ", n, "\n"));
    }
    if (rows->has_giants && n % 5000 == 777) {
        column_set_string(batch_column(batch, rows->sparse), row, store_rows_giant(rows, n));
    }
    if (n % 97 < 90) {
        column_set_integer(batch_column(batch, rows->number), row,
                           n % 97 == 5   ? INT64_MIN
                           : n % 97 == 6 ? INT64_MAX
                                         : (int64_t)(n * n));
    }
    if (n % 5 != 4) {
        column_set_double(batch_column(batch, rows->ratio), row, n % 501 == 7 ? NAN : ratios[n % 6] * (double)(n % 9));
    }
    if (n % 2 == 0) {
        column_set_string(batch_column(batch, rows->blob), row, (str){"\0\xFF\n\0\n", n % 6});
        column_set_bool(batch_column(batch, rows->flag), row, n % 4 == 0);
    }
    struct ip ip = n % 5 == 0 ? IP_V6_NONE : IP_V4_NONE;
    ip.bytes[15] = (uint8_t)n;
    ip.bytes[0] = n % 15 == 0 ? 0x20 : 0;
    if (n % 9 != 8) {
        column_set_ip(batch_column(batch, rows->address), row, ip);
    }
    store_rows_evidence(rows, row, n);
}

/* Rows first .. first + count - 1, into rows->batch. */
static inline bool store_rows_fill(struct store_rows *rows, uint64_t first, uint32_t count)
{
    struct error err = {0};
    batch_clear(&rows->batch);
    for (uint32_t i = 0; i < count; i++) {
        store_rows_row(rows, first + i);
    }
    return batch_finish(&rows->batch, &err) == TOCSIN_OK;
}

static inline bool store_rows_same_value(const struct column *a, const struct column *b, uint32_t i, uint32_t k)
{
    if (column_is_valid(a, i) != column_is_valid(b, k)) {
        return false;
    }
    if (!column_is_valid(a, i)) {
        return true;
    }
    double x;
    double y;
    switch (a->type) {
    case TYPE_BOOL:
        return column_bool(a, i) == column_bool(b, k);
    case TYPE_INT64:
        return column_integer(a, i) == column_integer(b, k);
    case TYPE_DOUBLE:
        x = column_double(a, i);
        y = column_double(b, k);
        return memcmp(&x, &y, sizeof(x)) == 0;
    case TYPE_IP:
        return memcmp(column_ip(a, i), column_ip(b, k), sizeof(struct ip)) == 0;
    default:
        return str_eq(column_string(a, i), column_string(b, k));
    }
}

/* Row i of `got` is row k of `expected`: columns that `got` has, evidence, raw lines if so wanted. */
static inline bool store_rows_same(const struct batch *got, uint32_t i, struct batch *expected, uint32_t k,
                                   const str *input_names, bool has_raw)
{
    for (uint32_t c = 0; c < got->column_count; c++) {
        if (!store_rows_same_value(&got->columns[c], batch_column(expected, got->fields[c]), i, k)) {
            fprintf(stderr, "field %.*s differs\n", STR_ARG(schema_field(got->schema, got->fields[c])->name));
            return false;
        }
    }
    const struct batch_row *a = &got->rows[i];
    const struct batch_row *b = &expected->rows[k];
    if (a->evidence_count != b->evidence_count || a->evidence_more != b->evidence_more) {
        return false;
    }
    for (uint32_t e = 0; e < a->evidence_count; e++) {
        const struct evidence *x = &got->evidence[a->evidence_first + e];
        const struct evidence *y = &expected->evidence[b->evidence_first + e];
        if (!str_eq(input_names[x->input], store_rows_inputs[y->input]) || x->line != y->line ||
            x->line_count != y->line_count || x->is_joined != y->is_joined ||
            !str_eq(x->raw, has_raw ? y->raw : STR_EMPTY)) {
            fprintf(stderr, "evidence differs\n");
            return false;
        }
    }
    return true;
}

/* Reads a store and holds each row against what it should be. Rows begin with `first`, and follow each other. How many
 * there are, or UINT64_MAX when one is wrong. */
static inline uint64_t store_rows_check(struct store_rows *rows, struct store_reader *reader,
                                        const struct field_set *fields, uint64_t first, bool wants_raw,
                                        uint32_t row_max)
{
    struct error err = {0};
    size_t input_count;
    const str *inputs = store_reader_inputs(reader, &input_count);
    struct batch_source source;
    struct store_scan_options options = {
        .schema = rows->schema, .request = {.fields = *fields}, .wants_raw = wants_raw, .row_max = row_max};
    if (store_reader_scan(reader, &options, &source, &err) != TOCSIN_OK) {
        fprintf(stderr, "%s\n", err.message);
        return UINT64_MAX;
    }
    uint64_t count = 0;
    bool is_right = true;
    tocsin_status status = TOCSIN_OK;
    while (is_right && status == TOCSIN_OK) {
        struct batch *batch;
        status = source.ops->next(source.state, &batch, &err);
        if (status != TOCSIN_OK) {
            break;
        }
        is_right = batch->row_count > 0 && store_rows_fill(rows, first + count, batch->row_count);
        for (uint32_t i = 0; is_right && i < batch->row_count; i++) {
            is_right = store_rows_same(batch, i, &rows->batch, i, inputs, wants_raw);
            if (!is_right) {
                fprintf(stderr, "row %llu is wrong\n", (unsigned long long)(first + count + i));
            }
        }
        count += batch->row_count;
    }
    source.ops->close(source.state);
    if (status != TOCSIN_END && status != TOCSIN_OK) {
        fprintf(stderr, "%s\n", err.message);
    }
    return is_right && status == TOCSIN_END ? count : UINT64_MAX;
}

#endif
