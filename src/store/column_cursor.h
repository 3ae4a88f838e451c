/* store/column_cursor.h
 * Reads one column of a segment, block by block; within a block any slot, in any order. Nothing is read before it is
 * needed: presence and integers (or codes) of a block when they are opened, a chunk of texts or of entries when a value
 * of it is asked for. The dictionary is an array of entries, so that who asks something of texts can ask each entry
 * once and look at codes afterwards.
 * Nothing read is trusted: TOCSIN_END always means that what was asked for is damaged.
 * Memory: a cursor owns its buffers; `budget` bounds those of all cursors of a reader. Entries that are held live until
 * the budget is reset or released; plain texts until a later pass needs the room.
 * Threads: one.
 */
#ifndef STORE_COLUMN_CURSOR_H
#define STORE_COLUMN_CURSOR_H

#include "base/memory.h"
#include "column/column.h"
#include "store/scan_statistics.h"
#include "store/segment_map.h"

/* Room for entries of dictionaries. Some of it is kept for the next segment: fresh memory is slow. */
struct entry_block {
    char *data;
    size_t capacity;
    size_t used;
};
struct entry_memory {
    struct entry_block *blocks;
    uint32_t count;
    uint32_t capacity;
};

struct cursor_budget {
    size_t held_bytes;       /* of chunks */
    size_t dictionary_bytes; /* as docs/segment-format.md counts them */
    struct entry_memory entries;
    struct store_scan_statistics statistics;
};

struct chunk_buffer {
    char *data;
    size_t capacity;
};

/* A chunk of texts of the block. */
enum { PLAIN_CHUNKS_HELD = 16 };
struct plain_chunk {
    struct texts texts;
    uint32_t first; /* number of its first text */
    uint32_t index; /* in the column; UINT32_MAX: none is held */
    uint64_t pass;  /* in which it was last asked for */
    struct chunk_buffer buffer;
    uint32_t *offsets;
    uint32_t offset_capacity;
};

/* A chunk of entries. */
enum entry_state { ENTRIES_UNREAD, ENTRIES_HELD, ENTRIES_LOST };
struct entry_chunk {
    const struct segment_chunk *chunk;
    const char *heap; /* of one that is held */
    enum entry_state state;
};

struct column_cursor {
    const struct store_file *file;
    const struct segment_map *map;
    struct cursor_budget *budget;
    struct strbuf *stored;          /* scratch that the cursors of a reader share */
    struct segment_column identity; /* name, type, scope, origin and catalogs of what it reads */
    bool has_column;                /* some block has it */
    uint32_t place;                 /* in the block it was found in last */
    /* the block */
    uint32_t block;
    const struct segment_column *column; /* NULL: it has no values here */
    uint32_t slots;
    bool has_presence; /* was read */
    bool has_integers;
    const uint64_t *present; /* a bit a slot; NULL: all have values */
    uint64_t *present_words;
    uint32_t *ranks; /* values before each word of present */
    struct packed_integers integers;
    struct chunk_buffer integer_buffer;
    struct chunk_buffer presence_buffer;
    /* texts of the block */
    uint32_t values_begin; /* chunks of them */
    uint32_t values_end;
    uint32_t text_count;
    uint64_t pass;
    size_t plain_bytes;
    struct plain_chunk *plain; /* PLAIN_CHUNKS_HELD of them, or NULL */
    /* dictionary: what the blocks so far bring */
    struct entry_chunk *entry_chunks;
    uint32_t entry_chunk_count;
    uint32_t entry_chunk_capacity;
    uint32_t entry_count; /* known; an entry that is not held has no data */
    str *entries;
    uint32_t entry_capacity;
    uint32_t blocks_seen;
    bool holds_all; /* that are known: set by column_cursor_hold_all */
    struct column_dictionary dictionary; /* the same for readers of batches */
    /* a chunk that is only looked at */
    struct chunk_buffer peek_buffer;
    uint32_t *offsets;
    uint32_t offset_capacity;
};

