#include "function/kubernetes_client.h"

#define NAME(symbol, name) [symbol] = {name, sizeof(name) - 1},
static const str identity_names[KUBE_IDENTITY_COUNT] = {KUBE_IDENTITY_LIST(NAME)};
static const str client_names[KUBE_CLIENT_COUNT] = {KUBE_CLIENT_LIST(NAME)};
#undef NAME

str kube_identity_name(enum kube_identity identity)
{
    return identity_names[identity];
}

str kube_client_name(enum kube_client client)
{
    return client_names[client];
}

/* ---- identities ----------------------------------------------------------------------------------------------------
 */

struct identity_prefix {
    const char *prefix; /* of the user's name; with a '=' in front the whole of it */
    enum kube_identity identity;
};

/* The first that fits counts. The cluster reserves "system:" for itself, clouds reserve theirs. */
static const struct identity_prefix identity_prefixes[] = {
    {"=system:anonymous", KUBE_IDENTITY_ANONYMOUS},
    {"=system:unauthenticated", KUBE_IDENTITY_ANONYMOUS},
    {"system:serviceaccount:", KUBE_IDENTITY_SERVICE_ACCOUNT},
    {"system:node:", KUBE_IDENTITY_NODE},
    {"system:bootstrap:", KUBE_IDENTITY_BOOTSTRAP},
    {"=system:node-bootstrapper", KUBE_IDENTITY_BOOTSTRAP},
    {"=kubelet-bootstrap", KUBE_IDENTITY_BOOTSTRAP},
    {"=kubelet-nodepool-bootstrap", KUBE_IDENTITY_BOOTSTRAP},
    {"=system:admin", KUBE_IDENTITY_USER}, /* of a kubeconfig that people use */
    {"=system:masters", KUBE_IDENTITY_USER},
    {"=system:cluster-admin", KUBE_IDENTITY_USER},
    {"system:", KUBE_IDENTITY_CONTROL_PLANE},
    {"eks:", KUBE_IDENTITY_CLOUD},
    {"gke:", KUBE_IDENTITY_CLOUD},
    {"aks:", KUBE_IDENTITY_CLOUD},
    {"=aksService", KUBE_IDENTITY_CLOUD},
    {"=acsService", KUBE_IDENTITY_CLOUD},
};

enum kube_identity kube_identity_of(str username)
{
    if (username.len == 0) {
        return KUBE_IDENTITY_UNKNOWN;
    }
    for (size_t i = 0; i < countof(identity_prefixes); i++) {
        str prefix = str_from_cstring(identity_prefixes[i].prefix);
        bool is_whole = prefix.data[0] == '=';
        if (is_whole ? str_eq(username, str_skip(prefix, 1)) : str_starts_with(username, prefix)) {
            return identity_prefixes[i].identity;
        }
    }
    bool is_robot = str_ends_with(username, STR("@container-engine-robot.iam.gserviceaccount.com"));
    return is_robot ? KUBE_IDENTITY_CLOUD : KUBE_IDENTITY_USER;
}

/* ---- clients -------------------------------------------------------------------------------------------------------
 */

enum where {
    ANYWHERE, /* in the whole text: names that no honest client has in it */
    PRODUCT,  /* the product, the text in front of the version, begins so and goes on with no letter */
    BEGIN,    /* the product begins so */
};

struct client_word {
    enum where where;
    enum kube_client client;
    const char *word; /* in lower case */
};

