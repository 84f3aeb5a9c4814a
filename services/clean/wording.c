#include "clean/wording.h"

#include "clean/lexemes.h"

#include <math.h>

enum {
    LEXEMES_MAX = 160,
    SLOTS = 2048, /* more than twice WORDING_MAX */
    EDGE = 2,     /* lexemes at the beginning and at the end that count once more */
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
    uint16_t feature = (uint16_t)lexeme_join(kind, hash);
    uint32_t at = feature & (SLOTS - 1);
    while (features->seen[at] != 0 && features->list[features->seen[at] - 1] != feature) {
        at = (at + 1) & (SLOTS - 1);
    }
    if (features->seen[at] == 0) {
        features->list[features->count++] = feature;
        features->seen[at] = (uint16_t)features->count;
    }
}

static void add_lexeme(features_t *features, const lexeme_t *lexeme)
{
    add(features, 0, lexeme->hash);
    if (lexeme->front != 0) {
        add(features, FRONT, lexeme->front);
        add(features, BACK, lexeme->back);
    }
}

size_t wording_features(const char *text, size_t len, uint16_t list[WORDING_MAX])
{
    lexeme_t lexemes[LEXEMES_MAX];
    size_t count = lexemes_cut(text, len, lexemes, LEXEMES_MAX);
    features_t features = {.list = list};
    for (size_t i = 0; i < count; i++) {
        add_lexeme(&features, &lexemes[i]);
        if (i + 1 < count) {
            add(&features, PAIR, lexeme_join(lexemes[i].hash, lexemes[i + 1].hash));
        }
    }
    for (size_t i = 0; i < EDGE && i < count; i++) {
        add(&features, FIRST + (uint32_t)i, lexemes[i].hash);
        add(&features, LAST + (uint32_t)i, lexemes[count - 1 - i].hash);
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
