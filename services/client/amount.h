/* Amount: numbers as people read them. */
#ifndef CLIENT_AMOUNT_H
#define CLIENT_AMOUNT_H

#include <stdint.h>

enum { AMOUNT_MAX = 32 };

/* "1,234,567". */
const char *amount_count(char out[AMOUNT_MAX], int64_t count);

/* How long: "0.4 ms", "12 ms", "3.2 s", "4 m 12 s", "3 h 12 m", "5 d 2 h". */
const char *amount_span(char out[AMOUNT_MAX], double ms);

/* "640 B", "12.3 KiB", "4.0 GiB". */
const char *amount_bytes(char out[AMOUNT_MAX], int64_t bytes);

#endif
