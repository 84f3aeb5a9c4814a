/* The inside of the store, shared by store_lmdb.c and store_read.c alone. */
#ifndef BROKER_STORE_INTERNAL_H
#define BROKER_STORE_INTERNAL_H

#include "broker/store.h"
#include "broker/store_base.h"
#include "broker/store_journal.h"
#include "broker/store_thread.h"

#include <pthread.h>

/* What the owner is told, as of the last commit that was finished. */
typedef struct {
    uint64_t live, reserved, reach; /* pages */
    double seconds;
} store_told_t;

/* Commits go to the journal. Its rows are pending until a checkpoint, in a thread of its
 * own, has written them to LMDB: those of one half while the other fills. Where room is
 * scarce or a batch is too long for the journal, commits go to LMDB at once. */
struct store {
    char *path;
    int lock;           /* -1: none */
    uint64_t capacity;  /* bytes */
    store_told_t told;  /* the owner's */
    MDB_txn *reader;    /* of the owner's thread, at rest between two reads */
    uint64_t last_body; /* in LMDB, when it was opened */
    store_thread_t *committer, *checkpointer;

    pthread_mutex_t mutex; /* guards `pending`, and the half of the journal it points to */
    store_pending_t pending;

    /* The committer's while a commit runs. */
    store_batch_t *batch;
    store_journal_t *journal;
    uint64_t sequence; /* of the last commit in the journal */
    uint64_t behind;   /* the last commit in its other half; 0: all of that is in LMDB */
    bool is_checking, is_broken;
    store_figures_t settled; /* of LMDB, when it was last written */
    store_told_t measured;

    /* The checkpointer's while it runs. */
    store_base_t base;
    uint64_t check_to; /* the last commit that it writes */
};

/* The newest snapshot of LMDB, until store_read_end, which lets it use again what the
 * snapshot held. NULL: a fault. */
MDB_txn *store_read_begin(store_t *self, fault_t *fault);
void store_read_end(store_t *self);

#endif
