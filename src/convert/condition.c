/* condition.c - predicates of a plan as conditions. */
#include "convert/condition.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "column/log_source.h"
#include "convert/conversion.h"
#include "function/function.h"

static tocsin_status build(struct conversion *conversion, const struct expression *expression,
                           struct condition **ret_condition);

static struct condition *condition_new(struct conversion *conversion, enum condition_kind kind)
{
    struct condition *condition = arena_new(conversion->arena, struct condition);
    if (condition) {
        condition->kind = kind;
        condition->field = FIELD_NONE;
        condition->place = conversion->place;
    }
    return condition;
}

static tocsin_status make(struct conversion *conversion, enum condition_kind kind, struct condition **ret_condition)
{
    *ret_condition = condition_new(conversion, kind);
    return *ret_condition ? TOCSIN_OK : error_memory(conversion->err);
}

static tocsin_status join(struct conversion *conversion, enum condition_kind kind, const struct condition **parts,
                          uint32_t count, struct condition **ret_condition)
{
    tocsin_status status = make(conversion, kind, ret_condition);
    if (status == TOCSIN_OK) {
        (*ret_condition)->parts = parts;
        (*ret_condition)->part_count = count;
    }
    return status;
}

/* ---- texts ---- */

/* What no target could be sure to keep as it is. */
static tocsin_status check_text(struct conversion *conversion, str text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t c = 0;
        at += utf8_decode(str_skip(text, at), &c);
        bool is_blank = c == '\t' || c == '\n' || c == '\r';
        if (c == UTF8_INVALID || (utf8_is_control(c) && !is_blank)) {
            return convert_refuse(conversion, conversion->place,
                                  "a text with a control character, or bytes that are no text,");
        }
    }
    return TOCSIN_OK;
}

bool text_is_ascii(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static bool has_letter(str text, char first, char last)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= first && text.data[i] <= last) {
            return true;
        }
    }
    return false;
}

/* ---- what a test is of ---- */

enum letter_case { CASE_AS_IS, CASE_LOWER, CASE_UPPER };

static bool is_call(const struct expression *expression, const char *name)
{
    return expression->kind == EXPRESSION_CALL && strcmp(expression->function->names[0], name) == 0;
}

/* LOWER(x), UPPER(x) and UTF8(payload) are taken off. */
static const struct expression *strip(const struct expression *value, enum letter_case *ret_case)
{
    *ret_case = CASE_AS_IS;
    while (is_call(value, "LOWER") || is_call(value, "UPPER")) {
        *ret_case = *ret_case != CASE_AS_IS ? *ret_case : is_call(value, "LOWER") ? CASE_LOWER : CASE_UPPER;
        value = value->operands[0];
    }
    return is_call(value, "UTF8") && value->operands[0]->kind == EXPRESSION_FIELD ? value->operands[0] : value;
}

static const struct expression *strip_utf8(const struct expression *value)
{
    return is_call(value, "UTF8") && value->operands[0]->kind == EXPRESSION_FIELD ? value->operands[0] : value;
}

static void set_subject(struct condition *condition, const struct expression *value)
{
    bool is_field = value->kind == EXPRESSION_FIELD;
    condition->field = is_field ? value->field : FIELD_NONE;
    condition->value = value;
}

/* A row that lacks the field has QRadar's filler there, where other systems have nothing: if the test is true of the
   filler, it is true of nothing, too. */
static tocsin_status with_filler(struct conversion *conversion, struct condition *test, bool holds_for_filler,
                                 struct condition **ret_condition)
{
    *ret_condition = test;
    if (!holds_for_filler) {
        return TOCSIN_OK;
    }
    struct condition *is_null = NULL;
    const struct condition **parts = arena_array(conversion->arena, const struct condition *, 2);
    tocsin_status status = parts ? make(conversion, CONDITION_IS_NULL, &is_null) : error_memory(conversion->err);
    if (status != TOCSIN_OK) {
        return status;
    }
    is_null->field = test->field;
    is_null->value = test->value;
    parts[0] = test;
    parts[1] = is_null;
    return join(conversion, CONDITION_OR, parts, 2, ret_condition);
}

static const struct field *filler_field(const struct conversion *conversion, const struct condition *test)
{
    const struct field *field =
        test->field != FIELD_NONE && !conversion->is_grouped ? convert_field_of(conversion, test->field) : NULL;
    return field && field->has_filler ? field : NULL;
}

/* ---- log source types ---- */

static bool is_source_type(const struct expression *value)
{
    return is_call(value, "LOGSOURCETYPENAME") || (value->kind == EXPRESSION_FIELD && value->field == FIELD_DEVICETYPE);
}

static bool add_text(struct conversion *conversion, struct condition *condition, str text)
{
    bool is_full = (condition->count & (condition->count - 1)) == 0; /* room is a power of two */
    if (is_full) {
        str *larger = arena_array(conversion->arena, str, condition->count ? 2 * (size_t)condition->count : 1);
        if (!larger) {
            return false;
        }
        if (condition->count > 0) {
            memcpy(larger, condition->texts, condition->count * sizeof(*larger));
        }
        condition->texts = larger;
    }
    condition->texts[condition->count++] = text;
    return true;
}

