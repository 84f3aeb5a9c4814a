/* Keys cache: {path}.keys beside a large results file, so that opening it need not read it.
 *
 * It is a cache alone: any of it may be missing, torn or stale, and is then thrown away and
 * made again from the rows. It changes only while the results file is locked. */
#ifndef DELIVER_KEYS_CACHE_H
#define DELIVER_KEYS_CACHE_H

#include "deliver/keys.h"

#include <stddef.h>
#include <stdint.h>

/* One line of the results file. */
typedef struct {
    key_digest_t key;
    uint64_t end; /* offset after its line break; it starts where the one before ends */
} keys_entry_t;

typedef struct keys_cache keys_cache_t;

/* path: of the results file. NULL: no memory. */
keys_cache_t *keys_cache_new(const char *path);
void keys_cache_destroy(keys_cache_t **self);

/* Adds to `keys` what the cache knows of the results file fd, `size` bytes long, having
 * looked up some of the rows; returns the offset up to which that goes, 0 for no use. -1:
 * no memory. */
int64_t keys_cache_load(keys_cache_t *self, int fd, uint64_t size, keys_t *keys);

/* Remembers the next line; it must start where the last one ended. 0, or -1: no memory. */
int keys_cache_note(keys_cache_t *self, const keys_entry_t *entry);

/* Writes what was noted, once the results file is large enough to be worth it. Failure is
 * silent: the next opening reads rows instead. */
void keys_cache_flush(keys_cache_t *self);

/* Whether so much was noted that it should be flushed. */
bool keys_cache_is_full(const keys_cache_t *self);

/* Forgets what was noted: the results file is another one, to be loaded or read anew. */
void keys_cache_reset(keys_cache_t *self);

#endif
