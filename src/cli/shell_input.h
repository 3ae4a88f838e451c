/* cli/shell_input.h
 * Lines for the shell: from a terminal with editing, history and completion (libedit), else as they come.
 */
#ifndef CLI_SHELL_INPUT_H
#define CLI_SHELL_INPUT_H

#include "tocsin/tocsin.h"

struct shell_input;

/* The text of the query so far, in front of the line that is being typed; NULL-terminated. */
typedef const char *shell_context(void *context);

/* NULL when memory is out. */
struct shell_input *shell_input_open(tocsin_engine *engine, bool is_interactive, shell_context *so_far, void *context);
void shell_input_close(struct shell_input *input);

enum shell_line { SHELL_LINE, SHELL_LINE_END, SHELL_LINE_INTERRUPTED /* Ctrl-C: forget what was typed */ };
/* The next line without its end, valid until the next call. */
enum shell_line shell_input_read(struct shell_input *input, const char *prompt, const char **ret_line);
/* A whole query (or dot command) for the history; the history file is written at once. */
void shell_input_remember(struct shell_input *input, const char *text);

#endif
