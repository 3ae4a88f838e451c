/* fuzz_property_file.c - properties.yaml: loads, or gives an error with a place; what loaded is run on a few lines. */
#include "../../support/universal_harness.h"
#include "format/property_set_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const lines[] = {
    "<13>Nov 23 03:10:14 h app[1]: a=b command=\"x y\" some text 10.0.0.1",
    "LEEF:1.0|V|P|1|E|a=b\tcommand=x y\tsrc=1.2.3.4",
    "CEF:0|V|P|1|7|Name|5|a=b msg=x\\=y cs1Label=L cs1=v",
    "{\"a\":\"b\",\"c\":{\"d\":[1,2,{\"e\":\"f\"}]},\"message\":\"inner text\",\"raw\":\"eyJhIjoxfQ==\"}",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct property_set *set = NULL;
    struct error err = {0};
    universal_harness_check(property_set_create_empty(&set, &err), &err);
    tocsin_status status = property_set_load_text(set, str_from((const char *)data, size), "fuzz.yaml", &err);
    if (status != TOCSIN_OK) {
        if (status != TOCSIN_ERROR_CONFIG || err.message[0] == 0 || err.line == 0) {
            abort();
        }
        property_set_free(set);
        return 0;
    }
    struct universal_harness harness;
    if (universal_harness_try_open(&harness, set)) {
        for (size_t i = 0; i < countof(lines); i++) {
            universal_harness_line(&harness, str_from_cstring(lines[i]));
        }
    }
    universal_harness_close(&harness);
    return 0;
}
