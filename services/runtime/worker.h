/* Worker: serves a stage's queue at the broker. */
#ifndef RUNTIME_WORKER_H
#define RUNTIME_WORKER_H

#include "runtime/stage.h"

/* Serves the stage's queue until SIGTERM or SIGINT; returns the exit status: 0, 1 failed (a
 * stage that hangs among it), 3 the configuration is wrong. Runs the stage in a second
 * thread, one article at a time, and shows life from this one. */
int worker_run(stage_t *stage, const char *config_dir);

#endif
