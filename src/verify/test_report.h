/* verify/test_report.h
 * What testing packs gave: for people, as JUnit XML, as JSON (docs/testing-packs.md), and as a layer of the ATT&CK
 * Navigator. Text of packs and logs is escaped as each kind needs.
 * Memory: the caller's strbuf; check its `is_failed` once. Threads: any.
 */
#ifndef VERIFY_TEST_REPORT_H
#define VERIFY_TEST_REPORT_H

#include "verify/pack_test.h"

struct test_report_options {
    bool shows_coverage;
    bool lists_missed;
    bool is_quiet; /* failures and the numbers alone */
};

void test_report_text(struct strbuf *out, const struct pack_test *test, const struct test_report_options *options);
/* Coverage by technique and by telemetry; part of the text. */
void test_report_coverage(struct strbuf *out, const struct pack_test *test);
/* These take all packs that were tested. */
void test_report_junit(struct strbuf *out, struct pack_test *const *tests, size_t count);
void test_report_json(struct strbuf *out, struct pack_test *const *tests, size_t count);
void test_report_navigator(struct strbuf *out, struct pack_test *const *tests, size_t count);

/* Printable text: controls and invalid bytes as escapes. */
void report_append_text(struct strbuf *out, str text);

/* What the rules that share a technique or a telemetry cover. */
struct coverage {
    const char *name;
    const char *tactic; /* of a technique: that of ATT&CK, else what the first rule says, or empty */
    size_t rules;
    size_t checks; /* positive and evasion */
    size_t passed;
    size_t attacks_found; /* labelled, by any of the rules; each once for each rule */
};
enum coverage_kind { COVERAGE_TECHNIQUE, COVERAGE_TELEMETRY };
/* Fills up to `capacity`; gives the number. */
size_t test_report_cover(struct pack_test *const *tests, size_t test_count, enum coverage_kind kind,
                         struct coverage *ret, size_t capacity);

#endif
