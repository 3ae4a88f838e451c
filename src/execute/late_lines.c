#include "execute/late_lines.h"

#include "base/memory.h"
#include "base/row_sorter.h"
#include "execute/row_codec.h"
#include "execute/row_spool.h"

/* Of a row of the answer, in front of its values. */
struct waiting_row {
    uint64_t line_count; /* of its group */
    uint32_t row_count;  /* whose lines it shows */
};

struct late_lines {
    size_t bytes_max;
    struct row_spool waiting; /* rows of the answer */
    struct late_rows *rows;   /* of the source */
    struct row_sorter *read;  /* their lines, as they were added; NULL until all are read */
    struct strbuf key;
    struct strbuf row;
    struct strbuf texts; /* lines of one row of the answer */
};

tocsin_status late_lines_create(const struct plan *plan, struct late_source source, size_t bytes_max,
                                struct late_lines **ret_lines, struct error *err)
{
    struct late_lines *lines = memory_allocate_zeroed(1, sizeof(*lines));
    if (!lines) {
        return error_memory(err);
    }
    lines->bytes_max = bytes_max;
    strbuf_init(&lines->key, UINT32_MAX);
    strbuf_init(&lines->row, UINT32_MAX);
    strbuf_init(&lines->texts, UINT32_MAX);
    row_spool_init(&lines->waiting, bytes_max / 4);
    tocsin_status status = late_rows_create(plan, &plan->fields, source, bytes_max / 4, &lines->rows, err);
    if (status != TOCSIN_OK) {
        late_lines_free(lines);
        return status;
    }
    *ret_lines = lines;
    return TOCSIN_OK;
}

void late_lines_free(struct late_lines *lines)
{
    if (lines) {
        row_spool_release(&lines->waiting);
        late_rows_free(lines->rows);
        row_sorter_free(lines->read);
        strbuf_release(&lines->key);
        strbuf_release(&lines->row);
        strbuf_release(&lines->texts);
        memory_free(lines);
    }
}

tocsin_status late_lines_add(struct late_lines *lines, str values, str evidence, struct error *err)
{
    struct evidence stand_ins[LIMIT_EVIDENCE_LINES];
    struct waiting_row head = {0};
    head.row_count = row_decode_evidence(evidence, stand_ins, &head.line_count);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < head.row_count; i++) {
        uint64_t number = stand_ins[i].line;
        status = late_rows_add(lines->rows, (str){(const char *)&number, sizeof(number)}, err);
    }
    strbuf_clear(&lines->row);
    strbuf_append(&lines->row, (str){(const char *)&head, sizeof(head)});
    strbuf_append(&lines->row, values);
    if (status != TOCSIN_OK || lines->row.is_failed) {
        return status == TOCSIN_OK ? error_memory(err) : status;
    }
    return row_spool_add(&lines->waiting, strbuf_str(&lines->row), err);
}

/* Lines of some rows, to where they belong. */
static tocsin_status keep_lines(struct late_lines *lines, const struct batch *batch, const uint64_t *places,
                                struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < batch->row_count; i++) {
        strbuf_clear(&lines->key);
        row_encode_key_number(&lines->key, places[i]);
        strbuf_clear(&lines->row);
        row_encode_evidence(&lines->row, batch, i);
        status = lines->key.is_failed || lines->row.is_failed
                     ? error_memory(err)
                     : row_sorter_add(lines->read, strbuf_str(&lines->key), strbuf_str(&lines->row), err);
    }
    return status;
}

tocsin_status late_lines_finish(struct late_lines *lines, struct error *err)
{
    const struct row_sorter_options options = {.bytes_max = lines->bytes_max / 2};
    tocsin_status status = row_sorter_create(&options, &lines->read, err);
    status = status == TOCSIN_OK ? late_rows_finish(lines->rows, err) : status;
    while (status == TOCSIN_OK) {
        struct batch *batch;
        const uint64_t *places;
        status = late_rows_next(lines->rows, &batch, &places, err);
        if (status == TOCSIN_OK && !batch) {
            return TOCSIN_END;
        }
        status = status == TOCSIN_OK ? keep_lines(lines, batch, places, err) : status;
    }
    late_rows_free(lines->rows); /* its memory is wanted elsewhere */
    lines->rows = NULL;
    return status == TOCSIN_END ? row_sorter_finish(lines->read, err) : status;
}

tocsin_status late_lines_next(struct late_lines *lines, str *ret_row, struct error *err)
{
    size_t ends[LIMIT_EVIDENCE_LINES];
    struct waiting_row head;
    str values;
    tocsin_status status = row_spool_next(&lines->waiting, &values, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    memcpy(&head, values.data, sizeof(head));
    values = str_skip(values, sizeof(head));
    strbuf_clear(&lines->texts);
    for (uint32_t i = 0; status == TOCSIN_OK && i < head.row_count; i++) {
        str of_row;
        status = row_sorter_next(lines->read, &of_row, err);
        if (status == TOCSIN_OK) {
            strbuf_append(&lines->texts, of_row);
            ends[i] = lines->texts.len;
        }
    }
    if (status != TOCSIN_OK || lines->texts.is_failed) {
        return status == TOCSIN_OK ? error_memory(err) : status;
    }
    struct evidence shown[LIMIT_EVIDENCE_LINES];
    uint32_t count = 0;
    uint64_t line_count = 0;
    for (uint32_t i = 0; i < head.row_count; i++) {
        size_t from = i > 0 ? ends[i - 1] : 0;
        row_append_evidence((str){lines->texts.data + from, ends[i] - from}, shown, &count, &line_count);
    }
    strbuf_clear(&lines->row);
    strbuf_append(&lines->row, values);
    row_encode_lines(&lines->row, shown, count, head.line_count - line_count);
    *ret_row = strbuf_str(&lines->row);
    return lines->row.is_failed ? error_memory(err) : TOCSIN_OK;
}
