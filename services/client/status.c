/* nutgraf status: what waits, works and failed. */
#include "client/asking.h"
#include "client/command.h"
#include "client/terminal.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_MS = 5000 };

static long long number(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

static void put_column(const json_t *object, const char *key, int width)
{
    const char *text = json_string_value(json_object_get(object, key));
    size_t len = text != NULL ? strlen(text) : 0;
    terminal_put(stdout, text != NULL ? text : "", len);
    printf("%*s ", len < (size_t)width ? width - (int)len : 0, "");
}

static void print_stages(const json_t *status)
{
    size_t i;
    json_t *stage;
    printf("%-14s %8s %8s %8s %8s %10s %8s %9s\n", "STAGE", "READY", "DELAYED", "LEASED",
           "DEAD", "DONE", "WORKERS", "OLDEST");
    json_array_foreach(json_object_get(status, "stages"), i, stage)
    {
        put_column(stage, "name", 14);
        printf("%8lld %8lld %8lld %8lld %10lld %8lld %8.1fs\n", number(stage, "ready"),
               number(stage, "delayed"), number(stage, "leased"), number(stage, "buried"),
               number(stage, "done"), number(stage, "workers"),
               (double)number(stage, "oldest_ms") / 1000);
    }
}

static void print_workers(const json_t *status)
{
    const json_t *workers = json_object_get(status, "workers");
    size_t i;
    json_t *worker;
    if (json_array_size(workers) > 0) {
        printf("\n%-24s %-14s %6s %9s\n", "WORKER", "STAGE", "HOLDS", "SEEN");
    }
    json_array_foreach(workers, i, worker)
    {
        put_column(worker, "name", 24);
        put_column(worker, "stage", 14);
        printf("%6lld %8.1fs%s\n", number(worker, "held"),
               (double)number(worker, "seen_ms") / 1000,
               json_is_true(json_object_get(worker, "draining")) ? " draining" : "");
    }
}

static void print_status(const json_t *status)
{
    printf(
        "%lld accepted, %lld finished, %lld waiting, %lld dead, %lld duplicates; up %.0f "
        "s, %.1f MiB on disk\n\n",
        number(status, "accepted"), number(status, "finished"), number(status, "queued"),
        number(status, "buried"), number(status, "duplicates"),
        (double)number(status, "uptime_ms") / 1000,
        (double)number(status, "disk_bytes") / (1 << 20));
    print_stages(status);
    print_workers(status);
}

int status_main(int argc, char **argv)
{
    bool is_json = false;
    int status;
    asking_t asking;
    json_t *answer = NULL;
    const option_t options[] = {
        {"json", 'j', OPTION_FLAG, NULL, "the broker's answer as one line of JSON",
         &is_json, 0, 0},
    };
    int count = command_options("status", options, 1, argc, argv, &status);
    if (count != 0) {
        return count < 0 ? status : command_usage("status", "takes no argument");
    }
    status = asking_open(&asking);
    if (status != EXIT_OK) {
        return status;
    }
    status = asking_ask(&asking, json_pack("{s:s}", "do", "status"), ANSWER_MS, &answer);
    if (answer != NULL && is_json) {
        asking_print(answer);
    } else if (answer != NULL) {
        print_status(answer);
    }
    json_decref(answer);
    asking_close(&asking);
    return status;
}
