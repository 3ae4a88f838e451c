#include "engine/load_checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text_file.h"

#define HEAD "tocsin-checkpoint 1 "

struct load_checkpoint {
    int file; /* -1: nothing is kept */
    const char *path;
    str target;
    struct arena texts;
    struct checkpoint_input *inputs;
    size_t input_count;
    size_t input_capacity;
    struct strbuf pending;
};

/* ---- arrays ---- */

static bool grow(void **items, size_t *capacity, size_t count, size_t bytes_each)
{
    if (count < *capacity) {
        return true;
    }
    size_t wanted = *capacity ? *capacity * 2 : 16;
    void *grown = memory_allocate_zeroed(wanted, bytes_each);
    if (!grown) {
        return false;
    }
    if (count > 0) {
        memcpy(grown, *items, count * bytes_each);
    }
    memory_free(*items);
    *items = grown;
    *capacity = wanted;
    return true;
}

const struct checkpoint_window *checkpoint_find_window(const struct checkpoint_input *input, uint64_t first)
{
    for (size_t i = 0; i < input->window_count; i++) {
        if (input->windows[i].first == first) {
            return &input->windows[i];
        }
    }
    return NULL;
}

static struct checkpoint_block *find_block(const struct checkpoint_input *input, uint64_t first, uint16_t day)
{
    for (size_t i = 0; i < input->block_count; i++) {
        if (input->blocks[i].first == first && input->blocks[i].day == day) {
            return &input->blocks[i];
        }
    }
    return NULL;
}

const struct checkpoint_block *checkpoint_find_block(const struct checkpoint_input *input, uint64_t first, uint16_t day)
{
    return find_block(input, first, day);
}

uint64_t checkpoint_window_rows(const struct checkpoint_input *input, uint64_t first)
{
    for (size_t i = 0; i < input->block_count; i++) {
        if (input->blocks[i].first == first) {
            return input->blocks[i].window_rows;
        }
    }
    return 0;
}

struct checkpoint_input *load_checkpoint_input(struct load_checkpoint *checkpoint, size_t index)
{
    return index < checkpoint->input_count ? &checkpoint->inputs[index] : NULL;
}

/* ---- facts ---- */

static bool note_input(struct load_checkpoint *checkpoint, const struct checkpoint_input *input)
{
    if (!grow((void **)&checkpoint->inputs, &checkpoint->input_capacity, checkpoint->input_count,
              sizeof(*checkpoint->inputs))) {
        return false;
    }
    struct checkpoint_input *kept = &checkpoint->inputs[checkpoint->input_count];
    *kept = *input;
    kept->path = arena_copy(&checkpoint->texts, input->path);
    kept->windows = NULL;
    kept->blocks = NULL;
    kept->window_count = kept->window_capacity = 0;
    kept->block_count = kept->block_capacity = 0;
    checkpoint->input_count += kept->path.data != NULL;
    return kept->path.data != NULL;
}

static bool note_sent(struct checkpoint_input *input, const struct checkpoint_block *block)
{
    struct checkpoint_block *known = find_block(input, block->first, block->day);
    if (!known) {
        if (!grow((void **)&input->blocks, &input->block_capacity, input->block_count, sizeof(*input->blocks))) {
            return false;
        }
        known = &input->blocks[input->block_count++];
    }
    *known = *block;
    return true;
}

/* Windows that follow each other are one, so that a long load does not make a long file. */
static bool note_whole(struct checkpoint_input *input, uint64_t first, uint64_t rows)
{
    size_t kept = 0;
    for (size_t i = 0; i < input->block_count; i++) {
        if (input->blocks[i].first != first) {
            input->blocks[kept++] = input->blocks[i];
        }
    }
    input->block_count = kept;
    struct checkpoint_window window = {first, rows};
    kept = 0;
    for (size_t i = 0; i < input->window_count; i++) {
        struct checkpoint_window other = input->windows[i];
        if (other.first + other.rows == window.first) {
            window = (struct checkpoint_window){other.first, other.rows + window.rows};
        } else if (window.first + window.rows == other.first) {
            window.rows += other.rows;
        } else {
            input->windows[kept++] = other;
        }
    }
    input->window_count = kept;
    if (!grow((void **)&input->windows, &input->window_capacity, input->window_count, sizeof(*input->windows))) {
        return false;
    }
    input->windows[input->window_count++] = window;
    return true;
}

/* ---- reading ---- */

struct words {
    str rest;
    bool is_bad;
};

