/* Patterns of commands, files and requests (docs/commands.md): read once, compared with many command lines. */
#include "command/command_pattern_internal.h"
#include "command/credential_words.h"

/* ---- compiling --------------------------------------------------------------------------------------------------- */

static tocsin_status bad_pattern(struct error *err, str text, const char *what, const char *hint)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_SYNTAX, "the pattern '%.*s' %s", STR_ARG(text), what);
    error_hint(err, "%s", hint);
    return status;
}

/* "a|b" into a list; what it points to lives as long as the query. */
static void split_alternatives(struct command_reader *reader, str text, struct str_list *ret)
{
    size_t from = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i == text.len || text.data[i] == '|') {
            if (i > from) {
                str_list_push(reader, ret, str_slice(text, from, i));
            }
            from = i + 1;
        }
    }
}

static bool is_setting_name(str text)
{
    size_t equals = str_find_char(text, '=', 0);
    for (size_t i = 0; equals != SIZE_MAX && i < equals; i++) {
        char c = text.data[i];
        if (!(c >= 'A' && c <= 'Z') && c != '_' && c != '|' && !ascii_is_digit(c)) {
            return false;
        }
    }
    return equals != SIZE_MAX && equals > 0;
}

static bool compile_word(struct command_reader *reader, str text, struct pattern_word *word)
{
    if (text.len > 1 && text.data[0] == '!') {
        word->is_negated = true;
        text = str_skip(text, 1);
    }
    if (str_eq(text, STR("."))) {
        word->kind = WORD_END;
        return !word->is_negated;
    }
    if (text.data[0] == '-' || is_setting_name(text)) {
        word->kind = WORD_OPTION;
        size_t equals = str_find_char(text, '=', 0);
        split_alternatives(reader, str_slice(text, 0, equals == SIZE_MAX ? text.len : equals), &word->names);
        if (equals != SIZE_MAX) {
            word->has_value = true;
            split_alternatives(reader, str_skip(text, equals + 1), &word->values);
        }
        return word->names.count > 0 && (!word->has_value || word->values.count > 0);
    }
    if (text.data[0] == '~') {
        word->kind = WORD_ARGUMENT;
        text = str_skip(text, 1);
    }
    split_alternatives(reader, text, &word->names);
    for (uint32_t i = 0; i < word->names.count; i++) {
        str name = word->names.items[i];
        if (name.data[0] == '@' && !str_eq(name, STR("@credential"))) {
            return false;
        }
    }
    return word->names.count > 0;
}

static bool compile_tools(struct command_reader *reader, str text, struct pattern_part *part)
{
    struct str_list written = {0};
    split_alternatives(reader, text, &written);
    for (uint32_t i = 0; i < written.count; i++) {
        static const struct {
            const char *name;
            const char *tools;
        } classes[] = {{"@docker", "docker podman nerdctl"},
                       {"@shell", "sh bash dash zsh ash ksh mksh fish busybox"},
                       {"@filter", "grep sed awk jq yq cut head tail less more sort tee python perl"}};
        str name = written.items[i];
        if (name.data[0] != '@') {
            str_list_push(reader, &part->tools, name);
            continue;
        }
        bool is_known = false;
        for (size_t c = 0; c < countof(classes); c++) {
            if (!str_eq(name, str_from_cstring(classes[c].name))) {
                continue;
            }
            is_known = true;
            str tools = str_from_cstring(classes[c].tools);
            for (size_t at = 0; at < tools.len;) {
                size_t end = str_find_char(tools, ' ', at);
                end = end == SIZE_MAX ? tools.len : end;
                str_list_push(reader, &part->tools, str_slice(tools, at, end));
                at = end + 1;
            }
        }
        if (!is_known) {
            return false;
        }
    }
    return part->tools.count > 0;
}

/* The next word of the pattern, or empty at its end. */
static str next_word(str text, size_t *at)
{
    while (*at < text.len && ascii_is_blank(text.data[*at])) {
        (*at)++;
    }
    size_t from = *at;
    while (*at < text.len && !ascii_is_blank(text.data[*at])) {
        (*at)++;
    }
    return str_slice(text, from, *at);
}

