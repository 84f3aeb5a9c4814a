/* nutgraf metrics: the broker's counters. */
#include "client/asking.h"
#include "client/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 5000 };

/* Takes `name="value"` off *at; false: none is left. Our values hold no quotes. */
static bool take_label(const char **at, json_t *labels)
{
    const char *equals = strchr(*at, '=');
    const char *end = equals != NULL && equals[1] == '"' ? strchr(equals + 2, '"') : NULL;
    if (end == NULL) {
        return false;
    }
    char *name = strndup(*at, (size_t)(equals - *at));
    if (name != NULL) {
        json_object_set_new(labels, name,
                            json_stringn(equals + 2, (size_t)(end - equals - 2)));
    }
    free(name);
    *at = end + 1 + (end[1] == ',');
    return true;
}

/* `name{label="value"} number` as a line of JSON. */
static void print_sample(char *line)
{
    char *number = strrchr(line, ' ');
    char *open = strchr(line, '{');
    if (line[0] == '#' || number == NULL) {
        return;
    }
    *number++ = '\0';
    json_t *labels = json_object();
    if (open != NULL) {
        *open = '\0';
        for (const char *at = open + 1; take_label(&at, labels);) {
        }
    }
    json_t *sample = json_pack("{s:s, s:o, s:f}", "name", line, "labels", labels, "value",
                               strtod(number, NULL));
    asking_print(sample);
    json_decref(sample);
}

static void print_samples(const char *text)
{
    char *copy = strdup(text);
    char *rest = copy;
    for (char *line; rest != NULL && (line = strsep(&rest, "\n")) != NULL;) {
        print_sample(line);
    }
    free(copy);
}

int metrics_main(int argc, char **argv)
{
    int status;
    json_t *answer = NULL;
    bool is_json = false;
    const option_t options[] = {
        {"json", 'j', OPTION_FLAG, NULL,
         "a line of JSON a sample: {\"name\", \"labels\", \"value\"}", &is_json, 0, 0},
    };
    int count = command_options("metrics", options, 1, argc, argv, &status);
    if (count != 0) {
        return count < 0 ? status : command_usage("metrics", "takes no argument");
    }
    status = asking_once(json_pack("{s:s}", "do", "metrics"), ANSWER_MS, &answer);
    const char *text = json_string_value(json_object_get(answer, "text"));
    if (text != NULL && is_json) {
        print_samples(text);
    } else if (text != NULL) {
        fputs(text, stdout);
    }
    json_decref(answer);
    return status;
}
