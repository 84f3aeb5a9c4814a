/* nutgraf trace: where an article is, and what each stage did to it. */
#include "client/amount.h"
#include "client/asking.h"
#include "client/command.h"
#include "client/say.h"
#include "client/terminal.h"
#include "runtime/member.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_MS = 10000 };

static void put(const char *text)
{
    terminal_put(stdout, text, strlen(text));
}

/* "ID: delayed at tag, attempt 2, for 3.2 s; the last: no memory" */
static void print_state(const char *id, const json_t *journey)
{
    char span[AMOUNT_MAX];
    const char *state = member_text(journey, "state", "");
    bool is_dead = strcmp(state, "buried") == 0;
    put(id);
    printf(": %s", is_dead ? "dead" : state);
    if (strcmp(state, "done") != 0) {
        fputs(" at ", stdout);
        put(member_text(journey, "stage", ""));
    }
    if (strcmp(state, "done") != 0 && !is_dead) {
        printf(", attempt %lld, for %s", (long long)member_int(journey, "attempt"),
               amount_span(span, (double)member_int(journey, "waited_ms")));
    }
    if (member_text(journey, "reason", "")[0] != '\0') {
        fputs(is_dead ? ": " : "; the last: ", stdout);
        put(member_text(journey, "reason", ""));
    }
    fputc('\n', stdout);
}

/* A line for each sink that has not delivered it; without any, where it is. */
static void print_states(const json_t *journey)
{
    const char *id = member_text(journey, "id", "");
    const json_t *sinks = json_object_get(journey, "sinks");
    size_t i;
    json_t *sink;
    json_array_foreach(sinks, i, sink)
    {
        print_state(id, sink);
    }
    if (json_array_size(sinks) == 0) {
        print_state(id, journey);
    }
}

/* Prints a text and fills up to the width. */
static void put_column(const char *text, size_t width)
{
    size_t columns = terminal_text_columns(text, strlen(text));
    put(text);
    printf("%*s", columns < width ? (int)(width - columns) : 0, "");
}

static size_t widest(const json_t *trace, const char *key, size_t width)
{
    size_t i;
    json_t *hop;
    json_array_foreach(trace, i, hop)
    {
        const char *text = member_text(hop, key, "");
        size_t columns = terminal_text_columns(text, strlen(text));
        width = columns > width ? columns : width;
    }
    return width;
}

static void print_hops(const json_t *trace)
{
    char waited[AMOUNT_MAX], worked[AMOUNT_MAX];
    int stage_width = (int)widest(trace, "stage", strlen("STAGE"));
    int worker_width = (int)widest(trace, "worker", strlen("WORKER"));
    size_t i;
    json_t *hop;
    printf("\n%-*s  %-*s  %7s %9s %9s  %s\n", stage_width, "STAGE", worker_width, "WORKER",
           "ATTEMPT", "WAITED", "WORKED", "MODEL");
    json_array_foreach(trace, i, hop)
    {
        const char *model = member_text(hop, "model", "");
        put_column(member_text(hop, "stage", ""), (size_t)stage_width + 2);
        put_column(member_text(hop, "worker", ""), (size_t)worker_width + 2);
        amount_span(waited, json_number_value(json_object_get(hop, "queued_ms")));
        amount_span(worked, json_number_value(json_object_get(hop, "process_ms")));
        printf("%7lld %9s %9s  ", (long long)member_int(hop, "attempt"), waited, worked);
        put(model[0] != '\0' ? model : "-");
        fputc('\n', stdout);
    }
}

/* Puts the body's trace in the place of the body; null: the body is not kept. */
static void take_trace(json_t *answer)
{
    json_t *body = json_object_get(answer, "body");
    json_t *trace = json_object_get(body, "trace");
    json_object_set_new(answer, "trace",
                        json_is_array(trace)   ? json_incref(trace)
                        : json_is_object(body) ? json_array()
                                               : json_null());
    json_object_del(answer, "body");
}

static void print_journey(const json_t *journey)
{
    const json_t *trace = json_object_get(journey, "trace");
    print_states(journey);
    if (json_array_size(trace) > 0) {
        print_hops(trace);
    } else {
        bool is_dead = strcmp(member_text(journey, "state", ""), "buried") == 0;
        say(json_is_null(trace) ? "its journey is not kept any more"
            : is_dead           ? "no stage has finished with it"
                                : "no stage has finished with it yet");
    }
}

static int trace_article(const char *id, bool is_json)
{
    json_t *answer = NULL;
    int status =
        asking_once(json_pack("{s:s, s:s}", "do", "article", "id", id), ANSWER_MS, &answer);
    if (answer == NULL) {
        return status;
    }
    bool is_known = strcmp(member_text(answer, "state", ""), "unknown") != 0;
    take_trace(answer);
    if (is_json) {
        asking_print(answer);
    } else if (is_known) {
        print_journey(answer);
    } else {
        say("%s: the broker knows no article of this id", id);
    }
    json_decref(answer);
    return is_known ? EXIT_OK : EXIT_FAILED;
}

int trace_main(int argc, char **argv)
{
    bool is_json = false;
    int status;
    const option_t options[] = {
        {"json", 'j', OPTION_FLAG, NULL, "state and hops as one line of JSON", &is_json, 0,
         0},
    };
    int count = command_options("trace", options, 1, argc, argv, &status);
    if (count < 0) {
        return status;
    }
    return count == 1 ? trace_article(argv[1], is_json)
                      : command_usage("trace", "needs one id, not %d", count);
}
