/* fuzz_linux_audit.c - any text as audit log: no crash, no overrun, and the same rows whether it is read whole, line by
 * line, or in pieces, and whether keys are guessed or read. The first two bytes choose the size of the pieces and the
 * wanted fields.
 */
#include "../../support/audit_collect.h"
#include "format/audit_walk.h"

static const char *const few_fields[] = {"starttime", "username", "Command", "Process Name", "istruncated"};

static struct audit_harness harnesses[2];

static void run(struct audit_harness *harness, struct audit_collect *collect, str log, size_t chunk_bytes)
{
    audit_harness_reopen(harness);
    audit_collect_feed(collect, harness, log, chunk_bytes);
}

static void compare(struct audit_harness *harness, const struct audit_collect *whole, str log, size_t chunk_bytes)
{
    static struct audit_collect pieces;
    run(harness, &pieces, log, chunk_bytes);
    if (!str_eq(strbuf_str(&whole->text), strbuf_str(&pieces.text)) || whole->dropped != pieces.dropped) {
        abort();
    }
    audit_collect_release(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct audit_collect whole;
    if (!harnesses[0].format) {
        audit_harness_open(&harnesses[0], NULL, 0);
        audit_harness_open(&harnesses[1], few_fields, countof(few_fields));
    }
    if (size < 2) {
        return 0;
    }
    struct audit_harness *harness = &harnesses[data[1] & 1];
    str log = str_from((const char *)data + 2, size - 2);
    run(harness, &whole, log, SIZE_MAX / 2);
    compare(harness, &whole, log, 1);
    for (int kind = AUDIT_WALK_PORTABLE; kind <= AUDIT_WALK_PLAIN; kind++) {
        audit_walk_use((enum audit_walk_kind)kind);
        compare(harness, &whole, log, SIZE_MAX / 2);
    }
    audit_walk_use(AUDIT_WALK_BEST);
    compare(harness, &whole, log, 1 + (size_t)data[0] * 8);
    audit_collect_release(&whole);
    return 0;
}
