/* PODCOMMANDS and PODACCESS: what a pod is made to run, and what it is given. */
#include "base/limits.h"
#include "function/function.h"
#include "function/pod_text.h"

typedef bool read_pod(str json, struct arena *scratch, struct strbuf *ret);

static tocsin_status map_rows(read_pod *read, const struct function_call *call, const struct column *objects,
                              const uint16_t *rows, uint32_t row_count, struct column *ret, struct error *err)
{
    struct arena scratch;
    struct strbuf text;
    arena_init(&scratch, LIMIT_BATCH_BYTES);
    strbuf_init(&text, LIMIT_BATCH_BYTES);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        arena_clear(&scratch);
        strbuf_clear(&text);
        str result = STR_EMPTY;
        if (!read(column_string(objects, rows[i]), &scratch, &text) ||
            !(result = arena_copy(call->arena, strbuf_str(&text))).data) {
            status = error_memory(err);
        } else if (result.len == 0) {
            column_set_null(ret, rows[i]);
        } else {
            ret->strings[rows[i]] = result;
        }
    }
    strbuf_release(&text);
    arena_release(&scratch);
    return status;
}

/* ---- PODCOMMANDS ---- */

static tocsin_status run_commands(const struct function_call *call, const struct column *const *arguments,
                                  uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                  struct error *err)
{
    return map_rows(pod_text_commands, call, arguments[0], rows, row_count, ret, err);
}

static const struct function_signature commands_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_STRING)}},
    .kernel = run_commands,
};

const struct function_def function_pod_commands = {
    .names = {"PODCOMMANDS"},
    .signatures = &commands_signature,
    .signature_count = 1,
    .is_own = true,
    .family = FUNCTION_FAMILY_KUBERNETES,
    .description =
        "The command lines in the JSON of a pod, of anything that holds the template of one, or of a patch to it, such "
        "as \"Request Object\": one for each container, hook and probe, a line each, words joined by blanks. Null if "
        "there is none.",
    .example = "PODCOMMANDS('{\"spec\": {\"containers\": [{\"command\": [\"sh\", \"-c\"], \"args\": [\"env\"]}]}}')",
    .example_result = "sh -c env",
};

/* ---- PODACCESS ---- */

static tocsin_status run_access(const struct function_call *call, const struct column *const *arguments,
                                uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                struct error *err)
{
    return map_rows(pod_text_access, call, arguments[0], rows, row_count, ret, err);
}

static const struct function_signature access_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_STRING)}},
    .kernel = run_access,
};

const struct function_def function_pod_access = {
    .names = {"PODACCESS"},
    .signatures = &access_signature,
    .signature_count = 1,
    .is_own = true,
    .family = FUNCTION_FAMILY_KUBERNETES,
    .description =
        "What the JSON of a pod, or of anything that holds the template of one, gives to it, parted by a comma and a "
        "blank: 'account NAME', 'secret NAME' (as a volume or as environment), 'token' (asked for in a volume), 'host "
        "PATH', 'privileged', 'host processes', 'host network'. Null if there is none of it.",
    .example = "PODACCESS('{\"spec\": {\"serviceAccountName\": \"admin\", \"volumes\": [{\"hostPath\": {\"path\": "
               "\"/\"}}]}}')",
    .example_result = "account admin, host /",
};
