/* condition_writer.c - conditions in the words of a target. */
#include "base/limits.h"
#include "convert/conversion.h"

static void words(struct conversion *conversion, const char *text)
{
    strbuf_append(conversion->out, str_from_cstring(text));
}

static void new_line(struct conversion *conversion)
{
    words(conversion, "\n");
    for (unsigned i = 0; i < conversion->indent; i++) {
        words(conversion, "    ");
    }
}

static bool is_list(const struct condition *condition)
{
    return condition->kind == CONDITION_AND || condition->kind == CONDITION_OR;
}

static tocsin_status write_list(struct conversion *conversion, const struct condition *condition, bool is_negative)
{
    const struct convert_dialect *dialect = conversion->dialect;
    const char *between = condition->kind == CONDITION_AND ? dialect->and_text : dialect->or_text;
    for (uint32_t i = 0; i < condition->part_count; i++) {
        const struct condition *part = condition->parts[i];
        if (i > 0) {
            new_line(conversion);
            words(conversion, between);
        }
        words(conversion, is_list(part) ? "(" : "");
        conversion->indent += is_list(part);
        tocsin_status status = condition_write(conversion, part, is_negative);
        conversion->indent -= is_list(part);
        words(conversion, is_list(part) ? ")" : "");
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status write_not(struct conversion *conversion, const struct condition *condition, bool is_negative)
{
    words(conversion, conversion->dialect->not_open);
    conversion->indent++;
    tocsin_status status = condition_write(conversion, condition->parts[0], !is_negative);
    conversion->indent--;
    words(conversion, conversion->dialect->not_close);
    return status;
}

/* A field that the log source types at work don't have: the test is false, as of any row that lacks the field. */
static tocsin_status write_missing(struct conversion *conversion, const struct condition *test, bool is_negative)
{
    bool is_true = test->kind == CONDITION_IS_NULL;
    words(conversion, is_true ? conversion->dialect->true_text : conversion->dialect->false_text);
    return convert_note_missing(conversion, test->field, is_true != is_negative ? CONVERT_BROADER : CONVERT_NARROWER);
}

/* What a test that no field alone answers is called. */
static const char *computed_name(const struct expression *value)
{
    switch (value->kind) {
    case EXPRESSION_CALL:
        return value->function->names[0];
    case EXPRESSION_CASE:
        return "CASE";
    case EXPRESSION_ARITHMETIC:
        return "arithmetic";
    case EXPRESSION_CONVERT:
        return "a text read as a number";
    default:
        return "a computed value";
    }
}

static tocsin_status write_test(struct conversion *conversion, const struct condition *test, bool is_negative)
{
    str names[CONVERT_NAMES_MAX];
    uint32_t count = 0;
    if (test->name.len > 0) {
        return conversion->dialect->test(conversion, test, test->name, is_negative);
    }
    if (test->kind == CONDITION_LIKE_VALUE && !conversion->dialect->has_like_values) {
        return convert_refuse(conversion, test->place, "LIKE with a pattern that is no constant");
    }
    if (test->field == FIELD_NONE) {
        bool is_general = test->kind == CONDITION_COMPARE;
        const struct expression *shown =
            is_general && test->value->kind == EXPRESSION_FIELD ? test->other : test->value;
        bool was_in_condition = conversion->is_in_condition;
        conversion->is_in_condition = true;
        tocsin_status status = conversion->dialect->has_values
                                   ? conversion->dialect->test(conversion, test, STR_EMPTY, is_negative)
                               : shown->kind == EXPRESSION_FIELD
                                   ? convert_refuse(conversion, test->place, "a field compared with a field")
                                   : convert_refuse(conversion, test->place, "%s in a condition", computed_name(shown));
        conversion->is_in_condition = was_in_condition;
        return status;
    }
    tocsin_status status = convert_field_names(conversion, test->field, names, &count);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (count == 0) {
        return write_missing(conversion, test, is_negative);
    }
    const char *between =
        test->kind == CONDITION_IS_NULL ? conversion->dialect->and_text : conversion->dialect->or_text;
    words(conversion, count > 1 ? "(" : "");
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        words(conversion, i > 0 ? " " : "");
        words(conversion, i > 0 ? between : "");
        status = conversion->dialect->test(conversion, test, names[i], is_negative);
    }
    words(conversion, count > 1 ? ")" : "");
    return status;
}

tocsin_status condition_write(struct conversion *conversion, const struct condition *condition, bool is_negative)
{
    if (conversion->out->is_failed) {
        return error_set(conversion->err, TOCSIN_ERROR_LIMIT, "the conversion to %s is longer than %zu bytes",
                         conversion->dialect->target.title, (size_t)LIMIT_CONVERSION_BYTES);
    }
    const struct syntax_node *outer = conversion->place;
    conversion->place = condition->place ? condition->place : outer;
    tocsin_status status = TOCSIN_OK;
    const struct condition *sources = NULL;
    switch (condition->kind) {
    case CONDITION_TRUE:
        words(conversion, conversion->dialect->true_text);
        break;
    case CONDITION_FALSE:
        words(conversion, conversion->dialect->false_text);
        break;
    case CONDITION_AND:
    case CONDITION_OR:
        status = write_list(conversion, condition, is_negative);
        break;
    case CONDITION_NOT:
        status = write_not(conversion, condition, is_negative);
        break;
    case CONDITION_SOURCE:
        status = condition_of_sources(conversion, condition, &sources);
        if (status == TOCSIN_OK) {
            bool is_inner = is_list(sources);
            words(conversion, is_inner ? "(" : "");
            conversion->indent += is_inner;
            status = condition_write(conversion, sources, is_negative);
            conversion->indent -= is_inner;
            words(conversion, is_inner ? ")" : "");
        }
        break;
    default:
        status = write_test(conversion, condition, is_negative);
        break;
    }
    conversion->place = outer;
    return status;
}

tocsin_status condition_write_step(struct conversion *conversion, const char *keyword,
                                   const struct condition *condition)
{
    if (!condition || condition->kind == CONDITION_TRUE) {
        return TOCSIN_OK;
    }
    new_line(conversion);
    strbuf_append_format(conversion->out, "| %s ", keyword);
    conversion->indent++;
    tocsin_status status = condition_write(conversion, condition, false);
    conversion->indent--;
    return status;
}

/* ---- log source types ---- */

static tocsin_status make(struct conversion *conversion, enum condition_kind kind, uint32_t room,
                          struct condition **ret_condition)
{
    struct condition *condition = arena_new(conversion->arena, struct condition);
    const struct condition **parts = arena_array(conversion->arena, const struct condition *, room + 1);
    if (!condition || !parts) {
        return error_memory(conversion->err);
    }
    *condition = (struct condition){.kind = kind, .field = FIELD_NONE, .parts = parts};
    *ret_condition = condition;
    return TOCSIN_OK;
}

static tocsin_status test_of(struct conversion *conversion, const struct field_map_test *entry,
                             const struct condition **ret_condition)
{
    struct condition *test = NULL;
    tocsin_status status = make(conversion, CONDITION_TEXT_IN, 0, &test);
    str *texts = status == TOCSIN_OK ? arena_array(conversion->arena, str, entry->value_count) : NULL;
    if (!texts) {
        return error_memory(conversion->err);
    }
    for (unsigned i = 0; i < entry->value_count; i++) {
        texts[i] = str_from_cstring(entry->values[i]);
    }
    test->name = str_from_cstring(entry->field);
    test->texts = texts;
    test->count = entry->value_count;
    *ret_condition = test;
    return TOCSIN_OK;
}

/* The tests of one type, joined by AND. */
static tocsin_status add_type(struct conversion *conversion, const struct field_map_type *type, struct condition *all)
{
    struct condition *one = NULL;
    tocsin_status status = make(conversion, CONDITION_AND, type->test_count, &one);
    for (unsigned t = 0; status == TOCSIN_OK && t < type->test_count; t++) {
        status = test_of(conversion, &type->tests[t], &one->parts[one->part_count++]);
    }
    if (status == TOCSIN_OK) {
        all->parts[all->part_count++] = one;
    }
    return status;
}

static const struct field_map_type *find_type(const struct conversion *conversion, str name)
{
    for (uint32_t i = 0; i < conversion->scope.count; i++) {
        if (str_eq_ignore_case(convert_type_name(conversion, conversion->scope.types[i]), name)) {
            return conversion->scope.types[i];
        }
    }
    for (uint32_t m = 0; m < conversion->map_count; m++) {
        size_t count;
        const struct field_map_type *types = field_map_types(conversion->maps[m], &count);
        for (size_t i = 0; i < count; i++) {
            if (str_eq_ignore_case(convert_type_name(conversion, &types[i]), name)) {
                return &types[i];
            }
        }
    }
    return NULL;
}

tocsin_status condition_of_sources(struct conversion *conversion, const struct condition *source,
                                   const struct condition **ret_condition)
{
    struct condition *all = NULL;
    const struct convert_scope *scope = &conversion->scope;
    uint32_t count = source ? source->count : scope->count;
    tocsin_status status = make(conversion, CONDITION_OR, count, &all);
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        const struct field_map_type *type = source ? find_type(conversion, source->texts[i]) : scope->types[i];
        if (type) {
            status = add_type(conversion, type, all);
        }
    }
    return status == TOCSIN_OK ? condition_for_type(conversion, all, STR_EMPTY, ret_condition) : status;
}