/* The first that fits counts. */
static const struct client_word client_words[] = {
    /* made to attack clusters, or named by those who do */
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "peirates"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "kubeletctl"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "kdigger"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "kubesploit"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "kubestriker"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "kubestalk"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "kubiscan"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "kube-hunter"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "kubehound"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "kubepwn"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "kubehacker"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "icekube"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "managed-kubernetes-auditing-toolkit"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "stratus-red-team"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "badrobot"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "bad-pods"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "red-kube"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "deepce"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "trufflehog"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "gitleaks"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "metasploit"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "sqlmap"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "gobuster"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "dirbuster"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "feroxbuster"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "fuzz faster"},
    {ANYWHERE, KUBE_CLIENT_ATTACK_TOOL, "wfuzz"},
    {PRODUCT, KUBE_CLIENT_ATTACK_TOOL, "cdk"},
    {PRODUCT, KUBE_CLIENT_ATTACK_TOOL, "botb"},
    {PRODUCT, KUBE_CLIENT_ATTACK_TOOL, "pacu"},
    {PRODUCT, KUBE_CLIENT_ATTACK_TOOL, "mkat"},
    {PRODUCT, KUBE_CLIENT_ATTACK_TOOL, "boopkit"},
    {PRODUCT, KUBE_CLIENT_ATTACK_TOOL, "truffleproc"},
    /* look for what is open, or ask who may do what */
    {ANYWHERE, KUBE_CLIENT_SCANNER, "zgrab"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "nuclei"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "masscan"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "nmap"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "nikto"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "censys"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "shodan"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "expanse"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "paloaltonetworks"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "internetmeasurement"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "leakix"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "l9explore"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "httpx - open-source"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "projectdiscovery"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "rakkess"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "access-matrix"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "who-can"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "who_can"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "rbac-lookup"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "rback"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "kubeaudit"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "kube-bench"},
    {ANYWHERE, KUBE_CLIENT_SCANNER, "amicontained"},
    /* people at a prompt */
    {BEGIN, KUBE_CLIENT_KUBECTL, "kubectl"},
    {BEGIN, KUBE_CLIENT_KUBECTL, "kubecolor"},
    {BEGIN, KUBE_CLIENT_KUBECTL, "kubetui"},
    {PRODUCT, KUBE_CLIENT_KUBECTL, "oc"},
    {PRODUCT, KUBE_CLIENT_KUBECTL, "stern"},
    {PRODUCT, KUBE_CLIENT_KUBECTL, "kail"},
    {PRODUCT, KUBE_CLIENT_KUBECTL, "ketall"},
    {PRODUCT, KUBE_CLIENT_KUBECTL, "kubens"},
    {PRODUCT, KUBE_CLIENT_KUBECTL, "kubectx"},
    {PRODUCT, KUBE_CLIENT_DASHBOARD, "k9s"},
    {PRODUCT, KUBE_CLIENT_DASHBOARD, "lens"},
    {PRODUCT, KUBE_CLIENT_DASHBOARD, "openlens"},
    {PRODUCT, KUBE_CLIENT_DASHBOARD, "freelens"},
    {PRODUCT, KUBE_CLIENT_DASHBOARD, "headlamp"},
    {PRODUCT, KUBE_CLIENT_DASHBOARD, "headlamp-server"},
    {PRODUCT, KUBE_CLIENT_DASHBOARD, "octant"},
    {PRODUCT, KUBE_CLIENT_DASHBOARD, "dashboard"},
    {PRODUCT, KUBE_CLIENT_DASHBOARD, "kubernetes-dashboard"},
    {PRODUCT, KUBE_CLIENT_DASHBOARD, "openshift-console"},
    {ANYWHERE, KUBE_CLIENT_DASHBOARD, "vscode"},
    /* bring releases to clusters */
    {PRODUCT, KUBE_CLIENT_DEPLOYMENT, "helm"},
    {PRODUCT, KUBE_CLIENT_DEPLOYMENT, "helmfile"},
    {PRODUCT, KUBE_CLIENT_DEPLOYMENT, "terraform"},
    {BEGIN, KUBE_CLIENT_DEPLOYMENT, "terraform-provider"},
    {ANYWHERE, KUBE_CLIENT_DEPLOYMENT, "hashicorp/1.0 terraform"},
    {PRODUCT, KUBE_CLIENT_DEPLOYMENT, "pulumi"},
    {BEGIN, KUBE_CLIENT_DEPLOYMENT, "pulumi-"},
    {PRODUCT, KUBE_CLIENT_DEPLOYMENT, "skaffold"},
    {PRODUCT, KUBE_CLIENT_DEPLOYMENT, "werf"},
    {PRODUCT, KUBE_CLIENT_DEPLOYMENT, "kapp"},
    {PRODUCT, KUBE_CLIENT_DEPLOYMENT, "kubecfg"},
    {PRODUCT, KUBE_CLIENT_DEPLOYMENT, "tilt"},
    /* generated and hand-made libraries of many languages */
    {BEGIN, KUBE_CLIENT_LIBRARY, "openapi-generator"},
    {BEGIN, KUBE_CLIENT_LIBRARY, "swagger-codegen"},
    {BEGIN, KUBE_CLIENT_LIBRARY, "fabric8-kubernetes-client"},
    {BEGIN, KUBE_CLIENT_LIBRARY, "kubernetes-client"},
    {BEGIN, KUBE_CLIENT_LIBRARY, "kubernetesclient"},
    {BEGIN, KUBE_CLIENT_LIBRARY, "kubernetes java client"},
    {BEGIN, KUBE_CLIENT_LIBRARY, "kubernetes-java-client"},
    {PRODUCT, KUBE_CLIENT_LIBRARY, "kubernetes.py"},
    {PRODUCT, KUBE_CLIENT_LIBRARY, "kube-rs"},
    {PRODUCT, KUBE_CLIENT_LIBRARY, "kubeclient"},
    {PRODUCT, KUBE_CLIENT_LIBRARY, "pykube"},
    {PRODUCT, KUBE_CLIENT_LIBRARY, "kopf"},
    {BEGIN, KUBE_CLIENT_LIBRARY, "lightkube"},
    /* the control plane */
    {PRODUCT, KUBE_CLIENT_KUBELET, "kubelet"},
    {PRODUCT, KUBE_CLIENT_KUBELET, "kubelite"},
    {PRODUCT, KUBE_CLIENT_CONTROL_PLANE, "kube-apiserver"},
    {PRODUCT, KUBE_CLIENT_CONTROL_PLANE, "kube-controller-manager"},
    {PRODUCT, KUBE_CLIENT_CONTROL_PLANE, "kube-scheduler"},
    {PRODUCT, KUBE_CLIENT_CONTROL_PLANE, "kube-proxy"},
    {PRODUCT, KUBE_CLIENT_CONTROL_PLANE, "kube-probe"},
    {PRODUCT, KUBE_CLIENT_CONTROL_PLANE, "kubeadm"},
    {PRODUCT, KUBE_CLIENT_CONTROL_PLANE, "hyperkube"},
    {PRODUCT, KUBE_CLIENT_CONTROL_PLANE, "k3s"},
    {BEGIN, KUBE_CLIENT_CONTROL_PLANE, "k3s-"},
    {PRODUCT, KUBE_CLIENT_CONTROL_PLANE, "rke2"},
    {BEGIN, KUBE_CLIENT_CONTROL_PLANE, "rke2-"},
    {PRODUCT, KUBE_CLIENT_CONTROL_PLANE, "k0s"},
    {PRODUCT, KUBE_CLIENT_CONTROL_PLANE, "cloud-controller-manager"},
    {PRODUCT, KUBE_CLIENT_CONTROL_PLANE, "cluster-policy-controller"},
    {BEGIN, KUBE_CLIENT_CONTROL_PLANE, "openshift-"},
    {PRODUCT, KUBE_CLIENT_CONTROL_PLANE, "elb-healthchecker"},
    {PRODUCT, KUBE_CLIENT_CONTROL_PLANE, "googlehc"},
    /* any language's way to fetch an address */
    {ANYWHERE, KUBE_CLIENT_HTTP, "powershell"},
    {ANYWHERE, KUBE_CLIENT_HTTP, "httpclient"},
    {ANYWHERE, KUBE_CLIENT_HTTP, "http-client"},
    {ANYWHERE, KUBE_CLIENT_HTTP, "libcurl"},
    {ANYWHERE, KUBE_CLIENT_HTTP, "urllib"},
    {ANYWHERE, KUBE_CLIENT_HTTP, "aiohttp"},
    {PRODUCT, KUBE_CLIENT_HTTP, "curl"},
    {PRODUCT, KUBE_CLIENT_HTTP, "wget"},
    {PRODUCT, KUBE_CLIENT_HTTP, "wget2"},
    {BEGIN, KUBE_CLIENT_HTTP, "python"},
    {BEGIN, KUBE_CLIENT_HTTP, "okhttp"},
    {BEGIN, KUBE_CLIENT_HTTP, "java/"},
    {BEGIN, KUBE_CLIENT_HTTP, "node-fetch"},
    {PRODUCT, KUBE_CLIENT_HTTP, "node"},
    {PRODUCT, KUBE_CLIENT_HTTP, "node.js"},
    {PRODUCT, KUBE_CLIENT_HTTP, "undici"},
    {PRODUCT, KUBE_CLIENT_HTTP, "axios"},
    {PRODUCT, KUBE_CLIENT_HTTP, "got"},
    {PRODUCT, KUBE_CLIENT_HTTP, "bun"},
    {PRODUCT, KUBE_CLIENT_HTTP, "deno"},
    {PRODUCT, KUBE_CLIENT_HTTP, "httpx"},
    {PRODUCT, KUBE_CLIENT_HTTP, "httpie"},
    {PRODUCT, KUBE_CLIENT_HTTP, "xh"},
    {PRODUCT, KUBE_CLIENT_HTTP, "aria2"},
    {PRODUCT, KUBE_CLIENT_HTTP, "axel"},
    {PRODUCT, KUBE_CLIENT_HTTP, "fetch"},
    {PRODUCT, KUBE_CLIENT_HTTP, "lwp"},
    {BEGIN, KUBE_CLIENT_HTTP, "libwww"},
    {BEGIN, KUBE_CLIENT_HTTP, "lwp-"},
    {BEGIN, KUBE_CLIENT_HTTP, "perl"},
    {PRODUCT, KUBE_CLIENT_HTTP, "php"},
    {BEGIN, KUBE_CLIENT_HTTP, "guzzle"},
    {PRODUCT, KUBE_CLIENT_HTTP, "ruby"},
    {BEGIN, KUBE_CLIENT_HTTP, "rest-client"},
    {BEGIN, KUBE_CLIENT_HTTP, "faraday"},
    {BEGIN, KUBE_CLIENT_HTTP, "postman"},
    {BEGIN, KUBE_CLIENT_HTTP, "insomnia"},
    {BEGIN, KUBE_CLIENT_HTTP, "hoppscotch"},
    {BEGIN, KUBE_CLIENT_HTTP, "bruno"},
    {PRODUCT, KUBE_CLIENT_HTTP, "reqwest"},
    {PRODUCT, KUBE_CLIENT_HTTP, "hyper"},
    {PRODUCT, KUBE_CLIENT_HTTP, "ureq"},
    {PRODUCT, KUBE_CLIENT_HTTP, "dart"},
    {BEGIN, KUBE_CLIENT_HTTP, "lua-resty"},
    {BEGIN, KUBE_CLIENT_HTTP, "go-resty"},
    {PRODUCT, KUBE_CLIENT_HTTP, "fasthttp"},
    {PRODUCT, KUBE_CLIENT_HTTP, "busybox"},
    {PRODUCT, KUBE_CLIENT_HTTP, "openssl"},
    {PRODUCT, KUBE_CLIENT_HTTP, "ncat"},
    {PRODUCT, KUBE_CLIENT_HTTP, "nc"},
    {ANYWHERE, KUBE_CLIENT_BROWSER, "mozilla/"},
    {ANYWHERE, KUBE_CLIENT_BROWSER, "opera/"},
};

