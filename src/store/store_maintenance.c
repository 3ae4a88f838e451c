#include "store/store_maintenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/memory.h"
#include "store/segment_check.h"
#include "store/segment_merge.h"
#include "store/segment_reader.h"
#include "store/store_recovery.h"

/* What is to be known of a segment to decide about it. */
struct segment_summary {
    struct segment_name name;
    uint64_t bytes;
    uint64_t rows;
    int64_t newest_ms; /* of its rows; when it was made if they have no time */
    int64_t created_ms;
    size_t dictionary_bytes;
    size_t input_bytes; /* of names of inputs */
    bool is_sound;      /* as far as its footer says */
    bool has_lz4;
    bool has_blooms;
    bool has_zstd;
    bool goes; /* retention */
};

struct maintenance {
    const struct store_maintenance_options *options;
    struct store_writer *writer; /* has the lock, and recovered */
    struct segment_summary *segments;
    size_t segment_count;
    struct store_problems *problems;
    struct store_progress progress;
};

static bool report(struct maintenance *work)
{
    const struct store_maintenance_options *options = work->options;
    return !options->progress || options->progress(options->progress_context, &work->progress);
}

/* ---- a look at the segments ---- */

static void summarize_column(const struct segment_column *column, struct segment_summary *summary)
{
    for (uint32_t i = 0; i < column->chunk_count; i++) {
        const struct segment_chunk *chunk = &column->chunks[i];
        size_t bytes = chunk->raw_bytes + (size_t)chunk->count * sizeof(str);
        summary->has_lz4 = summary->has_lz4 || chunk->codec == CHUNK_LZ4;
        summary->has_zstd = summary->has_zstd || chunk->codec == CHUNK_ZSTD;
        summary->has_blooms = summary->has_blooms || chunk->role == ROLE_BLOOM;
        if (chunk->role == ROLE_ENTRIES) {
            summary->dictionary_bytes += bytes;
            summary->input_bytes += segment_is_own_column(column, "@evidence.input") ? bytes : 0;
        }
    }
}

/* The zone of starttime, also of blocks where not all rows have one: those are as old as the segment. */
static int64_t newest_of_block(const struct segment_block *block, int64_t created_ms)
{
    int64_t min_ms;
    int64_t max_ms;
    return segment_block_time(block, &min_ms, &max_ms) ? max_ms : created_ms;
}

static void summarize(const struct segment_map *map, struct segment_summary *summary)
{
    summary->created_ms = map->created_ms;
    summary->newest_ms = map->block_count > 0 ? INT64_MIN : map->created_ms;
    for (uint32_t b = 0; b < map->block_count; b++) {
        const struct segment_block *block = &map->blocks[b];
        int64_t newest_ms = newest_of_block(block, map->created_ms);
        summary->rows += block->row_count;
        summary->newest_ms = newest_ms > summary->newest_ms ? newest_ms : summary->newest_ms;
        for (uint32_t i = 0; i < block->column_count; i++) {
            summarize_column(&block->columns[i], summary);
        }
    }
}

