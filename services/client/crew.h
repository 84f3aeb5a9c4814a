/* Crew: the broker and the workers that `nutgraf run` starts for a pipeline. */
#ifndef CLIENT_CREW_H
#define CLIENT_CREW_H

#include "client/children.h"
#include "proto/fault.h"
#include "runtime/pipeline.h"

/* Whether each stage has a program and at least one worker: 0, or -1 with a REJECT fault
 * that names the stage and the setting. */
int crew_check(const pipeline_t *pipeline, fault_t *fault);

/* Starts the broker first, then the workers and, if it is wanted, the gateway; each has a
 * file of its own in the folder `log`: "broker", "tag-2". 0, or -1 with a fault. */
int crew_start(children_t *children, const pipeline_t *pipeline, bool has_gateway,
               const char *log, fault_t *fault);

#endif
