/* verify/labelled_rows.h
 * Labelled rows: a table (TSV) of commands and requests of which is known whether they are attacks, run over a pack,
 * each by itself. Columns: label (attack, benign, gray), technique_variant, telemetry (execve, shell, k8s-audit), text.
 * A command is seen twice, as audit records and as JSON; an attack counts as found if it is found both ways, a benign
 * row if it is found either way.
 * Memory: the arena given. Limits: LIMIT_LABELLED_ROWS.
 */
#ifndef VERIFY_LABELLED_ROWS_H
#define VERIFY_LABELLED_ROWS_H

#include "verify/pack_run.h"

enum row_label { LABEL_ATTACK, LABEL_BENIGN, LABEL_GRAY, LABEL_COUNT };
enum row_telemetry { ROW_EXECVE, ROW_SHELL, ROW_KUBERNETES, ROW_TELEMETRY_COUNT };

struct labelled_row {
    enum row_label label;
    enum row_telemetry telemetry;
    str variant;
    str text;
    uint32_t line; /* in its file */
    const char *file;
    unsigned runs;           /* in how many forms it was run, */
    unsigned runs_hit;       /* and in how many found */
    const char *missed_form; /* the first in which it was not; or NULL */
    int level;               /* highest, -1: not found */
    int64_t risk;
    str rules; /* that found it, with commas */
};

struct labelled_rows {
    struct labelled_row *rows;
    size_t count;
    size_t capacity;
};

/* "attack", "execve". */
const char *row_label_name(enum row_label label);
const char *row_telemetry_name(enum row_telemetry telemetry);
bool labelled_row_is_found(const struct labelled_row *row);

/* Adds the rows of a table; `text` and `source_name` must stay. */
tocsin_status labelled_rows_read(struct labelled_rows *rows, str text, const char *source_name, struct arena *arena,
                                 struct error *err);
/* No rule ids: all but those for reference. */
tocsin_status labelled_rows_run(struct labelled_rows *rows, const struct pack_context *context,
                                const char *const *rules, size_t rule_count, struct arena *arena, struct error *err);

/* Rows of a label, and of them those found. */
struct label_count {
    size_t count;
    size_t found;
};
struct label_count labelled_rows_count(const struct labelled_rows *rows, enum row_label label);

struct variant_count {
    str variant;
    enum row_label label;
    struct label_count count;
};
/* By label, then worst share, then name. */
tocsin_status labelled_rows_variants(const struct labelled_rows *rows, struct arena *arena,
                                     struct variant_count **ret_variants, size_t *ret_count, struct error *err);

#endif
