/* column/event_field_list.h - QRadar's event fields, one line each; some are also fields of flows and simarc.
 * Included by schema.h only, which explains the columns. Types and absent values follow the AQL reference, 5.1. */
#ifndef COLUMN_EVENT_FIELD_LIST_H
#define COLUMN_EVENT_FIELD_LIST_H

/* The first thirteen, in this order, are what SELECT * FROM events returns (aql-reference 5.5). */
#define EVENT_FIELD_LIST(X)                                                                                            \
    X(FIELD_STARTTIME, "starttime", EVENTS | FLOWS, TYPE_INT64, DOMAIN_TIME_MS, ZERO,                                  \
      "time of receipt; over files the log's own")                                                                     \
    X(FIELD_PROTOCOLID, "protocolid", EVENTS | FLOWS | SIMARC, TYPE_INT64, DOMAIN_PROTOCOL, 255,                       \
      "IP protocol number; 255 = none")                                                                                \
    X(FIELD_SOURCEIP, "sourceip", EVENTS | FLOWS, TYPE_IP, DOMAIN_NONE, 4, "source IPv4 address; 0.0.0.0 = none")      \
    X(FIELD_LOGSOURCEID, "logsourceid", EVENTS, TYPE_INT64, DOMAIN_LOG_SOURCE, ZERO, "log source, see LOGSOURCENAME")  \
    X(FIELD_QID, "qid", EVENTS | FLOWS, TYPE_INT64, DOMAIN_QID, ZERO, "event name, see QIDNAME")                       \
    X(FIELD_SOURCEPORT, "sourceport", EVENTS | FLOWS, TYPE_INT64, DOMAIN_PORT, ZERO, "source port; 0 = none")          \
    X(FIELD_EVENTCOUNT, "eventcount", EVENTS | SIMARC, TYPE_INT64, DOMAIN_NONE, 1, "events in this record")            \
    X(FIELD_MAGNITUDE, "magnitude", EVENTS, TYPE_INT64, DOMAIN_NONE, 5,                                                \
      "0 to 10, from relevance, severity and credibility")                                                             \
    X(FIELD_IDENTITYIP, "identityip", EVENTS, TYPE_IP, DOMAIN_NONE, 4, "address of the identity; 0.0.0.0 = none")      \
    X(FIELD_DESTINATIONIP, "destinationip", EVENTS | FLOWS, TYPE_IP, DOMAIN_NONE, 4,                                   \
      "destination IPv4 address; 0.0.0.0 = none")                                                                      \
    X(FIELD_DESTINATIONPORT, "destinationport", EVENTS | FLOWS | SIMARC, TYPE_INT64, DOMAIN_PORT, ZERO,                \
      "destination port; 0 = none")                                                                                    \
    X(FIELD_CATEGORY, "category", EVENTS | FLOWS, TYPE_INT64, DOMAIN_CATEGORY, ZERO,                                   \
      "low-level category, see CATEGORYNAME")                                                                          \
    X(FIELD_USERNAME, "username", EVENTS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "user the event is about")             \
    X(FIELD_DEVICETIME, "devicetime", EVENTS, TYPE_INT64, DOMAIN_TIME_MS, NULL_VALUE, "time written in the log")       \
    X(FIELD_ENDTIME, "endtime", EVENTS | FLOWS, TYPE_INT64, DOMAIN_TIME_MS, NULL_VALUE,                                \
      "time of storage; over files as starttime")                                                                      \
    X(FIELD_DEVICETYPE, "devicetype", EVENTS, TYPE_INT64, DOMAIN_LOG_SOURCE_TYPE, ZERO, "log source type")             \
    X(FIELD_PAYLOAD, "payload", EVENTS, TYPE_BYTES, DOMAIN_NONE, NULL_VALUE,                                           \
      "the raw log record; UTF8(payload) for text")                                                                    \
    X(FIELD_HOSTNAME, "hostname", EVENTS | OWN, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "host that wrote the log")       \
    X(FIELD_SEVERITY, "severity", EVENTS | FLOWS, TYPE_INT64, DOMAIN_NONE, 5, "0 to 10")                               \
    X(FIELD_CREDIBILITY, "credibility", EVENTS | FLOWS, TYPE_INT64, DOMAIN_NONE, 5, "0 to 10")                         \
    X(FIELD_RELEVANCE, "relevance", EVENTS | FLOWS, TYPE_INT64, DOMAIN_NONE, 5, "0 to 10")                             \
    X(FIELD_HIGHLEVELCATEGORY, "highlevelcategory", EVENTS, TYPE_INT64, DOMAIN_CATEGORY, ZERO, "high-level category")  \
    X(FIELD_LOGSOURCEIDENTIFIER, "logsourceidentifier", EVENTS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                  \
      "host or address in the log's frame")                                                                            \
    X(FIELD_SOURCEV6, "sourcev6", EVENTS | FLOWS, TYPE_IP, DOMAIN_NONE, 6, "source IPv6 address; zero = none")         \
    X(FIELD_DESTINATIONV6, "destinationv6", EVENTS | FLOWS, TYPE_IP, DOMAIN_NONE, 6,                                   \
      "destination IPv6 address; zero = none")                                                                         \
    X(FIELD_SOURCEADDRESS, "sourceaddress", EVENTS, TYPE_IP, DOMAIN_NONE, 4, "source address of either family")        \
    X(FIELD_DESTINATIONADDRESS, "destinationaddress", EVENTS, TYPE_IP, DOMAIN_NONE, 4,                                 \
      "destination address of either family")                                                                          \
    X(FIELD_QIDEVENTID, "qideventid", EVENTS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "event id in the log's own terms") \
    X(FIELD_QIDEVENTCATEGORY, "qideventcategory", EVENTS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                        \
      "event category in the log's own terms")                                                                         \
    X(FIELD_ISUNPARSED, "isunparsed", EVENTS, TYPE_BOOL, DOMAIN_NONE, ZERO, "the line was not understood")             \
    X(FIELD_ISTRUNCATED, "istruncated", EVENTS, TYPE_BOOL, DOMAIN_NONE, ZERO, "the record was cut or is incomplete")   \
    X(FIELD_ISCREEVENT, "iscreevent", EVENTS, TYPE_BOOL, DOMAIN_NONE, ZERO, "made by the rule engine")                 \
    X(FIELD_DOMAINID, "domainid", EVENTS | FLOWS, TYPE_INT64, DOMAIN_TENANT, ZERO, "0 = default domain")               \
    X(FIELD_PROCESSORID, "processorid", EVENTS | FLOWS, TYPE_INT64, DOMAIN_HOST, ZERO, "event processor")              \
    X(FIELD_COLLECTORID, "collectorid", EVENTS, TYPE_INT64, DOMAIN_HOST, ZERO, "event collector")                      \
    X(FIELD_HASIDENTITY, "hasidentity", EVENTS, TYPE_BOOL, DOMAIN_NONE, ZERO, "carries identity data")                 \
    X(FIELD_HASOFFENSE, "hasoffense", EVENTS | FLOWS, TYPE_BOOL, DOMAIN_NONE, ZERO, "contributed to an offense")       \
    X(FIELD_ISDUPLICATE, "isduplicate", EVENTS | FLOWS, TYPE_BOOL, DOMAIN_NONE, ZERO, "repeats another record")        \
    X(FIELD_DURATION, "duration", EVENTS, TYPE_INT64, DOMAIN_NONE, ZERO, "milliseconds the record spans")              \
    X(FIELD_EVENTDIRECTION, "eventdirection", EVENTS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "L2L, L2R, R2L or R2R")    \
    X(FIELD_ADEKEY, "adekey", EVENTS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "anomaly detection: key")                  \
    X(FIELD_ADEVALUE, "adevalue", EVENTS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "anomaly detection: value")            \
    X(FIELD_CREEVENTLIST, "creeventlist", EVENTS, TYPE_STRING, DOMAIN_RULE_LIST, NULL_VALUE,                           \
      "ids of the rules that matched, see RULENAME")                                                                   \
    X(FIELD_PARTIALMATCHLIST, "partialmatchlist", EVENTS | FLOWS, TYPE_STRING, DOMAIN_RULE_LIST, NULL_VALUE,           \
      "ids of the rules that matched in part (QRadar 7.4)")                                                            \
    X(FIELD_PARTIALORMATCHLIST, "partialormatchlist", EVENTS | FLOWS, TYPE_STRING, DOMAIN_RULE_LIST, NULL_VALUE,       \
      "ids of the rules that matched in part")                                                                         \
    X(FIELD_DEVICEGROUPLIST, "devicegrouplist", EVENTS, TYPE_STRING, DOMAIN_LOG_SOURCE_GROUP_LIST, NULL_VALUE,         \
      "ids of the log source's groups, see LOGSOURCEGROUPNAME")                                                        \
    X(FIELD_SOURCEMAC, "sourcemac", EVENTS, TYPE_STRING, DOMAIN_MAC, ZERO, "hardware address of the source")           \
    X(FIELD_DESTINATIONMAC, "destinationmac", EVENTS, TYPE_STRING, DOMAIN_MAC, ZERO,                                   \
      "hardware address of the destination")                                                                           \
    X(FIELD_PRENATSOURCEIP, "prenatsourceip", EVENTS, TYPE_IP, DOMAIN_NONE, 4,                                         \
      "source address before translation; 0.0.0.0 = none")                                                             \
    X(FIELD_PRENATDESTINATIONIP, "prenatdestinationip", EVENTS, TYPE_IP, DOMAIN_NONE, 4,                               \
      "destination address before translation; 0.0.0.0 = none")                                                        \
    X(FIELD_POSTNATSOURCEIP, "postnatsourceip", EVENTS, TYPE_IP, DOMAIN_NONE, 4,                                       \
      "source address after translation; 0.0.0.0 = none")                                                              \
    X(FIELD_POSTNATDESTINATIONIP, "postnatdestinationip", EVENTS, TYPE_IP, DOMAIN_NONE, 4,                             \
      "destination address after translation; 0.0.0.0 = none")                                                         \
    X(FIELD_PRENATSOURCEPORT, "prenatsourceport", EVENTS, TYPE_INT64, DOMAIN_PORT, ZERO,                               \
      "source port before translation; 0 = none")                                                                      \
    X(FIELD_PRENATDESTINATIONPORT, "prenatdestinationport", EVENTS, TYPE_INT64, DOMAIN_PORT, ZERO,                     \
      "destination port before translation; 0 = none")                                                                 \
    X(FIELD_POSTNATSOURCEPORT, "postnatsourceport", EVENTS, TYPE_INT64, DOMAIN_PORT, ZERO,                             \
      "source port after translation; 0 = none")                                                                       \
    X(FIELD_POSTNATDESTINATIONPORT, "postnatdestinationport", EVENTS, TYPE_INT64, DOMAIN_PORT, ZERO,                   \
      "destination port after translation; 0 = none")                                                                  \
    X(FIELD_GEOGRAPHICLOCATION, "geographiclocation", EVENTS, TYPE_STRING, DOMAIN_NONE, OTHER,                         \
      "place of the event; 'other' = not known")                                                                       \
    X(FIELD_SOURCEGEOGRAPHICLOCATION, "sourcegeographiclocation", EVENTS, TYPE_STRING, DOMAIN_NONE, OTHER,             \
      "place of the source; 'other' = not known")                                                                      \
    X(FIELD_DESTINATIONGEOGRAPHICLOCATION, "destinationgeographiclocation", EVENTS, TYPE_STRING, DOMAIN_NONE, OTHER,   \
      "place of the destination; 'other' = not known")                                                                 \
    X(FIELD_IDENTITYHOSTNAME, "identityhostname", EVENTS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                        \
      "host name of the identity")                                                                                     \
    X(FIELD_HASTLV, "hastlv", EVENTS | FLOWS, TYPE_BOOL, DOMAIN_NONE, ZERO, "carries tagged extra fields")             \
    X(FIELD_TLVS, "tlvs", EVENTS | FLOWS, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "tagged extra fields")                 \
    X(FIELD_ISLOGONLY, "islogonly", EVENTS, TYPE_BOOL, DOMAIN_NONE, ZERO, "routed past the rules")                     \
    X(FIELD_STOREDFORPERFORMANCE, "storedforperformance", EVENTS, TYPE_BOOL, DOMAIN_NONE, ZERO,                        \
      "stored unparsed because the system was busy")                                                                   \
    X(FIELD_PCAPPACKET, "pcappacket", EVENTS, TYPE_BYTES, DOMAIN_NONE, NULL_VALUE, "captured packet")                  \
    X(FIELD_PROTOCOLCONFIGID, "protocolconfigid", EVENTS, TYPE_INT64, DOMAIN_NONE, ZERO,                               \
      "configuration of the protocol the log came by")                                                                 \
    X(FIELD_RETENTIONBUCKET, "retentionbucket", EVENTS | FLOWS, TYPE_INT64, DOMAIN_NONE, ZERO,                         \
      "how long the record is kept")                                                                                   \
    X(FIELD_SESSIONID, "sessionid", EVENTS | FLOWS, TYPE_INT64, DOMAIN_NONE, NULL_VALUE,                               \
      "number of the session; only with SESSION BY")                                                                   \
    X(FIELD_RECORD_KIND, "@record_kind", OWN, TYPE_INT64, DOMAIN_NONE, ZERO, "enum record_kind; no query can name it")

enum { EVENT_FIELDS_BY_DEFAULT = 13 };

#endif
