/* Stage: one step of the route, as the code of a stage sees it.
 *
 * A stage program is services/<name>/stage.c with stage_process, and if it needs them
 * stage_open and stage_close; stage_main.c brings main. A stage may be given one article
 * twice and answers the same both times. */
#ifndef RUNTIME_STAGE_H
#define RUNTIME_STAGE_H

#include "proto/article.h"
#include "proto/fault.h"
#include "runtime/config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct stage stage_t;

/* --- written by the stage ------------------------------------------------------------- */

/* Adds the stage's own section to `out`, which comes as a copy of `in`. 0 is success; else
 * return what stage_retry or stage_reject gave. */
int stage_process(stage_t *self, const article_t *in, article_t *out);

/* Once, before the first article: reads options, loads models. 0, or -1 with stage_fault
 * set: the program ends with that message. Optional. */
int stage_open(stage_t *self);

/* Optional, beside stage_process, for a sink that hands over several articles in one go:
 * gets what waits, at most as many as stage_set_batch said. Each item is done unless its
 * fault is set. Items may change places. */
typedef struct {
    const article_t *in;
    fault_t fault;
    bool is_postponed; /* with a RETRY fault: not the article's; it counts as no attempt */
    size_t place;      /* the runtime's */
} stage_item_t;
void stage_process_batch(stage_t *self, stage_item_t *items, size_t count);

/* Once, after the last article or a failed stage_open: frees the state. Optional. */
void stage_close(stage_t *self);

/* One line for --help, and the version that goes into each trace entry. Optional. */
extern const char *const stage_summary;
extern const char *const stage_version;

/* What its line's "options" may hold, for --help. Optional. */
typedef struct {
    const config_option_t *options;
    size_t count;
} stage_manual_t;
extern const stage_manual_t stage_manual;

/* --- given to the stage --------------------------------------------------------------- */

const char *stage_name(const stage_t *self); /* the queue it serves */

/* "options" of its line in config/pipeline.json, lent; never NULL, maybe empty. Read it
 * with config_from_json, so that typing errors are named. */
const json_t *stage_options(const stage_t *self);

void stage_set_state(stage_t *self, void *state);
void *stage_state(const stage_t *self);

fault_t *stage_fault(stage_t *self);

/* Both record the fault and return -1, for `return stage_reject(…);`. */
int stage_retry(stage_t *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int stage_reject(stage_t *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Tells the watchdog that work goes on; call it now and then in long loops. A stage that
 * makes no progress for its lease loses the article. */
void stage_progress(stage_t *self);

/* In stage_open: stage_process_batch may get up to `max` articles; without it, and where
 * articles are enriched, each goes to stage_process. In stage_process_batch: from the next
 * one on, and never more than the worker may hold. */
void stage_set_batch(stage_t *self, size_t max);

/* The process is to end: a stage that waits for somebody should give up. */
bool stage_is_ending(const stage_t *self);

/* The id of the model in use, for the trace. Copied. */
void stage_set_model(stage_t *self, const char *model);

/* The path of a file of this stage's model folder: $NUTGRAF_MODELS/<program>/<file>, where
 * NUTGRAF_MODELS is by default the folder of the checkout or installation the program runs
 * from. The caller frees it; NULL: no memory. */
char *stage_model_path(const stage_t *self, const char *file);

/* The same for a file that several stages share: of services/<owner>/model, "encoder". */
char *stage_shared_model_path(const char *owner, const char *file);

#endif
