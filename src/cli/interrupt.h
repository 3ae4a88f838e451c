/* cli/interrupt.h
 * Ctrl-C, termination and a hangup: the first asks for an end with the results so far, the second ends the
 * program at once.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

enum { EXIT_INTERRUPTED = 130 };

void interrupt_install(void);
bool interrupt_is_requested(void);
/* For a program that goes on after it: the next request is the first again. */
void interrupt_reset(void);

#endif
