/* to_elastic_eql.c - Elastic's event query language (EQL): which events, and no columns. Three-valued: under NOT a
 * field is first asked whether it is there. */
#include "base/limits.h"
#include "convert/conversion.h"

static void field(struct strbuf *target, str name)
{
    bool is_plain = name_is_plain(name, ".");
    strbuf_append(target, is_plain ? STR_EMPTY : STR("`"));
    for (size_t i = 0; i < name.len; i++) {
        strbuf_append(target, name.data[i] == '`' ? STR("``") : str_slice(name, i, i + 1));
    }
    strbuf_append(target, is_plain ? STR_EMPTY : STR("`"));
}

static bool has_wildcard(str text)
{
    return str_find_char(text, '*', 0) != SIZE_MAX || str_find_char(text, '?', 0) != SIZE_MAX;
}

static tocsin_status regex(struct conversion *conversion, const struct condition *test, const str *exact)
{
    static const struct pattern_style style = {.dialect = PATTERN_LUCENE, .has_no_flag = true};
    struct strbuf text;
    strbuf_init(&text, LIMIT_CONVERSION_BYTES);
    strbuf_append(conversion->out, test->ignores_case ? STR(" regex~ ") : STR(" regex "));
    tocsin_status status = exact ? convert_exact_regex(conversion, test, *exact, &style, &text)
                                 : convert_regex(conversion, test, &style, &text);
    string_write_escaped(conversion->out, strbuf_str(&text));
    strbuf_release(&text);
    return status;
}

static tocsin_status text_in(struct conversion *conversion, const struct condition *test, str name)
{
    if (test->count > 1) {
        field(conversion->out, name);
        convert_text_list(conversion, test, test->ignores_case ? " in~ (" : " in (", ", ", ")");
        return TOCSIN_OK;
    }
    field(conversion->out, name);
    if (test->ignores_case && has_wildcard(test->texts[0])) {
        return regex(conversion, test, &test->texts[0]);
    }
    strbuf_append(conversion->out, test->ignores_case ? STR(" : ") : STR(" == "));
    string_write_escaped(conversion->out, test->texts[0]);
    return TOCSIN_OK;
}

/* There is no way to write a * or ? that is none. */
static tocsin_status like(struct conversion *conversion, const struct condition *test, str name)
{
    struct strbuf pattern;
    field(conversion->out, name);
    if (has_wildcard(test->text)) {
        return regex(conversion, test, NULL);
    }
    strbuf_init(&pattern, LIMIT_CONVERSION_BYTES);
    for (size_t i = 0; i < test->text.len; i++) {
        char c = test->text.data[i];
        strbuf_append_char(&pattern, c == '%' ? '*' : c == '_' ? '?' : c);
    }
    strbuf_append(conversion->out, test->ignores_case ? STR(" like~ ") : STR(" like "));
    string_write_escaped(conversion->out, strbuf_str(&pattern));
    strbuf_release(&pattern);
    return TOCSIN_OK;
}

static tocsin_status bare_test(struct conversion *conversion, const struct condition *test, str name)
{
    switch (test->kind) {
    case CONDITION_TEXT_IN:
        return text_in(conversion, test, name);
    case CONDITION_LIKE:
        return like(conversion, test, name);
    case CONDITION_REGEX:
        field(conversion->out, name);
        return regex(conversion, test, NULL);
    case CONDITION_NUMBER_IN:
    case CONDITION_NUMBER_ORDER:
    case CONDITION_TEXT_ORDER:
        field(conversion->out, name);
        if (test->count > 1) {
            convert_number_list(conversion, test, " in (", ", ", ")");
            return TOCSIN_OK;
        }
        strbuf_append_format(conversion->out, " %s ",
                             test->operator== OPERATOR_EQUAL ? "==" : operator_text(test->operator).data);
        if (test->kind == CONDITION_TEXT_ORDER) {
            string_write_escaped(conversion->out, test->text);
        } else {
            number_write(conversion->out, test->numbers[0]);
        }
        return TOCSIN_OK;
    case CONDITION_ADDRESS_IN:
    case CONDITION_NETWORK:
        OUT(conversion, "cidrMatch(");
        field(conversion->out, name);
        for (uint32_t i = 0; i < test->count; i++) {
            OUT(conversion, ", \"");
            strbuf_append(conversion->out, test->texts[i]);
            OUT(conversion, "/32\"");
        }
        if (test->kind == CONDITION_NETWORK) {
            OUT(conversion, ", ");
            string_write_escaped(conversion->out, test->text);
        }
        OUT(conversion, ")");
        return TOCSIN_OK;
    default:
        return convert_refuse(conversion, test->place, "this comparison");
    }
}

static tocsin_status test(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    if (test->kind == CONDITION_IS_NULL) {
        field(conversion->out, name);
        OUT(conversion, " == null");
        return TOCSIN_OK;
    }
    if (!is_negative) {
        return bare_test(conversion, test, name);
    }
    OUT(conversion, "(");
    field(conversion->out, name);
    OUT(conversion, " != null and ");
    tocsin_status status = bare_test(conversion, test, name);
    OUT(conversion, ")");
    return status;
}

static tocsin_status write(struct conversion *conversion)
{
    const char *from = convert_from(conversion);
    strbuf_append(conversion->out, from ? str_from_cstring(from) : STR("any"));
    OUT(conversion, " where\n    ");
    conversion->indent = 1;
    tocsin_status status = condition_write(conversion, conversion->filter, false);
    OUT(conversion, "\n");
    return status;
}

const struct convert_dialect dialect_elastic_eql = {
    .target = {"elastic-eql", "Elastic EQL", "eql"},
    .comment = "// ",
    .comment_end = "",
    .and_text = "and ",
    .or_text = "or ",
    .not_open = "not (",
    .not_close = ")",
    .true_text = "true",
    .false_text = "false",
    .values = {.null = "null"},
    .string = string_write_escaped,
    .field = field,
    .test = test,
    .write = write,
};
