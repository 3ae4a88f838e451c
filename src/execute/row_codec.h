/* execute/row_codec.h
 * One row as bytes: its values and its evidence, cut to the limits. For rows that outlive their batch (sorting,
 * replay). Not a storage format: it holds native integers and is read by the same process only.
 *
 *     row    = value* evidence
 *     value  = valid:u8 [ bool:u8 | integer:8 | double:8 | ip:16 | length:u32 bytes ]
 *     evidence = more:u64 count:u32 ( input:u32 line_count:u32 line:u64 length:u32 bytes )*
 */
#ifndef EXECUTE_ROW_CODEC_H
#define EXECUTE_ROW_CODEC_H

#include "base/strbuf.h"
#include "column/result.h"
#include "match/collation.h"

/* Appends the row; adjacent lines joined in one span become single entries. */
void row_encode(struct strbuf *buffer, const struct column *const *columns, uint32_t column_count,
                const struct batch *batch, uint32_t row);
/* The columns of these fields that the batch has, in the order in which row_decode_into wants them; room for
 * LIMIT_SCHEMA_FIELDS. */
uint32_t row_columns(const struct batch *batch, const struct field_set *fields, const struct column **ret_columns);
/* The two halves of it. `lines` are single entries already, as from row_decode_evidence. */
void row_encode_values(struct strbuf *buffer, const struct column *const *columns, uint32_t column_count, uint32_t row);
void row_encode_evidence(struct strbuf *buffer, const struct batch *batch, uint32_t row);
void row_encode_lines(struct strbuf *buffer, const struct evidence *lines, uint32_t count, uint64_t more);
/* Reads values into row `row` of flat columns; strings are views into `bytes`. Gives the rest: the evidence. */
str row_decode_values(str bytes, struct column *const *columns, uint32_t column_count, uint32_t row);
/* Entries go to `lines` (room for LIMIT_EVIDENCE_LINES); their raw is a view into `bytes`. */
uint32_t row_decode_evidence(str bytes, struct evidence *lines, uint64_t *ret_more);
/* Adds entries to the *count that are in `lines`, as many as there is room for; *shown grows by the lines in them. */
void row_append_evidence(str bytes, struct evidence *lines, uint32_t *count, uint64_t *shown);

/* Adds the row to a batch whose columns are those that were encoded, in the order of the batch; copies the bytes. */
tocsin_status row_decode_into(struct batch *batch, str encoded, struct error *err);

/* Appends a value so that memcmp orders keys as the values order: nulls first, or everything reversed if descending. */
void row_encode_key(struct strbuf *buffer, const struct column *column, uint32_t row, bool is_descending);
/* The same for text in the order of a language; other types as ever. */
tocsin_status row_encode_collated_key(struct strbuf *buffer, const struct column *column, uint32_t row,
                                      bool is_descending, struct collation *collation, struct error *err);
/* Appends a value of a GROUP BY or SESSION BY: equal values give equal bytes, and no value is the beginning of another.
 * There is one zero and one NaN. */
void row_encode_group_key(struct strbuf *buffer, const struct column *column, uint32_t row);
/* Takes such a value off the front of `bytes`, into a flat column (or NULL: nowhere); text is a view. */
void row_decode_group_key(str *bytes, enum value_type type, struct column *column, uint32_t row);
/* Appends an unsigned number as eight bytes, most significant first. */
void row_encode_key_number(struct strbuf *buffer, uint64_t value);

#endif
