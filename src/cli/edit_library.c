#include "cli/edit_library.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool find_function(void *handle, const char *name, void *ret_function)
{
    void *found = dlsym(handle, name);
    memcpy(ret_function, &found, sizeof(found)); /* C does not convert a pointer to an object to one to a function */
    return found;
}

const struct edit_library *edit_library_load(void)
{
    static const char *const files[] = {"libedit.so.2", "libedit.so.0"}; /* Debian's, and everybody else's */
    static struct edit_library library;
    void *handle = NULL;
    for (size_t i = 0; !handle && i < sizeof(files) / sizeof(files[0]); i++) {
        handle = dlopen(files[i], RTLD_LAZY | RTLD_LOCAL);
    }
    bool is_whole = handle;
#define EDIT_FIND(name, function) is_whole = is_whole && find_function(handle, #function, &library.name);
    EDIT_FUNCTIONS(EDIT_FIND)
#undef EDIT_FIND
    return is_whole ? &library : NULL;
}
