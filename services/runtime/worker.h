/* Worker: serves a stage's queue at the broker. */
#ifndef RUNTIME_WORKER_H
#define RUNTIME_WORKER_H

#include "runtime/stage.h"

/* Serves the stage's queue until SIGTERM; returns the exit status. */
int worker_run(stage_t *stage, const char *config_dir) __attribute__((weak));

#endif