/* The canonical name of a log source type. */
static str canonical_type(const struct conversion *conversion, str name)
{
    const struct log_source_type *type =
        conversion->options->log_sources ? log_source_type_find_name(conversion->options->log_sources, name) : NULL;
    return type ? type->name : name;
}

bool condition_accepts_type(const struct condition *source, str type)
{
    for (uint32_t i = 0; i < source->count; i++) {
        if (str_eq_ignore_case(source->texts[i], type)) {
            return true;
        }
    }
    return false;
}

/* The types of the mappings that a pattern fits. */
static tocsin_status source_like(struct conversion *conversion, const struct like_pattern *like,
                                 struct condition *condition)
{
    for (uint32_t m = 0; m < conversion->map_count; m++) {
        size_t count;
        const struct field_map_type *types = field_map_types(conversion->maps[m], &count);
        for (size_t i = 0; i < count; i++) {
            str name = canonical_type(conversion, str_from_cstring(types[i].type));
            bool is_new = like_matches(like, name) && !condition_accepts_type(condition, name);
            if (is_new && !add_text(conversion, condition, name)) {
                return error_memory(conversion->err);
            }
        }
    }
    return TOCSIN_OK;
}

static tocsin_status source_of_id(struct conversion *conversion, int64_t id, struct condition *condition)
{
    const struct log_source_type *type =
        conversion->options->log_sources ? log_source_type_find(conversion->options->log_sources, id) : NULL;
    if (!type) {
        return convert_refuse(conversion, condition->place, "devicetype with the number of no known log source type");
    }
    return add_text(conversion, condition, type->name) ? TOCSIN_OK : error_memory(conversion->err);
}

/* ---- comparisons ---- */

static bool compare_numbers(double left, enum syntax_operator operator, double right)
{
    switch (operator) {
    case OPERATOR_LESS:
        return left < right;
    case OPERATOR_LESS_EQUAL:
        return left <= right;
    case OPERATOR_GREATER:
        return left > right;
    case OPERATOR_GREATER_EQUAL:
        return left >= right;
    default:
        return left == right;
    }
}

static bool constant_number(const struct expression *expression, double *ret)
{
    if (expression->kind == EXPRESSION_CONVERT) {
        return constant_number(expression->operands[0], ret);
    }
    if (expression->kind == EXPRESSION_CONSTANT && expression->constant.type == TYPE_INT64) {
        *ret = (double)expression->constant.integer;
        return expression->constant.integer > -(INT64_C(1) << 53) && expression->constant.integer < INT64_C(1) << 53;
    }
    *ret = expression->constant.number;
    return expression->kind == EXPRESSION_CONSTANT && expression->constant.type == TYPE_DOUBLE;
}

/* Whole numbers of + - *, as in NOW() - 24*60*60*1000. */
static bool constant_integer(const struct expression *expression, int64_t *ret)
{
    int64_t left;
    int64_t right;
    if (expression->kind == EXPRESSION_CONSTANT) {
        *ret = expression->constant.integer;
        return expression->constant.type == TYPE_INT64;
    }
    if (expression->kind != EXPRESSION_ARITHMETIC || expression->operand_count != 2 ||
        !constant_integer(expression->operands[0], &left) || !constant_integer(expression->operands[1], &right)) {
        return false;
    }
    switch (expression->operator) {
    case OPERATOR_ADD:
        return !__builtin_add_overflow(left, right, ret);
    case OPERATOR_SUBTRACT:
        return !__builtin_sub_overflow(left, right, ret);
    case OPERATOR_MULTIPLY:
        return !__builtin_mul_overflow(left, right, ret);
    default:
        return false;
    }
}

/* A constant time, or NOW() and a constant: *ret_ms before it. */
static bool time_bound(const struct expression *bound, bool *ret_is_relative, int64_t *ret_ms)
{
    *ret_is_relative = false;
    if (constant_integer(bound, ret_ms)) {
        return true;
    }
    *ret_is_relative = true;
    *ret_ms = 0;
    if (is_call(bound, "NOW")) {
        return true;
    }
    if (bound->kind != EXPRESSION_ARITHMETIC || bound->operand_count != 2 || !is_call(bound->operands[0], "NOW") ||
        !constant_integer(bound->operands[1], ret_ms)) {
        return false;
    }
    if (bound->operator== OPERATOR_ADD) {
        *ret_ms = -*ret_ms;
    }
    return bound->operator== OPERATOR_ADD || bound->operator== OPERATOR_SUBTRACT;
}

static tocsin_status build_time(struct conversion *conversion, const struct expression *value, int64_t ms,
                                bool is_relative, enum syntax_operator operator, struct condition ** ret_condition)
{
    tocsin_status status = make(conversion, CONDITION_TIME, ret_condition);
    if (status == TOCSIN_OK) {
        set_subject(*ret_condition, value);
        (*ret_condition)->operator= operator;
        (*ret_condition)->is_relative = is_relative;
        (*ret_condition)->time_ms = ms;
    }
    return status;
}

/* LOWER(x) = 'Text' can't be; LOWER(x) = 'text' is x = 'text', ignoring case. */
static bool is_impossible(enum letter_case letters, str text)
{
    return (letters == CASE_LOWER && has_letter(text, 'A', 'Z')) ||
           (letters == CASE_UPPER && has_letter(text, 'a', 'z'));
}

