/* Wording: what the words of a line say by themselves of its being the article's: a linear
 * model of hashed words, pairs of words, beginnings and endings. */
#ifndef CLEAN_WORDING_H
#define CLEAN_WORDING_H

#include <stddef.h>
#include <stdint.h>

enum {
    WORDING_WEIGHTS = 1 << 16, /* what the hashes are cut to */
    WORDING_MAX = 800,         /* features of a line */
};

typedef struct {
    const int8_t *weights; /* WORDING_WEIGHTS of them, in steps … */
    float step;            /* … of so much */
    float base;
} wording_t;

/* The features of text[0..len), each once: indices of weights. Of a long line the
 * beginning counts. Returns their number. */
size_t wording_features(const char *text, size_t len, uint16_t features[WORDING_MAX]);

/* Log odds that a line that says this is the article's. */
float wording_weigh(const wording_t *self, const char *text, size_t len);

#endif
