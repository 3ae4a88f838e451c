#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/load_checkpoint.h"

static char path[64];

static void make_path(void)
{
    snprintf(path, sizeof(path), "/tmp/tocsin_checkpoint_%d", getpid());
    (void)unlink(path);
}

static struct load_checkpoint *open_checkpoint(const char *target)
{
    struct load_checkpoint *checkpoint = NULL;
    struct error err = {0};
    assert_int_equal(load_checkpoint_open(path, str_from_cstring(target), &checkpoint, &err), TOCSIN_OK);
    return checkpoint;
}

static const struct checkpoint_input an_input = {.identity = "an identity, 16b",
                                                 .identity_bytes = 65536,
                                                 .bytes = 1000000,
                                                 .number = INT64_C(1) << 60,
                                                 .safe_line = 1,
                                                 .path = {"/var/log/a b.log", 16}};

static void sync_all(struct load_checkpoint *checkpoint)
{
    struct error err = {0};
    assert_int_equal(load_checkpoint_sync(checkpoint, &err), TOCSIN_OK);
}

static void test_goes_on(void **state)
{
    struct error err = {0};
    size_t index = 99;
    make_path();
    struct load_checkpoint *checkpoint = open_checkpoint("here");
    assert_null(load_checkpoint_input(checkpoint, 0));
    assert_int_equal(load_checkpoint_begin(checkpoint, &an_input, &index, &err), TOCSIN_OK);
    assert_int_equal(index, 0);
    struct checkpoint_block block = {.first = 0, .window_rows = 10, .day = 5, .rows = 4, .arrived_ms = 77};
    block.id[3] = 0xAB;
    load_checkpoint_sent(checkpoint, 0, &block);
    block.day = 6;
    block.rows = 6;
    load_checkpoint_sent(checkpoint, 0, &block);
    block = (struct checkpoint_block){.first = 10, .window_rows = 3, .day = 6, .rows = 3};
    load_checkpoint_sent(checkpoint, 0, &block);
    load_checkpoint_done(checkpoint, 0, 0, 6);
    load_checkpoint_whole(checkpoint, 0, 20, 5);
    sync_all(checkpoint);
    load_checkpoint_free(checkpoint);

    for (int again = 0; again < 3; again++) { /* what is written anew says the same */
        checkpoint = open_checkpoint("here");
        const struct checkpoint_input *input = load_checkpoint_input(checkpoint, 0);
        assert_non_null(input);
        assert_memory_equal(input->identity, an_input.identity, sizeof(input->identity));
        assert_int_equal(input->bytes, an_input.bytes);
        assert_true(input->number == an_input.number);
        assert_true(str_eq(input->path, an_input.path));
        assert_false(input->has_ended);
        assert_int_equal(checkpoint_window_rows(input, 0), 10);
        assert_int_equal(checkpoint_window_rows(input, 7), 0);
        const struct checkpoint_block *sent = checkpoint_find_block(input, 0, 5);
        assert_true(sent && !sent->is_done && sent->rows == 4 && sent->arrived_ms == 77 && sent->id[3] == 0xAB);
        sent = checkpoint_find_block(input, 0, 6);
        assert_true(sent && sent->is_done && sent->rows == 6);
        assert_null(checkpoint_find_block(input, 0, 7));
        assert_null(checkpoint_find_window(input, 0));
        assert_int_equal(checkpoint_find_window(input, 20)->rows, 5);
        load_checkpoint_free(checkpoint);
    }

    checkpoint = open_checkpoint("here");
    load_checkpoint_whole(checkpoint, 0, 0, 10);
    load_checkpoint_whole(checkpoint, 0, 10, 10);
    load_checkpoint_end(checkpoint, 0, 1000000, 4242);
    sync_all(checkpoint);
    load_checkpoint_free(checkpoint);
    checkpoint = open_checkpoint("here");
    const struct checkpoint_input *input = load_checkpoint_input(checkpoint, 0);
    assert_int_equal(input->window_count, 1); /* 0 to 10, to 20, to 25 */
    assert_int_equal(checkpoint_find_window(input, 0)->rows, 25);
    assert_int_equal(input->block_count, 0);
    assert_true(input->has_ended && input->end_line == 4242 && input->end_bytes == 1000000);
    load_checkpoint_free(checkpoint);
    (void)unlink(path);
}

/* Whatever the place at which a crash cut the file: it opens, and says no more than was written. */
static void test_cut(void **state)
{
    struct error err = {0};
    size_t index;
    char bytes[4096];
    make_path();
    struct load_checkpoint *checkpoint = open_checkpoint("here");
    assert_int_equal(load_checkpoint_begin(checkpoint, &an_input, &index, &err), TOCSIN_OK);
    struct checkpoint_block block = {.first = 0, .window_rows = 10, .day = 5, .rows = 4};
    load_checkpoint_sent(checkpoint, 0, &block);
    load_checkpoint_whole(checkpoint, 0, 0, 10);
    load_checkpoint_end(checkpoint, 0, 1000000, 4242);
    sync_all(checkpoint);
    load_checkpoint_free(checkpoint);
    FILE *file = fopen(path, "rb");
    size_t len = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    for (size_t cut = 0; cut <= len; cut++) {
        file = fopen(path, "wb");
        assert_int_equal(fwrite(bytes, 1, cut, file), cut);
        fclose(file);
        checkpoint = open_checkpoint("here");
        const struct checkpoint_input *input = load_checkpoint_input(checkpoint, 0);
        assert_true(!input || input->has_ended == (cut == len));
        load_checkpoint_free(checkpoint);
    }
    (void)unlink(path);
}

static void expect_refusal(const char *text, const char *part)
{
    struct load_checkpoint *checkpoint = NULL;
    struct error err = {0};
    FILE *file = fopen(path, "wb");
    fputs(text, file);
    fclose(file);
    assert_int_equal(load_checkpoint_open(path, STR("here"), &checkpoint, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, part));
}

static void test_refusals(void **state)
{
    struct error err = {0};
    struct load_checkpoint *other = NULL;
    make_path();
    expect_refusal("something else\n", "no checkpoint");
    expect_refusal("tocsin-checkpoint 1 there\n", "load to there");
    expect_refusal("tocsin-checkpoint 1 here\nend 0 1 1\n", "line 2");
    expect_refusal("tocsin-checkpoint 1 here\ninput 1 0 0 0 0 0 x\n", "line 2");
    expect_refusal("tocsin-checkpoint 1 here\ninput 0 00112233445566778899aabbccddeeff 1 2 3 4 x\nnews 0\n", "line 3");
    (void)unlink(path);
    struct load_checkpoint *checkpoint = open_checkpoint("here");
    assert_int_equal(load_checkpoint_open(path, STR("here"), &other, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "another process"));
    load_checkpoint_free(checkpoint);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_goes_on), cmocka_unit_test(test_cut),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