static tocsin_status build_text_equal(struct conversion *conversion, const struct expression *value, str text,
                                      struct condition **ret_condition)
{
    enum letter_case letters;
    const struct expression *subject = strip(value, &letters);
    tocsin_status status = check_text(conversion, text);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (is_impossible(letters, text)) {
        return make(conversion, CONDITION_FALSE, ret_condition);
    }
    struct condition *test = NULL;
    status = make(conversion, CONDITION_TEXT_IN, &test);
    if (status != TOCSIN_OK) {
        return status;
    }
    set_subject(test, subject);
    test->ignores_case = letters != CASE_AS_IS;
    if (!add_text(conversion, test, text)) {
        return error_memory(conversion->err);
    }
    const struct field *field = filler_field(conversion, test);
    bool holds = field && field->type == TYPE_STRING &&
                 (test->ignores_case ? str_eq_ignore_case(field->filler_text, text) : str_eq(field->filler_text, text));
    return with_filler(conversion, test, holds, ret_condition);
}

static tocsin_status build_text_compare(struct conversion *conversion, const struct expression *value, str text,
                                        enum syntax_operator operator, struct condition ** ret_condition)
{
    if (operator== OPERATOR_EQUAL) {
        return build_text_equal(conversion, value, text, ret_condition);
    }
    const struct expression *subject = strip_utf8(value);
    tocsin_status status = check_text(conversion, text);
    status = status == TOCSIN_OK ? make(conversion, CONDITION_TEXT_ORDER, ret_condition) : status;
    if (status == TOCSIN_OK) {
        set_subject(*ret_condition, subject);
        (*ret_condition)->operator= operator;
        (*ret_condition)->text = text;
    }
    return status;
}

static tocsin_status build_number_compare(struct conversion *conversion, const struct expression *value, double number,
                                          enum syntax_operator operator, struct condition ** ret_condition)
{
    bool is_equal = operator== OPERATOR_EQUAL;
    struct condition *test = NULL;
    double *numbers = arena_array(conversion->arena, double, 1);
    tocsin_status status = numbers ? make(conversion, is_equal ? CONDITION_NUMBER_IN : CONDITION_NUMBER_ORDER, &test)
                                   : error_memory(conversion->err);
    if (status != TOCSIN_OK) {
        return status;
    }
    numbers[0] = number;
    set_subject(test, value);
    test->numbers = numbers;
    test->count = 1;
    test->operator= operator;
    const struct field *field = filler_field(conversion, test);
    return with_filler(conversion, test, field && compare_numbers((double)field->filler, operator, number),
                       ret_condition);
}

static str address_text(struct conversion *conversion, const struct ip *ip)
{
    char text[IP_TEXT_BYTES];
    size_t length = ip_format(ip, text);
    return arena_copy(conversion->arena, str_from(text, length));
}

static tocsin_status join_texts(struct conversion *conversion, str left, str right, str *ret_text)
{
    char *bytes = arena_allocate(conversion->arena, left.len + right.len + 1, 1);
    if (!bytes) {
        return error_memory(conversion->err);
    }
    memcpy(bytes, left.data, left.len);
    memcpy(bytes + left.len, right.data, right.len);
    *ret_text = str_from(bytes, left.len + right.len);
    return TOCSIN_OK;
}

static bool is_no_address(const struct ip *ip)
{
    static const struct ip none[] = {IP_V4_NONE, IP_V6_NONE};
    return memcmp(ip, &none[0], sizeof(*ip)) == 0 || memcmp(ip, &none[1], sizeof(*ip)) == 0;
}

static tocsin_status build_address_equal(struct conversion *conversion, const struct expression *value,
                                         const struct ip *ip, struct condition **ret_condition)
{
    struct condition *test = NULL;
    tocsin_status status = make(conversion, CONDITION_ADDRESS_IN, &test);
    if (status != TOCSIN_OK) {
        return status;
    }
    set_subject(test, value);
    str text = address_text(conversion, ip);
    if (!text.data) {
        return error_memory(conversion->err);
    }
    if (!ip_is_v4(ip)) { /* has many spellings: a network of one address */
        test->kind = CONDITION_NETWORK;
        status = join_texts(conversion, text, STR("/128"), &test->text);
    } else if (!add_text(conversion, test, text)) {
        status = error_memory(conversion->err);
    }
    bool is_none = filler_field(conversion, test) && is_no_address(ip);
    if (status == TOCSIN_OK && is_none && (test->field == FIELD_SOURCEIP || test->field == FIELD_DESTINATIONIP)) {
        status = convert_note(conversion, CONVERT_BROADER | CONVERT_NARROWER,
                              "0.0.0.0 is taken for no address at all, and not for no IPv4 address");
    }
    return status == TOCSIN_OK ? with_filler(conversion, test, is_none, ret_condition) : status;
}

