/* engine/account_summary.h - what was read, as the public account has it: for runs and for ingesting. */
#ifndef ENGINE_ACCOUNT_SUMMARY_H
#define ENGINE_ACCOUNT_SUMMARY_H

#include "engine/engine_internal.h"
#include "format/log_feed.h"
#include "input/input.h"

/* What a summary points to; zeroed before the first use. */
struct account_summary {
    struct arena names;
    struct tocsin_count *types;
    struct tocsin_count *dropped;
    struct tocsin_error *problems;
    bool is_whole; /* there was memory for all of it */
};
void account_summary_release(struct account_summary *kept);

/* Fills what `summary` says of inputs, lines, events and problems. Earlier summaries of `kept` are gone. `inputs` may
 * be NULL. */
void account_summarise(struct account_summary *kept, const struct tocsin_engine *engine,
                       const struct input_list *inputs, const struct log_account *account,
                       struct tocsin_summary *summary);

#endif
