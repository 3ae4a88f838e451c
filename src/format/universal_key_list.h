/* format/universal_key_list.h - which keys of LEEF, CEF, JSON and key=value messages fill which event field.
 * Included by universal_keys.c. X(target, kind, key): rows of a target stand together, and its first row with a usable
 * value counts. Custom properties are not here but in properties_default.yaml. */
#ifndef FORMAT_UNIVERSAL_KEY_LIST_H
#define FORMAT_UNIVERSAL_KEY_LIST_H

/* X(symbol, AQL field, type, description), ORDER of UNIVERSAL_KEY_LIST. */
#define UNIVERSAL_TARGET_LIST(X)                                                                                       \
    X(TIME, "devicetime", TYPE_INT64, "time of the event; else that of the syslog header")                             \
    X(TIME_FORMAT, "devicetime", TYPE_INT64, "how the time is written (Java's SimpleDateFormat)")                      \
    X(HOST, "hostname", TYPE_STRING, "host that the event is from; else that of the syslog header")                    \
    X(USERNAME, "username", TYPE_STRING, "user the event is about")                                                    \
    X(SOURCE_ADDRESS, "sourceip", TYPE_IP, "also sourcev6 and sourceaddress")                                          \
    X(SOURCE_PORT, "sourceport", TYPE_INT64, "")                                                                       \
    X(DESTINATION_ADDRESS, "destinationip", TYPE_IP, "also destinationv6 and destinationaddress")                      \
    X(DESTINATION_PORT, "destinationport", TYPE_INT64, "")                                                             \
    X(PROTOCOL, "protocolid", TYPE_INT64, "name or number")                                                            \
    X(SEVERITY, "severity", TYPE_INT64, "0 to 10, or low, medium, high, ...")                                          \
    X(COUNT, "eventcount", TYPE_INT64, "events in this record")                                                        \
    X(EVENT_ID, "qideventid", TYPE_STRING, "also the EventID of LEEF's and CEF's header")                              \
    X(CATEGORY, "qideventcategory", TYPE_STRING, "also the program of the syslog header")                              \
    X(IDENTITY_ADDRESS, "identityip", TYPE_IP, "also hasidentity")                                                     \
    X(IDENTITY_HOST, "identityhostname", TYPE_STRING, "also hasidentity")                                              \
    X(SOURCE_MAC, "sourcemac", TYPE_STRING, "")                                                                        \
    X(DESTINATION_MAC, "destinationmac", TYPE_STRING, "")                                                              \
    X(PRE_NAT_SOURCE, "prenatsourceip", TYPE_IP, "")                                                                   \
    X(PRE_NAT_DESTINATION, "prenatdestinationip", TYPE_IP, "")                                                         \
    X(POST_NAT_SOURCE, "postnatsourceip", TYPE_IP, "")                                                                 \
    X(POST_NAT_DESTINATION, "postnatdestinationip", TYPE_IP, "")                                                       \
    X(PRE_NAT_SOURCE_PORT, "prenatsourceport", TYPE_INT64, "")                                                         \
    X(PRE_NAT_DESTINATION_PORT, "prenatdestinationport", TYPE_INT64, "")                                               \
    X(POST_NAT_SOURCE_PORT, "postnatsourceport", TYPE_INT64, "")                                                       \
    X(POST_NAT_DESTINATION_PORT, "postnatdestinationport", TYPE_INT64, "")

