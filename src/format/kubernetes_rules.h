/* format/kubernetes_rules.h
 * What is read from where in a Kubernetes audit event: a set of rules for each object that is gone into. The tables are
 * in kubernetes_json.c; for it and kubernetes_shape.c, for nobody else.
 */
#ifndef FORMAT_KUBERNETES_RULES_H
#define FORMAT_KUBERNETES_RULES_H

#include "format/kubernetes_event.h"

enum action {
    TAKE_TEXT,        /* a string, number or boolean */
    TAKE_WHOLE,       /* any value, objects and arrays as text; what there is of it if the text is cut */
    TAKE_PACKED,      /* may hold an event: a string with JSON in it, or an object */
    TAKE_LIST,        /* may hold events: an array */
    GO_INTO,          /* an object: go on with its own table */
    GO_INTO_OR_TAKE,  /* the same, or a string taken as text */
    GO_INTO_EACH,     /* an array of objects */
    GO_INTO_AND_TAKE, /* both */
};

struct rule {
    str key;
    enum action action;
    enum kube_value value;
    enum kube_rules rules;
};

/* How deep the tables lead: Entry, Payload, authorizationInfo, and one to spare. */
enum { RULES_DEPTH_MAX = 5 };

/* The rule for a key as written, or NULL. */
const struct rule *kube_rule_find(const struct kube_rule_index *index, enum kube_rules set, str key);

#endif