static bool may_be_null(const struct conversion *conversion, const struct expression *value)
{
    switch (value->kind) {
    case EXPRESSION_CONSTANT:
        return value->constant.type == TYPE_NULL;
    case EXPRESSION_FIELD:
        return conversion->is_grouped || !convert_field_of(conversion, value->field)->has_filler;
    case EXPRESSION_CASE:
        for (uint32_t i = 1; i < value->operand_count; i += i + 2 < value->operand_count ? 2 : 1) {
            if (may_be_null(conversion, value->operands[i])) {
                return true;
            }
        }
        return false;
    case EXPRESSION_ARITHMETIC:
        for (uint32_t i = 0; i < value->operand_count; i++) {
            if (may_be_null(conversion, value->operands[i])) {
                return true;
            }
        }
        return value->operator== OPERATOR_DIVIDE || value->operator== OPERATOR_REMAINDER;
    default:
        return !is_call(value, "NOW");
    }
}

static tocsin_status build_value_null(struct conversion *conversion, const struct expression *value,
                                      const struct condition **ret_condition)
{
    struct condition *condition = NULL;
    tocsin_status status = make(conversion, CONDITION_IS_NULL, &condition);
    if (status == TOCSIN_OK) {
        set_subject(condition, strip_utf8(value));
    }
    *ret_condition = condition;
    return status;
}

/* a = b, or both are null: AQL's null equals null. */
static tocsin_status with_both_null(struct conversion *conversion, struct condition *test,
                                    struct condition **ret_condition)
{
    struct condition *both = NULL;
    const struct condition **nulls = arena_array(conversion->arena, const struct condition *, 2);
    const struct condition **parts = arena_array(conversion->arena, const struct condition *, 2);
    tocsin_status status = nulls && parts ? TOCSIN_OK : error_memory(conversion->err);
    status = status == TOCSIN_OK ? build_value_null(conversion, test->value, &nulls[0]) : status;
    status = status == TOCSIN_OK ? build_value_null(conversion, test->other, &nulls[1]) : status;
    status = status == TOCSIN_OK ? join(conversion, CONDITION_AND, nulls, 2, &both) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    parts[0] = test;
    parts[1] = both;
    return join(conversion, CONDITION_OR, parts, 2, ret_condition);
}

static tocsin_status build_general(struct conversion *conversion, const struct expression *left,
                                   const struct expression *right, enum syntax_operator operator,
                                   struct condition ** ret_condition)
{
    struct condition *test = NULL;
    tocsin_status status = make(conversion, CONDITION_COMPARE, &test);
    if (status != TOCSIN_OK) {
        return status;
    }
    test->value = left;
    test->other = right;
    test->operator= operator;
    *ret_condition = test;
    return operator== OPERATOR_EQUAL && may_be_null(conversion, left) && may_be_null(conversion, right)
               ? with_both_null(conversion, test, ret_condition)
               : TOCSIN_OK;
}

static tocsin_status build_source_compare(struct conversion *conversion, const struct expression *value,
                                          const struct expression *constant, struct condition **ret_condition)
{
    tocsin_status status = make(conversion, CONDITION_SOURCE, ret_condition);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (value->kind == EXPRESSION_FIELD) {
        return source_of_id(conversion, constant->constant.integer, *ret_condition);
    }
    str name = canonical_type(conversion, constant->constant.text);
    return add_text(conversion, *ret_condition, name) ? TOCSIN_OK : error_memory(conversion->err);
}

/* `constant` is on the right. */
static tocsin_status build_constant_compare(struct conversion *conversion, const struct expression *value,
                                            const struct expression *constant, enum syntax_operator operator,
                                            struct condition ** ret_condition)
{
    double number;
    bool is_source = is_source_type(value) && operator==
                     OPERATOR_EQUAL &&(value->kind == EXPRESSION_FIELD ? constant->constant.type == TYPE_INT64
                                                                       : constant->constant.type == TYPE_STRING);
    if (constant->constant.type == TYPE_NULL) { /* nothing compares with null */
        return make(conversion, CONDITION_FALSE, ret_condition);
    }
    if (is_source) {
        return build_source_compare(conversion, value, constant, ret_condition);
    }
    if (constant->constant.type == TYPE_STRING && value->type == TYPE_STRING) {
        return build_text_compare(conversion, value, constant->constant.text, operator, ret_condition);
    }
    if (constant->constant.type == TYPE_IP && operator== OPERATOR_EQUAL) {
        return build_address_equal(conversion, value, &constant->constant.ip, ret_condition);
    }
    const struct expression *subject =
        value->kind == EXPRESSION_CONVERT && value->operands[0]->type == TYPE_INT64 ? value->operands[0] : value;
    bool is_text = subject->kind == EXPRESSION_CONVERT; /* a text read as a number */
    if (!is_text && constant_number(constant, &number)) {
        return build_number_compare(conversion, subject, number, operator, ret_condition);
    }
    return build_general(conversion, value, constant, operator, ret_condition);
}

