#include "lsp/document.h"

#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"

void document_set_release(struct document_set *set)
{
    while (set->count > 0) {
        document_set_remove(set, set->items[0].uri);
    }
    memory_free(set->items);
    *set = (struct document_set){0};
}

static struct document *find(const struct document_set *set, str uri)
{
    for (size_t i = 0; i < set->count; i++) {
        if (str_eq(set->items[i].uri, uri)) {
            return &set->items[i];
        }
    }
    return NULL;
}

const struct document *document_find(const struct document_set *set, str uri)
{
    return find(set, uri);
}

static bool copy(str s, str *ret)
{
    char *bytes = memory_allocate_zeroed(s.len + 1, 1);
    if (bytes && s.len > 0) {
        memcpy(bytes, s.data, s.len);
    }
    *ret = (str){bytes, s.len};
    return bytes != NULL;
}

static void release(str s)
{
    memory_free((void *)(uintptr_t)s.data);
}

tocsin_status document_set_put(struct document_set *set, str uri, str text, struct error *err)
{
    str kept_text;
    if (!copy(text, &kept_text)) {
        return error_memory(err);
    }
    struct document *document = find(set, uri);
    if (document) {
        release(document->text);
        document->text = kept_text;
        return TOCSIN_OK;
    }
    tocsin_status status = TOCSIN_OK;
    str kept_uri = {NULL, 0};
    if (set->count == LIMIT_LSP_DOCUMENTS) {
        status = error_set(err, TOCSIN_ERROR_LIMIT, "more than %d open documents", LIMIT_LSP_DOCUMENTS);
    } else if (!copy(uri, &kept_uri)) {
        status = error_memory(err);
    } else if (set->count == set->capacity) {
        size_t capacity = set->capacity ? set->capacity * 2 : 8;
        struct document *grown = memory_resize(set->items, capacity * sizeof(*grown));
        status = grown ? TOCSIN_OK : error_memory(err);
        set->items = grown ? grown : set->items;
        set->capacity = grown ? capacity : set->capacity;
    }
    if (status != TOCSIN_OK) {
        release(kept_text);
        release(kept_uri);
        return status;
    }
    set->items[set->count++] = (struct document){kept_uri, kept_text};
    return TOCSIN_OK;
}

void document_set_remove(struct document_set *set, str uri)
{
    struct document *document = find(set, uri);
    if (document) {
        struct document gone = *document;
        *document = set->items[--set->count];
        release(gone.uri);
        release(gone.text);
    }
}

/* ---- places ---- */

/* One character and its UTF-16 units; an ill-formed part counts as the U+FFFD that an editor shows. */
static size_t take_character(str rest, uint32_t *ret_units)
{
    uint32_t code_point;
    size_t bytes = utf8_decode(rest, &code_point);
    *ret_units = code_point != UTF8_INVALID && code_point > 0xFFFF ? 2 : 1;
    return bytes;
}

/* Bytes of a line end at the beginning of `rest`: \n, \r\n or \r. */
static size_t line_end_bytes(str rest)
{
    if (rest.len == 0 || (rest.data[0] != '\n' && rest.data[0] != '\r')) {
        return 0;
    }
    return rest.data[0] == '\r' && rest.len > 1 && rest.data[1] == '\n' ? 2 : 1;
}

size_t document_offset(str text, struct document_place place)
{
    size_t offset = 0;
    uint32_t line = 0;
    while (line < place.line && offset < text.len) {
        size_t end = line_end_bytes(str_skip(text, offset));
        line += end > 0;
        offset += end > 0 ? end : 1;
    }
    uint32_t character = 0;
    while (line == place.line && character < place.character && offset < text.len &&
           line_end_bytes(str_skip(text, offset)) == 0) {
        uint32_t units;
        offset += take_character(str_skip(text, offset), &units);
        character += units;
    }
    return offset < text.len ? offset : text.len;
}

struct document_place document_place(str text, size_t offset)
{
    struct document_place place = {0, 0};
    size_t at = 0;
    while (at < offset && at < text.len) {
        size_t end = line_end_bytes(str_skip(text, at));
        if (end > 0) {
            place.line++;
            place.character = 0;
            at += end;
            continue;
        }
        uint32_t units;
        at += take_character(str_skip(text, at), &units);
        place.character += units;
    }
    return place;
}
