/* format/kubernetes_walk.h
 * The walk of kubernetes_json.c over one object of compact JSON, to be compiled for each kind of processor behind
 * base/json_compact_pass.h. Checks as it goes: what it passes is JSON. Whatever is rare it leaves to the other walk.
 */

#ifndef FORMAT_KUBERNETES_WALK_H
#define FORMAT_KUBERNETES_WALK_H

struct compact_walk {
    struct kube_rule_index *rules;
    struct kube_shapes *shapes;
    struct kube_event *event;
    struct json_compact text;
};

#endif

COMPACT_TARGET static const char *COMPACT(compact_members)(struct compact_walk *walk, enum kube_rules set,
                                                           const char *at, int depth);

COMPACT_INLINE const char *COMPACT(compact_apply)(struct compact_walk *walk, const struct rule *rule, const char *at,
                                                  int depth)
{
    struct json_value value;
    const char *start = at;
    switch (rule->action) {
    case TAKE_TEXT:
    case TAKE_WHOLE:
        at = COMPACT(compact_value)(&walk->text, at, &value);
        if (at && value.kind != JSON_NULL && (rule->action == TAKE_WHOLE || value.kind <= JSON_STRING)) {
            kube_set(walk->event, rule->value, value);
        }
        return at;
    case GO_INTO:
    case GO_INTO_AND_TAKE:
        if (*at != '{' || depth == RULES_DEPTH_MAX) {
            return NULL;
        }
        at = COMPACT(compact_members)(walk, rule->rules, at + 1, depth);
        if (at && rule->action == GO_INTO_AND_TAKE) {
            kube_set(walk->event, rule->value, (struct json_value){JSON_OBJECT, false, {start, (size_t)(at - start)}});
        }
        return at;
    default:
        return NULL; /* events in something else */
    }
}

/* The members of an object from behind its opening bracket on. Gives what is behind the closing one, or NULL. */
COMPACT_TARGET static const char *COMPACT(compact_members)(struct compact_walk *walk, enum kube_rules set,
                                                           const char *at, int depth)
{
    struct kube_rule_index *index = walk->rules;
    const struct kube_key *keys = &index->keys[index->first_key[set]];
    const struct rule *rules = rule_sets[set].rules;
    unsigned before = 0;
    if (*at == '}') {
        return at + 1;
    }
    while (walk->text.end - at >= COMPACT_AHEAD) {
        unsigned guess = index->followers[set][before];
        const struct rule *rule = NULL;
        if (guess > 0 && keys[guess - 1].bits != 0 &&
            (bytes_equal32(at, keys[guess - 1].text) & keys[guess - 1].bits) == keys[guess - 1].bits) {
            rule = &rules[guess - 1];
            at += keys[guess - 1].length;
            before = guess;
        } else {
            bool has_escape;
            const char *quote = *at == '"' ? COMPACT(compact_string)(&walk->text, at + 1, &has_escape) : NULL;
            if (!quote || quote[1] != ':') {
                return NULL;
            }
            rule = rule_find(index, set, str_from(at + 1, (size_t)(quote - at) - 1));
            at = quote + 2;
            if (rule) {
                unsigned number = (unsigned)(rule - rules) + 1;
                index->followers[set][before] = (uint8_t)number;
                before = number;
            }
        }
        struct json_value ignored;
        at = rule ? COMPACT(compact_apply)(walk, rule, at, depth + 1)
                  : COMPACT(compact_value)(&walk->text, at, &ignored);
        if (!at) {
            return NULL;
        }
        if (*at != ',') {
            return *at == '}' ? at + 1 : NULL;
        }
        at++;
    }
    return NULL;
}
