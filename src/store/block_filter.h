/* store/block_filter.h
 * Which rows of a block a scan's filter wants. Asked in this order, and only as far as need be: what the directory says
 * of the block; integers of few different values, each value once a segment; other integers; entries of dictionaries,
 * each once a segment; plain texts. Parts that no row left needs are not read.
 * What is damaged counts as wanted: whoever makes rows of it finds that out, and says so.
 * Memory: a bit or two for each entry and small integer, for one segment; bits for the rows of a block. Threads: one.
 */
#ifndef STORE_BLOCK_FILTER_H
#define STORE_BLOCK_FILTER_H

#include "column/stream.h"
#include "store/column_cursor.h"

struct block_filter;

/* The twin has to outlive it: the same filter for another thread, or NULL. */
tocsin_status block_filter_create(const struct scan_filter *filter, const struct schema *schema,
                                  const struct block_filter *twin, struct block_filter **ret_filter,
                                  struct error *err);
void block_filter_free(struct block_filter *filter);

/* The cursor of a field in the segment; what was learned of another segment is forgotten. */
typedef struct column_cursor *cursor_of_field(void *context, field_id field);
void block_filter_begin_segment(struct block_filter *filter, cursor_of_field *cursor_of, void *context);

/* The cursors are at the block (column_cursor_begin), whose values are not read, only its Bloom filters, if so wanted
 * and where they cost less than what they may save. */
enum filter_verdict { FILTER_NONE, FILTER_SOME, FILTER_ALL };
tocsin_status block_filter_judge(struct block_filter *filter, bool reads_blooms, enum filter_verdict *ret_verdict,
                                 struct error *err);
/* After the judgement. `rows` holds those that are asked about, and then those that are wanted. */
tocsin_status block_filter_select(struct block_filter *filter, uint32_t row_count, uint64_t *rows, struct error *err);

#endif
