/* Keys: a compact set of 16-byte digests of rows. */
#ifndef DELIVER_KEYS_H
#define DELIVER_KEYS_H

#include <stdbool.h>
#include <stddef.h>

enum { KEY_LEN = 16 };

/* Two different rows have one digest with a chance below 2^-64 for 2^32 rows. */
typedef struct {
    unsigned char bytes[KEY_LEN];
} key_digest_t;

typedef struct keys keys_t;

/* BLAKE2b (RFC 7693) of 16 bytes; never all zero. */
key_digest_t keys_digest(const char *row, size_t len);

keys_t *keys_new(void); /* NULL: no memory */
void keys_destroy(keys_t **self);

/* Makes room for one more, so that the next keys_add cannot fail. 0, or -1: no memory. */
int keys_reserve(keys_t *self);

/* Adds a key that keys_reserve made room for; one that is there already stays. */
void keys_add(keys_t *self, const key_digest_t *key);

bool keys_has(const keys_t *self, const key_digest_t *key);
size_t keys_count(const keys_t *self);
void keys_clear(keys_t *self);

#endif
