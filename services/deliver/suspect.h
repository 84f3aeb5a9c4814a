/* Suspect: whose fault a run of failures is, the destination's or one article's.
 *
 * A status such as 500 may speak of the server or of the article that it got. While one
 * article alone gets it, that article is the suspect; when a second one gets it too, the
 * server is, until it takes something or does not answer at all.
 *
 * Pure. All zero: nobody is suspected. */
#ifndef DELIVER_SUSPECT_H
#define DELIVER_SUSPECT_H

#include "deliver/keys.h"

#include <stdbool.h>

typedef struct {
    enum { SUSPECT_NOBODY, SUSPECT_ARTICLE, SUSPECT_SERVER } who;
    key_digest_t key; /* of the article's id */
} suspect_t;

/* This article was sent alone and got such a status. */
void suspect_add(suspect_t *self, const char *id);

/* True if this article is the one, and all others may be well. */
bool suspect_is(const suspect_t *self, const char *id);

/* More than one got it: the server is. */
bool suspect_is_server(const suspect_t *self);

/* The destination took something, or failed in a way that says nothing of an article. */
void suspect_clear(suspect_t *self);

#endif
