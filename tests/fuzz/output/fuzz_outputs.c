/* Hostile column names, values, file names and evidence through every output: no control byte ever reaches a screen,
 * text is always valid UTF-8, and JSON is always JSON. */
#include <assert.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "output/output.h"

enum { COLUMNS_MAX = 6, ROWS_MAX = 4 };

/* ---- a strict reader of JSON, only to say yes or no ---- */

static const char *json_skip_value(const char *at, const char *end, int depth);

static const char *json_skip_string(const char *at, const char *end)
{
    assert(at < end && *at == '"');
    for (at++; *at != '"'; at++) {
        assert(at < end && (unsigned char)*at >= 0x20);
        if (*at == '\\') {
            at++;
            assert(at < end && strchr("\"\\/bfnrtu", *at));
            for (int i = 0; *at == 'u' && i < 4; i++) {
                assert(end - at > 4 && strchr("0123456789abcdef", at[1 + i]));
            }
        }
    }
    return at + 1;
}

static const char *json_skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n')) {
        at++;
    }
    assert(at < end);
    return at;
}

static const char *json_skip_container(const char *at, const char *end, int depth)
{
    char close = *at == '{' ? '}' : ']';
    at = json_skip_blanks(at + 1, end);
    while (*at != close) {
        if (close == '}') {
            at = json_skip_blanks(json_skip_string(at, end), end);
            assert(*at == ':');
            at = json_skip_blanks(at + 1, end);
        }
        at = json_skip_blanks(json_skip_value(at, end, depth + 1), end);
        if (*at == ',') {
            at = json_skip_blanks(at + 1, end);
            assert(*at != close);
        } else {
            assert(*at == close);
        }
    }
    return at + 1;
}

static const char *json_skip_value(const char *at, const char *end, int depth)
{
    static const char *const words[] = {"true", "false", "null"};
    assert(depth < 8 && at < end);
    if (*at == '"') {
        return json_skip_string(at, end);
    }
    if (*at == '{' || *at == '[') {
        return json_skip_container(at, end, depth);
    }
    for (size_t i = 0; i < countof(words); i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(end - at) >= len && memcmp(at, words[i], len) == 0) {
            return at + len;
        }
    }
    const char *from = at;
    while (at < end && strchr("+-.0123456789E", *at)) {
        at++;
    }
    double value;
    assert(str_to_double((str){from, (size_t)(at - from)}, &value));
    return at;
}

/* ---- a result made of the fuzzer's bytes ---- */

struct bytes {
    const uint8_t *data;
    size_t size;
};

static uint8_t take_byte(struct bytes *bytes)
{
    if (bytes->size == 0) {
        return 0;
    }
    bytes->size--;
    return *bytes->data++;
}

static str take_text(struct bytes *bytes)
{
    size_t len = take_byte(bytes);
    if (len >= 0xF8) { /* now and then a long one: the rest, many times, would be too slow */
        len = bytes->size;
    }
    len = len < bytes->size ? len : bytes->size;
    str text = {(const char *)bytes->data, len};
    bytes->data += len;
    bytes->size -= len;
    return text;
}

static int64_t take_integer(struct bytes *bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | take_byte(bytes);
    }
    return (int64_t)value;
}

static void fill(struct column *column, uint32_t row, struct bytes *bytes)
{
    union {
        int64_t integer;
        double number;
    } bits;
    struct ip ip;
    switch (column->type) {
    case TYPE_BOOL:
        column_set_bool(column, row, take_byte(bytes) & 1);
        break;
    case TYPE_INT64:
        column_set_integer(column, row, take_integer(bytes));
        break;
    case TYPE_DOUBLE:
        bits.integer = take_integer(bytes);
        column_set_double(column, row, bits.number);
        break;
    case TYPE_IP:
        for (size_t i = 0; i < sizeof(ip.bytes); i++) {
            ip.bytes[i] = take_byte(bytes);
        }
        column_set_ip(column, row, ip);
        break;
    case TYPE_STRING:
    case TYPE_BYTES:
        column_set_string(column, row, take_text(bytes));
        break;
    case TYPE_NULL:
    case TYPE_COUNT:
        break;
    }
}

