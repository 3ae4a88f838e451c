/* store/segment_map.h
 * Where everything is in a segment's file (docs/segment-format.md): its blocks, their columns, their chunks. Made from
 * the footer of a sealed segment, or by going from block to block.
 * Not the values: see segment_reader.h. Nothing read is trusted; what is bad is noted and left out.
 * Memory: a map owns its arena. Threads: any may read a loaded map.
 */
#ifndef STORE_SEGMENT_MAP_H
#define STORE_SEGMENT_MAP_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "store/chunk_codec.h"
#include "store/store_file.h"
#include "store/store_note.h"

enum {
    SEGMENT_VERSION = 4,       /* that is written */
    SEGMENT_VERSION_FIRST = 2, /* that can be read */
    SEGMENT_VERSION_SLICES = 4, /* of a footer that has slices */
    SEGMENT_HEADER_BYTES = 64,
    SEGMENT_HEAD_BYTES = 64,
    SEGMENT_TRAILER_BYTES = 64,
    SEGMENT_ALIGNMENT = 64,
    SEGMENT_ID_BYTES = 16,
    SEGMENT_HEAD_ID_AT = 40,  /* in a block's head */
    SEGMENT_CHUNK_BYTES = 40, /* of a chunk's entry in a directory */
};

/* The numbers of these are those of the format, for ever. A byte each: a store has thousands of columns and chunks. */
#define BYTE_ENUM enum __attribute__((packed))
BYTE_ENUM segment_type {
    SEGMENT_BOOL = 1,
    SEGMENT_INTEGER,
    SEGMENT_DOUBLE,
    SEGMENT_STRING,
    SEGMENT_BYTES,
    SEGMENT_IP
};
BYTE_ENUM segment_scope { SCOPE_ROW = 1, SCOPE_LINE };
BYTE_ENUM segment_origin { ORIGIN_BUILT_IN = 1, ORIGIN_PROPERTY, ORIGIN_STORE };
BYTE_ENUM segment_encoding { ENCODING_INTEGERS = 1, ENCODING_DICTIONARY, ENCODING_PLAIN, ENCODING_BLOCK };
BYTE_ENUM segment_presence { PRESENCE_ALL = 1, PRESENCE_BITMAP, PRESENCE_LIST };
BYTE_ENUM segment_role { ROLE_PRESENCE = 1, ROLE_INTEGERS, ROLE_VALUES, ROLE_ENTRIES, ROLE_BLOOM };
enum { CHUNK_HAS_LINE_END = 1, CHUNK_IS_ASCII = 2 };

struct segment_chunk {
    enum segment_role role;
    enum chunk_codec codec;
    uint16_t flags;
    uint32_t first;
    uint32_t count;
    uint32_t raw_bytes;
    uint32_t stored_bytes;
    uint64_t offset;      /* in the file; while a block is made: in its body */
    uint64_t copy_offset; /* in the file; 0: there is none */
    uint64_t checksum;
};

struct segment_column {
    str name;
    enum segment_type type;
    enum segment_scope scope;
    enum segment_origin origin;
    enum segment_encoding encoding;
    enum segment_presence presence;
    uint8_t catalogs;
    uint32_t value_count;
    uint32_t chunk_count;
    int64_t least;
    int64_t greatest;
    struct segment_chunk *chunks;
};

/* Its values are texts of the block itself: one each, or numbers of those that are different. */
static inline bool segment_has_texts(const struct segment_column *column)
{
    return column->encoding == ENCODING_PLAIN || column->encoding == ENCODING_BLOCK;
}

struct segment_block {
    uint64_t offset;
    uint64_t bytes;
    uint64_t first_row;
    uint32_t row_count;
    uint32_t line_count;
    uint32_t number;
    uint32_t directory_bytes;
    uint64_t directory_checksum;
    uint32_t column_count;
    struct segment_column *columns;
    struct segment_note note;
};

/* The Bloom filters of a column in up to 64 blocks, bit by bit beside each other: see segment_slices.h. */
struct segment_slices {
    uint32_t first_block; /* of those with rows */
    uint32_t block_count;
    uint32_t column;      /* in the first block's directory */
    uint32_t places;      /* bits of a filter */
    uint64_t covered;     /* the blocks whose filters are here */
    uint64_t beyond_ascii; /* of those */
    uint64_t offset;      /* in the file */
    const uint64_t *checksums; /* of the pieces */
};