/* A user agent that is longer than this says nothing more. */
enum { AGENT_BYTES_MAX = 512 };

struct agent {
    char text[AGENT_BYTES_MAX]; /* in lower case */
    str whole;
    str product; /* what stands in front of the version */
};

static str lower_copy(str s, char *buffer, size_t room)
{
    size_t len = s.len < room ? s.len : room;
    for (size_t i = 0; i < len; i++) {
        buffer[i] = ascii_lower(s.data[i]);
    }
    return str_from(buffer, len);
}

static void agent_read(struct agent *ret, str user_agent)
{
    ret->whole = str_trim(lower_copy(user_agent, ret->text, sizeof(ret->text)));
    ret->product = str_slice(ret->whole, 0, str_find_char(ret->whole, '/', 0));
    str first = str_slice(ret->product, 0, str_find_char(ret->product, ' ', 0));
    ret->product = str_find_char(ret->whole, '/', 0) == SIZE_MAX ? first : ret->product;
    if (str_ends_with(ret->product, STR(".exe"))) {
        ret->product = str_slice(ret->product, 0, ret->product.len - 4);
    }
}

static bool is_name_byte(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-';
}

static bool word_fits(const struct client_word *entry, const struct agent *agent)
{
    str word = str_from_cstring(entry->word);
    switch (entry->where) {
    case ANYWHERE:
        return str_contains(agent->whole, word);
    case PRODUCT:
        return str_starts_with(agent->product, word) &&
               (agent->product.len == word.len || !is_name_byte(agent->product.data[word.len]));
    default:
        return str_starts_with(agent->whole, word);
    }
}