static tocsin_status compile_runs(struct command_reader *reader, str text, struct command_pattern *pattern,
                                  struct error *err)
{
    struct pattern_part *part = NULL;
    bool needs_tool = true;
    size_t at = 0;
    pattern->parts = reader_allocate(reader, LIMIT_COMMAND_PATTERN_PARTS, sizeof(*pattern->parts));
    if (!pattern->parts) {
        return error_memory(err);
    }
    for (str word = next_word(text, &at); word.len; word = next_word(text, &at)) {
        if (str_eq(word, STR("|"))) {
            if (needs_tool) {
                return bad_pattern(err, text, "has nothing in front of |",
                                   "example: 'docker logs | grep ~@credential'");
            }
            needs_tool = true;
            continue;
        }
        if (needs_tool && part && str_eq(word, STR("@inside"))) {
            return bad_pattern(err, text, "has @inside behind |", "it stands in front of the whole pattern");
        }
        if (needs_tool && !(part && part->is_inside && part->tools.count == 0)) {
            if (pattern->part_count == LIMIT_COMMAND_PATTERN_PARTS) {
                return bad_pattern(err, text, "has too many parts", "a pattern may have four of them");
            }
            part = &pattern->parts[pattern->part_count++];
        }
        if (needs_tool && str_eq(word, STR("@inside"))) {
            part->is_inside = true;
            continue;
        }
        if (needs_tool) {
            if (word.data[0] == '-' || word.data[0] == '!' || !compile_tools(reader, word, part)) {
                return bad_pattern(err, text, "does not begin with a tool",
                                   "a tool is a name, '*', or one of @docker, @shell, @filter: 'kubectl get secrets'");
            }
            needs_tool = false;
            continue;
        }
        if (part->word_count == LIMIT_COMMAND_PATTERN_WORDS) {
            return bad_pattern(err, text, "has too many words", "make two patterns of it");
        }
        if (!compile_word(reader, word, &part->words[part->word_count])) {
            return bad_pattern(err, text, "has a word that means nothing",
                               "words are names with * and |, --options, !absent, ~anywhere, and . at the end");
        }
        if (part->word_count && part->words[part->word_count - 1].kind == WORD_END) {
            return bad_pattern(err, text, "goes on behind .", "the dot says that no operand follows");
        }
        part->word_count++;
    }
    if (needs_tool) {
        return bad_pattern(err, text, pattern->part_count ? "ends with |" : "is empty",
                           "example: 'kubectl get secrets'");
    }
    return TOCSIN_OK;
}

static tocsin_status compile_request(str text, struct command_pattern *pattern, struct error *err)
{
    if (str_starts_with(text, STR("unix:"))) {
        str rest = str_skip(text, 5);
        size_t colon = str_find_char(rest, ':', 0);
        pattern->has_socket = true;
        pattern->socket = str_slice(rest, 0, colon == SIZE_MAX ? rest.len : colon);
        pattern->path = colon == SIZE_MAX ? STR_EMPTY : str_skip(rest, colon + 1);
        if (pattern->socket.len == 0 || (pattern->socket.data[0] != '/' && pattern->socket.data[0] != '*')) {
            return bad_pattern(err, text, "names no socket", "example: 'unix:/run/docker.sock:/containers/*/json'");
        }
        return TOCSIN_OK;
    }
    size_t slash = str_find_char(text, '/', 0);
    slash = slash == SIZE_MAX ? text.len : slash;
    str authority = str_slice(text, 0, slash);
    pattern->path = str_skip(text, slash);
    size_t bracket = authority.len && authority.data[0] == '[' ? str_find_char(authority, ']', 0) : SIZE_MAX;
    size_t colon = str_find_char(authority, ':', bracket == SIZE_MAX ? 0 : bracket);
    pattern->host = bracket != SIZE_MAX ? str_slice(authority, 1, bracket)
                                        : str_slice(authority, 0, colon == SIZE_MAX ? authority.len : colon);
    str port = colon == SIZE_MAX ? STR_EMPTY : str_skip(authority, colon + 1);
    uint64_t number = 0;
    if (port.len && !str_eq(port, STR("*"))) {
        if (!str_to_u64(port, &number) || number == 0 || number > 65535) {
            return bad_pattern(err, text, "has a port that is none", "a port is a number up to 65535, or *");
        }
        pattern->port = (uint32_t)number;
    }
    if (str_find_char(text, ' ', 0) != SIZE_MAX) {
        return bad_pattern(err, text, "has a blank in it", "example: '*:2375/containers/**'");
    }
    return TOCSIN_OK;
}

