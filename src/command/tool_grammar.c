/* Which tool a command is, and its arguments told apart: operands and options, in the names that patterns use. */
#include "command/command_internal.h"
#include "command/known_names.h"
#include "command/tool_list.h"

struct tool_verb {
    const char *tool;
    const char *verbs;
    const char *options;
};

#define X(tool, verbs, options) {tool, verbs, options},
static const struct tool_verb tool_verbs[] = {VERB_LIST(X)};
#undef X
#define X(names) names,
static const char *const resources[] = {RESOURCE_LIST(X)};
#undef X

bool word_list_has(str list, str name)
{
    if (name.len == 0 || name.len > list.len) {
        return false;
    }
    for (size_t at = 0; at < list.len;) {
        size_t end = str_find_char(list, ' ', at);
        end = end == SIZE_MAX ? list.len : end;
        if (end - at == name.len && memcmp(list.data + at, name.data, name.len) == 0) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

static str first_word(str list)
{
    size_t end = str_find_char(list, ' ', 0);
    return str_slice(list, 0, end == SIZE_MAX ? list.len : end);
}

str program_name(str program)
{
    for (size_t i = program.len; i > 0; i--) {
        if (program.data[i - 1] == '/' || (program.data[i - 1] == '\\' && i < program.len)) {
            program = str_skip(program, i);
            break;
        }
    }
    if (program.len > 4 && str_eq_ignore_case(str_skip(program, program.len - 4), STR(".exe"))) {
        program.len -= 4;
    }
    return program;
}

/* kubectl-1.29, docker_v27: without the version. */
static str without_version(str name)
{
    static const char *const platforms[] = {"_linux", "-linux", ".linux",  "_darwin", "-darwin", "_amd64", "-amd64",
                                            "_arm64", "-arm64", "-x86_64", "_x86_64", ".x86_64", "-static"};
    bool has_parts = false;
    for (size_t i = 0; i < name.len && !has_parts; i++) {
        has_parts = name.data[i] == '-' || name.data[i] == '_' || name.data[i] == '.';
    }
    for (size_t i = 0; i < countof(platforms) && has_parts; i++) {
        size_t at = str_find(name, str_from_cstring(platforms[i]), 0);
        if (at != SIZE_MAX && at > 1) {
            name = str_slice(name, 0, at);
        }
    }
    size_t end = name.len;
    while (end > 0 && (ascii_is_digit(name.data[end - 1]) || name.data[end - 1] == '.')) {
        end--;
    }
    if (end == name.len) {
        return name;
    }
    if (end > 0 && name.data[end - 1] == 'v') {
        end--;
    }
    if (end > 0 && (name.data[end - 1] == '-' || name.data[end - 1] == '_')) {
        end--;
    }
    return end >= 3 ? str_slice(name, 0, end) : name;
}

static const struct tool *find_tool(str name)
{
    return known_name(name)->tool;
}

bool is_interpreter(str name)
{
    return name_is(name, NAME_CODE);
}

bool is_code_option(str interpreter, str option)
{
    if (option.len < 2 || option.data[0] != '-') {
        return false;
    }
    if (word_list_has(STR("--eval --print --execute -Command"), option)) {
        return true;
    }
    if (option.data[1] == '-') {
        return false;
    }
    char last = option.data[option.len - 1];
    return str_eq(interpreter, STR("python")) ? last == 'c'
           : str_eq(interpreter, STR("php"))  ? last == 'r'
                                              : last == 'e' || last == 'E' || last == 'p' || last == 'r';
}

bool is_text_tool(str tool)
{
    return name_is(tool, NAME_TEXT);
}

/* The name in small letters, without a group that is Kubernetes' own: a view of `lower`. */
static str plain_resource(str written, char lower[64])
{
    for (size_t i = 0; i < written.len; i++) {
        lower[i] = ascii_lower(written.data[i]);
    }
    str name = str_from(lower, written.len);
    size_t dot = str_find_char(name, '.', 0);
    if (dot != SIZE_MAX && (dot + 1 == name.len || word_list_has(STR(KUBERNETES_GROUPS), str_skip(name, dot + 1)))) {
        name = str_slice(name, 0, dot);
    }
    return name;
}

/* The known resource of that name, or empty. */
static str find_resource(str written)
{
    char lower[64];
    if (written.len == 0 || written.len > sizeof(lower)) {
        return STR_EMPTY;
    }
    str name = plain_resource(written, lower);
    for (size_t i = 0; i < countof(resources); i++) {
        str names = str_from_cstring(resources[i]);
        if (word_list_has(names, name)) {
            return first_word(names);
        }
    }
    return STR_EMPTY;
}

str kubernetes_resource(struct command_reader *reader, str written)
{
    str known = find_resource(written);
    char lower[64];
    if (known.len || written.len == 0 || written.len > sizeof(lower)) {
        return known.len ? known : written;
    }
    return reader_concat(reader, plain_resource(written, lower), STR_EMPTY);
}

static bool is_known_resource(str written)
{
    size_t end = 0;
    while (end < written.len && written.data[end] != '/' && written.data[end] != ',') {
        end++;
    }
    return find_resource(str_slice(written, 0, end)).len > 0;
}

const struct command_option *command_find_option(const struct simple_command *command, str name)
{
    for (uint32_t i = 0; i < command->option_count; i++) {
        if (str_eq(command->options[i].name, name)) {
            return &command->options[i];
        }
    }
    return NULL;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

enum option_shape { OPTION_UNKNOWN, OPTION_SWITCH, OPTION_VALUE };

/* A letter, in a list of options: its long name. */
static enum option_shape find_letter(str list, char letter, str *ret_name)
{
    for (size_t at = 0; at + 1 < list.len;) {
        size_t end = str_find_char(list, ' ', at);
        end = end == SIZE_MAX ? list.len : end;
        if (list.data[at] == letter && (list.data[at + 1] == ':' || list.data[at + 1] == '.')) {
            *ret_name = str_slice(list, at + 2, end);
            return list.data[at + 1] == ':' ? OPTION_VALUE : OPTION_SWITCH;
        }
        at = end + 1;
    }
    return OPTION_UNKNOWN;
}

static enum option_shape find_word(str list, str word)
{
    for (size_t at = 0; at < list.len;) {
        size_t end = str_find_char(list, ' ', at);
        end = end == SIZE_MAX ? list.len : end;
        for (size_t mark = at; mark < at + 2 && mark < end; mark++) {
            if ((list.data[mark] == ':' || list.data[mark] == '.') && str_eq(str_slice(list, mark + 1, end), word)) {
                return list.data[mark] == ':' ? OPTION_VALUE : OPTION_SWITCH;
            }
        }
        at = end + 1;
    }
    return str_starts_with(list, STR("* ")) ? OPTION_VALUE : OPTION_UNKNOWN;
}

struct splitter {
    struct command_reader *reader;
    struct simple_command *command;
    str tool;
    str options;
    str verb_options;
    struct command_option *found;
    str *operands;
    uint32_t operand_count;
    uint32_t option_count;
    uint32_t room;
    uint32_t at;
    bool is_only_operands; /* behind -- */
};

static void add_option(struct splitter *splitter, str name, str value, bool has_value)
{
    if (splitter->option_count < splitter->room) {
        splitter->found[splitter->option_count++] = (struct command_option){name, value, has_value};
    }
}

static str long_name(struct splitter *splitter, str name)
{
    return reader_concat(splitter->reader, STR("--"), name);
}

/* A template that lost its quotes: {{range .x}} is two words. Those up to the closing bracket belong to the value. */
static str whole_value(struct splitter *splitter, str value)
{
    const struct simple_command *command = splitter->command;
    for (unsigned words = 0; words < LIMIT_COMMAND_VARIABLES; words++) {
        size_t open = 0;
        for (size_t i = 0; i < value.len; i++) {
            open += value.data[i] == '{';
            open -= value.data[i] == '}' && open > 0;
        }
        if (open == 0 || splitter->at + 1 >= command->argument_count || value.len > LIMIT_COMMAND_BRACES_BYTES) {
            break;
        }
        value = reader_concat(splitter->reader, value, STR(" "));
        value = reader_concat(splitter->reader, value, command->arguments[++splitter->at]);
    }
    return value;
}

static void take_value(struct splitter *splitter, str name)
{
    const struct simple_command *command = splitter->command;
    if (splitter->at + 1 < command->argument_count) {
        str value = command->arguments[++splitter->at];
        add_option(splitter, name, whole_value(splitter, value), true);
    } else {
        add_option(splitter, name, STR_EMPTY, false);
    }
}

static enum option_shape shape_of_word(const struct splitter *splitter, str word)
{
    enum option_shape shape = find_word(splitter->verb_options, word);
    return shape != OPTION_UNKNOWN ? shape : find_word(splitter->options, word);
}

/* curl takes --unix-sock for --unix-socket: the one option that begins so and decides what the command is. */
static str complete_name(const struct splitter *splitter, str word)
{
    if (str_eq(splitter->tool, STR("curl")) && word.len >= 3 && str_starts_with(STR("unix-socket"), word)) {
        return STR("unix-socket");
    }
    return word;
}

static void split_long(struct splitter *splitter, str word)
{
    size_t equals = str_find_char(word, '=', 0);
    if (equals != SIZE_MAX) {
        str name = complete_name(splitter, str_slice(word, 0, equals));
        add_option(splitter, long_name(splitter, name), whole_value(splitter, str_skip(word, equals + 1)), true);
        return;
    }
    word = complete_name(splitter, word);
    if (shape_of_word(splitter, word) == OPTION_VALUE) {
        take_value(splitter, long_name(splitter, word));
    } else {
        add_option(splitter, long_name(splitter, word), STR_EMPTY, false);
    }
}

static void split_letters(struct splitter *splitter, str letters)
{
    for (size_t i = 0; i < letters.len && i < LIMIT_COMMAND_VARIABLES; i++) {
        str name = STR_EMPTY;
        enum option_shape shape = find_letter(splitter->verb_options, letters.data[i], &name);
        if (shape == OPTION_UNKNOWN) {
            shape = find_letter(splitter->options, letters.data[i], &name);
        }
        name = name.len ? long_name(splitter, name)
                        : reader_concat(splitter->reader, STR("-"), str_slice(letters, i, i + 1));
        if (shape != OPTION_VALUE) {
            add_option(splitter, name, STR_EMPTY, false);
            continue;
        }
        str rest = str_skip(letters, i + 1);
        if (rest.len) {
            rest = rest.data[0] == '=' ? str_skip(rest, 1) : rest;
            add_option(splitter, name, whole_value(splitter, rest), true);
        } else {
            take_value(splitter, name);
        }
        return;
    }
}

static bool is_docker_like(str tool)
{
    return word_list_has(STR("docker podman nerdctl"), tool);
}

/* What is the first operand decides which options follow. */
static void set_verb(struct splitter *splitter, str verb)
{
    str tool = is_docker_like(splitter->tool) ? STR("docker") : splitter->tool;
    splitter->verb_options = STR_EMPTY;
    if (splitter->options.len == 0) {
        return;
    }
    if (str_eq(tool, STR("ctr")) && word_list_has(STR("t task"), verb)) {
        verb = STR("tasks");
    }
    for (size_t i = 0; i < countof(tool_verbs); i++) {
        if (str_eq(str_from_cstring(tool_verbs[i].tool), tool) &&
            word_list_has(str_from_cstring(tool_verbs[i].verbs), verb)) {
            splitter->verb_options = str_from_cstring(tool_verbs[i].options);
            return;
        }
    }
}

static bool has_option(const struct splitter *splitter, str name)
{
    for (uint32_t i = 0; i < splitter->option_count; i++) {
        if (str_eq(splitter->found[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* Operands behind which the rest belongs to the command inside; 0 if there is none. */
static uint32_t operands_before_inside(const struct splitter *splitter)
{
    const str *operands = splitter->operands;
    uint32_t count = splitter->operand_count;
    str verb = count ? operands[0] : STR_EMPTY;
    str second = count > 1 ? operands[1] : STR_EMPTY;
    if (is_docker_like(splitter->tool)) {
        uint32_t management = word_list_has(STR("compose container machine"), verb) ? 1 : 0;
        str action = management ? second : verb;
        if (str_eq(verb, STR("machine"))) {
            return str_eq(second, STR("ssh")) ? 3 : 0;
        }
        if (str_eq(action, STR("exec")) && has_option(splitter, STR("--latest"))) {
            return 1 + management; /* podman exec -l: no container is named */
        }
        return word_list_has(STR("exec run"), action) && count > management ? 2 + management : 0;
    }
    if (str_eq(splitter->tool, STR("crictl")) || str_eq(splitter->tool, STR("runc"))) {
        return str_eq(verb, STR("exec")) ? 2 : 0;
    }
    if (str_eq(splitter->tool, STR("ctr"))) {
        return word_list_has(STR("t task tasks"), verb) && str_eq(second, STR("exec")) ? 3
               : str_eq(verb, STR("run"))                                              ? 3
                                                                                       : 0;
    }
    if (str_eq(splitter->tool, STR("kubectl"))) {
        return word_list_has(STR("exec rsh"), verb) ? 2 : 0;
    }
    if (str_eq(splitter->tool, STR("lxc"))) {
        return str_eq(verb, STR("exec")) ? 2 : 0;
    }
    return 0;
}

/* ssh host, kubectl exec pod -- : whether "--" begins the command inside. */
static bool dashes_begin_inside(const struct splitter *splitter)
{
    str verb = splitter->operand_count ? splitter->operands[0] : STR_EMPTY;
    return str_eq(splitter->tool, STR("kubectl")) && word_list_has(STR("exec run debug rsh create"), verb);
}

/* Gives the argument where a command inside begins. */
static uint32_t split_arguments(struct splitter *splitter)
{
    const struct simple_command *command = splitter->command;
    bool has_long_letters = str_starts_with(splitter->options, STR("1 "));
    for (splitter->at = 0; splitter->at < command->argument_count; splitter->at++) {
        str word = command->arguments[splitter->at];
        bool is_option = !splitter->is_only_operands && word.len > 1 && word.data[0] == '-';
        if (is_option && str_eq(word, STR("--"))) {
            if (dashes_begin_inside(splitter)) {
                return splitter->at + 1;
            }
            splitter->is_only_operands = true;
        } else if (is_option && word.data[1] == '-') {
            split_long(splitter, str_skip(word, 2));
        } else if (is_option && splitter->options.len == 0) { /* a tool that is not known: as it stands */
            size_t equals = str_find_char(word, '=', 0);
            bool has_value = equals != SIZE_MAX;
            add_option(splitter, str_slice(word, 0, has_value ? equals : word.len),
                       has_value ? str_skip(word, equals + 1) : STR_EMPTY, has_value);
        } else if (is_option && has_long_letters) {
            split_long(splitter, str_skip(word, 1));
        } else if (is_option) {
            split_letters(splitter, str_skip(word, 1));
        } else {
            uint32_t inside = operands_before_inside(splitter);
            if (inside && splitter->operand_count >= inside) {
                return splitter->at;
            }
            if (word.len && splitter->operand_count < splitter->room) {
                splitter->operands[splitter->operand_count++] = word;
            }
            if (splitter->operand_count == 1) {
                set_verb(splitter, word);
            } else if (splitter->operand_count == 2 && word_list_has(STR("compose container"), splitter->operands[0])) {
                set_verb(splitter, word);
            }
        }
    }
    return command->argument_count;
}

/* ---- kubectl ----------------------------------------------------------------------------------------------------- */

/* Whether the operand stands right behind an option, whose value it may be. */
static bool may_be_value(const struct simple_command *command, str operand)
{
    for (uint32_t i = 1; i < command->argument_count; i++) {
        if (command->arguments[i].data == operand.data) {
            str before = command->arguments[i - 1];
            return before.len > 1 && before.data[0] == '-' && str_find_char(before, '=', 0) == SIZE_MAX;
        }
    }
    return false;
}

/* Values of options that are not known may stand where the verb is looked for: the first operand that is a verb is it.
 */
static void find_verb(struct splitter *splitter, str verbs)
{
    if (splitter->operand_count && !may_be_value(splitter->command, splitter->operands[0])) {
        return;
    }
    for (uint32_t i = 1; i < splitter->operand_count && i < 4; i++) {
        if (word_list_has(verbs, splitter->operands[0])) {
            return;
        }
        if (word_list_has(verbs, splitter->operands[i])) {
            splitter->operands += i;
            splitter->operand_count -= i;
            return;
        }
    }
}

static str resource_and_name(struct command_reader *reader, str type, str name)
{
    str result = kubernetes_resource(reader, type);
    if (name.len == 0) {
        return result;
    }
    return reader_concat(reader, reader_concat(reader, result, STR("/")), name);
}

/* Whether a name could be one, and not what is left of a template that lost its quotes. */
static bool is_object_name(str word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (strchr("{}()|\"'`;", word.data[i])) {
            return false;
        }
    }
    return word.len > 0 && word.data[0] != '.';
}

/* get po,secret NAME: one operand for each type, with the name behind it: pods/NAME secrets/NAME. */
static void expand_resources(struct splitter *splitter, uint32_t from)
{
    struct command_reader *reader = splitter->reader;
    struct str_list list = {0};
    for (uint32_t i = 0; i < from; i++) {
        str_list_push(reader, &list, splitter->operands[i]);
    }
    bool is_typed = str_find_char(splitter->operands[from], '/', 0) != SIZE_MAX;
    uint32_t names = 0;
    for (uint32_t i = from + 1; i < splitter->operand_count && !is_typed; i++) {
        names += is_object_name(splitter->operands[i]);
    }
    for (uint32_t i = from; i < splitter->operand_count; i++) {
        str word = splitter->operands[i];
        if (i > from && !is_typed) {
            str resource = kubernetes_resource(reader, word);
            if (str_eq(resource, STR("secrets"))) { /* get configmaps secrets: what was meant is plain */
                str_list_push(reader, &list, resource);
            }
            continue;
        }
        size_t at = 0;
        while (at <= word.len && list.count < LIMIT_COMMAND_VARIABLES) {
            size_t end = str_find_char(word, ',', at);
            end = end == SIZE_MAX ? word.len : end;
            str item = str_slice(word, at, end);
            size_t slash = str_find_char(item, '/', 0);
            if (slash != SIZE_MAX) {
                str_list_push(reader, &list,
                              resource_and_name(reader, str_slice(item, 0, slash), str_skip(item, slash + 1)));
            } else if (names == 0) {
                str_list_push(reader, &list, kubernetes_resource(reader, item));
            } else {
                for (uint32_t n = from + 1; n < splitter->operand_count && n < from + 9; n++) {
                    if (is_object_name(splitter->operands[n])) {
                        str_list_push(reader, &list, resource_and_name(reader, item, splitter->operands[n]));
                    }
                }
            }
            at = end + 1;
        }
    }
    splitter->operands = list.items;
    splitter->operand_count = list.count;
}

static void name_kubectl_operands(struct splitter *splitter)
{
    find_verb(splitter, STR(KUBECTL_VERBS));
    if (splitter->operand_count < 2) {
        return;
    }
    str verb = splitter->operands[0];
    if (splitter->operand_count > 2 && !word_list_has(STR(KUBECTL_VERBS), verb) &&
        word_list_has(STR("get describe edit"), splitter->operands[1])) { /* a plug-in around the verb */
        expand_resources(splitter, 2);
    } else if (word_list_has(
                   STR("get describe edit delete label annotate patch extract top wait scale explain watch replace"),
                   verb)) {
        expand_resources(splitter, 1);
    } else if (str_eq(verb, STR("auth")) && str_eq(splitter->operands[1], STR("can-i"))) {
        for (uint32_t i = 2; i < splitter->operand_count; i++) {
            splitter->operands[i] =
                i == 3 ? kubernetes_resource(splitter->reader, splitter->operands[i]) : splitter->operands[i];
        }
    } else if (str_eq(verb, STR("create")) || str_eq(verb, STR("set"))) {
        splitter->operands[1] = kubernetes_resource(splitter->reader, splitter->operands[1]);
    } else if (word_list_has(STR("serviceaccounts sa"), verb)) {
        splitter->operands[0] = STR("serviceaccounts");
    }
}

/* Programs kubectl-NAME are plug-ins: kubectl-view_secret is kubectl view-secret. */
static bool is_plugin(str name)
{
    return str_starts_with(name, STR("kubectl-")) && name.len > 8 && ascii_is_alpha(name.data[8]);
}

static void add_plugin_verb(struct splitter *splitter, str name)
{
    str verb = reader_concat(splitter->reader, str_skip(name, 8), STR_EMPTY);
    char *data = (char *)(uintptr_t)verb.data;
    for (size_t i = 0; i < verb.len; i++) {
        data[i] = data[i] == '_' ? '-' : data[i];
    }
    splitter->operands[splitter->operand_count++] = verb;
}

/* ---- docker ------------------------------------------------------------------------------------------------------ */

static void remove_operand(struct splitter *splitter, uint32_t place)
{
    for (uint32_t i = place; i + 1 < splitter->operand_count; i++) {
        splitter->operands[i] = splitter->operands[i + 1];
    }
    splitter->operand_count--;
}

/* docker container inspect is docker inspect. */
static void name_docker_operands(struct splitter *splitter)
{
    find_verb(splitter, STR(DOCKER_VERBS));
    if (splitter->operand_count < 2) {
        return;
    }
    str verb = splitter->operands[0];
    str second = splitter->operands[1];
    bool is_image = str_eq(verb, STR("image")) && word_list_has(STR("history save"), second);
    if (str_eq(verb, STR("container")) || is_image) {
        remove_operand(splitter, 0);
        if (word_list_has(STR("ls list"), splitter->operands[0])) {
            splitter->operands[0] = STR("ps");
        }
    }
}

static void name_ctr_operands(struct splitter *splitter)
{
    static const char *const names[][2] = {{"t", "tasks"},      {"task", "tasks"},
                                           {"c", "containers"}, {"container", "containers"},
                                           {"i", "images"},     {"image", "images"}};
    for (size_t i = 0; splitter->operand_count && i < countof(names); i++) {
        if (str_eq(splitter->operands[0], str_from_cstring(names[i][0]))) {
            splitter->operands[0] = str_from_cstring(names[i][1]);
            return;
        }
    }
}

/* ---- tools under other names ------------------------------------------------------------------------------------- */

/* Where what is not installed lies. */
static bool is_odd_place(str program)
{
    static const char *const places[] = {"/tmp/", "/var/tmp/", "/dev/shm/", "/run/shm/", "./", "../"};
    for (size_t i = 0; i < countof(places); i++) {
        if (str_starts_with(program, str_from_cstring(places[i]))) {
            return true;
        }
    }
    return str_contains(program, STR("/.")) && !str_contains(program, STR("/.local/bin")) &&
           !str_contains(program, STR("/.krew/"));
}

static bool has_any_argument(const struct simple_command *command, const char *const *words, size_t count)
{
    for (uint32_t i = 0; i < command->argument_count; i++) {
        for (size_t w = 0; w < count; w++) {
            if (str_starts_with(command->arguments[i], str_from_cstring(words[w]))) {
                return true;
            }
        }
    }
    return false;
}

/* The first arguments that are neither options nor, as far as one can tell, their values. */
static uint32_t plain_arguments(const struct simple_command *command, str ret[3])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < command->argument_count && count < 3; i++) {
        str word = command->arguments[i];
        bool is_value = i > 0 && command->arguments[i - 1].len > 1 && command->arguments[i - 1].data[0] == '-' &&
                        count == 0 && !word_list_has(STR(KUBECTL_VERBS), word);
        if (word.len && word.data[0] != '-' && !is_value) {
            ret[count++] = word;
        }
    }
    return count;
}

/* What the arguments say the tool is, whatever its name; NULL if they say nothing. */
static const struct tool *tool_by_shape(const struct simple_command *command, str name)
{
    static const char *const kubectl_signs[] = {
        "-A",        "-n",    "--all-namespaces", "--namespace", "-o", "--kubeconfig",    "--token", "--server", "--as",
        "--context", "--raw", "secret",           "--output",    "-l", "--field-selector"};
    str words[3];
    uint32_t count = plain_arguments(command, words);
    bool is_odd = is_odd_place(command->program);
    if (count == 0 || (!is_odd && name_is(name, NAME_OTHER))) {
        return NULL;
    }
    bool is_kubectl = false;
    bool has_signs = is_odd || has_any_argument(command, kubectl_signs, countof(kubectl_signs));
    if (word_list_has(STR("get describe edit"), words[0])) {
        is_kubectl = has_signs && ((count > 1 && is_known_resource(words[1])) ||
                                   has_any_argument(command, (const char *const[]){"--raw"}, 1));
    } else if (count > 1 && ((str_eq(words[0], STR("auth")) && word_list_has(STR("can-i whoami"), words[1])) ||
                             (str_eq(words[0], STR("create")) && str_eq(words[1], STR("token"))) ||
                             (str_eq(words[0], STR("config")) && str_eq(words[1], STR("view"))))) {
        is_kubectl = true;
    } else if (is_odd && str_eq(words[0], STR("exec"))) {
        is_kubectl = has_any_argument(command, (const char *const[]){"-n", "--namespace", "--"}, 3);
    }
    if (is_kubectl) {
        return find_tool(STR("kubectl"));
    }
    bool starts_container =
        has_any_argument(command, (const char *const[]){"-v", "--volume", "--rm", "--privileged", "-it", "--pid"}, 6);
    bool asks_environment = has_any_argument(command, (const char *const[]){"{{", "--format={{", "-f{{"}, 3);
    if ((str_eq(words[0], STR("inspect")) && asks_environment) ||
        (is_odd && count > 1 && word_list_has(STR("exec inspect logs cp"), words[0])) ||
        (is_odd && count > 1 && str_eq(words[0], STR("run")) && starts_container) ||
        has_any_argument(command, (const char *const[]){"tcp://", "unix:///var/run/docker.sock"}, 2)) {
        return word_list_has(STR(DOCKER_VERBS), words[0]) ? find_tool(STR("docker")) : NULL;
    }
    if (str_eq(words[0], STR("get")) && count > 1 && str_starts_with(words[1], STR("/registry"))) {
        return find_tool(STR("etcdctl"));
    }
    if (is_odd && str_eq(words[0], STR("get")) && count > 1 &&
        word_list_has(STR("values manifest all hooks"), words[1])) {
        return find_tool(STR("helm"));
    }
    if (has_any_argument(command, (const char *const[]){"--unix-socket"}, 1)) {
        return find_tool(STR("curl"));
    }
    return NULL;
}

/* ---- all together ------------------------------------------------------------------------------------------------ */

/* Sets the tool's name and options. */
static void name_tool(struct splitter *splitter)
{
    struct simple_command *command = splitter->command;
    str name = program_name(command->program);
    const struct tool *tool = find_tool(name);
    if (!tool && !name_is(name, NAME_SYSTEM)) {
        tool = find_tool(without_version(name));
        size_t dot = str_find_char(name, '.', 0);
        if (!tool && dot != SIZE_MAX) { /* microk8s.kubectl */
            str behind = str_skip(name, dot + 1);
            tool = word_list_has(STR("kubectl docker ctr helm helm3"), behind) ? find_tool(behind) : NULL;
        }
        if (!tool && (is_plugin(name))) {
            tool = find_tool(STR("kubectl"));
            add_plugin_verb(splitter, name);
        } else if (!tool && word_list_has(STR("docker-compose podman-compose"), name)) {
            tool = find_tool(str_slice(name, 0, 6));
            splitter->operands[splitter->operand_count++] = STR("compose");
            set_verb(splitter, STR("compose"));
        }
    }
    if (!tool && command->argument_count) {
        tool = tool_by_shape(command, name);
    }
    if (tool) {
        command->tool = first_word(str_from_cstring(tool->names));
        splitter->options = str_from_cstring(tool->options);
    } else if (str_starts_with(name, STR("python")) || str_starts_with(name, STR("pypy"))) {
        command->tool = STR("python");
    } else {
        str bare = without_version(name);
        bool is_same_tool = is_interpreter(bare) || (bare.len < name.len && !ascii_is_digit(name.data[bare.len]) &&
                                                     ascii_is_alpha(name.data[bare.len + 1]));
        command->tool = is_same_tool ? bare : str_eq(name, STR("nodejs")) ? STR("node") : name;
    }
    splitter->tool = command->tool;
}

uint32_t tool_understand(struct command_reader *reader, struct simple_command *command, const struct str_list *settings)
{
    uint32_t room = command->argument_count + settings->count + 2;
    size_t letters = 0;
    for (uint32_t i = 0; i < command->argument_count; i++) { /* -abc is three */
        str word = command->arguments[i];
        letters += word.len > 2 && word.data[0] == '-' && word.data[1] != '-' ? word.len : 0;
    }
    room += (uint32_t)(letters < LIMIT_COMMAND_VARIABLES ? letters : LIMIT_COMMAND_VARIABLES);
    struct splitter splitter = {.reader = reader,
                                .command = command,
                                .options = STR_EMPTY,
                                .verb_options = STR_EMPTY,
                                .room = room,
                                .operands = reader_allocate(reader, room, sizeof(str)),
                                .found = reader_allocate(reader, room, sizeof(struct command_option))};
    command->tool = program_name(command->program);
    if (!splitter.operands || !splitter.found) {
        return command->argument_count;
    }
    for (uint32_t i = 0; i < settings->count; i++) {
        str setting = settings->items[i];
        size_t equals = str_find_char(setting, '=', 0);
        add_option(&splitter, str_slice(setting, 0, equals), str_skip(setting, equals + 1), true);
    }
    static const str remembered = STR("DOCKER_HOST CONTAINER_HOST KUBECONFIG ETCDCTL_API CONTAINERD_ADDRESS");
    for (uint32_t i = 0; i < reader->variable_count; i++) { /* export DOCKER_HOST=.. before */
        if (word_list_has(remembered, reader->variables[i].name)) {
            add_option(&splitter, reader->variables[i].name, reader->variables[i].value, true);
        }
    }
    name_tool(&splitter);
    uint32_t inside = split_arguments(&splitter);
    if (str_eq(command->tool, STR("kubectl"))) {
        name_kubectl_operands(&splitter);
    } else if (is_docker_like(command->tool)) {
        name_docker_operands(&splitter);
    } else if (str_eq(command->tool, STR("ctr"))) {
        name_ctr_operands(&splitter);
    }
    command->operands = splitter.operands;
    command->operand_count = splitter.operand_count;
    command->options = splitter.found;
    command->option_count = splitter.option_count;
    return inside;
}
