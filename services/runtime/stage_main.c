/* The main of every stage program. */
#include "runtime/filter.h"
#include "runtime/pipeline.h"
#include "runtime/place.h"
#include "runtime/stage_internal.h"
#include "runtime/worker.h"

#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_CONFIG = 3 };

typedef struct {
    const char *program;    /* "clean" */
    const char *stage;      /* the queue; NULL: as the program */
    const char *config_dir; /* NULL: as place_config says */
    bool is_filter;
} command_t;

static const char help[] =
    "NAME\n"
    "    nutgraf-%1$s - %2$s\n"
    "\n"
    "SYNOPSIS\n"
    "    nutgraf-%1$s [--stage NAME] [--config DIR]\n"
    "    nutgraf-%1$s --filter [--stage NAME] [--config DIR] < in.jsonl > out.jsonl\n"
    "\n"
    "DESCRIPTION\n"
    "    Takes articles from its queue at the broker, adds its section to each, and hands\n"
    "    them back, until SIGTERM; then it finishes what it holds.\n"
    "    With --filter it needs no broker: it reads one submission or article a line, "
    "JSON,\n"
    "    and writes one line for each, in the same order: the article, or\n"
    "    {\"id\": ..., \"fault\": {\"kind\": \"reject\" or \"retry\", \"reason\": ...}}.\n"
    "    Such fault lines pass through unchanged, so that filters can be piped together.\n"
    "\n"
    "OPTIONS\n"
    "    --filter        work from standard input to standard output\n"
    "    --stage NAME    the stage of pipeline.json to serve (default: %1$s)\n"
    "    --config DIR    the folder of pipeline.json\n"
    "    --help          this text\n"
    "    --version       the version that goes into each trace entry\n"
    "\n"
    "ENVIRONMENT\n"
    "    NUTGRAF_CONFIG              the same as --config\n"
    "    NUTGRAF_MODELS              the folder of the models: "
    "$NUTGRAF_MODELS/%1$s/<file>\n"
    "    NUTGRAF_<STAGE>_<OPTION>    an option of the stage, before pipeline.json's\n"
    "    NUTGRAF_ALIVE               a file to renew at each heartbeat while a broker "
    "knows\n"
    "                                the worker; nutgraf health --worker looks at its age\n"
    "    NUTGRAF_LOG                 debug, info, warn or error\n"
    "\n"
    "EXIT STATUS\n"
    "    0    all was done; an article that did not pass is no failure\n"
    "    1    failure: reading, writing, memory, the network\n"
    "    2    a command line that is not understood\n"
    "    3    the configuration or a model is missing or wrong\n";

static void print_help(const command_t *self)
{
    printf(help, self->program, stage_summary);
    if (stage_manual.count == 0) {
        return;
    }
    printf("\nSTAGE OPTIONS\n    Under \"options\" in its line of pipeline.json.\n");
    for (size_t i = 0; i < stage_manual.count; i++) {
        const config_option_t *option = &stage_manual.options[i];
        const char *fallback = option->fallback != NULL ? option->fallback : "none";
        printf("    %s (default: %s)\n        %s\n", option->key, fallback, option->help);
    }
}

static int complain(const command_t *self, int status, const char *reason)
{
    fprintf(stderr, "nutgraf-%s: %s\n", self->program, reason);
    return status;
}