static enum kube_client client_of(const struct agent *agent)
{
    if (agent->whole.len == 0) {
        return KUBE_CLIENT_NONE;
    }
    for (size_t i = 0; i < countof(client_words); i++) {
        if (word_fits(&client_words[i], agent)) {
            return client_words[i].client;
        }
    }
    return KUBE_CLIENT_PROGRAM;
}

enum kube_client kube_client_of(str user_agent)
{
    struct agent agent;
    agent_read(&agent, user_agent);
    return client_of(&agent);
}

/* ---- whose program -------------------------------------------------------------------------------------------------
 */

/* What many programs are called, or say of their kind: it ties none to an account. */
static const char *const common_words[] = {
    "manager", "controller", "operator", "server",     "agent",   "webhook", "main",  "main2",      "daemon", "service",
    "adapter", "provider",   "worker",   "reconciler", "cluster", "kube",    "k8s",   "kubernetes", "node",   "system",
    "default", "cloud",      "client",   "app",        "api",     "core",    "admin", "account",    "user",   "test",
    "the",     "and",        "for",      "com",        "linux",   "amd64",   "arm64", "tool",       "cli",    "run",
    "bin",     "prod",       "dev",      "web",        "apps",    "http",    "https", "ns",         "name",   "sa",
};

/* Of those, what a program of its own is called by its author: "manager/v0.6.0", as operators are built. */
static const char *const role_words[] = {
    "manager", "controller", "operator", "server", "agent", "webhook", "adapter", "provider", "reconciler",
};

