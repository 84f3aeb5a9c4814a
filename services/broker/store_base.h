/* Store base: the LMDB side of a store; tables, their room on the disk, and how they are
 * written. One thread at a time. */
#ifndef BROKER_STORE_BASE_H
#define BROKER_STORE_BASE_H

#include "broker/store_space.h"
#include "broker/store_tables.h"

/* As of a commit; in pages of the file. */
typedef struct {
    uint64_t live;    /* in use */
    uint64_t pending; /* given up by the last commit: LMDB gives them to the next but one */
    uint64_t reserved; /* that the file can count on */
    uint64_t reach;    /* that the disk could give it by and by */
} store_figures_t;

/* Read the fields; the functions write them. */
typedef struct {
    const char *path;  /* lent */
    uint64_t capacity; /* bytes */
    uint64_t ahead;    /* bytes taken from the disk before they are needed */
    store_tables_t tables;
    store_space_t space;
    store_figures_t figures;
} store_base_t;

/* Opens or makes the tables in an existing folder. 0, or -1 with a fault. Call
 * store_base_close in either case. */
int store_base_open(store_base_t *self, const char *path, uint64_t capacity, uint64_t ahead,
                    fault_t *fault);
void store_base_close(store_base_t *self);

/* Writes the rows in their order in one synced commit, and that all of the journal up to
 * commit `applied` is in. crash_at: a crash point before the sync. 0, or -1 with a fault.
 */
int store_base_write(store_base_t *self, const store_pending_row_t *rows, size_t count,
                     uint64_t applied, const char *crash_at, fault_t *fault);

/* Puts a number into META in a commit of its own. 0, or -1 with a fault. */
int store_base_put_number(store_base_t *self, const char *name, uint64_t number,
                          fault_t *fault);
int store_base_get_number(const store_base_t *self, const char *name, uint64_t *number,
                          fault_t *fault);

/* Words a fault: "store PATH: operation: …", error of LMDB or errno. Returns -1. */
int store_base_fail(const store_base_t *self, fault_t *fault, const char *operation,
                    int error);

#endif
