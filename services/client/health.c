/* nutgraf health: whether the broker answers. */
#include "client/asking.h"
#include "client/command.h"

#include <stdio.h>

int health_main(int argc, char **argv)
{
    int64_t timeout_ms = 2000;
    bool is_json = false;
    int status;
    json_t *answer = NULL;
    const option_t options[] = {
        {"timeout", 't', OPTION_NUMBER, "MS", "milliseconds to wait; usual: 2000",
         &timeout_ms, 1, 3600000},
        {"json", 'j', OPTION_FLAG, NULL, "print the broker's answer", &is_json, 0, 0},
    };
    int count = command_options("health", options, sizeof options / sizeof options[0], argc,
                                argv, &status);
    if (count != 0) {
        return count < 0 ? status : command_usage("health", "takes no argument");
    }
    status = asking_once(json_pack("{s:s}", "do", "health"), timeout_ms, &answer);
    if (answer != NULL && is_json) {
        asking_print(answer);
    }
    json_decref(answer);
    return status;
}
