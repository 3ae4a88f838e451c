#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "input/input.h"

static char root[] = "/tmp/tocsin_input_list_XXXXXX";

/* A path below the test's folder; a few are valid at once. */
static const char *at(const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
    return path;
}

static void make_file(const char *name, const char *text)
{
    int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static void make_directory(const char *name)
{
    assert_int_equal(mkdir(at(name), 0700), 0);
}

static int set_up(void **state)
{
    memcpy(root + sizeof(root) - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(root));
    return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *level)
{
    return remove(path);
}

static int tear_down(void **state)
{
    return nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static tocsin_status expand(struct input_list *list, struct error *err, const char *first, const char *second)
{
    const char *arguments[] = {first, second};
    return input_list_expand(list, arguments, second ? 2 : 1, err);
}

static void assert_files(const struct input_list *list, size_t count, const char *const *names)
{
    assert_int_equal(list->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(list->files[i].path.data, at(names[i]));
        assert_int_equal(list->files[i].path.len, strlen(at(names[i])));
    }
}

static void directory_is_walked_and_sorted(void **state)
{
    make_directory("logs");
    make_directory("logs/b");
    make_directory("logs/b/deep");
    make_file("logs/c.log", "12345");
    make_file("logs/a.log", "1");
    make_file("logs/b/x.log", "12");
    make_file("logs/b/deep/.hidden", "123");
    struct input_list list;
    assert_int_equal(expand(&list, NULL, at("logs"), NULL), TOCSIN_OK);
    assert_files(&list, 4, (const char *[]){"logs/a.log", "logs/b/deep/.hidden", "logs/b/x.log", "logs/c.log"});
    assert_int_equal(list.bytes_total, 11);
    assert_int_equal(list.files[3].bytes, 5);
    assert_true(list.files[3].modified_ms > INT64_C(1500000000000));
    assert_int_equal(list.files[3].kind, INPUT_FILE);
    assert_int_equal(list.problem_count, 0);
    input_list_release(&list);
}

static void trailing_slash_is_not_doubled(void **state)
{
    make_directory("logs");
    make_file("logs/a.log", "1");
    struct input_list list;
    assert_int_equal(expand(&list, NULL, at("logs/"), NULL), TOCSIN_OK);
    assert_files(&list, 1, (const char *[]){"logs/a.log"});
    input_list_release(&list);
}

static void each_file_once(void **state)
{
    make_directory("logs");
    make_file("logs/a.log", "1");
    assert_int_equal(link(at("logs/a.log"), at("logs/hard.log")), 0);
    assert_int_equal(symlink("a.log", at("logs/soft.log")), 0);
    make_file("logs/b.log", "1");
    struct input_list list;
    assert_int_equal(expand(&list, NULL, at("logs/b.log"), at("logs")), TOCSIN_OK);
    assert_files(&list, 2, (const char *[]){"logs/b.log", "logs/a.log"});
    input_list_release(&list);
}

static void links_to_files_are_read_and_to_directories_are_not(void **state)
{
    make_directory("logs");
    make_directory("elsewhere");
    make_file("elsewhere/e.log", "1");
    make_file("elsewhere/target.log", "1");
    assert_int_equal(symlink("..", at("logs/loop")), 0);
    assert_int_equal(symlink("../elsewhere", at("logs/directory")), 0);
    assert_int_equal(symlink("../elsewhere/target.log", at("logs/file")), 0);
    struct input_list list;
    assert_int_equal(expand(&list, NULL, at("logs"), NULL), TOCSIN_OK);
    assert_files(&list, 1, (const char *[]){"logs/file"});
    assert_int_equal(list.problem_count, 0);
    input_list_release(&list);
    /* A link that is named itself is followed. */
    assert_int_equal(expand(&list, NULL, at("logs/directory"), NULL), TOCSIN_OK);
    assert_files(&list, 2, (const char *[]){"logs/directory/e.log", "logs/directory/target.log"});
    input_list_release(&list);
}

static void what_cannot_be_read_below_a_directory_is_a_problem(void **state)
{
    make_directory("logs");
    make_file("logs/a.log", "1");
    assert_int_equal(symlink("gone", at("logs/dangling")), 0);
    assert_int_equal(symlink("self", at("logs/self")), 0);
    struct input_list list;
    assert_int_equal(expand(&list, NULL, at("logs"), NULL), TOCSIN_OK);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.problem_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(list.problems[i].error.status, TOCSIN_ERROR_INPUT);
        bool is_self = str_ends_with(list.problems[i].path, STR("/self"));
        assert_non_null(strstr(list.problems[i].error.message, is_self ? "symbolic links" : "No such file"));
    }
    input_list_release(&list);
}

static void directory_without_rights_is_a_problem(void **state)
{
    if (geteuid() == 0) {
        print_message("skipped: root may read everything\n");
        skip();
    }
    make_directory("logs");
    make_directory("logs/closed");
    make_file("logs/a.log", "1");
    assert_int_equal(chmod(at("logs/closed"), 0), 0);
    struct input_list list;
    assert_int_equal(expand(&list, NULL, at("logs"), NULL), TOCSIN_OK);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.problem_count, 1);
    assert_non_null(strstr(list.problems[0].error.message, "Permission denied"));
    assert_int_equal(chmod(at("logs/closed"), 0700), 0);
    input_list_release(&list);
}

