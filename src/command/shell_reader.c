/* Shell text to simple commands. The grammar is a shell's where that is plain, and lenient everywhere else: the text
 * may as well be the arguments of one process joined by blanks, in which a quote or a bracket is just a byte. What is
 * not closed stands for itself. */
#include "base/memory.h"
#include "base/utf8.h"
#include "command/command_internal.h"
#include "command/known_names.h"

enum { GROUPS_MAX = 32 };

struct group {
    uint32_t commands_from;
};

struct shell {
    struct command_reader *reader;
    str text;
    size_t at;
    unsigned depth;
    bool no_single; /* no closing quote of this kind further on */
    bool no_double;
    bool no_backtick;
    struct raw_command raw;
    /* The word being read. */
    char *word;
    size_t word_len;
    size_t word_capacity;
    bool word_is_there;
    bool word_has_braces; /* an unquoted { and a , */
    bool word_is_quoted;
    size_t word_from;
    /* Pipes. */
    uint32_t segment_from;        /* commands of the part of a pipeline being read */
    struct command_range feeding; /* commands whose output goes into the next */
    struct group groups[GROUPS_MAX];
    uint32_t group_count;
    str output;    /* of the last command, if known */
    str fed_text;  /* what goes into the next command, if known */
    str first_fed; /* what goes into the whole text */
    str heredoc_end;
    bool heredoc_is_dash;
    bool closes_group; /* the command just read was the end of a group */
    bool takes_rest;
};

/* ---- memory ------------------------------------------------------------------------------------------------------ */

void *reader_allocate(struct command_reader *reader, size_t count, size_t bytes_each)
{
    void *memory = arena_allocate_zeroed(reader->arena, count, bytes_each, _Alignof(max_align_t));
    if (!memory) {
        reader->is_out_of_memory = true;
        reader->is_cut = true;
    }
    return memory;
}

static bool list_grow(struct command_reader *reader, void **items, uint32_t count, uint32_t *capacity,
                      size_t bytes_each)
{
    if (count < *capacity) {
        return true;
    }
    if (count >= LIMIT_COMMAND_WORDS) {
        reader->is_cut = true;
        return false;
    }
    uint32_t larger = *capacity ? *capacity * 2 : 8;
    void *copy = reader_allocate(reader, larger, bytes_each);
    if (!copy) {
        return false;
    }
    if (count) {
        memcpy(copy, *items, count * bytes_each);
    }
    *items = copy;
    *capacity = larger;
    return true;
}

void str_list_push(struct command_reader *reader, struct str_list *list, str item)
{
    if (list_grow(reader, (void **)&list->items, list->count, &list->capacity, sizeof(*list->items))) {
        list->items[list->count++] = item;
    }
}

void word_list_push(struct command_reader *reader, struct word_list *list, struct command_word word)
{
    if (list_grow(reader, (void **)&list->items, list->count, &list->capacity, sizeof(*list->items))) {
        list->items[list->count++] = word;
    }
}

str reader_concat(struct command_reader *reader, str a, str b)
{
    if (a.len + b.len > reader->work_left) {
        reader->is_cut = true;
        return a;
    }
    reader->work_left -= a.len + b.len;
    char *data = reader_allocate(reader, a.len + b.len + 1, 1);
    if (!data) {
        return STR_EMPTY;
    }
    if (a.len) {
        memcpy(data, a.data, a.len);
    }
    if (b.len) {
        memcpy(data + a.len, b.data, b.len);
    }
    return str_from(data, a.len + b.len);
}

str reader_join(struct command_reader *reader, const struct command_word *words, uint32_t count)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        bytes += words[i].text.len + 1;
    }
    if (bytes > reader->work_left) {
        reader->is_cut = true;
        return STR_EMPTY;
    }
    reader->work_left -= bytes;
    char *data = reader_allocate(reader, bytes + 1, 1);
    if (!data) {
        return STR_EMPTY;
    }
    size_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i) {
            data[at++] = ' ';
        }
        if (words[i].text.len) {
            memcpy(data + at, words[i].text.data, words[i].text.len);
            at += words[i].text.len;
        }
    }
    return str_from(data, at);
}

/* ---- variables --------------------------------------------------------------------------------------------------- */

static void set_in(struct variable *table, uint32_t *count, str name, str value)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (str_eq(table[i].name, name)) {
            table[i].value = value;
            return;
        }
    }
    if (*count < LIMIT_COMMAND_VARIABLES) {
        table[(*count)++] = (struct variable){name, value};
    }
}

static const str *find_in(const struct variable *table, uint32_t count, str name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(table[i].name, name)) {
            return &table[i].value;
        }
    }
    return NULL;
}

void reader_set_alias(struct command_reader *reader, str name, str value)
{
    set_in(reader->aliases, &reader->alias_count, name, value);
}

static bool is_name_byte(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '_';
}

