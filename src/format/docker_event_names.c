#include "format/docker_event_names.h"

/* QRadar's low-level categories, as kubernetes_event_names.c has them. */
enum {
    CATEGORY_UNKNOWN = 10001,
    CATEGORY_INFORMATION = 8052,
    CATEGORY_SERVICE = 8009,
    CATEGORY_EXPOSURE = 8088,
    CATEGORY_SESSION = 4016,
    CATEGORY_SESSION_FAILED = 4020,
    CATEGORY_CREATE = 19012,
    CATEGORY_CREATE_FAILED = 19013,
    CATEGORY_READ = 19015,
    CATEGORY_READ_FAILED = 19016,
    CATEGORY_UPDATE = 19018,
    CATEGORY_UPDATE_FAILED = 19019,
    CATEGORY_DELETE = 19021,
    CATEGORY_DELETE_FAILED = 19022,
};

enum action_number {
#define ACTION_NUMBER(symbol, ...) ACTION_##symbol,
    DOCKER_ACTION_LIST(ACTION_NUMBER)
#undef ACTION_NUMBER
};

_Static_assert((int)DOCKER_QID_FIRST + (int)DOCKER_MESSAGE_COUNT <= (int)DOCKER_QID_ACTION_FIRST, "ids do not overlap");
_Static_assert((int)DOCKER_QID_ACTION_FIRST + 2 * (int)DOCKER_ACTION_COUNT <= 2000900, "ids stay in their range");

#define MESSAGE_NAME(symbol, kind, name, severity, about)                                                              \
    {DOCKER_QID_FIRST + DOCKER_MESSAGE_##symbol, name, CATEGORY_##kind, severity, "Container engine: " about "."},
#define ACTION_NAME(symbol, object, action, kind, name, severity, about)                                               \
    {DOCKER_QID_ACTION_FIRST + 2 * ACTION_##symbol, name, CATEGORY_##kind, severity, "Container engine: " about "."},  \
        {DOCKER_QID_ACTION_FIRST + 2 * ACTION_##symbol + 1, name " Failed", CATEGORY_##kind##_FAILED, (severity) + 1,  \
         "Container engine, failed or refused: " about "."},

const struct format_event_name docker_event_names[DOCKER_EVENT_NAME_COUNT] = {DOCKER_MESSAGE_LIST(MESSAGE_NAME)
                                                                                  DOCKER_ACTION_LIST(ACTION_NAME)};

static const struct {
    str object;
    str action;
} actions[] = {
#define ACTION_RULE(symbol, object, action, kind, name, severity, about)                                               \
    {{object, sizeof(object) - 1}, {action, sizeof(action) - 1}},
    DOCKER_ACTION_LIST(ACTION_RULE)
#undef ACTION_RULE
};

int64_t docker_message_qid(enum docker_message message)
{
    return DOCKER_QID_FIRST + (int64_t)message;
}

int64_t docker_action_qid(str object, str action, enum docker_message fallback, bool is_failed)
{
    /* An exec has paths of its own, and events of its container. */
    str owner = str_eq(object, STR("exec")) ? STR("container") : object;
    for (size_t i = 0; i < countof(actions); i++) {
        if (str_eq(actions[i].action, action) && str_eq(actions[i].object, owner)) {
            return DOCKER_QID_ACTION_FIRST + 2 * (int64_t)i + is_failed;
        }
    }
    return docker_message_qid(fallback);
}
