/* What a command asks over the network or a Unix socket. */
#include "command/command_internal.h"
#include "command/known_names.h"

static void push_request(struct command_reader *reader, struct request_list *list, struct command_request request)
{
    if (list->count >= LIMIT_COMMAND_PATHS) {
        return;
    }
    if (list->count >= list->capacity) {
        uint32_t larger = list->capacity ? list->capacity * 2 : 4;
        struct command_request *copy = reader_allocate(reader, larger, sizeof(*copy));
        if (!copy) {
            return;
        }
        if (list->count) {
            memcpy(copy, list->items, list->count * sizeof(*copy));
        }
        list->items = copy;
        list->capacity = larger;
    }
    list->items[list->count++] = request;
}

/* Percent-decoded, and cut at '?' or '#'. */
static str decode_url(struct command_reader *reader, str text, bool has_query)
{
    text = str_slice(text, 0, LIMIT_COMMAND_PATH_BYTES);
    char *data = reader_allocate(reader, text.len + 1, 1);
    if (!data) {
        return STR_EMPTY;
    }
    size_t end = 0;
    while (end < text.len && !(has_query && (text.data[end] == '?' || text.data[end] == '#'))) {
        end++;
    }
    size_t len = str_percent_decode(str_slice(text, 0, end), false, data);
    return str_from(data, len);
}

static uint32_t default_port(str scheme)
{
    return str_eq_ignore_case(scheme, STR("https")) ? 443 : str_eq_ignore_case(scheme, STR("http")) ? 80 : 0;
}

/* host, host:port, [v6]:port. */
static void split_host(str text, str *ret_host, uint32_t *ret_port)
{
    size_t at = str_find_char(text, '@', 0);
    text = at == SIZE_MAX ? text : str_skip(text, at + 1);
    size_t bracket = text.len && text.data[0] == '[' ? str_find_char(text, ']', 0) : SIZE_MAX;
    size_t colon = str_find_char(text, ':', bracket == SIZE_MAX ? 0 : bracket);
    *ret_host =
        bracket != SIZE_MAX ? str_slice(text, 1, bracket) : str_slice(text, 0, colon == SIZE_MAX ? text.len : colon);
    uint64_t port;
    if (colon != SIZE_MAX) {
        str digits = str_skip(text, colon + 1);
        *ret_port = str_to_u64(digits, &port) && port < 65536 ? (uint32_t)port : 0;
    }
}

/* SCHEME://HOST:PORT/PATH, unix://PATH, http+unix://PATH%2Fsock/PATH. False if it is no address. */
static bool parse_url(struct command_reader *reader, str text, bool needs_scheme, struct command_request *ret)
{
    memset(ret, 0, sizeof(*ret));
    size_t mark = str_find(text, STR("://"), 0);
    str scheme = mark == SIZE_MAX || mark > 16 ? STR_EMPTY : str_slice(text, 0, mark);
    str rest = scheme.len ? str_skip(text, mark + 3) : text;
    if (str_eq_ignore_case(scheme, STR("unix")) || str_eq_ignore_case(scheme, STR("unixs"))) {
        ret->socket = path_normalize(reader->arena, STR_EMPTY, rest);
        return true;
    }
    if (scheme.len == 0 && str_starts_with(text, STR("unix:"))) {
        ret->socket = path_normalize(reader->arena, STR_EMPTY, str_skip(text, 5));
        return true;
    }
    if (scheme.len == 0 && needs_scheme) {
        return false;
    }
    size_t slash = 0;
    while (slash < rest.len && rest.data[slash] != '/' && rest.data[slash] != '?') {
        slash++;
    }
    str authority = str_slice(rest, 0, slash);
    if (str_ends_with(scheme, STR("+unix"))) {
        ret->socket = path_normalize(reader->arena, STR_EMPTY, decode_url(reader, authority, false));
        ret->path = path_normalize(reader->arena, STR_EMPTY, decode_url(reader, str_skip(rest, slash), true));
        return true;
    }
    if (scheme.len == 0) {
        bool is_host = authority.len &&
                       (str_find_char(authority, '.', 0) != SIZE_MAX || str_find_char(authority, ':', 0) != SIZE_MAX ||
                        str_starts_with(authority, STR("localhost")) || authority.data[0] == '$' || slash < rest.len);
        if (!is_host || str_find_char(authority, '=', 0) != SIZE_MAX) {
            return false;
        }
    }
    ret->port = default_port(scheme);
    split_host(authority, &ret->host, &ret->port);
    if (ret->host.len == 0) { /* HTTPie's :8001/path */
        ret->host = STR("localhost");
    }
    if (slash < rest.len) {
        ret->path = path_normalize(reader->arena, STR_EMPTY, decode_url(reader, str_skip(rest, slash), true));
    }
    return true;
}

