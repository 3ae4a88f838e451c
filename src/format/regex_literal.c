/* regex_literal.c - the text that every match of a regular expression must hold, by a cautious reading of the pattern:
 * plain characters on the outermost level, outside groups, classes and repetitions. Wherever it is not sure (case
 * folding, alternatives, quoting, comments) the answer is "nothing", which only costs speed. */
#include "format/property_set_internal.h"

struct literal_scan {
    str pattern;
    size_t run_begin; /* plain characters collected so far are [run_begin, run_end) */
    size_t run_end;
    str best;
};

static void end_run(struct literal_scan *scan, size_t next)
{
    if (scan->run_end - scan->run_begin > scan->best.len) {
        scan->best = str_slice(scan->pattern, scan->run_begin, scan->run_end);
    }
    scan->run_begin = next;
    scan->run_end = next;
}

/* Index behind a group or a class that begins at `at`; SIZE_MAX if it is not closed. */
static size_t skip_class(str pattern, size_t at)
{
    unsigned depth = 0;
    size_t first = at + 1 + (at + 1 < pattern.len && pattern.data[at + 1] == '^');
    if (first < pattern.len && pattern.data[first] == ']') {
        return SIZE_MAX; /* dialects differ on what "[]a]" means */
    }
    for (; at < pattern.len; at++) {
        char c = pattern.data[at];
        if (c == '\\') {
            at++;
        } else if (c == '[') {
            depth++;
        } else if (c == ']' && --depth == 0) {
            return at + 1;
        }
    }
    return SIZE_MAX;
}

static size_t skip_group(str pattern, size_t at)
{
    unsigned depth = 0;
    while (at < pattern.len) {
        char c = pattern.data[at];
        if (c == '[') {
            at = skip_class(pattern, at);
            if (at == SIZE_MAX) {
                return SIZE_MAX;
            }
            continue;
        }
        if (c == '\\') {
            at++;
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && --depth == 0) {
            return at + 1;
        }
        at++;
    }
    return SIZE_MAX;
}

static bool is_quantifier(char c)
{
    return c == '?' || c == '*' || c == '+' || c == '{';
}

/* A pattern that may change the meaning of plain characters, or has alternatives on the outermost level. */
static bool is_beyond_us(str pattern)
{
    if (str_contains(pattern, STR("\\Q")) || str_contains(pattern, STR("\\E"))) {
        return true;
    }
    for (size_t at = str_find(pattern, STR("(?"), 0); at != SIZE_MAX; at = str_find(pattern, STR("(?"), at + 1)) {
        size_t next = at + 2;
        while (next < pattern.len && (pattern.data[next] == 's' || pattern.data[next] == 'm')) {
            next++; /* what a dot and the anchors mean is nothing to us */
        }
        char c = next < pattern.len ? pattern.data[next] : 'x';
        bool is_plain_group = c == ':' || (next == at + 2 ? c == '=' || c == '!' || c == '<' || c == '>' : c == ')');
        if (!is_plain_group) {
            return true; /* other flags: (?i), (?x:...), (?-s) */
        }
    }
    return false;
}

/* Takes what stands at `at`; gives the index behind it, or SIZE_MAX to give up. */
static size_t take_atom(struct literal_scan *scan, size_t at)
{
    str pattern = scan->pattern;
    char c = pattern.data[at];
    switch (c) {
    case '(':
    case '[': {
        size_t end = c == '(' ? skip_group(pattern, at) : skip_class(pattern, at);
        end_run(scan, end);
        return end;
    }
    case '\\': {
        if (at + 1 >= pattern.len || (pattern.data[at + 1] | 0x20) == 'k' || (pattern.data[at + 1] | 0x20) == 'g') {
            return SIZE_MAX; /* references to groups */
        }
        /* An escaped sign is itself, but not contiguous in the pattern: the run begins anew behind the backslash. */
        bool is_sign = !ascii_is_alpha(pattern.data[at + 1]) && !ascii_is_digit(pattern.data[at + 1]) &&
                       (unsigned char)pattern.data[at + 1] < 0x80;
        end_run(scan, at + 1);
        if (is_sign) {
            scan->run_end = at + 2;
        } else {
            /* \d, \x41, \p{L}, \k<name>: the letters and digits behind belong to it */
            size_t end = at + 2;
            while (end < pattern.len && (ascii_is_alpha(pattern.data[end]) || ascii_is_digit(pattern.data[end]))) {
                end++;
            }
            end_run(scan, end);
            return end;
        }
        return at + 2;
    }
    case '.':
    case '^':
    case '$':
    case ')':
    case ']':
    case '}':
        end_run(scan, at + 1);
        return at + 1;
    case '|':
        return SIZE_MAX;
    default:
        scan->run_end = at + 1;
        return at + 1;
    }
}

/* Behind an atom: a quantifier takes the last plain character (a whole UTF-8 sequence) out of the run. */
static size_t take_quantifier(struct literal_scan *scan, size_t at)
{
    str pattern = scan->pattern;
    if (at >= pattern.len || !is_quantifier(pattern.data[at])) {
        return at;
    }
    while (scan->run_end > scan->run_begin) {
        scan->run_end--;
        if (((unsigned char)pattern.data[scan->run_end] & 0xC0) != 0x80) {
            break;
        }
    }
    if (pattern.data[at] == '{') {
        size_t close = str_find_char(pattern, '}', at);
        at = close == SIZE_MAX ? pattern.len - 1 : close;
    }
    at++;
    while (at < pattern.len && (pattern.data[at] == '?' || pattern.data[at] == '+')) {
        at++; /* lazy, possessive */
    }
    end_run(scan, at);
    return at;
}

str regex_required_literal(str pattern)
{
    if (is_beyond_us(pattern)) {
        return STR_EMPTY;
    }
    struct literal_scan scan = {.pattern = pattern, .best = STR_EMPTY};
    for (size_t at = 0; at < pattern.len;) {
        at = take_atom(&scan, at);
        if (at == SIZE_MAX) {
            return STR_EMPTY;
        }
        at = take_quantifier(&scan, at);
    }
    end_run(&scan, pattern.len);
    return scan.best;
}
