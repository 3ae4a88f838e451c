/* plan/expression_text.h
 * A bound expression as AQL-like text, for a reader of EXPLAIN: what it was made from where that is known, else what it
 * is. Not for parsing again.
 */
#ifndef PLAN_EXPRESSION_TEXT_H
#define PLAN_EXPRESSION_TEXT_H

#include "base/strbuf.h"
#include "plan/plan.h"

/* `schema` is that of the rows the expression reads. */
void expression_append_text(struct strbuf *text, const struct expression *expression, const struct schema *schema);
/* A constant as AQL writes it: 'text', 12, NULL. */
void value_append_text(struct strbuf *text, const struct value *value);

#endif
