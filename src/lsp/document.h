/* lsp/document.h
 * The texts an editor has open, and its way to name places in them: line from 0 and UTF-16 unit in the line from 0.
 * Memory: the set owns copies. Limits: LIMIT_LSP_DOCUMENTS; a text has at most a message's bytes.
 */
#ifndef LSP_DOCUMENT_H
#define LSP_DOCUMENT_H

#include "base/error.h"
#include "base/str.h"

struct document {
    str uri;
    str text;
};

struct document_set {
    struct document *items;
    size_t count;
    size_t capacity;
};

void document_set_release(struct document_set *set);
/* Adds a text, or replaces the one of this URI. */
tocsin_status document_set_put(struct document_set *set, str uri, str text, struct error *err);
void document_set_remove(struct document_set *set, str uri);
/* NULL if it is not open. */
const struct document *document_find(const struct document_set *set, str uri);

struct document_place {
    uint32_t line;
    uint32_t character; /* UTF-16 units */
};

/* Places beyond the text or its line are taken for the nearest end, as the protocol says. */
size_t document_offset(str text, struct document_place place);
struct document_place document_place(str text, size_t offset);

#endif
