#include "cli/run_summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/number_text.h"

enum { LABEL_CELLS = 15 };

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

void run_summary_label(const struct terminal *terminal, const char *label)
{
    fprintf(stderr, "  %s%-*s%s ", terminal_style(terminal, STYLE_DIM), LABEL_CELLS, label,
            terminal_style(terminal, STYLE_OFF));
}

/* Names come from log source files: text from outside. */
void run_summary_name(const char *name)
{
    char shown[512];
    tocsin_escape_text(name, strlen(name), shown, sizeof(shown));
    fputs(shown, stderr);
}

void run_summary_inputs(const struct terminal *terminal, const struct tocsin_summary *summary)
{
    char count[NUMBER_TEXT_BYTES];
    char bytes[NUMBER_TEXT_BYTES];
    char lines[NUMBER_TEXT_BYTES];
    run_summary_label(terminal, "inputs");
    fputs(number_with_commas(summary->input_count, count), stderr);
    if (summary->input_failed_count > 0) {
        fprintf(stderr, ", %s%s not read whole%s", terminal_style(terminal, STYLE_RED),
                number_with_commas(summary->input_failed_count, count), terminal_style(terminal, STYLE_OFF));
    }
    fputc('\n', stderr);
    run_summary_label(terminal, "read");
    fprintf(stderr, "%s, %s line%s", number_bytes(summary->bytes, bytes), number_with_commas(summary->lines, lines),
            plural(summary->lines));
    if (summary->blank_lines > 0) {
        fprintf(stderr, " (%s blank)", number_with_commas(summary->blank_lines, count));
    }
    fputc('\n', stderr);
}

static void print_given_up(const struct terminal *terminal, const struct tocsin_summary *summary)
{
    char count[NUMBER_TEXT_BYTES];
    if (summary->regex_given_up > 0) {
        run_summary_label(terminal, "given up");
        fprintf(stderr, "%s%s value%s%s that cost a regular expression too much, taken as no match\n",
                terminal_style(terminal, STYLE_RED), number_with_commas(summary->regex_given_up, count),
                plural(summary->regex_given_up), terminal_style(terminal, STYLE_OFF));
    }
}

void run_summary_events(const struct terminal *terminal, const struct tocsin_summary *summary)
{
    char count[NUMBER_TEXT_BYTES];
    run_summary_label(terminal, "events");
    fprintf(stderr, "%s\n", number_with_commas(summary->events, count));
    for (size_t i = 0; i < summary->type_count; i++) {
        run_summary_label(terminal, "");
        fprintf(stderr, "%9s  ", number_with_commas(summary->events_by_type[i].count, count));
        run_summary_name(summary->events_by_type[i].name);
        fputc('\n', stderr);
    }
    if (summary->unparsed_lines > 0) {
        run_summary_label(terminal, "not understood");
        fprintf(stderr, "%s line%s, kept as events with their text\n",
                number_with_commas(summary->unparsed_lines, count), plural(summary->unparsed_lines));
    }
    if (summary->truncated_lines > 0) {
        run_summary_label(terminal, "incomplete");
        fprintf(stderr, "%s event%s of a line or record that was cut\n",
                number_with_commas(summary->truncated_lines, count), plural(summary->truncated_lines));
    }
    print_given_up(terminal, summary);
    for (size_t i = 0; i < summary->dropped_count; i++) {
        run_summary_label(terminal, i == 0 ? "dropped" : "");
        fprintf(stderr, "%9s  ", number_with_commas(summary->dropped[i].count, count));
        run_summary_name(summary->dropped[i].name);
        fputc('\n', stderr);
    }
}

static void print_rules(const struct terminal *terminal, const struct tocsin_summary *summary)
{
    char count[NUMBER_TEXT_BYTES];
    const char *label = "by rule";
    for (size_t i = 0; i < summary->by_rule_count; i++) {
        if (summary->by_rule[i].findings > 0) {
            run_summary_label(terminal, label);
            fprintf(stderr, "%9s  ", number_with_commas(summary->by_rule[i].findings, count));
            run_summary_name(summary->by_rule[i].rule);
            fputc('\n', stderr);
            label = "";
        }
    }
}

