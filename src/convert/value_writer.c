/* value_writer.c - values in the words of a target: fields, arithmetic, CASE, functions by templates. */
#include "base/limits.h"
#include "column/log_source.h"
#include "convert/conversion.h"

static void words(struct conversion *conversion, const char *text)
{
    strbuf_append(conversion->out, str_from_cstring(text));
}

void number_write(struct strbuf *target, double number)
{
    if (number == (double)(int64_t)number && number > -9e15 && number < 9e15) {
        strbuf_append_i64(target, (int64_t)number);
    } else {
        strbuf_append_double(target, number);
    }
}

void template_write(struct strbuf *target, const char *text, const str *arguments, uint32_t count)
{
    for (; *text; text++) {
        bool is_all = text[0] == '$' && text[1] == '*';
        bool is_one = text[0] == '$' && ascii_is_digit(text[1]);
        for (uint32_t i = 0; is_all && i < count; i++) {
            strbuf_append(target, i > 0 ? STR(", ") : STR_EMPTY);
            strbuf_append(target, arguments[i]);
        }
        if (is_one && (uint32_t)(text[1] - '1') < count) {
            strbuf_append(target, arguments[text[1] - '1']);
        }
        if (is_all || is_one) {
            text++;
        } else {
            strbuf_append_char(target, *text);
        }
    }
}

/* Into a text of its own. */
static tocsin_status write_apart(struct conversion *conversion, const struct expression *value, str *ret_text)
{
    struct strbuf part;
    struct strbuf *outer = conversion->out;
    strbuf_init(&part, LIMIT_CONVERSION_BYTES);
    conversion->out = &part;
    tocsin_status status = value_write(conversion, value);
    conversion->out = outer;
    if (status == TOCSIN_OK) {
        *ret_text = arena_copy(conversion->arena, strbuf_str(&part));
        status = ret_text->data ? TOCSIN_OK : error_memory(conversion->err);
    }
    strbuf_release(&part);
    return status;
}

static tocsin_status write_template(struct conversion *conversion, const char *text,
                                    const struct expression *const *arguments, uint32_t count, const char *name)
{
    if (!text) {
        return convert_refuse(conversion, NULL, "%s", name);
    }
    str *texts = arena_array(conversion->arena, str, count + 1);
    tocsin_status status = texts ? TOCSIN_OK : error_memory(conversion->err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        status = write_apart(conversion, arguments[i], &texts[i]);
    }
    if (status == TOCSIN_OK) {
        template_write(conversion->out, text, texts, count);
    }
    return status;
}

/* ---- texts ---- */

void string_write_quoted(struct strbuf *target, str text)
{
    strbuf_append_char(target, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\') {
            strbuf_append_char(target, '\\');
        }
        strbuf_append_char(target, text.data[i]);
    }
    strbuf_append_char(target, '"');
}

void string_write_escaped(struct strbuf *target, str text)
{
    strbuf_append_char(target, '"');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        const char *escaped = c == '"'    ? "\\\""
                              : c == '\\' ? "\\\\"
                              : c == '\n' ? "\\n"
                              : c == '\r' ? "\\r"
                              : c == '\t' ? "\\t"
                                          : NULL;
        strbuf_append(target, escaped ? str_from_cstring(escaped) : str_slice(text, i, i + 1));
    }
    strbuf_append_char(target, '"');
}

/* ---- leaves ---- */

