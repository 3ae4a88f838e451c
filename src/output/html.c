/* HTML: one file that needs no other. A hunt becomes a report (what was found, when, by which rules, what was set
 * aside, what was read, the findings with their evidence, the guides); a query or a rule without findings becomes a
 * table. No script, and a content policy that would run none. */
#include <stdio.h>

#include "base/limits.h"
#include "base/memory.h"
#include "column/value_text.h"
#include "output/html_report.h"

/* Findings that carry their guide beside them; later ones link to it. */
enum { GUIDES_BESIDE_MAX = 100 };

struct html {
    struct output_buffer out;
    struct strbuf scratch;
    const struct result_header *header;
    const struct output_report *report; /* NULL: of no hunt */
    bool has_page;
    uint64_t findings;
};

static tocsin_status html_open(const struct output_options *options, void **ret_state, struct error *err)
{
    struct html *html = memory_allocate_zeroed(1, sizeof(*html));
    if (!html) {
        return error_memory(err);
    }
    output_buffer_init(&html->out, options->sink);
    strbuf_init(&html->scratch, LIMIT_OUTPUT_PART_BYTES);
    *ret_state = html;
    return TOCSIN_OK;
}

static void html_close(void *state)
{
    struct html *html = state;
    output_buffer_release(&html->out);
    strbuf_release(&html->scratch);
    memory_free(html);
}

static void begin_page(struct html *html, str title)
{
    if (!html->has_page) {
        html_page_begin(&html->out.text, title.len > 0 ? title : STR("tocsin"));
        html->has_page = true;
    }
}

