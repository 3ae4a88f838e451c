/* lookup/offenses.h
 * Offenses, for INOFFENSE(id) and TIMES OFFENSE_TIME(id): from when to when, and which events belong to it.
 * The filter is AQL, kept as text: the binder reads it when a query asks for the offense.
 * Memory: one arena inside. Threads: any may read once loaded.
 */
#ifndef LOOKUP_OFFENSES_H
#define LOOKUP_OFFENSES_H

#include "base/error.h"

struct offense {
    int64_t id;
    str description; /* may be empty */
    int64_t start_ms;
    bool has_stop; /* false: it goes on */
    int64_t stop_ms;
    str where;               /* what stands behind WHERE; empty: every event of that time, but for the rules below */
    const int64_t *rule_ids; /* an event that one of these rules saw (creeventlist) belongs to it; none: not asked */
    size_t rule_count;
};

struct offenses;

tocsin_status offenses_create(struct offenses **ret_offenses, struct error *err) __attribute__((warn_unused_result));
void offenses_free(struct offenses *offenses);

/*     offenses:
 *       - id: 42
 *         description: Brute force behind the VPN
 *         start: 2026-11-23 02:50:00      (UTC unless a zone stands behind it; or ms since 1970)
 *         stop: 2026-11-23T04:10:00+01:00
 *         where: username = 'joe'
 *         rules: [100205] */
tocsin_status offenses_load_text(struct offenses *offenses, str text, const char *source_name, struct error *err)
    __attribute__((warn_unused_result));

/* NULL if there is none with this id. */
const struct offense *offense_find(const struct offenses *offenses, int64_t id);

#endif
