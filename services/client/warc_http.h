/* WARC HTTP: an HTTP answer as it came over the wire, read as a page. */
#ifndef CLIENT_WARC_HTTP_H
#define CLIENT_WARC_HTTP_H

#include "proto/fault.h"

#include <stddef.h>

/* warc_http_close frees both. */
typedef struct {
    char *content_type; /* NULL: none */
    char *body;         /* its chunks joined, unpacked */
    size_t len;
} warc_http_t;

/* 1: a page: status 200, HTML (or of no type). 0: something else. -1: a REJECT fault:
 * damaged, packed in a way we do not know, or more than max bytes unpacked; or RETRY: no
 * memory. */
int warc_http_read(warc_http_t *self, const char *block, size_t len, size_t max,
                   fault_t *fault);
void warc_http_close(warc_http_t *self);

#endif
