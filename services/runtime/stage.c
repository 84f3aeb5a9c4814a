#include "runtime/stage.h"

#include "runtime/place.h"
#include "runtime/stage_internal.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stage {
    char *name;
    char *program;
    json_t *options;
    void *state; /* the stage's own; stage_close frees it */
    char *model;
    fault_t fault;
    size_t batch;
    atomic_uint
        progress; /* this and is_ending apart, all belongs to the computing thread */
    atomic_bool is_ending;
};

/* What a stage may leave out. */
__attribute__((weak)) int stage_open(stage_t *self)
{
    (void)self;
    return 0;
}

__attribute__((weak)) void stage_process_batch(stage_t *self, stage_item_t *items,
                                               size_t count)
{
    for (size_t i = 0; i < count; i++) { /* who set a batch brings a function of his own */
        fault_set(&items[i].fault, FAULT_REJECT, "stage %s takes no batch", self->name);
    }
}

__attribute__((weak)) void stage_close(stage_t *self)
{
    (void)self;
}

__attribute__((weak)) const char *const stage_summary = "a stage of nutgraf";
__attribute__((weak)) const char *const stage_version = "0";
__attribute__((weak)) const stage_manual_t stage_manual = {NULL, 0};

stage_t *stage_new(const char *name, const char *program, const json_t *options)
{
    stage_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    atomic_init(&self->progress, 0);
    atomic_init(&self->is_ending, false);
    self->name = strdup(name);
    self->program = strdup(program);
    self->options = options == NULL ? json_object() : json_incref((json_t *)options);
    if (self->name == NULL || self->program == NULL || self->options == NULL) {
        stage_destroy(&self);
    }
    return self;
}

void stage_destroy(stage_t **self)
{
    stage_t *stage = *self;
    if (stage == NULL) {
        return;
    }
    *self = NULL;
    free(stage->name);
    free(stage->program);
    free(stage->model);
    json_decref(stage->options);
    free(stage);
}

article_t *stage_run(stage_t *self, const article_t *in)
{
    fault_clear(&self->fault);
    stage_progress(self);
    article_t *out = article_copy(in);
    if (out == NULL) {
        stage_retry(self, "no memory for a copy of %s", article_id(in));
        return NULL;
    }
    if (stage_process(self, in, out) != 0) {
        stage_retry(self, "stage %s failed and gave no reason", self->name);
        article_destroy(&out);
    }
    return out;
}

void stage_run_batch(stage_t *self, stage_item_t *items, size_t count)
{
    stage_progress(self);
    stage_process_batch(self, items, count);
}

const char *stage_name(const stage_t *self)
{
    return self->name;
}

const char *stage_program(const stage_t *self)
{
    return self->program;
}

const json_t *stage_options(const stage_t *self)
{
    return self->options;
}

void stage_set_state(stage_t *self, void *state)
{
    self->state = state;
}

void *stage_state(const stage_t *self)
{
    return self->state;
}

fault_t *stage_fault(stage_t *self)
{
    return &self->fault;
}

int stage_retry(stage_t *self, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fault_setv(&self->fault, FAULT_RETRY, format, args);
    va_end(args);
    return -1;
}

int stage_reject(stage_t *self, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fault_setv(&self->fault, FAULT_REJECT, format, args);
    va_end(args);
    return -1;
}

void stage_progress(stage_t *self)
{
    atomic_fetch_add_explicit(&self->progress, 1, memory_order_relaxed);
}

uint32_t stage_progress_count(const stage_t *self)
{
    return atomic_load_explicit(&self->progress, memory_order_relaxed);
}

void stage_set_batch(stage_t *self, size_t max)
{
    self->batch = max > 0 ? max : 1;
}

size_t stage_batch(const stage_t *self)
{
    return self->batch;
}

void stage_end(stage_t *self)
{
    atomic_store(&self->is_ending, true);
}

bool stage_is_ending(const stage_t *self)
{
    return atomic_load(&self->is_ending);
}

void stage_set_model(stage_t *self, const char *model)
{
    if (self->model != NULL && strcmp(self->model, model) == 0) {
        return;
    }
    free(self->model);
    self->model = strdup(model); /* without memory the trace goes without it */
}

const char *stage_model(const stage_t *self)
{
    return self->model;
}

/* The folder of a program's models: in a checkout services/<program>/model. */
static void find_models(const char *program, char folder[PATH_MAX])
{
    const char *given = getenv("NUTGRAF_MODELS");
    bool is_given = given != NULL && given[0] != '\0';
    char root[PATH_MAX];
    char own[PATH_MAX];
    snprintf(own, sizeof own, "services/%s", program);
    if (!is_given && place_folder(own, NULL, root, sizeof root, NULL) == 0) {
        snprintf(folder, PATH_MAX, "%.*s/model", PATH_MAX - 8, root);
        return;
    }
    if (place_folder("models", "NUTGRAF_MODELS", root, sizeof root, NULL) != 0) {
        strcpy(root, "models"); /* nowhere: let the fault of opening it tell */
    }
    snprintf(folder, PATH_MAX, "%.*s/%.*s", PATH_MAX / 2, root, PATH_MAX / 4, program);
}

char *stage_shared_model_path(const char *owner, const char *file)
{
    char folder[PATH_MAX];
    char *path = NULL;
    find_models(owner, folder);
    return asprintf(&path, "%s/%s", folder, file) < 0 ? NULL : path;
}

char *stage_model_path(const stage_t *self, const char *file)
{
    return stage_shared_model_path(self->program, file);
}
