/* Sink: one place where finished articles go, of the type that the options name. */
#ifndef DELIVER_SINK_H
#define DELIVER_SINK_H

#include "proto/article.h"
#include "proto/fault.h"
#include "runtime/config.h"

#include <jansson.h>
#include <stddef.h>

typedef struct sink sink_t;

/* options: "type" and what that type takes, prefix: the stage's name (runtime/config.h).
 * The caller owns the result; NULL: a fault, REJECT for wrong options. */
sink_t *sink_open(const json_t *options, const char *stage, fault_t *fault);
void sink_destroy(sink_t **self);

/* Delivers the article; 0 once it is safe there. The same result may come twice and counts
 * once, or carries a key of its own so that the receiver can see to that. -1: a fault tells
 * whether to come again. */
int sink_write(sink_t *self, const article_t *article, fault_t *fault);

/* --- a type of sink: a new one is a row in sink.c --------------------------------------
 */

/* Begins each type's table of options. */
#define SINK_TYPE_OPTION                                                                   \
    {                                                                                      \
        "type", CONFIG_CHOICE, "jsonl", 0, 0, "jsonl|webhook", "where results go"          \
    }

typedef struct {
    const char *type;
    const config_option_t *options;
    size_t option_count;
    /* config outlives what open returns; NULL: a fault. */
    void *(*open)(const config_t *config, fault_t *fault);
    int (*write)(void *state, const article_t *article, fault_t *fault);
    void (*close)(void *state);
} sink_type_t;

extern const sink_type_t sink_jsonl;
extern const sink_type_t sink_webhook;

#endif
