/* output/delimited_rows.h
 * Rows as fields between commas or tabs, for the outputs csv and tsv. A header line names the columns; in a hunt the
 * columns @rule, @risk and @level follow those of the query, and a rule whose columns differ from those of the rule
 * before it starts behind an empty line with a header of its own. Evidence is not shown (see json_rows.h).
 */
#ifndef OUTPUT_DELIMITED_ROWS_H
#define OUTPUT_DELIMITED_ROWS_H

#include "column/value_text.h"
#include "output/output_buffer.h"
#include "output/text_escape.h"

struct delimited_style {
    char separator;
    str line_end;
    str null_text;
    bool has_quotes;
    enum text_escape escape;
};

/* Functions of an output_def; open takes the style besides. */
tocsin_status delimited_open(const struct delimited_style *style, const struct output_options *options,
                             void **ret_state, struct error *err);
void delimited_close(void *state);
tocsin_status delimited_begin(void *state, const struct result_header *header, struct error *err);
tocsin_status delimited_push(void *state, const struct result_batch *batch, struct error *err);
tocsin_status delimited_end(void *state, struct error *err);
tocsin_status delimited_finish(void *state, struct error *err);

#endif
