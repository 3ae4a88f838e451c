/* cli/edit_library.h
 * libedit, loaded when a shell begins: it and the three libraries that it needs would cost every start of the program a
 * third of a millisecond. Threads: one.
 */
#ifndef CLI_EDIT_LIBRARY_H
#define CLI_EDIT_LIBRARY_H

#include <histedit.h>

/* Its functions, with the names and types of its header. */
#define EDIT_FUNCTIONS(X)                                                                                              \
    X(init, el_init)                                                                                                   \
    X(end, el_end)                                                                                                     \
    X(set, el_set)                                                                                                     \
    X(wset, el_wset)                                                                                                   \
    X(get, el_get)                                                                                                     \
    X(gets, el_gets)                                                                                                   \
    X(line, el_line)                                                                                                   \
    X(insertstr, el_insertstr)                                                                                         \
    X(deletestr, el_deletestr)                                                                                         \
    X(reset, el_reset)                                                                                                 \
    X(source, el_source)                                                                                               \
    X(history_init, history_init)                                                                                      \
    X(history_end, history_end)                                                                                        \
    X(history, history)

struct edit_library {
#define EDIT_MEMBER(name, function) __typeof__(function) *name;
    EDIT_FUNCTIONS(EDIT_MEMBER)
#undef EDIT_MEMBER
};

/* NULL: it is not there. */
const struct edit_library *edit_library_load(void);

#endif
