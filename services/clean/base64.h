/* Base64: RFC 4648, 4, with white space allowed between. libsodium's decoder runs in
 * constant time, which secrets need and pages do not: this one took a fifth of its time. */
#ifndef CLEAN_BASE64_H
#define CLEAN_BASE64_H

#include <stddef.h>

/* Decodes text[0..len) into out, which has room for len bytes; *out_len bytes of it. 0, or
 * -1: *out_len is then the place in text of what is no base64. */
int base64_decode(const char *text, size_t len, char *out, size_t *out_len);

#endif
