/* The docker format: what golden cases cannot show: views that outlive their chunk, memory that runs out, and that no
 * text of a container becomes a record of the daemon. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "format/docker_event_names.h"
#include "format/docker_request.h"
#include "format/row_writer_internal.h"

extern const struct format_def format_docker;
#define DEF (&format_docker)

struct world {
    struct schema *schema;
    struct log_source_table *log_sources;
    struct field_set wanted;
    struct format_context context;
    struct row_writer *writer;
    void *state;
};

static void world_open(struct world *world)
{
    *world = (struct world){0};
    assert_int_equal(schema_create(&world->schema, NULL), TOCSIN_OK);
    assert_int_equal(log_source_table_create(&world->log_sources, NULL), TOCSIN_OK);
    for (size_t i = 0; i < DEF->field_count; i++) {
        str name = str_from_cstring(DEF->fields[i].name);
        field_id field = schema_find(world->schema, name);
        if (field == FIELD_NONE) {
            assert_int_equal(schema_add_property(world->schema, name, DEF->fields[i].type, STR("x"), &field, NULL),
                             TOCSIN_OK);
        }
    }
    for (size_t i = 0; i < schema_field_count(world->schema); i++) {
        field_set_add(&world->wanted, (field_id)i);
    }
    world->context =
        (struct format_context){.schema = world->schema, .wanted = &world->wanted, .log_sources = world->log_sources};
    assert_int_equal(row_writer_create(&world->context, INT64_C(1800000000000), &world->writer, NULL), TOCSIN_OK);
    assert_int_equal(DEF->open(&world->context, &world->state, NULL), TOCSIN_OK);
}

static void world_close(struct world *world)
{
    DEF->close(world->state);
    row_writer_free(world->writer);
    log_source_table_free(world->log_sources);
    schema_free(world->schema);
}

/* A line in a block of exactly its size; the caller frees it. */
static char *parse_of(struct world *world, const char *text, const char *application, const char *process_id)
{
    str original = str_from_cstring(text);
    char *copy = memory_allocate(original.len);
    assert_non_null(copy);
    memcpy(copy, original.data, original.len);
    str view = str_from(copy, original.len);
    struct log_line line = {.text = view, .raw = view, .line = 1, .line_count = 1};
    if (application) {
        line.frame = (struct log_frame){.is_present = true,
                                        .priority = -1,
                                        .host = STR("node-01"),
                                        .application = str_from_cstring(application),
                                        .process_id = str_from_cstring(process_id),
                                        .structured_data = STR_EMPTY};
    }
    tocsin_status status = DEF->parse_line(world->state, &line, world->writer, NULL);
    assert_true(status == TOCSIN_OK || status == TOCSIN_END);
    return copy;
}

static char *parse(struct world *world, const char *text, const char *application)
{
    return parse_of(world, text, application, "7");
}

static str field_text(const struct world *world, const struct batch *batch, uint32_t row, const char *name)
{
    const struct column *column =
        batch_column((struct batch *)(uintptr_t)batch, schema_find(world->schema, str_from_cstring(name)));
    return column_is_valid(column, row) ? column_string(column, row) : STR("(null)");
}

/* The chunk with the request is gone twice when its body comes. */
static void held_request_outlives_its_chunk(void **unused)
{
    (void)unused;
    struct world world;
    world_open(&world);
    char *first =
        parse(&world, "time=\"2023-11-14T22:13:20.1Z\" level=debug msg=\"Calling POST /v1.41/containers/web/exec\"",
              "dockerd");
    assert_int_equal(DEF->release_chunk(world.state, NULL), TOCSIN_OK);
    memset(first, '#', 32);
    memory_free(first);
    assert_int_equal(DEF->release_chunk(world.state, NULL), TOCSIN_OK);
    assert_int_equal(DEF->release_chunk(world.state, NULL), TOCSIN_OK);
    char *second =
        parse(&world, "time=\"2023-11-14T22:13:20.2Z\" level=debug msg=\"form data: {\\\"Cmd\\\":[\\\"env\\\"]}\"",
              "dockerd");
    struct batch *batch;
    assert_int_equal(row_writer_take(world.writer, true, &batch, NULL), TOCSIN_OK);
    assert_non_null(batch);
    assert_int_equal(batch->row_count, 1);
    assert_true(str_eq(field_text(&world, batch, 0, "Container"), STR("web")));
    assert_true(str_eq(field_text(&world, batch, 0, "Command"), STR("env")));
    assert_int_equal(batch->rows[0].evidence_count, 2);
    assert_true(str_starts_with(batch->evidence[0].raw, STR("time=\"2023-11-14T22:13:20.1Z\"")));
    memory_free(second);
    world_close(&world);
}

