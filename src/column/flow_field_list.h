/* column/flow_field_list.h - the fields of flows that are not fields of events; event_field_list.h has the others.
 * Included by schema.h only, which explains the columns. AQL reference, 5.2; those with a blank in their name are
 * content that flow collectors add. */
#ifndef COLUMN_FLOW_FIELD_LIST_H
#define COLUMN_FLOW_FIELD_LIST_H

#define FLOW_FIELD_LIST(X)                                                                                             \
    X(FIELD_APPLICATIONID, "applicationid", FLOWS | SIMARC, TYPE_INT64, DOMAIN_APPLICATION, ZERO,                      \
      "application, see APPLICATIONNAME")                                                                              \
    X(FIELD_SOURCEBYTES, "sourcebytes", FLOWS | SIMARC, TYPE_INT64, DOMAIN_NONE, ZERO, "bytes sent by the source")     \
    X(FIELD_DESTINATIONBYTES, "destinationbytes", FLOWS | SIMARC, TYPE_INT64, DOMAIN_NONE, ZERO,                       \
      "bytes sent by the destination")                                                                                 \
    X(FIELD_SOURCEPACKETS, "sourcepackets", FLOWS, TYPE_INT64, DOMAIN_NONE, ZERO, "packets sent by the source")        \
    X(FIELD_DESTINATIONPACKETS, "destinationpackets", FLOWS, TYPE_INT64, DOMAIN_NONE, ZERO,                            \
      "packets sent by the destination")                                                                               \
    X(FIELD_SOURCEFLAGS, "sourceflags", FLOWS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "TCP flags of the source")        \
    X(FIELD_DESTINATIONFLAGS, "destinationflags", FLOWS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                         \
      "TCP flags of the destination")                                                                                  \
    X(FIELD_FIRSTPACKETTIME, "firstpackettime", FLOWS, TYPE_INT64, DOMAIN_TIME_MS, NULL_VALUE,                         \
      "time of the first packet")                                                                                      \
    X(FIELD_LASTPACKETTIME, "lastpackettime", FLOWS | SIMARC, TYPE_INT64, DOMAIN_TIME_MS, NULL_VALUE,                  \
      "time of the last packet")                                                                                       \
    X(FIELD_FLOWTYPE, "flowtype", FLOWS, TYPE_INT64, DOMAIN_NONE, ZERO,                                                \
      "0 standard, 3 network scan (A), 4 denial of service (B), 5 port scan (C)")                                      \
    X(FIELD_SOURCEPAYLOAD, "sourcepayload", FLOWS, TYPE_BYTES, DOMAIN_NONE, NULL_VALUE,                                \
      "first bytes of the source; UTF8(sourcepayload) for text")                                                       \
    X(FIELD_DESTINATIONPAYLOAD, "destinationpayload", FLOWS, TYPE_BYTES, DOMAIN_NONE, NULL_VALUE,                      \
      "first bytes of the destination; UTF8(destinationpayload) for text")                                             \
    X(FIELD_HASSOURCEPAYLOAD, "hassourcepayload", FLOWS, TYPE_BOOL, DOMAIN_NONE, ZERO,                                 \
      "the source's first bytes were kept")                                                                            \
    X(FIELD_HASDESTINATIONPAYLOAD, "hasdestinationpayload", FLOWS, TYPE_BOOL, DOMAIN_NONE, ZERO,                       \
      "the destination's first bytes were kept")                                                                       \
    X(FIELD_SOURCEASN, "sourceasn", FLOWS, TYPE_INT64, DOMAIN_NONE, ZERO, "autonomous system of the source; 0 = none") \
    X(FIELD_DESTINATIONASN, "destinationasn", FLOWS, TYPE_INT64, DOMAIN_NONE, ZERO,                                    \
      "autonomous system of the destination; 0 = none")                                                                \
    X(FIELD_SOURCEIFINDEX, "sourceifindex", FLOWS, TYPE_INT64, DOMAIN_NONE, ZERO,                                      \
      "interface the source's packets came in by")                                                                     \
    X(FIELD_DESTINATIONIFINDEX, "destinationifindex", FLOWS, TYPE_INT64, DOMAIN_NONE, ZERO,                            \
      "interface the destination's packets came in by")                                                                \
    X(FIELD_SOURCEDSCP, "sourcedscp", FLOWS, TYPE_INT64, DOMAIN_NONE, ZERO,                                            \
      "differentiated services code point of the source")                                                              \
    X(FIELD_DESTINATIONDSCP, "destinationdscp", FLOWS, TYPE_INT64, DOMAIN_NONE, ZERO,                                  \
      "differentiated services code point of the destination")                                                         \
    X(FIELD_SOURCEPRECEDENCE, "sourceprecedence", FLOWS, TYPE_INT64, DOMAIN_NONE, ZERO, "IP precedence of the source") \
    X(FIELD_DESTINATIONPRECEDENCE, "destinationprecedence", FLOWS, TYPE_INT64, DOMAIN_NONE, ZERO,                      \
      "IP precedence of the destination")                                                                              \
    X(FIELD_FLOWBIAS, "flowbias", FLOWS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "which way most bytes went")            \
    X(FIELD_FLOWDIRECTION, "flowdirection", FLOWS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "L2L, L2R, R2L or R2R")       \
    X(FIELD_FLOWSOURCE, "flowsource", FLOWS | SIMARC, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "what reported the flow")  \
    X(FIELD_FLOWINTERFACE, "flowinterface", FLOWS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                               \
      "interface that saw the flow")                                                                                   \
    X(FIELD_FLOWINTERFACEID, "flowinterfaceid", FLOWS, TYPE_INT64, DOMAIN_NONE, ZERO, "number of that interface")      \
    X(FIELD_GEOGRAPHIC, "geographic", FLOWS, TYPE_STRING, DOMAIN_NONE, OTHER, "place; 'other' = not known")            \
    X(FIELD_ICMPTYPE, "icmptype", FLOWS, TYPE_INT64, DOMAIN_NONE, NULL_VALUE, "ICMP type")                             \
    X(FIELD_ICMPCODE, "icmpcode", FLOWS, TYPE_INT64, DOMAIN_NONE, NULL_VALUE, "ICMP code")                             \
    X(FIELD_INTERVALID, "intervalid", FLOWS, TYPE_INT64, DOMAIN_NONE, ZERO, "reporting interval")                      \
    X(FIELD_FULLMATCHLIST, "fullmatchlist", FLOWS, TYPE_STRING, DOMAIN_RULE_LIST, NULL_VALUE,                          \
      "ids of the rules that matched, see RULENAME")                                                                   \
    X(FIELD_VIEWOBJECTPAIR, "viewobjectpair", FLOWS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "pair of network objects")  \
    X(FIELD_FLOWID, "flowid", FLOWS, TYPE_INT64, DOMAIN_NONE, NULL_VALUE, "number of the flow")                        \
    X(FIELD_FLOW_HTTP_HOST, "http host", FLOWS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "host of the HTTP request")      \
    X(FIELD_FLOW_DNS_DOMAIN_NAME, "dns domain name", FLOWS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                      \
      "name asked of the DNS")                                                                                         \
    X(FIELD_FLOW_FILE_NAME, "file name", FLOWS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "name of a file sent")           \
    X(FIELD_FLOW_MD5_FILE_HASH, "md5 file hash", FLOWS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                          \
      "MD5 hash of a file sent")                                                                                       \
    X(FIELD_FLOW_CONTENT_TYPE, "content type", FLOWS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "type of what was sent")   \
    X(FIELD_FLOW_TLS_JA3_HASH, "tls ja3 hash", FLOWS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                            \
      "JA3 fingerprint of the TLS client")

/* What SELECT * FROM flows returns, in this order (aql-reference 5.5). */
#define FLOW_DEFAULT_LIST(X)                                                                                           \
    X(FIELD_DESTINATIONFLAGS)                                                                                          \
    X(FIELD_DESTINATIONPACKETS) X(FIELD_SOURCEBYTES) X(FIELD_PROTOCOLID) X(FIELD_SOURCEIP) X(FIELD_DESTINATIONBYTES)   \
        X(FIELD_LASTPACKETTIME) X(FIELD_SOURCEFLAGS) X(FIELD_SOURCEPACKETS) X(FIELD_QID) X(FIELD_FLOWTYPE)             \
            X(FIELD_DESTINATIONIP) X(FIELD_FIRSTPACKETTIME) X(FIELD_CATEGORY)

#endif
