#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "bench/log_generator.h"

enum { VERB_GET, VERB_LIST, VERB_WATCH, VERB_UPDATE, VERB_PATCH, VERB_CREATE, VERB_DELETE, VERB_COUNT };
enum { RESOURCE_SECRETS = 6, RESOURCE_COUNT = 11 };

static const char *const verbs[VERB_COUNT] = {"get", "list", "watch", "update", "patch", "create", "delete"};
static const double verb_weights[VERB_COUNT] = {40, 18, 20, 14, 4, 3, 1};
static const struct {
    const char *name;
    const char *group;
} resources[RESOURCE_COUNT] = {
    {"pods", ""},       {"leases", "coordination.k8s.io"}, {"configmaps", ""},      {"nodes", ""},
    {"endpoints", ""},  {"deployments", "apps"},           {"secrets", ""},         {"serviceaccounts", ""},
    {"events", ""},     {"services", ""},                  {"replicasets", "apps"},
};
static const double resource_weights[RESOURCE_COUNT] = {22, 25, 10, 9, 7, 6, 3, 3, 5, 6, 4};

/* One request, before it is written. */
struct request {
    uint32_t verb;
    uint32_t resource;
    const char *name_space;
    const char *application;
    const char *node;
    const char *address;
    char user[96];
    char user_id[TEMPLATE_TEXT_BYTES];
    char object[TEMPLATE_TEXT_BYTES];
    bool is_human;
    bool has_bodies; /* RequestResponse instead of Metadata */
    uint32_t code;
    uint64_t received_us;
};

static void put_uuid(struct generator *generator)
{
    char text[TEMPLATE_TEXT_BYTES];
    generator_expand(generator, "{u}", text);
    generator_puts(generator, text);
}

