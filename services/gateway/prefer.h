/* Prefer: the header in which a client says how it would like to be answered (RFC 7240). */
#ifndef GATEWAY_PREFER_H
#define GATEWAY_PREFER_H

#include <stdint.h>

/* "wait=N" of a header Prefer, in ms and at most most_ms; the first counts. 0: there is no
 * header, no wait in it, or one that is no number: what is not understood is no preference.
 */
int64_t prefer_wait_ms(const char *prefer, int64_t most_ms);

#endif
