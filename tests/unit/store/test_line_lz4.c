/* Raw records packed by their fields: any LZ4 reader gets the same bytes, whatever they are and however little room
 * there is; lines of a log get small. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include <lz4.h>

#include "store/line_lz4.h"

enum { TEXT_BYTES_MAX = 512 * 1024, ROOM_BYTES = 2 * TEXT_BYTES_MAX };

static struct line_lz4_table table;
static char text[TEXT_BYTES_MAX];
static char packed[ROOM_BYTES];
static char back[TEXT_BYTES_MAX];

static uint64_t random_state = 11;
static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % bound;
}

/* Packs the bytes, the first ones of them as head; liblz4 unpacks them. Gives the length. */
static size_t packs(size_t bytes, size_t head)
{
    str whole = {text, bytes};
    size_t length = line_lz4_compress(&table, str_slice(whole, 0, head), str_skip(whole, head), packed, ROOM_BYTES);
    assert_true(length <= bytes + bytes / 255 + 16);
    assert_int_equal(LZ4_decompress_safe(packed, back, (int)length, TEXT_BYTES_MAX), bytes);
    assert_memory_equal(back, text, bytes);
    return length;
}

static size_t put_line(size_t at, uint32_t number)
{
    static const char *const names[] = {"root", "deploy", "nagios", "a user with blanks", "0F3A5B77C0DE0F3A5B77C0DE99"};
    int length = snprintf(text + at, TEXT_BYTES_MAX - at,
                          "type=SYSCALL msg=audit(1700000000.%03u:%u): arch=c000003e syscall=%u success=yes pid=%u "
                          "auid=%u uid=0 gid=0 euid=0 comm=\"%s\" exe=\"/usr/bin/%s\" key=\"exec\"\n",
                          number % 1000, number, random_below(300), random_below(100000), random_below(3),
                          names[random_below(5)], names[random_below(5)]);
    return at + (size_t)length;
}

static void lines_get_small(void **state)
{
    (void)state;
    size_t bytes = 0;
    for (uint32_t i = 0; bytes < TEXT_BYTES_MAX - 1000; i++) {
        bytes = put_line(bytes, i);
    }
    assert_true(packs(bytes, 0) < bytes / 3);
    assert_true(packs(bytes, 700) < bytes / 3);
    assert_true(packs(bytes / 2, 16) < bytes / 6);
}

static void any_length(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < 600; bytes++) {
        size_t at = 0;
        while (at < bytes) {
            at = put_line(at, random_below(5));
        }
        (void)packs(bytes, random_below(20));
        memset(text, random_below(2) ? ' ' : 'x', bytes);
        (void)packs(bytes, random_below(20));
    }
}

/* Few different bytes, so that repeats of all lengths and distances are met; parts of older text, near and far. */
static void any_bytes(void **state)
{
    (void)state;
    static const char *const alphabets[] = {"a ", "ab, ", "ab\n =", "0123456789ABCDEF ,"};
    for (int round = 0; round < 400; round++) {
        const char *alphabet = alphabets[random_below(4)];
        size_t bytes = 1 + random_below(round % 20 ? 3000 : TEXT_BYTES_MAX - 1);
        for (size_t at = 0; at < bytes;) {
            size_t part = 1 + random_below(round % 3 ? 40 : 400);
            bool is_copy = at > 0 && random_below(3) == 0;
            size_t from = is_copy ? random_below((uint32_t)at) : 0;
            for (size_t i = 0; i < part && at < bytes; i++, at++) {
                text[at] = is_copy ? text[from + i] : alphabet[random_below((uint32_t)strlen(alphabet))];
            }
        }
        (void)packs(bytes, random_below(3) ? 0 : random_below(500));
    }
    for (size_t i = 0; i < TEXT_BYTES_MAX; i++) {
        text[i] = (char)random_below(256);
    }
    (void)packs(TEXT_BYTES_MAX, 0);
}

/* Bytes behind the room stay as they were. */
static void little_room(void **state)
{
    (void)state;
    size_t bytes = 0;
    while (bytes < 3000) {
        bytes = put_line(bytes, random_below(50));
    }
    str whole = {text, bytes};
    size_t length = packs(bytes, 0);
    size_t fitting = 0;
    for (size_t room = 0; room < length + 100; room++) {
        memset(packed, 0x5A, room + 64);
        size_t got = line_lz4_compress(&table, STR_EMPTY, whole, packed, room);
        assert_true(got == SIZE_MAX || (got == length && got <= room));
        fitting += got != SIZE_MAX;
        for (size_t i = room; i < room + 64; i++) {
            assert_int_equal(packed[i], 0x5A);
        }
    }
    assert_true(fitting >= 60); /* what it keeps free beyond its need is little */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_get_small),
        cmocka_unit_test(any_length),
        cmocka_unit_test(any_bytes),
        cmocka_unit_test(little_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
