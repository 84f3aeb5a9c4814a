#include "text/sentences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* The gold set: '|' stands where a sentence ends. Written for this test in the manner of
 * news; the last block is what the rules are known to be weak at. */
static const struct {
    const char *lang;
    const char *marked;
} gold[] = {
    {"en", "It rained.| It stopped.| Nobody minded.|"},
    {"en", "Mr. Smith met Dr. J. R. Jones and Gen. Lee.| They talked about St. Louis.|"},
    {"en", "Lt. Gov. Ann Lee and Sen. Bob Roe voted against Prof. Hart's plan.|"},
    {"en", "The U.S. Senate passed bill No. 10 on Jan. 5.| Rep. Fox opposed it.|"},
    {"en", "She moved to the U.S. in May.| He never left the U.S.| The house was sold.|"},
    {"en", "It closed at 5 p.m. Monday.| It opens at 9 a.m.| Police will be there.|"},
    {"en", "The vote was at 11 a.m. EST.| The result came at 9 p.m. local time.|"},
    {"en", "Shares of Acme Inc. rose 3.5 percent.| Beta Corp. fell to $1.20 a share.|"},
    {"en", "He worked for Gamma Ltd.| In 2010 it was sold to Delta Co. for $3.4 billion.|"},
    {"en", "Prices rose by 5 per cent.| 20 people lost their jobs.| $5m was paid.|"},
    {"en", "The plan failed in 2009.| \"We were late,\" the minister said.|"},
    {"en", "\"Why?\" he asked.| \"Because it is cheap!\" she said.| Nobody laughed.|"},
    {"en", "\"Where were you?\" Ann Smith asked reporters.| \"At home.\"| They left.|"},
    {"en", "\xE2\x80\x9CStop the count!\xE2\x80\x9D shouted one man.| Others sang.|"},
    {"en", "\xE2\x80\x9CWe won.\xE2\x80\x9D| The crowd, which was large, agreed.|"},
    {"en", "(It was not the first time.)| The council met again [on Friday].|"},
    {"en", "He waited... and waited.| Then he left\xE2\x80\xA6| Nobody saw him again.|"},
    {"en", "1. Wash your hands.|\n2. Stay at home.|\n3. Call Dr. No.|"},
    {"en", "\xE2\x80\xA2 Taxes go up|\n\xE2\x80\xA2 Wages stay|\n\xE2\x80\xA2 Rents fall|"},
    {"en", "What you need to know|\nThe storm made landfall at dawn.|"},
    {"en", "WASHINGTON, D.C. \xE2\x80\x94 The mayor resigned.| His deputy took over.|"},
    {"en", "LONDON (Reuters) - Sterling fell on Friday.| Traders blamed the weather.|"},
    {"en", "Visit www.example.com for more.| The figure is 1.2.3 in the report.|"},
    {"en", "The talks ended without a deal.|The minister flew home.|"},
    {"en", "The E.U. and the U.N. disagreed, e.g. on fish.| It was Smith v. Jones.|"},
    {"en", "Her son was ill.| Police came.| They saw the sun.| Nothing happened.|"},
    {"en", "J.K. Rowling and George W. Bush met.| J. Edgar Hoover did not.|"},
    {"en", "Is it over?| Yes!| No one knows?!| Perhaps.|"},
    {"en", "It was Plan B.| The first had failed.| Then came Vitamin C.| It helped.|"},
    {"en", "The company, founded c. 1900, has approx. 40 staff.| Rs. 500 is the fee.|"},
    {"en", "Martin Luther King Jr. spoke here.| His father, Martin Sr., preached.|"},
    {"en", "He said \"I am done.\"| \"So am I,\" she said, at 10:30.| It was late.|"},
    {"de", "Er kam am 3. Oktober nach Berlin.| Dr. Weber war z.B. nicht da.|"},
    {"fr", "M. Dupont est parti.| Il pleut \xC3\xA0 Paris !| Pourquoi ?|"},
    {"es", "\xC2\xBFQui\xC3\xA9n es?| El Sr. L\xC3\xB3pez no vino.| \xC2\xA1Vaya!|"},
    {"zh", "\xE5\x8C\x97\xE4\xBA\xAC\xE4\xB8\x8B\xE9\x9B\xA8\xE4\xBA\x86\xE3\x80\x82|"
           "\xE4\xBB\x8A\xE5\xA4\xA9\xE5\xBE\x88\xE5\x86\xB7\xEF\xBC\x81|"
           "\xE4\xBD\xA0\xE5\x91\xA2\xEF\xBC\x9F|"},
    {"ja", "\xE9\x9B\xA8\xE3\x81\xA0\xE3\x80\x82|"
           "\xE5\xBD\xBC\xE3\x81\xAF\xE8\xB5\xB0\xE3\x81\xA3\xE3\x81\x9F\xE3\x80\x82|"},
    {"hi", "\xE0\xA4\xB5\xE0\xA4\xB9 \xE0\xA4\x97\xE0\xA4\xAF\xE0\xA4\xBE\xE0\xA5\xA4|"
           " \xE0\xA4\xAC\xE0\xA4\xBE\xE0\xA4\xA6 \xE0\xA4\xAE\xE0\xA5\x87\xE0\xA4\x82"
           "\xE0\xA5\xA4|"},
    /* weak */
    {"en", "He lives in Calif.| Police know him.|"},
    {"en", "It was the iPhone.| iPad sales fell too.|"},
    {"en", "Shares in Yahoo! Inc. fell.| It works for Jeopardy! Productions.|"},
};

