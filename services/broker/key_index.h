/* Key index: finds numbers by 16-byte key; a hash table that stores the numbers alone. */
#ifndef BROKER_KEY_INDEX_H
#define BROKER_KEY_INDEX_H

#include <stddef.h>
#include <stdint.h>

enum { KEY_INDEX_NONE = UINT32_MAX };

/* The owner of the keys: which key a number stands for. */
typedef const uint8_t *(*key_index_key_fn)(const void *context, uint32_t number);

typedef struct key_index key_index_t;

/* Keys are taken for random (they are hashes). NULL: no memory. */
key_index_t *key_index_new(key_index_key_fn key_of, const void *context);
void key_index_destroy(key_index_t **self);

/* The number under key, or KEY_INDEX_NONE. */
uint32_t key_index_find(const key_index_t *self, const uint8_t key[16]);

/* Puts or replaces; key_of(number) must give key by now. 0, or -1: no memory. */
int key_index_put(key_index_t *self, const uint8_t key[16], uint32_t number);

/* Removes key if it is there; key_of must still answer for its number. */
void key_index_drop(key_index_t *self, const uint8_t key[16]);

#endif
