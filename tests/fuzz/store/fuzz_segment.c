/* A segment's file with any directories (and the notes in them), bodies and footer, the checksums made right, so that
 * what they say is believed as far as it may be: mapped, read, verified, asked what its Bloom filters rule out,
 * recovered by a writer, moved into another segment, and repaired. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../support/filter_trees.h"
#include "../../support/store_rows.h"
#include "store/segment_bloom.h"
#include "store/segment_slices.h"
#include "store/store_bytes.h"
#include "store/store_folder.h"
#include "store/store_maintenance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char id[SEGMENT_ID_BYTES] = "fuzzed segment";

/* A directory whose chunks have the checksums of what the body holds where they say. */
static void put_mended(struct strbuf *target, str directory, str body)
{
    size_t start = target->len;
    strbuf_append(target, directory);
    if (target->is_failed) {
        return;
    }
    struct byte_taker taker = {.rest = directory};
    (void)bytes_take_u32(&taker);
    uint32_t columns = bytes_take_u32(&taker);
    for (uint32_t i = 0; i < columns && !taker.is_bad; i++) {
        (void)bytes_take(&taker, 6);
        uint16_t name_bytes = bytes_take_u16(&taker);
        (void)bytes_take_u32(&taker);
        uint32_t chunks = bytes_take_u32(&taker);
        (void)bytes_take(&taker, 16 + (size_t)name_bytes);
        for (uint32_t k = 0; k < chunks && !taker.is_bad; k++) {
            (void)bytes_take(&taker, 16);
            uint32_t stored = bytes_take_u32(&taker);
            (void)bytes_take_u32(&taker);
            uint64_t offset = bytes_take_u64(&taker);
            size_t at = directory.len - taker.rest.len;
            (void)bytes_take_u64(&taker);
            if (!taker.is_bad && offset <= body.len && stored <= body.len - offset) {
                uint64_t sum = htole64(chunk_checksum(str_slice(body, offset, offset + stored)));
                memcpy(target->data + start + at, &sum, sizeof(sum));
            }
        }
    }
}

static str take_part(struct byte_taker *input)
{
    uint16_t bytes = bytes_take_u16(input);
    return bytes_take(input, bytes < input->rest.len ? bytes : input->rest.len);
}

static void put_block(struct strbuf *file, struct segment_map *segment, struct byte_taker *input)
{
    struct strbuf mended;
    struct strbuf head;
    strbuf_init(&mended, MEBI);
    strbuf_init(&head, MEBI);
    uint32_t rows = bytes_take_u16(input); /* 0: a block of notes */
    str directory = take_part(input);
    str body = take_part(input);
    put_mended(&mended, directory, body);
    segment_block_put(&head, segment, rows, strbuf_str(&mended), body.len);
    strbuf_append(file, strbuf_str(&head));
    strbuf_append(file, body);
    while (file->len % SEGMENT_ALIGNMENT != 0) {
        strbuf_append_char(file, '\0');
    }
    segment->row_count += rows;
    segment->block_count++; /* of either kind: only the sum is looked at */
    strbuf_release(&mended);
    strbuf_release(&head);
}

/* Slices of any kind, whose pieces have the checksums of what the file holds where they say. */
static void put_slices(struct strbuf *file, struct byte_taker *input)
{
    uint8_t count = bytes_take_u8(input);
    bytes_put_u32(file, count % 8);
    bytes_put_u32(file, 0);
    for (int i = 0; i < count % 8 && !file->is_failed; i++) {
        struct segment_slices slices = {.first_block = bytes_take_u8(input), .block_count = bytes_take_u8(input)};
        slices.column = bytes_take_u8(input);
        slices.places = UINT32_C(1) << bytes_take_u8(input) % 21;
        slices.covered = bytes_take_u64(input);
        slices.beyond_ascii = bytes_take_u64(input);
        slices.offset = bytes_take_u16(input);
        bytes_put_u32(file, slices.first_block);
        bytes_put_u32(file, slices.block_count);
        bytes_put_u32(file, slices.column);
        bytes_put_u32(file, slices.places);
        bytes_put_u64(file, slices.covered);
        bytes_put_u64(file, slices.beyond_ascii);
        bytes_put_u64(file, slices.offset);
        uint64_t bytes = segment_slices_bytes(&slices);
        for (uint64_t at = 0; at < bytes; at += SLICES_PIECE_BYTES) {
            str piece = str_slice(strbuf_str(file), (size_t)(slices.offset + at),
                                  (size_t)(slices.offset + (at + SLICES_PIECE_BYTES < bytes ? at + SLICES_PIECE_BYTES
                                                                                            : bytes)));
            bytes_put_u64(file, chunk_checksum(piece));
        }
    }
}

