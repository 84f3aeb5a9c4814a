#include "fetch/robots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static bool allows(const char *text, const char *path)
{
    robots_t *robots = robots_new(text, strlen(text), "nutgraf");
    assert_non_null(robots);
    bool is_allowed = robots_allows(robots, path);
    robots_destroy(&robots);
    assert_null(robots);
    return is_allowed;
}

static void keeps_the_rules(void **state)
{
    (void)state;
    static const struct {
        const char *promise, *text, *path;
        bool is_allowed;
    } cases[] = {
        {"no rule allows", "", "/a", true},
        {"the group of all", "User-agent: *\nDisallow: /a", "/ab", false},
        {"a rule of others", "User-agent: other\nDisallow: /", "/a", true},
        {"our group before that of all",
         "User-agent: *\nDisallow: /\n\nUser-agent: NutGraf\nDisallow: /x\n", "/a", true},
        {"a version behind the name", "User-agent: nutgraf/2.1\nDisallow: /\n", "/a",
         false},
        {"a digit belongs to a name", "User-agent: nutgraf2\nDisallow: /\n", "/a", true},
        {"a longer name is another", "User-agent: nutgrafter\nDisallow: /\n", "/a", true},
        {"groups of one agent are one",
         "User-agent: nutgraf\nDisallow: /a\nUser-agent: x\nDisallow: /b\n"
         "User-agent: nutgraf\nDisallow: /c\n",
         "/c", false},
        {"several agents share a group",
         "User-agent: a\nUser-agent: nutgraf\nUser-agent: b\nDisallow: /\n", "/", false},
        {"an empty Disallow forbids nothing", "User-agent: *\nDisallow:\n", "/a", true},
        {"the longest rule decides", "User-agent: *\nDisallow: /a\nAllow: /a/b\n", "/a/b/c",
         true},
        {"… whatever the order", "User-agent: *\nAllow: /a/b\nDisallow: /a\n", "/a/b/c",
         true},
        {"of two as long Allow", "User-agent: *\nDisallow: /a\nAllow: /a\n", "/a", true},
        {"* stands for anything", "User-agent: *\nDisallow: /*/private\n", "/x/y/private1",
         false},
        {"… and nothing", "User-agent: *\nDisallow: /a*b\n", "/ab", false},
        {"$ is the end", "User-agent: *\nDisallow: /*.pdf$\n", "/a.pdf", false},
        {"… and no more", "User-agent: *\nDisallow: /*.pdf$\n", "/a.pdf?x", true},
        {"… after a star that must go on", "User-agent: *\nDisallow: /*.pdf$\n",
         "/a.pdf/b.pdf", false},
        {"$ elsewhere is itself", "User-agent: *\nDisallow: /a$b\n", "/a$b", false},
        {"the query belongs to the path", "User-agent: *\nDisallow: /*?s=\n", "/f?s=1",
         false},
        {"case of paths counts", "User-agent: *\nDisallow: /A\n", "/a", true},
        {"case of words does not", "uSER-aGENT: *\ndISALLOW: /a\n", "/a", false},
        {"%XX and its character are one", "User-agent: *\nDisallow: /%7ejoe\n", "/~joe/",
         false},
        {"… either way", "User-agent: *\nDisallow: /caf\xc3\xa9\n", "/caf%c3%a9", false},
        {"%2F is no slash", "User-agent: *\nDisallow: /a/b\n", "/a%2Fb", true},
        {"remarks and spaces", " User-agent : * # all\n Disallow : /a # no\n", "/a", false},
        {"CR alone ends a line", "User-agent: *\rDisallow: /a\r", "/a", false},
        {"a byte order mark", "\xef\xbb\xbfUser-agent: *\nDisallow: /a\n", "/a", false},
        {"other words are passed over",
         "Sitemap: x\nUser-agent: *\nNoindex: /\nDisallow: /a\n", "/b", true},
        {"rules before any agent are none", "Disallow: /\n", "/a", true},
        {"HTML in its place", "<html><body>Not found: sorry</body></html>", "/a", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (allows(cases[i].text, cases[i].path) != cases[i].is_allowed) {
            fail_msg("%s", cases[i].promise);
        }
    }
}

static void reads_a_delay(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t delay_ms;
    } cases[] = {
        {"User-agent: *\nCrawl-delay: 2.5", 2500},
        {"User-agent: *\nCrawl-delay: -1", 0},
        {"User-agent: *\nCrawl-delay: 1e300", 0},
        {"User-agent: *\nCrawl-delay: soon", 0},
        {"User-agent: x\nCrawl-delay: 5\nUser-agent: *\nCrawl-delay: 1", 1000},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        robots_t *robots = robots_new(cases[i].text, strlen(cases[i].text), "nutgraf");
        assert_int_equal(robots_delay_ms(robots), cases[i].delay_ms);
        robots_destroy(&robots);
    }
}

static void a_hostile_pattern_takes_no_time(void **state)
{
    (void)state;
    enum { STARS = 20000, PATH = 20000 };
    char *text = malloc(3 * STARS + 100), *path = malloc(PATH + 2);
    strcpy(text, "User-agent: *\nDisallow: /");
    for (int i = 0; i < STARS; i++) {
        strcat(text + 2 * (size_t)i, "a*");
    }
    strcat(text + 2 * (size_t)STARS, "b$");
    memset(path, 'a', PATH);
    path[0] = '/';
    path[PATH] = '\0';
    assert_true(allows(text, path));
    free(text);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_rules),
        cmocka_unit_test(reads_a_delay),
        cmocka_unit_test(a_hostile_pattern_takes_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