static tocsin_status keep(void *state, str bytes, struct error *err)
{
    strbuf_append(state, bytes);
    return TOCSIN_OK;
}

/* ---- HTML: nothing but our own tags and attributes ---- */

static bool is_word_of(str word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(word, str_from_cstring(words[i]))) {
            return true;
        }
    }
    return false;
}

static const char *skip_word(const char *at, const char *end)
{
    while (at < end && *at != ' ' && *at != '>' && *at != '=' && *at != '/') {
        at++;
    }
    return at;
}

/* Behind a '<': the tag's name, then attributes in double quotes, then '>'. */
static const char *check_tag(const char *at, const char *end)
{
    static const char *const tags[] = {"!DOCTYPE", "html", "head", "meta", "title", "style",   "body",    "h2",
                                       "h3",       "p",    "pre",  "code", "table", "tr",      "th",      "td",
                                       "span",     "div",  "b",    "a",    "aside", "details", "summary", "article"};
    static const char *const names[] = {"lang",  "charset", "http-equiv", "content", "name",
                                        "class", "id",      "style",      "href",    "html"};
    at += *at == '/';
    const char *from = at;
    at = skip_word(at, end);
    assert(is_word_of((str){from, (size_t)(at - from)}, tags, countof(tags)));
    while (at < end && *at == ' ') {
        from = ++at;
        at = skip_word(at, end);
        assert(is_word_of((str){from, (size_t)(at - from)}, names, countof(names)));
        if (*at == '=') {
            assert(at[1] == '"');
            for (at += 2; *at != '"'; at++) {
                assert(at < end && *at != '<' && *at != '>');
            }
            at++;
        }
    }
    assert(at < end && *at == '>');
    return at + 1;
}

static void check_html(str text)
{
    const char *end = text.data + text.len;
    size_t style = str_find(text, STR("</style>"), 0);
    assert(style != SIZE_MAX);
    for (const char *at = text.data; at < end;) {
        at = *at == '<' ? check_tag(at + 1, end) : at + 1;
    }
}

static void check_text(const char *output, str text)
{
    assert(utf8_is_valid(text));
    bool is_csv = strcmp(output, "csv") == 0;
    bool is_tsv = strcmp(output, "tsv") == 0;
    for (size_t i = 0; i < text.len;) {
        uint32_t c;
        i += utf8_decode(str_skip(text, i), &c);
        assert(!utf8_is_control(c) || c == '\n' || (c == '\t' && (is_csv || is_tsv)) || (c == '\r' && is_csv));
    }
    if (strcmp(output, "html") == 0) {
        check_html(text);
    }
    if (strcmp(output, "json") == 0) {
        const char *end = text.data + text.len;
        assert(json_skip_value(text.data, end, 0) == end - 1 && end[-1] == '\n');
    }
    while (strcmp(output, "ndjson") == 0 && text.len > 0) {
        size_t line_end = str_find_char(text, '\n', 0);
        assert(line_end != SIZE_MAX && text.data[0] == '{');
        assert(json_skip_value(text.data, text.data + line_end, 0) == text.data + line_end);
        text = str_skip(text, line_end + 1);
    }
}

static void run(const struct output_def *output, const struct result_header *header, const struct result_batch *batch,
                unsigned width)
{
    struct strbuf written;
    strbuf_init(&written, (size_t)1 << 30);
    struct output_options options = {.sink = {keep, &written}, .shows_evidence = true, .width = width};
    void *state = NULL;
    struct error err;
    tocsin_status status = output->open(&options, &state, &err);
    for (int i = 0; i < 2 && status == TOCSIN_OK; i++) {
        status = output->begin(state, header, &err);
        status = status == TOCSIN_OK ? output->push(state, batch, &err) : status;
        status = status == TOCSIN_OK ? output->end(state, &err) : status;
    }
    status = status == TOCSIN_OK ? output->finish(state, &err) : status;
    assert(status == TOCSIN_OK);
    output->close(state);
    check_text(output->name, strbuf_str(&written));
    strbuf_release(&written);
}

