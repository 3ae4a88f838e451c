/* to_sigma.c - Sigma rules (specification 2): one document for each log source type. Tests of one field with the same
 * modifiers that stand side by side become one selection. Sigma ignores case unless told (|cased); it is two-valued. */
#include <stdlib.h>

#include "base/limits.h"
#include "convert/conversion.h"

/* One test as Sigma writes it. */
struct selection {
    str key;     /* field and modifiers, as a quoted YAML key */
    str *values; /* YAML scalars */
    uint32_t count;
    bool is_all; /* |all: every value */
};

struct detection {
    struct selection *selections;
    uint32_t count;
    uint32_t capacity;
};

/* ---- scalars ---- */

/* * and ? are wildcards, \ in front of them takes that away; doubled it stands for itself everywhere. */
static void append_literal(struct strbuf *target, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("*?\\", text.data[i])) {
            strbuf_append_char(target, '\\');
        }
        strbuf_append_char(target, text.data[i]);
    }
}

static tocsin_status scalar(struct conversion *conversion, str text, str *ret_scalar)
{
    struct strbuf quoted;
    strbuf_init(&quoted, LIMIT_CONVERSION_BYTES);
    convert_yaml_string(&quoted, text);
    *ret_scalar = quoted.is_failed ? (str){NULL, 0} : arena_copy(conversion->arena, strbuf_str(&quoted));
    strbuf_release(&quoted);
    return ret_scalar->data ? TOCSIN_OK : error_memory(conversion->err);
}

static tocsin_status literal_scalar(struct conversion *conversion, str text, str *ret_scalar)
{
    struct strbuf escaped;
    strbuf_init(&escaped, LIMIT_CONVERSION_BYTES);
    append_literal(&escaped, text);
    tocsin_status status = scalar(conversion, strbuf_str(&escaped), ret_scalar);
    strbuf_release(&escaped);
    return status;
}

static tocsin_status wildcard_scalar(struct conversion *conversion, str pattern, str *ret_scalar)
{
    struct strbuf escaped;
    strbuf_init(&escaped, LIMIT_CONVERSION_BYTES);
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.data[i] == '%' || pattern.data[i] == '_') {
            strbuf_append_char(&escaped, pattern.data[i] == '%' ? '*' : '?');
        } else {
            append_literal(&escaped, str_slice(pattern, i, i + 1));
        }
    }
    tocsin_status status = scalar(conversion, strbuf_str(&escaped), ret_scalar);
    strbuf_release(&escaped);
    return status;
}

/* ---- tests ---- */

static tocsin_status set_key(struct conversion *conversion, struct selection *selection, str name,
                             const char *modifiers, bool is_cased)
{
    struct strbuf key;
    strbuf_init(&key, LIMIT_CONVERSION_BYTES);
    strbuf_append(&key, name);
    strbuf_append(&key, str_from_cstring(modifiers));
    strbuf_append(&key, is_cased ? STR("|cased") : STR_EMPTY);
    selection->key = arena_copy(conversion->arena, strbuf_str(&key));
    strbuf_release(&key);
    return selection->key.data ? TOCSIN_OK : error_memory(conversion->err);
}

static tocsin_status set_values(struct conversion *conversion, struct selection *selection, uint32_t count)
{
    selection->values = arena_array(conversion->arena, str, count);
    selection->count = count;
    return selection->values ? TOCSIN_OK : error_memory(conversion->err);
}

static tocsin_status text_selection(struct conversion *conversion, const struct condition *test, str name,
                                    struct selection *selection)
{
    bool is_cased = test->kind == CONDITION_TEXT_IN && !test->ignores_case && test->name.len == 0;
    tocsin_status status = set_key(conversion, selection, name, "", is_cased);
    status = status == TOCSIN_OK ? set_values(conversion, selection, test->count) : status;
    for (uint32_t i = 0; status == TOCSIN_OK && i < test->count; i++) {
        status = literal_scalar(conversion, test->texts[i], &selection->values[i]);
    }
    return status;
}

static tocsin_status like_selection(struct conversion *conversion, const struct condition *test, str name,
                                    struct selection *selection)
{
    static const char *const modifiers[] = {[LIKE_CONTAINS] = "|contains",
                                            [LIKE_STARTS] = "|startswith",
                                            [LIKE_ENDS] = "|endswith",
                                            [LIKE_ANYTHING] = "|exists",
                                            [LIKE_OTHER] = "",
                                            [LIKE_EXACT] = ""};
    str text;
    enum like_shape shape = like_shape_of(test->text, &text);
    bool is_cased = !test->ignores_case && shape != LIKE_ANYTHING;
    tocsin_status status = set_key(conversion, selection, name, modifiers[shape], is_cased);
    status = status == TOCSIN_OK ? set_values(conversion, selection, 1) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    if (shape == LIKE_ANYTHING) {
        selection->values[0] = STR("true");
        return TOCSIN_OK;
    }
    return shape == LIKE_OTHER ? wildcard_scalar(conversion, test->text, &selection->values[0])
                               : literal_scalar(conversion, text, &selection->values[0]);
}

