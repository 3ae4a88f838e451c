/* lookup/networks.h
 * The network hierarchy: which network an address lies in. The smallest block that holds it counts; no network is
 * built in.
 * Memory: one arena inside. Threads: any may read once loaded. A search costs the logarithm of the number of blocks.
 */
#ifndef LOOKUP_NETWORKS_H
#define LOOKUP_NETWORKS_H

#include "base/error.h"
#include "column/value.h"

enum { NETWORKS_NO_DOMAIN = -1 };

struct networks;

struct network {
    str name;      /* "Printers" */
    str full_name; /* with its group in front: "Berlin.Office.Printers" */
};

tocsin_status networks_create(struct networks **ret_networks, struct error *err) __attribute__((warn_unused_result));
void networks_free(struct networks *networks);

/*     networks:
 *       - name: Printers
 *         group: Berlin.Office           # optional
 *         cidr: 10.1.7.0/24              # or cidrs: a list
 *         domain: 3                      # optional: only there
 * The same block twice in one domain is a mistake. */
tocsin_status networks_load_text(struct networks *networks, str text, const char *source_name, struct error *err)
    __attribute__((warn_unused_result));

/* The network of the address, or NULL. Networks of the domain and those of no domain are searched; of two with the
 * same block the domain's own counts. NETWORKS_NO_DOMAIN: those of no domain and of the default domain. */
const struct network *networks_find(const struct networks *networks, const struct ip *ip, int64_t domain_id);

#endif
