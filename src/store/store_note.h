/* store/store_note.h
 * What a block says beside its rows: how far each input has been read, and the newest time that log lines stated. It is
 * in the block's directory, so that it is on the disk exactly when the block's rows are.
 * Memory: a parsed note lives in the arena given; a mark set owns its own. Threads: one.
 */
#ifndef STORE_STORE_NOTE_H
#define STORE_STORE_NOTE_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/strbuf.h"

enum { STORE_IDENTITY_BYTES = 16, MARK_HEAD_BYTES = 44 /* of a mark, before its path */ };

/* How far an input has been read into the store. An input is a path and a content: the same path with another content
 * is another input. */
struct store_mark {
    str input; /* its path, as given; at most LIMIT_STORE_INPUT_BYTES */
    uint8_t identity[STORE_IDENTITY_BYTES];
    uint64_t bytes;     /* of its text, that were read */
    uint64_t safe_line; /* the rows of all lines before this one (counted from 1) are in the store */
    uint64_t rows;      /* and so many of the others, in the order in which they are read */
    bool is_complete;   /* it was read to its end */
};

/* The newest times that lines themselves stated, by how much they are to be trusted: plausible ones, those up to a day
 * ahead of what was possible, others. What NOW() is over the store is the first that is known. */
enum { STORE_TRUSTS = 3 };
struct store_newest {
    struct {
        bool is_set;
        int64_t ms;
    } by_trust[STORE_TRUSTS];
};
/* Whether that changed it. */
bool store_newest_merge(struct store_newest *newest, const struct store_newest *other);
/* False: no line stated a time. */
bool store_newest_time(const struct store_newest *newest, int64_t *ret_ms);

struct segment_note {
    bool is_partial; /* rows pushed together go on in the next block: of these there is all or nothing, too (S2) */
    struct store_newest newest;
    uint32_t mark_count;
    struct store_mark *marks;
};
static inline bool segment_note_is_empty(const struct segment_note *note)
{
    int64_t ignored;
    return note->mark_count == 0 && !store_newest_time(&note->newest, &ignored);
}
void segment_note_put(struct strbuf *target, const struct segment_note *note);
/* All of the bytes. TOCSIN_END: they make no sense; or TOCSIN_ERROR_MEMORY. */
tocsin_status segment_note_parse(str bytes, struct arena *arena, struct segment_note *ret_note);

/* ---- the latest mark of each input ---- */

struct mark_set {
    struct arena arena;
    struct store_mark *marks; /* in the order in which their inputs came first */
    uint32_t count;
    uint32_t capacity;
    uint32_t *slots; /* numbers + 1; 0 = free */
    uint32_t slot_count;
    uint64_t hash_seed;
    size_t bytes; /* that they take in a note */
};
void mark_set_init(struct mark_set *set, uint64_t hash_seed);
void mark_set_release(struct mark_set *set);
void mark_set_clear(struct mark_set *set);
/* In place of the one of the same input. False: memory. */
bool mark_set_put(struct mark_set *set, const struct store_mark *mark) __attribute__((warn_unused_result));
/* NULL: there is none. */
const struct store_mark *mark_set_find(const struct mark_set *set, str input, const uint8_t *identity);

#endif
