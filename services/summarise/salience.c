#include "summarise/salience.h"

#include <math.h>

#include "encoder/gist.h"
#include "summarise/features.h"
#include "summarise/model/weights.h"

/* No sentence is worth nothing: the longer of two bad ones is the better. */
static const double SALIENCE_LEAST = 0.01;

static double weigh(const document_t *document, size_t i, const shape_t *shape,
                    const double weights[FEATURES_COUNT])
{
    double row[FEATURES_COUNT];
    double sum = 0;
    features_of(document, i, shape, row);
    for (size_t k = 0; k < FEATURES_COUNT; k++) {
        sum += row[k] * weights[k];
    }
    return sum;
}

void salience_score(const document_t *document, const shape_t *shapes, const double *gist,
                    double *scores)
{
    for (size_t i = 0; i < document_count(document); i++) {
        double score =
            gist == NULL ? weights_fast_base + weigh(document, i, &shapes[i], weights_fast)
                         : weights_accurate_base + gist[i] +
                               weigh(document, i, &shapes[i], weights_accurate);
        scores[i] = fmin(1, fmax(SALIENCE_LEAST, score));
    }
}

const char *salience_fast_model(void)
{
    return WEIGHTS_FAST_ID;
}

const char *salience_accurate_model(void)
{
    return WEIGHTS_ACCURATE_ID;
}
