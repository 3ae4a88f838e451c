#include "base/utf8.h"

#include <assert.h>
#include <stdio.h>

size_t utf8_decode(str s, uint32_t *ret_code_point)
{
    if (s.len == 0) {
        return 0;
    }
    const unsigned char *p = (const unsigned char *)s.data;
    if (p[0] < 0x80) {
        *ret_code_point = p[0];
        return 1;
    }
    *ret_code_point = UTF8_INVALID;
    if (p[0] < 0xC2 || p[0] > 0xF4) {
        return 1;
    }
    size_t need = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    /* The second byte carries the checks for overlong forms, surrogates and the upper end. */
    unsigned char low = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    uint32_t value = p[0] & (0x7Fu >> need);
    for (size_t i = 1; i < need; i++) {
        if (i >= s.len || p[i] < low || p[i] > high) {
            return i;
        }
        value = value << 6 | (p[i] & 0x3Fu);
        low = 0x80;
        high = 0xBF;
    }
    *ret_code_point = value;
    return need;
}

bool utf8_is_valid(str s)
{
    size_t i = 0;
    while (i < s.len) {
        /* Eight ASCII bytes at a time: nearly all log text. */
        uint64_t word;
        while (s.len - i >= sizeof(word)) {
            memcpy(&word, s.data + i, sizeof(word));
            if (word & 0x8080808080808080u) {
                break;
            }
            i += sizeof(word);
        }
        if (i >= s.len) {
            break;
        }
        uint32_t code_point;
        i += utf8_decode(str_skip(s, i), &code_point);
        if (code_point == UTF8_INVALID) {
            return false;
        }
    }
    return true;
}

size_t utf8_encode(uint32_t code_point, char *ret)
{
    if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) {
        code_point = 0xFFFD;
    }
    if (code_point < 0x80) {
        ret[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        ret[0] = (char)(0xC0 | code_point >> 6);
        ret[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        ret[0] = (char)(0xE0 | code_point >> 12);
        ret[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        ret[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    ret[0] = (char)(0xF0 | code_point >> 18);
    ret[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    ret[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    ret[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

size_t utf8_length(str s)
{
    size_t count = 0;
    while (s.len > 0) {
        uint32_t code_point;
        s = str_skip(s, utf8_decode(s, &code_point));
        count++;
    }
    return count;
}

size_t utf8_part_length(str s, size_t bytes_max)
{
    assert(bytes_max >= 4);
    if (s.len <= bytes_max) {
        return s.len;
    }
    /* Never right before a continuation byte, unless there are more of them than a sequence can have: then the bytes
       are invalid anyway, each on its own. */
    size_t cut = bytes_max;
    while (cut > bytes_max - 3 && ((unsigned char)s.data[cut] & 0xC0) == 0x80) {
        cut--;
    }
    return ((unsigned char)s.data[cut] & 0xC0) == 0x80 ? bytes_max : cut;
}

bool utf8_is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
           (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF);
}

unsigned utf8_width(uint32_t c)
{
    struct range {
        uint32_t first, last;
    };
    static const struct range combining[] = {{0x300, 0x36F},   {0x483, 0x489},   {0x591, 0x5BD},   {0x610, 0x61A},
                                             {0x64B, 0x65F},   {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF},
                                             {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};
    static const struct range wide[] = {{0x1100, 0x115F}, {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},
                                        {0x4E00, 0x9FFF}, {0xA000, 0xA4CF},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
                                        {0xFE30, 0xFE4F}, {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F},
                                        {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
    if (c < combining[0].first) {
        return 1;
    }
    for (size_t i = 0; i < countof(combining); i++) {
        if (c >= combining[i].first && c <= combining[i].last) {
            return 0;
        }
    }
    for (size_t i = 0; i < countof(wide); i++) {
        if (c >= wide[i].first && c <= wide[i].last) {
            return 2;
        }
    }
    return 1;
}

size_t utf8_text_width(str s)
{
    size_t cells = 0;
    while (s.len > 0) {
        uint32_t code_point;
        s = str_skip(s, utf8_decode(s, &code_point));
        cells += code_point == UTF8_INVALID ? 1 : utf8_width(code_point);
    }
    return cells;
}

size_t utf8_escape_controls(str s, char *target, size_t target_bytes)
{
    static const char *const names[] = {['\t'] = "\\t", ['\n'] = "\\n", ['\r'] = "\\r"};
    size_t used = 0;
    if (target_bytes == 0) {
        return 0;
    }
    while (s.len > 0) {
        uint32_t code_point;
        size_t taken = utf8_decode(s, &code_point);
        char piece[32];
        size_t piece_len = 0;
        if (code_point == UTF8_INVALID) {
            for (size_t i = 0; i < taken; i++) {
                piece_len += (size_t)snprintf(piece + piece_len, sizeof(piece) - piece_len, "\\x%02X",
                                              (unsigned)(unsigned char)s.data[i]);
            }
        } else if (code_point < countof(names) && names[code_point]) {
            piece_len = (size_t)snprintf(piece, sizeof(piece), "%s", names[code_point]);
        } else if (utf8_is_control(code_point)) {
            piece_len = (size_t)snprintf(piece, sizeof(piece), code_point < 0x100 ? "\\x%02X" : "\\u{%X}", code_point);
        } else {
            memcpy(piece, s.data, taken);
            piece_len = taken;
        }
        if (piece_len >= target_bytes - used) {
            break;
        }
        memcpy(target + used, piece, piece_len);
        used += piece_len;
        s = str_skip(s, taken);
    }
    target[used] = '\0';
    return used;
}
