/* Breaks: the one door to ICU's break iterators, over UTF-8 with byte offsets. */
#ifndef TEXT_BREAKS_H
#define TEXT_BREAKS_H

#include <stddef.h>
#include <stdint.h>

/* A cluster is what a reader takes for one character, of one code point or more. */
typedef enum { BREAKS_CLUSTER, BREAKS_WORD, BREAKS_SENTENCE } breaks_kind_t;

/* Told each piece text[start..end) between two breaks, in reading order; status is ICU's
 * rule status. Anything but 0 ends the walk. */
typedef int breaks_visit_t(void *context, size_t start, size_t end, int32_t status);

/* locale: "en", "de@ss=standard". Opening one costs 2 microseconds, with suppressions (ss)
 * 200 to 300. 0, what `visit` returned, or -1: no memory. */
int breaks_walk(breaks_kind_t kind, const char *locale, const char *text, size_t len,
                breaks_visit_t *visit, void *context);

#endif
