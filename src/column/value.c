#include "column/value.h"

#include <assert.h>
#include <stdio.h>

#include "base/strbuf.h"

str value_type_name(enum value_type type)
{
    static const char *const names[TYPE_COUNT] = {
        [TYPE_NULL] = "NULL",     [TYPE_BOOL] = "Boolean", [TYPE_INT64] = "Long", [TYPE_DOUBLE] = "Double",
        [TYPE_STRING] = "String", [TYPE_BYTES] = "byte[]", [TYPE_IP] = "Host",
    };
    assert((unsigned)type < TYPE_COUNT);
    return str_from_cstring(names[type]);
}

static const uint8_t v4_prefix[12] = {[10] = 0xFF, [11] = 0xFF};

bool ip_is_v4(const struct ip *ip)
{
    return memcmp(ip->bytes, v4_prefix, sizeof(v4_prefix)) == 0;
}

struct ip ip_from_v4_bytes(const uint8_t bytes[4])
{
    struct ip ip;
    memcpy(ip.bytes, v4_prefix, sizeof(v4_prefix));
    memcpy(ip.bytes + 12, bytes, 4);
    return ip;
}

static bool parse_v4(str text, uint8_t ret_bytes[4])
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        if (part > 0) {
            if (at >= text.len || text.data[at] != '.') {
                return false;
            }
            at++;
        }
        size_t start = at;
        unsigned number = 0;
        while (at < text.len && at - start < 3 && ascii_is_digit(text.data[at])) {
            number = number * 10 + (unsigned)(text.data[at] - '0');
            at++;
        }
        /* "010" is octal to some readers and decimal to others: refused. */
        if (at == start || number > 255 || (at - start > 1 && text.data[start] == '0')) {
            return false;
        }
        ret_bytes[part] = (uint8_t)number;
    }
    return at == text.len;
}

/* One group of 1 to 4 hex digits. */
static bool parse_group(str text, size_t *at, uint16_t *ret_group)
{
    size_t start = *at;
    while (*at < text.len && *at - start < 4 &&
           (ascii_is_digit(text.data[*at]) || ((text.data[*at] | 0x20) >= 'a' && (text.data[*at] | 0x20) <= 'f'))) {
        (*at)++;
    }
    uint64_t value;
    if (!str_hex_to_u64(str_slice(text, start, *at), &value)) {
        return false;
    }
    *ret_group = (uint16_t)value;
    return true;
}

static bool parse_v6(str text, struct ip *ret)
{
    uint16_t groups[8] = {0};
    int count = 0;
    int gap = -1; /* number of groups before "::" */
    size_t at = 0;
    if (text.len >= 2 && text.data[0] == ':' && text.data[1] == ':') {
        gap = 0;
        at = 2;
    }
    while (at < text.len && count < 8) {
        uint8_t v4[4];
        if (count <= 6 && (count == 6 || gap >= 0) && parse_v4(str_skip(text, at), v4)) {
            groups[count++] = (uint16_t)(v4[0] << 8 | v4[1]);
            groups[count++] = (uint16_t)(v4[2] << 8 | v4[3]);
            at = text.len;
            break;
        }
        if (!parse_group(text, &at, &groups[count])) {
            return false;
        }
        count++;
        if (at == text.len) {
            break;
        }
        if (text.data[at++] != ':') {
            return false;
        }
        if (at < text.len && text.data[at] == ':') {
            if (gap >= 0) {
                return false;
            }
            gap = count;
            at++;
        } else if (at == text.len) {
            return false; /* a single colon at the end */
        }
    }
    if (at != text.len || (gap < 0 && count != 8) || (gap >= 0 && count > 7)) {
        return false;
    }
    struct ip ip = IP_V6_NONE;
    int shift = 8 - count;
    for (int i = 0; i < count; i++) {
        int place = gap >= 0 && i >= gap ? i + shift : i;
        ip.bytes[place * 2] = (uint8_t)(groups[i] >> 8);
        ip.bytes[place * 2 + 1] = (uint8_t)groups[i];
    }
    *ret = ip;
    return true;
}

bool ip_parse(str text, struct ip *ret)
{
    uint8_t v4[4];
    if (parse_v4(text, v4)) {
        *ret = ip_from_v4_bytes(v4);
        return true;
    }
    return parse_v6(text, ret);
}

size_t ip_format(const struct ip *ip, char ret_text[IP_TEXT_BYTES])
{
    const uint8_t *b = ip->bytes;
    int length = ip_is_v4(ip) ? snprintf(ret_text, IP_TEXT_BYTES, "%u.%u.%u.%u", b[12], b[13], b[14], b[15])
                              : snprintf(ret_text, IP_TEXT_BYTES, "%x:%x:%x:%x:%x:%x:%x:%x", b[0] << 8 | b[1],
                                         b[2] << 8 | b[3], b[4] << 8 | b[5], b[6] << 8 | b[7], b[8] << 8 | b[9],
                                         b[10] << 8 | b[11], b[12] << 8 | b[13], b[14] << 8 | b[15]);
    return (size_t)length;
}

void ip_append(struct strbuf *buffer, const struct ip *ip)
{
    char text[IP_TEXT_BYTES];
    strbuf_append(buffer, (str){text, ip_format(ip, text)});
}

bool mac_parse(str text, char ret_text[MAC_TEXT_BYTES])
{
    /* Digits between two separators, and the separator. */
    size_t group = text.len == 12 ? 12 : text.len == 14 ? 4 : 2;
    char separator = text.len == 14 ? '.' : text.len == 17 ? text.data[2] : '\0';
    if ((text.len != 12 && text.len != 14 && text.len != 17) || (group == 2 && separator != ':' && separator != '-')) {
        return false;
    }
    size_t digits = 0;
    char *to = ret_text;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (i % (group + 1) == group) {
            if (c != separator) {
                return false;
            }
            continue;
        }
        if (c >= 'a' && c <= 'f') {
            c = (char)(c - 'a' + 'A');
        } else if (!ascii_is_digit(c) && (c < 'A' || c > 'F')) {
            return false;
        }
        if (digits > 0 && digits % 2 == 0) {
            *to++ = ':';
        }
        *to++ = c;
        digits++;
    }
    *to = '\0';
    return digits == 12;
}