#define UNIVERSAL_KEY_LIST(X)                                                                                          \
    X(TIME, LEEF, "devTime")                                                                                           \
    X(TIME, CEF, "rt")                                                                                                 \
    X(TIME, CEF, "deviceReceiptTime")                                                                                  \
    X(TIME, CEF, "end")                                                                                                \
    X(TIME, CEF, "endTime")                                                                                            \
    X(TIME, CEF, "start")                                                                                              \
    X(TIME, CEF, "startTime")                                                                                          \
    X(TIME, CEF, "UNIFIutcTime")                                                                                       \
    X(TIME, CEF, "art")                                                                                                \
    X(TIME, JSON, "$['@timestamp']")                                                                                   \
    X(TIME, JSON, "$.timeNano")                                                                                        \
    X(TIME, JSON, "$.timestamp")                                                                                       \
    X(TIME, JSON, "$.time")                                                                                            \
    X(TIME, JSON, "$.ts")                                                                                              \
    X(TIME, JSON, "$.eventTime")                                                                                       \
    X(TIME, JSON, "$.EventTime")                                                                                       \
    X(TIME, JSON, "$.TimeCreated")                                                                                     \
    X(TIME, JSON, "$.UtcTime")                                                                                         \
    X(TIME, JSON, "$.datetime")                                                                                        \
    X(TIME, JSON, "$.date")                                                                                            \
    X(TIME, JSON, "$.__REALTIME_TIMESTAMP")                                                                            \
    X(TIME, JSON, "$.event.created")                                                                                   \
    X(TIME, JSON, "$.published")                                                                                       \
    X(TIME, JSON, "$.unixTime")                                                                                        \
    X(TIME, KEY_VALUE, "time")                                                                                         \
    X(TIME, KEY_VALUE, "ts")                                                                                           \
    X(TIME, KEY_VALUE, "timestamp")                                                                                    \
    X(TIME, KEY_VALUE, "eventtime")                                                                                    \
    X(TIME, KEY_VALUE, "EventTV")                                                                                      \
    X(TIME, KEY_VALUE, "datetime")                                                                                     \
    X(TIME, KEY_VALUE, "t")                                                                                            \
    X(TIME_FORMAT, LEEF, "devTimeFormat")                                                                              \
    X(HOST, LEEF, "identHostName")                                                                                     \
    X(HOST, LEEF, "devHost")                                                                                           \
    X(HOST, CEF, "dvchost")                                                                                            \
    X(HOST, CEF, "deviceHostName")                                                                                     \
    X(HOST, JSON, "$.host.name")                                                                                       \
    X(HOST, JSON, "$.host.hostname")                                                                                   \
    X(HOST, JSON, "$.hostname")                                                                                        \
    X(HOST, JSON, "$.hostName")                                                                                        \
    X(HOST, JSON, "$.host")                                                                                            \
    X(HOST, JSON, "$._HOSTNAME")                                                                                       \
    X(HOST, JSON, "$.Computer")                                                                                        \
    X(HOST, JSON, "$.winlog.computer_name")                                                                            \
    X(HOST, JSON, "$.agent.hostname")                                                                                  \
    X(HOST, JSON, "$.agent.name")                                                                                      \
    X(HOST, JSON, "$.node_name")                                                                                       \
    X(HOST, JSON, "$.hostIdentifier")                                                                                  \
    X(HOST, KEY_VALUE, "devname")                                                                                      \
    X(USERNAME, LEEF, "usrName")                                                                                       \
    X(USERNAME, LEEF, "userName")                                                                                      \
    X(USERNAME, LEEF, "identUserName")                                                                                 \
    X(USERNAME, CEF, "suser")                                                                                          \
    X(USERNAME, CEF, "duser")                                                                                          \
    X(USERNAME, CEF, "UNIFIadmin")                                                                                     \
    X(USERNAME, JSON, "$.user.name")                                                                                   \
    X(USERNAME, JSON, "$.username")                                                                                    \
    X(USERNAME, JSON, "$.user_name")                                                                                   \
    X(USERNAME, JSON, "$.userName")                                                                                    \
    X(USERNAME, JSON, "$.user.username")                                                                               \
    X(USERNAME, JSON, "$.user")                                                                                        \
    X(USERNAME, JSON, "$.output_fields['user.name']")                                                                  \
    X(USERNAME, JSON, "$.User")                                                                                        \
    X(USERNAME, JSON, "$.winlog.event_data.User")                                                                      \
    X(USERNAME, JSON, "$.data.win.eventdata.user")                                                                     \
    X(USERNAME, JSON, "$.data.srcuser")                                                                                \
    X(USERNAME, JSON, "$.SubjectUserName")                                                                             \
    X(USERNAME, JSON, "$.winlog.event_data.SubjectUserName")                                                           \
    X(USERNAME, JSON, "$.sudo.accept.submituser")                                                                      \
    X(USERNAME, JSON, "$.sudo.reject.submituser")                                                                      \
    X(USERNAME, JSON, "$.account")                                                                                     \
    X(USERNAME, JSON, "$.decorations.username")                                                                        \
    X(USERNAME, KEY_VALUE, "user")                                                                                     \
    X(USERNAME, KEY_VALUE, "username")                                                                                 \
    X(USERNAME, KEY_VALUE, "usr")                                                                                      \
    X(USERNAME, KEY_VALUE, "logname")                                                                                  \
    X(USERNAME, KEY_VALUE, "AccountID")                                                                                \
    X(SOURCE_ADDRESS, LEEF, "src")                                                                                     \
    X(SOURCE_ADDRESS, CEF, "src")                                                                                      \
    X(SOURCE_ADDRESS, CEF, "sourceAddress")                                                                            \
    X(SOURCE_ADDRESS, CEF, "c6a2")                                                                                     \
    X(SOURCE_ADDRESS, JSON, "$.source.ip")                                                                             \
    X(SOURCE_ADDRESS, JSON, "$.src_ip")                                                                                \
    X(SOURCE_ADDRESS, JSON, "$.srcip")                                                                                 \
    X(SOURCE_ADDRESS, JSON, "$.data.srcip")                                                                            \
    X(SOURCE_ADDRESS, JSON, "$.sourceIPAddress")                                                                       \
    X(SOURCE_ADDRESS, JSON, "$.sourceIp")                                                                              \
    X(SOURCE_ADDRESS, JSON, "$.source_ip")                                                                             \
    X(SOURCE_ADDRESS, JSON, "$.client_ip")                                                                             \
    X(SOURCE_ADDRESS, JSON, "$.client.ip")                                                                             \
    X(SOURCE_ADDRESS, JSON, "$.clientIP")                                                                              \
    X(SOURCE_ADDRESS, JSON, "$.remote_addr")                                                                           \
    X(SOURCE_ADDRESS, JSON, "$.remote_ip")                                                                             \
    X(SOURCE_ADDRESS, JSON, "$.src")                                                                                   \
    X(SOURCE_ADDRESS, JSON, "$.SourceIp")                                                                              \
    X(SOURCE_ADDRESS, JSON, "$.winlog.event_data.SourceIp")                                                            \
    X(SOURCE_ADDRESS, JSON, "$.winlog.event_data.IpAddress")                                                           \
    X(SOURCE_ADDRESS, JSON, "$.output_fields['fd.cip']")                                                               \
    X(SOURCE_ADDRESS, JSON, "$.ip")                                                                                    \
    X(SOURCE_ADDRESS, KEY_VALUE, "src")                                                                                \
    X(SOURCE_ADDRESS, KEY_VALUE, "srcip")                                                                              \
    X(SOURCE_ADDRESS, KEY_VALUE, "src_ip")                                                                             \
    X(SOURCE_ADDRESS, KEY_VALUE, "rhost")                                                                              \
    X(SOURCE_ADDRESS, KEY_VALUE, "client_ip")                                                                          \
    X(SOURCE_ADDRESS, KEY_VALUE, "remote_addr")                                                                        \
    X(SOURCE_ADDRESS, KEY_VALUE, "addr")                                                                               \
    X(SOURCE_PORT, LEEF, "srcPort")                                                                                    \
    X(SOURCE_PORT, CEF, "spt")                                                                                         \
    X(SOURCE_PORT, CEF, "sourcePort")                                                                                  \
    X(SOURCE_PORT, JSON, "$.source.port")                                                                              \
    X(SOURCE_PORT, JSON, "$.src_port")                                                                                 \
    X(SOURCE_PORT, JSON, "$.srcport")                                                                                  \
    X(SOURCE_PORT, JSON, "$.sourcePort")                                                                               \
    X(SOURCE_PORT, JSON, "$.SourcePort")                                                                               \
    X(SOURCE_PORT, JSON, "$.winlog.event_data.SourcePort")                                                             \
    X(SOURCE_PORT, KEY_VALUE, "spt")                                                                                   \
    X(SOURCE_PORT, KEY_VALUE, "srcport")                                                                               \
    X(SOURCE_PORT, KEY_VALUE, "src_port")                                                                              \
    X(DESTINATION_ADDRESS, LEEF, "dst")                                                                                \
    X(DESTINATION_ADDRESS, CEF, "dst")                                                                                 \
    X(DESTINATION_ADDRESS, CEF, "destinationAddress")                                                                  \
    X(DESTINATION_ADDRESS, CEF, "c6a3")                                                                                \
    X(DESTINATION_ADDRESS, JSON, "$.destination.ip")                                                                   \
    X(DESTINATION_ADDRESS, JSON, "$.dest_ip")                                                                          \
    X(DESTINATION_ADDRESS, JSON, "$.dst_ip")                                                                           \
    X(DESTINATION_ADDRESS, JSON, "$.dstip")                                                                            \
    X(DESTINATION_ADDRESS, JSON, "$.data.dstip")                                                                       \
    X(DESTINATION_ADDRESS, JSON, "$.destinationIp")                                                                    \
    X(DESTINATION_ADDRESS, JSON, "$.DestinationIp")                                                                    \
    X(DESTINATION_ADDRESS, JSON, "$.winlog.event_data.DestinationIp")                                                  \
    X(DESTINATION_ADDRESS, JSON, "$.server.ip")                                                                        \
    X(DESTINATION_ADDRESS, JSON, "$.dst")                                                                              \
    X(DESTINATION_ADDRESS, JSON, "$.output_fields['fd.sip']")                                                          \
    X(DESTINATION_ADDRESS, KEY_VALUE, "dst")                                                                           \
    X(DESTINATION_ADDRESS, KEY_VALUE, "dstip")                                                                         \
    X(DESTINATION_ADDRESS, KEY_VALUE, "dst_ip")                                                                        \
    X(DESTINATION_ADDRESS, KEY_VALUE, "dest_ip")                                                                       \
    X(DESTINATION_PORT, LEEF, "dstPort")                                                                               \
    X(DESTINATION_PORT, CEF, "dpt")                                                                                    \
    X(DESTINATION_PORT, CEF, "cpt")                                                                                    \
    X(DESTINATION_PORT, CEF, "destinationPort")                                                                        \
    X(DESTINATION_PORT, JSON, "$.destination.port")                                                                    \
    X(DESTINATION_PORT, JSON, "$.dest_port")                                                                           \
    X(DESTINATION_PORT, JSON, "$.dst_port")                                                                            \
    X(DESTINATION_PORT, JSON, "$.dstport")                                                                             \
    X(DESTINATION_PORT, JSON, "$.destinationPort")                                                                     \
    X(DESTINATION_PORT, JSON, "$.DestinationPort")                                                                     \
    X(DESTINATION_PORT, JSON, "$.winlog.event_data.DestinationPort")                                                   \
    X(DESTINATION_PORT, KEY_VALUE, "dpt")                                                                              \
    X(DESTINATION_PORT, KEY_VALUE, "dstport")                                                                          \
    X(DESTINATION_PORT, KEY_VALUE, "dst_port")                                                                         \
    X(PROTOCOL, LEEF, "proto")                                                                                         \
    X(PROTOCOL, LEEF, "protocol")                                                                                      \
    X(PROTOCOL, CEF, "proto")                                                                                          \
    X(PROTOCOL, CEF, "transportProtocol")                                                                              \
    X(PROTOCOL, JSON, "$.network.transport")                                                                           \
    X(PROTOCOL, JSON, "$.network.iana_number")                                                                         \
    X(PROTOCOL, JSON, "$.proto")                                                                                       \
    X(PROTOCOL, JSON, "$.protocol")                                                                                    \
    X(PROTOCOL, KEY_VALUE, "proto")                                                                                    \
    X(PROTOCOL, KEY_VALUE, "protocol")                                                                                 \
    X(SEVERITY, LEEF, "sev")                                                                                           \
    X(SEVERITY, LEEF, "severity")                                                                                      \
    X(COUNT, CEF, "cnt")                                                                                               \
    X(COUNT, CEF, "baseEventCount")                                                                                    \
    X(COUNT, LEEF, "eventCount")                                                                                       \
    X(COUNT, LEEF, "cnt")                                                                                              \
    X(EVENT_ID, JSON, "$.EventID")                                                                                     \
    X(EVENT_ID, JSON, "$.event.code")                                                                                  \
    X(EVENT_ID, JSON, "$.event_id")                                                                                    \
    X(EVENT_ID, JSON, "$.winlog.event_id")                                                                             \
    X(EVENT_ID, JSON, "$.eventName")                                                                                   \
    X(EVENT_ID, JSON, "$.Action")                                                                                      \
    X(EVENT_ID, JSON, "$.rule")                                                                                        \
    X(EVENT_ID, JSON, "$.event.action")                                                                                \
    X(EVENT_ID, KEY_VALUE, "SecurityEvent")                                                                            \
    X(EVENT_ID, KEY_VALUE, "logid")                                                                                    \
    X(CATEGORY, LEEF, "cat")                                                                                           \
    X(CATEGORY, CEF, "cat")                                                                                            \
    X(CATEGORY, CEF, "deviceEventCategory")                                                                            \
    X(CATEGORY, JSON, "$.event.category")                                                                              \
    X(CATEGORY, JSON, "$.category")                                                                                    \
    X(CATEGORY, JSON, "$.Type")                                                                                        \
    X(CATEGORY, JSON, "$.SYSLOG_IDENTIFIER")                                                                           \
    X(IDENTITY_ADDRESS, LEEF, "identSrc")                                                                              \
    X(IDENTITY_HOST, LEEF, "identHostName")                                                                            \
    X(IDENTITY_HOST, LEEF, "identNetBios")                                                                             \
    X(SOURCE_MAC, LEEF, "srcMAC")                                                                                      \
    X(SOURCE_MAC, CEF, "smac")                                                                                         \
    X(SOURCE_MAC, CEF, "sourceMacAddress")                                                                             \
    X(SOURCE_MAC, JSON, "$.source.mac")                                                                                \
    X(SOURCE_MAC, JSON, "$.src_mac")                                                                                   \
    X(SOURCE_MAC, KEY_VALUE, "srcmac")                                                                                 \
    X(SOURCE_MAC, KEY_VALUE, "src_mac")                                                                                \
    X(DESTINATION_MAC, LEEF, "dstMAC")                                                                                 \
    X(DESTINATION_MAC, CEF, "dmac")                                                                                    \
    X(DESTINATION_MAC, CEF, "destinationMacAddress")                                                                   \
    X(DESTINATION_MAC, JSON, "$.destination.mac")                                                                      \
    X(DESTINATION_MAC, JSON, "$.dst_mac")                                                                              \
    X(DESTINATION_MAC, JSON, "$.dest_mac")                                                                             \
    X(DESTINATION_MAC, KEY_VALUE, "dstmac")                                                                            \
    X(DESTINATION_MAC, KEY_VALUE, "dst_mac")                                                                           \
    X(PRE_NAT_SOURCE, LEEF, "srcPreNAT")                                                                               \
    X(PRE_NAT_DESTINATION, LEEF, "dstPreNAT")                                                                          \
    X(POST_NAT_SOURCE, LEEF, "srcPostNAT")                                                                             \
    X(POST_NAT_SOURCE, CEF, "sourceTranslatedAddress")                                                                 \
    X(POST_NAT_SOURCE, JSON, "$.source.nat.ip")                                                                        \
    X(POST_NAT_SOURCE, KEY_VALUE, "transip")                                                                           \
    X(POST_NAT_DESTINATION, LEEF, "dstPostNAT")                                                                        \
    X(POST_NAT_DESTINATION, CEF, "destinationTranslatedAddress")                                                       \
    X(POST_NAT_DESTINATION, JSON, "$.destination.nat.ip")                                                              \
    X(POST_NAT_DESTINATION, KEY_VALUE, "tranip")                                                                       \
    X(PRE_NAT_SOURCE_PORT, LEEF, "srcPreNATPort")                                                                      \
    X(PRE_NAT_DESTINATION_PORT, LEEF, "dstPreNATPort")                                                                 \
    X(POST_NAT_SOURCE_PORT, LEEF, "srcPostNATPort")                                                                    \
    X(POST_NAT_SOURCE_PORT, CEF, "sourceTranslatedPort")                                                               \
    X(POST_NAT_SOURCE_PORT, JSON, "$.source.nat.port")                                                                 \
    X(POST_NAT_SOURCE_PORT, KEY_VALUE, "transport")                                                                    \
    X(POST_NAT_DESTINATION_PORT, LEEF, "dstPostNATPort")                                                               \
    X(POST_NAT_DESTINATION_PORT, CEF, "destinationTranslatedPort")                                                     \
    X(POST_NAT_DESTINATION_PORT, JSON, "$.destination.nat.port")                                                       \
    X(POST_NAT_DESTINATION_PORT, KEY_VALUE, "tranport")

#endif
