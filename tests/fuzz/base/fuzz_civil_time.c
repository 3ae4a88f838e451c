/* First byte: T = the rest is a TZif file, any other = the rest is a time as text. */
#include <assert.h>
#include <stdint.h>

#include "base/civil_time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void zone_is_consistent(const struct time_zone *zone)
{
    static const int64_t times[] = {
        INT64_MIN,      INT64_MIN / 2, -62135596800000, -1,       0, 1795403414123, 4102444800000,
        32503680000000, INT64_MAX / 2, 253402300799999, INT64_MAX};
    for (size_t i = 0; i < countof(times); i++) {
        str abbreviation;
        int32_t offset = time_zone_offset(zone, times[i], &abbreviation);
        assert(offset > -26 * 3600 && offset < 26 * 3600 && abbreviation.len > 0);
        struct civil civil;
        int64_t back;
        civil_from_zone_ms(times[i], zone, &civil);
        (void)civil_to_zone_ms(&civil, zone, &back);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    str rest = str_from((const char *)data + 1, size - 1);
    int64_t ms;
    if (data[0] == 'T') {
        struct time_zone *zone = NULL;
        if (time_zone_open_tzif(STR("fuzz"), rest, &zone, NULL) == TOCSIN_OK) {
            zone_is_consistent(zone);
            (void)time_parse_query(STR("2026-03-29 02:30"), zone, 0, &ms);
            time_zone_close(zone);
        }
        return 0;
    }
    (void)time_parse_query(rest, NULL, 1795403414123, &ms);
    (void)time_parse_query(rest, NULL, INT64_MIN, &ms);
    if (time_parse_iso8601(rest, NULL, &ms)) {
        char text[TIME_TEXT_BYTES];
        size_t length = time_format_iso8601(ms, text);
        int64_t again;
        /* a year before 0 or behind 9999, by way of the offset, has the expanded form */
        assert(text[0] == '-' || text[0] == '+' || time_parse_iso8601(str_from(text, length), NULL, &again));
        assert(text[0] == '-' || text[0] == '+' || again == ms);
    }
    return 0;
}
