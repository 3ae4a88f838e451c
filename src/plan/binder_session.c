/* SESSION BY: how events are strung together (aql-reference 2.14). */
#include "plan/binder.h"

static tocsin_status bind_session_time(struct binder *binder, const struct syntax_node *node,
                                       const struct expression **ret_time)
{
    tocsin_status status = bind_expression(binder, node, ret_time);
    if (status != TOCSIN_OK || (*ret_time)->type == TYPE_NULL) { /* tolerated */
        return status == TOCSIN_OK ? bind_convert(binder, *ret_time, TYPE_INT64, node->offset_start, ret_time) : status;
    }
    if ((*ret_time)->type != TYPE_INT64 || !(*ret_time)->has_field) {
        status = bind_error(binder, TOCSIN_ERROR_TYPE, node->offset_start,
                            "SESSION BY begins with the time of the events, in milliseconds");
        error_hint(binder->err, "SESSION BY starttime username BEGIN ...: no comma stands between time and key");
        return bind_tolerate(binder, status, node);
    }
    return status;
}

static tocsin_status bind_session_keys(struct binder *binder, const struct syntax_session *written,
                                       struct plan_session *session)
{
    session->keys = arena_array(binder->arena, const struct expression *, written->key_count);
    if (!session->keys) {
        return error_memory(binder->err);
    }
    for (uint32_t i = 0; i < written->key_count; i++) {
        const struct expression **key = &session->keys[i];
        tocsin_status status = bind_expression(binder, written->keys[i], key);
        if (status == TOCSIN_OK && (*key)->type == TYPE_NULL) {
            status = bind_convert(binder, *key, TYPE_STRING, written->keys[i]->offset_start, key);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
        session->key_count = i + 1;
    }
    return TOCSIN_OK;
}

static tocsin_status set_window(struct binder *binder, const struct syntax_session *written,
                                struct plan_session *session)
{
    session->has_timeout = written->has_timeout;
    session->timeout_ms = written->timeout_ms;
    session->has_window = written->has_window;
    if (written->has_window && !unit_to_ms(written->window_amount, written->window_unit, &session->window_ms)) {
        return bind_error(binder, TOCSIN_ERROR_LIMIT, written->offset, "TIMEWINDOW is longer than time is");
    }
    return TOCSIN_OK;
}

tocsin_status bind_session_place(struct binder *binder)
{
    const struct syntax_session *written = &binder->select->session;
    if (written->is_present && binder->plan->source.kind != PLAN_SOURCE_LOG) {
        tocsin_status status = bind_error(binder, TOCSIN_ERROR_UNSUPPORTED, written->offset,
                                          "SESSION BY strings the records of a database together, not the rows of a "
                                          "sub-select or a cursor");
        error_hint(binder->err, binder->select->source.kind == SOURCE_NAME
                                    ? "put SESSION BY into the query that makes the cursor, and select sessionid there"
                                    : "put SESSION BY inside the parentheses: FROM (SELECT sessionid, ... "
                                      "SESSION BY ...)");
        return status;
    }
    return TOCSIN_OK;
}

tocsin_status bind_session(struct binder *binder)
{
    const struct syntax_session *written = &binder->select->session;
    if (!written->is_present) {
        return TOCSIN_OK;
    }
    struct plan_session *session = arena_new(binder->arena, struct plan_session);
    if (!session) {
        return error_memory(binder->err);
    }
    binder->clause = CLAUSE_SESSION;
    tocsin_status status = bind_session_time(binder, written->time, &session->time);
    status = status == TOCSIN_OK ? bind_session_keys(binder, written, session) : status;
    status = status == TOCSIN_OK ? bind_predicate(binder, written->begin, &session->begin) : status;
    if (status == TOCSIN_OK && written->end) {
        status = bind_predicate(binder, written->end, &session->end);
    }
    status = status == TOCSIN_OK ? set_window(binder, written, session) : status;
    session->is_begin_explicit = written->is_begin_explicit;
    session->is_end_explicit = written->is_end_explicit;
    binder->plan->session = session;
    return status;
}
