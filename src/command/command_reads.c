/* Which files a command hands out the content of. */
#include "command/command_internal.h"
#include "command/known_names.h"

/* Names that only a run could tell: /a/$X/b and /a/$()/b are /a/x/b with any x. */
static str with_unknown_parts(struct command_reader *reader, str path)
{
    size_t dollar = str_find_char(path, '$', 0);
    if (path.data[0] != '/' || dollar == SIZE_MAX) {
        return path;
    }
    char *data = reader_allocate(reader, path.len, 1);
    if (!data) {
        return path;
    }
    size_t len = 0;
    for (size_t i = 0; i < path.len;) {
        if (path.data[i] != '$') {
            data[len++] = path.data[i++];
            continue;
        }
        data[len++] = '*';
        i++;
        while (i < path.len &&
               (ascii_is_alpha(path.data[i]) || ascii_is_digit(path.data[i]) || strchr("_()@*", path.data[i]))) {
            i++;
        }
    }
    return str_from(data, len);
}

static void add_path(struct command_reader *reader, struct path_list *list, str folder, str path)
{
    if (path.len == 0 || path.len > LIMIT_COMMAND_PATH_BYTES) {
        return;
    }
    path = with_unknown_parts(reader, path);
    bool is_relative = path.data[0] != '/' && path.data[0] != '~' && folder.len == 0;
    if (is_relative && (path.data[0] == '*' || path.data[0] == '?')) { /* whatever lies there */
        return;
    }
    str normal = path_normalize(reader->arena, folder, path);
    if (normal.len) {
        str_list_push(reader, &list->paths, normal);
    }
}

/* file://, @file, name=@file, if=file, FILE:file of socat. */
static str file_of_word(str word)
{
    static const char *const marks[] = {"file://localhost", "file://", "FILE:", "file:", "OPEN:", "open:", "GOPEN:"};
    for (size_t i = 0; i < countof(marks); i++) {
        str mark = str_from_cstring(marks[i]);
        if (str_starts_with(word, mark)) {
            word = str_skip(word, mark.len);
            size_t end = str_find_char(word, ',', 0);
            return str_slice(word, 0, end == SIZE_MAX ? word.len : end);
        }
    }
    size_t at_sign = str_find_char(word, '@', 0);
    if (at_sign != SIZE_MAX && at_sign + 1 < word.len &&
        (at_sign == 0 || word.data[at_sign - 1] == '=' || word.data[at_sign - 1] == ':')) {
        word = str_skip(word, at_sign + 1);
        size_t end = str_find_char(word, ';', 0);
        return str_slice(word, 0, end == SIZE_MAX ? word.len : end);
    }
    size_t equals = str_find_char(word, '=', 0);
    if (equals != SIZE_MAX && equals + 1 < word.len && strchr("/~.<", word.data[equals + 1])) {
        bool is_input = word.data[equals + 1] == '<';
        return str_skip(word, equals + 1 + is_input);
    }
    return word;
}

/* Paths in code: what begins with '/' or '~/', up to a byte that is none of a path. */
static void add_paths_of_code(struct command_reader *reader, struct path_list *list, str folder, str code)
{
    for (size_t i = 0; i < code.len && list->paths.count < LIMIT_COMMAND_PATHS; i++) {
        bool is_start =
            code.data[i] == '/' && (i == 0 || !(ascii_is_alpha(code.data[i - 1]) || ascii_is_digit(code.data[i - 1]) ||
                                                strchr("/.-_$}*", code.data[i - 1])));
        if (!is_start) {
            continue;
        }
        size_t end = i;
        while (end < code.len && !ascii_is_blank(code.data[end]) && !strchr("'\"`;|&()<>,{}\\", code.data[end])) {
            end++;
        }
        if (end - i > 4) {
            size_t from = i > 0 && code.data[i - 1] == '~' ? i - 1 : i;
            add_path(reader, list, folder, str_slice(code, from, end));
        }
        i = end;
    }
}

static bool is_option_value(const char *const *names, size_t count, const struct command_option *option)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(option->name, str_from_cstring(names[i]))) {
            return option->has_value;
        }
    }
    return false;
}

/* Options whose value is a file that is sent or shown. */
static void add_option_files(struct command_reader *reader, const struct simple_command *command,
                             struct path_list *list)
{
    static const char *const contents[] = {"--data", "--data-binary", "--data-ascii", "--data-urlencode",
                                           "--json", "--form",        "--header"};
    static const char *const files[] = {"--upload-file", "--post-file", "--body-file", "--in",         "--arg-file",
                                        "--input-file",  "--rawfile",   "--slurpfile", "--regexp-file"};
    bool shows_certificate = str_eq(command->tool, STR("openssl")) && command->operand_count &&
                             word_list_has(STR("x509 verify s_client crl req"), command->operands[0]);
    for (uint32_t i = 0; i < command->option_count && !shows_certificate; i++) {
        const struct command_option *option = &command->options[i];
        if (is_option_value(files, countof(files), option)) {
            add_path(reader, list, command->folder, option->value);
        } else if (is_option_value(contents, countof(contents), option) &&
                   str_find_char(option->value, '@', 0) != SIZE_MAX) {
            add_path(reader, list, command->folder, file_of_word(option->value));
        }
    }
}