/* The header once more, then what is given; the newest version has slices behind it. */
static void put_footer(struct strbuf *file, uint64_t blocks_end, struct byte_taker *input, uint32_t version)
{
    uint64_t offset = file->len;
    char header[SEGMENT_HEADER_BYTES];
    memcpy(header, file->data, sizeof(header));
    strbuf_append(file, (str){header, sizeof(header)});
    if (version >= SEGMENT_VERSION_SLICES) {
        strbuf_append(file, take_part(input));
        put_slices(file, input);
    } else {
        strbuf_append(file, input->rest);
    }
    str footer = str_skip(strbuf_str(file), offset);
    size_t footer_bytes = footer.len;
    uint64_t checksum = chunk_checksum(footer);
    size_t start = file->len;
    strbuf_append(file, STR("TOCSINFT"));
    bytes_put_u64(file, version);
    bytes_put_u64(file, offset);
    bytes_put_u64(file, footer_bytes);
    bytes_put_u64(file, checksum);
    bytes_put_u64(file, blocks_end);
    bytes_put_u64(file, 0);
    bytes_put_u64(file, chunk_checksum(str_skip(strbuf_str(file), start)));
}

/* A filter of any kind, on two threads. Zones may lie, so what it gives need not meet it. */
static void read_some(struct store_rows *rows, struct store_reader *reader, uint64_t seed)
{
    static const str words[] = {{"a", 1}, {"job", 3}, {"tool", 4}, {"7", 1}};
    static const int64_t numbers[] = {0, 1, 100, 255, -1, 1700000000000};
    const field_id fields[] = {rows->repeated, rows->unique, rows->sparse,  rows->number,   rows->ratio,
                               rows->blob,     rows->flag,   rows->address, FIELD_USERNAME, FIELD_STARTTIME,
                               rows->paired};
    struct error err = {0};
    struct batch_source source;
    struct batch *batch;
    uint64_t met = 0;
    struct tree *tree = tree_make(&seed, rows->schema, fields, countof(fields), words, countof(words), numbers,
                                  countof(numbers), (int)tree_below(&seed, 4));
    const struct scan_filter *filters[2] = {&tree->filter, &tree->filter};
    struct store_scan_options options = {.schema = rows->schema, .wants_raw = true, .threads = 2};
    options.request = (struct scan_request){.fields = rows->fields, .filters = filters, .filter_count = 2};
    if (store_reader_scan(reader, &options, &source, &err) == TOCSIN_OK) {
        while (source.ops->next(source.state, &batch, &err) == TOCSIN_OK) {
            batch_verify(batch);
            for (uint32_t row = 0; row < batch->row_count; row++) {
                met += tree_meets(tree, batch, row);
            }
        }
        source.ops->close(source.state);
    }
    tree_free(tree);
    if (met == UINT64_MAX) {
        abort();
    }
}

static void read_store(struct store_rows *rows, const char *folder, uint64_t seed)
{
    struct error err = {0};
    struct store_reader *reader = NULL;
    struct batch_source source;
    struct batch *batch;
    struct store_scan_options options = {
        .schema = rows->schema, .request = {.fields = rows->fields}, .wants_raw = true};
    if (store_reader_open(folder, &reader, &err) != TOCSIN_OK) {
        return;
    }
    uint64_t bytes = 0;
    if (store_reader_scan(reader, &options, &source, &err) == TOCSIN_OK) {
        while (source.ops->next(source.state, &batch, &err) == TOCSIN_OK) {
            batch_verify(batch);
            for (uint32_t i = 0; i < batch->evidence_count; i++) {
                bytes += batch->evidence[i].raw.len > 0 && batch->evidence[i].raw.data[batch->evidence[i].raw.len - 1];
            }
            for (uint32_t row = 0; row < batch->row_count; row++) {
                const struct column *column = batch_column(batch, rows->unique);
                str text = column_is_valid(column, row) ? column_string(column, row) : STR_EMPTY;
                bytes += text.len > 0 && text.data[text.len - 1];
            }
        }
        source.ops->close(source.state);
    }
    read_some(rows, reader, seed);
    struct store_statistics statistics;
    (void)store_reader_verify(reader, &statistics, &err);
    store_reader_free(reader);
    if (bytes == UINT64_MAX) {
        abort();
    }
}

