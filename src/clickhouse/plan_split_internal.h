/* clickhouse/plan_split_internal.h - what the SELECTs of rows (plan_split.c) and of groups (group_split.c) share. */
#ifndef CLICKHOUSE_PLAN_SPLIT_INTERNAL_H
#define CLICKHOUSE_PLAN_SPLIT_INTERNAL_H

#include "base/limits.h"
#include "clickhouse/sql_writer.h"

struct splitter {
    const struct clickhouse_target *target;
    struct arena *arena;
    struct sql_writer writer;
    struct clickhouse_part *parts;
    uint32_t part_count;
    uint32_t part_capacity;
    bool is_exact;       /* of the plan at hand: all its conditions are */
    bool is_but_doubts;  /* or are, for rows of which no doubt holds */
    str doubts;          /* these, by OR; empty: none */
    struct error *err;
};

tocsin_status split_add_part(struct splitter *splitter, struct clickhouse_part part);
/* Of something that is no expression; copies both texts. */
tocsin_status split_add_named(struct splitter *splitter, const struct plan *plan, str name, enum clickhouse_push push,
                              const char *reason);
/* *ret_text is empty if nothing of it can be asked for. splitter->is_exact is left as it is, or becomes false. */
tocsin_status split_write_conjunct(struct splitter *splitter, const struct plan *plan,
                                   const struct expression *conjunct, str *ret_text);
/* Days outside of the plan's time range are in other partitions. */
str split_write_days(struct splitter *splitter, const struct plan *plan);
/* What WHERE can be tested with beforehand, reading few columns only: of every plan the literals of which a row has to
 * hold one. Empty: some plan has none. */
tocsin_status split_write_prewhere(struct splitter *splitter, const struct plan *const *plans, uint32_t plan_count,
                                   str *ret_text);

#endif
