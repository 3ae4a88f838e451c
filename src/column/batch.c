#include "column/batch.h"

#include <assert.h>

#include "base/memory.h"

/* What the arrays of a batch take, or a little more. Few rows touch little of it. */
static size_t batch_bytes(const struct schema *schema, const struct field_set *fields)
{
    enum { ALIGNMENT_BYTES = 64 };
    size_t field_count = schema_field_count(schema);
    size_t bytes = field_count * sizeof(uint16_t) + BATCH_ROWS_MAX * sizeof(struct batch_row) + 4 * ALIGNMENT_BYTES;
    for (size_t field = 0; field < field_count; field++) {
        if (field_set_has(fields, (field_id)field)) {
            bytes += BATCH_ROWS_MAX * value_type_bytes(schema_field(schema, (field_id)field)->type);
            bytes += VALIDITY_WORDS * sizeof(uint64_t) + sizeof(struct column) + sizeof(field_id) + ALIGNMENT_BYTES;
        }
    }
    return bytes;
}

static tocsin_status batch_build(struct batch *batch, const struct field_set *fields, struct error *err)
{
    size_t field_count = schema_field_count(batch->schema);
    if (!arena_prepare(&batch->storage, batch_bytes(batch->schema, fields))) {
        return error_memory(err);
    }
    batch->column_of_field = arena_array(&batch->storage, uint16_t, field_count);
    batch->rows = arena_array(&batch->storage, struct batch_row, BATCH_ROWS_MAX);
    if (!batch->column_of_field || !batch->rows) {
        return error_memory(err);
    }
    uint32_t wanted = 0;
    for (size_t field = 0; field < field_count; field++) {
        wanted += field_set_has(fields, (field_id)field);
    }
    batch->columns = arena_array(&batch->storage, struct column, wanted);
    batch->fields = arena_array(&batch->storage, field_id, wanted);
    if (!batch->columns || !batch->fields) {
        return error_memory(err);
    }
    for (size_t field = 0; field < field_count; field++) {
        batch->column_of_field[field] = UINT16_MAX;
        if (!field_set_has(fields, (field_id)field)) {
            continue;
        }
        uint32_t index = batch->column_count;
        if (!column_init(&batch->columns[index], schema_field(batch->schema, (field_id)field)->type, &batch->storage)) {
            return error_memory(err);
        }
        batch->fields[index] = (field_id)field;
        batch->column_of_field[field] = (uint16_t)index;
        batch->column_count++;
    }
    return TOCSIN_OK;
}

tocsin_status batch_init(struct batch *batch, const struct schema *schema, const struct field_set *fields,
                         struct error *err)
{
    *batch = (struct batch){.schema = schema};
    arena_init(&batch->arena, LIMIT_BATCH_BYTES);
    arena_init(&batch->storage, ARENA_NO_LIMIT);
    tocsin_status status = batch_build(batch, fields, err);
    if (status != TOCSIN_OK) {
        batch_release(batch);
    }
    return status;
}

void batch_release(struct batch *batch)
{
    arena_release(&batch->arena);
    arena_release(&batch->storage);
    memory_free(batch->evidence);
    *batch = (struct batch){0};
}

void batch_clear(struct batch *batch)
{
    for (uint32_t i = 0; i < batch->column_count; i++) {
        column_clear(&batch->columns[i]);
    }
    arena_clear(&batch->arena);
    batch->times_cleared++;
    batch->row_count = 0;
    batch->evidence_count = 0;
    batch->place_lines = NULL;
    batch->numbers = NULL;
    batch->orders = NULL;
    batch->is_failed = false;
}

uint32_t batch_add_row(struct batch *batch)
{
    assert(!batch_is_full(batch));
    batch->rows[batch->row_count] = (struct batch_row){.evidence_first = batch->evidence_count};
    return batch->row_count++;
}

bool batch_reserve_evidence(struct batch *batch, uint32_t count)
{
    if (batch->evidence_capacity - batch->evidence_count >= count) {
        return true;
    }
    uint32_t capacity = batch->evidence_capacity ? batch->evidence_capacity * 2 : BATCH_ROWS_MAX;
    capacity = capacity - batch->evidence_count < count ? batch->evidence_count + count : capacity;
    struct evidence *grown = memory_resize(batch->evidence, capacity * sizeof(*grown));
    if (grown) {
        batch->evidence = grown;
        batch->evidence_capacity = capacity;
    }
    return grown != NULL;
}