/* Which column, as a function, so that a field of a schema can be looked for. */
typedef bool column_match(const void *context, const struct segment_column *column);
/* Zeroed before; file, map, budget and stored set. */
void column_cursor_init(struct column_cursor *cursor, column_match *match, const void *context);
void column_cursor_release(struct column_cursor *cursor);
/* As if it had been zeroed, but its buffers are kept for another segment. */
void column_cursor_reset(struct column_cursor *cursor);
/* When the cursors have been reset: entries that they held are gone. And when they have been released. */
void cursor_budget_reset(struct cursor_budget *budget);
void cursor_budget_release(struct cursor_budget *budget);

/* To a block. Nothing is read, only what is known of its dictionary grows. */
tocsin_status column_cursor_begin(struct column_cursor *cursor, uint32_t block, struct error *err);
/* Reads which slots have values, and the integers or codes, if that was not done yet. */
tocsin_status column_cursor_open(struct column_cursor *cursor, struct error *err);
tocsin_status column_cursor_open_presence(struct column_cursor *cursor, struct error *err);

/* All values of the block are the same one, and need no chunk of integers. */
static inline bool column_cursor_is_constant(const struct column_cursor *cursor)
{
    const struct segment_column *column = cursor->column;
    return !segment_has_texts(column) && column->type != SEGMENT_DOUBLE && column->least == column->greatest;
}

/* ---- slots; presence was opened ---- */

static inline bool column_cursor_has_value(const struct column_cursor *cursor, uint32_t slot)
{
    return cursor->column && (!cursor->present || (cursor->present[slot / 64] >> slot % 64 & 1));
}
/* How many values come before the slot: the number of its value, if it has one. */
static inline uint32_t column_cursor_rank(const struct column_cursor *cursor, uint32_t slot)
{
    if (!cursor->present) {
        return slot;
    }
    uint64_t before = cursor->present[slot / 64] & ((UINT64_C(1) << slot % 64) - 1);
    return cursor->ranks[slot / 64] + (uint32_t)__builtin_popcountll(before);
}

/* ---- values; the block was opened ---- */

static inline int64_t column_cursor_integer(const struct column_cursor *cursor, uint32_t value)
{
    return integers_get(&cursor->integers, value);
}

/* ---- texts of the block ---- */

/* What is loaded from now on may take the room of what was loaded before. */
static inline void column_cursor_new_pass(struct column_cursor *cursor)
{
    cursor->pass++;
}
/* Which text of the block a value is; the block was opened. */
static inline uint64_t column_cursor_text_number(const struct column_cursor *cursor, uint32_t value)
{
    return cursor->column->encoding == ENCODING_PLAIN ? value : (uint64_t)column_cursor_integer(cursor, value);
}
/* The chunk that holds a text, read if need be. NULL: chunks of this pass take all the room. */
tocsin_status column_cursor_plain(struct column_cursor *cursor, uint64_t number, const struct plain_chunk **ret_chunk,
                                  struct error *err);

/* ---- the dictionary ---- */

/* The entry with this code is in the dictionary's array afterwards, with all of its chunk. TOCSIN_END: it is lost, or
 * there is none. */
tocsin_status column_cursor_hold(struct column_cursor *cursor, uint64_t code, struct error *err);
/* Every entry that can be had. */
tocsin_status column_cursor_hold_all(struct column_cursor *cursor, struct error *err);
static inline tocsin_status column_cursor_entry(struct column_cursor *cursor, uint64_t code, str *ret_text,
                                                struct error *err)
{
    if (code >= cursor->dictionary.count || !cursor->entries[code].data) {
        tocsin_status status = column_cursor_hold(cursor, code, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    *ret_text = cursor->entries[code];
    return TOCSIN_OK;
}
/* Texts of a chunk of entries, until the next call: held ones as they are, others held if that is not too much, or
 * only looked at. TOCSIN_END: they are lost. */
tocsin_status column_cursor_look(struct column_cursor *cursor, uint32_t chunk, struct texts *ret_texts,
                                 struct error *err);
/* The first chunk of entries that has this code or a later one; entry_chunk_count if there is none. */
uint32_t column_cursor_entry_chunk(const struct column_cursor *cursor, uint64_t code);

/* A slot's text, in a pass of its own, from wherever it is. */
tocsin_status column_cursor_text(struct column_cursor *cursor, uint32_t value, str *ret_text, struct error *err);

#endif
