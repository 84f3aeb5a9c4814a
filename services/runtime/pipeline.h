/* Pipeline: the route of an article, read from config/pipeline.json. */
#ifndef RUNTIME_PIPELINE_H
#define RUNTIME_PIPELINE_H

#include "proto/fault.h"
#include "runtime/config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PIPELINE_STAGES_MAX = 32,
    PIPELINE_NAME_MAX = 18, /* bytes: lower-case letters, digits, '-'; fits a job on disk */
    PIPELINE_ATTEMPTS_MAX = 255 /* a job on disk counts them in a byte */
};

/* The fields are the interface; all lent by the pipeline. */
typedef struct {
    const char *name;       /* the queue */
    const char *program;    /* nutgraf-<program> serves it; by default the name */
    bool is_sink;           /* gets a copy of each finished article; sinks stand last */
    int64_t lease_ms;       /* work without progress for so long goes to another */
    int64_t lease_max_ms;   /* … and with progress, for so long */
    int64_t attempts;       /* failures until the article is buried */
    int64_t backoff_ms;     /* wait after the first failure; doubles each time */
    int64_t backoff_max_ms; /* … up to this */
    int64_t workers;        /* processes that `nutgraf run` starts */
    const json_t *options;  /* for the stage's own code; never NULL */
} pipeline_stage_t;

typedef struct pipeline pipeline_t;

/* The file is {"stages": [{"name": …, …}, …]}. Environment: NUTGRAF_<NAME>_<KEY> per stage
 * ('-' becomes '_'), for the fields above and, read by config_from_json with the same
 * prefix, for the options. The caller owns the result; NULL: a REJECT fault that names
 * file, stage and value. At least one stage that is no sink must stand first. */
pipeline_t *pipeline_load(const char *path, fault_t *fault);
void pipeline_destroy(pipeline_t **self);

/* What the line of a stage may hold; *count of them. */
const config_option_t *pipeline_options(size_t *count);

size_t pipeline_count(const pipeline_t *self);
const pipeline_stage_t *pipeline_at(const pipeline_t *self, size_t i);

/* Whether a stage is served by nutgraf-<program>. */
bool pipeline_has_program(const pipeline_t *self, const char *program);

/* -1 if there is none of that name. */
int pipeline_find(const pipeline_t *self, const char *name);

#endif
