/* leef.c - IBM's Log Event Extended Format, 1.0 and 2.0, as it arrives.
 *
 *     LEEF:1.0|Vendor|Product|Version|EventID|key=value<tab>key=value
 *     LEEF:2.0|Vendor|Product|Version|EventID|^|key=value^key=value
 *
 * The delimiter of 2.0 is one character or a hexadecimal code (x5E, 0x5E); senders leave it empty or out, which means a
 * tab. Relays turn tabs into "#011". Values have no escapes: what stands between two delimiters is the value, so that a
 * command line comes back byte for byte. A piece without '=' belongs to the value before it. */
#include "format/message.h"

/* "LEEF:1.0|", at the front or behind a blank. */
bool leef_is_header_at(str text, size_t at)
{
    return text.len >= at + 9 && ascii_is_digit(text.data[at + 5]) && text.data[at + 6] == '.' &&
           ascii_is_digit(text.data[at + 7]) && text.data[at + 8] == '|' &&
           (at == 0 || ascii_is_blank(text.data[at - 1]));
}

/* Takes up to the next pipe. False: there is none; the rest is the part, and the line is cut. */
static bool take_header_part(str *rest, str *ret)
{
    size_t pipe = str_find_char(*rest, '|', 0);
    *ret = str_slice(*rest, 0, pipe);
    *rest = str_skip(*rest, pipe == SIZE_MAX ? rest->len : pipe + 1);
    return pipe != SIZE_MAX;
}

/* One character, or a hexadecimal code of up to four digits behind x or 0x; empty means a tab. */
static bool parse_delimiter(str text, char *ret)
{
    if (text.len == 0) {
        *ret = '\t';
        return true;
    }
    if (text.len == 1) {
        *ret = text.data[0];
        return *ret != '=';
    }
    str digits = str_skip(text, text.data[0] == '0');
    uint64_t code;
    if (digits.len < 2 || digits.len > 5 || (digits.data[0] | 0x20) != 'x' ||
        !str_hex_to_u64(str_skip(digits, 1), &code) || code == 0 || code > 0xFF) {
        return false;
    }
    *ret = (char)(unsigned char)code;
    return true;
}

/* LEEF 2.0: the delimiter stands between EventID and the attributes, if the sender remembered it. */
static char take_delimiter(str *rest)
{
    char delimiter = '\t';
    size_t pipe = str_find_char(str_slice(*rest, 0, 8), '|', 0);
    if (pipe != SIZE_MAX && parse_delimiter(str_slice(*rest, 0, pipe), &delimiter)) {
        *rest = str_skip(*rest, pipe + 1);
    }
    return delimiter;
}

static void add_attribute(struct message *message, str piece)
{
    size_t equals = str_find_char(piece, '=', 0);
    str key = str_trim(str_slice(piece, 0, equals));
    if (equals == SIZE_MAX || key.len == 0) {
        if (message->field_count > 0) {
            /* The delimiter was part of the value: pieces are neighbours in memory, so the value just grows. */
            struct message_field *last = &message->fields[message->field_count - 1];
            last->value.len = (size_t)(piece.data + piece.len - last->value.data);
        } else if (str_trim(piece).len > 0) {
            message->is_damaged = true;
        }
        return;
    }
    message_add(message, (struct message_field){key, STR_EMPTY, str_skip(piece, equals + 1), VALUE_PLAIN});
}

static void parse_attributes(str rest, str delimiter, struct message *message)
{
    while (rest.len > 0 && !message->is_failed) {
        size_t end = str_find(rest, delimiter, 0);
        add_attribute(message, str_slice(rest, 0, end));
        rest = str_skip(rest, end == SIZE_MAX ? rest.len : end + delimiter.len);
    }
}

void leef_parse(str text, struct message *message)
{
    message->kind = MESSAGE_LEEF;
    message->text = text;
    bool is_second = text.len > 5 && text.data[5] != '1';
    str rest = text;
    str ignored;
    str *parts[] = {&ignored, &message->vendor, &message->product, &message->version, &message->event_id};
    for (size_t i = 0; i < countof(parts); i++) {
        if (!take_header_part(&rest, parts[i])) {
            message->is_damaged = true;
            message->is_cut = true;
            return;
        }
    }
    char delimiter = '\t';
    if (is_second || (rest.len > 1 && rest.data[1] == '|')) { /* some write 1.0 and mean 2.0 */
        delimiter = take_delimiter(&rest);
    }
    if (delimiter == '\t' && str_find_char(rest, '\t', 0) == SIZE_MAX && str_contains(rest, STR("#011"))) {
        parse_attributes(rest, STR("#011"), message);
    } else {
        parse_attributes(rest, str_from(&delimiter, 1), message);
    }
}