/* Programs that are named otherwise than what they belong to. */
static const struct {
    const char *product; /* begins so */
    const char *owner;   /* part of the account's or the namespace's name */
} known_programs[] = {
    {"pilot-", "istio"},
    {"galley", "istio"},
    {"elbv2.k8s.aws", "load-balancer"},
    {"nri-", "newrelic"},
    {"nri-", "nri"},
    {"steve", "cattle"},
    {"rancher", "cattle"},
    {"fleet", "cattle"},
    {"otelcol", "opentelemetry"},
    {"otelcol", "otel"},
    {"metricbeat", "elastic"},
    {"ciliumd", "cilium"},
    {"bank-vaults", "vault"},
    {"vault", "bank"},
    {"contour", "projectcontour"},
    {"envoy", "gateway"},
    {"barman", "cnpg"},
    {"patroni", "postgres"},
    {"wave", "pgo"},
    {"traffic-manager", "ambassador"},
    {"emissary", "ambassador"},
    {"gitlab-runner", "runner"},
    {"hyperconverged", "kubevirt"},
    {"virt-", "kubevirt"},
    {"cdi-", "cdi"},
    {"rook", "ceph"},
    {"ceph", "rook"},
    {"source-", "flux"},
    {"kustomize-", "flux"},
    {"helm-", "flux"},
    {"notification-", "flux"},
    {"image-", "flux"},
    {"tekton", "openshift-pipelines"},
    {"azwi", "workload-identity"},
    {"falcon", "crowdstrike"},
    {"oneagent", "dynatrace"},
    {"eck", "elastic"},
    {"zalando", "postgres"},
    {"instana", "instana"},
    {"config-syncer", "kubed"},
    {"costmodel", "opencost"},
    {"executor-server", "k10"},
    {"aggregatedapis-server", "k10"},
    {"azure-keyvault", "akv2k8s"},
    {"application-manager", "multicluster"},
    {"nri", "newrelic"},
    {"trivy", "aqua"},
    {"starboard", "aqua"},
    {"minio", "directpv"},
};

