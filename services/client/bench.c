/* nutgraf bench: how many articles a second this machine does. */
#include "client/asking.h"
#include "client/command.h"
#include "client/errand.h"
#include "client/input.h"
#include "client/say.h"
#include "client/stopping.h"
#include "client/terminal.h"
#include "runtime/place.h"
#include "runtime/settings.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP_MS = 600000, PATH_ROOM = PATH_MAX + 64 };

typedef struct {
    bool is_json;
    int64_t articles;
    settings_t settings;
    pipeline_t *pipeline;
    char folder[PATH_MAX], programs[PATH_MAX];
    size_t count; /* articles in the file */
} bench_t;

/* --- articles ------------------------------------------------------------------------- */

static int write_one(FILE *out, article_t *article, size_t number, fault_t *fault)
{
    char id[32];
    size_t len = 0;
    snprintf(id, sizeof id, "bench-%zu", number);
    if (article_set_id(article, id, fault) != 0) {
        return -1;
    }
    char *line = article_write(article, &len);
    int rc = line != NULL && fprintf(out, "%s\n", line) > 0 ? 0 : -1;
    free(line);
    return rc;
}

/* One reading of the input; how many were written, -1: a fault. */
static int write_round(bench_t *self, const char *path, FILE *out, fault_t *fault)
{
    int written = 0;
    input_t *input =
        input_open(path, INPUT_IDS_PATH, settings_body_max(&self->settings), fault);
    if (input == NULL) {
        return -1;
    }
    while (self->count < (size_t)self->articles && !stopping_is_asked()) {
        article_t *article = NULL;
        fault_t unread = {0};
        input_outcome_t got = input_next(input, &article, &unread);
        if (got == INPUT_END) {
            break;
        }
        if (got == INPUT_DONE && write_one(out, article, self->count, fault) == 0) {
            written++;
            self->count++;
        }
        article_destroy(&article);
    }
    input_destroy(&input);
    return written;
}

/* The input again and again, each time with other ids, up to self->articles. */
static int write_articles(bench_t *self, const char *path, const char *to, fault_t *fault)
{
    FILE *out = fopen(to, "w");
    int written = 1;
    if (out == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: %s", to, strerror(errno));
        return -1;
    }
    while (written > 0 && self->count < (size_t)self->articles &&
           (strcmp(path, "-") != 0 || self->count == 0)) {
        written = write_round(self, path, out, fault);
    }
    if (fclose(out) != 0 || written < 0 || self->count == 0) {
        fault_set(fault, FAULT_RETRY, "%s: no article could be read of it", path);
        return -1;
    }
    return 0;
}

/* --- measuring ------------------------------------------------------------------------ */

static void print_head(const bench_t *self)
{
    if (!self->is_json) {
        printf("%zu articles\n%-20s %10s %12s\n", self->count, "", "seconds", "articles/s");
    }
}

static void print_row(const bench_t *self, const char *name, double seconds)
{
    double rate = seconds > 0 ? (double)self->count / seconds : 0;
    if (self->is_json) {
        json_t *line = json_pack("{s:s, s:I, s:f, s:f}", "step", name, "articles",
                                 (json_int_t)self->count, "seconds", seconds, "rate", rate);
        asking_print(line);
        json_decref(line);
    } else {
        printf("%-20s %10.2f %12.1f\n", name, seconds, rate);
    }
    fflush(stdout);
}

/* A program with the files it reads and writes; prints how long it took. 0, or -1: said. */
static int measure(const bench_t *self, const char *name, const char *const *argv,
                   const char *in, const char *out)
{
    errand_t errand;
    if (errand_run(&errand, argv, in, out, STEP_MS) != 0) {
        say("%s: %s", argv[0], strerror(errno));
        return -1;
    }
    /* 1: some articles did not pass, which is no matter here */
    if (errand.status != 0 && errand.status != 1) {
        say("%s: status %d: %s", argv[0], errand.status, errand.said);
        return -1;
    }
    print_row(self, name, errand.seconds);
    return 0;
}

