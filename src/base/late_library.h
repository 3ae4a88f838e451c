/* base/late_library.h
 * A shared library that is loaded when it is needed first: of those that few runs need, but whose loading and
 * relocating would cost every start milliseconds.
 * The caller declares its functions as `__typeof__(function) *` with the library's own header, so that calls are
 * checked by the compiler as if it were linked. Memory: what is loaded stays loaded. Threads: any.
 *
 *     static struct {
 *         __typeof__(ucol_open) *open;
 *     } ucol;
 *     static const struct late_function functions[] = {{LATE_NAME(ucol_open), LATE_FUNCTION(ucol.open)}};
 *     static struct late_library library = LATE_LIBRARY("libicui18n.so.72", functions);
 *     if (late_library_load(&library)) {
 *         ucol.open("de", &error);
 */
#ifndef BASE_LATE_LIBRARY_H
#define BASE_LATE_LIBRARY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct late_function {
    const char *name;
    void *pointer; /* to the pointer to the function, which is set */
};

struct late_library {
    const char *file;
    const struct late_function *functions;
    size_t function_count;
    pthread_mutex_t mutex;
    enum { LATE_NOT_TRIED, LATE_LOADED, LATE_MISSING } state;
};

#define LATE_FUNCTION(pointer_) (void *)&(pointer_)
#define LATE_LIBRARY(file_, functions_)                                                                                \
    {                                                                                                                  \
        .file = (file_), .functions = (functions_), .function_count = countof(functions_),                             \
        .mutex = PTHREAD_MUTEX_INITIALIZER                                                                             \
    }
/* The text of a name after its macros, as in ucol_open, which is ucol_open_72. */
#define LATE_NAME(name_)      LATE_NAME_TEXT(name_)
#define LATE_NAME_TEXT(name_) #name_

/* False: the library, or a function of it, is not there; asked once. */
bool late_library_load(struct late_library *library);

#endif
