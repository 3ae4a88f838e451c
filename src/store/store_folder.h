/* store/store_folder.h
 * Names of segments in a store's folder: its only manifest (docs/segment-format.md, "The folder").
 */
#ifndef STORE_STORE_FOLDER_H
#define STORE_STORE_FOLDER_H

#include "store/event_store.h"

enum segment_state {
    SEGMENT_LIVE,
    SEGMENT_REPLACED, /* another one stands for it (S14) */
    SEGMENT_MAKING,   /* was to replace others, and did not get that far */
};

struct segment_name {
    uint64_t sequence;
    uint64_t last_sequence; /* it stands for all from `sequence` to this one */
    uint32_t generation;    /* 0: as first written */
    bool is_sealed;
    enum segment_state state;
};

static inline struct segment_name segment_name_first(uint64_t sequence, bool is_sealed)
{
    return (struct segment_name){.sequence = sequence, .last_sequence = sequence, .is_sealed = is_sealed};
}
tocsin_status segment_name_path(const char *folder, const struct segment_name *name, char ret_path[STORE_PATH_BYTES],
                                struct error *err);
/* Of one that replaces none. */
tocsin_status segment_path(const char *folder, uint64_t sequence, bool is_sealed, char ret_path[STORE_PATH_BYTES],
                           struct error *err);
/* The live ones, by sequence, each once. A listing may miss a file that is renamed meanwhile, so it is made until two
 * are equal (S7). The caller frees the names. TOCSIN_ERROR_INPUT: there is no such folder, or no store in it. */
tocsin_status store_folder_list(const char *folder, struct segment_name **ret_names, size_t *ret_count,
                                struct error *err);
/* All of them, for whoever holds the lock: nobody renames anything. Those that are replaced stand behind what replaces
 * them. */
tocsin_status store_folder_list_all(const char *folder, struct segment_name **ret_names, size_t *ret_count,
                                    struct error *err);

#endif
