/* output/json_rows.h
 * Rows as JSON objects, for the outputs json and ndjson. The names are a contract, see docs/output.md: the query's
 * columns, then "@rule", "@risk", "@level" (hunt only), "@acts" (findings only), "@evidence" and, if lines were left
 * out, "@evidence_more".
 * A column that would repeat a name gets a suffix (_2, _3, ...), since a JSON object with two members of one name says
 * different things to different readers.
 */
#ifndef OUTPUT_JSON_ROWS_H
#define OUTPUT_JSON_ROWS_H

#include "base/arena.h"
#include "base/json_writer.h"
#include "output/output_buffer.h"

struct json_rows {
    struct output_buffer out;
    struct json_writer writer;
    const struct result_header *header;
    struct arena arena; /* of one result: the rendered names */
    str *names;         /* quoted, by column */
};

void json_rows_init(struct json_rows *rows, const struct output_options *options, bool is_pretty);
void json_rows_release(struct json_rows *rows);
tocsin_status json_rows_begin(struct json_rows *rows, const struct result_header *header, struct error *err);
tocsin_status json_rows_write(struct json_rows *rows, const struct result_batch *batch, uint32_t row,
                              struct error *err);

#endif
