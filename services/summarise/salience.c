#include "summarise/salience.h"

#include <math.h>

#include "summarise/features.h"
#include "summarise/model/weights.h"

/* No sentence is worth nothing: the longer of two bad ones is the better. */
static const double SALIENCE_LEAST = 0.01;

static double weigh(const document_t *document, size_t i, const shape_t *shape)
{
    double row[FEATURES_COUNT];
    double sum = weights_base;
    features_of(document, i, shape, row);
    for (size_t k = 0; k < FEATURES_COUNT; k++) {
        sum += row[k] * weights[k];
    }
    return sum;
}

void salience_score(const document_t *document, const shape_t *shapes, double *scores)
{
    for (size_t i = 0; i < document_count(document); i++) {
        scores[i] = fmin(1, fmax(SALIENCE_LEAST, weigh(document, i, &shapes[i])));
    }
}

const char *salience_model(void)
{
    return WEIGHTS_ID;
}
