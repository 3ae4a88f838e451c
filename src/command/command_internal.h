/* command/command_internal.h
 * Between the files of this folder: the state of reading one text, tables of tools and wrappers, paths and globs.
 */
#ifndef COMMAND_COMMAND_INTERNAL_H
#define COMMAND_COMMAND_INTERNAL_H

#include "base/limits.h"
#include "command/command.h"

/* ---- lists in an arena ------------------------------------------------------------------------------------------- */

struct str_list {
    str *items;
    uint32_t count;
    uint32_t capacity;
};

struct command_word {
    str text;
    str raw;        /* from its first byte to the end of what is being read, as written */
    bool is_quoted; /* its first byte is a quote */
};

struct word_list {
    struct command_word *items;
    uint32_t count;
    uint32_t capacity;
};

struct variable {
    str name;
    str value;
};

/* ---- reading ----------------------------------------------------------------------------------------------------- */

struct command_reader {
    struct arena *arena;
    struct simple_command *commands;
    uint32_t count;
    uint32_t capacity;
    struct variable variables[LIMIT_COMMAND_VARIABLES];
    uint32_t variable_count;
    struct variable aliases[LIMIT_COMMAND_VARIABLES];
    uint32_t alias_count;
    str folder;
    size_t work_left; /* bytes that may still be read, those of texts within the text included */
    bool is_cut;
    bool is_out_of_memory;
};

/* One command as the shell sees it, before wrappers are peeled. */
struct raw_command {
    struct word_list words;
    struct str_list inputs;
    struct str_list outputs;
    struct str_list settings; /* NAME=value in front */
    str fed_text;
    str end; /* raw text behind the last word, empty, for its address */
    bool is_inside;
};

void command_reader_init(struct command_reader *reader, struct arena *arena);
void str_list_push(struct command_reader *reader, struct str_list *list, str item);
void word_list_push(struct command_reader *reader, struct word_list *list, struct command_word word);
void *reader_allocate(struct command_reader *reader, size_t count, size_t bytes_each);
str reader_concat(struct command_reader *reader, str a, str b);
/* Words joined by blanks. */
str reader_join(struct command_reader *reader, const struct command_word *words, uint32_t count);

/* Reads a text of shell commands; each is given to command_unwrap. Gives what the text is known to print, or empty. */
str shell_read(struct command_reader *reader, str text, unsigned depth, str fed_text);

/* Peels wrappers and adds what is left to the reader's commands. Gives what it is known to print, or empty. */
str command_unwrap(struct command_reader *reader, struct raw_command *raw, unsigned depth);

/* Text that stands for itself: echo, printf, base64 -d and the like. */
str command_output(struct command_reader *reader, const struct raw_command *raw);

void reader_set_alias(struct command_reader *reader, str name, str value);

/* ---- tools ------------------------------------------------------------------------------------------------------- */

/* Fills tool, operands and options of a command with program, arguments and settings. Gives the number of the argument
 * where a command inside begins (docker exec web CMD), or argument_count. */
uint32_t tool_understand(struct command_reader *reader, struct simple_command *command,
                         const struct str_list *settings);

/* The last part of a path, without ".exe". */
str program_name(str program);
bool is_shell_name(str name);
/* Whether `name` is among the words of `list`, which are parted by blanks. */
bool word_list_has(str list, str name);
/* Whether the option is one that is followed by code, for this interpreter. */
bool is_interpreter(str name);
bool is_code_option(str interpreter, str option);
/* Whether the tool takes its arguments for text, so that they are neither commands, nor files that it hands out. */
bool is_text_tool(str tool);
/* The name under which a resource of Kubernetes is known to patterns: "po" gives "pods", "secrets.v1." "secrets". */
str kubernetes_resource(struct command_reader *reader, str written);

/* ---- paths and globs --------------------------------------------------------------------------------------------- */

/* "/var//run/../run/x" gives "/run/x"; what is relative is taken from `folder`, or from the root. */
str path_normalize(struct arena *arena, str folder, str path);
/* * is any run of bytes but '/', ** any run, ? one byte; letters of both cases are the same. */
bool glob_matches(str glob, str text);
/* Whether a text can match both, the second being a shell's glob, with [..] too. */
bool globs_meet(str glob, str shell_glob);
bool has_glob(str text);

const struct command_option *command_find_option(const struct simple_command *command, str name);

/* ---- what a command reads and asks for --------------------------------------------------------------------------- */

struct command_request {
    str host;
    uint32_t port; /* 0: not known */
    str socket;    /* path of a Unix socket, or empty */
    str path;      /* decoded, without the query; empty: not known */
};

struct request_list {
    struct command_request *items;
    uint32_t count;
    uint32_t capacity;
};

struct path_list {
    struct str_list paths; /* normalized */
    bool is_recursive;     /* folders stand for what they hold */
};

void command_list_reads(struct command_reader *reader, const struct simple_command *command, struct path_list *ret);
void command_list_requests(struct command_reader *reader, const struct simple_command *command,
                           struct request_list *ret);

#endif
