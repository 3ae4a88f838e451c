/* fuzz_json_frame.c - bytes in pieces of any size give the same events as bytes all at once, and nothing but blanks,
 * separators and the brackets of lists is lost. The first byte is the size of the pieces. */
#include "../../support/json_frame_driver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    str text = {(const char *)data + 1, size - 1};
    struct strbuf whole = driver_run(text, 0);
    struct strbuf pieces = driver_run(text, data[0] % 80u + 1);
    driver_require(str_eq(strbuf_str(&whole), strbuf_str(&pieces)));
    strbuf_release(&whole);
    strbuf_release(&pieces);
    return 0;
}