/* TOCSIN_END: nothing of it can be read; that is noted. */
static tocsin_status load_map(const char *folder, const struct segment_name *name, struct store_file *file,
                              struct segment_map *map, struct store_problems *problems, struct error *err)
{
    char path[STORE_PATH_BYTES];
    struct error damage = {0};
    tocsin_status status = segment_name_path(folder, name, path, err);
    status = status == TOCSIN_OK ? store_file_open(path, file, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    status = name->is_sealed ? segment_map_load(file, map, problems, &damage)
                             : segment_map_scan(file, map, problems, &damage);
    if (status == TOCSIN_OK) {
        return TOCSIN_OK;
    }
    store_file_close(file);
    if (status != TOCSIN_ERROR_INPUT) {
        return error_set(err, status, "%s", damage.message);
    }
    store_problem_add(problems, path, 0, "%s", damage.message);
    return TOCSIN_END;
}

static tocsin_status look_at(struct maintenance *work, struct segment_summary *summary, struct error *err)
{
    struct store_file file = {.descriptor = -1};
    struct segment_map map;
    tocsin_status status = load_map(work->options->folder, &summary->name, &file, &map, work->problems, err);
    if (status != TOCSIN_OK) {
        return status == TOCSIN_END ? TOCSIN_OK : status;
    }
    summary->is_sound = map.has_footer;
    summarize(&map, summary);
    status = store_file_size(&file, &summary->bytes, err);
    segment_map_release(&map);
    store_file_close(&file);
    return status;
}

static tocsin_status look_at_all(struct maintenance *work, struct error *err)
{
    struct segment_name *names = NULL;
    size_t count = 0;
    tocsin_status status = store_folder_list(work->options->folder, &names, &count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    memory_free(work->segments);
    work->segment_count = 0;
    work->segments = memory_allocate_zeroed(count, sizeof(*work->segments));
    status = work->segments ? TOCSIN_OK : error_memory(err);
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        work->segments[i].name = names[i];
        status = look_at(work, &work->segments[i], err);
        work->segment_count++;
    }
    memory_free(names);
    return status;
}

static void count_before(const struct maintenance *work, struct store_changes *changes)
{
    changes->segments_before = work->segment_count;
    for (size_t i = 0; i < work->segment_count; i++) {
        changes->bytes_before += work->segments[i].bytes;
        changes->rows_before += work->segments[i].rows;
    }
    changes->segments_after = changes->segments_before;
    changes->bytes_after = changes->bytes_before;
    changes->rows_after = changes->rows_before;
}

/* What is damaged was named before. */
static tocsin_status count_after(struct maintenance *work, struct store_changes *changes, struct error *err)
{
    struct store_problems *problems = work->problems;
    struct store_problems again;
    store_problems_init(&again);
    work->problems = &again;
    tocsin_status status = look_at_all(work, err);
    work->problems = problems;
    store_problems_release(&again);
    if (status == TOCSIN_OK) {
        changes->segments_after = work->segment_count;
        changes->bytes_after = 0;
        changes->rows_after = 0;
        for (size_t i = 0; i < work->segment_count; i++) {
            changes->bytes_after += work->segments[i].bytes;
            changes->rows_after += work->segments[i].rows;
        }
    }
    return status;
}

/* ---- begin and end ---- */

static tocsin_status begin(struct maintenance *work, const struct store_maintenance_options *options,
                           struct store_problems *problems, struct error *err)
{
    struct segment_name *names = NULL;
    size_t count = 0;
    *work = (struct maintenance){.options = options, .problems = problems};
    tocsin_status status = store_folder_list(options->folder, &names, &count, err); /* there is one */
    memory_free(names);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct store_writer_options writer = {
        .folder = options->folder, .who = options->who, .hash_seed = options->hash_seed, .now_ms = options->now_ms};
    return store_writer_open(&writer, &work->writer, problems, err);
}

static void end(struct maintenance *work)
{
    store_writer_free(work->writer);
    memory_free(work->segments);
}

/* ---- one segment in place of some ---- */

struct replacement {
    const struct segment_summary *segments;
    size_t count;
    enum chunk_codec codec;
    bool is_salvage;
    uint64_t rows_wanted; /* else the merge is no good; UINT64_MAX: any number */
};

static struct segment_name name_of(const struct replacement *replacement)
{
    struct segment_name name = {.sequence = replacement->segments[0].name.sequence,
                                .last_sequence = replacement->segments[replacement->count - 1].name.last_sequence,
                                .state = SEGMENT_MAKING,
                                .is_sealed = true};
    for (size_t i = 0; i < replacement->count; i++) {
        uint32_t generation = replacement->segments[i].name.generation;
        name.generation = generation > name.generation ? generation : name.generation;
    }
    name.generation++;
    return name;
}

static bool count_rows(void *context, uint64_t rows)
{
    struct maintenance *work = context;
    work->progress.rows_done += rows;
    return report(work);
}

static tocsin_status merge_segments(struct maintenance *work, const struct replacement *replacement,
                                    struct segment_merge *merge, uint64_t *ret_rows, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < replacement->count; i++) {
        struct store_file file = {.descriptor = -1};
        struct segment_map map;
        status = load_map(work->options->folder, &replacement->segments[i].name, &file, &map, work->problems, err);
        if (status == TOCSIN_OK) {
            status = segment_merge_add(merge, &file, &map, err);
            segment_map_release(&map);
            store_file_close(&file);
        }
    }
    return status == TOCSIN_OK ? segment_merge_finish(merge, ret_rows, err) : status;
}