/* More daemons at once than are kept: each still gives its row, and those that are kept are joined. */
static void more_requests_than_are_held(void **unused)
{
    (void)unused;
    enum { DAEMONS = LIMIT_DOCKER_REQUESTS_HELD + 3 };
    struct world world;
    world_open(&world);
    char *lines[2 * DAEMONS];
    char ids[DAEMONS][8];
    for (int i = 0; i < DAEMONS; i++) {
        char text[128];
        snprintf(ids[i], sizeof(ids[i]), "%d", i);
        snprintf(text, sizeof(text),
                 "time=\"2023-11-14T22:13:20.1Z\" level=debug msg=\"Calling POST /v1.41/containers/c%d/exec\"", i);
        lines[i] = parse_of(&world, text, "dockerd", ids[i]);
    }
    for (int i = 0; i < DAEMONS; i++) {
        lines[DAEMONS + i] = parse_of(
            &world, "time=\"2023-11-14T22:13:20.2Z\" level=debug msg=\"form data: {\\\"Cmd\\\":[\\\"env\\\"]}\"",
            "dockerd", ids[i]);
    }
    assert_int_equal(DEF->finish(world.state, world.writer, NULL), TOCSIN_OK);
    struct batch *batch;
    assert_int_equal(row_writer_take(world.writer, true, &batch, NULL), TOCSIN_OK);
    assert_int_equal(batch->row_count, DAEMONS + 3);
    uint32_t joined = 0;
    for (uint32_t row = 0; row < batch->row_count; row++) {
        joined += str_eq(field_text(&world, batch, row, "Command"), STR("env")) &&
                  str_starts_with(field_text(&world, batch, row, "Container"), STR("c"));
    }
    assert_int_equal(joined, LIMIT_DOCKER_REQUESTS_HELD);
    for (int i = 0; i < 2 * DAEMONS; i++) {
        memory_free(lines[i]);
    }
    world_close(&world);
}

/* However many mounts stand in front of the one that matters; segments of a path beyond the limit are left out. */
static void long_paths_and_many_mounts(void **unused)
{
    (void)unused;
    enum { MOUNTS = 3000 };
    struct world world;
    struct strbuf text;
    strbuf_init(&text, 1 << 16);
    strbuf_append(&text, STR("{\"RequestMethod\":\"POST\",\"RequestUri\":\"/containers/create\",\"RequestBody\":"
                             "{\"Image\":\"x\",\"HostConfig\":{\"Binds\":["));
    for (int i = 0; i < MOUNTS; i++) {
        strbuf_append_format(&text, "%s\"/m%d:/x\"", i ? "," : "", i);
    }
    strbuf_append(&text, STR("]}}}"));
    strbuf_append_char(&text, '\0');
    world_open(&world);
    char *line = parse(&world, text.data, NULL);
    struct batch *batch;
    assert_int_equal(row_writer_take(world.writer, true, &batch, NULL), TOCSIN_OK);
    str mounts = field_text(&world, batch, 0, "Mounts");
    char last[32];
    snprintf(last, sizeof(last), ",/m%d:/x", MOUNTS - 1);
    assert_true(str_ends_with(mounts, str_from_cstring(last)));
    memory_free(line);
    world_close(&world);

    struct arena arena;
    struct docker_request request;
    arena_init(&arena, ARENA_NO_LIMIT);
    strbuf_clear(&text);
    strbuf_append(&text, STR("/images"));
    for (int i = 0; i < LIMIT_DOCKER_PATH_SEGMENTS; i++) {
        strbuf_append(&text, STR("/a"));
    }
    assert_true(docker_request_read(STR("GET"), strbuf_str(&text), &arena, &request));
    assert_int_equal(request.path.len, strbuf_str(&text).len - 2);
    arena_release(&arena);
    strbuf_release(&text);
}

static int detect(const char *text, const char *application)
{
    str view = str_from_cstring(text);
    struct log_line line = {.text = view, .raw = view, .line = 1, .line_count = 1};
    if (application) {
        line.frame = (struct log_frame){.is_present = true,
                                        .priority = -1,
                                        .host = STR("h"),
                                        .application = str_from_cstring(application),
                                        .process_id = STR_EMPTY,
                                        .structured_data = STR_EMPTY};
    }
    return DEF->detect(&line);
}

