/* engine/check_internal.h - a check, shared by check.c and check_report.c. */
#ifndef ENGINE_CHECK_INTERNAL_H
#define ENGINE_CHECK_INTERNAL_H

#include "base/diagnostic.h"
#include "base/strbuf.h"
#include "tocsin/tocsin.h"

struct tocsin_check {
    tocsin_engine *engine;
    struct arena arena; /* of one round */
    struct strbuf text; /* the query; changed by fixes */
    enum tocsin_check_kind kind;
    enum tocsin_severity severity_min;
    const char **ignored; /* copies */
    size_t ignored_count;
    struct arena options_arena;
    struct diagnostic_list found;
    struct tocsin_diagnostic *items;
    size_t count;
    size_t silenced;
};

#endif
