/* A cursor's file with any bytes in its parts, the checksums made right, so that the parts themselves are read. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "store/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_part(struct strbuf *file, const char *mark, size_t mark_bytes, bool is_header, str body)
{
    uint32_t length = (uint32_t)body.len;
    uint32_t number = is_header ? 2 : body.len > 0 ? (unsigned char)body.data[0] : 0; /* version, or rows */
    uint64_t checksum = XXH3_64bits(body.data, body.len);
    strbuf_append(file, (str){mark, mark_bytes});
    strbuf_append(file, is_header ? (str){(char *)&number, 4} : (str){(char *)&length, 4});
    strbuf_append(file, is_header ? (str){(char *)&length, 4} : (str){(char *)&number, 4});
    strbuf_append(file, (str){(char *)&checksum, 8});
    strbuf_append(file, body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char folder[] = "/tmp/tocsin-fuzz-XXXXXX";
    static bool is_made;
    if (!is_made) {
        is_made = mkdtemp(folder) != NULL;
    }
    if (size < 4 || !is_made) {
        return 0;
    }
    size_t first = data[0] + 256u * (data[1] % 8);
    size_t second = data[2] + 256u * (data[3] % 8);
    str rest = {(const char *)data + 4, size - 4};
    str header = str_slice(rest, 0, first < rest.len ? first : rest.len);
    rest = str_skip(rest, header.len);
    str block = str_slice(rest, 0, second < rest.len ? second : rest.len);
    struct strbuf bytes;
    strbuf_init(&bytes, 64 * MEBI);
    put_part(&bytes, "TOCSINCU", 8, true, header);
    put_part(&bytes, "BLCK", 4, false, block);
    put_part(&bytes, "DONE", 4, false, str_skip(rest, block.len));
    char path[64];
    snprintf(path, sizeof(path), "%s/x.cursor", folder);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    bool is_written = write(file, bytes.data, bytes.len) == (ssize_t)bytes.len;
    close(file);
    strbuf_release(&bytes);
    struct error err = {0};
    struct cursor_reader *reader = NULL;
    struct schema *schema = NULL;
    if (!is_written || cursor_reader_open(folder, STR("x"), INT64_MIN, &reader, &err) != TOCSIN_OK) {
        return 0;
    }
    if (cursor_reader_schema(reader, &schema, &err) == TOCSIN_OK) {
        struct field_set fields = {0};
        for (size_t i = 0; i < schema_field_count(schema); i++) {
            field_set_add(&fields, (field_id)i);
        }
        struct batch batch;
        if (batch_init(&batch, schema, &fields, &err) == TOCSIN_OK) {
            while (cursor_reader_next(reader, 0, &batch, &err) == TOCSIN_OK) {
                batch_verify(&batch);
            }
            batch_release(&batch);
        }
        schema_free(schema);
    }
    cursor_reader_free(reader);
    return 0;
}
