/* WARC: the pages in a web archive (ISO 28500, WARC 1.0 and 1.1). */
#ifndef CLIENT_WARC_H
#define CLIENT_WARC_H

#include "client/reader.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct warc warc_t;

/* True for what an archive begins with. */
bool warc_is(const char *bytes, size_t len);

/* The reader, which is lent, unpacks. NULL: no memory. */
warc_t *warc_new(reader_t *reader);
void warc_destroy(warc_t **self);

/* Lent until the next call. Texts may be any bytes. */
typedef struct {
    const char *url;          /* WARC-Target-URI */
    const char *date;         /* WARC-Date; NULL: none */
    const char *content_type; /* NULL: none */
    const char *body;         /* whole and unpacked */
    size_t len;
} warc_page_t;

/* The next page: a response of status 200 with HTML; other records are passed over.
 * READER_TOO_LONG: one of more than max bytes, page->url and page->len are set.
 * READER_BROKEN: with a fault; the archive goes on behind a page that cannot be unpacked,
 * warc_is_over says that it does not. */
reader_outcome_t warc_next(warc_t *self, size_t max, warc_page_t *page, fault_t *fault);

bool warc_is_over(const warc_t *self);

/* Pages so far. */
size_t warc_count(const warc_t *self);

#endif
