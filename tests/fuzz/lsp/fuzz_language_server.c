/* Anything an editor, or something that is none, may send. Lines of the input become framed messages; a first byte of
 * 0xFF sends the rest as it is. */
#include <stdio.h>
#include <sys/mman.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/str.h"
#include "base/strbuf.h"
#include "lsp/language_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void frame(struct strbuf *sent, str message)
{
    strbuf_append_format(sent, "Content-Length: %zu\r\n\r\n", message.len);
    strbuf_append(sent, message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static tocsin_engine *engine;
    struct tocsin_error err;
    if (!engine && tocsin_engine_create(NULL, &engine, &err) != TOCSIN_OK) {
        return 0;
    }
    struct strbuf sent;
    strbuf_init(&sent, 4 << 20);
    str rest = {(const char *)data, size};
    if (size > 0 && data[0] == 0xFF) {
        strbuf_append(&sent, str_skip(rest, 1));
        rest = STR_EMPTY;
    } else {
        frame(&sent, STR("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}"));
    }
    while (rest.len > 0) {
        size_t end = str_find_char(rest, '\n', 0);
        end = end == SIZE_MAX ? rest.len : end;
        frame(&sent, str_slice(rest, 0, end));
        rest = str_skip(rest, end < rest.len ? end + 1 : end);
    }
    int input = memfd_create("input", MFD_CLOEXEC);
    int output = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (input >= 0 && output >= 0 && write(input, sent.data, sent.len) == (ssize_t)sent.len) {
        bool is_orderly;
        (void)lseek(input, 0, SEEK_SET);
        (void)language_server_run(engine, input, output, &is_orderly, &err);
    }
    (void)close(input);
    (void)close(output);
    strbuf_release(&sent);
    return 0;
}
