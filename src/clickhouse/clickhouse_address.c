/* Addresses: clickhouse://user@host:port/database?.. */
#include "clickhouse/clickhouse_session.h"

#define SCHEME "clickhouse://"

enum { HTTP_PORT = 8123, HTTPS_PORT = 8443, ADDRESS_BYTES_MAX = 4096, HOST_BYTES_MAX = 255 };

bool clickhouse_is_address(const char *text)
{
    return str_starts_with(str_from_cstring(text), STR(SCHEME));
}

static tocsin_status wrong(struct error *err, const char *what)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "the address of ClickHouse %s", what);
    error_hint(err, SCHEME "USER@HOST:8123/DATABASE, behind it ?cluster=NAME&tls=1&ca=FILE&password-file=FILE");
    return status;
}

static tocsin_status wrong_parameter(struct error *err, str name)
{
    tocsin_status status =
        error_set(err, TOCSIN_ERROR_USAGE, "the address of ClickHouse has no parameter '%.*s'", STR_ARG(name));
    error_hint(err, "there are cluster=NAME, tls=1, ca=FILE and password-file=FILE");
    return status;
}

/* Undoes %XX. NUL, and what is no %XX, is not taken: *ret_text NULL. */
static tocsin_status decode(struct arena *arena, str text, const char **ret_text, struct error *err)
{
    char *copy = arena_allocate(arena, text.len + 1, 1);
    size_t len = 0;
    if (!copy) {
        return error_memory(err);
    }
    for (size_t i = 0; i < text.len; i++) {
        uint64_t byte = (unsigned char)text.data[i];
        if (text.data[i] == '%') {
            if (text.len - i < 3 || !str_hex_to_u64(str_slice(text, i + 1, i + 3), &byte)) {
                return wrong(err, "has a % without two hexadecimal digits");
            }
            i += 2;
        }
        if (byte < 0x20 || byte == 0x7F) {
            return wrong(err, "holds control bytes");
        }
        copy[len++] = (char)byte;
    }
    copy[len] = '\0';
    *ret_text = copy;
    return TOCSIN_OK;
}

static tocsin_status read_parameter(str parameter, struct arena *arena, struct clickhouse_address *address,
                                    struct error *err)
{
    size_t equals = str_find_char(parameter, '=', 0);
    str name = str_slice(parameter, 0, equals);
    const char *value = "";
    tocsin_status status = decode(arena, equals == SIZE_MAX ? STR_EMPTY : str_skip(parameter, equals + 1), &value, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (str_eq(name, STR("tls"))) {
        address->has_tls = strcmp(value, "1") == 0;
        return address->has_tls || strcmp(value, "0") == 0 ? TOCSIN_OK : wrong(err, "has tls= without 0 or 1");
    }
    const char **target = str_eq(name, STR("cluster"))         ? &address->cluster
                          : str_eq(name, STR("ca"))            ? &address->ca_file
                          : str_eq(name, STR("password-file")) ? &address->password_file
                                                               : NULL;
    if (!target) {
        return str_eq(name, STR("password")) ? wrong(err, "has no place for a password; anybody could see it")
                                             : wrong_parameter(err, name);
    }
    *target = value;
    return *value ? TOCSIN_OK : wrong(err, "has a parameter without a value");
}

static tocsin_status read_parameters(str rest, struct arena *arena, struct clickhouse_address *address,
                                     struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK && rest.len > 0) {
        size_t end = str_find_char(rest, '&', 0);
        status = read_parameter(str_slice(rest, 0, end), arena, address, err);
        rest = end == SIZE_MAX ? STR_EMPTY : str_skip(rest, end + 1);
    }
    return status;
}

static bool is_host(str host, bool is_literal)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.data[i];
        bool is_name = ascii_is_alpha(c) || ascii_is_digit(c) || c == '.' || c == '-' || c == '_';
        bool is_number = ascii_is_hex_digit(c) || c == ':' || c == '.';
        if (is_literal ? !is_number : !is_name) {
            return false;
        }
    }
    return host.len > 0 && host.len <= HOST_BYTES_MAX;
}

