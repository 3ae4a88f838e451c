#include "base/base64.h"

/* 0 to 63, -1 for a byte that is none; both alphabets. */
static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (ascii_is_digit(c)) {
        return c - '0' + 52;
    }
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

bool base64_is_strict(str text)
{
    if (text.len == 0 || text.len % 4 != 0) {
        return false;
    }
    size_t padding = text.data[text.len - 1] != '=' ? 0 : text.data[text.len - 2] != '=' ? 1 : 2;
    for (size_t i = 0; i < text.len - padding; i++) {
        if (digit_value(text.data[i]) < 0 || text.data[i] == '-' || text.data[i] == '_') {
            return false;
        }
    }
    return true;
}

size_t base64_decode(str text, char *target)
{
    size_t used = 0;
    uint32_t bits = 0;
    unsigned bit_count = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_value(text.data[i]);
        if (digit < 0) {
            continue;
        }
        bits = bits << 6 | (uint32_t)digit;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            target[used++] = (char)(unsigned char)(bits >> bit_count);
        }
    }
    return used;
}
