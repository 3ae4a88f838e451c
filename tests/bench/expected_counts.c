#include "bench/expected_counts.h"

#include <string.h>

#include "base/str.h"
#include "bench/log_generator.h"

static bool has(const char *text, const char *word)
{
    return strstr(text, word) != NULL;
}

static bool is_original(const char *text, bool has_kubectl, bool has_docker)
{
    bool is_kubectl = has_kubectl && (has(text, "get secret") || has(text, "describe secret") ||
                                      has(text, "get sa ") || has(text, "get serviceaccount") ||
                                      has(text, "get configmap") || has(text, " logs ") || has(text, " exec "));
    bool is_docker = has_docker && (has(text, "inspect") || has(text, "logs") || has(text, "exec") ||
                                    has(text, " env")) &&
                     (has(text, "pass") || has(text, "secret") || has(text, "token") || has(text, "key") ||
                      has(text, "credential"));
    return is_kubectl || is_docker || has(text, "/var/run/docker.sock");
}

static unsigned risk_score(const char *text, bool has_kubectl, bool has_docker)
{
    bool is_kubectl = has_kubectl && (has(text, "secret") || has(text, "serviceaccount") || has(text, "configmap"));
    bool is_docker = has_docker && (has(text, "inspect") || has(text, "logs") || has(text, "exec") ||
                                    has(text, "env"));
    return (unsigned)is_kubectl + (unsigned)is_docker + (unsigned)has(text, "docker.sock");
}

void expected_counts_add(struct expected_counts *counts, const char *text, size_t length, bool is_in_scope)
{
    char lower[TEMPLATE_TEXT_BYTES];
    if (length >= sizeof(lower)) {
        length = sizeof(lower) - 1;
    }
    for (size_t i = 0; i < length; i++) {
        lower[i] = text[i] == '~' ? ' ' : ascii_lower(text[i]);
    }
    lower[length] = '\0';
    bool has_kubectl = has(lower, "kubectl");
    bool has_docker = has(lower, "docker");
    if (!has_kubectl && !has_docker) {
        return;
    }
    counts->socket += has(lower, "docker.sock");
    if (is_in_scope && is_original(lower, has_kubectl, has_docker)) {
        counts->original++;
        counts->risk += risk_score(lower, has_kubectl, has_docker);
    }
}
