/* store/value_test.h
 * One test of a scan's filter, asked of many values at once: texts of a chunk, of which only those that hold a literal
 * are looked at, and integers.
 * Memory: compiled literals and room for a batch of values; values are views. Threads: one.
 */
#ifndef STORE_VALUE_TEST_H
#define STORE_VALUE_TEST_H

#include "column/stream.h"
#include "store/chunk_codec.h"
#include "store/scan_statistics.h"

struct value_test;

/* The test has to outlive it, and so has its twin: the same one for another thread, whose compiled literals it uses, or
 * NULL. */
tocsin_status value_test_create(const struct scan_test *test, const struct field *field, const struct value_test *twin,
                                struct value_test **ret_test, struct error *err);
void value_test_free(struct value_test *test);

/* What a row without a value gives: its filler is asked, if the field has one. */
tocsin_status value_test_null(struct value_test *test, bool *ret_is_met, struct error *err);
/* Takes those out of `candidates` (a bit a text) that do not meet it. MATCH_HEAP_PADDING bytes behind the heap may be
 * read. `flags` are those of the chunk. */
tocsin_status value_test_texts(struct value_test *test, const struct texts *texts, uint16_t flags,
                               uint64_t *candidates, struct store_scan_statistics *statistics, struct error *err);
/* The same of integers, the values of booleans and the bits of doubles; at most BATCH_ROWS_MAX, a byte each in the
 * answer. */
tocsin_status value_test_integers(struct value_test *test, const int64_t *values, uint32_t count, bool *ret_met,
                                  struct store_scan_statistics *statistics, struct error *err);

/* An address as it is stored. False: these are not the bytes of one. */
bool stored_ip(str text, struct ip *ret_ip);

#endif