enum { TEXT_MAX = 512 };

/* The text without its marks; ends[i] is set where a sentence ends. */
static size_t unmark(const char *marked, char *text, char *ends)
{
    size_t len = 0;
    memset(ends, 0, TEXT_MAX);
    for (; *marked != '\0'; marked++) {
        if (*marked == '|') {
            ends[len] = 1;
        } else {
            text[len++] = *marked;
        }
    }
    text[len] = '\0';
    return len;
}

static void agrees_with_the_gold_set(void **state)
{
    (void)state;
    size_t right = 0, missed = 0, extra = 0;
    for (size_t i = 0; i < COUNT_OF(gold); i++) {
        char text[TEXT_MAX], ends[TEXT_MAX];
        size_t len = unmark(gold[i].marked, text, ends);
        sentences_t *found = sentences_new(text, len, gold[i].lang);
        assert_non_null(found);
        size_t before = missed + extra;
        for (size_t k = 0; k < sentences_count(found); k++) {
            span_t span = sentences_at(found, k);
            char *end = &ends[span.start + span.len];
            right += *end == 1;
            extra += *end == 0;
            *end = 0;
        }
        for (size_t k = 0; k <= len; k++) {
            missed += ends[k] == 1;
        }
        if (missed + extra > before) {
            print_message("differs: %s\n", gold[i].marked);
        }
        sentences_destroy(&found);
    }
    print_message("sentence ends: %zu right, %zu missed, %zu too many\n", right, missed,
                  extra);
    assert_true(right + missed >= 80);
    assert_true(100 * right >= 97 * (right + missed));
    assert_true(100 * extra <= 3 * right);
}

static void finds_every_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *promise;
        const char *text;
        size_t len, count;
    } cases[] = {
        {"empty text has none", "", 0, 0},
        {"white space has none", " \n\t\xC2\xA0 ", 6, 0},
        {"no mark is needed at the end", "It rained", 9, 1},
        {"a line break always ends one", "Mr.\nSmith", 9, 2},
        {"broken bytes count as letters", "It \xFF rained. \xE4\xB8 It stopped.", 24, 2},
        {"NUL is no end", "It\0rained. He ran.", 18, 2},
        {"marks alone are one", "...", 3, 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        sentences_t *found = sentences_new(cases[i].text, cases[i].len, NULL);
        assert_non_null(found);
        if (sentences_count(found) != cases[i].count) {
            fail_msg("%s: found %zu", cases[i].promise, sentences_count(found));
        }
        sentences_destroy(&found);
        assert_null(found);
    }
}

static void gives_sentences_without_margins(void **state)
{
    (void)state;
    const char *text = "  It rained. \xC2\xA0\n \xE2\x80\xA2 One \n";
    sentences_t *found = sentences_new(text, strlen(text), "en");
    assert_int_equal(sentences_count(found), 2);
    span_t first = sentences_at(found, 0);
    span_t second = sentences_at(found, 1);
    assert_int_equal(first.len, 10);
    assert_memory_equal(text + first.start, "It rained.", 10);
    assert_int_equal(second.len, 3);
    assert_memory_equal(text + second.start, "One", 3);
    sentences_destroy(&found);
}

/* Each repeats to 1 MB; a quadratic scan would take hours. */
static void is_linear_on_hostile_text(void **state)
{
    (void)state;
    static const char *const units[] = {".",
                                        ". ",
                                        "a.",
                                        "\"",
                                        ".\" ",
                                        "A. ",
                                        " ",
                                        "\n",
                                        ".)",
                                        "\xE2\x80\xA6 ",
                                        "\xE2\x80\xA2 ",
                                        "1. "};
    enum { LEN = 1 << 20 };
    char *text = malloc(LEN);
    assert_non_null(text);
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        size_t unit = strlen(units[i]);
        for (size_t at = 0; at < LEN; at++) {
            text[at] = units[i][at % unit];
        }
        sentences_t *found = sentences_new(text, LEN, "en");
        assert_non_null(found);
        sentences_destroy(&found);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_gold_set),
        cmocka_unit_test(finds_every_sentence),
        cmocka_unit_test(gives_sentences_without_margins),
        cmocka_unit_test(is_linear_on_hostile_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
