/* fuzz_filter.c - the condition of a WHERE, run in ways that must agree: as it stands, where its tests are reordered,
 * bound to literals and pruned; as the value of a CASE, where none of that can happen; negated; and next to itself.
 *
 * The first byte of the input is options, the rest the condition. What must hold, besides no crash, leak or hang:
 *  - each of `twins` selects the rows that the condition selects;
 *  - in two-valued logic every row is selected either by p or by NOT p; in three-valued logic by one of them at most.
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

#define ROWS "SELECT username, sourceip, qid, severity, UTF8(payload) FROM events "

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct selection all[2];
    /* A line feed ends the comment that the condition may end with. */
    static const char *const twins[] = {
        ROWS "WHERE CASE WHEN (@\n) THEN 1 ELSE 0 END = 1",
        ROWS "WHERE NOT (NOT (@\n))",
        ROWS "WHERE (@\n) AND (@\n)",
        ROWS "WHERE (@\n) OR (1 = 0)",
        ROWS "WHERE severity < 5 AND (@\n) OR severity >= 5 AND (@\n)",
    };
    prepare_once();
    str filter = size > 0 ? str_from((const char *)data + 1, size - 1) : STR_EMPTY;
    if (filter.len == 0 || filter.len > PART_BYTES_MAX || !is_expression(filter)) {
        return 0;
    }
    bool is_null_sql = (data[0] & 1) != 0;
    tocsin_engine *engine = engine_of(data[0] & 7);
    if (!all[is_null_sql].is_whole) {
        select_rows(engine, ROWS, STR_EMPTY, &all[is_null_sql]);
        check(all[is_null_sql].is_whole && all[is_null_sql].count > 1, "there are rows", NULL);
    }
    struct selection selected;
    struct selection other;
    select_rows(engine, ROWS "WHERE (@\n)", filter, &selected);
    for (size_t i = 0; selected.is_whole && i < countof(twins); i++) {
        select_rows(engine, twins[i], filter, &other);
        check_same_rows(&selected, &other, twins[i]);
        strbuf_release(&other.rows);
    }
    if (selected.is_whole) {
        select_rows(engine, ROWS "WHERE NOT (@\n)", filter, &other);
        uint64_t sum = selected.count + other.count;
        check(!other.is_whole || (is_null_sql ? sum <= all[1].count : sum == all[0].count),
              "the condition and its negation do not part the rows", NULL);
        strbuf_release(&other.rows);
    }
    strbuf_release(&selected.rows);
    return 0;
}
