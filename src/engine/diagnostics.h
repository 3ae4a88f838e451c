/* engine/diagnostics.h
 * Remarks as tocsin.h shows them: with lines and columns, and texts that end with NUL.
 * Memory: in the arena given.
 */
#ifndef ENGINE_DIAGNOSTICS_H
#define ENGINE_DIAGNOSTICS_H

#include "base/diagnostic.h"
#include "tocsin/tocsin.h"

/* The list must be sorted (diagnostic_list_sort): places are then found in one pass over the text. Remarks below
 * `severity_min` are left out. */
tocsin_status diagnostics_publish(struct arena *arena, str text, const struct diagnostic_list *list,
                                  enum tocsin_severity severity_min, struct tocsin_diagnostic **ret_items,
                                  size_t *ret_count, struct error *err);

#endif
