#include "execute/late_rows.h"

#include "base/memory.h"
#include "base/row_sorter.h"
#include "execute/row_codec.h"

/* Rows that are read together: so many, or so many bytes of what is known of them. */
enum { TAKEN_BYTES = 4 * 1024 * 1024 };

struct late_rows {
    struct late_source source;
    struct field_set kept; /* fields that wait with a row */
    struct row_sorter *by_number;
    uint64_t added;
    struct batch batch;
    bool has_batch;
    struct column *columns[LIMIT_SCHEMA_FIELDS]; /* of the batch: the kept ones */
    uint32_t column_count;
    struct strbuf key;
    struct strbuf body;
    /* Rows taken from the sorter, ascending, and how many of them were given. */
    struct strbuf taken;
    uint64_t numbers[BATCH_ROWS_MAX];
    uint64_t places[BATCH_ROWS_MAX];
    size_t ends[BATCH_ROWS_MAX]; /* of their values, in `taken` */
    uint32_t taken_count;
    uint32_t given;
};

tocsin_status late_rows_create(const struct plan *plan, const struct field_set *fields, struct late_source source,
                               size_t bytes_max, struct late_rows **ret_rows, struct error *err)
{
    struct late_rows *rows = memory_allocate_zeroed(1, sizeof(*rows));
    if (!rows) {
        return error_memory(err);
    }
    rows->source = source;
    strbuf_init(&rows->key, UINT32_MAX);
    strbuf_init(&rows->body, UINT32_MAX);
    strbuf_init(&rows->taken, UINT32_MAX);
    for (size_t word = 0; word < countof(rows->kept.words); word++) {
        rows->kept.words[word] = plan->fields.words[word] & ~fields->words[word];
    }
    struct row_sorter_options options = {.bytes_max = bytes_max};
    tocsin_status status = row_sorter_create(&options, &rows->by_number, err);
    status = status == TOCSIN_OK ? batch_init(&rows->batch, plan->schema, &plan->fields, err) : status;
    rows->has_batch = status == TOCSIN_OK;
    if (status != TOCSIN_OK) {
        late_rows_free(rows);
        return status;
    }
    for (uint32_t i = 0; i < rows->batch.column_count; i++) {
        if (field_set_has(&rows->kept, rows->batch.fields[i])) {
            rows->columns[rows->column_count++] = &rows->batch.columns[i];
        }
    }
    *ret_rows = rows;
    return TOCSIN_OK;
}

void late_rows_free(struct late_rows *rows)
{
    if (rows) {
        row_sorter_free(rows->by_number);
        if (rows->has_batch) {
            batch_release(&rows->batch);
        }
        strbuf_release(&rows->key);
        strbuf_release(&rows->body);
        strbuf_release(&rows->taken);
        memory_free(rows);
    }
}

void late_rows_keep(const struct late_rows *rows, struct strbuf *buffer, const struct batch *batch, uint32_t row)
{
    const struct column *columns[LIMIT_SCHEMA_FIELDS];
    uint32_t count = row_columns(batch, &rows->kept, columns);
    strbuf_append(buffer, (str){(const char *)&batch->numbers[row], sizeof(batch->numbers[row])});
    row_encode_values(buffer, columns, count, row);
}

tocsin_status late_rows_add(struct late_rows *rows, str kept, struct error *err)
{
    uint64_t number;
    uint64_t place = rows->added++;
    memcpy(&number, kept.data, sizeof(number));
    strbuf_clear(&rows->key);
    row_encode_key_number(&rows->key, number);
    strbuf_clear(&rows->body);
    strbuf_append(&rows->body, (str){(const char *)&place, sizeof(place)});
    strbuf_append(&rows->body, kept);
    return rows->key.is_failed || rows->body.is_failed
               ? error_memory(err)
               : row_sorter_add(rows->by_number, strbuf_str(&rows->key), strbuf_str(&rows->body), err);
}

tocsin_status late_rows_finish(struct late_rows *rows, struct error *err)
{
    return row_sorter_finish(rows->by_number, err);
}

/* The next rows, in the order in which the source has them. */
static tocsin_status take_rows(struct late_rows *rows, struct error *err)
{
    enum { HEAD_BYTES = 2 * sizeof(uint64_t) };
    tocsin_status status = TOCSIN_OK;
    rows->taken_count = 0;
    rows->given = 0;
    strbuf_clear(&rows->taken);
    while (rows->taken_count < BATCH_ROWS_MAX && rows->taken.len < TAKEN_BYTES) {
        str body;
        status = row_sorter_next(rows->by_number, &body, err);
        if (status != TOCSIN_OK) {
            break;
        }
        memcpy(&rows->places[rows->taken_count], body.data, sizeof(*rows->places));
        memcpy(&rows->numbers[rows->taken_count], body.data + sizeof(*rows->places), sizeof(*rows->numbers));
        strbuf_append(&rows->taken, str_skip(body, HEAD_BYTES));
        rows->ends[rows->taken_count++] = rows->taken.len;
        if (rows->taken.is_failed) {
            return error_memory(err);
        }
    }
    return status == TOCSIN_END && rows->taken_count > 0 ? TOCSIN_OK : status;
}

tocsin_status late_rows_next(struct late_rows *rows, struct batch **ret_batch, const uint64_t **ret_places,
                             struct error *err)
{
    struct batch *batch = &rows->batch;
    tocsin_status status = rows->given == rows->taken_count ? take_rows(rows, err) : TOCSIN_OK;
    if (status != TOCSIN_OK) {
        return status;
    }
    uint32_t first = rows->given;
    uint32_t count = 0;
    batch_clear(batch);
    status = rows->source.fetch(rows->source.context, rows->numbers + first, rows->taken_count - first, batch, &count,
                                err);
    if (status != TOCSIN_OK) {
        return status;
    }
    *ret_batch = NULL;
    if (count == 0) {
        return TOCSIN_OK;
    }
    for (uint32_t i = 0; i < count && rows->column_count > 0; i++) {
        size_t start = first + i > 0 ? rows->ends[first + i - 1] : 0;
        str values = {rows->taken.data + start, rows->ends[first + i] - start};
        (void)row_decode_values(values, rows->columns, rows->column_count, i);
    }
    rows->given += count;
    *ret_batch = batch;
    *ret_places = rows->places + first;
    return batch_finish(batch, err);
}
