/* store/store_folder.h - names of segments in a store's folder: its only manifest. */
#ifndef STORE_STORE_FOLDER_H
#define STORE_STORE_FOLDER_H

#include "store/event_store.h"

struct segment_name {
    uint64_t sequence;
    bool is_sealed;
};

tocsin_status segment_path(const char *folder, uint64_t sequence, bool is_sealed, char ret_path[STORE_PATH_BYTES],
                           struct error *err);
/* By sequence, each once. A listing may miss a file that is renamed meanwhile, so it is made until two are equal (S7).
 * The caller frees the names. TOCSIN_ERROR_INPUT: there is no such folder. */
tocsin_status store_folder_list(const char *folder, struct segment_name **ret_names, size_t *ret_count,
                                struct error *err);

#endif
