#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/block_builder.h"
#include "store/store_recovery.h"

struct store_writer {
    struct store_writer_options options;
    char folder[STORE_PATH_BYTES];
    int lock;
    uint64_t sequence; /* of the newest segment */
    struct block_builder *builder;
    struct store_file file;     /* of the open segment */
    struct segment_map segment; /* only id, sequence, counts and blocks_end */
    bool is_open;
    bool is_broken;
    struct strbuf head;
    struct strbuf body;
    uint64_t directory_bytes; /* of the segment's blocks: its footer will have them all */
    struct mark_set marks;    /* for the next block */
    struct store_newest newest;
    bool has_note;
    uint64_t partial_rows; /* in blocks that others have to follow */
    uint64_t acknowledged;
};

/* ---- the lock ---- */

static tocsin_status locked(int lock, const char *folder, struct error *err)
{
    char who[200];
    ssize_t got = pread(lock, who, sizeof(who), 0);
    str holder = str_trim((str){who, got > 0 ? (size_t)got : 0});
    tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG, "the store %s is being written by %.*s", folder,
                                     STR_ARG(holder.len > 0 ? holder : STR("another process")));
    error_hint(err, "wait until that has ended; reading is possible meanwhile");
    return status;
}

/* S3. The lock goes with the process; what is written in it is for people only. */
static tocsin_status take_lock(struct store_writer *writer, struct error *err)
{
    char path[STORE_PATH_BYTES];
    char host[65] = "";
    tocsin_status status = store_path(writer->folder, "LOCK", path, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    writer->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (writer->lock < 0) {
        return error_system(err, TOCSIN_ERROR_OUTPUT, errno, "cannot open %s", path);
    }
    if (flock(writer->lock, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? locked(writer->lock, writer->folder, err)
                                    : error_system(err, TOCSIN_ERROR_OUTPUT, errno, "cannot lock %s", path);
    }
    struct strbuf who;
    strbuf_init(&who, KIBI);
    (void)gethostname(host, sizeof(host) - 1);
    strbuf_append_format(&who, "%s, process %d on %s\n", writer->options.who ? writer->options.who : "tocsin",
                         (int)getpid(), host);
    if (ftruncate(writer->lock, 0) == 0 && !who.is_failed) {
        ssize_t ignored = pwrite(writer->lock, who.data, who.len, 0);
        (void)ignored;
    }
    strbuf_release(&who);
    return TOCSIN_OK;
}

/* ---- open and free ---- */

static tocsin_status open_writer(struct store_writer *writer, struct store_problems *problems, struct error *err)
{
    const struct block_builder_options options = {.schema = writer->options.schema,
                                                  .codec = writer->options.codec,
                                                  .row_max = writer->options.block_rows,
                                                  .hash_seed = writer->options.hash_seed,
                                                  .leaves_out_payload = writer->options.leaves_out_payload,
                                                  .has_blooms = writer->options.has_blooms};
    tocsin_status status = store_make_folder(writer->folder, err);
    status = status == TOCSIN_OK ? take_lock(writer, err) : status;
    status = status == TOCSIN_OK ? store_recover(writer->folder, problems, &writer->sequence, err) : status;
    return status == TOCSIN_OK ? block_builder_create(&options, &writer->builder, err) : status;
}

tocsin_status store_writer_open(const struct store_writer_options *options, struct store_writer **ret_writer,
                                struct store_problems *problems, struct error *err)
{
    struct store_writer *writer = memory_allocate_zeroed(1, sizeof(*writer));
    if (!writer) {
        return error_memory(err);
    }
    writer->options = *options;
    writer->lock = -1;
    writer->file.descriptor = -1;
    strbuf_init(&writer->head, LIMIT_STORE_DIRECTORY_BYTES + KIBI);
    strbuf_init(&writer->body, LIMIT_STORE_BLOCK_BYTES);
    mark_set_init(&writer->marks, options->hash_seed);
    if (options->segment_rows == 0 || options->segment_rows > LIMIT_STORE_SEGMENT_ROWS) {
        writer->options.segment_rows = LIMIT_STORE_SEGMENT_ROWS;
    }
    tocsin_status status = TOCSIN_OK;
    size_t length = strlen(options->folder);
    if (length >= sizeof(writer->folder)) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "the path of the store is too long");
    } else {
        memcpy(writer->folder, options->folder, length + 1);
        status = open_writer(writer, problems, err);
    }
    if (status != TOCSIN_OK) {
        store_writer_free(writer);
        return status;
    }
    *ret_writer = writer;
    return TOCSIN_OK;
}

