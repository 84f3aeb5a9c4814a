/* Slots: how many processes of this machine may do a thing at once. */
#ifndef SUMMARISE_SLOTS_H
#define SUMMARISE_SLOTS_H

#include "proto/fault.h"

#include <stdint.h>

/* Takes one of `count` slots, files "<name>-<n>.slot" in the folder, which is made; the
 * lock ends with the process at the latest. Waits for a free one up to wait_ms. A
 * descriptor for slots_give, or -1 with a RETRY fault: none came free, or the folder cannot
 * be used. */
int slots_take(const char *folder, const char *name, int count, int64_t wait_ms,
               fault_t *fault);
void slots_give(int slot);

#endif