/* NAME=..., NAME+=...: the length of NAME, or 0. */
static size_t assignment_name(str word)
{
    size_t at = 0;
    while (at < word.len && is_name_byte(word.data[at])) {
        at++;
    }
    bool is_assignment =
        at > 0 && at < word.len && !ascii_is_digit(word.data[0]) &&
        (word.data[at] == '=' || (word.data[at] == '+' && at + 1 < word.len && word.data[at + 1] == '='));
    return is_assignment ? at : 0;
}

static void assign(struct command_reader *reader, str word, size_t name_len)
{
    str name = str_slice(word, 0, name_len);
    bool is_more = word.data[name_len] == '+';
    str value = str_skip(word, name_len + 1 + is_more);
    const str *before = is_more ? find_in(reader->variables, reader->variable_count, name) : NULL;
    set_in(reader->variables, &reader->variable_count, name, before ? reader_concat(reader, *before, value) : value);
}

/* ---- the word being read ----------------------------------------------------------------------------------------- */

static void word_begin(struct shell *shell)
{
    shell->word = NULL;
    shell->word_len = 0;
    shell->word_capacity = 0;
    shell->word_is_there = false;
    shell->word_has_braces = false;
    shell->word_is_quoted = false;
    shell->word_from = shell->at;
}

static void word_add(struct shell *shell, str bytes)
{
    struct command_reader *reader = shell->reader;
    shell->word_is_there = true;
    if (bytes.len == 0) {
        return;
    }
    if (shell->word_len + bytes.len > LIMIT_COMMAND_BYTES || bytes.len > reader->work_left) {
        reader->is_cut = true;
        return;
    }
    reader->work_left -= bytes.len;
    if (shell->word_len + bytes.len > shell->word_capacity) {
        size_t capacity = (shell->word_len + bytes.len) * 2 + 32;
        char *larger = reader_allocate(reader, capacity, 1);
        if (!larger) {
            return;
        }
        if (shell->word_len) {
            memcpy(larger, shell->word, shell->word_len);
        }
        shell->word = larger;
        shell->word_capacity = capacity;
    }
    memcpy(shell->word + shell->word_len, bytes.data, bytes.len);
    shell->word_len += bytes.len;
}

static void push_word(struct shell *shell, str text)
{
    struct command_word word = {text, str_skip(shell->text, shell->word_from), shell->word_is_quoted};
    word_list_push(shell->reader, &shell->raw.words, word);
}

