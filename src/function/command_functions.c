/* COMMANDRUNS, COMMANDREADS, COMMANDREQUESTS, COMMANDTEXT, COMMANDTOOLS, COMMANDISCUT: command lines by what they do.
 */
#include "base/limits.h"
#include "base/strbuf.h"
#include "command/command.h"
#include "command/command_cache.h"
#include "function/function.h"

/* From the run's cache, or worked out in the arena. */
static tocsin_status understand(const struct function_call *call, struct arena *arena, str text,
                                const struct command_line **ret, struct error *err)
{
    if (call->commands) {
        return command_cache_understand(call->commands, text, ret, err);
    }
    struct command_line *line = arena_new(arena, struct command_line);
    tocsin_status status = line ? command_understand(arena, text, line, err) : error_memory(err);
    if (status == TOCSIN_OK) {
        *ret = line;
    }
    return status;
}

/* What the function's constant arguments are compiled to. A constant null is left out: nothing matches it. */
static tocsin_status prepare_patterns(struct function_prepare *prepare, enum command_pattern_kind kind,
                                      const struct value *const *arguments, uint32_t argument_count,
                                      const void **ret_prepared, struct error *err)
{
    const struct command_pattern_set *set = NULL;
    uint32_t count = 0;
    str *texts = arena_array(prepare->arena, str, argument_count);
    if (!texts) {
        return error_memory(err);
    }
    for (uint32_t i = 1; i < argument_count; i++) {
        if (arguments[i]) {
            texts[count++] = arguments[i]->text;
        }
    }
    tocsin_status status = command_pattern_set_compile(prepare->arena, kind, texts, count, &set, err);
    if (status == TOCSIN_OK) {
        *ret_prepared = set;
    }
    return status;
}

static tocsin_status prepare_runs(struct function_prepare *prepare, const struct value *const *arguments,
                                  uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    return prepare_patterns(prepare, COMMAND_PATTERN_RUNS, arguments, argument_count, ret_prepared, err);
}

static tocsin_status prepare_reads(struct function_prepare *prepare, const struct value *const *arguments,
                                   uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    return prepare_patterns(prepare, COMMAND_PATTERN_READS, arguments, argument_count, ret_prepared, err);
}

static tocsin_status prepare_requests(struct function_prepare *prepare, const struct value *const *arguments,
                                      uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    return prepare_patterns(prepare, COMMAND_PATTERN_REQUESTS, arguments, argument_count, ret_prepared, err);
}

/* Without a cache each line is understood for this condition alone. */
static tocsin_status run_patterns_alone(const struct command_pattern_set *set, const struct column *column,
                                        const uint16_t *rows, uint32_t row_count, struct column *ret, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    struct arena arena;
    struct arena scratch;
    arena_init(&arena, LIMIT_COMMAND_MEMORY_BYTES);
    arena_init(&scratch, LIMIT_COMMAND_MEMORY_BYTES);
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        struct command_facts facts = {0};
        arena_clear(&arena);
        arena_clear(&scratch);
        status = command_understand(&arena, column_string(column, rows[i]), &facts.line, err);
        ret->bools[rows[i]] = status == TOCSIN_OK && command_pattern_set_matches(set, &facts, &arena, &scratch);
    }
    arena_release(&scratch);
    arena_release(&arena);
    return status;
}

static tocsin_status run_patterns(const struct function_call *call, const struct column *const *arguments,
                                  uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                  struct error *err)
{
    const struct command_pattern_set *set = call->prepared;
    struct command_cache *cache = call->commands;
    if (!cache) {
        return run_patterns_alone(set, arguments[0], rows, row_count, ret, err);
    }
    uint32_t number = command_cache_set_number(cache, set);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        bool matches = false;
        str text = column_string(arguments[0], rows[i]);
        status = command_cache_matches(cache, set, number, rows[i], text, &matches, err);
        ret->bools[rows[i]] = matches;
    }
    return status;
}

static const struct function_signature patterns_signature = {
    .result = TYPE_BOOL,
    .required_count = 2,
    .argument_count = 2,
    .is_variadic = true,
    .arguments = {{.types = TYPES(TYPE_STRING)}, {.types = TYPES(TYPE_STRING), .must_be_constant = true}},
    .kernel = run_patterns,
};

const struct function_def function_commandruns = {
    .names = {"COMMANDRUNS"},
    .signatures = &patterns_signature,
    .signature_count = 1,
    .prepare = prepare_runs,
    .is_own = true,
    .family = FUNCTION_FAMILY_COMMAND,
    .description =
        "True if the command line runs a command that one of the patterns describes: first the tool, then its "
        "operands in order, options in their long form, | before what the output goes into. Wrappers such as "
        "sudo, sh -c and xargs, quotes, aliases and renamed tools make no difference. docs/commands.md has "
        "the language of the patterns.",
    .example =
        "COMMANDRUNS('sudo sh -c \"kubectl -n shop get po,secret -oyaml\"', 'kubectl get secrets --output=yaml')",
    .example_result = "true",
};

const struct function_def function_commandreads = {
    .names = {"COMMANDREADS"},
    .signatures = &patterns_signature,
    .signature_count = 1,
    .prepare = prepare_reads,
    .is_own = true,
    .family = FUNCTION_FAMILY_COMMAND,
    .description = "True if the command line hands out what is in one of the files: shows, copies, packs or sends it. "
                   "Listing a file is not reading it. In the paths * stands for any part of a name, ** for any part of "
                   "a path, ~ for anybody's home; how the command spells the path makes no difference.",
    .example = "COMMANDREADS('tail -c +1 /var//run/secrets/app/../db/token', '/run/secrets/**/token')",
    .example_result = "true",
};

