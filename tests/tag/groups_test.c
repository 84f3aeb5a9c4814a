#include "tag/groups.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { NAMES_MAX = 6 };

/* Names are given in the order of the text; each is searched behind the last one. */
static void groups_names(void **state)
{
    (void)state;
    static const struct {
        const char *promise;
        const char *text;
        kind_t kind;
        const char *names[NAMES_MAX];
        uint32_t of[NAMES_MAX];
    } cases[] = {
        {"one spelling", "Ghana , Ghana", KIND_GPE, {"Ghana", "Ghana"}, {0, 0}},
        {"surname after name",
         "Ada Byron , Byron",
         KIND_PER,
         {"Ada Byron", "Byron"},
         {0, 0}},
        {"surname before name",
         "Byron , Ada Byron",
         KIND_PER,
         {"Byron", "Ada Byron"},
         {0, 0}},
        {"title in front",
         "Ada Byron , Mr. Byron",
         KIND_PER,
         {"Ada Byron", "Mr. Byron"},
         {0, 0}},
        {"two of one surname",
         "Ada Byron , Max Byron , Byron",
         KIND_PER,
         {"Ada Byron", "Max Byron", "Byron"},
         {0, 1, 2}},
        {"acronym",
         "African National Congress , ANC",
         KIND_ORG,
         {"African National Congress", "ANC"},
         {0, 0}},
        {"acronym first",
         "ANC , African National Congress",
         KIND_ORG,
         {"ANC", "African National Congress"},
         {0, 0}},
        {"other letters", "World Bank , WHO", KIND_ORG, {"World Bank", "WHO"}, {0, 1}},
        {"first name of one", "Ada Byron , Ada", KIND_PER, {"Ada Byron", "Ada"}, {0, 0}},
        {"first name of two",
         "Ada Byron , Ada Lovelace , Ada",
         KIND_PER,
         {"Ada Byron", "Ada Lovelace", "Ada"},
         {0, 1, 2}},
        {"the last two words",
         "Suu Kyi , Aung San Suu Kyi",
         KIND_PER,
         {"Suu Kyi", "Aung San Suu Kyi"},
         {0, 0}},
        {"first word of an organisation",
         "Harrow School , Harrow",
         KIND_ORG,
         {"Harrow School", "Harrow"},
         {0, 0}},
        {"a place before the comma",
         "Portland, Oregon . Portland",
         KIND_GPE,
         {"Portland, Oregon", "Portland"},
         {0, 0}},
        {"a people and its people",
         "Chechen , Chechens",
         KIND_NORP,
         {"Chechen", "Chechens"},
         {0, 0}},
        {"an article in front",
         "the Senate , Senate",
         KIND_ORG,
         {"the Senate", "Senate"},
         {0, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mentions_t mentions = {0};
        groups_t groups = {0};
        tokens_t *tokens = tokens_new(cases[i].text, strlen(cases[i].text));
        assert_non_null(tokens);
        uint32_t at = 0;
        for (size_t k = 0; k < NAMES_MAX && cases[i].names[k] != NULL; k++) {
            const char *name = strstr(cases[i].text + (k ? mentions.all[k - 1].end : 0),
                                      cases[i].names[k]);
            assert_non_null(name);
            mention_t mention = {.start = (uint32_t)(name - cases[i].text),
                                 .kind = cases[i].kind};
            mention.end = mention.start + (uint32_t)strlen(cases[i].names[k]);
            while (tokens_at(tokens, at)->start < mention.start) {
                at++;
            }
            mention.first = at;
            while (at < tokens_count(tokens) && tokens_at(tokens, at)->end <= mention.end) {
                at++;
            }
            mention.last = at;
            assert_int_equal(mentions_add(&mentions, mention), 0);
        }
        assert_int_equal(groups_make(NULL, tokens, &mentions, &groups), 0);
        for (size_t k = 0; k < mentions.count; k++) {
            if (groups.of[k] != cases[i].of[k]) {
                fail_msg("%s: %s is in %u, not %u", cases[i].promise, cases[i].names[k],
                         groups.of[k], cases[i].of[k]);
            }
        }
        groups_close(&groups);
        mentions_close(&mentions);
        tokens_destroy(&tokens);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(groups_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
