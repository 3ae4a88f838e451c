/* execute/row_sink.h
 * Where one step of a query hands rows to the next: some rows of a batch. Valid only during the call.
 */
#ifndef EXECUTE_ROW_SINK_H
#define EXECUTE_ROW_SINK_H

#include "column/batch.h"

struct row_sink {
    tocsin_status (*push)(void *state, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                          struct error *err);
    void *state;
};

#endif
