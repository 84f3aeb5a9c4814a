/* nutgraf cancel: takes articles out of their queues. */
#include "client/asking.h"
#include "client/command.h"
#include "client/ids.h"
#include "client/say.h"
#include "runtime/member.h"

#include <stdio.h>

enum { ANSWER_MS = 10000 };

/* Says where an article is that does not wait. */
static int say_why(asking_t *asking, const json_t *id)
{
    json_t *answer = NULL;
    json_t *question = json_pack("{s:s, s:[O]}", "do", "journey", "ids", id);
    int status = asking_ask(asking, question, ANSWER_MS, &answer);
    const json_t *items = json_object_get(answer, "items");
    if (answer != NULL) {
        say("%s: does not wait, it is %s", json_string_value(id),
            member_text(json_array_get(items, 0), "state", "?"));
        status = EXIT_FAILED;
    }
    json_decref(answer);
    return status;
}

static int cancel_one(asking_t *asking, json_t *id, json_int_t *count)
{
    json_t *answer = NULL;
    json_t *question = json_pack("{s:s, s:O}", "do", "cancel", "id", id);
    int status = asking_ask(asking, question, ANSWER_MS, &answer);
    json_int_t one = json_integer_value(json_object_get(answer, "count"));
    json_decref(answer);
    *count += one;
    return status == EXIT_OK && one == 0 ? say_why(asking, id) : status;
}

static int cancel_all(json_t *ids, bool is_json)
{
    asking_t asking;
    json_int_t count = 0;
    int status = asking_open(&asking);
    size_t i;
    json_t *id;
    if (status != EXIT_OK) {
        return status;
    }
    json_array_foreach(ids, i, id)
    {
        int one = cancel_one(&asking, id, &count);
        status = one != EXIT_OK ? one : status;
        if (one == EXIT_NO_BROKER) {
            break;
        }
    }
    asking_close(&asking);
    if (is_json) {
        printf("{\"count\":%lld}\n", (long long)count);
    } else if (count > 0) {
        say("%lld cancelled; %s now", (long long)count,
            count == 1 ? "it is a dead letter" : "they are dead letters");
    } else {
        say("nothing is cancelled");
    }
    return status;
}

int cancel_main(int argc, char **argv)
{
    bool is_json = false;
    int status;
    fault_t fault = {0};
    const option_t options[] = {
        {"json", 'j', OPTION_FLAG, NULL, "how many, as JSON", &is_json, 0, 0},
    };
    int count = command_options("cancel", options, 1, argc, argv, &status);
    if (count <= 0) {
        return count < 0 ? status : command_usage("cancel", "which id?");
    }
    json_t *ids = ids_read(count, argv + 1, &fault);
    if (ids == NULL) {
        say("%s", fault.reason);
        return EXIT_FAILED;
    }
    status = cancel_all(ids, is_json);
    json_decref(ids);
    return status;
}
