#include "client/status_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char now[] =
    "{\"accepted\":12345,\"finished\":12000,\"queued\":342,\"buried\":3,\"duplicates\":1,"
    "\"uptime_ms\":252000,\"kept\":12000,\"disk_bytes\":13107200,\"room_bytes\":1048576,"
    "\"stages\":["
    "{\"name\":\"clean\",\"ready\":0,\"delayed\":0,\"leased\":2,\"buried\":3,"
    "\"done\":12340,\"workers\":1,\"oldest_ms\":0,\"paused\":false,"
    "\"p50_ms\":12.4,\"p95_ms\":1840.0},"
    "{\"name\":\"tag\",\"ready\":330,\"delayed\":5,\"leased\":0,\"buried\":0,"
    "\"done\":12005,\"workers\":0,\"oldest_ms\":3200,\"paused\":false,"
    "\"trouble\":null},"
    "{\"name\":\"d\xc3\xa9p\xc3\xb4t\",\"ready\":5,\"delayed\":0,\"leased\":0,\"buried\":0,"
    "\"done\":12000,\"workers\":2,\"oldest_ms\":9,\"paused\":true,\"trouble_ms\":72000,"
    "\"trouble\":\"webhook http://a/: Failed to connect to a port 80 after 0 ms: "
    "Could not connect\\u001b[31m\"}],"
    "\"workers\":["
    "{\"name\":\"clean@a-1\",\"stage\":\"clean\",\"held\":2,\"seen_ms\":40,"
    "\"draining\":false},"
    "{\"name\":\"x\\u001b[31m\\u65e5\",\"stage\":\"d\xc3\xa9p\xc3\xb4t\",\"held\":0,"
    "\"seen_ms\":1200,\"draining\":true}]}";

static const char then[] = "{\"uptime_ms\":250000,\"stages\":["
                           "{\"name\":\"clean\",\"done\":12000},"
                           "{\"name\":\"tag\",\"done\":12005}]}";

static char *view(const char *before, bool has_colour)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    json_t *status = json_loads(now, 0, NULL);
    json_t *older = before != NULL ? json_loads(before, 0, NULL) : NULL;
    assert_non_null(status);
    status_view_print(out, status, older, has_colour);
    fclose(out);
    json_decref(status);
    json_decref(older);
    return text;
}

static void shows_all_in_columns(void **state)
{
    (void)state;
    char *text = view(NULL, false);
    assert_string_equal(
        text,
        "12,345 accepted · 12,000 finished · 342 waiting · 3 dead · 1 duplicate\n"
        "up 4 m 12 s · 12,000 kept for reprocessing · 12.5 MiB on disk, room for 1.0 MiB\n"
        "\n"
        "STAGE  READY  DELAYED  LEASED  DEAD    DONE  WORKERS     OLDEST\n"
        "clean      0        0       2     3  12,340        1          -\n"
        "tag      330        5       0     0  12,005        0      3.2 s  no worker\n"
        "dépôt      5        0       0     0  12,000        2     9.0 ms  paused\n"
        "  none has passed for 1 m 12 s: webhook http://a/: Failed to connect to a port\n"
        "  80 after 0 ms: Could not connect[31m\n"
        "\n"
        "WORKER     STAGE   HOLDS      SEEN\n"
        "clean@a-1  clean       2     40 ms\n"
        "x[31m日    dépôt       0     1.2 s  draining\n");
    free(text);
}

static void tells_how_fast_it_goes_since_the_last_look(void **state)
{
    (void)state;
    char *text = view(then, false);
    assert_non_null(strstr(text, " DONE/S    P50    P95\n"));
    assert_non_null(strstr(text, "    3 12,340       1         -    170  12 ms  1.8 s\n"));
    assert_non_null(strstr(text, "     3.2 s    0.0      -      -  no worker\n"));
    assert_non_null(
        strstr(text, "    9.0 ms      -      -      -  paused\n")); /* was not there */
    free(text);
}

static void colours_say_what_needs_a_look(void **state)
{
    (void)state;
    char *text = view(NULL, true);
    assert_non_null(strstr(text, "\033[1;31m3\033[0m dead"));
    assert_non_null(strstr(text, "\033[1;31mno worker\033[0m"));
    assert_non_null(strstr(text, "\033[33mpaused\033[0m"));
    assert_non_null(strstr(text, "\033[1;31mnone has passed for 1 m 12 s: "));
    assert_null(strstr(text, "\033[31m")); /* of the worker's name, and of the trouble */
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_all_in_columns),
        cmocka_unit_test(tells_how_fast_it_goes_since_the_last_look),
        cmocka_unit_test(colours_say_what_needs_a_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
