/* text_pattern.c - regular expressions of Java, and LIKE patterns, to trees. text_pattern_write.c writes them. */
#include "convert/text_pattern.h"

#include "base/limits.h"
#include "base/utf8.h"

struct parser {
    struct arena *arena;
    str in;
    size_t at;
    unsigned depth;
    bool ignores_case;
    bool dot_is_all;
    struct error *err;
};

static struct text_pattern *node_new(struct arena *arena, enum pattern_kind kind)
{
    struct text_pattern *node = arena_new(arena, struct text_pattern);
    if (node) {
        node->kind = kind;
    }
    return node;
}

static tocsin_status refuse(struct parser *parser, const char *what)
{
    return error_set(parser->err, TOCSIN_ERROR_UNSUPPORTED, "%s in a regular expression", what);
}

/* ---- lists of parts ---- */

struct part_list {
    struct text_pattern **parts;
    uint32_t count;
    uint32_t capacity;
};

static bool list_add(struct arena *arena, struct part_list *list, struct text_pattern *part)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? 2 * list->capacity : 8;
        struct text_pattern **larger = arena_array(arena, struct text_pattern *, capacity);
        if (!larger) {
            return false;
        }
        if (list->count > 0) {
            memcpy(larger, list->parts, list->count * sizeof(*larger));
        }
        list->parts = larger;
        list->capacity = capacity;
    }
    list->parts[list->count++] = part;
    return true;
}

static struct text_pattern *list_node(struct arena *arena, enum pattern_kind kind, const struct part_list *list)
{
    if (list->count == 1) {
        return list->parts[0];
    }
    struct text_pattern *node = node_new(arena, list->count == 0 ? PATTERN_TEXT : kind);
    if (node) {
        node->parts = list->parts;
        node->part_count = list->count;
        node->text = STR_EMPTY;
    }
    return node;
}

/* ---- sets ---- */

struct range_list {
    struct pattern_range *ranges;
    uint32_t count;
    uint32_t capacity;
};

static bool range_add(struct arena *arena, struct range_list *list, uint32_t first, uint32_t last)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? 2 * list->capacity : 8;
        struct pattern_range *larger = arena_array(arena, struct pattern_range, capacity);
        if (!larger) {
            return false;
        }
        if (list->count > 0) {
            memcpy(larger, list->ranges, list->count * sizeof(*larger));
        }
        list->ranges = larger;
        list->capacity = capacity;
    }
    list->ranges[list->count++] = (struct pattern_range){first, last};
    return true;
}

