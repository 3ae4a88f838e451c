/* For the tests of this folder: a schema with some properties, and queries bound over it. */
#ifndef PLAN_FIXTURE_H
#define PLAN_FIXTURE_H

#include <stdlib.h>

#include "base/strbuf.h"
#include "language/syntax.h"
#include "plan/plan.h"

static struct schema *schema;
static struct arena arena;
static struct plan *plan;
static struct error err;
static struct plan_options options;
static struct diagnostic_list diagnostics;

static int set_up(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum value_type type;
    } properties[] = {{"Bluecoat-cs-host", TYPE_STRING}, {"cs", TYPE_INT64},         {"cs-host", TYPE_STRING},
                      {"Process Name", TYPE_STRING},     {"Risk.Score", TYPE_INT64}, {"sourceBytes2", TYPE_INT64}};
    field_id ignored;
    assert_int_equal(schema_create(&schema, NULL), TOCSIN_OK);
    for (size_t i = 0; i < countof(properties); i++) {
        assert_int_equal(schema_add_property(schema, str_from_cstring(properties[i].name), properties[i].type, STR(""),
                                             &ignored, NULL),
                         TOCSIN_OK);
    }
    arena_init(&arena, ARENA_NO_LIMIT);
    plan = NULL;
    err = (struct error){0};
    options = (struct plan_options){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    plan_free(plan);
    plan = NULL;
    arena_release(&arena);
    schema_free(schema);
    return 0;
}

static inline tocsin_status bind_text(str text)
{
    plan_free(plan);
    plan = NULL;
    arena_clear(&arena);
    err = (struct error){0};
    diagnostic_list_init(&diagnostics, &arena);
    struct syntax_select *select = NULL;
    tocsin_status status = aql_parse(&arena, text, "query", &select, &err);
    if (status != TOCSIN_OK) {
        fail_msg("%.*s: %s", STR_ARG(str_slice(text, 0, 200)), err.message);
    }
    return plan_bind(select, text, "query", schema, &options, &diagnostics, &plan, &err);
}

static inline void bind(const char *text)
{
    if (bind_text(str_from_cstring(text)) != TOCSIN_OK) {
        fail_msg("%s: %u: %s", text, err.column, err.message);
    }
}

struct mistake {
    const char *text;
    tocsin_status status;
    uint32_t column; /* 0: any */
    const char *message, *hint;
};

static inline void expect_mistakes(const struct mistake *mistakes, size_t count)
{
    int failures = 0;
    for (size_t i = 0; i < count; i++) {
        tocsin_status status = bind_text(str_from_cstring(mistakes[i].text));
        if (status != mistakes[i].status || (mistakes[i].column && err.column != mistakes[i].column) || err.line != 1 ||
            !strstr(err.message, mistakes[i].message) || !strstr(err.hint, mistakes[i].hint)) {
            print_error("%s\n  %s %u:%u: %s (%s)\n", mistakes[i].text, tocsin_status_name(status), err.line, err.column,
                        err.message, err.hint);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

/* SELECT items FROM events rest: the names of its columns, joined by |. */
static inline void expect_names(const char *items, const char *rest, const char *expected)
{
    struct strbuf text;
    strbuf_init(&text, 10000);
    strbuf_append_format(&text, "SELECT %s FROM events%s", items, rest);
    if (bind_text(strbuf_str(&text)) != TOCSIN_OK) {
        fail_msg("%s: %s", items, err.message);
    }
    struct strbuf found; /* of views into the text */
    strbuf_init(&found, 10000);
    for (uint32_t output = 0; output < plan->output_count; output++) {
        strbuf_append(&found, output > 0 ? STR("|") : STR(""));
        strbuf_append(&found, plan->outputs[output].name);
    }
    if (!str_eq(strbuf_str(&found), str_from_cstring(expected))) {
        fail_msg("%s: %.*s", items, STR_ARG(strbuf_str(&found)));
    }
    strbuf_release(&found);
    strbuf_release(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
