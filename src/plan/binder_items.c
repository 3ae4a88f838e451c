/* The SELECT list: what it selects, and how the columns of the answer are named (aql-reference 6.2). */
#include "base/strbuf.h"
#include "language/lexer.h"
#include "plan/binder.h"

enum { NAME_BYTES_MAX = 120 };

/* ---- names of columns without alias ---- */

/* Letters and digits; whatever lies between them is one underscore. */
static void append_words(struct strbuf *name, str text, bool is_lower)
{
    for (size_t i = 0; i < text.len && name->len < NAME_BYTES_MAX; i++) {
        char c = text.data[i];
        if (ascii_is_alpha(c) || ascii_is_digit(c) || ((unsigned char)c & 0x80)) {
            strbuf_append_char(name, is_lower ? ascii_lower(c) : c);
        } else if (name->len > 0 && name->data[name->len - 1] != '_') {
            strbuf_append_char(name, '_');
        }
    }
}

/* The words of an expression. Keywords are in capitals, however they were typed: layout must not change a name. */
static void append_expression(struct strbuf *name, str text)
{
    struct lexer lexer;
    lexer_init(&lexer, text);
    size_t at = 0;
    for (struct token token = lexer_next(&lexer); token.kind != TOKEN_END_OF_TEXT && name->len < NAME_BYTES_MAX;
         token = lexer_next(&lexer)) {
        bool is_reserved = token_is_keyword(token.kind) && !token_is_bare_name(token.kind);
        bool is_apart = token.offset > at; /* blanks and comments */
        append_words(name, is_apart ? STR(" ") : STR(""), false);
        append_words(name, is_reserved ? token_spelling(token.kind) : str_slice(text, token.offset, token.offset_end),
                     false);
        at = token.offset_end;
    }
}

static str text_of(const struct binder *binder, const struct syntax_node *node)
{
    return str_slice(binder->text, node->offset_start, node->offset_end);
}

/* SUM(sourceBytes) is SUM_sourceBytes, COUNT(*) is COUNT. */
static void append_aggregate(struct binder *binder, struct strbuf *name, const struct syntax_node *node)
{
    strbuf_append(name, str_from_cstring(function_find(node->text)->names[0]));
    const struct syntax_node *argument = node->operand_count == 1 ? node->operands[0] : NULL;
    if (!argument || argument->kind == SYNTAX_STAR) {
        return;
    }
    strbuf_append_char(name, '_');
    if (argument->kind == SYNTAX_NAME) {
        strbuf_append(name, argument->text);
    } else {
        append_expression(name, text_of(binder, argument));
    }
}

static void append_default_name(struct binder *binder, struct strbuf *name, const struct syntax_node *node,
                                const struct expression *expression)
{
    if (node->kind == SYNTAX_NAME) {
        bool is_field = resolve_name(binder, node->text).kind == RESOLVED_FIELD;
        strbuf_append(name, is_field && expression_is_first_value(binder, expression) ? STR("FIRST_") : STR(""));
        strbuf_append(name, node->text);
        return;
    }
    if (syntax_is_aggregate(node)) {
        append_aggregate(binder, name, node);
        return;
    }
    str text = text_of(binder, node);
    size_t in_name = node->kind == SYNTAX_CALL ? str_find_char(text, '(', 0) : 0;
    append_words(name, str_slice(text, 0, in_name), true);
    append_expression(name, str_skip(text, in_name));
}

static tocsin_status default_name(struct binder *binder, const struct syntax_node *node,
                                  const struct expression *expression, str *ret_name)
{
    struct strbuf name;
    strbuf_init(&name, 2 * LIMIT_IDENTIFIER_BYTES);
    append_default_name(binder, &name, node, expression);
    while (node->kind != SYNTAX_NAME && name.len > 0 && name.data[name.len - 1] == '_') {
        name.len--;
    }
    if (name.len == 0) {
        strbuf_append(&name, STR("column"));
    }
    *ret_name = arena_copy(binder->arena, strbuf_str(&name));
    bool is_failed = name.is_failed || !ret_name->data;
    strbuf_release(&name);
    return is_failed ? error_memory(binder->err) : TOCSIN_OK;
}

/* `wanted`, or with the smallest number from 2 that makes it a name of its own. */
static tocsin_status unique_name(struct binder *binder, str wanted, str *ret_name)
{
    if (!name_table_find(&binder->outputs, wanted)) {
        *ret_name = wanted;
        return TOCSIN_OK;
    }
    struct strbuf name;
    strbuf_init(&name, wanted.len + 16);
    struct name_entry *entry = name_table_find(&binder->outputs, wanted);
    do {
        strbuf_clear(&name);
        strbuf_append(&name, wanted);
        strbuf_append_char(&name, '_');
        strbuf_append_u64(&name, entry->next_suffix++);
    } while (!name.is_failed && name_table_find(&binder->outputs, strbuf_str(&name)));
    str copy = name.is_failed ? (str){NULL, 0} : arena_copy(binder->arena, strbuf_str(&name));
    strbuf_release(&name);
    *ret_name = copy;
    return copy.data ? TOCSIN_OK : error_memory(binder->err);
}

