#include "fetch/hosts.h"

#include <stdlib.h>
#include <string.h>

struct hosts {
    host_t *entries; /* looked through one by one: a request costs far more */
    size_t count, max;
    uint64_t clock;
};

hosts_t *hosts_new(size_t max)
{
    hosts_t *self = calloc(1, sizeof *self);
    if (self == NULL || (self->entries = calloc(max, sizeof *self->entries)) == NULL) {
        free(self);
        return NULL;
    }
    self->max = max;
    return self;
}

static void empty(host_t *host)
{
    free(host->origin);
    robots_destroy(&host->robots);
    *host = (host_t){0};
}

void hosts_destroy(hosts_t **self)
{
    if (*self == NULL) {
        return;
    }
    for (size_t i = 0; i < (*self)->count; i++) {
        empty(&(*self)->entries[i]);
    }
    free((*self)->entries);
    free(*self);
    *self = NULL;
}

static host_t *place_for_new(hosts_t *self)
{
    if (self->count < self->max) {
        return &self->entries[self->count++];
    }
    host_t *oldest = &self->entries[0];
    for (size_t i = 1; i < self->count; i++) {
        oldest = self->entries[i].used < oldest->used ? &self->entries[i] : oldest;
    }
    empty(oldest);
    return oldest;
}

host_t *hosts_of(hosts_t *self, const char *origin)
{
    host_t *host = NULL;
    for (size_t i = 0; i < self->count && host == NULL; i++) {
        const char *name = self->entries[i].origin;
        host = name != NULL && strcmp(name, origin) == 0 ? &self->entries[i] : NULL;
    }
    if (host == NULL) {
        char *own = strdup(origin);
        if (own == NULL) {
            return NULL;
        }
        host = place_for_new(self);
        host->origin = own;
    }
    host->used = ++self->clock;
    return host;
}

void host_take_robots(host_t *self, robots_t **robots, int64_t until_ms)
{
    robots_destroy(&self->robots);
    self->robots = *robots;
    *robots = NULL;
    self->robots_until_ms = until_ms;
}
