/* Keys: the last values of Idempotency-Key, and of which body each was. */
#ifndef GATEWAY_KEYS_H
#define GATEWAY_KEYS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct keys keys_t;

enum { KEYS_KEPT = 4096 }; /* the oldest makes way */

keys_t *keys_new(void); /* NULL: no memory */
void keys_destroy(keys_t **self);

/* False: the key came from the same sender (NULL: nobody in particular) with another body.
 * One that has been forgotten is new: its article's id says of which body it was. */
bool keys_claim(keys_t *self, const char *sender, const char *key, const void *body,
                size_t len);

#endif
