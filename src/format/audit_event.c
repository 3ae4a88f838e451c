#include "format/audit_event.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/memory.h"

void audit_details_init(struct audit_details *details)
{
    *details = (struct audit_details){0};
}

void audit_details_release(struct audit_details *details)
{
    memory_free(details->arguments.pieces);
    details->arguments = (struct audit_arguments){0};
}

static str record_text(const struct audit_record *record)
{
    return str_from(record->text, record->text_bytes);
}

size_t audit_record_find(const struct audit_record *record, str key)
{
    str text = record_text(record);
    size_t at = record->body;
    at += at < text.len && text.data[at] == ' ';
    if (text.len >= at + key.len && memcmp(text.data + at, key.data, key.len) == 0) {
        return at + key.len;
    }
    at = str_find(text, key, at);
    return at == SIZE_MAX ? SIZE_MAX : at + key.len;
}

static bool number_of(const struct audit_values *values, enum audit_key key, unsigned base, uint64_t *ret)
{
    const struct audit_value *value = audit_values_get(values, key);
    return value && audit_value_to_u64(value, base, ret);
}

/* ---- EXECVE ---- */

static bool reserve_piece(struct audit_arguments *arguments)
{
    if (arguments->count < arguments->capacity) {
        return true;
    }
    uint32_t capacity = arguments->capacity ? arguments->capacity * 2 : 64;
    struct audit_piece *grown = memory_resize(arguments->pieces, capacity * sizeof(*grown));
    if (grown) {
        arguments->pieces = grown;
        arguments->capacity = capacity;
    }
    return grown != NULL;
}

static bool add_piece(struct audit_arguments *arguments, const struct audit_piece *piece)
{
    if (arguments->count == LIMIT_AUDIT_ARGUMENTS) {
        arguments->is_incomplete = true;
        return true;
    }
    if (!reserve_piece(arguments)) {
        return false;
    }
    arguments->is_plain &= piece->argument == arguments->count && piece->part == 0;
    arguments->pieces[arguments->count++] = *piece;
    return true;
}

static bool read_index(str text, size_t *at, uint32_t *ret)
{
    uint64_t value = 0;
    size_t start = *at;
    while (*at < text.len && ascii_is_digit(text.data[*at]) && *at - start < 9) {
        value = value * 10 + (uint64_t)(text.data[*at] - '0');
        (*at)++;
    }
    *ret = (uint32_t)value;
    return *at > start;
}

static size_t skip_word(str text, size_t at)
{
    while (at < text.len && !audit_is_separator(text.data[at])) {
        at++;
    }
    return at;
}

/* "aN=", "aN[M]=" at `at`, which becomes the offset of the value. The announced lengths ("aN_len=") are not needed:
 * lost parts leave gaps in the numbering or in the count. */
static bool read_piece_key(str text, size_t *at, struct audit_piece *piece)
{
    size_t i = *at + 1;
    piece->part = 0;
    if (text.data[*at] != 'a' || !read_index(text, &i, &piece->argument)) {
        return false;
    }
    if (i < text.len && text.data[i] == '[') {
        i++;
        if (!read_index(text, &i, &piece->part) || i >= text.len || text.data[i] != ']') {
            return false;
        }
        i++;
    }
    if (i >= text.len || text.data[i] != '=') {
        return false;
    }
    *at = i + 1;
    return true;
}

/* " aN=" at p, where eight bytes can be loaded: its length, else 0. */
static inline size_t next_argument(const char *p, uint32_t number)
{
    if (number < 10) {
        return p[0] == ' ' && p[1] == 'a' && p[2] == (char)('0' + number) && p[3] == '=' ? 4 : 0;
    }
    return number < 100 && p[0] == ' ' && p[1] == 'a' && p[2] == (char)('0' + number / 10) &&
                   p[3] == (char)('0' + number % 10) && p[4] == '='
               ? 5
               : 0;
}

/* The arguments as the kernel writes them: whole ones, in order, each parted by a blank from the one before. Takes
 * those from `at` on, behind the ones that are known, as long as they are so and more than a few bytes follow. Gives
 * where it stopped; SIZE_MAX when memory is out. */
