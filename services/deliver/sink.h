/* Sink: one place where finished articles go, of the type that the options name. */
#ifndef DELIVER_SINK_H
#define DELIVER_SINK_H

#include "deliver/remote.h"
#include "proto/article.h"
#include "proto/fault.h"
#include "runtime/config.h"
#include "runtime/stage.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sink sink_t;

/* options: "type" and what that type takes, prefix: the stage's name (runtime/config.h).
 * The caller owns the result; NULL: a fault, REJECT for wrong options. */
sink_t *sink_open(const json_t *options, const char *stage, fault_t *fault);
void sink_destroy(sink_t **self);

/* Copied; told of each request (deliver/remote.h). A sink that is here tells nothing. */
void sink_set_watch(sink_t *self, const remote_watch_t *watch);

/* Delivers the articles. An item without a fault is safe there; a fault tells whether to
 * come again, and is_postponed of a RETRY that it says nothing of the article. The same
 * result may come twice and counts once, or carries a key of its own so that the receiver
 * can see to that. */
void sink_write(sink_t *self, stage_item_t *items, size_t count);

/* How many articles it takes in one go. */
size_t sink_batch(const sink_t *self);

/* How long the destination, which is down or asked for it, is to be left alone; 0: write.
 */
int64_t sink_wait_ms(const sink_t *self);

/* The destination counts as down: one article is enough to see whether it is back. */
bool sink_is_down(const sink_t *self);

/* It fails for more than one article, each alone: the trouble is its own. */
bool sink_suspects_all(const sink_t *self);

/* --- a type of sink: a new one is a row in sink.c --------------------------------------
 */

#define SINK_TYPES "jsonl|webhook|elasticsearch|s3"

/* Begins each type's table of options. */
#define SINK_TYPE_OPTION                                                                   \
    {                                                                                      \
        "type", CONFIG_CHOICE, "jsonl", 0, 0, SINK_TYPES, "where results go"               \
    }

typedef struct {
    const char *type;
    const config_option_t *options;
    size_t option_count;
    /* config outlives what open returns; NULL: a fault. */
    void *(*open)(const config_t *config, fault_t *fault);
    void (*write)(void *state, stage_item_t *items, size_t count);
    void (*close)(void *state);
    size_t (*batch)(const void *state);     /* NULL: 1 */
    remote_t *(*remote)(const void *state); /* NULL: it is here */
} sink_type_t;

extern const sink_type_t sink_jsonl;
extern const sink_type_t sink_webhook;
extern const sink_type_t sink_elastic;
extern const sink_type_t sink_s3;

#endif