/* What the rules have cost together, and those that cost most. */
static void print_rule_costs(const struct terminal *terminal, const struct tocsin_summary *summary)
{
    enum { SHOWN_MAX = 5 };
    char count[NUMBER_TEXT_BYTES];
    char seconds[NUMBER_TEXT_BYTES];
    if (summary->literal_rules > 0) {
        run_summary_label(terminal, "one pass");
        fprintf(stderr, "%s literal%s", number_with_commas(summary->literals, count), plural(summary->literals));
        fprintf(stderr, " of %s rule%s, %s\n", number_with_commas(summary->literal_rules, count),
                plural(summary->literal_rules), number_seconds(summary->literal_seconds, seconds));
    }
    const char *label = "costly";
    double below = 0;
    for (size_t i = 0; i < summary->by_rule_count; i++) {
        below = summary->by_rule[i].seconds > below ? summary->by_rule[i].seconds : below;
    }
    below = below * 2;
    for (int shown = 0; shown < SHOWN_MAX; shown++) {
        const struct tocsin_rule_count *dearest = NULL;
        for (size_t i = 0; i < summary->by_rule_count; i++) {
            const struct tocsin_rule_count *rule = &summary->by_rule[i];
            if (rule->seconds < below && (!dearest || rule->seconds > dearest->seconds)) {
                dearest = rule;
            }
        }
        if (!dearest || dearest->seconds < summary->seconds / 20) {
            return;
        }
        below = dearest->seconds;
        run_summary_label(terminal, label);
        fprintf(stderr, "%9s  ", number_seconds(dearest->seconds, seconds));
        run_summary_name(dearest->rule);
        fprintf(stderr, " (%s row%s tested)\n", number_with_commas(dearest->tested_rows, count),
                plural(dearest->tested_rows));
        label = "";
    }
}

/* Nothing is set aside unseen. */
static void print_exceptions(const struct terminal *terminal, const struct tocsin_summary *summary)
{
    char count[NUMBER_TEXT_BYTES];
    const char *label = "excepted";
    for (size_t i = 0; i < summary->exception_count; i++) {
        if (summary->exceptions[i].rows > 0) {
            run_summary_label(terminal, label);
            fprintf(stderr, "%9s  row%s by ", number_with_commas(summary->exceptions[i].rows, count),
                    plural(summary->exceptions[i].rows));
            run_summary_name(summary->exceptions[i].id);
            fputc('\n', stderr);
            label = "";
        }
    }
    for (size_t i = 0; i < summary->exception_count; i++) {
        const struct tocsin_exception *exception = &summary->exceptions[i];
        if (exception->expired_rows > 0) {
            run_summary_label(terminal, "expired");
            fprintf(stderr, "%s", terminal_style(terminal, STYLE_RED));
            run_summary_name(exception->id);
            fprintf(stderr, "%s ran out on ", terminal_style(terminal, STYLE_OFF));
            run_summary_name(exception->expires);
            fprintf(stderr, " and no longer holds for %s row%s; ask ",
                    number_with_commas(exception->expired_rows, count), plural(exception->expired_rows));
            run_summary_name(exception->owner);
            fputc('\n', stderr);
        }
    }
}

static void print_store(const struct terminal *terminal, const struct tocsin_summary *summary)
{
    char count[NUMBER_TEXT_BYTES];
    run_summary_label(terminal, "store");
    run_summary_name(summary->store);
    fprintf(stderr, ", %s segment%s", number_with_commas(summary->segments, count), plural(summary->segments));
    uint64_t problems = summary->problem_count + summary->problems_more;
    if (problems > 0) {
        fprintf(stderr, ", %s%s damaged%s", terminal_style(terminal, STYLE_RED), number_with_commas(problems, count),
                terminal_style(terminal, STYLE_OFF));
    }
    fputc('\n', stderr);
    run_summary_label(terminal, "events");
    fprintf(stderr, "%s\n", number_with_commas(summary->events, count));
    print_given_up(terminal, summary);
}

static void print_clickhouse(const struct terminal *terminal, const struct tocsin_summary *summary)
{
    char count[NUMBER_TEXT_BYTES];
    run_summary_label(terminal, "asked");
    run_summary_name(summary->clickhouse);
    fputc('\n', stderr);
    run_summary_label(terminal, "events");
    fprintf(stderr, "%s fetched\n", number_with_commas(summary->events, count));
    print_given_up(terminal, summary);
}

static bool has_below(const struct tocsin_summary *summary)
{
    uint64_t below = 0;
    for (int level = 0; level < TOCSIN_LEVEL_COUNT; level++) {
        below += summary->below_by_level[level];
    }
    return below > 0;
}