/* Every filter, with texts that are in no value or in any. */
static void ask_blooms(const char *path)
{
    struct error err = {0};
    struct store_file file = {.descriptor = -1};
    struct segment_map map;
    struct store_problems problems;
    struct strbuf buffer;
    store_problems_init(&problems);
    strbuf_init(&buffer, MEBI);
    if (store_file_open(path, &file, &err) == TOCSIN_OK &&
        segment_map_load(&file, &map, &problems, &err) == TOCSIN_OK) {
        const struct scan_literal literal = {STR("/usr/bin/tool"), true, false};
        const struct scan_literal empty = {STR(""), false, true};
        for (uint32_t b = 0; b < map.block_count; b++) {
            for (uint32_t i = 0; i < map.blocks[b].column_count; i++) {
                struct segment_bloom bloom;
                bool is_read = segment_bloom_read(&file, &map.blocks[b].columns[i], &buffer, &bloom, &err) == TOCSIN_OK;
                if (is_read && !segment_bloom_may_hold(&bloom, &empty)) {
                    abort();
                }
                (void)(is_read && segment_bloom_may_hold(&bloom, &literal));
                (void)segment_slices_find(&map, &map.blocks[b].columns[i], b);
            }
        }
        for (uint32_t i = 0; i < map.slices_count; i++) {
            const struct segment_slices *slices = &map.slices[i];
            const struct scan_literal literals[] = {{STR("xmrig"), true, false}, literal, empty};
            struct store_scan_statistics statistics = {0};
            uint64_t some;
            uint64_t all;
            if (segment_slices_ask(&file, slices, literals, 2, &buffer, &statistics, &some, &err) == TOCSIN_OK &&
                segment_slices_ask(&file, slices, literals, 3, &buffer, &statistics, &all, &err) == TOCSIN_OK &&
                ((some & ~all) != 0 || all != UINT64_MAX >> (SLICES_BLOCKS_MAX - slices->block_count))) {
                abort();
            }
        }
        segment_map_release(&map);
    }
    store_file_close(&file);
    store_problems_release(&problems);
    strbuf_release(&buffer);
}

/* Compressed anew, then repaired: what comes out is sound, whatever went in. */
static void keep_up(struct store_rows *rows, const char *folder)
{
    struct error err = {0};
    struct store_changes changes = {0};
    struct store_problems problems;
    struct store_reader *reader = NULL;
    const struct store_compact_options options = {
        .common = {.folder = folder}, .has_old = true, .old_before_ms = INT64_MAX};
    store_problems_init(&problems);
    (void)store_compact(&options, &changes, &problems, &err);
    read_store(rows, folder, 1);
    (void)store_repair(&options.common, &changes, &problems, &err);
    read_store(rows, folder, 1);
    if (changes.segments_rewritten > 0 && store_reader_open(folder, &reader, &err) == TOCSIN_OK) {
        if (store_reader_problems(reader)->count > 0) {
            abort();
        }
        store_reader_free(reader);
    }
    store_problems_release(&problems);
}

static void empty_folder(const char *folder)
{
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char path[STORE_PATH_BYTES];
        if (entry->d_name[0] != '.' && snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) > 0) {
            (void)unlink(path);
        }
    }
    if (directory) {
        (void)closedir(directory);
    }
}

static bool write_file(const char *path, str bytes)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    bool is_written = file >= 0 && write(file, bytes.data, bytes.len) == (ssize_t)bytes.len;
    close(file);
    return is_written;
}

/* A writer makes a sealed segment of it, and that is read. */
static void recover(struct store_rows *rows, const char *folder, uint64_t seed)
{
    struct error err = {0};
    struct store_writer *writer = NULL;
    struct store_problems problems;
    struct store_writer_options options = {.folder = folder, .schema = rows->schema};
    store_problems_init(&problems);
    if (store_writer_open(&options, &writer, &problems, &err) == TOCSIN_OK) {
        store_writer_free(writer);
        read_store(rows, folder, seed);
    }
    store_problems_release(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char folder[] = "/dev/shm/tocsin-fuzz-XXXXXX"; /* in memory: syncs would only take time here */
    static struct store_rows rows;
    static bool is_ready;
    if (!is_ready) {
        is_ready = (mkdtemp(folder) || mkdtemp(memcpy(folder, "/tmp/tocsin-fuzz-XXXXXX", 24))) &&
                   store_rows_init(&rows, false);
    }
    char open_path[STORE_PATH_BYTES];
    char sealed_path[STORE_PATH_BYTES];
    struct error err = {0};
    if (!is_ready || size < 2 || segment_path(folder, 1, false, open_path, &err) != TOCSIN_OK ||
        segment_path(folder, 1, true, sealed_path, &err) != TOCSIN_OK) {
        return 0;
    }
    struct byte_taker input = {.rest = {(const char *)data, size}};
    uint8_t kind = bytes_take_u8(&input);
    struct strbuf file;
    struct segment_map segment = {0};
    strbuf_init(&file, 64 * MEBI);
    memcpy(segment.id, id, sizeof(id));
    segment.sequence = segment.last_sequence = 1;
    segment_header_put(&file, &segment);
    for (int i = 0; i < 1 + kind % 3; i++) {
        put_block(&file, &segment, &input);
    }
    bool is_sealed = kind & 0x80;
    if (is_sealed) {
        put_footer(&file, file.len, &input, kind & 0x40 ? SEGMENT_VERSION : SEGMENT_VERSION_SLICES - 1);
    } else {
        strbuf_append(&file, input.rest);
    }
    if (write_file(is_sealed ? sealed_path : open_path, strbuf_str(&file))) {
        read_store(&rows, folder, size + kind);
        if (is_sealed) {
            ask_blooms(sealed_path);
        } else {
            recover(&rows, folder, size);
        }
        keep_up(&rows, folder);
    }
    empty_folder(folder);
    strbuf_release(&file);
    return 0;
}