void store_writer_free(struct store_writer *writer)
{
    if (!writer) {
        return;
    }
    block_builder_free(writer->builder);
    store_file_close(&writer->file);
    strbuf_release(&writer->head);
    strbuf_release(&writer->body);
    mark_set_release(&writer->marks);
    if (writer->lock >= 0) {
        (void)close(writer->lock);
    }
    memory_free(writer);
}

/* ---- segments ---- */

static tocsin_status new_id(unsigned char id[SEGMENT_ID_BYTES], struct error *err)
{
    return getrandom(id, SEGMENT_ID_BYTES, 0) == SEGMENT_ID_BYTES
               ? TOCSIN_OK
               : error_system(err, TOCSIN_ERROR_OUTPUT, errno, "cannot get random bytes");
}

/* S4: the header and the name are on the disk before the first block is written. */
static tocsin_status begin_segment(struct store_writer *writer, struct error *err)
{
    char path[STORE_PATH_BYTES];
    struct strbuf header;
    strbuf_init(&header, SEGMENT_HEADER_BYTES * 2);
    writer->segment = (struct segment_map){.sequence = writer->sequence + 1,
                                           .last_sequence = writer->sequence + 1,
                                           .created_ms = writer->options.now_ms,
                                           .blocks_end = SEGMENT_HEADER_BYTES};
    tocsin_status status = new_id(writer->segment.id, err);
    status = status == TOCSIN_OK ? segment_path(writer->folder, writer->segment.sequence, false, path, err) : status;
    segment_header_put(&header, &writer->segment);
    status = status == TOCSIN_OK && header.is_failed ? error_memory(err) : status;
    status = status == TOCSIN_OK ? store_file_create(path, &writer->file, err) : status;
    if (status == TOCSIN_OK) {
        writer->sequence++;
        writer->directory_bytes = 0;
        writer->is_open = true;
        status = store_file_write(&writer->file, 0, strbuf_str(&header), err);
    }
    status = status == TOCSIN_OK ? store_file_sync(&writer->file, err) : status;
    status = status == TOCSIN_OK ? store_file_sync_folder(writer->folder, err) : status;
    strbuf_release(&header);
    return status;
}

static tocsin_status end_segment(struct store_writer *writer, struct error *err)
{
    struct store_problems problems;
    store_problems_init(&problems);
    assert(block_builder_rows(writer->builder) == 0);
    const struct segment_name sealed = segment_name_first(writer->segment.sequence, true);
    tocsin_status status = segment_seal(writer->folder, &writer->file, &sealed, &problems, err);
    if (status == TOCSIN_OK && (problems.count > 0 || problems.more > 0)) {
        /* What we have just written reads otherwise: the disk or the memory is not to be trusted. */
        status = error_set(err, TOCSIN_ERROR_OUTPUT, "%s: what was written cannot be read again", writer->file.path);
        error_hint(err, "`tocsin store verify` says what is left");
    }
    store_problems_release(&problems);
    store_file_close(&writer->file);
    writer->is_open = false;
    block_builder_new_segment(writer->builder);
    return status;
}

/* ---- blocks ---- */

/* S2: a block that was not acknowledged must not be there when its rows are pushed again. */
static void undo_block(struct store_writer *writer)
{
    struct error ignored = {0};
    if (store_file_truncate(&writer->file, writer->segment.blocks_end, &ignored) == TOCSIN_OK) {
        (void)store_file_sync(&writer->file, &ignored);
    }
}

/* A batch more, and readers would refuse the segment. */
static bool segment_is_full(const struct store_writer *writer)
{
    return writer->segment.row_count + writer->options.block_rows > writer->options.segment_rows ||
           writer->segment.block_count + writer->segment.note_block_count + BATCH_ROWS_MAX > LIMIT_STORE_BLOCKS - 2 ||
           writer->directory_bytes > LIMIT_STORE_FOOTER_BYTES / 4;
}

