/* Echoes: how much of a line other lines of its text say as well. A pull quote repeats the
 * article word for word; a teaser of another article is about something else. */
#ifndef CLEAN_ECHOES_H
#define CLEAN_ECHOES_H

#include "clean/blocks.h"

/* Columns of a row. */
enum {
    ECHOES_ABOVE, /* share of its runs of four words that lines above have; -1: no run */
    ECHOES_BELOW,
    ECHOES_TOPIC, /* share of its long words that some other long sentence has; -1: none */
    ECHOES_SUBJECT, /* … that three have */
    ECHOES_TELLING, /* its long words, each once */
    ECHOES_COUNT
};

/* Writes ECHOES_COUNT columns of each line to rows `width` floats apart that are all 0.
 * is_strong[i]: line i is a long sentence. What stands behind the first 200,000 words of a
 * text has no echoes. 0, or -1: no memory. */
int echoes_fill(const passage_t *passage, const bool *is_strong, float *table,
                size_t width);

#endif
