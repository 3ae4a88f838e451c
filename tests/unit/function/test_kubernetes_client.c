#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "function/kubernetes_client.h"

static void check(const char *what, str found, const char *expected)
{
    if (!str_eq(found, str_from_cstring(expected))) {
        fail_msg("%s: %.*s, not %s", what, STR_ARG(found), expected);
    }
}

static void test_identities(void **state)
{
    static const struct {
        const char *username;
        const char *kind;
    } cases[] = {
        {"", "unknown"},
        {"alice@corp.example", "user"},
        {"kubernetes-admin", "user"},
        {"arn:aws:iam::111122223333:user/ann", "user"},
        {"system:admin", "user"},
        {"systematic", "user"},
        {"system:serviceaccount:shop:web", "service account"},
        {"system:node:worker-1", "node"},
        {"system:bootstrap:abcdef", "bootstrap"},
        {"system:kube-scheduler", "control plane"},
        {"system:apiserver", "control plane"},
        {"system:anonymous", "anonymous"},
        {"system:unauthenticated", "anonymous"},
        {"eks:addon-manager", "cloud provider"},
        {"aksService", "cloud provider"},
        {"aksServices", "user"},
        {"service-12@container-engine-robot.iam.gserviceaccount.com", "cloud provider"},
        {"deploy@project.iam.gserviceaccount.com", "user"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        enum kube_identity identity = kube_identity_of(str_from_cstring(cases[i].username));
        check(cases[i].username, kube_identity_name(identity), cases[i].kind);
    }
}

static void test_clients(void **state)
{
    static const struct {
        const char *agent;
        const char *kind;
    } cases[] = {
        {"", "none"},
        {"  ", "none"},
        {"kubectl/v1.29.4 (linux/amd64) kubernetes/55019c8", "kubectl"},
        {"kubectl1.32.4/v1.32.4 (linux/amd64) kubernetes/59526cd", "kubectl"},
        {"kubectl.exe/v1.29.4 (windows/amd64) kubernetes/55019c8", "kubectl"},
        {"oc/4.14.0 (linux/amd64) kubernetes/286cfa5", "kubectl"},
        {"octo-operator/v1", "program"},
        {"k9s/v0.32.4 (darwin/arm64) kubernetes/$Format", "dashboard"},
        {"dashboard-metrics-scraper/v1.0.8", "program"},
        {"Helm/3.14.4", "deployment tool"},
        {"helm-controller/v0.0.0 (linux/amd64) kubernetes/$Format", "program"},
        {"HashiCorp/1.0 Terraform/1.7.5", "deployment tool"},
        {"curl/8.1.2", "http client"},
        {"Wget/1.21.3", "http client"},
        {"python-requests/2.31.0", "http client"},
        {"Python/3.11 aiohttp/3.9.1", "http client"},
        {"Go-http-client/2.0", "http client"},
        {"Apache-HttpClient/4.5.13 (Java/17.0.2)", "http client"},
        {"Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041", "http client"},
        {"node-problem-detector/v0.8.10", "program"},
        {"OpenAPI-Generator/28.1.0/python", "client library"},
        {"fabric8-kubernetes-client/6.9.2", "client library"},
        {"Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0", "browser"},
        {"Mozilla/5.0 zgrab/0.x", "scanner"},
        {"peirates/v0.0.0 (linux/amd64) kubernetes/$Format", "attack tool"},
        {"cdk/v1.5.2", "attack tool"},
        {"cdk8s-operator/v2", "program"},
        {"kubelet/v1.29.4 (linux/amd64) kubernetes/55019c8", "kubelet"},
        {"kube-controller-manager/v1.29.4 (linux/amd64) kubernetes/55019c8/shared-informers", "control plane"},
        {"cert-manager-controller/v1.14.4 (linux/amd64) cert-manager/9d6b3a", "program"},
        {"v2.12.0", "program"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        check(cases[i].agent, kube_client_name(kube_client_of(str_from_cstring(cases[i].agent))), cases[i].kind);
    }
}

static void test_fits(void **state)
{
    static const struct {
        const char *agent;
        const char *username;
        bool fits;
    } cases[] = {
        {"argocd-application-controller/v2.11.0 (linux/amd64)",
         "system:serviceaccount:argocd:argocd-application-controller", true},
        {"Prometheus/2.52.0", "system:serviceaccount:monitoring:prometheus-k8s", true},
        {"cluster-agent/7.53", "system:serviceaccount:datadog:datadog-cluster-agent", true},
        {"manager/v3.15.1", "system:serviceaccount:gatekeeper-system:gatekeeper-admin", true},
        {"v2.12.0", "system:serviceaccount:monitoring:kube-state-metrics", true},
        {"pilot-discovery/1.20.0", "system:serviceaccount:istio-system:istiod", true},
        {"pilot-discovery/1.20.0", "system:serviceaccount:shop:web", false},
        {"elbv2.k8s.aws/v2.7.1 aws-sdk-go/1.51", "system:serviceaccount:kube-system:aws-load-balancer-controller",
         true},
        {"kube-controller-manager/v1.29.4 (linux/amd64) kubernetes/55019c8",
         "system:serviceaccount:kube-system:namespace-controller", true},
        {"kube-controller-manager/v1.29.4 (linux/amd64) kubernetes/55019c8", "system:serviceaccount:shop:web", false},
        {"kube-controller-manager/v1.29.4", "system:serviceaccount:kube-system:default", false},
        {"kubectl/v1.29.4", "system:serviceaccount:cert-manager:cert-manager", false},
        {"curl/8.1.2", "system:serviceaccount:curl:curl", false},
        {"manager/v0.0.0", "system:serviceaccount:shop:default", false},
        {"-", "system:serviceaccount:shop:web", false},
        {"external-secrets/v0.9.13", "system:serviceaccount:shop:web", false},
        {"app/v1", "system:serviceaccount:apps:app", false},
        {"peirates/v0.0.0", "system:serviceaccount:peirates:peirates", false},
        {"kubelet/v1.29.4 (linux/amd64) kubernetes/55019c8", "system:node:worker-1", true},
        {"kubectl/v1.29.4", "system:node:worker-1", false},
        {"kubelet/v1.29.4", "alice", false},
        {"kubelet/v1.29.4", "system:serviceaccount:shop:web", false},
        {"kube-scheduler/v1.29.4", "system:kube-scheduler", true},
        {"curl/8.1.2", "system:kube-scheduler", false},
        {"", "system:apiserver", true},
        {"", "system:serviceaccount:kube-system:replicaset-controller", false},
        {"Go-http-client/1.1", "eks:addon-manager", true},
        {"kubectl/v1.29.4", "eks:addon-manager", false},
        {"kubeadm/v1.29.4", "system:bootstrap:abcdef", true},
        {"curl/8", "system:anonymous", false},
        {"web/v1", "system:serviceaccount:", false},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        bool fits = kube_client_fits(str_from_cstring(cases[i].agent), str_from_cstring(cases[i].username));
        if (fits != cases[i].fits) {
            fail_msg("%s as %s: %d", cases[i].agent, cases[i].username, fits);
        }
    }
}

/* Nothing is read behind what is looked at, however long the texts are. */
static void test_long_texts(void **state)
{
    static char text[100000];
    memset(text, 'a', sizeof(text));
    str agent = str_from(text, sizeof(text));
    assert_int_equal(kube_client_of(agent), KUBE_CLIENT_PROGRAM);
    memcpy(text, "system:serviceaccount:", 22);
    assert_false(kube_client_fits(agent, agent));
    text[50000] = ':';
    assert_false(kube_client_fits(STR("zzz/1"), agent));
    memset(text, '/', sizeof(text));
    assert_int_equal(kube_client_of(agent), KUBE_CLIENT_PROGRAM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_clients),
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
