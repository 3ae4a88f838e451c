#include "output/html_report.h"

#include <stdio.h>

enum { CHART_WIDTH = 900, CHART_HEIGHT = 110, CHART_BAR_GAP = 1, CHART_TEXT = 16 };

static const char *const level_names[TOCSIN_LEVEL_COUNT] = {"informational", "low", "medium", "high", "critical"};

static str text_of(const char *text)
{
    return text ? str_from_cstring(text) : STR_EMPTY;
}

const struct tocsin_rule *html_report_rule(const struct output_report *report, str rule_id)
{
    for (size_t i = 0; report && i < report->rule_count; i++) {
        if (str_eq(text_of(report->rules[i].id), rule_id)) {
            return &report->rules[i];
        }
    }
    return NULL;
}

const struct output_guide *html_report_guide(const struct output_report *report, const struct tocsin_rule *rule)
{
    for (size_t i = 0; rule && i < report->guide_count; i++) {
        if (str_eq(report->guides[i].group, text_of(rule->group))) {
            return &report->guides[i];
        }
    }
    return NULL;
}

/* ---- summary ----------------------------------------------------------------------------------------------------- */

static void write_levels(struct strbuf *out, const struct tocsin_summary *summary)
{
    strbuf_append(out, STR("<div class=\"levels\">"));
    for (int level = TOCSIN_LEVEL_COUNT - 1; level >= 0; level--) {
        const char *name = level_names[level];
        strbuf_append_format(out, "<div class=\"%s\"><b>%llu</b>%s", name,
                             (unsigned long long)summary->rows_by_level[level], name);
        if (summary->below_by_level[level] > 0) {
            strbuf_append_format(out, ", %llu not shown", (unsigned long long)summary->below_by_level[level]);
        }
        strbuf_append(out, STR("</div>"));
    }
    strbuf_append(out, STR("</div>\n"));
}

static uint64_t tallest_part(const struct output_report *report)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < report->timeline_parts; i++) {
        uint64_t sum = 0;
        for (int level = 0; level < TOCSIN_LEVEL_COUNT; level++) {
            sum += report->timeline[i][level];
        }
        most = sum > most ? sum : most;
    }
    return most;
}

/* Bars of equal times; the worst level stands at the bottom. */
static void write_bars(struct strbuf *out, const struct output_report *report, uint64_t most)
{
    double width = (double)CHART_WIDTH / report->timeline_parts;
    for (uint32_t i = 0; i < report->timeline_parts; i++) {
        double y = CHART_HEIGHT;
        for (int level = TOCSIN_LEVEL_COUNT - 1; level >= 0; level--) {
            uint64_t count = report->timeline[i][level];
            double height = (double)count / (double)most * (CHART_HEIGHT - 10);
            if (count > 0) {
                height = height < 2 ? 2 : height;
                y -= height;
                strbuf_append_format(out,
                                     "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">"
                                     "<title>%llu %s</title></rect>",
                                     level_names[level], i * width, y, width - CHART_BAR_GAP, height,
                                     (unsigned long long)count, level_names[level]);
            }
        }
    }
}

