/* format/audit_walk.h
 * The fields of a record whose keys are as in the record before: blanks, separators and quotes of a window of its text
 * are found at once, and then each field is one comparison of its key. What is not as guessed is left to the plain walk
 * of audit_value.c, which the walk must equal: tests hold the two against each other.
 * Memory: views into the record's text. Threads: any; audit_walk_use belongs to tests.
 */
#ifndef FORMAT_AUDIT_WALK_H
#define FORMAT_AUDIT_WALK_H

#include "format/audit_value.h"

/* Guessing with the processor's best instructions, with those that every one has, or not at all. */
enum audit_walk_kind { AUDIT_WALK_BEST, AUDIT_WALK_PORTABLE, AUDIT_WALK_PLAIN };
/* For tests. Scanners that are initialised from now on use it. */
void audit_walk_use(enum audit_walk_kind kind);
enum audit_walk_kind audit_walk_in_use(void);

/* NULL if the processor has no instructions that make it worth while. */
audit_walk *audit_walk_choose(void);

#endif