static bool list_has(const char *const *list, size_t count, str word)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(str_from_cstring(list[i]), word)) {
            return true;
        }
    }
    return false;
}

/* The next run of letters and digits from `*at`, or an empty text. */
static str next_word(str text, size_t *at)
{
    while (*at < text.len && !ascii_is_alpha(text.data[*at]) && !ascii_is_digit(text.data[*at])) {
        ++*at;
    }
    size_t from = *at;
    while (*at < text.len && (ascii_is_alpha(text.data[*at]) || ascii_is_digit(text.data[*at]))) {
        ++*at;
    }
    return str_slice(text, from, *at);
}

/* "v2", "12", "1b": a version, no name. */
static bool is_version(str word)
{
    size_t at = word.len > 1 && word.data[0] == 'v' ? 1 : 0;
    return at < word.len && ascii_is_digit(word.data[at]);
}

/* Letters and digits alone, so that "cluster-agent" is found in "datadog-cluster-agent" and in "clusteragent". */
static str squeeze(str text, char *buffer, size_t room)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len && len < room; i++) {
        if (ascii_is_alpha(text.data[i]) || ascii_is_digit(text.data[i])) {
            buffer[len++] = ascii_lower(text.data[i]);
        }
    }
    return str_from(buffer, len);
}

enum { WORD_BYTES_MIN = 3, NAME_BYTES_MIN = 5, NAME_BYTES_MAX = 256 };

/* A word of `text` that is a name, and stands in `squeezed`. */
static bool shares_word(str text, str squeezed)
{
    size_t at = 0;
    for (str word = next_word(text, &at); word.len > 0; word = next_word(text, &at)) {
        bool is_name =
            word.len >= WORD_BYTES_MIN && !is_version(word) && !list_has(common_words, countof(common_words), word);
        if (is_name && str_contains(squeezed, word)) {
            return true;
        }
    }
    return false;
}

/* Nothing but words of a role and versions: "manager", "controller", "v2.12.0". */
static bool is_role_only(str product)
{
    size_t at = 0;
    size_t words = 0;
    for (str word = next_word(product, &at); word.len > 0; word = next_word(product, &at)) {
        if (!is_version(word) && !list_has(role_words, countof(role_words), word)) {
            return false;
        }
        words++;
    }
    return words > 0;
}

struct account {
    char namespace_text[NAME_BYTES_MAX];
    char name_text[NAME_BYTES_MAX];
    char namespace_squeezed_text[NAME_BYTES_MAX];
    char name_squeezed_text[NAME_BYTES_MAX];
    str name_space, name;
    str name_space_squeezed, name_squeezed;
};

/* system:serviceaccount:NAMESPACE:NAME */
static bool account_read(struct account *ret, str username)
{
    str rest = str_skip(username, sizeof("system:serviceaccount:") - 1);
    size_t colon = str_find_char(rest, ':', 0);
    if (colon == SIZE_MAX) {
        return false;
    }
    ret->name_space = lower_copy(str_slice(rest, 0, colon), ret->namespace_text, NAME_BYTES_MAX);
    ret->name = lower_copy(str_skip(rest, colon + 1), ret->name_text, NAME_BYTES_MAX);
    ret->name_space_squeezed = squeeze(ret->name_space, ret->namespace_squeezed_text, NAME_BYTES_MAX);
    ret->name_squeezed = squeeze(ret->name, ret->name_squeezed_text, NAME_BYTES_MAX);
    return ret->name_space.len > 0 && ret->name.len > 0;
}

