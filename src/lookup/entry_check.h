/* lookup/entry_check.h
 * The same number or name twice in a list of a configuration file is a mistake: finds it in n log n, with its place.
 * Memory: the keys belong to the caller and are sorted. Threads: any.
 */
#ifndef LOOKUP_ENTRY_CHECK_H
#define LOOKUP_ENTRY_CHECK_H

#include "base/yaml_document.h"

struct entry_key {
    int64_t number;
    str text;       /* compared ignoring case; STR_EMPTY for lists of numbers */
    unsigned index; /* in the list of the file */
};

/* Error: TOCSIN_ERROR_CONFIG at LIST[index].MEMBER of the later entry. */
tocsin_status entry_check_unique(const struct yaml_document *document, const char *list, const char *member,
                                 struct entry_key *keys, size_t key_count, struct error *err)
    __attribute__((warn_unused_result));

#endif
