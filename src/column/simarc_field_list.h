/* column/simarc_field_list.h - the fields of simarc, QRadar's records of who talked to whom, that events and flows do
 * not have. Included by schema.h only, which explains the columns. AQL reference, 5.3, which has no types: QRadar does
 * not publish them. */
#ifndef COLUMN_SIMARC_FIELD_LIST_H
#define COLUMN_SIMARC_FIELD_LIST_H

#define SIMARC_FIELD_LIST(X)                                                                                           \
    X(FIELD_SIMARC_SOURCE, "source", SIMARC, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                                     \
      "source: address, network or group")                                                                             \
    X(FIELD_SIMARC_DESTINATION, "destination", SIMARC, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                           \
      "destination: address, network or group")                                                                        \
    X(FIELD_SIMARC_SOURCETYPE, "sourcetype", SIMARC, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                             \
      "what kind of thing the source is")                                                                              \
    X(FIELD_SIMARC_DESTINATIONTYPE, "destinationtype", SIMARC, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                   \
      "what kind of thing the destination is")                                                                         \
    X(FIELD_SIMARC_SOURCECOUNTRY, "sourcecountry", SIMARC, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                       \
      "country of the source")                                                                                         \
    X(FIELD_SIMARC_DESTINATIONCOUNTRY, "destinationcountry", SIMARC, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,             \
      "country of the destination")                                                                                    \
    X(FIELD_SIMARC_SOURCEREMOTENETWORK, "sourceremotenetwork", SIMARC, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,           \
      "remote network of the source")                                                                                  \
    X(FIELD_SIMARC_DESTINATIONREMOTENETWORK, "destinationremotenetwork", SIMARC, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, \
      "remote network of the destination")                                                                             \
    X(FIELD_SIMARC_DEVICEID, "deviceid", SIMARC, TYPE_INT64, DOMAIN_LOG_SOURCE, ZERO, "log source, see LOGSOURCENAME") \
    X(FIELD_SIMARC_DIRECTION, "direction", SIMARC, TYPE_STRING, DOMAIN_NONE, NULL_VALUE, "L2L, L2R, R2L or R2R")       \
    X(FIELD_SIMARC_EVENTFLAG, "eventflag", SIMARC, TYPE_STRING, DOMAIN_NONE, NULL_VALUE,                               \
      "kinds of events in this record")                                                                                \
    X(FIELD_SIMARC_FLOWCOUNT, "flowcount", SIMARC, TYPE_INT64, DOMAIN_NONE, ZERO, "flows in this record")

/* What SELECT * FROM simarc returns: all, in this order. */
#define SIMARC_DEFAULT_LIST(X)                                                                                         \
    X(FIELD_APPLICATIONID)                                                                                             \
    X(FIELD_SIMARC_DESTINATION) X(FIELD_DESTINATIONBYTES) X(FIELD_SIMARC_DESTINATIONCOUNTRY) X(FIELD_DESTINATIONPORT)  \
        X(FIELD_SIMARC_DESTINATIONREMOTENETWORK) X(FIELD_SIMARC_DESTINATIONTYPE) X(FIELD_SIMARC_DEVICEID)              \
            X(FIELD_SIMARC_DIRECTION) X(FIELD_EVENTCOUNT) X(FIELD_SIMARC_EVENTFLAG) X(FIELD_SIMARC_FLOWCOUNT)          \
                X(FIELD_FLOWSOURCE) X(FIELD_LASTPACKETTIME) X(FIELD_PROTOCOLID) X(FIELD_SIMARC_SOURCE)                 \
                    X(FIELD_SOURCEBYTES) X(FIELD_SIMARC_SOURCECOUNTRY) X(FIELD_SIMARC_SOURCEREMOTENETWORK)             \
                        X(FIELD_SIMARC_SOURCETYPE)

#endif
