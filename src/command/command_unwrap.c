/* Wrappers: sudo, env, sh -c, xargs and the like are peeled off until the command that they run is left. */
#include "command/command_internal.h"
#include "command/known_names.h"

/* Words of a launcher that are looked at for what it launches. */
enum { LAUNCHER_WORDS = 64 };

bool is_shell_name(str name)
{
    return name_is(name, NAME_SHELL);
}

static bool is_assignment(str word)
{
    size_t at = 0;
    while (at < word.len && (ascii_is_alpha(word.data[at]) || ascii_is_digit(word.data[at]) || word.data[at] == '_')) {
        at++;
    }
    return at > 0 && at < word.len && word.data[at] == '=';
}

static void drop_words(struct raw_command *raw, uint32_t count)
{
    count = count < raw->words.count ? count : raw->words.count;
    raw->words.items += count;
    raw->words.count -= count;
    raw->words.capacity -= count;
}

/* How many words the option at `at` takes: it, or it and its value. */
static uint32_t option_width(const struct wrapper *wrapper, str option)
{
    if (str_starts_with(option, STR("--"))) {
        return word_list_has(str_from_cstring(wrapper->words), str_skip(option, 2)) ? 2 : 1;
    }
    for (size_t i = 1; i < option.len; i++) {
        if (option.data[i] && strchr(wrapper->letters, option.data[i])) {
            return i + 1 == option.len ? 2 : 1;
        }
    }
    return 1;
}

/* The first word that is neither an option nor the value of one, from word 1 on; collects assignments on the way. */
static uint32_t skip_options(struct command_reader *reader, struct raw_command *raw, const struct wrapper *wrapper)
{
    uint32_t at = 1;
    while (at < raw->words.count) {
        str word = raw->words.items[at].text;
        if (str_eq(word, STR("--"))) {
            return at + 1;
        }
        if (is_assignment(word) && wrapper->kind != WRAPPER_FIND) {
            str_list_push(reader, &raw->settings, word);
            at++;
        } else if (word.len > 1 && word.data[0] == '-') {
            at += option_width(wrapper, word);
        } else {
            break;
        }
    }
    return at < raw->words.count ? at : raw->words.count;
}

/* The line behind -c, and whether the rest of the text was taken for it. */
static bool find_line(struct command_reader *reader, struct raw_command *raw, str *ret_line)
{
    for (uint32_t i = 1; i < raw->words.count; i++) {
        str word = raw->words.items[i].text;
        str line = STR_EMPTY;
        if (str_starts_with(word, STR("--command=")) || str_starts_with(word, STR("--session-command="))) {
            *ret_line = str_skip(word, str_find_char(word, '=', 0) + 1);
            return true;
        }
        bool is_long = str_eq(word, STR("--command")) || str_eq(word, STR("--session-command"));
        bool is_short =
            word.len > 1 && word.data[0] == '-' && word.data[1] != '-' && str_find_char(word, 'c', 0) != SIZE_MAX;
        if (!is_long && !is_short) {
            if (word.len && word.data[0] != '-' && word.data[0] != '+' &&
                is_shell_name(program_name(raw->words.items[0].text)) &&
                !(raw->words.items[i - 1].text.len == 2 && raw->words.items[i - 1].text.data[1] == 'o')) {
                return false; /* a script */
            }
            continue;
        }
        uint32_t next = i + 1;
        if (next < raw->words.count && str_eq(raw->words.items[next].text, STR("--"))) {
            next++;
        }
        if (next >= raw->words.count) {
            return false;
        }
        const struct command_word *first = &raw->words.items[next];
        bool is_one_word = str_find_char(first->text, ' ', 0) == SIZE_MAX;
        if (first->is_quoted && !(is_one_word && next + 1 < raw->words.count)) {
            *ret_line = first->text;
            return true;
        }
        if (first->is_quoted) { /* "kubectl" get secrets, or a line of one word and its arguments */
            line = reader_join(reader, first, raw->words.count - next);
            *ret_line = line;
            return true;
        }
        *ret_line = first->raw;
        raw->end = first->raw;
        return true;
    }
    return false;
}

