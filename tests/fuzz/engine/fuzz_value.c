/* fuzz_value.c - an expression as a column, run in ways that must agree: alone, as a column of a sub-select, in a CASE,
 * as the key of groups, counted, and as what rows are sorted by.
 *
 * The first byte of the input is options, the rest the expression. What must hold, besides no crash, leak or hang, is
 * in `twins`: two queries each that give the same. Nulls are left out where counting and sorting know them differently.
 */
#include "query_fixture.h"

#ifdef FUZZ_WITH_LIBFUZZER
static const tocsin_engine *fuzz_engine(void)
{
    return engines[0];
}

enum { MUTATOR_OPTION_BYTES = 1 };
#include "query_mutator.h"
#endif

static const struct {
    const char *one;
    const char *other;
} twins[] = {
    {"SELECT (@\n) AS v FROM events", "SELECT v FROM (SELECT (@\n) AS v FROM events)"},
    {"SELECT (@\n) AS v FROM events", "SELECT CASE WHEN severity >= 0 THEN (@\n) END AS v FROM events"},
    {"SELECT COUNT(*) AS n FROM events",
     "SELECT SUM(c) AS n FROM (SELECT (@\n) AS v, COUNT(*) AS c FROM events GROUP BY v)"},
    {"SELECT COUNT(DISTINCT (@\n)) AS n FROM events WHERE (@\n) IS NOT NULL",
     "SELECT COUNT(*) AS n FROM (SELECT (@\n) AS v, COUNT(*) AS c FROM events WHERE (@\n) IS NOT NULL GROUP BY v)"},
    {"SELECT MAX((@\n)) AS m FROM events",
     "SELECT MAX(v) AS m FROM (SELECT (@\n) AS v FROM events WHERE (@\n) IS NOT NULL ORDER BY v DESC LIMIT 1)"},
    {"SELECT MIN((@\n)) AS m FROM events",
     "SELECT MIN(v) AS m FROM (SELECT (@\n) AS v FROM events WHERE (@\n) IS NOT NULL ORDER BY v LIMIT 1)"},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    prepare_once();
    str value = size > 0 ? str_from((const char *)data + 1, size - 1) : STR_EMPTY;
    if (value.len == 0 || value.len > PART_BYTES_MAX || !is_expression(value)) {
        return 0;
    }
    tocsin_engine *engine = engine_of(data[0] & 7);
    for (size_t i = 0; i < countof(twins); i++) {
        struct selection one;
        struct selection other;
        select_rows(engine, twins[i].one, value, &one);
        if (one.is_whole) {
            select_rows(engine, twins[i].other, value, &other);
            check_same_rows(&one, &other, twins[i].other);
            strbuf_release(&other.rows);
        }
        strbuf_release(&one.rows);
    }
    return 0;
}
