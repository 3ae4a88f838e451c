/* Any bytes as a log file: every format, every field, under AddressSanitizer. The first two bytes choose a small chunk
 * size and a format to force; cut into chunks of that size the file must give the same rows as in one piece. */
#include <sys/mman.h>
#include <unistd.h>

#include "../../support/reader_digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct digest_context context;
    if (!context.schema) {
        digest_context_init(&context);
    }
    if (size < 2) {
        return 0;
    }
    size_t format_count;
    const struct format_def *const *formats = format_list(&format_count);
    size_t forced = data[1] % (format_count + 1);
    const struct format_def *format = forced < format_count ? formats[forced] : NULL;

    int fd = memfd_create("log", MFD_CLOEXEC);
    digest_check(fd >= 0 && write(fd, data + 2, size - 2) == (ssize_t)(size - 2), "memfd");
    char path[64];
    int path_bytes = snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct input_file file = {.path = {path, (size_t)path_bytes}, .kind = INPUT_FILE, .modified_ms = 1600000000000};
    struct input_list list = {.files = &file, .count = 1};
    struct digest whole = digest_inputs(&context, &list, format, size + 64);
    struct digest pieces = digest_inputs(&context, &list, format, (size_t)data[0] + 1);
    digest_check(whole.rows == pieces.rows, "another chunk size gives another number of rows");
    digest_check(whole.hash == pieces.hash, "another chunk size gives other rows");
    digest_check(whole.statistics.lines == pieces.statistics.lines, "another chunk size counts other lines");
    (void)close(fd);
    return 0;
}
