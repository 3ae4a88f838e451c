/* X-Force, lists behind URLs and the database of places: limits, lack of memory, damage. What they answer is in
 * tests/cases/function. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../support/document_example.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text_file.h"
#include "lookup/geo_database.h"
#include "lookup/url_lists.h"
#include "lookup/xforce.h"

#define GEO_FILE TOCSIN_SOURCE_ROOT "/tests/data/geo/test.mmdb"

static str kept(const char *text)
{
    char *copy = memory_allocate(strlen(text) + 1);
    if (!copy) {
        return (str){NULL, 0};
    }
    memcpy(copy, text, strlen(text) + 1);
    return str_from_cstring(copy);
}

static str repeated(const char *front, const char *line, size_t count)
{
    size_t line_bytes = strlen(line);
    size_t front_bytes = strlen(front);
    char *text = memory_allocate(front_bytes + line_bytes * count + 1);
    assert_non_null(text);
    memcpy(text, front, front_bytes);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + front_bytes + i * line_bytes, line, line_bytes);
    }
    return str_from(text, front_bytes + line_bytes * count);
}

static struct ip ip_of(const char *text)
{
    struct ip ip;
    assert_true(ip_parse(str_from_cstring(text), &ip));
    return ip;
}

/* ---- X-Force ---- */

static struct xforce *xforce_of(const char *text)
{
    struct xforce *xforce = NULL;
    struct error err = {0};
    assert_int_equal(xforce_create(&xforce, NULL), TOCSIN_OK);
    if (xforce_load_text(xforce, kept(text), "x.csv", &err) != TOCSIN_OK) {
        fail_msg("%u: %s", err.line, err.message);
    }
    return xforce;
}

static void expect_url(const struct xforce *xforce, const char *url, const char *category)
{
    struct strbuf scratch;
    strbuf_init(&scratch, 1 << 20);
    str found = xforce_url_category(xforce, str_from_cstring(url), &scratch);
    if (!str_eq(found, str_from_cstring(category))) {
        fail_msg("%s: %.*s", url, (int)found.len, found.data);
    }
    strbuf_release(&scratch);
}

static void urls_lie_under_paths_and_hosts(void **state)
{
    struct xforce *xforce = xforce_of("target,category,confidence\n"
                                      "https://A.example/x/y,Deep,1\na.example/x?q,Query,2\nb.example,Host,3\n"
                                      "c.b.example,Inner,4\nexample/p,Path,5\n10.0.0.1,Address,6\nfd00::/8,Six,7\n");
    expect_url(xforce, "a.example/x/y", "Deep");
    expect_url(xforce, "HTTP://A.EXAMPLE/x/y/z?w#f", "Deep");
    expect_url(xforce, "a.example/x/y//", "Deep");
    expect_url(xforce, "a.example/X/y", "");
    expect_url(xforce, "a.example/x/yz", "");
    expect_url(xforce, "a.example/x?q", "Query");
    expect_url(xforce, "a.example/x?q=1", "");
    expect_url(xforce, "a.example/x?q/more", "Query");
    expect_url(xforce, "b.example", "Host");
    expect_url(xforce, "x.b.example:99", "Host");
    expect_url(xforce, "y.c.b.example/p", "Inner");
    expect_url(xforce, "cb.example", "");
    expect_url(xforce, "z.example/p", "");
    expect_url(xforce, "ftp://user:password@10.0.0.1:21/x", "Address");
    expect_url(xforce, "https://[fd00::1]:443/x", "Six");
    expect_url(xforce, "https://[fd00::1", "Six");
    expect_url(xforce, "", "");
    expect_url(xforce, "://", "");
    expect_url(xforce, "///", "");
    expect_url(xforce, "@@", "");
    xforce_free(xforce);

    xforce = xforce_of("target,category,confidence\n");
    expect_url(xforce, "a.example", "");
    struct ip ip = ip_of("10.0.0.1");
    assert_int_equal(xforce_ip_category(xforce, &ip).len, 0);
    assert_int_equal(xforce_ip_confidence(xforce, XFORCE_NO_CATEGORY, &ip), 0);
    xforce_free(xforce);
    xforce_free(NULL);
}

