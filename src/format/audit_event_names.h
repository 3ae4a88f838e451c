/* format/audit_event_names.h
 * The event names (qid) of Linux audit events and the rule that picks one. Event ids are in QRadar's range for
 * user-defined ones; categories are QRadar's low-level ids.
 */
#ifndef FORMAT_AUDIT_EVENT_NAMES_H
#define FORMAT_AUDIT_EVENT_NAMES_H

#include "format/audit_event.h"

/* X(symbol, qid, name, category, severity, name when it failed, category, severity). A failed event's id is qid + 1; an
 * empty name means that this kind does not fail. */
/* clang-format off */
#define AUDIT_EVENT_LIST(X)                                                                                            \
    X(NOT_UNDERSTOOD, 2000001, "Audit Record Not Understood", 10001, 3, "", 0, 0)                                      \
    X(EXECUTION, 2000101, "Process Execution", 8110, 3, "Process Execution Failed", 8038, 4)                           \
    X(SIGNAL, 2000103, "Signal Sent", 8037, 3, "Signal Refused", 8038, 4)                                              \
    X(TRACE, 2000105, "Process Memory Accessed", 7023, 6, "Process Memory Access Failed", 8038, 6)                     \
    X(IDENTITY, 2000107, "Process Identity Changed", 3007, 4, "Process Identity Change Failed", 3006, 5)               \
    X(ABNORMAL_END, 2000109, "Process Ended Abnormally", 8007, 5, "", 0, 0)                                            \
    X(FILE_READ, 2000111, "File Read", 19015, 2, "File Read Failed", 19016, 3)                                         \
    X(FILE_WRITE, 2000113, "File Opened for Writing", 8014, 3, "File Write Failed", 8021, 4)                           \
    X(FILE_CREATE, 2000115, "File Created", 8028, 3, "File Creation Failed", 19013, 3)                                 \
    X(FILE_DELETE, 2000117, "File Deleted", 8033, 4, "File Deletion Failed", 19022, 4)                                 \
    X(FILE_RENAME, 2000119, "File Renamed", 8014, 3, "File Rename Failed", 8021, 4)                                    \
    X(FILE_LINK, 2000121, "File Linked", 8028, 3, "File Link Failed", 19013, 4)                                        \
    X(FILE_ATTRIBUTE, 2000123, "File Attributes Changed", 8014, 4, "File Attribute Change Failed", 8021, 4)            \
    X(CONNECTION, 2000131, "Network Connection", 4025, 3, "Network Connection Failed", 4020, 3)                        \
    X(ACCEPTED, 2000133, "Network Connection Accepted", 4024, 3, "Network Connection Not Accepted", 4020, 3)           \
    X(BOUND, 2000135, "Network Port Bound", 4016, 4, "Network Port Not Bound", 4020, 3)                                \
    X(SENT, 2000137, "Network Data Sent", 4005, 2, "Network Data Not Sent", 4005, 3)                                   \
    X(RECEIVED, 2000139, "Network Data Received", 4005, 2, "Network Data Not Received", 4005, 2)                       \
    X(SOCKET, 2000141, "Socket Created", 4005, 2, "Socket Refused", 4005, 3)                                           \
    X(PACKET, 2000143, "Network Packet", 4005, 3, "", 0, 0)                                                            \
    X(MODULE_LOAD, 2000151, "Kernel Module Loaded", 8017, 7, "Kernel Module Load Failed", 8024, 6)                     \
    X(MODULE_UNLOAD, 2000153, "Kernel Module Unloaded", 8017, 6, "Kernel Module Unload Failed", 8024, 5)               \
    X(MOUNT, 2000155, "File System Mounted or Unmounted", 8017, 4, "File System Mount Failed", 8024, 4)                \
    X(CLOCK, 2000157, "System Time Changed", 8017, 4, "System Time Change Failed", 8024, 5)                            \
    X(HOST_NAME, 2000159, "Host Name Changed", 8017, 5, "Host Name Change Failed", 8024, 5)                            \
    X(BPF, 2000161, "Kernel Program Loaded (BPF)", 8017, 6, "Kernel Program Load Failed (BPF)", 8024, 6)               \
    X(NAMESPACE, 2000163, "Namespace or Root Changed", 7023, 5, "Namespace or Root Change Failed", 8038, 5)            \
    X(SYSTEM_CALL, 2000199, "System Call", 8036, 2, "System Call Failed", 8036, 3)                                     \
    X(LOGIN, 2000201, "User Login", 3002, 2, "User Login Failed", 3003, 5)                                             \
    X(LOGOUT, 2000203, "User Logout", 3056, 1, "", 0, 0)                                                               \
    X(AUTHENTICATION, 2000205, "User Authentication", 3046, 2, "User Authentication Failed", 3047, 5)                  \
    X(AUTHORISATION, 2000207, "Account Check", 4014, 2, "Account Check Failed", 4015, 5)                               \
    X(SESSION_START, 2000209, "Session Opened", 4016, 2, "Session Not Opened", 4020, 4)                                \
    X(SESSION_END, 2000211, "Session Closed", 4017, 1, "", 0, 0)                                                       \
    X(CREDENTIALS, 2000213, "Credentials Set", 3027, 2, "Credentials Not Set", 3047, 4)                                \
    X(LOGIN_ID, 2000215, "Login User Assigned", 3002, 2, "Login User Not Assigned", 3003, 5)                           \
    X(PASSWORD, 2000217, "Password Changed", 3034, 4, "Password Change Failed", 3033, 5)                               \
    X(USER_COMMAND, 2000219, "Command Run as Another User", 3007, 4, "Command as Another User Refused", 3006, 6)       \
    X(USER_ADDED, 2000221, "User Account Added", 3031, 5, "User Account Not Added", 8024, 5)                           \
    X(USER_REMOVED, 2000223, "User Account Removed", 3035, 5, "User Account Not Removed", 8024, 5)                     \
    X(USER_CHANGED, 2000225, "User Account Changed", 3032, 4, "User Account Not Changed", 8024, 5)                     \
    X(GROUP_ADDED, 2000227, "Group Added", 3038, 4, "Group Not Added", 8024, 4)                                        \
    X(GROUP_REMOVED, 2000229, "Group Removed", 3040, 4, "Group Not Removed", 8024, 4)                                  \
    X(GROUP_CHANGED, 2000231, "Group Changed", 3039, 4, "Group Not Changed", 8024, 4)                                  \
    X(ACCOUNT_LOCKED, 2000233, "User Account Locked", 3124, 4, "User Account Not Locked", 8024, 4)                     \
    X(ACCOUNT_UNLOCKED, 2000235, "User Account Unlocked", 3125, 5, "User Account Not Unlocked", 8024, 4)               \
    X(ROLE_GIVEN, 2000237, "User Role Changed", 3023, 4, "User Role Change Failed", 8024, 5)                           \
    X(ROLE_TAKEN, 2000239, "User Role Removed", 3024, 4, "User Role Removal Failed", 8024, 4)                          \
    X(TERMINAL_INPUT, 2000241, "Terminal Input", 7065, 3, "", 0, 0)                                                    \
    X(SERVICE_START, 2000251, "Service Started", 8009, 2, "Service Start Failed", 8011, 4)                             \
    X(SERVICE_STOP, 2000253, "Service Stopped", 8010, 2, "Service Stop Failed", 8011, 4)                               \
    X(BOOT, 2000255, "System Boot", 8002, 3, "", 0, 0)                                                                 \
    X(SHUTDOWN, 2000257, "System Shutdown", 8004, 4, "", 0, 0)                                                         \
    X(RUNLEVEL, 2000259, "System Run Level Changed", 8006, 2, "", 0, 0)                                                \
    X(SOFTWARE, 2000261, "Software Changed", 8029, 4, "Software Change Failed", 8023, 4)                               \
    X(DEVICE, 2000263, "Device Event", 8036, 3, "Device Event Refused", 8038, 4)                                       \
    X(SYSTEM_CONFIG, 2000265, "System Configuration Changed", 8017, 4, "System Configuration Change Failed", 8024, 4)  \
    X(AUDIT_CONFIG, 2000271, "Audit Configuration Changed", 8017, 6, "Audit Configuration Change Failed", 8024, 6)     \
    X(AUDIT_START, 2000273, "Audit Daemon Started", 8009, 3, "Audit Daemon Start Failed", 8011, 7)                     \
    X(AUDIT_STOP, 2000275, "Audit Daemon Stopped", 8010, 7, "Audit Daemon Stop Failed", 8011, 5)                       \
    X(AUDIT_DAEMON, 2000277, "Audit Daemon Event", 8044, 3, "Audit Daemon Error", 8045, 5)                             \
    X(FIREWALL_CONFIG, 2000281, "Firewall Rules Changed", 8017, 5, "Firewall Rule Change Failed", 8024, 5)             \
    X(ACCESS_DECISION, 2000283, "Mandatory Access Granted", 4014, 3, "Mandatory Access Denied", 4015, 5)               \
    X(ACCESS_POLICY, 2000285, "Mandatory Access Policy Changed", 3030, 6, "Mandatory Access Policy Change Failed",     \
      8024, 6)                                                                                                         \
    X(SECCOMP, 2000287, "System Call Stopped by Seccomp", 7023, 5, "", 0, 0)                                           \
    X(PROMISCUOUS, 2000289, "Network Device Listens to All", 7023, 6, "", 0, 0)                                        \
    X(ANOMALY, 2000291, "Anomaly", 7023, 6, "", 0, 0)                                                                  \
    X(RESPONSE, 2000293, "Response to Anomaly", 8036, 4, "", 0, 0)                                                     \
    X(INTEGRITY, 2000295, "Integrity Check", 8006, 3, "Integrity Check Failed", 7023, 7)                               \
    X(CRYPTOGRAPHY, 2000297, "Cryptographic Operation", 8036, 2, "Cryptographic Operation Failed", 8007, 4)            \
    X(VIRTUAL_MACHINE, 2000299, "Virtual Machine Event", 8036, 3, "Virtual Machine Event Failed", 8007, 4)             \
    X(OTHER, 2000999, "Audit Record", 19001, 2, "", 0, 0)
/* clang-format on */

enum audit_event_kind {
#define AUDIT_EVENT_ENUM(symbol, ...) AUDIT_EVENT_##symbol,
    AUDIT_EVENT_LIST(AUDIT_EVENT_ENUM)
#undef AUDIT_EVENT_ENUM
        AUDIT_EVENT_KIND_COUNT
};

enum { AUDIT_EVENT_NAME_COUNT = 2 * AUDIT_EVENT_KIND_COUNT };
extern const struct format_event_name audit_event_names[AUDIT_EVENT_NAME_COUNT];

enum audit_event_kind audit_event_kind_find(const struct audit_details *details);
int64_t audit_event_qid(enum audit_event_kind kind, enum audit_outcome outcome);

#endif
