/* engine/raw_queries.h - what the plans of a run want of a log, for formats that look before they parse
 * (format_context.prefilter). */
#ifndef ENGINE_RAW_QUERIES_H
#define ENGINE_RAW_QUERIES_H

#include "format/format.h"
#include "plan/plan.h"

struct raw_queries; /* a list being made */

/* Begins a list in the arena. NULL: memory is out. */
struct raw_queries *raw_queries_create(struct arena *arena);
/* Adds all readers of the log that the plan and its sub-selects are. */
tocsin_status raw_queries_add(struct raw_queries *queries, const struct plan *plan, struct error *err);
/* NULL: some plan takes rows of which no text is known, so that all rows are wanted. Lives in the arena. */
const struct raw_prefilter *raw_queries_prefilter(const struct raw_queries *queries);

#endif
