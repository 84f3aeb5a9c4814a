/* nutgraf reprocess: finished articles go through the route again. */
#include "client/asking.h"
#include "client/command.h"
#include "client/ids.h"
#include "client/say.h"
#include "client/since.h"

#include <stdio.h>
#include <time.h>

enum { ANSWER_MS = 120000 }; /* many articles are one answer */

typedef struct {
    const char *from, *since;
    bool is_json;
    int64_t since_ms; /* Unix time */
    json_int_t count;
} reprocess_t;

/* Asks for those that `key` tells of; takes the value. */
static int ask(reprocess_t *self, asking_t *asking, const char *key, json_t *value)
{
    json_t *answer = NULL;
    json_t *question =
        json_pack("{s:s, s:s, s:o}", "do", "reprocess", "from", self->from, key, value);
    int status = asking_ask(asking, question, ANSWER_MS, &answer);
    self->count += json_integer_value(json_object_get(answer, "count"));
    json_decref(answer);
    return status;
}

static int ask_by_ids(reprocess_t *self, asking_t *asking, const json_t *ids)
{
    int status = EXIT_OK;
    size_t total = json_array_size(ids);
    for (size_t first = 0; first < total && status == EXIT_OK; first += IDS_AT_ONCE) {
        json_t *some = json_array();
        for (size_t i = first; i < total && i < first + IDS_AT_ONCE; i++) {
            json_array_append(some, json_array_get(ids, i));
        }
        status = ask(self, asking, "ids", some);
    }
    if (status == EXIT_OK && (size_t)self->count < total) {
        say("%zu of %zu ids are not those of finished articles that are still kept",
            total - (size_t)self->count, total);
        status = EXIT_FAILED;
    }
    return status;
}

/* ids NULL: those since. */
static int carry_out(reprocess_t *self, const json_t *ids)
{
    asking_t asking;
    int status = asking_open(&asking);
    if (status != EXIT_OK) {
        return status;
    }
    status = ids != NULL ? ask_by_ids(self, &asking, ids)
                         : ask(self, &asking, "since_ms", json_integer(self->since_ms));
    asking_close(&asking);
    if (status != EXIT_NO_BROKER && self->is_json) {
        printf("{\"count\":%lld}\n", (long long)self->count);
    } else if (status == EXIT_OK || self->count > 0) {
        say("%lld go through the route again, from %s on", (long long)self->count,
            self->from);
    }
    return status;
}

static int check_usage(reprocess_t *self, int operands)
{
    if (self->from == NULL) {
        return command_usage("reprocess", "from which stage? --from=STAGE");
    }
    if ((self->since != NULL) == (operands > 0)) {
        return command_usage("reprocess", "needs either --since or ids");
    }
    if (self->since != NULL &&
        (self->since_ms = since_read(self->since, (int64_t)time(NULL) * 1000)) < 0) {
        return command_usage("reprocess", "--since is %s, needs 12h, 7d or 2026-03-01",
                             self->since);
    }
    return EXIT_OK;
}

int reprocess_main(int argc, char **argv)
{
    reprocess_t self = {0};
    int status;
    fault_t fault = {0};
    const option_t options[] = {
        {"from", 'f', OPTION_TEXT, "STAGE", "the first stage to run again", &self.from, 0,
         0},
        {"since", 's', OPTION_TEXT, "TIME",
         "those finished since: 90s, 30m, 12h, 7d, 2w, or a date in UTC", &self.since, 0,
         0},
        {"json", 'j', OPTION_FLAG, NULL, "how many, as JSON", &self.is_json, 0, 0},
    };
    int operands = command_options("reprocess", options, sizeof options / sizeof options[0],
                                   argc, argv, &status);
    if (operands < 0 || (status = check_usage(&self, operands)) != EXIT_OK) {
        return status;
    }
    json_t *ids = operands > 0 ? ids_read(operands, argv + 1, &fault) : NULL;
    if (operands > 0 && ids == NULL) {
        say("%s", fault.reason);
        return EXIT_FAILED;
    }
    status = carry_out(&self, ids);
    json_decref(ids);
    return status;
}
