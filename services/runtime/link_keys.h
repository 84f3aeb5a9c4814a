/* Link keys: CURVE key pairs, and the text files they are kept in.
 *
 * A file holds one key: 40 characters of Z85 (rfc.zeromq.org/spec/32) and a line feed. */
#ifndef RUNTIME_LINK_KEYS_H
#define RUNTIME_LINK_KEYS_H

#include "proto/fault.h"

#include <stdbool.h>
#include <stddef.h>

enum { LINK_KEY_LEN = 40 }; /* characters, without the closing NUL */

typedef struct {
    char open[LINK_KEY_LEN + 1];   /* the public half */
    char secret[LINK_KEY_LEN + 1]; /* link_keys_forget clears it */
} link_keys_t;

/* A fresh pair; -1: a fault, the libraries are without CURVE. */
int link_keys_make(link_keys_t *out, fault_t *fault);

/* The pair whose secret half is in the file, which is kept from others (runtime/secret.h).
 * 0, or -1 with a REJECT fault: no such file, no key in it, a mode that lets others in. */
int link_keys_load(link_keys_t *out, const char *path, fault_t *fault);

void link_keys_forget(link_keys_t *self);

/* The public key in the file; faults as above, but for the mode. */
int link_keys_load_public(char out[LINK_KEY_LEN + 1], const char *path, fault_t *fault);

/* Writes one key, synced, to a file that must not exist yet; a secret one gets mode 0600.
 * 0, or -1 with a REJECT fault, and there is no new file. */
int link_keys_write(const char *path, const char *key, bool is_secret, fault_t *fault);

/* True for text[0..len) that is 40 characters of Z85. */
bool link_keys_is_key(const char *text, size_t len);

/* 32 bytes as Z85. */
void link_keys_encode(char out[LINK_KEY_LEN + 1], const unsigned char bytes[32]);

#endif