/* $1 and $@ of the line. */
static str replace_arguments(struct command_reader *reader, str line, const struct raw_command *raw)
{
    if (!str_contains(line, STR("$@")) && !str_contains(line, STR("$*"))) {
        return line;
    }
    uint32_t at = 1;
    while (at < raw->words.count && !str_eq(raw->words.items[at].text, line)) {
        at++;
    }
    if (at + 2 > raw->words.count) {
        return line;
    }
    str arguments = reader_join(reader, raw->words.items + at + 2,
                                raw->words.count - at - 2 < raw->words.count ? raw->words.count - at - 2 : 0);
    str result = STR_EMPTY;
    size_t from = 0;
    for (unsigned i = 0; i < LIMIT_COMMAND_DEPTH; i++) {
        size_t place = str_find(line, STR("$@"), from);
        place = place == SIZE_MAX ? str_find(line, STR("$*"), from) : place;
        if (place == SIZE_MAX) {
            break;
        }
        bool is_quoted =
            place > from && line.data[place - 1] == '"' && place + 2 < line.len && line.data[place + 2] == '"';
        result = reader_concat(reader, result, str_slice(line, from, place - is_quoted));
        result = reader_concat(reader, result, arguments);
        from = place + 2 + is_quoted;
    }
    return reader_concat(reader, result, str_skip(line, from));
}

/* ---- adding ------------------------------------------------------------------------------------------------------ */

static struct simple_command *add_command(struct command_reader *reader)
{
    if (reader->count >= LIMIT_COMMAND_COMMANDS) {
        reader->is_cut = true;
        return NULL;
    }
    if (reader->count >= reader->capacity) {
        uint32_t larger = reader->capacity ? reader->capacity * 2 : 4;
        struct simple_command *copy = reader_allocate(reader, larger, sizeof(*copy));
        if (!copy) {
            return NULL;
        }
        if (reader->count) {
            memcpy(copy, reader->commands, reader->count * sizeof(*copy));
        }
        reader->commands = copy;
        reader->capacity = larger;
    }
    return &reader->commands[reader->count++];
}

/* Commands that code starts: system("cat x"), run(["kubectl", "get", "secrets"]). Every text of the code is taken, the
 * neighbours of a list together. */
static void read_code(struct command_reader *reader, str code, unsigned depth)
{
    static const char *const starters[] = {"system", "popen", "exec", "spawn", "run(", "call(", "output(", "qx"};
    bool starts = false;
    for (size_t i = 0; i < countof(starters) && !starts; i++) {
        starts = str_contains(code, str_from_cstring(starters[i]));
    }
    if (!starts || depth >= LIMIT_COMMAND_DEPTH) {
        return;
    }
    struct word_list words = {0};
    size_t at = 0;
    while (at < code.len && !reader->is_cut) {
        char quote = code.data[at];
        if (quote != '\'' && quote != '"' && quote != '`') {
            bool is_neighbour = ascii_is_blank(quote) || quote == ',';
            if (!is_neighbour && words.count) {
                str line = reader_join(reader, words.items, words.count);
                shell_read(reader, line, depth + 1, STR_EMPTY);
                words = (struct word_list){0};
            }
            at++;
            continue;
        }
        size_t end = str_find_char(code, quote, at + 1);
        if (end == SIZE_MAX) {
            at++;
            continue;
        }
        str text = str_slice(code, at + 1, end);
        word_list_push(reader, &words, (struct command_word){.text = text, .raw = text});
        at = end + 1;
    }
    if (words.count) {
        shell_read(reader, reader_join(reader, words.items, words.count), depth + 1, STR_EMPTY);
    }
}

/* What an interpreter is given to run. */
static str find_code(const struct raw_command *raw, str interpreter)
{
    bool takes_program = word_list_has(STR("awk gawk mawk nawk"), interpreter);
    for (uint32_t i = 1; i < raw->words.count; i++) {
        const struct command_word *word = &raw->words.items[i];
        if (takes_program && word->text.len && word->text.data[0] != '-') {
            bool is_open = !word->is_quoted && str_find_char(word->text, '{', 0) != SIZE_MAX;
            return is_open || str_starts_with(word->text, STR("BEGIN")) ? (word->is_quoted ? word->text : word->raw)
                                                                        : word->text;
        }
        if (is_code_option(interpreter, word->text) && i + 1 < raw->words.count) {
            const struct command_word *code = &raw->words.items[i + 1];
            return code->is_quoted ? code->text : code->raw;
        }
    }
    return STR_EMPTY;
}

