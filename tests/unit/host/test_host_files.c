/* Files of a host, its processes and sockets; other programs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/civil_time.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "host/child_process.h"
#include "host/host_files.h"

struct tree {
    char path[64];
    struct arena arena;
    struct host_files files;
};

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static int make_tree(void **state)
{
    struct tree *tree = calloc(1, sizeof(*tree));
    struct error err = {0};
    (void)snprintf(tree->path, sizeof(tree->path), "/tmp/tocsin-host-XXXXXX");
    arena_init(&tree->arena, LIMIT_HOST_BYTES);
    *state = tree;
    return mkdtemp(tree->path) && host_files_open(&tree->files, tree->path, &tree->arena, &err) == TOCSIN_OK ? 0 : -1;
}

static int remove_tree(void **state)
{
    struct tree *tree = *state;
    host_files_close(&tree->files);
    arena_release(&tree->arena);
    int failed = nftw(tree->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(tree);
    return failed;
}

static void write_bytes(const struct tree *tree, const char *path, const char *bytes, size_t count)
{
    char full[256];
    (void)snprintf(full, sizeof(full), "%s%s", tree->path, path);
    for (char *slash = strchr(full + strlen(tree->path) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

static void files_are_read(void **state)
{
    struct tree *tree = *state;
    str text;
    write_bytes(tree, "/etc/a", "text", 4);
    assert_int_equal(host_file_read(&tree->files, "/etc/a", &text), HOST_READ_DONE);
    assert_true(str_eq(text, STR("text")));
    assert_int_equal(host_file_read(&tree->files, "/etc/b", &text), HOST_READ_ABSENT);
    assert_int_equal(host_file_read(&tree->files, "/etc/a/b", &text), HOST_READ_ABSENT);
    assert_int_equal(host_file_read(&tree->files, "/etc", &text), HOST_READ_FAILED);
    assert_int_equal(host_file_probe(&tree->files, "/etc/a"), HOST_READ_DONE);
    assert_true(host_file_exists(&tree->files, "/etc"));
    assert_false(host_file_exists(&tree->files, "/etc/b"));
}

static void nothing_outside_is_read(void **state)
{
    struct tree *tree = *state;
    char path[256];
    str text;
    static const char *const targets[] = {"/etc/passwd", "../../../../../../etc/passwd", "../../etc/passwd"};
    for (size_t i = 0; i < countof(targets); i++) {
        (void)snprintf(path, sizeof(path), "%s/link%zu", tree->path, i);
        assert_int_equal(symlink(targets[i], path), 0);
        (void)snprintf(path, sizeof(path), "/link%zu", i);
        assert_int_equal(host_file_read(&tree->files, path, &text), HOST_READ_ABSENT);
    }
    assert_int_equal(host_file_read(&tree->files, "/../../../../etc/passwd", &text), HOST_READ_ABSENT);
}

static void large_files_are_read_up_to_the_limit(void **state)
{
    struct tree *tree = *state;
    char path[256];
    str text;
    write_bytes(tree, "/large", "", 0);
    (void)snprintf(path, sizeof(path), "%s/large", tree->path);
    assert_int_equal(truncate(path, (off_t)LIMIT_HOST_FILE_BYTES), 0);
    assert_int_equal(host_file_read(&tree->files, "/large", &text), HOST_READ_DONE);
    assert_int_equal(text.len, LIMIT_HOST_FILE_BYTES);
    assert_int_equal(truncate(path, (off_t)LIMIT_HOST_FILE_BYTES + 1), 0);
    assert_int_equal(host_file_read(&tree->files, "/large", &text), HOST_READ_FAILED);
}

/* As many as the limit, and no crash with more. */
static void listeners_are_counted_up_to_the_limit(void **state)
{
    struct tree *tree = *state;
    struct strbuf table;
    struct host_listener *listeners;
    size_t count;
    strbuf_init(&table, 32 * MEBI);
    for (int i = 0; i < LIMIT_HOST_ENTRIES + 10; i++) {
        strbuf_append(&table, STR("  0: 0100007F:0947 00000000:0000 0A\n"));
    }
    write_bytes(tree, "/proc/net/tcp", table.data, table.len);
    assert_true(host_listener_list(&tree->files, &listeners, &count));
    assert_int_equal(count, LIMIT_HOST_ENTRIES);
    assert_int_equal(listeners[count - 1].port, 2375);
    assert_true(listeners[count - 1].is_loopback);
    strbuf_release(&table);
}

