/* to_chronicle.c - Google Security Operations (Chronicle): a YARA-L 2.0 rule over UDM events, one for each log source
 * type. UDM has no null: a text that is missing is "", a number 0. */
#include "base/limits.h"
#include "convert/conversion.h"

/* A path such as target.process.command_line or additional.fields["verb"]. */
static void field(struct strbuf *target, str name)
{
    strbuf_append(target, STR("$e."));
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool is_good = ascii_is_alpha(c) || ascii_is_digit(c) || strchr("_.[]\"-", c);
        strbuf_append_char(target, is_good ? c : '_');
    }
}

static tocsin_status match(struct conversion *conversion, const struct condition *test, str name)
{
    static const struct pattern_style style = {.dialect = PATTERN_RE2, .has_no_flag = true, .hex = '`'};
    OUT(conversion, "re.regex(");
    field(conversion->out, name);
    OUT(conversion, ", `(?s)");
    tocsin_status status = convert_regex(conversion, test, &style, conversion->out);
    strbuf_append(conversion->out, test->ignores_case ? STR("`) nocase") : STR("`)"));
    return status;
}

static void texts(struct conversion *conversion, const struct condition *test, str name)
{
    strbuf_append(conversion->out, test->count > 1 ? STR("(") : STR_EMPTY);
    for (uint32_t i = 0; i < test->count; i++) {
        strbuf_append(conversion->out, i > 0 ? STR(" or ") : STR_EMPTY);
        field(conversion->out, name);
        OUT(conversion, " = ");
        string_write_escaped(conversion->out, test->texts[i]);
        strbuf_append(conversion->out, test->ignores_case ? STR(" nocase") : STR_EMPTY);
    }
    strbuf_append(conversion->out, test->count > 1 ? STR(")") : STR_EMPTY);
}

static bool is_whole(double number)
{
    return number == (double)(int64_t)number;
}

static bool holds_for_zero(const struct condition *test)
{
    bool holds = false;
    for (uint32_t i = 0; i < test->count; i++) {
        double number = test->numbers[i];
        holds = holds || (test->operator== OPERATOR_LESS            ? 0 < number
                          : test->operator== OPERATOR_LESS_EQUAL    ? 0 <= number
                          : test->operator== OPERATOR_GREATER       ? 0 > number
                          : test->operator== OPERATOR_GREATER_EQUAL ? 0 >= number
                                                                    : number == 0);
    }
    return holds;
}

static tocsin_status numbers(struct conversion *conversion, const struct condition *test, str name)
{
    strbuf_append(conversion->out, test->count > 1 ? STR("(") : STR_EMPTY);
    for (uint32_t i = 0; i < test->count; i++) {
        if (!is_whole(test->numbers[i])) {
            return convert_refuse(conversion, test->place, "a number with a fraction");
        }
        strbuf_append(conversion->out, i > 0 ? STR(" or ") : STR_EMPTY);
        field(conversion->out, name);
        strbuf_append_format(conversion->out, " %s ", operator_text(test->operator).data);
        number_write(conversion->out, test->numbers[i]);
    }
    strbuf_append(conversion->out, test->count > 1 ? STR(")") : STR_EMPTY);
    return TOCSIN_OK;
}

static tocsin_status bare_test(struct conversion *conversion, const struct condition *test, str name)
{
    switch (test->kind) {
    case CONDITION_TEXT_IN:
    case CONDITION_ADDRESS_IN:
        texts(conversion, test, name);
        return TOCSIN_OK;
    case CONDITION_LIKE:
    case CONDITION_REGEX:
        return match(conversion, test, name);
    case CONDITION_NUMBER_IN:
    case CONDITION_NUMBER_ORDER:
        return numbers(conversion, test, name);
    case CONDITION_NETWORK:
        OUT(conversion, "net.ip_in_range_cidr(");
        field(conversion->out, name);
        OUT(conversion, ", ");
        string_write_escaped(conversion->out, test->text);
        OUT(conversion, ")");
        return TOCSIN_OK;
    case CONDITION_TEXT_ORDER:
        return convert_refuse(conversion, test->place, "texts compared by order");
    default:
        return convert_refuse(conversion, test->place, "this comparison");
    }
}

static bool is_number(const struct condition *test)
{
    return test->value && (test->value->type == TYPE_INT64 || test->value->type == TYPE_DOUBLE);
}

static const char *empty_note(const struct condition *test)
{
    return is_number(test) ? "a zero counts as missing" : "an empty text counts as missing";
}

