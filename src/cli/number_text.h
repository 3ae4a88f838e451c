/* cli/number_text.h
 * Numbers for people: 1,234,567; 1.9 MB; 0:42; 2026-11-23 03:11:06 UTC.
 */
#ifndef CLI_NUMBER_TEXT_H
#define CLI_NUMBER_TEXT_H

#include <stdbool.h>
#include <stdint.h>

enum { NUMBER_TEXT_BYTES = 48 };

/* Each writes to `ret` and gives it back, to stand in an argument list. */
char *number_with_commas(uint64_t value, char ret[NUMBER_TEXT_BYTES]);
char *number_bytes(uint64_t bytes, char ret[NUMBER_TEXT_BYTES]);    /* decimal units, as disks and networks use */
char *number_duration(double seconds, char ret[NUMBER_TEXT_BYTES]); /* m:ss or h:mm:ss */
char *number_seconds(double seconds, char ret[NUMBER_TEXT_BYTES]);  /* "0.42 s" */
char *number_time(int64_t time_ms, char ret[NUMBER_TEXT_BYTES]);

/* "30s", "5m", "12h", "7d", "2w": milliseconds. False: it is no such text, or a number that is too large. */
bool number_read_age(const char *text, uint64_t *ret_ms);

#endif