static size_t read_plain_arguments(struct audit_arguments *arguments, str text, size_t at)
{
    enum { AHEAD = 8 };
    const char *p = text.data + at;
    const char *end = text.data + text.len;
    size_t key;
    while (end - p > AHEAD && arguments->count < LIMIT_AUDIT_ARGUMENTS &&
           (key = next_argument(p, arguments->count)) > 0) {
        if (!reserve_piece(arguments)) {
            return SIZE_MAX;
        }
        struct audit_piece *piece = &arguments->pieces[arguments->count];
        *piece = (struct audit_piece){.argument = arguments->count, .arrival = arguments->count};
        piece->value = audit_value_read(p + key, end, &p);
        piece->is_at_end = p == end;
        arguments->is_incomplete |= piece->value.is_cut;
        arguments->count++;
    }
    return (size_t)(p - text.data);
}

static bool read_execve(struct audit_arguments *arguments, const struct audit_record *record)
{
    str text = record_text(record);
    size_t at = record->body;
    arguments->readable_end = arguments->count == 0 ? text.data + text.len : NULL;
    if (arguments->count == 0 && text.len - at > 5 && memcmp(text.data + at, "argc=", 5) == 0) {
        struct audit_value value = audit_value_at(text, at + 5, &at);
        arguments->has_argc = audit_value_to_u64(&value, 10, &arguments->argc);
        at = read_plain_arguments(arguments, text, at);
        if (at == SIZE_MAX) {
            return false;
        }
    }
    while (at < text.len) {
        struct audit_piece piece;
        if (audit_is_separator(text.data[at])) {
            at++;
        } else if (read_piece_key(text, &at, &piece)) {
            piece.value = audit_value_at(text, at, &at);
            piece.is_at_end = at == text.len;
            piece.arrival = arguments->count;
            arguments->is_incomplete |= piece.value.is_cut;
            if (!add_piece(arguments, &piece)) {
                return false;
            }
        } else if (text.len - at > 5 && memcmp(text.data + at, "argc=", 5) == 0) {
            struct audit_value value = audit_value_at(text, at + 5, &at);
            arguments->has_argc = audit_value_to_u64(&value, 10, &arguments->argc);
        } else {
            at = skip_word(text, at);
        }
    }
    return true;
}

static int compare_places(const struct audit_piece *a, const struct audit_piece *b)
{
    if (a->argument != b->argument) {
        return a->argument < b->argument ? -1 : 1;
    }
    return a->part < b->part ? -1 : a->part > b->part;
}

static int compare_arrival(const void *left, const void *right)
{
    const struct audit_piece *a = left;
    const struct audit_piece *b = right;
    return a->arrival < b->arrival ? -1 : a->arrival > b->arrival;
}

static int compare_pieces(const void *left, const void *right)
{
    int order = compare_places(left, right);
    return order ? order : compare_arrival(left, right);
}

static bool are_in_order(const struct audit_arguments *arguments)
{
    for (uint32_t i = 1; i < arguments->count; i++) {
        if (compare_places(&arguments->pieces[i - 1], &arguments->pieces[i]) >= 0) {
            return false;
        }
    }
    return true;
}

/* A place with two values: a record was forged, or two events have one serial. */
static bool has_conflict(const struct audit_arguments *arguments)
{
    for (uint32_t i = 1; i < arguments->count; i++) {
        const struct audit_piece *a = &arguments->pieces[i - 1];
        const struct audit_piece *b = &arguments->pieces[i];
        if (compare_places(a, b) == 0 && !str_eq(audit_value_text(&a->value), audit_value_text(&b->value))) {
            return true;
        }
    }
    return false;
}

static void drop_repeats(struct audit_arguments *arguments)
{
    struct audit_piece *pieces = arguments->pieces;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < arguments->count; i++) {
        if (kept == 0 || compare_places(&pieces[kept - 1], &pieces[i]) != 0) {
            pieces[kept++] = pieces[i];
        }
    }
    arguments->count = kept;
}

