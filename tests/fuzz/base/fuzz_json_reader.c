/* fuzz_json_reader.c - the reader against the check, and against itself.
 * - What json_validate accepts, a walk of everything passes without a failure, and skipping ends at the same byte.
 * - Reading any text never goes outside it, and a container read as text can be walked again.
 * - Unescaped strings of a valid text are valid UTF-8. */
#include <stdlib.h>

#include "base/json_reader.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_scalar(const struct json_value *value, bool is_valid, struct arena *arena)
{
    str text = json_text(value, arena);
    require(text.data || text.len == 0);
    require(text.len <= value->text.len);
    if (is_valid && value->kind == JSON_STRING) {
        require(utf8_is_valid(text));
    }
    int64_t integer;
    double number;
    bool boolean;
    (void)json_to_i64(value, &integer);
    (void)json_to_double(value, &number);
    (void)json_to_bool(value, &boolean);
}

/* Walks everything: containers by entering them, on a stack of our own. */
static bool walk(str text, bool is_valid, struct arena *arena)
{
    struct json_reader reader;
    bool is_object[LIMIT_JSON_DEPTH];
    json_reader_init(&reader, text);
    do {
        enum json_kind kind = json_peek(&reader);
        if (kind == JSON_OBJECT || kind == JSON_ARRAY) {
            if (!(kind == JSON_OBJECT ? json_enter_object(&reader) : json_enter_array(&reader))) {
                return false;
            }
            is_object[reader.depth - 1] = kind == JSON_OBJECT;
        } else {
            struct json_value value;
            if (!json_read(&reader, &value)) {
                return false;
            }
            check_scalar(&value, is_valid, arena);
        }
        bool has_next = false;
        while (reader.depth > 0 && !has_next) {
            struct json_member member;
            has_next = is_object[reader.depth - 1] ? json_next_member(&reader, &member) : json_next_element(&reader);
            if (reader.is_failed) {
                return false;
            }
            if (has_next && is_object[reader.depth - 1]) {
                (void)json_key_eq(&member, STR("auditID"));
            }
        }
    } while (reader.depth > 0);
    return json_is_at_end(&reader);
}

static void check_paths(str text, struct arena *arena)
{
    static const char *const paths[] = {"$.a.b[0].c", "a", "[1][0]", "/\"a\"/\"\"", "$"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct json_path path;
        struct json_value value;
        if (json_path_parse(str_from_cstring(paths[i]), arena, &path, NULL) == TOCSIN_OK &&
            json_find_path(text, &path, &value)) {
            require(value.text.data >= text.data && value.text.data + value.text.len <= text.data + text.len);
        }
    }
    struct json_path own;
    if (json_path_parse(text, arena, &own, NULL) == TOCSIN_OK) {
        struct json_value value;
        (void)json_find_path(STR("{\"a\":{\"b\":[1,{\"c\":2}]}}"), &own, &value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size};
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    size_t offset = 0;
    bool is_valid = json_validate(text, &offset);
    require(is_valid || offset <= size);
    bool is_walked = walk(text, is_valid, &arena);
    require(!is_valid || is_walked);

    struct json_reader reader;
    json_reader_init(&reader, text);
    bool is_skipped = json_skip(&reader);
    require(!is_valid || (is_skipped && json_is_at_end(&reader)));
    require(json_error_offset(&reader) <= size);
    json_reader_init(&reader, text);
    if (json_enter_object(&reader) || json_enter_array(&reader)) {
        bool is_left = json_leave(&reader);
        require(!is_valid || (is_left && json_is_at_end(&reader)));
    }
    if (size < 4096) {
        check_paths(text, &arena);
    }
    arena_release(&arena);
    return 0;
}
