/* engine/store_use.h - the event store as engines and runs use it. */
#ifndef ENGINE_STORE_USE_H
#define ENGINE_STORE_USE_H

#include "engine/engine_internal.h"
#include "store/event_store.h"

/* Adds the properties that the store knows to the engine's schema. Once, before queries are bound. */
tocsin_status store_use_fields(struct tocsin_engine *engine, const char *folder, struct error *err);
/* The store as it was when its properties were asked for, if nobody has taken that yet, or as it is now. The reader is
 * the caller's. */
tocsin_status store_use_open(struct tocsin_engine *engine, const char *folder, struct store_reader **ret_reader,
                             struct error *err);
/* What NOW() is over the store: the newest time that a line itself stated, else that of an event whose line did not,
 * which is its file's. False: there is no event. */
bool store_use_now(const struct store_reader *reader, int64_t *ret_ms, bool *ret_is_stated);
/* What is damaged, for people. */
void store_use_problem(const struct store_problem *problem, struct tocsin_error *ret_error);

#endif