static void write_timeline(struct strbuf *out, const struct output_report *report)
{
    uint64_t most = report->timeline ? tallest_part(report) : 0;
    if (most == 0) {
        return;
    }
    strbuf_append_format(out,
                         "<h2>When</h2>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Findings over time\">"
                         "<line class=\"axis\" x1=\"0\" y1=\"%d.5\" x2=\"%d\" y2=\"%d.5\"/>",
                         CHART_WIDTH, CHART_HEIGHT + CHART_TEXT, CHART_HEIGHT, CHART_WIDTH, CHART_HEIGHT);
    write_bars(out, report, most);
    strbuf_append_format(out, "<text x=\"0\" y=\"%d\">", CHART_HEIGHT + 13);
    html_text(out, report->first_time);
    strbuf_append_format(out, "</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">", CHART_WIDTH, CHART_HEIGHT + 13);
    html_text(out, report->last_time);
    strbuf_append(out, STR("</text></svg>\n"));
}

static void write_rules(struct strbuf *out, const struct output_report *report)
{
    const struct tocsin_summary *summary = report->summary;
    strbuf_append(out, STR("<h2>Rules</h2>\n<table><tr><th>rule</th><th>title</th><th>telemetry</th>"
                           "<th class=\"number\">findings</th><th class=\"number\">rows</th></tr>\n"));
    for (size_t i = 0; i < summary->by_rule_count; i++) {
        const struct tocsin_rule *rule = html_report_rule(report, text_of(summary->by_rule[i].rule));
        strbuf_append(out, STR("<tr><td><code>"));
        html_text(out, text_of(summary->by_rule[i].rule));
        strbuf_append(out, STR("</code></td><td>"));
        html_text(out, rule ? text_of(rule->title) : STR_EMPTY);
        strbuf_append(out, STR("</td><td>"));
        html_text(out, rule ? text_of(rule->telemetry) : STR_EMPTY);
        strbuf_append_format(out, "</td><td class=\"number\">%llu</td><td class=\"number\">%llu</td></tr>\n",
                             (unsigned long long)summary->by_rule[i].findings,
                             (unsigned long long)summary->by_rule[i].rows);
    }
    strbuf_append(out, STR("</table>\n"));
}

static void write_exceptions(struct strbuf *out, const struct tocsin_summary *summary)
{
    strbuf_append(out, STR("<h2>Set aside as harmless</h2>\n"));
    if (summary->exception_count == 0) {
        strbuf_append(out, STR("<p>Nothing.</p>\n"));
        return;
    }
    strbuf_append(out, STR("<table><tr><th>exception</th><th>reason</th><th>owner</th><th>expires</th>"
                           "<th class=\"number\">rows</th></tr>\n"));
    for (size_t i = 0; i < summary->exception_count; i++) {
        const struct tocsin_exception *exception = &summary->exceptions[i];
        const char *texts[] = {exception->id, exception->reason, exception->owner, exception->expires};
        strbuf_append(out, STR("<tr>"));
        for (size_t j = 0; j < countof(texts); j++) {
            strbuf_append(out, STR("<td>"));
            html_text(out, text_of(texts[j]));
            strbuf_append(out, STR("</td>"));
        }
        strbuf_append_format(out, "<td class=\"number\">%llu", (unsigned long long)exception->rows);
        if (exception->expired_rows > 0) {
            strbuf_append_format(out, " <span class=\"high\">(expired for %llu)</span>",
                                 (unsigned long long)exception->expired_rows);
        }
        strbuf_append(out, STR("</td></tr>\n"));
    }
    strbuf_append(out, STR("</table>\n"));
}

static void write_fact(struct strbuf *out, str name, uint64_t count)
{
    if (count > 0) {
        strbuf_append(out, STR("<tr><td>"));
        html_text(out, name);
        strbuf_append_format(out, "</td><td class=\"number\">%llu</td></tr>\n", (unsigned long long)count);
    }
}

static void write_account(struct strbuf *out, const struct tocsin_summary *summary)
{
    strbuf_append(out, STR("<h2>What was read</h2>\n<table>\n"));
    write_fact(out, STR("inputs"), summary->input_count);
    write_fact(out, STR("segments of an event store"), summary->segments);
    write_fact(out, summary->store ? STR("damaged parts of it") : STR("inputs that could not be read whole"),
               summary->input_failed_count);
    write_fact(out, STR("bytes of log text"), summary->bytes);
    write_fact(out, STR("lines"), summary->lines);
    write_fact(out, STR("events"), summary->events);
    for (size_t i = 0; i < summary->type_count; i++) {
        struct strbuf name;
        strbuf_init(&name, 4096);
        strbuf_append(&name, STR("events of "));
        strbuf_append(&name, text_of(summary->events_by_type[i].name));
        out->is_failed |= name.is_failed;
        write_fact(out, strbuf_str(&name), summary->events_by_type[i].count);
        strbuf_release(&name);
    }
    write_fact(out, STR("lines not understood, kept as events with their text"), summary->unparsed_lines);
    write_fact(out, STR("events of a line or record that was cut"), summary->truncated_lines);
    write_fact(out, STR("values that cost a regular expression too much"), summary->regex_given_up);
    for (size_t i = 0; i < summary->dropped_count; i++) {
        write_fact(out, text_of(summary->dropped[i].name), summary->dropped[i].count);
    }
    strbuf_append(out, STR("</table>\n"));
    for (size_t i = 0; i < summary->problem_count; i++) {
        strbuf_append(out, STR("<p class=\"high\">"));
        html_text(out, text_of(summary->problems[i].source));
        strbuf_append(out, summary->problems[i].source[0] ? STR(": ") : STR_EMPTY);
        html_text(out, text_of(summary->problems[i].message));
        strbuf_append(out, STR("</p>\n"));
    }
}

tocsin_status html_report_summary(struct output_buffer *out, const struct output_report *report, struct error *err)
{
    struct strbuf *text = &out->text;
    const struct tocsin_summary *summary = report->summary;
    strbuf_append(text, STR("<header><h1>"));
    html_text(text, text_of(report->pack->title[0] ? report->pack->title : report->pack->name));
    strbuf_append_format(text, "</h1>\n<p><b>%llu finding%s</b>", (unsigned long long)summary->rows,
                         summary->rows == 1 ? "" : "s");
    if (summary->joined_rows > 0) {
        strbuf_append_format(text, " of %llu rows", (unsigned long long)summary->joined_rows);
    }
    strbuf_append(text, STR(" <span class=\"soft\">pack "));
    html_text(text, text_of(report->pack->name));
    strbuf_append_char(text, ' ');
    html_text(text, text_of(report->pack->version));
    strbuf_append(text, STR(", tocsin "));
    html_text(text, report->version);
    strbuf_append(text, STR("</span></p>\n<p>"));
    html_text(text, text_of(report->pack->description));
    strbuf_append(text, STR("</p></header>\n<main>\n"));
    write_levels(text, summary);
    write_timeline(text, report);
    return output_buffer_spill(out, err);
}

/* ---- guides ------------------------------------------------------------------------------------------------------ */

static tocsin_status write_guides(struct output_buffer *out, const struct output_report *report, struct error *err)
{
    if (report->guide_count == 0) {
        return TOCSIN_OK;
    }
    strbuf_append(&out->text, STR("<h2>Guides</h2>\n"));
    for (size_t i = 0; i < report->guide_count; i++) {
        strbuf_append(&out->text, STR("<details class=\"guide\" id=\"guide-"));
        html_name(&out->text, report->guides[i].group);
        strbuf_append(&out->text, STR("\"><summary>"));
        html_text(&out->text, report->guides[i].group);
        strbuf_append(&out->text, STR("</summary>\n"));
        if (!html_markdown(&out->text, report->guides[i].markdown)) {
            return error_memory(err);
        }
        strbuf_append(&out->text, STR("</details>\n"));
        tocsin_status status = output_buffer_spill(out, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

tocsin_status html_report_rest(struct output_buffer *out, const struct output_report *report, struct error *err)
{
    write_rules(&out->text, report);
    write_exceptions(&out->text, report->summary);
    write_account(&out->text, report->summary);
    tocsin_status status = output_buffer_spill(out, err);
    return status == TOCSIN_OK ? write_guides(out, report, err) : status;
}
