/* match_hyperscan.c - many literals by Hyperscan or Vectorscan. What was measured decides what they are given
 * (docs/matching.md): literals only, spelled as escaped regular expressions, since some builds miss matches of regular
 * expressions, and the call for pure literals fails on long repetitive ones; block mode; every match is reported, as
 * "only one match" would be one for the whole heap and not for each value. */
#include "match/match_internal.h"

#if HAS_HYPERSCAN
#include <hs.h>
#include <stdio.h>

#include "base/late_library.h"
#include "base/memory.h"

/* Loaded by the first set that is large enough. */
static struct {
    __typeof__(hs_valid_platform) *valid_platform;
    __typeof__(hs_compile_multi) *compile_multi;
    __typeof__(hs_free_compile_error) *free_compile_error;
    __typeof__(hs_free_database) *free_database;
    __typeof__(hs_alloc_scratch) *alloc_scratch;
    __typeof__(hs_free_scratch) *free_scratch;
    __typeof__(hs_scan) *scan;
} hs;
static const struct late_function hs_functions[] = {
    {"hs_valid_platform", LATE_FUNCTION(hs.valid_platform)},
    {"hs_compile_multi", LATE_FUNCTION(hs.compile_multi)},
    {"hs_free_compile_error", LATE_FUNCTION(hs.free_compile_error)},
    {"hs_free_database", LATE_FUNCTION(hs.free_database)},
    {"hs_alloc_scratch", LATE_FUNCTION(hs.alloc_scratch)},
    {"hs_free_scratch", LATE_FUNCTION(hs.free_scratch)},
    {"hs_scan", LATE_FUNCTION(hs.scan)},
};
static struct late_library hs_library = LATE_LIBRARY("libhs.so." LATE_NAME(HS_MAJOR), hs_functions);

struct match_hyperscan {
    hs_database_t *database;
};

struct match_hyperscan_scratch {
    hs_scratch_t *scratch;
};

enum { ESCAPED_BYTES = 4 };

/* Every byte as \xHH, so that none means anything. */
static void escape(const struct match_entry *entry, char *target)
{
    static const char digits[] = "0123456789abcdef";
    for (uint32_t i = entry->sure_at; i < entry->sure_at + entry->sure_len; i++) {
        *target++ = '\\';
        *target++ = 'x';
        *target++ = digits[entry->bytes[i] >> 4];
        *target++ = digits[entry->bytes[i] & 15];
    }
    *target = '\0';
}

struct spelling {
    char **texts;
    unsigned *flags;
    unsigned *ids;
    char *bytes;
};

static bool spell(struct spelling *spelling, const struct match_entry *entries, uint32_t first, uint32_t count)
{
    entries += first;
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        bytes += (size_t)entries[i].sure_len * ESCAPED_BYTES + 1;
    }
    spelling->texts = memory_allocate_zeroed(count, sizeof(*spelling->texts));
    spelling->flags = memory_allocate_zeroed(count, sizeof(*spelling->flags));
    spelling->ids = memory_allocate_zeroed(count, sizeof(*spelling->ids));
    spelling->bytes = memory_allocate(bytes);
    if (!spelling->texts || !spelling->flags || !spelling->ids || !spelling->bytes) {
        return false;
    }
    char *at = spelling->bytes;
    for (uint32_t i = 0; i < count; i++) {
        escape(&entries[i], at);
        spelling->texts[i] = at;
        spelling->flags[i] = entries[i].ignores_case ? HS_FLAG_CASELESS : 0;
        spelling->ids[i] = first + i;
        at += (size_t)entries[i].sure_len * ESCAPED_BYTES + 1;
    }
    return true;
}

struct match_hyperscan *match_hyperscan_compile(const struct match_entry *entries, uint32_t first, uint32_t count)
{
    struct match_hyperscan *hyperscan = memory_allocate_zeroed(1, sizeof(*hyperscan));
    struct spelling spelling = {0};
    bool is_good = hyperscan && late_library_load(&hs_library) && hs.valid_platform() == HS_SUCCESS &&
                   spell(&spelling, entries, first, count);
    if (is_good) {
        hs_compile_error_t *problem = NULL;
        is_good = hs.compile_multi((const char *const *)spelling.texts, spelling.flags, spelling.ids, count,
                                   HS_MODE_BLOCK, NULL, &hyperscan->database, &problem) == HS_SUCCESS;
        hs.free_compile_error(problem);
    }
    memory_free(spelling.texts);
    memory_free(spelling.flags);
    memory_free(spelling.ids);
    memory_free(spelling.bytes);
    if (!is_good) {
        memory_free(hyperscan);
        return NULL;
    }
    return hyperscan;
}