static tocsin_status regex_selection(struct conversion *conversion, const struct condition *test, str name,
                                     struct selection *selection)
{
    static const struct pattern_style style = {.dialect = PATTERN_RE2, .has_no_flag = true};
    struct strbuf regex;
    strbuf_init(&regex, LIMIT_CONVERSION_BYTES);
    tocsin_status status = convert_regex(conversion, test, &style, &regex);
    status = status == TOCSIN_OK ? set_key(conversion, selection, name, test->ignores_case ? "|re|i" : "|re", false)
                                 : status;
    status = status == TOCSIN_OK ? set_values(conversion, selection, 1) : status;
    status = status == TOCSIN_OK ? scalar(conversion, strbuf_str(&regex), &selection->values[0]) : status;
    strbuf_release(&regex);
    return status;
}

static tocsin_status number_selection(struct conversion *conversion, const struct condition *test, str name,
                                      struct selection *selection)
{
    const char *modifier = test->operator== OPERATOR_LESS            ? "|lt"
                           : test->operator== OPERATOR_LESS_EQUAL    ? "|lte"
                           : test->operator== OPERATOR_GREATER       ? "|gt"
                           : test->operator== OPERATOR_GREATER_EQUAL ? "|gte"
                                                                     : "";
    tocsin_status status = set_key(conversion, selection, name, modifier, false);
    status = status == TOCSIN_OK ? set_values(conversion, selection, test->count) : status;
    for (uint32_t i = 0; status == TOCSIN_OK && i < test->count; i++) {
        struct strbuf number;
        strbuf_init(&number, 64);
        number_write(&number, test->numbers[i]);
        selection->values[i] = arena_copy(conversion->arena, strbuf_str(&number));
        strbuf_release(&number);
        status = selection->values[i].data ? TOCSIN_OK : error_memory(conversion->err);
    }
    return status;
}

static tocsin_status plain_selection(struct conversion *conversion, const char *modifier, str value, str name,
                                     struct selection *selection)
{
    tocsin_status status = set_key(conversion, selection, name, modifier, false);
    status = status == TOCSIN_OK ? set_values(conversion, selection, 1) : status;
    if (status == TOCSIN_OK) {
        selection->values[0] = value;
    }
    return status;
}

static tocsin_status make_selection(struct conversion *conversion, const struct condition *test,
                                    struct selection *selection)
{
    str names[CONVERT_NAMES_MAX];
    uint32_t count = 1;
    str value;
    *selection = (struct selection){.count = 0};
    if (test->field == FIELD_NONE) {
        return convert_refuse(conversion, test->place, "a function or a computed value in a condition");
    }
    tocsin_status status = convert_field_names(conversion, test->field, names, &count);
    if (status != TOCSIN_OK) {
        return status;
    }
    switch (test->kind) {
    case CONDITION_TEXT_IN:
    case CONDITION_ADDRESS_IN:
        return text_selection(conversion, test, names[0], selection);
    case CONDITION_LIKE:
        return like_selection(conversion, test, names[0], selection);
    case CONDITION_REGEX:
        return regex_selection(conversion, test, names[0], selection);
    case CONDITION_NUMBER_IN:
    case CONDITION_NUMBER_ORDER:
        return number_selection(conversion, test, names[0], selection);
    case CONDITION_NETWORK:
        status = scalar(conversion, test->text, &value);
        return status == TOCSIN_OK ? plain_selection(conversion, "|cidr", value, names[0], selection) : status;
    case CONDITION_IS_NULL:
        return plain_selection(conversion, "", STR("null"), names[0], selection);
    case CONDITION_TEXT_ORDER:
        return convert_refuse(conversion, test->place, "texts compared by order");
    default:
        return convert_refuse(conversion, test->place, "this comparison");
    }
}

/* ---- selections ---- */

static bool is_same(const struct selection *a, const struct selection *b)
{
    bool is_equal = str_eq(a->key, b->key) && a->count == b->count && a->is_all == b->is_all;
    for (uint32_t i = 0; is_equal && i < a->count; i++) {
        is_equal = str_eq(a->values[i], b->values[i]);
    }
    return is_equal;
}

enum { COMPARED_MAX = 200 };