/* What the builder has, and what is to be noted with it; or a part of what is pushed, which counts with the rest. */
static tocsin_status write_block(struct store_writer *writer, bool is_partial, struct error *err)
{
    uint32_t rows = block_builder_rows(writer->builder);
    bool is_crowded = block_builder_is_crowded(writer->builder);
    tocsin_status status = writer->is_open ? TOCSIN_OK : begin_segment(writer, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct segment_note note = {is_partial, writer->newest, is_partial ? 0 : writer->marks.count,
                                      writer->marks.marks};
    status = block_builder_flush(writer->builder, &writer->segment, &note, &writer->head, &writer->body, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    uint64_t offset = writer->segment.blocks_end;
    status = store_file_write(&writer->file, offset, strbuf_str(&writer->head), err);
    status = status == TOCSIN_OK
                 ? store_file_write(&writer->file, offset + writer->head.len, strbuf_str(&writer->body), err)
                 : status;
    status = status == TOCSIN_OK ? store_file_sync(&writer->file, err) : status;
    if (status != TOCSIN_OK) {
        undo_block(writer);
        return status;
    }
    writer->segment.blocks_end += writer->head.len + writer->body.len;
    writer->segment.row_count += rows;
    writer->segment.block_count += rows > 0;
    writer->segment.note_block_count += rows == 0;
    writer->directory_bytes += writer->head.len;
    writer->partial_rows += rows;
    if (is_partial) {
        return TOCSIN_OK;
    }
    writer->acknowledged += writer->partial_rows;
    writer->partial_rows = 0;
    writer->has_note = false;
    mark_set_clear(&writer->marks);
    return segment_is_full(writer) || is_crowded ? end_segment(writer, err) : TOCSIN_OK;
}

/* After a failure nothing goes on: what the writer believes of its file may be wrong. */
static tocsin_status keep_failure(struct store_writer *writer, tocsin_status status)
{
    writer->is_broken |= status != TOCSIN_OK;
    return status;
}

static tocsin_status check_writer(const struct store_writer *writer, struct error *err)
{
    return writer->is_broken
               ? error_set(err, TOCSIN_ERROR_OUTPUT, "the store %s could not be written before", writer->folder)
               : TOCSIN_OK;
}

/* S2: a block ends between two pushes, so that it has the marks of all its rows; or in a push whose rows do not fit
 * into one, and then counts only with those that have the rest. */
tocsin_status store_writer_push_from(struct store_writer *writer, const struct batch *batch, uint32_t first,
                                     const str *input_names, size_t input_count, struct error *err)
{
    tocsin_status status = check_writer(writer, err);
    if (status == TOCSIN_OK && block_builder_rows(writer->builder) > 0 &&
        !block_builder_has_room(writer->builder, batch)) {
        status = write_block(writer, false, err);
    }
    while (status == TOCSIN_OK && first < batch->row_count) {
        uint32_t taken = 0;
        status = block_builder_add(writer->builder, batch, first, input_names, input_count, &taken, err);
        first += taken;
        if (status == TOCSIN_OK && first < batch->row_count) {
            status = write_block(writer, true, err);
        }
    }
    return keep_failure(writer, status);
}

tocsin_status store_writer_push(struct store_writer *writer, const struct batch *batch, const str *input_names,
                                size_t input_count, struct error *err)
{
    return store_writer_push_from(writer, batch, 0, input_names, input_count, err);
}

tocsin_status store_writer_mark(struct store_writer *writer, const struct store_mark *marks, size_t count,
                                struct error *err)
{
    tocsin_status status = check_writer(writer, err);
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        if (marks[i].input.len > LIMIT_STORE_INPUT_BYTES) {
            return error_set(err, TOCSIN_ERROR_LIMIT, "the path of an input has more than %d bytes",
                             LIMIT_STORE_INPUT_BYTES);
        }
        status = mark_set_put(&writer->marks, &marks[i]) ? TOCSIN_OK : error_memory(err);
        writer->has_note = true;
    }
    if (status == TOCSIN_OK && writer->marks.bytes > LIMIT_STORE_MARKS_BYTES / 2) {
        status = writer->marks.bytes <= LIMIT_STORE_MARKS_BYTES
                     ? write_block(writer, false, err)
                     : error_set(err, TOCSIN_ERROR_LIMIT, "marks of inputs take more than %zu MiB at once",
                                 LIMIT_STORE_MARKS_BYTES / MEBI);
    }
    return keep_failure(writer, status);
}

void store_writer_set_newest(struct store_writer *writer, const struct store_newest *newest)
{
    writer->has_note |= store_newest_merge(&writer->newest, newest);
}

tocsin_status store_writer_commit(struct store_writer *writer, struct error *err)
{
    tocsin_status status = check_writer(writer, err);
    if (status == TOCSIN_OK && (block_builder_rows(writer->builder) > 0 || writer->has_note)) {
        status = write_block(writer, false, err);
    }
    return keep_failure(writer, status);
}

tocsin_status store_writer_seal(struct store_writer *writer, struct error *err)
{
    tocsin_status status = store_writer_commit(writer, err);
    if (status == TOCSIN_OK && writer->is_open) {
        status = end_segment(writer, err);
    }
    return keep_failure(writer, status);
}

uint64_t store_writer_acknowledged(const struct store_writer *writer)
{
    return writer->acknowledged;
}

uint64_t store_writer_cut_values(const struct store_writer *writer)
{
    return block_builder_cut_values(writer->builder);
}
