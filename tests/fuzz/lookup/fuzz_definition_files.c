/* fuzz_definition_files.c - rules, offenses, custom functions and saved searches: each loads, or gives an error with a
 * place. The first byte chooses the file. */
#include <stdlib.h>

#include "lookup/custom_functions.h"
#include "lookup/lookup.h"
#include "lookup/offenses.h"
#include "lookup/rules.h"
#include "lookup/saved_searches.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static tocsin_status try_rules(struct lookup_tables *tables, str text, struct error *err)
{
    tocsin_status status = rules_load_text(tables->rules, text, "rules.yaml", err);
    (void)rules_name(tables->rules, 7);
    return status;
}

static tocsin_status try_offenses(struct lookup_tables *tables, str text, struct error *err)
{
    tocsin_status status = offenses_load_text(tables->offenses, text, "offenses.yaml", err);
    const struct offense *offense = offense_find(tables->offenses, 1);
    if (status == TOCSIN_OK && offense &&
        (offense->id != 1 || (offense->has_stop && offense->stop_ms < offense->start_ms))) {
        abort();
    }
    return status;
}

static tocsin_status try_functions(struct lookup_tables *tables, str text, struct error *err)
{
    tocsin_status status = custom_functions_load_text(tables->custom_functions, text, "functions.yaml", err);
    for (size_t i = 0; status == TOCSIN_OK && i < custom_function_count(tables->custom_functions); i++) {
        const struct custom_function *function = custom_function_at(tables->custom_functions, i);
        if (custom_function_find(tables->custom_functions, function->name) != function ||
            function->expression.len == 0) {
            abort();
        }
    }
    return status;
}

static tocsin_status try_searches(struct lookup_tables *tables, str text, struct error *err)
{
    tocsin_status status = saved_searches_load_text(tables->saved_searches, text, "searches.yaml", err);
    for (size_t i = 0; status == TOCSIN_OK && i < saved_search_count(tables->saved_searches); i++) {
        const struct saved_search *search = saved_search_at(tables->saved_searches, i);
        if (saved_search_find(tables->saved_searches, search->name) != search || search->aql.len == 0) {
            abort();
        }
    }
    return status;
}

static tocsin_status (*const tries[])(struct lookup_tables *, str, struct error *) = {try_rules, try_offenses,
                                                                                      try_functions, try_searches};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct lookup_tables *tables = NULL;
    struct error err = {0};
    if (lookup_tables_create(&tables, &err) != TOCSIN_OK) {
        abort();
    }
    str text = str_from((const char *)data + 1, size - 1);
    tocsin_status status = tries[data[0] % countof(tries)](tables, text, &err);
    if (status != TOCSIN_OK && (status != TOCSIN_ERROR_CONFIG || err.line == 0 || err.message[0] == 0)) {
        abort();
    }
    lookup_tables_free(tables);
    return 0;
}
