/* To be loaded before a program (LD_PRELOAD): its clock of the day is WRONG_CLOCK_SECONDS behind; ahead if negative. */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *ret_time)
{
    typedef int get_time(clockid_t id, struct timespec *ret_time);
    static get_time *real;
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    }
    int result = real(id, ret_time);
    const char *seconds = getenv("WRONG_CLOCK_SECONDS");
    if (result == 0 && id == CLOCK_REALTIME && seconds) {
        ret_time->tv_sec -= strtol(seconds, NULL, 10);
    }
    return result;
}
