#include "clean/hints.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The hints of the first element inside body. */
static uint32_t hints_in(const char *html)
{
    fault_t fault = {0};
    char page[600];
    snprintf(page, sizeof page, "<html><body>%s</body></html>", html);
    dom_t *dom = dom_parse(page, strlen(page), &fault);
    assert_non_null(dom);
    assert_true(dom_count(dom) > 2);
    hints_memo_t memo = {0};
    uint32_t hints = hints_of(dom, 2, &memo);
    dom_destroy(&dom);
    return hints;
}

static void classes_ids_roles_and_tags_tell(void **state)
{
    (void)state;
    static const struct {
        const char *html;
        uint32_t hints;
    } cases[] = {
        {"<div>x</div>", 0},
        {"<nav>x</nav>", HINT_NAVIGATION},
        {"<div class=\"share-bar\">x</div>", HINT_SHARE},
        {"<div class=\"ArticleShareBar\">x</div>", HINT_SHARE},
        {"<div class=\"a share_tools b\">x</div>", HINT_SHARE},
        {"<div class=\"shared-office\">x</div>", 0},
        {"<div id=\"related-articles\">x</div>", HINT_RELATED},
        {"<div class=\"most-read\">x</div>", HINT_RELATED},
        {"<div class=\"yarpp\">x</div>", HINT_RELATED},
        {"<div class=\"ad\">x</div>", HINT_ADVERT},
        {"<div class=\"adaptive\">x</div>", 0},
        {"<div class=\"hidden\">x</div>", HINT_HIDDEN},
        {"<div class=\"overflow-hidden\">x</div>", 0},
        {"<div hidden>x</div>", HINT_HIDDEN},
        {"<div style=\"color: red; display : none\">x</div>", HINT_HIDDEN},
        {"<div role=\"navigation\">x</div>", HINT_NAVIGATION},
        {"<div style=\"visibility:hidden\">x</div>", HINT_HIDDEN},
        {"<div style=\"visibility: visible; display: block\">x</div>", 0},
        {"<div itemprop=\"articleBody\">x</div>", HINT_BODY},
        {"<div class=\"entry-content\">x</div>", HINT_BODY},
        {"<article class=\"has-sidebar\">x</article>", HINT_ARTICLE},
        {"<script>x</script>", HINT_SKIP},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint32_t hints = hints_in(cases[i].html);
        if (hints != cases[i].hints) {
            fail_msg("%s has hints %x, not %x", cases[i].html, hints, cases[i].hints);
        }
    }
}

static void each_hint_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(hint_name(HINT_SHARE), "share bar");
    assert_string_equal(hint_name(HINT_FORM | HINT_NEWSLETTER), "newsletter");
    assert_string_equal(hint_name(0), "boilerplate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_ids_roles_and_tags_tell),
        cmocka_unit_test(each_hint_has_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
