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

/* Adds the forms in which a part of a literal may stand there, besides as it is. False: there is no room for them. */
typedef bool raw_forms(const void *context, const struct raw_literal *literal, str part, struct raw_finder *finder);

struct raw_choice {
    raw_breaks *breaks;
    raw_forms *forms;
    const void *context;
};

/* Once, however often it is asked for. Any bit of `masks` (may be NULL) does not matter and is set in the text. */
bool raw_choice_add(struct raw_finder *finder, str text, bool ignores_case) __attribute__((warn_unused_result));
bool raw_choice_add_masked(struct raw_finder *finder, str text, const char *masks) __attribute__((warn_unused_result));
/* A raw_forms: upper-case hex, also of letters outside ASCII that are one of ASCII but for their case. */
bool raw_choice_hex(const void *context, const struct raw_literal *literal, str part, struct raw_finder *finder);

/* Letters outside ASCII that are the same as this one but for their case (match/letter_case.h); NULL ends the list. */
const char *const *raw_variants_of(char letter);

/* Fills the finder. False: some row that a query takes might not be found, or the texts are too many; then all rows
 * have to be parsed. */
bool raw_choice_make(const struct raw_choice *choice, const struct raw_prefilter *prefilter,
                     struct raw_finder *ret_finder);

/* For formats whose rows are one line: what else such a line has to hold. */
enum { RAW_CONFIRMED_MAX = 3 };
struct raw_confirmation {
    struct raw_finder finders[RAW_CONFIRMED_MAX];
    uint32_t count;
};
/* Fills it for the finder that raw_choice_make made of the same prefilter. */
void raw_choice_confirm(const struct raw_choice *choice, const struct raw_prefilter *prefilter,
                        struct raw_confirmation *ret_confirmation);
/* A line in which the finder has a hit may be wanted. */
bool raw_confirm(const struct raw_confirmation *confirmation, str line);

#endif