static bool is_known_program(str product, const struct account *account)
{
    for (size_t i = 0; i < countof(known_programs); i++) {
        str owner = str_from_cstring(known_programs[i].owner);
        if (str_starts_with(product, str_from_cstring(known_programs[i].product)) &&
            (str_contains(account->name, owner) || str_contains(account->name_space, owner))) {
            return true;
        }
    }
    return false;
}

static bool is_named_after(str product, const struct account *account)
{
    char squeezed_text[AGENT_BYTES_MAX];
    str squeezed = squeeze(product, squeezed_text, sizeof(squeezed_text));
    if (squeezed.len >= NAME_BYTES_MIN && str_contains(account->name_squeezed, squeezed)) {
        return true;
    }
    return shares_word(product, account->name_squeezed) || shares_word(product, account->name_space_squeezed) ||
           shares_word(account->name, squeezed) || shares_word(account->name_space, squeezed);
}

/* The controllers of kube-controller-manager have accounts of their own, and write them into the user agent. */
static bool is_cluster_controller(const struct agent *agent, const struct account *account)
{
    bool is_cluster_namespace =
        str_eq(account->name_space, STR("kube-system")) || str_starts_with(account->name_space, STR("openshift"));
    return is_cluster_namespace && !str_eq(account->name, STR("default")) &&
           (str_starts_with(agent->product, STR("kube-")) || str_contains(agent->product, STR("controller-manager")) ||
            str_starts_with(agent->product, STR("cluster-policy-controller")) ||
            str_starts_with(agent->product, STR("openshift-")) || str_starts_with(agent->product, STR("hyperkube")) ||
            str_starts_with(agent->product, STR("k3s")) || str_starts_with(agent->product, STR("rke2")) ||
            str_starts_with(agent->product, STR("kubelite")));
}

static bool fits_account(const struct agent *agent, enum kube_client client, str username)
{
    struct account account;
    if (!account_read(&account, username)) {
        return false;
    }
    switch (client) {
    case KUBE_CLIENT_CONTROL_PLANE:
    case KUBE_CLIENT_KUBELET:
        return is_cluster_controller(agent, &account);
    case KUBE_CLIENT_PROGRAM:
    case KUBE_CLIENT_DASHBOARD:
        if (is_role_only(agent->product)) {
            return !str_eq(account.name, STR("default"));
        }
        return is_known_program(agent->product, &account) || is_named_after(agent->product, &account);
    default:
        return false;
    }
}

bool kube_known_client_fits(enum kube_client client, str user_agent, enum kube_identity identity, str username)
{
    struct agent agent;
    agent_read(&agent, user_agent);
    switch (identity) {
    case KUBE_IDENTITY_NODE:
        return client == KUBE_CLIENT_KUBELET || str_starts_with(agent.product, STR("k3s")) ||
               str_starts_with(agent.product, STR("rke2")) || str_starts_with(agent.product, STR("kube-proxy"));
    case KUBE_IDENTITY_BOOTSTRAP:
        return client == KUBE_CLIENT_KUBELET || str_starts_with(agent.product, STR("kubeadm"));
    case KUBE_IDENTITY_CONTROL_PLANE:
        /* Old servers did not log a user agent. */
        return client == KUBE_CLIENT_CONTROL_PLANE || client == KUBE_CLIENT_PROGRAM || client == KUBE_CLIENT_KUBELET ||
               client == KUBE_CLIENT_NONE;
    case KUBE_IDENTITY_CLOUD:
        return client == KUBE_CLIENT_CONTROL_PLANE || client == KUBE_CLIENT_PROGRAM ||
               str_starts_with(agent.product, STR("go-http-client"));
    case KUBE_IDENTITY_SERVICE_ACCOUNT:
        return fits_account(&agent, client, username);
    default:
        return false;
    }
}

bool kube_client_fits(str user_agent, str username)
{
    return kube_known_client_fits(kube_client_of(user_agent), user_agent, kube_identity_of(username), username);
}
