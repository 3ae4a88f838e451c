/* fuzz_intelligence_files.c - xforce.csv and lists behind URLs: each loads, or gives an error with a place. The first
 * byte chooses; what was loaded is asked for what stands in it. */
#include <stdlib.h>

#include "base/memory.h"
#include "lookup/url_lists.h"
#include "lookup/xforce.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static tocsin_status try_xforce(str text, struct error *err)
{
    struct xforce *xforce = NULL;
    struct strbuf scratch;
    struct ip ip;
    if (xforce_create(&xforce, err) != TOCSIN_OK || !ip_parse(STR("10.0.0.1"), &ip)) {
        abort();
    }
    tocsin_status status = xforce_load_text(xforce, text, "xforce.csv", err);
    if (status == TOCSIN_OK) {
        strbuf_init(&scratch, 1 << 20);
        uint32_t category = xforce_category_find(xforce, STR("bots"), &scratch);
        int64_t confidence = xforce_ip_confidence(xforce, category, &ip);
        if (confidence < 0 || confidence > 100 || (confidence > 0 && xforce_ip_category(xforce, &ip).len == 0)) {
            abort();
        }
        for (size_t at = 0; at < text.len && at < 200; at += 20) {
            (void)xforce_url_category(xforce, str_slice(text, at, at + 40), &scratch);
        }
        strbuf_release(&scratch);
    }
    xforce_free(xforce);
    return status;
}

static tocsin_status try_list(str text, struct error *err)
{
    struct url_lists *lists = NULL;
    if (url_lists_create(&lists, err) != TOCSIN_OK) {
        abort();
    }
    tocsin_status status = url_lists_add(lists, STR("u"), text, "list", err);
    const struct url_list *list = url_list_find(lists, STR("u"));
    if ((list != NULL) != (status == TOCSIN_OK)) {
        abort();
    }
    if (list) {
        (void)url_list_contains(list, STR("a"));
    }
    url_lists_free(lists);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    if (size == 0) {
        return 0;
    }
    char *copy = memory_allocate(size);
    if (!copy) {
        abort();
    }
    memcpy(copy, data + 1, size - 1);
    str text = str_from(copy, size - 1);
    tocsin_status status = data[0] % 2 ? try_list(text, &err) : try_xforce(text, &err);
    if (status != TOCSIN_OK && (status != TOCSIN_ERROR_CONFIG || err.line == 0 || err.message[0] == 0)) {
        abort();
    }
    return 0;
}