static void put_time(struct generator *generator, uint64_t time_us)
{
    time_t seconds = (time_t)(time_us / 1000000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    generator_print(generator, "%04d-%02d-%02dT%02d:%02d:%02d.%06uZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                    tm.tm_hour, tm.tm_min, tm.tm_sec, (unsigned)(time_us % 1000000));
}

static void make_request(struct generator *generator, const struct choice *verb, const struct choice *resource,
                         struct request *request, uint64_t *secret_count)
{
    request->verb = choice_pick(verb, &generator->random);
    request->resource = choice_pick(resource, &generator->random);
    uint32_t host = choice_pick(&generator->host, &generator->random);
    request->node = generator->hosts[host];
    request->address = generator->host_addresses[host];
    request->name_space = generator_name_space(generator);
    uint32_t user_kind = generator_below(generator, 10);
    request->application = generator_word(generator);
    if (generator->has_unique_commands) {
        generator_expand(generator, "{P}", request->object);
    } else {
        snprintf(request->object, sizeof(request->object), "%s-%05x", request->application,
                 choice_pick(&generator->small_pool, &generator->random) * 2654435761u >> 12);
    }
    bool is_attack = random_next(&generator->random) % 10000 == 0;
    if (is_attack) {
        request->resource = RESOURCE_SECRETS;
        request->verb = generator_below(generator, 2);
        generator->attack_count++;
    }
    request->is_human = is_attack || user_kind >= 9;
    if (request->is_human) {
        snprintf(request->user, sizeof(request->user), "%s@example.com",
                 vocabulary_users[9 + generator_below(generator, 18)]);
    } else if (user_kind < 5) {
        snprintf(request->user, sizeof(request->user), "system:serviceaccount:%s:%s", request->name_space,
                 request->application);
    } else {
        snprintf(request->user, sizeof(request->user), "system:node:%s", request->node);
    }
    *secret_count += request->resource == RESOURCE_SECRETS && request->verb <= VERB_LIST && request->is_human;
    generator_expand(generator, "{u}", request->user_id);
}

static void put_uri(struct generator *generator, const struct request *request)
{
    const char *group = resources[request->resource].group;
    if (group[0]) {
        generator_print(generator, "/apis/%s/v1/namespaces/%s/%s", group, request->name_space,
                        resources[request->resource].name);
    } else {
        generator_print(generator, "/api/v1/namespaces/%s/%s", request->name_space, resources[request->resource].name);
    }
    if (request->verb == VERB_WATCH) {
        generator_print(generator,
                        "?allowWatchBookmarks=true\\u0026fieldSelector=metadata.name%%3D%s\\u0026resourceVersion=%u"
                        "\\u0026timeout=7m11s\\u0026timeoutSeconds=431\\u0026watch=true",
                        request->object, generator_below(generator, 1u << 30));
    } else if (request->verb == VERB_LIST) {
        generator_puts(generator, "?limit=500\\u0026resourceVersion=0");
    } else if (request->verb == VERB_CREATE) {
        generator_puts(generator, "?timeout=10s");
    } else {
        generator_print(generator, "/%s?timeout=10s", request->object);
    }
}

static void put_user(struct generator *generator, const struct request *request)
{
    generator_print(generator, "\",\"user\":{\"username\":\"%s\",\"uid\":\"%s\",\"groups\":[", request->user,
                    request->user_id);
    if (request->is_human) {
        generator_puts(generator, "\"oidc:platform-engineers\",\"oidc:sre\",\"system:authenticated\"");
    } else {
        generator_print(generator,
                        "\"system:serviceaccounts\",\"system:serviceaccounts:%s\",\"system:authenticated\"",
                        request->name_space);
    }
    generator_puts(generator, "],\"extra\":{\"authentication.kubernetes.io/credential-id\":[\"JTI=");
    put_uuid(generator);
    generator_print(generator,
                    "\"],\"authentication.kubernetes.io/node-name\":[\"%s\"],"
                    "\"authentication.kubernetes.io/node-uid\":[\"",
                    request->node);
    put_uuid(generator);
    generator_print(generator,
                    "\"],\"authentication.kubernetes.io/pod-name\":[\"%s\"],"
                    "\"authentication.kubernetes.io/pod-uid\":[\"",
                    request->object);
    put_uuid(generator);
    generator_print(generator, "\"]}},\"sourceIPs\":[\"%s", request->address);
    if (generator_below(generator, 8) == 0) {
        generator_print(generator, "\",\"192.168.0.%u", 1 + generator_below(generator, 250));
    }
    generator_puts(generator, "\"],\"userAgent\":\"");
    if (request->is_human) {
        generator_puts(generator, "kubectl/v1.31.2 (linux/amd64) kubernetes/5864a46");
    } else {
        generator_print(generator, "%s/v0.0.0 (linux/amd64) kubernetes/$Format/%s-controller", request->application,
                        resources[request->resource].name);
    }
}

static void put_object(struct generator *generator, struct request *request)
{
    const char *group = resources[request->resource].group;
    generator_print(generator, "\",\"objectRef\":{\"resource\":\"%s\",\"namespace\":\"%s\"",
                    resources[request->resource].name, request->name_space);
    if (request->verb != VERB_LIST && request->verb != VERB_CREATE) {
        generator_print(generator, ",\"name\":\"%s\"", request->object);
    }
    generator_puts(generator, ",\"uid\":\"");
    put_uuid(generator);
    generator_puts(generator, "\"");
    if (group[0]) {
        generator_print(generator, ",\"apiGroup\":\"%s\"", group);
    }
    generator_print(generator, ",\"apiVersion\":\"v1\",\"resourceVersion\":\"%u",
                    generator_below(generator, 1u << 30));
    generator_puts(generator, "\"},\"responseStatus\":{\"metadata\":{}");
    request->code = 200;
    if (generator_below(generator, 40) == 0) {
        request->code = generator_below(generator, 2) ? 404 : 403;
        generator_puts(generator, ",\"status\":\"Failure\",\"message\":\"not found or forbidden: \\\"request\\\" "
                                  "denied\",\"reason\":\"Forbidden\"");
    }
    generator_print(generator, ",\"code\":%u}", request->code);
}

static void put_body(struct generator *generator, const struct request *request)
{
    generator_print(generator,
                    "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\","
                    "\"uid\":\"",
                    request->object, request->name_space);
    put_uuid(generator);
    uint32_t version = generator_below(generator, 1u << 30);
    uint32_t hash = generator_below(generator, 1u << 31);
    generator_print(generator,
                    "\",\"resourceVersion\":\"%u\",\"labels\":{\"app\":\"%s\",\"pod-template-hash\":\"%x\"},"
                    "\"annotations\":{\"kubectl.kubernetes.io/last-applied-configuration\":\"{\\\"apiVersion\\\":"
                    "\\\"v1\\\",\\\"kind\\\":\\\"Pod\\\",\\\"metadata\\\":{\\\"name\\\":\\\"%s\\\"}}\\n\"}},",
                    version, request->application, hash, request->object);
    char digest[TEMPLATE_TEXT_BYTES];
    generator_expand(generator, "{x}", digest);
    const char *application = request->application;
    generator_print(generator,
                    "\"spec\":{\"containers\":[{\"name\":\"%s\",\"image\":\"registry.example.internal/%s@sha256:%s\","
                    "\"command\":[\"/bin/sh\",\"-c\",\"exec /srv/%s/run --port 8080\"],\"env\":[{\"name\":\"DB_HOST\","
                    "\"value\":\"%s-db\"},{\"name\":\"LOG_LEVEL\",\"value\":\"info\"}],\"resources\":{\"limits\":"
                    "{\"cpu\":\"500m\",\"memory\":\"512Mi\"},\"requests\":{\"cpu\":\"100m\",\"memory\":\"128Mi\"}}}],",
                    application, application, digest, application, application);
    generator_print(generator,
                    "\"nodeName\":\"%s\",\"restartPolicy\":\"Always\"},\"status\":{\"phase\":\"Running\",\"podIP\":"
                    "\"10.%u.1.7\"}}",
                    request->node, generator_below(generator, 250));
}

static void put_event(struct generator *generator, struct request *request)
{
    generator_puts(generator, "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"");
    request->has_bodies = request->verb >= VERB_UPDATE && request->verb <= VERB_CREATE &&
                          generator_below(generator, 3) == 0;
    generator_print(generator, "%s\",\"auditID\":\"", request->has_bodies ? "RequestResponse" : "Metadata");
    put_uuid(generator);
    generator_puts(generator, "\",\"stage\":\"ResponseComplete\",\"requestURI\":\"");
    put_uri(generator, request);
    generator_print(generator, "\",\"verb\":\"%s", verbs[request->verb]);
    put_user(generator, request);
    put_object(generator, request);
    if (request->has_bodies) {
        char unused[TEMPLATE_TEXT_BYTES]; /* drawn, not written: part of the data's identity */
        generator_expand(generator, "{P}", unused);
        generator_puts(generator, ",\"requestObject\":");
        put_body(generator, request);
        generator_puts(generator, ",\"responseObject\":");
        put_body(generator, request);
    }
    generator_puts(generator, ",\"requestReceivedTimestamp\":\"");
    put_time(generator, request->received_us);
    generator_puts(generator, "\",\"stageTimestamp\":\"");
    put_time(generator, request->received_us + 500 + generator_below(generator, 90000));
    const char *application = request->application;
    generator_print(generator,
                    "\",\"annotations\":{\"authorization.k8s.io/decision\":\"%s\",\"authorization.k8s.io/reason\":"
                    "\"RBAC: allowed by ClusterRoleBinding \\\"%s-binding\\\" of ClusterRole \\\"%s\\\" to "
                    "ServiceAccount \\\"%s/%s\\\"\"}}\n",
                    request->code == 403 ? "forbid" : "allow", application, application, application,
                    request->name_space);
}

void generate_kubernetes(struct generator *generator, uint64_t event_count)
{
    struct choice verb;
    struct choice resource;
    choice_init(&verb, verb_weights, VERB_COUNT);
    choice_init(&resource, resource_weights, RESOURCE_COUNT);
    uint64_t time_us = GENERATOR_TIME_MS * 1000;
    uint64_t secret_count = 0;
    for (uint64_t i = 0; i < event_count; i++) {
        generator_event(generator);
        static struct request request;
        time_us += generator_below(generator, 90000);
        request.received_us = time_us;
        make_request(generator, &verb, &resource, &request, &secret_count);
        put_event(generator, &request);
    }
    choice_release(&verb);
    choice_release(&resource);
    generator_flush(generator);
    fprintf(stderr, "events=%llu attacks=%llu human_secret_get_list=%llu out_bytes=%llu\n",
            (unsigned long long)event_count, (unsigned long long)generator->attack_count,
            (unsigned long long)secret_count, (unsigned long long)generator->output_bytes);
}