/* Sorts what came out of order, drops what came twice, and looks for gaps. Of values that contradict each other none is
 * dropped: which one is the forged one cannot be told, so all command lines stay, one behind the other. */
static void order_arguments(struct audit_arguments *arguments)
{
    struct audit_piece *pieces = arguments->pieces;
    if (!arguments->is_plain && !are_in_order(arguments)) {
        qsort(pieces, arguments->count, sizeof(*pieces), compare_pieces);
        if (has_conflict(arguments)) {
            qsort(pieces, arguments->count, sizeof(*pieces), compare_arrival);
            arguments->is_incomplete = true;
            return;
        }
        drop_repeats(arguments);
    }
    for (uint32_t i = 0; i < arguments->count && !arguments->is_plain; i++) {
        bool is_next_part = i > 0 && pieces[i].argument == pieces[i - 1].argument;
        uint64_t argument = i == 0 ? 0 : (uint64_t)pieces[i - 1].argument + !is_next_part;
        uint64_t part = is_next_part ? (uint64_t)pieces[i - 1].part + 1 : 0;
        arguments->is_incomplete |= pieces[i].argument != argument || pieces[i].part != part;
    }
    uint64_t seen = arguments->count > 0 ? (uint64_t)pieces[arguments->count - 1].argument + 1 : 0;
    arguments->is_incomplete |= !arguments->has_argc || arguments->argc != seen;
}

bool audit_arguments_are_plain(str text, size_t body)
{
    const char *p = text.data + body;
    const char *end = text.data + text.len;
    uint32_t argc;
    uint32_t count = 0;
    size_t at = body + 5;
    if (text.len < body + 7 || memcmp(p, "argc=", 5) != 0 || !read_index(text, &at, &argc) ||
        argc > LIMIT_AUDIT_ARGUMENTS) {
        return false;
    }
    for (p = text.data + at; p < end && *p == ' '; count++) {
        uint32_t number;
        at = (size_t)(p - text.data) + 2;
        if (end - p < 4 || p[1] != 'a' || !read_index(text, &at, &number) || number != count || at >= text.len ||
            text.data[at] != '=') {
            return false;
        }
        struct audit_value value = audit_value_read(text.data + at + 1, end, &p);
        if (value.is_cut) {
            return false;
        }
    }
    return p == end && count == argc;
}

size_t audit_arguments_join(str text, size_t body, char *ret)
{
    const char *p = text.data + body;
    const char *end = text.data + text.len;
    char *to = ret;
    bool is_first = true;
    while (p < end && (p = memchr(p, ' ', (size_t)(end - p)))) { /* from the one behind argc=N on */
        const char *equals = memchr(p, '=', (size_t)(end - p));
        if (!equals) {
            break;
        }
        struct audit_value value = audit_value_read(equals + 1, end, &p);
        if (!is_first) {
            *to++ = ' ';
        }
        is_first = false;
        if (!value.is_quoted && audit_value_is_encoded(&value, p == end)) {
            to += audit_value_decode(&value, to);
        } else if (value.length > 0) {
            memcpy(to, value.data, value.length);
            to += value.length;
        }
    }
    return (size_t)(to - ret);
}

/* ---- PATH, SOCKADDR, AVC ---- */

enum { PATH_VALUES = 4 }; /* name, nametype, item and mode; what stands behind them is not known here */

/* Of an exec whose program is known, and not of a parent: the interpreter, the loader. Seen without reading it. */
static bool is_path_behind_program(const struct audit_details *details, const struct audit_record *record)
{
    str text = record_text(record);
    size_t at = record->body + 5;
    uint32_t item;
    return details->has_path && audit_details_is_execution(details) && text.len > at &&
           memcmp(text.data + record->body, "item=", 5) == 0 && read_index(text, &at, &item) && at < text.len &&
           text.data[at] == ' ' && item >= details->file_item && !memchr(text.data + at, 'P', text.len - at);
}

