#include "store/column_fill.h"

#include "store/row_bits.h"
#include "store/value_test.h"

/* What fill functions give: TOCSIN_END is damage, in the row with number *ret_count. */

static void mark_valid(struct column *column, const struct column_cursor *cursor, const struct picked_rows *rows)
{
    if (!cursor->present) {
        bits_fill(column->validity, rows->count);
        return;
    }
    if (rows->is_run) {
        bits_take(cursor->present, rows->rows[0], rows->count, column->validity);
        return;
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        uint64_t bit = column_cursor_has_value(cursor, rows->rows[i]);
        column->validity[i / 64] |= bit << i % 64;
    }
}

static inline bool is_valid(const struct column *column, uint32_t i)
{
    return column->validity[i / 64] >> i % 64 & 1;
}

/* ---- integers and codes ---- */

/* In a run the values follow each other, too; rows without one are given any. */
static void take_integers(const struct column *column, const struct column_cursor *cursor,
                          const struct picked_rows *rows, int64_t *scratch, int64_t *ret_values)
{
    const struct packed_integers *packed = &cursor->integers;
    if (!rows->is_run) {
        for (uint32_t i = 0; i < rows->count; i++) {
            ret_values[i] =
                is_valid(column, i) ? integers_get(packed, column_cursor_rank(cursor, rows->rows[i])) : 0;
        }
        return;
    }
    uint32_t first = column_cursor_rank(cursor, rows->rows[0]);
    if (!cursor->present) {
        integers_unpack(packed, first, rows->count, ret_values);
        return;
    }
    uint32_t count = bits_count(column->validity, rows->count);
    integers_unpack(packed, first, count, scratch);
    scratch[count] = 0;
    for (uint32_t i = 0, value = 0; i < rows->count; i++) {
        ret_values[i] = scratch[value];
        value += is_valid(column, i);
    }
}

static void take_codes(const struct column *column, const struct column_cursor *cursor, const struct picked_rows *rows,
                       uint32_t *scratch, uint32_t *ret_codes)
{
    const struct packed_integers *packed = &cursor->integers;
    if (!rows->is_run) {
        for (uint32_t i = 0; i < rows->count; i++) {
            uint32_t value = is_valid(column, i) ? column_cursor_rank(cursor, rows->rows[i]) : 0;
            uint64_t code = (uint64_t)integers_get(packed, value);
            ret_codes[i] = code < UINT32_MAX ? (uint32_t)code : UINT32_MAX;
        }
        return;
    }
    uint32_t first = column_cursor_rank(cursor, rows->rows[0]);
    if (!cursor->present) {
        integers_unpack_codes(packed, first, rows->count, ret_codes);
        return;
    }
    uint32_t count = bits_count(column->validity, rows->count);
    integers_unpack_codes(packed, first, count, scratch);
    scratch[count] = 0;
    for (uint32_t i = 0, value = 0; i < rows->count; i++) {
        ret_codes[i] = scratch[value];
        value += is_valid(column, i);
    }
}

static void fill_integers(struct column_filler *filler, struct column *column, const struct column_cursor *cursor,
                          const struct picked_rows *rows)
{
    mark_valid(column, cursor, rows);
    if (column->type == TYPE_INT64) {
        take_integers(column, cursor, rows, filler->integers, column->integers);
        return;
    }
    int64_t values[BATCH_ROWS_MAX];
    take_integers(column, cursor, rows, filler->integers, values);
    if (column->type == TYPE_DOUBLE) {
        memcpy(column->doubles, values, rows->count * sizeof(*values));
        return;
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        column->bools[i] = values[i] != 0;
    }
}

/* ---- texts ---- */

/* A text as a value of the column. TOCSIN_END: it is none. */
static tocsin_status put_text(struct column_filler *filler, struct column *column, uint32_t row, str text, bool copies)
{
    if (column->type == TYPE_IP) {
        return stored_ip(text, &column->ips[row]) ? TOCSIN_OK : TOCSIN_END;
    }
    if (copies) {
        text = batch_copy(filler->batch, text);
        filler->copied_bytes += text.len;
    }
    column->strings[row] = text;
    return TOCSIN_OK;
}

