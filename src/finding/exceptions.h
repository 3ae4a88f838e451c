/* finding/exceptions.h
 * What is known to be harmless: who does which act, from where, and who answers for it. A list in YAML
 * (docs/exceptions.md); a row that an entry fits is set aside and counted, never dropped unseen.
 *
 *     exceptions:
 *       - id: datadog_agent_on_the_docker_socket
 *         knob: [UserContext]                 UserContext, NamespaceScope, TimeWindow, SourceIP (MITRE AN0571)
 *         rules: ['docker_*']                 ids, * is any text, ? one character; rules or acts, or both
 *         acts: [docker socket, inspect container]
 *         scope:                              every key must fit; of a key's texts one
 *           identity: [dd-agent]
 *           process: [/opt/datadog-agent/bin/agent]
 *           source: [10.1.0.0/16, reference_set:Monitoring hosts]
 *         hours: {from: '22:00', to: '06:00', days: [mon, tue]}
 *         reason: the agent reads the list of containers
 *         owner: platform team
 *         expires: 2027-06-30
 *
 * An entry is narrow by construction: it names rules or acts, and at least one key of the scope that is not everything.
 * An entry that expired fits nothing any more that happened after that day; it is counted what it would have excepted.
 * Memory: one arena inside. Threads: any may ask once loaded, each with buffers of its own.
 * Limits: LIMIT_EXCEPTIONS, LIMIT_CONFIG_BYTES.
 */
#ifndef FINDING_EXCEPTIONS_H
#define FINDING_EXCEPTIONS_H

#include "base/civil_time.h"
#include "base/strbuf.h"
#include "finding/finding_row.h"

struct reference_data;
struct exceptions;

/* Texts have a NUL behind them. */
struct exception_info {
    str id;
    str reason;
    str owner;
    str expires; /* the day as in the file; empty: never */
    str source;  /* the file */
};

/* The zone is that of `hours` and `expires`; NULL is UTC. Both live as long as the exceptions. */
tocsin_status exceptions_create(const struct time_zone *zone, const struct reference_data *references,
                                struct exceptions **ret_exceptions, struct error *err)
    __attribute__((warn_unused_result));
void exceptions_free(struct exceptions *exceptions);

struct exceptions_options {
    bool allows_missing_sets; /* a reference set that nobody made is empty, else an error */
    const str *rule_ids;      /* of the pack, to tell of entries that fit none; and the texts of the rules */
    const str *rule_texts;
    size_t rule_count; /* 0: nothing is told */
};
/* Adds the list's entries. Errors are TOCSIN_ERROR_CONFIG with their place; then the exceptions are fit only to be
 * freed. */
tocsin_status exceptions_load_text(struct exceptions *exceptions, str text, const char *source_name,
                                   const struct exceptions_options *options, struct error *err)
    __attribute__((warn_unused_result));

size_t exceptions_count(const struct exceptions *exceptions);
void exceptions_get(const struct exceptions *exceptions, size_t index, struct exception_info *ret_info);

/* What is no error, but surely not meant: rules and acts that the pack does not have, with their place. */
enum { EXCEPTION_REMARKS_MAX = 20 };
size_t exceptions_remark_count(const struct exceptions *exceptions);
const struct error *exceptions_remark(const struct exceptions *exceptions, size_t index);

enum { EXCEPTION_NONE = UINT32_MAX };
/* The first entry that fits, or EXCEPTION_NONE. *ret_expired: the first that would fit, had it not expired; only if
 * there is no other. `is_failed` of the scratch buffer tells that memory was out. */
uint32_t exceptions_find(const struct exceptions *exceptions, str rule_id, const struct finding_row *row,
                         struct strbuf *scratch, uint32_t *ret_expired);

#endif