static const struct pattern_range digit_ranges[] = {{'0', '9'}};
static const struct pattern_range word_ranges[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
static const struct pattern_range blank_ranges[] = {{'\t', '\r'}, {' ', ' '}};
/* What Java's . does not match. */
static const struct pattern_range line_end_ranges[] = {{'\n', '\n'}, {'\r', '\r'}, {0x85, 0x85}, {0x2028, 0x2029}};

static const struct pattern_range *known_set(char letter, uint32_t *ret_count)
{
    switch (ascii_lower(letter)) {
    case 'd':
        *ret_count = countof(digit_ranges);
        return digit_ranges;
    case 'w':
        *ret_count = countof(word_ranges);
        return word_ranges;
    case 's':
        *ret_count = countof(blank_ranges);
        return blank_ranges;
    default:
        return NULL;
    }
}

static struct text_pattern *set_node(struct arena *arena, const struct pattern_range *ranges, uint32_t count,
                                     bool is_negated)
{
    struct text_pattern *node = node_new(arena, PATTERN_SET);
    struct pattern_range *copy = arena_array(arena, struct pattern_range, count + 1);
    if (!node || !copy) {
        return NULL;
    }
    if (count > 0) {
        memcpy(copy, ranges, count * sizeof(*copy));
    }
    node->ranges = copy;
    node->range_count = count;
    node->is_negated = is_negated;
    return node;
}

/* ---- characters ---- */

static bool at_end(const struct parser *parser)
{
    return parser->at >= parser->in.len;
}

static char peek(const struct parser *parser, size_t ahead)
{
    return parser->in.len - parser->at > ahead ? parser->in.data[parser->at + ahead] : '\0';
}

static bool take(struct parser *parser, const char *text)
{
    str wanted = str_from_cstring(text);
    bool is_there = str_starts_with(str_skip(parser->in, parser->at), wanted);
    parser->at += is_there ? wanted.len : 0;
    return is_there;
}

static uint32_t take_code_point(struct parser *parser)
{
    uint32_t code_point = 0;
    parser->at += utf8_decode(str_skip(parser->in, parser->at), &code_point);
    return code_point;
}

static tocsin_status take_hex(struct parser *parser, size_t digits, uint32_t *ret)
{
    uint64_t value = 0;
    str text = str_slice(parser->in, parser->at, parser->at + digits);
    if (text.len < digits || !str_hex_to_u64(text, &value)) {
        return refuse(parser, "an escape that is not understood");
    }
    parser->at += digits;
    *ret = (uint32_t)value;
    return TOCSIN_OK;
}

/* Behind the backslash: an escape for one character. */
static tocsin_status take_escape(struct parser *parser, uint32_t *ret)
{
    static const struct {
        char letter;
        char meaning;
    } escapes[] = {{'t', '\t'}, {'n', '\n'}, {'r', '\r'}, {'f', '\f'}, {'a', '\a'}, {'e', 0x1B}};
    char letter = peek(parser, 0);
    for (size_t i = 0; i < countof(escapes); i++) {
        if (escapes[i].letter == letter) {
            parser->at++;
            *ret = (uint32_t)escapes[i].meaning;
            return TOCSIN_OK;
        }
    }
    if (letter == 'x' && peek(parser, 1) != '{') {
        parser->at++;
        return take_hex(parser, 2, ret);
    }
    if (letter == 'u') {
        parser->at++;
        return take_hex(parser, 4, ret);
    }
    if (ascii_is_digit(letter)) {
        return refuse(parser, letter == '0' ? "an octal escape" : "a back-reference");
    }
    if (ascii_is_alpha(letter)) {
        return refuse(parser, letter == 'p' || letter == 'P' ? "a property of characters (\\p)"
                              : letter == 'k'                ? "a back-reference"
                                                             : "an escape that not all systems have");
    }
    *ret = take_code_point(parser);
    return TOCSIN_OK;
}

/* One item of a class: a character (*ret_is_set false), or a known set, which is added. */
static tocsin_status take_class_item(struct parser *parser, struct range_list *list, bool *ret_is_set, uint32_t *ret)
{
    *ret_is_set = false;
    if (!take(parser, "\\")) {
        *ret = take_code_point(parser);
        return TOCSIN_OK;
    }
    uint32_t count = 0;
    char letter = peek(parser, 0);
    const struct pattern_range *known = known_set(letter, &count);
    if (!known) {
        return take_escape(parser, ret);
    }
    if (letter != ascii_lower(letter)) {
        return refuse(parser, "a negated set inside a class");
    }
    parser->at++;
    *ret_is_set = true;
    for (uint32_t i = 0; i < count; i++) {
        if (!range_add(parser->arena, list, known[i].first, known[i].last)) {
            return error_memory(parser->err);
        }
    }
    return TOCSIN_OK;
}

/* Behind the [. */
static tocsin_status parse_class(struct parser *parser, struct text_pattern **ret)
{
    struct range_list list = {0};
    bool is_negated = take(parser, "^");
    while (!at_end(parser) && peek(parser, 0) != ']') {
        uint32_t first = 0;
        uint32_t last = 0;
        bool is_set = false;
        if (peek(parser, 0) == '[' || (peek(parser, 0) == '&' && peek(parser, 1) == '&')) {
            return refuse(parser, "a class inside a class, or an intersection");
        }
        tocsin_status status = take_class_item(parser, &list, &is_set, &first);
        last = first;
        if (status == TOCSIN_OK && !is_set && peek(parser, 0) == '-' && peek(parser, 1) != ']') {
            parser->at++;
            status = take_class_item(parser, &list, &is_set, &last);
            if (status == TOCSIN_OK && (is_set || last < first)) {
                return refuse(parser, "a range that is none");
            }
        }
        if (status != TOCSIN_OK) {
            return status;
        }
        if (!is_set && !range_add(parser->arena, &list, first, last)) {
            return error_memory(parser->err);
        }
    }
    if (!take(parser, "]") || list.count == 0) {
        return refuse(parser, "a class that is not closed");
    }
    *ret = set_node(parser->arena, list.ranges, list.count, is_negated);
    return *ret ? TOCSIN_OK : error_memory(parser->err);
}

/* ---- structure ---- */

static tocsin_status parse_choice(struct parser *parser, struct text_pattern **ret);

/* (?=  (?!  (?<=  (?<! */
static tocsin_status parse_look(struct parser *parser, str open, struct text_pattern **ret)
{
    struct part_list list = {0};
    struct text_pattern *inner = NULL;
    struct text_pattern *node = node_new(parser->arena, PATTERN_LOOK);
    parser->at += open.len - 1;
    if (++parser->depth > LIMIT_REGEX_DEPTH) {
        return error_set(parser->err, TOCSIN_ERROR_LIMIT, "a regular expression nested deeper than %d",
                         LIMIT_REGEX_DEPTH);
    }
    tocsin_status status = parse_choice(parser, &inner);
    parser->depth--;
    if (status == TOCSIN_OK && !take(parser, ")")) {
        status = refuse(parser, "a group that is not closed");
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!node || !list_add(parser->arena, &list, inner)) {
        return error_memory(parser->err);
    }
    node->parts = list.parts;
    node->part_count = 1;
    node->text = open;
    *ret = node;
    return TOCSIN_OK;
}

static tocsin_status parse_group(struct parser *parser, struct text_pattern **ret)
{
    static const char *const looks[] = {"(?=", "(?!", "(?<=", "(?<!"};
    for (size_t i = 0; i < countof(looks); i++) {
        str open = str_from_cstring(looks[i]);
        if (str_starts_with(str_skip(parser->in, parser->at), str_skip(open, 1))) {
            return parse_look(parser, open, ret);
        }
    }
    if (peek(parser, 0) == '?') {
        bool is_named = peek(parser, 1) == '<' && peek(parser, 2) != '=' && peek(parser, 2) != '!';
        if (is_named) {
            size_t end = str_find_char(parser->in, '>', parser->at);
            parser->at = end == SIZE_MAX ? parser->in.len : end + 1;
        } else if (!take(parser, "?:")) {
            char letter = peek(parser, 1);
            return refuse(parser, letter == '>' ? "an atomic group" : "a flag that is not at the front");
        }
    }
    if (++parser->depth > LIMIT_REGEX_DEPTH) {
        return error_set(parser->err, TOCSIN_ERROR_LIMIT, "a regular expression nested deeper than %d",
                         LIMIT_REGEX_DEPTH);
    }
    tocsin_status status = parse_choice(parser, ret);
    parser->depth--;
    if (status == TOCSIN_OK && !take(parser, ")")) {
        status = refuse(parser, "a group that is not closed");
    }
    return status;
}

static tocsin_status parse_anchor(struct parser *parser, char letter, struct text_pattern **ret)
{
    enum pattern_kind kind = letter == '^' || letter == 'A'   ? PATTERN_START
                             : letter == 'z'                  ? PATTERN_END
                             : letter == '$' || letter == 'Z' ? PATTERN_LAST_LINE_END
                             : letter == 'b'                  ? PATTERN_EDGE
                                                              : PATTERN_NO_EDGE;
    *ret = node_new(parser->arena, kind);
    return *ret ? TOCSIN_OK : error_memory(parser->err);
}

static tocsin_status text_node(struct parser *parser, uint32_t code_point, struct text_pattern **ret)
{
    char bytes[4];
    size_t length = utf8_encode(code_point, bytes);
    *ret = node_new(parser->arena, PATTERN_TEXT);
    if (*ret) {
        (*ret)->text = arena_copy(parser->arena, str_from(bytes, length));
    }
    return *ret && (*ret)->text.data ? TOCSIN_OK : error_memory(parser->err);
}

static tocsin_status parse_escaped(struct parser *parser, struct text_pattern **ret)
{
    char letter = peek(parser, 0);
    uint32_t count = 0;
    const struct pattern_range *known = known_set(letter, &count);
    if (known) {
        parser->at++;
        *ret = set_node(parser->arena, known, count, letter != ascii_lower(letter));
        return *ret ? TOCSIN_OK : error_memory(parser->err);
    }
    if (letter != '\0' && strchr("AZzbB", letter)) {
        parser->at++;
        return parse_anchor(parser, letter, ret);
    }
    if (letter == 'Q') {
        size_t end = str_find(parser->in, STR("\\E"), parser->at);
        str quoted = str_slice(parser->in, parser->at + 1, end);
        parser->at = end == SIZE_MAX ? parser->in.len : end + 2;
        *ret = node_new(parser->arena, PATTERN_TEXT);
        if (*ret) {
            (*ret)->text = quoted;
        }
        return *ret ? TOCSIN_OK : error_memory(parser->err);
    }
    uint32_t code_point = 0;
    tocsin_status status = at_end(parser) ? refuse(parser, "a backslash at the end") : take_escape(parser, &code_point);
    return status == TOCSIN_OK ? text_node(parser, code_point, ret) : status;
}

static tocsin_status parse_item(struct parser *parser, struct text_pattern **ret)
{
    if (take(parser, "(")) {
        return parse_group(parser, ret);
    }
    if (take(parser, "[")) {
        return parse_class(parser, ret);
    }
    if (take(parser, "\\")) {
        return parse_escaped(parser, ret);
    }
    if (peek(parser, 0) == '^' || peek(parser, 0) == '$') {
        return parse_anchor(parser, parser->in.data[parser->at++], ret);
    }
    if (take(parser, ".")) {
        uint32_t count = parser->dot_is_all ? 0 : (uint32_t)countof(line_end_ranges);
        *ret = set_node(parser->arena, line_end_ranges, count, true);
        return *ret ? TOCSIN_OK : error_memory(parser->err);
    }
    if (strchr("*+?", peek(parser, 0)) || (peek(parser, 0) == '{')) {
        return refuse(parser, "a repetition of nothing");
    }
    return text_node(parser, take_code_point(parser), ret);
}

static bool take_number(struct parser *parser, uint32_t *ret)
{
    uint64_t value = 0;
    size_t end = parser->at;
    while (end < parser->in.len && ascii_is_digit(parser->in.data[end])) {
        end++;
    }
    bool is_number = str_to_u64(str_slice(parser->in, parser->at, end), &value) && value <= 1000;
    parser->at = end;
    *ret = (uint32_t)value;
    return is_number;
}

/* *ret_is_there: a quantifier stood there. */
static tocsin_status take_quantifier(struct parser *parser, uint32_t *ret_min, uint32_t *ret_max, bool *ret_is_there)
{
    *ret_is_there = true;
    *ret_min = 0;
    *ret_max = PATTERN_NO_MAX;
    if (take(parser, "+")) {
        *ret_min = 1;
    } else if (take(parser, "?")) {
        *ret_max = 1;
    } else if (take(parser, "{")) {
        bool is_good = take_number(parser, ret_min);
        *ret_max = *ret_min;
        if (is_good && take(parser, ",")) {
            *ret_max = PATTERN_NO_MAX;
            is_good = peek(parser, 0) == '}' || take_number(parser, ret_max);
        }
        if (!is_good || !take(parser, "}")) {
            return refuse(parser, "a repetition that is not understood, or of more than 1000 times,");
        }
    } else if (!take(parser, "*")) {
        *ret_is_there = false;
        return TOCSIN_OK;
    }
    if (peek(parser, 0) == '+') {
        return refuse(parser, "a possessive repetition");
    }
    take(parser, "?"); /* lazy or not: the same texts match */
    return strchr("*+?{", peek(parser, 0)) && !at_end(parser) ? refuse(parser, "a repetition of a repetition")
                                                              : TOCSIN_OK;
}

static tocsin_status parse_repeated(struct parser *parser, struct text_pattern **ret)
{
    uint32_t min = 0;
    uint32_t max = 0;
    bool is_there = false;
    tocsin_status status = parse_item(parser, ret);
    status = status == TOCSIN_OK ? take_quantifier(parser, &min, &max, &is_there) : status;
    if (status != TOCSIN_OK || !is_there) {
        return status;
    }
    struct part_list list = {0};
    struct text_pattern *node = node_new(parser->arena, PATTERN_REPEAT);
    if (!node || !list_add(parser->arena, &list, *ret)) {
        return error_memory(parser->err);
    }
    node->parts = list.parts;
    node->part_count = 1;
    node->min = min;
    node->max = max;
    *ret = node;
    return TOCSIN_OK;
}

/* Texts that stand side by side become one. */
static tocsin_status sequence_add(struct parser *parser, struct part_list *list, struct text_pattern *part)
{
    struct text_pattern *last = list->count > 0 ? list->parts[list->count - 1] : NULL;
    if (!last || last->kind != PATTERN_TEXT || part->kind != PATTERN_TEXT) {
        return list_add(parser->arena, list, part) ? TOCSIN_OK : error_memory(parser->err);
    }
    struct text_pattern *joined = node_new(parser->arena, PATTERN_TEXT);
    char *bytes = arena_allocate(parser->arena, last->text.len + part->text.len + 1, 1);
    if (!joined || !bytes) {
        return error_memory(parser->err);
    }
    memcpy(bytes, last->text.data, last->text.len);
    memcpy(bytes + last->text.len, part->text.data, part->text.len);
    joined->text = str_from(bytes, last->text.len + part->text.len);
    list->parts[list->count - 1] = joined;
    return TOCSIN_OK;
}

static tocsin_status parse_sequence(struct parser *parser, struct text_pattern **ret)
{
    struct part_list list = {0};
    while (!at_end(parser) && peek(parser, 0) != '|' && peek(parser, 0) != ')') {
        struct text_pattern *part = NULL;
        tocsin_status status = parse_repeated(parser, &part);
        status = status == TOCSIN_OK ? sequence_add(parser, &list, part) : status;
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    *ret = list_node(parser->arena, PATTERN_SEQUENCE, &list);
    return *ret ? TOCSIN_OK : error_memory(parser->err);
}

static tocsin_status parse_choice(struct parser *parser, struct text_pattern **ret)
{
    struct part_list list = {0};
    do {
        struct text_pattern *part = NULL;
        tocsin_status status = parse_sequence(parser, &part);
        if (status != TOCSIN_OK) {
            return status;
        }
        if (!list_add(parser->arena, &list, part)) {
            return error_memory(parser->err);
        }
    } while (take(parser, "|"));
    *ret = list_node(parser->arena, PATTERN_CHOICE, &list);
    return *ret ? TOCSIN_OK : error_memory(parser->err);
}

/* (?i), (?s), (?is) at the front. */
static void take_flags(struct parser *parser)
{
    size_t end = 2;
    while (peek(parser, end) == 'i' || peek(parser, end) == 's') {
        end++;
    }
    if (peek(parser, 0) != '(' || peek(parser, 1) != '?' || end == 2 || peek(parser, end) != ')') {
        return;
    }
    for (size_t i = 2; i < end; i++) {
        parser->ignores_case |= peek(parser, i) == 'i';
        parser->dot_is_all |= peek(parser, i) == 's';
    }
    parser->at += end + 1;
}

/* What may be missing at an end that is open anyway: .* in front of what is looked for. */
static void trim_open_ends(struct text_pattern *pattern)
{
    if (pattern->kind != PATTERN_SEQUENCE) {
        return;
    }
    while (pattern->part_count > 1 && pattern->parts[0]->kind == PATTERN_REPEAT && pattern->parts[0]->min == 0) {
        pattern->parts++;
        pattern->part_count--;
    }
    while (pattern->part_count > 1 && pattern->parts[pattern->part_count - 1]->kind == PATTERN_REPEAT &&
           pattern->parts[pattern->part_count - 1]->min == 0) {
        pattern->part_count--;
    }
}

static struct text_pattern *surround(struct arena *arena, struct text_pattern *pattern)
{
    struct part_list list = {0};
    struct text_pattern *start = node_new(arena, PATTERN_START);
    struct text_pattern *end = node_new(arena, PATTERN_END);
    bool is_good =
        start && end && list_add(arena, &list, start) && list_add(arena, &list, pattern) && list_add(arena, &list, end);
    return is_good ? list_node(arena, PATTERN_SEQUENCE, &list) : NULL;
}

tocsin_status text_pattern_parse(struct arena *arena, str regex, bool is_full, bool *ret_ignores_case,
                                 const struct text_pattern **ret_pattern, struct error *err)
{
    struct parser parser = {.arena = arena, .in = regex, .err = err};
    struct text_pattern *pattern = NULL;
    take_flags(&parser);
    tocsin_status status = parse_choice(&parser, &pattern);
    if (status == TOCSIN_OK && !at_end(&parser)) {
        status = refuse(&parser, "a ) without its (");
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    if (is_full) {
        pattern = surround(arena, pattern);
    } else {
        trim_open_ends(pattern);
    }
    if (!pattern) {
        return error_memory(err);
    }
    *ret_ignores_case |= parser.ignores_case;
    *ret_pattern = pattern;
    return TOCSIN_OK;
}

/* ---- LIKE ---- */

enum like_shape like_shape_of(str pattern, str *ret_text)
{
    bool is_open_left = false;
    bool is_open_right = false;
    while (str_starts_with(pattern, STR("%"))) {
        is_open_left = true;
        pattern = str_skip(pattern, 1);
    }
    while (str_ends_with(pattern, STR("%"))) {
        is_open_right = true;
        pattern = str_slice(pattern, 0, pattern.len - 1);
    }
    *ret_text = pattern;
    if (str_find_char(pattern, '%', 0) != SIZE_MAX || str_find_char(pattern, '_', 0) != SIZE_MAX) {
        return LIKE_OTHER;
    }
    if (pattern.len == 0 && (is_open_left || is_open_right)) {
        return LIKE_ANYTHING;
    }
    return is_open_left ? is_open_right ? LIKE_CONTAINS : LIKE_ENDS : is_open_right ? LIKE_STARTS : LIKE_EXACT;
}

static bool add_text(struct arena *arena, struct part_list *list, str text)
{
    struct text_pattern *node = node_new(arena, PATTERN_TEXT);
    if (node) {
        node->text = text;
    }
    return node && list_add(arena, list, node);
}

static bool add_run(struct arena *arena, struct part_list *list)
{
    struct text_pattern *repeat = node_new(arena, PATTERN_REPEAT);
    struct part_list parts = {0};
    struct text_pattern *any = set_node(arena, NULL, 0, true);
    if (!repeat || !any || !list_add(arena, &parts, any)) {
        return false;
    }
    repeat->parts = parts.parts;
    repeat->part_count = 1;
    repeat->max = PATTERN_NO_MAX;
    return list_add(arena, list, repeat);
}

static bool add_wildcard(struct arena *arena, struct part_list *list, char wildcard)
{
    if (wildcard == '%') {
        bool is_double = list->count > 0 && list->parts[list->count - 1]->kind == PATTERN_REPEAT;
        return is_double || add_run(arena, list);
    }
    struct text_pattern *any = set_node(arena, NULL, 0, true);
    return any && list_add(arena, list, any);
}

const struct text_pattern *text_pattern_of_like(struct arena *arena, str pattern)
{
    struct part_list list = {0};
    bool is_open_left = str_starts_with(pattern, STR("%"));
    bool is_open_right = str_ends_with(pattern, STR("%"));
    struct text_pattern *start = node_new(arena, PATTERN_START);
    bool is_good = start && (is_open_left || list_add(arena, &list, start));
    for (size_t at = 0; is_good && at < pattern.len;) {
        size_t end = at;
        while (end < pattern.len && pattern.data[end] != '%' && pattern.data[end] != '_') {
            end++;
        }
        bool is_edge = end == at && pattern.data[at] == '%' && (list.count == 0 || at + 1 == pattern.len);
        if (end > at) {
            is_good = add_text(arena, &list, str_slice(pattern, at, end));
            at = end;
        } else {
            is_good = is_edge || add_wildcard(arena, &list, pattern.data[at]);
            at++;
        }
    }
    struct text_pattern *last = node_new(arena, PATTERN_END);
    is_good = is_good && last && (is_open_right || list_add(arena, &list, last));
    return is_good ? list_node(arena, PATTERN_SEQUENCE, &list) : NULL;
}

const struct text_pattern *text_pattern_of_text(struct arena *arena, str text)
{
    struct text_pattern *node = node_new(arena, PATTERN_TEXT);
    if (node) {
        node->text = text;
    }
    return node;
}

/* ---- questions ---- */

bool text_pattern_fits_empty(const struct text_pattern *pattern)
{
    switch (pattern->kind) {
    case PATTERN_TEXT:
        return pattern->text.len == 0;
    case PATTERN_SET:
    case PATTERN_EDGE:
        return false;
    case PATTERN_CHOICE:
        for (uint32_t i = 0; i < pattern->part_count; i++) {
            if (text_pattern_fits_empty(pattern->parts[i])) {
                return true;
            }
        }
        return false;
    case PATTERN_REPEAT:
        return pattern->min == 0 || text_pattern_fits_empty(pattern->parts[0]);
    case PATTERN_SEQUENCE:
        for (uint32_t i = 0; i < pattern->part_count; i++) {
            if (!text_pattern_fits_empty(pattern->parts[i])) {
                return false;
            }
        }
        return true;
    default:
        return true;
    }
}

static bool range_has(const struct pattern_range *range, uint32_t first, uint32_t last)
{
    return range->first <= last && range->last >= first;
}

bool text_pattern_has_case(const struct text_pattern *pattern, bool is_upper)
{
    char first = is_upper ? 'A' : 'a';
    char last = is_upper ? 'Z' : 'z';
    for (size_t i = 0; pattern->kind == PATTERN_TEXT && i < pattern->text.len; i++) {
        char c = pattern->text.data[i];
        if ((c >= first && c <= last) || (unsigned char)c >= 0x80) {
            return true;
        }
    }
    for (uint32_t i = 0; pattern->kind == PATTERN_SET && i < pattern->range_count; i++) {
        const struct pattern_range *range = &pattern->ranges[i];
        bool is_word = range_has(range, 'a', 'z') && range_has(range, 'A', 'Z');
        if (!is_word && (range_has(range, (uint32_t)first, (uint32_t)last) || range->last >= 0x80)) {
            return true;
        }
    }
    bool has_parts =
        pattern->kind == PATTERN_SEQUENCE || pattern->kind == PATTERN_CHOICE || pattern->kind == PATTERN_REPEAT;
    for (uint32_t i = 0; has_parts && i < pattern->part_count; i++) {
        if (text_pattern_has_case(pattern->parts[i], is_upper)) {
            return true;
        }
    }
    return false;
}
