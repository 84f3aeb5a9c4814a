/* Names: where the names of an article stand, as tag found them. */
#ifndef SUMMARISE_NAMES_H
#define SUMMARISE_NAMES_H

#include "text/span.h"

#include <jansson.h>
#include <stdint.h>

/* The fields are the interface. */
typedef struct {
    span_t span;   /* bytes of the text */
    uint32_t item; /* from 1; the same for all names of one person, place, … */
} name_t;

typedef struct {
    name_t *list; /* in the order of the text, none inside another */
    size_t count;
} names_t;

/* Reads the section `entities` of an article with text[0..len); NULL: it has none. Dates
 * and amounts are no names, and what does not stand in the text is left out. 0, or -1: no
 * memory. The caller closes it in both cases. */
int names_read(names_t *self, const json_t *entities, const char *text, size_t len);
void names_close(names_t *self);

#endif
