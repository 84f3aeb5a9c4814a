/* Admin: questions to the broker, one after the other. */
#ifndef CLIENT_ADMIN_H
#define CLIENT_ADMIN_H

#include "runtime/link.h"

#include <jansson.h>
#include <stdint.h>

typedef struct admin admin_t;

/* Connects in the background. NULL: a fault. */
admin_t *admin_new(link_context_t *context, const char *endpoint,
                   const link_options_t *options, fault_t *fault);
void admin_destroy(admin_t **self);

/* Asks, and waits for the answer for at most timeout_ms, or less when there is no sign of a
 * broker at all. Takes the question. The caller
 * owns the answer. NULL: a RETRY fault when none came in time, REJECT when the broker says
 * no. */
json_t *admin_ask(admin_t *self, json_t *question, int64_t timeout_ms, fault_t *fault);

#endif
