#include "cli/progress_bar.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/number_text.h"

#define NS_PER_SECOND UINT64_C(1000000000)

enum { BAR_CELLS = 20, LINE_BYTES = 2048 };

static uint64_t clock_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

void progress_bar_init(struct progress_bar *bar, const struct terminal *terminal)
{
    *bar = (struct progress_bar){.terminal = terminal && terminal->can_move ? terminal : NULL};
    bar->started_ns = clock_ns();
}

/* The end of a path says more than its beginning. */
static void append_path(char *line, size_t used, size_t line_bytes, const char *path, size_t cells_max)
{
    char shown[LINE_BYTES];
    size_t length = strlen(path);
    size_t skipped = length > LINE_BYTES / 16 ? length - LINE_BYTES / 16 : 0;
    size_t bytes = tocsin_escape_text(path + skipped, length - skipped, shown, sizeof(shown));
    const char *from = shown;
    bool is_cut = skipped > 0;
    while (bytes > 0 && tocsin_text_width(from, bytes) + (is_cut ? 3 : 0) > cells_max) {
        is_cut = true;
        do {
            from++;
            bytes--;
        } while (bytes > 0 && ((unsigned char)*from & 0xC0) == 0x80);
    }
    if (bytes > 0) {
        snprintf(line + used, line_bytes - used, "  %s%s", is_cut ? "..." : "", from);
    }
}

static void print_line(const struct progress_bar *bar, const struct tocsin_progress *progress, double seconds)
{
    char line[LINE_BYTES];
    char read_text[NUMBER_TEXT_BYTES];
    char total_text[NUMBER_TEXT_BYTES];
    char speed_text[NUMBER_TEXT_BYTES];
    char left_text[NUMBER_TEXT_BYTES];
    double speed = (double)progress->bytes_read / seconds;
    number_bytes(progress->bytes_read, read_text);
    number_bytes((uint64_t)speed, speed_text);
    int used;
    if (progress->bytes_total > 0) {
        double part = (double)progress->bytes_read / (double)progress->bytes_total;
        part = part < 1 ? part : 1;
        double left = speed > 0 ? (double)progress->bytes_total * (1 - part) / speed : 0;
        char cells[BAR_CELLS + 1];
        memset(cells, '-', BAR_CELLS);
        memset(cells, '#', (size_t)(part * BAR_CELLS));
        cells[BAR_CELLS] = '\0';
        used = snprintf(line, sizeof(line), "[%s] %3d%%  %s of %s  %s/s  %s left", cells, (int)(part * 100), read_text,
                        number_bytes(progress->bytes_total, total_text), speed_text, number_duration(left, left_text));
    } else {
        used = snprintf(line, sizeof(line), "%s read  %s/s  %s events", read_text, speed_text,
                        number_with_commas(progress->events, total_text));
    }
    /* One cell stays free: some terminals wrap when the last one is filled. */
    size_t width = bar->terminal->width > 1 ? bar->terminal->width - 1 : 1;
    if ((size_t)used + 2 < width) {
        append_path(line, (size_t)used, sizeof(line), progress->input ? progress->input : "", width - (size_t)used - 2);
    } else {
        line[width < (size_t)used ? width : (size_t)used] = '\0'; /* all ASCII */
    }
    fprintf(stderr, "\r%s\x1B[K", line);
    fflush(stderr);
}

bool progress_bar_is_due(const struct progress_bar *bar)
{
    uint64_t now_ns = clock_ns();
    return bar->terminal && now_ns - bar->started_ns >= NS_PER_SECOND && now_ns - bar->shown_ns >= NS_PER_SECOND / 10;
}

void progress_bar_show(struct progress_bar *bar, const struct tocsin_progress *progress)
{
    uint64_t now_ns = clock_ns();
    print_line(bar, progress, (double)(now_ns - bar->started_ns) / (double)NS_PER_SECOND);
    bar->shown_ns = now_ns;
    bar->is_visible = true;
}

void progress_bar_show_text(struct progress_bar *bar, const char *text)
{
    int width = bar->terminal->width > 1 ? (int)bar->terminal->width - 1 : 1;
    fprintf(stderr, "\r%.*s\x1B[K", width, text);
    fflush(stderr);
    bar->shown_ns = clock_ns();
    bar->is_visible = true;
}

void progress_bar_update(struct progress_bar *bar, const tocsin_run *run)
{
    if (progress_bar_is_due(bar)) {
        struct tocsin_progress progress;
        tocsin_run_progress(run, &progress);
        progress_bar_show(bar, &progress);
    }
}

void progress_bar_clear(struct progress_bar *bar)
{
    if (bar->is_visible) {
        fputs("\r\x1B[K", stderr);
        fflush(stderr);
        bar->is_visible = false;
    }
}
