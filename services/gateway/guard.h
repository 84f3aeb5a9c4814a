/* Guard: whether a request comes from where it may, and may do what it asks for. */
#ifndef GATEWAY_GUARD_H
#define GATEWAY_GUARD_H

#include "gateway/gateway.h"

/* False: it was answered. A browser must not be turned against a server that needs no
 * token: an Origin must be this server's own, and Host must be a name that no stranger can
 * point here (an IP address, localhost, a name without dots, or one of `hosts`). */
bool guard_admits(gateway_t *self, request_t *request);

/* False: it was answered, 401, 403 or 429. role 0: no token is needed. */
bool guard_allows(gateway_t *self, request_t *request, unsigned role);

#endif
