/* format/property_extract.h
 * Runs the extractions of a property set on events and writes the values that somebody asked for. Properties may have
 * the name of an event field of the same type ("username"): then they fill that.
 * Memory: run state of one format on one thread; values are views into the event or copies in the batch.
 * A regular expression runs only where its required literal was found (literal_scan.h), and no longer than
 * LIMIT_REGEX_STEPS allows.
 */
#ifndef FORMAT_PROPERTY_EXTRACT_H
#define FORMAT_PROPERTY_EXTRACT_H

#include "column/batch.h"
#include "column/log_source.h"
#include "format/json_pick.h"
#include "format/key_pick.h"
#include "format/log_time.h"
#include "format/message.h"
#include "format/property_set.h"

struct property_run;

/* Binds the wanted properties. JSON paths and keys go into the picks, which the caller runs once for each message. The
 * set and the schema outlive the run. TOCSIN_ERROR_CONFIG if an extraction names an unknown log source type. */
tocsin_status property_run_open(const struct property_set *set, const struct schema *schema,
                                const struct field_set *wanted, const struct log_source_table *log_sources,
                                struct json_pick *json_pick, struct key_pick *key_pick, struct property_run **ret_run,
                                struct error *err);
void property_run_close(struct property_run *run);
/* Adds values that cost a regular expression too much to a counter of the caller's, which may be NULL. */
void property_run_count_given_up(struct property_run *run, uint64_t *counter);

/* True if nothing is wanted: no need to call property_run_extract. */
bool property_run_is_empty(const struct property_run *run);

struct property_event {
    int64_t log_source_type;
    str payload; /* the whole line */
    str text;    /* behind the syslog header */
    str host;
    str application;
    str process_id;
    const struct message *message;
    const struct json_value *json;             /* by ids of the JSON pick; NULL if the message is no JSON */
    const struct message_field *const *fields; /* by ids of the key pick */
    struct log_time_context time;
};

/* Fills properties that are still null in the row. True if one was filled with a part of the event: then somebody knows
 * its shape. */
bool property_run_extract(struct property_run *run, const struct property_event *event, struct batch *batch,
                          uint32_t row);

#endif
