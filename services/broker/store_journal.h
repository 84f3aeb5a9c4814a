/* Store journal: the file that makes a batch durable with one write and one sync.
 *
 * Its two halves are written in turn, each over what it held before, so that a sync has
 * nothing to tell the file system but the bytes. A half is used again once LMDB has its
 * changes. A batch is one frame: a header, an entry for each change, then bodies and notes;
 * each part has its own checksum, seeded with a secret of the store so that no article can
 * look like a frame. A last frame without a seal counts if all of it is there: else it is a
 * write that was cut short. One that is damaged though a seal or a later frame exists was
 * on disk once: what is whole of it counts, bodies that are not are found to be damaged
 * when they are read. The seal is not synced: it is safe from the end of the process at
 * once, and from a power failure once the system has written it by itself. */
#ifndef BROKER_STORE_JOURNAL_H
#define BROKER_STORE_JOURNAL_H

#include "broker/store_pending.h"

typedef struct store_journal store_journal_t;

/* Opens <folder>/journal; makes it with about `len` bytes, allocated, if it is missing and
 * the disk has plenty. NULL: a fault; also if it should have `used` bytes and is missing or
 * shorter. Where there is none, and no room for one, it holds nothing. */
store_journal_t *store_journal_open(const char *folder, uint64_t len, uint64_t used,
                                    uint64_t seed, fault_t *fault);
void store_journal_close(store_journal_t **self);

/* Visits the changes of all commits behind `applied`, in order; *last is the last number
 * that was ever given to a commit. 0, or -1 with a fault. */
int store_journal_read(store_journal_t *self, uint64_t applied,
                       int (*visit)(void *context, const store_pending_row_t *row),
                       void *context, uint64_t *last, fault_t *fault);

/* Bytes of both halves; of a batch as a frame. */
uint64_t store_journal_len(const store_journal_t *self);
uint64_t store_journal_frame_len(const store_batch_t *batch);

/* Whether a frame fits behind the last one, or into a whole half. */
bool store_journal_fits(const store_journal_t *self, uint64_t frame_len);
bool store_journal_can_hold(const store_journal_t *self, uint64_t frame_len);

/* Goes on at the beginning of the other half, whose changes are in LMDB. */
void store_journal_turn(store_journal_t *self);

/* Bytes written into this half. */
uint64_t store_journal_used(const store_journal_t *self);

/* Writes the batch behind the last one; is on disk, and sealed, after store_journal_sync.
 * Both: 0 or errno. Crash point between them: commit_written. */
int store_journal_write(store_journal_t *self, const store_batch_t *batch,
                        uint64_t sequence);
int store_journal_sync(store_journal_t *self);

/* The changes of the frame that was written last, as they lie in the file. */
int store_journal_visit(const store_journal_t *self,
                        int (*visit)(void *context, const store_pending_row_t *row),
                        void *context);

#endif
