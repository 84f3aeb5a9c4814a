/* Options of the gateway: config/gateway.json. */
#ifndef GATEWAY_OPTIONS_H
#define GATEWAY_OPTIONS_H

#include "runtime/config.h"

/* The caller owns the result; NULL: a REJECT fault. */
config_t *options_load(const char *config_dir, fault_t *fault);

/* Whether address and tokens go together: beyond the loopback tokens are needed, unless
 * allow_open says otherwise. 0, or -1: a REJECT fault. */
int options_check(const config_t *self, fault_t *fault);

void options_print_help(FILE *out);

#endif