static tocsin_status build_compare(struct conversion *conversion, const struct expression *expression,
                                   struct condition **ret_condition)
{
    const struct expression *left = expression->operands[0];
    const struct expression *right = expression->operands[1];
    enum syntax_operator operator= expression->operator;
    bool is_relative;
    int64_t ms;
    if (left->kind == EXPRESSION_CONSTANT && right->kind != EXPRESSION_CONSTANT) {
        left = expression->operands[1];
        right = expression->operands[0];
        operator= syntax_operator_mirrored(operator);
    }
    if (left->kind != EXPRESSION_FIELD && right->kind == EXPRESSION_FIELD && right->domain == DOMAIN_TIME_MS) {
        const struct expression *other = left;
        left = right;
        right = other;
        operator= syntax_operator_mirrored(operator);
    }
    if (left->kind == EXPRESSION_FIELD && left->field == FIELD_RECORD_KIND && !conversion->is_grouped) {
        return make(conversion, CONDITION_TRUE, ret_condition);
    }
    bool is_time = left->kind == EXPRESSION_FIELD && left->domain == DOMAIN_TIME_MS && !conversion->is_grouped;
    if (is_time && time_bound(right, &is_relative, &ms)) {
        return build_time(conversion, left, ms, is_relative, operator, ret_condition);
    }
    return right->kind == EXPRESSION_CONSTANT ? build_constant_compare(conversion, left, right, operator, ret_condition)
                                              : build_general(conversion, left, right, operator, ret_condition);
}

/* ---- patterns ---- */

static tocsin_status build_like(struct conversion *conversion, const struct expression *expression,
                                struct condition **ret_condition)
{
    enum letter_case letters;
    const struct expression *subject = strip(expression->operands[0], &letters);
    if (!expression->like) {
        tocsin_status status = make(conversion, CONDITION_LIKE_VALUE, ret_condition);
        if (status == TOCSIN_OK) {
            (*ret_condition)->value = expression->operands[0];
            (*ret_condition)->other = expression->operands[1];
            (*ret_condition)->ignores_case = expression->ignores_case;
        }
        return status;
    }
    if (is_source_type(expression->operands[0])) {
        tocsin_status status = make(conversion, CONDITION_SOURCE, ret_condition);
        return status == TOCSIN_OK ? source_like(conversion, expression->like, *ret_condition) : status;
    }
    tocsin_status status = check_text(conversion, expression->pattern);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!expression->ignores_case && is_impossible(letters, expression->pattern)) {
        return make(conversion, CONDITION_FALSE, ret_condition);
    }
    struct condition *test = NULL;
    status = make(conversion, CONDITION_LIKE, &test);
    if (status != TOCSIN_OK) {
        return status;
    }
    set_subject(test, subject);
    test->text = expression->pattern;
    test->ignores_case = expression->ignores_case || letters != CASE_AS_IS;
    str text;
    if (like_shape_of(test->text, &text) == LIKE_EXACT) {
        test->kind = CONDITION_TEXT_IN;
        if (!add_text(conversion, test, text)) {
            return error_memory(conversion->err);
        }
    }
    const struct field *field = filler_field(conversion, test);
    return with_filler(conversion, test,
                       field && field->type == TYPE_STRING && like_matches(expression->like, field->filler_text),
                       ret_condition);
}

static tocsin_status build_regex(struct conversion *conversion, const struct expression *expression,
                                 struct condition **ret_condition)
{
    enum letter_case letters;
    const struct expression *subject = strip(expression->operands[0], &letters);
    struct condition *test = NULL;
    tocsin_status status = check_text(conversion, expression->pattern);
    status = status == TOCSIN_OK ? make(conversion, CONDITION_REGEX, &test) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    set_subject(test, subject);
    test->text = expression->pattern;
    test->ignores_case = expression->ignores_case;
    status = text_pattern_parse(conversion->arena, expression->pattern, conversion->options->matches_full,
                                &test->ignores_case, &test->pattern, conversion->err);
    if (status == TOCSIN_ERROR_UNSUPPORTED) {
        struct error reason = *conversion->err;
        return convert_refuse(conversion, conversion->place, "%s", reason.message);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    if (letters != CASE_AS_IS && !test->ignores_case) {
        if (text_pattern_has_case(test->pattern, letters == CASE_LOWER)) {
            return convert_refuse(conversion, conversion->place,
                                  "MATCHES of LOWER or UPPER with letters of the other case");
        }
        test->ignores_case = true;
    }
    *ret_condition = test;
    return TOCSIN_OK;
}

/* ---- IN ---- */

static tocsin_status add_set_texts(struct conversion *conversion, const struct value_set *set, enum letter_case letters,
                                   struct condition *test)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < set->count; i++) {
        str text = set->type == TYPE_IP ? address_text(conversion, &set->ips[i]) : set->strings[i];
        status = text.data ? check_text(conversion, text) : error_memory(conversion->err);
        if (status == TOCSIN_OK && !is_impossible(letters, text) && !add_text(conversion, test, text)) {
            status = error_memory(conversion->err);
        }
    }
    return status;
}

static tocsin_status add_set_numbers(struct conversion *conversion, const struct value_set *set, struct condition *test)
{
    double *numbers = arena_array(conversion->arena, double, set->count + 1);
    if (!numbers) {
        return error_memory(conversion->err);
    }
    for (uint32_t i = 0; i < set->count; i++) {
        numbers[i] = set->type == TYPE_DOUBLE ? set->doubles[i] : (double)set->integers[i];
    }
    test->numbers = numbers;
    test->count = set->count;
    return TOCSIN_OK;
}

