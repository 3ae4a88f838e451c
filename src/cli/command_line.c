#include "cli/command_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const command_names[COMMAND_COUNT] = {
    [COMMAND_NONE] = "",
    [COMMAND_HUNT] = "hunt",
    [COMMAND_QUERY] = "query",
    [COMMAND_EXPLAIN] = "explain",
    [COMMAND_INGEST] = "ingest",
    [COMMAND_STORE] = "store",
    [COMMAND_SCHEMA] = "schema",
    [COMMAND_CHECK] = "check",
    [COMMAND_FMT] = "fmt",
    [COMMAND_SHELL] = "shell",
    [COMMAND_LSP] = "lsp",
    [COMMAND_SIMULATE] = "simulate",
    [COMMAND_CONVERT] = "convert",
    [COMMAND_DOCTOR] = "doctor",
    [COMMAND_TEST] = "test",
    [COMMAND_DOC] = "doc",
    [COMMAND_TUNE] = "tune",
    [COMMAND_CURSORS] = "cursors",
    [COMMAND_FORMATS] = "formats",
    [COMMAND_FUNCTIONS] = "functions",
    [COMMAND_HELP] = "help",
    [COMMAND_VERSION] = "version",
};

#define OPTION_INFO(member, long_name, short_name, argument, commands, choices, help)                                  \
    {long_name, short_name, argument, commands, choices, help, offsetof(struct command_line, member)},
static const struct option_info options[] = {OPTION_LIST(OPTION_INFO)};
#undef OPTION_INFO

enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

const struct option_info *option_list(size_t *ret_count)
{
    *ret_count = OPTION_COUNT;
    return options;
}

const char *command_name(enum command command)
{
    return command_names[command];
}

enum command command_find(const char *name)
{
    for (enum command command = COMMAND_HUNT; command < COMMAND_COUNT; command++) {
        if (strcmp(name, command_names[command]) == 0) {
            return command;
        }
    }
    return COMMAND_NONE;
}

tocsin_status usage_error(struct tocsin_error *err, const char *hint, const char *format, ...)
{
    char raw[sizeof(err->message)];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(raw, sizeof(raw), format, arguments);
    va_end(arguments);
    size_t raw_bytes = length < 0 ? 0 : (size_t)length < sizeof(raw) ? (size_t)length : sizeof(raw) - 1;
    *err = (struct tocsin_error){.status = TOCSIN_ERROR_USAGE};
    tocsin_escape_text(raw, raw_bytes, err->message, sizeof(err->message));
    if (hint) {
        snprintf(err->hint, sizeof(err->hint), "%s", hint);
    }
    return TOCSIN_ERROR_USAGE;
}

/* ---- did you mean ------------------------------------------------------------------------------------------------ */

enum { NAME_BYTES_MAX = 32 };

/* Edit distance of two short names (Levenshtein). */
static size_t name_distance(const char *a, const char *b)
{
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);
    if (a_len > NAME_BYTES_MAX || b_len > NAME_BYTES_MAX) {
        return SIZE_MAX;
    }
    size_t row[NAME_BYTES_MAX + 1];
    for (size_t j = 0; j <= b_len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
        }
    }
    return row[b_len];
}

/* Keeps the nearest name: a prefix counts as near, else one letter may differ and another for every four. */
static void consider(const char *name, const char *candidate, const char **best, size_t *best_distance)
{
    size_t length = strlen(name);
    size_t distance = name_distance(name, candidate);
    if (length >= 2 && strncmp(name, candidate, length) == 0) {
        distance = 1;
    }
    if (distance < *best_distance && distance <= 1 + strlen(candidate) / 4) {
        *best = candidate;
        *best_distance = distance;
    }
}

