#include "client/listing.h"

#include "client/document.h"

#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct listing {
    char **names;
    size_t count, room;
};

static int add(listing_t *self, const char *name)
{
    if (self->count == self->room) {
        size_t room = 2 * self->room + 64;
        char **more = realloc(self->names, room * sizeof *more);
        if (more == NULL) {
            return -1;
        }
        self->names = more;
        self->room = room;
    }
    self->names[self->count] = strdup(name);
    return self->names[self->count++] != NULL ? 0 : -1;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* One entry of the walk: 0, or -1 with a fault. */
static int visit(listing_t *self, FTS *walk, FTSENT *entry, size_t root_len, fault_t *fault)
{
    if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR) {
        fault_set(fault, FAULT_REJECT, "%s: %s", entry->fts_path,
                  strerror(entry->fts_errno));
        return -1;
    }
    if (entry->fts_level > 0 && entry->fts_name[0] == '.') {
        fts_set(walk, entry, FTS_SKIP);
        return 0;
    }
    bool is_file = entry->fts_info == FTS_F || entry->fts_info == FTS_SL;
    if (!is_file || (!document_is_html_name(entry->fts_name) &&
                     !document_is_text_name(entry->fts_name) &&
                     !document_is_json_name(entry->fts_name) &&
                     !document_is_warc_name(entry->fts_name))) {
        return 0;
    }
    const char *name = entry->fts_path + root_len;
    if (add(self, name + strspn(name, "/")) != 0) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a list of %zu files",
                  entry->fts_path, self->count);
        return -1;
    }
    return 0;
}

listing_t *listing_new(const char *path, fault_t *fault)
{
    char *roots[] = {(char *)(uintptr_t)path, NULL};
    listing_t *self = calloc(1, sizeof *self);
    FTS *walk = self != NULL ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name) : NULL;
    int rc = walk != NULL ? 0 : -1;
    if (walk == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: cannot list it", path);
    }
    for (FTSENT *entry; rc == 0 && (entry = fts_read(walk)) != NULL;) {
        rc = visit(self, walk, entry, strlen(path), fault);
    }
    if (walk != NULL) {
        fts_close(walk);
    }
    if (rc != 0) {
        listing_destroy(&self);
    }
    return self;
}

void listing_destroy(listing_t **self)
{
    listing_t *old = *self;
    for (size_t i = 0; old != NULL && i < old->count; i++) {
        free(old->names[i]);
    }
    if (old != NULL) {
        free(old->names);
        free(old);
    }
    *self = NULL;
}

size_t listing_count(const listing_t *self)
{
    return self->count;
}

const char *listing_at(const listing_t *self, size_t i)
{
    return self->names[i];
}
