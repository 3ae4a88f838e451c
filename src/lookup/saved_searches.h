/* lookup/saved_searches.h
 * AQL under a name, for FROM GLOBALVIEW('name', 'NORMAL'): files searches/NAME.aql of the configuration folder, and
 * searches.yaml. The text is kept as it is; the binder reads it when a query asks for the search.
 * Memory: one arena inside. Threads: any may read once loaded. Limit: LIMIT_SAVED_SEARCHES.
 */
#ifndef LOOKUP_SAVED_SEARCHES_H
#define LOOKUP_SAVED_SEARCHES_H

#include "base/error.h"

struct saved_search {
    str name;
    str aql;
    const char *source; /* the file, for errors inside the text; NUL-terminated */
};

struct saved_searches;

tocsin_status saved_searches_create(struct saved_searches **ret_searches, struct error *err)
    __attribute__((warn_unused_result));
void saved_searches_free(struct saved_searches *searches);

tocsin_status saved_searches_load_folder(struct saved_searches *searches, const char *folder_path, bool *ret_is_loaded,
                                         struct error *err) __attribute__((warn_unused_result));
/* searches.yaml alone:
 *     searches:
 *       - name: Failed logons by host
 *         aql: SELECT ... */
tocsin_status saved_searches_load_text(struct saved_searches *searches, str text, const char *source_name,
                                       struct error *err) __attribute__((warn_unused_result));

/* By name, ignoring case. NULL if there is none. */
const struct saved_search *saved_search_find(const struct saved_searches *searches, str name);
/* The nearest name, or empty. */
str saved_search_suggest(const struct saved_searches *searches, str name);
size_t saved_search_count(const struct saved_searches *searches);
const struct saved_search *saved_search_at(const struct saved_searches *searches, size_t index);

#endif
