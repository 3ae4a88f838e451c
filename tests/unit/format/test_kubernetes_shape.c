/* Kubernetes audit lines by their shapes against the walk by keys: whole lines, lines changed at every byte, lines of
 * any number of shapes, and what happens at the limits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../../support/kubernetes_shape_check.h"
#include "base/strbuf.h"

#define BEGIN "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":"

static const char *const lines[] = {
    BEGIN "\"Metadata\",\"auditID\":\"c42e20e0-dbc2-47a2-a0ce-71d4fbe13a17\",\"stage\":\"ResponseCom"
          "plete\",\"requestURI\":"
          "\"/api/v1/namespaces/a/pods/cron-e0496?timeout=10s\\u0026x=y\",\"verb\":\"update\",\"user"
          "\":{\"username\":"
          "\"system:serviceaccount:default:cron\",\"uid\":\"4fe0\",\"groups\":[\"system:serviceaccou"
          "nts\",\"b\"],\"extra\":"
          "{\"authentication.kubernetes.io/credential-id\":[\"JTI=3a\"],\"authentication.kubernetes."
          "io/node-name\":"
          "[\"ip-09\",\"\"]}},\"sourceIPs\":[\"10.3.25.136\"],\"userAgent\":\"cron/v0.0.0 (linux/amd"
          "64)\",\"objectRef\":"
          "{\"resource\":\"pods\",\"namespace\":\"default\",\"name\":\"cron-e0496\",\"apiVersion\":\"v1\"},"
          "\"responseStatus\":{\"metadata\":{},\"code\":200},\"requestReceivedTimestamp\":\"2026-11-"
          "21T22:26:40.055090Z\","
          "\"stageTimestamp\":\"2026-11-21T22:26:40.135043Z\",\"annotations\":{\"authorization.k8s.i"
          "o/decision\":\"allow\","
          "\"authorization.k8s.io/reason\":\"RBAC: allowed by \\\"cron-binding\\\" of ClusterRole "
          "\\\"cron\\\"\"}}",
    BEGIN "\"Request\",\"auditID\":\"\",\"stage\":\"Panic\",\"verb\":\"\xC3\xA9t\xC3\xA9\",\"user\":"
          "{\"groups\":[],\"extra\":{}},"
          "\"impersonatedUser\":{\"username\":\"root\",\"groups\":[\"system:masters\"]},\"sourceIPs"
          "\":\"10.0.0.1\","
          "\"objectRef\":{\"resource\":\"secrets\",\"subresource\":null},\"responseStatus\":{\"metad"
          "ata\":{\"a\":[1,{}]},"
          "\"status\":\"Failure\",\"reason\":\"Forbidden\",\"code\":-4.03e+2},\"requestObject\":{\"a"
          "\":[{\"b\":[true,null]},"
          "\"\\\\\"]},\"responseObject\":[],\"annotations\":{}}",
    BEGIN "true,\"user\":{\"username\":null,\"uid\":7,\"groups\":[\"a\",[1,2],{\"b\":false}],\"extra"
          "\":0},\"unknown\":"
          "{\"deep\":[[[[[[1]]]]]]},\"requestObject\":\"text\",\"verb\":\"get\",\"verb\":\"list\",\"code\":01}",
    "{}",
    "{\"message\":\"{}\"}",
    "[]"};

static void expect(struct shape_reader *reader, str text, size_t filler)
{
    for (int is_portable = 0; is_portable < 2; is_portable++) {
        json_compact_use_portable(is_portable);
        const char *wrong = shape_check(reader, text, filler);
        if (wrong) {
            print_error("%s: %.*s\n", wrong, (int)(text.len < 3000 ? text.len : 3000), text.data);
        }
        assert_null(wrong);
    }
    json_compact_use_portable(false);
}

static struct shape_reader *reader_make(void)
{
    struct shape_reader *reader = memory_allocate(sizeof(*reader));
    assert_non_null(reader);
    shape_reader_init(reader);
    return reader;
}

static void add_line(struct strbuf *out, str text)
{
    strbuf_append(out, text);
    strbuf_append_char(out, '\n');
}

/* The line with one byte put in the place of `cut` bytes at `at`. */
static void add_changed(struct strbuf *out, str line, size_t at, size_t cut, const char *put, size_t put_bytes)
{
    strbuf_append(out, str_slice(line, 0, at));
    strbuf_append(out, str_from(put, put_bytes));
    add_line(out, str_skip(line, at + cut));
}

