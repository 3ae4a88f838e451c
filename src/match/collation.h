/* match/collation.h
 * The order of text in a language: COLLATE 'de-CH'. By ICU, whose sort keys compare as bytes.
 * Memory: a collation has a buffer as large as the largest text it has seen (twice its bytes). Threads: one for each
 * collation.
 */
#ifndef MATCH_COLLATION_H
#define MATCH_COLLATION_H

#include "base/error.h"
#include "base/strbuf.h"

struct collation;

/* TOCSIN_ERROR_NAME if `tag` is no BCP 47 tag of a language (and country) that is known: "de", "de-CH", "und",
 * "de-u-co-phonebk". */
tocsin_status collation_check(str tag, struct error *err);
tocsin_status collation_open(str tag, struct collation **ret_collation, struct error *err);
void collation_close(struct collation *collation);

/* Appends the sort key of a text: it has no zero byte but the one at its end. Bytes that are not UTF-8 count as U+FFFD.
 */
tocsin_status collation_append_key(struct collation *collation, str text, struct strbuf *buffer, struct error *err);

#endif