static tocsin_status add_selection(struct conversion *conversion, const struct selection *selection)
{
    struct detection *detection = conversion->own;
    uint32_t number = 0;
    while (number < detection->count &&
           (number >= COMPARED_MAX || !is_same(&detection->selections[number], selection))) {
        number++;
    }
    if (number == detection->count && detection->count == detection->capacity) {
        uint32_t capacity = detection->capacity ? 2 * detection->capacity : 8;
        struct selection *larger = arena_array(conversion->arena, struct selection, capacity);
        if (!larger) {
            return error_memory(conversion->err);
        }
        if (detection->count > 0) {
            memcpy(larger, detection->selections, detection->count * sizeof(*larger));
        }
        detection->selections = larger;
        detection->capacity = capacity;
    }
    if (number == detection->count) {
        detection->selections[detection->count++] = *selection;
    }
    strbuf_append_format(conversion->out, "sel%u", number + 1);
    return TOCSIN_OK;
}

static bool is_test(const struct condition *condition)
{
    return condition->kind != CONDITION_AND && condition->kind != CONDITION_OR && condition->kind != CONDITION_NOT;
}

/* Values of one key that OR joins, or (with |all) AND. Only what has a single value can be joined by AND. */
static bool can_join(const struct selection *a, const struct selection *b, bool is_and)
{
    bool is_null = str_eq(a->values[0], STR("null")) || str_eq(b->values[0], STR("null"));
    bool is_single = a->count == 1 && b->count == 1;
    bool is_contains = str_ends_with(a->key, STR("|contains")) || str_ends_with(a->key, STR("|contains|cased")) ||
                       str_ends_with(a->key, STR("|re")) || str_ends_with(a->key, STR("|re|i"));
    return str_eq(a->key, b->key) && !is_null && (!is_and || (is_contains && is_single));
}

static tocsin_status write_condition(struct conversion *conversion, const struct condition *condition);

