/* fuzz_reference_data.c - collections from text and CSV files and from the index: each loads, or gives an error with a
 * place; what is in them is found again. The first byte chooses. */
#include <stdlib.h>

#include "base/memory.h"
#include "lookup/reference_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t validity = 1;

/* Asks every kind for a text; nothing more than not to crash is expected. */
static void ask(const struct reference_data *data, const char *name, str text)
{
    struct strbuf scratch;
    struct strbuf pair;
    strbuf_init(&scratch, 1 << 20);
    strbuf_init(&pair, 1 << 20);
    const struct column value = {.type = TYPE_STRING, .kind = COLUMN_CONSTANT, .validity = &validity, .strings = &text};
    const struct reference_scope scope = {.has_domain = true, .domain = 1};
    str found;
    for (enum reference_kind kind = REFERENCE_SET; kind < REFERENCE_KIND_COUNT; kind++) {
        const struct reference *reference = reference_find(data, kind, str_from_cstring(name));
        if (!reference) {
            continue;
        }
        (void)reference_count(reference);
        switch (kind) {
        case REFERENCE_SET:
            (void)reference_set_contains(reference, scope, &value, 0, &scratch);
            break;
        case REFERENCE_MAP:
            (void)reference_map_get(reference, scope, &value, 0, &scratch, &found);
            break;
        case REFERENCE_TABLE:
            (void)reference_table_get(reference, scope, STR("b"), &value, 0, &scratch, &found);
            break;
        default:
            (void)reference_map_of_sets_contains(reference, scope, &value, &value, 0, &scratch, &pair);
            break;
        }
    }
    strbuf_release(&scratch);
    strbuf_release(&pair);
}

static tocsin_status load(struct reference_data *data, char choice, str text, struct error *err)
{
    static const str names[] = {{"x.txt", 5}, {"x.csv", 5}};
    if (choice % 3 == 2) {
        return reference_data_load_text(data, text, "reference_data.yaml", "/nonexistent", err);
    }
    char *copy = memory_allocate(text.len + 1);
    if (!copy) {
        abort();
    }
    memcpy(copy, text.data, text.len);
    return reference_data_load_file_text(data, names[choice % 3], str_from(copy, text.len), "x", err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct reference_data *data = NULL;
    struct error err = {0};
    if (reference_data_create(&data, &err) != TOCSIN_OK) {
        abort();
    }
    str text = str_from((const char *)bytes + 1, size - 1);
    tocsin_status status = load(data, (char)(bytes[0] & 0x7F), text, &err);
    if (status != TOCSIN_OK && (status != TOCSIN_ERROR_CONFIG || err.line == 0 || err.message[0] == 0)) {
        abort();
    }
    if (status == TOCSIN_OK) {
        ask(data, "x", STR("10.0.0.1"));
        ask(data, "x", str_slice(text, 0, 64));
        ask(data, "X", STR("5"));
    }
    reference_data_free(data);
    return 0;
}