/* ---- for dialects ---- */

tocsin_status convert_regex(struct conversion *conversion, const struct condition *test,
                            const struct pattern_style *style, struct strbuf *target)
{
    struct pattern_style own = *style;
    const struct text_pattern *pattern = test->kind == CONDITION_REGEX ? test->pattern : NULL;
    if (test->kind == CONDITION_LIKE) {
        pattern = text_pattern_of_like(conversion->arena, test->text);
    }
    if (!pattern) {
        return error_memory(conversion->err);
    }
    own.ignores_case = test->ignores_case;
    if (!text_pattern_write(pattern, &own, target)) {
        return convert_refuse(conversion, test->place,
                              "a regular expression with look-around, \\b, or an end elsewhere than at an end");
    }
    return TOCSIN_OK;
}

tocsin_status convert_exact_regex(struct conversion *conversion, const struct condition *test, str text,
                                  const struct pattern_style *style, struct strbuf *target)
{
    struct pattern_style own = *style;
    struct text_pattern start = {.kind = PATTERN_START};
    struct text_pattern end = {.kind = PATTERN_END};
    struct text_pattern middle = {.kind = PATTERN_TEXT, .text = text};
    struct text_pattern *parts[] = {&start, &middle, &end};
    struct text_pattern pattern = {.kind = PATTERN_SEQUENCE, .parts = parts, .part_count = countof(parts)};
    own.ignores_case = test->ignores_case;
    return text_pattern_write(&pattern, &own, target)
               ? TOCSIN_OK
               : convert_refuse(conversion, test->place, "a text of these characters");
}

