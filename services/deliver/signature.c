#include "deliver/signature.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MIN = 16, KEY_MAX = 4096 };

struct signature {
    size_t len;
    unsigned char key[KEY_MAX + 3]; /* room for a line break, and to see what is too long */
};

static int read_key(signature_t *self, const char *path, fault_t *fault)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        fault_set(fault, FAULT_REJECT, "%s: cannot be opened: %s", path, strerror(errno));
        return -1;
    }
    setvbuf(file, NULL, _IONBF, 0); /* no copy of the key stays behind */
    self->len = fread(self->key, 1, sizeof self->key, file);
    int error = ferror(file) ? errno : 0;
    fclose(file);
    if (error != 0) {
        fault_set(fault, FAULT_REJECT, "%s: cannot be read: %s", path, strerror(error));
        return -1;
    }
    while (self->len > 0 && strchr("\r\n", self->key[self->len - 1]) != NULL) {
        self->len--;
    }
    if (self->len < KEY_MIN || self->len > KEY_MAX) {
        fault_set(fault, FAULT_REJECT, "%s: the key needs %d to %d bytes", path, KEY_MIN,
                  KEY_MAX);
        return -1;
    }
    return 0;
}

signature_t *signature_load(const char *path, fault_t *fault)
{
    signature_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a key", path);
        return NULL;
    }
    if (read_key(self, path, fault) != 0) {
        signature_destroy(&self);
    }
    return self;
}

void signature_destroy(signature_t **self)
{
    if (*self != NULL) {
        sodium_memzero(*self, sizeof **self);
        free(*self);
        *self = NULL;
    }
}

void signature_write(const signature_t *self, const void *body, size_t len,
                     char out[SIGNATURE_HEADER_MAX])
{
    static const char name[] = "X-Nutgraf-Signature: sha256=";
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, self->key, self->len);
    crypto_auth_hmacsha256_update(&state, body, len);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(&state, sizeof state);
    memcpy(out, name, sizeof name);
    sodium_bin2hex(out + sizeof name - 1, SIGNATURE_HEADER_MAX - sizeof name + 1, mac,
                   sizeof mac);
}
