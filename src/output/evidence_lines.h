/* output/evidence_lines.h
 * The input lines behind a row, one entry a line, from the spans of consecutive lines that a result holds.
 * A span of several lines that is one JSON value (pretty-printed) stays one entry, with the number of its first line.
 * Memory: views into the result; nothing is copied.
 */
#ifndef OUTPUT_EVIDENCE_LINES_H
#define OUTPUT_EVIDENCE_LINES_H

#include "base/limits.h"
#include "column/result.h"

struct evidence_line {
    str file;
    uint64_t line; /* 1-based */
    str raw;       /* without its line end */
};

struct evidence_lines {
    struct evidence_line lines[LIMIT_EVIDENCE_LINES];
    uint32_t count;
    uint64_t more; /* lines that did not fit, or whose text was cut off */
};

void evidence_lines_split(const struct result_evidence *evidence, const struct result_header *header,
                          struct evidence_lines *ret);

#endif
