/* verify/blind_rules.h
 * "This rule can never fire on such data": a rule whose header names fields (requires) or log source types that a log
 * has nowhere is blind there, however much it holds of everything else.
 */
#ifndef VERIFY_BLIND_RULES_H
#define VERIFY_BLIND_RULES_H

#include "base/strbuf.h"
#include "tocsin/tocsin.h"

/* Reads the logs once. *ret_can_all: no rule is blind. */
tocsin_status blind_rules_report(tocsin_engine *engine, const tocsin_pack *pack, const char *const *logs,
                                 size_t log_count, bool is_json, struct strbuf *out, bool *ret_can_all,
                                 struct tocsin_error *err);

#endif
