/* lookup/custom_functions.h
 * Functions that the user defines: NS::NAME with typed parameters, and an AQL expression over them as the body. The
 * expression is kept as text: the binder reads it and puts it in the place of a call.
 * Memory: one arena inside. Threads: any may read once loaded. Limit: LIMIT_CUSTOM_PARAMETERS of one function.
 */
#ifndef LOOKUP_CUSTOM_FUNCTIONS_H
#define LOOKUP_CUSTOM_FUNCTIONS_H

#include "base/error.h"
#include "column/value.h"

/* X(symbol, name in the file, value type) */
#define CUSTOM_TYPE_LIST(X)                                                                                            \
    X(CUSTOM_STRING, "STRING", TYPE_STRING)                                                                            \
    X(CUSTOM_NUMBER, "NUMBER", TYPE_DOUBLE)                                                                            \
    X(CUSTOM_LONG, "LONG", TYPE_INT64)                                                                                 \
    X(CUSTOM_HOST, "HOST", TYPE_IP)                                                                                    \
    X(CUSTOM_PORT, "PORT", TYPE_INT64)                                                                                 \
    X(CUSTOM_BOOLEAN, "BOOLEAN", TYPE_BOOL)

enum custom_type {
#define CUSTOM_TYPE_ENUM(symbol, name, type) symbol,
    CUSTOM_TYPE_LIST(CUSTOM_TYPE_ENUM)
#undef CUSTOM_TYPE_ENUM
        CUSTOM_TYPE_COUNT
};

struct custom_parameter {
    str name; /* as it stands in the expression; a parameter hides a field of the same name */
    enum custom_type type;
};

struct custom_function {
    str name; /* "NS::NAME" */
    const struct custom_parameter *parameters;
    uint32_t parameter_count;
    bool is_variadic; /* the last parameter takes one argument or more: its name, which may stand only as an argument
                         of a call, stands for all of them */
    enum custom_type result;
    str expression;
    str description; /* may be empty */
};

struct custom_functions;

tocsin_status custom_functions_create(struct custom_functions **ret_functions, struct error *err)
    __attribute__((warn_unused_result));
void custom_functions_free(struct custom_functions *functions);

/*     functions:
 *       - namespace: TEXT
 *         name: BEHIND
 *         parameters:
 *           - {name: text, type: STRING}
 *           - {name: mark, type: STRING}
 *         returns: STRING
 *         expression: "SUBSTRING(text, STRPOS(text, mark) + STRLEN(mark))" */
tocsin_status custom_functions_load_text(struct custom_functions *functions, str text, const char *source_name,
                                         struct error *err) __attribute__((warn_unused_result));

/* `name` as written in a query, "NS::NAME", in any case. NULL if there is none. */
const struct custom_function *custom_function_find(const struct custom_functions *functions, str name);
/* The nearest name, or empty. */
str custom_function_suggest(const struct custom_functions *functions, str name);

size_t custom_function_count(const struct custom_functions *functions);
const struct custom_function *custom_function_at(const struct custom_functions *functions, size_t index);

enum value_type custom_type_value(enum custom_type type);
str custom_type_name(enum custom_type type);

#endif
