/* Store space: takes room for the store's file from the file system before it is needed.
 *
 * A commit that runs into a full disk has failed, and with it the broker. So the room is
 * allocated ahead (fallocate, which leaves the file's length alone), and what has not been
 * allocated is not promised to anybody. File systems without fallocate are asked for their
 * free space instead, which others may take meanwhile. */
#ifndef BROKER_STORE_SPACE_H
#define BROKER_STORE_SPACE_H

#include "proto/fault.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int fd;            /* of the store's file; lent */
    uint64_t reserved; /* bytes [0, reserved) of the file are allocated */
    bool is_estimate;  /* no fallocate here: free space is counted instead */
} store_space_t;

/* Makes <folder>/<name> if it is missing, and allocates its first `len` bytes: LMDB maps
 * its lock file, and on a full disk would die of SIGBUS. 0, or -1 with a fault. */
int store_space_make(const char *folder, const char *name, uint64_t len, fault_t *fault);

/* Bytes of a store's capacity that are kept back for acknowledgements. */
uint64_t store_space_kept(uint64_t capacity);

void store_space_init(store_space_t *self, int fd);

/* Tries to have bytes [0, want) of the file allocated, or as many as the disk has. Returns
 * how many the file can count on. */
uint64_t store_space_reserve(store_space_t *self, uint64_t want);

/* How many of [0, want) the disk could give the file by and by; takes nothing. */
uint64_t store_space_within_reach(const store_space_t *self, uint64_t want);

#endif
