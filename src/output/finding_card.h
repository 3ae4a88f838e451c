/* output/finding_card.h
 * A finding for people at a terminal: who, when and how bad on one line, then what was done, the command or request,
 * and which rules saw it, fitted to the width. For the output table.
 */
#ifndef OUTPUT_FINDING_CARD_H
#define OUTPUT_FINDING_CARD_H

#include "output/output_buffer.h"

tocsin_status finding_card_write(struct output_buffer *out, const struct output_options *options,
                                 const struct result_header *header, const struct result_batch *batch, uint32_t row,
                                 bool is_first, struct error *err);

#endif