/* GET /path of a request that is typed. */
static str path_of_typed_request(struct command_reader *reader, str text)
{
    static const char *const methods[] = {"GET ", "POST ", "PUT ", "HEAD ", "DELETE "};
    for (size_t i = 0; i < countof(methods); i++) {
        str method = str_from_cstring(methods[i]);
        size_t at = str_find(text, method, 0);
        if (at == SIZE_MAX) {
            continue;
        }
        size_t from = at + method.len;
        size_t end = from;
        while (end < text.len && !ascii_is_blank(text.data[end]) && !strchr("\\\"'", text.data[end])) {
            end++;
        }
        if (end > from && (text.data[from] == '/' || str_starts_with(str_skip(text, from), STR("http")))) {
            return path_normalize(reader->arena, STR_EMPTY, decode_url(reader, str_slice(text, from, end), true));
        }
    }
    return STR_EMPTY;
}

static bool ends_url(char c)
{
    return ascii_is_blank(c) || strchr("'\"`<>|\\,;)", c) != NULL;
}

/* Addresses within code: URLs, paths of sockets, ("host", port). */
static void add_requests_of_code(struct command_reader *reader, struct request_list *list, str code)
{
    struct command_request request;
    for (size_t i = 0; i + 3 < code.len && list->count < LIMIT_COMMAND_PATHS; i++) {
        if (memcmp(code.data + i, "://", 3) == 0) {
            size_t from = i;
            while (from > 0 && (ascii_is_alpha(code.data[from - 1]) || code.data[from - 1] == '+')) {
                from--;
            }
            size_t end = i + 3;
            while (end < code.len && !ends_url(code.data[end])) {
                end++;
            }
            if (parse_url(reader, str_slice(code, from, end), true, &request)) {
                push_request(reader, list, request);
            }
            i = end > i + 3 ? end - 1 : i;
        } else if (memcmp(code.data + i, ".soc", 4) == 0) {
            size_t from = i;
            while (from > 0 && !ends_url(code.data[from - 1]) && code.data[from - 1] != '(' &&
                   code.data[from - 1] != '=') {
                from--;
            }
            size_t end = i + 1;
            while (end < code.len && ascii_is_alpha(code.data[end])) {
                end++;
            }
            str socket = str_slice(code, from, end);
            if (socket.len && socket.data[0] == '/') {
                push_request(reader, list,
                             (struct command_request){.socket = path_normalize(reader->arena, STR_EMPTY, socket),
                                                      .path = path_of_typed_request(reader, code)});
            }
        } else if ((code.data[i] == '\'' || code.data[i] == '"') && code.data[i + 1] == ',') {
            size_t at = i + 2;
            while (at < code.len && code.data[at] == ' ') {
                at++;
            }
            size_t end = at;
            while (end < code.len && ascii_is_digit(code.data[end])) {
                end++;
            }
            uint64_t port;
            size_t from = i;
            while (from > 0 && code.data[from - 1] != code.data[i]) {
                from--;
            }
            if (end > at && str_to_u64(str_slice(code, at, end), &port) && port < 65536 && i - from < 256) {
                push_request(reader, list,
                             (struct command_request){.host = str_slice(code, from, i),
                                                      .port = (uint32_t)port,
                                                      .path = path_of_typed_request(reader, code)});
            }
        }
    }
}

