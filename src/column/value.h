/* column/value.h
 * The types a value of a row can have, and IP addresses.
 */
#ifndef COLUMN_VALUE_H
#define COLUMN_VALUE_H

#include "base/str.h"

struct strbuf;

enum value_type {
    TYPE_NULL,  /* only the NULL literal */
    TYPE_BOOL,  /* uint8_t 0 or 1 */
    TYPE_INT64, /* also times (ms since 1970), ports, ids */
    TYPE_DOUBLE,
    TYPE_STRING, /* str; UTF-8 wanted, not guaranteed */
    TYPE_BYTES,  /* str; payload; needs UTF8() for text */
    TYPE_IP,     /* struct ip */
    TYPE_COUNT
};

/* "Integer", "String", ... as QRadar's REST metadata names them. */
str value_type_name(enum value_type type);

/* What an integer or a text stands for; decides for example what LOGSOURCETYPENAME does with it. */
enum value_domain {
    DOMAIN_NONE,
    DOMAIN_TIME_MS,
    DOMAIN_PORT,
    DOMAIN_LOG_SOURCE,
    DOMAIN_LOG_SOURCE_TYPE,
    DOMAIN_QID,
    DOMAIN_CATEGORY,
    DOMAIN_PROTOCOL,
    DOMAIN_APPLICATION,
    DOMAIN_HOST,   /* of QRadar itself: processor, collector */
    DOMAIN_TENANT, /* domainid */
    /* Of texts */
    DOMAIN_MAC,                  /* as mac_parse writes it */
    DOMAIN_RULE_LIST,            /* ids joined by ',' without blanks */
    DOMAIN_LOG_SOURCE_GROUP_LIST, /* the same */
    DOMAIN_COUNT
};

/* Network order; IPv4 as ::ffff:a.b.c.d, so one comparison orders and equals all. All zero bytes are "no IPv6
 * address", ::ffff:0.0.0.0 is "no IPv4 address" (QRadar's fillers). */
struct ip {
    uint8_t bytes[16];
};

#define IP_V4_NONE ((struct ip){{[10] = 0xFF, [11] = 0xFF}})
#define IP_V6_NONE ((struct ip){{0}})

bool ip_is_v4(const struct ip *ip);
/* Text to address: IPv4 dotted (no octal, no short forms), IPv6 with :: and embedded IPv4. An IPv4-mapped IPv6 address
 * becomes IPv4. False for anything else; surrounding blanks, zones and prefixes are not accepted. */
bool ip_parse(str text, struct ip *ret);
struct ip ip_from_v4_bytes(const uint8_t bytes[4]);
/* IPv4 dotted; IPv6 as eight groups without ::, as Java and so QRadar print it. */
void ip_append(struct strbuf *buffer, const struct ip *ip);
/* One value on its own: a constant of a query. Strings are views into the query's arena. */
struct value {
    enum value_type type; /* TYPE_NULL for NULL */
    enum value_domain domain;
    union {
        bool boolean;
        int64_t integer;
        double number;
        str text;
        struct ip ip;
    };
};

/* Hardware addresses are texts in one form, "00:1B:44:11:3A:B7", so that they compare as texts. */
#define MAC_NONE "00:00:00:00:00:00"
enum { MAC_TEXT_BYTES = sizeof(MAC_NONE) };
/* Six bytes in hexadecimal of either case: 00:1b:44:11:3a:b7, 00-1b-44-11-3a-b7, 001b.4411.3ab7 or 001b44113ab7. False
 * for anything else; surrounding blanks are not accepted. */
bool mac_parse(str text, char ret_text[MAC_TEXT_BYTES]);

enum { IP_TEXT_BYTES = 40 };
size_t ip_format(const struct ip *ip, char ret_text[IP_TEXT_BYTES]);

#endif
