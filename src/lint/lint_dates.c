/* Patterns of DATEFORMAT and PARSETIMESTAMP: letters that are valid and mean something else. */
#include "lint/lint_internal.h"

enum { RUNS_MAX = 64 };

/* Letters of one kind in a row. */
struct run {
    char letter;
    size_t offset; /* in the query */
    size_t length;
};

struct pattern {
    struct run runs[RUNS_MAX];
    size_t count;
    size_t literal_offset;
    size_t literal_end;
};

/* '..' in a pattern is plain text; in the query each such quote is written twice. */
static bool read_pattern(const struct lint *lint, const struct syntax_node *literal, struct pattern *ret)
{
    *ret = (struct pattern){.literal_offset = literal->offset, .literal_end = literal->offset + 1};
    size_t offset = literal->offset + 1;
    bool is_quoted = false;
    char last = '\0';
    for (size_t i = 0; i < literal->text.len; i++) {
        char c = literal->text.data[i];
        if (c == '\'') {
            is_quoted = !is_quoted;
            offset += 2;
            last = '\0';
            continue;
        }
        if (!is_quoted && ascii_is_alpha(c)) {
            if (c == last) {
                ret->runs[ret->count - 1].length++;
            } else if (ret->count == RUNS_MAX) {
                return false;
            } else {
                ret->runs[ret->count++] = (struct run){c, offset, 1};
            }
            last = c;
        } else {
            last = '\0';
        }
        offset++;
    }
    ret->literal_end = offset + 1;
    return ret->literal_end <= lint->text.len;
}

static bool has(const struct pattern *pattern, char letter)
{
    for (size_t i = 0; i < pattern->count; i++) {
        if (pattern->runs[i].letter == letter) {
            return true;
        }
    }
    return false;
}

static bool is_among(char letter, const char *letters)
{
    return letter != '\0' && strchr(letters, letter);
}

/* The same letters, `letter` instead. */
static void replace_run(struct lint *lint, struct diagnostic *found, const struct run *run, char letter)
{
    char text[RUNS_MAX];
    if (run->length <= sizeof(text)) {
        memset(text, letter, run->length);
        diagnostic_fix(lint->found, found, run->offset, run->offset + run->length, str_from(text, run->length));
    }
}

static struct diagnostic *add(struct lint *lint, const char *code, const struct run *run, const char *text)
{
    return lint_add(lint, code, run->offset, run->offset + run->length, "%s", text);
}

static void check_minutes(struct lint *lint, const struct pattern *pattern, const struct run *run, char before,
                          char behind)
{
    bool in_date = is_among(before, "yYdDE") || is_among(behind, "yYdD");
    bool in_time = is_among(before, "HhkK") || is_among(behind, "sS");
    if (run->letter == 'm' && in_date && !in_time) {
        struct diagnostic *found = add(lint, "minutes-as-month", run, "m is minutes, here between parts of a date");
        lint_hint(lint, found, "the month is M");
        replace_run(lint, found, run, 'M');
    } else if (run->letter == 'M' && in_time && !has(pattern, 'm') && (!in_date || is_among(behind, "s"))) {
        struct diagnostic *found = add(lint, "month-as-minutes", run, "M is the month, here between parts of a time");
        lint_hint(lint, found, "minutes are m");
        replace_run(lint, found, run, 'm');
    }
}

static void check_run(struct lint *lint, const struct pattern *pattern, size_t index)
{
    const struct run *run = &pattern->runs[index];
    char before = index > 0 ? pattern->runs[index - 1].letter : '\0';
    char behind = index + 1 < pattern->count ? pattern->runs[index + 1].letter : '\0';
    struct diagnostic *found;
    switch (run->letter) {
    case 'Y':
        if (!has(pattern, 'w')) {
            found = add(lint, "week-year", run, "Y is the year of the week, which is another one around New Year");
            lint_hint(lint, found, "the calendar year is y; 2024-12-30 is printed as 2025-12-30");
            replace_run(lint, found, run, 'y');
        }
        break;
    case 'h':
    case 'K':
        if (!has(pattern, 'a')) {
            found = add(lint, "half-day-hour", run,
                        run->letter == 'h' ? "h counts hours to 12, and without a nobody sees whether it is AM or PM"
                                           : "K counts hours to 11, and without a nobody sees whether it is AM or PM");
            lint_hint(lint, found, "hours to 23 are H");
            replace_run(lint, found, run, 'H');
        }
        break;
    case 'm':
    case 'M':
        check_minutes(lint, pattern, run, before, behind);
        break;
    case 'D':
        if (has(pattern, 'M') && !has(pattern, 'd')) {
            found = add(lint, "day-of-year", run, "D counts the days of the year, here beside a month");
            lint_hint(lint, found, "the day of the month is d");
            replace_run(lint, found, run, 'd');
        }
        break;
    case 'S':
        if (before == 'm' && !has(pattern, 's')) {
            found = add(lint, "milliseconds-as-seconds", run, "S is milliseconds, here in the place of seconds");
            lint_hint(lint, found, "seconds are s");
            replace_run(lint, found, run, 's');
        }
        break;
    default:
        break;
    }
}

void lint_dates(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    (void)scope;
    bool is_format = lint_is_call(node, "DATEFORMAT");
    if (!is_format && !lint_is_call(node, "PARSETIMESTAMP")) {
        return;
    }
    uint32_t place = is_format ? 1 : 0;
    if (node->operand_count <= place || node->operands[place]->kind != SYNTAX_STRING) {
        return;
    }
    struct pattern pattern;
    if (!read_pattern(lint, node->operands[place], &pattern)) {
        return;
    }
    for (size_t i = 0; i < pattern.count; i++) {
        check_run(lint, &pattern, i);
    }
}
