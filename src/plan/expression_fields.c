#include "plan/plan.h"

/* An alias stands for its whole expression wherever it is named, so a short query may have very many nodes. */
enum { NODES_MAX = 1 << 20 };

static bool add_fields(const struct expression *expression, struct field_set *fields, uint32_t *nodes)
{
    bool is_whole = ++*nodes <= NODES_MAX;
    if (expression->kind == EXPRESSION_FIELD) {
        field_set_add(fields, expression->field);
    }
    for (uint32_t i = 0; is_whole && i < expression->operand_count; i++) {
        is_whole = add_fields(expression->operands[i], fields, nodes);
    }
    return is_whole;
}

bool expression_fields(const struct expression *expression, struct field_set *fields)
{
    uint32_t nodes = 0;
    return add_fields(expression, fields, &nodes);
}