void batch_add_evidence(struct batch *batch, struct evidence evidence)
{
    assert(batch->row_count > 0);
    if (!batch_reserve_evidence(batch, 1)) {
        batch->is_failed = true;
        return;
    }
    batch->evidence[batch->evidence_count++] = evidence;
    batch->rows[batch->row_count - 1].evidence_count++;
}

str batch_copy(struct batch *batch, str s)
{
    str copy = arena_copy(&batch->arena, s);
    if (!copy.data) {
        batch->is_failed = true;
        return STR_EMPTY;
    }
    return copy;
}

static void fill_slot(struct column *column, const struct field *field, uint32_t row)
{
    switch (field->type) {
    case TYPE_BOOL:
        column_set_bool(column, row, field->filler != 0);
        break;
    case TYPE_INT64:
        column_set_integer(column, row, field->filler);
        break;
    case TYPE_IP:
        column_set_ip(column, row, field->filler == 6 ? IP_V6_NONE : IP_V4_NONE);
        break;
    case TYPE_STRING:
        column_set_string(column, row, field->filler_text);
        break;
    default:
        assert(false && "payloads and fractions have no fillers");
    }
}

static void finish_column(struct batch *batch, uint32_t index)
{
    struct column *column = &batch->columns[index];
    const struct field *field = schema_field(batch->schema, batch->fields[index]);
    uint64_t any = 0;
    for (uint32_t word = 0; word <= (batch->row_count - 1) / 64; word++) {
        any |= column->validity[word];
    }
    if (any == 0) {
        /* Nobody wrote it: one null or filler for all rows. */
        column->kind = COLUMN_CONSTANT;
        column->row_mask = 0;
        if (field->has_filler) {
            fill_slot(column, field, 0);
        }
        return;
    }
    if (!field->has_filler) {
        return;
    }
    for (uint32_t row = 0; row < batch->row_count; row++) {
        if (row % 64 == 0 && column->validity[row / 64] == UINT64_MAX) {
            row += 63;
        } else if (!column_is_valid(column, row)) {
            fill_slot(column, field, row);
        }
    }
}

/* A column of integers that are all equal (log source, type, severity: most files have one) becomes constant, so that
   predicates on it run once a batch. */
static void fold_equal_integers(struct batch *batch, uint32_t index)
{
    struct column *column = &batch->columns[index];
    if (column->type != TYPE_INT64 || column->kind == COLUMN_CONSTANT) {
        return;
    }
    int64_t first = column->integers[0];
    for (uint32_t row = 0; row < batch->row_count; row++) {
        if (column->integers[row] != first || !column_is_valid(column, row)) {
            return;
        }
    }
    column->kind = COLUMN_CONSTANT;
    column->row_mask = 0;
}

tocsin_status batch_finish(struct batch *batch, struct error *err)
{
    if (batch->is_failed) {
        return error_memory(err);
    }
    if (batch->row_count > 0) {
        for (uint32_t i = 0; i < batch->column_count; i++) {
            finish_column(batch, i);
            fold_equal_integers(batch, i);
        }
    }
    batch_verify(batch);
    return TOCSIN_OK;
}

void batch_verify(const struct batch *batch)
{
#ifdef NDEBUG
    (void)batch;
#else
    assert(batch->row_count <= BATCH_ROWS_MAX);
    uint32_t evidence = 0;
    for (uint32_t row = 0; row < batch->row_count; row++) {
        assert(batch->rows[row].evidence_first == evidence);
        evidence += batch->rows[row].evidence_count;
    }
    assert(evidence == batch->evidence_count);
    for (uint32_t i = 0; i < batch->column_count; i++) {
        const struct column *column = &batch->columns[i];
        assert(column->type == schema_field(batch->schema, batch->fields[i])->type);
        assert((column->kind == COLUMN_CONSTANT) == (column->row_mask == 0));
        for (uint32_t row = 0; row < batch->row_count; row++) {
            if ((column->type == TYPE_STRING || column->type == TYPE_BYTES) && column_is_valid(column, row)) {
                assert(column_text(column, row).data);
            }
        }
    }
#endif
}
