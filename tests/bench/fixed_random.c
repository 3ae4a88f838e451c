/* fixed_random.c - getrandom that always gives the same bytes, to be preloaded where instructions are counted: seeds of
 * hash tables decide how often keys collide, which would change the counts a little with every run.
 */
#include <stdint.h>
#include <sys/types.h>

ssize_t getrandom(void *buffer, size_t length, unsigned flags);

ssize_t getrandom(void *buffer, size_t length, unsigned flags)
{
    (void)flags;
    static uint64_t state = 0x9e3779b97f4a7c15;
    unsigned char *bytes = buffer;
    for (size_t i = 0; i < length; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (unsigned char)(state >> 56);
    }
    return (ssize_t)length;
}