static void whole_lines(void **state)
{
    struct shape_reader *reader = reader_make();
    (void)state;
    for (int again = 0; again < 3; again++) {
        for (size_t i = 0; i < countof(lines); i++) {
            expect(reader, str_from_cstring(lines[i]), SHAPE_AHEAD);
        }
    }
    /* Once learned, nothing is added, and the lines fit. */
    uint32_t edges = reader->shapes.edge_count;
    assert_true(edges > 40);
    reader->shapes.window_misses = 0;
    expect(reader, str_from_cstring(lines[0]), SHAPE_AHEAD);
    expect(reader, str_from_cstring(lines[1]), SHAPE_AHEAD);
    assert_int_equal(reader->shapes.window_misses, 0);
    assert_int_equal(reader->shapes.edge_count, edges);
    memory_free(reader);
}

/* Every line changed at each of its bytes, behind the lines as they should be. */
static void changed_lines(void **state)
{
    static const char bytes[] = "\"\\{}[]:,0-.etn \n\t\0\x7F\x80\xC3";
    struct shape_reader *reader = reader_make();
    struct strbuf log;
    (void)state;
    strbuf_init(&log, 16 * 1024 * 1024);
    for (size_t i = 0; i < countof(lines); i++) {
        str line = str_from_cstring(lines[i]);
        shape_reader_init(reader);
        for (size_t at = 0; at <= line.len; at++) {
            log.len = 0;
            add_line(&log, line);
            add_line(&log, str_slice(line, 0, at));
            add_changed(&log, line, at, 1, "", 0);
            add_changed(&log, line, at, 2, "", 0);
            for (size_t k = 0; k < sizeof(bytes) - 1; k++) {
                add_changed(&log, line, at, 1, bytes + k, 1);
                add_changed(&log, line, at, 0, bytes + k, 1);
            }
            add_line(&log, line);
            expect(reader, strbuf_str(&log), at % 3 == 0 ? SHAPE_AHEAD : 0);
            reader->shapes.pause_lines = 0;
        }
        assert_true(reader->refused > reader->lines / 8);
    }
    strbuf_release(&log);
    memory_free(reader);
}

/* Parts of lines put together in any order: members that are there or not, values of other kinds. */
static void mixed_lines(void **state)
{
    static const char *const members[] = {"\"verb\":\"get\"",
                                          "\"verb\":null",
                                          "\"level\":\"Metadata\"",
                                          "\"level\":\"a level of more bytes than are ever made part"
                                          " of a text\"",
                                          "\"level\":\"\\u0041\"",
                                          "\"stage\":\"\xC3\xA9\"",
                                          "\"user\":{\"username\":\"a\"}",
                                          "\"user\":{\"groups\":[\"a\",\"b\"],\"extra\":{\"k\":[\"v"
                                          "\"],\"l\":{\"m\":1}}}",
                                          "\"user\":\"text\"",
                                          "\"objectRef\":{\"resource\":\"pods\"}",
                                          "\"objectRef\":{}",
                                          "\"responseStatus\":{\"code\":404}",
                                          "\"responseStatus\":{\"code\":null,\"code\":0.5}",
                                          "\"annotations\":{\"authorization.k8s.io/decision\":\"forb"
                                          "id\",\"x\":\"y\"}",
                                          "\"labels\":{\"a\":\"b\"}",
                                          "\"k\xC3\xA9\":1",
                                          "\"a\\u0062\":[{},[],\"\"]",
                                          "\"requestObject\":{\"spec\":{\"a\":[1,2,3]}}",
                                          "\"requestObject\":null",
                                          "\"sourceIPs\":[\"10.0.0.1\",\"fe80::1\"]",
                                          "\"protoPayload\":{\"status\":{\"code\":7}}",
                                          "\"bad\":01",
                                          "\"message\":\"text\""};
    struct shape_reader *reader = reader_make();
    struct strbuf log;
    uint64_t random = 99;
    (void)state;
    strbuf_init(&log, 16 * 1024 * 1024);
    for (int round = 0; round < 200; round++) {
        log.len = 0;
        for (int i = 0; i < 50; i++) {
            strbuf_append(&log, STR("{\"kind\":\"Event\""));
            for (size_t count = random % 9; count > 0; count--) {
                random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
                /* The last ones, which no quick walk takes, are rare. */
                size_t last = (random >> 20) % 16 ? 3 : 0;
                strbuf_append_char(&log, ',');
                strbuf_append(&log, str_from_cstring(members[(random >> 33) % (countof(members) - last)]));
            }
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            add_line(&log, STR("}"));
        }
        expect(reader, strbuf_str(&log), SHAPE_AHEAD);
    }
    assert_true(reader->refused > 0 && reader->refused < reader->lines / 2);
    strbuf_release(&log);
    memory_free(reader);
}