static str take_word(struct words *words)
{
    size_t end = str_find_char(words->rest, ' ', 0);
    str word = str_slice(words->rest, 0, end);
    words->is_bad |= word.len == 0;
    words->rest = str_skip(words->rest, end == SIZE_MAX ? words->rest.len : end + 1);
    return word;
}

static uint64_t take_number(struct words *words)
{
    uint64_t number = 0;
    words->is_bad |= !str_to_u64(take_word(words), &number);
    return number;
}

static void take_id(struct words *words, uint8_t ret[CHECKPOINT_ID_BYTES])
{
    str word = take_word(words);
    char bytes[CHECKPOINT_ID_BYTES] = {0};
    words->is_bad |= word.len != sizeof(bytes) * 2 || !str_hex_decode(word, bytes);
    memcpy(ret, bytes, sizeof(bytes));
}

static tocsin_status read_line(struct load_checkpoint *checkpoint, str line, struct error *err)
{
    struct words words = {.rest = line};
    str what = take_word(&words);
    uint64_t index = take_number(&words);
    bool is_kept = true;
    struct checkpoint_input *input = load_checkpoint_input(checkpoint, (size_t)index);
    if (str_eq(what, STR("input"))) {
        struct checkpoint_input begun = {0};
        take_id(&words, begun.identity);
        begun.identity_bytes = take_number(&words);
        begun.bytes = take_number(&words);
        begun.number = (int64_t)take_number(&words);
        begun.safe_line = take_number(&words);
        begun.path = words.rest;
        words.is_bad |= index != checkpoint->input_count;
        is_kept = words.is_bad || note_input(checkpoint, &begun);
    } else if (!input) {
        words.is_bad = true;
    } else if (str_eq(what, STR("sent"))) {
        struct checkpoint_block block = {.first = take_number(&words)};
        block.window_rows = take_number(&words);
        block.day = (uint16_t)take_number(&words);
        block.rows = (uint32_t)take_number(&words);
        take_id(&words, block.id);
        block.arrived_ms = (int64_t)take_number(&words);
        is_kept = words.is_bad || note_sent(input, &block);
    } else if (str_eq(what, STR("done"))) {
        uint64_t first = take_number(&words);
        struct checkpoint_block *block = find_block(input, first, (uint16_t)take_number(&words));
        words.is_bad |= !block;
        if (block) {
            block->is_done = true;
        }
    } else if (str_eq(what, STR("whole"))) {
        uint64_t first = take_number(&words);
        uint64_t rows = take_number(&words);
        is_kept = words.is_bad || note_whole(input, first, rows);
    } else if (str_eq(what, STR("end"))) {
        input->end_bytes = take_number(&words);
        input->end_line = take_number(&words);
        input->has_ended = true;
    } else {
        words.is_bad = true;
    }
    if (!is_kept) {
        return error_memory(err);
    }
    return words.is_bad ? error_set(err, TOCSIN_ERROR_CONFIG, "no checkpoint's line: %.*s", STR_ARG(line)) : TOCSIN_OK;
}

static tocsin_status read_text(struct load_checkpoint *checkpoint, str text, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    uint32_t number = 1;
    size_t end = str_find_char(text, '\n', 0);
    if (text.len == 0 || (end == SIZE_MAX && str_starts_with(STR(HEAD), str_slice(text, 0, sizeof(HEAD) - 1)))) {
        return TOCSIN_OK; /* a crash came before its first line was whole */
    }
    str head = str_slice(text, 0, end);
    if (!str_starts_with(head, STR(HEAD))) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is no checkpoint", checkpoint->path);
    }
    if (!str_eq(str_skip(head, sizeof(HEAD) - 1), checkpoint->target)) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is the checkpoint of a load to %.*s", checkpoint->path,
                           STR_ARG(str_skip(head, sizeof(HEAD) - 1)));
        error_hint(err, "each target needs a checkpoint of its own");
        return status;
    }
    for (text = str_skip(text, end + 1); status == TOCSIN_OK; text = str_skip(text, end + 1)) {
        end = str_find_char(text, '\n', 0);
        number++;
        if (end == SIZE_MAX) { /* cut by a crash: what it would have said had not been relied on */
            break;
        }
        status = read_line(checkpoint, str_slice(text, 0, end), err);
    }
    if (status != TOCSIN_OK) {
        error_context(err, "'%s', line %u", checkpoint->path, number);
    }
    return status;
}

/* ---- writing ---- */

static void put_id(struct strbuf *text, const uint8_t id[CHECKPOINT_ID_BYTES])
{
    for (size_t i = 0; i < CHECKPOINT_ID_BYTES; i++) {
        strbuf_append_format(text, "%02x", id[i]);
    }
}

