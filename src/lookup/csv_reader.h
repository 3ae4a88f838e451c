/* lookup/csv_reader.h
 * Records of a CSV file (RFC 4180): fields parted by commas, in double quotes where they hold commas, quotes (doubled)
 * or line ends. Lines end in LF or CR LF. Blanks around a field without quotes are taken off; empty lines are passed.
 * Not a writer, and not for logs. A byte order mark in front is passed.
 * Memory: fields are views into the text, but for those with doubled quotes, which are copied to the arena.
 * Limit: LIMIT_REFERENCE_COLUMNS fields of a record.
 */
#ifndef LOOKUP_CSV_READER_H
#define LOOKUP_CSV_READER_H

#include "base/arena.h"
#include "base/limits.h"

struct csv_reader {
    str text;
    size_t at;
    const char *source; /* for errors */
    struct arena *arena;
    /* The record read last. */
    size_t offset;
    uint32_t field_count;
    str fields[LIMIT_REFERENCE_COLUMNS];
};

void csv_reader_init(struct csv_reader *reader, str text, const char *source, struct arena *arena);

/* The next record, with one field at least; *ret_has_record is false at the end. Errors are TOCSIN_ERROR_CONFIG with
 * their place. */
tocsin_status csv_next(struct csv_reader *reader, bool *ret_has_record, struct error *err)
    __attribute__((warn_unused_result));

/* An error about the record read last, or about what is in it. */
tocsin_status csv_error(const struct csv_reader *reader, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
