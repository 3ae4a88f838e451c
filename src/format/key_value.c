/* key_value.c - key=value pairs in any text: logfmt (time="..." level=info), firewall logs (SRC=1.2.3.4 DST=...),
 * PAM (rhost=1.2.3.4 user=x), Asterisk (Service="PJSIP",AccountID="kiwi"). */
#include "format/message.h"

enum { KEY_BYTES_MAX = 63 };

static bool is_key_char(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '_' || c == '.' || c == '-' || c == '@' || c == '/';
}

/* Pairs are parted by blanks or by these. */
static bool is_separator(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '(' || c == '[' || c == '{' || c == '|' || c == ')' ||
           c == ']' || c == '}';
}

/* Begin of the key that ends at `equals`, or SIZE_MAX. */
static size_t key_begin(str text, size_t from, size_t equals)
{
    size_t begin = equals;
    while (begin > from && equals - begin < KEY_BYTES_MAX && is_key_char(text.data[begin - 1])) {
        begin--;
    }
    bool starts_well =
        begin < equals && (ascii_is_alpha(text.data[begin]) || text.data[begin] == '_' || text.data[begin] == '@');
    bool is_parted = begin == 0 || is_separator(text.data[begin - 1]);
    return starts_well && is_parted ? begin : SIZE_MAX;
}

/* Index of the closing quote, or SIZE_MAX. */
static size_t find_quote(str text, char quote, size_t from)
{
    for (size_t at = from; at < text.len; at++) {
        if (text.data[at] == '\\') {
            at++;
        } else if (text.data[at] == quote) {
            return at;
        }
    }
    return SIZE_MAX;
}

/* The value at `at`; gives where to go on. */
static size_t take_value(str text, size_t at, struct message *message, struct message_field *field)
{
    if (at < text.len && (text.data[at] == '"' || text.data[at] == '\'')) {
        size_t close = find_quote(text, text.data[at], at + 1);
        if (close == SIZE_MAX && text.data[at] == '\'') {
            close = at; /* an apostrophe, not a quote */
        } else {
            message->is_cut = message->is_cut || close == SIZE_MAX;
            field->escape = VALUE_QUOTED;
            field->value = str_slice(text, at + 1, close);
            return close == SIZE_MAX ? text.len : close + 1;
        }
    }
    size_t end = at;
    while (end < text.len && text.data[end] != ' ' && text.data[end] != '\t' && text.data[end] != ',' &&
           text.data[end] != ';') {
        end++;
    }
    field->value = str_slice(text, at, end);
    return end;
}

void key_value_parse(str text, struct message *message)
{
    message->text = text;
    bool begins_with_pair = false;
    size_t at = 0;
    while (at < text.len && !message->is_failed) {
        size_t equals = str_find_char(text, '=', at);
        if (equals == SIZE_MAX) {
            break;
        }
        size_t begin = key_begin(text, at, equals);
        if (begin == SIZE_MAX) {
            at = equals + 1;
            continue;
        }
        struct message_field field = {str_slice(text, begin, equals), STR_EMPTY, STR_EMPTY, VALUE_PLAIN};
        at = take_value(text, equals + 1, message, &field);
        begins_with_pair = begins_with_pair || begin == 0;
        message_add(message, field);
    }
    message->kind = begins_with_pair || message->field_count >= 2 ? MESSAGE_KEY_VALUE : MESSAGE_TEXT;
    message->is_damaged = message->is_damaged || message->is_cut;
}
