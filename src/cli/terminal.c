#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_USUAL = 80, WIDTH_MAX = 10000 };

static unsigned find_width(int descriptor)
{
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    const char *columns = getenv("COLUMNS");
    unsigned long value = columns ? strtoul(columns, NULL, 10) : 0;
    return value > 0 && value <= WIDTH_MAX ? (unsigned)value : WIDTH_USUAL;
}

struct terminal terminal_inspect(int descriptor, const char *color)
{
    struct terminal terminal = {.is_terminal = isatty(descriptor) == 1};
    const char *kind = getenv("TERM");
    bool is_dumb = !kind || kind[0] == '\0' || strcmp(kind, "dumb") == 0;
    const char *no_color = getenv("NO_COLOR");
    terminal.can_move = terminal.is_terminal && !is_dumb;
    terminal.has_color = terminal.can_move && !(no_color && no_color[0] != '\0');
    if (color && strcmp(color, "auto") != 0) {
        terminal.has_color = strcmp(color, "always") == 0;
    }
    terminal.width = terminal.is_terminal ? find_width(descriptor) : 0;
    return terminal;
}

const char *terminal_style(const struct terminal *terminal, const char *sequence)
{
    return terminal->has_color ? sequence : "";
}