/* cp /usr/bin/kubectl /tmp/x: what x is from now on. */
static void remember_copy(struct command_reader *reader, const struct simple_command *command)
{
    if (!word_list_has(STR("ln cp mv install"), command->tool) || command->operand_count != 2) {
        return;
    }
    str source = program_name(command->operands[0]);
    static const str tools = STR("kubectl oc docker podman nerdctl crictl ctr curl wget helm etcdctl cat kubeletctl");
    if (word_list_has(tools, source)) {
        reader_set_alias(reader, command->operands[1], source);
    }
}

static void unwrap_inner(struct command_reader *reader, const struct raw_command *outer, uint32_t from, unsigned depth,
                         bool is_inside)
{
    if (depth >= LIMIT_COMMAND_DEPTH || from >= outer->words.count) {
        return;
    }
    struct raw_command inner = {.fed_text = outer->fed_text, .is_inside = is_inside || outer->is_inside};
    inner.words = outer->words;
    drop_words(&inner, from);
    if (str_eq(inner.words.items[0].text, STR("--"))) {
        drop_words(&inner, 1);
    }
    if (inner.words.count) {
        command_unwrap(reader, &inner, depth + 1);
    }
}

static str add_simple(struct command_reader *reader, struct raw_command *raw, unsigned depth)
{
    struct simple_command *command = add_command(reader);
    if (!command) {
        return STR_EMPTY;
    }
    uint32_t index = reader->count - 1;
    uint32_t argument_count = raw->words.count ? raw->words.count - 1 : 0;
    command->program = raw->words.count ? raw->words.items[0].text : STR("done");
    str *arguments = argument_count ? reader_allocate(reader, argument_count, sizeof(*arguments)) : NULL;
    if (argument_count && !arguments) {
        reader->count--;
        return STR_EMPTY;
    }
    for (uint32_t i = 0; i < argument_count; i++) {
        arguments[i] = raw->words.items[i + 1].text;
    }
    command->arguments = arguments;
    command->argument_count = argument_count;
    command->inputs = raw->inputs.items;
    command->input_count = raw->inputs.count;
    command->outputs = raw->outputs.items;
    command->output_count = raw->outputs.count;
    command->fed_text = raw->fed_text;
    command->folder = reader->folder;
    command->is_inside = raw->is_inside;
    uint32_t inside = tool_understand(reader, command, &raw->settings);
    remember_copy(reader, command);
    str output = command_output(reader, raw);
    if (is_interpreter(command->tool)) {
        str code = find_code(raw, command->tool);
        command->code = code;
        if (code.len) {
            read_code(reader, code, depth);
        }
    }
    command = &reader->commands[index];
    bool runs_script = command->operand_count > 0 && command->code.len == 0 && argument_count > 0 &&
                       (is_interpreter(command->tool) || is_shell_name(command->tool)) &&
                       !word_list_has(STR("awk gawk mawk nawk"), command->tool) &&
                       str_eq(arguments[0], command->operands[0]);
    if (inside < argument_count) {
        unwrap_inner(reader, raw, inside + 1, depth, true);
    } else if (runs_script) { /* sh x.sh, python x.py: the script is a program too */
        unwrap_inner(reader, raw, 1, depth, false);
    } else if (!is_text_tool(command->tool)) {
        for (uint32_t i = 0; i + 1 < argument_count; i++) {
            if (str_eq(arguments[i], STR("--"))) {
                unwrap_inner(reader, raw, i + 2, depth, false);
                break;
            }
        }
    }
    return output;
}

/* ---- wrappers one by one ----------------------------------------------------------------------------------------- */

/* The words of a text, each one a word of the command. */
static void append_words(struct command_reader *reader, struct word_list *words, str text)
{
    size_t from = 0;
    unsigned count = 0;
    for (size_t i = 0; i <= text.len && count < LIMIT_COMMAND_VARIABLES; i++) {
        if (i < text.len && !ascii_is_blank(text.data[i])) {
            continue;
        }
        if (i > from) {
            str word = str_slice(text, from, i);
            word_list_push(reader, words, (struct command_word){word, word, false});
            count++;
        }
        from = i + 1;
    }
}

/* Puts `value` in the place of every `mark`. */
static void replace_mark(struct command_reader *reader, struct word_list *words, str mark, str value)
{
    for (uint32_t i = 0; i < words->count; i++) {
        str word = words->items[i].text;
        size_t place = mark.len ? str_find(word, mark, 0) : SIZE_MAX;
        if (place != SIZE_MAX) {
            str front = reader_concat(reader, str_slice(word, 0, place), value);
            words->items[i].text = reader_concat(reader, front, str_skip(word, place + mark.len));
        }
    }
}

