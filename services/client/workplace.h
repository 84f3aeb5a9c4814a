/* Workplace: the private folder of one `nutgraf run`: sockets, store, results, log. */
#ifndef CLIENT_WORKPLACE_H
#define CLIENT_WORKPLACE_H

#include "proto/fault.h"
#include "runtime/pipeline.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* The fields are the interface: read them. */
typedef struct {
    char path[PATH_MAX];
    char results[PATH_MAX];
    char log[PATH_MAX]; /* the folder of the children's logs */
    bool is_given;      /* by --dir: it stays */
} workplace_t;

/* Makes the folder (0700) below $XDG_RUNTIME_DIR or /tmp, or uses `given`, and points the
 * environment of this process, and so of its children, at it: NUTGRAF_BROKER_INGEST, _WORK,
 * _ADMIN and _STORE. 0, or -1 with a fault. */
int workplace_open(workplace_t *self, const char *given, fault_t *fault);

/* Points the first JSONL sink of the pipeline at `results`. -1: a REJECT fault: none. */
int workplace_use_sink(const workplace_t *self, const pipeline_t *pipeline, fault_t *fault);

/* Tells on standard error what stands at the end of a log; of events, only warnings and
 * errors. path: a child's log; NULL: the broker's. */
void workplace_tell_log(const workplace_t *self, const char *path);

/* Removes the folder and all in it, unless it was given. */
void workplace_remove(const workplace_t *self);

/* The environment variable that overrides an option of a stage: NUTGRAF_<NAME>_<KEY>. */
void workplace_variable(const pipeline_stage_t *stage, const char *key, char *out,
                        size_t size);

/* The first sink of type jsonl; NULL: there is none. */
const pipeline_stage_t *workplace_find_sink(const pipeline_t *pipeline);

#endif
