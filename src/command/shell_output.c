/* What some commands are known to print: echo, printf, and the decoders that hidden commands go through. */
#include "base/base64.h"
#include "command/command_internal.h"
#include "command/known_names.h"

static char *allocate_text(struct command_reader *reader, size_t bytes)
{
    if (bytes > LIMIT_COMMAND_DECODED_BYTES || bytes > reader->work_left) {
        reader->is_cut = true;
        return NULL;
    }
    reader->work_left -= bytes;
    return reader_allocate(reader, bytes + 1, 1);
}

/* Escapes of echo -e and printf. */
static str decode_echo(struct command_reader *reader, str text)
{
    char *data = allocate_text(reader, text.len);
    if (!data) {
        return STR_EMPTY;
    }
    size_t len = 0;
    for (size_t i = 0; i < text.len;) {
        char c = text.data[i++];
        if (c != '\\' || i >= text.len) {
            data[len++] = c;
            continue;
        }
        c = text.data[i++];
        unsigned value = 0;
        if (c == 'x') {
            for (unsigned n = 0; n < 2 && i < text.len && ascii_is_hex_digit(text.data[i]); n++) {
                value = value * 16 + (unsigned)ascii_hex_value(text.data[i++]);
            }
            data[len++] = (char)value;
        } else if (c >= '0' && c <= '7') {
            i--;
            for (unsigned n = 0; n < (c == '0' ? 4u : 3u) && i < text.len && text.data[i] >= '0' && text.data[i] <= '7';
                 n++) {
                value = value * 8 + (unsigned)(text.data[i++] - '0');
            }
            data[len++] = (char)value;
        } else {
            data[len++] = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
        }
    }
    return str_from(data, len);
}

static str output_of_echo(struct command_reader *reader, const struct word_list *words)
{
    uint32_t first = 1;
    bool decodes = false;
    while (first < words->count && words->items[first].text.len > 1 && words->items[first].text.data[0] == '-' &&
           word_list_has(STR("-n -e -E -ne -en -nE"), words->items[first].text)) {
        decodes |= str_find_char(words->items[first].text, 'e', 0) != SIZE_MAX;
        first++;
    }
    str text = reader_join(reader, words->items + first, words->count - first);
    return decodes || str_contains(text, STR("\\x")) || str_contains(text, STR("\\0")) ? decode_echo(reader, text)
                                                                                       : text;
}

/* Each % of the format takes the next argument. */
static str output_of_printf(struct command_reader *reader, const struct word_list *words)
{
    if (words->count < 2) {
        return STR_EMPTY;
    }
    str format = decode_echo(reader, words->items[1].text);
    str result = STR_EMPTY;
    uint32_t argument = 2;
    bool took = true;
    for (unsigned round = 0; round < LIMIT_COMMAND_VARIABLES && took; round++) {
        took = false;
        size_t from = 0;
        for (size_t i = 0; i < format.len; i++) {
            if (format.data[i] != '%' || i + 1 >= format.len) {
                continue;
            }
            result = reader_concat(reader, result, str_slice(format, from, i));
            if (format.data[i + 1] == '%') {
                result = reader_concat(reader, result, STR("%"));
            } else if (argument < words->count) {
                str value = words->items[argument++].text;
                result = reader_concat(reader, result, format.data[i + 1] == 'b' ? decode_echo(reader, value) : value);
                took = true;
            }
            i++;
            from = i + 1;
            if (reader->is_cut) {
                return result;
            }
        }
        result = reader_concat(reader, result, str_skip(format, from));
        took = took && argument < words->count;
    }
    return result;
}

static str decode_base64(struct command_reader *reader, str text)
{
    char *data = allocate_text(reader, base64_bytes_max(text));
    return data ? str_from(data, base64_decode(text, data)) : STR_EMPTY;
}

static str decode_hex(struct command_reader *reader, str text)
{
    char *data = allocate_text(reader, text.len / 2 + 1);
    if (!data) {
        return STR_EMPTY;
    }
    size_t len = 0;
    int high = -1;
    for (size_t i = 0; i < text.len; i++) {
        int digit = ascii_hex_value(text.data[i]);
        if (digit >= 0 && high < 0) {
            high = digit;
        } else if (digit >= 0) {
            data[len++] = (char)(high << 4 | digit);
            high = -1;
        }
    }
    return str_from(data, len);
}