/* HOST[:PORT] */
static tocsin_status read_place(str place, struct arena *arena, struct clickhouse_address *address, struct error *err)
{
    bool is_literal = str_starts_with(place, STR("["));
    size_t end = is_literal ? str_find_char(place, ']', 0) : str_find_char(place, ':', 0);
    if (is_literal && end == SIZE_MAX) {
        return wrong(err, "has a [ without ]");
    }
    str host = is_literal ? str_slice(place, 1, end) : str_slice(place, 0, end);
    str port = end == SIZE_MAX ? STR_EMPTY : str_skip(place, end + is_literal);
    if (!is_host(host, is_literal)) {
        return wrong(err, "names no host");
    }
    if (port.len > 0) {
        uint64_t number;
        if (port.data[0] != ':' || !str_to_u64(str_skip(port, 1), &number) || number == 0 || number > UINT16_MAX) {
            return wrong(err, "has a port that is no number from 1 to 65535");
        }
        address->port = (uint16_t)number;
    }
    address->host = arena_copy_cstring(arena, host);
    return address->host ? TOCSIN_OK : error_memory(err);
}

/* [USER@]HOST[:PORT] */
static tocsin_status read_authority(str authority, struct arena *arena, struct clickhouse_address *address,
                                    struct error *err)
{
    size_t at = SIZE_MAX;
    for (size_t i = 0; i < authority.len; i++) {
        at = authority.data[i] == '@' ? i : at;
    }
    if (at != SIZE_MAX) {
        str user = str_slice(authority, 0, at);
        if (str_find_char(user, ':', 0) != SIZE_MAX) {
            tocsin_status status = wrong(err, "has no place for a password; anybody could see it");
            error_hint(err, "put it into TOCSIN_CLICKHOUSE_PASSWORD, or into a file: ?password-file=FILE");
            return status;
        }
        tocsin_status status = decode(arena, user, &address->user, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        if (!*address->user) {
            return wrong(err, "has an @ without a user");
        }
        authority = str_skip(authority, at + 1);
    }
    return read_place(authority, arena, address, err);
}

tocsin_status clickhouse_address_read(const char *text, struct arena *arena, struct clickhouse_address *ret_address,
                                      struct error *err)
{
    struct clickhouse_address address = {
        .user = "default", .database = "", .cluster = "", .ca_file = "", .password_file = ""};
    str rest = str_from_cstring(text);
    if (!clickhouse_is_address(text) || rest.len > ADDRESS_BYTES_MAX) {
        return wrong(err, rest.len > ADDRESS_BYTES_MAX ? "is too long" : "does not begin with " SCHEME);
    }
    rest = str_skip(rest, sizeof(SCHEME) - 1);
    size_t mark = str_find_char(rest, '?', 0);
    str path = str_slice(rest, 0, mark);
    str parameters = mark == SIZE_MAX ? STR_EMPTY : str_skip(rest, mark + 1);
    size_t slash = str_find_char(path, '/', 0);
    str database = slash == SIZE_MAX ? STR_EMPTY : str_skip(path, slash + 1);
    tocsin_status status = read_authority(str_slice(path, 0, slash), arena, &address, err);
    status = status == TOCSIN_OK ? decode(arena, database, &address.database, err) : status;
    status = status == TOCSIN_OK ? read_parameters(parameters, arena, &address, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!*address.database || strchr(address.database, '/')) {
        return wrong(err, *address.database ? "has more than a database behind the host" : "names no database");
    }
    if (*address.ca_file && !address.has_tls) {
        return wrong(err, "has ca= without tls=1");
    }
    if (address.port == 0) {
        address.port = address.has_tls ? HTTPS_PORT : HTTP_PORT;
    }
    *ret_address = address;
    return TOCSIN_OK;
}

struct clickhouse_address clickhouse_address_of_node(const struct clickhouse_address *address, const char *host,
                                                     uint16_t port)
{
    struct clickhouse_address node = *address;
    node.host = host;
    node.port = port;
    return node;
}
