#include "text/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* The tokens joined by '|', marks in <>. */
static void show(const char *text, size_t len, char *out, size_t room)
{
    words_t *words = words_new(text, len);
    assert_non_null(words);
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < words_count(words); i++) {
        span_t span = words_at(words, i);
        assert_true(span.start + span.len <= len && span.len > 0);
        const char *form = words_is_word(words, i) ? "%s%.*s" : "%s<%.*s>";
        used += (size_t)snprintf(out + used, room - used, form, i > 0 ? "|" : "",
                                 (int)span.len, text + span.start);
        assert_true(used < room);
    }
    words_destroy(&words);
    assert_null(words);
}

static void finds_words_and_marks(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tokens;
    } cases[] = {
        {"", ""},
        {" \n\t ", ""},
        {"It rained.", "It|rained|<.>"},
        {"can't stop", "can't|stop"},
        {"3.5 million, U.S.", "3.5|million|<,>|U.S|<.>"},
        {"caf\xC3\xA9\xE2\x80\x93"
         "bar",
         "caf\xC3\xA9|<\xE2\x80\x93>|bar"},
        {"ok \xF0\x9F\x98\x80!", "ok|<\xF0\x9F\x98\x80>|<!>"},
        {"\xE5\x8C\x97\xE4\xBA\xAC\xE5\xA4\xA9\xE6\xB0\x94\xE3\x80\x82",
         "\xE5\x8C\x97\xE4\xBA\xAC|\xE5\xA4\xA9\xE6\xB0\x94|<\xE3\x80\x82>"},
        {"a\xC2\xA0"
         "b",
         "a|b"}, /* a no-break space is white too */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char found[256];
        show(cases[i].text, strlen(cases[i].text), found, sizeof found);
        if (strcmp(found, cases[i].tokens) != 0) {
            fail_msg("\"%s\": found %s", cases[i].text, found);
        }
    }
}

static void bears_broken_bytes_and_nul(void **state)
{
    (void)state;
    char found[256];
    show("a\0b \xFF\xFE c\xE4", 9, found, sizeof found);
    assert_non_null(strstr(found, "c"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_words_and_marks),
        cmocka_unit_test(bears_broken_bytes_and_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
