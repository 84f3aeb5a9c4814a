#include "summarise/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static shape_t shape(const char *sentence)
{
    return shape_of(sentence, strlen(sentence));
}

static void counts_words_capitals_and_numbers(void **state)
{
    (void)state;
    shape_t found = shape("The mayor of New York paid $3.5m on 5 May.");
    assert_int_equal(found.words, 10);
    assert_int_equal(found.capitals, 3); /* New, York, May */
    assert_int_equal(found.numbers, 2);
    assert_int_equal(shape("").words, 0);
}

static void knows_halves(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        bool is_half;
    } cases[] = {
        {"It rained.", false},
        {"\"It rained,\" he said.", false},
        {"\"It rained, he said.", true},
        {"\xE2\x80\x9CIt rained.\xE2\x80\x9D", false},
        {"\xE2\x80\x9CIt rained.", true},
        {"It rained.\xE2\x80\x9D", true},
        {"He (Smith) left.", false},
        {"He (Smith left.", true},
        {"It's the dog's.", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (shape(cases[i].sentence).is_half != cases[i].is_half) {
            fail_msg("%s", cases[i].sentence);
        }
    }
}

static void knows_quotes_of_somebody_unnamed(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        bool is_by_pronoun;
    } cases[] = {
        {"\"We lost it all in Hull,\" he said.", true},
        {"\"We lost it all,\" she later told reporters on Monday.", true},
        {"\xE2\x80\x9CWe lost it all,\xE2\x80\x9D they said, \xE2\x80\x9Cyou know "
         "it.\xE2\x80\x9D",
         true},
        {"\"We lost it all,\" says he.", true},
        {"\"We lost it all,\" Smith said.", false},
        {"\"We lost it all,\" he wept.", false},
        {"The mine will close in May, he said.", false},
        {"The mine, \"a ruin\" in his words, will close in May and open in June, he said.",
         false},
        {"\"He said nothing.\"", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (shape(cases[i].sentence).is_by_pronoun != cases[i].is_by_pronoun) {
            fail_msg("%s", cases[i].sentence);
        }
    }
}

static void knows_openings_ends_and_junk(void **state)
{
    (void)state;
    assert_true(shape("He left.").is_pronoun);
    assert_true(shape("\"They left.\"").is_dangling);
    assert_true(shape("But nobody came.").is_dangling);
    assert_false(shape("But nobody came.").is_pronoun);
    assert_false(shape("Helen left.").is_dangling);
    assert_true(shape("Who came?").is_question);
    assert_true(shape("\"Who came?\"").is_question);
    assert_true(shape("There were three:").ends_open);
    assert_true(shape("It rained.").has_end);
    assert_true(shape("\xE5\x8C\x97\xE4\xBA\xAC\xE3\x80\x82").has_end);
    assert_false(shape("Storm warning").has_end);
    assert_true(shape("It rained, she said.").has_speech);
    assert_true(shape("Scroll down for video").is_junk);
    assert_false(shape("It rained.").is_junk);
}

static void bears_broken_bytes(void **state)
{
    (void)state;
    shape_t found = shape_of("\xFF \xE4\xB8 \0 \xC3", 9);
    assert_true(found.words > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_words_capitals_and_numbers),
        cmocka_unit_test(knows_halves),
        cmocka_unit_test(knows_quotes_of_somebody_unnamed),
        cmocka_unit_test(knows_openings_ends_and_junk),
        cmocka_unit_test(bears_broken_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
