/* lookup/applications.h
 * Names of flow applications, by applicationid. Built in are those of QRadar's default ids that are publicly known.
 * Memory: one arena inside. Threads: any may read once loaded.
 */
#ifndef LOOKUP_APPLICATIONS_H
#define LOOKUP_APPLICATIONS_H

#include "base/error.h"

struct applications;

tocsin_status applications_create(struct applications **ret_applications, struct error *err)
    __attribute__((warn_unused_result));
void applications_free(struct applications *applications);

/*     applications:
 *       - {id: 15001, name: Payments.Gateway}
 * An id that is built in gets the new name. */
tocsin_status applications_load_text(struct applications *applications, str text, const char *source_name,
                                     struct error *err) __attribute__((warn_unused_result));

/* Empty if the id has no name. */
str applications_name(const struct applications *applications, int64_t id);

#endif