/* What is wrong with a store, for people. */
struct store_problem {
    str file; /* its name in the folder */
    str text;
    uint64_t rows_lost;
};
struct store_problems {
    struct arena arena;
    struct store_problem *items;
    size_t count;
    size_t capacity;
    uint64_t more; /* not kept */
    uint64_t rows_lost;
};
void store_problems_init(struct store_problems *problems);
void store_problems_release(struct store_problems *problems);
void store_problem_add(struct store_problems *problems, const char *path, uint64_t rows_lost, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Those of `found` behind those that are there; it is empty afterwards. */
void store_problems_take(struct store_problems *problems, struct store_problems *found);

struct segment_map {
    struct arena arena;
    unsigned char id[SEGMENT_ID_BYTES];
    uint64_t sequence;
    uint64_t last_sequence; /* it stands for all segments from `sequence` to this one */
    uint32_t generation;    /* 0: as it was written first; else more than those it stands for */
    int64_t created_ms;
    uint64_t file_bytes;
    uint64_t blocks_end; /* where a next block would begin */
    uint64_t row_count;
    struct segment_block *blocks; /* with rows */
    uint32_t block_count;
    uint32_t block_capacity;
    struct segment_block *note_blocks; /* without */
    uint32_t note_block_count;
    uint32_t note_block_capacity;
    struct segment_slices *slices; /* of a sealed segment, by first block */
    uint32_t slices_count;
    bool has_footer;
    uint64_t footer_offset;
};

/* ---- reading ---- */

/* Of a sealed segment: its footer, or its blocks if that is damaged. TOCSIN_ERROR_INPUT: the file is none of ours. */
tocsin_status segment_map_load(const struct store_file *file, struct segment_map *ret_map,
                               struct store_problems *problems, struct error *err);
/* From block to block, as an open segment is read. The last block counts if all of it is there (S4). */
tocsin_status segment_map_scan(const struct store_file *file, struct segment_map *ret_map,
                               struct store_problems *problems, struct error *err);
void segment_map_release(struct segment_map *map);
/* A header that is whole, of a version that this program does not know. */
bool segment_has_other_version(const struct store_file *file);
/* Adds what the blocks note to what is there, in their order. False: memory. */
bool segment_map_notes(const struct segment_map *map, struct mark_set *marks, struct store_newest *newest)
    __attribute__((warn_unused_result));

/* The stored bytes of a chunk, checked, into `buffer`, which is emptied first: from its place, else from its copy.
 * TOCSIN_END: neither is right. */
tocsin_status segment_chunk_read(const struct store_file *file, const struct segment_chunk *chunk,
                                 struct strbuf *buffer, struct error *err);
/* Of a block at this place, checked; not its directory. TOCSIN_END: none begins here. */
tocsin_status segment_head_read(const struct store_file *file, const struct segment_map *map, uint64_t offset,
                                struct segment_block *ret_block, struct error *err);
/* Every chunk of a block, in its place and as a copy; how many are damaged in either. Notes them. */
tocsin_status segment_block_verify(const struct store_file *file, const struct segment_block *block,
                                   struct strbuf *scratch, struct store_problems *problems, uint64_t *ret_bad,
                                   struct error *err);

/* Bounds and sense of a directory of a block whose other numbers are there; chunk offsets become those of the file.
 * `before`, which may be NULL, is another block of the arena: names of columns that both have are its names.
 * TOCSIN_END: it makes no sense. That must not be mistaken for TOCSIN_ERROR_MEMORY: what makes no sense is cut. */
tocsin_status segment_directory_parse(str directory, struct arena *arena, const struct segment_block *before,
                                      struct segment_block *block);

/* ---- writing ---- */

/* Of the map's id, sequences, generation and time. */
void segment_header_put(struct strbuf *target, const struct segment_map *segment);
void segment_directory_put(struct strbuf *target, uint32_t line_count, const struct segment_column *columns,
                           uint32_t column_count, const struct segment_note *note);
/* Head and directory; the body's length and padding are counted in. Of a block without rows that is all. */
void segment_block_put(struct strbuf *target, const struct segment_map *segment, uint32_t row_count, str directory,
                       size_t body_bytes);
/* Behind the blocks of a map that was scanned: copies of dictionaries, slices, footer, trailer. Not synced. */
tocsin_status segment_footer_write(struct store_file *file, struct segment_map *map, struct error *err);

static inline bool segment_version_is_known(uint32_t version)
{
    return version >= SEGMENT_VERSION_FIRST && version <= SEGMENT_VERSION;
}

static inline uint64_t segment_align(uint64_t bytes)
{
    return (bytes + SEGMENT_ALIGNMENT - 1) / SEGMENT_ALIGNMENT * SEGMENT_ALIGNMENT;
}

#endif
