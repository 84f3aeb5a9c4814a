/* Stage, as the processes that run one see it: the worker and the filter. */
#ifndef RUNTIME_STAGE_INTERNAL_H
#define RUNTIME_STAGE_INTERNAL_H

#include "runtime/stage.h"

#include <stdint.h>

/* name: the queue; program: nutgraf-<program>; both copied. options: an object, shared, or
 * NULL. stage_open and stage_close are the caller's to call. NULL: no memory. */
stage_t *stage_new(const char *name, const char *program, const json_t *options);
void stage_destroy(stage_t **self);

/* Clears the fault and gives `in` to stage_process. The caller owns the result; NULL: the
 * reason is in stage_fault. */
article_t *stage_run(stage_t *self, const article_t *in);

/* The same for several, each with its fault. */
void stage_run_batch(stage_t *self, stage_item_t *items, size_t count);

/* What stage_set_batch got; without it 0: it takes one by one, by stage_process. */
size_t stage_batch(const stage_t *self);

/* From now on stage_is_ending; any thread may say so. */
void stage_end(stage_t *self);

const char *stage_program(const stage_t *self);

/* How often the stage reported progress; any thread may ask. */
uint32_t stage_progress_count(const stage_t *self);

/* What stage_set_model got last; NULL: nothing. */
const char *stage_model(const stage_t *self);

#endif
