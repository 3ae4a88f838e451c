#include "support/case_file.h"

#include "base/strbuf.h"

/* State of one parse. */
struct parser {
    struct arena *arena;
    const char *path;
    str text;
    size_t offset; /* of the next line */
    uint32_t line; /* number of the line read last */
    struct case_file *file;
    struct case_settings common;
    struct test_case *current; /* NULL: still in the file's head */
    bool is_case_open;         /* @case was read, its @query was not */
    struct error *err;
};

/* A directive: "@name words". */
struct directive {
    str name;
    str words[4];
    size_t word_count;
    str rest; /* all words, as written */
};

static tocsin_status fail(struct parser *parser, const char *message, str what)
{
    tocsin_status status = error_set(parser->err, TOCSIN_ERROR_CONFIG, "%s:%u: %s%.*s", parser->path,
                                     (unsigned)parser->line, message, STR_ARG(what));
    return status;
}

static str next_line(struct parser *parser)
{
    size_t end = str_find_char(parser->text, '\n', parser->offset);
    end = end == SIZE_MAX ? parser->text.len : end;
    str line = str_slice(parser->text, parser->offset, end);
    parser->offset = end < parser->text.len ? end + 1 : end;
    parser->line++;
    return line;
}

static bool is_directive(str line)
{
    return line.len > 1 && line.data[0] == '@' && ascii_is_alpha(line.data[1]);
}

static struct directive split_directive(str line)
{
    struct directive directive = {.rest = STR_EMPTY};
    size_t end = str_find_char(line, ' ', 0);
    directive.name = str_slice(line, 1, end == SIZE_MAX ? line.len : end);
    directive.rest = end == SIZE_MAX ? STR_EMPTY : str_trim(str_skip(line, end));
    str rest = directive.rest;
    while (rest.len > 0 && directive.word_count < countof(directive.words)) {
        end = str_find_char(rest, ' ', 0);
        end = end == SIZE_MAX ? rest.len : end;
        directive.words[directive.word_count++] = str_slice(rest, 0, end);
        rest = str_trim(str_skip(rest, end));
    }
    return directive;
}

/* The lines up to the next directive, without blank lines at their end. */
static str read_block(struct parser *parser)
{
    size_t start = parser->offset;
    while (parser->offset < parser->text.len) {
        size_t before = parser->offset;
        if (is_directive(next_line(parser))) {
            parser->offset = before;
            parser->line--;
            break;
        }
    }
    str block = str_slice(parser->text, start, parser->offset);
    while (block.len > 0 && block.data[block.len - 1] == '\n') {
        block.len--;
    }
    return block;
}

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = memchr(digits, c, sizeof(digits) - 1);
    return found ? (int)(found - digits) : -1;
}

static bool decode_base64(struct strbuf *target, str text)
{
    uint32_t bits = 0;
    unsigned bit_count = 0;
    for (size_t i = 0; i < text.len && text.data[i] != '='; i++) {
        if (ascii_is_blank(text.data[i])) {
            continue;
        }
        int digit = base64_digit(text.data[i]);
        if (digit < 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)digit;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            strbuf_append_char(target, (char)(bits >> bit_count & 0xFF));
        }
    }
    return true;
}

static bool decode_hex(struct strbuf *target, str text)
{
    char pair[2];
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (ascii_is_blank(text.data[i])) {
            continue;
        }
        pair[count++] = text.data[i];
        char byte;
        if (count == 2) {
            if (!str_hex_decode(str_from(pair, 2), &byte)) {
                return false;
            }
            strbuf_append_char(target, byte);
            count = 0;
        }
    }
    return count == 0;
}

/* \n \t \r \\ \xNN; line ends are kept; a backslash at the end of a line takes the line end away. */
static bool decode_escapes(struct strbuf *target, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '\\') {
            strbuf_append_char(target, text.data[i]);
            continue;
        }
        if (++i == text.len) {
            return true;
        }
        static const char names[] = "ntr\\\n";
        static const char values[] = "\n\t\r\\";
        const char *name = memchr(names, text.data[i], sizeof(names) - 1);
        char byte;
        if (name && *name == '\n') {
            continue;
        } else if (name) {
            strbuf_append_char(target, values[name - names]);
        } else if (text.data[i] == 'x' && str_hex_decode(str_slice(text, i + 1, i + 3), &byte)) {
            strbuf_append_char(target, byte);
            i += 2;
        } else {
            return false;
        }
    }
    return true;
}