/* A log in which each line has a key of its own fills the room, and then it begins anew. */
static void all_full(void **state)
{
    struct shape_reader *reader = reader_make();
    struct strbuf log;
    (void)state;
    strbuf_init(&log, 16 * 1024 * 1024);
    bool was_full = false;
    bool was_anew = false;
    unsigned key = 0;
    for (int round = 0; round < 600; round++) {
        uint32_t edges = reader->shapes.edge_count;
        log.len = 0;
        for (int i = 0; i < 8; i++) {
            add_line(&log, str_from_cstring(lines[0]));
        }
        strbuf_append(&log, STR("{\"kind\":\"Event\",\"user\":{\"extra\":{"));
        for (int i = 0; i < 60; i++, key++) {
            char text[64];
            int length = snprintf(text, sizeof(text), "%s\"k%u\":[\"v\"]", i ? "," : "", key);
            strbuf_append(&log, str_from(text, (size_t)length));
        }
        add_line(&log, STR("}}}"));
        expect(reader, strbuf_str(&log), SHAPE_AHEAD);
        was_full |= reader->shapes.is_full;
        was_anew |= was_full && reader->shapes.edge_count < edges;
        assert_true(reader->shapes.node_count <= SHAPE_NODES_MAX && reader->shapes.edge_count <= SHAPE_EDGES_MAX &&
                    reader->shapes.context_count <= SHAPE_CONTEXTS_MAX && reader->shapes.op_count <= SHAPE_OPS_MAX &&
                    reader->shapes.text_bytes <= SHAPE_TEXT_BYTES);
    }
    assert_true(was_full && was_anew);
    strbuf_release(&log);
    memory_free(reader);
}

/* Lines that fit nothing make it stand aside, and it comes back. */
static void stands_aside(void **state)
{
    struct shape_reader *reader = reader_make();
    struct strbuf log;
    (void)state;
    strbuf_init(&log, 16 * 1024 * 1024);
    for (int i = 0; i < SHAPE_WINDOW_LINES; i++) {
        add_line(&log, STR("{\"verb\": \"get\"}"));
    }
    assert_null(shape_check(reader, strbuf_str(&log), 0));
    assert_int_equal(reader->shapes.pause_lines, SHAPE_PAUSE_LINES);
    assert_int_equal(reader->shapes.edge_count, 0);
    log.len = 0;
    for (int i = 0; i < SHAPE_PAUSE_LINES; i++) {
        add_line(&log, STR("{\"verb\":\"get\"}"));
    }
    assert_null(shape_check(reader, strbuf_str(&log), 0));
    assert_int_equal(reader->shapes.pause_lines, 0);
    assert_int_equal(reader->shapes.edge_count, 0);
    assert_null(shape_check(reader, STR("{\"verb\":\"get\"}"), SHAPE_AHEAD));
    assert_int_equal(reader->shapes.edge_count, 2);
    strbuf_release(&log);
    memory_free(reader);
}

/* Many texts between the same two values, long ones, deep ones. */
static void odd_shapes(void **state)
{
    struct shape_reader *reader = reader_make();
    struct strbuf log;
    (void)state;
    strbuf_init(&log, 16 * 1024 * 1024);
    for (int i = 0; i < 3 * SHAPE_NODE_EDGES_MAX; i++) {
        char text[64];
        int length = snprintf(text, sizeof(text), "{\"level\":\"level %d\",\"stage\":\"s\",\"k%d\":\"v\"}", i, i);
        add_line(&log, str_from(text, (size_t)length));
    }
    for (size_t bytes = 440; bytes < 560; bytes++) {
        strbuf_append(&log, STR("{\"verb\":\"get\",\""));
        for (size_t i = 0; i < bytes; i++) {
            strbuf_append_char(&log, 'k');
        }
        add_line(&log, STR("\":\"v\"}"));
    }
    for (int depth = 1; depth < 70; depth++) {
        for (int place = 0; place < 3; place++) {
            static const char *const fronts[] = {"{\"sourceIPs\":", "{\"requestObject\":", "{\"other\":"};
            strbuf_append(&log, str_from_cstring(fronts[place]));
            for (int i = 0; i < depth; i++) {
                strbuf_append(&log, i % 2 ? STR("{\"a\":") : STR("["));
            }
            strbuf_append(&log, STR("1"));
            for (int i = depth; i-- > 0;) {
                strbuf_append(&log, i % 2 ? STR("}") : STR("]"));
            }
            add_line(&log, STR("}"));
        }
    }
    expect(reader, strbuf_str(&log), SHAPE_AHEAD);
    for (uint32_t i = 0; i < reader->shapes.node_count; i++) {
        assert_true(reader->shapes.nodes[i].edge_count <= SHAPE_NODE_EDGES_MAX);
    }
    strbuf_release(&log);
    memory_free(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_lines), cmocka_unit_test(changed_lines), cmocka_unit_test(mixed_lines),
        cmocka_unit_test(all_full),    cmocka_unit_test(stands_aside),  cmocka_unit_test(odd_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
