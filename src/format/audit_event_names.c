#include "format/audit_event_names.h"

#include <assert.h>

#include "format/audit_event_descriptions.h"

/* Kinds without a failed form repeat their name under qid + 1, which no event gets; that keeps one table for both. */
#define PICK(name, failed) (sizeof(failed) > 1 ? (failed) : (name))
#define EVENT_NAME(symbol, qid, name, category, severity, failed, failed_category, failed_severity)                    \
    {(qid), (name), (category), (severity), "Linux audit: " AUDIT_ABOUT_##symbol "."},                                 \
        {(qid) + 1, PICK(name, failed), sizeof(failed) > 1 ? (failed_category) : (category),                           \
         sizeof(failed) > 1 ? (failed_severity) : (severity),                                                          \
         sizeof(failed) > 1 ? "Linux audit, failed or refused: " AUDIT_ABOUT_##symbol "."                              \
                            : "Linux audit: " AUDIT_ABOUT_##symbol "."},
const struct format_event_name audit_event_names[AUDIT_EVENT_NAME_COUNT] = {AUDIT_EVENT_LIST(EVENT_NAME)};
#undef EVENT_NAME

#define CAN_FAIL(symbol, qid, name, category, severity, failed, ...) sizeof(failed) > 1,
static const bool can_fail[] = {AUDIT_EVENT_LIST(CAN_FAIL)};
#undef CAN_FAIL
static_assert(countof(can_fail) == AUDIT_EVENT_KIND_COUNT, "an entry for each kind");

/* Sorted; the first range that holds the type counts, so single types stand before the range around them. */
#define RANGE(first, last, kind)                                                                                       \
    {                                                                                                                  \
        (first), (last), AUDIT_EVENT_##kind                                                                            \
    }
static const struct {
    uint16_t first;
    uint16_t last;
    uint8_t kind;
} kinds_of_types[] = {
    RANGE(1006, 1006, LOGIN_ID),
    RANGE(1100, 1100, AUTHENTICATION), /* USER_AUTH */
    RANGE(1101, 1101, AUTHORISATION),  /* USER_ACCT */
    RANGE(1102, 1102, USER_CHANGED),   /* USER_MGMT */
    RANGE(1103, 1104, CREDENTIALS),    /* CRED_ACQ, CRED_DISP */
    RANGE(1105, 1105, SESSION_START),
    RANGE(1106, 1106, SESSION_END),
    RANGE(1107, 1107, ACCESS_DECISION), /* USER_AVC */
    RANGE(1108, 1108, PASSWORD),        /* USER_CHAUTHTOK */
    RANGE(1109, 1109, AUTHENTICATION),  /* USER_ERR */
    RANGE(1110, 1110, CREDENTIALS),     /* CRED_REFR */
    RANGE(1111, 1111, SYSTEM_CONFIG),
    RANGE(1112, 1112, LOGIN),
    RANGE(1113, 1113, LOGOUT),
    RANGE(1114, 1114, USER_ADDED),
    RANGE(1115, 1115, USER_REMOVED),
    RANGE(1116, 1116, GROUP_ADDED),
    RANGE(1117, 1117, GROUP_REMOVED),
    RANGE(1118, 1118, ACCESS_DECISION), /* DAC_CHECK */
    RANGE(1119, 1119, GROUP_CHANGED),   /* CHGRP_ID */
    RANGE(1122, 1122, ACCESS_DECISION), /* USER_SELINUX_ERR */
    RANGE(1123, 1123, USER_COMMAND),
    RANGE(1124, 1124, TERMINAL_INPUT),
    RANGE(1125, 1125, USER_CHANGED),
    RANGE(1126, 1126, AUTHENTICATION), /* GRP_AUTH */
    RANGE(1127, 1127, BOOT),
    RANGE(1128, 1128, SHUTDOWN),
    RANGE(1129, 1129, RUNLEVEL),
    RANGE(1130, 1130, SERVICE_START),
    RANGE(1131, 1131, SERVICE_STOP),
    RANGE(1132, 1132, GROUP_CHANGED),
    RANGE(1133, 1133, PASSWORD),        /* GRP_CHAUTHTOK */
    RANGE(1134, 1134, ACCESS_DECISION), /* MAC_CHECK */
    RANGE(1135, 1135, ACCOUNT_LOCKED),
    RANGE(1136, 1136, ACCOUNT_UNLOCKED),
    RANGE(1137, 1137, DEVICE),
    RANGE(1138, 1138, SOFTWARE),
    RANGE(1200, 1200, AUDIT_START),
    RANGE(1201, 1202, AUDIT_STOP),
    RANGE(1203, 1203, AUDIT_CONFIG),
    RANGE(1204, 1299, AUDIT_DAEMON),
    RANGE(1305, 1305, AUDIT_CONFIG),
    RANGE(1319, 1319, TERMINAL_INPUT),
    RANGE(1324, 1324, PACKET),
    RANGE(1325, 1325, FIREWALL_CONFIG),
    RANGE(1326, 1326, SECCOMP),
    RANGE(1328, 1328, AUDIT_CONFIG), /* FEATURE_CHANGE */
    RANGE(1330, 1330, MODULE_LOAD),
    RANGE(1332, 1333, CLOCK),
    RANGE(1334, 1334, BPF),
    RANGE(1338, 1339, SYSTEM_CONFIG), /* device mapper */
    RANGE(1400, 1401, ACCESS_DECISION),
    RANGE(1403, 1419, ACCESS_POLICY),
    RANGE(1420, 1420, ACCESS_DECISION), /* IPE_ACCESS */
    RANGE(1421, 1422, ACCESS_POLICY),
    RANGE(1423, 1424, ACCESS_DECISION), /* Landlock */
    RANGE(1505, 1505, ACCESS_POLICY),   /* APPARMOR_STATUS */
    RANGE(1500, 1599, ACCESS_DECISION),
    RANGE(1700, 1700, PROMISCUOUS),
    RANGE(1701, 1701, ABNORMAL_END),
    RANGE(1702, 1799, ANOMALY),
    RANGE(1800, 1899, INTEGRITY),
    RANGE(2100, 2199, ANOMALY),
    RANGE(2200, 2299, RESPONSE),
    RANGE(2300, 2301, ROLE_GIVEN),
    RANGE(2302, 2302, ROLE_TAKEN),
    RANGE(2310, 2310, ACCESS_POLICY),
    RANGE(2311, 2311, ROLE_GIVEN),
    RANGE(2312, 2313, ACCESS_POLICY),
    RANGE(2400, 2499, CRYPTOGRAPHY),
    RANGE(2500, 2599, VIRTUAL_MACHINE),
};
#undef RANGE

/* ORDER AUDIT_SYSCALL_CLASS */
static const uint8_t kinds_of_classes[] = {
    [AUDIT_SYSCALL_OTHER] = AUDIT_EVENT_SYSTEM_CALL,
    [AUDIT_SYSCALL_EXECUTE] = AUDIT_EVENT_EXECUTION,
    [AUDIT_SYSCALL_OPEN] = AUDIT_EVENT_FILE_READ,
    [AUDIT_SYSCALL_OPEN_AT] = AUDIT_EVENT_FILE_READ,
    [AUDIT_SYSCALL_CREATE] = AUDIT_EVENT_FILE_CREATE,
    [AUDIT_SYSCALL_READ] = AUDIT_EVENT_FILE_READ,
    [AUDIT_SYSCALL_WRITE] = AUDIT_EVENT_FILE_WRITE,
    [AUDIT_SYSCALL_DELETE] = AUDIT_EVENT_FILE_DELETE,
    [AUDIT_SYSCALL_RENAME] = AUDIT_EVENT_FILE_RENAME,
    [AUDIT_SYSCALL_LINK] = AUDIT_EVENT_FILE_LINK,
    [AUDIT_SYSCALL_ATTRIBUTE] = AUDIT_EVENT_FILE_ATTRIBUTE,
    [AUDIT_SYSCALL_CONNECT] = AUDIT_EVENT_CONNECTION,
    [AUDIT_SYSCALL_ACCEPT] = AUDIT_EVENT_ACCEPTED,
    [AUDIT_SYSCALL_BIND] = AUDIT_EVENT_BOUND,
    [AUDIT_SYSCALL_SEND] = AUDIT_EVENT_SENT,
    [AUDIT_SYSCALL_RECEIVE] = AUDIT_EVENT_RECEIVED,
    [AUDIT_SYSCALL_SOCKET] = AUDIT_EVENT_SOCKET,
    [AUDIT_SYSCALL_SIGNAL] = AUDIT_EVENT_SIGNAL,
    [AUDIT_SYSCALL_TRACE] = AUDIT_EVENT_TRACE,
    [AUDIT_SYSCALL_IDENTITY] = AUDIT_EVENT_IDENTITY,
    [AUDIT_SYSCALL_MODULE_LOAD] = AUDIT_EVENT_MODULE_LOAD,
    [AUDIT_SYSCALL_MODULE_UNLOAD] = AUDIT_EVENT_MODULE_UNLOAD,
    [AUDIT_SYSCALL_MOUNT] = AUDIT_EVENT_MOUNT,
    [AUDIT_SYSCALL_CLOCK] = AUDIT_EVENT_CLOCK,
    [AUDIT_SYSCALL_HOST_NAME] = AUDIT_EVENT_HOST_NAME,
    [AUDIT_SYSCALL_BPF] = AUDIT_EVENT_BPF,
    [AUDIT_SYSCALL_NAMESPACE] = AUDIT_EVENT_NAMESPACE,
};
static_assert(countof(kinds_of_classes) == AUDIT_SYSCALL_CLASS_COUNT, "a kind for each class");

static enum audit_event_kind kind_of_type(uint16_t type)
{
    for (size_t i = 0; i < countof(kinds_of_types); i++) {
        if (type >= kinds_of_types[i].first && type <= kinds_of_types[i].last) {
            return kinds_of_types[i].kind;
        }
    }
    return AUDIT_EVENT_OTHER;
}

/* open(2) tells reading from writing by its flags, and what it made by the PATH record. */
static enum audit_event_kind kind_of_open(const struct audit_details *details)
{
    if (str_eq(audit_value_text(&details->file_kind), STR("CREATE"))) {
        return AUDIT_EVENT_FILE_CREATE;
    }
    enum audit_key key = details->syscall.class_id == AUDIT_SYSCALL_OPEN ? AUDIT_KEY_A1 : AUDIT_KEY_A2;
    uint64_t flags;
    enum { ACCESS_MODE = 3 }; /* 0 = read only */
    bool is_write = audit_values_has(&details->values, key) &&
                    audit_value_to_u64(&details->values.slots[key], 16, &flags) && (flags & ACCESS_MODE) != 0;
    return is_write ? AUDIT_EVENT_FILE_WRITE : AUDIT_EVENT_FILE_READ;
}

enum audit_event_kind audit_event_kind_find(const struct audit_details *details)
{
    if (details->has_execve) {
        return AUDIT_EVENT_EXECUTION;
    }
    if (details->main_type != 0) {
        return kind_of_type(details->main_type);
    }
    if (details->has_syscall) {
        bool is_open =
            details->syscall.class_id == AUDIT_SYSCALL_OPEN || details->syscall.class_id == AUDIT_SYSCALL_OPEN_AT;
        return is_open ? kind_of_open(details) : kinds_of_classes[details->syscall.class_id];
    }
    return AUDIT_EVENT_OTHER;
}

int64_t audit_event_qid(enum audit_event_kind kind, enum audit_outcome outcome)
{
    return audit_event_names[2 * kind].qid + (outcome == AUDIT_OUTCOME_FAILED && can_fail[kind]);
}