struct hostile_findings {
    struct result_finding shown[ROWS_MAX];
    struct result_act acts[ROWS_MAX];
    str rule_ids[ROWS_MAX];
};

static void make_findings(struct result_batch *batch, struct bytes *bytes, struct hostile_findings *findings)
{
    static const uint32_t lines[] = {0};
    batch->findings = findings->shown;
    batch->rule_ids = findings->rule_ids;
    for (uint32_t row = 0; row < batch->row_count; row++) {
        str rule = findings->rule_ids[row] = take_text(bytes);
        struct result_act *act = &findings->acts[row];
        *act = (struct result_act){.rule_id = rule, .level = batch->levels[row], .risk = batch->risks[row]};
        act->act = take_text(bytes);
        act->detail = take_text(bytes);
        act->lines = lines;
        act->line_count = 1;
        struct result_finding *finding = &findings->shown[row];
        *finding = (struct result_finding){.items = act, .item_count = 1, .rules = rule, .acts = act->act};
        finding->time = take_text(bytes);
        finding->identity = take_text(bytes);
        finding->host = take_text(bytes);
        finding->targets = take_text(bytes);
        finding->detail = act->detail;
        finding->excepted = take_text(bytes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes bytes = {data, size};
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct result_column names[COLUMNS_MAX];
    struct column columns[COLUMNS_MAX];
    struct evidence spans[ROWS_MAX];
    struct result_evidence evidence[ROWS_MAX];
    int64_t risks[ROWS_MAX];
    str levels[ROWS_MAX];
    uint8_t shape = take_byte(&bytes);
    unsigned width = take_byte(&bytes);
    str input_names[2] = {take_text(&bytes), STR("a.log")};
    struct result_header header = {.columns = names, .input_names = input_names, .input_count = 2};
    struct result_batch batch = {.columns = columns, .row_count = 1 + shape / 16 % ROWS_MAX, .evidence = evidence};
    if (shape & 8) {
        header.rule_id = take_text(&bytes);
        header.rule_title = take_text(&bytes);
    }
    if (header.rule_id.len > 0) {
        batch.risks = risks;
        batch.levels = levels;
    }
    header.column_count = 1 + shape % 8 % COLUMNS_MAX;
    for (uint32_t i = 0; i < header.column_count; i++) {
        enum value_type type = take_byte(&bytes) % TYPE_COUNT;
        names[i] = (struct result_column){.name = take_text(&bytes), .type = type};
        if (!column_init(&columns[i], type, &arena)) {
            abort();
        }
    }
    for (uint32_t row = 0; row < batch.row_count; row++) {
        for (uint32_t i = 0; i < header.column_count; i++) {
            if (take_byte(&bytes) % 4 > 0) {
                fill(&columns[i], row, &bytes);
            }
        }
        risks[row] = take_byte(&bytes);
        levels[row] = take_text(&bytes);
        spans[row] = (struct evidence){.input = take_byte(&bytes) % 3, .line = row, .line_count = take_byte(&bytes)};
        spans[row].raw = take_text(&bytes);
        evidence[row] = (struct result_evidence){.lines = &spans[row], .count = 1, .more = row};
    }
    struct hostile_findings findings;
    if (header.rule_id.len > 0 && take_byte(&bytes) & 1) {
        header.is_findings = true;
        make_findings(&batch, &bytes, &findings);
    }
    size_t count;
    const struct output_def *const *outputs = output_list(&count);
    for (size_t i = 0; i < count; i++) {
        run(outputs[i], &header, &batch, strcmp(outputs[i]->name, "table") == 0 ? width : 0);
    }
    arena_release(&arena);
    return 0;
}