/* The bracket that closes the one at `open`, or SIZE_MAX. */
static size_t closing_brace(str text, size_t open)
{
    size_t depth = 0;
    for (size_t i = open; i < text.len && i - open < LIMIT_COMMAND_BRACES_BYTES; i++) {
        if (text.data[i] == '{') {
            depth++;
        } else if (text.data[i] == '}' && --depth == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* pre{a,b}post gives two words. Only the first list of a word is taken apart for real; what it gives is looked at
 * again, as deep as `depth` says. */
static void push_braces(struct shell *shell, str text, unsigned depth)
{
    struct command_reader *reader = shell->reader;
    size_t looked = text.len < LIMIT_COMMAND_BRACES_BYTES ? text.len : LIMIT_COMMAND_BRACES_BYTES;
    if (looked > reader->work_left) {
        reader->is_cut = true;
        return;
    }
    reader->work_left -= looked;
    size_t open = str_find_char(text, '{', 0);
    size_t close = open == SIZE_MAX ? SIZE_MAX : closing_brace(text, open);
    bool is_list = false;
    size_t level = 0;
    for (size_t i = open; close != SIZE_MAX && i < close; i++) {
        level += text.data[i] == '{';
        level -= text.data[i] == '}';
        is_list |= level == 1 && text.data[i] == ',';
    }
    bool is_template = open != SIZE_MAX && open + 1 < text.len && text.data[open + 1] == '{';
    if (!is_list || is_template || depth >= LIMIT_COMMAND_DEPTH) {
        push_word(shell, text);
        return;
    }
    str before = str_slice(text, 0, open);
    str behind = str_skip(text, close + 1);
    size_t from = open + 1;
    level = 0;
    for (size_t i = from; i <= close; i++) {
        char c = text.data[i];
        level += c == '{';
        if ((c == ',' && level == 0) || i == close) {
            str item = reader_concat(shell->reader, before, str_slice(text, from, i));
            item = reader_concat(shell->reader, item, behind);
            if (shell->reader->is_cut) {
                return;
            }
            push_braces(shell, item, depth + 1);
            from = i + 1;
        }
        level -= c == '}' && level > 0;
    }
}

static void word_end(struct shell *shell)
{
    if (!shell->word_is_there) {
        return;
    }
    str text = shell->word ? str_from(shell->word, shell->word_len) : STR_EMPTY;
    if (shell->word_has_braces && str_find_char(text, ',', 0) != SIZE_MAX) {
        push_braces(shell, text, 0);
    } else {
        push_word(shell, text);
    }
    word_begin(shell);
}

/* What an unquoted variable or substitution gives is split at blanks. */
static void word_add_split(struct shell *shell, str value)
{
    size_t from = 0;
    for (size_t i = 0; i <= value.len; i++) {
        if (i < value.len && !ascii_is_blank(value.data[i])) {
            continue;
        }
        if (i > from) {
            word_add(shell, str_slice(value, from, i));
        }
        if (i < value.len) {
            word_end(shell);
        }
        from = i + 1;
    }
}

/* ---- quotes and dollars ------------------------------------------------------------------------------------------ */

static unsigned hex_digits(str text, size_t *at, unsigned digits_max)
{
    unsigned value = 0;
    for (unsigned i = 0; i < digits_max && *at < text.len; i++, (*at)++) {
        int digit = ascii_hex_value(text.data[*at]);
        if (digit < 0) {
            break;
        }
        value = value * 16 + (unsigned)digit;
    }
    return value;
}

/* The escape behind a backslash at text[*at], as $'..', printf and echo -e know it. Gives its bytes. */
static size_t decode_escape(str text, size_t *at, char ret[4])
{
    static const char names[] = "abefnrtv\\'\"?";
    static const char values[] = "\a\b\033\f\n\r\t\v\\'\"?";
    char c = text.data[*at];
    const char *name = c ? strchr(names, c) : NULL;
    if (name) {
        (*at)++;
        ret[0] = values[name - names];
        return 1;
    }
    if (c == 'x' || c == 'u' || c == 'U') {
        (*at)++;
        unsigned value = hex_digits(text, at, c == 'x' ? 2 : c == 'u' ? 4 : 8);
        if (c == 'x') {
            ret[0] = (char)value;
            return 1;
        }
        return utf8_encode(value, ret);
    }
    if (c >= '0' && c <= '7') {
        unsigned value = 0;
        unsigned digits_max = c == '0' ? 4 : 3;
        for (unsigned i = 0; i < digits_max && *at < text.len && text.data[*at] >= '0' && text.data[*at] <= '7'; i++) {
            value = value * 8 + (unsigned)(text.data[(*at)++] - '0');
        }
        ret[0] = (char)value;
        return 1;
    }
    ret[0] = '\\';
    return 1;
}

static str decode_escapes(struct command_reader *reader, str text)
{
    if (str_find_char(text, '\\', 0) == SIZE_MAX) {
        return text;
    }
    char *data = reader_allocate(reader, text.len + 4, 1);
    if (!data) {
        return text;
    }
    size_t len = 0;
    for (size_t i = 0; i < text.len;) {
        if (text.data[i] == '\\' && i + 1 < text.len) {
            i++;
            char bytes[4];
            size_t count = decode_escape(text, &i, bytes);
            memcpy(data + len, bytes, count);
            len += count;
        } else {
            data[len++] = text.data[i++];
        }
    }
    return str_from(data, len);
}

/* Where the text behind "$(" ends: at its bracket, or, when there is none, with the text. */
static size_t substitution_end(str text, size_t from)
{
    size_t depth = 1;
    char quote = 0;
    for (size_t i = from; i < text.len; i++) {
        char c = text.data[i];
        if (c == '\\' && quote != '\'') {
            i++;
        } else if (quote) {
            quote = c == quote ? 0 : quote;
        } else if (c == '\'' || c == '"') {
            /* A quote that is not closed is a byte as any other. */
            quote = str_find_char(text, c, i + 1) == SIZE_MAX ? 0 : c;
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && --depth == 0) {
            return i;
        }
    }
    return text.len;
}

static void add_value(struct shell *shell, str value, bool is_in_quotes)
{
    if (is_in_quotes) {
        word_add(shell, value);
    } else {
        word_add_split(shell, value);
    }
}

/* Commands within the text. What they print is not piped into anything. */
static str read_inner(struct shell *shell, str body)
{
    struct command_reader *reader = shell->reader;
    if (shell->depth >= LIMIT_COMMAND_DEPTH) {
        reader->is_cut = true;
        return STR_EMPTY;
    }
    return shell_read(reader, body, shell->depth + 1, STR_EMPTY);
}

/* Commands in the text, whose output goes into the word. */
static void read_substitution(struct shell *shell, str body, bool is_in_quotes)
{
    struct command_reader *reader = shell->reader;
    body = str_trim(body);
    if (str_starts_with(body, STR("<"))) { /* $(<file) */
        body = reader_concat(reader, STR("cat "), body);
    }
    str output = read_inner(shell, body);
    if (output.len) {
        while (output.len && output.data[output.len - 1] == '\n') {
            output.len--;
        }
        add_value(shell, output, is_in_quotes);
    } else {
        word_add(shell, STR("$()"));
    }
}

/* ${NAME...}: what is between the braces. */
static void read_parameter(struct shell *shell, str body, bool is_in_quotes)
{
    struct command_reader *reader = shell->reader;
    size_t len = 0;
    bool is_indirect = body.len && body.data[0] == '!';
    str inner = is_indirect ? str_skip(body, 1) : body;
    while (len < inner.len && is_name_byte(inner.data[len])) {
        len++;
    }
    str name = str_slice(inner, 0, len);
    str rest = str_skip(inner, len);
    const str *value = find_in(reader->variables, reader->variable_count, name);
    if (value && is_indirect) {
        value = find_in(reader->variables, reader->variable_count, *value);
    }
    if (str_eq(name, STR("IFS"))) {
        if (is_in_quotes) {
            word_add(shell, STR(" "));
        } else {
            word_end(shell);
        }
        return;
    }
    if (str_starts_with(rest, STR(":")) && rest.len > 1 && (ascii_is_digit(rest.data[1]) || rest.data[1] == ' ')) {
        bool is_path = str_eq(name, STR("PATH")) || str_eq(name, STR("HOME")) || str_eq(name, STR("PWD"));
        str of = value ? *value : is_path ? STR("/") : STR_EMPTY;
        str numbers = str_skip(rest, 1);
        size_t colon = str_find_char(numbers, ':', 0);
        uint64_t start = 0;
        uint64_t count = UINT32_MAX;
        if (str_to_u64(str_trim(str_slice(numbers, 0, colon == SIZE_MAX ? numbers.len : colon)), &start) &&
            (colon == SIZE_MAX || str_to_u64(str_trim(str_skip(numbers, colon + 1)), &count)) && of.len) {
            start = start < of.len ? start : of.len;
            count = count < of.len - start ? count : of.len - start;
            add_value(shell, str_slice(of, start, start + count), is_in_quotes);
            return;
        }
    }
    if (!value && rest.len >= 2 && (rest.data[0] == ':' || rest.data[0] == '-' || rest.data[0] == '=') &&
        (rest.data[0] != ':' || rest.data[1] == '-' || rest.data[1] == '=')) {
        add_value(shell, str_skip(rest, rest.data[0] == ':' ? 2 : 1), is_in_quotes);
    } else if (value) {
        add_value(shell, *value, is_in_quotes);
    } else if ((name.len && !ascii_is_digit(name.data[0])) &&
               !(shell->word_len && ascii_is_alpha(shell->word[shell->word_len - 1]) && shell->at < shell->text.len &&
                 ascii_is_alpha(shell->text.data[shell->at]))) {
        word_add(shell, STR("$"));
        word_add(shell, name);
    } else {
        shell->word_is_there = true; /* an argument that is not there, or one within a word: nothing */
    }
}

/* At a '$'. */
static void read_dollar(struct shell *shell, bool is_in_quotes)
{
    struct command_reader *reader = shell->reader;
    str text = shell->text;
    size_t at = shell->at + 1;
    char next = at < text.len ? text.data[at] : 0;
    if (next == '(') {
        bool is_arithmetic = at + 1 < text.len && text.data[at + 1] == '(';
        size_t end = substitution_end(text, at + 1);
        shell->at = end < text.len ? end + 1 : end;
        if (is_arithmetic) {
            word_add(shell, STR("0"));
        } else {
            read_substitution(shell, str_slice(text, at + 1, end), is_in_quotes);
        }
    } else if (next == '{' && reader->work_left > 0) {
        size_t end = closing_brace(text, at);
        if (end == SIZE_MAX) {
            /* A long look for nothing, and nobody writes many of them. */
            size_t looked = text.len - at < LIMIT_COMMAND_BRACES_BYTES ? text.len - at : LIMIT_COMMAND_BRACES_BYTES;
            reader->work_left -= looked < reader->work_left ? looked : reader->work_left;
            shell->at = at;
            word_add(shell, STR("$"));
            return;
        }
        shell->at = end + 1;
        read_parameter(shell, str_slice(text, at + 1, end), is_in_quotes);
    } else if (next == '\'' && !is_in_quotes) {
        size_t end = at + 1;
        while (end < text.len && text.data[end] != '\'') {
            end += text.data[end] == '\\' && end + 1 < text.len ? 2 : 1;
        }
        end = end < text.len ? end : text.len;
        word_add(shell, decode_escapes(reader, str_slice(text, at + 1, end)));
        shell->at = end < text.len ? end + 1 : end;
    } else if (next == '"' && !is_in_quotes) {
        shell->at = at; /* $"..": as without the dollar */
    } else if (is_name_byte(next) && !ascii_is_digit(next)) {
        size_t end = at;
        while (end < text.len && is_name_byte(text.data[end])) {
            end++;
        }
        str name = str_slice(text, at, end);
        const str *value = find_in(reader->variables, reader->variable_count, name);
        shell->at = end;
        if (value) {
            add_value(shell, *value, is_in_quotes);
        } else if (str_eq(name, STR("IFS"))) {
            if (is_in_quotes) {
                word_add(shell, STR(" "));
            } else {
                word_end(shell);
            }
        } else {
            word_add(shell, str_slice(text, shell->at - name.len - 1, end));
        }
    } else if (next && strchr("@*123456789", next)) {
        shell->at = at + 1; /* arguments of a script: there are none */
        shell->word_is_there = true;
        bool stands_alone =
            shell->word_len == 0 && (shell->at >= text.len || strchr(" \t\n;|&)\"", text.data[shell->at]));
        if (stands_alone) {
            word_add(shell, str_slice(text, at - 1, at + 1));
        }
    } else if (next && strchr("#?$!-0", next) && next != '0') {
        shell->at = at + 1;
        word_add(shell, str_slice(text, at - 1, at + 1));
    } else {
        shell->at = at;
        word_add(shell, STR("$"));
    }
}

/* At a backquote. */
static void read_backquote(struct shell *shell, bool is_in_quotes)
{
    size_t end = shell->at + 1;
    while (!shell->no_backtick && end < shell->text.len && shell->text.data[end] != '`') {
        end += shell->text.data[end] == '\\' && end + 1 < shell->text.len ? 2 : 1;
    }
    if (shell->no_backtick || end >= shell->text.len) {
        shell->no_backtick = true;
        word_add(shell, STR("`"));
        shell->at++;
        return;
    }
    str body = str_slice(shell->text, shell->at + 1, end);
    shell->at = end + 1;
    read_substitution(shell, body, is_in_quotes);
}

/* At a double quote. */
static void read_double_quoted(struct shell *shell)
{
    str text = shell->text;
    size_t end = shell->at + 1;
    while (!shell->no_double && end < text.len && text.data[end] != '"') {
        end += text.data[end] == '\\' && end + 1 < text.len ? 2 : 1;
    }
    if (shell->no_double || end >= text.len) {
        shell->no_double = true;
        word_add(shell, STR("\""));
        shell->at++;
        return;
    }
    shell->word_is_there = true;
    size_t from = ++shell->at;
    while (shell->at < text.len && text.data[shell->at] != '"') {
        char c = text.data[shell->at];
        if (c != '$' && c != '`' && c != '\\') {
            shell->at++;
            continue;
        }
        word_add(shell, str_slice(text, from, shell->at));
        if (c == '$') {
            read_dollar(shell, true);
        } else if (c == '`') {
            read_backquote(shell, true);
        } else if (shell->at + 1 < text.len) {
            char escaped = text.data[shell->at + 1];
            bool is_plain = !strchr("$`\"\\\n", escaped);
            if (escaped != '\n') {
                word_add(shell, str_slice(text, shell->at + !is_plain, shell->at + 2));
            }
            shell->at += 2;
        } else {
            shell->at++;
        }
        from = shell->at;
    }
    word_add(shell, str_slice(text, from, shell->at));
    shell->at += shell->at < text.len;
}

static void read_single_quoted(struct shell *shell)
{
    size_t end = shell->no_single ? SIZE_MAX : str_find_char(shell->text, '\'', shell->at + 1);
    if (end == SIZE_MAX) {
        shell->no_single = true;
        word_add(shell, STR("'"));
        shell->at++;
        return;
    }
    word_add(shell, str_slice(shell->text, shell->at + 1, end));
    shell->at = end + 1;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

static bool is_plain_byte(char c)
{
    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case ';':
    case '&':
    case '|':
    case '<':
    case '>':
    case '(':
    case ')':
    case '\'':
    case '"':
    case '`':
    case '$':
    case '\\':
    case '{':
        return false;
    default:
        return true;
    }
}

static bool is_blank_or_end(str text, size_t at)
{
    return at >= text.len || ascii_is_blank(text.data[at]);
}

/* Whether the words so far begin the command of a tool whose arguments are patterns: sudo grep .. */
static bool is_filter(const struct shell *shell)
{
    static const str filters = STR("grep egrep fgrep zgrep rg ag ack jq yq gojq awk gawk mawk sed perl select");
    for (uint32_t i = 0; i < shell->raw.words.count && i < 4; i++) {
        if (word_list_has(filters, program_name(shell->raw.words.items[i].text))) {
            return true;
        }
    }
    return false;
}

/* Whether the operator at `at` is data of an argument whose quotes were lost. */
static bool is_data(const struct shell *shell, size_t brackets)
{
    str text = shell->text;
    char c = text.data[shell->at];
    if (c == '(') {
        return shell->word_is_there || is_filter(shell);
    }
    if (c == ')') {
        return brackets > 0;
    }
    if (!shell->word_is_there || is_blank_or_end(text, shell->at + 1)) {
        return false;
    }
    char next = text.data[shell->at + 1];
    if (c == '&') {
        str word = shell->word ? str_from(shell->word, shell->word_len) : STR_EMPTY;
        return next != '&' && next != '>' &&
               (str_find_char(word, '?', 0) != SIZE_MAX || str_contains(word, STR("://")));
    }
    return c == '|' && next != '|' && next != '&' && is_filter(shell);
}

/* Reads one word as it stands, several when a variable is split. */
static void read_word(struct shell *shell)
{
    str text = shell->text;
    size_t brackets = 0;
    word_begin(shell);
    size_t plain = shell->at;
    while (plain < text.len && is_plain_byte(text.data[plain])) {
        plain++;
    }
    if (plain >= text.len || text.data[plain] == ' ') { /* the common case: no copy */
        push_word(shell, str_slice(text, shell->at, plain));
        shell->at = plain;
        return;
    }
    char first = text.data[shell->at];
    shell->word_is_quoted = first == '\'' || first == '"' ||
                            (first == '$' && shell->at + 1 < text.len &&
                             (text.data[shell->at + 1] == '\'' || text.data[shell->at + 1] == '"'));
    while (shell->at < text.len) {
        size_t from = shell->at;
        while (shell->at < text.len && is_plain_byte(text.data[shell->at])) {
            shell->at++;
        }
        if (shell->at > from) {
            word_add(shell, str_slice(text, from, shell->at));
            continue;
        }
        char c = text.data[shell->at];
        if (ascii_is_blank(c)) {
            break;
        }
        if (c == '{') {
            shell->word_has_braces = true;
            word_add(shell, STR("{"));
            shell->at++;
        } else if (c == '\'') {
            read_single_quoted(shell);
        } else if (c == '"') {
            read_double_quoted(shell);
        } else if (c == '$') {
            read_dollar(shell, false);
        } else if (c == '`') {
            read_backquote(shell, false);
        } else if (c == '\\') {
            if (shell->at + 1 < text.len && text.data[shell->at + 1] != '\n') {
                word_add(shell, str_slice(text, shell->at + 1, shell->at + 2));
            }
            shell->at = shell->at + 2 < text.len ? shell->at + 2 : text.len;
        } else if (is_data(shell, brackets)) {
            brackets += c == '(';
            brackets -= c == ')';
            word_add(shell, str_slice(text, shell->at, shell->at + 1));
            shell->at++;
        } else {
            break;
        }
    }
    word_end(shell);
}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

static void group_open(struct shell *shell)
{
    if (shell->group_count < GROUPS_MAX) {
        shell->groups[shell->group_count].commands_from = shell->reader->count;
    }
    shell->group_count++;
}

static void group_close(struct shell *shell)
{
    if (shell->group_count > 0) {
        shell->group_count--;
        if (shell->group_count < GROUPS_MAX) {
            shell->segment_from = shell->groups[shell->group_count].commands_from;
        }
        shell->closes_group = true;
    }
}

/* Takes `count` words off the front. */
static void drop_words(struct raw_command *raw, uint32_t count)
{
    raw->words.items += count;
    raw->words.count -= count;
    raw->words.capacity -= count;
}

/* Words of the shell's grammar, and assignments, in front of a command. */
static void drop_keywords(struct shell *shell)
{
    static const str opening = STR("if while until for case select");
    static const str inner = STR("then else elif do ! time coproc");
    static const str closing = STR("fi done esac }");
    struct raw_command *raw = &shell->raw;
    struct command_reader *reader = shell->reader;
    while (raw->words.count && !raw->words.items[0].is_quoted) {
        str word = raw->words.items[0].text;
        bool is_definition = word.len > 2 && str_ends_with(word, STR("()"));
        size_t name_len = assignment_name(word);
        if (!name_len && !is_definition && !name_is(word, NAME_WORD)) {
            break;
        }
        if (name_len) {
            str_list_push(reader, &raw->settings, word);
            drop_words(raw, 1);
        } else if (word_list_has(STR("for select"), word) && raw->words.count > 2 &&
                   str_eq(raw->words.items[2].text, STR("in"))) {
            group_open(shell);
            set_in(reader->variables, &reader->variable_count, raw->words.items[1].text,
                   reader_join(reader, raw->words.items + 3, raw->words.count - 3));
            drop_words(raw, raw->words.count);
        } else if (word_list_has(STR("for case select"), word) && raw->words.count > 1) {
            group_open(shell);
            drop_words(raw, raw->words.count);
        } else if (word_list_has(opening, word) && raw->words.count > 1) {
            group_open(shell);
            drop_words(raw, 1);
        } else if (str_eq(word, STR("{"))) {
            group_open(shell);
            drop_words(raw, 1);
        } else if (word_list_has(inner, word)) {
            drop_words(raw, 1);
        } else if (word_list_has(closing, word) && shell->group_count > 0) {
            group_close(shell);
            raw->words.items[0].text = STR("done");
            if (raw->words.count > 1 || !raw->inputs.count) {
                drop_words(raw, 1);
            }
            break;
        } else if (str_eq(word, STR("function")) && raw->words.count > 1) {
            drop_words(raw, 2);
        } else if (is_definition) {
            drop_words(raw, 1);
        } else {
            break;
        }
    }
}

static void remember_settings(struct shell *shell)
{
    for (uint32_t i = 0; i < shell->raw.settings.count; i++) {
        str setting = shell->raw.settings.items[i];
        assign(shell->reader, setting, assignment_name(setting));
    }
}

/* cd, export, alias and the like: what later commands depend on. */
static void apply_builtin(struct shell *shell)
{
    struct command_reader *reader = shell->reader;
    const struct word_list *words = &shell->raw.words;
    str name = words->items[0].text;
    if (!name_is(name, NAME_BUILTIN)) {
        return;
    }
    if (word_list_has(STR("cd pushd"), name) && words->count > 1) {
        reader->folder = path_normalize(reader->arena, reader->folder, words->items[words->count - 1].text);
    } else if (word_list_has(STR("export declare local readonly typeset"), name)) {
        for (uint32_t i = 1; i < words->count; i++) {
            size_t name_len = assignment_name(words->items[i].text);
            if (name_len) {
                assign(reader, words->items[i].text, name_len);
            }
        }
    } else if (str_eq(name, STR("alias"))) {
        for (uint32_t i = 1; i < words->count; i++) {
            size_t name_len = assignment_name(words->items[i].text);
            if (name_len) {
                reader_set_alias(reader, str_slice(words->items[i].text, 0, name_len),
                                 str_skip(words->items[i].text, name_len + 1));
            }
        }
    }
}

static void finish_command(struct shell *shell)
{
    struct raw_command *raw = &shell->raw;
    struct command_reader *reader = shell->reader;
    uint32_t from = reader->count;
    shell->closes_group = false;
    drop_keywords(shell);
    if (raw->words.count == 0 && raw->inputs.count == 0) {
        remember_settings(shell);
        if (!shell->closes_group) {
            shell->output = STR_EMPTY;
        }
    } else {
        if (raw->words.count) {
            apply_builtin(shell);
        }
        raw->fed_text = raw->fed_text.len ? raw->fed_text : shell->fed_text;
        shell->output = command_unwrap(reader, raw, shell->depth);
        shell->takes_rest = raw->end.len > 0;
    }
    if (shell->feeding.to > shell->feeding.from && reader->count > from) {
        for (uint32_t i = shell->feeding.from; i < shell->feeding.to; i++) {
            if (reader->commands[i].feeds.to == 0) {
                reader->commands[i].feeds = (struct command_range){from, reader->count};
            }
        }
        shell->feeding = (struct command_range){0};
    }
    memset(raw, 0, sizeof(*raw));
}

/* ---- operators --------------------------------------------------------------------------------------------------- */

static void end_segment(struct shell *shell, bool is_pipe)
{
    bool had_command = shell->raw.words.count || shell->raw.inputs.count || shell->raw.settings.count;
    if (had_command) {
        finish_command(shell);
    }
    if (is_pipe) {
        shell->feeding = (struct command_range){shell->segment_from, shell->reader->count};
        shell->fed_text = shell->output;
    } else {
        shell->feeding = (struct command_range){0};
        shell->fed_text = shell->first_fed;
    }
    shell->segment_from = shell->reader->count;
    shell->closes_group = false;
}

/* The lines up to the mark of a here-document, which starts behind the next line break. */
static str take_heredoc(struct shell *shell)
{
    str text = shell->text;
    size_t from = shell->at;
    size_t at = from;
    while (at < text.len) {
        size_t end = str_find_char(text, '\n', at);
        end = end == SIZE_MAX ? text.len : end;
        if (str_eq(str_trim(str_slice(text, at, end)), shell->heredoc_end)) {
            shell->at = end;
            return str_slice(text, from, at);
        }
        at = end + 1;
    }
    shell->at = text.len;
    return str_slice(text, from, text.len);
}

static void end_line(struct shell *shell)
{
    if (shell->heredoc_end.len) {
        shell->at++;
        str body = take_heredoc(shell);
        shell->heredoc_end = STR_EMPTY;
        if (shell->raw.words.count == 0) { /* the command of the document is read: a shell behind a pipe */
            return;
        }
        shell->raw.fed_text = body;
        end_segment(shell, false);
        return;
    }
    end_segment(shell, false);
    shell->at++;
}

/* At '<' or '>', perhaps behind a number. */
static void read_redirection(struct shell *shell)
{
    str text = shell->text;
    char direction = text.data[shell->at];
    size_t at = shell->at + 1;
    char next = at < text.len ? text.data[at] : 0;
    struct command_reader *reader = shell->reader;
    if (next == '(') { /* <(commands) */
        size_t end = substitution_end(text, at + 1);
        str body = str_slice(text, at + 1, end);
        shell->at = end < text.len ? end + 1 : end;
        str output = read_inner(shell, body);
        if (output.len) {
            shell->raw.fed_text = output;
        }
        shell->word_from = shell->at;
        push_word(shell, STR("<()"));
        return;
    }
    bool is_heredoc = direction == '<' && next == '<';
    bool is_herestring = is_heredoc && at + 1 < text.len && text.data[at + 1] == '<';
    at += is_herestring ? 2 : is_heredoc || next == '>' || next == '&' || next == '|' ? 1 : 0;
    bool is_number = !is_heredoc && next == '&';
    if (direction == '<' && next == '>') {
        is_number = false;
    }
    if (is_heredoc && !is_herestring && at < text.len && text.data[at] == '-') {
        at++;
    }
    while (at < text.len && (text.data[at] == ' ' || text.data[at] == '\t')) {
        at++;
    }
    shell->at = at;
    if (at >= text.len || strchr("\n;|&()<>", text.data[at])) {
        return;
    }
    uint32_t before = shell->raw.words.count;
    read_word(shell);
    if (shell->raw.words.count <= before) {
        return;
    }
    str target = shell->raw.words.items[before].text;
    shell->raw.words.count = before;
    if (is_herestring) {
        shell->raw.fed_text = target;
    } else if (is_heredoc) {
        shell->heredoc_end = target;
    } else if (direction == '<' && !is_number) {
        str_list_push(reader, &shell->raw.inputs, target);
    } else if (direction == '>' && !is_number) {
        str_list_push(reader, &shell->raw.outputs, target);
    }
}

/* 2> file: the place of the arrow, or `at`. No shell has descriptors of more than a few digits. */
static size_t behind_number(str text, size_t at)
{
    size_t end = at;
    while (end < text.len && end - at < 4 && ascii_is_digit(text.data[end])) {
        end++;
    }
    return end < text.len && (text.data[end] == '<' || text.data[end] == '>') ? end : at;
}

static void read_operator(struct shell *shell, char c)
{
    str text = shell->text;
    char next = shell->at + 1 < text.len ? text.data[shell->at + 1] : 0;
    if (c == '\n') {
        end_line(shell);
    } else if (c == '|' && next != '|') {
        end_segment(shell, true);
        shell->at += next == '&' ? 2 : 1;
    } else if (c == '&' && next == '>') { /* &> file */
        shell->at++;
    } else if (c == ';' || c == '&' || c == '|') {
        end_segment(shell, false);
        shell->at++;
    } else if (c == '(') {
        end_segment(shell, false);
        group_open(shell);
        shell->at++;
    } else {
        if (shell->raw.words.count || shell->raw.inputs.count || shell->raw.settings.count) {
            finish_command(shell);
        }
        group_close(shell);
        shell->at++;
    }
}

str shell_read(struct command_reader *reader, str text, unsigned depth, str fed_text)
{
    if (depth > LIMIT_COMMAND_DEPTH || text.len > reader->work_left) {
        reader->is_cut = true;
        return STR_EMPTY;
    }
    reader->work_left -= text.len;
    struct shell shell = {.reader = reader,
                          .text = text,
                          .depth = depth,
                          .fed_text = fed_text,
                          .first_fed = fed_text,
                          .output = STR_EMPTY,
                          .heredoc_end = STR_EMPTY,
                          .segment_from = reader->count};
    while (shell.at < text.len && !reader->is_out_of_memory && !shell.takes_rest) {
        char c = text.data[shell.at];
        if (c == ' ' || c == '\t' || c == '\r') {
            shell.at++;
        } else if (c == '\\' && shell.at + 1 < text.len && text.data[shell.at + 1] == '\n') {
            shell.at += 2;
        } else if (c == '<' || c == '>') {
            read_redirection(&shell);
        } else if (c == '\n' || c == ';' || c == '&' || c == '|' || c == ')' || (c == '(' && !is_filter(&shell))) {
            read_operator(&shell, c);
        } else if (ascii_is_digit(c) && behind_number(text, shell.at) > shell.at) {
            shell.at = behind_number(text, shell.at);
        } else {
            read_word(&shell);
        }
        if (reader->count >= LIMIT_COMMAND_COMMANDS) {
            reader->is_cut = true;
            break;
        }
    }
    if (!shell.takes_rest && (shell.raw.words.count || shell.raw.inputs.count || shell.raw.settings.count)) {
        finish_command(&shell);
    }
    return shell.output;
}
