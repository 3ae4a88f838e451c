/* fuzz_convert.c - any bytes as a query, for every target. What comes out is text without control characters, every
 * regular expression closes, and what is refused has a message. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "column/log_source.h"
#include "convert/convert.h"

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

static struct schema *schema;
static struct log_source_table *log_sources;

static void prepare(void)
{
    static const char *const properties[] = {"Command", "Verb", "Resource", "Process Name"};
    field_id ignored;
    check(schema_create(&schema, NULL) == TOCSIN_OK && log_source_table_create(&log_sources, NULL) == TOCSIN_OK);
    for (size_t i = 0; i < countof(properties); i++) {
        check(schema_add_property(schema, str_from_cstring(properties[i]), TYPE_STRING, STR(""), &ignored, NULL) ==
              TOCSIN_OK);
    }
}

static void check_text(str text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t c = 0;
        at += utf8_decode(str_skip(text, at), &c);
        check(c != UTF8_INVALID && (c >= 0x20 || c == '\n' || c == '\r' || c == '\t') && c != 0x7F);
    }
    check(text.len > 0 && str_ends_with(text, STR("\n")));
}

static void convert_to(struct arena *arena, const struct plan *plan, str text, const char *target)
{
    static const struct convert_rule rule = {.id = {"a_rule", 6}};
    struct convert_options options = {.target = target, .log_sources = log_sources};
    struct convert_result result = {0};
    struct error err = {0};
    tocsin_status status = convert_plan(arena, plan, text, "query", &rule, &options, &result, &err);
    if (status == TOCSIN_OK) {
        check_text(result.text);
    } else {
        check(err.message[0] != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct syntax_select *select = NULL;
    struct plan *plan = NULL;
    struct error err = {0};
    struct plan_options options = {.log_sources = log_sources};
    if (!schema) {
        prepare();
        options.log_sources = log_sources;
    }
    str text = str_from((const char *)data, size);
    arena_init(&arena, 256 * MEBI);
    if (size < 20000 && aql_parse(&arena, text, NULL, &select, &err) == TOCSIN_OK &&
        plan_bind(select, text, NULL, schema, &options, NULL, &plan, &err) == TOCSIN_OK) {
        const struct convert_target *target;
        for (size_t i = 0; (target = convert_target_get(i)); i++) {
            convert_to(&arena, plan, text, target->name);
        }
    }
    plan_free(plan);
    arena_release(&arena);
    return 0;
}