static tocsin_status write_field(struct conversion *conversion, const struct expression *value)
{
    str names[CONVERT_NAMES_MAX];
    uint32_t count = 0;
    const struct convert_dialect *dialect = conversion->dialect;
    tocsin_status status = convert_field_names(conversion, value->field, names, &count);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (count == 0) {
        words(conversion, dialect->values.null);
        return convert_note_missing(conversion, value->field,
                                    conversion->is_in_condition ? CONVERT_BROADER | CONVERT_NARROWER : CONVERT_EXACT);
    }
    if (value->domain == DOMAIN_TIME_MS && !conversion->is_grouped) {
        if (!dialect->time_value) {
            return convert_refuse(conversion, NULL, "a time as a number");
        }
        dialect->time_value(conversion->out, names[0]);
        return TOCSIN_OK;
    }
    if (count == 1) {
        dialect->field(conversion->out, names[0]);
        return TOCSIN_OK;
    }
    str texts[CONVERT_NAMES_MAX];
    for (uint32_t i = 0; i < count; i++) {
        struct strbuf one;
        strbuf_init(&one, LIMIT_CONVERSION_BYTES);
        dialect->field(&one, names[i]);
        texts[i] = arena_copy(conversion->arena, strbuf_str(&one));
        strbuf_release(&one);
        if (!texts[i].data) {
            return error_memory(conversion->err);
        }
    }
    if (!dialect->values.coalesce) {
        return convert_refuse(conversion, NULL, "a field with several names there");
    }
    if (!strstr(dialect->values.coalesce, "$2")) {
        template_write(conversion->out, dialect->values.coalesce, texts, count);
        return TOCSIN_OK;
    }
    str rest = texts[count - 1]; /* of two at a time */
    for (uint32_t i = count - 1; i-- > 0;) {
        struct strbuf both;
        strbuf_init(&both, LIMIT_CONVERSION_BYTES);
        template_write(&both, dialect->values.coalesce, (str[]){texts[i], rest}, 2);
        rest = arena_copy(conversion->arena, strbuf_str(&both));
        strbuf_release(&both);
        if (!rest.data) {
            return error_memory(conversion->err);
        }
    }
    strbuf_append(conversion->out, rest);
    return TOCSIN_OK;
}

static tocsin_status write_constant(struct conversion *conversion, const struct value *value)
{
    char text[IP_TEXT_BYTES];
    switch (value->type) {
    case TYPE_BOOL:
        words(conversion, value->boolean ? conversion->dialect->true_text : conversion->dialect->false_text);
        return TOCSIN_OK;
    case TYPE_INT64:
        strbuf_append_i64(conversion->out, value->integer);
        return TOCSIN_OK;
    case TYPE_DOUBLE:
        number_write(conversion->out, value->number);
        return TOCSIN_OK;
    case TYPE_STRING:
        for (size_t i = 0; i < value->text.len; i++) {
            unsigned char c = (unsigned char)value->text.data[i];
            if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') {
                return convert_refuse(conversion, NULL, "a text with a control character");
            }
        }
        conversion->dialect->string(conversion->out, value->text);
        return TOCSIN_OK;
    case TYPE_IP:
        conversion->dialect->string(conversion->out, str_from(text, ip_format(&value->ip, text)));
        return TOCSIN_OK;
    default:
        words(conversion, conversion->dialect->values.null);
        return TOCSIN_OK;
    }
}

/* ---- operators ---- */

static tocsin_status write_arithmetic(struct conversion *conversion, const struct expression *value)
{
    const struct value_words *values = &conversion->dialect->values;
    const struct expression *const *operands = value->operands;
    if (value->operand_count == 1) {
        return value->operator== OPERATOR_NEGATE ? write_template(conversion, "(0 - $1)", operands, 1, "-")
               : value->operator== OPERATOR_PLUS ? value_write(conversion, operands[0])
                                                 : convert_refuse(conversion, NULL, "the operator ~");
    }
    switch (value->operator) {
    case OPERATOR_ADD:
        return write_template(conversion, "($1 + $2)", operands, 2, "+");
    case OPERATOR_SUBTRACT:
        return write_template(conversion, "($1 - $2)", operands, 2, "-");
    case OPERATOR_MULTIPLY:
        return write_template(conversion, "($1 * $2)", operands, 2, "*");
    case OPERATOR_DIVIDE:
        return write_template(conversion, value->type == TYPE_DOUBLE ? "($1 / $2)" : values->divide, operands, 2,
                              "division of whole numbers");
    case OPERATOR_REMAINDER:
        return write_template(conversion, values->remainder, operands, 2, "the operator %");
    default:
        return convert_refuse(conversion, NULL, "the operator %.*s", STR_ARG(syntax_operator_text(value->operator)));
    }
}

static tocsin_status write_convert(struct conversion *conversion, const struct expression *value)
{
    const struct expression *operand = value->operands[0];
    bool is_text = operand->type == TYPE_STRING;
    if (is_text && value->type == TYPE_DOUBLE) {
        return write_template(conversion, conversion->dialect->values.to_number, value->operands, 1,
                              "a text read as a number");
    }
    if (is_text || value->type == TYPE_INT64) {
        return is_text && value->type == TYPE_INT64
                   ? write_template(conversion, conversion->dialect->values.to_integer, value->operands, 1,
                                    "a text read as a whole number")
                   : convert_refuse(conversion, NULL, "a conversion between types");
    }
    return value_write(conversion, operand);
}

