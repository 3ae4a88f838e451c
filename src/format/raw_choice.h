/* format/raw_choice.h
 * From what the readers of a log want (format_context.prefilter) to the texts a format looks for in its raw bytes: of
 * each query one cover all literals of which the format can find, each cut to a part that no encoding or joining of
 * values can have broken up. Not the search (raw_finder.h).
 * Memory: none. Threads: any.
 */
#ifndef FORMAT_RAW_CHOICE_H
#define FORMAT_RAW_CHOICE_H

#include "format/format.h"
#include "format/raw_finder.h"

/* Shorter parts are in too many lines to be worth the search. */
enum { RAW_PART_BYTES_MIN = 3 };

/* Bytes between which a literal of this field may be told from the raw text: NULL = values of the field are not there
 * as they stand (made up, looked up, put together from pieces). */
typedef const char *raw_breaks(const void *context, field_id field);

struct raw_choice {
    raw_breaks *breaks;
    const void *context;
    bool finds_hex; /* values may stand there as upper-case hex */
};

/* Fills the finder. False: some row that a query takes might not be found, or the texts are too many; then all rows
 * have to be parsed. */
bool raw_choice_make(const struct raw_choice *choice, const struct raw_prefilter *prefilter,
                     struct raw_finder *ret_finder);

#endif
