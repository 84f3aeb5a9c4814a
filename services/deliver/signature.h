/* Signature: tells a receiver that a body comes from us: HMAC-SHA256 (RFC 2104). */
#ifndef DELIVER_SIGNATURE_H
#define DELIVER_SIGNATURE_H

#include "proto/fault.h"

#include <stddef.h>

typedef struct signature signature_t;

/* Reads the key: all bytes of the file but line breaks at its end, 16 to 4,096. The caller
 * owns the result; NULL: a REJECT fault that names the file. */
signature_t *signature_load(const char *path, fault_t *fault);

/* Wipes the key. */
void signature_destroy(signature_t **self);

/* "X-Nutgraf-Signature: sha256=" and 64 hex digits. */
enum { SIGNATURE_HEADER_MAX = 100 };
void signature_write(const signature_t *self, const void *body, size_t len,
                     char out[SIGNATURE_HEADER_MAX]);

#endif
