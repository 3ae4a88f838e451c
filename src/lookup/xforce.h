/* lookup/xforce.h
 * What addresses and URLs are known for: categories with a confidence, from xforce.csv, in the place of X-Force, which
 * a QRadar asks over the network.
 * Memory: one arena inside, indexes, the text of the file. Threads: any may search once loaded. Limits:
 * LIMIT_REFERENCE_ELEMENTS lines, LIMIT_REFERENCE_BYTES.
 */
#ifndef LOOKUP_XFORCE_H
#define LOOKUP_XFORCE_H

#include "base/error.h"
#include "base/strbuf.h"
#include "column/value.h"

struct xforce;

tocsin_status xforce_create(struct xforce **ret_xforce, struct error *err) __attribute__((warn_unused_result));
void xforce_free(struct xforce *xforce);

/* xforce.csv:
 *     target,category,confidence
 *     192.0.2.0/24,Bots,85
 *     bad.example/kit,Phishing URLs,100
 * A target is an address, a block, or a URL without its scheme. At most once for each table. */
tocsin_status xforce_load_folder(struct xforce *xforce, const char *folder_path, bool *ret_is_loaded, struct error *err)
    __attribute__((warn_unused_result));
/* The text is the table's from here on, and was made by memory.h, even on failure. */
tocsin_status xforce_load_text(struct xforce *xforce, str text, const char *source_name, struct error *err)
    __attribute__((warn_unused_result));

/* The number of a category by its name, ignoring ASCII case, for xforce_ip_confidence; XFORCE_NO_CATEGORY if no line
 * has it. */
#define XFORCE_NO_CATEGORY UINT32_MAX
uint32_t xforce_category_find(const struct xforce *xforce, str name, struct strbuf *scratch);
/* 0 to 100: the highest that a block around the address has for the category. */
int64_t xforce_ip_confidence(const struct xforce *xforce, uint32_t category, const struct ip *ip);
/* The category of the highest confidence; of equal ones that of the innermost block; empty if there is none. */
str xforce_ip_category(const struct xforce *xforce, const struct ip *ip);
/* The same for the longest target that the URL lies under: path by path, then host by host. */
str xforce_url_category(const struct xforce *xforce, str url, struct strbuf *scratch);

#endif
