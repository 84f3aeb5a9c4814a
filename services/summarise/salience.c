#include "summarise/salience.h"

#include <math.h>

#include "summarise/features.h"
#include "summarise/model/weights.h"

static double weigh(const document_t *document, size_t i, const shape_t *shape)
{
    double row[FEATURES_COUNT];
    double sum = 0;
    features_of(document, i, shape, row);
    for (size_t k = 0; k < FEATURES_COUNT; k++) {
        sum += row[k] * weights[k];
    }
    return sum;
}

void salience_score(const document_t *document, const shape_t *shapes, double *scores)
{
    double low = INFINITY, high = -INFINITY;
    size_t count = document_count(document);
    for (size_t i = 0; i < count; i++) {
        scores[i] = weigh(document, i, &shapes[i]);
        low = fmin(low, scores[i]);
        high = fmax(high, scores[i]);
    }
    for (size_t i = 0; i < count; i++) {
        scores[i] = high > low ? (scores[i] - low) / (high - low) : 1;
    }
}

const char *salience_model(void)
{
    return WEIGHTS_ID;
}