static void read_path(struct audit_details *details, struct audit_scanner *scanner, const struct audit_record *record)
{
    if (is_path_behind_program(details, record)) {
        return;
    }
    struct audit_values *values = &details->scratch;
    audit_values_clear(values);
    audit_values_scan(scanner, record->type, record_text(record), record->body, PATH_VALUES, values);
    const struct audit_value *name = audit_values_get(values, AUDIT_KEY_NAME);
    const struct audit_value *kind = audit_values_get(values, AUDIT_KEY_NAMETYPE);
    kind = kind ? kind : audit_values_get(values, AUDIT_KEY_OBJTYPE); /* RHEL 7 */
    uint64_t item = 0;
    (void)number_of(values, AUDIT_KEY_ITEM, 10, &item);
    if (!name) {
        return;
    }
    if (kind && str_eq(audit_value_text(kind), STR("PARENT"))) {
        details->parent_directory = *name;
        return;
    }
    /* An exec is about the program, which is item 0 (then come the interpreter and the loader); any other call about
       its last name, which for a rename is the new one. */
    bool is_better = !details->has_path ||
                     (audit_details_is_execution(details) ? item < details->file_item : item >= details->file_item);
    if (is_better) {
        const struct audit_value *mode = audit_values_get(values, AUDIT_KEY_MODE);
        details->has_path = true;
        details->file = *name;
        details->file_item = item;
        details->file_kind = kind ? *kind : (struct audit_value){0};
        details->file_mode = mode ? *mode : (struct audit_value){0};
    }
}

enum { FAMILY_UNIX = 1, FAMILY_INET = 2, FAMILY_INET6 = 10, FAMILY_MAX = 46, SOCKADDR_BYTES_MAX = 128 };

static void read_unix_path(struct audit_socket *socket, const uint8_t *bytes, size_t count)
{
    size_t length = count < sizeof(socket->path_bytes) - 1 ? count : sizeof(socket->path_bytes) - 1;
    memcpy(socket->path_bytes, bytes, length);
    if (length > 0 && socket->path_bytes[0] == '\0') {
        /* An abstract name: its NULs are shown as '@', the usual way; trailing ones are padding. */
        while (length > 0 && socket->path_bytes[length - 1] == '\0') {
            length--;
        }
        for (size_t i = 0; i < length; i++) {
            socket->path_bytes[i] = socket->path_bytes[i] ? socket->path_bytes[i] : '@';
        }
    } else {
        /* Behind the NUL stands what the program's buffer held before. */
        const char *end = memchr(socket->path_bytes, '\0', length);
        length = end ? (size_t)(end - socket->path_bytes) : length;
    }
    socket->path = str_from(socket->path_bytes, length);
}

static bool read_socket_bytes(struct audit_socket *socket, const uint8_t *bytes, size_t count)
{
    if (count < 2) {
        return false;
    }
    socket->family = (uint16_t)(bytes[0] | bytes[1] << 8);
    if (socket->family > FAMILY_MAX) { /* a big-endian machine wrote it */
        socket->family = (uint16_t)(bytes[0] << 8 | bytes[1]);
    }
    socket->path = STR_EMPTY;
    socket->has_address =
        (socket->family == FAMILY_INET && count >= 8) || (socket->family == FAMILY_INET6 && count >= 24);
    if (socket->has_address) {
        socket->port = (uint16_t)(bytes[2] << 8 | bytes[3]);
    }
    if (socket->has_address && socket->family == FAMILY_INET) {
        socket->address = ip_from_v4_bytes(bytes + 4);
    } else if (socket->has_address) {
        memcpy(socket->address.bytes, bytes + 8, sizeof(socket->address.bytes));
    } else if (socket->family == FAMILY_UNIX) {
        read_unix_path(socket, bytes + 2, count - 2);
    }
    return true;
}

static const struct {
    str name;
    uint16_t family;
} text_families[] = {
    {{"inet", 4}, FAMILY_INET}, {{"inet6", 5}, FAMILY_INET6}, {{"local", 5}, FAMILY_UNIX},
    {{"unix", 4}, FAMILY_UNIX}, {{"netlink", 7}, 16},         {{"packet", 6}, 17},
};

