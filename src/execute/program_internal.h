/* execute/program_internal.h - shared by program.c (runs steps) and program_compile.c (makes them). */
#ifndef EXECUTE_PROGRAM_INTERNAL_H
#define EXECUTE_PROGRAM_INTERNAL_H

#include "execute/kernel.h"
#include "execute/program.h"

enum step_code {
    /* Selections: lists of rows. */
    STEP_TEST,          /* out = rows of in for which the expression (or its negation) holds */
    STEP_IS_NULL,       /* the same for IS NULL */
    STEP_COPY_ROWS,     /* out = in */
    STEP_CLEAR_ROWS,    /* out = {} */
    STEP_UNITE_ROWS,    /* out = out + in */
    STEP_MINUS_ROWS,    /* out = out - in */
    STEP_JUMP_IF_EMPTY, /* go to step `jump` if in is empty */
    /* Values, for the rows of in. */
    STEP_CALL,
    STEP_ARITHMETIC,
    STEP_CONVERT,
    STEP_MERGE, /* target = operands[0] */
    STEP_FILL_NULL,
    STEP_FILL_FALSE,
    STEP_FILL_TRUE
};

enum { FILL_NULL, FILL_FALSE, FILL_TRUE };

struct step {
    enum step_code code;
    bool is_negated;
    uint16_t in;
    uint16_t out;
    uint16_t target;
    uint32_t jump;
    uint32_t operand_count;
    uint16_t *operands; /* value registers; in the program's arena */
    const struct expression *expression;
    const struct literal_gate *gate; /* of a regular expression; NULL: none */
};

struct step_list {
    struct step *steps;
    uint32_t count;
    uint32_t capacity;
};

struct selection {
    uint16_t *rows; /* ascending */
    uint32_t count;
};

enum { SELECTION_INPUT, SELECTION_OUTPUT, SELECTION_PROLOGUE, SELECTION_FIRST_FREE };

struct value_register {
    struct column column;
    const struct column *view; /* the column, or a column of the batch */
    enum value_type type;
    bool is_free;     /* may be given to the next expression that needs this type */
    bool is_constant; /* written by the prologue only */
};

struct field_register {
    field_id field;
    uint16_t index;
};

struct program {
    const struct program_environment *environment;
    struct arena arena;         /* columns of registers, operand lists */
    struct arena text;          /* string results of this call */
    struct arena prologue_text; /* string results of the prologue */
    struct arena patterns;      /* the LIKE pattern in work, where it comes from a row */
    struct value_register *registers;
    uint32_t register_count;
    uint32_t register_capacity;
    struct selection *selections;
    uint32_t selection_count;
    uint32_t selection_capacity;
    uint32_t selection_depth; /* of those above SELECTION_FIRST_FREE, in use while compiling */
    struct step_list body;
    struct step_list prologue;
    struct field_register *fields;
    uint32_t field_count;
    uint32_t field_capacity;
    uint16_t *values; /* registers of a projection's values */
    const struct column **value_views;
    uint32_t value_count;
    bool is_prologue_done;
    bool is_in_prologue;
};

#endif