static void put_input(struct strbuf *text, size_t index, const struct checkpoint_input *input)
{
    strbuf_append_format(text, "input %zu ", index);
    put_id(text, input->identity);
    strbuf_append_format(text, " %llu %llu %lld %llu ", (unsigned long long)input->identity_bytes,
                         (unsigned long long)input->bytes, (long long)input->number,
                         (unsigned long long)input->safe_line);
    for (size_t i = 0; i < input->path.len; i++) { /* for people; nothing goes by it */
        strbuf_append_char(text, (unsigned char)input->path.data[i] < 0x20 ? '?' : input->path.data[i]);
    }
    strbuf_append_char(text, '\n');
}

static void put_sent(struct strbuf *text, size_t index, const struct checkpoint_block *block)
{
    strbuf_append_format(text, "sent %zu %llu %llu %u %u ", index, (unsigned long long)block->first,
                         (unsigned long long)block->window_rows, block->day, block->rows);
    put_id(text, block->id);
    strbuf_append_format(text, " %lld\n", (long long)block->arrived_ms);
}

static void put_done(struct strbuf *text, size_t index, uint64_t first, uint16_t day)
{
    strbuf_append_format(text, "done %zu %llu %u\n", index, (unsigned long long)first, day);
}

static void put_whole(struct strbuf *text, size_t index, uint64_t first, uint64_t rows)
{
    strbuf_append_format(text, "whole %zu %llu %llu\n", index, (unsigned long long)first, (unsigned long long)rows);
}

static void put_end(struct strbuf *text, size_t index, uint64_t bytes, uint64_t line)
{
    strbuf_append_format(text, "end %zu %llu %llu\n", index, (unsigned long long)bytes, (unsigned long long)line);
}

static void put_all(const struct load_checkpoint *checkpoint, struct strbuf *text)
{
    strbuf_append(text, STR(HEAD));
    strbuf_append(text, checkpoint->target);
    strbuf_append_char(text, '\n');
    for (size_t i = 0; i < checkpoint->input_count; i++) {
        const struct checkpoint_input *input = &checkpoint->inputs[i];
        put_input(text, i, input);
        for (size_t k = 0; k < input->window_count; k++) {
            put_whole(text, i, input->windows[k].first, input->windows[k].rows);
        }
        for (size_t k = 0; k < input->block_count; k++) {
            put_sent(text, i, &input->blocks[k]);
            if (input->blocks[k].is_done) {
                put_done(text, i, input->blocks[k].first, input->blocks[k].day);
            }
        }
        if (input->has_ended) {
            put_end(text, i, input->end_bytes, input->end_line);
        }
    }
}

static tocsin_status problem(const struct load_checkpoint *checkpoint, const char *what, struct error *err)
{
    return error_system(err, TOCSIN_ERROR_OUTPUT, errno, "cannot %s checkpoint '%s'", what, checkpoint->path);
}

static tocsin_status write_whole(int file, str text, const struct load_checkpoint *checkpoint, struct error *err)
{
    while (text.len > 0) {
        ssize_t written = write(file, text.data, text.len);
        if (written < 0 && errno != EINTR) {
            return problem(checkpoint, "write", err);
        }
        text = str_skip(text, written > 0 ? (size_t)written : 0);
    }
    return TOCSIN_OK;
}

