/* function/category_list.h - QRadar's categories that have a name here: all high-level ones, and the low-level ones
 * that the formats of this program give or that system and access logs commonly have. Ordered by id. */
#ifndef FUNCTION_CATEGORY_LIST_H
#define FUNCTION_CATEGORY_LIST_H

#define CATEGORY_LIST(X)                                                                                               \
    X(1000, "Recon")                                                                                                   \
    X(2000, "DoS")                                                                                                     \
    X(3000, "Authentication")                                                                                          \
    X(3001, "Unknown Authentication")                                                                                  \
    X(3002, "Host Login Succeeded")                                                                                    \
    X(3003, "Host Login Failed")                                                                                       \
    X(3004, "Misc Login Succeeded")                                                                                    \
    X(3005, "Misc Login Failed")                                                                                       \
    X(3006, "Privilege Escalation Failed")                                                                             \
    X(3007, "Privilege Escalation Succeeded")                                                                          \
    X(3008, "Mail Service Login Succeeded")                                                                            \
    X(3009, "Mail Service Login Failed")                                                                               \
    X(3010, "Auth Server Login Failed")                                                                                \
    X(3011, "Auth Server Login Succeeded")                                                                             \
    X(3012, "Web Service Login Succeeded")                                                                             \
    X(3013, "Web Service Login Failed")                                                                                \
    X(3014, "Admin Login Successful")                                                                                  \
    X(3015, "Admin Login Failure")                                                                                     \
    X(3016, "Suspicious Username")                                                                                     \
    X(3019, "FTP Login Succeeded")                                                                                     \
    X(3020, "FTP Login Failed")                                                                                        \
    X(3021, "SSH Login Succeeded")                                                                                     \
    X(3022, "SSH Login Failed")                                                                                        \
    X(3023, "User Right Assigned")                                                                                     \
    X(3024, "User Right Removed")                                                                                      \
    X(3025, "Trusted Domain Added")                                                                                    \
    X(3026, "Trusted Domain Removed")                                                                                  \
    X(3027, "System Security Access Granted")                                                                          \
    X(3028, "System Security Access Removed")                                                                          \
    X(3029, "Policy Added")                                                                                            \
    X(3030, "Policy Change")                                                                                           \
    X(3031, "User Account Added")                                                                                      \
    X(3032, "User Account Changed")                                                                                    \
    X(3033, "Password Change Failed")                                                                                  \
    X(3034, "Password Change Succeeded")                                                                               \
    X(3035, "User Account Removed")                                                                                    \
    X(3036, "Group Member Added")                                                                                      \
    X(3037, "Group Member Removed")                                                                                    \
    X(3038, "Group Added")                                                                                             \
    X(3039, "Group Changed")                                                                                           \
    X(3040, "Group Removed")                                                                                           \
    X(3041, "Computer Account Added")                                                                                  \
    X(3042, "Computer Account Changed")                                                                                \
    X(3043, "Computer Account Removed")                                                                                \
    X(3044, "Remote Access Login Succeeded")                                                                           \
    X(3045, "Remote Access Login Failed")                                                                              \
    X(3046, "General Authentication Successful")                                                                       \
    X(3047, "General Authentication Failed")                                                                           \
    X(3048, "Telnet Login Succeeded")                                                                                  \
    X(3049, "Telnet Login Failed")                                                                                     \
    X(3056, "Host Logout")                                                                                             \
    X(4000, "Access")                                                                                                  \
    X(4001, "Unknown Network Communication Event")                                                                     \
    X(4002, "Firewall Permit")                                                                                         \
    X(4003, "Firewall Deny")                                                                                           \
    X(4004, "Flow Context Response")                                                                                   \
    X(4005, "Misc Network Communication Event")                                                                        \
    X(4006, "IPS Deny")                                                                                                \
    X(4007, "Firewall Session Opened")                                                                                 \
    X(4008, "Firewall Session Closed")                                                                                 \
    X(4009, "Dynamic Address Translation Successful")                                                                  \
    X(4010, "No Translation Group Found")                                                                              \
    X(4011, "Misc Authorization")                                                                                      \
    X(4012, "ACL Permit")                                                                                              \
    X(4013, "ACL Deny")                                                                                                \
    X(4014, "Access Permitted")                                                                                        \
    X(4015, "Access Denied")                                                                                           \
    X(4016, "Session Opened")                                                                                          \
    X(4017, "Session Closed")                                                                                          \
    X(4018, "Session Reset")                                                                                           \
    X(4019, "Session Terminated")                                                                                      \
    X(4020, "Session Denied")                                                                                          \
    X(4021, "Session in Progress")                                                                                     \
    X(4022, "Session Delayed")                                                                                         \
    X(4023, "Session Queued")                                                                                          \
    X(4024, "Session Inbound")                                                                                         \
    X(4025, "Session Outbound")                                                                                        \
    X(5000, "Exploit")                                                                                                 \
    X(6000, "Malware")                                                                                                 \
    X(7000, "Suspicious Activity")                                                                                     \
    X(7001, "Unknown Suspicious Event")                                                                                \
    X(7023, "Misc Suspicious Event")                                                                                   \
    X(8000, "System")                                                                                                  \
    X(8001, "Unknown System Event")                                                                                    \
    X(8002, "System Boot")                                                                                             \
    X(8003, "System Configuration")                                                                                    \
    X(8004, "System Halt")                                                                                             \
    X(8005, "System Failure")                                                                                          \
    X(8006, "System Status")                                                                                           \
    X(8007, "System Error")                                                                                            \
    X(8008, "Misc System Event")                                                                                       \
    X(8009, "Service Started")                                                                                         \
    X(8010, "Service Stopped")                                                                                         \
    X(8011, "Service Failure")                                                                                         \
    X(8012, "Successful Registry Modification")                                                                        \
    X(8013, "Successful Host-Policy Modification")                                                                     \
    X(8014, "Successful File Modification")                                                                            \
    X(8015, "Successful Stack Modification")                                                                           \
    X(8016, "Successful Application Modification")                                                                     \
    X(8017, "Successful Configuration Modification")                                                                   \
    X(8018, "Successful Service Modification")                                                                         \
    X(8019, "Failed Registry Modification")                                                                            \
    X(8020, "Failed Host-Policy Modification")                                                                         \
    X(8021, "Failed File Modification")                                                                                \
    X(8022, "Failed Stack Modification")                                                                               \
    X(8023, "Failed Application Modification")                                                                         \
    X(8024, "Failed Configuration Modification")                                                                       \
    X(8025, "Failed Service Modification")                                                                             \
    X(8026, "Registry Addition")                                                                                       \
    X(8027, "Host-Policy Created")                                                                                     \
    X(8028, "File Created")                                                                                            \
    X(8029, "Application Installed")                                                                                   \
    X(8030, "Service Installed")                                                                                       \
    X(8031, "Registry Deletion")                                                                                       \
    X(8032, "Host-Policy Deleted")                                                                                     \
    X(8033, "File Deleted")                                                                                            \
    X(8034, "Application Uninstalled")                                                                                 \
    X(8035, "Service Uninstalled")                                                                                     \
    X(8036, "System Informational")                                                                                    \
    X(8037, "System Action Allow")                                                                                     \
    X(8038, "System Action Deny")                                                                                      \
    X(8039, "Cron")                                                                                                    \
    X(8040, "Cron Status")                                                                                             \
    X(8041, "Cron Failed")                                                                                             \
    X(8042, "Cron Successful")                                                                                         \
    X(8043, "Daemon")                                                                                                  \
    X(8044, "Daemon Status")                                                                                           \
    X(8045, "Daemon Failed")                                                                                           \
    X(8046, "Daemon Successful")                                                                                       \
    X(8047, "Kernel")                                                                                                  \
    X(8048, "Kernel Status")                                                                                           \
    X(8049, "Kernel Failed")                                                                                           \
    X(8050, "Kernel Successful")                                                                                       \
    X(8051, "Authentication")                                                                                          \
    X(8052, "Information")                                                                                             \
    X(8053, "Notice")                                                                                                  \
    X(8054, "Warning")                                                                                                 \
    X(8055, "Error")                                                                                                   \
    X(8056, "Critical")                                                                                                \
    X(8057, "Debug")                                                                                                   \
    X(8058, "Messages")                                                                                                \
    X(8059, "Privilege Access")                                                                                        \
    X(8060, "Alert")                                                                                                   \
    X(8110, "Process Creation Success")                                                                                \
    X(9000, "Policy")                                                                                                  \
    X(10000, "Unknown")                                                                                                \
    X(10001, "Unknown")                                                                                                \
    X(12000, "CRE")                                                                                                    \
    X(13000, "Potential Exploit")                                                                                      \
    X(14000, "Flow")                                                                                                   \
    X(15000, "User Defined")                                                                                           \
    X(16000, "SIM Audit")                                                                                              \
    X(16001, "SIM User Authentication")                                                                                \
    X(16002, "SIM Configuration Change")                                                                               \
    X(16003, "SIM User Action")                                                                                        \
    X(16004, "Session Created")                                                                                        \
    X(16005, "Session Destroyed")                                                                                      \
    X(17000, "VIS Host Discovery")                                                                                     \
    X(18000, "Application")                                                                                            \
    X(19000, "Audit")                                                                                                  \
    X(19001, "General Audit Event")                                                                                    \
    X(19011, "Create Activity Attempted")                                                                              \
    X(19012, "Create Activity Succeeded")                                                                              \
    X(19013, "Create Activity Failed")                                                                                 \
    X(19014, "Read Activity Attempted")                                                                                \
    X(19015, "Read Activity Succeeded")                                                                                \
    X(19016, "Read Activity Failed")                                                                                   \
    X(19017, "Update Activity Attempted")                                                                              \
    X(19018, "Update Activity Succeeded")                                                                              \
    X(19019, "Update Activity Failed")                                                                                 \
    X(19020, "Delete Activity Attempted")                                                                              \
    X(19021, "Delete Activity Succeeded")                                                                              \
    X(19022, "Delete Activity Failed")                                                                                 \
    X(20000, "Risk")                                                                                                   \
    X(21000, "Risk Manager Audit")                                                                                     \
    X(22000, "Control")                                                                                                \
    X(23000, "Asset Profiler")                                                                                         \
    X(24000, "Sense")

#endif
