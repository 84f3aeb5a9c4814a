/* Link ZAP: the thread that answers whether a peer's key may connect
 * (rfc.zeromq.org/spec/27).
 */
#ifndef RUNTIME_LINK_ZAP_H
#define RUNTIME_LINK_ZAP_H

#include "proto/fault.h"

typedef struct link_zap link_zap_t;

/* Asks the allow-list in the file, read again when it changes. zmq: the context, in which
 * it is the only one. NULL: a fault that names the file and its line. */
link_zap_t *link_zap_new(void *zmq, const char *allow_path, fault_t *fault);

/* Waits for the thread, which ends when the context is shut down: do that before. */
void link_zap_destroy(link_zap_t **self);

#endif
