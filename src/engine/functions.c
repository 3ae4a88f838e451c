/* functions.c - what functions there are, as lists and explanations. */
#include <errno.h>
#include <stdlib.h>

#include "base/json_writer.h"
#include "engine/engine_internal.h"
#include "function/function_text.h"
#include "lookup/custom_functions.h"

/* ---- building ---------------------------------------------------------------------------------------------------- */

static const char *keep_text(struct arena *arena, struct strbuf *text)
{
    const char *copy = text->is_failed ? NULL : arena_copy_cstring(arena, strbuf_str(text));
    strbuf_clear(text);
    return copy;
}

static bool describe_built_in(struct tocsin_engine *engine, const struct function_def *def, struct strbuf *text,
                              struct tocsin_function *function)
{
    struct arena *arena = &engine->arena;
    size_t names = 0;
    while (names < countof(def->names) && def->names[names]) {
        names++;
    }
    const char **signatures = arena_array(arena, const char *, def->signature_count);
    for (size_t i = 0; signatures && i < def->signature_count; i++) {
        function_append_signature(def, &def->signatures[i], text);
        signatures[i] = keep_text(arena, text);
        if (!signatures[i]) {
            return false;
        }
    }
    *function = (struct tocsin_function){
        .name = def->names[0],
        .other_names = def->names + 1,
        .other_name_count = names - 1,
        .family = def->family,
        .signatures = signatures,
        .signature_count = def->signature_count,
        .null_rule = function_null_rule(def),
        .description = def->description,
        .example = def->example,
        .example_result = def->example_result,
        .is_aggregate = def->aggregate != AGGREGATE_NONE,
        .is_own = def->is_own,
    };
    if (def->lookup != LOOKUP_NONE) {
        function->file = lookup_file_name(def->lookup);
        function->has_file = engine->lookups->is_loaded[def->lookup];
        function->without_file = def->without_lookup;
    }
    return signatures != NULL;
}

static bool describe_custom(struct tocsin_engine *engine, const struct custom_function *def, struct strbuf *text,
                            struct tocsin_function *function)
{
    struct arena *arena = &engine->arena;
    strbuf_append(text, def->name);
    strbuf_append_char(text, '(');
    for (uint32_t i = 0; i < def->parameter_count; i++) {
        strbuf_append(text, i > 0 ? STR(", ") : STR(""));
        strbuf_append(text, def->parameters[i].name);
        strbuf_append_char(text, ' ');
        strbuf_append(text, custom_type_name(def->parameters[i].type));
    }
    strbuf_append(text, def->is_variadic ? STR(", ...) -> ") : STR(") -> "));
    strbuf_append(text, custom_type_name(def->result));
    const char **signatures = arena_array(arena, const char *, 1);
    if (!signatures) {
        return false;
    }
    signatures[0] = keep_text(arena, text);
    *function = (struct tocsin_function){
        .name = arena_copy_cstring(arena, def->name),
        .family = FUNCTION_FAMILY_CUSTOM,
        .signatures = signatures,
        .signature_count = 1,
        .null_rule = "As its expression does.",
        .description = arena_copy_cstring(arena, def->description),
        .example = arena_copy_cstring(arena, def->expression),
        .file = lookup_file_name(LOOKUP_CUSTOM_FUNCTIONS),
        .has_file = true,
        .is_custom = true,
    };
    return signatures[0] && function->name && function->description && function->example;
}

static size_t family_place(const char *family)
{
    size_t count;
    const char *const *families = function_families(&count);
    size_t place = 0;
    while (place < count && strcmp(families[place], family) != 0) {
        place++;
    }
    return place;
}

static int compare_functions(const void *a, const void *b)
{
    const struct tocsin_function *left = a;
    const struct tocsin_function *right = b;
    size_t left_place = family_place(left->family);
    size_t right_place = family_place(right->family);
    return left_place != right_place ? (left_place < right_place ? -1 : 1) : strcmp(left->name, right->name);
}