static void the_documented_example_works(void **state)
{
    static char buffer[DOCUMENT_BYTES_MAX];
    str example = document_example(TOCSIN_SOURCE_ROOT "/docs/intelligence.md", "## X-Force", "csv xforce.csv", buffer);
    buffer[example.data - buffer + (ptrdiff_t)example.len] = '\0';
    struct xforce *xforce = xforce_of(example.data);
    struct ip ip = ip_of("192.0.2.77");
    assert_true(str_eq(xforce_ip_category(xforce, &ip), STR("Bots")));
    ip = ip_of("2001:db8::9");
    assert_true(str_eq(xforce_ip_category(xforce, &ip), STR("Anonymization Services")));
    expect_url(xforce, "https://www.bad.example/x", "Malware");
    expect_url(xforce, "https://shop.example/checkout?id=1", "Phishing URLs");
    expect_url(xforce, "https://shop.example/", "");
    xforce_free(xforce);

    example = document_example(TOCSIN_SOURCE_ROOT "/docs/intelligence.md", "## Lists behind URLs", "yaml lookups.yaml",
                               buffer);
    char folder[] = "/tmp/tocsin-lists-XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(folder));
    const struct {
        const char *name;
        str text;
    } files[] = {{"lookups", {NULL, 0}},
                 {"lookups.yaml", example},
                 {"lookups/ips.txt", {"# c\n10.0.0.1\n", 13}},
                 {"lookups/hashes.json", {"[\"ab\", 5]", 9}}};
    for (size_t i = 0; i < countof(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, files[i].name);
        FILE *file = files[i].text.data ? fopen(path, "wb") : NULL;
        if (!files[i].text.data) {
            assert_int_equal(mkdir(path, 0700), 0);
            continue;
        }
        assert_non_null(file);
        assert_int_equal(fwrite(files[i].text.data, 1, files[i].text.len, file), files[i].text.len);
        assert_int_equal(fclose(file), 0);
    }
    struct url_lists *lists = NULL;
    bool is_loaded = false;
    assert_int_equal(url_lists_create(&lists, NULL), TOCSIN_OK);
    assert_int_equal(url_lists_load_folder(lists, folder, &is_loaded, NULL), TOCSIN_OK);
    assert_true(is_loaded);
    assert_true(url_list_contains(url_list_find(lists, STR("https://intel.example/ips.txt")), STR("10.0.0.1")));
    assert_true(url_list_contains(url_list_find(lists, STR("https://intel.example/hashes")), STR("5")));
    url_lists_free(lists);
    for (size_t i = countof(files); i-- > 0;) {
        snprintf(path, sizeof(path), "%s/%s", folder, files[i].name);
        assert_int_equal(remove(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

/* A long path or host is cut off after some parts, and takes no quadratic time. */
static void long_urls_end(void **state)
{
    struct xforce *xforce = xforce_of("target,category,confidence\na.example,Host,1\n");
    str slashes = repeated("a.example", "/p", 1 << 20);
    str dots = repeated("", "x.", 1 << 20);
    struct strbuf scratch;
    strbuf_init(&scratch, 8 * MEBI);
    assert_true(str_eq(xforce_url_category(xforce, slashes, &scratch), STR("Host")));
    assert_int_equal(xforce_url_category(xforce, dots, &scratch).len, 0);
    strbuf_release(&scratch);
    memory_free((char *)(uintptr_t)slashes.data);
    memory_free((char *)(uintptr_t)dots.data);
    xforce_free(xforce);
}

static void xforce_holds_so_many_lines(void **state)
{
    struct xforce *xforce = NULL;
    struct error err = {0};
    assert_int_equal(xforce_create(&xforce, NULL), TOCSIN_OK);
    str text = repeated("target,category,confidence\n", "a,b\n", LIMIT_REFERENCE_ELEMENTS + 1);
    assert_int_equal(xforce_load_text(xforce, text, "x.csv", &err), TOCSIN_ERROR_CONFIG);
    assert_string_equal(err.message, "there are more than 5000000 lines");
    assert_int_equal(err.line, LIMIT_REFERENCE_ELEMENTS + 2);
    xforce_free(xforce);
}

static void xforce_without_memory(void **state)
{
    tocsin_status status = TOCSIN_ERROR_MEMORY;
    for (uint64_t n = 1; status != TOCSIN_OK; n++) {
        struct xforce *xforce = NULL;
        str text = kept("target,category,confidence\n\"a\"\"b\",Bots,1\n10.0.0.0/8,Spam,2\n");
        memory_fail_at(n, 0);
        status = xforce_create(&xforce, NULL);
        if (status == TOCSIN_OK) {
            status = xforce_load_text(xforce, text, "x.csv", NULL);
        } else {
            memory_free((char *)(uintptr_t)text.data);
        }
        memory_fail_at(0, 0);
        assert_true(status == TOCSIN_OK || status == TOCSIN_ERROR_MEMORY);
        assert_true(status == TOCSIN_OK || n < 1000);
        xforce_free(xforce);
    }
}

/* ---- lists behind URLs ---- */

static struct url_lists *lists_create(void)
{
    struct url_lists *lists = NULL;
    assert_int_equal(url_lists_create(&lists, NULL), TOCSIN_OK);
    return lists;
}

static void lists_are_lines_or_json(void **state)
{
    struct url_lists *lists = lists_create();
    assert_int_equal(url_lists_add(lists, STR("u"), kept("\xEF\xBB\xBF# a\r\nx\r\n\r\n y z \r\n"), "l", NULL),
                     TOCSIN_OK);
    const struct url_list *list = url_list_find(lists, STR("u"));
    assert_true(url_list_contains(list, STR("x")));
    assert_true(url_list_contains(list, STR("y z")));
    assert_false(url_list_contains(list, STR("# a")));
    assert_false(url_list_contains(list, STR("")));
    assert_null(url_list_find(lists, STR("U")));
    assert_int_equal(url_lists_add(lists, STR("j"), kept(" \n[\"a\\u0062\", -1.50, false] "), "l", NULL), TOCSIN_OK);
    list = url_list_find(lists, STR("j"));
    assert_true(url_list_contains(list, STR("ab")));
    assert_true(url_list_contains(list, STR("-1.50")));
    assert_true(url_list_contains(list, STR("false")));
    assert_int_equal(url_lists_add(lists, STR("e"), kept(""), "l", NULL), TOCSIN_OK);
    url_lists_free(lists);
    url_lists_free(NULL);
}

static void a_list_holds_so_many_elements(void **state)
{
    struct url_lists *lists = lists_create();
    struct error err = {0};
    size_t each = 8; /* "1234567\n" */
    size_t count = LIMIT_REFERENCE_ELEMENTS + 1;
    char *text = memory_allocate(each * count);
    assert_non_null(text);
    for (size_t i = 0; i < count; i++) {
        size_t rest = i + 1000000;
        for (size_t at = each - 1; at-- > 0; rest /= 10) {
            text[i * each + at] = (char)('0' + rest % 10);
        }
        text[i * each + each - 1] = '\n';
    }
    assert_int_equal(url_lists_add(lists, STR("u"), str_from(text, each * count), "l.txt", &err), TOCSIN_ERROR_CONFIG);
    assert_string_equal(err.message, "there are more than 5000000 elements");
    assert_int_equal(err.line, count);
    url_lists_free(lists);
}

static void there_are_so_many_lists(void **state)
{
    struct url_lists *lists = lists_create();
    struct error err = {0};
    for (int i = 0; i < LIMIT_REFERENCE_COLLECTIONS; i++) {
        assert_int_equal(url_lists_add(lists, STR("u"), kept("a"), "l.txt", &err), TOCSIN_OK);
    }
    assert_int_equal(url_lists_add(lists, STR("u"), kept("a"), "l.txt", &err), TOCSIN_ERROR_CONFIG);
    assert_string_equal(err.message, "there are more than 1000 lists");
    url_lists_free(lists);
}

/* ---- places ---- */

static void distances_are_those_of_a_sphere(void **state)
{
    const struct geo_point berlin = {52.52, 13.405};
    const struct geo_point tokyo = {35.6762, 139.6503};
    const struct geo_point pole = {90, 0};
    const struct geo_point equator = {0, -77};
    const struct geo_point opposite = {0, 103};
    assert_true(fabs(geo_distance(&berlin, &tokyo) - 8915.6) < 1.0);
    assert_true(fabs(geo_distance(&pole, &equator) - 10007.557) < 0.001);
    assert_true(fabs(geo_distance(&equator, &opposite) - 20015.115) < 0.001);
    assert_true(geo_distance(&berlin, &berlin) == 0.0);
    assert_true(isfinite(geo_distance(&(struct geo_point){1e300, 5}, &(struct geo_point){-200, 1e9})));
}

static void ask_everything(const struct geo_database *database, const char *address)
{
    struct ip ip = ip_of(address);
    struct strbuf json;
    struct geo_point point;
    str text;
    strbuf_init(&json, 1 << 20);
    for (enum geo_text name = 0; name < GEO_TEXT_COUNT; name++) {
        (void)geo_find_text(database, &ip, name, &text);
    }
    (void)geo_find_point(database, &ip, &point);
    (void)geo_append_json(database, &ip, UINT32_MAX, &json);
    strbuf_release(&json);
}

/* Every byte damaged, one after the other: an error, or whatever answers, and no crash. */
static void a_damaged_database_crashes_nothing(void **state)
{
    char path[] = "/tmp/tocsin-geo-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    str whole;
    assert_int_equal(text_file_read(GEO_FILE, 1 << 20, &whole, NULL), TOCSIN_OK);
    assert_int_equal(write(fd, whole.data, whole.len), whole.len);
    for (size_t at = 0; at < whole.len; at++) {
        char damaged = (char)(whole.data[at] ^ (at % 3 == 0 ? 0xFF : at % 3 == 1 ? 0x20 : 0x01));
        assert_int_equal(pwrite(fd, &damaged, 1, (off_t)at), 1);
        struct geo_database *database = NULL;
        struct error err = {0};
        assert_int_equal(geo_database_create(&database, NULL), TOCSIN_OK);
        if (geo_database_load_file(database, path, &err) == TOCSIN_OK) {
            ask_everything(database, "192.0.2.1");
            ask_everything(database, "198.51.100.200");
            ask_everything(database, "2001:db8:ffff::1");
        } else {
            assert_int_equal(err.status, TOCSIN_ERROR_CONFIG);
        }
        geo_database_free(database);
        assert_int_equal(pwrite(fd, whole.data + at, 1, (off_t)at), 1);
    }
    for (size_t bytes = 0; bytes < whole.len; bytes += 37) {
        assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
        struct geo_database *database = NULL;
        assert_int_equal(geo_database_create(&database, NULL), TOCSIN_OK);
        assert_int_equal(geo_database_load_file(database, path, NULL), TOCSIN_ERROR_CONFIG);
        geo_database_free(database);
    }
    memory_free((char *)(uintptr_t)whole.data);
    (void)close(fd);
    (void)unlink(path);
}

static void the_first_database_of_the_folder_is_taken(void **state)
{
    struct geo_database *database = NULL;
    bool is_loaded = false;
    struct ip ip = ip_of("192.0.2.1");
    str text;
    assert_int_equal(geo_database_create(&database, NULL), TOCSIN_OK);
    assert_int_equal(geo_database_load_folder(database, "/nonexistent", &is_loaded, NULL), TOCSIN_OK);
    assert_false(is_loaded);
    assert_false(geo_find_text(database, &ip, GEO_CITY_NAME, &text));
    char folder[] = "/tmp/tocsin-geo-XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/GeoLite2-City.mmdb", folder);
    assert_int_equal(symlink(GEO_FILE, path), 0);
    assert_int_equal(geo_database_load_folder(database, folder, &is_loaded, NULL), TOCSIN_OK);
    assert_true(is_loaded);
    assert_true(geo_find_text(database, &ip, GEO_CITY_NAME, &text));
    assert_true(str_eq(text, STR("Berlin")));
    geo_database_free(database);
    geo_database_free(NULL);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_lie_under_paths_and_hosts),
        cmocka_unit_test(the_documented_example_works),
        cmocka_unit_test(long_urls_end),
        cmocka_unit_test(xforce_holds_so_many_lines),
        cmocka_unit_test(xforce_without_memory),
        cmocka_unit_test(lists_are_lines_or_json),
        cmocka_unit_test(a_list_holds_so_many_elements),
        cmocka_unit_test(there_are_so_many_lists),
        cmocka_unit_test(distances_are_those_of_a_sphere),
        cmocka_unit_test(a_damaged_database_crashes_nothing),
        cmocka_unit_test(the_first_database_of_the_folder_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
