/* command/known_names.h
 * Every name of a program that something is known about, in one table, so that a look costs the same whatever is known.
 * Memory: a table in static memory, filled at the first look. Threads: any.
 */
#ifndef COMMAND_KNOWN_NAMES_H
#define COMMAND_KNOWN_NAMES_H

#include "base/str.h"

enum name_kind {
    NAME_WORD = 1 << 0,      /* of the shell's grammar: if, done */
    NAME_BUILTIN = 1 << 1,   /* changes what later commands mean: cd, export */
    NAME_SHELL = 1 << 2,     /* sh and its relatives */
    NAME_OUTPUT = 1 << 3,    /* prints what can be known: echo, base64 -d */
    NAME_TEXT = 1 << 4,      /* takes its arguments for text: grep, echo, man */
    NAME_LOOKING = 1 << 5,   /* looks at files without giving out what is in them, or writes */
    NAME_READING = 1 << 6,   /* reads the files it is given */
    NAME_PATTERN = 1 << 7,   /* its first operand is a pattern or a program */
    NAME_TARGET = 1 << 8,    /* its last operand is where it writes to */
    NAME_HTTP = 1 << 9,      /* asks the URLs it is given */
    NAME_MENTIONS = 1 << 10, /* its URLs are only mentioned */
    NAME_OTHER = 1 << 11,    /* gets something, and is no kubectl */
    NAME_SYSTEM = 1 << 12,   /* of every system, so no tool of ours */
    NAME_CODE = 1 << 13      /* an interpreter */
};

struct tool;
struct wrapper;

struct known_name {
    str name;
    unsigned kinds;                /* of name_kind */
    const struct tool *tool;       /* or NULL */
    const struct wrapper *wrapper; /* or NULL */
};

/* Never NULL: a name that is not known has no kinds. */
const struct known_name *known_name(str name);

static inline bool name_is(str name, enum name_kind kind)
{
    return (known_name(name)->kinds & (unsigned)kind) != 0;
}

struct tool {
    const char *names;
    const char *options;
};

enum wrapper_kind {
    WRAPPER_PLAIN,       /* options, operands, command */
    WRAPPER_ENVIRONMENT, /* env */
    WRAPPER_JOINED,      /* what follows is joined and read as a line */
    WRAPPER_REMOTE,      /* the same, elsewhere; without a command it is a command itself */
    WRAPPER_STRING,      /* a line behind -c; else the command follows */
    WRAPPER_SHELL,       /* a line behind -c, or what comes through the pipe */
    WRAPPER_XARGS,
    WRAPPER_FIND,
    WRAPPER_NAMED,   /* k3s kubectl */
    WRAPPER_LAUNCHER /* runs a command somewhere among its arguments: ansible, tmux, limactl */
};

struct wrapper {
    const char *names;
    enum wrapper_kind kind;
    const char *letters;
    const char *words;
    unsigned operands;
};

#endif
