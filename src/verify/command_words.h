/* verify/command_words.h
 * A command line as typed into a shell, cut into the words that the program gets. Not a shell: what a shell would have
 * to work out (pipes, lists, redirections, variables, substitutions) makes the line "not simple", and it stays whole.
 * Memory: words live in the arena. Threads: any.
 */
#ifndef VERIFY_COMMAND_WORDS_H
#define VERIFY_COMMAND_WORDS_H

#include "base/arena.h"

struct command_words {
    str *items;
    size_t count;
    bool is_simple; /* false: only a shell can run it; the words are not to be used */
};

/* Errors: TOCSIN_ERROR_CONFIG for a quote that is never closed, and for a line without a word. */
tocsin_status command_words_split(struct arena *arena, str line, struct command_words *ret_words, struct error *err);
/* Parts at single blanks, as a joined command line of an exec record has them. */
tocsin_status command_words_join_split(struct arena *arena, str line, struct command_words *ret_words,
                                       struct error *err);

#endif