static tocsin_status write_case(struct conversion *conversion, const struct expression *value)
{
    const struct value_words *values = &conversion->dialect->values;
    if (conversion->dialect->case_value) {
        return conversion->dialect->case_value(conversion, value);
    }
    if (!values->case_open) {
        return convert_refuse(conversion, NULL, "CASE");
    }
    uint32_t last = value->operand_count - 1;
    for (uint32_t i = 0; i + 1 < value->operand_count; i += 2) {
        const struct condition *condition = NULL;
        tocsin_status status = condition_build(conversion, value->operands[i], &condition);
        status = status == TOCSIN_OK ? condition_for_type(conversion, condition, STR_EMPTY, &condition) : status;
        words(conversion, i > 0 ? ", " : "");
        words(conversion, i == 0 || values->has_nested_case ? values->case_open : "");
        conversion->indent++;
        status = status == TOCSIN_OK ? condition_write(conversion, condition, false) : status;
        conversion->indent--;
        words(conversion, ", ");
        status = status == TOCSIN_OK ? value_write(conversion, value->operands[i + 1]) : status;
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    words(conversion, values->case_else);
    tocsin_status status = value_write(conversion, value->operands[last]);
    for (uint32_t i = 0; i + 1 < value->operand_count; i += 2) {
        words(conversion, i == 0 || values->has_nested_case ? ")" : "");
    }
    return status;
}

/* ---- dates ---- */

static const char *date_letter(char letter, size_t count, bool is_strftime)
{
    static const struct {
        char letter;
        size_t min;
        size_t max;
        const char *strftime;
        const char *net;
    } letters[] = {
        {'y', 3, 9, "%Y", "yyyy"}, {'Y', 3, 9, "%Y", "yyyy"}, {'y', 1, 2, "%y", "yy"}, {'M', 2, 2, "%m", "MM"},
        {'d', 2, 2, "%d", "dd"},   {'H', 2, 2, "%H", "HH"},   {'h', 2, 2, "%I", "hh"}, {'m', 2, 2, "%M", "mm"},
        {'s', 2, 2, "%S", "ss"},   {'S', 3, 3, NULL, "SSS"},  {'a', 1, 1, "%p", NULL},
    };
    for (size_t i = 0; i < countof(letters); i++) {
        if (letters[i].letter == letter && count >= letters[i].min && count <= letters[i].max) {
            return is_strftime ? letters[i].strftime : letters[i].net;
        }
    }
    return NULL;
}

/* A pattern of DATEFORMAT in the letters of strftime (is_strftime) or of .NET and Java. False: not understood. */
static bool write_date_pattern(struct strbuf *target, str pattern, bool is_strftime, bool *ret_has_week_year)
{
    for (size_t at = 0; at < pattern.len;) {
        char c = pattern.data[at];
        size_t count = 1;
        while (at + count < pattern.len && pattern.data[at + count] == c) {
            count++;
        }
        if (!ascii_is_alpha(c)) {
            if (!strchr(" -/:._", c)) {
                return false;
            }
            strbuf_append(target, str_slice(pattern, at, at + count));
            at += count;
            continue;
        }
        const char *text = date_letter(c, count, is_strftime);
        if (!text) {
            return false;
        }
        *ret_has_week_year |= c == 'Y';
        strbuf_append(target, str_from_cstring(text));
        at += count;
    }
    return true;
}

static tocsin_status write_date(struct conversion *conversion, const struct expression *call)
{
    const struct convert_dialect *dialect = conversion->dialect;
    const struct expression *time = call->operands[0];
    const struct expression *pattern = call->operands[1];
    str names[CONVERT_NAMES_MAX];
    uint32_t count = 0;
    bool has_week_year = false;
    if (time->kind != EXPRESSION_FIELD || pattern->kind != EXPRESSION_CONSTANT || conversion->is_grouped) {
        return convert_refuse(conversion, NULL, "DATEFORMAT of something else than a field and a constant pattern");
    }
    tocsin_status status = convert_field_names(conversion, time->field, names, &count);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct strbuf format;
    struct strbuf texts[2];
    strbuf_init(&format, LIMIT_DATE_PATTERN_BYTES * 2);
    strbuf_init(&texts[0], LIMIT_CONVERSION_BYTES);
    strbuf_init(&texts[1], LIMIT_DATE_PATTERN_BYTES * 4);
    if (count == 0 ||
        !write_date_pattern(&format, pattern->constant.text, dialect->date_format.is_strftime, &has_week_year)) {
        status = convert_refuse(conversion, NULL, "DATEFORMAT with this pattern");
    } else {
        dialect->field(&texts[0], names[0]);
        dialect->string(&texts[1], strbuf_str(&format));
        const str arguments[2] = {strbuf_str(&texts[0]), strbuf_str(&texts[1])};
        template_write(conversion->out, dialect->date_format.text, arguments, 2);
        conversion->out->is_failed |= format.is_failed || texts[0].is_failed || texts[1].is_failed;
    }
    strbuf_release(&format);
    strbuf_release(&texts[0]);
    strbuf_release(&texts[1]);
    return status == TOCSIN_OK && has_week_year
               ? convert_note(conversion, CONVERT_EXACT, "YYYY is the year of the week in AQL; the year is written")
               : status;
}

/* ---- functions ---- */

static tocsin_status write_source_name(struct conversion *conversion)
{
    for (uint32_t i = 0; i < conversion->map_count; i++) {
        const char *name = field_map_source_field(conversion->maps[i]);
        if (name) {
            conversion->dialect->field(conversion->out, str_from_cstring(name));
            return TOCSIN_OK;
        }
    }
    return convert_refuse(conversion, NULL, "LOGSOURCETYPENAME as a value");
}

static tocsin_status write_call(struct conversion *conversion, const struct expression *value)
{
    const char *name = value->function->names[0];
    if (strcmp(name, "LOGSOURCETYPENAME") == 0) {
        return write_source_name(conversion);
    }
    if (strcmp(name, "DATEFORMAT") == 0 && conversion->dialect->date_format.text) {
        return write_date(conversion, value);
    }
    if (strcmp(name, "UTF8") == 0 || (strcmp(name, "STR") == 0 && value->operands[0]->type == TYPE_STRING)) {
        return value_write(conversion, value->operands[0]);
    }
    const struct convert_function *functions = conversion->dialect->values.functions;
    for (size_t i = 0; functions && functions[i].name; i++) {
        if (strcmp(functions[i].name, name) == 0) {
            return write_template(conversion, functions[i].text, value->operands, value->operand_count, name);
        }
    }
    return convert_refuse(conversion, NULL, "the function %s", name);
}

/* A condition as a value is 1 or 0. */
static tocsin_status write_condition_value(struct conversion *conversion, const struct expression *value)
{
    const struct condition *condition = NULL;
    const struct value_words *values = &conversion->dialect->values;
    if (!values->case_open) {
        return convert_refuse(conversion, NULL, "a condition as a value");
    }
    tocsin_status status = condition_build(conversion, value, &condition);
    status = status == TOCSIN_OK ? condition_for_type(conversion, condition, STR_EMPTY, &condition) : status;
    words(conversion, values->case_open);
    status = status == TOCSIN_OK ? condition_write(conversion, condition, false) : status;
    words(conversion, ", 1");
    words(conversion, values->case_else);
    words(conversion, "0)");
    return status;
}

static tocsin_status write_kind(struct conversion *conversion, const struct expression *value)
{
    switch (value->kind) {
    case EXPRESSION_FIELD:
        return write_field(conversion, value);
    case EXPRESSION_CONSTANT:
        return write_constant(conversion, &value->constant);
    case EXPRESSION_ARITHMETIC:
        return write_arithmetic(conversion, value);
    case EXPRESSION_CONVERT:
        return write_convert(conversion, value);
    case EXPRESSION_CASE:
        return write_case(conversion, value);
    case EXPRESSION_CALL:
        return write_call(conversion, value);
    default:
        return write_condition_value(conversion, value);
    }
}

tocsin_status value_write(struct conversion *conversion, const struct expression *value)
{
    if (conversion->out->is_failed) {
        return error_set(conversion->err, TOCSIN_ERROR_LIMIT, "the conversion to %s is longer than %zu bytes",
                         conversion->dialect->target.title, (size_t)LIMIT_CONVERSION_BYTES);
    }
    const struct syntax_node *outer = conversion->place;
    conversion->place = value->syntax ? value->syntax : outer;
    tocsin_status status = write_kind(conversion, value);
    conversion->place = outer;
    return status;
}

bool value_can_be_written(struct conversion *conversion, const struct expression *value)
{
    struct error err = {0};
    struct strbuf out;
    struct conversion probe = *conversion;
    strbuf_init(&out, LIMIT_CONVERSION_BYTES);
    probe.err = &err;
    probe.out = &out;
    bool can = value_write(&probe, value) == TOCSIN_OK;
    strbuf_release(&out);
    return can;
}