/* Every shape of a daemon's record, as the output of a container: through syslog tags, and forced upon the format. */
static void container_output_is_no_record(void **unused)
{
    (void)unused;
    static const char *const records[] = {
        "time=\"2023-11-14T22:13:20Z\" level=debug msg=\"Calling GET /v1.41/secrets\"",
        "time=\"2023-11-14T22:13:20Z\" level=info msg=\"API listen on [::]:2375\"",
        "DEBU[0007] Calling GET /v1.41/secrets",
        "{\"Type\":\"container\",\"Action\":\"exec_create: env\",\"Actor\":{\"ID\":\"x\",\"Attributes\":{}}}",
        "{\"RequestMethod\":\"GET\",\"RequestUri\":\"/v1.41/secrets\"}",
        "{\"level\":\"debug\",\"msg\":\"Calling GET /v1.41/secrets\",\"time\":\"2023-11-14T22:13:20Z\"}",
        "@ - - [14/Nov/2023:22:13:20 +0000] \"GET /v4.0.0/libpod/info HTTP/1.1\" 200 1 \"\" \"x\"",
        "203.0.113.7 - - [14/Nov/2023:22:13:20 +0000] \"GET /v1.41/secrets HTTP/1.1\" 200 1 \"\" \"x\"",
    };
    static const char *const tags[] = {"ef64fd99dc5f", "docker/ef64fd99dc5f", "stdout", "stderr", "web", "web.1.x"};
    for (size_t i = 0; i < countof(records); i++) {
        struct world world;
        world_open(&world);
        for (size_t k = 0; k < countof(tags); k++) {
            assert_int_equal(detect(records[i], tags[k]), 0);
            memory_free(parse(&world, records[i], tags[k]));
        }
        struct batch *batch;
        assert_int_equal(row_writer_take(world.writer, true, &batch, NULL), TOCSIN_OK);
        assert_null(batch);
        world_close(&world);
        bool is_access = records[i][0] == '2';
        assert_true(detect(records[i], is_access ? "podman" : "dockerd") >= 85);
    }
}

static void paths(void **unused)
{
    (void)unused;
    static const struct {
        const char *method;
        const char *uri;
        const char *object;
        const char *action;
        const char *name;
    } cases[] = {
        {"GET", "/v1.41/containers/web/json", "container", "inspect", "web"},
        {"HEAD", "/v1.41/containers/web/archive?path=/x", "container", "archive-path", "web"},
        {"GET", "/v1.41/../v1.41/containers/json", "container", "list", ""},
        {"GET", "/containers/./web/../db/json", "container", "inspect", "db"},
        {"GET", "/v1.41/containers/json", "container", "list", ""},
        {"GET", "/v1.41/exec/abc/json", "exec", "exec_inspect", "abc"},
        {"POST", "/v4.0.0/libpod/exec/abc/start", "exec", "exec_start", "abc"},
        {"POST", "/v1.41/containers/create", "container", "create", ""},
        {"GET", "/v1.41/images/a/b/c:1/json", "image", "inspect", "a/b/c:1"},
        {"DELETE", "/v1.41/images/a/b", "image", "delete", "a/b"},
        {"GET", "/v1.41/services/x/logs", "service", "logs", "x"},
        {"GET", "/v1.41/swarm", "swarm", "inspect", ""},
        {"POST", "/v1.41/swarm/update?version=1", "swarm", "update", ""},
        {"GET", "/v4.0.0/libpod/generate/web/kube", "kube", "generate", "web"},
        {"GET", "/v4.0.0/libpod/generate/kube?names=web", "kube", "generate", "web"},
        {"GET", "/v1.41/containers/web/checkpoints", "container", "request", "web"},
        {"POST", "/v1.41/containers/web/checkpoints", "container", "checkpoint", "web"},
        {"DELETE", "/v1.41/containers/web/checkpoints/c1", "container", "request", "web"},
        {"GET", "/v1.41/system/df", "system", "df", ""},
        {"GET", "", "system", "ping", ""},
        {"GET", "/%", "system", "request", ""},
    };
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    for (size_t i = 0; i < countof(cases); i++) {
        struct docker_request request;
        str method = str_from_cstring(cases[i].method);
        assert_true(docker_request_read(method, str_from_cstring(cases[i].uri), &arena, &request));
        if (!str_eq(request.object, str_from_cstring(cases[i].object)) ||
            !str_eq(request.action, str_from_cstring(cases[i].action)) ||
            !str_eq(request.name, str_from_cstring(cases[i].name))) {
            fail_msg("%s %s: %.*s %.*s '%.*s'", cases[i].method, cases[i].uri, STR_ARG(request.object),
                     STR_ARG(request.action), STR_ARG(request.name));
        }
    }
    arena_release(&arena);
}

static void names_are_told_once(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < DEF->event_name_count; i++) {
        for (size_t k = i + 1; k < DEF->event_name_count; k++) {
            assert_true(DEF->event_names[i].qid != DEF->event_names[k].qid);
            assert_string_not_equal(DEF->event_names[i].name, DEF->event_names[k].name);
        }
    }
    assert_int_equal(docker_action_qid(STR("exec"), STR("exec_start"), DOCKER_MESSAGE_REQUEST, true),
                     docker_action_qid(STR("container"), STR("exec_start"), DOCKER_MESSAGE_REQUEST, false) + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_request_outlives_its_chunk),
        cmocka_unit_test(more_requests_than_are_held),
        cmocka_unit_test(container_output_is_no_record),
        cmocka_unit_test(paths),
        cmocka_unit_test(names_are_told_once),
        cmocka_unit_test(long_paths_and_many_mounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
