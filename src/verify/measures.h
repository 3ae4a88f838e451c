/* verify/measures.h
 * What a pack is measured on, and what it has to reach: its file measures.yaml (docs/testing-packs.md). A pack without
 * one is not measured.
 *
 *     labelled: [tests/data/labelled-dev.tsv]
 *     logs:
 *       - log: tests/data/live-raw.log
 *         labels: tests/data/live-raw.lines.tsv
 *     thresholds: {recall_min: 98, benign_max: 2, per_day_max: 1}
 */
#ifndef VERIFY_MEASURES_H
#define VERIFY_MEASURES_H

#include "base/yaml_document.h"

struct measured_log {
    char *log;    /* paths in the pack */
    char *labels; /* or NULL: all of it is benign */
};

struct measures {
    struct yaml_document document;
    char *const *labelled;
    size_t labelled_count;
    const struct measured_log *logs;
    size_t log_count;
    /* NULL: none. */
    const double *recall_min;  /* percent of the labelled attacks */
    const int64_t *benign_max; /* labelled benign rows found */
    const double *per_day_max; /* findings on benign events of the logs */
};

/* Release it whether it could be loaded or not. */
tocsin_status measures_load(struct measures *measures, str text, const char *source_name, struct error *err);
void measures_release(struct measures *measures);

#endif
