/* Store lock: one process at a time owns a store's folder. */
#ifndef BROKER_STORE_LOCK_H
#define BROKER_STORE_LOCK_H

#include "proto/fault.h"

/* Locks <folder>/owner, a file that names the owner's process id. The lock ends when the
 * descriptor is closed, by a crash too. Answers the descriptor, the caller's to close; -1
 * with a fault: "… in use by process 1234". */
int store_lock_take(const char *folder, fault_t *fault);

#endif