static void print_below(const struct terminal *terminal, const struct tocsin_summary *summary)
{
    char count[NUMBER_TEXT_BYTES];
    const char *separator = "";
    for (int level = TOCSIN_LEVEL_COUNT - 1; level >= 0; level--) {
        if (summary->below_by_level[level] > 0) {
            if (separator[0] == '\0') {
                run_summary_label(terminal, "not shown");
            }
            fprintf(stderr, "%s%s %s", separator, number_with_commas(summary->below_by_level[level], count),
                    tocsin_level_name(level));
            separator = ", ";
        }
    }
    fputs(separator[0] != '\0' ? "\n" : "", stderr);
}

static void print_findings(const struct terminal *terminal, const struct tocsin_summary *summary, bool is_hunt)
{
    char count[NUMBER_TEXT_BYTES];
    if (!is_hunt) {
        run_summary_label(terminal, "rows");
        fprintf(stderr, "%s\n", number_with_commas(summary->rows, count));
        return;
    }
    run_summary_label(terminal, "rules");
    fprintf(stderr, "%s\n", number_with_commas(summary->rule_count, count));
    run_summary_label(terminal, "findings");
    fprintf(stderr, "%s%s%s", terminal_style(terminal, STYLE_BOLD), number_with_commas(summary->rows, count),
            terminal_style(terminal, STYLE_OFF));
    const char *separator = ": ";
    for (int level = TOCSIN_LEVEL_COUNT - 1; level >= 0; level--) {
        if (summary->rows_by_level[level] > 0) {
            fprintf(stderr, "%s%s %s", separator, number_with_commas(summary->rows_by_level[level], count),
                    tocsin_level_name(level));
            separator = ", ";
        }
    }
    if (summary->joined_rows > 0) {
        fprintf(stderr, " (of %s row%s)", number_with_commas(summary->joined_rows, count),
                plural(summary->joined_rows));
    }
    fputc('\n', stderr);
    print_below(terminal, summary);
    print_rules(terminal, summary);
    print_rule_costs(terminal, summary);
    print_exceptions(terminal, summary);
}

static void print_times(const struct terminal *terminal, const struct tocsin_summary *summary)
{
    char text[NUMBER_TEXT_BYTES];
    char speed[NUMBER_TEXT_BYTES];
    char events[NUMBER_TEXT_BYTES];
    run_summary_label(terminal, "NOW()");
    if (summary->has_now) {
        const char *source = summary->now_source ? summary->now_source : "";
        fprintf(stderr, "%s (%s)\n", number_time(summary->now_ms, text), source);
    } else {
        fputs("not used\n", stderr);
    }
    double seconds = summary->seconds > 1e-6 ? summary->seconds : 1e-6;
    run_summary_label(terminal, "speed");
    if (!summary->store && !summary->clickhouse) {
        fprintf(stderr, "%s/s, ", number_bytes((uint64_t)((double)summary->bytes / seconds), speed));
    }
    fprintf(stderr, "%s events/s, %s\n", number_with_commas((uint64_t)((double)summary->events / seconds), events),
            number_seconds(summary->seconds, text));
}

void run_summary_print(const struct terminal *terminal, const struct tocsin_summary *summary,
                       const struct run_summary_options *options)
{
    fprintf(stderr, "\n%s%s%s", terminal_style(terminal, STYLE_BOLD), options->is_hunt ? "Hunt" : "Query",
            terminal_style(terminal, STYLE_OFF));
    if (summary->has_lost_cursor) {
        fprintf(stderr, " %scursor%s not kept, since the run did not reach the end\n",
                terminal_style(terminal, STYLE_RED), terminal_style(terminal, STYLE_OFF));
    }
    if (options->is_interrupted) {
        fprintf(stderr, " %sinterrupted%s: this is what was read before", terminal_style(terminal, STYLE_RED),
                terminal_style(terminal, STYLE_OFF));
    } else if (options->is_hunt && summary->rows == 0) {
        fputs(has_below(summary) ? ": nothing shown" : ": nothing found", stderr);
    }
    fputc('\n', stderr);
    if (summary->store) {
        print_store(terminal, summary);
    } else if (summary->clickhouse) {
        print_clickhouse(terminal, summary);
    } else {
        run_summary_inputs(terminal, summary);
        run_summary_events(terminal, summary);
    }
    print_findings(terminal, summary, options->is_hunt);
    print_times(terminal, summary);
}