static str reversed(struct command_reader *reader, str text)
{
    char *data = allocate_text(reader, text.len);
    for (size_t i = 0; data && i < text.len; i++) {
        data[i] = text.data[text.len - 1 - i];
    }
    return data ? str_from(data, text.len) : STR_EMPTY;
}

/* One set of tr: ranges and letters. Gives the number of bytes written to `ret`. */
static size_t expand_tr_set(str set, unsigned char ret[512])
{
    size_t count = 0;
    for (size_t i = 0; i < set.len && count < 512; i++) {
        unsigned char c = (unsigned char)set.data[i];
        if (i + 2 < set.len && set.data[i + 1] == '-' && (unsigned char)set.data[i + 2] >= c) {
            for (unsigned b = c; b <= (unsigned char)set.data[i + 2] && count < 512; b++) {
                ret[count++] = (unsigned char)b;
            }
            i += 2;
        } else if (c != '[' && c != ']') {
            ret[count++] = c;
        }
    }
    return count;
}

static str translated(struct command_reader *reader, str text, const struct word_list *words)
{
    if (words->count != 3 || (words->items[1].text.len && words->items[1].text.data[0] == '-')) {
        return STR_EMPTY;
    }
    unsigned char from[512];
    unsigned char to[512];
    size_t from_count = expand_tr_set(words->items[1].text, from);
    size_t to_count = expand_tr_set(words->items[2].text, to);
    char *data = allocate_text(reader, text.len);
    if (!data || to_count == 0) {
        return STR_EMPTY;
    }
    char map[256];
    for (unsigned i = 0; i < 256; i++) {
        map[i] = (char)i;
    }
    for (size_t i = from_count; i-- > 0;) {
        map[from[i]] = (char)to[i < to_count ? i : to_count - 1];
    }
    for (size_t i = 0; i < text.len; i++) {
        data[i] = map[(unsigned char)text.data[i]];
    }
    return str_from(data, text.len);
}

static bool has_word(const struct word_list *words, str list)
{
    for (uint32_t i = 1; i < words->count; i++) {
        if (word_list_has(list, words->items[i].text)) {
            return true;
        }
    }
    return false;
}

str command_output(struct command_reader *reader, const struct raw_command *raw)
{
    const struct word_list *words = &raw->words;
    if (words->count == 0) {
        return STR_EMPTY;
    }
    str name = program_name(words->items[0].text);
    if (!name_is(name, NAME_OUTPUT)) {
        return STR_EMPTY;
    }
    if (str_eq(name, STR("echo"))) {
        return output_of_echo(reader, words);
    }
    if (str_eq(name, STR("printf"))) {
        return output_of_printf(reader, words);
    }
    if (word_list_has(STR("which type whereis"), name) ||
        (str_eq(name, STR("command")) && has_word(words, STR("-v -V")))) {
        return words->items[words->count - 1].text;
    }
    if (raw->fed_text.len == 0) {
        return STR_EMPTY;
    }
    if (word_list_has(STR("base64 base64url gbase64 basenc"), name) &&
        has_word(words, STR("-d -D --decode -di -id --d --dec"))) {
        return decode_base64(reader, raw->fed_text);
    }
    if (str_eq(name, STR("openssl")) && has_word(words, STR("base64 enc")) && has_word(words, STR("-d"))) {
        return decode_base64(reader, raw->fed_text);
    }
    if (str_eq(name, STR("xxd")) && has_word(words, STR("-r -rp -pr -ps"))) {
        return decode_hex(reader, raw->fed_text);
    }
    if (str_eq(name, STR("rev"))) {
        return reversed(reader, raw->fed_text);
    }
    if (str_eq(name, STR("tr"))) {
        return translated(reader, raw->fed_text, words);
    }
    if (word_list_has(STR("cat tee"), name) && (words->count == 1 || !has_word(words, STR("-")))) {
        return words->count == 1 || str_eq(name, STR("tee")) ? raw->fed_text : STR_EMPTY;
    }
    return STR_EMPTY;
}
