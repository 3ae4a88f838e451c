/* NDJSON: one JSON object a line, for other programs (docs/output.md is the contract). */
#include "base/memory.h"
#include "output/json_rows.h"

static tocsin_status ndjson_open(const struct output_options *options, void **ret_state, struct error *err)
{
    struct json_rows *rows = memory_allocate(sizeof(*rows));
    if (!rows) {
        return error_memory(err);
    }
    json_rows_init(rows, options, false);
    *ret_state = rows;
    return TOCSIN_OK;
}

static void ndjson_close(void *state)
{
    json_rows_release(state);
    memory_free(state);
}

static tocsin_status ndjson_begin(void *state, const struct result_header *header, struct error *err)
{
    return json_rows_begin(state, header, err);
}

static tocsin_status ndjson_push(void *state, const struct result_batch *batch, struct error *err)
{
    struct json_rows *rows = state;
    for (uint32_t row = 0; row < batch->row_count; row++) {
        json_writer_init(&rows->writer, &rows->out.text, false);
        tocsin_status status = json_rows_write(rows, batch, row, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        strbuf_append_char(&rows->out.text, '\n');
    }
    return output_buffer_flush(&rows->out, err);
}

static tocsin_status ndjson_end(void *state, struct error *err)
{
    return TOCSIN_OK;
}

static tocsin_status ndjson_finish(void *state, struct error *err)
{
    struct json_rows *rows = state;
    return output_buffer_flush(&rows->out, err);
}

const struct output_def output_ndjson = {
    .name = "ndjson",
    .description = "one JSON object a line; for programs, and what a pipe gets",
    .has_evidence = true,
    .open = ndjson_open,
    .close = ndjson_close,
    .begin = ndjson_begin,
    .push = ndjson_push,
    .end = ndjson_end,
    .finish = ndjson_finish,
};
