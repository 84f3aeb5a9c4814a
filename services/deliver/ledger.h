/* Ledger: a results file of one row a line, in which each row is committed once.
 *
 * A row is its own key (by its digest), and one write: a row that is whole is committed,
 * one that is torn never was and is taken out. So a result that comes again is not written
 * again: not after a restart, not after kill -9 in mid-write, not by another process on the
 * same file (flock). An article that was processed again has another result, and a row of
 * its own. A file that was moved away or emptied is a new ledger, which knows the rows in
 * it and no others.
 *
 * In memory: 16 bytes a row, at a load of at most 3/4. Beside a large file lies
 * {path}.keys, a cache (deliver/keys_cache.h) that may be deleted at any time. */
#ifndef DELIVER_LEDGER_H
#define DELIVER_LEDGER_H

#include "proto/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ledger ledger_t;

/* Opens or makes the file and the folders to it, takes out a torn last row and learns the
 * others. path is copied. is_synced: each row is on disk before ledger_append returns.
 * lock_timeout_ms: how long another process may hold the file. NULL: a RETRY fault. */
ledger_t *ledger_open(const char *path, bool is_synced, int64_t lock_timeout_ms,
                      fault_t *fault);

/* A file that it made and that is still empty goes, too. */
void ledger_destroy(ledger_t **self);

/* From now on a row that would make the file longer than max_bytes begins another one
 * (deliver/rotation.h); a row of the newest full file is still known. keep: how many full
 * ones stay; 0: all. 0, or -1: a RETRY fault. */
int ledger_rotate(ledger_t *self, uint64_t max_bytes, int64_t keep, fault_t *fault);

/* Commits row[0..len), which has no line break and begins with its id. 1: written; 0: it
 * was there already; -1: a RETRY fault, and the file is as it was. */
int ledger_append(ledger_t *self, const char *row, size_t len, fault_t *fault);

/* Different rows, as far as this process has looked. */
size_t ledger_count(const ledger_t *self);

#endif