/* /dev/tcp/HOST/PORT of bash. */
static bool parse_dev_tcp(str word, struct command_request *ret)
{
    static const str mark = STR("/dev/tcp/");
    size_t at = str_find(word, mark, 0);
    if (at == SIZE_MAX) {
        return false;
    }
    str rest = str_skip(word, at + mark.len);
    size_t slash = str_find_char(rest, '/', 0);
    uint64_t port = 0;
    if (slash == SIZE_MAX || !str_to_u64(str_skip(rest, slash + 1), &port) || port > 65535) {
        return false;
    }
    *ret = (struct command_request){.host = str_slice(rest, 0, slash), .port = (uint32_t)port};
    return true;
}

/* socat's ADDRESS:..: UNIX-CONNECT:/path, TCP:host:port. */
static bool parse_socat(struct command_reader *reader, str word, struct command_request *ret)
{
    size_t colon = str_find_char(word, ':', 0);
    if (colon == SIZE_MAX) {
        return false;
    }
    str kind = str_slice(word, 0, colon);
    str rest = str_skip(word, colon + 1);
    size_t comma = str_find_char(rest, ',', 0);
    rest = str_slice(rest, 0, comma == SIZE_MAX ? rest.len : comma);
    memset(ret, 0, sizeof(*ret));
    if (str_eq_ignore_case(kind, STR("unix-connect")) || str_eq_ignore_case(kind, STR("unix")) ||
        str_eq_ignore_case(kind, STR("unix-client")) || str_eq_ignore_case(kind, STR("gopen"))) {
        ret->socket = path_normalize(reader->arena, STR_EMPTY, rest);
        return true;
    }
    if (kind.len >= 3 && str_eq_ignore_case(str_slice(kind, 0, 3), STR("tcp")) && !str_contains(kind, STR("LISTEN")) &&
        !str_contains(kind, STR("listen"))) {
        split_host(rest, &ret->host, &ret->port);
        return true;
    }
    if (str_eq_ignore_case(kind, STR("openssl")) || str_eq_ignore_case(kind, STR("openssl-connect"))) {
        split_host(rest, &ret->host, &ret->port);
        return true;
    }
    return false;
}

static void add_netcat(struct command_reader *reader, const struct simple_command *command, struct request_list *list)
{
    str path = path_of_typed_request(reader, command->fed_text);
    if (command_find_option(command, STR("--unixsock")) || command_find_option(command, STR("-U"))) {
        if (command->operand_count) {
            str socket = path_normalize(reader->arena, command->folder, command->operands[command->operand_count - 1]);
            push_request(reader, list, (struct command_request){.socket = socket, .path = path});
        }
        return;
    }
    uint64_t port;
    for (uint32_t i = 1; i < command->operand_count; i++) {
        if (str_to_u64(command->operands[i], &port) && port < 65536) {
            push_request(reader, list,
                         (struct command_request){.host = command->operands[0], .port = (uint32_t)port, .path = path});
        }
    }
}

static void add_http(struct command_reader *reader, const struct simple_command *command, struct request_list *list)
{
    const struct command_option *socket = command_find_option(command, STR("--unix-socket"));
    socket = socket ? socket : command_find_option(command, STR("--abstract-unix-socket"));
    const struct command_option *url = command_find_option(command, STR("--url"));
    const struct command_option *target = command_find_option(command, STR("--request-target"));
    struct command_request request;
    uint32_t before = list->count;
    if (url && url->has_value && parse_url(reader, url->value, false, &request)) {
        push_request(reader, list, request);
    }
    for (uint32_t i = 0; i < command->operand_count; i++) {
        if (parse_url(reader, command->operands[i], false, &request)) {
            push_request(reader, list, request);
        }
    }
    if (target && target->has_value && list->count > before) {
        list->items[list->count - 1].path = path_normalize(reader->arena, STR_EMPTY, target->value);
    }
    if (!socket) {
        return;
    }
    str path = path_normalize(reader->arena, command->folder, socket->value);
    if (list->count == before) {
        push_request(reader, list, (struct command_request){.socket = path});
    }
    for (uint32_t i = before; i < list->count; i++) {
        list->items[i].socket = path;
        list->items[i].host = STR_EMPTY;
        list->items[i].port = 0;
    }
}

