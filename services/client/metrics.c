/* nutgraf metrics: the broker's counters. */
#include "client/asking.h"
#include "client/command.h"

#include <stdio.h>

enum { ANSWER_MS = 5000 };

int metrics_main(int argc, char **argv)
{
    int status;
    json_t *answer = NULL;
    int count = command_options("metrics", NULL, 0, argc, argv, &status);
    if (count != 0) {
        return count < 0 ? status : command_usage("metrics", "takes no argument");
    }
    status = asking_once(json_pack("{s:s}", "do", "metrics"), ANSWER_MS, &answer);
    if (answer != NULL) {
        fputs(json_string_value(json_object_get(answer, "text")), stdout);
    }
    json_decref(answer);
    return status;
}