static void pipes_and_sockets(void **state)
{
    make_directory("logs");
    assert_int_equal(mkfifo(at("logs/pipe"), 0600), 0);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", at("logs/socket"));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    struct input_list list;
    struct error err;
    assert_int_equal(expand(&list, NULL, at("logs"), NULL), TOCSIN_OK);
    assert_int_equal(list.count + list.problem_count, 0); /* inside a directory: skipped */
    input_list_release(&list);
    assert_int_equal(expand(&list, NULL, at("logs/pipe"), "/dev/null"), TOCSIN_OK);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.files[0].kind, INPUT_PIPE);
    assert_int_equal(list.files[1].kind, INPUT_PIPE);
    assert_int_equal(list.bytes_total, 0);
    input_list_release(&list);
    assert_int_equal(expand(&list, &err, at("logs/socket"), NULL), TOCSIN_ERROR_INPUT);
    assert_non_null(strstr(err.message, "is a socket"));
    assert_int_equal(close(fd), 0);
}

static void globs(void **state)
{
    make_directory("a");
    make_directory("b");
    make_directory("b/c");
    make_file("a/1.log", "1");
    make_file("a/2.log", "1");
    make_file("a/3.txt", "1");
    make_file("b/c/4.log", "1");
    make_file("b/[5].log", "1");
    struct input_list list;
    struct error err;
    assert_int_equal(expand(&list, NULL, at("a/*.log"), NULL), TOCSIN_OK);
    assert_files(&list, 2, (const char *[]){"a/1.log", "a/2.log"});
    input_list_release(&list);
    assert_int_equal(expand(&list, NULL, at("?"), NULL), TOCSIN_OK); /* directories that match are walked */
    assert_int_equal(list.count, 5);
    input_list_release(&list);
    assert_int_equal(expand(&list, NULL, at("b/[5].log"), NULL), TOCSIN_OK); /* exists as it stands */
    assert_files(&list, 1, (const char *[]){"b/[5].log"});
    input_list_release(&list);
    assert_int_equal(expand(&list, &err, at("a/*.gz"), NULL), TOCSIN_ERROR_INPUT);
    assert_non_null(strstr(err.message, "no file matches"));
}

static void named_things_that_are_not_there(void **state)
{
    make_file("plain", "1");
    struct input_list list;
    struct error err;
    assert_int_equal(expand(&list, &err, at("missing.log"), NULL), TOCSIN_ERROR_INPUT);
    assert_non_null(strstr(err.message, "missing.log"));
    assert_true(err.hint[0] != 0);
    assert_int_equal(list.count, 0);
    assert_int_equal(expand(&list, &err, at("plain/below"), NULL), TOCSIN_ERROR_INPUT);
    assert_non_null(strstr(err.message, "Not a directory"));
    assert_int_equal(expand(&list, &err, "", NULL), TOCSIN_ERROR_INPUT);
}

