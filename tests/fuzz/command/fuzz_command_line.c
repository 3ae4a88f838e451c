/* A pattern, a NUL byte, and a command line. The line is understood, written out, and compared with the pattern as each
 * kind of it; what was written out is understood again. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "command/pattern_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(str text)
{
    volatile char sum = 0;
    for (size_t i = 0; i < text.len; i++) {
        sum = (char)(sum + text.data[i]);
    }
}

/* Every view can be read, and every range is within the line. */
static void check_line(const struct command_line *line)
{
    assert(line->count <= LIMIT_COMMAND_COMMANDS);
    for (uint32_t i = 0; i < line->count; i++) {
        const struct simple_command *command = &line->commands[i];
        check_text(command->program);
        check_text(command->tool);
        check_text(command->code);
        check_text(command->fed_text);
        check_text(command->folder);
        for (uint32_t n = 0; n < command->argument_count; n++) {
            check_text(command->arguments[n]);
        }
        for (uint32_t n = 0; n < command->operand_count; n++) {
            check_text(command->operands[n]);
        }
        for (uint32_t n = 0; n < command->option_count; n++) {
            check_text(command->options[n].name);
            check_text(command->options[n].value);
        }
        for (uint32_t n = 0; n < command->input_count; n++) {
            check_text(command->inputs[n]);
        }
        assert(command->feeds.from <= command->feeds.to && command->feeds.to <= line->count);
    }
}

/* A set of patterns says what its patterns say. */
static void check_set(enum command_pattern_kind kind, str written, struct arena *arena, const struct command_line *line,
                      bool wanted)
{
    const struct command_pattern_set *set;
    struct command_facts facts = {.line = *line};
    struct error err;
    if (command_pattern_set_compile(arena, kind, &written, 1, &set, &err) == TOCSIN_OK) {
        bool is_match = command_pattern_set_matches(set, &facts, arena, arena);
        assert(is_match == wanted || arena->is_over_limit);
        (void)is_match;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 65536) {
        return 0;
    }
    char *copy = malloc(size + 1);
    assert(copy);
    memcpy(copy, data, size);
    size_t split = str_find_char(str_from(copy, size), '\0', 0);
    str written = str_from(copy, split == SIZE_MAX ? 0 : split);
    size_t from = split == SIZE_MAX ? 0 : split + 1;
    char *text = malloc(size - from + 1); /* of its own, for AddressSanitizer */
    assert(text);
    memcpy(text, copy + from, size - from);
    struct arena arena;
    struct command_line line;
    struct command_line again;
    struct error err;
    str rendered;
    arena_init(&arena, LIMIT_COMMAND_MEMORY_BYTES);
    if (command_understand(&arena, str_from(text, size - from), &line, &err) == TOCSIN_OK) {
        check_line(&line);
        for (unsigned kind = COMMAND_PATTERN_RUNS; kind <= COMMAND_PATTERN_REQUESTS; kind++) {
            const struct command_pattern *pattern;
            if (command_pattern_compile(&arena, (enum command_pattern_kind)kind, written, &pattern, &err) ==
                TOCSIN_OK) {
                check_set((enum command_pattern_kind)kind, written, &arena, &line,
                          command_patterns_match(&pattern, 1, &arena, &line));
            }
        }
        if (command_render(&arena, &line, &rendered, &err) == TOCSIN_OK) {
            assert(rendered.len <= LIMIT_COMMAND_BYTES);
            if (command_understand(&arena, rendered, &again, &err) == TOCSIN_OK) {
                check_line(&again);
            }
        }
    }
    arena_release(&arena);
    free(text);
    free(copy);
    return 0;
}
