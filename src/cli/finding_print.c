#include "cli/finding_print.h"

#include <string.h>

enum {
    SHOWN_BEFORE = 60, /* characters of a long line before the place, of the place, and behind it */
    SHOWN_PLACE = 80,
    FIX_SHOWN = 160,
    SHOWN_BEHIND = 40,
    ESCAPED_BYTES = 4096, /* a character becomes at most twelve bytes */
    NUMBER_CELLS = 5
};

#define STYLE_MAGENTA "\x1B[1;35m"
#define STYLE_CYAN    "\x1B[1;36m"
#define STYLE_GREEN   "\x1B[1;32m"

static bool is_character_start(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

static size_t forward(const char *text, size_t from, size_t to, size_t characters)
{
    while (from < to && characters > 0) {
        from++;
        while (from < to && !is_character_start(text[from])) {
            from++;
        }
        characters--;
    }
    return from;
}

static size_t backward(const char *text, size_t from, size_t to, size_t characters)
{
    while (from > to && characters > 0) {
        from--;
        while (from > to && !is_character_start(text[from])) {
            from--;
        }
        characters--;
    }
    return from;
}

static const char *severity_style(enum tocsin_severity severity)
{
    return severity == TOCSIN_SEVERITY_ERROR     ? STYLE_RED
           : severity == TOCSIN_SEVERITY_WARNING ? STYLE_MAGENTA
                                                 : STYLE_CYAN;
}

/* The first line of the place; what is long is cut. */
struct excerpt {
    size_t begin; /* of what is shown */
    size_t place;
    size_t place_end;
    size_t end;
    bool is_cut_before;
    bool is_cut_behind;
};

static struct excerpt find_excerpt(const struct tocsin_diagnostic *finding, const char *text, size_t text_bytes)
{
    size_t place = finding->offset < text_bytes ? finding->offset : text_bytes;
    size_t line_begin = place;
    while (line_begin > 0 && text[line_begin - 1] != '\n') {
        line_begin--;
    }
    const char *newline = place < text_bytes ? memchr(text + place, '\n', text_bytes - place) : NULL;
    size_t line_end = newline ? (size_t)(newline - text) : text_bytes;
    if (line_end > line_begin && text[line_end - 1] == '\r' && line_end - 1 >= place) {
        line_end--;
    }
    size_t place_end = finding->offset_end < line_end ? finding->offset_end : line_end;
    place_end = place_end > place ? place_end : place;
    struct excerpt excerpt = {.begin = backward(text, place, line_begin, SHOWN_BEFORE),
                              .place = place,
                              .place_end = forward(text, place, place_end, SHOWN_PLACE)};
    excerpt.end = forward(text, excerpt.place_end, line_end, SHOWN_BEHIND);
    excerpt.is_cut_before = excerpt.begin > line_begin;
    excerpt.is_cut_behind = excerpt.end < line_end;
    return excerpt;
}

static void repeat(FILE *file, char c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fputc(c, file);
    }
}

static void print_place(FILE *file, const struct terminal *terminal, const struct tocsin_diagnostic *finding,
                        const char *text, size_t text_bytes)
{
    struct excerpt excerpt = find_excerpt(finding, text, text_bytes);
    char before[ESCAPED_BYTES];
    char place[ESCAPED_BYTES];
    char behind[ESCAPED_BYTES];
    size_t before_bytes =
        tocsin_escape_text(text + excerpt.begin, excerpt.place - excerpt.begin, before, sizeof(before));
    size_t place_bytes =
        tocsin_escape_text(text + excerpt.place, excerpt.place_end - excerpt.place, place, sizeof(place));
    tocsin_escape_text(text + excerpt.place_end, excerpt.end - excerpt.place_end, behind, sizeof(behind));
    const char *ellipsis = excerpt.is_cut_before ? "..." : "";
    const char *style = terminal_style(terminal, severity_style(finding->severity));
    const char *off = terminal_style(terminal, STYLE_OFF);
    fprintf(file, "%*u | %s%s%s%s%s%s%s\n", NUMBER_CELLS, (unsigned)finding->line, ellipsis, before, style, place, off,
            behind, excerpt.is_cut_behind ? "..." : "");
    fprintf(file, "%*s | ", NUMBER_CELLS, "");
    repeat(file, ' ', strlen(ellipsis) + tocsin_text_width(before, before_bytes));
    size_t cells = tocsin_text_width(place, place_bytes);
    fprintf(file, "%s^", style);
    repeat(file, '~', cells > 1 ? cells - 1 : 0);
    fprintf(file, "%s\n", off);
}

static void print_fix(FILE *file, const struct terminal *terminal, const struct tocsin_diagnostic *finding)
{
    char shown[ESCAPED_BYTES];
    const char *text = finding->fix_text + strspn(finding->fix_text, " ");
    size_t length = finding->fix_text_bytes - (size_t)(text - finding->fix_text);
    size_t bytes = forward(text, 0, length, FIX_SHOWN);
    tocsin_escape_text(text, bytes, shown, sizeof(shown));
    fprintf(file, "%*s = %sfix:%s ", NUMBER_CELLS, "", terminal_style(terminal, STYLE_GREEN),
            terminal_style(terminal, STYLE_OFF));
    if (length == 0) {
        fputs("leave it away", file);
    } else {
        fprintf(file, "%s%s", shown, bytes < length ? "..." : "");
    }
    fputs(" (--fix)\n", file);
}

void finding_print(FILE *file, const struct terminal *terminal, const char *name,
                   const struct tocsin_diagnostic *finding, const char *text, size_t text_bytes)
{
    char shown[ESCAPED_BYTES];
    tocsin_escape_text(name, strlen(name), shown, sizeof(shown));
    const char *bold = terminal_style(terminal, STYLE_BOLD);
    const char *off = terminal_style(terminal, STYLE_OFF);
    fprintf(file, "%s%s:", bold, shown);
    if (finding->line > 0) {
        fprintf(file, "%u:%u:", (unsigned)finding->line, (unsigned)finding->column);
    }
    fprintf(file, "%s %s%s:%s %s [%s]\n", off, terminal_style(terminal, severity_style(finding->severity)),
            tocsin_severity_name(finding->severity), off, finding->message, finding->code);
    if (finding->line > 0) {
        print_place(file, terminal, finding, text, text_bytes);
    }
    if (finding->hint[0]) {
        fprintf(file, "%*s = hint: %s\n", NUMBER_CELLS, "", finding->hint);
    }
    if (finding->has_fix) {
        print_fix(file, terminal, finding);
    }
}