static tocsin_status unknown_option(struct tocsin_error *err, const char *name)
{
    const char *best = NULL;
    size_t distance = SIZE_MAX;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        consider(name, options[i].long_name, &best, &distance);
    }
    char hint[128];
    if (best) {
        snprintf(hint, sizeof(hint), "did you mean --%s?", best);
    } else {
        snprintf(hint, sizeof(hint), "\"tocsin help\" lists the commands, \"tocsin help COMMAND\" the options of each");
    }
    return usage_error(err, hint, "unknown option --%s", name);
}

static tocsin_status unknown_command(struct tocsin_error *err, const char *name)
{
    const char *best = NULL;
    size_t distance = SIZE_MAX;
    for (enum command command = COMMAND_HUNT; command < COMMAND_COUNT; command++) {
        consider(name, command_names[command], &best, &distance);
    }
    char hint[128] = "\"tocsin help\" lists the commands";
    if (best) {
        snprintf(hint, sizeof(hint), "did you mean \"tocsin %s\"?", best);
    } else if (strncasecmp(name, "select", 6) == 0) {
        snprintf(hint, sizeof(hint), "to run a query: tocsin query 'SELECT ...' LOG");
    } else if (strcmp(name, "-") == 0 || access(name, F_OK) == 0) {
        snprintf(hint, sizeof(hint), "to hunt in a log: tocsin hunt LOG");
    }
    return usage_error(err, hint, "unknown command \"%s\"", name);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* argv without what belongs to options; set_by says which options were given, to be checked against the command. */
struct reading {
    struct command_line *line;
    int argc;
    char **argv;
    int at;
    bool is_given[OPTION_COUNT];
    struct tocsin_error *err;
};

static bool is_choice(const char *choices, const char *value)
{
    size_t length = strlen(value);
    for (const char *from = choices; from; from = strchr(from, '|') ? strchr(from, '|') + 1 : NULL) {
        if (strcspn(from, "|") == length && strncmp(from, value, length) == 0) {
            return true;
        }
    }
    return false;
}

static tocsin_status set_option(struct reading *reading, size_t index, const char *value)
{
    const struct option_info *option = &options[index];
    if (option->choices && !is_choice(option->choices, value)) {
        char hint[128];
        snprintf(hint, sizeof(hint), "--%s is one of %s", option->long_name, option->choices);
        return usage_error(reading->err, hint, "--%s can't be \"%s\"", option->long_name, value);
    }
    /* Repeating an option replaces its value, as usual; but a second pack that silently replaced the first would be a
       hunt that misses things. */
    bool is_source = option->offset == offsetof(struct command_line, pack) ||
                     option->offset == offsetof(struct command_line, query) ||
                     option->offset == offsetof(struct command_line, exceptions);
    if (is_source && reading->is_given[index]) {
        return usage_error(reading->err, "run the program once for each", "--%s is given twice", option->long_name);
    }
    reading->is_given[index] = true;
    *(const char **)((char *)reading->line + option->offset) = value;
    return TOCSIN_OK;
}

/* The value behind an option: what follows in the same argument, or the next argument. */
static tocsin_status take_value(struct reading *reading, size_t index, const char *attached)
{
    const struct option_info *option = &options[index];
    if (!option->argument) {
        return attached ? usage_error(reading->err, NULL, "--%s takes no value", option->long_name)
                        : set_option(reading, index, option->long_name);
    }
    if (!attached && reading->at + 1 >= reading->argc) {
        return usage_error(reading->err, NULL, "--%s needs a value: --%s %s", option->long_name, option->long_name,
                           option->argument);
    }
    return set_option(reading, index, attached ? attached : reading->argv[++reading->at]);
}

static tocsin_status read_long(struct reading *reading, const char *name)
{
    size_t length = strcspn(name, "=");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strlen(options[i].long_name) == length && strncmp(options[i].long_name, name, length) == 0) {
            return take_value(reading, i, name[length] == '=' ? name + length + 1 : NULL);
        }
    }
    char unknown[256];
    snprintf(unknown, sizeof(unknown), "%.*s", (int)(length < 200 ? length : 200), name);
    return unknown_option(reading->err, unknown);
}

