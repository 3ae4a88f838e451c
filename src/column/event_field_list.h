/* column/event_field_list.h - QRadar's event fields, one line each. Included by schema.h only.
 * Types and absent values follow the AQL reference, section 5.1. */
#ifndef COLUMN_EVENT_FIELD_LIST_H
#define COLUMN_EVENT_FIELD_LIST_H

#define NULL_VALUE INT64_MIN
#define ZERO       0

/* The first thirteen, in this order, are what SELECT * returns (aql-reference 5.5). */
#define EVENT_FIELD_LIST(X)                                                                                            \
    X(FIELD_STARTTIME, "starttime", TYPE_INT64, DOMAIN_TIME_MS, ZERO, "time of receipt; over files the log's own") \
    X(FIELD_PROTOCOLID, "protocolid", TYPE_INT64, DOMAIN_NONE, 255, "IP protocol number; 255 = none")                  \
    X(FIELD_SOURCEIP, "sourceip", TYPE_IP, DOMAIN_NONE, 4, "source IPv4 address; 0.0.0.0 = none")                      \
    X(FIELD_LOGSOURCEID, "logsourceid", TYPE_INT64, DOMAIN_LOG_SOURCE, ZERO, "log source, see LOGSOURCENAME")          \
    X(FIELD_QID, "qid", TYPE_INT64, DOMAIN_QID, ZERO, "event name, see QIDNAME")                                       \
    X(FIELD_SOURCEPORT, "sourceport", TYPE_INT64, DOMAIN_PORT, ZERO, "source port; 0 = none")                          \
    X(FIELD_EVENTCOUNT, "eventcount", TYPE_INT64, DOMAIN_NONE, 1, "events in this record")                             \
    X(FIELD_MAGNITUDE, "magnitude", TYPE_INT64, DOMAIN_NONE, 5, "0 to 10, from relevance, severity and credibility")   \
    X(FIELD_IDENTITYIP, "identityip", TYPE_IP, DOMAIN_NONE, 4, "address of the identity; 0.0.0.0 = none")              \
    X(FIELD_DESTINATIONIP, "destinationip", TYPE_IP, DOMAIN_NONE, 4, "destination IPv4 address; 0.0.0.0 = none")       \
    X(FIELD_DESTINATIONPORT, "destinationport", TYPE_INT64, DOMAIN_PORT, ZERO, "destination port; 0 = none")           \
    X(FIELD_CATEGORY, "category", TYPE_INT64, DOMAIN_CATEGORY, ZERO, "low-level category, see CATEGORYNAME")           \
    X(FIELD_USERNAME, "username", TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "user the event is about")                     \
    X(FIELD_DEVICETIME, "devicetime", TYPE_INT64, DOMAIN_TIME_MS, NULL_VALUE, "time written in the log")               \
    X(FIELD_ENDTIME, "endtime", TYPE_INT64, DOMAIN_TIME_MS, NULL_VALUE, "time of storage; over files as starttime")    \
    X(FIELD_DEVICETYPE, "devicetype", TYPE_INT64, DOMAIN_LOG_SOURCE_TYPE, ZERO, "log source type")                     \
    X(FIELD_PAYLOAD, "payload", TYPE_BYTES, DOMAIN_NONE, NULL_VALUE, "the raw log record; UTF8(payload) for text")     \
    X(FIELD_HOSTNAME, "hostname", TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "host that wrote the log")                     \
    X(FIELD_SEVERITY, "severity", TYPE_INT64, DOMAIN_NONE, 5, "0 to 10")                                               \
    X(FIELD_CREDIBILITY, "credibility", TYPE_INT64, DOMAIN_NONE, 5, "0 to 10")                                         \
    X(FIELD_RELEVANCE, "relevance", TYPE_INT64, DOMAIN_NONE, 5, "0 to 10")                                             \
    X(FIELD_HIGHLEVELCATEGORY, "highlevelcategory", TYPE_INT64, DOMAIN_CATEGORY, ZERO, "high-level category")          \
    X(FIELD_LOGSOURCEIDENTIFIER, "logsourceidentifier", TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                          \
      "host or address in the log's frame")                                                                            \
    X(FIELD_SOURCEV6, "sourcev6", TYPE_IP, DOMAIN_NONE, 6, "source IPv6 address; zero = none")                         \
    X(FIELD_DESTINATIONV6, "destinationv6", TYPE_IP, DOMAIN_NONE, 6, "destination IPv6 address; zero = none")          \
    X(FIELD_SOURCEADDRESS, "sourceaddress", TYPE_IP, DOMAIN_NONE, 4, "source address of either family")                \
    X(FIELD_DESTINATIONADDRESS, "destinationaddress", TYPE_IP, DOMAIN_NONE, 4, "destination address of either family") \
    X(FIELD_QIDEVENTID, "qideventid", TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "event id in the log's own terms")         \
    X(FIELD_QIDEVENTCATEGORY, "qideventcategory", TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                                \
      "event category in the log's own terms")                                                                         \
    X(FIELD_ISUNPARSED, "isunparsed", TYPE_BOOL, DOMAIN_NONE, ZERO, "the line was not understood")                     \
    X(FIELD_ISTRUNCATED, "istruncated", TYPE_BOOL, DOMAIN_NONE, ZERO, "the record was cut or is incomplete")           \
    X(FIELD_ISCREEVENT, "iscreevent", TYPE_BOOL, DOMAIN_NONE, ZERO, "made by the rule engine")                         \
    X(FIELD_DOMAINID, "domainid", TYPE_INT64, DOMAIN_NONE, ZERO, "0 = default domain")                                 \
    X(FIELD_PROCESSORID, "processorid", TYPE_INT64, DOMAIN_NONE, ZERO, "event processor")                              \
    X(FIELD_COLLECTORID, "collectorid", TYPE_INT64, DOMAIN_NONE, ZERO, "event collector")                              \
    X(FIELD_HASIDENTITY, "hasidentity", TYPE_BOOL, DOMAIN_NONE, ZERO, "carries identity data")                         \
    X(FIELD_HASOFFENSE, "hasoffense", TYPE_BOOL, DOMAIN_NONE, ZERO, "contributed to an offense")                       \
    X(FIELD_ISDUPLICATE, "isduplicate", TYPE_BOOL, DOMAIN_NONE, ZERO, "repeats another record")                        \
    X(FIELD_DURATION, "duration", TYPE_INT64, DOMAIN_NONE, ZERO, "milliseconds the record spans")                      \
    X(FIELD_EVENTDIRECTION, "eventdirection", TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "L2L, L2R, R2L or R2R")

enum { EVENT_FIELDS_BY_DEFAULT = 13 };

#endif
