#include "format/audit_row.h"

#include "format/audit_event_names.h"

#define FIELD_ENTRY(symbol, native, name, type, description) {(native), (name), (type), (description)},
const struct format_field audit_fields[AUDIT_FIELD_COUNT] = {AUDIT_FIELD_LIST(FIELD_ENTRY)};
#undef FIELD_ENTRY

/* ---- values ---- */

/* One row being written. */
struct row {
    struct audit_row_plan *plan;
    struct batch *batch;
    uint32_t number;
    struct audit_details *details;
};

static struct column *column_of(const struct row *row, enum audit_field field)
{
    return row->plan->columns[field];
}

static const struct audit_value *value_of(const struct audit_details *details, enum audit_key key)
{
    return audit_values_get(&details->values, key);
}

static void put_text(const struct row *row, enum audit_field field, str text)
{
    if (text.len > 0) {
        column_set_string(column_of(row, field), row->number, text);
    }
}

static void put_value(const struct row *row, enum audit_field field, enum audit_key key)
{
    struct column *column = column_of(row, field);
    const struct audit_value *value = column ? value_of(row->details, key) : NULL;
    if (value && value->length > 0) {
        column_set_string(column, row->number, audit_value_text(value));
    }
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* One to eight digits before `end`, where eight bytes can be loaded. False if one is no digit. */
static inline bool read_eight_digits(const char *end, unsigned count, uint64_t *ret)
{
    static const uint64_t zeros = UINT64_C(0x3030303030303030);
    /* The last digit is the highest byte; what stands before the first one becomes zeros. */
    unsigned before = 8 * (8 - count);
    uint64_t digits = bytes_load8(end - 8);
    digits = digits >> before << before | (before ? zeros >> (64 - before) : 0);
    uint64_t parts = digits ^ zeros;
    if (((parts + UINT64_C(0x7676767676767676)) | parts) & UINT64_C(0x8080808080808080)) {
        return false;
    }
    parts = (parts * 10 + (parts >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    parts = (parts * 100 + (parts >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    *ret = (parts * 10000 + (parts >> 32)) & UINT32_MAX;
    return true;
}
#endif

/* The same as audit_value_to_u64 for a value of a record, before which stand its key and the record's header. */
static inline bool read_number(const struct audit_value *value, uint64_t *ret)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    enum { EIGHT_DIGITS = 100000000 };
    const char *end = value->data + value->length;
    if (value->length >= 1 && value->length <= 8) {
        return read_eight_digits(end, value->length, ret);
    }
    uint64_t high;
    uint64_t low;
    if (value->length > 8 && value->length <= 16) {
        bool is_number = read_eight_digits(end - 8, value->length - 8, &high) && read_eight_digits(end, 8, &low);
        *ret = is_number ? high * EIGHT_DIGITS + low : 0;
        return is_number;
    }
#endif
    return audit_value_to_u64(value, 10, ret);
}

static void put_number(const struct row *row, enum audit_field field, enum audit_key key)
{
    struct column *column = column_of(row, field);
    const struct audit_value *value = column ? value_of(row->details, key) : NULL;
    uint64_t number;
    if (value && read_number(value, &number) && number <= INT64_MAX) {
        column_set_integer(column, row->number, (int64_t)number);
    }
}

/* The text that a value of an encoded field stands for. */
static str decoded(struct batch *batch, const struct audit_value *value, bool is_at_end)
{
    if (value->is_quoted || !audit_value_is_encoded(value, is_at_end)) {
        return audit_value_text(value);
    }
    char *bytes = arena_allocate(&batch->arena, value->length / 2, 1);
    if (!bytes) {
        batch->is_failed = true;
        return STR_EMPTY;
    }
    return str_from(bytes, audit_value_decode(value, bytes));
}

static void put_decoded(const struct row *row, enum audit_field field, const struct audit_value *value)
{
    if (value && value->data && column_of(row, field)) {
        put_text(row, field, decoded(row->batch, value, false));
    }
}

/* ---- command ---- */

enum { COPY_BYTES = 32 }; /* of a short value, whatever its length */

/* At p is room for COPY_BYTES more than the value has. */
static inline char *append_value(char *p, const struct audit_piece *piece, const char *readable_end)
{
    const struct audit_value *value = &piece->value;
    if (!value->is_quoted && audit_value_is_encoded(value, piece->is_at_end)) {
        return p + audit_value_decode(value, p);
    }
    if (value->length <= COPY_BYTES && readable_end && readable_end - value->data >= COPY_BYTES) {
        memcpy(p, value->data, COPY_BYTES);
    } else if (value->length > 0) {
        memcpy(p, value->data, value->length);
    }
    return p + value->length;
}

/* Arguments joined by single blanks. */
static str join_arguments(struct batch *batch, const struct audit_arguments *arguments)
{
    size_t bytes_max = 0;
    for (uint32_t i = 0; i < arguments->count; i++) {
        bytes_max += arguments->pieces[i].value.length + 1;
    }
    char *start = arena_reserve(&batch->arena, bytes_max + COPY_BYTES);
    if (!start) {
        batch->is_failed = true;
        return STR_EMPTY;
    }
    char *p = start;
    for (uint32_t i = 0; i < arguments->count; i++) {
        const struct audit_piece *piece = &arguments->pieces[i];
        if (i > 0 && (piece->argument != piece[-1].argument || piece->part <= piece[-1].part)) {
            *p++ = ' ';
        }
        p = append_value(p, piece, arguments->readable_end);
    }
    arena_commit(&batch->arena, (size_t)(p - start));
    return str_from(start, (size_t)(p - start));
}

/* NULs between the arguments become blanks; the one behind the last goes. */
static str process_title(struct batch *batch, const struct audit_record *record)
{
    str text = str_from(record->text, record->text_bytes);
    size_t start = audit_record_find(record, STR("proctitle="));
    if (start == SIZE_MAX) {
        return STR_EMPTY;
    }
    size_t next;
    struct audit_value value = audit_value_at(text, start, &next);
    str title = decoded(batch, &value, next == text.len);
    if (title.data == value.data) {
        /* Quoted or not encoded: no NULs. */
        return value.is_quoted || !str_eq(title, STR("(null)")) ? title : STR_EMPTY;
    }
    while (title.len > 0 && title.data[title.len - 1] == '\0') {
        title.len--;
    }
    char *bytes = (char *)(uintptr_t)title.data; /* decoded() made it in the batch's arena */
    for (size_t i = 0; i < title.len; i++) {
        bytes[i] = bytes[i] ? bytes[i] : ' ';
    }
    return title;
}

/* The process title of a failed exec is that of the program that tried, and would name the wrong command. */
static bool is_title_callers(const struct audit_details *details)
{
    return details->syscall.class_id == AUDIT_SYSCALL_EXECUTE && details->outcome == AUDIT_OUTCOME_FAILED;
}

static void put_command(const struct row *row, str title)
{
    struct audit_details *details = row->details;
    struct column *column = column_of(row, AUDIT_FIELD_COMMAND);
    if (!column) {
        return;
    }
    str command = STR_EMPTY;
    const struct audit_value *cmd = value_of(details, AUDIT_KEY_CMD);
    const struct audit_value *data =
        details->main_type == AUDIT_TYPE_USER_TTY ? value_of(details, AUDIT_KEY_DATA) : NULL;
    if (details->arguments.count > 0) {
        command = join_arguments(row->batch, &details->arguments);
    } else if (cmd) {
        command = decoded(row->batch, cmd, false);
    } else if (data) {
        command = decoded(row->batch, data, false);
    } else if (!is_title_callers(details)) {
        command = title;
    }
    if (command.len > 0) {
        column_set_string(column, row->number, command);
    }
}

/* ---- process ---- */

static str file_name(str path)
{
    static const char deleted[] = " (deleted)"; /* the kernel says so of a program whose file is gone */
    if (str_ends_with(path, STR(deleted))) {
        path.len -= sizeof(deleted) - 1;
    }
    const char *slash = path.len > 0 ? memrchr(path.data, '/', path.len) : NULL;
    return slash ? str_skip(path, (size_t)(slash - path.data) + 1) : path;
}

static void put_process(const struct row *row)
{
    struct audit_details *details = row->details;
    struct batch *batch = row->batch;
    const struct audit_value *exe = value_of(details, AUDIT_KEY_EXE);
    const struct audit_value *comm = value_of(details, AUDIT_KEY_COMM);
    if (column_of(row, AUDIT_FIELD_PROCESS_NAME) || column_of(row, AUDIT_FIELD_PROCESS_PATH)) {
        str path = exe ? decoded(batch, exe, false) : STR_EMPTY;
        str name = file_name(path);
        if (name.len == 0 && comm) {
            name = decoded(batch, comm, false);
        } else if (name.len == 0 && details->arguments.count > 0 && details->arguments.pieces[0].argument == 0) {
            name = file_name(decoded(batch, &details->arguments.pieces[0].value, false));
        }
        put_text(row, AUDIT_FIELD_PROCESS_PATH, path);
        put_text(row, AUDIT_FIELD_PROCESS_NAME, name);
    }
    bool needs_title = column_of(row, AUDIT_FIELD_PROCESS_TITLE) ||
                       (column_of(row, AUDIT_FIELD_COMMAND) && details->arguments.count == 0);
    str title = needs_title && details->process_title ? process_title(batch, details->process_title) : STR_EMPTY;
    put_command(row, title);
    put_text(row, AUDIT_FIELD_PROCESS_TITLE, title);
    put_decoded(row, AUDIT_FIELD_COMMAND_NAME, comm);
    put_number(row, AUDIT_FIELD_PROCESS_ID, AUDIT_KEY_PID);
    put_number(row, AUDIT_FIELD_PARENT_PROCESS_ID, AUDIT_KEY_PPID);
    const struct audit_value *user_cwd = value_of(details, AUDIT_KEY_CWD);
    put_decoded(row, AUDIT_FIELD_WORKING_DIRECTORY, details->directory.data ? &details->directory : user_cwd);
}

static void put_process_extras(const struct row *row)
{
    const struct audit_details *details = row->details;
    if (details->has_execve && details->arguments.has_argc && details->arguments.argc <= INT64_MAX) {
        column_set_integer(column_of(row, AUDIT_FIELD_ARGUMENT_COUNT), row->number, (int64_t)details->arguments.argc);
    }
    put_number(row, AUDIT_FIELD_SIGNAL, AUDIT_KEY_SIG);
    put_number(row, AUDIT_FIELD_TARGET_PROCESS_ID, AUDIT_KEY_OPID);
    put_decoded(row, AUDIT_FIELD_TARGET_PROCESS_NAME, value_of(details, AUDIT_KEY_OCOMM));
}

/* ---- users ---- */

static bool is_set_id(str id)
{
    return id.len > 0 && !str_eq(id, STR("4294967295")) && !str_eq(id, STR("-1")) && !str_eq(id, STR("unset"));
}

/* Name if the log has it, else number; empty if nobody. */
static str user_of(const struct audit_details *details, enum audit_key name_key, enum audit_key id_key)
{
    const struct audit_value *id = value_of(details, id_key);
    const struct audit_value *name = value_of(details, name_key);
    if (id && !is_set_id(audit_value_text(id))) {
        return STR_EMPTY;
    }
    if (name && is_set_id(audit_value_text(name))) {
        return audit_value_text(name);
    }
    return id ? audit_value_text(id) : STR_EMPTY;
}

/* Records about an account rather than by it: there acct is whom it was done to. */
static bool is_account_change(uint16_t type)
{
    switch (type) {
    case 1102: /* USER_MGMT */
    case 1108: /* USER_CHAUTHTOK */
    case 1114: /* ADD_USER, DEL_USER, ADD_GROUP, DEL_GROUP */
    case 1115:
    case 1116:
    case 1117:
    case 1119: /* CHGRP_ID */
    case 1125: /* CHUSER_ID */
    case 1132: /* GRP_MGMT, GRP_CHAUTHTOK, ACCT_LOCK, ACCT_UNLOCK */
    case 1133:
    case 1135:
    case 1136:
    case 2300: /* USER_ROLE_CHANGE, ROLE_ASSIGN, ROLE_REMOVE */
    case 2301:
    case 2302:
        return true;
    default:
        return false;
    }
}

static void put_users(const struct row *row)
{
    struct audit_details *details = row->details;
    const struct audit_value *acct = value_of(details, AUDIT_KEY_ACCT);
    str actor = user_of(details, AUDIT_KEY_AUID_NAME, AUDIT_KEY_AUID);
    str name = actor;
    if (acct && acct->length > 0 && (!is_account_change(details->main_type) || actor.len == 0)) {
        name = decoded(row->batch, acct, false);
    } else if (actor.len == 0) {
        name = user_of(details, AUDIT_KEY_UID_NAME, AUDIT_KEY_UID);
    }
    put_text(row, AUDIT_FIELD_USERNAME, name);
}

static void put_accounts(const struct row *row)
{
    const struct audit_details *details = row->details;
    const struct audit_value *acct = value_of(details, AUDIT_KEY_ACCT);
    if (details->main_type != 0 && details->main_type < AUDIT_TYPE_SYSCALL) {
        str id = acct ? STR_EMPTY : user_of(details, AUDIT_KEY_ID_NAME, AUDIT_KEY_ID);
        put_text(row, AUDIT_FIELD_TARGET_USERNAME, id);
        put_decoded(row, AUDIT_FIELD_TARGET_USERNAME, acct);
    }
    put_number(row, AUDIT_FIELD_AUDIT_USER_ID, AUDIT_KEY_AUID);
    put_value(row, AUDIT_FIELD_AUDIT_USER_NAME, AUDIT_KEY_AUID_NAME);
    put_number(row, AUDIT_FIELD_USER_ID, AUDIT_KEY_UID);
    put_value(row, AUDIT_FIELD_USER_NAME, AUDIT_KEY_UID_NAME);
    put_number(row, AUDIT_FIELD_EFFECTIVE_USER_ID, AUDIT_KEY_EUID);
    put_value(row, AUDIT_FIELD_EFFECTIVE_USER_NAME, AUDIT_KEY_EUID_NAME);
    put_number(row, AUDIT_FIELD_GROUP_ID, AUDIT_KEY_GID);
    put_number(row, AUDIT_FIELD_EFFECTIVE_GROUP_ID, AUDIT_KEY_EGID);
    put_number(row, AUDIT_FIELD_SESSION_ID, AUDIT_KEY_SES);
    put_value(row, AUDIT_FIELD_TERMINAL, AUDIT_KEY_TERMINAL);
    put_value(row, AUDIT_FIELD_TERMINAL, AUDIT_KEY_TTY);
    put_decoded(row, AUDIT_FIELD_TARGET_GROUP, value_of(details, AUDIT_KEY_GRP));
    put_value(row, AUDIT_FIELD_REMOTE_HOST, AUDIT_KEY_HOSTNAME);
    put_decoded(row, AUDIT_FIELD_TERMINAL_INPUT, value_of(details, AUDIT_KEY_DATA));
    put_value(row, AUDIT_FIELD_UNIT, AUDIT_KEY_UNIT);
}

/* ---- network ---- */

static const struct {
    uint16_t family;
    str name;
} family_names[] = {
    {0, {"unspec", 6}},   {1, {"unix", 4}},    {2, {"inet", 4}}, {10, {"inet6", 5}},
    {16, {"netlink", 7}}, {17, {"packet", 6}}, {38, {"alg", 3}}, {40, {"vsock", 5}},
};

static str family_name(struct batch *batch, uint16_t family)
{
    for (size_t i = 0; i < countof(family_names); i++) {
        if (family_names[i].family == family) {
            return family_names[i].name;
        }
    }
    char digits[5];
    size_t count = 0;
    for (uint16_t rest = family; rest > 0; rest /= 10) {
        digits[sizeof(digits) - ++count] = (char)('0' + rest % 10);
    }
    return batch_copy(batch, str_from(digits + sizeof(digits) - count, count));
}

static bool address_of(const struct audit_details *details, enum audit_key key, struct ip *ret)
{
    const struct audit_value *value = value_of(details, key);
    return value && ip_parse(audit_value_text(value), ret);
}

/* The first of the keys that holds an address. */
static bool first_address(const struct audit_details *details, const enum audit_key *keys, size_t count, struct ip *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (address_of(details, keys[i], ret)) {
            return true;
        }
    }
    return false;
}

static void put_port(const struct row *row, enum audit_field field, const enum audit_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct audit_value *value = value_of(row->details, keys[i]);
        uint64_t port;
        if (value && audit_value_to_u64(value, 10, &port) && port > 0 && port <= UINT16_MAX) {
            column_set_integer(column_of(row, field), row->number, (int64_t)port);
            return;
        }
    }
}

static void put_named_addresses(const struct row *row)
{
    /* hostname= often holds an address too, when the name could not be resolved. */
    static const enum audit_key sources[] = {AUDIT_KEY_ADDR, AUDIT_KEY_SADDR, AUDIT_KEY_HOSTNAME};
    static const enum audit_key targets[] = {AUDIT_KEY_DADDR, AUDIT_KEY_FADDR, AUDIT_KEY_LADDR};
    static const enum audit_key source_ports[] = {AUDIT_KEY_RPORT, AUDIT_KEY_SPORT, AUDIT_KEY_SRC};
    static const enum audit_key target_ports[] = {AUDIT_KEY_DPORT, AUDIT_KEY_DEST, AUDIT_KEY_FPORT, AUDIT_KEY_LPORT};
    struct ip ip;
    if (first_address(row->details, sources, countof(sources), &ip)) {
        row_set_source_address(row->batch, row->number, &ip);
    }
    if (first_address(row->details, targets, countof(targets), &ip)) {
        row_set_destination_address(row->batch, row->number, &ip);
    }
    put_port(row, AUDIT_FIELD_SOURCEPORT, source_ports, countof(source_ports));
    put_port(row, AUDIT_FIELD_DESTINATIONPORT, target_ports, countof(target_ports));
}

static void put_socket_address(const struct row *row)
{
    const struct audit_socket *socket = &row->details->socket;
    enum audit_syscall_class call = row->details->syscall.class_id;
    bool is_source = call == AUDIT_SYSCALL_ACCEPT || call == AUDIT_SYSCALL_RECEIVE || call == AUDIT_SYSCALL_BIND;
    enum audit_field port = is_source ? AUDIT_FIELD_SOURCEPORT : AUDIT_FIELD_DESTINATIONPORT;
    if (is_source) {
        row_set_source_address(row->batch, row->number, &socket->address);
    } else {
        row_set_destination_address(row->batch, row->number, &socket->address);
    }
    if (socket->port > 0) {
        column_set_integer(column_of(row, port), row->number, socket->port);
    }
}

static void put_addresses(const struct row *row)
{
    if (row->details->main_type != 0) {
        put_named_addresses(row);
    }
    if (row->details->has_socket && row->details->socket.has_address) {
        put_socket_address(row);
    }
}

static void put_socket(const struct row *row)
{
    const struct audit_socket *socket = &row->details->socket;
    if (!row->details->has_socket) {
        return;
    }
    if (column_of(row, AUDIT_FIELD_SOCKET_FAMILY)) {
        put_text(row, AUDIT_FIELD_SOCKET_FAMILY, family_name(row->batch, socket->family));
    }
    if (socket->path.len > 0 && column_of(row, AUDIT_FIELD_SOCKET_PATH)) {
        put_text(row, AUDIT_FIELD_SOCKET_PATH, batch_copy(row->batch, socket->path));
    }
}

/* ---- files ---- */

/* Removes "." and ".." from an absolute path, in place; gives the new length. */
static size_t normalise_path(char *path, size_t length)
{
    size_t out = 0;
    size_t at = 0;
    while (at < length) {
        while (at < length && path[at] == '/') {
            at++;
        }
        size_t end = at;
        while (end < length && path[end] != '/') {
            end++;
        }
        str part = str_from(path + at, end - at);
        at = end;
        if (part.len == 0 || str_eq(part, STR("."))) {
            continue;
        }
        if (str_eq(part, STR(".."))) {
            while (out > 0 && path[--out] != '/') {
            }
            continue;
        }
        path[out++] = '/';
        memmove(path + out, part.data, part.len);
        out += part.len;
    }
    if (out == 0) {
        path[out++] = '/';
    }
    return out;
}

/* A relative name was looked up from the working directory, except by the calls that take a directory's descriptor. */
static bool is_from_directory(const struct audit_details *details)
{
    if (!str_ends_with(details->syscall.name, STR("at")) && !str_ends_with(details->syscall.name, STR("at2"))) {
        return true;
    }
    const struct audit_value *descriptor = value_of(details, AUDIT_KEY_A0);
    uint64_t number;
    enum { AT_CWD_LOW = 0x9C }; /* AT_FDCWD is -100 */
    return !descriptor || !audit_value_to_u64(descriptor, 16, &number) ||
           (uint32_t)number == (UINT32_MAX - 0xFF + AT_CWD_LOW);
}

static str absolute_path(const struct row *row, str name)
{
    const struct audit_details *details = row->details;
    if (name.len == 0 || name.data[0] == '/' || !details->directory.data || !is_from_directory(details)) {
        return name;
    }
    str directory = decoded(row->batch, &details->directory, false);
    if (directory.len == 0 || directory.data[0] != '/') {
        return name;
    }
    size_t length = directory.len + 1 + name.len;
    char *path = arena_allocate(&row->batch->arena, length, 1);
    if (!path) {
        row->batch->is_failed = true;
        return name;
    }
    memcpy(path, directory.data, directory.len);
    path[directory.len] = '/';
    memcpy(path + directory.len + 1, name.data, name.len);
    return str_from(path, normalise_path(path, length));
}

static void put_file(const struct row *row)
{
    const struct audit_details *details = row->details;
    if (column_of(row, AUDIT_FIELD_FILE_PATH)) {
        static const enum audit_key keys[] = {AUDIT_KEY_PATH, AUDIT_KEY_DIR, AUDIT_KEY_NAME};
        const struct audit_value *file = details->has_path ? &details->file : NULL;
        for (size_t i = 0; i < countof(keys) && !file; i++) {
            file = value_of(details, keys[i]);
        }
        if (file) {
            put_text(row, AUDIT_FIELD_FILE_PATH, absolute_path(row, decoded(row->batch, file, false)));
        }
    }
    put_text(row, AUDIT_FIELD_FILE_ACTION, audit_value_text(&details->file_kind));
    put_text(row, AUDIT_FIELD_FILE_MODE, audit_value_text(&details->file_mode));
    put_decoded(row, AUDIT_FIELD_PARENT_DIRECTORY, &details->parent_directory);
}

/* ---- call, records, access ---- */

static void put_call(const struct row *row)
{
    const struct audit_details *details = row->details;
    const struct audit_value *arch_name = value_of(details, AUDIT_KEY_ARCH_NAME);
    str name = details->syscall.name;
    const struct audit_value *number = value_of(details, AUDIT_KEY_SYSCALL);
    if (name.len == 0 && number) {
        name = audit_value_text(number);
    }
    put_text(row, AUDIT_FIELD_SYSTEM_CALL, name);
    put_text(row, AUDIT_FIELD_QIDEVENTCATEGORY, name);
    put_value(row, AUDIT_FIELD_SYSTEM_CALL_SUCCESS, AUDIT_KEY_SUCCESS);
    if (column_of(row, AUDIT_FIELD_ARCHITECTURE)) {
        str arch = details->has_arch ? audit_arch_name(details->arch) : STR_EMPTY;
        put_text(row, AUDIT_FIELD_ARCHITECTURE, arch.len > 0 || !arch_name ? arch : audit_value_text(arch_name));
    }
    if (details->has_exit) {
        column_set_integer(column_of(row, AUDIT_FIELD_SYSTEM_CALL_EXIT), row->number, details->exit_code);
        if (details->exit_code < 0 && details->exit_code > -4096 && column_of(row, AUDIT_FIELD_SYSTEM_CALL_ERROR)) {
            put_text(row, AUDIT_FIELD_SYSTEM_CALL_ERROR, audit_errno_name(-details->exit_code));
        }
    }
}

static str type_name(const struct audit_index *index, const struct audit_record *record)
{
    str name = audit_type_name(index, record->type);
    if (name.len > 0) {
        return name;
    }
    /* As written, for a type that the table does not know. */
    str text = str_from(record->text, record->text_bytes);
    size_t at = str_find(text, STR("type="), 0);
    size_t end = at == SIZE_MAX ? SIZE_MAX : str_find_char(text, ' ', at);
    return end == SIZE_MAX ? STR_EMPTY : str_slice(text, at + 5, end);
}

static bool is_type_seen(const struct audit_event *event, uint32_t before)
{
    for (uint32_t i = 0; i < before; i++) {
        if (event->records[i].type == event->records[before].type) {
            return true;
        }
    }
    return false;
}

/* An event of thousands of records has few types; looking at the first ones keeps this linear. */
static str join_types(struct batch *batch, const struct audit_index *index, const struct audit_event *event)
{
    enum { LOOK_AT_MAX = 64, BYTES_MAX = 1024 };
    char text[BYTES_MAX];
    size_t length = 0;
    for (uint32_t i = 0; i < event->record_count && i < LOOK_AT_MAX; i++) {
        str name = is_type_seen(event, i) ? STR_EMPTY : type_name(index, &event->records[i]);
        if (name.len > 0 && length + name.len + 1 <= sizeof(text)) {
            if (length > 0) {
                text[length++] = ',';
            }
            memcpy(text + length, name.data, name.len);
            length += name.len;
        }
    }
    return batch_copy(batch, str_from(text, length));
}

/* What events of the same types have is looked up. Types without a name of ours are named by their records, so events
 * with one of those are not. */
static str type_list(const struct row *row)
{
    enum { RECORDS_MAX = 8 };
    const struct audit_event *event = row->details->event;
    const struct audit_index *index = row->details->index;
    if (event->record_count > RECORDS_MAX) {
        return join_types(row->batch, index, event);
    }
    uint64_t first = 0;
    uint64_t last = 0;
    for (uint32_t i = 0; i < event->record_count; i++) {
        first = first << 16 | last >> 48;
        last = last << 16 | event->records[i].type;
    }
    uint64_t mixed = (last ^ first << 1) * UINT64_C(0x9E3779B97F4A7C15);
    struct audit_type_list *list = &row->plan->type_lists[(mixed >> 32) % AUDIT_TYPE_LISTS];
    if (list->first == first && list->last == last && list->record_count == event->record_count) {
        return list->text;
    }
    str text = join_types(row->batch, index, event);
    bool is_usual = true;
    for (uint32_t i = 0; i < event->record_count; i++) {
        is_usual &= audit_type_name(index, event->records[i].type).len > 0;
    }
    if (is_usual) {
        *list = (struct audit_type_list){first, last, event->record_count, text};
    }
    return text;
}

static void put_records(const struct row *row)
{
    const struct audit_details *details = row->details;
    const struct audit_event *event = details->event;
    column_set_integer(column_of(row, AUDIT_FIELD_AUDIT_SERIAL), row->number,
                       event->serial > INT64_MAX ? INT64_MAX : (int64_t)event->serial);
    if (column_of(row, AUDIT_FIELD_RECORD_TYPE)) {
        put_text(row, AUDIT_FIELD_RECORD_TYPE, type_name(details->index, &event->records[0]));
    }
    if (column_of(row, AUDIT_FIELD_RECORD_TYPES)) {
        put_text(row, AUDIT_FIELD_RECORD_TYPES, type_list(row));
    }
    if (column_of(row, AUDIT_FIELD_QIDEVENTID)) {
        str name = details->main_type != 0 ? audit_type_name(details->index, details->main_type) : STR_EMPTY;
        put_text(row, AUDIT_FIELD_QIDEVENTID, name.len > 0 ? name : type_name(details->index, &event->records[0]));
    }
}

static void put_key(const struct row *row)
{
    const struct audit_value *value = value_of(row->details, AUDIT_KEY_KEY);
    if (!value || !column_of(row, AUDIT_FIELD_AUDIT_KEY)) {
        return;
    }
    str key = decoded(row->batch, value, false);
    if (key.data != value->data && key.len > 0) {
        /* Several keys are parted by byte 1, which is why the value was encoded. */
        char *bytes = (char *)(uintptr_t)key.data;
        for (size_t i = 0; i < key.len; i++) {
            bytes[i] = bytes[i] == 1 ? ',' : bytes[i];
        }
    }
    put_text(row, AUDIT_FIELD_AUDIT_KEY, key);
}

static void put_access(const struct row *row)
{
    static const str results[] = {
        [AUDIT_OUTCOME_UNKNOWN] = {"", 0},
        [AUDIT_OUTCOME_SUCCESS] = {"success", 7},
        [AUDIT_OUTCOME_FAILED] = {"failed", 6},
        [AUDIT_OUTCOME_IN_PROGRESS] = {"in progress", 11},
    };
    const struct audit_details *details = row->details;
    put_key(row);
    put_text(row, AUDIT_FIELD_RESULT, results[details->outcome]);
    put_value(row, AUDIT_FIELD_OPERATION, AUDIT_KEY_OPERATION);
    put_value(row, AUDIT_FIELD_OPERATION, AUDIT_KEY_OP);
    put_value(row, AUDIT_FIELD_SECURITY_CONTEXT, AUDIT_KEY_SCONTEXT);
    put_value(row, AUDIT_FIELD_SECURITY_CONTEXT, AUDIT_KEY_SUBJ);
    put_value(row, AUDIT_FIELD_TARGET_CONTEXT, AUDIT_KEY_TCONTEXT);
    put_value(row, AUDIT_FIELD_TARGET_CLASS, AUDIT_KEY_TCLASS);
    put_value(row, AUDIT_FIELD_ACCESS_DECISION, AUDIT_KEY_APPARMOR);
    put_value(row, AUDIT_FIELD_REQUESTED_PERMISSIONS, AUDIT_KEY_REQUESTED_MASK);
    put_decoded(row, AUDIT_FIELD_APPARMOR_PROFILE, value_of(details, AUDIT_KEY_PROFILE));
    if (details->access_decision.data) {
        put_text(row, AUDIT_FIELD_ACCESS_DECISION, audit_value_text(&details->access_decision));
        put_text(row, AUDIT_FIELD_REQUESTED_PERMISSIONS, audit_value_text(&details->access_permissions));
    }
}

/* ---- plan ---- */

/* Functions that fill the fields from `first` to `last`; not called when none of these is wanted. ORDER AUDIT_FIELD */
static const struct {
    void (*put)(const struct row *row);
    enum audit_field first;
    enum audit_field last;
} groups[] = {
    {put_users, AUDIT_FIELD_USERNAME, AUDIT_FIELD_USERNAME},
    {put_addresses, AUDIT_FIELD_SOURCEIP, AUDIT_FIELD_DESTINATIONPORT},
    {put_process, AUDIT_FIELD_COMMAND, AUDIT_FIELD_WORKING_DIRECTORY},
    {put_process_extras, AUDIT_FIELD_ARGUMENT_COUNT, AUDIT_FIELD_TARGET_PROCESS_NAME},
    {put_file, AUDIT_FIELD_FILE_PATH, AUDIT_FIELD_PARENT_DIRECTORY},
    {put_socket, AUDIT_FIELD_SOCKET_PATH, AUDIT_FIELD_SOCKET_FAMILY},
    {put_records, AUDIT_FIELD_QIDEVENTID, AUDIT_FIELD_AUDIT_SERIAL},
    {put_call, AUDIT_FIELD_QIDEVENTCATEGORY, AUDIT_FIELD_SYSTEM_CALL_ERROR},
    {put_accounts, AUDIT_FIELD_AUDIT_USER_ID, AUDIT_FIELD_UNIT},
    {put_access, AUDIT_FIELD_AUDIT_KEY, AUDIT_FIELD_APPARMOR_PROFILE},
};

static bool is_wanted(const struct audit_row_plan *plan, enum audit_field field)
{
    return plan->fields[field] != FIELD_NONE;
}

void audit_row_plan_init(struct audit_row_plan *plan, const struct format_context *context)
{
    for (uint32_t i = 0; i < AUDIT_FIELD_COUNT; i++) {
        field_id id = schema_find(context->schema, str_from_cstring(audit_fields[i].name));
        bool is_usable = id != FIELD_NONE && schema_field(context->schema, id)->type == audit_fields[i].type;
        plan->fields[i] = is_usable && field_set_has(context->wanted, id) ? id : FIELD_NONE;
    }
    static const field_id named_by_event[] = {FIELD_QID, FIELD_CATEGORY, FIELD_HIGHLEVELCATEGORY, FIELD_SEVERITY,
                                              FIELD_MAGNITUDE};
    plan->groups = 0;
    plan->needs = (struct audit_needs){
        .arguments = is_wanted(plan, AUDIT_FIELD_COMMAND) || is_wanted(plan, AUDIT_FIELD_ARGUMENT_COUNT) ||
                     is_wanted(plan, AUDIT_FIELD_PROCESS_NAME) || field_set_has(context->wanted, FIELD_ISTRUNCATED),
        .directory = is_wanted(plan, AUDIT_FIELD_WORKING_DIRECTORY) || is_wanted(plan, AUDIT_FIELD_FILE_PATH),
        .paths = is_wanted(plan, AUDIT_FIELD_FILE_PATH) || is_wanted(plan, AUDIT_FIELD_FILE_ACTION) ||
                 is_wanted(plan, AUDIT_FIELD_FILE_MODE) || is_wanted(plan, AUDIT_FIELD_PARENT_DIRECTORY),
    };
    static const enum audit_field from_socket[] = {
        AUDIT_FIELD_SOURCEIP,           AUDIT_FIELD_SOURCEV6,        AUDIT_FIELD_SOURCEADDRESS,
        AUDIT_FIELD_SOURCEPORT,         AUDIT_FIELD_DESTINATIONIP,   AUDIT_FIELD_DESTINATIONV6,
        AUDIT_FIELD_DESTINATIONADDRESS, AUDIT_FIELD_DESTINATIONPORT, AUDIT_FIELD_SOCKET_PATH,
        AUDIT_FIELD_SOCKET_FAMILY,
    };
    for (size_t i = 0; i < countof(from_socket); i++) {
        plan->needs.socket |= is_wanted(plan, from_socket[i]);
    }
    for (uint32_t i = 0; i < countof(groups); i++) {
        for (enum audit_field field = groups[i].first; field <= groups[i].last; field++) {
            plan->groups |= is_wanted(plan, field) ? 1u << i : 0;
        }
    }
    for (size_t i = 0; i < countof(named_by_event); i++) {
        plan->needs.event_name |= field_set_has(context->wanted, named_by_event[i]);
    }
}

/* Fields whose values stand in the records, as text or as hex, and what may have been something else there: a blank
 * joins arguments or stands for a NUL, as '@' does in names of sockets; a comma joins keys; paths are put together and
 * shortened at slashes. */
static const struct {
    enum audit_field field;
    const char *breaks;
} verbatim_fields[] = {
    {AUDIT_FIELD_HOSTNAME, " "},        {AUDIT_FIELD_USERNAME, " "},          {AUDIT_FIELD_COMMAND, " "},
    {AUDIT_FIELD_PROCESS_NAME, " "},    {AUDIT_FIELD_PROCESS_PATH, " "},      {AUDIT_FIELD_COMMAND_NAME, " "},
    {AUDIT_FIELD_PROCESS_TITLE, " "},   {AUDIT_FIELD_WORKING_DIRECTORY, " "}, {AUDIT_FIELD_TARGET_PROCESS_NAME, " "},
    {AUDIT_FIELD_FILE_PATH, " /"},      {AUDIT_FIELD_PARENT_DIRECTORY, " "},  {AUDIT_FIELD_SOCKET_PATH, " @"},
    {AUDIT_FIELD_AUDIT_USER_NAME, " "}, {AUDIT_FIELD_USER_NAME, " "},         {AUDIT_FIELD_EFFECTIVE_USER_NAME, " "},
    {AUDIT_FIELD_TERMINAL, " "},        {AUDIT_FIELD_TARGET_USERNAME, " "},   {AUDIT_FIELD_TARGET_GROUP, " "},
    {AUDIT_FIELD_REMOTE_HOST, " "},     {AUDIT_FIELD_TERMINAL_INPUT, " "},    {AUDIT_FIELD_UNIT, " "},
    {AUDIT_FIELD_AUDIT_KEY, " ,"},      {AUDIT_FIELD_APPARMOR_PROFILE, " "},
};

const char *audit_row_breaks(const void *opaque, field_id field)
{
    const struct audit_row_plan *plan = opaque;
    if (field == FIELD_PAYLOAD) {
        return "";
    }
    for (size_t i = 0; i < countof(verbatim_fields); i++) {
        if (plan->fields[verbatim_fields[i].field] == field) {
            return verbatim_fields[i].breaks;
        }
    }
    return NULL;
}

static void put_evidence(struct row_writer *writer, const struct audit_event *event)
{
    uint32_t run = event->run_count;
    if (run > 1) {
        const struct audit_record *first = &event->records[0];
        const struct audit_record *last = &event->records[run - 1];
        str raw = str_from(first->raw, (size_t)(last->raw + last->raw_bytes - first->raw));
        row_writer_evidence_run(writer, first->input, first->line, run, raw);
    }
    for (uint32_t i = run > 1 ? run : 0; i < event->record_count; i++) {
        const struct audit_record *record = &event->records[i];
        row_writer_evidence(writer, record->input, record->line, record->line_count,
                            str_from(record->raw, record->raw_bytes));
    }
}

static void begin_batch(struct audit_row_plan *plan, struct batch *batch)
{
    plan->batch = batch;
    plan->batch_times_cleared = batch->times_cleared;
    for (uint32_t i = 0; i < AUDIT_FIELD_COUNT; i++) {
        plan->columns[i] = plan->fields[i] == FIELD_NONE ? NULL : batch_column(batch, plan->fields[i]);
    }
    memset(plan->type_lists, 0, sizeof(plan->type_lists));
}

void audit_row_write(struct audit_row_plan *plan, struct row_writer *writer, struct audit_details *details)
{
    const struct audit_event *event = details->event;
    struct event_header header = {
        .log_source_type = LOG_SOURCE_TYPE_LINUX_OS,
        .host = event->node,
        .has_time = true,
        .time_ms = event->time_ms,
        .qid = audit_event_qid(audit_event_kind_find(details), details->outcome),
        .is_truncated = details->is_truncated,
    };
    struct row row = {.plan = plan, .details = details};
    row.batch = row_writer_begin(writer, &header, &event->frame, &row.number);
    if (!row.batch) {
        return; /* out of memory; the writer remembers */
    }
    if (plan->batch != row.batch || plan->batch_times_cleared != row.batch->times_cleared) {
        begin_batch(plan, row.batch);
    }
    put_evidence(writer, event);
    for (size_t i = 0; i < countof(groups); i++) {
        if (plan->groups & 1u << i) {
            groups[i].put(&row);
        }
    }
}