/* saddr={ saddr_fam=inet laddr=10.0.0.1 lport=80 } and the like. */
static bool read_socket_text(struct audit_details *details, struct audit_scanner *scanner, str text, size_t from)
{
    struct audit_socket *socket = &details->socket;
    audit_values_clear(&details->scratch);
    audit_values_scan(scanner, AUDIT_TYPE_SOCKADDR, text, from, UINT32_MAX, &details->scratch);
    *socket = (struct audit_socket){.path = STR_EMPTY};
    size_t family_at = str_find(text, STR("fam="), from);
    if (family_at != SIZE_MAX) {
        size_t next;
        struct audit_value family = audit_value_at(text, family_at + 4, &next);
        for (size_t i = 0; i < countof(text_families); i++) {
            socket->family =
                str_eq(audit_value_text(&family), text_families[i].name) ? text_families[i].family : socket->family;
        }
    }
    const struct audit_value *address = audit_values_get(&details->scratch, AUDIT_KEY_LADDR);
    const struct audit_value *path = audit_values_get(&details->scratch, AUDIT_KEY_PATH);
    uint64_t port = 0;
    socket->has_address = address && ip_parse(audit_value_text(address), &socket->address);
    if (number_of(&details->scratch, AUDIT_KEY_LPORT, 10, &port) && port <= UINT16_MAX) {
        socket->port = (uint16_t)port;
    }
    if (path) {
        socket->path = audit_value_text(path);
    }
    return socket->has_address || path || socket->family != 0;
}

static void read_socket(struct audit_details *details, struct audit_scanner *scanner, const struct audit_record *record)
{
    str text = record_text(record);
    size_t at = audit_record_find(record, STR("saddr="));
    if (details->has_socket || at == SIZE_MAX) {
        return;
    }
    size_t next;
    struct audit_value value = audit_value_at(text, at, &next);
    uint8_t bytes[SOCKADDR_BYTES_MAX];
    if (value.length > 2 * sizeof(bytes)) {
        value.length = 2 * sizeof(bytes);
    }
    if (audit_value_is_encoded(&value, next == text.len)) {
        size_t count = audit_value_decode(&value, (char *)bytes);
        details->has_socket = read_socket_bytes(&details->socket, bytes, count);
    } else {
        details->has_socket = read_socket_text(details, scanner, text, at);
    }
}

/* "avc:  denied  { read write } for  pid=..." */
static void read_access(struct audit_details *details, const struct audit_record *record)
{
    str text = record_text(record);
    size_t at = str_find(text, STR("avc:"), record->body);
    if (at == SIZE_MAX) {
        return;
    }
    at += 4;
    while (at < text.len && text.data[at] == ' ') {
        at++;
    }
    size_t end = skip_word(text, at);
    details->access_decision = (struct audit_value){.data = text.data + at, .length = (uint32_t)(end - at)};
    size_t open = str_find(text, STR("{ "), end);
    size_t close = open == SIZE_MAX ? SIZE_MAX : str_find(text, STR(" }"), open + 1);
    if (close != SIZE_MAX && close > open + 2) {
        details->access_permissions =
            (struct audit_value){.data = text.data + open + 2, .length = (uint32_t)(close - open - 2)};
    }
}

/* ---- the event ---- */

static void read_syscall(struct audit_details *details, struct audit_scanner *scanner,
                         const struct audit_record *record)
{
    struct audit_values *values = &details->values;
    audit_values_scan(scanner, record->type, record_text(record), record->body, UINT32_MAX, values);
    uint64_t number;
    uint64_t call;
    details->has_arch = number_of(values, AUDIT_KEY_ARCH, 16, &details->arch);
    if (details->has_arch && number_of(values, AUDIT_KEY_SYSCALL, 10, &number)) {
        details->syscall = audit_syscall_find(details->arch, number);
        if (str_eq(details->syscall.name, STR("socketcall")) && number_of(values, AUDIT_KEY_A0, 16, &call)) {
            details->syscall.class_id = audit_socketcall_find(call).class_id;
        }
    }
    const struct audit_value *name = audit_values_get(values, AUDIT_KEY_SYSCALL_NAME);
    if (name && details->syscall.name.len == 0) {
        details->syscall.name = audit_value_text(name);
        details->syscall.class_id = audit_syscall_class_of_name(details->syscall.name);
    }
    const struct audit_value *exit_code = audit_values_get(values, AUDIT_KEY_EXIT);
    details->has_exit = exit_code && str_to_i64(audit_value_text(exit_code), &details->exit_code);
}

