/* format/raw_condition.h
 * What readers of a log want (raw_query.condition) asked of the value of one field, when a format knows that value
 * before it reads the rest of an event: no reader takes a row whose value fails here. Not the filter: more may pass
 * than it takes. How: all literals in one pass (literal_scan.h), then the conditions over those found.
 * Memory: in the arena. Threads: immutable once compiled. Limits: LITERAL_SCAN_MAX literals, some
 * thousand conditions; beyond them nothing is tested.
 */
#ifndef FORMAT_RAW_CONDITION_H
#define FORMAT_RAW_CONDITION_H

#include "base/arena.h"
#include "format/format.h"

struct raw_test;

/* *ret_test NULL: some reader may take rows whatever the value. False: memory is out. */
bool raw_test_compile(const struct raw_prefilter *prefilter, field_id field, struct arena *arena,
                      struct raw_test **ret_test) __attribute__((warn_unused_result));
/* Whether a value may be wanted; its letters of ASCII are made small for that. */
bool raw_test_run(const struct raw_test *test, char *value, size_t bytes);

#endif
