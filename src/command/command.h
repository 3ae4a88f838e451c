/* command/command.h
 * A command line understood: what is run, on what, and what is read and asked for; not what it looks like. The text is
 * what a log has: the arguments of a process joined by blanks, or a line as it was typed into a shell; nobody says
 * which. It becomes simple commands: wrappers (sudo, sh -c, xargs, ..) are peeled off, quotes, variables, substitutions
 * and simple encodings resolved, tools named by what they are (kubectl, under whatever name), options and operands
 * told apart.
 * Not a shell: nothing is run, no file is looked at. What only a run could tell stays as it is written ($NAME).
 * Memory: all of it in the arena that command_understand is given; views point there and into the text.
 * Threads: any; nothing is shared.
 * Limits: LIMIT_COMMAND_... of base/limits.h. What is beyond them is left out, and `is_cut` says so.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "base/arena.h"
#include "base/str.h"

/* An option in its long form: "--output" with "json", whether it stood there as -ojson, -o json or --output=json. A
 * variable set for the command is one, too: "DOCKER_HOST". */
struct command_option {
    str name;
    str value; /* empty without has_value */
    bool has_value;
};

struct command_range {
    uint32_t from;
    uint32_t to; /* from == to: none */
};

struct simple_command {
    str program;          /* as it is written */
    str tool;             /* what it is: its last part, or the tool that it is another name of */
    const str *arguments; /* behind the program, without quotes */
    uint32_t argument_count;
    const str *operands; /* arguments that are no options; for kubectl with resources in their full names */
    uint32_t operand_count;
    const struct command_option *options;
    uint32_t option_count;
    const str *inputs; /* files of redirections */
    uint32_t input_count;
    const str *outputs;
    uint32_t output_count;
    str code;                   /* what an interpreter is given to run (python -c, awk), else empty */
    str fed_text;               /* what is known to come through the pipe, else empty */
    str folder;                 /* where cd went before, else empty */
    bool is_inside;             /* runs in a container, through the command before it */
    struct command_range feeds; /* the commands that the output goes into */
};

struct command_line {
    const struct simple_command *commands;
    uint32_t count;
    bool is_cut; /* a limit was met: there may be more */
};

/* TOCSIN_ERROR_MEMORY is the only failure. */
tocsin_status command_understand(struct arena *arena, str text, struct command_line *ret, struct error *err);

/* Writes the commands as they were understood into the arena: tool, operands, options in their long form. */
tocsin_status command_render(struct arena *arena, const struct command_line *line, str *ret, struct error *err);

/* ---- patterns (docs/commands.md) --------------------------------------------------------------------------------- */

struct command_pattern; /* immutable */

enum command_pattern_kind { COMMAND_PATTERN_RUNS, COMMAND_PATTERN_READS, COMMAND_PATTERN_REQUESTS };

/* TOCSIN_ERROR_SYNTAX says what is wrong with it. */
tocsin_status command_pattern_compile(struct arena *arena, enum command_pattern_kind kind, str text,
                                      const struct command_pattern **ret, struct error *err);

/* True if a command (file, request) of the line matches one of the patterns and none of those that begin with '!'.
 * All patterns are of one kind. `arena` is for what is worked out on the way. Running out of memory, or of a limit, is
 * no match. */
bool command_patterns_match(const struct command_pattern *const *patterns, uint32_t count, struct arena *arena,
                            const struct command_line *line);

#endif
