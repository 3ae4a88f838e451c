/* fuzz_lookup_files.c - every file of a configuration folder: loads, or gives an error with a place. The first byte
 * chooses the file; what was loaded is asked a few things. */
#include <stdlib.h>

#include "lookup/domains.h"
#include "lookup/lookup.h"

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

static tocsin_status (*const tries[])(struct lookup_tables *, str, struct error *) = {try_domains};

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
