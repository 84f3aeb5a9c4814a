/* Broker options: config/broker.json, read by the broker and by all that connect to it. */
#ifndef RUNTIME_BROKER_OPTIONS_H
#define RUNTIME_BROKER_OPTIONS_H

#include "runtime/config.h"
#include "runtime/link.h"

/* What broker.json may hold; *count of them. */
const config_option_t *broker_options_table(size_t *count);

/* NUTGRAF_BROKER_<KEY> overrides each, NUTGRAF_BROKER=FOLDER the three doors. The caller
 * owns the result; NULL: a REJECT fault. */
config_t *broker_options_load(const char *config_dir, fault_t *fault);

/* How to link_bind the doors, or to link_connect to them: reads the keys if a door is to be
 * encrypted. 0, or -1 with a REJECT fault that names the option and the file. */
int broker_options_bind(const config_t *self, link_options_t *out, fault_t *fault);
int broker_options_connect(const config_t *self, link_options_t *out, fault_t *fault);

#endif