static tocsin_status test(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    bool is_numeric = test->kind == CONDITION_NUMBER_IN || test->kind == CONDITION_NUMBER_ORDER;
    bool needs_guard = is_numeric ? holds_for_zero(test) : condition_holds_for_empty(test);
    const struct field *own = test->field != FIELD_NONE ? convert_field_of(conversion, test->field) : NULL;
    bool is_filled = own && own->has_filler; /* zero is nothing there, too */
    if (test->kind == CONDITION_IS_NULL) {
        field(conversion->out, name);
        strbuf_append(conversion->out, is_number(test) ? STR(" = 0") : STR(" = \"\""));
        return is_filled
                   ? TOCSIN_OK
                   : convert_note(conversion, is_negative ? CONVERT_NARROWER : CONVERT_BROADER, "%s", empty_note(test));
    }
    if (!needs_guard || is_filled) {
        return bare_test(conversion, test, name);
    }
    OUT(conversion, "(");
    field(conversion->out, name);
    strbuf_append(conversion->out, is_number(test) ? STR(" != 0 and ") : STR(" != \"\" and "));
    tocsin_status status = bare_test(conversion, test, name);
    OUT(conversion, ")");
    return status == TOCSIN_OK
               ? convert_note(conversion, is_negative ? CONVERT_BROADER : CONVERT_NARROWER, "%s", empty_note(test))
               : status;
}

/* ---- the rule ---- */

static void word(struct strbuf *target, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        strbuf_append_char(target, ascii_is_alpha(c) || ascii_is_digit(c) ? ascii_lower(c) : '_');
    }
}

static void meta(struct conversion *conversion, const char *key, str value)
{
    if (value.len == 0) {
        return;
    }
    strbuf_append_format(conversion->out, "    %s = ", key);
    struct strbuf plain;
    strbuf_init(&plain, LIMIT_CONFIG_BYTES);
    convert_append_plain(&plain, value);
    string_write_escaped(conversion->out, strbuf_str(&plain));
    strbuf_release(&plain);
    OUT(conversion, "\n");
}

static void write_head(struct conversion *conversion)
{
    const struct convert_rule *rule = conversion->rule;
    OUT(conversion, "rule ");
    str id = rule->id.len > 0 ? rule->id : STR("converted_query");
    strbuf_append(conversion->out, ascii_is_digit(id.data[0]) ? STR("rule_") : STR_EMPTY);
    word(conversion->out, id);
    if (conversion->all.count > 1) {
        OUT(conversion, "_");
        word(conversion->out, str_from_cstring(conversion->scope.types[0]->type));
    }
    OUT(conversion, " {\n  meta:\n");
    meta(conversion, "author", STR("Tocsin"));
    meta(conversion, "title", rule->title);
    meta(conversion, "description", rule->description);
    meta(conversion, "severity", rule->level);
    for (size_t i = 0; i < rule->technique_count; i++) {
        meta(conversion, i == 0 ? "mitre_attack_technique" : "mitre_attack_technique_more", rule->techniques[i]);
        if (i > 0) {
            break; /* a key stands once */
        }
    }
    meta(conversion, "reference", rule->reference_count > 0 ? rule->references[0] : STR_EMPTY);
}

static int risk_of(str level)
{
    static const struct {
        const char *level;
        int risk;
    } risks[] = {{"critical", 95}, {"high", 75}, {"medium", 50}, {"low", 25}, {"informational", 10}};
    for (size_t i = 0; i < countof(risks); i++) {
        if (str_eq_ignore_case(str_from_cstring(risks[i].level), level)) {
            return risks[i].risk;
        }
    }
    return 0;
}

static tocsin_status write_rule(struct conversion *conversion, const struct condition *condition)
{
    const struct condition *sources = NULL;
    write_head(conversion);
    OUT(conversion, "  events:\n");
    conversion->indent = 1;
    tocsin_status status = condition_of_sources(conversion, NULL, &sources);
    bool has_sources = status == TOCSIN_OK && sources->kind != CONDITION_TRUE;
    if (has_sources) {
        OUT(conversion, "    ");
        status = condition_write(conversion, sources, false); /* of one type: no OR at its top */
        OUT(conversion, "\n");
    }
    if (status == TOCSIN_OK && (condition->kind != CONDITION_TRUE || !has_sources)) {
        bool is_or = condition->kind == CONDITION_OR; /* a line of its own is joined by and */
        strbuf_append(conversion->out, is_or ? STR("    (") : STR("    "));
        conversion->indent += is_or;
        status = condition_write(conversion, condition, false);
        strbuf_append(conversion->out, is_or ? STR(")\n") : STR("\n"));
    }
    conversion->indent = 0;
    if (risk_of(conversion->rule->level) > 0) {
        strbuf_append_format(conversion->out, "  outcome:\n    $risk_score = %d\n", risk_of(conversion->rule->level));
    }
    OUT(conversion, "  condition:\n    $e\n}\n");
    return status;
}

static tocsin_status write(struct conversion *conversion)
{
    return convert_write_types(conversion, STR("\n"), write_rule);
}

const struct convert_dialect dialect_chronicle = {
    .target = {"chronicle", "Chronicle YARA-L 2.0", "yaral"},
    .comment = "// ",
    .comment_end = "",
    .and_text = "and ",
    .or_text = "or ",
    .not_open = "not (",
    .not_close = ")",
    .true_text = "1 = 1",
    .false_text = "1 = 0",
    .is_partitioned = true,
    .values = {.null = "\"\""},
    .string = string_write_escaped,
    .field = field,
    .test = test,
    .write = write,
};
