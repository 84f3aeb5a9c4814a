/* Check: whether the gateway could start here; for `nutgraf doctor`. */
#ifndef GATEWAY_CHECK_H
#define GATEWAY_CHECK_H

#include "proto/fault.h"
#include "runtime/config.h"

/* Whether a server may be given the address and port of the options, or a gateway answers
 * there already. 0, or -1: a fault. */
int check_port(const config_t *options, fault_t *fault);

#endif