static tocsin_status build_source_in(struct conversion *conversion, const struct expression *expression,
                                     struct condition **ret_condition)
{
    const struct value_set *set = expression->set;
    tocsin_status status = make(conversion, CONDITION_SOURCE, ret_condition);
    for (uint32_t i = 0; status == TOCSIN_OK && i < set->count; i++) {
        if (set->type == TYPE_INT64) {
            status = source_of_id(conversion, set->integers[i], *ret_condition);
        } else if (!add_text(conversion, *ret_condition, canonical_type(conversion, set->strings[i]))) {
            status = error_memory(conversion->err);
        }
    }
    return status;
}

static bool set_has_filler(const struct field *field, const struct condition *test, const struct value_set *set)
{
    bool holds = false;
    for (uint32_t i = 0; field && i < set->count; i++) {
        bool is_text = set->type == TYPE_STRING && field->type == TYPE_STRING;
        holds = holds || (set->type == TYPE_IP && is_no_address(&set->ips[i])) ||
                (is_text && (test->ignores_case ? str_eq_ignore_case(set->strings[i], field->filler_text)
                                                : str_eq(set->strings[i], field->filler_text))) ||
                (test->kind == CONDITION_NUMBER_IN && test->numbers[i] == (double)field->filler);
    }
    return holds;
}

/* Addresses of either family: one test each. */
static tocsin_status build_address_in(struct conversion *conversion, const struct expression *expression,
                                      struct condition **ret_condition)
{
    const struct value_set *set = expression->set;
    const struct condition **parts = arena_array(conversion->arena, const struct condition *, set->count + 1);
    tocsin_status status = parts ? TOCSIN_OK : error_memory(conversion->err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < set->count; i++) {
        struct condition *part = NULL;
        status = build_address_equal(conversion, expression->operands[0], &set->ips[i], &part);
        parts[i] = part;
    }
    return status == TOCSIN_OK ? join(conversion, CONDITION_OR, parts, set->count, ret_condition) : status;
}

static bool has_v6(const struct value_set *set)
{
    bool has = false;
    for (uint32_t i = 0; set->type == TYPE_IP && i < set->count; i++) {
        has = has || !ip_is_v4(&set->ips[i]);
    }
    return has;
}

static tocsin_status build_in(struct conversion *conversion, const struct expression *expression,
                              struct condition **ret_condition)
{
    const struct value_set *set = expression->set;
    if (!set) {
        return convert_refuse(conversion, conversion->place, "IN (SELECT ..)");
    }
    if (is_source_type(expression->operands[0]) && !set->has_null) {
        return build_source_in(conversion, expression, ret_condition);
    }
    if (set->type != TYPE_INT64 && set->type != TYPE_DOUBLE && set->type != TYPE_STRING && set->type != TYPE_IP) {
        return convert_refuse(conversion, conversion->place, "IN with values of this type");
    }
    if (has_v6(set)) {
        return build_address_in(conversion, expression, ret_condition);
    }
    enum letter_case letters = CASE_AS_IS;
    bool is_text = set->type == TYPE_STRING;
    bool is_address = set->type == TYPE_IP;
    const struct expression *value = expression->operands[0];
    const struct expression *subject = is_text ? strip(value, &letters) : value;
    if (!is_text && !is_address && subject->kind == EXPRESSION_CONVERT) {
        if (subject->operands[0]->type != TYPE_INT64) {
            return convert_refuse(conversion, conversion->place, "IN of a text read as a number");
        }
        subject = subject->operands[0];
    }
    struct condition *test = NULL;
    enum condition_kind kind = is_text ? CONDITION_TEXT_IN : is_address ? CONDITION_ADDRESS_IN : CONDITION_NUMBER_IN;
    tocsin_status status = make(conversion, kind, &test);
    if (status != TOCSIN_OK) {
        return status;
    }
    set_subject(test, subject);
    test->ignores_case = letters != CASE_AS_IS;
    test->operator= OPERATOR_EQUAL;
    status =
        is_text || is_address ? add_set_texts(conversion, set, letters, test) : add_set_numbers(conversion, set, test);
    if (status != TOCSIN_OK) {
        return status;
    }
    bool holds = set->has_null || set_has_filler(filler_field(conversion, test), test, set);
    if (test->count == 0) {
        test->kind = CONDITION_FALSE;
    }
    return with_filler(conversion, test, holds, ret_condition);
}

/* ---- the rest ---- */

static tocsin_status build_is_null(struct conversion *conversion, const struct expression *expression,
                                   struct condition **ret_condition)
{
    enum letter_case letters;
    const struct expression *subject = strip(expression->operands[0], &letters);
    tocsin_status status = make(conversion, CONDITION_IS_NULL, ret_condition);
    if (status != TOCSIN_OK) {
        return status;
    }
    set_subject(*ret_condition, subject);
    if (filler_field(conversion, *ret_condition)) { /* never null */
        (*ret_condition)->kind = CONDITION_FALSE;
    }
    return TOCSIN_OK;
}

