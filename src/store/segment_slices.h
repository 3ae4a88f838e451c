/* store/segment_slices.h
 * Bloom filters of a column's blocks, bit by bit beside each other (docs/segment-format.md, "Slices"): whoever looks
 * for one text reads a few pieces of them for all blocks at once, instead of the filter of each. They are made when a
 * segment is sealed, of the filters that its blocks have, and say nothing that those do not say.
 * Nothing read is trusted; a piece that is damaged rules nothing out.
 * Memory: making takes what the slices of one column and 64 blocks take, 4 MiB at the most; asking a piece.
 * Threads: any may ask; one makes.
 */
#ifndef STORE_SEGMENT_SLICES_H
#define STORE_SEGMENT_SLICES_H

#include "column/stream.h"
#include "store/scan_statistics.h"
#include "store/segment_map.h"
#include "store/store_bytes.h"

enum { SLICES_BLOCKS_MAX = 64, SLICES_PIECE_BYTES = 4096 };

static inline const struct segment_column *segment_slices_column(const struct segment_map *map,
                                                                 const struct segment_slices *slices)
{
    return &map->blocks[slices->first_block].columns[slices->column];
}
uint64_t segment_slices_bytes(const struct segment_slices *slices);
uint32_t segment_slices_pieces(const struct segment_slices *slices);

/* ---- reading ---- */

/* A piece, checked, into `buffer`, which is emptied first. TOCSIN_END: it is damaged. */
tocsin_status segment_slices_read(const struct store_file *file, const struct segment_slices *slices, uint32_t piece,
                                  struct strbuf *buffer, struct error *err);
/* Those that have the filter of a column like this one in this block; NULL: none. */
const struct segment_slices *segment_slices_find(const struct segment_map *map, const struct segment_column *like,
                                                 uint32_t block);
/* A bit for each block of the slices that may hold one of the literals. Pieces read are counted. */
tocsin_status segment_slices_ask(const struct store_file *file, const struct segment_slices *slices,
                                 const struct scan_literal *literals, uint32_t literal_count, struct strbuf *buffer,
                                 struct store_scan_statistics *statistics, uint64_t *ret_blocks, struct error *err);

/* ---- in the footer ---- */

/* Those of all columns of a map that was scanned, from *offset on, which is moved behind them. They are added to the
 * map. Filters that are damaged are left out. */
tocsin_status segment_slices_write(struct store_file *file, struct segment_map *map, struct strbuf *scratch,
                                   uint64_t *offset, struct error *err);
void segment_slices_put(struct strbuf *target, const struct segment_map *map);
/* TOCSIN_END: they make no sense. */
tocsin_status segment_slices_take(struct byte_taker *taker, struct segment_map *map, struct error *err);

#endif
