/* Mapping: a file in memory, read-only; processes that map it share its pages. */
#ifndef ENCODER_MAPPING_H
#define ENCODER_MAPPING_H

#include "proto/fault.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *bytes;
    size_t len;
} mapping_t;

/* Maps a file of at least `least` bytes into an empty self. 0, or -1: a REJECT fault that
 * names path and cause, or a RETRY fault: no memory. */
int mapping_open(mapping_t *self, const char *path, size_t least, fault_t *fault);

/* Unmaps and empties; does nothing to an empty one. */
void mapping_close(mapping_t *self);

#endif
