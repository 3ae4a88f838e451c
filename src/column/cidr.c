#include "column/cidr.h"

enum { IP_BITS = 128, IP_V4_BITS = 32 };

static uint8_t mask_of_byte(uint32_t prefix, uint32_t byte)
{
    uint32_t bits = prefix > byte * 8 ? prefix - byte * 8 : 0;
    return bits >= 8 ? 0xFF : (uint8_t)(0xFF00u >> bits);
}

static bool parse_prefix(str digits, uint32_t prefix_max, uint32_t *ret)
{
    uint64_t prefix;
    if (digits.len == 0 || digits.len > 3 || !ascii_is_digit(digits.data[0]) || !str_to_u64(digits, &prefix) ||
        prefix > prefix_max) {
        return false;
    }
    *ret = (uint32_t)prefix;
    return true;
}

bool cidr_parse(str text, struct cidr *ret)
{
    text = str_trim(text);
    size_t slash = str_find_char(text, '/', 0);
    str address = slash == SIZE_MAX ? text : str_slice(text, 0, slash);
    struct cidr cidr = {.prefix = IP_BITS};
    if (!ip_parse(address, &cidr.network)) {
        return false;
    }
    bool is_dotted = str_find_char(address, ':', 0) == SIZE_MAX;
    uint32_t bits = is_dotted ? IP_V4_BITS : IP_BITS;
    if (slash != SIZE_MAX) {
        if (!parse_prefix(str_skip(text, slash + 1), bits, &cidr.prefix)) {
            return false;
        }
        cidr.prefix += IP_BITS - bits;
    }
    for (uint32_t i = 0; i < sizeof(cidr.network.bytes); i++) {
        cidr.network.bytes[i] &= mask_of_byte(cidr.prefix, i);
    }
    cidr.is_v4 = ip_is_v4(&cidr.network) && cidr.prefix >= IP_BITS - IP_V4_BITS;
    *ret = cidr;
    return true;
}

bool cidr_contains(const struct cidr *cidr, const struct ip *ip)
{
    if (ip_is_v4(ip) != cidr->is_v4) {
        return false;
    }
    uint32_t whole = cidr->prefix / 8;
    if (memcmp(ip->bytes, cidr->network.bytes, whole) != 0) {
        return false;
    }
    return whole == sizeof(ip->bytes) ||
           ((ip->bytes[whole] ^ cidr->network.bytes[whole]) & mask_of_byte(cidr->prefix, whole)) == 0;
}
