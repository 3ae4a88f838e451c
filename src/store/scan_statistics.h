/* store/scan_statistics.h
 * What a scan did, for EXPLAIN ANALYZE and for tests that want to see what was left out.
 */
#ifndef STORE_SCAN_STATISTICS_H
#define STORE_SCAN_STATISTICS_H

#include <stdint.h>

/* X(name, what it counts) */
#define SCAN_STATISTICS_LIST(X)                                                                                        \
    X(segments, "segments that were looked at")                                                                        \
    X(blocks, "blocks of those")                                                                                       \
    X(blocks_skipped_time, "blocks outside the time range")                                                            \
    X(blocks_skipped_zone, "blocks whose least and greatest values say that no row is wanted")                         \
    X(blocks_skipped_bloom, "blocks whose Bloom filters say so")                                                       \
    X(blocks_skipped_filter, "blocks whose rows were tested, and none was wanted")                                     \
    X(chunks_read, "chunks read and decompressed")                                                                     \
    X(bytes_read, "their bytes in the files")                                                                          \
    X(bytes_unpacked, "their bytes in memory")                                                                         \
    X(values_searched, "texts that were searched for literals, many at once")                                          \
    X(values_tested, "values, entries of dictionaries above all, that the tests themselves looked at")                 \
    X(rows_in, "rows of blocks that were not skipped by time")                                                         \
    X(rows_out, "rows given")                                                                                          \
    X(rows_late, "rows whose other columns were read once they were known to be in the answer")                        \
    X(read_ns, "time for reading, checking and decompressing chunks; part of those below")                             \
    X(filter_ns, "time for finding out which rows are wanted")                                                         \
    X(rows_ns, "time for making batches of them")                                                                      \
    X(late_ns, "time for the other columns of rows of the answer")

struct store_scan_statistics {
#define SCAN_STATISTICS_MEMBER(name, what) uint64_t name;
    SCAN_STATISTICS_LIST(SCAN_STATISTICS_MEMBER)
#undef SCAN_STATISTICS_MEMBER
};

static inline void scan_statistics_add(struct store_scan_statistics *sum, const struct store_scan_statistics *part)
{
#define SCAN_STATISTICS_ADD(name, what) sum->name += part->name;
    SCAN_STATISTICS_LIST(SCAN_STATISTICS_ADD)
#undef SCAN_STATISTICS_ADD
}

#endif
