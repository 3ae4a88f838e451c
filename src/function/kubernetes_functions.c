/* KUBERNETESIDENTITY, KUBERNETESCLIENT and KUBERNETESCLIENTFITS: who asks an API server, and with what. */
#include "function/function.h"
#include "function/kubernetes_client.h"
#include "function/text_memo.h"

static str text_or_empty(const struct column *column, uint32_t row)
{
    return column_is_valid(column, row) ? column_string(column, row) : STR_EMPTY;
}

/* ---- KUBERNETESIDENTITY ---- */

static enum kube_identity identity_of(const struct function_call *call, str username)
{
    bool is_known;
    uint8_t *kept = text_memo_find(call->texts, TEXT_QUESTION_IDENTITY, username, STR_EMPTY, &is_known);
    if (is_known) {
        return (enum kube_identity) * kept;
    }
    enum kube_identity identity = kube_identity_of(username);
    if (kept) {
        *kept = (uint8_t)identity;
    }
    return identity;
}

static tocsin_status run_identity(const struct function_call *call, const struct column *const *arguments,
                                  uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                  struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        ret->strings[rows[i]] = kube_identity_name(identity_of(call, text_or_empty(arguments[0], rows[i])));
    }
    return TOCSIN_OK;
}

static const struct function_signature identity_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_STRING)}},
    .kernel = run_identity,
};

const struct function_def function_kubernetes_identity = {
    .names = {"KUBERNETESIDENTITY"},
    .signatures = &identity_signature,
    .signature_count = 1,
    .sees_nulls = true,
    .null_rule = "Null is 'unknown'.",
    .is_own = true,
    .family = FUNCTION_FAMILY_KUBERNETES,
    .description =
        "What kind of identity a user name of a Kubernetes audit event is: 'user' (people, and machines that the "
        "cluster does not know apart from them), 'service account', 'node', 'bootstrap' (a token that joins nodes), "
        "'control plane', 'cloud provider' (the provider's own services, such as 'eks:addon-manager'), 'anonymous', or "
        "'unknown' for no name.",
    .example = "KUBERNETESIDENTITY('system:serviceaccount:shop:web')",
    .example_result = "service account",
};

/* ---- KUBERNETESCLIENT ---- */

static enum kube_client client_of(const struct function_call *call, str user_agent)
{
    bool is_known;
    uint8_t *kept = text_memo_find(call->texts, TEXT_QUESTION_CLIENT, user_agent, STR_EMPTY, &is_known);
    if (is_known) {
        return (enum kube_client) * kept;
    }
    enum kube_client client = kube_client_of(user_agent);
    if (kept) {
        *kept = (uint8_t)client;
    }
    return client;
}

static tocsin_status run_client(const struct function_call *call, const struct column *const *arguments,
                                uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        ret->strings[rows[i]] = kube_client_name(client_of(call, text_or_empty(arguments[0], rows[i])));
    }
    return TOCSIN_OK;
}

static const struct function_signature client_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_STRING)}},
    .kernel = run_client,
};

const struct function_def function_kubernetes_client = {
    .names = {"KUBERNETESCLIENT"},
    .signatures = &client_signature,
    .signature_count = 1,
    .sees_nulls = true,
    .null_rule = "Null is 'none'.",
    .is_own = true,
    .family = FUNCTION_FAMILY_KUBERNETES,
    .description =
        "What kind of program a user agent of a Kubernetes audit event is: 'kubectl' (with oc and the like), "
        "'dashboard', 'deployment tool' (Helm, Terraform), 'http client' (curl, a script), 'client library', "
        "'browser', "
        "'attack tool', 'scanner', 'kubelet', 'control plane', 'program' (everything else with a name, such as "
        "operators), or 'none'. It is what the client says of itself.",
    .example = "KUBERNETESCLIENT('python-requests/2.31.0')",
    .example_result = "http client",
};

/* ---- KUBERNETESCLIENTFITS ---- */

/* Of a user it is never true, and only of a service account it takes a while to tell. */
static bool client_fits(const struct function_call *call, str user_agent, str username)
{
    enum kube_identity identity = identity_of(call, username);
    if (identity == KUBE_IDENTITY_USER) {
        return false;
    }
    bool is_known = false;
    uint8_t *kept = NULL;
    if (identity == KUBE_IDENTITY_SERVICE_ACCOUNT) {
        kept = text_memo_find(call->texts, TEXT_QUESTION_ACCOUNT_FITS, user_agent, username, &is_known);
    }
    if (is_known) {
        return *kept != 0;
    }
    bool fits = kube_known_client_fits(client_of(call, user_agent), user_agent, identity, username);
    if (kept) {
        *kept = fits;
    }
    return fits;
}

static tocsin_status run_client_fits(const struct function_call *call, const struct column *const *arguments,
                                     uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                     struct column *ret, struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        ret->bools[rows[i]] =
            client_fits(call, text_or_empty(arguments[0], rows[i]), text_or_empty(arguments[1], rows[i]));
    }
    return TOCSIN_OK;
}

static const struct function_signature client_fits_signature = {
    .result = TYPE_BOOL,
    .required_count = 2,
    .argument_count = 2,
    .arguments = {{.types = TYPES(TYPE_STRING)}, {.types = TYPES(TYPE_STRING)}},
    .kernel = run_client_fits,
};

const struct function_def function_kubernetes_client_fits = {
    .names = {"KUBERNETESCLIENTFITS"},
    .signatures = &client_fits_signature,
    .signature_count = 1,
    .sees_nulls = true,
    .null_rule = "A null is as an empty text: an identity without a user agent fits only if it is the control plane.",
    .is_own = true,
    .family = FUNCTION_FAMILY_KUBERNETES,
    .description =
        "True if a user agent is the program that the user runs by its nature: a kubelet for a node, a controller for "
        "the control plane, and for a service account the program that it or its namespace is named after, or one "
        "that has no other name than 'manager' or 'controller'. Never true for users, and never for kubectl, curl or "
        "a script under the name of an account.",
    .example = "KUBERNETESCLIENTFITS('kustomize-controller/v1.2.0 (linux/amd64) kubernetes/$Format', "
               "'system:serviceaccount:flux-system:kustomize-controller')",
    .example_result = "true",
};
