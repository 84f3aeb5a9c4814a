/* Labels: finds the best row of labels for the tokens of a sentence (Viterbi). */
#ifndef TAG_LABELS_H
#define TAG_LABELS_H

#include "tag/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* O, then begin and inside of each learned kind. */
enum {
    LABEL_O = 0,
    LABEL_COUNT = 1 + 2 * KIND_LEARNED,
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
    bool is_open;              /* no name ends here: "of" */
    bool is_joined;            /* to the token before: no other name begins here */
    bool is_apart;             /* behind a full stop: another name may well begin here */
    uint8_t from[LABEL_COUNT]; /* scratch: the label before, on the best way here */
    uint8_t best;              /* the result */
} labels_cell_t;

/* cells[0..count): all but `from` filled in; sets `best` of each. An inside label follows
 * none but its own kind, and a name seldom follows another without a word between. */
void labels_best(labels_cell_t *cells, size_t count);

#endif
