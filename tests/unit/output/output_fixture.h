/* What the tests of all outputs need: a result made by hand, and a sink that keeps what it is given. */
#ifndef OUTPUT_FIXTURE_H
#define OUTPUT_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/strbuf.h"
#include "output/output.h"

struct fixture {
    struct strbuf written;
    tocsin_status write_status; /* what the sink answers */
    size_t writes;
    struct arena arena;
    struct result_column names[16];
    struct column columns[16];
    struct result_header header;
    struct evidence spans[64];
    struct result_evidence evidence[BATCH_ROWS_MAX];
    int64_t risks[BATCH_ROWS_MAX];
    str levels[BATCH_ROWS_MAX];
    struct result_batch batch;
    struct output_options options;
};

static const str fixture_inputs[] = {STR("a.log"), STR("dir/b\x1B[2J.log")};

static tocsin_status fixture_write(void *state, str bytes, struct error *err)
{
    struct fixture *f = state;
    f->writes++;
    strbuf_append(&f->written, bytes);
    return f->write_status == TOCSIN_OK ? TOCSIN_OK : error_set(err, f->write_status, "no room");
}

static inline struct fixture *fixture_create(void)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    strbuf_init(&f->written, (size_t)512 << 20);
    arena_init(&f->arena, ARENA_NO_LIMIT);
    f->header.columns = f->names;
    f->header.input_names = fixture_inputs;
    f->header.input_count = countof(fixture_inputs);
    f->batch.columns = f->columns;
    f->batch.evidence = f->evidence;
    f->options.sink = (struct byte_sink){.write = fixture_write, .state = f};
    return f;
}

static inline void fixture_free(struct fixture *f)
{
    strbuf_release(&f->written);
    arena_release(&f->arena);
    test_free(f);
}

static inline struct column *fixture_add_column(struct fixture *f, const char *name, enum value_type type)
{
    uint32_t index = f->header.column_count++;
    f->names[index] = (struct result_column){.name = str_from_cstring(name), .type = type};
    assert_true(column_init(&f->columns[index], type, &f->arena));
    return &f->columns[index];
}

static inline void fixture_make_hunt(struct fixture *f, const char *rule_id, const char *title)
{
    f->header.rule_id = str_from_cstring(rule_id);
    f->header.rule_title = str_from_cstring(title);
    f->batch.risks = f->risks;
    f->batch.levels = f->levels;
}

static inline const struct output_def *fixture_output(const char *name)
{
    const struct output_def *output = output_find(str_from_cstring(name));
    assert_non_null(output);
    return output;
}

/* Runs the batch `times` times through an output, as one result; gives the text, NUL-terminated. */
static inline const char *fixture_run_times(struct fixture *f, const char *name, int times)
{
    const struct output_def *output = fixture_output(name);
    void *state = NULL;
    struct error err;
    strbuf_clear(&f->written);
    assert_int_equal(output->open(&f->options, &state, &err), TOCSIN_OK);
    assert_int_equal(output->begin(state, &f->header, &err), TOCSIN_OK);
    for (int i = 0; i < times; i++) {
        assert_int_equal(output->push(state, &f->batch, &err), TOCSIN_OK);
    }
    assert_int_equal(output->end(state, &err), TOCSIN_OK);
    assert_int_equal(output->finish(state, &err), TOCSIN_OK);
    output->close(state);
    strbuf_append_char(&f->written, '\0');
    assert_false(f->written.is_failed);
    f->written.len--;
    return f->written.data;
}

static inline const char *fixture_run(struct fixture *f, const char *name)
{
    return fixture_run_times(f, name, 1);
}

#endif