static struct word_list copy_words(struct command_reader *reader, const struct command_word *words, uint32_t count)
{
    struct word_list copy = {0};
    for (uint32_t i = 0; i < count; i++) {
        word_list_push(reader, &copy, words[i]);
    }
    return copy;
}

static void unwrap_xargs(struct command_reader *reader, struct raw_command *raw, const struct wrapper *wrapper)
{
    str mark = str_eq(program_name(raw->words.items[0].text), STR("parallel")) ? STR("{}") : STR_EMPTY;
    uint32_t first = skip_options(reader, raw, wrapper);
    for (uint32_t i = 1; i < first && i < raw->words.count; i++) {
        str word = raw->words.items[i].text;
        if (str_starts_with(word, STR("-I"))) {
            mark = word.len > 2 ? str_skip(word, 2) : i + 1 < raw->words.count ? raw->words.items[i + 1].text : mark;
        } else if (str_eq(word, STR("-i")) || str_starts_with(word, STR("--replace"))) {
            mark = STR("{}");
        } else if (word_list_has(STR("-a --arg-file"), word) && i + 1 < raw->words.count) {
            str_list_push(reader, &raw->inputs, raw->words.items[i + 1].text);
        } else if (str_starts_with(word, STR("--arg-file="))) {
            str_list_push(reader, &raw->inputs, str_skip(word, 11));
        }
    }
    str fed = raw->fed_text;
    uint32_t count = raw->words.count;
    for (uint32_t i = first; i < count; i++) { /* parallel CMD ::: ARGUMENTS */
        if (str_eq(raw->words.items[i].text, STR(":::"))) {
            fed = reader_join(reader, raw->words.items + i + 1, count - i - 1);
            count = i;
        }
    }
    struct word_list words = copy_words(reader, raw->words.items + first, count > first ? count - first : 0);
    if (fed.len && mark.len) {
        bool is_marked = false;
        for (uint32_t i = 0; i < words.count; i++) {
            is_marked |= str_contains(words.items[i].text, mark);
        }
        if (is_marked) {
            replace_mark(reader, &words, mark, str_trim(fed));
        } else {
            append_words(reader, &words, fed);
        }
    } else if (fed.len) {
        append_words(reader, &words, fed);
    } else if (mark.len) {
        replace_mark(reader, &words, mark, STR("*"));
    }
    raw->words = words;
    raw->fed_text = STR_EMPTY;
}

/* What find hands to its command: the folders it starts from, with the name it looks for. */
static str found_path(struct command_reader *reader, const struct raw_command *raw)
{
    str root = STR(".");
    str name = STR("**");
    for (uint32_t i = 1; i < raw->words.count; i++) {
        str word = raw->words.items[i].text;
        if (i + 1 < raw->words.count && word_list_has(STR("-name -iname -wholename -path -ipath -g --glob"), word)) {
            name = raw->words.items[i + 1].text;
        }
        if (word.len && word.data[0] != '-' && (i == 1 || raw->words.items[i - 1].text.data[0] != '-') &&
            str_eq(root, STR(".")) && word.data[0] != '(' && word.data[0] != '!') {
            root = word;
        }
    }
    if (name.len && name.data[0] == '/') {
        return name;
    }
    str path = reader_concat(reader, root, str_ends_with(root, STR("/")) ? STR("**/") : STR("/**/"));
    return reader_concat(reader, path, name);
}

/* find -exec: find itself, and the command that it runs. */
static str unwrap_find(struct command_reader *reader, struct raw_command *raw, unsigned depth)
{
    struct raw_command itself = *raw;
    str path = found_path(reader, raw);
    for (uint32_t i = 1; i < raw->words.count; i++) {
        str word = raw->words.items[i].text;
        if (!word_list_has(STR("-exec -execdir -ok -okdir -x -X --exec --exec-batch"), word)) {
            continue;
        }
        uint32_t end = i + 1;
        while (end < raw->words.count && !word_list_has(STR("; + \\;"), raw->words.items[end].text)) {
            end++;
        }
        itself.words.count = i;
        add_simple(reader, &itself, depth);
        struct raw_command inner = {.words = copy_words(reader, raw->words.items + i + 1, end - i - 1),
                                    .is_inside = raw->is_inside};
        if (inner.words.count && depth < LIMIT_COMMAND_DEPTH) {
            replace_mark(reader, &inner.words, STR("{}"), path);
            command_unwrap(reader, &inner, depth + 1);
        }
        return STR_EMPTY;
    }
    add_simple(reader, &itself, depth);
    return path;
}

