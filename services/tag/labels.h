/* Labels: finds the best row of labels for the tokens of a sentence (Viterbi). */
#ifndef TAG_LABELS_H
#define TAG_LABELS_H

#include "tag/kinds.h"

#include <stddef.h>
#include <stdint.h>

/* O, then begin and inside of each learned kind. */
enum {
    LABEL_O = 0,
    LABEL_COUNT = 1 + 2 * KIND_LEARNED,
    LABEL_STRIDE = 20, /* bytes of one row of weights in the model file */
    LABEL_ALL = (1 << LABEL_COUNT) - 1,
};

static inline int label_begin(kind_t kind)
{
    return 1 + 2 * (int)kind;
}
static inline int label_is_begin(int label)
{
    return label % 2 == 1;
}
static inline kind_t label_kind(int label)
{
    return (kind_t)((label - 1) / 2);
}

typedef struct {
    float score[LABEL_COUNT];
    uint8_t from[LABEL_COUNT]; /* scratch: the label before, on the best way here */
    uint8_t best;              /* the result */
    uint32_t allowed;          /* bit set of labels */
} labels_cell_t;

/* cells[0..count): score and allowed filled in; sets `best` of each. step[a * LABEL_COUNT +
 * b]: weight of b behind a. An inside label follows none but its own kind; if a sentence's
 * bit sets allow no way at all, its labels are O. */
void labels_best(labels_cell_t *cells, size_t count, const float *step);

#endif
