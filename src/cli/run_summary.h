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

void run_summary_print(const struct terminal *terminal, const struct tocsin_summary *summary,
                       const struct run_summary_options *options);

#endif
