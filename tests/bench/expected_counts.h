/* expected_counts.h
 * What a query over generated logs must find, counted while they are written, by means that no engine shares: strstr
 * over a lower-case copy. So the counts are known for every seed and size.
 */
#ifndef TESTS_BENCH_EXPECTED_COUNTS_H
#define TESTS_BENCH_EXPECTED_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct expected_counts {
    uint64_t original; /* rows of the original query (T1552.007), without its LIMIT */
    uint64_t risk;     /* sum of their RiskScore */
    uint64_t socket;   /* rows with docker.sock in the command, whatever their time and log source */
};

/* `text` is a command as templates give it, at most TEMPLATE_TEXT_BYTES. `is_in_scope`: its time and its log source are
 * those that the original query asks for. */
void expected_counts_add(struct expected_counts *counts, const char *text, size_t length, bool is_in_scope);

#endif
