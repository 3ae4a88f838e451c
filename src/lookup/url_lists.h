/* lookup/url_lists.h
 * Lists that LOOKUPS::CONTAINS names by an address in the network: lookups.yaml says which local file stands for which
 * address. Nothing is ever fetched.
 * Memory: each list owns the text of its file. Threads: any may search once loaded. Limits: LIMIT_REFERENCE_ELEMENTS,
 * _BYTES, _COLLECTIONS.
 */
#ifndef LOOKUP_URL_LISTS_H
#define LOOKUP_URL_LISTS_H

#include "base/error.h"

struct url_lists;
struct url_list;

tocsin_status url_lists_create(struct url_lists **ret_lists, struct error *err) __attribute__((warn_unused_result));
void url_lists_free(struct url_lists *lists);

/* lookups.yaml, and the files it names:
 *     lookups:
 *       - url: https://intel.example/ips.txt
 *         file: lookups/ips.txt */
tocsin_status url_lists_load_folder(struct url_lists *lists, const char *folder_path, bool *ret_is_loaded,
                                    struct error *err) __attribute__((warn_unused_result));
/* One list from its text: a JSON array of texts and numbers, or one element a line. The text is the list's from here
 * on, and was made by memory.h, even on failure. */
tocsin_status url_lists_add(struct url_lists *lists, str url, str text, const char *source_name, struct error *err)
    __attribute__((warn_unused_result));

/* The list that stands for this address, letter by letter. NULL if there is none. */
const struct url_list *url_list_find(const struct url_lists *lists, str url);
bool url_list_contains(const struct url_list *list, str element);

#endif