tocsin_status command_pattern_compile(struct arena *arena, enum command_pattern_kind kind, str text,
                                      const struct command_pattern **ret, struct error *err)
{
    struct command_reader reader = {.arena = arena, .work_left = LIMIT_COMMAND_WORK_BYTES};
    struct command_pattern *pattern = arena_new(arena, struct command_pattern);
    text = arena_copy(arena, str_trim(text));
    if (!pattern || !text.data) {
        return error_memory(err);
    }
    pattern->kind = kind;
    if (text.len > 1 && text.data[0] == '!') {
        pattern->is_excluding = true;
        text = str_trim(str_skip(text, 1));
    }
    if (text.len == 0 || text.len > LIMIT_COMMAND_PATTERN_BYTES) {
        return bad_pattern(err, str_slice(text, 0, 40), text.len ? "is too long" : "is empty",
                           kind == COMMAND_PATTERN_RUNS ? "example: 'kubectl get secrets'"
                                                        : "example: '/run/secrets/**/token'");
    }
    tocsin_status status = TOCSIN_OK;
    if (kind == COMMAND_PATTERN_RUNS) {
        status = compile_runs(&reader, text, pattern, err);
    } else if (kind == COMMAND_PATTERN_REQUESTS) {
        status = compile_request(text, pattern, err);
    } else if (text.data[0] == '~' && text.len > 2 && text.data[1] == '/') {
        pattern->path = reader_concat(&reader, STR("**"), str_skip(text, 1));
    } else if (text.data[0] != '/' && text.data[0] != '*') {
        status = bad_pattern(err, text, "is no path", "a path begins with /, ~/ or **/: '/run/secrets/**/token'");
    } else {
        pattern->path = text;
    }
    if (reader.is_out_of_memory) { /* also where a half-read word looked like a mistake */
        status = error_memory(err);
    }
    if (status == TOCSIN_OK) {
        *ret = pattern;
    }
    return status;
}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

/* `secrets` is also secrets/NAME; * is everything. */
static bool name_matches(str glob, str text, bool is_object)
{
    if (str_eq(glob, STR("*"))) {
        return true;
    }
    if (glob.data[0] == '@') {
        return names_credential(text);
    }
    if (glob_matches(glob, text)) {
        return true;
    }
    size_t slash = is_object && str_find_char(glob, '/', 0) == SIZE_MAX ? str_find_char(text, '/', 0) : SIZE_MAX;
    return slash != SIZE_MAX && glob_matches(glob, str_slice(text, 0, slash));
}

static bool any_matches(const struct str_list *globs, str text, bool is_object)
{
    for (uint32_t i = 0; i < globs->count; i++) {
        if (name_matches(globs->items[i], text, is_object)) {
            return true;
        }
    }
    return false;
}

static bool option_matches(const struct pattern_word *word, const struct simple_command *command)
{
    for (uint32_t i = 0; i < command->option_count; i++) {
        const struct command_option *option = &command->options[i];
        bool is_named = false;
        for (uint32_t n = 0; n < word->names.count; n++) {
            str name = word->names.items[n];
            is_named |=
                str_find_char(name, '*', 0) == SIZE_MAX ? str_eq(name, option->name) : glob_matches(name, option->name);
        }
        if (is_named && (!word->has_value || (option->has_value && any_matches(&word->values, option->value, false)))) {
            return true;
        }
    }
    return false;
}