/* Tests of one list, those of one key together. */
static tocsin_status write_tests(struct conversion *conversion, const struct selection *tests, uint32_t count,
                                 bool is_and, const char *between, bool *ret_has_any)
{
    bool *is_done = arena_array(conversion->arena, bool, count + 1);
    if (!is_done) {
        return error_memory(conversion->err);
    }
    for (uint32_t i = 0; i < count; i++) {
        struct selection joined = tests[i];
        uint32_t total = 0;
        if (is_done[i]) {
            continue;
        }
        for (uint32_t k = i; k < count; k++) {
            total += !is_done[k] && (k == i || can_join(&tests[i], &tests[k], is_and)) ? tests[k].count : 0;
        }
        joined.values = arena_array(conversion->arena, str, total);
        if (!joined.values) {
            return error_memory(conversion->err);
        }
        joined.count = 0;
        for (uint32_t k = i; k < count; k++) {
            if (is_done[k] || (k != i && !can_join(&tests[i], &tests[k], is_and))) {
                continue;
            }
            memcpy(joined.values + joined.count, tests[k].values, tests[k].count * sizeof(str));
            joined.count += tests[k].count;
            joined.is_all = is_and && k != i;
            is_done[k] = true;
        }
        strbuf_append(conversion->out, *ret_has_any ? str_from_cstring(between) : STR_EMPTY);
        *ret_has_any = true;
        tocsin_status status = add_selection(conversion, &joined);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status write_list(struct conversion *conversion, const struct condition *condition)
{
    bool is_and = condition->kind == CONDITION_AND;
    const char *between = is_and ? " and " : " or ";
    struct selection *tests = arena_array(conversion->arena, struct selection, condition->part_count + 1);
    uint32_t count = 0;
    bool has_any = false;
    tocsin_status status = tests ? TOCSIN_OK : error_memory(conversion->err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < condition->part_count; i++) {
        if (is_test(condition->parts[i])) {
            status = make_selection(conversion, condition->parts[i], &tests[count]);
            count++;
        }
    }
    status = status == TOCSIN_OK ? write_tests(conversion, tests, count, is_and, between, &has_any) : status;
    for (uint32_t i = 0; status == TOCSIN_OK && i < condition->part_count; i++) {
        const struct condition *part = condition->parts[i];
        if (is_test(part)) {
            continue;
        }
        bool needs_parentheses = part->kind != CONDITION_NOT;
        strbuf_append(conversion->out, has_any ? str_from_cstring(between) : STR_EMPTY);
        strbuf_append(conversion->out, needs_parentheses ? STR("(") : STR_EMPTY);
        status = write_condition(conversion, part);
        strbuf_append(conversion->out, needs_parentheses ? STR(")") : STR_EMPTY);
        has_any = true;
    }
    return status;
}

static tocsin_status write_condition(struct conversion *conversion, const struct condition *condition)
{
    struct selection selection;
    if (condition->kind == CONDITION_AND || condition->kind == CONDITION_OR) {
        return write_list(conversion, condition);
    }
    if (condition->kind == CONDITION_NOT) {
        bool needs_parentheses = !is_test(condition->parts[0]);
        strbuf_append(conversion->out, needs_parentheses ? STR("not (") : STR("not "));
        tocsin_status status = write_condition(conversion, condition->parts[0]);
        strbuf_append(conversion->out, needs_parentheses ? STR(")") : STR_EMPTY);
        return status;
    }
    const struct syntax_node *outer = conversion->place;
    conversion->place = condition->place ? condition->place : outer;
    tocsin_status status = make_selection(conversion, condition, &selection);
    conversion->place = outer;
    return status == TOCSIN_OK ? add_selection(conversion, &selection) : status;
}

/* ---- the document ---- */

static void line(struct conversion *conversion, const char *key, str value)
{
    if (value.len > 0) {
        strbuf_append_format(conversion->out, "%s: ", key);
        convert_yaml_string(conversion->out, value);
        OUT(conversion, "\n");
    }
}

static void list(struct conversion *conversion, const char *key, const str *values, size_t count)
{
    if (count > 0) {
        strbuf_append_format(conversion->out, "%s:\n", key);
    }
    for (size_t i = 0; i < count; i++) {
        OUT(conversion, "    - ");
        convert_yaml_string(conversion->out, values[i]);
        OUT(conversion, "\n");
    }
}

/* The same rule gets the same id each time. */
static void write_id(struct conversion *conversion, const struct field_map_type *type)
{
    struct strbuf name;
    strbuf_init(&name, LIMIT_CONFIG_BYTES);
    strbuf_append(&name, conversion->rule->id);
    strbuf_append(&name, conversion->rule->id.len > 0 ? STR_EMPTY : conversion->text);
    strbuf_append_char(&name, '\n');
    strbuf_append(&name, str_from_cstring(type->type));
    uint64_t high = str_hash(strbuf_str(&name), 1);
    uint64_t low = str_hash(strbuf_str(&name), 2);
    strbuf_release(&name);
    strbuf_append_format(conversion->out, "id: %08x-%04x-4%03x-%04x-%012llx\n", (unsigned)(high >> 32),
                         (unsigned)(high >> 16 & 0xFFFF), (unsigned)(high & 0xFFF),
                         (unsigned)(0x8000 | (low >> 48 & 0x3FFF)), (unsigned long long)(low & 0xFFFFFFFFFFFF));
}

static void write_tags(struct conversion *conversion)
{
    const struct convert_rule *rule = conversion->rule;
    if (rule->technique_count == 0) {
        return;
    }
    OUT(conversion, "tags:\n    - attack.credential-access\n");
    for (size_t i = 0; i < rule->technique_count; i++) {
        OUT(conversion, "    - attack.");
        for (size_t c = 0; c < rule->techniques[i].len; c++) {
            char letter = rule->techniques[i].data[c];
            bool is_good = ascii_is_alpha(letter) || ascii_is_digit(letter) || letter == '.';
            strbuf_append_char(conversion->out, is_good ? ascii_lower(letter) : '-');
        }
        OUT(conversion, "\n");
    }
}

static void write_logsource(struct conversion *conversion, const struct field_map_type *type)
{
    OUT(conversion, "logsource:\n");
    for (unsigned i = 0; i < type->test_count; i++) {
        strbuf_append_format(conversion->out, "    %s: ", type->tests[i].field);
        convert_yaml_string(conversion->out, str_from_cstring(type->tests[i].values[0]));
        OUT(conversion, "\n");
    }
}

static void write_selection(struct conversion *conversion, const struct selection *selection, uint32_t number)
{
    struct strbuf key;
    strbuf_append_format(conversion->out, "    sel%u:\n        ", number);
    strbuf_init(&key, LIMIT_CONVERSION_BYTES);
    strbuf_append(&key, selection->key);
    strbuf_append(&key, selection->is_all ? STR("|all") : STR_EMPTY);
    bool is_plain = name_is_plain(strbuf_str(&key), "|._@/-");
    if (is_plain) {
        strbuf_append(conversion->out, strbuf_str(&key));
    } else {
        convert_yaml_string(conversion->out, strbuf_str(&key));
    }
    strbuf_release(&key);
    if (selection->count == 1) {
        OUT(conversion, ": ");
        strbuf_append(conversion->out, selection->values[0]);
        OUT(conversion, "\n");
        return;
    }
    OUT(conversion, ":\n");
    for (uint32_t i = 0; i < selection->count; i++) {
        OUT(conversion, "            - ");
        strbuf_append(conversion->out, selection->values[i]);
        OUT(conversion, "\n");
    }
}

static void write_fields(struct conversion *conversion, const struct field_map_type *type)
{
    bool is_first = true;
    for (size_t i = 0; i < conversion->field_count; i++) {
        const struct convert_field *field = &conversion->fields[i];
        if (field->type.len > 0 && !str_eq(field->type, str_from_cstring(type->type))) {
            continue;
        }
        strbuf_append(conversion->out, is_first ? STR("fields:\n    - ") : STR("    - "));
        convert_yaml_string(conversion->out, field->name);
        OUT(conversion, "\n");
        is_first = false;
    }
}

static const char *status_of(str status)
{
    static const char *const known[] = {"stable", "test", "experimental", "deprecated", "unsupported"};
    for (size_t i = 0; i < countof(known); i++) {
        if (str_eq_ignore_case(str_from_cstring(known[i]), status)) {
            return known[i];
        }
    }
    return "test";
}

static tocsin_status write_detection(struct conversion *conversion, const struct condition *condition)
{
    struct detection detection = {.count = 0};
    struct strbuf text;
    struct strbuf *outer = conversion->out;
    strbuf_init(&text, LIMIT_CONVERSION_BYTES);
    conversion->own = &detection;
    conversion->out = &text;
    tocsin_status status = write_condition(conversion, condition);
    conversion->out = outer;
    conversion->own = NULL;
    OUT(conversion, "detection:\n");
    for (uint32_t i = 0; status == TOCSIN_OK && i < detection.count; i++) {
        write_selection(conversion, &detection.selections[i], i + 1);
    }
    OUT(conversion, "    condition: ");
    strbuf_append(conversion->out, strbuf_str(&text));
    OUT(conversion, "\n");
    strbuf_release(&text);
    return status;
}

static tocsin_status write_document(struct conversion *conversion, const struct condition *condition)
{
    const struct convert_rule *rule = conversion->rule;
    const struct field_map_type *type = conversion->scope.types[0];
    str title = rule->title.len > 0 ? rule->title : rule->id.len > 0 ? rule->id : STR("Converted query");
    if (condition->kind == CONDITION_TRUE) {
        return convert_refuse(conversion, NULL, "a rule that every event of a log source fits");
    }
    struct strbuf whole;
    strbuf_init(&whole, LIMIT_CONFIG_BYTES);
    convert_append_plain(&whole, str_slice(title, 0, 200));
    if (conversion->all.count > 1) {
        strbuf_append(&whole, STR(", "));
        strbuf_append(&whole, str_from_cstring(type->type));
    }
    line(conversion, "title", strbuf_str(&whole));
    strbuf_release(&whole);
    write_id(conversion, type);
    strbuf_append_format(conversion->out, "status: %s\n", status_of(rule->status));
    line(conversion, "description", rule->description.len > 0 ? rule->description : title);
    list(conversion, "references", rule->references, rule->reference_count);
    OUT(conversion, "author: Tocsin\n");
    write_tags(conversion);
    write_logsource(conversion, type);
    tocsin_status status = write_detection(conversion, condition);
    write_fields(conversion, type);
    list(conversion, "falsepositives", rule->false_positives, rule->false_positive_count);
    OUT(conversion, "level: ");
    str level = rule->level.len > 0 ? rule->level : STR("medium");
    for (size_t i = 0; i < level.len; i++) {
        strbuf_append_char(conversion->out, ascii_is_alpha(level.data[i]) ? ascii_lower(level.data[i]) : '-');
    }
    OUT(conversion, "\n");
    return status;
}

static tocsin_status write(struct conversion *conversion)
{
    return convert_write_types(conversion, STR("---\n"), write_document);
}

static tocsin_status test(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    return convert_refuse(conversion, test->place, "this test"); /* never: conditions are written here */
}

static void string(struct strbuf *target, str text)
{
    convert_yaml_string(target, text);
}

static void field(struct strbuf *target, str name)
{
    convert_yaml_string(target, name);
}

const struct convert_dialect dialect_sigma = {
    .target = {"sigma", "Sigma", "yml"},
    .comment = "# ",
    .comment_end = "",
    .and_text = "and ",
    .or_text = "or ",
    .not_open = "not (",
    .not_close = ")",
    .true_text = "",
    .false_text = "",
    .is_partitioned = true,
    .values = {.null = "null"},
    .string = string,
    .field = field,
    .test = test,
    .write = write,
};
