/* lookup/deployment.h
 * The parts of a deployment: what processorid stands for, and where its data can be asked for. Nothing is built in.
 * Memory: one arena inside. Threads: any may read once loaded.
 */
#ifndef LOOKUP_DEPLOYMENT_H
#define LOOKUP_DEPLOYMENT_H

#include "base/error.h"

struct deployment;

struct processor {
    int64_t id;
    str name;   /* "eventprocessor0" */
    str host;   /* "ep-berlin.example.com" */
    str server; /* host and port: "ep-berlin.example.com:32006" */
};

tocsin_status deployment_create(struct deployment **ret_deployment, struct error *err)
    __attribute__((warn_unused_result));
void deployment_free(struct deployment *deployment);

/*     processors:
 *       - id: 8
 *         name: eventprocessor0
 *         host: ep-berlin.example.com
 *         port: 32006                    # optional, this is the default */
tocsin_status deployment_load_text(struct deployment *deployment, str text, const char *source_name, struct error *err)
    __attribute__((warn_unused_result));

/* NULL if there is none. */
const struct processor *deployment_find(const struct deployment *deployment, int64_t id);
/* Ignoring case. */
const struct processor *deployment_find_name(const struct deployment *deployment, str name);
/* The name nearest to one that does not exist, for "did you mean"; empty if none is near. */
str deployment_suggest(const struct deployment *deployment, str name);

#endif