/* "-q", "-o json", "-ojson", "-qojson" */
static tocsin_status read_short(struct reading *reading, const char *letters)
{
    for (; *letters; letters++) {
        size_t index = 0;
        while (index < OPTION_COUNT && options[index].short_name != *letters) {
            index++;
        }
        if (index == OPTION_COUNT) {
            return usage_error(reading->err, "\"tocsin help COMMAND\" lists the options", "unknown option -%.1s",
                               letters);
        }
        bool has_value = options[index].argument != NULL;
        tocsin_status status = take_value(reading, index, has_value && letters[1] ? letters + 1 : NULL);
        if (status != TOCSIN_OK || has_value) {
            return status;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status read_arguments(struct reading *reading)
{
    struct command_line *line = reading->line;
    bool has_ended = false;
    for (reading->at = 1; reading->at < reading->argc; reading->at++) {
        const char *argument = reading->argv[reading->at];
        tocsin_status status = TOCSIN_OK;
        if (has_ended || argument[0] != '-' || argument[1] == '\0') {
            line->operands[line->operand_count++] = argument;
        } else if (strcmp(argument, "--") == 0) {
            has_ended = true;
        } else if (argument[1] == '-') {
            status = read_long(reading, argument + 2);
        } else {
            status = read_short(reading, argument + 1);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

/* The first operand is the command. */
static tocsin_status choose_command(struct reading *reading)
{
    struct command_line *line = reading->line;
    if (line->operand_count == 0) {
        return TOCSIN_OK;
    }
    line->command = command_find(line->operands[0]);
    if (line->command == COMMAND_NONE) {
        return unknown_command(reading->err, line->operands[0]);
    }
    line->operand_count--;
    memmove(line->operands, line->operands + 1, line->operand_count * sizeof(*line->operands));
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (reading->is_given[i] && !(options[i].commands >> line->command & 1) && !line->help) {
            char hint[128];
            snprintf(hint, sizeof(hint), "\"tocsin help %s\" lists its options", command_names[line->command]);
            return usage_error(reading->err, hint, "\"tocsin %s\" has no option --%s", command_names[line->command],
                               options[i].long_name);
        }
    }
    return TOCSIN_OK;
}

/* --fail-on means a severity to check and a level to hunt. */
static tocsin_status check_fail_on(const struct command_line *line, struct tocsin_error *err)
{
    const char *choices = line->command == COMMAND_HUNT ? LEVEL_CHOICES : SEVERITY_CHOICES;
    if (!line->fail_on || line->help || is_choice(choices, line->fail_on)) {
        return TOCSIN_OK;
    }
    char hint[128];
    snprintf(hint, sizeof(hint), "--fail-on is one of %s", choices);
    return usage_error(err, hint, "--fail-on can't be \"%s\"", line->fail_on);
}

tocsin_status command_line_read(struct command_line *line, int argc, char **argv, struct tocsin_error *err)
{
    *line = (struct command_line){0};
    line->operands = calloc((size_t)argc + 1, sizeof(*line->operands));
    if (!line->operands) {
        *err = (struct tocsin_error){.status = TOCSIN_ERROR_MEMORY, .message = "out of memory"};
        return TOCSIN_ERROR_MEMORY;
    }
    struct reading reading = {.line = line, .argc = argc, .argv = argv, .err = err};
    tocsin_status status = read_arguments(&reading);
    if (status == TOCSIN_OK) {
        status = choose_command(&reading);
    }
    if (status == TOCSIN_OK && line->command == COMMAND_HUNT && line->pack && line->query && !line->help) {
        status =
            usage_error(err, "a hunt runs the rules of a pack, or one query", "--pack and --query exclude each other");
    }
    status = status == TOCSIN_OK ? check_fail_on(line, err) : status;
    return status;
}

void command_line_release(struct command_line *line)
{
    free(line->operands);
    line->operands = NULL;
}
