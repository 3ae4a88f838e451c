/* JSON: one array of all rows, pretty-printed; the objects are those of ndjson. */
#include "base/memory.h"
#include "output/json_rows.h"

static tocsin_status json_open(const struct output_options *options, void **ret_state, struct error *err)
{
    struct json_rows *rows = memory_allocate(sizeof(*rows));
    if (!rows) {
        return error_memory(err);
    }
    json_rows_init(rows, options, true);
    json_begin_array(&rows->writer);
    *ret_state = rows;
    return TOCSIN_OK;
}

static void json_close(void *state)
{
    json_rows_release(state);
    memory_free(state);
}

static tocsin_status json_begin(void *state, const struct result_header *header, struct error *err)
{
    return json_rows_begin(state, header, err);
}

static tocsin_status json_push(void *state, const struct result_batch *batch, struct error *err)
{
    struct json_rows *rows = state;
    for (uint32_t row = 0; row < batch->row_count; row++) {
        tocsin_status status = json_rows_write(rows, batch, row, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return output_buffer_flush(&rows->out, err);
}

static tocsin_status json_end(void *state, struct error *err)
{
    return TOCSIN_OK;
}

static tocsin_status json_finish(void *state, struct error *err)
{
    struct json_rows *rows = state;
    json_end_array(&rows->writer);
    strbuf_append_char(&rows->out.text, '\n');
    return output_buffer_flush(&rows->out, err);
}

const struct output_def output_json = {
    .name = "json",
    .description = "one JSON array of all rows",
    .has_evidence = true,
    .open = json_open,
    .close = json_close,
    .begin = json_begin,
    .push = json_push,
    .end = json_end,
    .finish = json_finish,
};
