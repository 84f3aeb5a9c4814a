/* Long texts: JSON whose bulk is a few long strings, such as pages, read faster.
 *
 * Jansson takes a string byte by byte, three times over; a page of 200 KB costs it more
 * than parsing the page. Here the long strings are cut out, Jansson reads what is left, and
 * they are put back. */
#ifndef PROTO_LONG_TEXTS_H
#define PROTO_LONG_TEXTS_H

#include <jansson.h>
#include <stddef.h>

/* What json_loadb with JSON_REJECT_DUPLICATES gives, owned by the caller. NULL: there is no
 * long string, no memory, or something is wrong: ask Jansson, who knows what. */
json_t *long_texts_load(const char *json, size_t len);

#endif
