/* fuzz_universal.c - lines of the universal format, all fields wanted: each line gives one row, and every text of it
 * can be read after the line was parsed. */
#include "../../support/universal_harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct universal_harness harness;

static void read_row(void)
{
    static volatile unsigned char sink;
    for (uint32_t i = 0; i < harness.batch->column_count; i++) {
        const struct column *column = &harness.batch->columns[i];
        if ((column->type == TYPE_STRING || column->type == TYPE_BYTES) && column_is_valid(column, harness.row)) {
            str text = column_string(column, harness.row);
            for (size_t k = 0; k < text.len; k++) {
                sink = (unsigned char)(sink ^ (unsigned char)text.data[k]);
            }
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!harness.state) {
        universal_harness_open(&harness, NULL, NULL, 0);
    }
    str rest = str_from((const char *)data, size);
    while (rest.len > 0) {
        size_t end = str_find_char(rest, '\n', 0);
        str line = str_slice(rest, 0, end);
        rest = str_skip(rest, end == SIZE_MAX ? rest.len : end + 1);
        char *copy = malloc(line.len ? line.len : 1); /* exact, so that a read beyond its end is seen */
        memcpy(copy, line.data, line.len);
        universal_harness_line(&harness, str_from(copy, line.len));
        if (harness.batch->row_count != 1) {
            abort();
        }
        batch_verify(harness.batch);
        read_row();
        universal_harness_recycle(&harness);
        free(copy);
    }
    return 0;
}
