#include "tag/vote.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(list) (sizeof(list) / sizeof *(list))

/* Mentions of one token each; a share is how likely its kind is, the rest goes to ORG, or
 * to PER from ORG. */
typedef struct {
    size_t token;
    kind_t kind;
    double share;
} ballot_t;

static void add(mentions_t *mentions, const tokens_t *tokens, const ballot_t *ballot)
{
    mention_t mention =
        mention_of(tokens_all(tokens), ballot->token, ballot->token + 1, ballot->kind);
    kind_t other = ballot->kind == KIND_ORG ? KIND_PER : KIND_ORG;
    for (int kind = 0; kind < KIND_LEARNED; kind++) {
        mention.scores[kind] = -1000;
    }
    mention.scores[ballot->kind] = 7 + logf((float)ballot->share); /* up to a common term */
    mention.scores[other] = 7 + logf((float)(1 - ballot->share));
    assert_int_equal(mentions_add(mentions, mention), 0);
}

static void one_name_has_one_kind(void **state)
{
    (void)state;
    static const struct {
        const char *promise, *text;
        ballot_t ballots[3];
        size_t count;
        kind_t kinds[3];
    } cases[] = {
        {"most of them",
         "Bell saw Bell and Bell",
         {{0, KIND_PER, 0.9}, {2, KIND_PER, 0.8}, {4, KIND_ORG, 0.6}},
         3,
         {KIND_PER, KIND_PER, KIND_PER}},
        {"the surest of them",
         "Bell saw Bell and Bell",
         {{0, KIND_PER, 0.99}, {2, KIND_ORG, 0.6}, {4, KIND_ORG, 0.6}},
         3,
         {KIND_PER, KIND_PER, KIND_PER}},
        {"one that is certain has no more than its share",
         "Bell saw Bell and Bell",
         {{0, KIND_PER, 0.9999999}, {2, KIND_ORG, 0.95}, {4, KIND_ORG, 0.95}},
         3,
         {KIND_ORG, KIND_ORG, KIND_ORG}},
        {"in any case",
         "Bell saw BELL",
         {{0, KIND_PER, 0.9}, {2, KIND_ORG, 0.6}},
         2,
         {KIND_PER, KIND_PER}},
        {"another name is another matter",
         "Bell saw Ring",
         {{0, KIND_PER, 0.9}, {2, KIND_ORG, 0.6}},
         2,
         {KIND_PER, KIND_ORG}},
        {"nothing to vote on", "Bell", {{0}}, 0, {0}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        mentions_t mentions = {0};
        tokens_t *tokens = tokens_new(cases[i].text, strlen(cases[i].text));
        assert_non_null(tokens);
        for (size_t k = 0; k < cases[i].count; k++) {
            add(&mentions, tokens, &cases[i].ballots[k]);
        }
        assert_int_equal(vote_kinds(&mentions, tokens), 0);
        for (size_t k = 0; k < cases[i].count; k++) {
            if (mentions.all[k].kind != cases[i].kinds[k]) {
                fail_msg("%s: %zu is %s", cases[i].promise, k,
                         kind_name(mentions.all[k].kind));
            }
        }
        mentions_close(&mentions);
        tokens_destroy(&tokens);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_name_has_one_kind)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
