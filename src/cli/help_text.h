/* cli/help_text.h
 * What `tocsin help` says. Options come from the table of command_line.h; the examples are run by tests/cli.
 */
#ifndef CLI_HELP_TEXT_H
#define CLI_HELP_TEXT_H

#include <stdio.h>

#include "cli/command_line.h"

/* COMMAND_NONE: the overview. */
void help_print(FILE *file, enum command command);

#endif
