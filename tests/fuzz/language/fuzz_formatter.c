/* fuzz_formatter.c - any bytes: if they are a query or an expression, its layout must have the properties of
 * tests/support/format_properties.h: the same tree, the same comments, stable when laid out again. */
#include <stdio.h>
#include <stdlib.h>

#include "../../support/format_properties.h"

static void check_properties(str text, bool is_expression)
{
    const char *broken = format_broken_property(text, is_expression);
    if (broken) {
        fprintf(stderr, "%s\n", broken);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = str_from((const char *)data, size);
    struct arena arena;
    struct error err = {0};
    struct syntax_select *select = NULL;
    struct syntax_node *node = NULL;
    arena_init(&arena, ARENA_NO_LIMIT);
    if (aql_parse(&arena, text, NULL, &select, &err) == TOCSIN_OK) {
        check_properties(text, false);
    }
    if (aql_parse_expression(&arena, text, NULL, &node, &err) == TOCSIN_OK) {
        check_properties(text, true);
    }
    arena_release(&arena);
    return 0;
}
