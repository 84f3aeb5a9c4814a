#include "gateway/keys.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST = 16 };

typedef struct {
    unsigned char key[DIGEST], body[DIGEST];
} row_t;

struct keys {
    row_t rows[KEYS_KEPT];
    size_t next;
};

keys_t *keys_new(void)
{
    return calloc(1, sizeof(keys_t));
}

void keys_destroy(keys_t **self)
{
    free(*self);
    *self = NULL;
}

/* Of the sender, a NUL and the key. */
static void digest_key(unsigned char out[DIGEST], const char *sender, const char *key)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, DIGEST);
    if (sender != NULL) {
        crypto_generichash_update(&state, (const unsigned char *)sender, strlen(sender));
    }
    crypto_generichash_update(&state, (const unsigned char *)"", 1);
    crypto_generichash_update(&state, (const unsigned char *)key, strlen(key));
    crypto_generichash_final(&state, out, DIGEST);
}

bool keys_claim(keys_t *self, const char *sender, const char *key, const void *body,
                size_t len)
{
    row_t row;
    digest_key(row.key, sender, key);
    crypto_generichash(row.body, DIGEST, body, len, NULL, 0);
    for (size_t i = 0; i < KEYS_KEPT; i++) {
        if (memcmp(self->rows[i].key, row.key, DIGEST) == 0) {
            return memcmp(self->rows[i].body, row.body, DIGEST) == 0;
        }
    }
    self->rows[self->next] = row;
    self->next = (self->next + 1) % KEYS_KEPT;
    return true;
}
