/* fuzz_parser.c - any bytes: parse; if they are a query, print it, parse that, and compare the trees and the texts. */
#include <stdlib.h>

#include "base/limits.h"
#include "language/syntax_printer.h"

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

/* Printing may make a text longer, so that it no longer fits the limits of a query. */
static bool is_too_long(const struct error *err, str text)
{
    return text.len > LIMIT_QUERY_BYTES || str_contains(str_from_cstring(err->message), STR("more than"));
}

static void check_round_trip(struct arena *arena, const struct syntax_select *select)
{
    struct strbuf first;
    struct strbuf second;
    strbuf_init(&first, 64 * MEBI);
    strbuf_init(&second, 64 * MEBI);
    aql_print(select, &first);
    check(!first.is_failed);
    struct syntax_select *again = NULL;
    struct error err = {0};
    if (aql_parse(arena, strbuf_str(&first), NULL, &again, &err) == TOCSIN_OK) {
        check(syntax_equal(select, again));
        aql_print(again, &second);
        check(str_eq(strbuf_str(&first), strbuf_str(&second)));
    } else {
        check(is_too_long(&err, strbuf_str(&first)));
    }
    strbuf_release(&first);
    strbuf_release(&second);
}

static void check_error(const struct error *err, str text)
{
    check(err->status == TOCSIN_ERROR_SYNTAX && err->message[0] != '\0');
    check(err->line > 0 && err->column > 0 && err->offset <= text.len);
    for (const char *c = err->message; *c; c++) {
        check((unsigned char)*c >= 0x20 && *c != 0x7F);
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
        check_round_trip(&arena, select);
    } else {
        check_error(&err, text);
    }
    if (aql_parse_expression(&arena, text, "filter", &node, &err) == TOCSIN_OK) {
        check(aql_expression_text(text, node).len > 0 && node->height <= LIMIT_EXPRESSION_DEPTH);
    }
    arena_release(&arena);
    return 0;
}