/* The first texts, as long as their entries are held. Those of rows without a value are any: nobody looks at them. */
static uint32_t view_entries(struct column *column, const struct column_cursor *cursor, const uint32_t *codes,
                             uint32_t row_count)
{
    const str *entries = cursor->entries;
    uint32_t entry_count = cursor->dictionary.count;
    str *strings = column->strings;
    for (uint32_t i = 0; i < row_count; i++) {
        uint32_t code = codes[i];
        if (code >= entry_count || !entries[code].data) {
            return i;
        }
        strings[i] = entries[code];
    }
    return row_count;
}

static tocsin_status fill_entries(struct column_filler *filler, struct column *column, struct column_cursor *cursor,
                                  const struct picked_rows *rows, uint32_t *ret_count, struct error *err)
{
    mark_valid(column, cursor, rows);
    bool is_view = column->type != TYPE_IP && !filler->copies_entries;
    uint32_t *taken = filler->codes;
    uint32_t scratch[BATCH_ROWS_MAX + 1];
    take_codes(column, cursor, rows, scratch, taken);
    uint32_t ready = is_view ? view_entries(column, cursor, taken, rows->count) : 0;
    for (uint32_t i = ready; i < rows->count; i++) {
        uint32_t code = taken[i];
        if (is_view && code < cursor->dictionary.count && cursor->entries[code].data) {
            column->strings[i] = cursor->entries[code]; /* of a row without a value, too: nobody looks at it */
            continue;
        }
        str text = STR_EMPTY;
        tocsin_status status = TOCSIN_OK;
        if (is_valid(column, i)) {
            status = column_cursor_entry(cursor, code, &text, err);
            status = status == TOCSIN_OK ? put_text(filler, column, i, text, filler->copies_entries) : status;
        }
        if (status != TOCSIN_OK) {
            *ret_count = i;
            return status;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status fill_plain(struct column_filler *filler, struct column *column, struct column_cursor *cursor,
                                const struct picked_rows *rows, uint32_t *ret_count, struct error *err)
{
    const struct plain_chunk *chunk = NULL;
    mark_valid(column, cursor, rows);
    column_cursor_new_pass(cursor);
    for (uint32_t i = 0; i < rows->count; i++) {
        if (!is_valid(column, i)) {
            continue;
        }
        uint64_t number = column_cursor_text_number(cursor, column_cursor_rank(cursor, rows->rows[i]));
        tocsin_status status = TOCSIN_OK;
        if (!chunk || number - chunk->first >= chunk->texts.count) {
            status = column_cursor_plain(cursor, number, &chunk, err);
        }
        if (status == TOCSIN_OK && chunk && (filler->copied_bytes <= COPIED_BYTES_MAX || i == 0)) {
            str text = texts_get(&chunk->texts, (uint32_t)number - chunk->first);
            status = put_text(filler, column, i, text, filler->copies_plain);
        } else {
            chunk = NULL;
        }
        if (status != TOCSIN_OK || !chunk) {
            *ret_count = i;
            return status;
        }
    }
    return TOCSIN_OK;
}

/* ---- any ---- */

static tocsin_status fill_constant(struct column_filler *filler, struct column *column, struct column_cursor *cursor,
                                   struct error *err)
{
    column->kind = COLUMN_CONSTANT;
    column->row_mask = 0;
    column_set_valid(column, 0);
    if (cursor->column->encoding == ENCODING_DICTIONARY) {
        str text = STR_EMPTY;
        tocsin_status status = column_cursor_entry(cursor, (uint64_t)cursor->column->least, &text, err);
        return status == TOCSIN_OK ? put_text(filler, column, 0, text, filler->copies_entries) : status;
    }
    if (column->type == TYPE_BOOL) {
        column->bools[0] = cursor->column->least != 0;
    } else {
        column->integers[0] = cursor->column->least;
    }
    return TOCSIN_OK;
}

/* No text is looked at: TOCSIN_END, if a row has a code whose entry cannot be had, which fill_entries finds. */
static tocsin_status take_all_codes(struct column_filler *filler, struct column *column, struct column_cursor *cursor,
                                    const struct picked_rows *rows, struct error *err)
{
    uint32_t scratch[BATCH_ROWS_MAX + 1];
    uint32_t greatest = 0;
    tocsin_status status = column_cursor_hold_all(cursor, err);
    if (status != TOCSIN_OK || !cursor->holds_all) {
        return status == TOCSIN_OK ? TOCSIN_END : status;
    }
    mark_valid(column, cursor, rows);
    take_codes(column, cursor, rows, scratch, filler->codes);
    for (uint32_t i = 0; i < rows->count; i++) {
        greatest = filler->codes[i] > greatest ? filler->codes[i] : greatest;
    }
    return greatest < cursor->dictionary.count ? TOCSIN_OK : TOCSIN_END;
}

/* Those of rows without a value are no entry's. */
static tocsin_status offer_codes(const struct column_filler *filler, struct column *column,
                                 struct column_cursor *cursor, uint32_t row_count, struct error *err)
{
    tocsin_status status = column_cursor_hold_all(cursor, err);
    struct column_dictionary *dictionary = arena_new(&filler->batch->arena, struct column_dictionary);
    uint32_t *codes = arena_allocate(&filler->batch->arena, row_count * sizeof(*codes), 16);
    if (status != TOCSIN_OK || !dictionary || !codes) {
        return status == TOCSIN_OK ? error_memory(err) : status;
    }
    *dictionary = cursor->dictionary; /* which grows with later blocks */
    memcpy(codes, filler->codes, row_count * sizeof(*codes));
    for (uint32_t i = 0; cursor->present && i < row_count; i++) {
        codes[i] = is_valid(column, i) ? codes[i] : UINT32_MAX;
    }
    column->codes = codes;
    column->dictionary = dictionary;
    return TOCSIN_OK;
}

static tocsin_status fill_dictionary(struct column_filler *filler, struct column *column, struct column_cursor *cursor,
                                     const struct picked_rows *rows, enum text_form form, uint32_t *ret_count,
                                     struct error *err)
{
    bool has_codes = form != TEXT_ONLY && !filler->copies_entries;
    tocsin_status status = TOCSIN_END;
    if (has_codes && form == TEXT_AS_CODES && column->type != TYPE_IP) {
        status = take_all_codes(filler, column, cursor, rows, err);
    }
    if (status == TOCSIN_END) {
        status = fill_entries(filler, column, cursor, rows, ret_count, err);
    }
    return status == TOCSIN_OK && has_codes ? offer_codes(filler, column, cursor, rows->count, err) : status;
}

tocsin_status column_fill(struct column_filler *filler, struct column *column, struct column_cursor *cursor,
                          const struct picked_rows *rows, enum text_form form, uint32_t *ret_count,
                          bool *ret_is_damaged, struct error *err)
{
    uint32_t count = rows->count;
    tocsin_status status = TOCSIN_OK;
    if (cursor->column && cursor->column->presence == PRESENCE_ALL && column_cursor_is_constant(cursor)) {
        status = fill_constant(filler, column, cursor, err);
        count = status == TOCSIN_END ? 0 : count;
    } else if (cursor->column) {
        status = column_cursor_open(cursor, err);
        count = status == TOCSIN_END ? 0 : count;
        if (status == TOCSIN_OK && cursor->column->encoding == ENCODING_INTEGERS) {
            fill_integers(filler, column, cursor, rows);
        } else if (status == TOCSIN_OK && segment_has_texts(cursor->column)) {
            status = fill_plain(filler, column, cursor, rows, &count, err);
        } else if (status == TOCSIN_OK) {
            status = fill_dictionary(filler, column, cursor, rows, form, &count, err);
        }
    }
    if (status != TOCSIN_OK && status != TOCSIN_END) {
        return status;
    }
    *ret_count = count;
    *ret_is_damaged = status == TOCSIN_END;
    return TOCSIN_OK;
}
