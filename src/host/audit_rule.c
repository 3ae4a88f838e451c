#include "host/audit_rule.h"

#include "base/limits.h"

/* ---- reading ----------------------------------------------------------------------------------------------------- */

struct words {
    str rest;
    struct arena *arena;
};

/* Words are parted by blanks; auditctl knows no quotes in its files but those around a whole word. */
static bool next_word(struct words *words, str *ret)
{
    words->rest = str_trim(words->rest);
    if (words->rest.len == 0) {
        return false;
    }
    char quote = words->rest.data[0];
    if (quote == '"' || quote == '\'') {
        size_t end = str_find_char(words->rest, quote, 1);
        if (end != SIZE_MAX) {
            *ret = str_slice(words->rest, 1, end);
            words->rest = str_skip(words->rest, end + 1);
            return true;
        }
    }
    size_t end = 0;
    while (end < words->rest.len && !ascii_is_blank(words->rest.data[end])) {
        end++;
    }
    *ret = str_slice(words->rest, 0, end);
    words->rest = str_skip(words->rest, end);
    return true;
}

static bool is_operation_char(char c)
{
    return c == '=' || c == '!' || c == '<' || c == '>' || c == '&';
}

/* /var/run is a link to /run on every system of today, and a folder's last slash says nothing. */
static str plain_path(str path)
{
    if (str_starts_with(path, STR("/var/run/"))) {
        path = str_skip(path, 4);
    }
    while (path.len > 1 && path.data[path.len - 1] == '/') {
        path.len--;
    }
    return path;
}

static bool is_path_field(str name)
{
    return str_eq(name, STR("path")) || str_eq(name, STR("dir")) || str_eq(name, STR("watch"));
}

/* Numbers and words that mean the same: `auditctl -l` prints some otherwise than they were written. */
static str plain_value(str name, str value)
{
    static const struct {
        str name;
        str written;
        str plain;
    } same[] = {
        {{"auid", 4}, {"unset", 5}, {"-1", 2}},       {{"auid", 4}, {"4294967295", 10}, {"-1", 2}},
        {{"loginuid", 8}, {"unset", 5}, {"-1", 2}},   {{"loginuid", 8}, {"4294967295", 10}, {"-1", 2}},
        {{"filetype", 8}, {"32768", 5}, {"file", 4}}, {{"filetype", 8}, {"16384", 5}, {"dir", 3}},
        {{"saddr_fam", 9}, {"inet", 4}, {"2", 1}},    {{"saddr_fam", 9}, {"inet6", 5}, {"10", 2}},
        {{"saddr_fam", 9}, {"local", 5}, {"1", 1}},   {{"saddr_fam", 9}, {"unix", 4}, {"1", 1}},
        {{"success", 7}, {"yes", 3}, {"1", 1}},       {{"success", 7}, {"no", 2}, {"0", 1}},
    };
    for (size_t i = 0; i < countof(same); i++) {
        if (str_eq(name, same[i].name) && str_eq(value, same[i].written)) {
            return same[i].plain;
        }
    }
    if (is_path_field(name)) {
        return plain_path(value);
    }
    if (name.len == 2 && name.data[0] == 'a' && str_starts_with(value, STR("0x"))) { /* a0 to a3 are shown so */
        return str_skip(value, 2);
    }
    return value;
}

static bool add_field(struct audit_rule *rule, str name, str operation, str value)
{
    if (rule->field_count == AUDIT_FIELDS_MAX) {
        return false;
    }
    rule->fields[rule->field_count++] =
        (struct audit_field){.name = name, .operation = operation, .value = plain_value(name, value)};
    return true;
}

static str plain_arch(str arch)
{
    if (str_eq(arch, STR("x86_64")) || str_eq(arch, STR("aarch64"))) {
        return STR("b64");
    }
    bool is_small = str_eq(arch, STR("i386")) || str_eq(arch, STR("i686")) || str_eq(arch, STR("arm"));
    return is_small ? STR("b32") : arch;
}

