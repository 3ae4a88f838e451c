/* lookup/assets.h
 * Assets: which machine had an address, what it was called, who used it, and what else is known of it; and saved
 * searches over them. Nothing is built in.
 * Memory: one arena inside. Threads: any may read once loaded. A search costs the logarithm of the number of addresses.
 */
#ifndef LOOKUP_ASSETS_H
#define LOOKUP_ASSETS_H

#include "base/error.h"
#include "column/value.h"

struct assets;
struct asset;
struct asset_search;

enum { ASSETS_NO_DOMAIN = -1 };

tocsin_status assets_create(struct assets **ret_assets, struct error *err) __attribute__((warn_unused_result));
void assets_free(struct assets *assets);

/*     assets:
 *       - addresses: [10.1.0.7, "fd00::7"]
 *         hostname: web-1.example.com
 *         user: joe
 *         domain: 3                        # optional: only there
 *         from: 2026-01-01                 # optional: since when, and until when, the addresses are this asset's
 *         to: 2026-07-01
 *         history:                         # other names and users at other times
 *           - {hostname: web-old.example.com, from: 2026-01-01, to: 2026-02-01}
 *           - {user: ann, to: 2026-02-01}
 *         properties:
 *           - {name: Location, value: Berlin}
 *     searches:
 *       - name: Machines in Berlin
 *         cidrs: [10.0.0.0/8]              # in one of them
 *         properties:                      # and with all of these
 *           - {name: Location, value: Berlin}
 * An address that belongs to two assets of a domain at the same time is a mistake. */
tocsin_status assets_load_text(struct assets *assets, str text, const char *source_name, struct error *err)
    __attribute__((warn_unused_result));

/* The asset that had the address then, or NULL. Assets of the domain and those of no domain are searched; the domain's
 * own count first. ASSETS_NO_DOMAIN: those of no domain and of the default domain. */
const struct asset *assets_find(const struct assets *assets, const struct ip *ip, int64_t domain_id, int64_t time_ms);

/* Whether some answer depends on the time asked about; false: every time gives the same. */
bool assets_have_times(const struct assets *assets);

/* Each empty if nothing is known. */
str asset_hostname(const struct asset *asset, int64_t time_ms);
str asset_user(const struct asset *asset, int64_t time_ms);
/* Names ignore case. "Unified Name" is the host name where nobody gave another one. */
str asset_property(const struct asset *asset, str name, int64_t time_ms);

/* By name, ignoring case; NULL if there is none. */
const struct asset_search *assets_find_search(const struct assets *assets, str name);
/* The name nearest to one that does not exist, for "did you mean"; empty if none is near. */
str assets_suggest_search(const struct assets *assets, str name);
bool assets_search_matches(const struct assets *assets, const struct asset_search *search, const struct ip *ip,
                           int64_t time_ms);

#endif
