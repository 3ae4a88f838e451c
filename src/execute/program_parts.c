#include "execute/program.h"

static bool must_halve(tocsin_status status, uint32_t count)
{
    return status == TOCSIN_ERROR_LIMIT && count > 1;
}

tocsin_status program_filter_parts(struct program *program, struct batch *batch, const uint16_t *rows,
                                   uint32_t row_count, uint16_t *ret_rows, uint32_t *ret_count, struct error *err)
{
    tocsin_status status = program_filter(program, batch, rows, row_count, ret_rows, ret_count, err);
    if (!must_halve(status, row_count)) {
        return status;
    }
    uint32_t half = row_count / 2;
    uint32_t first;
    uint32_t second;
    uint16_t rest[BATCH_ROWS_MAX];
    memcpy(rest, rows + half, (row_count - half) * sizeof(*rest)); /* ret_rows may be rows */
    status = program_filter_parts(program, batch, rows, half, ret_rows, &first, err);
    if (status == TOCSIN_OK) {
        status = program_filter_parts(program, batch, rest, row_count - half, ret_rows + first, &second, err);
    }
    if (status == TOCSIN_OK) {
        *ret_count = first + second;
    }
    return status;
}

tocsin_status program_project_parts(struct program *program, struct batch *batch, const uint16_t *rows,
                                    uint32_t row_count, program_take *take, void *state, struct error *err)
{
    const struct column *const *values;
    tocsin_status status = program_project(program, batch, rows, row_count, &values, err);
    if (must_halve(status, row_count)) {
        uint32_t half = row_count / 2;
        status = program_project_parts(program, batch, rows, half, take, state, err);
        return status == TOCSIN_OK
                   ? program_project_parts(program, batch, rows + half, row_count - half, take, state, err)
                   : status;
    }
    return status == TOCSIN_OK ? take(state, batch, rows, row_count, values, err) : status;
}