/* "auid>=1000" */
static bool read_condition(struct audit_rule *rule, str text)
{
    size_t name_end = 0;
    while (name_end < text.len && !is_operation_char(text.data[name_end])) {
        name_end++;
    }
    size_t operation_end = name_end;
    while (operation_end < text.len && is_operation_char(text.data[operation_end])) {
        operation_end++;
    }
    str name = str_slice(text, 0, name_end);
    str operation = str_slice(text, name_end, operation_end);
    str value = str_skip(text, operation_end);
    if (name.len == 0 || operation.len == 0) {
        return false;
    }
    if (str_eq(name, STR("arch"))) {
        rule->arch = plain_arch(value);
        return true;
    }
    if (str_eq(name, STR("key"))) {
        rule->key = rule->key.len > 0 ? rule->key : value;
        return true;
    }
    return add_field(rule, name, operation, value);
}

static bool read_syscalls(struct audit_rule *rule, str text)
{
    while (text.len > 0) {
        size_t end = str_find_char(text, ',', 0);
        str name = str_slice(text, 0, end);
        text = end == SIZE_MAX ? STR_EMPTY : str_skip(text, end + 1);
        if (str_eq(name, STR("all"))) {
            continue; /* as if there were no -S */
        }
        if (name.len == 0 || rule->syscall_count == AUDIT_SYSCALLS_MAX) {
            return false;
        }
        rule->syscalls[rule->syscall_count++] = name;
    }
    return true;
}

/* "always,exit" in either order. */
static bool read_action(struct audit_rule *rule, str text)
{
    size_t comma = str_find_char(text, ',', 0);
    if (comma == SIZE_MAX) {
        return false;
    }
    str parts[2] = {str_slice(text, 0, comma), str_skip(text, comma + 1)};
    bool has_action = false;
    rule->list = AUDIT_LIST_OTHER;
    for (int i = 0; i < 2; i++) {
        if (str_eq(parts[i], STR("always")) || str_eq(parts[i], STR("never"))) {
            rule->is_never = parts[i].data[0] == 'n';
            has_action = true;
        } else if (str_eq(parts[i], STR("exit"))) {
            rule->list = AUDIT_LIST_EXIT;
        } else if (str_eq(parts[i], STR("exclude"))) {
            rule->list = AUDIT_LIST_EXCLUDE;
        } else if (str_eq(parts[i], STR("task"))) {
            rule->list = AUDIT_LIST_TASK;
        }
    }
    return has_action;
}

struct line_reading {
    struct audit_rule rule;
    bool is_rule;
    bool is_insertion; /* -A: in front of the others */
    bool is_deletion_of_all;
    bool is_control;
    int64_t enabled; /* -1: not said */
};

static bool is_one_of(str word, const char *const *names)
{
    for (; *names; names++) {
        if (str_eq(word, str_from_cstring(*names))) {
            return true;
        }
    }
    return false;
}

/* An option and its argument, of a rule. */
static bool read_rule_option(struct line_reading *line, str option, str value)
{
    struct audit_rule *rule = &line->rule;
    if (str_eq(option, STR("-a")) || str_eq(option, STR("-A"))) {
        line->is_rule = true;
        line->is_insertion = option.data[1] == 'A';
        return read_action(rule, value);
    }
    if (str_eq(option, STR("-w"))) {
        line->is_rule = true;
        rule->is_watch = true;
        return add_field(rule, STR("watch"), STR("="), value);
    }
    if (str_eq(option, STR("-p"))) {
        return add_field(rule, STR("perm"), STR("="), value);
    }
    if (str_eq(option, STR("-F")) || str_eq(option, STR("-C"))) {
        return read_condition(rule, value);
    }
    if (str_eq(option, STR("-k"))) {
        rule->key = rule->key.len > 0 ? rule->key : value;
        return true;
    }
    return str_eq(option, STR("-S")) && read_syscalls(rule, value);
}

/* Control options that say nothing about what is recorded. */
static const char *const lone_options[] = {"-c", "-i", "-t", "--reset-lost", "--loginuid-immutable", NULL};
static const char *const paired_options[] = {"-b", "-f", "-r", "-q", "-s", "--backlog_wait_time", "--signal", NULL};

