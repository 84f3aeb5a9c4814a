/* Endpoint: says whether an address may be used, and prepares the place of an ipc one. */
#ifndef RUNTIME_ENDPOINT_H
#define RUNTIME_ENDPOINT_H

#include "proto/fault.h"

#include <stdbool.h>

enum { ENDPOINT_MAX = 255 }; /* bytes */

/* "ipc://<path>" or "tcp://<host>:<port>". Plain tcp may leave the loopback only with
 * allow_plain: `*`, interface names and names that do not resolve to 127.0.0.0/8 or ::1
 * count as leaving. 0, or -1 with a REJECT fault that names the endpoint and the way out.
 */
int endpoint_check(const char *endpoint, bool allow_plain, fault_t *fault);

bool endpoint_is_ipc(const char *endpoint);

/* Written with an IPv6 address in brackets: tcp://[::1]:7001. */
bool endpoint_is_ipv6(const char *endpoint);

/* Before binding: an ipc endpoint gets its folder (0700), and a socket file at which nobody
 * listens any more is removed. Does nothing for tcp. 0, or -1 with a REJECT fault: in use,
 * no socket, no folder. */
int endpoint_prepare(const char *endpoint, fault_t *fault);

#endif