static bool argument_matches(const struct pattern_word *word, const struct simple_command *command)
{
    for (uint32_t i = 0; i < command->argument_count; i++) {
        if (any_matches(&word->names, command->arguments[i], false)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < command->operand_count; i++) {
        if (any_matches(&word->names, command->operands[i], true)) {
            return true;
        }
    }
    return command->code.len && any_matches(&word->names, command->code, false);
}

static bool words_match(const struct pattern_part *part, const struct simple_command *command)
{
    uint32_t next = 0; /* operand */
    bool is_first = true;
    for (uint32_t i = 0; i < part->word_count; i++) {
        const struct pattern_word *word = &part->words[i];
        bool matches = false;
        if (word->kind == WORD_OPTION) {
            matches = option_matches(word, command);
        } else if (word->kind == WORD_ARGUMENT) {
            matches = argument_matches(word, command);
        } else if (word->kind == WORD_END) {
            matches = next == command->operand_count;
        } else if (word->is_negated) {
            for (uint32_t n = is_first ? 0 : 1; n < command->operand_count && !matches; n++) {
                matches = any_matches(&word->names, command->operands[n], true);
            }
        } else {
            uint32_t to = is_first && command->operand_count ? 1 : command->operand_count;
            while (next < to && !matches) {
                matches = any_matches(&word->names, command->operands[next++], true);
            }
            is_first = false;
        }
        if (matches == word->is_negated) {
            return false;
        }
    }
    return true;
}

/* kubectl create token --help: a client that prints its help does nothing else. */
static bool shows_help(const struct simple_command *command)
{
    if (!word_list_has(STR("kubectl docker podman nerdctl crictl ctr helm etcdctl argocd"), command->tool)) {
        return false;
    }
    for (uint32_t i = 0; i < command->option_count; i++) {
        if (str_eq(command->options[i].name, STR("--help"))) {
            return !command->options[i].has_value || str_eq(command->options[i].value, STR("true"));
        }
    }
    return false;
}

static bool part_matches(const struct pattern_part *part, const struct simple_command *command)
{
    if (part->is_inside && !command->is_inside) {
        return false;
    }
    for (uint32_t i = 0; i < part->tools.count; i++) {
        if (str_eq(part->tools.items[i], STR("*")) || glob_matches(part->tools.items[i], command->tool)) {
            return !shows_help(command) && words_match(part, command);
        }
    }
    return false;
}

/* Whether what the command prints goes, directly or through others, into one that matches the parts from `part` on. */
static bool feeds_match(const struct command_pattern *pattern, uint32_t part, const struct command_line *line,
                        const struct simple_command *command, unsigned *steps)
{
    for (uint32_t i = command->feeds.from; i < command->feeds.to && i < line->count; i++) {
        const struct simple_command *next = &line->commands[i];
        if (*steps == 0 || next <= command) {
            return false;
        }
        (*steps)--;
        if (part_matches(&pattern->parts[part], next) &&
            (part + 1 == pattern->part_count || feeds_match(pattern, part + 1, line, next, steps))) {
            return true;
        }
        if (feeds_match(pattern, part, line, next, steps)) {
            return true;
        }
    }
    return false;
}

static bool command_matches(const struct command_pattern *pattern, const struct command_line *line,
                            const struct simple_command *command)
{
    unsigned steps = LIMIT_COMMAND_PIPE_STEPS;
    return part_matches(&pattern->parts[0], command) &&
           (pattern->part_count == 1 || feeds_match(pattern, 1, line, command, &steps));
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

/* Folders that hold so much that taking them is not taking what the pattern means. */
static bool is_common_folder(str path)
{
    static const char *const common[] = {"/var/lib", "/var/log", "/etc", "/usr", "/home", "/var", "/opt", "/srv", "/"};
    for (size_t i = 0; i < countof(common); i++) {
        if (str_eq(path, str_from_cstring(common[i]))) {
            return true;
        }
    }
    return str_find_char(path, '/', 1) == SIZE_MAX && !str_eq(path, STR("/run"));
}

/* Whether the folder holds what the pattern means: the pattern without some of its last parts is the folder. */
static bool folder_holds(str glob, str folder)
{
    if (is_common_folder(folder)) {
        return false;
    }
    for (unsigned i = 0; i < LIMIT_COMMAND_DEPTH; i++) {
        size_t slash = glob.len;
        while (slash > 0 && glob.data[slash - 1] != '/') {
            slash--;
        }
        if (slash <= 1) {
            return false;
        }
        glob = str_slice(glob, 0, slash - 1);
        if (str_eq(glob, STR("**")) || is_common_folder(glob)) {
            return false;
        }
        if (glob_matches(glob, folder)) {
            return true;
        }
    }
    return false;
}

/* Without the wild parts at its end: what is left is a folder of which everything is taken. */
static str without_wild_end(str path)
{
    for (;;) {
        size_t slash = path.len;
        bool is_wild = path.len > 0;
        while (slash > 0 && path.data[slash - 1] != '/') {
            is_wild = is_wild && path.data[slash - 1] == '*';
            slash--;
        }
        if (!is_wild || slash == 0 || slash == path.len) {
            return path;
        }
        path = str_slice(path, 0, slash - 1);
    }
}

/* The part of a path, or of a glob, in front of its first wild byte. */
static str literal_front(str glob)
{
    size_t at = 0;
    while (at < glob.len && glob.data[at] != '*' && glob.data[at] != '?' && glob.data[at] != '[') {
        at++;
    }
    return str_slice(glob, 0, at);
}

/* What find looks through: it means the file if it names it, or if it starts where only such files are. */
static bool search_matches(str glob, str path)
{
    size_t slash = glob.len;
    while (slash > 0 && glob.data[slash - 1] != '/') {
        slash--;
    }
    bool names_file = str_find_char(str_skip(glob, slash), '*', 0) == SIZE_MAX;
    str from = literal_front(path);
    str front = literal_front(glob);
    bool starts_there = front.len > 1 && str_starts_with(from, front);
    return (names_file || starts_there) && globs_meet(glob, path);
}

/* Both begin with a text: whether those differ. */
static bool fronts_differ(str glob, str path)
{
    for (size_t i = 0; i < glob.len && i < path.len; i++) {
        if (strchr("*?[", glob.data[i]) || strchr("*?[", path.data[i])) {
            return false;
        }
        if (ascii_lower(glob.data[i]) != ascii_lower(path.data[i])) {
            return true;
        }
    }
    return false;
}

static bool one_path_matches(str glob, str path, size_t *work)
{
    if (fronts_differ(glob, path)) {
        return false;
    }
    size_t steps = glob.len * path.len;
    if (steps > *work) {
        *work = 0;
        return false;
    }
    *work -= steps;
    if (!has_glob(path)) {
        return glob_matches(glob, path);
    }
    return str_contains(path, STR("**")) ? search_matches(glob, path) : globs_meet(glob, path);
}

static bool path_matches(str glob, str path, bool is_recursive, size_t *work)
{
    str folder = without_wild_end(path);
    bool is_folder = folder.len < path.len;
    if (is_folder) {
        path = folder;
    }
    for (unsigned i = 0; i < 3 && path.len > 1; i++) { /* as it is, and below one or two folders: /host, /mnt/disk */
        if (!is_folder && one_path_matches(glob, path, work)) {
            return true;
        }
        if ((is_recursive || is_folder) && folder_holds(glob, path)) {
            return true;
        }
        size_t slash = str_find_char(path, '/', 1);
        if (slash == SIZE_MAX || glob.data[0] == '*' || has_glob(str_slice(path, slash, slash + 2))) {
            return false;
        }
        path = str_skip(path, slash);
    }
    return false;
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

/* A socket may be seen below another folder: /host/run/docker.sock. */
static bool socket_matches(str glob, str socket)
{
    for (unsigned i = 0; i < 3 && socket.len > 1; i++) {
        if (has_glob(socket) ? globs_meet(glob, socket) : glob_matches(glob, socket)) {
            return true;
        }
        size_t slash = str_find_char(socket, '/', 1);
        if (slash == SIZE_MAX) {
            return false;
        }
        socket = str_skip(socket, slash);
        if (str_starts_with(socket, STR("/var/run/"))) {
            socket = str_skip(socket, 4);
        }
    }
    return false;
}

static bool request_matches(const struct command_pattern *pattern, const struct command_request *request)
{
    if (pattern->has_socket != (request->socket.len > 0) &&
        (pattern->has_socket || pattern->port || pattern->host.len)) {
        return false;
    }
    if (pattern->has_socket && !socket_matches(pattern->socket, request->socket)) {
        return false;
    }
    if (pattern->port && pattern->port != request->port) {
        return false;
    }
    if (pattern->host.len && !str_eq(pattern->host, STR("*")) && !glob_matches(pattern->host, request->host)) {
        return false;
    }
    return pattern->path.len == 0 || (request->path.len && glob_matches(pattern->path, request->path));
}

/* ---- all together ------------------------------------------------------------------------------------------------ */

bool pattern_matches(const struct command_pattern *pattern, const struct subject *subject)
{
    switch (pattern->kind) {
    case COMMAND_PATTERN_READS:
        if (pattern->is_excluding) { /* only what it is for sure */
            return glob_matches(pattern->path, subject->path) && !has_glob(subject->path);
        }
        return path_matches(pattern->path, subject->path, subject->is_recursive, subject->work);
    case COMMAND_PATTERN_REQUESTS:
        return request_matches(pattern, subject->request);
    case COMMAND_PATTERN_RUNS:
        break;
    }
    return command_matches(pattern, subject->line, subject->command);
}

static bool subject_matches(const struct command_pattern *const *patterns, uint32_t count,
                            const struct subject *subject)
{
    bool matches = false;
    for (uint32_t i = 0; i < count && !matches; i++) {
        matches = !patterns[i]->is_excluding && pattern_matches(patterns[i], subject);
    }
    for (uint32_t i = 0; i < count && matches; i++) {
        matches = !patterns[i]->is_excluding || !pattern_matches(patterns[i], subject);
    }
    return matches;
}

static bool reads_match(const struct command_pattern *const *patterns, uint32_t count, struct command_reader *reader,
                        const struct command_line *line, const struct simple_command *command, size_t *work)
{
    struct path_list list;
    command_list_reads(reader, command, &list);
    for (uint32_t i = 0; i < list.paths.count; i++) {
        struct subject subject = {
            .line = line, .path = list.paths.items[i], .is_recursive = list.is_recursive, .work = work};
        if (subject_matches(patterns, count, &subject)) {
            return true;
        }
    }
    return false;
}

static bool requests_match(const struct command_pattern *const *patterns, uint32_t count, struct command_reader *reader,
                           const struct command_line *line, const struct simple_command *command)
{
    struct request_list list;
    command_list_requests(reader, command, &list);
    for (uint32_t i = 0; i < list.count; i++) {
        struct subject subject = {.line = line, .request = &list.items[i]};
        if (subject_matches(patterns, count, &subject)) {
            return true;
        }
    }
    return false;
}

bool command_patterns_match(const struct command_pattern *const *patterns, uint32_t count, struct arena *arena,
                            const struct command_line *line)
{
    struct command_reader reader;
    if (count == 0) {
        return false;
    }
    command_reader_init(&reader, arena);
    size_t work = LIMIT_COMMAND_GLOB_WORK;
    for (uint32_t i = 0; i < line->count; i++) {
        const struct simple_command *command = &line->commands[i];
        struct subject subject = {.line = line, .command = command};
        bool matches = false;
        switch (patterns[0]->kind) {
        case COMMAND_PATTERN_READS:
            matches = reads_match(patterns, count, &reader, line, command, &work);
            break;
        case COMMAND_PATTERN_REQUESTS:
            matches = requests_match(patterns, count, &reader, line, command);
            break;
        case COMMAND_PATTERN_RUNS:
            matches = subject_matches(patterns, count, &subject);
            break;
        }
        if (matches) {
            return true;
        }
    }
    return false;
}
