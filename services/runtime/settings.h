/* Settings: what a program that connects to the broker knows of the configuration. */
#ifndef RUNTIME_SETTINGS_H
#define RUNTIME_SETTINGS_H

#include "runtime/config.h"
#include "runtime/link.h"
#include "runtime/pipeline.h"

#include <limits.h>
#include <stdbool.h>

/* The fields are the interface: read them. */
typedef struct {
    char folder[PATH_MAX]; /* config/ */
    config_t *broker;      /* config/broker.json */
    link_context_t *context;
    link_options_t link; /* by settings_keys */
} settings_t;

/* Reads config/broker.json and opens the I/O thread. 0, or -1: a REJECT fault. */
int settings_init(settings_t *self, fault_t *fault);

/* Before connecting: fills `link`, with the keys if a door is encrypted. 0, or -1: a REJECT
 * fault. */
int settings_keys(settings_t *self, fault_t *fault);

void settings_close(settings_t *self);

/* "ingest" or "admin", lent. */
const char *settings_endpoint(const settings_t *self, const char *door);

/* config/pipeline.json. The caller owns it; NULL: a REJECT fault. */
pipeline_t *settings_pipeline(const settings_t *self, fault_t *fault);

/* The largest article, bytes. */
size_t settings_body_max(const settings_t *self);

#endif
