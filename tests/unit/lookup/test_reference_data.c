#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../support/document_example.h"
#include "base/civil_time.h"
#include "base/limits.h"
#include "base/memory.h"
#include "lookup/reference_data.h"

/* ---- a folder with files ---- */

#define FOLDER_TEMPLATE "/tmp/tocsin-reference-XXXXXX"
static char folder[sizeof(FOLDER_TEMPLATE)];
static char placed[64][128];
static size_t placed_count;

static void place(const char *name, const char *text)
{
    char *path = placed[placed_count++];
    snprintf(path, sizeof(placed[0]), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    char inner[sizeof(folder) + 16];
    memcpy(folder, FOLDER_TEMPLATE, sizeof(folder));
    placed_count = 0;
    if (!mkdtemp(folder)) {
        return -1;
    }
    snprintf(inner, sizeof(inner), "%s/reference", folder);
    return mkdir(inner, 0700);
}

static int tear_down(void **state)
{
    char inner[sizeof(folder) + 16];
    for (size_t i = 0; i < placed_count; i++) {
        (void)unlink(placed[i]);
    }
    snprintf(inner, sizeof(inner), "%s/reference", folder);
    return rmdir(inner) || rmdir(folder);
}

static struct reference_data *create(void)
{
    struct reference_data *data = NULL;
    assert_int_equal(reference_data_create(&data, NULL), TOCSIN_OK);
    return data;
}

static struct reference_data *load_folder(void)
{
    struct reference_data *data = create();
    struct error err = {0};
    bool is_loaded = false;
    if (reference_data_load_folder(data, folder, &is_loaded, &err) != TOCSIN_OK) {
        fail_msg("%s:%u:%u: %s", err.source, err.line, err.column, err.message);
    }
    assert_true(is_loaded);
    return data;
}

/* ---- values to ask with ---- */

static uint64_t validity = 1;

static struct column column_of(enum value_type type, void *value)
{
    return (struct column){.type = type, .kind = COLUMN_CONSTANT, .validity = &validity, .data = value};
}

struct asked {
    union {
        str text;
        int64_t integer;
        double number;
        struct ip ip;
        uint8_t boolean;
    };
    struct column column;
};

static struct column *text_value(struct asked *asked, const char *text)
{
    asked->text = str_from_cstring(text);
    asked->column = column_of(TYPE_STRING, &asked->text);
    return &asked->column;
}

static struct column *ip_value(struct asked *asked, const char *text)
{
    assert_true(ip_parse(str_from_cstring(text), &asked->ip));
    asked->column = column_of(TYPE_IP, &asked->ip);
    return &asked->column;
}

static struct column *integer_value(struct asked *asked, int64_t integer)
{
    asked->integer = integer;
    asked->column = column_of(TYPE_INT64, &asked->integer);
    return &asked->column;
}

static struct column *double_value(struct asked *asked, double number)
{
    asked->number = number;
    asked->column = column_of(TYPE_DOUBLE, &asked->number);
    return &asked->column;
}

static struct column *bool_value(struct asked *asked, bool boolean)
{
    asked->boolean = boolean;
    asked->column = column_of(TYPE_BOOL, &asked->boolean);
    return &asked->column;
}

static const struct reference_scope everybody = {.has_domain = false};
static const struct reference_scope domain_3 = {.has_domain = true, .domain = 3};
static const struct reference_scope domain_4 = {.has_domain = true, .domain = 4};

static bool is_in(const struct reference_data *data, const char *set, struct reference_scope scope,
                  const struct column *value)
{
    struct strbuf scratch;
    strbuf_init(&scratch, 1 << 20);
    const struct reference *reference = reference_find(data, REFERENCE_SET, str_from_cstring(set));
    assert_non_null(reference);
    bool result = reference_set_contains(reference, scope, value, 0, &scratch);
    assert_false(scratch.is_failed);
    strbuf_release(&scratch);
    return result;
}

static void expect_cell(const struct reference_data *data, enum reference_kind kind, const char *name,
                        const char *column, const struct column *key, const char *expected)
{
    struct strbuf scratch;
    strbuf_init(&scratch, 1 << 20);
    const struct reference *reference = reference_find(data, kind, str_from_cstring(name));
    assert_non_null(reference);
    str value = STR_EMPTY;
    bool is_there = kind == REFERENCE_MAP
                        ? reference_map_get(reference, everybody, key, 0, &scratch, &value)
                        : reference_table_get(reference, everybody, str_from_cstring(column), key, 0, &scratch, &value);
    assert_int_equal(is_there, expected != NULL);
    assert_true(!expected || str_eq(value, str_from_cstring(expected)));
    strbuf_release(&scratch);
}

static bool is_pair(const struct reference_data *data, const char *name, const struct column *key,
                    const struct column *element)
{
    struct strbuf scratch;
    struct strbuf pair;
    strbuf_init(&scratch, 1 << 20);
    strbuf_init(&pair, 1 << 20);
    const struct reference *reference = reference_find(data, REFERENCE_MAP_OF_SETS, str_from_cstring(name));
    assert_non_null(reference);
    bool result = reference_map_of_sets_contains(reference, everybody, key, element, 0, &scratch, &pair);
    strbuf_release(&scratch);
    strbuf_release(&pair);
    return result;
}

/* ---- what the document shows ---- */

static void the_documented_example_works(void **state)
{
    static char buffer[DOCUMENT_BYTES_MAX];
    str example = document_example(TOCSIN_SOURCE_ROOT "/docs/reference-data.md", "## Described",
                                   "yaml reference_data.yaml", buffer);
    buffer[example.data - buffer + (ptrdiff_t)example.len] = '\0';
    place("reference_data.yaml", example.data);
    place("reference/tor.txt", "# exits\r\n192.0.2.0/24\r\n\r\n2001:db8::/32\r\n198.51.100.7\r\n");
    place("reference/owner.csv", "address,owner\n10.0.0.9,\"Joe \"\"Jo\"\", Ops\"\n::1,nobody\n10.0.0.10,\n");
    place("reference/allowed.csv", "user,host\njoe,10.0.0.9\njoe,10.0.0.10\nANN,fd00::1\njoe,10.0.0.9\n");
    place("reference/hr.csv", "user,team,badge\njoe,Ops,17\nann,,18.0\nbob,Dev\n");
    struct reference_data *data = load_folder();
    struct asked a;
    struct asked b;

    assert_true(is_in(data, "tor EXITS", everybody, ip_value(&a, "192.0.2.200")));
    assert_true(is_in(data, "Tor exits", everybody, text_value(&a, " 192.0.2.200 ")));
    assert_true(is_in(data, "Tor exits", everybody, ip_value(&a, "2001:db8:1::")));
    assert_true(is_in(data, "Tor exits", everybody, ip_value(&a, "198.51.100.7")));
    assert_false(is_in(data, "Tor exits", everybody, ip_value(&a, "198.51.100.8")));
    assert_false(is_in(data, "Tor exits", everybody, text_value(&a, "192.0.2.0/24")));
    assert_false(is_in(data, "Tor exits", everybody, integer_value(&a, 3221225985)));
    assert_int_equal(reference_count(reference_find(data, REFERENCE_SET, STR("Tor exits"))), 3);

    assert_true(is_in(data, "Jump hosts", everybody, ip_value(&a, "10.0.0.5")));
    assert_true(is_in(data, "Jump hosts", everybody, text_value(&a, "fd00:0:0:0:0:0:0:5")));
    assert_false(is_in(data, "Jump hosts", everybody, ip_value(&a, "10.3.0.5")));
    assert_true(is_in(data, "Jump hosts", domain_3, ip_value(&a, "10.3.0.5")));
    assert_true(is_in(data, "Jump hosts", domain_3, ip_value(&a, "10.0.0.5")));
    assert_false(is_in(data, "Jump hosts", domain_4, ip_value(&a, "10.3.0.5")));
    assert_true(is_in(data, "Jump hosts", domain_4, ip_value(&a, "10.0.0.5")));

    expect_cell(data, REFERENCE_MAP, "owner", NULL, ip_value(&a, "10.0.0.9"), "Joe \"Jo\", Ops");
    expect_cell(data, REFERENCE_MAP, "owner", NULL, text_value(&a, "0:0:0:0:0:0:0:1"), "nobody");
    expect_cell(data, REFERENCE_MAP, "owner", NULL, ip_value(&a, "10.0.0.10"), NULL);
    expect_cell(data, REFERENCE_MAP, "owner", NULL, text_value(&a, "x"), NULL);

    assert_true(is_pair(data, "Allowed hosts", text_value(&a, "JOE"), ip_value(&b, "10.0.0.10")));
    assert_true(is_pair(data, "Allowed hosts", text_value(&a, "ann"), text_value(&b, "fd00:0::1")));
    assert_false(is_pair(data, "Allowed hosts", text_value(&a, "ann"), ip_value(&b, "10.0.0.10")));
    assert_false(is_pair(data, "Allowed hosts", text_value(&a, "bob"), ip_value(&b, "10.0.0.10")));
    assert_false(is_pair(data, "Allowed hosts", text_value(&a, "joe"), text_value(&b, "x")));
    assert_int_equal(reference_count(reference_find(data, REFERENCE_MAP_OF_SETS, STR("Allowed hosts"))), 3);

    expect_cell(data, REFERENCE_TABLE, "hr", "TEAM", text_value(&a, "joe"), "Ops");
    expect_cell(data, REFERENCE_TABLE, "hr", "badge", text_value(&a, "ann"), "18.0");
    expect_cell(data, REFERENCE_TABLE, "hr", "team", text_value(&a, "ann"), NULL);
    expect_cell(data, REFERENCE_TABLE, "hr", "badge", text_value(&a, "bob"), NULL);
    expect_cell(data, REFERENCE_TABLE, "hr", "tem", text_value(&a, "joe"), NULL);
    expect_cell(data, REFERENCE_TABLE, "hr", "team", text_value(&a, "Joe"), NULL);
    const struct reference *table = reference_find(data, REFERENCE_TABLE, STR("HR"));
    assert_true(reference_has_column(table, STR("Badge")));
    assert_false(reference_has_column(table, STR("user")));
    assert_true(str_eq(reference_suggest_column(table, STR("tema")), STR("team")));

    assert_null(reference_find(data, REFERENCE_MAP, STR("HR")));
    assert_true(str_eq(reference_suggest(data, REFERENCE_SET, STR("Tor exit")), STR("Tor exits")));
    assert_int_equal(reference_suggest(data, REFERENCE_MAP, STR("Tor exit")).len, 0);
    reference_data_free(data);
}

static void files_need_no_description(void **state)
{
    place("reference/Bad users.txt", "\xEF\xBB\xBFjoe\n  ann  \njoe\n");
    place("reference/hosts.csv", "host\n\"a,b\"\n\nc\n");
    place("reference/owner.csv", "k,v\n10.0.0.9,joe\n");
    place("reference/people.csv", "user,team,badge\njoe,Ops,17\n");
    place("reference/notes.md", "whatever");
    struct reference_data *data = load_folder();
    struct asked a;
    assert_true(is_in(data, "bad users", everybody, text_value(&a, "joe")));
    assert_true(is_in(data, "bad users", everybody, text_value(&a, "ann")));
    assert_false(is_in(data, "bad users", everybody, text_value(&a, "JOE")));
    assert_true(is_in(data, "hosts", everybody, text_value(&a, "a,b")));
    assert_true(is_in(data, "hosts", everybody, text_value(&a, "c")));
    assert_false(is_in(data, "hosts", everybody, text_value(&a, "host")));
    expect_cell(data, REFERENCE_MAP, "owner", NULL, ip_value(&a, "10.0.0.9"), "joe");
    expect_cell(data, REFERENCE_TABLE, "people", "team", text_value(&a, "joe"), "Ops");
    assert_null(reference_find(data, REFERENCE_SET, STR("notes")));
    reference_data_free(data);
}

static void an_empty_folder_holds_nothing(void **state)
{
    struct reference_data *data = create();
    bool is_loaded = false;
    assert_int_equal(reference_data_load_folder(data, folder, &is_loaded, NULL), TOCSIN_OK);
    assert_false(is_loaded);
    assert_null(reference_find(data, REFERENCE_SET, STR("x")));
    assert_int_equal(reference_suggest(data, REFERENCE_SET, STR("x")).len, 0);
    reference_data_free(data);
    reference_data_free(NULL);
}

/* ---- types ---- */

static struct reference_data *load_text(const char *text)
{
    struct reference_data *data = create();
    struct error err = {0};
    if (reference_data_load_text(data, str_from_cstring(text), "f.yaml", folder, &err) != TOCSIN_OK) {
        fail_msg("%s:%u:%u: %s", err.source, err.line, err.column, err.message);
    }
    return data;
}

static void types_decide_what_is_equal(void **state)
{
    struct reference_data *data =
        load_text("reference_data:\n"
                  " - {name: aln, values: [Joe, '10.0.0.9', '5', 'true', '1.5', ' x']}\n"
                  " - {name: alnic, type: alnic, values: ['ÄRGER', Straße, TRUE, a]}\n"
                  " - {name: num, type: NUM, values: [5, -7.0, 1.5, 1e3, 9223372036854775807]}\n"
                  " - {name: port, type: PORT, values: [0, 443, 65535]}\n"
                  " - {name: date, type: DATE, values: [1700000000000]}\n"
                  " - {name: ip, type: IP, values: ['::ffff:10.0.0.9', '2001:DB8::1']}\n");
    struct asked a;
    assert_true(is_in(data, "aln", everybody, text_value(&a, "Joe")));
    assert_false(is_in(data, "aln", everybody, text_value(&a, "joe")));
    assert_true(is_in(data, "aln", everybody, ip_value(&a, "10.0.0.9")));
    assert_true(is_in(data, "aln", everybody, integer_value(&a, 5)));
    assert_true(is_in(data, "aln", everybody, bool_value(&a, true)));
    assert_true(is_in(data, "aln", everybody, double_value(&a, 1.5)));
    assert_true(is_in(data, "aln", everybody, text_value(&a, " x")));
    assert_false(is_in(data, "aln", everybody, text_value(&a, "x")));

    assert_true(is_in(data, "alnic", everybody, text_value(&a, "\xC3\xA4rger")));
    assert_true(is_in(data, "alnic", everybody,
                      text_value(&a, "STRA\xC3\x9F"
                                     "E")));
    assert_true(is_in(data, "alnic", everybody, bool_value(&a, true)));
    assert_true(is_in(data, "alnic", everybody, text_value(&a, "A")));
    assert_false(is_in(data, "alnic", everybody, text_value(&a, "A\xFF")));

    assert_true(is_in(data, "num", everybody, integer_value(&a, 5)));
    assert_true(is_in(data, "num", everybody, text_value(&a, "5.0")));
    assert_true(is_in(data, "num", everybody, double_value(&a, 5.0)));
    assert_true(is_in(data, "num", everybody, integer_value(&a, -7)));
    assert_true(is_in(data, "num", everybody, double_value(&a, 1.5)));
    assert_true(is_in(data, "num", everybody, integer_value(&a, 1000)));
    assert_true(is_in(data, "num", everybody, integer_value(&a, INT64_MAX)));
    assert_false(is_in(data, "num", everybody, integer_value(&a, INT64_MAX - 1)));
    assert_false(is_in(data, "num", everybody, text_value(&a, "five")));
    assert_false(is_in(data, "num", everybody, ip_value(&a, "0.0.0.5")));
    assert_false(is_in(data, "num", everybody, bool_value(&a, true)));

    assert_true(is_in(data, "port", everybody, integer_value(&a, 443)));
    assert_true(is_in(data, "port", everybody, text_value(&a, "443")));
    assert_false(is_in(data, "port", everybody, integer_value(&a, 80)));
    assert_true(is_in(data, "date", everybody, integer_value(&a, 1700000000000)));
    assert_true(is_in(data, "ip", everybody, ip_value(&a, "10.0.0.9")));
    assert_true(is_in(data, "ip", everybody, text_value(&a, "2001:db8:0::1")));
    assert_false(is_in(data, "ip", everybody, integer_value(&a, 5)));
    assert_false(is_in(data, "ip", everybody, double_value(&a, 5)));
    reference_data_free(data);
}

/* ---- mistakes ---- */

#define ENTRY(rest) "reference_data:\n - {name: X, " rest "}\n"

static const struct {
    const char *index; /* or NULL */
    const char *file;  /* of reference/f.csv, or NULL */
    const char *place; /* end of the source: line */
    const char *message;
} mistakes[] = {
    {ENTRY("type: text, values: []"), NULL, "reference_data.yaml:2", "must be one of a few words"},
    {ENTRY("type: IP"), NULL, "reference_data.yaml:2", "either 'file' or 'values'"},
    {ENTRY("file: a.txt, values: [a]"), NULL, "reference_data.yaml:2", "either 'file' or 'values'"},
    {ENTRY("kind: map, values: [a]"), NULL, "reference_data.yaml:2", "'values' is for sets"},
    {ENTRY("kind: map, type: CIDR, file: reference/f.csv"), NULL, "reference_data.yaml:2", "only a set holds blocks"},
    {ENTRY("key_type: IP, values: [a]"), NULL, "reference_data.yaml:2", "a set has no keys"},
    {ENTRY("kind: map, key_type: CIDR, file: reference/f.csv"), NULL, "reference_data.yaml:2",
     "blocks of addresses cannot be keys"},
    {ENTRY("columns: [{name: a}], values: [a]"), NULL, "reference_data.yaml:2", "'columns' is for tables"},
    {ENTRY("kind: table, columns: [{name: a, type: CIDR}], file: reference/f.csv"), NULL, "reference_data.yaml:2",
     "only a set holds blocks"},
    {ENTRY("type: IP, values: [10.0.0.1, 10.0.0]"), NULL, "reference_data.yaml:2", "'10.0.0' is no address"},
    {ENTRY("type: CIDR, values: [10.0.0.0/33]"), NULL, "reference_data.yaml:2",
     "'10.0.0.0/33' is no block of addresses"},
    {ENTRY("type: PORT, values: [65536]"), NULL, "reference_data.yaml:2", "'65536' is no port"},
    {ENTRY("type: NUM, values: [nan]"), NULL, "reference_data.yaml:2", "'nan' is no number"},
    {ENTRY("type: DATE, values: [now]"), NULL, "reference_data.yaml:2", "'now' is no time in milliseconds"},
    {ENTRY("file: reference/none.txt"), NULL, "reference_data.yaml:2", "cannot open"},
    {ENTRY("kind: map, file: reference_data.yaml"), NULL, "reference_data.yaml:2",
     "a reference map is read from a CSV file, and 'reference_data.yaml' is none"},
    {"reference_data:\n - {name: X, values: [a]}\n - {name: x, values: [b]}\n", NULL, "reference_data.yaml:3",
     "there are two of the reference set 'x'"},
    {"reference_data:\n - {name: F, values: [a]}\n", "v\n1\n", "reference/f.csv:1",
     "there are two of the reference set 'f'"},
    {ENTRY("type: IP, file: reference/f.csv"), "a,b\n10.0.0.1,x\nx,y\n", "reference/f.csv:3", "'x' is no address"},
    {ENTRY("kind: map, file: reference/f.csv"), "a,b,c\n1,2,3\n", "reference/f.csv:1",
     "a reference map has two columns, not 3"},
    {ENTRY("kind: table, file: reference/f.csv"), "a\n1\n", "reference/f.csv:1",
     "a reference table has two or more columns, not 1"},
    {ENTRY("kind: table, file: reference/f.csv"), "", "reference/f.csv:1", "the file is empty"},
    {ENTRY("kind: table, file: reference/f.csv"), "a,,c\n", "reference/f.csv:1", "column 2 has no name"},
    {ENTRY("kind: table, file: reference/f.csv"), "a,b,B\n", "reference/f.csv:1", "two columns are called 'B'"},
    {ENTRY("kind: table, columns: [{name: z}], file: reference/f.csv"), "a,b,c\n", "reference/f.csv:1",
     "there is no column 'z' here"},
    {ENTRY("kind: table, columns: [{name: c, type: NUM}], file: reference/f.csv"), "a,b,c\nx,y,\nz,y,w\n",
     "reference/f.csv:3", "'w' is no number"},
    {ENTRY("kind: map_of_sets, file: reference/f.csv"), "a,b\nx\n", "reference/f.csv:2", "a key and no element"},
    {NULL, "a,b\nx,1\nx,2\n", "reference/f.csv:3", "the key 'x' stands here twice"},
    {NULL, "a,b\n,1\n", "reference/f.csv:2", "the key is empty"},
    {NULL, "a,b\nx,1,2\n", "reference/f.csv:2", "this line has 3 fields, the first line 2"},
    {NULL, "a,b\nx,\"1\n", "reference/f.csv:2", "is never closed"},
};

static void mistakes_are_told_with_their_place(void **state)
{
    for (size_t i = 0; i < countof(mistakes); i++) {
        if (mistakes[i].index) {
            place("reference_data.yaml", mistakes[i].index);
        }
        if (mistakes[i].file) {
            place("reference/f.csv", mistakes[i].file);
        }
        struct reference_data *data = create();
        struct error err = {0};
        bool is_loaded = false;
        tocsin_status status = reference_data_load_folder(data, folder, &is_loaded, &err);
        char source[512];
        snprintf(source, sizeof(source), "%s:%u", err.source, err.line);
        if (status != TOCSIN_ERROR_CONFIG ||
            !str_ends_with(str_from_cstring(source), str_from_cstring(mistakes[i].place)) ||
            !strstr(err.message, mistakes[i].message)) {
            fail_msg("case %zu: %d %s: %s", i, (int)status, source, err.message);
        }
        reference_data_free(data);
        while (placed_count > 0) {
            assert_int_equal(unlink(placed[--placed_count]), 0);
        }
    }
}

/* ---- limits ---- */

static str lines_of_numbers(uint32_t count, const char *front, const char *behind)
{
    size_t each = strlen(behind) + 9;
    char *text = memory_allocate(strlen(front) + each * count + 1);
    assert_non_null(text);
    size_t bytes = (size_t)snprintf(text, strlen(front) + 1, "%s", front);
    for (uint32_t i = 0; i < count; i++) {
        char digits[8];
        size_t digit_count = 0;
        for (uint32_t rest = i; digit_count == 0 || rest > 0; rest /= 10) {
            digits[digit_count++] = (char)('0' + rest % 10);
        }
        memcpy(text + bytes, digits, digit_count);
        bytes += digit_count;
        memcpy(text + bytes, behind, strlen(behind));
        bytes += strlen(behind);
    }
    return str_from(text, bytes);
}

static void a_million_lines_take_about_a_second(void **state)
{
    enum { LINES = 1000000 };
    struct reference_data *data = create();
    str text = lines_of_numbers(LINES, "", "\n");
    int64_t began = clock_monotonic_ns();
    assert_int_equal(reference_data_load_file_text(data, STR("n.txt"), text, "n.txt", NULL), TOCSIN_OK);
    int64_t took_ms = (clock_monotonic_ns() - began) / 1000000;
    print_message("%d lines in %d ms\n", LINES, (int)took_ms);
    assert_true(took_ms < 20000); /* of a sanitized build on a loaded machine */
    assert_int_equal(reference_count(reference_find(data, REFERENCE_SET, STR("n"))), LINES);
    struct asked a;
    assert_true(is_in(data, "n", everybody, text_value(&a, "999999")));
    assert_false(is_in(data, "n", everybody, text_value(&a, "0000001")));
    reference_data_free(data);
}

static void a_set_holds_so_many_elements(void **state)
{
    struct reference_data *data = create();
    str text = lines_of_numbers(LIMIT_REFERENCE_ELEMENTS + 1, "", "\n");
    struct error err = {0};
    assert_int_equal(reference_data_load_file_text(data, STR("n.txt"), text, "n.txt", &err), TOCSIN_ERROR_CONFIG);
    assert_string_equal(err.message, "there are more than 5000000 elements");
    assert_int_equal(err.line, LIMIT_REFERENCE_ELEMENTS + 1);
    reference_data_free(data);
}

static void a_table_holds_so_many_cells(void **state)
{
    struct reference_data *data = create();
    str text = lines_of_numbers(LIMIT_REFERENCE_ELEMENTS / 5 + 1, "k,a,b,c,d,e\n", "\n");
    struct error err = {0};
    assert_int_equal(reference_data_load_file_text(data, STR("n.csv"), text, "n.csv", &err), TOCSIN_ERROR_CONFIG);
    assert_string_equal(err.message, "there are more than 5000000 elements");
    reference_data_free(data);
}

static void a_file_is_so_large(void **state)
{
    place("reference/large.txt", "");
    assert_int_equal(truncate(placed[0], (off_t)LIMIT_REFERENCE_BYTES + 1), 0);
    struct reference_data *data = create();
    struct error err = {0};
    bool is_loaded = false;
    assert_int_equal(reference_data_load_folder(data, folder, &is_loaded, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "is larger than 256 MiB"));
    reference_data_free(data);
}

static void there_are_so_many_collections(void **state)
{
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_append(&text, STR("reference_data:\n"));
    for (int i = 0; i <= LIMIT_REFERENCE_COLLECTIONS; i++) {
        strbuf_append_format(&text, " - {name: s%d, values: [a]}\n", i);
    }
    struct reference_data *data = create();
    struct error err = {0};
    assert_int_equal(reference_data_load_text(data, strbuf_str(&text), "f.yaml", folder, &err), TOCSIN_ERROR_CONFIG);
    assert_string_equal(err.message, "there are more than 1000 collections of reference data");
    assert_int_equal(err.line, LIMIT_REFERENCE_COLLECTIONS + 2);
    assert_non_null(reference_find(data, REFERENCE_SET, STR("s999")));
    reference_data_free(data);
    strbuf_release(&text);
}

static void lack_of_memory_is_told(void **state)
{
    place("reference_data.yaml",
          "reference_data:\n"
          " - {name: a, type: ALNIC, values: [A, B]}\n - {name: b, type: CIDR, values: [10.0.0.0/8]}\n"
          " - {name: c, kind: table, file: reference/c.csv}\n"
          " - {name: d, kind: map_of_sets, type: IP, file: reference/d.csv}\n");
    place("reference/c.csv", "k,a,b\nx,\"a\"\"b\",c\n");
    place("reference/d.csv", "k,v\nx,10.0.0.1\n");
    place("reference/e.txt", "a\nb\n");
    tocsin_status status = TOCSIN_ERROR_MEMORY;
    for (uint64_t n = 1; status != TOCSIN_OK; n++) {
        struct reference_data *data = NULL;
        bool is_loaded = false;
        memory_fail_at(n, 0);
        status = reference_data_create(&data, NULL);
        status = status == TOCSIN_OK ? reference_data_load_folder(data, folder, &is_loaded, NULL) : status;
        memory_fail_at(0, 0);
        assert_true(status == TOCSIN_OK || status == TOCSIN_ERROR_MEMORY);
        assert_true(status == TOCSIN_OK || n < 10000);
        reference_data_free(data);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_documented_example_works),
        TEST(files_need_no_description),
        TEST(an_empty_folder_holds_nothing),
        TEST(types_decide_what_is_equal),
        TEST(mistakes_are_told_with_their_place),
        TEST(a_million_lines_take_about_a_second),
        TEST(a_set_holds_so_many_elements),
        TEST(a_table_holds_so_many_cells),
        TEST(a_file_is_so_large),
        TEST(there_are_so_many_collections),
        TEST(lack_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
