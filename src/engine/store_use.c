#include "engine/store_use.h"

#include <stdatomic.h>
#include <string.h>

tocsin_status store_use_fields(struct tocsin_engine *engine, const char *folder, struct error *err)
{
    struct store_reader *reader = NULL;
    engine->store_path = arena_copy_cstring(&engine->arena, str_from_cstring(folder));
    if (!engine->store_path) {
        return error_memory(err);
    }
    tocsin_status status = store_reader_open(folder, &reader, err);
    if (status == TOCSIN_OK) {
        status = store_reader_add_fields(reader, engine->schema, err);
        atomic_store(&engine->store, reader);
    }
    return status;
}

tocsin_status store_use_open(struct tocsin_engine *engine, const char *folder, struct store_reader **ret_reader,
                             struct error *err)
{
    if (engine->store_path && strcmp(engine->store_path, folder) == 0) {
        *ret_reader = atomic_exchange(&engine->store, NULL);
        if (*ret_reader) {
            return TOCSIN_OK;
        }
    }
    return store_reader_open(folder, ret_reader, err);
}

bool store_use_now(const struct store_reader *reader, int64_t *ret_ms, bool *ret_is_stated)
{
    const struct store_newest newest = store_reader_newest(reader);
    *ret_is_stated = store_newest_time(&newest, ret_ms);
    bool is_known = *ret_is_stated;
    for (size_t i = 0; !*ret_is_stated && i < store_reader_segments(reader); i++) {
        struct store_segment_info info;
        store_reader_segment_info(reader, i, &info);
        if (info.has_time && (!is_known || info.time_max_ms > *ret_ms)) {
            *ret_ms = info.time_max_ms;
            is_known = true;
        }
    }
    return is_known;
}
