/* Listing: the article files of a folder. */
#ifndef CLIENT_LISTING_H
#define CLIENT_LISTING_H

#include "proto/fault.h"

#include <stddef.h>

typedef struct listing listing_t;

/* All .html, .htm, .xhtml, .txt, .json, .jsonl and .warc files below path, .gz ones too,
 * sorted by name (bytes); other files, and those whose name begins with a dot, are left
 * out, links to folders are not followed. The caller owns the result; NULL: a fault. */
listing_t *listing_new(const char *path, fault_t *fault);
void listing_destroy(listing_t **self);

size_t listing_count(const listing_t *self);

/* The path below the folder ("a/b.html"), lent. */
const char *listing_at(const listing_t *self, size_t i);

#endif