static void names_with_escapes_do_not_reach_the_terminal(void **state)
{
    struct input_list list;
    struct error err;
    assert_int_equal(expand(&list, &err, at("\033[31mred\n"), NULL), TOCSIN_ERROR_INPUT);
    assert_null(strchr(err.message, '\033'));
    assert_null(strchr(err.message, '\n'));
}

static void too_deep_is_a_problem(void **state)
{
    char path[4096];
    int length = snprintf(path, sizeof(path), "%s", root);
    for (int i = 0; i < LIMIT_DIRECTORY_DEPTH + 2; i++) {
        length += snprintf(path + length, sizeof(path) - (size_t)length, "/d");
        assert_int_equal(mkdir(path, 0700), 0);
    }
    struct input_list list;
    assert_int_equal(expand(&list, NULL, root, NULL), TOCSIN_OK);
    assert_int_equal(list.problem_count, 1);
    assert_int_equal(list.problems[0].error.status, TOCSIN_ERROR_LIMIT);
    input_list_release(&list);
}

static void many_problems_are_counted(void **state)
{
    for (int i = 0; i < LIMIT_INPUT_PROBLEMS + 7; i++) {
        char name[32];
        snprintf(name, sizeof(name), "dangling%d", i);
        assert_int_equal(symlink("gone", at(name)), 0);
    }
    struct input_list list;
    assert_int_equal(expand(&list, NULL, root, NULL), TOCSIN_OK);
    assert_int_equal(list.problem_count, LIMIT_INPUT_PROBLEMS);
    assert_int_equal(list.problems_more, 7);
    input_list_release(&list);
}

static void many_files(void **state)
{
    for (int i = 0; i < 500; i++) {
        char name[32];
        snprintf(name, sizeof(name), "%d.log", i);
        make_file(name, "1");
    }
    struct input_list list;
    assert_int_equal(expand(&list, NULL, root, root), TOCSIN_OK);
    assert_int_equal(list.count, 500);
    for (size_t i = 1; i < list.count; i++) {
        assert_true(str_compare(list.files[i - 1].path, list.files[i].path) < 0);
    }
    input_list_release(&list);
}

static void standard_input_counts_as_the_file_it_is(void **state)
{
    make_file("in.log", "0123456789");
    int saved = dup(STDIN_FILENO);
    int fd = open(at("in.log"), O_RDONLY);
    assert_true(fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    assert_int_equal(lseek(STDIN_FILENO, 4, SEEK_SET), 4);
    struct input_list list;
    assert_int_equal(expand(&list, NULL, "-", at("in.log")), TOCSIN_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.files[0].path.data, "-");
    assert_int_equal(list.files[0].kind, INPUT_STANDARD);
    assert_int_equal(list.bytes_total, 6);
    input_list_release(&list);
    assert_true(dup2(saved, STDIN_FILENO) == STDIN_FILENO);
    assert_int_equal(close(saved) + close(fd), 0);
}

static void memory_running_out(void **state)
{
    make_directory("logs");
    make_file("logs/a.log", "1");
    make_file("logs/b.log", "1");
    assert_int_equal(symlink("gone", at("logs/dangling")), 0);
    for (uint64_t number = 1;; number++) {
        struct input_list list;
        struct error err;
        memory_fail_at(number, 0);
        tocsin_status status = expand(&list, &err, at("logs"), NULL);
        memory_fail_at(0, 0);
        if (status == TOCSIN_OK) {
            assert_int_equal(list.count, 2);
            input_list_release(&list);
            break;
        }
        assert_int_equal(status, TOCSIN_ERROR_MEMORY);
        assert_true(number < 100);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(directory_is_walked_and_sorted),
        TEST(trailing_slash_is_not_doubled),
        TEST(each_file_once),
        TEST(links_to_files_are_read_and_to_directories_are_not),
        TEST(what_cannot_be_read_below_a_directory_is_a_problem),
        TEST(directory_without_rights_is_a_problem),
        TEST(pipes_and_sockets),
        TEST(globs),
        TEST(named_things_that_are_not_there),
        TEST(names_with_escapes_do_not_reach_the_terminal),
        TEST(too_deep_is_a_problem),
        TEST(many_problems_are_counted),
        TEST(many_files),
        TEST(standard_input_counts_as_the_file_it_is),
        TEST(memory_running_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
