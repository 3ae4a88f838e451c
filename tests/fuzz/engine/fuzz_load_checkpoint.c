/* A checkpoint's file of any bytes: what is taken of it says the same when it was written anew. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/load_checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t add(uint64_t sum, uint64_t number)
{
    return str_hash((str){(const char *)&number, sizeof(number)}, sum);
}

static uint64_t add_block(uint64_t sum, const struct checkpoint_block *block)
{
    sum = add(add(add(sum, block->first), block->window_rows), block->day);
    sum = str_hash((str){(const char *)block->id, sizeof(block->id)}, add(sum, block->rows));
    return add(add(sum, (uint64_t)block->arrived_ms), block->is_done);
}

/* Of all that it says; 0: it is refused. */
static uint64_t read_all(const char *path)
{
    struct load_checkpoint *checkpoint = NULL;
    struct error err = {0};
    tocsin_status status = load_checkpoint_open(path, STR("here"), &checkpoint, &err);
    if (status != TOCSIN_OK) {
        if (err.message[0] == '\0') {
            abort();
        }
        return 0;
    }
    uint64_t sum = 1;
    const struct checkpoint_input *input;
    for (size_t i = 0; (input = load_checkpoint_input(checkpoint, i)) != NULL; i++) {
        sum = str_hash((str){(const char *)input->identity, sizeof(input->identity)}, sum);
        sum = add(add(add(sum, input->identity_bytes), input->bytes), (uint64_t)input->number);
        sum = str_hash(input->path, add(sum, input->safe_line));
        sum = input->has_ended ? add(add(sum, input->end_bytes), input->end_line) : sum;
        for (size_t k = 0; k < input->window_count; k++) {
            sum = add(add(sum, input->windows[k].first), input->windows[k].rows);
        }
        for (size_t k = 0; k < input->block_count; k++) {
            const struct checkpoint_block *block = &input->blocks[k];
            if (!checkpoint_find_block(input, block->first, block->day)) {
                abort();
            }
            sum = add_block(sum, block);
        }
    }
    load_checkpoint_free(checkpoint);
    return sum | 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char folder[] = "/tmp/tocsin-fuzz-XXXXXX";
    static bool is_made;
    char path[64];
    if (!is_made) {
        is_made = mkdtemp(folder) != NULL;
    }
    (void)snprintf(path, sizeof(path), "%s/checkpoint", folder);
    int file = is_made ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
    if (file < 0) {
        return 0;
    }
    const char head[] = "tocsin-checkpoint 1 here\n";
    bool has_head = size > 0 && data[0] % 8 != 0; /* else it would seldom be right */
    bool is_written = !has_head || write(file, head, sizeof(head) - 1) == (ssize_t)sizeof(head) - 1;
    is_written &= size < 2 || write(file, data + 1, size - 1) == (ssize_t)size - 1;
    (void)close(file);
    uint64_t sum = is_written ? read_all(path) : 0;
    if (sum != 0 && read_all(path) != sum) {
        abort();
    }
    (void)unlink(path);
    return 0;
}