void match_hyperscan_free(struct match_hyperscan *hyperscan)
{
    if (hyperscan) {
        hs.free_database(hyperscan->database);
        memory_free(hyperscan);
    }
}

struct match_hyperscan_scratch *match_hyperscan_scratch_create(const struct match_hyperscan *hyperscan)
{
    struct match_hyperscan_scratch *scratch = memory_allocate_zeroed(1, sizeof(*scratch));
    if (scratch && hs.alloc_scratch(hyperscan->database, &scratch->scratch) != HS_SUCCESS) {
        memory_free(scratch);
        return NULL;
    }
    return scratch;
}

void match_hyperscan_scratch_free(struct match_hyperscan_scratch *scratch)
{
    if (scratch) {
        hs.free_scratch(scratch->scratch);
        memory_free(scratch);
    }
}

/* Matches in a value that is selected already, after which its rest is passed over: starting anew costs as much. */
enum { VAIN_MATCHES_MAX = 16 };

struct pass {
    struct match_sink *sink;
    uint32_t start;  /* of the part of the heap that is scanned */
    uint32_t resume; /* where to go on when it was ended */
    uint32_t vain_in;
    uint32_t vain_count;
};

static int take_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    struct pass *pass = context;
    struct match_sink *sink = pass->sink;
    const struct match_entry *entry = &sink->entries[id];
    if (entry->len > entry->sure_len) {
        if (!match_sink_confirm(sink, id, pass->start + (uint32_t)to - entry->sure_len)) {
            return 0;
        }
    } else {
        match_sink_add(sink, id, match_sink_value(sink, pass->start + (uint32_t)to - 1));
    }
    if (sink->bits) {
        uint32_t value = sink->value;
        pass->vain_count = pass->vain_in == value ? pass->vain_count + 1 : 0;
        pass->vain_in = value;
        pass->resume = sink->heap->offsets[value + 1];
        return pass->vain_count > VAIN_MATCHES_MAX;
    }
    return sink->is_out_of_memory;
}

tocsin_status match_hyperscan_scan(const struct match_hyperscan *hyperscan, struct match_hyperscan_scratch *scratch,
                                   struct match_sink *sink, struct error *err)
{
    const struct match_heap *heap = sink->heap;
    struct pass pass = {.sink = sink, .resume = heap->offsets[0], .vain_in = UINT32_MAX};
    uint32_t end = heap->offsets[heap->count];
    hs_error_t problem = HS_SCAN_TERMINATED;
    while (problem == HS_SCAN_TERMINATED && pass.resume < end && !sink->is_out_of_memory) {
        pass.start = pass.resume;
        problem = hs.scan(hyperscan->database, heap->bytes + pass.start, end - pass.start, 0, scratch->scratch,
                          take_match, &pass);
    }
    if (problem != HS_SUCCESS && problem != HS_SCAN_TERMINATED) {
        return error_set(err, TOCSIN_ERROR_INTERNAL, "the matching library failed with code %d", problem);
    }
    return TOCSIN_OK;
}

#else

struct match_hyperscan *match_hyperscan_compile(const struct match_entry *entries, uint32_t first, uint32_t count)
{
    return NULL;
}

void match_hyperscan_free(struct match_hyperscan *hyperscan)
{
}

struct match_hyperscan_scratch *match_hyperscan_scratch_create(const struct match_hyperscan *hyperscan)
{
    return NULL;
}

void match_hyperscan_scratch_free(struct match_hyperscan_scratch *scratch)
{
}

tocsin_status match_hyperscan_scan(const struct match_hyperscan *hyperscan, struct match_hyperscan_scratch *scratch,
                                   struct match_sink *sink, struct error *err)
{
    return error_set(err, TOCSIN_ERROR_UNSUPPORTED, "this program was built without the matching library");
}

#endif
