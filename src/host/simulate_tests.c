/* The four tests, as the detection page has them. */
#include "host/simulate_internal.h"

const struct simulate_test simulate_tests[SIMULATE_TESTS] = {
    {
        .number = 1,
        .title = "list all Kubernetes secrets with kubectl",
        .does = "kubectl get secrets --all-namespaces, against an API server of our own on 127.0.0.1:6443",
        .programs = {"kubectl"},
        .argv = {"kubectl", "get", "secrets", "--all-namespaces"},
        .signals =
            {
                {SIGNAL_AUDIT, "EXECVE of kubectl get secrets",
                 "\"Record Types\" ILIKE '%EXECVE%' AND \"Command\" ILIKE '%kubectl%get%secrets%'"},
                {SIGNAL_AUDIT, "connection to the API server, 127.0.0.1:6443",
                 "destinationip = '127.0.0.1' AND destinationport = 6443"},
                {SIGNAL_ELSEWHERE, "Kubernetes audit: list of secrets", ""},
            },
    },
    {
        .number = 2,
        .title = "docker ps into docker inspect, for environment variables",
        .does =
            "docker ps --quiet | xargs docker inspect --format '{{json .Config.Env}}', in bash or sh, against a Docker "
            "API of our own at /var/run/docker.sock",
        .programs = {"docker", "xargs"},
        .argv = {"bash", "-c", "docker ps --quiet | xargs docker inspect --format '{{json .Config.Env}}'"},
        .is_docker = true,
        .signals =
            {
                {SIGNAL_AUDIT, "EXECVE of docker ps",
                 "\"Record Types\" ILIKE '%EXECVE%' AND \"Command\" ILIKE '%docker ps%' AND \"Process Name\" = "
                 "'docker'"},
                {SIGNAL_AUDIT, "EXECVE of xargs docker inspect",
                 "\"Record Types\" ILIKE '%EXECVE%' AND \"Command\" ILIKE 'xargs%docker%inspect%'"},
                {SIGNAL_AUDIT, "EXECVE of docker inspect",
                 "\"Record Types\" ILIKE '%EXECVE%' AND \"Command\" ILIKE 'docker%inspect%'"},
                {SIGNAL_AUDIT, "use of /var/run/docker.sock", "\"Socket Path\" ILIKE '%/docker.sock'"},
                {SIGNAL_DOCKER, "dockerd: calls of its API", "/containers/"},
            },
    },
    {
        .number = 3,
        .title = "read a service account token",
        .does = "cat /var/run/secrets/kubernetes.io/serviceaccount/token, a dummy that we made",
        .programs = {"cat"},
        .argv = {"cat", "/var/run/secrets/kubernetes.io/serviceaccount/token"},
        .signals =
            {
                {SIGNAL_AUDIT, "EXECVE of cat with the token's path",
                 "\"Record Types\" ILIKE '%EXECVE%' AND \"Command\" ILIKE '%cat%serviceaccount/token%'"},
                {SIGNAL_AUDIT, "OPEN of the token",
                 "\"System Call\" ILIKE 'open%' AND "
                 "\"File Path\" ILIKE '%serviceaccount/token'"},
                {SIGNAL_TOKEN, "the token is a JWT that names its account", ""},
            },
    },
    {
        .number = 4,
        .title = "call an open Docker API on 2375",
        .does = "curl http://localhost:2375/containers/json, against a Docker API of our own on 127.0.0.1:2375",
        .programs = {"curl"},
        .argv = {"curl", "--silent", "http://localhost:2375/containers/json"},
        .is_docker = true,
        .signals =
            {
                {SIGNAL_AUDIT, "EXECVE of curl with localhost:2375",
                 "\"Record Types\" ILIKE '%EXECVE%' AND \"Command\" ILIKE '%curl%localhost:2375%'"},
                {SIGNAL_AUDIT, "connection to 127.0.0.1:2375",
                 "destinationip = '127.0.0.1' AND destinationport = 2375"},
                {SIGNAL_DOCKER, "dockerd: call of its API", "/containers/json"},
            },
    },
};