static bool read_line(struct words *words, struct line_reading *line)
{
    str option;
    str value;
    while (next_word(words, &option)) {
        if (str_eq(option, STR("-D"))) {
            line->is_deletion_of_all = true;
            line->is_control = true;
        } else if (is_one_of(option, lone_options)) {
            line->is_control = true;
        } else if (!next_word(words, &value)) {
            return false;
        } else if (str_eq(option, STR("-e"))) {
            line->is_control = true;
            if (!str_to_i64(value, &line->enabled)) {
                return false;
            }
        } else if (is_one_of(option, paired_options)) {
            line->is_control = true;
        } else if (line->is_deletion_of_all && str_eq(option, STR("-k"))) {
            line->is_deletion_of_all = false; /* those of a key only; we keep them: files hardly do that */
        } else if (!read_rule_option(line, option, value)) {
            return false;
        }
    }
    return line->is_rule || line->is_control;
}

/* A watch without -p is one for everything. */
static bool finish_watch(struct audit_rule *rule)
{
    for (size_t i = 0; i < rule->field_count; i++) {
        if (str_eq(rule->fields[i].name, STR("perm"))) {
            return true;
        }
    }
    return !rule->is_watch || add_field(rule, STR("perm"), STR("="), STR("rwxa"));
}

static bool shrink(struct audit_rule *rule, struct arena *arena)
{
    str *syscalls = arena_array(arena, str, rule->syscall_count + 1);
    struct audit_field *fields = arena_array(arena, struct audit_field, rule->field_count + 1);
    if (!syscalls || !fields) {
        return false;
    }
    memcpy(syscalls, rule->syscalls, rule->syscall_count * sizeof(*syscalls));
    memcpy(fields, rule->fields, rule->field_count * sizeof(*fields));
    rule->syscalls = syscalls;
    rule->fields = fields;
    return true;
}

static void add_rule(struct audit_rules *rules, const struct line_reading *line)
{
    size_t place = rules->rule_count;
    if (line->is_insertion) {
        memmove(rules->rules + 1, rules->rules, rules->rule_count * sizeof(*rules->rules));
        place = 0;
    }
    rules->rules[place] = line->rule;
    rules->rule_count++;
}

static tocsin_status take_line(struct audit_rules *rules, str text, struct arena *arena, struct error *err)
{
    str syscalls[AUDIT_SYSCALLS_MAX];
    struct audit_field fields[AUDIT_FIELDS_MAX];
    struct line_reading line = {.rule = {.text = text, .syscalls = syscalls, .fields = fields}, .enabled = -1};
    struct words words = {.rest = text, .arena = arena};
    if (!read_line(&words, &line) || (line.is_rule && !finish_watch(&line.rule))) {
        rules->unknown = rules->unknown_count++ == 0 ? text : rules->unknown;
        return TOCSIN_OK;
    }
    rules->enabled = line.enabled >= 0 ? line.enabled : rules->enabled;
    if (line.is_deletion_of_all) {
        rules->rule_count = 0;
    }
    if (!line.is_rule) {
        return TOCSIN_OK;
    }
    if (rules->rule_count == LIMIT_AUDIT_RULES) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "more than %d audit rules", LIMIT_AUDIT_RULES);
    }
    if (!shrink(&line.rule, arena)) {
        return error_memory(err);
    }
    add_rule(rules, &line);
    return TOCSIN_OK;
}

/* Room for the rules there are and one more for each line. */
static bool make_room(struct audit_rules *rules, str text, struct arena *arena)
{
    size_t lines = 1;
    for (size_t at = 0; (at = str_find_char(text, '\n', at)) != SIZE_MAX; at++) {
        lines++;
    }
    size_t count = rules->rule_count + lines;
    count = count < LIMIT_AUDIT_RULES ? count : LIMIT_AUDIT_RULES;
    struct audit_rule *wider = arena_array(arena, struct audit_rule, count + 1);
    if (wider && rules->rule_count > 0) {
        memcpy(wider, rules->rules, rules->rule_count * sizeof(*wider));
    }
    rules->rules = wider;
    return wider != NULL;
}

