/* finding/finding_codec.h
 * A row of a finding as bytes, for sorting. Native integers: read by the same process only.
 */
#ifndef FINDING_FINDING_CODEC_H
#define FINDING_FINDING_CODEC_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "finding/finding_row.h"

void finding_row_encode(struct strbuf *buffer, const struct finding_row *row);
/* Takes a row off the front; its texts are views into `bytes`, its lists in the arena. False when memory is out. */
bool finding_row_decode(str *bytes, struct arena *arena, struct finding_row *ret_row);

/* Numbers of keys, most significant byte first: memcmp orders them as they are. */
void finding_key_u32(struct strbuf *buffer, uint32_t value);
void finding_key_u64(struct strbuf *buffer, uint64_t value);
void finding_key_i64(struct strbuf *buffer, int64_t value);

#endif
