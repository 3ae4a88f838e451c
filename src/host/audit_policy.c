#include "host/audit_policy.h"

#include <yaml.h>

#include "base/limits.h"

struct texts {
    str *items;
    size_t count;
};

struct policy_resource {
    str group;
    struct texts resources;
    bool has_names; /* resourceNames: objects of those names only */
};

struct policy_rule {
    enum policy_level level;
    struct texts verbs;
    struct policy_resource *resources;
    size_t resource_count;
    bool is_for_some; /* users, userGroups or namespaces */
    bool is_for_urls; /* nonResourceURLs: no resource at all */
};

struct audit_policy {
    struct policy_rule *rules;
    size_t rule_count;
};

static const char *const level_names[] = {"None", "Metadata", "Request", "RequestResponse"};

const char *policy_level_name(enum policy_level level)
{
    return level_names[level];
}

/* ---- reading: libyaml's document is an array of nodes that name each other by number --------------------------------
 */

static str node_text(const yaml_node_t *node)
{
    return node && node->type == YAML_SCALAR_NODE
               ? str_from((const char *)node->data.scalar.value, node->data.scalar.length)
               : STR_EMPTY;
}

static yaml_node_t *node_member(yaml_document_t *document, yaml_node_t *node, const char *name)
{
    if (!node || node->type != YAML_MAPPING_NODE) {
        return NULL;
    }
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        if (str_eq(node_text(yaml_document_get_node(document, pair->key)), str_from_cstring(name))) {
            return yaml_document_get_node(document, pair->value);
        }
    }
    return NULL;
}

static size_t node_count(const yaml_node_t *node)
{
    return node && node->type == YAML_SEQUENCE_NODE
               ? (size_t)(node->data.sequence.items.top - node->data.sequence.items.start)
               : 0;
}

static yaml_node_t *node_item(yaml_document_t *document, yaml_node_t *node, size_t index)
{
    return yaml_document_get_node(document, node->data.sequence.items.start[index]);
}

struct policy_reading {
    yaml_document_t document;
    struct arena *arena;
    size_t nodes_left; /* aliases may name a long list many times */
};

static bool take_nodes(struct policy_reading *reading, size_t count)
{
    if (count > reading->nodes_left) {
        return false;
    }
    reading->nodes_left -= count;
    return true;
}

static bool read_texts(struct policy_reading *reading, yaml_node_t *node, struct texts *ret)
{
    size_t count = node_count(node);
    ret->items = arena_array(reading->arena, str, count + 1);
    if (!ret->items || !take_nodes(reading, count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        ret->items[i] = arena_copy(reading->arena, node_text(node_item(&reading->document, node, i)));
        if (!ret->items[i].data) {
            return false;
        }
    }
    ret->count = count;
    return true;
}

static bool read_resources(struct policy_reading *reading, yaml_node_t *node, struct policy_rule *rule)
{
    size_t count = node_count(node);
    rule->resources = arena_array(reading->arena, struct policy_resource, count + 1);
    if (!rule->resources || !take_nodes(reading, count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct policy_resource *resource = &rule->resources[i];
        yaml_node_t *item = node_item(&reading->document, node, i);
        resource->group = arena_copy(reading->arena, node_text(node_member(&reading->document, item, "group")));
        resource->has_names = node_count(node_member(&reading->document, item, "resourceNames")) > 0;
        if (!resource->group.data ||
            !read_texts(reading, node_member(&reading->document, item, "resources"), &resource->resources)) {
            return false;
        }
    }
    rule->resource_count = count;
    return true;
}

/* False with `err` filled for a level that does not exist; false without for a lack of room. */
static bool read_rule(struct policy_reading *reading, yaml_node_t *node, struct policy_rule *rule, struct error *err)
{
    yaml_document_t *document = &reading->document;
    str level = node_text(node_member(document, node, "level"));
    size_t found = 0;
    while (found < countof(level_names) && !str_eq(level, str_from_cstring(level_names[found]))) {
        found++;
    }
    if (found == countof(level_names)) {
        error_set(err, TOCSIN_ERROR_CONFIG, "a rule of the audit policy has the level \"%.*s\"", STR_ARG(level));
        return false;
    }
    rule->level = (enum policy_level)found;
    rule->is_for_some = node_count(node_member(document, node, "users")) > 0 ||
                        node_count(node_member(document, node, "userGroups")) > 0 ||
                        node_count(node_member(document, node, "namespaces")) > 0;
    rule->is_for_urls = node_count(node_member(document, node, "nonResourceURLs")) > 0;
    return read_texts(reading, node_member(document, node, "verbs"), &rule->verbs) &&
           read_resources(reading, node_member(document, node, "resources"), rule);
}

static tocsin_status read_document(struct policy_reading *reading, struct audit_policy **ret_policy, struct error *err)
{
    yaml_node_t *root = yaml_document_get_root_node(&reading->document);
    yaml_node_t *rules = node_member(&reading->document, root, "rules");
    if (!str_eq(node_text(node_member(&reading->document, root, "kind")), STR("Policy")) || node_count(rules) == 0) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "this is no audit policy: it has no kind \"Policy\" with rules");
    }
    struct audit_policy *policy = arena_new(reading->arena, struct audit_policy);
    size_t count = node_count(rules);
    if (policy) {
        policy->rules = arena_array(reading->arena, struct policy_rule, count);
    }
    if (!policy || !policy->rules) {
        return error_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        struct error wrong = {0};
        if (!take_nodes(reading, 1) ||
            !read_rule(reading, node_item(&reading->document, rules, i), &policy->rules[i], &wrong)) {
            return wrong.status == TOCSIN_OK ? error_set(err, TOCSIN_ERROR_LIMIT, "the audit policy is too large")
                                             : error_set(err, wrong.status, "%s", wrong.message);
        }
        policy->rule_count++;
    }
    *ret_policy = policy;
    return TOCSIN_OK;
}

