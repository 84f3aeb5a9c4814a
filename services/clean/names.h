/* Names: the people in a line that says who wrote an article. */
#ifndef CLEAN_NAMES_H
#define CLEAN_NAMES_H

#include <jansson.h>
#include <stdbool.h>

/* Adds the people named in text to the array `names`, once each: "By Anna Berg and Tom
 * Olsen, staff" gives two. Agencies, desks, addresses and handles are no people. 0, or -1
 * for no memory. */
int names_add(json_t *names, const char *text);

/* Adds the news agencies named in text ("AP", "dpa, AFP"); for bylines that name nobody. 0,
 * or -1 for no memory. */
int names_add_agencies(json_t *names, const char *text);

/* People and agencies, in their order. 0, or -1 for no memory. */
int names_add_all(json_t *names, const char *text);

/* True if text[0..len) is two to four words that people are called by, and nothing else. */
bool names_is_name(const char *text, size_t len);

/* True if a line of an article is a byline ("By Anna Berg", "Von …") of `words` words. */
bool names_is_byline(const char *text, size_t len, unsigned words);

#endif
