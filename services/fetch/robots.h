/* Robots: what a site's robots.txt allows us (RFC 9309). Pure. */
#ifndef FETCH_ROBOTS_H
#define FETCH_ROBOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct robots robots_t;

/* Reads text[0..len): the rules of the groups that name `agent`, a product token as
 * "nutgraf", in any case, or, if none does, of the group "*". Lines that are no rules are
 * passed over; lines that end after the first ROBOTS_MAX bytes are not read. The caller
 * owns the result. NULL: no memory. */
enum { ROBOTS_MAX = 500 * 1024 };
robots_t *robots_new(const char *text, size_t len, const char *agent);
void robots_destroy(robots_t **self);

/* path: with its query, from the "/" on. The longest rule that fits decides, of two as long
 * the one that allows; without one it is allowed. %XX and the character are the same, '*'
 * stands for anything, '$' for the end. */
bool robots_allows(const robots_t *self, const char *path);

/* Crawl-delay of the group, ms; 0: none. */
int64_t robots_delay_ms(const robots_t *self);

#endif