tocsin_status audit_policy_read(str text, struct arena *arena, struct audit_policy **ret_policy, struct error *err)
{
    struct policy_reading reading = {.arena = arena, .nodes_left = LIMIT_POLICY_NODES};
    yaml_parser_t parser;
    if (text.len > LIMIT_CONFIG_BYTES) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "the audit policy is larger than %zu MiB", LIMIT_CONFIG_BYTES / MEBI);
    }
    if (!yaml_parser_initialize(&parser)) {
        return error_memory(err);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.data, text.len);
    tocsin_status status;
    if (yaml_parser_load(&parser, &reading.document)) {
        status = read_document(&reading, ret_policy, err);
        yaml_document_delete(&reading.document);
    } else {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "line %zu: %s", parser.problem_mark.line + 1,
                           parser.problem ? parser.problem : "no YAML");
    }
    yaml_parser_delete(&parser);
    return status;
}

/* ---- meaning ----------------------------------------------------------------------------------------------------- */

/* A resource as policies name it; a star may stand for all, for a resource or for its part. */
static bool fits_resource(str pattern, str resource)
{
    if (str_eq(pattern, STR("*")) || str_eq(pattern, resource)) {
        return true;
    }
    if (str_starts_with(pattern, STR("*/"))) {
        return str_ends_with(resource, str_skip(pattern, 1));
    }
    return str_ends_with(pattern, STR("/*")) && str_starts_with(resource, str_slice(pattern, 0, pattern.len - 1));
}

static bool has_text(const struct texts *texts, str text)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (str_eq(texts->items[i], text)) {
            return true;
        }
    }
    return false;
}

/* *ret_is_partial: it fits some objects of the resource only. */
static bool fits(const struct policy_rule *rule, str group, str resource, str verb, bool *ret_is_partial)
{
    if (rule->is_for_urls || (rule->verbs.count > 0 && !has_text(&rule->verbs, verb))) {
        return false;
    }
    *ret_is_partial = rule->is_for_some;
    if (rule->resource_count == 0) {
        return true;
    }
    bool is_fitting = false;
    bool is_whole = false;
    for (size_t i = 0; i < rule->resource_count; i++) {
        const struct policy_resource *entry = &rule->resources[i];
        bool is_named = entry->resources.count == 0;
        for (size_t k = 0; k < entry->resources.count && !is_named; k++) {
            is_named = fits_resource(entry->resources.items[k], resource);
        }
        if (is_named && (str_eq(entry->group, group) || str_eq(entry->group, STR("*")))) {
            is_fitting = true;
            is_whole |= !entry->has_names;
        }
    }
    *ret_is_partial |= !is_whole;
    return is_fitting;
}

struct policy_answer audit_policy_level(const struct audit_policy *policy, str group, str resource, str verb)
{
    struct policy_answer answer = {.level = POLICY_NONE};
    for (size_t i = 0; i < policy->rule_count; i++) {
        bool is_partial;
        if (!fits(&policy->rules[i], group, resource, verb, &is_partial)) {
            continue;
        }
        if (!is_partial) {
            answer.level = policy->rules[i].level;
            answer.rule = i + 1;
            break;
        }
        if (policy->rules[i].level == POLICY_NONE) {
            answer.exception = answer.exceptions++ == 0 ? i + 1 : answer.exception;
        }
    }
    return answer;
}