/* -H, DOCKER_HOST and their like: where a client of an API goes. */
static void add_client(struct command_reader *reader, const struct simple_command *command, struct request_list *list)
{
    static const char *const docker_names[] = {
        "--host",     "--url", "DOCKER_HOST", "CONTAINER_HOST", "--address", "CONTAINERD_ADDRESS", "--runtime-endpoint",
        "--endpoints"};
    struct command_request request;
    for (uint32_t i = 0; i < command->option_count; i++) {
        const struct command_option *option = &command->options[i];
        bool is_address = false;
        for (size_t n = 0; n < countof(docker_names); n++) {
            is_address |= str_eq(option->name, str_from_cstring(docker_names[n]));
        }
        if (!is_address || !option->has_value || option->value.len == 0) {
            continue;
        }
        if (option->value.data[0] == '/') {
            push_request(reader, list,
                         (struct command_request){.socket = path_normalize(reader->arena, STR_EMPTY, option->value)});
        } else if (parse_url(reader, option->value, false, &request)) {
            push_request(reader, list, request);
        } else {
            push_request(reader, list, (struct command_request){.host = option->value, .port = 2375});
        }
    }
}

static void add_words(struct command_reader *reader, const struct simple_command *command, struct request_list *list)
{
    struct command_request request;
    for (uint32_t i = 0; i < command->argument_count && list->count < LIMIT_COMMAND_PATHS; i++) {
        str word = command->arguments[i];
        if (parse_dev_tcp(word, &request)) {
            push_request(reader, list, request);
            continue;
        }
        /* The value of an option is how a server is set up, not what it is asked. */
        bool is_setting =
            (word.len && word.data[0] == '-') || (i > 0 && str_starts_with(command->arguments[i - 1], STR("--")));
        if (!is_setting && parse_url(reader, word, true, &request)) {
            push_request(reader, list, request);
        }
    }
}

void command_list_requests(struct command_reader *reader, const struct simple_command *command,
                           struct request_list *ret)
{
    memset(ret, 0, sizeof(*ret));
    struct command_request request;
    str tool = command->tool;
    for (uint32_t i = 0; i < command->input_count; i++) {
        if (parse_dev_tcp(command->inputs[i], &request)) {
            push_request(reader, ret, request);
        }
    }
    for (uint32_t i = 0; i < command->output_count; i++) {
        if (parse_dev_tcp(command->outputs[i], &request)) {
            push_request(reader, ret, request);
        }
    }
    if (command->code.len) {
        add_requests_of_code(reader, ret, command->code);
    }
    if (name_is(tool, NAME_HTTP)) {
        add_http(reader, command, ret);
    } else if (word_list_has(STR("nc telnet"), tool)) {
        add_netcat(reader, command, ret);
    } else if (str_eq(tool, STR("socat"))) {
        for (uint32_t i = 0; i < command->operand_count; i++) {
            if (parse_socat(reader, command->operands[i], &request)) {
                request.path = path_of_typed_request(reader, command->fed_text);
                push_request(reader, ret, request);
            }
        }
    } else if (str_eq(tool, STR("openssl"))) {
        const struct command_option *connect = command_find_option(command, STR("--connect"));
        if (connect && connect->has_value) {
            memset(&request, 0, sizeof(request));
            split_host(connect->value, &request.host, &request.port);
            request.path = path_of_typed_request(reader, command->fed_text);
            push_request(reader, ret, request);
        }
    } else if (word_list_has(STR("docker podman nerdctl crictl ctr etcdctl"), tool)) {
        add_client(reader, command, ret);
    } else if (str_eq(tool, STR("kubectl"))) {
        const struct command_option *raw = command_find_option(command, STR("--raw"));
        if (raw && raw->has_value && raw->value.len && raw->value.data[0] == '/') {
            push_request(reader, ret,
                         (struct command_request){
                             .path = path_normalize(reader->arena, STR_EMPTY, decode_url(reader, raw->value, true))});
        }
    } else if (!name_is(tool, NAME_MENTIONS)) {
        add_words(reader, command, ret);
    }
}