/* Records that only accompany others; anything else gives the event its name. */
static bool is_companion(uint16_t type)
{
    switch (type) {
    case AUDIT_TYPE_SYSCALL:
    case AUDIT_TYPE_EXECVE:
    case AUDIT_TYPE_PATH:
    case AUDIT_TYPE_CWD:
    case AUDIT_TYPE_SOCKADDR:
    case AUDIT_TYPE_PROCTITLE:
    case AUDIT_TYPE_EOE:
    case AUDIT_TYPE_BPRM_FCAPS:
    case AUDIT_TYPE_FD_PAIR:
    case AUDIT_TYPE_OBJ_PID:
    case 1303: /* IPC */
    case 1304: /* SOCKETCALL */
    case 1311: /* IPC_SET_PERM */
    case 1312: /* MQ_OPEN and the rest of the message queues */
    case 1313:
    case 1314:
    case 1315:
    case 1322: /* CAPSET */
    case 1323: /* MMAP */
    case 1331: /* FANOTIFY */
    case 1336: /* URINGOP */
    case 1337: /* OPENAT2 */
    case 1402: /* AVC_PATH */
        return true;
    default:
        return false;
    }
}

enum { TYPE_AVC = 1400, TYPE_SELINUX_ERR = 1401, TYPE_USER_AVC = 1107 };

static bool read_record(struct audit_details *details, struct audit_scanner *scanner, const struct audit_record *record,
                        const struct audit_needs *needs)
{
    size_t next;
    switch (record->type) {
    case AUDIT_TYPE_SYSCALL:
    case AUDIT_TYPE_BPRM_FCAPS:
    case AUDIT_TYPE_EOE:
        return true;
    case AUDIT_TYPE_EXECVE:
        return !needs->arguments || read_execve(&details->arguments, record);
    case AUDIT_TYPE_PROCTITLE:
        if (!details->process_title) {
            details->process_title = record; /* read when it is needed: mostly EXECVE has told more */
        }
        return true;
    case AUDIT_TYPE_CWD: {
        str text = record_text(record);
        size_t start = needs->directory ? audit_record_find(record, STR("cwd=")) : SIZE_MAX;
        if (start != SIZE_MAX && !details->directory.data) {
            details->directory = audit_value_at(text, start, &next);
        }
        return true;
    }
    case AUDIT_TYPE_PATH:
        if (needs->paths || (needs->event_name && (details->syscall.class_id == AUDIT_SYSCALL_OPEN ||
                                                   details->syscall.class_id == AUDIT_SYSCALL_OPEN_AT))) {
            read_path(details, scanner, record);
        }
        return true;
    case AUDIT_TYPE_SOCKADDR:
        if (needs->socket) {
            read_socket(details, scanner, record);
        }
        return true;
    case TYPE_AVC:
    case TYPE_SELINUX_ERR:
    case TYPE_USER_AVC:
        read_access(details, record);
        break;
    default:
        break;
    }
    audit_values_scan(scanner, record->type, record_text(record), record->body, UINT32_MAX, &details->values);
    return true;
}

static enum audit_outcome outcome_of_word(str word)
{
    static const struct {
        str word;
        enum audit_outcome outcome;
    } words[] = {
        {{"success", 7}, AUDIT_OUTCOME_SUCCESS}, {{"1", 1}, AUDIT_OUTCOME_SUCCESS},
        {{"yes", 3}, AUDIT_OUTCOME_SUCCESS},     {{"granted", 7}, AUDIT_OUTCOME_SUCCESS},
        {{"ALLOWED", 7}, AUDIT_OUTCOME_SUCCESS}, {{"AUDIT", 5}, AUDIT_OUTCOME_SUCCESS},
        {{"failed", 6}, AUDIT_OUTCOME_FAILED},   {{"0", 1}, AUDIT_OUTCOME_FAILED},
        {{"no", 2}, AUDIT_OUTCOME_FAILED},       {{"fail", 4}, AUDIT_OUTCOME_FAILED},
        {{"denied", 6}, AUDIT_OUTCOME_FAILED},   {{"DENIED", 6}, AUDIT_OUTCOME_FAILED},
    };
    for (size_t i = 0; i < countof(words); i++) {
        if (str_eq(word, words[i].word)) {
            return words[i].outcome;
        }
    }
    return AUDIT_OUTCOME_UNKNOWN;
}