/* The header, then what is to be in it. */
static tocsin_status fill_segment(struct maintenance *work, const struct replacement *replacement,
                                  const struct segment_name *name, struct store_file *file, uint64_t *ret_rows,
                                  struct error *err)
{
    struct segment_map segment = {.sequence = name->sequence,
                                  .last_sequence = name->last_sequence,
                                  .generation = name->generation,
                                  .created_ms = replacement->segments[0].created_ms,
                                  .blocks_end = SEGMENT_HEADER_BYTES};
    bool has_blooms = false;
    for (size_t i = 0; i < replacement->count; i++) {
        int64_t created_ms = replacement->segments[i].created_ms;
        segment.created_ms = created_ms > segment.created_ms ? created_ms : segment.created_ms;
        has_blooms = has_blooms || replacement->segments[i].has_blooms;
    }
    if (getrandom(segment.id, SEGMENT_ID_BYTES, 0) != SEGMENT_ID_BYTES) {
        return error_set(err, TOCSIN_ERROR_OUTPUT, "cannot get random bytes");
    }
    struct strbuf header;
    strbuf_init(&header, SEGMENT_HEADER_BYTES * 2);
    segment_header_put(&header, &segment);
    tocsin_status status = header.is_failed ? error_memory(err) : store_file_write(file, 0, strbuf_str(&header), err);
    strbuf_release(&header);
    const struct segment_merge_options options = {.target = file,
                                                  .segment = &segment,
                                                  .codec = replacement->codec,
                                                  .has_blooms = has_blooms,
                                                  .hash_seed = work->options->hash_seed,
                                                  .is_salvage = replacement->is_salvage,
                                                  .problems = work->problems,
                                                  .progress = count_rows,
                                                  .progress_context = work};
    struct segment_merge *merge = NULL;
    status = status == TOCSIN_OK ? segment_merge_create(&options, &merge, err) : status;
    status = status == TOCSIN_OK ? merge_segments(work, replacement, merge, ret_rows, err) : status;
    segment_merge_free(merge);
    bool is_empty = segment.block_count + segment.note_block_count == 0;
    return status == TOCSIN_OK && is_empty ? TOCSIN_END : status;
}

/* S15: what was written is read again, all of it, before anything is deleted for it. */
static tocsin_status check_segment(struct store_file *file, uint64_t rows, struct error *err)
{
    struct store_problems problems;
    struct segment_map map;
    store_problems_init(&problems);
    uint64_t found = 0;
    uint64_t bad = 0;
    tocsin_status status = segment_map_scan(file, &map, &problems, err);
    if (status == TOCSIN_OK) {
        status = segment_check(file, &map, NULL, &bad, err);
        for (uint32_t b = 0; b < map.block_count; b++) {
            found += map.blocks[b].row_count;
        }
        bad += map.blocks_end != map.file_bytes;
        segment_map_release(&map);
    }
    if (status == TOCSIN_OK && (found != rows || bad > 0 || problems.count + problems.more > 0)) {
        status = error_set(err, TOCSIN_ERROR_OUTPUT, "%s: what was written cannot be read again", file->path);
    }
    store_problems_release(&problems);
    return status;
}

/* S14: the new segment gets its name, then those that it stands for go. */
static tocsin_status put_in_place(struct maintenance *work, const struct replacement *replacement,
                                  const struct segment_name *name, struct store_file *file, struct error *err)
{
    const char *folder = work->options->folder;
    struct segment_name sealed = *name;
    sealed.state = SEGMENT_LIVE;
    tocsin_status status = segment_seal(folder, file, &sealed, work->problems, err);
    for (size_t i = 0; status == TOCSIN_OK && i < replacement->count; i++) {
        status = segment_delete(folder, &replacement->segments[i].name, err);
    }
    return status == TOCSIN_OK ? store_file_sync_folder(folder, err) : status;
}

