/* lsp/language_server.h
 * Serves one editor: diagnostics (what `tocsin check` says), completion, hover, formatting and quick fixes for AQL
 * texts, by the Language Server Protocol 3.17 (JSON-RPC 2.0 with Content-Length frames). Input is an editor's, which
 * shows text from anywhere: every length is checked, LIMIT_LSP_* hold. Threads: one.
 */
#ifndef LSP_LANGUAGE_SERVER_H
#define LSP_LANGUAGE_SERVER_H

#include "tocsin/tocsin.h"

/* Reads messages from `input` and answers to `output` until `exit` or the end of the input. *ret_is_orderly: the client
 * asked to shut down first, as the protocol wants. Errors: what cannot be read or written, a frame without sense. */
tocsin_status language_server_run(tocsin_engine *engine, int input, int output, bool *ret_is_orderly,
                                  struct tocsin_error *err);

#endif
