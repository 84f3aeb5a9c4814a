/* Broker options: config/broker.json, read by the broker and by all that connect to it. */
#ifndef RUNTIME_BROKER_OPTIONS_H
#define RUNTIME_BROKER_OPTIONS_H

#include "runtime/config.h"

/* NUTGRAF_BROKER_<KEY> overrides each. The caller owns the result; NULL: a REJECT fault. */
config_t *broker_options_load(const char *config_dir, fault_t *fault);

#endif