enum { EXIT_IN_PROGRESS = -115 };

/* What the event's own record says comes before the system call that carried it: a CONFIG_CHANGE that was refused came
 * in by a sendto that succeeded. */
static enum audit_outcome find_outcome(const struct audit_details *details)
{
    static const enum audit_key keys[] = {AUDIT_KEY_RES, AUDIT_KEY_RESULT, AUDIT_KEY_APPARMOR};
    for (size_t i = 0; i < countof(keys); i++) {
        const struct audit_value *value = audit_values_get(&details->values, keys[i]);
        enum audit_outcome outcome = value ? outcome_of_word(audit_value_text(value)) : AUDIT_OUTCOME_UNKNOWN;
        if (outcome != AUDIT_OUTCOME_UNKNOWN) {
            return outcome;
        }
    }
    if (details->access_decision.data && !details->has_execve) {
        return outcome_of_word(audit_value_text(&details->access_decision));
    }
    const struct audit_value *success = audit_values_get(&details->values, AUDIT_KEY_SUCCESS);
    if (!success) {
        return AUDIT_OUTCOME_UNKNOWN;
    }
    enum audit_outcome outcome = outcome_of_word(audit_value_text(success));
    /* A non-blocking TCP connect has been begun, not refused. */
    return outcome == AUDIT_OUTCOME_FAILED && details->has_exit && details->exit_code == EXIT_IN_PROGRESS
               ? AUDIT_OUTCOME_IN_PROGRESS
               : outcome;
}

static void clear(struct audit_details *details, const struct audit_event *event)
{
    struct audit_arguments *arguments = &details->arguments;
    details->event = event;
    audit_values_clear(&details->values);
    details->main_type = 0;
    details->has_syscall = details->has_execve = details->has_path = details->has_socket = false;
    details->syscall = (struct audit_syscall){STR_EMPTY, AUDIT_SYSCALL_OTHER};
    details->has_arch = details->has_exit = false;
    details->outcome = AUDIT_OUTCOME_UNKNOWN;
    details->is_truncated = event->has_overflown;
    details->process_title = NULL;
    details->directory = details->file = details->file_kind = (struct audit_value){0};
    details->file_mode = details->parent_directory = (struct audit_value){0};
    details->access_decision = details->access_permissions = (struct audit_value){0};
    details->file_item = 0;
    arguments->count = 0;
    arguments->is_plain = true;
    arguments->has_argc = arguments->is_incomplete = false;
    arguments->argc = 0;
    arguments->readable_end = NULL;
}

bool audit_details_read(struct audit_details *details, struct audit_scanner *scanner, const struct audit_event *event,
                        const struct audit_needs *needs)
{
    clear(details, event);
    details->index = scanner->index;
    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct audit_record *record = &event->records[i];
        details->is_truncated |= record->is_cut;
        details->has_execve |= record->type == AUDIT_TYPE_EXECVE;
        if (record->type == AUDIT_TYPE_SYSCALL && !details->has_syscall) {
            /* Before the others, wherever it stands: what the kernel says about the process comes first. */
            details->has_syscall = true;
            read_syscall(details, scanner, record);
        }
        if (details->main_type == 0 && !is_companion(record->type)) {
            details->main_type = record->type;
        }
    }
    for (uint32_t i = 0; i < event->record_count; i++) {
        if (!read_record(details, scanner, &event->records[i], needs)) {
            return false;
        }
    }
    if (details->has_execve && needs->arguments) {
        order_arguments(&details->arguments);
        details->is_truncated |= details->arguments.is_incomplete;
    }
    details->outcome = find_outcome(details);
    return true;
}
