/* function/function_text.h
 * What people read about a function, made of its descriptor: the signature, the rule for nulls. For lists, documents
 * and editors. Memory: the caller's strbuf, or static. Threads: any.
 */
#ifndef FUNCTION_FUNCTION_TEXT_H
#define FUNCTION_FUNCTION_TEXT_H

#include "base/strbuf.h"
#include "function/function.h"

/* Appends "SUBSTRING(any but byte[], Long [, Long]) -> String". */
void function_append_signature(const struct function_def *function, const struct function_signature *signature,
                               struct strbuf *text);

/* One sentence: what nulls among the arguments give. */
const char *function_null_rule(const struct function_def *function);

/* The families in the order in which they are listed. */
const char *const *function_families(size_t *ret_count);

#endif
