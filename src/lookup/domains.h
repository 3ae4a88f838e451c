/* lookup/domains.h
 * Domains (tenants): the name behind domainid. Built in is the default domain, id 0.
 * Memory: one arena inside. Threads: any may read once loaded.
 */
#ifndef LOOKUP_DOMAINS_H
#define LOOKUP_DOMAINS_H

#include "base/error.h"

struct domains;

tocsin_status domains_create(struct domains **ret_domains, struct error *err) __attribute__((warn_unused_result));
void domains_free(struct domains *domains);

/*     domains:
 *       - {id: 0, name: Headquarters}
 *       - {id: 3, name: Plant} */
tocsin_status domains_load_text(struct domains *domains, str text, const char *source_name, struct error *err)
    __attribute__((warn_unused_result));

/* Its name, or empty if there is no such domain. */
str domains_name(const struct domains *domains, int64_t id);
/* Its id by name, ignoring case; false if there is none. For files that name a domain. */
bool domains_find(const struct domains *domains, str name, int64_t *ret_id);

#endif
