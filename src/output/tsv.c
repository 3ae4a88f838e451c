/* TSV: one line a row, whatever the values hold. Tab, newline, carriage return and backslash are \t, \n, \r and \\,
 * other controls and invalid bytes \xNN or \u{...}; null is \N. */
#include "output/delimited_rows.h"

static const struct delimited_style tsv_style = {
    .separator = '\t',
    .line_end = STR("\n"),
    .null_text = STR("\\N"),
    .escape = TEXT_ESCAPE_TSV,
};

static tocsin_status tsv_open(const struct output_options *options, void **ret_state, struct error *err)
{
    return delimited_open(&tsv_style, options, ret_state, err);
}

const struct output_def output_tsv = {
    .name = "tsv",
    .description = "tab-separated values with a header; one line a row",
    .open = tsv_open,
    .close = delimited_close,
    .begin = delimited_begin,
    .push = delimited_push,
    .end = delimited_end,
    .finish = delimited_finish,
};
