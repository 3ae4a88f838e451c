/* store/column_cursor.h
 * Reads one column of a segment, block by block and slot by slot. The dictionary is there as a whole, as an array of
 * entries, so that who asks something of texts can ask each entry once and look at codes afterwards.
 * Nothing read is trusted: TOCSIN_END always means that the block, or what is left of it, is damaged for this column.
 * Memory: a cursor owns its buffers; `budget` bounds those of all cursors of a reader. Views (texts) live until the
 * next chunk, entries of dictionaries until the cursor is released.
 * Threads: one.
 */
#ifndef STORE_COLUMN_CURSOR_H
#define STORE_COLUMN_CURSOR_H

#include "base/memory.h"
#include "store/segment_map.h"

struct cursor_budget {
    size_t held_bytes;       /* of chunks */
    size_t dictionary_bytes; /* as docs/segment-format.md counts them */
};

struct chunk_buffer {
    char *data;
    size_t capacity;
};

struct column_cursor {
    const struct store_file *file;
    const struct segment_map *map;
    struct cursor_budget *budget;
    struct strbuf *stored;          /* scratch that the cursors of a reader share */
    struct segment_column identity; /* name, type, scope, origin and catalogs of what it reads */
    bool has_column;                /* some block has it */
    /* the block */
    const struct segment_column *column; /* NULL: it has no values here */
    uint32_t slots;
    const uint64_t *present; /* a bit a slot; NULL: all have values */
    uint64_t *present_words;
    struct packed_integers integers;
    struct chunk_buffer integer_buffer;
    uint32_t slot;  /* the next one */
    uint32_t value; /* its value's number, if it has one */
    /* plain values */
    uint32_t chunk; /* the next one of the column */
    struct texts texts;
    uint32_t texts_first;
    struct chunk_buffer text_buffer;
    uint32_t *offsets;
    uint32_t offset_capacity;
    /* dictionary: entry is where data is not NULL; others are lost */
    struct arena arena;
    str *entries;
    uint32_t entry_count;
    uint32_t entry_capacity;
    uint32_t blocks_seen; /* whose entries are there */
};

/* Which column, as a function, so that a field of a schema can be looked for. */
typedef bool column_match(const void *context, const struct segment_column *column);
/* Zeroed before; file, map, budget and stored set. */
void column_cursor_init(struct column_cursor *cursor, column_match *match, const void *context);
void column_cursor_release(struct column_cursor *cursor);

/* Before the first slot of a block. `has_values`: those will be asked for, else only codes and presence. */
tocsin_status column_cursor_begin(struct column_cursor *cursor, uint32_t block, struct error *err);
/* How many slots from the next one on can be read without another chunk of plain values, at most `wanted`, at least
 * one. Reads a chunk if need be. */
tocsin_status column_cursor_ready(struct column_cursor *cursor, uint32_t wanted, uint32_t *ret_slots,
                                  struct error *err);

static inline bool column_cursor_has_value(const struct column_cursor *cursor, uint32_t slot)
{
    return cursor->column && (!cursor->present || (cursor->present[slot / 64] >> slot % 64 & 1));
}
/* The number of the next slot's value, UINT32_MAX if it has none; goes on to the slot behind. */
static inline uint32_t column_cursor_next(struct column_cursor *cursor)
{
    bool has_value = column_cursor_has_value(cursor, cursor->slot++);
    return has_value ? cursor->value++ : UINT32_MAX;
}
/* Passes over slots; their values are not looked at. */
void column_cursor_skip(struct column_cursor *cursor, uint32_t slots);

static inline int64_t column_cursor_integer(const struct column_cursor *cursor, uint32_t value)
{
    return integers_get(&cursor->integers, value);
}
/* Of a column of texts. False: the dictionary lost it. */
static inline bool column_cursor_text(const struct column_cursor *cursor, uint32_t value, str *ret_text)
{
    if (cursor->column->encoding == ENCODING_PLAIN) {
        *ret_text = texts_get(&cursor->texts, value - cursor->texts_first);
        return true;
    }
    uint64_t code = (uint64_t)integers_get(&cursor->integers, value);
    if (code >= cursor->entry_count || !cursor->entries[code].data) {
        return false;
    }
    *ret_text = cursor->entries[code];
    return true;
}

/* Entries that blocks up to this one bring. */
tocsin_status column_cursor_load_entries(struct column_cursor *cursor, uint32_t block, struct error *err);

#endif