tocsin_status describe_functions(struct tocsin_engine *engine, struct error *err)
{
    size_t count;
    const struct function_def *const *functions = function_list(&count);
    size_t custom_count = custom_function_count(engine->lookups->custom_functions);
    engine->functions = arena_array(&engine->arena, struct tocsin_function, count + custom_count);
    struct strbuf text;
    strbuf_init(&text, MEBI);
    bool is_good = engine->functions != NULL;
    for (size_t i = 0; i < count && is_good; i++) {
        is_good = describe_built_in(engine, functions[i], &text, &engine->functions[engine->function_count++]);
    }
    for (size_t i = 0; i < custom_count && is_good; i++) {
        is_good = describe_custom(engine, custom_function_at(engine->lookups->custom_functions, i), &text,
                                  &engine->functions[engine->function_count++]);
    }
    strbuf_release(&text);
    if (!is_good) {
        return error_memory(err);
    }
    qsort(engine->functions, engine->function_count, sizeof(*engine->functions), compare_functions);
    return TOCSIN_OK;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

size_t tocsin_function_count(const tocsin_engine *engine)
{
    return engine->function_count;
}

void tocsin_function_get(const tocsin_engine *engine, size_t index, struct tocsin_function *ret_function)
{
    *ret_function = engine->functions[index];
}

static bool has_name(const struct tocsin_function *function, str name)
{
    bool is_it = str_eq_ignore_case(str_from_cstring(function->name), name);
    for (size_t i = 0; i < function->other_name_count && !is_it; i++) {
        is_it = str_eq_ignore_case(str_from_cstring(function->other_names[i]), name);
    }
    return is_it;
}

static tocsin_status find_function(const struct tocsin_engine *engine, str name,
                                   const struct tocsin_function **ret_function, struct error *err)
{
    for (size_t i = 0; i < engine->function_count; i++) {
        if (has_name(&engine->functions[i], name)) {
            *ret_function = &engine->functions[i];
            return TOCSIN_OK;
        }
    }
    tocsin_status status =
        error_set(err, TOCSIN_ERROR_USAGE, "there is no function \"%.*s\"", STR_ARG(str_slice(name, 0, 200)));
    str nearest = function_suggest(name);
    nearest = nearest.len > 0 ? nearest : custom_function_suggest(engine->lookups->custom_functions, name);
    if (nearest.len > 0) {
        error_hint(err, "did you mean %.*s?", STR_ARG(nearest));
    } else {
        error_hint(err, "\"tocsin functions\" lists all");
    }
    return status;
}

tocsin_status tocsin_function_find(const tocsin_engine *engine, const char *name, struct tocsin_function *ret_function,
                                   struct tocsin_error *err)
{
    struct error error = {0};
    const struct tocsin_function *function = NULL;
    if (find_function(engine, str_from_cstring(name), &function, &error) != TOCSIN_OK) {
        return public_error(err, &error);
    }
    *ret_function = *function;
    return TOCSIN_OK;
}

/* ---- writing: text ----------------------------------------------------------------------------------------------- */

struct listing {
    const struct tocsin_functions_options *options;
    struct strbuf text;
};

static void style_on(struct listing *listing)
{
    strbuf_append(&listing->text, listing->options->has_color ? STR("\x1b[1m") : STR(""));
}

static void style_off(struct listing *listing)
{
    strbuf_append(&listing->text, listing->options->has_color ? STR("\x1b[0m") : STR(""));
}

/* Words of a text on lines of the width, each behind blanks. */
static void append_wrapped(struct listing *listing, str text, size_t indent)
{
    size_t width = listing->options->width >= 40 ? listing->options->width : 100;
    size_t used = 0;
    for (size_t at = 0; at < text.len;) {
        size_t blank = str_find_char(text, ' ', at);
        size_t end = blank == SIZE_MAX ? text.len : blank;
        size_t bytes = end - at;
        size_t cells = tocsin_text_width(text.data + at, bytes);
        bool starts = used == 0 || used + 1 + cells > width;
        if (starts) {
            strbuf_append(&listing->text, used == 0 ? STR("") : STR("\n"));
            for (size_t i = 0; i < indent; i++) {
                strbuf_append_char(&listing->text, ' ');
            }
            used = indent;
        } else {
            strbuf_append_char(&listing->text, ' ');
            used++;
        }
        strbuf_append(&listing->text, str_slice(text, at, end));
        used += cells;
        at = end + 1;
    }
    strbuf_append_char(&listing->text, '\n');
}

/* A description is the user's for custom functions. */
static void append_description(struct listing *listing, const char *description, size_t indent)
{
    str text = str_from_cstring(description);
    size_t room_bytes = text.len * 8 + 1; /* the longest escape of a byte has 8 */
    struct strbuf printable;
    strbuf_init(&printable, room_bytes);
    char *room = strbuf_reserve(&printable, room_bytes);
    if (room) {
        printable.len = tocsin_escape_text(text.data, text.len, room, room_bytes);
        append_wrapped(listing, strbuf_str(&printable), indent);
    } else {
        listing->text.is_failed = true;
    }
    strbuf_release(&printable);
}

/* The first sentence says enough for a list. */
static str first_sentence(const char *description)
{
    str text = str_from_cstring(description);
    size_t end = str_find(text, STR(". "), 0);
    size_t part = str_find_char(text, ';', 0);
    end = part < end ? part : end;
    text = end == SIZE_MAX ? text : str_slice(text, 0, end);
    return str_ends_with(text, STR(".")) ? str_slice(text, 0, text.len - 1) : text;
}

enum { LIST_NAME_CELLS = 26 };

/* As much of a printable text as fits. */
static str cut_text(str text, size_t cells)
{
    while (text.len > 0 && tocsin_text_width(text.data, text.len) > cells) {
        text.len--;
        while (text.len > 0 && ((unsigned char)text.data[text.len] & 0xC0) == 0x80) {
            text.len--; /* the middle of a character */
        }
    }
    return text;
}

static void append_list_line(struct listing *listing, const struct tocsin_function *function)
{
    enum { SENTENCE_BYTES = 200, DOTS_CELLS = 3 };
    char line[8 * SENTENCE_BYTES];
    str sentence = str_slice(first_sentence(function->description), 0, SENTENCE_BYTES);
    size_t width = listing->options->width >= 40 ? listing->options->width : 120;
    size_t cells = width - LIST_NAME_CELLS - 4;
    str text = str_from(line, tocsin_escape_text(sentence.data, sentence.len, line, sizeof(line)));
    bool is_cut = tocsin_text_width(text.data, text.len) > cells;
    strbuf_append(&listing->text, STR("  "));
    style_on(listing);
    strbuf_append_format(&listing->text, "%-*s", LIST_NAME_CELLS, function->name);
    style_off(listing);
    strbuf_append_char(&listing->text, ' ');
    strbuf_append(&listing->text, is_cut ? cut_text(text, cells - DOTS_CELLS) : text);
    strbuf_append(&listing->text, is_cut ? STR("...\n") : STR("\n"));
}

static void append_list(struct listing *listing, const struct tocsin_engine *engine)
{
    const char *family = "";
    for (size_t i = 0; i < engine->function_count; i++) {
        const struct tocsin_function *function = &engine->functions[i];
        if (strcmp(family, function->family) != 0) {
            strbuf_append(&listing->text, i > 0 ? STR("\n") : STR(""));
            style_on(listing);
            strbuf_append(&listing->text, str_from_cstring(function->family));
            style_off(listing);
            strbuf_append_char(&listing->text, '\n');
            family = function->family;
        }
        append_list_line(listing, function);
    }
}

static void append_function(struct listing *listing, const struct tocsin_function *function)
{
    style_on(listing);
    strbuf_append(&listing->text, str_from_cstring(function->name));
    style_off(listing);
    strbuf_append_format(&listing->text, " (%s)\n", function->family);
    append_description(listing, function->description, 2);
    strbuf_append_char(&listing->text, '\n');
    for (size_t i = 0; i < function->signature_count; i++) {
        strbuf_append_format(&listing->text, "  %s\n", function->signatures[i]);
    }
    strbuf_append_format(&listing->text, "\n  nulls: %s\n", function->null_rule);
    if (function->is_custom) {
        strbuf_append(&listing->text, STR("  expression: "));
        append_description(listing, function->example, 0);
    } else {
        strbuf_append_format(&listing->text, "  example: %s%s%s\n", function->example,
                             function->example_result ? " gives " : "",
                             function->example_result ? function->example_result : "");
    }
    for (size_t i = 0; i < function->other_name_count; i++) {
        strbuf_append_format(&listing->text, "  also written %s\n", function->other_names[i]);
    }
    if (function->file && function->has_file) {
        strbuf_append_format(&listing->text, "  reads %s\n", function->file);
    } else if (function->file) {
        strbuf_append_format(&listing->text, "  reads %s, which is not there: %s\n", function->file,
                             function->without_file);
    }
    if (function->is_own) {
        strbuf_append(&listing->text, STR("  Tocsin's own: QRadar does not know it\n"));
    }
}

/* ---- writing: JSON ----------------------------------------------------------------------------------------------- */

static void json_text(struct json_writer *json, const char *key, const char *text)
{
    json_key(json, str_from_cstring(key));
    if (text) {
        json_string(json, str_from_cstring(text));
    } else {
        json_null(json);
    }
}

static void json_texts(struct json_writer *json, const char *key, const char *const *texts, size_t count)
{
    json_key(json, str_from_cstring(key));
    json_begin_array(json);
    for (size_t i = 0; i < count; i++) {
        json_string(json, str_from_cstring(texts[i]));
    }
    json_end_array(json);
}

static void json_flag(struct json_writer *json, const char *key, bool value)
{
    json_key(json, str_from_cstring(key));
    json_bool(json, value);
}

static void json_function(struct json_writer *json, const struct tocsin_function *function)
{
    json_begin_object(json);
    json_text(json, "name", function->name);
    json_texts(json, "other_names", function->other_names, function->other_name_count);
    json_text(json, "family", function->family);
    json_text(json, "description", function->description);
    json_texts(json, "signatures", function->signatures, function->signature_count);
    json_text(json, "nulls", function->null_rule);
    json_text(json, function->is_custom ? "expression" : "example", function->example);
    if (!function->is_custom) {
        json_text(json, "example_result", function->example_result);
    }
    json_text(json, "file", function->file);
    if (function->file) {
        json_flag(json, "has_file", function->has_file);
    }
    json_flag(json, "is_aggregate", function->is_aggregate);
    json_flag(json, "is_custom", function->is_custom);
    json_flag(json, "is_own", function->is_own);
    json_end_object(json);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static tocsin_status write_text(struct listing *listing, const struct tocsin_engine *engine, const char *const *names,
                                size_t name_count, struct error *err)
{
    if (name_count == 0) {
        append_list(listing, engine);
    }
    for (size_t i = 0; i < name_count; i++) {
        const struct tocsin_function *function = NULL;
        tocsin_status status = find_function(engine, str_from_cstring(names[i]), &function, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        strbuf_append(&listing->text, i > 0 ? STR("\n") : STR(""));
        append_function(listing, function);
    }
    return TOCSIN_OK;
}

static tocsin_status write_json(struct listing *listing, const struct tocsin_engine *engine, const char *const *names,
                                size_t name_count, struct error *err)
{
    struct json_writer json;
    json_writer_init(&json, &listing->text, true);
    json_begin_array(&json);
    for (size_t i = 0; i < engine->function_count && name_count == 0; i++) {
        json_function(&json, &engine->functions[i]);
    }
    for (size_t i = 0; i < name_count; i++) {
        const struct tocsin_function *function = NULL;
        tocsin_status status = find_function(engine, str_from_cstring(names[i]), &function, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        json_function(&json, function);
    }
    json_end_array(&json);
    strbuf_append_char(&listing->text, '\n');
    return TOCSIN_OK;
}

static tocsin_status write_functions(struct listing *listing, const struct tocsin_engine *engine,
                                     const char *const *names, size_t name_count, struct error *err)
{
    const struct tocsin_functions_options *options = listing->options;
    bool is_json = options->output && strcmp(options->output, "json") == 0;
    if (!is_json && options->output && strcmp(options->output, "text") != 0) {
        tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "functions has no output '%s'", options->output);
        error_hint(err, "outputs are text and json");
        return status;
    }
    tocsin_status status = is_json ? write_json(listing, engine, names, name_count, err)
                                   : write_text(listing, engine, names, name_count, err);
    if (status != TOCSIN_OK || listing->text.is_failed) {
        return status != TOCSIN_OK ? status : error_memory(err);
    }
    int failure = options->write(options->write_context, listing->text.data, listing->text.len);
    if (failure == EPIPE) {
        return error_set(err, TOCSIN_ERROR_CLOSED, "the reader of the output went away");
    }
    return failure == 0 ? TOCSIN_OK : error_system(err, TOCSIN_ERROR_OUTPUT, failure, "cannot write the functions");
}

tocsin_status tocsin_functions_write(const tocsin_engine *engine, const char *const *names, size_t name_count,
                                     const struct tocsin_functions_options *options, struct tocsin_error *err)
{
    struct error error = {0};
    struct listing listing = {.options = options};
    strbuf_init(&listing.text, 16 * MEBI);
    tocsin_status status = write_functions(&listing, engine, names, name_count, &error);
    strbuf_release(&listing.text);
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}
