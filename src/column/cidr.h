/* column/cidr.h
 * Blocks of addresses as people write them: 10.0.0.0/8, fd00::/8, or one address alone. Not names of networks.
 * Memory: plain values. Threads: any.
 */
#ifndef COLUMN_CIDR_H
#define COLUMN_CIDR_H

#include "column/value.h"

struct cidr {
    struct ip network; /* bits behind the prefix are zero */
    uint32_t prefix;   /* 0..128, of the 16 bytes; IPv4 blocks have 96 or more */
    bool is_v4;
};

/* Bits behind the prefix may be set and are ignored: 10.1.2.3/8 is 10.0.0.0/8. False if it is no block. */
bool cidr_parse(str text, struct cidr *ret);
/* An IPv6 block holds no IPv4 address, not even ::/0. */
bool cidr_contains(const struct cidr *cidr, const struct ip *ip);

#endif
