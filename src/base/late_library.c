#include "base/late_library.h"

#include <dlfcn.h>
#include <string.h>

/* POSIX has functions fit into what dlsym returns, C does not convert one to the other. */
_Static_assert(sizeof(void *) == sizeof(void (*)(void)), "pointers to functions and to objects have one size");

static bool find_functions(void *handle, const struct late_library *library)
{
    for (size_t i = 0; i < library->function_count; i++) {
        void *found = dlsym(handle, library->functions[i].name);
        if (!found) {
            return false;
        }
        memcpy(library->functions[i].pointer, &found, sizeof(found));
    }
    return true;
}

bool late_library_load(struct late_library *library)
{
    (void)pthread_mutex_lock(&library->mutex);
    if (library->state == LATE_NOT_TRIED) {
        void *handle = dlopen(library->file, RTLD_LAZY | RTLD_LOCAL);
        library->state = handle && find_functions(handle, library) ? LATE_LOADED : LATE_MISSING;
    }
    bool is_loaded = library->state == LATE_LOADED;
    (void)pthread_mutex_unlock(&library->mutex);
    return is_loaded;
}
