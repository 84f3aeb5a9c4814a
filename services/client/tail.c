/* nutgraf tail: follows the results. */
#include "client/command.h"
#include "client/follow.h"
#include "client/printer.h"
#include "client/say.h"
#include "client/stopping.h"
#include "client/workplace.h"
#include "runtime/settings.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_AGAIN_MS = 200 };

typedef struct {
    int64_t lines;
    bool is_once, is_json;
    printer_t printer;
} tail_t;

/* The file of the first JSONL sink, to be freed; NULL: a fault. */
static char *find_results(const settings_t *settings, fault_t *fault)
{
    char variable[PIPELINE_NAME_MAX + 32];
    pipeline_t *pipeline = settings_pipeline(settings, fault);
    if (pipeline == NULL) {
        return NULL;
    }
    const pipeline_stage_t *sink = workplace_find_sink(pipeline);
    const char *path = NULL;
    if (sink != NULL) {
        workplace_variable(sink, "PATH", variable, sizeof variable);
        path = getenv(variable);
        if (path == NULL) {
            path = json_string_value(json_object_get(sink->options, "path"));
        }
    }
    char *copy = path != NULL ? strdup(path) : NULL;
    if (copy == NULL) {
        fault_set(fault, FAULT_REJECT,
                  "%s/pipeline.json: no stage is a sink of type jsonl with a path",
                  settings->folder);
    }
    pipeline_destroy(&pipeline);
    return copy;
}

static int follow_file(tail_t *self, const char *path)
{
    fault_t fault = {0};
    const char *line;
    size_t len;
    if (!self->is_once && access(path, F_OK) != 0) {
        say("waits for %s, which is not there; `nutgraf tail FILE` follows another", path);
    }
    follow_t *file = follow_new(path);
    int rc = file != NULL ? follow_seek_last(file, (size_t)self->lines, &fault) : -1;
    while (rc == 0 && !stopping_is_asked()) {
        while ((rc = follow_next(file, &line, &len, &fault)) > 0) {
            if (printer_put(&self->printer, line, len, &fault) != 0) {
                break;
            }
        }
        rc = rc == 0 ? printer_flush(&self->printer, &fault) : -1;
        if (self->is_once) {
            break;
        }
        struct timespec pause = {.tv_nsec = LOOK_AGAIN_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
    follow_destroy(&file);
    if (rc != 0 && !self->printer.is_left) {
        say("%s", fault.reason[0] != '\0' ? fault.reason : "no memory");
        return EXIT_FAILED;
    }
    return EXIT_OK; /* an interrupt is the usual end, and so is a reader that has gone */
}

static int follow_sink(tail_t *self)
{
    fault_t fault = {0};
    settings_t settings;
    if (settings_init(&settings, &fault) != 0) {
        say("%s", fault.reason);
        return EXIT_CONFIG;
    }
    char *path = find_results(&settings, &fault);
    settings_close(&settings);
    if (path == NULL) {
        say("%s", fault.reason);
        return EXIT_CONFIG;
    }
    int status = follow_file(self, path);
    free(path);
    return status;
}

int tail_main(int argc, char **argv)
{
    tail_t self = {0};
    int status;
    const option_t options[] = {
        {"lines", 'n', OPTION_NUMBER, "N", "begin with the last N; usual: 0", &self.lines,
         0, 1000000000},
        {"no-follow", 0, OPTION_FLAG, NULL, "end at the end of the file", &self.is_once, 0,
         0},
        {"json", 'j', OPTION_FLAG, NULL, "one line of JSON an article on a terminal too",
         &self.is_json, 0, 0},
    };
    int count = command_options("tail", options, sizeof options / sizeof options[0], argc,
                                argv, &status);
    if (count < 0) {
        return status;
    }
    if (count > 1) {
        return command_usage("tail", "one file, please, not %d", count);
    }
    self.printer = printer_open(self.is_json);
    stopping_catch();
    return count == 1 ? follow_file(&self, argv[1]) : follow_sink(&self);
}