/* TOCSIN_END: without salvage, something is damaged. Whatever fails, what was there is there. */
static tocsin_status replace_segments(struct maintenance *work, const struct replacement *replacement,
                                      struct error *err)
{
    char path[STORE_PATH_BYTES];
    struct store_file file = {.descriptor = -1};
    const struct segment_name name = name_of(replacement);
    uint64_t rows = 0;
    tocsin_status status = segment_name_path(work->options->folder, &name, path, err);
    status = status == TOCSIN_OK ? store_file_create(path, &file, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    status = fill_segment(work, replacement, &name, &file, &rows, err);
    bool is_short = replacement->rows_wanted != UINT64_MAX && rows != replacement->rows_wanted;
    status = status == TOCSIN_OK && is_short ? TOCSIN_END : status;
    status = status == TOCSIN_OK ? check_segment(&file, rows, err) : status;
    status = status == TOCSIN_OK ? put_in_place(work, replacement, &name, &file, err) : status;
    if (status != TOCSIN_OK) {
        struct error ignored = {0};
        (void)store_file_unlink(path, &ignored); /* or the next writer does it; if it has its name, it keeps it */
    }
    store_file_close(&file);
    return status;
}

static tocsin_status name_problem(struct maintenance *work, const struct segment_name *name, const char *text,
                                  struct error *err)
{
    char path[STORE_PATH_BYTES];
    tocsin_status status = segment_name_path(work->options->folder, name, path, err);
    if (status == TOCSIN_OK) {
        store_problem_add(work->problems, path, 0, "%s", text);
    }
    return status;
}

/* ---- compaction ---- */

static bool is_old(const struct segment_summary *segment, const struct store_compact_options *options)
{
    return options->has_old && segment->newest_ms < options->old_before_ms;
}

/* How many segments from this one on become one; 1: it stays as it is, or is compressed anew. */
static size_t group_size(const struct maintenance *work, size_t first, const struct store_compact_options *options)
{
    enum { INPUT_NAMES_BYTES = 12 * 1024 * 1024 };
    uint64_t row_max = options->segment_rows ? options->segment_rows : LIMIT_STORE_SEGMENT_ROWS;
    const struct segment_summary *segments = work->segments;
    uint64_t rows = 0;
    size_t dictionary_bytes = 0;
    size_t input_bytes = 0;
    size_t count = 0;
    for (size_t i = first; i < work->segment_count; i++, count++) {
        rows += segments[i].rows;
        dictionary_bytes += segments[i].dictionary_bytes;
        input_bytes += segments[i].input_bytes;
        if (!segments[i].is_sound || rows > row_max || dictionary_bytes > LIMIT_STORE_DICTIONARIES_BYTES / 4 * 3 ||
            input_bytes > INPUT_NAMES_BYTES || is_old(&segments[i], options) != is_old(&segments[first], options)) {
            break;
        }
    }
    return count > 0 ? count : 1;
}

static bool is_worth_it(const struct segment_summary *first, size_t count, const struct store_compact_options *options)
{
    return count > 1 || (first->is_sound && first->has_lz4 && is_old(first, options));
}

static tocsin_status compact_group(struct maintenance *work, size_t first, size_t count,
                                   const struct store_compact_options *options, struct store_changes *changes,
                                   struct error *err)
{
    struct segment_summary *segments = &work->segments[first];
    struct replacement replacement = {
        .segments = segments, .count = count, .codec = is_old(segments, options) ? CHUNK_ZSTD : CHUNK_LZ4};
    for (size_t i = 0; i < count; i++) {
        replacement.rows_wanted += segments[i].rows;
    }
    uint64_t rows_before = work->progress.rows_done;
    tocsin_status status = replace_segments(work, &replacement, err);
    work->progress.rows_done = rows_before + replacement.rows_wanted;
    work->progress.segments_done += count;
    if (status == TOCSIN_END) {
        return name_problem(work, &segments[0].name,
                            "it stays as it is: in it or in its neighbours something is damaged", err);
    }
    changes->segments_rewritten += status == TOCSIN_OK ? count : 0;
    return status;
}

static void plan_progress(struct maintenance *work, const struct store_compact_options *options)
{
    for (size_t i = 0, count; i < work->segment_count; i += count) {
        count = group_size(work, i, options);
        if (is_worth_it(&work->segments[i], count, options)) {
            work->progress.segments_total += count;
            for (size_t k = i; k < i + count; k++) {
                work->progress.rows_total += work->segments[k].rows;
            }
        }
    }
}

static tocsin_status compact(struct maintenance *work, const struct store_compact_options *options,
                             struct store_changes *changes, struct error *err)
{
    tocsin_status status = look_at_all(work, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    count_before(work, changes);
    plan_progress(work, options);
    for (size_t i = 0, count; status == TOCSIN_OK && i < work->segment_count; i += count) {
        count = group_size(work, i, options);
        if (is_worth_it(&work->segments[i], count, options)) {
            status = compact_group(work, i, count, options, changes, err);
        }
    }
    return status;
}

tocsin_status store_compact(const struct store_compact_options *options, struct store_changes *ret_changes,
                            struct store_problems *problems, struct error *err)
{
    struct maintenance work;
    struct store_changes changes = {0};
    tocsin_status status = begin(&work, &options->common, problems, err);
    status = status == TOCSIN_OK ? compact(&work, options, &changes, err) : status;
    if (status == TOCSIN_OK && changes.segments_rewritten > 0) {
        status = count_after(&work, &changes, err);
    }
    end(&work);
    if (status == TOCSIN_OK) {
        *ret_changes = changes;
    }
    return status;
}

/* ---- retention ---- */

static int compare_ages(const void *a, const void *b)
{
    const struct segment_summary *x = *(const struct segment_summary *const *)a;
    const struct segment_summary *y = *(const struct segment_summary *const *)b;
    if (x->newest_ms != y->newest_ms) {
        return x->newest_ms < y->newest_ms ? -1 : 1;
    }
    return x->name.sequence < y->name.sequence ? -1 : 1;
}

/* The oldest go until the others are no larger than that. */
static tocsin_status choose_by_size(struct maintenance *work, uint64_t bytes_max, struct error *err)
{
    const struct segment_summary **by_age = memory_allocate(work->segment_count * sizeof(*by_age) + 1);
    uint64_t bytes = 0;
    if (!by_age) {
        return error_memory(err);
    }
    for (size_t i = 0; i < work->segment_count; i++) {
        by_age[i] = &work->segments[i];
        bytes += work->segments[i].goes ? 0 : work->segments[i].bytes;
    }
    qsort(by_age, work->segment_count, sizeof(*by_age), compare_ages);
    for (size_t i = 0; i < work->segment_count && bytes > bytes_max; i++) {
        struct segment_summary *segment = &work->segments[by_age[i] - work->segments];
        if (segment->is_sound && segment->rows > 0 && !segment->goes) {
            segment->goes = true;
            bytes -= segment->bytes;
        }
    }
    memory_free(by_age);
    return TOCSIN_OK;
}

/* Which segments go. Those without rows, which earlier retention left, go with others: their notes are written anew. */
static tocsin_status choose(struct maintenance *work, const struct store_retain_options *options, size_t *ret_count,
                            struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    size_t count = 0;
    for (size_t i = 0; i < work->segment_count; i++) {
        struct segment_summary *segment = &work->segments[i];
        segment->goes =
            segment->is_sound && segment->rows > 0 && options->has_old && segment->newest_ms < options->old_before_ms;
    }
    if (options->bytes_max > 0) {
        status = choose_by_size(work, options->bytes_max, err);
    }
    for (size_t i = 0; i < work->segment_count; i++) {
        count += work->segments[i].goes;
    }
    for (size_t i = 0; count > 0 && i < work->segment_count; i++) {
        bool is_note = work->segments[i].is_sound && work->segments[i].rows == 0;
        work->segments[i].goes = work->segments[i].goes || is_note;
    }
    *ret_count = count;
    return status;
}

static tocsin_status collect_notes(struct maintenance *work, struct mark_set *all, struct mark_set *kept,
                                   struct store_newest *newest, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < work->segment_count; i++) {
        struct store_file file = {.descriptor = -1};
        struct segment_map map;
        struct store_newest ignored = {0};
        if (!work->segments[i].is_sound) {
            continue;
        }
        status = load_map(work->options->folder, &work->segments[i].name, &file, &map, work->problems, err);
        if (status == TOCSIN_OK) {
            bool is_added = segment_map_notes(&map, all, newest) &&
                            (work->segments[i].goes || segment_map_notes(&map, kept, &ignored));
            status = is_added ? TOCSIN_OK : error_memory(err);
            segment_map_release(&map);
            store_file_close(&file);
        }
    }
    return status;
}

static bool is_same_mark(const struct store_mark *a, const struct store_mark *b)
{
    return a->bytes == b->bytes && a->safe_line == b->safe_line && a->rows == b->rows &&
           a->is_complete == b->is_complete;
}

/* S16: marks that only segments have which go are written to a segment of their own, before those go. */
static tocsin_status carry_notes(struct maintenance *work, struct error *err)
{
    struct mark_set all;
    struct mark_set kept;
    struct store_newest newest = {0};
    mark_set_init(&all, work->options->hash_seed);
    mark_set_init(&kept, work->options->hash_seed);
    tocsin_status status = collect_notes(work, &all, &kept, &newest, err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < all.count; i++) {
        const struct store_mark *mark = &all.marks[i];
        const struct store_mark *other = mark_set_find(&kept, mark->input, mark->identity);
        if (!other || !is_same_mark(mark, other)) {
            status = store_writer_mark(work->writer, mark, 1, err);
        }
    }
    if (status == TOCSIN_OK) {
        store_writer_set_newest(work->writer, &newest);
        status = store_writer_seal(work->writer, err);
    }
    mark_set_release(&all);
    mark_set_release(&kept);
    return status;
}

static tocsin_status delete_segments(struct maintenance *work, struct store_changes *changes, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    bool is_stopped = false;
    for (size_t i = 0; status == TOCSIN_OK && !is_stopped && i < work->segment_count; i++) {
        if (work->segments[i].goes) {
            status = segment_delete(work->options->folder, &work->segments[i].name, err);
            changes->segments_deleted += status == TOCSIN_OK && work->segments[i].rows > 0;
            work->progress.segments_done++;
            is_stopped = !report(work);
        }
    }
    status = status == TOCSIN_OK ? store_file_sync_folder(work->options->folder, err) : status;
    return status == TOCSIN_OK && is_stopped ? error_set(err, TOCSIN_ERROR_CANCELLED, "stopped") : status;
}

static void count_without(const struct maintenance *work, struct store_changes *changes)
{
    for (size_t i = 0; i < work->segment_count; i++) {
        if (work->segments[i].goes) {
            changes->segments_after--;
            changes->bytes_after -= work->segments[i].bytes;
            changes->rows_after -= work->segments[i].rows;
            changes->segments_deleted += work->segments[i].rows > 0;
        }
    }
}

static tocsin_status retain(struct maintenance *work, const struct store_retain_options *options,
                            struct store_changes *changes, struct error *err)
{
    size_t count = 0;
    tocsin_status status = look_at_all(work, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    count_before(work, changes);
    status = choose(work, options, &count, err);
    if (status != TOCSIN_OK || count == 0) {
        return status;
    }
    if (options->is_dry_run) {
        count_without(work, changes);
        return TOCSIN_OK;
    }
    work->progress.segments_total = count;
    status = carry_notes(work, err);
    status = status == TOCSIN_OK ? delete_segments(work, changes, err) : status;
    return status == TOCSIN_OK ? count_after(work, changes, err) : status;
}

tocsin_status store_retain(const struct store_retain_options *options, struct store_changes *ret_changes,
                           struct store_problems *problems, struct error *err)
{
    struct maintenance work;
    struct store_changes changes = {0};
    tocsin_status status = begin(&work, &options->common, problems, err);
    status = status == TOCSIN_OK ? retain(&work, options, &changes, err) : status;
    end(&work);
    if (status == TOCSIN_OK) {
        *ret_changes = changes;
    }
    return status;
}

/* ---- repair ---- */

static tocsin_status find_damage(struct maintenance *work, const struct segment_summary *segment, bool *ret_is_damaged,
                                 struct error *err)
{
    struct store_problems problems;
    struct store_file file = {.descriptor = -1};
    struct segment_map map;
    uint64_t bad = 0;
    store_problems_init(&problems);
    tocsin_status status = load_map(work->options->folder, &segment->name, &file, &map, &problems, err);
    if (status == TOCSIN_OK) {
        status = segment_check(&file, &map, NULL, &bad, err);
        *ret_is_damaged = !map.has_footer || bad > 0 || problems.count + problems.more > 0;
        segment_map_release(&map);
        store_file_close(&file);
    }
    store_problems_release(&problems);
    return status;
}

/* Out of the way, for people to look at. One of a version that this program does not know is not damaged. */
static tocsin_status set_aside(struct maintenance *work, const struct segment_summary *segment, struct error *err)
{
    static const char suffix[] = ".damaged";
    char path[STORE_PATH_BYTES];
    char target[STORE_PATH_BYTES + sizeof(suffix)];
    struct store_file file = {.descriptor = -1};
    struct error ignored = {0};
    tocsin_status status = segment_name_path(work->options->folder, &segment->name, path, err);
    status = status == TOCSIN_OK ? store_file_open(path, &file, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    bool is_foreign = segment_has_other_version(&file);
    store_file_close(&file);
    (void)snprintf(target, sizeof(target), "%s%s", path, suffix);
    bool is_taken = store_file_open(target, &file, &ignored) != TOCSIN_END;
    store_file_close(&file);
    if (is_foreign || is_taken) {
        return name_problem(work, &segment->name,
                            is_foreign ? "it is left as it is: a newer tocsin wrote it"
                                       : "nothing can be read of it, and it cannot be renamed: the name is taken",
                            err);
    }
    status = store_file_rename(path, target, err);
    status = status == TOCSIN_OK ? store_file_sync_folder(work->options->folder, err) : status;
    return status == TOCSIN_OK
               ? name_problem(work, &segment->name, "nothing can be read of it: renamed to .damaged", err)
               : status;
}

static tocsin_status repair_segment(struct maintenance *work, struct segment_summary *segment,
                                    struct store_changes *changes, struct error *err)
{
    bool is_damaged = false;
    tocsin_status status = find_damage(work, segment, &is_damaged, err);
    if (status == TOCSIN_OK && is_damaged) {
        const struct replacement replacement = {.segments = segment,
                                                .count = 1,
                                                .codec =
                                                    segment->has_zstd && !segment->has_lz4 ? CHUNK_ZSTD : CHUNK_LZ4,
                                                .is_salvage = true,
                                                .rows_wanted = UINT64_MAX};
        status = replace_segments(work, &replacement, err);
        changes->segments_rewritten += status == TOCSIN_OK;
    }
    return status == TOCSIN_END ? set_aside(work, segment, err) : status;
}

static tocsin_status repair(struct maintenance *work, struct store_changes *changes, struct error *err)
{
    struct store_problems *problems = work->problems;
    struct store_problems seen;
    store_problems_init(&seen);
    work->problems = &seen; /* what is damaged is named when it is dealt with */
    tocsin_status status = look_at_all(work, err);
    work->problems = problems;
    store_problems_release(&seen);
    if (status != TOCSIN_OK) {
        return status;
    }
    count_before(work, changes);
    work->progress.segments_total = work->segment_count;
    for (size_t i = 0; status == TOCSIN_OK && i < work->segment_count; i++) {
        status = repair_segment(work, &work->segments[i], changes, err);
        work->progress.segments_done++;
        if (status == TOCSIN_OK && !report(work)) {
            status = error_set(err, TOCSIN_ERROR_CANCELLED, "stopped");
        }
    }
    return status == TOCSIN_OK ? count_after(work, changes, err) : status;
}

tocsin_status store_repair(const struct store_maintenance_options *options, struct store_changes *ret_changes,
                           struct store_problems *problems, struct error *err)
{
    struct maintenance work;
    struct store_changes changes = {0};
    tocsin_status status = begin(&work, options, problems, err);
    status = status == TOCSIN_OK ? repair(&work, &changes, err) : status;
    end(&work);
    if (status == TOCSIN_OK) {
        *ret_changes = changes;
    }
    return status;
}
