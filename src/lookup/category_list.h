/* lookup/category_list.h - QRadar's categories by id, high-level ones (thousands) and low-level ones, as its documents
 * name them. Ordered by id. */
#ifndef LOOKUP_CATEGORY_LIST_H
#define LOOKUP_CATEGORY_LIST_H

#define CATEGORY_LIST(X)                                                                                               \
    X(1000, "Recon")                                                                                                   \
    X(1001, "Unknown Form of Recon")                                                                                   \
    X(1002, "Application Query")                                                                                       \
    X(1003, "Host Query")                                                                                              \
    X(1004, "Network Sweep")                                                                                           \
    X(1005, "Mail Reconnaissance")                                                                                     \
    X(1006, "Windows Reconnaissance")                                                                                  \
    X(1007, "Portmap / RPC Request")                                                                                   \
    X(1008, "Host Port Scan")                                                                                          \
    X(1009, "RPC Dump")                                                                                                \
    X(1010, "DNS Reconnaissance")                                                                                      \
    X(1011, "Misc Recon Event")                                                                                        \
    X(1012, "Web Reconnaissance")                                                                                      \
    X(1013, "Database Reconnaissance")                                                                                 \
    X(1014, "ICMP Reconnaissance")                                                                                     \
    X(1015, "UDP Reconnaissance")                                                                                      \
    X(1016, "SNMP Reconnaissance")                                                                                     \
    X(1017, "ICMP Host Query")                                                                                         \
    X(1018, "UDP Host Query")                                                                                          \
    X(1019, "NMAP Reconnaissance")                                                                                     \
    X(1020, "TCP Reconnaissance")                                                                                      \
    X(1021, "Unix Reconnaissance")                                                                                     \
    X(1022, "FTP Reconnaissance")                                                                                      \
    X(2000, "DoS")                                                                                                     \
    X(2001, "Unknown DoS Attack")                                                                                      \
    X(2002, "ICMP DoS")                                                                                                \
    X(2003, "TCP DoS")                                                                                                 \
    X(2004, "UDP DoS")                                                                                                 \
    X(2005, "DNS Service DoS")                                                                                         \
    X(2006, "Web Service DoS")                                                                                         \
    X(2007, "Mail Service DoS")                                                                                        \
    X(2008, "Distributed DoS")                                                                                         \
    X(2009, "Misc DoS")                                                                                                \
    X(2010, "Unix DoS")                                                                                                \
    X(2011, "Windows DoS")                                                                                             \
    X(2012, "Database DoS")                                                                                            \
    X(2013, "FTP DoS")                                                                                                 \
    X(2014, "Infrastructure DoS")                                                                                      \
    X(2015, "Telnet DoS")                                                                                              \
    X(2016, "Brute Force Login")                                                                                       \
    X(2017, "High Rate TCP DoS")                                                                                       \
    X(2018, "High Rate UDP DoS")                                                                                       \
    X(2019, "High Rate ICMP DoS")                                                                                      \
    X(2020, "High Rate DoS")                                                                                           \
    X(2021, "Medium Rate TCP DoS")                                                                                     \
    X(2022, "Medium Rate UDP DoS")                                                                                     \
    X(2023, "Medium Rate ICMP DoS")                                                                                    \
    X(2024, "Medium Rate DoS")                                                                                         \
    X(2025, "Low Rate TCP DoS")                                                                                        \
    X(2026, "Low Rate UDP DoS")                                                                                        \
    X(2027, "Low Rate ICMP DoS")                                                                                       \
    X(2028, "Low Rate DoS")                                                                                            \
    X(2029, "Distributed High Rate TCP DoS")                                                                           \
    X(2030, "Distributed High Rate UDP DoS")                                                                           \
    X(2031, "Distributed High Rate ICMP DoS")                                                                          \
    X(2032, "Distributed High Rate DoS")                                                                               \
    X(2033, "Distributed Medium Rate TCP DoS")                                                                         \
    X(2034, "Distributed Medium Rate UDP DoS")                                                                         \
    X(2035, "Distributed Medium Rate ICMP DoS")                                                                        \
    X(2036, "Distributed Medium Rate DoS")                                                                             \
    X(2037, "Distributed Low Rate TCP DoS")                                                                            \
    X(2038, "Distributed Low Rate UDP DoS")                                                                            \
    X(2039, "Distributed Low Rate ICMP DoS")                                                                           \
    X(2040, "Distributed Low Rate DoS")                                                                                \
    X(2041, "High Rate TCP Scan")                                                                                      \
    X(2042, "High Rate UDP Scan")                                                                                      \
    X(2043, "High Rate ICMP Scan")                                                                                     \
    X(2044, "High Rate Scan")                                                                                          \
    X(2045, "Medium Rate TCP Scan")                                                                                    \
    X(2046, "Medium Rate UDP Scan")                                                                                    \
    X(2047, "Medium Rate ICMP Scan")                                                                                   \
    X(2048, "Medium Rate Scan")                                                                                        \
    X(2049, "Low Rate TCP Scan")                                                                                       \
    X(2050, "Low Rate UDP Scan")                                                                                       \
    X(2051, "Low Rate ICMP Scan")                                                                                      \
    X(2052, "Low Rate Scan")                                                                                           \
    X(2053, "VoIP DoS")                                                                                                \
    X(2054, "Flood")                                                                                                   \
    X(2055, "TCP Flood")                                                                                               \
    X(2056, "UDP Flood")                                                                                               \
    X(2057, "ICMP Flood")                                                                                              \
    X(2058, "SYN Flood")                                                                                               \
    X(2059, "URG Flood")                                                                                               \
    X(2060, "SYN URG Flood")                                                                                           \
    X(2061, "SYN FIN Flood")                                                                                           \
    X(2062, "SYN ACK Flood")                                                                                           \
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
    X(3017, "Login with username/password defaults successful")                                                        \
    X(3018, "Login with username/password defaults failed")                                                            \
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
    X(3050, "Suspicious Password")                                                                                     \
    X(3051, "Samba Login Succeeded")                                                                                   \
    X(3052, "Samba Login Failed")                                                                                      \
    X(3053, "Auth Server Session Opened")                                                                              \
    X(3054, "Auth Server Session Closed")                                                                              \
    X(3056, "Host Logout")                                                                                             \
    X(3057, "Misc Logout")                                                                                             \
    X(3058, "Auth Server Logout")                                                                                      \
    X(3059, "Web Service Logout")                                                                                      \
    X(3060, "Admin Logout")                                                                                            \
    X(3061, "FTP Logout")                                                                                              \
    X(3062, "SSH Logout")                                                                                              \
    X(3063, "Remote Access Logout")                                                                                    \
    X(3064, "Telnet Logout")                                                                                           \
    X(3065, "Samba Logout")                                                                                            \
    X(3066, "VoIP Login Succeeded")                                                                                    \
    X(3067, "VoIP Login Failed")                                                                                       \
    X(3068, "VoIP Login Logout")                                                                                       \
    X(3069, "VoIP Session Initiated")                                                                                  \
    X(3070, "VoIP Session Terminated")                                                                                 \
    X(3071, "SSH Session Started")                                                                                     \
    X(3072, "SSH Session Finished")                                                                                    \
    X(3073, "Admin Session Started")                                                                                   \
    X(3074, "Admin Session Finished")                                                                                  \
    X(3075, "Database Login Succeeded")                                                                                \
    X(3076, "Database Login Failed")                                                                                   \
    X(3077, "IKE Authentication Failed")                                                                               \
    X(3078, "IKE Authentication Succeeded")                                                                            \
    X(3079, "IKE Session Started")                                                                                     \
    X(3080, "IKE Session Ended")                                                                                       \
    X(3081, "IKE Error")                                                                                               \
    X(3082, "IKE Status")                                                                                              \
    X(3083, "RADIUS Session Started")                                                                                  \
    X(3084, "RADIUS Session Ended")                                                                                    \
    X(3085, "RADIUS Session Denied")                                                                                   \
    X(3086, "RADIUS Session Status")                                                                                   \
    X(3087, "RADIUS Authentication Failed")                                                                            \
    X(3088, "RADIUS Authentication Succeeded")                                                                         \
    X(3089, "TACACS Session Started")                                                                                  \
    X(3090, "TACACS Session Ended")                                                                                    \
    X(3091, "TACACS Session Denied")                                                                                   \
    X(3092, "TACACS Session Status")                                                                                   \
    X(3093, "TACACS Authentication Succeeded")                                                                         \
    X(3094, "TACACS Authentication Failed")                                                                            \
    X(3095, "Deauthenticating host succeeded")                                                                         \
    X(3096, "Deauthenticating host failed")                                                                            \
    X(3097, "Station authentication succeeded")                                                                        \
    X(3098, "Station authentication failed")                                                                           \
    X(3099, "Station association succeeded")                                                                           \
    X(3100, "Station association failed")                                                                              \
    X(3101, "Station reassociation succeeded")                                                                         \
    X(3102, "Station reassociation failed")                                                                            \
    X(3103, "Disassociating host succeeded")                                                                           \
    X(3104, "Disassociating host failed")                                                                              \
    X(3105, "SA Error")                                                                                                \
    X(3106, "SA Creation Failure")                                                                                     \
    X(3107, "SA Established")                                                                                          \
    X(3108, "SA Rejected")                                                                                             \
    X(3109, "Deleting SA")                                                                                             \
    X(3110, "Creating SA")                                                                                             \
    X(3111, "Certificate Mismatch")                                                                                    \
    X(3112, "Credentials Mismatch")                                                                                    \
    X(3113, "Admin Login Attempt")                                                                                     \
    X(3114, "User Login Attempt")                                                                                      \
    X(3115, "User Login Success")                                                                                      \
    X(3116, "User Login Failure")                                                                                      \
    X(3117, "SFTP Login Succeeded")                                                                                    \
    X(3118, "SFTP Login Failed")                                                                                       \
    X(3119, "SFTP Logout")                                                                                             \
    X(3120, "Identity Granted")                                                                                        \
    X(3121, "Identity Removed")                                                                                        \
    X(3122, "Identity Revoked")                                                                                        \
    X(3123, "Policy Removed")                                                                                          \
    X(3124, "User Account Locked")                                                                                     \
    X(3125, "User Account Unlocked")                                                                                   \
    X(3126, "User Account Expired")                                                                                    \
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
    X(4026, "Unauthorized Access Attempt")                                                                             \
    X(4027, "Misc Application Action Allowed")                                                                         \
    X(4028, "Misc Application Action Denied")                                                                          \
    X(4029, "Database Action Allowed")                                                                                 \
    X(4030, "Database Action Denied")                                                                                  \
    X(4031, "FTP Action Allowed")                                                                                      \
    X(4032, "FTP Action Denied")                                                                                       \
    X(4033, "Object Cached")                                                                                           \
    X(4034, "Object Not Cached")                                                                                       \
    X(4035, "Rate Limiting")                                                                                           \
    X(4036, "No Rate Limiting")                                                                                        \
    X(4037, "PII Access Permitted")                                                                                    \
    X(4038, "PII Access Denied")                                                                                       \
    X(4039, "IPS Permit")                                                                                              \
    X(5000, "Exploit")                                                                                                 \
    X(5001, "Unknown Exploit Attack")                                                                                  \
    X(5002, "Buffer Overflow")                                                                                         \
    X(5003, "DNS Exploit")                                                                                             \
    X(5004, "Telnet Exploit")                                                                                          \
    X(5005, "Linux Exploit")                                                                                           \
    X(5006, "Unix Exploit")                                                                                            \
    X(5007, "Windows Exploit")                                                                                         \
    X(5008, "Mail Exploit")                                                                                            \
    X(5009, "Infrastructure Exploit")                                                                                  \
    X(5010, "Misc Exploit")                                                                                            \
    X(5011, "Web Exploit")                                                                                             \
    X(5012, "Session Hijack")                                                                                          \
    X(5013, "Worm Active")                                                                                             \
    X(5014, "Password Guess/Retrieve")                                                                                 \
    X(5015, "FTP Exploit")                                                                                             \
    X(5016, "RPC Exploit")                                                                                             \
    X(5017, "SNMP Exploit")                                                                                            \
    X(5018, "NOOP Exploit")                                                                                            \
    X(5019, "Samba Exploit")                                                                                           \
    X(5020, "SSH Exploit")                                                                                             \
    X(5021, "Database Exploit")                                                                                        \
    X(5022, "ICMP Exploit")                                                                                            \
    X(5023, "UDP Exploit")                                                                                             \
    X(5024, "Browser Exploit")                                                                                         \
    X(5025, "DHCP Exploit")                                                                                            \
    X(5026, "Remote Access Exploit")                                                                                   \
    X(5027, "ActiveX Exploit")                                                                                         \
    X(5028, "SQL Injection")                                                                                           \
    X(5029, "Cross Site Scripting")                                                                                    \
    X(5030, "Format String Vulnerability")                                                                             \
    X(5031, "Input Validation Exploit")                                                                                \
    X(5032, "Remote Code Execution")                                                                                   \
    X(5033, "Memory Corruption")                                                                                       \
    X(5034, "Command Execution")                                                                                       \
    X(5035, "Code Injection")                                                                                          \
    X(5036, "Replay Attack")                                                                                           \
    X(6000, "Malware")                                                                                                 \
    X(6001, "Unknown Malware")                                                                                         \
    X(6002, "Backdoor Detected")                                                                                       \
    X(6003, "Hostile Mail Attachment")                                                                                 \
    X(6004, "Malicious Software")                                                                                      \
    X(6005, "Hostile Software Download")                                                                               \
    X(6006, "Virus Detected")                                                                                          \
    X(6007, "Misc Malware")                                                                                            \
    X(6008, "Trojan Detected")                                                                                         \
    X(6009, "Spyware Detected")                                                                                        \
    X(6010, "Content Scan")                                                                                            \
    X(6011, "Content Scan Failed")                                                                                     \
    X(6012, "Content Scan Successful")                                                                                 \
    X(6013, "Content Scan In Progress")                                                                                \
    X(6014, "Keylogger")                                                                                               \
    X(6015, "Adware Detected")                                                                                         \
    X(6016, "Quarantine Successful")                                                                                   \
    X(6017, "Quarantine Failed")                                                                                       \
    X(6018, "Malware Infection")                                                                                       \
    X(6019, "Remove Successful")                                                                                       \
    X(6020, "Remove Failed")                                                                                           \
    X(7000, "Suspicious Activity")                                                                                     \
    X(7001, "Unknown Suspicious Event")                                                                                \
    X(7002, "Suspicious Pattern Detected")                                                                             \
    X(7003, "Content Modified By Firewall")                                                                            \
    X(7004, "Invalid Command or Data")                                                                                 \
    X(7005, "Suspicious Packet")                                                                                       \
    X(7006, "Suspicious Activity")                                                                                     \
    X(7007, "Suspicious File Name")                                                                                    \
    X(7008, "Suspicious Port Activity")                                                                                \
    X(7009, "Suspicious Routing")                                                                                      \
    X(7010, "Potential Web Vulnerability")                                                                             \
    X(7011, "Unknown Evasion Event")                                                                                   \
    X(7012, "IP Spoof")                                                                                                \
    X(7013, "IP Fragmentation")                                                                                        \
    X(7014, "Overlapping IP Fragments")                                                                                \
    X(7015, "IDS Evasion")                                                                                             \
    X(7016, "DNS Protocol Anomaly")                                                                                    \
    X(7017, "FTP Protocol Anomaly")                                                                                    \
    X(7018, "Mail Protocol Anomaly")                                                                                   \
    X(7019, "Routing Protocol Anomaly")                                                                                \
    X(7020, "Web Protocol Anomaly")                                                                                    \
    X(7021, "SQL Protocol Anomaly")                                                                                    \
    X(7022, "Executable Code Detected")                                                                                \
    X(7023, "Misc Suspicious Event")                                                                                   \
    X(7024, "Information Leak")                                                                                        \
    X(7025, "Potential Mail Vulnerability")                                                                            \
    X(7026, "Potential Version Vulnerability")                                                                         \
    X(7027, "Potential FTP Vulnerability")                                                                             \
    X(7028, "Potential SSH Vulnerability")                                                                             \
    X(7029, "Potential DNS Vulnerability")                                                                             \
    X(7030, "Potential SMB Vulnerability")                                                                             \
    X(7031, "Potential Database Vulnerability")                                                                        \
    X(7032, "IP Protocol Anomaly")                                                                                     \
    X(7033, "Suspicious IP Address")                                                                                   \
    X(7034, "Invalid IP Protocol Usage")                                                                               \
    X(7035, "Invalid Protocol")                                                                                        \
    X(7036, "Suspicious Windows Events")                                                                               \
    X(7037, "Suspicious ICMP Activity")                                                                                \
    X(7038, "Potential NFS Vulnerability")                                                                             \
    X(7039, "Potential NNTP Vulnerability")                                                                            \
    X(7040, "Potential RPC Vulnerability")                                                                             \
    X(7041, "Potential Telnet Vulnerability")                                                                          \
    X(7042, "Potential SNMP Vulnerability")                                                                            \
    X(7043, "Illegal TCP Flag Combination")                                                                            \
    X(7044, "Suspicious TCP Flag Combination")                                                                         \
    X(7045, "Illegal ICMP Protocol Usage")                                                                             \
    X(7046, "Suspicious ICMP Protocol Usage")                                                                          \
    X(7047, "Illegal ICMP Type")                                                                                       \
    X(7048, "Illegal ICMP Code")                                                                                       \
    X(7049, "Suspicious ICMP Type")                                                                                    \
    X(7050, "Suspicious ICMP Code")                                                                                    \
    X(7051, "TCP Port 0")                                                                                              \
    X(7052, "UDP Port 0")                                                                                              \
    X(7053, "Hostile IP")                                                                                              \
    X(7054, "Watch List IP")                                                                                           \
    X(7055, "Known Offender IP")                                                                                       \
    X(7056, "RFC 1918 (private) IP")                                                                                   \
    X(7057, "Potential VoIP Vulnerability")                                                                            \
    X(7058, "Blacklist Address")                                                                                       \
    X(7059, "Watchlist Address")                                                                                       \
    X(7060, "Darknet Address")                                                                                         \
    X(7061, "Botnet Address")                                                                                          \
    X(7062, "Suspicious Address")                                                                                      \
    X(7063, "Bad Content")                                                                                             \
    X(7064, "Invalid Cert")                                                                                            \
    X(7065, "User Activity")                                                                                           \
    X(7066, "Suspicious Protocol Usage")                                                                               \
    X(7067, "Suspicious BGP Activity")                                                                                 \
    X(7068, "Route Poisoning")                                                                                         \
    X(7069, "ARP Poisoning")                                                                                           \
    X(7070, "Rogue Device Detected")                                                                                   \
    X(7071, "Government Agency Address")                                                                               \
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
    X(8061, "Emergency")                                                                                               \
    X(8062, "SNMP Status")                                                                                             \
    X(8063, "FTP Status")                                                                                              \
    X(8064, "NTP Status")                                                                                              \
    X(8065, "Access Point Radio Failure")                                                                              \
    X(8066, "Encryption Protocol Configuration Mismatch")                                                              \
    X(8067, "Client Device or Authentication Server Misconfigured")                                                    \
    X(8068, "Hot Standby Enable Failed")                                                                               \
    X(8069, "Hot Standby Disable Failed")                                                                              \
    X(8070, "Hot Standby Enabled Successfully")                                                                        \
    X(8071, "Hot Standby Association Lost")                                                                            \
    X(8072, "MainMode Initiation Failure")                                                                             \
    X(8073, "MainMode Initiation Succeeded")                                                                           \
    X(8074, "MainMode Status")                                                                                         \
    X(8075, "QuickMode Initiation Failure")                                                                            \
    X(8076, "QuickMode Initiation Succeeded")                                                                          \
    X(8077, "QuickMode Status")                                                                                        \
    X(8078, "Invalid License")                                                                                         \
    X(8079, "License Expired")                                                                                         \
    X(8080, "New License Applied")                                                                                     \
    X(8081, "License Error")                                                                                           \
    X(8082, "License Status")                                                                                          \
    X(8083, "Configuration Error")                                                                                     \
    X(8084, "Service Disruption")                                                                                      \
    X(8085, "License Exceeded")                                                                                        \
    X(8086, "Performance Status")                                                                                      \
    X(8087, "Performance Degradation")                                                                                 \
    X(8088, "Misconfiguration")                                                                                        \
    X(8110, "Process Creation Success")                                                                                \
    X(9000, "Policy")                                                                                                  \
    X(9001, "Unknown Policy Violation")                                                                                \
    X(9002, "Web Policy Violation")                                                                                    \
    X(9003, "Remote Access Policy Violation")                                                                          \
    X(9004, "IRC/IM Policy Violation")                                                                                 \
    X(9005, "P2P Policy Violation")                                                                                    \
    X(9006, "IP Access Policy Violation")                                                                              \
    X(9007, "Application Policy Violation")                                                                            \
    X(9008, "Database Policy Violation")                                                                               \
    X(9009, "Network Threshold Policy Violation")                                                                      \
    X(9010, "Porn Policy Violation")                                                                                   \
    X(9011, "Games Policy Violation")                                                                                  \
    X(9012, "Misc Policy Violation")                                                                                   \
    X(9013, "Compliance Policy Violation")                                                                             \
    X(9014, "Mail Policy Violation")                                                                                   \
    X(9015, "IRC Policy Violation")                                                                                    \
    X(9016, "IM Policy Violation")                                                                                     \
    X(9017, "VoIP Policy Violation")                                                                                   \
    X(9018, "Succeeded")                                                                                               \
    X(9019, "Failed")                                                                                                  \
    X(9020, "Data Loss Prevention Policy Violation")                                                                   \
    X(9021, "Watchlist Object")                                                                                        \
    X(9022, "Web Policy Allow")                                                                                        \
    X(10000, "Unknown")                                                                                                \
    X(10001, "Unknown")                                                                                                \
    X(10002, "Unknown Snort Event")                                                                                    \
    X(10003, "Unknown Dragon Event")                                                                                   \
    X(10004, "Unknown Pix Firewall Event")                                                                             \
    X(10005, "Unknown Tipping Point Event")                                                                            \
    X(10006, "Unknown Windows Auth Server Event")                                                                      \
    X(10007, "Unknown Nortel Event")                                                                                   \
    X(10008, "Stored")                                                                                                 \
    X(10009, "Custom Rule Engine Message")                                                                             \
    X(11001, "Behavioral")                                                                                             \
    X(11002, "Threshold")                                                                                              \
    X(11003, "Anomaly")                                                                                                \
    X(12000, "CRE")                                                                                                    \
    X(12001, "Unknown CRE Event")                                                                                      \
    X(12002, "Single Event Rule Match")                                                                                \
    X(12003, "Event Sequence Rule Match")                                                                              \
    X(12004, "Cross-Offense Event Sequence Rule Match")                                                                \
    X(12005, "Offense Rule Match")                                                                                     \
    X(13000, "Potential Exploit")                                                                                      \
    X(13001, "Unknown Potential Exploit Attack")                                                                       \
    X(13002, "Potential Buffer Overflow")                                                                              \
    X(13003, "Potential DNS Exploit")                                                                                  \
    X(13004, "Potential Telnet Exploit")                                                                               \
    X(13005, "Potential Linux Exploit")                                                                                \
    X(13006, "Potential Unix Exploit")                                                                                 \
    X(13007, "Potential Windows Exploit")                                                                              \
    X(13008, "Potential Mail Exploit")                                                                                 \
    X(13009, "Potential Infrastructure Exploit")                                                                       \
    X(13010, "Potential Misc Exploit")                                                                                 \
    X(13011, "Potential Web Exploit")                                                                                  \
    X(13012, "Potential Botnet Connection")                                                                            \
    X(13013, "Potential Worm Activity")                                                                                \
    X(14000, "Flow")                                                                                                   \
    X(14001, "Unidirectional Flow")                                                                                    \
    X(14002, "Low number of Unidirectional Flows")                                                                     \
    X(14003, "Medium number of Unidirectional Flows")                                                                  \
    X(14004, "High number of Unidirectional Flows")                                                                    \
    X(14005, "Unidirectional TCP Flow")                                                                                \
    X(14006, "Low number of Unidirectional TCP Flows")                                                                 \
    X(14007, "Medium number of Unidirectional TCP Flows")                                                              \
    X(14008, "High number of Unidirectional TCP Flows")                                                                \
    X(14009, "Unidirectional ICMP Flow")                                                                               \
    X(14010, "Low number of Unidirectional ICMP Flows")                                                                \
    X(14011, "Medium number of Unidirectional ICMP Flows")                                                             \
    X(14012, "High number of Unidirectional ICMP Flows")                                                               \
    X(14013, "Suspicious ICMP Flow")                                                                                   \
    X(14014, "Suspicious UDP Flow")                                                                                    \
    X(14015, "Suspicious TCP Flow")                                                                                    \
    X(14016, "Suspicious Flow")                                                                                        \
    X(14017, "Empty Packet Flows")                                                                                     \
    X(14018, "Low number of Empty Packet Flows")                                                                       \
    X(14019, "Medium number of Empty Packet Flows")                                                                    \
    X(14020, "High number of Empty Packet Flows")                                                                      \
    X(14021, "Large Payload Flows")                                                                                    \
    X(14022, "Low number of Large Payload Flows")                                                                      \
    X(14023, "Medium number of Large Payload Flows")                                                                   \
    X(14024, "High number of Large Payload Flows")                                                                     \
    X(14025, "One Attacker to Many Target Flow")                                                                       \
    X(14026, "Many Attackers to one Target Flow")                                                                      \
    X(14027, "Unknown Flow")                                                                                           \
    X(14028, "Netflow Record")                                                                                         \
    X(14029, "QFlow Record")                                                                                           \
    X(14030, "SFlow Record")                                                                                           \
    X(14031, "Packeteer Record")                                                                                       \
    X(14032, "Misc Flow")                                                                                              \
    X(14033, "Large Data Transfer")                                                                                    \
    X(14034, "Large Data Transfer Outbound")                                                                           \
    X(14035, "VoIP Flows")                                                                                             \
    X(15000, "User Defined")                                                                                           \
    X(15001, "Custom Sentry Low")                                                                                      \
    X(15002, "Custom Sentry Medium")                                                                                   \
    X(15003, "Custom Sentry High")                                                                                     \
    X(15004, "Custom Sentry 1")                                                                                        \
    X(15005, "Custom Sentry 2")                                                                                        \
    X(15006, "Custom Sentry 3")                                                                                        \
    X(15007, "Custom Sentry 4")                                                                                        \
    X(15008, "Custom Sentry 5")                                                                                        \
    X(15009, "Custom Sentry 6")                                                                                        \
    X(15010, "Custom Sentry 7")                                                                                        \
    X(15011, "Custom Sentry 8")                                                                                        \
    X(15012, "Custom Sentry 9")                                                                                        \
    X(15013, "Custom Policy Low")                                                                                      \
    X(15014, "Custom Policy Medium")                                                                                   \
    X(15015, "Custom Policy High")                                                                                     \
    X(15016, "Custom Policy 1")                                                                                        \
    X(15017, "Custom Policy 2")                                                                                        \
    X(15018, "Custom Policy 3")                                                                                        \
    X(15019, "Custom Policy 4")                                                                                        \
    X(15020, "Custom Policy 5")                                                                                        \
    X(15021, "Custom Policy 6")                                                                                        \
    X(15022, "Custom Policy 7")                                                                                        \
    X(15023, "Custom Policy 8")                                                                                        \
    X(15024, "Custom Policy 9")                                                                                        \
    X(15025, "Custom User Low")                                                                                        \
    X(15026, "Custom User Medium")                                                                                     \
    X(15027, "Custom User High")                                                                                       \
    X(15028, "Custom User 1")                                                                                          \
    X(15029, "Custom User 2")                                                                                          \
    X(15030, "Custom User 3")                                                                                          \
    X(15031, "Custom User 4")                                                                                          \
    X(15032, "Custom User 5")                                                                                          \
    X(15033, "Custom User 6")                                                                                          \
    X(15034, "Custom User 7")                                                                                          \
    X(15035, "Custom User 8")                                                                                          \
    X(15036, "Custom User 9")                                                                                          \
    X(16000, "SIM Audit")                                                                                              \
    X(16001, "SIM User Authentication")                                                                                \
    X(16002, "SIM Configuration Change")                                                                               \
    X(16003, "SIM User Action")                                                                                        \
    X(16004, "Session Created")                                                                                        \
    X(16005, "Session Destroyed")                                                                                      \
    X(16006, "Admin Session Created")                                                                                  \
    X(16007, "Admin Session Destroyed")                                                                                \
    X(16008, "Session Authentication Invalid")                                                                         \
    X(16009, "Session Authentication Expired")                                                                         \
    X(16010, "Risk Manager Configuration")                                                                             \
    X(17000, "VIS Host Discovery")                                                                                     \
    X(17001, "New Host Discovered")                                                                                    \
    X(17002, "New OS Discovered")                                                                                      \
    X(17003, "New Port Discovered")                                                                                    \
    X(17004, "New Vuln Discovered")                                                                                    \
    X(17005, "Bulk Host Discovered")                                                                                   \
    X(18000, "Application")                                                                                            \
    X(18001, "Mail Opened")                                                                                            \
    X(18002, "Mail Closed")                                                                                            \
    X(18003, "Mail Reset")                                                                                             \
    X(18004, "Mail Terminated")                                                                                        \
    X(18005, "Mail Denied")                                                                                            \
    X(18006, "Mail In Progress")                                                                                       \
    X(18007, "Mail Delayed")                                                                                           \
    X(18008, "Mail Queued")                                                                                            \
    X(18009, "Mail Redirected")                                                                                        \
    X(18010, "FTP Opened")                                                                                             \
    X(18011, "FTP Closed")                                                                                             \
    X(18012, "FTP Reset")                                                                                              \
    X(18013, "FTP Terminated")                                                                                         \
    X(18014, "FTP Denied")                                                                                             \
    X(18015, "FTP In Progress")                                                                                        \
    X(18016, "FTP Redirected")                                                                                         \
    X(18017, "HTTP Opened")                                                                                            \
    X(18018, "HTTP Closed")                                                                                            \
    X(18019, "HTTP Reset")                                                                                             \
    X(18020, "HTTP Terminated")                                                                                        \
    X(18021, "HTTP Denied")                                                                                            \
    X(18022, "HTTP In Progress")                                                                                       \
    X(18023, "HTTP Delayed")                                                                                           \
    X(18024, "HTTP Queued")                                                                                            \
    X(18025, "HTTP Redirected")                                                                                        \
    X(18026, "HTTP Proxy")                                                                                             \
    X(18027, "HTTPS Opened")                                                                                           \
    X(18028, "HTTPS Closed")                                                                                           \
    X(18029, "HTTPS Reset")                                                                                            \
    X(18030, "HTTPS Terminated")                                                                                       \
    X(18031, "HTTPS Denied")                                                                                           \
    X(18032, "HTTPS In Progress")                                                                                      \
    X(18033, "HTTPS Delayed")                                                                                          \
    X(18034, "HTTPS Queued")                                                                                           \
    X(18035, "HTTPS Redirected")                                                                                       \
    X(18036, "HTTPS Proxy")                                                                                            \
    X(18037, "SSH Opened")                                                                                             \
    X(18038, "SSH Closed")                                                                                             \
    X(18039, "SSH Reset")                                                                                              \
    X(18040, "SSH Terminated")                                                                                         \
    X(18041, "SSH Denied")                                                                                             \
    X(18042, "SSH In Progress")                                                                                        \
    X(18043, "RemoteAccess Opened")                                                                                    \
    X(18044, "RemoteAccess Closed")                                                                                    \
    X(18045, "RemoteAccess Reset")                                                                                     \
    X(18046, "RemoteAccess Terminated")                                                                                \
    X(18047, "RemoteAccess Denied")                                                                                    \
    X(18048, "RemoteAccess In Progress")                                                                               \
    X(18049, "RemoteAccess Delayed")                                                                                   \
    X(18050, "RemoteAccess Redirected")                                                                                \
    X(18051, "VPN Opened")                                                                                             \
    X(18052, "VPN Closed")                                                                                             \
    X(18053, "VPN Reset")                                                                                              \
    X(18054, "VPN Terminated")                                                                                         \
    X(18055, "VPN Denied")                                                                                             \
    X(18056, "VPN In Progress")                                                                                        \
    X(18057, "VPN Delayed")                                                                                            \
    X(18058, "VPN Queued")                                                                                             \
    X(18059, "VPN Redirected")                                                                                         \
    X(18060, "RDP Opened")                                                                                             \
    X(18061, "RDP Closed")                                                                                             \
    X(18062, "RDP Reset")                                                                                              \
    X(18063, "RDP Terminated")                                                                                         \
    X(18064, "RDP Denied")                                                                                             \
    X(18065, "RDP In Progress")                                                                                        \
    X(18066, "RDP Redirected")                                                                                         \
    X(18067, "FileTransfer Opened")                                                                                    \
    X(18068, "FileTransfer Closed")                                                                                    \
    X(18069, "FileTransfer Reset")                                                                                     \
    X(18070, "FileTransfer Terminated")                                                                                \
    X(18071, "FileTransfer Denied")                                                                                    \
    X(18072, "FileTransfer In Progress")                                                                               \
    X(18073, "FileTransfer Delayed")                                                                                   \
    X(18074, "FileTransfer Queued")                                                                                    \
    X(18075, "FileTransfer Redirected")                                                                                \
    X(18076, "DNS Opened")                                                                                             \
    X(18077, "DNS Closed")                                                                                             \
    X(18078, "DNS Reset")                                                                                              \
    X(18079, "DNS Terminated")                                                                                         \
    X(18080, "DNS Denied")                                                                                             \
    X(18081, "DNS In Progress")                                                                                        \
    X(18082, "DNS Delayed")                                                                                            \
    X(18083, "DNS Redirected")                                                                                         \
    X(18084, "Chat Opened")                                                                                            \
    X(18085, "Chat Closed")                                                                                            \
    X(18086, "Chat Reset")                                                                                             \
    X(18087, "Chat Terminated")                                                                                        \
    X(18088, "Chat Denied")                                                                                            \
    X(18089, "Chat In Progress")                                                                                       \
    X(18090, "Chat Redirected")                                                                                        \
    X(18091, "Database Opened")                                                                                        \
    X(18092, "Database Closed")                                                                                        \
    X(18093, "Database Reset")                                                                                         \
    X(18094, "Database Terminated")                                                                                    \
    X(18095, "Database Denied")                                                                                        \
    X(18096, "Database In Progress")                                                                                   \
    X(18097, "Database Redirected")                                                                                    \
    X(18098, "SMTP Opened")                                                                                            \
    X(18099, "SMTP Closed")                                                                                            \
    X(18100, "SMTP Reset")                                                                                             \
    X(18101, "SMTP Terminated")                                                                                        \
    X(18102, "SMTP Denied")                                                                                            \
    X(18103, "SMTP In Progress")                                                                                       \
    X(18104, "SMTP Delayed")                                                                                           \
    X(18105, "SMTP Queued")                                                                                            \
    X(18106, "SMTP Redirected")                                                                                        \
    X(18107, "Auth Opened")                                                                                            \
    X(18108, "Auth Closed")                                                                                            \
    X(18109, "Auth Reset")                                                                                             \
    X(18110, "Auth Terminated")                                                                                        \
    X(18111, "Auth Denied")                                                                                            \
    X(18112, "Auth In Progress")                                                                                       \
    X(18113, "Auth Delayed")                                                                                           \
    X(18114, "Auth Queued")                                                                                            \
    X(18115, "Auth Redirected")                                                                                        \
    X(18116, "P2P Opened")                                                                                             \
    X(18117, "P2P Closed")                                                                                             \
    X(18118, "P2P Reset")                                                                                              \
    X(18119, "P2P Terminated")                                                                                         \
    X(18120, "P2P Denied")                                                                                             \
    X(18121, "P2P In Progress")                                                                                        \
    X(18122, "Web Opened")                                                                                             \
    X(18123, "Web Closed")                                                                                             \
    X(18124, "Web Reset")                                                                                              \
    X(18125, "Web Terminated")                                                                                         \
    X(18126, "Web Denied")                                                                                             \
    X(18127, "Web In Progress")                                                                                        \
    X(18128, "Web Delayed")                                                                                            \
    X(18129, "Web Queued")                                                                                             \
    X(18130, "Web Redirected")                                                                                         \
    X(18131, "Web Proxy")                                                                                              \
    X(18132, "VoIP Opened")                                                                                            \
    X(18133, "VoIP Closed")                                                                                            \
    X(18134, "VoIP Reset")                                                                                             \
    X(18135, "VoIP Terminated")                                                                                        \
    X(18136, "VoIP Denied")                                                                                            \
    X(18137, "VoIP In Progress")                                                                                       \
    X(18138, "VoIP Delayed")                                                                                           \
    X(18139, "VoIP Redirected")                                                                                        \
    X(18140, "LDAP Session Started")                                                                                   \
    X(18141, "LDAP Session Ended")                                                                                     \
    X(18142, "LDAP Session Denied")                                                                                    \
    X(18143, "LDAP Session Status")                                                                                    \
    X(18144, "LDAP Authentication Failed")                                                                             \
    X(18145, "LDAP Authentication Succeeded")                                                                          \
    X(18146, "AAA Session Started")                                                                                    \
    X(18147, "AAA Session Ended")                                                                                      \
    X(18148, "AAA Session Denied")                                                                                     \
    X(18149, "AAA Session Status")                                                                                     \
    X(18150, "AAA Authentication Failed")                                                                              \
    X(18151, "AAA Authentication Succeeded")                                                                           \
    X(18152, "IPSec Authentication Failed")                                                                            \
    X(18153, "IPSec Authentication Succeeded")                                                                         \
    X(18154, "IPSec Session Started")                                                                                  \
    X(18155, "IPSec Session Ended")                                                                                    \
    X(18156, "IPSec Error")                                                                                            \
    X(18157, "IPSec Status")                                                                                           \
    X(18158, "IM Session Opened")                                                                                      \
    X(18159, "IM Session Closed")                                                                                      \
    X(18160, "IM Session Reset")                                                                                       \
    X(18161, "IM Session Terminated")                                                                                  \
    X(18162, "IM Session Denied")                                                                                      \
    X(18163, "IM Session In Progress")                                                                                 \
    X(18164, "IM Session Delayed")                                                                                     \
    X(18165, "IM Session Redirected")                                                                                  \
    X(18166, "Whois Session Opened")                                                                                   \
    X(18167, "Whois Session Closed")                                                                                   \
    X(18168, "Whois Session Reset")                                                                                    \
    X(18169, "Whois Session Terminated")                                                                               \
    X(18170, "Whois Session Denied")                                                                                   \
    X(18171, "Whois Session In Progress")                                                                              \
    X(18172, "Whois Session Redirected")                                                                               \
    X(18173, "Traceroute Session Opened")                                                                              \
    X(18174, "Traceroute Session Closed")                                                                              \
    X(18175, "Traceroute Session Denied")                                                                              \
    X(18176, "Traceroute Session In Progress")                                                                         \
    X(18177, "TN3270 Session Opened")                                                                                  \
    X(18178, "TN3270 Session Closed")                                                                                  \
    X(18179, "TN3270 Session Reset")                                                                                   \
    X(18180, "TN3270 Session Terminated")                                                                              \
    X(18181, "TN3270 Session Denied")                                                                                  \
    X(18182, "TN3270 Session In Progress")                                                                             \
    X(18183, "TFTP Session Opened")                                                                                    \
    X(18184, "TFTP Session Closed")                                                                                    \
    X(18185, "TFTP Session Reset")                                                                                     \
    X(18186, "TFTP Session Terminated")                                                                                \
    X(18187, "TFTP Session Denied")                                                                                    \
    X(18188, "TFTP Session In Progress")                                                                               \
    X(18189, "Telnet Session Opened")                                                                                  \
    X(18190, "Telnet Session Closed")                                                                                  \
    X(18191, "Telnet Session Reset")                                                                                   \
    X(18192, "Telnet Session Terminated")                                                                              \
    X(18193, "Telnet Session Denied")                                                                                  \
    X(18194, "Telnet Session In Progress")                                                                             \
    X(18201, "Syslog Session Opened")                                                                                  \
    X(18202, "Syslog Session Closed")                                                                                  \
    X(18203, "Syslog Session Denied")                                                                                  \
    X(18204, "Syslog Session In Progress")                                                                             \
    X(18205, "SSL Session Opened")                                                                                     \
    X(18206, "SSL Session Closed")                                                                                     \
    X(18207, "SSL Session Reset")                                                                                      \
    X(18208, "SSL Session Terminated")                                                                                 \
    X(18209, "SSL Session Denied")                                                                                     \
    X(18210, "SSL Session In Progress")                                                                                \
    X(18211, "SNMP Session Opened")                                                                                    \
    X(18212, "SNMP Session Closed")                                                                                    \
    X(18213, "SNMP Session Denied")                                                                                    \
    X(18214, "SNMP Session In Progress")                                                                               \
    X(18215, "SMB Session Opened")                                                                                     \
    X(18216, "SMB Session Closed")                                                                                     \
    X(18217, "SMB Session Reset")                                                                                      \
    X(18218, "SMB Session Terminated")                                                                                 \
    X(18219, "SMB Session Denied")                                                                                     \
    X(18220, "SMB Session In Progress")                                                                                \
    X(18221, "Streaming Media Session Opened")                                                                         \
    X(18222, "Streaming Media Session Closed")                                                                         \
    X(18223, "Streaming Media Session Reset")                                                                          \
    X(18224, "Streaming Media Session Terminated")                                                                     \
    X(18225, "Streaming Media Session Denied")                                                                         \
    X(18226, "Streaming Media Session In Progress")                                                                    \
    X(18227, "RUSERS Session Opened")                                                                                  \
    X(18228, "RUSERS Session Closed")                                                                                  \
    X(18229, "RUSERS Session Denied")                                                                                  \
    X(18230, "RUSERS Session In Progress")                                                                             \
    X(18231, "RSH Session Opened")                                                                                     \
    X(18232, "RSH Session Closed")                                                                                     \
    X(18233, "RSH Session Reset")                                                                                      \
    X(18234, "RSH Session Terminated")                                                                                 \
    X(18235, "RSH Session Denied")                                                                                     \
    X(18236, "RSH Session In Progress")                                                                                \
    X(18237, "RLOGIN Session Opened")                                                                                  \
    X(18238, "RLOGIN Session Closed")                                                                                  \
    X(18239, "RLOGIN Session Reset")                                                                                   \
    X(18240, "RLOGIN Session Terminated")                                                                              \
    X(18241, "RLOGIN Session Denied")                                                                                  \
    X(18242, "RLOGIN Session In Progress")                                                                             \
    X(18243, "REXEC Session Opened")                                                                                   \
    X(18244, "REXEC Session Closed")                                                                                   \
    X(18245, "REXEC Session Reset")                                                                                    \
    X(18246, "REXEC Session Terminated")                                                                               \
    X(18247, "REXEC Session Denied")                                                                                   \
    X(18248, "REXEC Session In Progress")                                                                              \
    X(18249, "RPC Session Opened")                                                                                     \
    X(18250, "RPC Session Closed")                                                                                     \
    X(18251, "RPC Session Reset")                                                                                      \
    X(18252, "RPC Session Terminated")                                                                                 \
    X(18253, "RPC Session Denied")                                                                                     \
    X(18254, "RPC Session In Progress")                                                                                \
    X(18255, "NTP Session Opened")                                                                                     \
    X(18256, "NTP Session Closed")                                                                                     \
    X(18257, "NTP Session Reset")                                                                                      \
    X(18258, "NTP Session Terminated")                                                                                 \
    X(18259, "NTP Session Denied")                                                                                     \
    X(18260, "NTP Session In Progress")                                                                                \
    X(18261, "NNTP Session Opened")                                                                                    \
    X(18262, "NNTP Session Closed")                                                                                    \
    X(18263, "NNTP Session Reset")                                                                                     \
    X(18264, "NNTP Session Terminated")                                                                                \
    X(18265, "NNTP Session Denied")                                                                                    \
    X(18266, "NNTP Session In Progress")                                                                               \
    X(18267, "NFS Session Opened")                                                                                     \
    X(18268, "NFS Session Closed")                                                                                     \
    X(18269, "NFS Session Reset")                                                                                      \
    X(18270, "NFS Session Terminated")                                                                                 \
    X(18271, "NFS Session Denied")                                                                                     \
    X(18272, "NFS Session In Progress")                                                                                \
    X(18273, "NCP Session Opened")                                                                                     \
    X(18274, "NCP Session Closed")                                                                                     \
    X(18275, "NCP Session Reset")                                                                                      \
    X(18276, "NCP Session Terminated")                                                                                 \
    X(18277, "NCP Session Denied")                                                                                     \
    X(18278, "NCP Session In Progress")                                                                                \
    X(18279, "NetBIOS Session Opened")                                                                                 \
    X(18280, "NetBIOS Session Closed")                                                                                 \
    X(18281, "NetBIOS Session Reset")                                                                                  \
    X(18282, "NetBIOS Session Terminated")                                                                             \
    X(18283, "NetBIOS Session Denied")                                                                                 \
    X(18284, "NetBIOS Session In Progress")                                                                            \
    X(18285, "MODBUS Session Opened")                                                                                  \
    X(18286, "MODBUS Session Closed")                                                                                  \
    X(18287, "MODBUS Session Reset")                                                                                   \
    X(18288, "MODBUS Session Terminated")                                                                              \
    X(18289, "MODBUS Session Denied")                                                                                  \
    X(18290, "MODBUS Session In Progress")                                                                             \
    X(18291, "LPD Session Opened")                                                                                     \
    X(18292, "LPD Session Closed")                                                                                     \
    X(18293, "LPD Session Reset")                                                                                      \
    X(18294, "LPD Session Terminated")                                                                                 \
    X(18295, "LPD Session Denied")                                                                                     \
    X(18296, "LPD Session In Progress")                                                                                \
    X(18297, "Lotus Notes Session Opened")                                                                             \
    X(18298, "Lotus Notes Session Closed")                                                                             \
    X(18299, "Lotus Notes Session Reset")                                                                              \
    X(18300, "Lotus Notes Session Terminated")                                                                         \
    X(18301, "Lotus Notes Session Denied")                                                                             \
    X(18302, "Lotus Notes Session In Progress")                                                                        \
    X(18303, "Kerberos Session Opened")                                                                                \
    X(18304, "Kerberos Session Closed")                                                                                \
    X(18305, "Kerberos Session Reset")                                                                                 \
    X(18306, "Kerberos Session Terminated")                                                                            \
    X(18307, "Kerberos Session Denied")                                                                                \
    X(18308, "Kerberos Session In Progress")                                                                           \
    X(18309, "IRC Session Opened")                                                                                     \
    X(18310, "IRC Session Closed")                                                                                     \
    X(18311, "IRC Session Reset")                                                                                      \
    X(18312, "IRC Session Terminated")                                                                                 \
    X(18313, "IRC Session Denied")                                                                                     \
    X(18314, "IRC Session In Progress")                                                                                \
    X(18315, "IEC 104 Session Opened")                                                                                 \
    X(18316, "IEC 104 Session Closed")                                                                                 \
    X(18317, "IEC 104 Session Reset")                                                                                  \
    X(18318, "IEC 104 Session Terminated")                                                                             \
    X(18319, "IEC 104 Session Denied")                                                                                 \
    X(18320, "IEC 104 Session In Progress")                                                                            \
    X(18321, "Ident Session Opened")                                                                                   \
    X(18322, "Ident Session Closed")                                                                                   \
    X(18323, "Ident Session Reset")                                                                                    \
    X(18324, "Ident Session Terminated")                                                                               \
    X(18325, "Ident Session Denied")                                                                                   \
    X(18326, "Ident Session In Progress")                                                                              \
    X(18327, "ICCP Session Opened")                                                                                    \
    X(18328, "ICCP Session Closed")                                                                                    \
    X(18329, "ICCP Session Reset")                                                                                     \
    X(18330, "ICCP Session Terminated")                                                                                \
    X(18331, "ICCP Session Denied")                                                                                    \
    X(18332, "ICCP Session In Progress")                                                                               \
    X(18333, "Groupwise Session Opened")                                                                               \
    X(18334, "Groupwise Session Closed")                                                                               \
    X(18335, "Groupwise Session Reset")                                                                                \
    X(18336, "Groupwise Session Terminated")                                                                           \
    X(18337, "Groupwise Session Denied")                                                                               \
    X(18338, "Groupwise Session In Progress")                                                                          \
    X(18339, "Gopher Session Opened")                                                                                  \
    X(18340, "Gopher Session Closed")                                                                                  \
    X(18341, "Gopher Session Reset")                                                                                   \
    X(18342, "Gopher Session Terminated")                                                                              \
    X(18343, "Gopher Session Denied")                                                                                  \
    X(18344, "Gopher Session In Progress")                                                                             \
    X(18345, "GIOP Session Opened")                                                                                    \
    X(18346, "GIOP Session Closed")                                                                                    \
    X(18347, "GIOP Session Reset")                                                                                     \
    X(18348, "GIOP Session Terminated")                                                                                \
    X(18349, "GIOP Session Denied")                                                                                    \
    X(18350, "GIOP Session In Progress")                                                                               \
    X(18351, "Finger Session Opened")                                                                                  \
    X(18352, "Finger Session Closed")                                                                                  \
    X(18353, "Finger Session Reset")                                                                                   \
    X(18354, "Finger Session Terminated")                                                                              \
    X(18355, "Finger Session Denied")                                                                                  \
    X(18356, "Finger Session In Progress")                                                                             \
    X(18357, "Echo Session Opened")                                                                                    \
    X(18358, "Echo Session Closed")                                                                                    \
    X(18359, "Echo Session Denied")                                                                                    \
    X(18360, "Echo Session In Progress")                                                                               \
    X(18361, "Remote .NET Session Opened")                                                                             \
    X(18362, "Remote .NET Session Closed")                                                                             \
    X(18363, "Remote .NET Session Reset")                                                                              \
    X(18364, "Remote .NET Session Terminated")                                                                         \
    X(18365, "Remote .NET Session Denied")                                                                             \
    X(18366, "Remote .NET Session In Progress")                                                                        \
    X(18367, "DNP3 Session Opened")                                                                                    \
    X(18368, "DNP3 Session Closed")                                                                                    \
    X(18369, "DNP3 Session Reset")                                                                                     \
    X(18370, "DNP3 Session Terminated")                                                                                \
    X(18371, "DNP3 Session Denied")                                                                                    \
    X(18372, "DNP3 Session In Progress")                                                                               \
    X(18373, "Discard Session Opened")                                                                                 \
    X(18374, "Discard Session Closed")                                                                                 \
    X(18375, "Discard Session Reset")                                                                                  \
    X(18376, "Discard Session Terminated")                                                                             \
    X(18377, "Discard Session Denied")                                                                                 \
    X(18378, "Discard Session In Progress")                                                                            \
    X(18379, "DHCP Session Opened")                                                                                    \
    X(18380, "DHCP Session Closed")                                                                                    \
    X(18381, "DHCP Session Denied")                                                                                    \
    X(18382, "DHCP Session In Progress")                                                                               \
    X(18383, "DHCP Success")                                                                                           \
    X(18384, "DHCP Failure")                                                                                           \
    X(18385, "CVS Session Opened")                                                                                     \
    X(18386, "CVS Session Closed")                                                                                     \
    X(18387, "CVS Session Reset")                                                                                      \
    X(18388, "CVS Session Terminated")                                                                                 \
    X(18389, "CVS Session Denied")                                                                                     \
    X(18390, "CVS Session In Progress")                                                                                \
    X(18391, "CUPS Session Opened")                                                                                    \
    X(18392, "CUPS Session Closed")                                                                                    \
    X(18393, "CUPS Session Reset")                                                                                     \
    X(18394, "CUPS Session Terminated")                                                                                \
    X(18395, "CUPS Session Denied")                                                                                    \
    X(18396, "CUPS Session In Progress")                                                                               \
    X(18397, "Chargen Session Started")                                                                                \
    X(18398, "Chargen Session Closed")                                                                                 \
    X(18399, "Chargen Session Reset")                                                                                  \
    X(18400, "Chargen Session Terminated")                                                                             \
    X(18401, "Chargen Session Denied")                                                                                 \
    X(18402, "Chargen Session In Progress")                                                                            \
    X(18403, "Misc VPN")                                                                                               \
    X(18404, "DAP Session Started")                                                                                    \
    X(18405, "DAP Session Ended")                                                                                      \
    X(18406, "DAP Session Denied")                                                                                     \
    X(18407, "DAP Session Status")                                                                                     \
    X(18408, "DAP Session In Progress")                                                                                \
    X(18409, "DAP Authentication Failed")                                                                              \
    X(18410, "DAP Authentication Succeeded")                                                                           \
    X(18411, "TOR Session Started")                                                                                    \
    X(18412, "TOR Session Closed")                                                                                     \
    X(18413, "TOR Session Reset")                                                                                      \
    X(18414, "TOR Session Terminated")                                                                                 \
    X(18415, "TOR Session Denied")                                                                                     \
    X(18416, "TOR Session In Progress")                                                                                \
    X(18417, "Game Session Started")                                                                                   \
    X(18418, "Game Session Closed")                                                                                    \
    X(18419, "Game Session Reset")                                                                                     \
    X(18420, "Game Session Terminated")                                                                                \
    X(18421, "Game Session Denied")                                                                                    \
    X(18422, "Game Session In Progress")                                                                               \
    X(18423, "Authentication (Application)")                                                                           \
    X(18424, "Chat")                                                                                                   \
    X(18425, "Client Server")                                                                                          \
    X(18426, "Content Delivery")                                                                                       \
    X(18427, "Data Transfer")                                                                                          \
    X(18428, "Data Warehousing")                                                                                       \
    X(18429, "Directory Services")                                                                                     \
    X(18430, "File Print")                                                                                             \
    X(18431, "File Transfer")                                                                                          \
    X(18432, "Games")                                                                                                  \
    X(18433, "Healthcare")                                                                                             \
    X(18434, "Inner System")                                                                                           \
    X(18435, "Internet Protocol")                                                                                      \
    X(18436, "Legacy")                                                                                                 \
    X(18437, "Mail")                                                                                                   \
    X(18438, "Misc")                                                                                                   \
    X(18439, "Multimedia")                                                                                             \
    X(18440, "Network Management")                                                                                     \
    X(18441, "P2P")                                                                                                    \
    X(18442, "Remote Access")                                                                                          \
    X(18443, "Routing Protocols")                                                                                      \
    X(18444, "Security Protocol")                                                                                      \
    X(18445, "Streaming")                                                                                              \
    X(18446, "Uncommon Protocol")                                                                                      \
    X(18447, "VoIP")                                                                                                   \
    X(18448, "Web")                                                                                                    \
    X(18449, "ICMP")                                                                                                   \
    X(19000, "Audit")                                                                                                  \
    X(19001, "General Audit Event")                                                                                    \
    X(19002, "Built")                                                                                                  \
    X(19003, "Bulk Copy")                                                                                              \
    X(19004, "Data Dump")                                                                                              \
    X(19005, "Data Import")                                                                                            \
    X(19006, "Data Selection")                                                                                         \
    X(19007, "Data Truncation")                                                                                        \
    X(19008, "Data Update")                                                                                            \
    X(19009, "Procedure/Trigger Execution")                                                                            \
    X(19010, "Schema Change")                                                                                          \
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
    X(19023, "Backup Activity Attempted")                                                                              \
    X(19024, "Backup Activity Succeeded")                                                                              \
    X(19025, "Backup Activity Failed")                                                                                 \
    X(19026, "Capture Activity Attempted")                                                                             \
    X(19027, "Capture Activity Succeeded")                                                                             \
    X(19028, "Capture Activity Failed")                                                                                \
    X(19029, "Configure Activity Attempted")                                                                           \
    X(19030, "Configure Activity Succeeded")                                                                           \
    X(19031, "Configure Activity Failed")                                                                              \
    X(19032, "Deploy Activity Attempted")                                                                              \
    X(19033, "Deploy Activity Succeeded")                                                                              \
    X(19034, "Deploy Activity Failed")                                                                                 \
    X(19035, "Disable Activity Attempted")                                                                             \
    X(19036, "Disable Activity Succeeded")                                                                             \
    X(19037, "Disable Activity Failed")                                                                                \
    X(19038, "Enable Activity Attempted")                                                                              \
    X(19039, "Enable Activity Succeeded")                                                                              \
    X(19040, "Enable Activity Failed")                                                                                 \
    X(19041, "Monitor Activity Attempted")                                                                             \
    X(19042, "Monitor Activity Succeeded")                                                                             \
    X(19043, "Monitor Activity Failed")                                                                                \
    X(19044, "Restore Activity Attempted")                                                                             \
    X(19045, "Restore Activity Succeeded")                                                                             \
    X(19046, "Restore Activity Failed")                                                                                \
    X(19047, "Start Activity Attempted")                                                                               \
    X(19048, "Start Activity Succeeded")                                                                               \
    X(19049, "Start Activity Failed")                                                                                  \
    X(19050, "Stop Activity Attempted")                                                                                \
    X(19051, "Stop Activity Succeeded")                                                                                \
    X(19052, "Stop Activity Failed")                                                                                   \
    X(19053, "Undeploy Activity Attempted")                                                                            \
    X(19054, "Undeploy Activity Succeeded")                                                                            \
    X(19055, "Undeploy Activity Failed")                                                                               \
    X(19056, "Receive Activity Attempted")                                                                             \
    X(19057, "Receive Activity Succeeded")                                                                             \
    X(19058, "Receive Activity Failed")                                                                                \
    X(19059, "Send Activity Attempted")                                                                                \
    X(19060, "Send Activity Succeeded")                                                                                \
    X(19061, "Send Activity Failed")                                                                                   \
    X(19062, "Enable Logging Attempted")                                                                               \
    X(19063, "Enable Logging Success")                                                                                 \
    X(19064, "Enable Logging Failed")                                                                                  \
    X(19065, "Disable Logging Attempted")                                                                              \
    X(19066, "Disable Logging Success")                                                                                \
    X(19067, "Disable Logging Failed")                                                                                 \
    X(20000, "Risk")                                                                                                   \
    X(20001, "Policy Exposure")                                                                                        \
    X(20002, "Compliance Violation")                                                                                   \
    X(20003, "Exposed Vulnerability")                                                                                  \
    X(20004, "Remote Access Vulnerability")                                                                            \
    X(20005, "Local Access Vulnerability")                                                                             \
    X(20006, "Open Wireless Access")                                                                                   \
    X(20007, "Weak Encryption")                                                                                        \
    X(20008, "Un-Encrypted Data Transfer")                                                                             \
    X(20009, "Un-Encrypted Data Store")                                                                                \
    X(20010, "Mis-Configured Rule")                                                                                    \
    X(20011, "Mis-Configured Device")                                                                                  \
    X(20012, "Mis-Configured Host")                                                                                    \
    X(20013, "Data Loss Possible")                                                                                     \
    X(20014, "Weak Authentication")                                                                                    \
    X(20015, "No Password")                                                                                            \
    X(20016, "Fraud")                                                                                                  \
    X(20017, "Possible DoS Target")                                                                                    \
    X(20018, "Possible DoS Weakness")                                                                                  \
    X(20019, "Loss of Confidentiality")                                                                                \
    X(20020, "Policy Monitor Risk Score Accumulation")                                                                 \
    X(21000, "Risk Manager Audit")                                                                                     \
    X(21001, "Policy Monitor")                                                                                         \
    X(21002, "Topology")                                                                                               \
    X(21003, "Simulations")                                                                                            \
    X(21004, "Administration")                                                                                         \
    X(22000, "Control")                                                                                                \
    X(22001, "Device Read")                                                                                            \
    X(22002, "Device Communication")                                                                                   \
    X(22003, "Device Audit")                                                                                           \
    X(22004, "Device Event")                                                                                           \
    X(22005, "Device Ping")                                                                                            \
    X(22006, "Device Configuration")                                                                                   \
    X(22007, "Device Registration")                                                                                    \
    X(22008, "Device Route")                                                                                           \
    X(22009, "Device Import")                                                                                          \
    X(22010, "Device Information")                                                                                     \
    X(22011, "Device Warning")                                                                                         \
    X(22012, "Device Error")                                                                                           \
    X(22013, "Relay Event")                                                                                            \
    X(22014, "NIC Event")                                                                                              \
    X(22015, "UIQ Event")                                                                                              \
    X(22016, "IMU Event")                                                                                              \
    X(22017, "Billing Event")                                                                                          \
    X(22018, "DBMS Event")                                                                                             \
    X(22019, "Import Event")                                                                                           \
    X(22020, "Location Import")                                                                                        \
    X(22021, "Route Import")                                                                                           \
    X(22022, "Export Event")                                                                                           \
    X(22023, "Remote Signalling")                                                                                      \
    X(22024, "Gateway Status")                                                                                         \
    X(22025, "Job Event")                                                                                              \
    X(22026, "Security Event")                                                                                         \
    X(22027, "Device Tamper Detection")                                                                                \
    X(22028, "Time Event")                                                                                             \
    X(22029, "Suspicious Behavior")                                                                                    \
    X(22030, "Power Outage")                                                                                           \
    X(22031, "Power Restoration")                                                                                      \
    X(22032, "Heartbeat")                                                                                              \
    X(22033, "Remote Connection Event")                                                                                \
    X(23000, "Asset Profiler")                                                                                         \
    X(23001, "Asset Created")                                                                                          \
    X(23002, "Asset Updated")                                                                                          \
    X(23003, "Asset Observed")                                                                                         \
    X(23004, "Asset Moved")                                                                                            \
    X(23005, "Asset Deleted")                                                                                          \
    X(23006, "Asset Hostname Cleaned")                                                                                 \
    X(23007, "Asset Hostname Created")                                                                                 \
    X(23008, "Asset Hostname Updated")                                                                                 \
    X(23009, "Asset Hostname Observed")                                                                                \
    X(23010, "Asset Hostname Moved")                                                                                   \
    X(23011, "Asset Hostname Deleted")                                                                                 \
    X(23012, "Asset Port Cleaned")                                                                                     \
    X(23013, "Asset Port Created")                                                                                     \
    X(23014, "Asset Port Updated")                                                                                     \
    X(23015, "Asset Port Observed")                                                                                    \
    X(23016, "Asset Port Moved")                                                                                       \
    X(23017, "Asset Port Deleted")                                                                                     \
    X(23018, "Asset Vuln Instance Cleaned")                                                                            \
    X(23019, "Asset Vuln Instance Created")                                                                            \
    X(23020, "Asset Vuln Instance Updated")                                                                            \
    X(23021, "Asset Vuln Instance Observed")                                                                           \
    X(23022, "Asset Vuln Instance Moved")                                                                              \
    X(23023, "Asset Vuln Instance Deleted")                                                                            \
    X(23024, "Asset OS Cleaned")                                                                                       \
    X(23025, "Asset OS Created")                                                                                       \
    X(23026, "Asset OS Updated")                                                                                       \
    X(23027, "Asset OS Observed")                                                                                      \
    X(23028, "Asset OS Moved")                                                                                         \
    X(23029, "Asset OS Deleted")                                                                                       \
    X(23030, "Asset Property Cleaned")                                                                                 \
    X(23031, "Asset Property Created")                                                                                 \
    X(23032, "Asset Property Updated")                                                                                 \
    X(23033, "Asset Property Observed")                                                                                \
    X(23034, "Asset Property Moved")                                                                                   \
    X(23035, "Asset Property Deleted")                                                                                 \
    X(23036, "Asset IP Address Cleaned")                                                                               \
    X(23037, "Asset IP Address Created")                                                                               \
    X(23038, "Asset IP Address Updated")                                                                               \
    X(23039, "Asset IP Address Observed")                                                                              \
    X(23040, "Asset IP Address Moved")                                                                                 \
    X(23041, "Asset IP Address Deleted")                                                                               \
    X(23042, "Asset Interface Cleaned")                                                                                \
    X(23043, "Asset Interface Created")                                                                                \
    X(23044, "Asset Interface Updated")                                                                                \
    X(23045, "Asset Interface Observed")                                                                               \
    X(23046, "Asset Interface Moved")                                                                                  \
    X(23047, "Asset Interface Merged")                                                                                 \
    X(23048, "Asset Interface Deleted")                                                                                \
    X(23049, "Asset User Cleaned")                                                                                     \
    X(23050, "Asset User Observed")                                                                                    \
    X(23051, "Asset User Moved")                                                                                       \
    X(23052, "Asset User Deleted")                                                                                     \
    X(23053, "Asset Scanned Policy Cleaned")                                                                           \
    X(23054, "Asset Scanned Policy Observed")                                                                          \
    X(23055, "Asset Scanned Policy Moved")                                                                             \
    X(23056, "Asset Scanned Policy Deleted")                                                                           \
    X(23057, "Asset Windows Application Cleaned")                                                                      \
    X(23058, "Asset Windows Application Observed")                                                                     \
    X(23059, "Asset Windows Application Moved")                                                                        \
    X(23060, "Asset Windows Application Deleted")                                                                      \
    X(23061, "Asset Scanned Service Cleaned")                                                                          \
    X(23062, "Asset Scanned Service Observed")                                                                         \
    X(23063, "Asset Scanned Service Moved")                                                                            \
    X(23064, "Asset Scanned Service Deleted")                                                                          \
    X(23065, "Asset Windows Patch Cleaned")                                                                            \
    X(23066, "Asset Windows Patch Observed")                                                                           \
    X(23067, "Asset Windows Patch Moved")                                                                              \
    X(23068, "Asset Windows Patch Deleted")                                                                            \
    X(23069, "Asset UNIX Patch Cleaned")                                                                               \
    X(23070, "Asset UNIX Patch Observed")                                                                              \
    X(23071, "Asset UNIX Patch Moved")                                                                                 \
    X(23072, "Asset UNIX Patch Deleted")                                                                               \
    X(23073, "Asset Patch Scan Cleaned")                                                                               \
    X(23074, "Asset Patch Scan Created")                                                                               \
    X(23075, "Asset Patch Scan Moved")                                                                                 \
    X(23076, "Asset Patch Scan Deleted")                                                                               \
    X(23077, "Asset Port Scan Cleaned")                                                                                \
    X(23078, "Asset Port Scan Created")                                                                                \
    X(23079, "Asset Port Scan Moved")                                                                                  \
    X(23080, "Asset Port Scan Deleted")                                                                                \
    X(23081, "Asset Client Application Cleaned")                                                                       \
    X(23082, "Asset Client Application Observed")                                                                      \
    X(23083, "Asset Client Application Moved")                                                                         \
    X(23084, "Asset Client Application Deleted")                                                                       \
    X(23085, "Asset Patch Scan Observed")                                                                              \
    X(23086, "Asset Port Scan Observed")                                                                               \
    X(23087, "NetBIOS Group Created")                                                                                  \
    X(23088, "NetBIOS Group Updated")                                                                                  \
    X(23089, "NetBIOS Group Observed")                                                                                 \
    X(23090, "NetBIOS Group Deleted")                                                                                  \
    X(23091, "NetBIOS Group Cleaned")                                                                                  \
    X(23092, "NetBIOS Group Moved")                                                                                    \
    X(23093, "Asset Deviation Report")                                                                                 \
    X(24000, "Sense")

#endif
