/* Known: the ids of the last days, so that no article is taken in twice. */
#ifndef BROKER_KNOWN_H
#define BROKER_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct known known_t;

/* Remembers at most `max` keys, the newest. NULL: no memory. */
known_t *known_new(size_t max);
void known_destroy(known_t **self);

bool known_has(const known_t *self, const uint8_t key[16]);

/* Until when the key is remembered, in whole seconds; -1: it is not there. */
int64_t known_until_ms(const known_t *self, const uint8_t key[16]);

/* Adds a key that is not there yet and gives it a serial, one above the last. 0: no memory.
 */
uint64_t known_add(known_t *self, const uint8_t key[16], int64_t until_ms);

/* At restart: adds a key under the serial it had; serials must rise. 0, or -1: no memory.
 */
int known_restore(known_t *self, uint64_t serial, const uint8_t key[16], int64_t until_ms);

/* Forgets the oldest key if its time is over or there are more than `max`; its serial,
 * which the caller drops from disk, or 0: nothing to forget. */
uint64_t known_forget(known_t *self, int64_t now_ms);

/* Forgets this key; its serial, which the caller drops from disk, or 0: it is not there. */
uint64_t known_remove(known_t *self, const uint8_t key[16]);

size_t known_count(const known_t *self);

#endif