static tocsin_status build_network(struct conversion *conversion, const struct expression *call,
                                   struct condition **ret_condition)
{
    const struct expression *network = call->operands[0];
    const struct expression *value = call->operands[1];
    struct condition *test = NULL;
    bool is_good = network->kind == EXPRESSION_CONSTANT && network->constant.type == TYPE_STRING &&
                   call->operand_count == 2 && value->type == TYPE_IP;
    if (!is_good) {
        return convert_refuse(conversion, conversion->place, "INCIDR of something else than a network and an address");
    }
    tocsin_status status = check_text(conversion, network->constant.text);
    status = status == TOCSIN_OK ? make(conversion, CONDITION_NETWORK, &test) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    set_subject(test, value);
    test->text = str_trim(network->constant.text);
    bool is_all = str_ends_with(test->text, STR("/0")) || str_starts_with(test->text, STR("0."));
    return with_filler(conversion, test, filler_field(conversion, test) && is_all, ret_condition);
}

static tocsin_status build_truth(struct conversion *conversion, const struct expression *expression,
                                 struct condition **ret_condition)
{
    const struct expression *value = expression->operands[0];
    if (is_call(value, "INCIDR")) {
        return build_network(conversion, value, ret_condition);
    }
    if (value->kind == EXPRESSION_CALL) {
        return convert_refuse(conversion, conversion->place, "the function %s", value->function->names[0]);
    }
    if (value->kind == EXPRESSION_CONSTANT) {
        bool is_true = value->constant.type == TYPE_BOOL && value->constant.boolean;
        return make(conversion, is_true ? CONDITION_TRUE : CONDITION_FALSE, ret_condition);
    }
    if (conversion->is_grouped && value->kind == EXPRESSION_FIELD) { /* written as 1 or 0 */
        return build_number_compare(conversion, value, 1, OPERATOR_EQUAL, ret_condition);
    }
    return convert_refuse(conversion, conversion->place, "a value that is true or false");
}

static tocsin_status build_parts(struct conversion *conversion, const struct expression *const *expressions,
                                 uint32_t count, enum condition_kind kind, struct condition **ret_condition)
{
    const struct condition **parts = arena_array(conversion->arena, const struct condition *, count + 1);
    tocsin_status status = parts ? TOCSIN_OK : error_memory(conversion->err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        struct condition *part = NULL;
        status = build(conversion, expressions[i], &part);
        parts[i] = part;
    }
    return status == TOCSIN_OK ? join(conversion, kind, parts, count, ret_condition) : status;
}

static size_t place_offset(const struct condition *condition)
{
    return condition->place ? condition->place->offset_start : SIZE_MAX;
}

/* The plan orders by cost; a reader compares with the query. */
static int compare_places(const void *a, const void *b)
{
    size_t left = place_offset(*(const struct condition *const *)a);
    size_t right = place_offset(*(const struct condition *const *)b);
    return (left > right) - (left < right);
}

static void sort_parts(const struct condition **parts, uint32_t count)
{
    qsort(parts, count, sizeof(*parts), compare_places);
}

static tocsin_status build_kind(struct conversion *conversion, const struct expression *expression,
                                struct condition **ret_condition)
{
    tocsin_status status;
    switch (expression->kind) {
    case EXPRESSION_AND:
    case EXPRESSION_OR:
        status = build_parts(conversion, expression->operands, expression->operand_count,
                             expression->kind == EXPRESSION_AND ? CONDITION_AND : CONDITION_OR, ret_condition);
        if (status == TOCSIN_OK) {
            sort_parts((*ret_condition)->parts, (*ret_condition)->part_count);
        }
        return status;
    case EXPRESSION_NOT:
        return build_parts(conversion, expression->operands, 1, CONDITION_NOT, ret_condition);
    case EXPRESSION_COMPARE:
        return build_compare(conversion, expression, ret_condition);
    case EXPRESSION_LIKE:
        return build_like(conversion, expression, ret_condition);
    case EXPRESSION_REGEX:
        return build_regex(conversion, expression, ret_condition);
    case EXPRESSION_IN:
        return build_in(conversion, expression, ret_condition);
    case EXPRESSION_IS_NULL:
        return build_is_null(conversion, expression, ret_condition);
    case EXPRESSION_TRUTH:
        return build_truth(conversion, expression, ret_condition);
    case EXPRESSION_TEXT_SEARCH:
        return convert_refuse(conversion, conversion->place, "TEXT SEARCH");
    default:
        return convert_refuse(conversion, conversion->place, "this condition");
    }
}

static tocsin_status build(struct conversion *conversion, const struct expression *expression,
                           struct condition **ret_condition)
{
    const struct syntax_node *outer = conversion->place;
    conversion->place = expression->syntax ? expression->syntax : outer;
    tocsin_status status = build_kind(conversion, expression, ret_condition);
    conversion->place = outer;
    return status;
}

tocsin_status condition_build(struct conversion *conversion, const struct expression *expression,
                              const struct condition **ret_condition)
{
    struct condition *condition = NULL;
    tocsin_status status = build(conversion, expression, &condition);
    *ret_condition = condition;
    return status;
}

tocsin_status condition_build_all(struct conversion *conversion, const struct expression *const *expressions,
                                  uint32_t count, const struct condition **ret_condition)
{
    struct condition *condition = NULL;
    tocsin_status status = build_parts(conversion, expressions, count, CONDITION_AND, &condition);
    if (status == TOCSIN_OK) {
        sort_parts(condition->parts, condition->part_count);
    }
    *ret_condition = condition;
    return status;
}