static bool is_named_tool(str word)
{
    return word_list_has(STR("kubectl ctr crictl helm helm3 docker nerdctl etcdctl kubectl.kubectl"), word);
}

/* k3s kubectl .. : true if the tool was found behind the wrapper. */
static bool unwrap_named(struct raw_command *raw)
{
    for (uint32_t i = 1; i < raw->words.count && i < 8; i++) {
        if (is_named_tool(raw->words.items[i].text)) {
            drop_words(raw, i);
            if (raw->words.count > 1 && str_eq(raw->words.items[1].text, STR("--"))) {
                struct command_word tool = raw->words.items[0];
                drop_words(raw, 1);
                raw->words.items[0] = tool;
            }
            return true;
        }
        if (raw->words.items[i].text.len && raw->words.items[i].text.data[0] != '-' &&
            !(raw->words.items[i - 1].text.len && raw->words.items[i - 1].text.data[0] == '-')) {
            return false;
        }
    }
    return false;
}

static bool is_client(str word)
{
    return word_list_has(STR("kubectl oc docker podman nerdctl crictl helm etcdctl kubeletctl"), program_name(word));
}

/* A word that is a line of its own: -a 'sudo docker ps'. */
static bool is_line_with_client(str line)
{
    bool has_client = false;
    for (size_t at = 0; at < line.len && !has_client;) {
        size_t end = str_find_char(line, ' ', at);
        end = end == SIZE_MAX ? line.len : end;
        has_client = is_client(str_slice(line, at, end));
        at = end + 1;
    }
    return has_client && str_find_char(line, ' ', 0) != SIZE_MAX;
}

/* A client among the arguments, behind whatever a launcher is told: its place, or 0. */
static uint32_t find_client(const struct raw_command *raw)
{
    for (uint32_t i = 1; i < raw->words.count && i < LAUNCHER_WORDS; i++) {
        str word = raw->words.items[i].text;
        if ((is_client(word) && i + 1 < raw->words.count) || is_line_with_client(word)) {
            return i;
        }
    }
    return 0;
}

/* A line in a string: what it does is read at once. */
static str read_line(struct command_reader *reader, const struct raw_command *raw, str line, unsigned depth)
{
    if (depth >= LIMIT_COMMAND_DEPTH) {
        reader->is_cut = true;
        return STR_EMPTY;
    }
    uint32_t from = reader->count;
    for (uint32_t i = 0; i < raw->settings.count; i++) {
        shell_read(reader, raw->settings.items[i], depth + 1, STR_EMPTY);
    }
    str output = shell_read(reader, line, depth + 1, raw->fed_text);
    for (uint32_t i = from; i < reader->count && raw->is_inside; i++) {
        reader->commands[i].is_inside = true;
    }
    if (raw->inputs.count && from < reader->count && reader->commands[from].input_count == 0) {
        reader->commands[from].inputs = raw->inputs.items;
        reader->commands[from].input_count = raw->inputs.count;
    }
    return output;
}

/* The first word may be an alias of some words, or a copy of a tool. */
static void expand_alias(struct command_reader *reader, struct raw_command *raw)
{
    str name = raw->words.items[0].text;
    str value = STR_EMPTY;
    for (uint32_t i = 0; i < reader->alias_count; i++) {
        if (str_eq(reader->aliases[i].name, name)) {
            value = reader->aliases[i].value;
        }
    }
    if (value.len == 0 || str_eq(value, name)) {
        return;
    }
    struct word_list words = {0};
    append_words(reader, &words, value);
    for (uint32_t i = 1; i < raw->words.count; i++) {
        word_list_push(reader, &words, raw->words.items[i]);
    }
    if (words.count) {
        raw->words = words;
    }
}

/* As peel. */
static bool unwrap_launcher(struct command_reader *reader, struct raw_command *raw, unsigned depth, str *ret)
{
    uint32_t client = find_client(raw);
    if (client == 0) {
        *ret = add_simple(reader, raw, depth);
        return false;
    }
    if (str_find_char(raw->words.items[client].text, ' ', 0) != SIZE_MAX) {
        *ret = read_line(reader, raw, raw->words.items[client].text, depth);
        return false;
    }
    drop_words(raw, client);
    return true;
}

