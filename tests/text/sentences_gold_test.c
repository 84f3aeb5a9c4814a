/* How many boundaries of the gold set are found, and what is not. */
#include "text/sentences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT_MAX = 4096, LINE_MAX_LEN = 512, LANGUAGES_MAX = 16 };

/* One text of the file and where its sentences end. */
typedef struct {
    char text[TEXT_MAX];
    bool ends[TEXT_MAX + 1];
    size_t len;
} sample_t;

/* What was found in one language. */
typedef struct {
    char lang[4];
    size_t right, missed, extra, samples;
} tally_t;

typedef struct {
    tally_t tallies[LANGUAGES_MAX];
    size_t count;
} tallies_t;

static void append(sample_t *sample, const char *line, size_t len)
{
    bool is_own_line = len > 2 && memcmp(line, "| ", 2) == 0;
    line += is_own_line ? 2 : 0;
    len -= is_own_line ? 2 : 0;
    assert_true(sample->len + len + 1 < TEXT_MAX);
    if (sample->len > 0) {
        sample->text[sample->len++] = is_own_line ? '\n' : ' ';
    }
    memcpy(sample->text + sample->len, line, len);
    sample->len += len;
    sample->ends[sample->len] = true;
}

static void compare(const sample_t *sample, tally_t *tally)
{
    bool found_at[TEXT_MAX + 1] = {false};
    sentences_t *found = sentences_new(sample->text, sample->len, tally->lang);
    assert_non_null(found);
    for (size_t i = 0; i < sentences_count(found); i++) {
        span_t span = sentences_at(found, i);
        found_at[span.start + span.len] = true;
    }
    sentences_destroy(&found);
    tally->samples++;
    for (size_t at = 1; at <= sample->len; at++) {
        tally->right += sample->ends[at] && found_at[at];
        tally->missed += sample->ends[at] && !found_at[at];
        tally->extra += !sample->ends[at] && found_at[at];
        if (sample->ends[at] != found_at[at]) {
            size_t from = at > 30 ? at - 30 : 0;
            print_message("%s %s: %.*s| %.20s\n", tally->lang,
                          found_at[at] ? "extra" : "missed", (int)(at - from),
                          sample->text + from, sample->text + at);
        }
    }
}

/* Begins with a language of its own: "@de". */
static tally_t *begin_language(tallies_t *all, const char *lang)
{
    assert_true(all->count < LANGUAGES_MAX);
    tally_t *tally = &all->tallies[all->count++];
    snprintf(tally->lang, sizeof tally->lang, "%.2s", lang);
    return tally;
}

static void compare_all(const char *path, tallies_t *all)
{
    char line[LINE_MAX_LEN];
    tally_t *tally = begin_language(all, "en");
    sample_t *sample = calloc(1, sizeof *sample);
    FILE *file = fopen(path, "r");
    assert_non_null(sample);
    assert_non_null(file);
    for (bool goes_on = true; goes_on;) {
        goes_on = fgets(line, sizeof line, file) != NULL;
        size_t len = goes_on ? strcspn(line, "\n") : 0;
        if (goes_on && line[0] == '#') {
            continue;
        }
        if (goes_on && line[0] == '@') {
            tally = begin_language(all, line + 1);
        } else if (len > 0) {
            append(sample, line, len);
        } else if (sample->len > 0) {
            compare(sample, tally);
            memset(sample, 0, sizeof *sample);
        }
    }
    fclose(file);
    free(sample);
}

static double f1_of(const tally_t *tally)
{
    return 2 * (double)tally->right /
           (double)(2 * tally->right + tally->missed + tally->extra);
}

static void nearly_all_boundaries_are_found(void **state)
{
    (void)state;
    static tallies_t all;
    compare_all("tests/text/sentences_gold.txt", &all);
    for (size_t i = 0; i < all.count; i++) {
        const tally_t *tally = &all.tallies[i];
        print_message("%s: %zu boundaries in %zu texts, %zu missed, %zu extra, F1 %.3f\n",
                      tally->lang, tally->right + tally->missed, tally->samples,
                      tally->missed, tally->extra, f1_of(tally));
        assert_true(f1_of(tally) >= 0.98);
    }
    assert_true(all.tallies[0].right + all.tallies[0].missed >= 200);
    assert_int_equal(all.count, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearly_all_boundaries_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
