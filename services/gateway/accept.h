/* Accept: which of our formats a client likes best (RFC 9110, 12.5.1). */
#ifndef GATEWAY_ACCEPT_H
#define GATEWAY_ACCEPT_H

#include <stddef.h>

/* The place in `types` ("application/json") of the best one; the first wins where several
 * are liked as much. accept NULL: no header, which is any. -1: none will do. */
int accept_choose(const char *accept, const char *const *types, size_t count);

#endif
