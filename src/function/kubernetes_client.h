/* function/kubernetes_client.h
 * Who asks a Kubernetes API server, by the names the audit log has: kinds of identities and of programs, and whether a
 * program is the identity's own.
 * A user agent is what the client says of itself: it tells a careless thief and never clears anybody by itself.
 * Memory: answers are constant texts. Threads: any.
 */
#ifndef FUNCTION_KUBERNETES_CLIENT_H
#define FUNCTION_KUBERNETES_CLIENT_H

#include "base/str.h"

/* X(symbol, name) */
#define KUBE_IDENTITY_LIST(X)                                                                                          \
    X(KUBE_IDENTITY_UNKNOWN, "unknown")                                                                                \
    X(KUBE_IDENTITY_ANONYMOUS, "anonymous")                                                                            \
    X(KUBE_IDENTITY_SERVICE_ACCOUNT, "service account")                                                                \
    X(KUBE_IDENTITY_NODE, "node")                                                                                      \
    X(KUBE_IDENTITY_BOOTSTRAP, "bootstrap")                                                                            \
    X(KUBE_IDENTITY_CONTROL_PLANE, "control plane")                                                                    \
    X(KUBE_IDENTITY_CLOUD, "cloud provider")                                                                           \
    X(KUBE_IDENTITY_USER, "user")

#define KUBE_CLIENT_LIST(X)                                                                                            \
    X(KUBE_CLIENT_NONE, "none")                                                                                        \
    X(KUBE_CLIENT_KUBECTL, "kubectl")                                                                                  \
    X(KUBE_CLIENT_DASHBOARD, "dashboard")                                                                              \
    X(KUBE_CLIENT_DEPLOYMENT, "deployment tool")                                                                       \
    X(KUBE_CLIENT_HTTP, "http client")                                                                                 \
    X(KUBE_CLIENT_LIBRARY, "client library")                                                                           \
    X(KUBE_CLIENT_BROWSER, "browser")                                                                                  \
    X(KUBE_CLIENT_ATTACK_TOOL, "attack tool")                                                                          \
    X(KUBE_CLIENT_SCANNER, "scanner")                                                                                  \
    X(KUBE_CLIENT_KUBELET, "kubelet")                                                                                  \
    X(KUBE_CLIENT_CONTROL_PLANE, "control plane")                                                                      \
    X(KUBE_CLIENT_PROGRAM, "program")

#define KUBE_NAME_ENUM(symbol, name) symbol,
enum kube_identity { KUBE_IDENTITY_LIST(KUBE_NAME_ENUM) KUBE_IDENTITY_COUNT };
enum kube_client { KUBE_CLIENT_LIST(KUBE_NAME_ENUM) KUBE_CLIENT_COUNT };
#undef KUBE_NAME_ENUM

str kube_identity_name(enum kube_identity identity);
str kube_client_name(enum kube_client client);

enum kube_identity kube_identity_of(str username);
enum kube_client kube_client_of(str user_agent);

/* The program is one that this identity runs by its nature: a kubelet for a node, the API server's companions for the
 * control plane, for a service account the program that it or its namespace is named after. Never true for users. */
bool kube_client_fits(str user_agent, str username);
/* The same, where it is known what kind of client and of identity they are. */
bool kube_known_client_fits(enum kube_client client, str user_agent, enum kube_identity identity, str username);

#endif