/* "@@" at the start of a line stands for "@". */
static bool decode_plain(struct strbuf *target, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_doubled = text.data[i] == '@' && (i == 0 || text.data[i - 1] == '\n') && i + 1 < text.len &&
                          text.data[i + 1] == '@';
        i += is_doubled;
        strbuf_append_char(target, text.data[i]);
    }
    return true;
}

static const struct encoding {
    const char *name;
    bool (*decode)(struct strbuf *target, str text);
    bool has_line_end; /* one is added behind the last line */
} encodings[] = {
    {"plain", decode_plain, true},
    {"escape", decode_escapes, true},
    {"escape-cut", decode_escapes, false},
    {"cut", decode_plain, false},
    {"hex", decode_hex, false},
    {"base64", decode_base64, false},
};

static const struct encoding *find_encoding(str name)
{
    for (size_t i = 0; i < countof(encodings); i++) {
        if (str_eq(name, str_from_cstring(encodings[i].name))) {
            return &encodings[i];
        }
    }
    return NULL;
}

static tocsin_status decode_block(struct parser *parser, const struct encoding *encoding, str *ret_bytes)
{
    str block = read_block(parser);
    struct strbuf buffer;
    strbuf_init(&buffer, 64 * 1024 * 1024);
    bool is_good = encoding->decode(&buffer, block);
    if (encoding->has_line_end && block.len > 0) {
        strbuf_append_char(&buffer, '\n');
    }
    *ret_bytes = arena_copy(parser->arena, strbuf_str(&buffer));
    strbuf_release(&buffer);
    return is_good ? TOCSIN_OK : fail(parser, "cannot decode block as ", str_from_cstring(encoding->name));
}

static struct case_settings *settings(struct parser *parser)
{
    return parser->current ? &parser->current->settings : &parser->common;
}

static tocsin_status start_case(struct parser *parser, str name)
{
    if (parser->file->case_count == CASES_PER_FILE_MAX) {
        return fail(parser, "too many cases in one file", STR_EMPTY);
    }
    parser->current = &parser->file->cases[parser->file->case_count++];
    *parser->current = (struct test_case){.name = name, .line = parser->line, .settings = parser->common};
    parser->is_case_open = true;
    return TOCSIN_OK;
}

/* @input [NAME.EXTENSION] [FORMAT] [ENCODING], with the bytes below. */
static tocsin_status read_input(struct parser *parser, const struct directive *directive)
{
    struct case_settings *target = settings(parser);
    if (target->input_count == CASE_INPUTS_MAX) {
        return fail(parser, "too many inputs", STR_EMPTY);
    }
    static const char *const names[CASE_INPUTS_MAX] = {"a.log", "b.log", "c.log", "d.log", "e.log", "f.log",
                                                       "g.log", "h.log", "i.log", "j.log", "k.log", "l.log",
                                                       "m.log", "n.log", "o.log", "p.log"};
    struct case_input input = {.name = str_from_cstring(names[target->input_count])};
    const struct encoding *encoding = &encodings[0];
    for (size_t i = 0; i < directive->word_count; i++) {
        str word = directive->words[i];
        const struct encoding *found = find_encoding(word);
        if (found) {
            encoding = found;
        } else if (str_contains(word, STR("."))) {
            input.name = word;
        } else {
            target->format = word;
        }
    }
    tocsin_status status = decode_block(parser, encoding, &input.bytes);
    target->inputs[target->input_count++] = input;
    return status;
}

/* @config NAME [ENCODING], with the bytes below; or @config NAME PATH, a file of the project. A file of that name that
 * is there already is replaced. */
static tocsin_status read_config(struct parser *parser, const struct directive *directive)
{
    struct case_settings *target = settings(parser);
    if (directive->word_count == 0) {
        return fail(parser, "@config needs the name of a file", STR_EMPTY);
    }
    struct case_input config = {.name = directive->words[0]};
    const struct encoding *encoding = &encodings[0];
    if (directive->word_count > 1 && find_encoding(directive->words[1])) {
        encoding = find_encoding(directive->words[1]);
    } else if (directive->word_count > 1) {
        config.path = directive->words[1];
    }
    tocsin_status status = config.path.len > 0 ? TOCSIN_OK : decode_block(parser, encoding, &config.bytes);
    size_t at = 0;
    while (at < target->config_count && !str_eq(target->configs[at].name, config.name)) {
        at++;
    }
    if (at == CASE_CONFIGS_MAX) {
        return fail(parser, "too many configuration files", STR_EMPTY);
    }
    target->configs[at] = config;
    target->config_count += at == target->config_count;
    return status;
}

