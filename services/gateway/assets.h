/* Assets: the files that are compiled into the program. */
#ifndef GATEWAY_ASSETS_H
#define GATEWAY_ASSETS_H

#include <stddef.h>

typedef struct {
    const char *name;  /* "index.html", "samples/13-water-law.txt" */
    const char *type;  /* its media type */
    const char *bytes; /* for ever */
    size_t len;
} asset_t;

/* NULL: there is none of that name. */
const asset_t *assets_find(const char *name);

/* All of them, in order of name; NULL past the last. */
const asset_t *assets_at(size_t i);

#endif
