/* cli/progress_bar.h
 * One line on standard error while a run takes longer than a second: percent, bytes, speed, time left, current file.
 * Only on a terminal; erased before anything else is printed.
 */
#ifndef CLI_PROGRESS_BAR_H
#define CLI_PROGRESS_BAR_H

#include "cli/terminal.h"
#include "tocsin/tocsin.h"

struct progress_bar {
    const struct terminal *terminal; /* of standard error; NULL: no bar */
    uint64_t started_ns;
    uint64_t shown_ns; /* 0: not yet */
    bool is_visible;
};

void progress_bar_init(struct progress_bar *bar, const struct terminal *terminal);
/* Is it time to show how things stand? */
bool progress_bar_is_due(const struct progress_bar *bar);
void progress_bar_show(struct progress_bar *bar, const struct tocsin_progress *progress);
/* One line of plain text. */
void progress_bar_show_text(struct progress_bar *bar, const char *text);
/* If it is time. */
void progress_bar_update(struct progress_bar *bar, const tocsin_run *run);
void progress_bar_clear(struct progress_bar *bar);

#endif
