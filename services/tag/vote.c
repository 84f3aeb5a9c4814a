#include "tag/vote.h"

#include <math.h>
#include <stdlib.h>

static const float FLOOR = 0.01F;

typedef struct {
    uint64_t name; /* key of its lower-case words */
    mention_t *mention;
} voter_t;

static int by_name(const void *a, const void *b)
{
    const voter_t *x = a, *y = b;
    if (x->name != y->name) {
        return x->name < y->name ? -1 : 1;
    }
    return (x->mention > y->mention) - (x->mention < y->mention);
}

static uint64_t name_of(const mention_t *mention, const tokens_t *tokens)
{
    uint64_t key = 0;
    for (uint32_t i = mention->first; i < mention->last; i++) {
        key = gazetteer_key(key, tokens_at(tokens, i));
    }
    return key;
}

static float highest(const float scores[KIND_LEARNED])
{
    float most = scores[0];
    for (int kind = 1; kind < KIND_LEARNED; kind++) {
        most = fmaxf(most, scores[kind]);
    }
    return most;
}

static void add_ballot(const mention_t *mention, float sums[KIND_LEARNED])
{
    float all = 0, share[KIND_LEARNED], most = highest(mention->scores);
    for (int kind = 0; kind < KIND_LEARNED; kind++) {
        share[kind] = expf(mention->scores[kind] - most);
        all += share[kind];
    }
    for (int kind = 0; kind < KIND_LEARNED; kind++) {
        sums[kind] += logf(share[kind] / all + FLOOR);
    }
}

static void settle(const voter_t *voters, size_t count)
{
    float sums[KIND_LEARNED] = {0};
    int best = 0;
    for (size_t i = 0; i < count; i++) {
        add_ballot(voters[i].mention, sums);
    }
    for (int kind = 1; kind < KIND_LEARNED; kind++) {
        best = sums[kind] > sums[best] ? kind : best;
    }
    for (size_t i = 0; i < count; i++) {
        voters[i].mention->kind = (kind_t)best;
    }
}

int vote_kinds(mentions_t *mentions, const tokens_t *tokens)
{
    voter_t *voters = malloc((mentions->count + 1) * sizeof *voters);
    if (voters == NULL) {
        return -1;
    }
    for (size_t i = 0; i < mentions->count; i++) {
        mention_t *mention = &mentions->all[i];
        voters[i] = (voter_t){name_of(mention, tokens), mention};
    }
    qsort(voters, mentions->count, sizeof *voters, by_name);
    for (size_t from = 0, to; from < mentions->count; from = to) {
        to = from + 1;
        while (to < mentions->count && voters[to].name == voters[from].name) {
            to++;
        }
        if (to - from > 1) {
            settle(&voters[from], to - from);
        }
    }
    free(voters);
    return 0;
}
