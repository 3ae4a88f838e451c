/* to_falco.c - Falco rules: one for each log source type, that is for each of Falco's event sources. Its comparisons
 * are two-valued as AQL's: what is missing is no match, and not of it is one. */
#include "base/limits.h"
#include "convert/conversion.h"

static void field(struct strbuf *target, str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool is_good = ascii_is_alpha(c) || ascii_is_digit(c) || strchr("_.[]/-", c);
        strbuf_append_char(target, is_good ? c : '_');
    }
}

static tocsin_status check_lines(struct conversion *conversion, const struct condition *test, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] < 0x20) {
            return convert_refuse(conversion, test->place, "a text with a line end or a tab");
        }
    }
    return TOCSIN_OK;
}

static tocsin_status match(struct conversion *conversion, const struct condition *test, str name, const str *exact)
{
    static const struct pattern_style style = {.dialect = PATTERN_RE2, .is_whole = true};
    struct strbuf regex;
    strbuf_init(&regex, LIMIT_CONVERSION_BYTES);
    field(conversion->out, name);
    OUT(conversion, " regex ");
    tocsin_status status = exact ? convert_exact_regex(conversion, test, *exact, &style, &regex)
                                 : convert_regex(conversion, test, &style, &regex);
    string_write_quoted(conversion->out, strbuf_str(&regex));
    strbuf_release(&regex);
    return status;
}

static tocsin_status texts(struct conversion *conversion, const struct condition *test, str name)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < test->count; i++) {
        status = check_lines(conversion, test, test->texts[i]);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!test->ignores_case) {
        field(conversion->out, name);
        if (test->count > 1) {
            convert_text_list(conversion, test, " in (", ", ", ")");
        } else {
            convert_text_list(conversion, test, " = ", "", "");
        }
        return TOCSIN_OK;
    }
    strbuf_append(conversion->out, test->count > 1 ? STR("(") : STR_EMPTY);
    for (uint32_t i = 0; status == TOCSIN_OK && i < test->count; i++) {
        strbuf_append(conversion->out, i > 0 ? STR(" or ") : STR_EMPTY);
        status = match(conversion, test, name, &test->texts[i]);
    }
    strbuf_append(conversion->out, test->count > 1 ? STR(")") : STR_EMPTY);
    return status;
}

static tocsin_status like(struct conversion *conversion, const struct condition *test, str name)
{
    str text;
    enum like_shape shape = like_shape_of(test->text, &text);
    bool is_contained = shape == LIKE_CONTAINS;
    bool has_word = is_contained || (!test->ignores_case && (shape == LIKE_STARTS || shape == LIKE_ENDS));
    tocsin_status status = check_lines(conversion, test, text);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (shape == LIKE_ANYTHING) {
        field(conversion->out, name);
        OUT(conversion, " exists");
        return TOCSIN_OK;
    }
    if (!has_word || (test->ignores_case && !text_is_ascii(text))) {
        return match(conversion, test, name, NULL);
    }
    field(conversion->out, name);
    strbuf_append(conversion->out, is_contained           ? test->ignores_case ? STR(" icontains ") : STR(" contains ")
                                             : shape == LIKE_STARTS ? STR(" startswith ")
                                                          : STR(" endswith "));
    string_write_quoted(conversion->out, text);
    return TOCSIN_OK;
}

static void numbers(struct conversion *conversion, const struct condition *test, str name)
{
    field(conversion->out, name);
    if (test->count > 1) {
        convert_number_list(conversion, test, " in (", ", ", ")");
        return;
    }
    strbuf_append_format(conversion->out, " %s ", operator_text(test->operator).data);
    number_write(conversion->out, test->numbers[0]);
}

static tocsin_status test(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    switch (test->kind) {
    case CONDITION_TEXT_IN:
        return texts(conversion, test, name);
    case CONDITION_ADDRESS_IN:
        field(conversion->out, name);
        convert_text_list(conversion, test, " in (", ", ", ")");
        return TOCSIN_OK;
    case CONDITION_LIKE:
        return like(conversion, test, name);
    case CONDITION_REGEX:
        return match(conversion, test, name, NULL);
    case CONDITION_NUMBER_IN:
    case CONDITION_NUMBER_ORDER:
        numbers(conversion, test, name);
        return TOCSIN_OK;
    case CONDITION_IS_NULL:
        OUT(conversion, "(not ");
        field(conversion->out, name);
        OUT(conversion, " exists)");
        return TOCSIN_OK;
    case CONDITION_TEXT_ORDER:
        return convert_refuse(conversion, test->place, "texts compared by order");
    case CONDITION_NETWORK:
        return convert_refuse(conversion, test->place, "a network");
    default:
        return convert_refuse(conversion, test->place, "this comparison");
    }
}

/* ---- the rule ---- */

static bool is_source_key(const struct field_map_test *entry)
{
    return strcmp(entry->field, "source") == 0;
}