/* -1: go on; else the exit status. */
static int read_command(command_t *self, int argc, char **argv)
{
    static const struct option options[] = {
        {"filter", no_argument, NULL, 'f'},       {"stage", required_argument, NULL, 's'},
        {"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},      {0},
    };
    for (int word; (word = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (word) {
        case 'f':
            self->is_filter = true;
            break;
        case 's':
            self->stage = optarg;
            break;
        case 'c':
            self->config_dir = optarg;
            break;
        case 'h':
            print_help(self);
            return EXIT_SUCCESS;
        case 'v':
            printf("nutgraf-%s %s\n", self->program, stage_version);
            return EXIT_SUCCESS;
        default: /* getopt has said what is wrong */
            return complain(self, EXIT_USAGE, "try --help");
        }
    }
    if (optind < argc) {
        fprintf(stderr, "nutgraf-%s: \"%s\" is not understood; try --help\n", self->program,
                argv[optind]);
        return EXIT_USAGE;
    }
    return -1;
}

/* The stage's line in the pipeline, NULL with a fault if there is none. */
static const pipeline_stage_t *find_line(const command_t *self, const pipeline_t *pipeline,
                                         const char *path, const char *name, fault_t *fault)
{
    int at = pipeline_find(pipeline, name);
    if (at < 0) {
        fault_set(fault, FAULT_REJECT, "%s: there is no stage \"%s\"", path, name);
        return NULL;
    }
    const pipeline_stage_t *line = pipeline_at(pipeline, (size_t)at);
    if (strcmp(line->program, self->program) != 0) {
        fault_set(fault, FAULT_REJECT,
                  "%s: stage \"%s\" is served by nutgraf-%s, not nutgraf-%s", path, name,
                  line->program, self->program);
        return NULL;
    }
    return line;
}

/* A stage with the options of its line. A filter does without the file unless --config
 * named it, and without a line unless --stage did. */
static stage_t *make_stage(const command_t *self, const char *path, fault_t *fault)
{
    const char *name = self->stage != NULL ? self->stage : self->program;
    const json_t *options = NULL;
    pipeline_t *pipeline = NULL;
    stage_t *stage = NULL;

    if (!self->is_filter || self->config_dir != NULL || access(path, F_OK) == 0) {
        pipeline = pipeline_load(path, fault);
        if (pipeline == NULL) {
            return NULL;
        }
        bool is_needed = !self->is_filter || self->stage != NULL;
        if (is_needed || pipeline_find(pipeline, name) >= 0) {
            const pipeline_stage_t *line = find_line(self, pipeline, path, name, fault);
            if (line == NULL) {
                goto done;
            }
            options = line->options;
        }
    }
    stage = stage_new(name, self->program, options);
    if (stage == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for a stage");
    }
done:
    pipeline_destroy(&pipeline);
    return stage;
}

static int run_filter(const command_t *self, stage_t *stage)
{
    fault_t fault = {0};
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write, and is told */
    if (filter_run(stage, STDIN_FILENO, stdout, FILTER_LINE_MAX, &fault) != 0) {
        return complain(self, EXIT_FAILURE, fault.reason);
    }
    return EXIT_SUCCESS;
}

static int serve(const command_t *self, const char *config_dir, const char *path)
{
    fault_t fault = {0};
    stage_t *stage = make_stage(self, path, &fault);
    int status = EXIT_FAILURE;
    if (stage == NULL) {
        return complain(self, fault.kind == FAULT_REJECT ? EXIT_CONFIG : EXIT_FAILURE,
                        fault.reason);
    }
    if (stage_open(stage) != 0) {
        const fault_t *why = stage_fault(stage);
        status = complain(self, why->kind == FAULT_REJECT ? EXIT_CONFIG : EXIT_FAILURE,
                          why->reason);
    } else {
        status = self->is_filter ? run_filter(self, stage) : worker_run(stage, config_dir);
    }
    stage_close(stage);
    stage_destroy(&stage);
    return status;
}

/* "clean" of /usr/local/bin/nutgraf-clean, whatever link it was started by. */
static const char *find_program(char path[PATH_MAX], const char *called)
{
    static const char prefix[] = "nutgraf-";
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
    path[len < 0 ? 0 : len] = '\0';
    const char *slash = strrchr(len > 0 ? path : called, '/');
    const char *name = slash == NULL ? called : slash + 1;
    return strncmp(name, prefix, sizeof prefix - 1) == 0 ? name + sizeof prefix - 1 : name;
}

int main(int argc, char **argv)
{
    char self_path[PATH_MAX];
    char config_dir[PATH_MAX] = "";
    command_t self = {.program = find_program(self_path, argv[0])};
    fault_t fault = {0};
    int status = read_command(&self, argc, argv);
    if (status >= 0) {
        return status;
    }
    if (self.config_dir != NULL) {
        snprintf(config_dir, sizeof config_dir, "%s", self.config_dir);
    } else if (place_config(config_dir, sizeof config_dir, &fault) != 0 &&
               !self.is_filter) {
        return complain(&self, EXIT_CONFIG, fault.reason);
    }
    char *path = NULL;
    if (asprintf(&path, "%s/pipeline.json", config_dir) < 0) {
        return complain(&self, EXIT_FAILURE, "no memory to start");
    }
    status = serve(&self, config_dir, path);
    free(path);
    return status;
}