/* ---- outputs ---- */

static tocsin_status add_output(struct binder *binder, str name, const struct expression *expression)
{
    str unique;
    tocsin_status status = unique_name(binder, name, &unique);
    const struct expression *value = expression;
    if (status == TOCSIN_OK && value->type == TYPE_NULL) {
        status = bind_convert(binder, value, TYPE_STRING, 0, &value);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!name_table_add(&binder->outputs, binder->arena, unique, binder->plan->output_count)) {
        return error_memory(binder->err);
    }
    binder->plan->outputs[binder->plan->output_count++] = (struct plan_output){unique, value};
    return TOCSIN_OK;
}

/* The fields of *: all columns of a derived source; of a database its default ones, or all it has. */
static bool next_star_field(const struct binder *binder, size_t *at, field_id *ret_field)
{
    if (binder->plan->source.kind == PLAN_SOURCE_LOG && !binder->options->selects_all) {
        size_t count;
        const field_id *fields = catalog_default_fields(binder->catalog, &count);
        *ret_field = *at < count ? fields[*at] : FIELD_NONE;
        return (*at)++ < count;
    }
    while (*at < schema_field_count(binder->schema)) {
        *ret_field = (field_id)(*at)++;
        const struct field *field = schema_field(binder->schema, *ret_field);
        if (field->catalogs & binder->catalog && find_field(binder, field->name) == *ret_field) {
            return true;
        }
    }
    return false;
}

static tocsin_status add_star_field(struct binder *binder, field_id field)
{
    const struct expression *expression = NULL;
    str name = schema_field(binder->schema, field)->name;
    tocsin_status status = binder->rows == ROWS_GROUPED ? bind_grouped_field(binder, field, &expression)
                                                        : bind_field(binder, field, &expression);
    if (status != TOCSIN_OK || !expression_is_first_value(binder, expression)) {
        return status == TOCSIN_OK ? add_output(binder, name, expression) : status;
    }
    struct strbuf first;
    strbuf_init(&first, 2 * LIMIT_IDENTIFIER_BYTES);
    strbuf_append(&first, STR("FIRST_"));
    strbuf_append(&first, name);
    str copy = first.is_failed ? (str){NULL, 0} : arena_copy(binder->arena, strbuf_str(&first));
    strbuf_release(&first);
    return copy.data ? add_output(binder, copy, expression) : error_memory(binder->err);
}

static tocsin_status add_star(struct binder *binder)
{
    tocsin_status status = TOCSIN_OK;
    field_id field;
    for (size_t at = 0; status == TOCSIN_OK && next_star_field(binder, &at, &field);) {
        status = add_star_field(binder, field);
    }
    return status;
}

static size_t output_count_max(const struct binder *binder)
{
    size_t star = 0;
    field_id field;
    for (size_t at = 0; next_star_field(binder, &at, &field);) {
        star++;
    }
    size_t count = 0;
    for (uint32_t i = 0; i < binder->select->item_count; i++) {
        count += binder->select->items[i].expression->kind == SYNTAX_STAR ? star : 1;
    }
    return count;
}

static tocsin_status add_item(struct binder *binder, uint32_t index)
{
    struct bound_item *item = &binder->items[index];
    const struct syntax_node *node = item->syntax->expression;
    if (node->kind == SYNTAX_STAR) {
        return add_star(binder);
    }
    const struct expression *expression = item->source;
    if (binder->rows == ROWS_GROUPED) {
        tocsin_status status = bind_expression(binder, node, &expression);
        if (status != TOCSIN_OK) {
            return status;
        }
        item->grouped = expression;
    }
    str name = item->syntax->alias;
    tocsin_status status = name.len == 0 ? default_name(binder, node, expression, &name) : TOCSIN_OK;
    return status == TOCSIN_OK ? add_output(binder, name, expression) : status;
}

tocsin_status bind_outputs(struct binder *binder)
{
    size_t count_max = output_count_max(binder);
    if (count_max > LIMIT_SCHEMA_FIELDS) {
        return bind_error(binder, TOCSIN_ERROR_LIMIT, 0, "more than %d columns in the result", LIMIT_SCHEMA_FIELDS);
    }
    binder->clause = CLAUSE_SELECT;
    binder->plan->outputs = arena_array(binder->arena, struct plan_output, count_max);
    if (!binder->plan->outputs) {
        return error_memory(binder->err);
    }
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < binder->select->item_count; i++) {
        binder->items_visible = i;
        status = add_item(binder, i);
    }
    binder->items_visible = binder->select->item_count;
    return status;
}

tocsin_status bind_source_items(struct binder *binder)
{
    const struct syntax_select *select = binder->select;
    binder->clause = CLAUSE_SELECT;
    for (uint32_t i = 0; i < select->item_count; i++) {
        struct bound_item *item = &binder->items[i];
        binder->items_visible = i;
        if (item->syntax->expression->kind == SYNTAX_STAR || item->has_aggregate) {
            continue;
        }
        tocsin_status status = bind_expression(binder, item->syntax->expression, &item->source);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    binder->items_visible = select->item_count;
    return TOCSIN_OK;
}
