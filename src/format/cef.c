/* cef.c - ArcSight's Common Event Format, as it arrives.
 *
 *     CEF:0|Vendor|Product|Version|SignatureID|Name|Severity|key=value with blanks key=value
 *
 * A value ends where a blank and the next key= begin. In the header \| and \\ are escapes, in values \= \\ \n \r.
 * Real senders write "CEF: 0|", leave out the prefix, quote values, end values with '|', and do not escape '='; a key
 * is therefore only what looks like one: letters and digits behind a blank. */
#include "format/message.h"

/* Each label is looked up among all fields: more of them than any sender has would cost too much. */
enum { KEY_BYTES_MAX = 63, HEADER_PARTS = 7, LABELS_MAX = 64 };

/* Behind "CEF:": "0|" or " 0|". */
static bool is_version_at(str text, size_t at)
{
    while (at < text.len && text.data[at] == ' ') {
        at++;
    }
    size_t digits = 0;
    while (at < text.len && ascii_is_digit(text.data[at]) && digits < 3) {
        at++;
        digits++;
    }
    return digits > 0 && at < text.len && text.data[at] == '|';
}

/* The pipe that is no part of the text, or SIZE_MAX. */
static size_t find_pipe(str text, size_t from)
{
    for (size_t at = from; at < text.len; at++) {
        if (text.data[at] == '\\') {
            at++;
        } else if (text.data[at] == '|') {
            return at;
        }
    }
    return SIZE_MAX;
}

/* Without the prefix only a whole header in front of an attribute is proof enough. */
bool cef_is_bare_header(str text)
{
    if (!is_version_at(text, 0)) {
        return false;
    }
    size_t at = 0;
    for (size_t part = 0; part < HEADER_PARTS; part++) {
        at = find_pipe(text, at);
        if (at == SIZE_MAX) {
            return false;
        }
        at++;
    }
    return str_find_char(text, '=', at) != SIZE_MAX;
}

/* "CEF:0|" or "CEF: 0|", at the front or behind a blank or a quote. */
bool cef_is_header_at(str text, size_t at)
{
    return is_version_at(text, at + 4) && (at == 0 || ascii_is_blank(text.data[at - 1]) || text.data[at - 1] == '"');
}

static bool is_key_char(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '_' || c == '.' || c == '-';
}

/* The key in front of the '=' at `equals`: its first byte, or SIZE_MAX if what stands there is no key. `from` is where
   it may begin at the earliest. */
static size_t key_begin(str text, size_t from, size_t equals)
{
    size_t begin = equals;
    while (begin > from && equals - begin < KEY_BYTES_MAX && is_key_char(text.data[begin - 1])) {
        begin--;
    }
    bool starts_well = begin < equals && (ascii_is_alpha(text.data[begin]) || ascii_is_digit(text.data[begin]) ||
                                          text.data[begin] == '_');
    bool is_parted = begin == 0 || text.data[begin - 1] == ' ' || text.data[begin - 1] == '\t';
    return starts_well && is_parted ? begin : SIZE_MAX;
}

static str trim_value(str value)
{
    value = str_trim(value);
    if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"' &&
        str_find_char(str_slice(value, 1, value.len - 1), '"', 0) == SIZE_MAX) {
        value = str_slice(value, 1, value.len - 1);
    }
    return value;
}

static void add_extension(struct message *message, str key, str value)
{
    message_add(message, (struct message_field){key, STR_EMPTY, trim_value(value), VALUE_CEF});
}

static void parse_extensions(str text, struct message *message)
{
    str key = STR_EMPTY;
    size_t value_begin = 0;
    for (size_t at = 0; at < text.len && !message->is_failed; at++) {
        if (text.data[at] == '\\') {
            at++;
            continue;
        }
        if (text.data[at] != '=') {
            continue;
        }
        size_t begin = key_begin(text, value_begin, at);
        if (begin == SIZE_MAX) {
            continue;
        }
        if (key.len > 0) {
            add_extension(message, key, str_slice(text, value_begin, begin));
        } else if (str_trim(str_slice(text, 0, begin)).len > 0) {
            message->is_damaged = true; /* text in front of the first key */
        }
        key = str_slice(text, begin, at);
        value_begin = at + 1;
    }
    if (key.len > 0) {
        add_extension(message, key, str_skip(text, value_begin));
    } else if (str_trim(text).len > 0) {
        message->is_damaged = true;
    }
}

/* cs1Label=Policy names cs1. */
static void attach_labels(struct message *message)
{
    static const str suffix = {"Label", 5};
    size_t labels = 0;
    for (size_t i = 0; i < message->field_count && labels < LABELS_MAX; i++) {
        const struct message_field *label = &message->fields[i];
        if (label->key.len <= suffix.len || !str_ends_with(label->key, suffix) || label->value.len == 0) {
            continue;
        }
        labels++;
        str base = str_slice(label->key, 0, label->key.len - suffix.len);
        for (size_t k = 0; k < message->field_count; k++) {
            if (str_eq_ignore_case(message->fields[k].key, base)) {
                message->fields[k].label = label->value;
                break;
            }
        }
    }
}

void cef_parse(str text, struct message *message)
{
    message->kind = MESSAGE_CEF;
    message->text = text;
    str ignored;
    str *parts[HEADER_PARTS] = {&ignored,           &message->vendor, &message->product, &message->version,
                                &message->event_id, &message->name,   &message->severity};
    size_t at = 0;
    for (size_t part = 0; part < HEADER_PARTS; part++) {
        size_t pipe = find_pipe(text, at);
        *parts[part] = str_trim(str_slice(text, at, pipe));
        if (pipe == SIZE_MAX) {
            message->is_damaged = true;
            message->is_cut = true;
            return;
        }
        at = pipe + 1;
    }
    parse_extensions(str_skip(text, at), message);
    attach_labels(message);
}
