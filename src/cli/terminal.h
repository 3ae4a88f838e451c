/* cli/terminal.h
 * What standard output and standard error can show: colors, width, and text from outside made harmless.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct terminal {
    bool is_terminal;
    bool has_color;
    bool can_move;  /* knows "erase the line": not a dumb terminal */
    unsigned width; /* 0 if it is no terminal */
};

/* `color`: "auto", "always", "never", or NULL = auto. */
struct terminal terminal_inspect(int descriptor, const char *color);

/* SGR sequences; empty without color. */
const char *terminal_style(const struct terminal *terminal, const char *sequence);
#define STYLE_BOLD "\x1B[1m"
#define STYLE_DIM  "\x1B[2m"
#define STYLE_RED  "\x1B[1;31m"
#define STYLE_OFF  "\x1B[0m"

#endif
