#include <errno.h>

#include "base/limits.h"
#include "engine/engine_internal.h"
#include "language/formatter.h"
#include "language/lexer.h"

/* Filters and properties are expressions alone; what starts with SELECT, or has a FROM, was meant to be a query. */
static bool is_meant_as_query(str text)
{
    struct lexer lexer;
    lexer_init(&lexer, text);
    struct token token = lexer_next(&lexer);
    if (token.kind == TOKEN_SELECT) {
        return true;
    }
    while (token.kind != TOKEN_END_OF_TEXT && token.kind != TOKEN_FROM) {
        token = lexer_next(&lexer);
    }
    return token.kind == TOKEN_FROM;
}

static tocsin_status format(str text, const char *source_name, struct strbuf *target, struct error *err)
{
    struct error expression_error = {0};
    tocsin_status status = aql_format(text, source_name, target, err);
    if (status != TOCSIN_ERROR_SYNTAX) {
        return status;
    }
    strbuf_clear(target);
    tocsin_status expression_status = aql_format_expression(text, source_name, target, &expression_error);
    if (expression_status != TOCSIN_OK && !is_meant_as_query(text)) {
        *err = expression_error;
        return expression_status;
    }
    return expression_status == TOCSIN_OK ? TOCSIN_OK : status;
}

tocsin_status tocsin_format_query(const char *text, size_t text_bytes, const char *source_name, tocsin_write *write,
                                  void *context, struct tocsin_error *err)
{
    struct error error = {0};
    struct strbuf formatted;
    strbuf_init(&formatted, LIMIT_QUERY_BYTES);
    tocsin_status status = format(str_from(text, text_bytes), source_name, &formatted, &error);
    int failure = status == TOCSIN_OK ? write(context, formatted.data, formatted.len) : 0;
    strbuf_release(&formatted);
    if (failure != 0) {
        status = failure == EPIPE ? error_set(&error, TOCSIN_ERROR_CLOSED, "the reader of the output went away")
                                  : error_system(&error, TOCSIN_ERROR_OUTPUT, failure, "cannot write the query");
    }
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}
