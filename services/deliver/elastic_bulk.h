/* Elastic bulk: the bodies of the _bulk API of Elasticsearch and OpenSearch, and what an
 * answer to one says of each article. */
#ifndef DELIVER_ELASTIC_BULK_H
#define DELIVER_ELASTIC_BULK_H

#include "deliver/bodies.h"

#include <stddef.h>

enum { ELASTIC_BUSY = 429 }; /* status of an article that may go again at once */

/* Two lines an article: {"index":{"_id":ID}} and the article. The caller frees it; NULL: no
 * memory. */
char *elastic_bulk_write(const body_t *bodies, size_t count, size_t *len);

/* Sets the fault of each article that the answer says was not indexed: RETRY for 429 and
 * 5xx, else REJECT; and its status. Returns how many are busy. -1: the answer is not one
 * to `count` articles, and a fault says so. */
int elastic_bulk_read(const char *answer, size_t len, body_t *bodies, size_t count,
                      fault_t *fault);

#endif