/* POD:PATH of kubectl cp, oc rsync and docker cp. */
static str path_behind_colon(str word)
{
    size_t colon = str_find_char(word, ':', 0);
    return colon == SIZE_MAX ? word : str_skip(word, colon + 1);
}

static bool is_container_tool(str tool)
{
    return word_list_has(STR("kubectl docker podman nerdctl crictl"), tool);
}

/* Operands behind an option that is not known are its values. Operands come in the order of arguments, so that *at,
 * where the one before was found, only moves on. */
static bool is_behind_option(const struct simple_command *command, str operand, uint32_t *at)
{
    while (*at < command->argument_count && command->arguments[*at].data != operand.data) {
        (*at)++;
    }
    if (*at == 0 || *at >= command->argument_count) {
        return false;
    }
    str before = command->arguments[*at - 1];
    return str_starts_with(before, STR("--")) && before.len > 2 && str_find_char(before, '=', 0) == SIZE_MAX;
}

static bool is_recursive(const struct simple_command *command)
{
    if (word_list_has(STR("tar zip 7z 7za cpio rsync rg bsdtar mv ln"), command->tool)) {
        return true;
    }
    return word_list_has(STR("cp grep scp diff sftp"), command->tool) &&
           (command_find_option(command, STR("--recursive")) || command_find_option(command, STR("-r")) ||
            command_find_option(command, STR("-R")) || command_find_option(command, STR("-a")) ||
            command_find_option(command, STR("--archive")));
}

static void add_operands(struct command_reader *reader, const struct simple_command *command, struct path_list *list)
{
    bool is_reading = name_is(command->tool, NAME_READING);
    uint32_t from = 0;
    uint32_t to = command->operand_count;
    str folder = command->folder;
    const struct command_option *directory = command_find_option(command, STR("--directory"));
    if (directory && directory->has_value) {
        folder = path_normalize(reader->arena, folder, directory->value);
    }
    if (name_is(command->tool, NAME_PATTERN) && !command_find_option(command, STR("--regexp")) &&
        !command_find_option(command, STR("--expression")) && !command_find_option(command, STR("--file")) &&
        !command_find_option(command, STR("--from-file"))) {
        from = 1;
    }
    if (name_is(command->tool, NAME_TARGET) && to > 1 && !command_find_option(command, STR("--target-directory"))) {
        to--;
    }
    bool edits = word_list_has(STR("sed perl"), command->tool) &&
                 (command_find_option(command, STR("--in-place")) || command_find_option(command, STR("-i")));
    if (edits || str_eq(command->tool, STR("tee"))) {
        return;
    }
    uint32_t place = 0;
    for (uint32_t i = from; i < to && list->paths.count < LIMIT_COMMAND_PATHS; i++) {
        str word = command->operands[i];
        if (!is_reading && (str_find_char(word, '/', 0) == SIZE_MAX || is_behind_option(command, word, &place))) {
            continue;
        }
        if (str_eq(command->tool, STR("dd")) && !str_starts_with(word, STR("if="))) {
            continue;
        }
        str file = file_of_word(word);
        if (word_list_has(STR("scp rsync sftp"), command->tool)) {
            file = path_behind_colon(file);
        }
        add_path(reader, list, folder, file);
    }
}

void command_list_reads(struct command_reader *reader, const struct simple_command *command, struct path_list *ret)
{
    memset(ret, 0, sizeof(*ret));
    for (uint32_t i = 0; i < command->input_count; i++) {
        add_path(reader, ret, command->folder, command->inputs[i]);
    }
    if (command->code.len) {
        add_paths_of_code(reader, ret, command->folder, command->code);
    }
    add_option_files(reader, command, ret);
    bool copies = is_container_tool(command->tool) && command->operand_count > 1 &&
                  word_list_has(STR("cp rsync compose"), command->operands[0]);
    if (copies) {
        bool is_compose = str_eq(command->operands[0], STR("compose"));
        if (is_compose && !str_eq(command->operands[1], STR("cp"))) {
            return;
        }
        if (command->operand_count > 1u + is_compose) {
            add_path(reader, ret, STR_EMPTY, path_behind_colon(command->operands[1 + is_compose]));
            ret->is_recursive = true;
        }
    } else if (str_eq(command->tool, STR("lxc")) && command->operand_count > 2 &&
               str_eq(command->operands[0], STR("file")) && str_eq(command->operands[1], STR("pull"))) {
        size_t slash = str_find_char(command->operands[2], '/', 0);
        add_path(reader, ret, STR_EMPTY, slash == SIZE_MAX ? STR_EMPTY : str_skip(command->operands[2], slash));
    } else if (!name_is(command->tool, NAME_LOOKING)) {
        ret->is_recursive = is_recursive(command);
        add_operands(reader, command, ret);
    }
}