static tocsin_status html_describe(void *state, const struct output_report *report, struct error *err)
{
    struct html *html = state;
    html->report = report;
    begin_page(html, str_from_cstring(report->pack->title));
    return html_report_summary(&html->out, report, err);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static void write_table_head(struct html *html)
{
    const struct result_header *header = html->header;
    struct strbuf *out = &html->out.text;
    if (header->rule_id.len > 0) {
        strbuf_append(out, STR("<h2>"));
        html_text(out, header->rule_title.len > 0 ? header->rule_title : header->rule_id);
        strbuf_append(out, STR(" <code>"));
        html_text(out, header->rule_id);
        strbuf_append(out, STR("</code></h2>\n"));
    }
    strbuf_append(out, STR("<table><tr>"));
    for (uint32_t i = 0; i < header->column_count; i++) {
        strbuf_append(out, STR("<th>"));
        html_text(out, header->columns[i].name);
        strbuf_append(out, STR("</th>"));
    }
    strbuf_append(out, header->rule_id.len > 0 ? STR("<th>@level</th></tr>\n") : STR("</tr>\n"));
}

static tocsin_status html_begin(void *state, const struct result_header *header, struct error *err)
{
    struct html *html = state;
    html->header = header;
    begin_page(html, header->rule_title);
    if (header->is_findings) {
        strbuf_append(&html->out.text, STR("<h2>Findings</h2>\n"));
    } else {
        write_table_head(html);
    }
    return output_buffer_spill(&html->out, err);
}

static tocsin_status write_table_row(struct html *html, const struct result_batch *batch, uint32_t row,
                                     struct error *err)
{
    struct strbuf *out = &html->out.text;
    tocsin_status status = TOCSIN_OK;
    strbuf_append(out, STR("<tr>"));
    for (uint32_t i = 0; status == TOCSIN_OK && i < html->header->column_count; i++) {
        const struct column *column = &batch->columns[i];
        bool is_number = column->type == TYPE_INT64 || column->type == TYPE_DOUBLE;
        strbuf_append(out, is_number ? STR("<td class=\"number\">") : STR("<td>"));
        if (column->type == TYPE_NULL || !column_is_valid(column, row)) {
            strbuf_append(out, STR("<span class=\"soft\">null</span>"));
        } else {
            status = html_block(&html->out, value_text(column, row, &html->scratch), err);
        }
        strbuf_append(out, STR("</td>"));
    }
    if (batch->levels) {
        strbuf_append(out, STR("<td class=\""));
        html_name(out, batch->levels[row]);
        strbuf_append(out, STR("\">"));
        html_text(out, batch->levels[row]);
        strbuf_append(out, STR("</td>"));
    }
    strbuf_append(out, STR("</tr>\n"));
    return status == TOCSIN_OK ? output_buffer_spill(&html->out, err) : status;
}

/* ---- findings ---------------------------------------------------------------------------------------------------- */

/* Number of a finding's column by its name; 0 if it is null. */
static int64_t number_of(const struct html *html, const struct result_batch *batch, uint32_t row, str name)
{
    for (uint32_t i = 0; i < html->header->column_count; i++) {
        if (str_eq(html->header->columns[i].name, name) && batch->columns[i].type == TYPE_INT64 &&
            column_is_valid(&batch->columns[i], row)) {
            return column_integer(&batch->columns[i], row);
        }
    }
    return 0;
}

static void write_chip(struct strbuf *out, str text, bool is_on)
{
    strbuf_append(out, is_on ? STR("<span class=\"chip on\">") : STR("<span class=\"chip\">"));
    html_text(out, text);
    strbuf_append(out, STR("</span>"));
}

static void write_head(struct html *html, const struct result_batch *batch, uint32_t row)
{
    const struct result_finding *finding = &batch->findings[row];
    struct strbuf *out = &html->out.text;
    strbuf_append(out, STR("<article class=\"finding "));
    html_name(out, batch->levels[row]);
    strbuf_append_format(out, "\" id=\"finding-%llu\">\n<div>\n<h3><span class=\"badge ",
                         (unsigned long long)html->findings);
    html_name(out, batch->levels[row]);
    strbuf_append(out, STR("\">"));
    html_text(out, batch->levels[row]);
    strbuf_append_format(out, " %lld</span> ", (long long)batch->risks[row]);
    html_text(out, finding->identity.len > 0 ? finding->identity : STR("nobody known"));
    if (finding->host.len > 0) {
        strbuf_append(out, STR(" on "));
        html_text(out, finding->host);
    }
    if (finding->source.len > 0) {
        strbuf_append(out, STR(" from "));
        html_text(out, finding->source);
    }
    strbuf_append(out, STR("</h3>\n<p class=\"soft\">"));
    html_text(out, finding->time);
    strbuf_append_format(out, ", %lld s, %u row%s, magnitude %u</p>\n",
                         (long long)((finding->last_ms - finding->first_ms) / 1000), finding->item_count,
                         finding->item_count == 1 ? "" : "s", finding->magnitude);
}

static tocsin_status write_what(struct html *html, const struct result_batch *batch, uint32_t row, struct error *err)
{
    const struct result_finding *finding = &batch->findings[row];
    struct strbuf *out = &html->out.text;
    strbuf_append(out, STR("<p><b>"));
    tocsin_status status = html_block(&html->out, finding->acts, err);
    strbuf_append(out, STR("</b>"));
    if (status == TOCSIN_OK && finding->targets.len > 0) {
        strbuf_append(out, STR(": "));
        status = html_block(&html->out, finding->targets, err);
    }
    strbuf_append(out, STR("</p>\n"));
    if (status == TOCSIN_OK && finding->detail.len > 0) {
        strbuf_append(out, STR("<pre>"));
        status = html_block(&html->out, finding->detail, err);
        strbuf_append(out, STR("</pre>\n"));
    }
    strbuf_append(out, STR("<p>"));
    write_chip(out, STR("kubectl"), number_of(html, batch, row, STR("Kubectl")) > 0);
    write_chip(out, STR("docker"), number_of(html, batch, row, STR("Docker")) > 0);
    write_chip(out, STR("socket"), number_of(html, batch, row, STR("Socket")) > 0);
    if (finding->is_new) {
        write_chip(out, STR("new for this identity"), true);
    }
    if (finding->excepted.len > 0) {
        strbuf_append(out, STR("<span class=\"chip\">excepted by "));
        html_text(out, finding->excepted);
        strbuf_append(out, STR("</span>"));
    }
    strbuf_append(out, STR("</p>\n"));
    return status;
}

/* A bar whose pieces are the parts of the risk, and the same in words. */
static void write_parts(struct html *html, const struct result_batch *batch, uint32_t row)
{
    static const struct {
        str column;
        const char *label;
    } parts[] = {{STR("RiskReach"), "reach"}, {STR("RiskActor"), "actor"},     {STR("RiskOrigin"), "origin"},
                 {STR("RiskMeans"), "means"}, {STR("RiskOutcome"), "outcome"}, {STR("RiskHabit"), "habit"}};
    struct strbuf *out = &html->out.text;
    strbuf_append(out, STR("<div class=\"parts\">"));
    for (size_t i = 0; i < countof(parts); i++) {
        int64_t points = number_of(html, batch, row, parts[i].column);
        if (points > 0) {
            strbuf_append_format(out, "<span style=\"width: %lld%%\"></span>",
                                 (long long)(points < 100 ? points : 100));
        }
    }
    strbuf_append(out, STR("</div>\n<p class=\"soft\">risk"));
    for (size_t i = 0; i < countof(parts); i++) {
        int64_t points = number_of(html, batch, row, parts[i].column);
        if (points != 0) {
            strbuf_append_format(out, " %s %+lld", parts[i].label, (long long)points);
        }
    }
    strbuf_append_format(out, "; severity %lld, credibility %lld, relevance %lld</p>\n",
                         (long long)number_of(html, batch, row, STR("Severity")),
                         (long long)number_of(html, batch, row, STR("Credibility")),
                         (long long)number_of(html, batch, row, STR("Relevance")));
}

static tocsin_status write_cell(struct html *html, str text, struct error *err)
{
    strbuf_append(&html->out.text, STR("<td>"));
    tocsin_status status = text.data ? html_block(&html->out, text, err) : TOCSIN_OK;
    strbuf_append(&html->out.text, STR("</td>"));
    return status;
}

static tocsin_status write_acts(struct html *html, const struct result_finding *finding, struct error *err)
{
    struct strbuf *out = &html->out.text;
    tocsin_status status = TOCSIN_OK;
    strbuf_append_format(out,
                         "<details><summary>%u row%s of rules</summary>\n<table><tr><th>rule</th>"
                         "<th class=\"number\">risk</th><th>act</th><th>target</th><th>detail</th>"
                         "<th>outcome</th></tr>\n",
                         finding->item_count, finding->item_count == 1 ? "" : "s");
    for (uint32_t i = 0; status == TOCSIN_OK && i < finding->item_count; i++) {
        const struct result_act *act = &finding->items[i];
        const str texts[] = {act->act, act->target, act->detail, act->outcome};
        strbuf_append(out, STR("<tr><td><code>"));
        html_text(out, act->rule_id);
        strbuf_append_format(out, "</code></td><td class=\"number\">%lld</td>", (long long)act->risk);
        for (size_t j = 0; status == TOCSIN_OK && j < countof(texts); j++) {
            status = write_cell(html, texts[j], err);
        }
        strbuf_append(out, STR("</tr>\n"));
    }
    strbuf_append(out, STR("</table></details>\n"));
    return status;
}

static tocsin_status write_evidence(struct html *html, const struct result_evidence *evidence, struct error *err)
{
    struct strbuf *out = &html->out.text;
    tocsin_status status = TOCSIN_OK;
    strbuf_append_format(out, "<details><summary>evidence: %u line%s</summary>\n", evidence->count,
                         evidence->count == 1 ? "" : "s");
    for (uint32_t i = 0; status == TOCSIN_OK && i < evidence->count; i++) {
        strbuf_append(out, STR("<p class=\"soft\">"));
        html_text(out, result_input_name(html->header, evidence->lines[i].input));
        strbuf_append_format(out, ":%llu</p><pre>", (unsigned long long)evidence->lines[i].line);
        status = html_block(&html->out, evidence->lines[i].raw, err);
        strbuf_append(out, STR("</pre>\n"));
    }
    if (evidence->more > 0) {
        strbuf_append_format(out, "<p class=\"soft\">and %llu more</p>\n", (unsigned long long)evidence->more);
    }
    strbuf_append(out, STR("</details>\n"));
    return status;
}

static tocsin_status write_aside(struct html *html, str rule_id, struct error *err)
{
    struct strbuf *out = &html->out.text;
    const struct tocsin_rule *rule = html_report_rule(html->report, rule_id);
    const struct output_guide *guide = html_report_guide(html->report, rule);
    strbuf_append(out, STR("<aside>"));
    if (rule) {
        strbuf_append(out, STR("<p><b>"));
        html_text(out, str_from_cstring(rule->title));
        strbuf_append(out, STR("</b></p>\n<p>"));
        html_text(out, str_from_cstring(rule->description));
        strbuf_append(out, STR("</p>\n"));
    }
    if (guide && html->findings <= GUIDES_BESIDE_MAX) {
        strbuf_append(out, STR("<details class=\"guide\"><summary>what to ask and to do</summary>\n"));
        if (!html_markdown(out, guide->markdown)) {
            return error_memory(err);
        }
        strbuf_append(out, STR("</details>\n"));
    } else if (guide) {
        strbuf_append(out, STR("<p><a href=\"#guide-"));
        html_name(out, guide->group);
        strbuf_append(out, STR("\">what to ask and to do</a></p>\n"));
    }
    strbuf_append(out, STR("</aside>\n"));
    return output_buffer_spill(&html->out, err);
}

static tocsin_status write_finding(struct html *html, const struct result_batch *batch, uint32_t row, struct error *err)
{
    html->findings++;
    write_head(html, batch, row);
    tocsin_status status = write_what(html, batch, row, err);
    write_parts(html, batch, row);
    status = status == TOCSIN_OK ? write_acts(html, &batch->findings[row], err) : status;
    status = status == TOCSIN_OK && batch->evidence ? write_evidence(html, &batch->evidence[row], err) : status;
    strbuf_append(&html->out.text, STR("</div>\n"));
    status = status == TOCSIN_OK ? write_aside(html, batch->rule_ids[row], err) : status;
    strbuf_append(&html->out.text, STR("</article>\n"));
    return status == TOCSIN_OK ? output_buffer_spill(&html->out, err) : status;
}

/* ---- the output -------------------------------------------------------------------------------------------------- */

static tocsin_status html_push(void *state, const struct result_batch *batch, struct error *err)
{
    struct html *html = state;
    for (uint32_t row = 0; row < batch->row_count; row++) {
        tocsin_status status =
            batch->findings ? write_finding(html, batch, row, err) : write_table_row(html, batch, row, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return output_buffer_flush(&html->out, err);
}

static tocsin_status html_end(void *state, struct error *err)
{
    struct html *html = state;
    strbuf_append(&html->out.text, html->header->is_findings ? STR_EMPTY : STR("</table>\n"));
    return output_buffer_flush(&html->out, err);
}

static tocsin_status html_finish(void *state, struct error *err)
{
    struct html *html = state;
    begin_page(html, STR_EMPTY);
    if (html->report) {
        tocsin_status status = html_report_rest(&html->out, html->report, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        strbuf_append(&html->out.text, STR("</main>\n"));
    }
    html_page_end(&html->out.text);
    return output_buffer_flush(&html->out, err);
}

const struct output_def output_html = {
    .name = "html",
    .description = "one page for people and for the file of a case: a report of a hunt, or a table",
    .has_evidence = true,
    .open = html_open,
    .close = html_close,
    .describe = html_describe,
    .begin = html_begin,
    .push = html_push,
    .end = html_end,
    .finish = html_finish,
};
