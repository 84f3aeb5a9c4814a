#include "clean/path.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

typedef enum { BEFORE, INSIDE, GAP, AFTER, STATES } state_t;

/* What a change costs, as log odds: a gap must be worth two changes. */
static const double costs[STATES][STATES] = {
    [BEFORE] = {0, 1, INFINITY, INFINITY},
    [INSIDE] = {INFINITY, 0, 4, 1},
    [GAP] = {INFINITY, 4, 0, INFINITY},
    [AFTER] = {INFINITY, INFINITY, INFINITY, 0},
};

static state_t best_before(const double scores[STATES], state_t to, double *score)
{
    state_t best = to;
    *score = -INFINITY;
    for (int from = 0; from < STATES; from++) {
        if (scores[from] - costs[from][to] > *score) {
            *score = scores[from] - costs[from][to];
            best = (state_t)from;
        }
    }
    return best;
}

static state_t walk(const double *weights, size_t count, uint8_t (*from)[STATES])
{
    double scores[STATES] = {0, -INFINITY, -INFINITY, -INFINITY};
    for (size_t i = 0; i < count; i++) {
        double next[STATES];
        for (int to = 0; to < STATES; to++) {
            from[i][to] = (uint8_t)best_before(scores, (state_t)to, &next[to]);
            next[to] += to == INSIDE ? weights[i] : 0;
        }
        for (int to = 0; to < STATES; to++) {
            scores[to] = next[to];
        }
    }
    state_t last = BEFORE;
    for (int state = 0; state < STATES; state++) {
        double leave = state == INSIDE ? costs[INSIDE][AFTER] : 0;
        last = scores[state] - leave > scores[last] ? (state_t)state : last;
    }
    return last;
}

int path_find(const double *weights, size_t count, bool *is_inside)
{
    uint8_t(*from)[STATES] = calloc(count + 1, sizeof *from);
    if (from == NULL) {
        return -1;
    }
    state_t state = walk(weights, count, from);
    for (size_t i = count; i-- > 0;) {
        is_inside[i] = state == INSIDE;
        state = (state_t)from[i][state];
    }
    free(from);
    return 0;
}
