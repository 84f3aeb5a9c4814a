/* nutgraf pause, resume, drain: whether a stage hands out work. */
#include "client/asking.h"
#include "client/command.h"
#include "client/say.h"
#include "client/stopping.h"
#include "runtime/moment.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ANSWER_MS = 10000, LOOK_AGAIN_MS = 100 };

/* Answered by {"stage", "paused", "leased"}. */
static json_t *question(const char *verb, const char *stage)
{
    return json_pack("{s:s, s:s}", "do", verb, "stage", stage);
}

static long long leased(const json_t *answer)
{
    return (long long)json_integer_value(json_object_get(answer, "leased"));
}

static void tell(const json_t *answer, bool is_json)
{
    const char *stage = json_string_value(json_object_get(answer, "stage"));
    if (is_json) {
        asking_print(answer);
    } else if (!json_is_true(json_object_get(answer, "paused"))) {
        say("%s hands out work again", stage);
    } else if (leased(answer) == 0) {
        say("%s is paused, its workers are idle", stage);
    } else {
        say("%s is paused; its workers still hold %lld", stage, leased(answer));
    }
}

/* The one argument of `name`; NULL, and *status is what to end with. */
static const char *read_stage(const char *name, const option_t *options, size_t count,
                              int argc, char **argv, int *status)
{
    int operands = command_options(name, options, count, argc, argv, status);
    if (operands >= 0 && operands != 1) {
        *status = command_usage(name, "needs one stage, not %d", operands);
    }
    return operands == 1 ? argv[1] : NULL;
}

static int change_main(const char *verb, int argc, char **argv)
{
    bool is_json = false;
    int status;
    json_t *answer = NULL;
    const option_t options[] = {
        {"json", 'j', OPTION_FLAG, NULL, "the broker's answer as one line of JSON",
         &is_json, 0, 0},
    };
    const char *stage = read_stage(verb, options, 1, argc, argv, &status);
    if (stage == NULL) {
        return status;
    }
    status = asking_once(question(verb, stage), ANSWER_MS, &answer);
    if (answer != NULL) {
        tell(answer, is_json);
    }
    json_decref(answer);
    return status;
}

int pause_main(int argc, char **argv)
{
    return change_main("pause", argc, argv);
}

int resume_main(int argc, char **argv)
{
    return change_main("resume", argc, argv);
}

/* How many articles the stage's workers hold now, into the answer to `pause`. */
static int look_again(asking_t *asking, const char *stage, json_t *answer)
{
    json_t *now = NULL;
    int status = asking_ask(asking, json_pack("{s:s}", "do", "status"), ANSWER_MS, &now);
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(now, "stages"), i, one)
    {
        const char *name = json_string_value(json_object_get(one, "name"));
        if (name != NULL && strcmp(name, stage) == 0) {
            json_object_set(answer, "leased", json_object_get(one, "leased"));
        }
    }
    json_decref(now);
    return status;
}

/* It may be long: until an article is through, or its destination is given up. */
static void say_wait(const json_t *answer)
{
    if (leased(answer) > 0) {
        say("%s is paused; waiting for the %lld that its workers hold",
            json_string_value(json_object_get(answer, "stage")), leased(answer));
    }
}

/* timeout_s 0: no limit. */
static int wait_until_idle(asking_t *asking, const char *stage, int64_t timeout_s,
                           json_t *answer)
{
    int64_t until_ms = timeout_s > 0 ? moment_ms() + timeout_s * 1000 : INT64_MAX;
    int status = EXIT_OK;
    while (status == EXIT_OK && leased(answer) > 0) {
        struct timespec pause = {.tv_nsec = LOOK_AGAIN_MS * 1000000L};
        nanosleep(&pause, NULL);
        if (stopping_is_asked()) {
            return EXIT_INTERRUPTED;
        }
        if (moment_ms() >= until_ms) {
            return EXIT_FAILED;
        }
        status = look_again(asking, stage, answer);
    }
    return status;
}

int drain_main(int argc, char **argv)
{
    bool is_json = false;
    int64_t timeout_s = 0;
    int status;
    asking_t asking;
    json_t *answer = NULL;
    const option_t options[] = {
        {"timeout", 't', OPTION_NUMBER, "S", "wait for at most S seconds; usual: for ever",
         &timeout_s, 1, 86400},
        {"json", 'j', OPTION_FLAG, NULL, "how it stands in the end, as one line of JSON",
         &is_json, 0, 0},
    };
    const char *stage = read_stage("drain", options, sizeof options / sizeof options[0],
                                   argc, argv, &status);
    if (stage == NULL || (status = asking_open(&asking)) != EXIT_OK) {
        return status;
    }
    stopping_catch();
    status = asking_ask(&asking, question("pause", stage), ANSWER_MS, &answer);
    if (status == EXIT_OK) {
        say_wait(answer);
        status = wait_until_idle(&asking, stage, timeout_s, answer);
        tell(answer, is_json);
    }
    json_decref(answer);
    asking_close(&asking);
    return status;
}