/* @file PATH [NAME] */
static tocsin_status read_file(struct parser *parser, const struct directive *directive)
{
    struct case_settings *target = settings(parser);
    if (target->input_count == CASE_INPUTS_MAX || directive->word_count == 0) {
        return fail(parser, "too many inputs, or no path", STR_EMPTY);
    }
    str path = directive->words[0];
    size_t base = 0;
    for (size_t slash; (slash = str_find_char(path, '/', base)) != SIZE_MAX;) {
        base = slash + 1;
    }
    str name = directive->word_count > 1 ? directive->words[1] : str_skip(path, base);
    target->inputs[target->input_count++] = (struct case_input){.name = name, .path = path};
    return TOCSIN_OK;
}

/* @query or @rule, with the text below. */
static tocsin_status read_query(struct parser *parser, const struct directive *directive)
{
    if (!parser->is_case_open) {
        str name = directive->rest.len > 0 ? directive->rest : STR_EMPTY;
        tocsin_status status = start_case(parser, name);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    parser->is_case_open = false;
    parser->current->is_rule = str_eq(directive->name, STR("rule"));
    return decode_block(parser, find_encoding(STR("cut")), &parser->current->query);
}

/* @first, with the text below. */
static tocsin_status read_first(struct parser *parser, const struct directive *directive)
{
    struct case_settings *target = settings(parser);
    if (target->first_count == CASE_FIRSTS_MAX) {
        return fail(parser, "too many queries that come first", STR_EMPTY);
    }
    return decode_block(parser, find_encoding(STR("cut")), &target->firsts[target->first_count++]);
}

/* @query_file PATH */
static tocsin_status read_query_file(struct parser *parser, const struct directive *directive)
{
    if (directive->word_count == 0 || !parser->is_case_open) {
        return fail(parser, "@query_file needs a path, and @case in front", STR_EMPTY);
    }
    parser->is_case_open = false;
    parser->current->query_path = directive->words[0];
    return TOCSIN_OK;
}

/* @expect KIND [TEXT], or with the text below. */
static tocsin_status read_expect(struct parser *parser, const struct directive *directive)
{
    struct test_case *test = parser->current;
    if (!test || directive->word_count == 0 || test->expect_count == CASE_EXPECTS_MAX) {
        return fail(parser, "@expect needs a case in front and a kind behind, and there may be eight", STR_EMPTY);
    }
    struct case_expect *expect = &test->expects[test->expect_count++];
    expect->kind = directive->words[0];
    expect->text = directive->word_count > 1 ? str_trim(str_skip(directive->rest, directive->words[0].len))
                                             : read_block(parser);
    expect->offset = (size_t)(expect->text.data - parser->text.data);
    expect->offset_end = expect->offset + expect->text.len;
    return TOCSIN_OK;
}

/* @exclude TARGET reason. */
static tocsin_status read_exclude(struct parser *parser, const struct directive *directive)
{
    if (directive->word_count < 2) {
        return fail(parser, "@exclude needs a target and a reason", STR_EMPTY);
    }
    str reason = str_trim(str_skip(directive->rest, directive->words[0].len));
    if (str_eq(directive->words[0], STR("file"))) {
        settings(parser)->exclude_reason = reason;
    } else if (str_eq(directive->words[0], STR("store"))) {
        settings(parser)->store_exclude_reason = reason;
    } else if (str_eq(directive->words[0], STR("clickhouse"))) {
        settings(parser)->clickhouse_exclude_reason = reason;
    }
    return TOCSIN_OK;
}

static tocsin_status read_number(struct parser *parser, str text, uint64_t *ret)
{
    return str_to_u64(text, ret) ? TOCSIN_OK : fail(parser, "not a number: ", text);
}

static tocsin_status read_limit(struct parser *parser, const struct directive *directive)
{
    if (directive->word_count != 2 || !str_eq(directive->words[0], STR("allocations"))) {
        return fail(parser, "@limit knows only: allocations N", STR_EMPTY);
    }
    return read_number(parser, directive->words[1], &settings(parser)->allocations_max);
}

static tocsin_status read_width(struct parser *parser, const struct directive *directive)
{
    uint64_t width = 0;
    tocsin_status status = read_number(parser, directive->rest, &width);
    settings(parser)->width = (unsigned)width;
    return status;
}

static tocsin_status read_log_sources(struct parser *parser, const struct directive *directive)
{
    return decode_block(parser, &encodings[0], &settings(parser)->log_sources);
}

static tocsin_status read_properties(struct parser *parser, const struct directive *directive)
{
    return decode_block(parser, &encodings[0], &settings(parser)->properties);
}

static tocsin_status read_case(struct parser *parser, const struct directive *directive)
{
    return start_case(parser, directive->rest);
}

/* @note is for the reader only. */
static tocsin_status read_note(struct parser *parser, const struct directive *directive)
{
    return TOCSIN_OK;
}

static tocsin_status read_exceptions(struct parser *parser, const struct directive *directive)
{
    if (str_eq(directive->rest, STR("none"))) {
        settings(parser)->ignores_exceptions = true;
        return TOCSIN_OK;
    }
    return decode_block(parser, &encodings[0], &settings(parser)->exceptions);
}

static tocsin_status read_pack(struct parser *parser, const struct directive *directive)
{
    settings(parser)->pack = directive->rest;
    parser->is_case_open = false;
    return TOCSIN_OK;
}

/* Settings of one text or one word. */
static bool read_setting(struct case_settings *target, const struct directive *directive)
{
    const struct {
        const char *name;
        str *text;
    } texts[] = {{"now", &target->now}, {"zone", &target->zone}, {"format", &target->format},
                 {"min_level", &target->min_level}};
    for (size_t i = 0; i < countof(texts); i++) {
        if (str_eq(directive->name, str_from_cstring(texts[i].name))) {
            *texts[i].text = directive->rest;
            return true;
        }
    }
    const struct {
        const char *name;
        const char *word;
        bool *flag;
    } flags[] = {{"window", "qradar", &target->has_qradar_window},
                 {"order", "input", &target->keeps_input_order},
                 {"sessions", "sequential", &target->sessions_sequential},
                 {"select", "all", &target->selects_all},
                 {"evidence", "", &target->shows_evidence},
                 {"null", "sql", &target->is_null_sql},
                 {"matches", "full", &target->matches_full},
                 {"time", "exact", &target->has_exact_time_bounds},
                 {"as", "filter", &target->is_filter},
                 {"time", "minute", &target->rounds_all_bounds},
                 {"unknown", "null", &target->has_null_unknown_fields},
                 {"as", "property", &target->is_property},
                 {"show", "excepted", &target->shows_excepted},
                 {"keep", "rows", &target->keeps_rows},
                 {"replaces_cursor", "", &target->replaces_cursor}};
    for (size_t i = 0; i < countof(flags); i++) {
        if (str_eq(directive->name, str_from_cstring(flags[i].name)) &&
            str_eq(directive->rest, str_from_cstring(flags[i].word))) {
            *flags[i].flag = true;
            return true;
        }
    }
    return false;
}

static tocsin_status read_directive(struct parser *parser, const struct directive *directive)
{
    static const struct {
        const char *name;
        tocsin_status (*read)(struct parser *parser, const struct directive *directive);
    } readers[] = {
        {"case", read_case},     {"query", read_query}, {"rule", read_query},   {"input", read_input},
        {"file", read_file},     {"pack", read_pack},   {"expect", read_expect}, {"exclude", read_exclude},
        {"limit", read_limit},   {"width", read_width}, {"log_sources", read_log_sources},
        {"properties", read_properties},           {"note", read_note}, {"config", read_config},
        {"query_file", read_query_file},           {"first", read_first},
        {"exceptions", read_exceptions},
    };
    for (size_t i = 0; i < countof(readers); i++) {
        if (str_eq(directive->name, str_from_cstring(readers[i].name))) {
            return readers[i].read(parser, directive);
        }
    }
    return read_setting(settings(parser), directive) ? TOCSIN_OK
                                                     : fail(parser, "unknown directive @", directive->name);
}

tocsin_status case_file_parse(struct arena *arena, const char *path, str text, struct case_file *ret_file,
                              struct error *err)
{
    struct case_file file = {.text = text, .cases = arena_array(arena, struct test_case, CASES_PER_FILE_MAX)};
    if (!file.cases) {
        return error_memory(err);
    }
    struct parser parser = {.arena = arena, .path = path, .text = text, .file = &file, .err = err};
    while (parser.offset < text.len) {
        str line = next_line(&parser);
        if (line.len == 0 || line.data[0] == '#') {
            continue;
        }
        if (!is_directive(line)) {
            return fail(&parser, "neither a directive nor a comment: ", line);
        }
        struct directive directive = split_directive(line);
        tocsin_status status = read_directive(&parser, &directive);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < file.case_count; i++) {
        if (file.cases[i].expect_count == 0) {
            parser.line = file.cases[i].line;
            return fail(&parser, "the case expects nothing", STR_EMPTY);
        }
    }
    if (file.case_count == 0) {
        return fail(&parser, "no case in the file", STR_EMPTY);
    }
    *ret_file = file;
    return TOCSIN_OK;
}
