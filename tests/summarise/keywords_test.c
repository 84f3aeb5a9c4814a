#include "summarise/keywords.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect_with(const char *text, const char *title, const names_t *names,
                        size_t most, const char *wanted)
{
    document_t *document = document_new(text, strlen(text), "en", title);
    assert_non_null(document);
    span_t spans[KEYWORDS_MAX];
    size_t count = 0;
    assert_int_equal(keywords_find(document, names, most, spans, &count), 0);
    char found[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        used +=
            (size_t)snprintf(found + used, sizeof found - used, "%s%.*s", i > 0 ? "|" : "",
                             (int)spans[i].len, text + spans[i].start);
    }
    assert_string_equal(found, wanted);
    document_destroy(&document);
}

static void expect(const char *text, const char *title, size_t most, const char *wanted)
{
    static const names_t none;
    expect_with(text, title, &none, most, wanted);
}

static void finds_phrases(void **state)
{
    (void)state;
    const char *text = "Shares in Southern Power fell. The board of Southern Power met in "
                       "Hull. Workers at Southern Power in Hull are on strike.";
    expect(text, NULL, 2, "Southern Power|Hull");
    expect(text, "The strike at Southern Power", 1, "Southern Power");
    expect(text, NULL, 0, "");
}

static void names_are_given_in_full(void **state)
{
    (void)state;
    expect("Then Winifred Okonjo spoke. All of Hull heard what Okonjo's friends said. So "
           "Okonjo won.",
           NULL, 1, "Winifred Okonjo");
    expect("The council's plan failed. A plan of the council\xE2\x80\x99s is dead.", NULL,
           2, "council|plan");
}

static void has_none_without_content(void **state)
{
    (void)state;
    expect("", NULL, 8, "");
    expect("It is what it was. 12 and 13, 14 million people.", NULL, 8, "");
}

static void capitals_in_a_row_are_one_name(void **state)
{
    (void)state;
    expect(
        "The camp at Red Rock Lake is shut. Anglers left Red Rock Lake. The lake is low.",
        NULL, 1, "Red Rock Lake");
}

static void names_that_were_found_are_whole(void **state)
{
    (void)state;
    static const char text[] =
        "Then the University of Hull closed. All at the university of "
        "Hull wept; the University of Hull is old.";
    name_t list[] = {{{9, 18}, 1}, {{76, 18}, 1}};
    const names_t names = {list, 2};
    assert_memory_equal(text + list[1].span.start, "University of Hull", 18);
    expect_with(text, NULL, &names, 1, "University of Hull");
}

static void are_written_as_they_mostly_are(void **state)
{
    (void)state;
    expect("RED ROCK LAKE \xE2\x80\x94 Anglers left Red Rock Lake.", NULL, 1,
           "Red Rock Lake");
    expect("Drones are loud. The drones are here.", NULL, 1, "drones");
}

static void verbs_and_weak_words_are_none(void **state)
{
    (void)state;
    expect(
        "They want to strike. Staff rose early. He will strike, she announced. They strike "
        "and strike.",
        NULL, 8, "Staff");
    expect("The strike began. All saw the strike.", NULL, 1, "strike");
}

static void what_stands_in_a_longer_one_alone_is_left_to_it(void **state)
{
    (void)state;
    expect("The wage bill grew. A wage bill is a wage bill.", NULL, 8, "wage bill");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_phrases),
        cmocka_unit_test(names_are_given_in_full),
        cmocka_unit_test(capitals_in_a_row_are_one_name),
        cmocka_unit_test(names_that_were_found_are_whole),
        cmocka_unit_test(are_written_as_they_mostly_are),
        cmocka_unit_test(verbs_and_weak_words_are_none),
        cmocka_unit_test(what_stands_in_a_longer_one_alone_is_left_to_it),
        cmocka_unit_test(has_none_without_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
