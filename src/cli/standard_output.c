#include "cli/standard_output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int standard_output_write(const char *bytes, size_t byte_count)
{
    while (byte_count > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, byte_count);
        if (written >= 0) {
            bytes += written;
            byte_count -= (size_t)written;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            /* Somebody made our output non-blocking, such as a terminal shared with another program. */
            (void)poll(&(struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT}, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

int standard_output_close(void)
{
    /* EBADF: the program was started without standard output, and nothing was written. */
    return close(STDOUT_FILENO) == 0 || errno == EBADF || errno == EINTR ? 0 : errno;
}

tocsin_status standard_output_error(int failure, struct tocsin_error *err)
{
    *err = (struct tocsin_error){.status = failure == EPIPE ? TOCSIN_ERROR_CLOSED : TOCSIN_ERROR_OUTPUT};
    snprintf(err->message, sizeof(err->message), "cannot write to standard output: %s", strerror(failure));
    return err->status;
}
