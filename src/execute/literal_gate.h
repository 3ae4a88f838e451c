/* execute/literal_gate.h
 * What stands in front of a regular expression: most values hold none of the literals that one of must occur in what it
 * matches (plan/literals.h), and a look at four bytes at a time tells so for a fraction of its price.
 * Memory: in the arena given. Threads: a gate is immutable.
 */
#ifndef EXECUTE_LITERAL_GATE_H
#define EXECUTE_LITERAL_GATE_H

#include "plan/plan.h"

struct literal_gate;

/* *ret_gate is NULL if the test has no such literals, or if some are too short to tell anything. */
tocsin_status literal_gate_create(struct arena *arena, const struct expression *test,
                                  const struct literal_gate **ret_gate, struct error *err);
/* False: the test does not hold for the value. */
bool literal_gate_admits(const struct literal_gate *gate, str value);

#endif
