#include "clean/wording.h"

#include "clean/tokens.h"

#include <math.h>

enum {
    TOKENS_MAX = 160,
    SLOTS = 2048, /* more than twice WORDING_MAX */
    EDGE = 2,     /* tokens at the beginning and at the end that count once more */
};

/* What parts the kinds of features. */
enum { PAIR = 0x50, FRONT = 0x60, BACK = 0x70, FIRST = 0x80, LAST = 0x90 };

typedef struct {
    uint16_t *list;
    size_t count;
    uint16_t seen[SLOTS]; /* places in the list, from 1 */
} features_t;

static void add(features_t *features, uint32_t kind, uint32_t hash)
{
    uint16_t feature = (uint16_t)token_join(kind, hash);
    uint32_t at = feature & (SLOTS - 1);
    while (features->seen[at] != 0 && features->list[features->seen[at] - 1] != feature) {
        at = (at + 1) & (SLOTS - 1);
    }
    if (features->seen[at] == 0) {
        features->list[features->count++] = feature;
        features->seen[at] = (uint16_t)features->count;
    }
}

static void add_token(features_t *features, const token_t *token)
{
    add(features, 0, token->hash);
    if (token->front != 0) {
        add(features, FRONT, token->front);
        add(features, BACK, token->back);
    }
}

size_t wording_features(const char *text, size_t len, uint16_t list[WORDING_MAX])
{
    token_t tokens[TOKENS_MAX];
    size_t count = tokens_cut(text, len, tokens, TOKENS_MAX);
    features_t features = {.list = list};
    for (size_t i = 0; i < count; i++) {
        add_token(&features, &tokens[i]);
        if (i + 1 < count) {
            add(&features, PAIR, token_join(tokens[i].hash, tokens[i + 1].hash));
        }
    }
    for (size_t i = 0; i < EDGE && i < count; i++) {
        add(&features, FIRST + (uint32_t)i, tokens[i].hash);
        add(&features, LAST + (uint32_t)i, tokens[count - 1 - i].hash);
    }
    return features.count;
}

float wording_weigh(const wording_t *self, const char *text, size_t len)
{
    uint16_t features[WORDING_MAX];
    size_t count = wording_features(text, len, features);
    int sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += self->weights[features[i]];
    }
    return self->base + (count > 0 ? (float)sum * self->step / sqrtf((float)count) : 0);
}
