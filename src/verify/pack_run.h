/* verify/pack_run.h
 * Runs rules of a pack over logs in memory or in files, and gives what they find.
 * A log in memory is an unnamed file of the system (memfd), which rules name as evidence by its path.
 * Threads: one at a time.
 */
#ifndef VERIFY_PACK_RUN_H
#define VERIFY_PACK_RUN_H

#include "verify/found_rows.h"

struct memory_log {
    int fd; /* -1: none */
    char path[40];
};

tocsin_status memory_log_open(str text, struct memory_log *ret_log, struct error *err);
void memory_log_close(struct memory_log *log); /* of -1 too */

/* What a pack is tested with. */
struct pack_context {
    tocsin_engine *engine;
    tocsin_pack *pack;
    const char *exceptions; /* a file with more of them, or NULL */
    tocsin_test_tables *tables; /* into which logs go before rules run; NULL: rules run over the logs */
    /* Told of every finding of an attack: a labelled one, or an item of a positive or evasion case. May be NULL. */
    void (*see_attack)(void *state, const char *origin, uint32_t line, str text, const struct found_row *row);
    void *state;
};

/* Clears the rows first. No rule ids: all but those for reference. */
tocsin_status pack_run(const struct pack_context *context, const char *const *rules, size_t rule_count,
                       const char *const *inputs, size_t input_count, struct found_rows *rows, struct error *err);

/* Runs a query over logs and gives the first row of its answer as a JSON object, in `ret_text` (emptied first). */
tocsin_status pack_ask(const struct pack_context *context, const char *query, const char *const *inputs,
                       size_t input_count, struct strbuf *ret_text, struct error *err);

/* The library's public error as the inner one. */
tocsin_status pack_error(struct error *err, const struct tocsin_error *from);

#endif
