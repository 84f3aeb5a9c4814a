/* Ledger file: the locked descriptor under a ledger; opens, locks, appends and repairs. */
#ifndef DELIVER_LEDGER_FILE_H
#define DELIVER_LEDGER_FILE_H

#include "proto/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The fields are the interface, to be read. All failures are RETRY faults that begin with
 * the path. */
typedef struct {
    char *path;
    int fd; /* -1: not open */
    bool is_synced;
    bool is_made;  /* by this process */
    bool is_dirty; /* holds rows that nobody is known to have synced */
} ledger_file_t;

/* Locks the file that bears the path now, opening or making it first if need be; waits up
 * to timeout_ms for other processes. 1: it is another file than last time; 0: the same. */
int ledger_file_lock(ledger_file_t *self, int64_t timeout_ms, fault_t *fault);
void ledger_file_unlock(ledger_file_t *self);

/* Unlocks by closing; the next lock opens again. */
void ledger_file_close(ledger_file_t *self);

/* With the lock: takes away a file that this process made and that nobody wrote to. Whoever
 * has it open as well makes a new one at his next lock. */
void ledger_file_forget_empty(ledger_file_t *self);

/* Bytes in the file; -1: a fault. */
int64_t ledger_file_size(const ledger_file_t *self, fault_t *fault);

/* Reads up to `room` bytes at `offset`; how many, less only at the end; -1: a fault. */
ssize_t ledger_file_read(const ledger_file_t *self, char *bytes, size_t room,
                         uint64_t offset, fault_t *fault);

/* Writes the row and a line break at `end`, which is the size, and syncs. On failure the
 * file is cut back to `end` and closed. */
int ledger_file_append(ledger_file_t *self, uint64_t end, const char *row, size_t len,
                       fault_t *fault);

/* Syncs if rows are there that may not be on disk. On failure the file is closed. */
int ledger_file_sync(ledger_file_t *self, fault_t *fault);

/* Cuts the file back. */
int ledger_file_cut(ledger_file_t *self, uint64_t size, fault_t *fault);

#endif
