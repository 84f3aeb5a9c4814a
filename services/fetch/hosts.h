/* Hosts: what is remembered of each origin: its robots.txt, and when it may be asked next.
 * Pure: the clock comes in. */
#ifndef FETCH_HOSTS_H
#define FETCH_HOSTS_H

#include "fetch/robots.h"

#include <stdint.h>

typedef struct hosts hosts_t;

/* The fields are the interface. */
typedef struct {
    char *origin; /* "https://host:port" */
    robots_t *robots;
    int64_t robots_until_ms; /* robots is fresh; NULL with a time ahead: none is kept */
    int64_t next_ms;         /* not asked before */
    uint64_t used;           /* when it was looked up last, as a count */
} host_t;

/* max: origins remembered; the one that was not asked for longest makes room. NULL: no
 * memory. */
hosts_t *hosts_new(size_t max);
void hosts_destroy(hosts_t **self);

/* The entry of an origin, a new one if need be; lent until the next call. NULL: no memory.
 */
host_t *hosts_of(hosts_t *self, const char *origin);

/* The host gets what was read, and owns it. */
void host_take_robots(host_t *self, robots_t **robots, int64_t until_ms);

#endif