/* What tells the events of this type, but for the event source, which has a key of its own. */
static tocsin_status write_tests(struct conversion *conversion, const struct field_map_type *type)
{
    tocsin_status status = TOCSIN_OK;
    for (unsigned i = 0; status == TOCSIN_OK && i < type->test_count; i++) {
        const struct field_map_test *entry = &type->tests[i];
        str values[32];
        struct condition test = {.kind = CONDITION_TEXT_IN, .field = FIELD_NONE, .texts = values};
        if (is_source_key(entry)) {
            continue;
        }
        for (unsigned v = 0; v < entry->value_count && v < countof(values); v++) {
            values[test.count++] = str_from_cstring(entry->values[v]);
        }
        status = texts(conversion, &test, str_from_cstring(entry->field));
        OUT(conversion, "\n    and ");
    }
    return status;
}

static const char *source_of(const struct field_map_type *type)
{
    for (unsigned i = 0; i < type->test_count; i++) {
        if (is_source_key(&type->tests[i])) {
            return type->tests[i].values[0];
        }
    }
    return "syscall";
}

static const char *priority_of(str level)
{
    static const struct {
        const char *level;
        const char *priority;
    } priorities[] = {{"critical", "CRITICAL"},
                      {"high", "ERROR"},
                      {"medium", "WARNING"},
                      {"low", "NOTICE"},
                      {"informational", "INFORMATIONAL"}};
    for (size_t i = 0; i < countof(priorities); i++) {
        if (str_eq_ignore_case(str_from_cstring(priorities[i].level), level)) {
            return priorities[i].priority;
        }
    }
    return "WARNING";
}

static void yaml_line(struct conversion *conversion, const char *key, str value)
{
    strbuf_append_format(conversion->out, "  %s: ", key);
    convert_yaml_string(conversion->out, value);
    OUT(conversion, "\n");
}

static void write_output(struct conversion *conversion, const struct field_map_type *type, str title)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_CONVERSION_BYTES);
    for (size_t i = 0; i < title.len; i++) { /* % begins a field there */
        strbuf_append_char(&text, title.data[i] == '%' ? ' ' : title.data[i]);
    }
    strbuf_append(&text, STR(" ("));
    bool is_first = true;
    for (size_t i = 0; i < conversion->field_count; i++) {
        const struct convert_field *one = &conversion->fields[i];
        if (one->type.len > 0 && !str_eq(one->type, str_from_cstring(type->type))) {
            continue;
        }
        strbuf_append(&text, is_first ? STR_EMPTY : STR(" "));
        field(&text, one->name);
        strbuf_append(&text, STR("=%"));
        field(&text, one->name);
        is_first = false;
    }
    strbuf_append(&text, STR(")"));
    yaml_line(conversion, "output", strbuf_str(&text));
    strbuf_release(&text);
}

static tocsin_status write_rule(struct conversion *conversion, const struct condition *condition)
{
    const struct convert_rule *rule = conversion->rule;
    const struct field_map_type *type = conversion->scope.types[0];
    str title = rule->title.len > 0 ? rule->title : rule->id.len > 0 ? rule->id : STR("Converted query");
    struct strbuf name;
    strbuf_init(&name, LIMIT_CONFIG_BYTES);
    convert_append_plain(&name, title);
    if (conversion->all.count > 1) {
        strbuf_append(&name, STR(", "));
        strbuf_append(&name, str_from_cstring(type->type));
    }
    OUT(conversion, "- rule: ");
    convert_yaml_string(conversion->out, strbuf_str(&name));
    OUT(conversion, "\n");
    strbuf_release(&name);
    yaml_line(conversion, "desc", rule->description.len > 0 ? rule->description : title);
    OUT(conversion, "  condition: >-\n    ");
    conversion->indent = 1;
    tocsin_status status = write_tests(conversion, type);
    bool needs_parentheses = condition->kind == CONDITION_OR;
    strbuf_append(conversion->out, needs_parentheses ? STR("(") : STR_EMPTY);
    status = status == TOCSIN_OK ? condition_write(conversion, condition, false) : status;
    strbuf_append(conversion->out, needs_parentheses ? STR(")\n") : STR("\n"));
    conversion->indent = 0;
    write_output(conversion, type, title);
    strbuf_append_format(conversion->out, "  priority: %s\n", priority_of(rule->level));
    yaml_line(conversion, "source", str_from_cstring(source_of(type)));
    OUT(conversion, "  tags: [");
    for (size_t i = 0; i < rule->technique_count; i++) {
        convert_yaml_string(conversion->out, rule->techniques[i]);
        OUT(conversion, ", ");
    }
    OUT(conversion, "mitre_credential_access]\n");
    return status;
}

static tocsin_status write(struct conversion *conversion)
{
    return convert_write_types(conversion, STR("\n"), write_rule);
}

const struct convert_dialect dialect_falco = {
    .target = {"falco", "Falco", "yaml"},
    .comment = "# ",
    .comment_end = "",
    .and_text = "and ",
    .or_text = "or ",
    .not_open = "not (",
    .not_close = ")",
    .true_text = "evt.num >= 0",
    .false_text = "evt.num < 0",
    .is_partitioned = true,
    .values = {.null = "\"\""},
    .string = string_write_quoted,
    .field = field,
    .test = test,
    .write = write,
};
