/* fuzz_syslog_frame.c - headers of one line. The message must be the end of the line, the parts lie in the line. */
#include <stdlib.h>

#include "format/log_time.h"
#include "format/syslog_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static int lies_in(str part, str line)
{
    return part.len == 0 || (part.data >= line.data && part.data + part.len <= line.data + line.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str line = str_from((const char *)data, size);
    struct log_frame frame;
    str message;
    if (syslog_frame_parse(line, NULL, INT64_C(1795435200000), &frame, &message)) {
        require(frame.is_present);
        require(lies_in(message, line) && message.data + message.len == line.data + line.len);
        require(lies_in(frame.host, line) && lies_in(frame.application, line) && lies_in(frame.process_id, line) &&
                lies_in(frame.structured_data, line));
    }
    const struct log_time_context context = {NULL, INT64_C(1795435200000)};
    int64_t ms;
    (void)log_time_parse(line, &context, &ms);
    size_t comma = str_find_char(line, ';', 0);
    if (comma != SIZE_MAX) {
        (void)log_time_parse_pattern(str_skip(line, comma + 1), str_slice(line, 0, comma), &context, &ms);
    }
    return 0;
}
