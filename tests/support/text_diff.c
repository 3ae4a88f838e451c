#include "support/text_diff.h"

#include <stdio.h>

#include "base/utf8.h"

enum { LINES_SHOWN_MAX = 30 };

static str take_line(str *rest)
{
    size_t end = str_find_char(*rest, '\n', 0);
    str line = str_slice(*rest, 0, end);
    *rest = end == SIZE_MAX ? STR_EMPTY : str_skip(*rest, end + 1);
    return line;
}

/* The last line of the text, taken off it. */
static str take_last_line(str *rest)
{
    size_t start = rest->len;
    while (start > 0 && rest->data[start - 1] != '\n') {
        start--;
    }
    str line = str_skip(*rest, start);
    rest->len = start > 0 ? start - 1 : 0;
    return line;
}

static void print_lines(char sign, str text, size_t count_max)
{
    for (size_t count = 0; text.len > 0; count++) {
        if (count == count_max) {
            printf("#   %c ... %zu bytes more\n", sign, text.len);
            return;
        }
        char shown[4096];
        utf8_escape_controls(take_line(&text), shown, sizeof(shown));
        printf("#   %c %s\n", sign, shown);
    }
}

void text_diff_print(str expected, str got)
{
    size_t line_number = 1;
    for (;;) {
        str rest_expected = expected;
        str rest_got = got;
        str line = take_line(&rest_expected);
        if (expected.len == 0 || got.len == 0 || !str_eq(line, take_line(&rest_got))) {
            break;
        }
        expected = rest_expected;
        got = rest_got;
        line_number++;
    }
    size_t same_at_end = 0;
    for (;;) {
        str rest_expected = expected;
        str rest_got = got;
        str line = take_last_line(&rest_expected);
        if (expected.len == 0 || got.len == 0 || !str_eq(line, take_last_line(&rest_got))) {
            break;
        }
        expected = rest_expected;
        got = rest_got;
        same_at_end++;
    }
    printf("#   from line %zu on (- expected, + got):\n", line_number);
    print_lines('-', expected, LINES_SHOWN_MAX);
    print_lines('+', got, LINES_SHOWN_MAX);
    if (same_at_end > 0) {
        printf("#   then %zu equal lines\n", same_at_end);
    }
}
