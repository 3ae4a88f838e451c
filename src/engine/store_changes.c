/* Compaction, retention and repair of an event store (tocsin_store_compact and so on). */
#include "base/civil_time.h"
#include "engine/store_use.h"
#include "store/store_maintenance.h"

struct change {
    const struct tocsin_store_change_options *options;
    struct store_maintenance_options common;
    struct store_changes done;
    struct store_problems problems;
};

static bool pass_progress(void *context, const struct store_progress *progress)
{
    const struct tocsin_store_change_options *options = context;
    const struct tocsin_store_progress shown = {
        .events_done = progress->rows_done,
        .events_total = progress->rows_total,
        .segments_done = progress->segments_done,
        .segments_total = progress->segments_total,
    };
    return options->progress(options->context, &shown);
}

static void begin(struct change *change, const struct tocsin_store_change_options *options)
{
    *change = (struct change){.options = options};
    store_problems_init(&change->problems);
    change->common = (struct store_maintenance_options){
        .folder = options->store,
        .who = options->who,
        .hash_seed = engine_random_seed(),
        .now_ms = clock_wall_ms(),
        .progress = options->progress ? pass_progress : NULL,
        .progress_context = (void *)(uintptr_t)options,
    };
}

/* The time before which a segment is old. */
static int64_t old_before(const struct change *change)
{
    uint64_t age_ms = change->options->older_than_ms;
    return age_ms < (uint64_t)change->common.now_ms ? change->common.now_ms - (int64_t)age_ms : 0;
}

static tocsin_status end(struct change *change, tocsin_status status, const struct error *error,
                         struct tocsin_store_changes *ret_changes, struct tocsin_error *err)
{
    const struct tocsin_store_change_options *options = change->options;
    for (size_t i = 0; options->report && i < change->problems.count; i++) {
        struct tocsin_error problem;
        store_use_problem(&change->problems.items[i], &problem);
        options->report(options->context, &problem);
    }
    *ret_changes = (struct tocsin_store_changes){
        .segments_before = change->done.segments_before,
        .segments_after = change->done.segments_after,
        .bytes_before = change->done.bytes_before,
        .bytes_after = change->done.bytes_after,
        .events_before = change->done.rows_before,
        .events_after = change->done.rows_after,
        .segments_rewritten = change->done.segments_rewritten,
        .segments_deleted = change->done.segments_deleted,
        .problems = change->problems.count + change->problems.more,
    };
    store_problems_release(&change->problems);
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, error);
}

tocsin_status tocsin_store_compact(const struct tocsin_store_change_options *options,
                                   struct tocsin_store_changes *ret_changes, struct tocsin_error *err)
{
    struct error error = {0};
    struct change change;
    begin(&change, options);
    const struct store_compact_options compact = {
        .common = change.common,
        .segment_rows = options->segment_rows,
        .has_old = options->older_than_ms > 0,
        .old_before_ms = old_before(&change),
    };
    tocsin_status status = store_compact(&compact, &change.done, &change.problems, &error);
    return end(&change, status, &error, ret_changes, err);
}

tocsin_status tocsin_store_retain(const struct tocsin_store_change_options *options,
                                  struct tocsin_store_changes *ret_changes, struct tocsin_error *err)
{
    struct error error = {0};
    struct change change;
    begin(&change, options);
    const struct store_retain_options retain = {
        .common = change.common,
        .has_old = options->older_than_ms > 0,
        .old_before_ms = old_before(&change),
        .bytes_max = options->bytes_max,
        .is_dry_run = options->is_dry_run,
    };
    tocsin_status status = store_retain(&retain, &change.done, &change.problems, &error);
    return end(&change, status, &error, ret_changes, err);
}

tocsin_status tocsin_store_repair(const struct tocsin_store_change_options *options,
                                  struct tocsin_store_changes *ret_changes, struct tocsin_error *err)
{
    struct error error = {0};
    struct change change;
    begin(&change, options);
    tocsin_status status = store_repair(&change.common, &change.done, &change.problems, &error);
    return end(&change, status, &error, ret_changes, err);
}
