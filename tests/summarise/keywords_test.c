#include "summarise/keywords.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *text, const char *title, size_t most, const char *wanted)
{
    document_t *document = document_new(text, strlen(text), "en", title);
    assert_non_null(document);
    span_t spans[KEYWORDS_MAX];
    size_t count = 0;
    assert_int_equal(keywords_find(document, most, spans, &count), 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_phrases),
        cmocka_unit_test(names_are_given_in_full),
        cmocka_unit_test(has_none_without_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