/* True if there is more to peel. Else the output is in *ret. */
static bool peel(struct command_reader *reader, struct raw_command *raw, unsigned depth, str *ret)
{
    str name = program_name(raw->words.items[0].text);
    const struct wrapper *wrapper = known_name(name)->wrapper;
    str line;
    *ret = STR_EMPTY;
    if (!wrapper || (wrapper->kind == WRAPPER_NAMED && !unwrap_named(raw))) {
        *ret = add_simple(reader, raw, depth);
        return false;
    }
    switch (wrapper->kind) {
    case WRAPPER_LAUNCHER:
        return unwrap_launcher(reader, raw, depth, ret);
    case WRAPPER_NAMED:
        return true;
    case WRAPPER_XARGS:
        unwrap_xargs(reader, raw, wrapper);
        if (raw->words.count == 0) { /* it prints what it reads */
            *ret = add_simple(reader, raw, depth);
        }
        return raw->words.count > 0;
    case WRAPPER_FIND:
        *ret = unwrap_find(reader, raw, depth);
        return false;
    case WRAPPER_SHELL:
    case WRAPPER_STRING:
        if (find_line(reader, raw, &line)) {
            *ret = read_line(reader, raw, replace_arguments(reader, line, raw), depth);
            return false;
        }
        break;
    default:
        break;
    }
    uint32_t first = skip_options(reader, raw, wrapper);
    if (wrapper->kind == WRAPPER_SHELL) {
        bool has_script = first < raw->words.count && !str_eq(raw->words.items[first].text, STR("<()")) &&
                          !word_list_has(STR("- -s /dev/stdin"), raw->words.items[first].text);
        *ret = add_simple(reader, raw, depth);
        if (!has_script && raw->fed_text.len) {
            *ret = read_line(reader, &(struct raw_command){.is_inside = raw->is_inside}, raw->fed_text, depth);
        }
        return false;
    }
    if (str_eq(name, STR("command")) && raw->words.count > 1 && word_list_has(STR("-v -V"), raw->words.items[1].text)) {
        *ret = command_output(reader, raw);
        return false;
    }
    if (wrapper->kind == WRAPPER_STRING && !str_eq(name, STR("flock")) &&
        !(str_eq(name, STR("runuser")) && first < raw->words.count)) {
        *ret = add_simple(reader, raw, depth);
        return false;
    }
    first += wrapper->operands;
    if (first >= raw->words.count) { /* env, time, ssh host: a command itself */
        *ret = add_simple(reader, raw, depth);
        return false;
    }
    if (wrapper->kind == WRAPPER_JOINED || wrapper->kind == WRAPPER_REMOTE) {
        if (wrapper->kind == WRAPPER_REMOTE) {
            struct raw_command itself = *raw;
            itself.words.count = first;
            add_simple(reader, &itself, depth);
        }
        line = reader_join(reader, raw->words.items + first, raw->words.count - first);
        *ret = read_line(reader, raw, line, depth);
        return false;
    }
    drop_words(raw, first);
    return true;
}

str command_unwrap(struct command_reader *reader, struct raw_command *raw, unsigned depth)
{
    str output = STR_EMPTY;
    if (raw->words.count == 0) {
        return add_simple(reader, raw, depth);
    }
    for (unsigned i = 0; i < LIMIT_COMMAND_WRAPPERS; i++) {
        if (reader->alias_count) {
            expand_alias(reader, raw);
        }
        if (!peel(reader, raw, depth, &output)) {
            return output;
        }
    }
    reader->is_cut = true;
    return output;
}

void command_reader_init(struct command_reader *reader, struct arena *arena)
{
    memset(reader, 0, offsetof(struct command_reader, variables)); /* the tables are filled as they are used */
    reader->arena = arena;
    reader->variable_count = 0;
    reader->alias_count = 0;
    reader->folder = STR_EMPTY;
    reader->work_left = LIMIT_COMMAND_WORK_BYTES;
    reader->is_cut = false;
    reader->is_out_of_memory = false;
}

tocsin_status command_understand(struct arena *arena, str text, struct command_line *ret, struct error *err)
{
    struct command_reader reader;
    command_reader_init(&reader, arena);
    reader.is_cut = text.len > LIMIT_COMMAND_BYTES;
    shell_read(&reader, str_slice(text, 0, LIMIT_COMMAND_BYTES), 0, STR_EMPTY);
    if (reader.is_out_of_memory && !arena->is_over_limit) {
        return error_memory(err);
    }
    ret->commands = reader.commands;
    ret->count = reader.count;
    ret->is_cut = reader.is_cut;
    return TOCSIN_OK;
}