static void processes_and_their_flags(void **state)
{
    struct tree *tree = *state;
    struct host_process *processes;
    size_t count;
    str value;
    static const char arguments[] = "/usr/bin/dockerd\0-H\0fd://\0--debug\0--log-level=info";
    write_bytes(tree, "/proc/7/cmdline", arguments, sizeof(arguments));
    write_bytes(tree, "/proc/8/cmdline", "", 0);
    write_bytes(tree, "/proc/self/cmdline", "x", 1);
    write_bytes(tree, "/proc/9/cmdline", "kubelet", 7);
    assert_true(host_process_list(&tree->files, &processes, &count));
    assert_int_equal(count, 2);
    const struct host_process *docker = host_process_find(processes, count, "dockerd");
    assert_non_null(docker);
    assert_int_equal(docker->pid, 7);
    assert_int_equal(docker->argument_count, 4);
    assert_true(host_process_flag(docker, "--log-level", &value) && str_eq(value, STR("info")));
    assert_true(host_process_flag(docker, "--debug", &value) && value.len == 0);
    assert_true(host_process_flag(docker, "-H", &value) && str_eq(value, STR("fd://")));
    assert_false(host_process_flag(docker, "--log", &value));
    assert_non_null(host_process_find(processes, count, "kubelet"));
}

static struct child_result run(struct tree *tree, int timeout_ms, const char *const *argv)
{
    struct child_options options = {.timeout_ms = timeout_ms};
    struct child_result result;
    struct error err = {0};
    assert_int_equal(child_run(argv, &options, &tree->arena, &result, &err), TOCSIN_OK);
    return result;
}

static void programs_are_run(void **state)
{
    struct tree *tree = *state;
    struct child_result result =
        run(tree, 10000, (const char *const[]){"sh", "-c", "echo a; echo b >&2; exit 3", NULL});
    assert_true(result.is_found && !result.is_timeout);
    assert_int_equal(result.exit_code, 3);
    assert_true(str_eq(result.output, STR("a\nb\n")));
    result = run(tree, 10000, (const char *const[]){"sh", "-c", "kill -9 $$", NULL});
    assert_int_equal(result.exit_code, 128 + 9);
    assert_false(run(tree, 1000, (const char *const[]){"no-such-program-here", NULL}).is_found);
    assert_int_equal(run(tree, 5000, (const char *const[]){"cat", NULL}).exit_code, 0); /* nothing to read */
    int64_t start_ns = clock_monotonic_ns();
    result = run(tree, 200, (const char *const[]){"sh", "-c", "sleep 60 & sleep 60", NULL});
    assert_true(result.is_timeout);
    assert_true(clock_monotonic_ns() - start_ns < (int64_t)20 * 1000000000);
    result = run(tree, 30000, (const char *const[]){"head", "-c", "40000000", "/dev/zero", NULL});
    assert_true(result.output.len <= LIMIT_HOST_FILE_BYTES && result.output.len > LIMIT_HOST_FILE_BYTES / 2);
}

int main(void)
{
#define TREE_TEST(test) cmocka_unit_test_setup_teardown(test, make_tree, remove_tree)
    const struct CMUnitTest tests[] = {
        TREE_TEST(files_are_read),
        TREE_TEST(nothing_outside_is_read),
        TREE_TEST(large_files_are_read_up_to_the_limit),
        TREE_TEST(listeners_are_counted_up_to_the_limit),
        TREE_TEST(processes_and_their_flags),
        TREE_TEST(programs_are_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
