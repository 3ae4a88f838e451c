/* CSV, quoted as RFC 4180 has it; lines end in LF, as the tools of a Unix system expect and every reader accepts.
 * A value that begins with =, +, - or @ is left as it is: a spreadsheet that takes it for a formula must be told to
 * import text, since changing values would falsify evidence. */
#include "output/delimited_rows.h"

static const struct delimited_style csv_style = {
    .separator = ',',
    .line_end = STR("\n"),
    .null_text = STR_EMPTY,
    .has_quotes = true,
    .escape = TEXT_ESCAPE_CSV,
};

static tocsin_status csv_open(const struct output_options *options, void **ret_state, struct error *err)
{
    return delimited_open(&csv_style, options, ret_state, err);
}

const struct output_def output_csv = {
    .name = "csv",
    .description = "comma-separated values with a header, quoted as in RFC 4180",
    .open = csv_open,
    .close = delimited_close,
    .begin = delimited_begin,
    .push = delimited_push,
    .end = delimited_end,
    .finish = delimited_finish,
};
