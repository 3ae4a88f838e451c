#include "cli/problem_report.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SHOWN_BEFORE = 60, /* characters of a long line before and behind the place */
    SHOWN_BEHIND = 40,
    ESCAPED_BYTES = 8 * 1024, /* a character becomes at most twelve bytes */
    SOURCE_BYTES_MAX = 1 << 20
};

static bool is_character_start(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

/* Start of the character `count` characters behind `from`, at most `to`. */
static size_t skip_characters(const char *text, size_t from, size_t to, size_t count)
{
    while (from < to && count > 0) {
        from++;
        while (from < to && !is_character_start(text[from])) {
            from++;
        }
        count--;
    }
    return from;
}

/* The line of the error and a caret under the place; long lines are cut around it. */
static void print_place(const struct terminal *terminal, const struct tocsin_error *err, const char *text,
                        size_t text_bytes)
{
    size_t begin = 0;
    for (uint32_t line = 1; line < err->line; line++) {
        const char *end = memchr(text + begin, '\n', text_bytes - begin);
        if (!end) {
            return;
        }
        begin = (size_t)(end - text) + 1;
    }
    const char *line_end = text_bytes > begin ? memchr(text + begin, '\n', text_bytes - begin) : NULL;
    size_t end = line_end ? (size_t)(line_end - text) : text_bytes;
    size_t characters_before = err->column > 0 ? err->column - 1 : 0;
    size_t place = skip_characters(text, begin, end, characters_before);
    size_t shown_begin = begin;
    if (characters_before > SHOWN_BEFORE) {
        shown_begin = skip_characters(text, begin, end, characters_before - SHOWN_BEFORE);
    }
    size_t shown_end = skip_characters(text, place, end, SHOWN_BEHIND);
    char before[ESCAPED_BYTES];
    char behind[ESCAPED_BYTES];
    size_t before_bytes = tocsin_escape_text(text + shown_begin, place - shown_begin, before, sizeof(before));
    tocsin_escape_text(text + place, shown_end - place, behind, sizeof(behind));
    const char *ellipsis_before = shown_begin > begin ? "..." : "";
    fprintf(stderr, "  %s%s%s%s\n", ellipsis_before, before, behind, shown_end < end ? "..." : "");
    size_t cells = strlen(ellipsis_before) + tocsin_text_width(before, before_bytes);
    fprintf(stderr, "  %*s%s^%s\n", (int)cells, "", terminal_style(terminal, STYLE_RED),
            terminal_style(terminal, STYLE_OFF));
}

/* The text of a small regular file; NULL if it is none. To be freed. */
static char *read_source(const char *path, size_t *ret_bytes)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    char *text = NULL;
    if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
        status.st_size <= SOURCE_BYTES_MAX) {
        text = malloc((size_t)status.st_size);
        ssize_t got = text ? read(file, text, (size_t)status.st_size) : -1;
        if (got <= 0) {
            free(text);
            text = NULL;
        } else {
            *ret_bytes = (size_t)got;
        }
    }
    if (file >= 0) {
        (void)close(file);
    }
    return text;
}

/* "tocsin: source:line:column: message". A message that names its source itself is not made to do so twice. */
static void print_message(const struct terminal *terminal, const char *style, const struct tocsin_error *err)
{
    char source[sizeof(err->source) * 2];
    char message[sizeof(err->message) * 2];
    tocsin_escape_text(err->source, strlen(err->source), source, sizeof(source));
    tocsin_escape_text(err->message, strlen(err->message), message, sizeof(message));
    fprintf(stderr, "%stocsin:%s ", terminal_style(terminal, style), terminal_style(terminal, STYLE_OFF));
    if (source[0] != '\0' && err->line > 0) {
        fprintf(stderr, "%s:%u:%u: ", source, (unsigned)err->line, (unsigned)err->column);
    } else if (source[0] != '\0' && !strstr(message, source)) {
        fprintf(stderr, "%s: ", source);
    }
    fprintf(stderr, "%s\n", message[0] != '\0' ? message : tocsin_status_name(err->status));
}

static void print_hint(const struct tocsin_error *err)
{
    if (err->hint[0] != '\0') {
        char hint[sizeof(err->hint) * 2];
        tocsin_escape_text(err->hint, strlen(err->hint), hint, sizeof(hint));
        fprintf(stderr, "hint: %s\n", hint);
    }
}

void report_error(const struct terminal *terminal, const struct tocsin_error *err, const struct query_text *query)
{
    print_message(terminal, STYLE_RED, err);
    bool is_of_query = query && query->source && strcmp(query->source, err->source) == 0;
    const char *text = is_of_query ? query->bytes : NULL;
    size_t text_bytes = is_of_query ? query->byte_count : 0;
    char *read_text = NULL;
    if (err->line > 0 && !text && err->source[0] != '\0') {
        text = read_text = read_source(err->source, &text_bytes);
    }
    if (err->line > 0 && text) {
        print_place(terminal, err, text, text_bytes);
    }
    free(read_text);
    print_hint(err);
}

void report_warning(const struct terminal *terminal, const struct tocsin_error *err)
{
    print_message(terminal, STYLE_BOLD, err);
    print_hint(err);
}

void report_diagnostic(const struct terminal *terminal, const char *source, const struct tocsin_diagnostic *diagnostic)
{
    char escaped[1024];
    tocsin_escape_text(source, strlen(source), escaped, sizeof(escaped));
    fprintf(stderr, "%s%s:%s %s:", terminal_style(terminal, STYLE_BOLD), tocsin_severity_name(diagnostic->severity),
            terminal_style(terminal, STYLE_OFF), escaped);
    if (diagnostic->line > 0) {
        fprintf(stderr, "%u:%u:", (unsigned)diagnostic->line, (unsigned)diagnostic->column);
    }
    fprintf(stderr, " %s\n", diagnostic->message);
    if (diagnostic->hint[0] != '\0') {
        fprintf(stderr, "hint: %s\n", diagnostic->hint);
    }
}
