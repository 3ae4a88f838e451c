/* tests/support/like_reference.h
 * LIKE as its definition reads, by dynamic programming over characters: slow and plain, to check the real one. */
#ifndef SUPPORT_LIKE_REFERENCE_H
#define SUPPORT_LIKE_REFERENCE_H

#include <stdlib.h>

#include "base/utf8.h"
#include "match/letter_case.h"

static inline size_t reference_units(str text, bool ignores_case, uint64_t *ret)
{
    size_t count = 0;
    while (text.len > 0) {
        uint32_t code_point;
        size_t taken = utf8_decode(text, &code_point);
        uint64_t unit = code_point;
        if (code_point == UTF8_INVALID) {
            unit = UINT64_C(1) << 40;
            for (size_t i = 0; i < taken; i++) {
                unit = unit << 8 | (unsigned char)text.data[i];
            }
        } else if (ignores_case) {
            unit = case_fold(code_point);
        }
        ret[count++] = unit;
        text = str_skip(text, taken);
    }
    return count;
}

static inline bool reference_like(str pattern, str value, bool ignores_case)
{
    uint64_t *p = malloc((pattern.len + 1) * sizeof(*p));
    uint64_t *v = malloc((value.len + 1) * sizeof(*v));
    size_t p_count = reference_units(pattern, ignores_case, p);
    size_t v_count = reference_units(value, ignores_case, v);
    bool *row = calloc(v_count + 1, sizeof(*row)); /* row[j]: the pattern so far matches the first j characters */
    row[0] = true;
    for (size_t i = 0; i < p_count; i++) {
        bool diagonal = row[0];
        row[0] = row[0] && p[i] == '%';
        for (size_t j = 1; j <= v_count; j++) {
            bool above = row[j];
            row[j] = p[i] == '%' ? above || row[j - 1] : diagonal && (p[i] == '_' || p[i] == v[j - 1]);
            diagonal = above;
        }
    }
    bool result = row[v_count];
    free(row);
    free(v);
    free(p);
    return result;
}

#endif
