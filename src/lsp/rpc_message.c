#include "lsp/rpc_message.h"

#include <errno.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"

enum { READ_BYTES = 65536 };

void message_reader_init(struct message_reader *reader, int file)
{
    reader->file = file;
    reader->used = 0;
    strbuf_init(&reader->buffer, LIMIT_LSP_HEADER_BYTES + LIMIT_LSP_MESSAGE_BYTES + READ_BYTES);
}

void message_reader_release(struct message_reader *reader)
{
    strbuf_release(&reader->buffer);
}

/* More bytes behind those in the buffer; TOCSIN_END at the end of the input. */
static tocsin_status read_more(struct message_reader *reader, struct error *err)
{
    char *room = strbuf_reserve(&reader->buffer, READ_BYTES);
    if (!room) {
        return error_memory(err);
    }
    ssize_t count;
    do {
        count = read(reader->file, room, READ_BYTES);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot read from the editor");
    }
    reader->buffer.len += (size_t)count;
    return count == 0 ? TOCSIN_END : TOCSIN_OK;
}

static tocsin_status bad_frame(const char *what, struct error *err)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_INPUT, "this is no message of a language client: %s", what);
    error_hint(err,
               "`tocsin lsp` is started by an editor and speaks the Language Server Protocol on its standard input");
    return status;
}

/* The length that the header fields before the blank line give. */
static tocsin_status parse_header(str header, size_t *ret_length, struct error *err)
{
    bool has_length = false;
    while (header.len > 0) {
        size_t end = str_find(header, STR("\r\n"), 0);
        str line = str_slice(header, 0, end == SIZE_MAX ? header.len : end);
        header = str_skip(header, end == SIZE_MAX ? header.len : end + 2);
        size_t colon = str_find_char(line, ':', 0);
        if (colon == SIZE_MAX) {
            return bad_frame("a header field without a colon", err);
        }
        uint64_t length;
        if (!str_eq_ignore_case(str_trim(str_slice(line, 0, colon)), STR("Content-Length"))) {
            continue;
        }
        if (!str_to_u64(str_trim(str_skip(line, colon + 1)), &length)) {
            return bad_frame("Content-Length is no number", err);
        }
        if (length > LIMIT_LSP_MESSAGE_BYTES) {
            return error_set(err, TOCSIN_ERROR_LIMIT, "a message of more than %zu bytes", LIMIT_LSP_MESSAGE_BYTES);
        }
        *ret_length = (size_t)length;
        has_length = true;
    }
    return has_length ? TOCSIN_OK : bad_frame("Content-Length is missing", err);
}

tocsin_status message_read(struct message_reader *reader, str *ret_text, struct error *err)
{
    struct strbuf *buffer = &reader->buffer;
    if (reader->used > 0) {
        memmove(buffer->data, buffer->data + reader->used, buffer->len - reader->used);
        buffer->len -= reader->used;
        reader->used = 0;
    }
    size_t header_end;
    while ((header_end = str_find(strbuf_str(buffer), STR("\r\n\r\n"), 0)) == SIZE_MAX) {
        if (buffer->len > LIMIT_LSP_HEADER_BYTES) {
            return bad_frame("its header has no end", err);
        }
        tocsin_status status = read_more(reader, err);
        if (status == TOCSIN_END && buffer->len > 0) {
            return bad_frame("it ends in its header", err);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    size_t length = 0;
    tocsin_status status = parse_header(str_slice(strbuf_str(buffer), 0, header_end), &length, err);
    size_t start = header_end + 4;
    while (status == TOCSIN_OK && buffer->len - start < length) {
        status = read_more(reader, err);
        if (status == TOCSIN_END) {
            return bad_frame("it ends too early", err);
        }
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    *ret_text = str_slice(strbuf_str(buffer), start, start + length);
    reader->used = start + length;
    return TOCSIN_OK;
}

static tocsin_status write_bytes(int file, str bytes, struct error *err)
{
    while (bytes.len > 0) {
        ssize_t count = write(file, bytes.data, bytes.len);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 && errno == EPIPE) {
            return error_set(err, TOCSIN_ERROR_CLOSED, "the editor went away");
        }
        if (count <= 0) {
            return error_system(err, TOCSIN_ERROR_OUTPUT, count < 0 ? errno : EIO, "cannot write to the editor");
        }
        bytes = str_skip(bytes, (size_t)count);
    }
    return TOCSIN_OK;
}

tocsin_status message_write(int file, str text, struct error *err)
{
    struct strbuf header;
    strbuf_init(&header, 64);
    strbuf_append_format(&header, "Content-Length: %zu\r\n\r\n", text.len);
    tocsin_status status = header.is_failed ? error_memory(err) : write_bytes(file, strbuf_str(&header), err);
    strbuf_release(&header);
    return status == TOCSIN_OK ? write_bytes(file, text, err) : status;
}
