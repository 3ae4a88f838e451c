/* function/pod_text.h
 * What a pod is made to run and what it is given, from the JSON of a request: of a pod, of anything that holds the
 * template of one (a Deployment, a CronJob, a workflow), or of a patch. Found by the names of members, wherever they
 * stand, so that a wrapper nobody has heard of is read as well.
 * Memory: the caller's buffers. Threads: any. Limits: nesting up to LIMIT_JSON_DEPTH; what lies deeper is not seen.
 */
#ifndef FUNCTION_POD_TEXT_H
#define FUNCTION_POD_TEXT_H

#include "base/arena.h"
#include "base/strbuf.h"

/* The command line of each container, hook and probe, a line each: its words joined by blanks. */
bool pod_text_commands(str json, struct arena *scratch, struct strbuf *ret) __attribute__((warn_unused_result));
/* "account NAME", "secret NAME", "token", "host PATH", "privileged", "host processes", "host network", joined by ", ".
 */
bool pod_text_access(str json, struct arena *scratch, struct strbuf *ret) __attribute__((warn_unused_result));

#endif
