/* output/html_report.h - the parts of a report that are not findings: summary, timeline, rules, exceptions, guides. */
#ifndef OUTPUT_HTML_REPORT_H
#define OUTPUT_HTML_REPORT_H

#include "output/html_text.h"

tocsin_status html_report_summary(struct output_buffer *out, const struct output_report *report, struct error *err);
/* What belongs behind the findings: rules, exceptions, what was read, guides. */
tocsin_status html_report_rest(struct output_buffer *out, const struct output_report *report, struct error *err);

/* NULL: none. */
const struct tocsin_rule *html_report_rule(const struct output_report *report, str rule_id);
const struct output_guide *html_report_guide(const struct output_report *report, const struct tocsin_rule *rule);

#endif