void convert_text_list(struct conversion *conversion, const struct condition *test, const char *open,
                       const char *between, const char *close)
{
    words(conversion, open);
    for (uint32_t i = 0; i < test->count; i++) {
        words(conversion, i > 0 ? between : "");
        conversion->dialect->string(conversion->out, test->texts[i]);
    }
    words(conversion, close);
}

void convert_number_list(struct conversion *conversion, const struct condition *test, const char *open,
                         const char *between, const char *close)
{
    words(conversion, open);
    for (uint32_t i = 0; i < test->count; i++) {
        words(conversion, i > 0 ? between : "");
        number_write(conversion->out, test->numbers[i]);
    }
    words(conversion, close);
}

tocsin_status convert_subject(struct conversion *conversion, const struct condition *test, str name)
{
    if (name.len > 0) {
        conversion->dialect->field(conversion->out, name);
        return TOCSIN_OK;
    }
    return value_write(conversion, test->value);
}

str operator_text(enum syntax_operator operator)
{
    switch (operator) {
    case OPERATOR_LESS:
        return STR("<");
    case OPERATOR_LESS_EQUAL:
        return STR("<=");
    case OPERATOR_GREATER:
        return STR(">");
    case OPERATOR_GREATER_EQUAL:
        return STR(">=");
    default:
        return STR("=");
    }
}

bool name_is_plain(str name, const char *also)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool is_word = ascii_is_alpha(c) || c == '_' || (i > 0 && ascii_is_digit(c));
        if (!is_word && !strchr(also, c)) {
            return false;
        }
    }
    return name.len > 0;
}

str convert_lower(struct conversion *conversion, str text)
{
    char *bytes = arena_allocate(conversion->arena, text.len + 1, 1);
    if (!bytes) {
        return (str){NULL, 0};
    }
    for (size_t i = 0; i < text.len; i++) {
        bytes[i] = ascii_lower(text.data[i]);
    }
    return str_from(bytes, text.len);
}
