#include "verify/pack_run.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- logs in memory ---------------------------------------------------------------------------------------------- */

static int write_all(int fd, str text)
{
    while (text.len > 0) {
        ssize_t written = write(fd, text.data, text.len);
        if (written < 0 && errno != EINTR) {
            return errno;
        }
        text = str_skip(text, written > 0 ? (size_t)written : 0);
    }
    return 0;
}

tocsin_status memory_log_open(str text, struct memory_log *ret_log, struct error *err)
{
    int fd = memfd_create("tocsin-test", MFD_CLOEXEC);
    if (fd < 0) {
        return error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot make a log in memory");
    }
    int failure = write_all(fd, text);
    if (failure != 0) {
        (void)close(fd);
        return error_system(err, TOCSIN_ERROR_INPUT, failure, "cannot make a log in memory");
    }
    ret_log->fd = fd;
    snprintf(ret_log->path, sizeof(ret_log->path), "/proc/self/fd/%d", fd);
    return TOCSIN_OK;
}

void memory_log_close(struct memory_log *log)
{
    if (log->fd >= 0) {
        (void)close(log->fd);
    }
    log->fd = -1;
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

tocsin_status pack_error(struct error *err, const struct tocsin_error *from)
{
    error_set(err, from->status, "%s", from->message);
    error_hint(err, "%s", from->hint);
    if (err) {
        snprintf(err->source, sizeof(err->source), "%s", from->source);
        err->line = from->line;
        err->column = from->column;
    }
    return from->status;
}

static tocsin_status finish(tocsin_run *run, struct tocsin_error *err)
{
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(run, err);
    }
    struct tocsin_summary summary;
    tocsin_run_summary(run, &summary);
    if (status == TOCSIN_END && summary.problem_count > 0) {
        *err = summary.problems[0];
        status = err->status;
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

static tocsin_status choose_rows(const struct pack_context *context, const char *const *inputs, size_t input_count,
                                 struct tocsin_run_options *options, struct tocsin_error *err)
{
    if (context->tables) {
        options->clickhouse = tocsin_test_tables_address(context->tables);
        return tocsin_test_tables_load(context->tables, inputs, input_count, err);
    }
    options->inputs = inputs;
    options->input_count = input_count;
    return TOCSIN_OK;
}

tocsin_status pack_run(const struct pack_context *context, const char *const *rules, size_t rule_count,
                       const char *const *inputs, size_t input_count, struct found_rows *rows, struct error *err)
{
    struct tocsin_run_options options = {
        .rules = rules,
        .rule_count = rule_count,
        .exceptions = context->exceptions,
        .output = "ndjson",
        .write = found_rows_write,
        .write_context = rows,
    };
    struct tocsin_error error = {0};
    tocsin_run *run = NULL;
    found_rows_clear(rows);
    tocsin_status status = choose_rows(context, inputs, input_count, &options, &error);
    status = status == TOCSIN_OK ? tocsin_run_pack(context->engine, context->pack, &options, &run, &error) : status;
    status = status == TOCSIN_OK ? finish(run, &error) : status;
    tocsin_run_free(run);
    if (rows->status != TOCSIN_OK) {
        return error_memory(err);
    }
    return status == TOCSIN_OK ? TOCSIN_OK : pack_error(err, &error);
}

static int keep_bytes(void *context, const char *bytes, size_t byte_count)
{
    struct strbuf *text = context;
    strbuf_append(text, str_from(bytes, byte_count));
    return text->is_failed ? ENOMEM : 0;
}

tocsin_status pack_ask(const struct pack_context *context, const char *query, const char *const *inputs,
                       size_t input_count, struct strbuf *ret_text, struct error *err)
{
    struct tocsin_run_options options = {
        .output = "ndjson",
        .write = keep_bytes,
        .write_context = ret_text,
    };
    struct tocsin_error error = {0};
    tocsin_query *prepared = NULL;
    tocsin_run *run = NULL;
    strbuf_clear(ret_text);
    tocsin_status status = choose_rows(context, inputs, input_count, &options, &error);
    if (status == TOCSIN_OK) {
        status = tocsin_query_prepare(context->engine, query, strlen(query), "query", &prepared, &error);
    }
    status = status == TOCSIN_OK ? tocsin_run_query(context->engine, prepared, &options, &run, &error) : status;
    status = status == TOCSIN_OK ? finish(run, &error) : status;
    tocsin_run_free(run);
    tocsin_query_free(prepared);
    return status == TOCSIN_OK ? TOCSIN_OK : pack_error(err, &error);
}