/* ---- simplifying ---- */

static tocsin_status simplify_list(struct conversion *conversion, const struct condition *condition, str type,
                                   const struct condition **ret_condition)
{
    bool is_and = condition->kind == CONDITION_AND;
    enum condition_kind neutral = is_and ? CONDITION_TRUE : CONDITION_FALSE;
    enum condition_kind decisive = is_and ? CONDITION_FALSE : CONDITION_TRUE;
    uint32_t room = 0;
    const struct condition **parts = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < condition->part_count; i++) {
        const struct condition *part = NULL;
        tocsin_status status = condition_for_type(conversion, condition->parts[i], type, &part);
        if (status != TOCSIN_OK || part->kind == decisive) {
            *ret_condition = part;
            return status;
        }
        uint32_t more = part->kind == condition->kind ? part->part_count : 1;
        if (count + more > room) {
            uint32_t larger_room = 2 * (count + more) + condition->part_count;
            const struct condition **larger = arena_array(conversion->arena, const struct condition *, larger_room);
            if (!larger) {
                return error_memory(conversion->err);
            }
            if (count > 0) {
                memcpy(larger, parts, count * sizeof(*larger));
            }
            parts = larger;
            room = larger_room;
        }
        for (uint32_t p = 0; part->kind == condition->kind && p < part->part_count; p++) {
            parts[count++] = part->parts[p];
        }
        if (part->kind != condition->kind && part->kind != neutral) {
            parts[count++] = part;
        }
    }
    struct condition *result = NULL;
    if (count == 1) {
        *ret_condition = parts[0];
        return TOCSIN_OK;
    }
    tocsin_status status =
        count == 0 ? make(conversion, neutral, &result) : join(conversion, condition->kind, parts, count, &result);
    *ret_condition = result;
    return status;
}

tocsin_status condition_for_type(struct conversion *conversion, const struct condition *condition, str type,
                                 const struct condition **ret_condition)
{
    struct condition *result = NULL;
    tocsin_status status;
    if (condition->kind == CONDITION_AND || condition->kind == CONDITION_OR) {
        return simplify_list(conversion, condition, type, ret_condition);
    }
    if (condition->kind == CONDITION_SOURCE && type.len > 0) {
        bool is_true = condition_accepts_type(condition, type);
        status = make(conversion, is_true ? CONDITION_TRUE : CONDITION_FALSE, &result);
        *ret_condition = result;
        return status;
    }
    if (condition->kind != CONDITION_NOT) {
        *ret_condition = condition;
        return TOCSIN_OK;
    }
    const struct condition *part = NULL;
    status = condition_for_type(conversion, condition->parts[0], type, &part);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (part->kind == CONDITION_NOT) {
        *ret_condition = part->parts[0];
        return TOCSIN_OK;
    }
    bool is_known = part->kind == CONDITION_TRUE || part->kind == CONDITION_FALSE;
    if (is_known) {
        status = make(conversion, part->kind == CONDITION_TRUE ? CONDITION_FALSE : CONDITION_TRUE, &result);
        *ret_condition = result;
        return status;
    }
    const struct condition **parts = arena_array(conversion->arena, const struct condition *, 1);
    if (!parts) {
        return error_memory(conversion->err);
    }
    parts[0] = part;
    status = join(conversion, CONDITION_NOT, parts, 1, &result);
    if (status == TOCSIN_OK) {
        result->place = condition->place;
    }
    *ret_condition = result;
    return status;
}

/* ---- questions ---- */

bool condition_has_source(const struct condition *condition)
{
    bool has = condition->kind == CONDITION_SOURCE;
    for (uint32_t i = 0; !has && i < condition->part_count; i++) {
        has = condition_has_source(condition->parts[i]);
    }
    return has;
}

static void add_value_fields(const struct expression *value, struct field_set *set)
{
    if (value->kind == EXPRESSION_FIELD) {
        field_set_add(set, value->field);
    }
    for (uint32_t i = 0; i < value->operand_count; i++) {
        add_value_fields(value->operands[i], set);
    }
}

void condition_add_fields(const struct condition *condition, struct field_set *set)
{
    if (condition->field != FIELD_NONE) {
        field_set_add(set, condition->field);
    } else if (condition->value) {
        add_value_fields(condition->value, set);
    }
    if (condition->other) {
        add_value_fields(condition->other, set);
    }
    for (uint32_t i = 0; i < condition->part_count; i++) {
        condition_add_fields(condition->parts[i], set);
    }
}

bool condition_holds_for_empty(const struct condition *condition)
{
    str text;
    switch (condition->kind) {
    case CONDITION_IS_NULL:
        return true;
    case CONDITION_TEXT_IN:
        for (uint32_t i = 0; i < condition->count; i++) {
            if (condition->texts[i].len == 0) {
                return true;
            }
        }
        return false;
    case CONDITION_LIKE: {
        enum like_shape shape = like_shape_of(condition->text, &text);
        bool is_runs = str_find_char(condition->text, '_', 0) == SIZE_MAX && text.len == 0;
        return shape == LIKE_ANYTHING || is_runs;
    }
    case CONDITION_REGEX:
        return text_pattern_fits_empty(condition->pattern);
    default:
        return false;
    }
}
