#include "lookup/table_file.h"

#include <stdio.h>

#include "base/civil_time.h"

enum { PATH_BYTES = 256 };

const cyaml_schema_value_t table_file_text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, CYAML_UNLIMITED)};

tocsin_status table_file_load(str text, const char *source_name, const cyaml_schema_value_t *schema,
                              table_file_take *take, void *table, struct error *err)
{
    struct table_file file;
    tocsin_status status = yaml_document_load_text(&file.document, text, source_name, schema, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    arena_init(&file.scratch, ARENA_NO_LIMIT);
    status = take(table, &file, err);
    arena_release(&file.scratch);
    yaml_document_release(&file.document);
    return status;
}

/* Gives the error its place. */
__attribute__((format(printf, 3, 0))) static tocsin_status
place_error(const struct table_file *file, struct error *err, const char *path_format, va_list arguments)
{
    char path[PATH_BYTES];
    (void)vsnprintf(path, sizeof(path), path_format, arguments);
    yaml_document_position(&file->document, err, "%s", path);
    return TOCSIN_ERROR_CONFIG;
}

#define PLACE_ERROR(file, err, path_format)                                                                            \
    do {                                                                                                               \
        va_list arguments;                                                                                             \
        va_start(arguments, path_format);                                                                              \
        (void)place_error(file, err, path_format, arguments);                                                          \
        va_end(arguments);                                                                                             \
        return TOCSIN_ERROR_CONFIG;                                                                                    \
    } while (0)

tocsin_status table_file_cidr(const struct table_file *file, const char *text, struct cidr *ret_cidr, struct error *err,
                              const char *path_format, ...)
{
    if (cidr_parse(str_from_cstring(text), ret_cidr)) {
        return TOCSIN_OK;
    }
    (void)error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is no block of addresses", text);
    error_hint(err, "examples: 10.0.0.0/8, fd00::/8, or one address");
    PLACE_ERROR(file, err, path_format);
}

tocsin_status table_file_ip(const struct table_file *file, const char *text, struct ip *ret_ip, struct error *err,
                            const char *path_format, ...)
{
    if (ip_parse(str_trim(str_from_cstring(text)), ret_ip)) {
        return TOCSIN_OK;
    }
    (void)error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is no address", text);
    error_hint(err, "examples: 10.0.0.7, fd00::7");
    PLACE_ERROR(file, err, path_format);
}

static bool parse_time(str text, int64_t *ret_ms)
{
    enum { DATE_BYTES = sizeof("2026-11-23") - 1 };
    static const char midnight[] = "T00:00:00Z";
    char whole[DATE_BYTES + sizeof(midnight)];
    if (text.len == DATE_BYTES) {
        memcpy(whole, text.data, DATE_BYTES);
        memcpy(whole + DATE_BYTES, midnight, sizeof(midnight));
        text = str_from(whole, sizeof(whole) - 1);
    }
    return time_parse_iso8601(text, NULL, ret_ms);
}

tocsin_status table_file_time(const struct table_file *file, const char *text, int64_t *ret_ms, struct error *err,
                              const char *path_format, ...)
{
    if (parse_time(str_trim(str_from_cstring(text)), ret_ms)) {
        return TOCSIN_OK;
    }
    (void)error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is no time", text);
    error_hint(err, "examples: 2026-11-23, 2026-11-23T03:10:14Z, 2026-11-23T04:10:14+01:00");
    PLACE_ERROR(file, err, path_format);
}

tocsin_status table_file_number(const struct table_file *file, const char *what, int64_t number, int64_t least,
                                int64_t most, struct error *err, const char *path_format, ...)
{
    if (number >= least && number <= most) {
        return TOCSIN_OK;
    }
    (void)error_set(err, TOCSIN_ERROR_CONFIG, "%s is %lld to %lld, not %lld", what, (long long)least, (long long)most,
                    (long long)number);
    PLACE_ERROR(file, err, path_format);
}
