/* lsp/rpc_message.h
 * Messages of JSON-RPC in Content-Length frames.
 * Memory: the reader's buffer holds one message; its text is valid until the next read.
 * Limits: LIMIT_LSP_HEADER_BYTES, LIMIT_LSP_MESSAGE_BYTES.
 */
#ifndef LSP_RPC_MESSAGE_H
#define LSP_RPC_MESSAGE_H

#include "base/strbuf.h"
#include "tocsin/tocsin.h"

struct error;

struct message_reader {
    int file;
    struct strbuf buffer; /* bytes read, from the message's head on */
    size_t used;          /* of them by the last message */
};

void message_reader_init(struct message_reader *reader, int file);
void message_reader_release(struct message_reader *reader);
/* TOCSIN_END: the input ended between two messages. */
tocsin_status message_read(struct message_reader *reader, str *ret_text, struct error *err);

tocsin_status message_write(int file, str text, struct error *err);

#endif
