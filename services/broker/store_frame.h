/* Store frame: how the journal codes one batch.
 *
 * A header of 64 bytes, an entry of 96 for each change, then bodies and notes; filled up to
 * whole pages. Numbers lie in the machine's order. A seal, of one page, lies behind the
 * last frame and says that it was synced; the next frame is written over it. */
#ifndef BROKER_STORE_FRAME_H
#define BROKER_STORE_FRAME_H

#include "broker/store_pending.h"

enum { STORE_FRAME_GRAIN = 4096 }; /* frames begin at multiples of this, and are as long */

/* A frame in the mapped file. */
typedef struct {
    const uint8_t *bytes;
    uint64_t at;  /* its offset in the file */
    uint64_t len; /* all of it */
    uint64_t sequence;
    uint64_t seed;
    uint64_t entries; /* their checksum */
    size_t count;     /* of entries */
} store_frame_t;

uint64_t store_frame_head_len(size_t count);
uint64_t store_frame_len(size_t count, uint64_t payload);

/* Writes header and entries of the batch, store_frame_head_len bytes; self: at, len,
 * sequence, seed and count. */
void store_frame_encode(uint8_t *out, const store_batch_t *batch,
                        const store_frame_t *self);

/* False: no header at `at`, or not a whole one. */
bool store_frame_open(store_frame_t *self, const uint8_t *map, uint64_t map_len,
                      uint64_t at, uint64_t seed);

/* The same for a header in which one bit is wrong. */
bool store_frame_mend(store_frame_t *self, const uint8_t *map, uint64_t map_len,
                      uint64_t at, uint64_t seed);

/* Writes a seal for the frame `sequence`, which ends at `at`; STORE_FRAME_GRAIN bytes. */
void store_seal_encode(uint8_t *out, uint64_t at, uint64_t sequence, uint64_t seed);

/* Which frame is known to have been synced by a seal at `at`; 0: there is no seal. */
uint64_t store_seal_read(const uint8_t *map, uint64_t at, uint64_t seed);

/* All entries, bodies and notes are what was written. */
bool store_frame_is_whole(const store_frame_t *self);

/* Entry i; one wrong bit is turned back. False: more is wrong. A record of a job and a body
 * are not checked here: they have checksums of their own. */
bool store_frame_row(const store_frame_t *self, size_t i, store_pending_row_t *row);

/* The same for one that was just written. */
void store_frame_row_unchecked(const store_frame_t *self, size_t i,
                               store_pending_row_t *row);

#endif
