/* Watch: a user's own list of names: found wherever they stand, with the user's ids. */
#ifndef TAG_WATCH_H
#define TAG_WATCH_H

#include "proto/fault.h"
#include "tag/kinds.h"
#include "text/tokens.h"

enum { WATCH_WORDS_MAX = 12 /* of a name */ };

/* One line of the list. */
typedef struct {
    char *id;
    char *label; /* what the entity is called in the result */
    kind_t kind;
    double prior; /* how probable it is that one of the names means this, 0 to 1 */
} watch_row_t;

typedef struct {
    size_t words;           /* 0: nothing found */
    const watch_row_t *row; /* lent */
} watch_match_t;

typedef struct watch watch_t;

/* Reads a table: a row a line, fields set apart by tabs: id, type, label, aliases (any
 * number, set apart by |), prior (1 where it is missing). Empty lines, lines that begin
 * with # and a first line that begins with "id" are passed over. Case counts for the first
 * letter of a name alone. The caller owns the result. NULL: a REJECT fault that names file
 * and line, or a RETRY fault: no memory. */
watch_t *watch_load(const char *path, fault_t *fault);
void watch_destroy(watch_t **self);

/* The longest name of the list at token i that ends before `end`. A name that several rows
 * bear means the one of the highest prior; below 1/2, or if two share it, none. */
watch_match_t watch_longest(const watch_t *self, const tokens_t *tokens, size_t i,
                            size_t end);

#endif