const struct function_def function_commandrequests = {
    .names = {"COMMANDREQUESTS"},
    .signatures = &patterns_signature,
    .signature_count = 1,
    .prepare = prepare_requests,
    .is_own = true,
    .family = FUNCTION_FAMILY_COMMAND,
    .description =
        "True if the command line sends a request to one of the places: 'HOST:PORT/PATH' with * for any host "
        "or port, '/PATH' on any host, or 'unix:SOCKET:/PATH'. Knows curl, wget, nc, socat, openssl, "
        "/dev/tcp, clients of container engines, and addresses in code that is given to an interpreter.",
    .example = "COMMANDREQUESTS('curl -s --unix-socket /var/run/docker.sock http://d/v1.41/containers/web/json', "
               "'unix:/run/docker.sock:/**/containers/*/json')",
    .example_result = "true",
};

/* ---- text -------------------------------------------------------------------------------------------------------- */

static tocsin_status run_text(const struct function_call *call, const struct column *const *arguments,
                              uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                              struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    struct arena arena;
    arena_init(&arena, LIMIT_COMMAND_MEMORY_BYTES);
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        const struct command_line *line = NULL;
        str text = STR_EMPTY;
        arena_clear(&arena);
        status = understand(call, &arena, column_string(arguments[0], rows[i]), &line, err);
        if (status == TOCSIN_OK) {
            status = command_render(call->arena, line, &text, err);
        }
        ret->strings[rows[i]] = text;
    }
    arena_release(&arena);
    return status;
}

static const struct function_signature text_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_STRING)}},
    .kernel = run_text,
};

const struct function_def function_commandtext = {
    .names = {"COMMANDTEXT"},
    .signatures = &text_signature,
    .signature_count = 1,
    .is_own = true,
    .family = FUNCTION_FAMILY_COMMAND,
    .description =
        "The command line as it was understood: tools by their own names, operands before options, options in "
        "their long form, without wrappers, quotes and encodings. For LIKE, and to see what a command does.",
    .example = "COMMANDTEXT('sudo kube''''ctl -n shop g\"\"et po,secret -oyaml')",
    .example_result = "kubectl get pods secrets --namespace=shop --output=yaml",
};

/* ---- tools ------------------------------------------------------------------------------------------------------- */

static bool is_listed(const struct command_line *line, uint32_t count)
{
    for (uint32_t i = 0; i < count && i < LIMIT_COMMAND_VARIABLES; i++) {
        if (str_eq(line->commands[i].tool, line->commands[count].tool)) {
            return true;
        }
    }
    return false;
}

static tocsin_status run_tools(const struct function_call *call, const struct column *const *arguments,
                               uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                               struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    struct arena arena;
    struct strbuf names;
    arena_init(&arena, LIMIT_COMMAND_MEMORY_BYTES);
    strbuf_init(&names, LIMIT_COMMAND_BYTES);
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        const struct command_line *line = NULL;
        arena_clear(&arena);
        strbuf_clear(&names);
        status = understand(call, &arena, column_string(arguments[0], rows[i]), &line, err);
        for (uint32_t n = 0; status == TOCSIN_OK && n < line->count; n++) {
            if (!is_listed(line, n)) {
                strbuf_append(&names, names.len ? STR(",") : STR_EMPTY);
                strbuf_append(&names, line->commands[n].tool);
            }
        }
        str copy = arena_copy(call->arena, strbuf_str(&names));
        if (status == TOCSIN_OK && (!copy.data || names.is_failed)) {
            status = error_memory(err);
        }
        ret->strings[rows[i]] = copy;
    }
    strbuf_release(&names);
    arena_release(&arena);
    return status;
}

static const struct function_signature tools_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_STRING)}},
    .kernel = run_tools,
};

const struct function_def function_commandtools = {
    .names = {"COMMANDTOOLS"},
    .signatures = &tools_signature,
    .signature_count = 1,
    .is_own = true,
    .family = FUNCTION_FAMILY_COMMAND,
    .description = "The tools that the command line runs, by their own names, parted by commas, each once.",
    .example = "COMMANDTOOLS('sudo docker ps -q | xargs docker inspect | jq .[].Config.Env')",
    .example_result = "docker,jq",
};

/* ---- limits ------------------------------------------------------------------------------------------------------ */

static tocsin_status run_is_cut(const struct function_call *call, const struct column *const *arguments,
                                uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    struct arena arena;
    arena_init(&arena, LIMIT_COMMAND_MEMORY_BYTES);
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        const struct command_line *line = NULL;
        arena_clear(&arena);
        status = understand(call, &arena, column_string(arguments[0], rows[i]), &line, err);
        ret->bools[rows[i]] = line && line->is_cut;
    }
    arena_release(&arena);
    return status;
}

static const struct function_signature is_cut_signature = {
    .result = TYPE_BOOL,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_STRING)}},
    .kernel = run_is_cut,
};

const struct function_def function_commandiscut = {
    .names = {"COMMANDISCUT"},
    .signatures = &is_cut_signature,
    .signature_count = 1,
    .is_own = true,
    .family = FUNCTION_FAMILY_COMMAND,
    .description =
        "True if the command line is longer, deeper or more entangled than what is looked at, so that the other "
        "functions may have missed something: 4,096 commands, 65,536 words, 8 levels of shells within shells, "
        "24 wrappers. People do not write such lines; who wants to hide does.",
    .example = "COMMANDISCUT('sudo sh -c \"kubectl get pods\"')",
    .example_result = "false",
};