/* The file anew, beside the old one, which it then replaces. */
static tocsin_status rewrite(struct load_checkpoint *checkpoint, struct error *err)
{
    struct strbuf text;
    struct strbuf beside;
    strbuf_init(&text, LIMIT_CHECKPOINT_BYTES);
    strbuf_init(&beside, 8192);
    put_all(checkpoint, &text);
    strbuf_append(&beside, str_from_cstring(checkpoint->path));
    strbuf_append(&beside, (str){".new", sizeof(".new")});
    tocsin_status status = text.is_failed || beside.is_failed ? error_memory(err) : TOCSIN_OK;
    int file = status == TOCSIN_OK ? open(beside.data, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (status == TOCSIN_OK && file < 0) {
        status = problem(checkpoint, "write", err);
    }
    if (status == TOCSIN_OK && flock(file, LOCK_EX | LOCK_NB) != 0) {
        status = problem(checkpoint, "lock", err);
    }
    status = status == TOCSIN_OK ? write_whole(file, strbuf_str(&text), checkpoint, err) : status;
    if (status == TOCSIN_OK && (fdatasync(file) != 0 || rename(beside.data, checkpoint->path) != 0)) {
        status = problem(checkpoint, "write", err);
    }
    if (status == TOCSIN_OK) {
        (void)close(checkpoint->file);
        checkpoint->file = file;
    } else if (file >= 0) {
        (void)close(file);
    }
    strbuf_release(&text);
    strbuf_release(&beside);
    return status;
}

static tocsin_status open_file(struct load_checkpoint *checkpoint, struct error *err)
{
    str text = STR_EMPTY;
    checkpoint->file = open(checkpoint->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (checkpoint->file < 0) {
        return problem(checkpoint, "open", err);
    }
    struct stat here;
    struct stat there;
    if (flock(checkpoint->file, LOCK_EX | LOCK_NB) != 0 || fstat(checkpoint->file, &here) != 0 ||
        stat(checkpoint->path, &there) != 0 || here.st_ino != there.st_ino) {
        tocsin_status status =
            error_set(err, TOCSIN_ERROR_CONFIG, "another process uses checkpoint '%s'", checkpoint->path);
        error_hint(err, "processes side by side need a checkpoint each");
        return status;
    }
    tocsin_status status = text_file_read(checkpoint->path, LIMIT_CHECKPOINT_BYTES, &text, err);
    if (status == TOCSIN_OK) {
        status = read_text(checkpoint, text, err);
        memory_free((void *)text.data);
    }
    return status == TOCSIN_OK ? rewrite(checkpoint, err) : status;
}

tocsin_status load_checkpoint_open(const char *path, str target, struct load_checkpoint **ret_checkpoint,
                                   struct error *err)
{
    struct load_checkpoint *checkpoint = memory_allocate_zeroed(1, sizeof(*checkpoint));
    if (!checkpoint) {
        return error_memory(err);
    }
    checkpoint->file = -1;
    checkpoint->path = path;
    arena_init(&checkpoint->texts, LIMIT_CHECKPOINT_BYTES);
    strbuf_init(&checkpoint->pending, LIMIT_CHECKPOINT_BYTES);
    checkpoint->target = arena_copy(&checkpoint->texts, target);
    tocsin_status status = checkpoint->target.data ? TOCSIN_OK : error_memory(err);
    status = status == TOCSIN_OK && path ? open_file(checkpoint, err) : status;
    if (status != TOCSIN_OK) {
        load_checkpoint_free(checkpoint);
        return status;
    }
    *ret_checkpoint = checkpoint;
    return TOCSIN_OK;
}

void load_checkpoint_free(struct load_checkpoint *checkpoint)
{
    if (!checkpoint) {
        return;
    }
    for (size_t i = 0; i < checkpoint->input_count; i++) {
        memory_free(checkpoint->inputs[i].windows);
        memory_free(checkpoint->inputs[i].blocks);
    }
    if (checkpoint->file >= 0) {
        (void)close(checkpoint->file);
    }
    memory_free(checkpoint->inputs);
    strbuf_release(&checkpoint->pending);
    arena_release(&checkpoint->texts);
    memory_free(checkpoint);
}

/* ---- notes ---- */

tocsin_status load_checkpoint_begin(struct load_checkpoint *checkpoint, const struct checkpoint_input *input,
                                    size_t *ret_index, struct error *err)
{
    size_t index = checkpoint->input_count;
    if (!note_input(checkpoint, input)) {
        return error_memory(err);
    }
    put_input(&checkpoint->pending, index, input);
    *ret_index = index;
    return TOCSIN_OK;
}

void load_checkpoint_sent(struct load_checkpoint *checkpoint, size_t input, const struct checkpoint_block *block)
{
    put_sent(&checkpoint->pending, input, block);
}

void load_checkpoint_done(struct load_checkpoint *checkpoint, size_t input, uint64_t first, uint16_t day)
{
    put_done(&checkpoint->pending, input, first, day);
}

void load_checkpoint_whole(struct load_checkpoint *checkpoint, size_t input, uint64_t first, uint64_t rows)
{
    put_whole(&checkpoint->pending, input, first, rows);
}

void load_checkpoint_end(struct load_checkpoint *checkpoint, size_t input, uint64_t bytes, uint64_t line)
{
    put_end(&checkpoint->pending, input, bytes, line);
}

tocsin_status load_checkpoint_sync(struct load_checkpoint *checkpoint, struct error *err)
{
    if (checkpoint->pending.is_failed) {
        return error_memory(err);
    }
    tocsin_status status = TOCSIN_OK;
    if (checkpoint->file >= 0 && checkpoint->pending.len > 0) {
        status = write_whole(checkpoint->file, strbuf_str(&checkpoint->pending), checkpoint, err);
        if (status == TOCSIN_OK && fdatasync(checkpoint->file) != 0) {
            status = problem(checkpoint, "write", err);
        }
    }
    strbuf_clear(&checkpoint->pending);
    return status;
}
