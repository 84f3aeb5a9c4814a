/* Store new: makes the file of a new store in one piece. */
#ifndef BROKER_STORE_NEW_H
#define BROKER_STORE_NEW_H

#include "proto/fault.h"

#include <stdint.h>

/* Makes <folder>/data.mdb with its empty tables unless it is there. A power failure at any
 * moment leaves none or a whole one: it is made and synced in <folder>/new, then moved, and
 * the folders are synced. 0, or -1 with a fault. The caller holds the store's lock. */
int store_new_make(const char *folder, uint64_t capacity, fault_t *fault);

#endif