static int measure_stages(const bench_t *self)
{
    char in[PATH_ROOM], out[PATH_ROOM], program[PATH_ROOM];
    snprintf(in, sizeof in, "%s/0.jsonl", self->folder);
    for (size_t i = 0; i < pipeline_count(self->pipeline); i++) {
        const pipeline_stage_t *stage = pipeline_at(self->pipeline, i);
        if (stage->is_sink || strcmp(stage->program, "fetch") == 0) {
            continue; /* what they take depends on others */
        }
        snprintf(program, sizeof program, "%s/nutgraf-%s", self->programs, stage->program);
        snprintf(out, sizeof out, "%s/%zu.jsonl", self->folder, i + 1);
        const char *const argv[] = {program,     "--filter", "--stage",
                                    stage->name, "--config", self->settings.folder,
                                    NULL};
        if (measure(self, stage->name, argv, in, out) != 0) {
            return -1;
        }
        snprintf(in, sizeof in, "%s", out);
    }
    return 0;
}

static int measure_all(const bench_t *self)
{
    char program[PATH_ROOM], in[PATH_ROOM];
    snprintf(program, sizeof program, "%s/nutgraf", self->programs);
    snprintf(in, sizeof in, "%s/0.jsonl", self->folder);
    const char *const argv[] = {program, "run", "--json", in, NULL};
    return measure(self, "all, by a broker", argv, NULL, NULL);
}

static void remove_files(const bench_t *self)
{
    char path[PATH_ROOM];
    for (size_t i = 0; i <= PIPELINE_STAGES_MAX; i++) {
        snprintf(path, sizeof path, "%s/%zu.jsonl", self->folder, i);
        unlink(path);
    }
    rmdir(self->folder);
}

static int carry_out(bench_t *self, const char *path)
{
    char articles[PATH_ROOM];
    fault_t fault = {0};
    const char *parent = getenv("TMPDIR");
    snprintf(self->folder, sizeof self->folder, "%s/nutgraf-bench-XXXXXX",
             parent != NULL && *parent != '\0' ? parent : "/tmp");
    if (mkdtemp(self->folder) == NULL) {
        say("%s: %s", self->folder, strerror(errno));
        return EXIT_FAILED;
    }
    snprintf(articles, sizeof articles, "%s/0.jsonl", self->folder);
    int status = EXIT_FAILED;
    if (write_articles(self, path, articles, &fault) != 0) {
        say("%s", fault.reason);
    } else {
        print_head(self);
        status =
            measure_stages(self) == 0 && measure_all(self) == 0 ? EXIT_OK : EXIT_FAILED;
    }
    remove_files(self);
    return stopping_is_asked() ? EXIT_INTERRUPTED : status;
}

int bench_main(int argc, char **argv)
{
    bench_t self = {.articles = 1000};
    char samples[PATH_MAX];
    fault_t fault = {0};
    int status;
    const option_t options[] = {
        {"articles", 'n', OPTION_NUMBER, "N", "how many; usual: 1000", &self.articles, 1,
         10000000},
        {"json", 'j', OPTION_FLAG, NULL,
         "a line of JSON a step: {\"step\", \"articles\", \"seconds\", \"rate\"}",
         &self.is_json, 0, 0},
    };
    int count = command_options("bench", options, sizeof options / sizeof options[0], argc,
                                argv, &status);
    if (count < 0) {
        return status;
    }
    if (count > 1) {
        return command_usage("bench", "needs one input at most, not %d", count);
    }
    if (count == 0 &&
        place_folder("tests/samples", NULL, samples, sizeof samples, &fault) != 0) {
        return command_usage("bench", "there are no sample pages here; name an input");
    }
    stopping_catch();
    if (settings_init(&self.settings, &fault) != 0 ||
        (self.pipeline = settings_pipeline(&self.settings, &fault)) == NULL ||
        place_programs(self.programs, sizeof self.programs, &fault) != 0) {
        say("%s", fault.reason);
        status = EXIT_CONFIG;
    } else {
        status = carry_out(&self, count == 1 ? argv[1] : samples);
    }
    pipeline_destroy(&self.pipeline);
    settings_close(&self.settings);
    return status;
}
