/* A store in memory for the simulation: store.h, and a hand on what the disk does. */
#ifndef TESTS_SIM_STORE_MEM_H
#define TESTS_SIM_STORE_MEM_H

#include "broker/store.h"

/* The commit under way reaches the disk (store_finish then says 1), or is lost with the
 * power. */
void store_mem_sync(store_t *self);
void store_mem_lose(store_t *self);

/* Things of one kind on disk: 'j'obs, 'b'odies, 'n'otes, 'k'nown ids. */
size_t store_mem_count(const store_t *self, char kind);

#endif