tocsin_status audit_rules_read(struct audit_rules *rules, str text, struct arena *arena, struct error *err)
{
    if (!make_room(rules, text, arena)) {
        return error_memory(err);
    }
    while (text.len > 0) {
        size_t end = str_find_char(text, '\n', 0);
        str line = str_trim(str_slice(text, 0, end));
        text = end == SIZE_MAX ? STR_EMPTY : str_skip(text, end + 1);
        if (line.len == 0 || line.data[0] == '#' || str_eq(line, STR("No rules"))) {
            continue;
        }
        tocsin_status status = take_line(rules, line, arena, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

/* ---- meaning ----------------------------------------------------------------------------------------------------- */

static const struct audit_field *find_field(const struct audit_rule *rule, const char *name)
{
    for (size_t i = 0; i < rule->field_count; i++) {
        if (str_eq(rule->fields[i].name, str_from_cstring(name))) {
            return &rule->fields[i];
        }
    }
    return NULL;
}

static const struct audit_field *path_field(const struct audit_rule *rule)
{
    for (size_t i = 0; i < rule->field_count; i++) {
        if (is_path_field(rule->fields[i].name)) {
            return &rule->fields[i];
        }
    }
    return NULL;
}

static bool is_inside(str path, str folder)
{
    return str_starts_with(path, folder) && (path.len == folder.len || folder.len == 1 || path.data[folder.len] == '/');
}

static bool is_subset(str letters, str of)
{
    for (size_t i = 0; i < letters.len; i++) {
        if (str_find_char(of, letters.data[i], 0) == SIZE_MAX) {
            return false;
        }
    }
    return true;
}

/* What `wanted` asks for meets this condition every time. */
static bool is_implied(const struct audit_field *field, const struct audit_rule *wanted)
{
    const struct audit_field *path = path_field(wanted);
    for (size_t i = 0; i < wanted->field_count; i++) {
        const struct audit_field *own = &wanted->fields[i];
        if (str_eq(own->name, field->name) && str_eq(own->operation, field->operation) &&
            str_eq(own->value, field->value)) {
            return true;
        }
    }
    if (is_path_field(field->name)) {
        bool is_folder_wanted = path && str_eq(path->name, STR("dir"));
        bool is_file = str_eq(field->name, STR("path"));
        return path && (is_file ? !is_folder_wanted && str_eq(path->value, field->value)
                                : is_inside(path->value, field->value));
    }
    if (str_eq(field->name, STR("perm"))) {
        const struct audit_field *perm = find_field(wanted, "perm");
        return perm && is_subset(perm->value, field->value);
    }
    if (str_eq(field->name, STR("saddr_fam")) && str_eq(field->value, STR("1")) && str_eq(field->operation, STR("=")) &&
        path && !find_field(wanted, "perm")) {
        return true; /* a connect that has a path is one to a Unix socket */
    }
    return false;
}

static bool has_syscall(const struct audit_rule *rule, str name)
{
    for (size_t i = 0; i < rule->syscall_count; i++) {
        if (str_eq(rule->syscalls[i], name)) {
            return true;
        }
    }
    return rule->syscall_count == 0;
}

static bool has_arch(const struct audit_rule *rule, str arch)
{
    if (rule->arch.len == 0) { /* calls without arch are those of the machine's own */
        return rule->syscall_count == 0 || !str_eq(arch, STR("b32"));
    }
    return str_eq(rule->arch, arch);
}

enum relation { RELATION_ALL, RELATION_SOME, RELATION_NONE };

/* Programs left out by name or by user were left out on purpose; all who never logged in are the containers. */
static bool is_exclusion(const struct audit_field *field)
{
    return str_eq(field->operation, STR("!=")) &&
           (str_eq(field->name, STR("exe")) || str_eq(field->name, STR("uid")) || str_eq(field->name, STR("euid")));
}

/* The kernel knows no permission that a connect would use: rules with perm never record one. */
static bool is_connect_call(str syscall)
{
    return str_eq(syscall, STR("connect")) || str_eq(syscall, STR("socketcall"));
}

/* Which of what `wanted` means by that call meets the conditions of the rule. */
static enum relation relate(const struct audit_rule *rule, const struct audit_rule *wanted, str syscall)
{
    if (!has_syscall(rule, syscall) || !has_arch(rule, wanted->arch) ||
        (is_connect_call(syscall) && find_field(rule, "perm"))) {
        return RELATION_NONE;
    }
    enum relation relation = RELATION_ALL;
    for (size_t i = 0; i < rule->field_count; i++) {
        const struct audit_field *field = &rule->fields[i];
        if (is_implied(field, wanted) || is_exclusion(field)) {
            continue;
        }
        const struct audit_field *path = path_field(wanted);
        bool is_elsewhere = is_path_field(field->name) && path && !is_inside(field->value, path->value);
        const struct audit_field *family = find_field(wanted, "saddr_fam");
        bool is_other_family = str_eq(field->name, STR("saddr_fam")) && (family || path);
        is_other_family |= is_path_field(field->name) && family && !str_eq(family->value, STR("1")); /* a Unix socket */
        if (is_elsewhere || is_other_family) {
            return RELATION_NONE;
        }
        relation = RELATION_SOME;
    }
    return relation;
}

/* A watch (or any rule with perm) on the very socket that connects are wanted of. */
static bool is_blind_watch(const struct audit_rule *rule, const struct audit_rule *wanted)
{
    const struct audit_field *path = path_field(rule);
    const struct audit_field *wanted_path = path_field(wanted);
    return rule->list == AUDIT_LIST_EXIT && !rule->is_never && path && wanted_path && find_field(rule, "perm") &&
           !find_field(wanted, "perm") && is_inside(wanted_path->value, path->value);
}

/* The record types without which an event of that call says nothing. */
static bool is_record_needed(str type, const struct audit_rule *wanted)
{
    bool is_exec = wanted->syscall_count > 0 && str_starts_with(wanted->syscalls[0], STR("exec"));
    bool is_connect = has_syscall(wanted, STR("connect")) || has_syscall(wanted, STR("socketcall"));
    return str_eq(type, STR("SYSCALL")) || (is_exec && str_eq(type, STR("EXECVE"))) ||
           (is_connect && str_eq(type, STR("SOCKADDR"))) || (!is_exec && !is_connect && str_eq(type, STR("PATH")));
}

/* A rule that silences everything `wanted` asks for, whatever comes behind it. */
static bool silences(const struct audit_rule *rule, const struct audit_rule *wanted)
{
    if (rule->list == AUDIT_LIST_TASK) {
        return rule->is_never && rule->field_count == 0;
    }
    const struct audit_field *type = find_field(rule, "msgtype");
    return rule->list == AUDIT_LIST_EXCLUDE && rule->field_count == 1 && type && str_eq(type->operation, STR("=")) &&
           is_record_needed(type->value, wanted);
}

/* The first rule that fits a call decides. */
static enum audit_cover cover_syscall(const struct audit_rules *rules, const struct audit_rule *wanted, str syscall,
                                      const struct audit_rule **ret_by)
{
    enum audit_cover cover = AUDIT_COVER_NONE;
    for (size_t i = 0; i < rules->rule_count; i++) {
        const struct audit_rule *rule = &rules->rules[i];
        enum relation relation = rule->list == AUDIT_LIST_EXIT ? relate(rule, wanted, syscall) : RELATION_NONE;
        if (relation == RELATION_ALL) {
            *ret_by = rule;
            return rule->is_never ? AUDIT_COVER_HIDDEN : AUDIT_COVER_FULL;
        }
        if (relation == RELATION_SOME && !rule->is_never && !is_blind_watch(rule, wanted)) {
            *ret_by = rule;
            cover = AUDIT_COVER_NARROWER;
        } else if (cover == AUDIT_COVER_NONE && is_blind_watch(rule, wanted)) {
            *ret_by = rule;
            cover = AUDIT_COVER_WATCH;
        }
    }
    return cover;
}

enum audit_cover audit_rules_cover(const struct audit_rules *rules, const struct audit_rule *wanted,
                                   const struct audit_rule **ret_by)
{
    const struct audit_rule *by = NULL;
    enum audit_cover worst = AUDIT_COVER_FULL;
    const struct audit_rule *silencer = NULL;
    for (size_t i = 0; i < rules->rule_count && !silencer; i++) {
        silencer = silences(&rules->rules[i], wanted) ? &rules->rules[i] : NULL;
    }
    if (silencer) {
        worst = AUDIT_COVER_HIDDEN;
        by = silencer;
    }
    for (size_t i = 0; i < wanted->syscall_count && !silencer; i++) {
        const struct audit_rule *decided_by = NULL;
        enum audit_cover cover = cover_syscall(rules, wanted, wanted->syscalls[i], &decided_by);
        if (i == 0 || cover > worst) {
            worst = cover;
            by = decided_by;
        }
    }
    if (ret_by) {
        *ret_by = by;
    }
    return worst;
}
