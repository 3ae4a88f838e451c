/* fuzz_lookup_files.c - every file of a configuration folder: loads, or gives an error with a place. The first byte
 * chooses the file; what was loaded is asked a few things. */
#include <stdlib.h>

#include "lookup/applications.h"
#include "lookup/assets.h"
#include "lookup/deployment.h"
#include "lookup/domains.h"
#include "lookup/lookup.h"
#include "lookup/networks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static tocsin_status try_domains(struct lookup_tables *tables, str text, struct error *err)
{
    tocsin_status status = domains_load_text(tables->domains, text, "domains.yaml", err);
    int64_t id;
    if (status == TOCSIN_OK && domains_find(tables->domains, domains_name(tables->domains, 7), &id) && id != 7) {
        abort();
    }
    return status;
}

static struct ip address_of(const char *text)
{
    struct ip ip;
    if (!ip_parse(str_from_cstring(text), &ip)) {
        abort();
    }
    return ip;
}

static tocsin_status try_networks(struct lookup_tables *tables, str text, struct error *err)
{
    tocsin_status status = networks_load_text(tables->networks, text, "networks.yaml", err);
    static const char *const addresses[] = {"10.0.0.1", "0.0.0.0", "::", "fd00::1", "255.255.255.255"};
    for (size_t i = 0; status == TOCSIN_OK && i < countof(addresses); i++) {
        struct ip ip = address_of(addresses[i]);
        const struct network *network = networks_find(tables->networks, &ip, (int64_t)i - 1);
        if (network && !str_ends_with(network->full_name, network->name)) {
            abort();
        }
    }
    return status;
}

static tocsin_status try_deployment(struct lookup_tables *tables, str text, struct error *err)
{
    tocsin_status status = deployment_load_text(tables->deployment, text, "deployment.yaml", err);
    const struct processor *processor = status == TOCSIN_OK ? deployment_find(tables->deployment, 1) : NULL;
    if (processor && deployment_find_name(tables->deployment, processor->name) != processor) {
        abort();
    }
    if (status == TOCSIN_OK) {
        (void)deployment_suggest(tables->deployment, STR("eventprocessor"));
    }
    return status;
}

static tocsin_status try_applications(struct lookup_tables *tables, str text, struct error *err)
{
    tocsin_status status = applications_load_text(tables->applications, text, "applications.yaml", err);
    if (status == TOCSIN_OK && applications_name(tables->applications, 1019).len == 0) {
        abort();
    }
    return status;
}

static tocsin_status try_assets(struct lookup_tables *tables, str text, struct error *err)
{
    static const int64_t times[] = {INT64_MIN, 0, 1700000000000, INT64_MAX};
    tocsin_status status = assets_load_text(tables->assets, text, "assets.yaml", err);
    struct ip ip = address_of("10.0.0.1");
    for (size_t i = 0; status == TOCSIN_OK && i < countof(times); i++) {
        const struct asset *asset = assets_find(tables->assets, &ip, (int64_t)i - 1, times[i]);
        const struct asset_search *search = assets_find_search(tables->assets, STR("a"));
        if (asset) {
            (void)asset_hostname(asset, times[i]);
            (void)asset_user(asset, times[i]);
            (void)asset_property(asset, STR("Location"), times[i]);
        }
        if (search) {
            (void)assets_search_matches(tables->assets, search, &ip, times[i]);
        } else {
            (void)assets_suggest_search(tables->assets, STR("aa"));
        }
    }
    return status;
}

static tocsin_status (*const tries[])(struct lookup_tables *, str, struct error *) = {
    try_domains, try_networks, try_deployment, try_applications, try_assets};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct lookup_tables *tables = NULL;
    struct error err = {0};
    if (lookup_tables_create(&tables, &err) != TOCSIN_OK) {
        abort();
    }
    str text = str_from((const char *)data + 1, size - 1);
    tocsin_status status = tries[data[0] % countof(tries)](tables, text, &err);
    if (status != TOCSIN_OK && (status != TOCSIN_ERROR_CONFIG || err.line == 0 || err.message[0] == 0)) {
        abort();
    }
    lookup_tables_free(tables);
    return 0;
}
