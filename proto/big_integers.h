/* Big integers: rewrites JSON so that Jansson, which refuses an integer of more than 64
 * bits, reads it as the nearest real number. */
#ifndef PROTO_BIG_INTEGERS_H
#define PROTO_BIG_INTEGERS_H

#include <stddef.h>

/* A copy of json[0..len) in which each such integer is written as a real; the caller frees
 * it. NULL: no memory. */
char *big_integers_mend(const char *json, size_t len, size_t *mended_len);

#endif
