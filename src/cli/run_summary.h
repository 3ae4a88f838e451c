/* cli/run_summary.h
 * The account of a run on standard error: what was read, what was not understood or dropped, what was found.
 */
#ifndef CLI_RUN_SUMMARY_H
#define CLI_RUN_SUMMARY_H

#include "cli/terminal.h"
#include "tocsin/tocsin.h"

struct run_summary_options {
    bool is_hunt;
    bool is_interrupted;
};

/* Parts of it, for accounts of other kinds. */
void run_summary_label(const struct terminal *terminal, const char *label);
void run_summary_name(const char *name); /* text from outside */
void run_summary_inputs(const struct terminal *terminal, const struct tocsin_summary *summary);
void run_summary_events(const struct terminal *terminal, const struct tocsin_summary *summary);

void run_summary_print(const struct terminal *terminal, const struct tocsin_summary *summary,
                       const struct run_summary_options *options);

#endif
