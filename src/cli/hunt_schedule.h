/* cli/hunt_schedule.h
 * hunt --on ADDRESS --every AGE, and --since-last: passes over what arrived, until somebody has had enough.
 */
#ifndef CLI_HUNT_SCHEDULE_H
#define CLI_HUNT_SCHEDULE_H

#include "cli/commands.h"

/* Usage error if options of a scheduled hunt are given that don't go together. */
tocsin_status hunt_schedule_check(const struct command_line *line, struct tocsin_error *err);
/* Gives the exit code. */
int hunt_schedule_run(const struct command_context *context, tocsin_engine *engine, tocsin_pack *pack,
                      const struct tocsin_run_options *options);

#endif
