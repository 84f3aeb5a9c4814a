#include "runtime/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

enum { WHERE_MAX = 320 }; /* bytes: a path and a stage, as faults call them */

/* `name` is CONFIG_JSON so that NUTGRAF_<NAME>_NAME cannot rename a queue. */
static const config_option_t stage_options_table[] = {
    {.key = "name", .type = CONFIG_JSON, .help = "the queue"},
    {.key = "program",
     .type = CONFIG_TEXT,
     .fallback = "",
     .help = "nutgraf-<program> serves it; empty: the name"},
    {.key = "sink",
     .type = CONFIG_BOOL,
     .fallback = "false",
     .help = "gets a copy of each finished article"},
    {"lease_ms", CONFIG_INT, "30000", 1, 86400000, NULL,
     "ms of work without progress until another worker gets the article"},
    {"lease_max_ms", CONFIG_INT, "600000", 1, 86400000, NULL,
     "ms of work with progress until another worker gets the article"},
    {"attempts", CONFIG_INT, "5", 1, PIPELINE_ATTEMPTS_MAX, NULL,
     "failures until the article is buried"},
    {"backoff_ms", CONFIG_INT, "500", 1, 86400000, NULL,
     "ms to wait after the first failure; doubles each time"},
    {"backoff_max_ms", CONFIG_INT, "60000", 1, 86400000, NULL, "ms, the longest wait"},
    {"workers", CONFIG_INT, "1", 0, 256, NULL, "processes that `nutgraf run` starts"},
    {.key = "options", .type = CONFIG_JSON, .help = "for the stage's own code"},
};

/* What one line of the file owns; pipeline_stage_t lends from it. */
typedef struct {
    config_t *config;
    json_t *no_options; /* stands in where the line has none */
    pipeline_stage_t stage;
} line_t;

struct pipeline {
    json_t *root; /* owns the names and the options */
    size_t count;
    line_t lines[PIPELINE_STAGES_MAX];
};

static bool is_name(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return len > 0 && len <= PIPELINE_NAME_MAX && text[len] == '\0' && text[0] != '-';
}

static int check_name(const char *place, const char *name, fault_t *fault)
{
    if (is_name(name)) {
        return 0;
    }
    fault_set(fault, FAULT_REJECT,
              "%s is \"%.80s\", needs 1 to %d lower-case letters, digits or '-', the first "
              "not '-'",
              place, name, PIPELINE_NAME_MAX);
    return -1;
}

/* --- one stage ------------------------------------------------------------------------ */

static int check_order(const char *where, const char *small_key, int64_t small,
                       const char *large_key, int64_t large, fault_t *fault)
{
    if (small <= large) {
        return 0;
    }
    fault_set(fault, FAULT_REJECT, "%s: %s is %lld, needs %s (%lld) or more", where,
              large_key, (long long)large, small_key, (long long)small);
    return -1;
}

static int check_stage(const char *where, const pipeline_stage_t *stage, fault_t *fault)
{
    char place[WHERE_MAX + 16];
    snprintf(place, sizeof place, "%s: program", where);
    if (check_name(place, stage->program, fault) != 0 ||
        check_order(where, "lease_ms", stage->lease_ms, "lease_max_ms", stage->lease_max_ms,
                    fault) != 0 ||
        check_order(where, "backoff_ms", stage->backoff_ms, "backoff_max_ms",
                    stage->backoff_max_ms, fault) != 0) {
        return -1;
    }
    if (!json_is_object(stage->options)) {
        fault_set(fault, FAULT_REJECT, "%s: options is no object", where);
        return -1;
    }
    return 0;
}

static void fill_stage(line_t *line, const char *name)
{
    const config_t *config = line->config;
    const char *program = config_text(config, "program");
    const json_t *options = config_json(config, "options");
    line->stage = (pipeline_stage_t){
        .name = name,
        .program = *program != '\0' ? program : name,
        .is_sink = config_bool(config, "sink"),
        .lease_ms = config_int(config, "lease_ms"),
        .lease_max_ms = config_int(config, "lease_max_ms"),
        .attempts = config_int(config, "attempts"),
        .backoff_ms = config_int(config, "backoff_ms"),
        .backoff_max_ms = config_int(config, "backoff_max_ms"),
        .workers = config_int(config, "workers"),
        .options = options != NULL ? options : line->no_options,
    };
}

/* The name of stage number i, checked: it tells the place of every other fault. */
static const char *read_name(const char *path, size_t i, const json_t *object,
                             fault_t *fault)
{
    char place[WHERE_MAX];
    const json_t *name = json_object_get(object, "name");
    if (!json_is_object(object) || !json_is_string(name)) {
        fault_set(fault, FAULT_REJECT, "%s: stage number %zu has no name", path, i + 1);
        return NULL;
    }
    snprintf(place, sizeof place, "%.280s: stage number %zu: name", path, i + 1);
    const char *text = json_string_value(name);
    return check_name(place, text, fault) == 0 ? text : NULL;
}

static int read_stage(line_t *line, const char *path, size_t i, const json_t *object,
                      fault_t *fault)
{
    char where[WHERE_MAX];
    const char *name = read_name(path, i, object, fault);
    if (name == NULL) {
        return -1;
    }
    snprintf(where, sizeof where, "%.270s: stage \"%s\"", path, name);
    line->no_options = json_object();
    if (line->no_options == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory", where);
        return -1;
    }
    line->config = config_from_json(object, where, name, stage_options_table,
                                    COUNT_OF(stage_options_table), fault);
    if (line->config == NULL) {
        return -1;
    }
    fill_stage(line, name);
    return check_stage(where, &line->stage, fault);
}

/* --- the route ------------------------------------------------------------------------ */

static int check_place(const pipeline_t *self, const char *path, fault_t *fault)
{
    const pipeline_stage_t *stage = &self->lines[self->count].stage;
    bool is_after_sink = self->count > 0 && self->lines[self->count - 1].stage.is_sink;
    if (pipeline_find(self, stage->name) >= 0) {
        fault_set(fault, FAULT_REJECT, "%s: stage \"%s\" is there twice", path,
                  stage->name);
    } else if (stage->is_sink && self->count == 0) {
        fault_set(fault, FAULT_REJECT,
                  "%s: stage \"%s\" is a sink, the first needs to be none", path,
                  stage->name);
    } else if (!stage->is_sink && is_after_sink) {
        fault_set(fault, FAULT_REJECT, "%s: stage \"%s\" stands after sink \"%s\"", path,
                  stage->name, self->lines[self->count - 1].stage.name);
    } else {
        return 0;
    }
    return -1;
}

static int read_stages(pipeline_t *self, const char *path, const json_t *stages,
                       fault_t *fault)
{
    size_t count = json_array_size(stages);
    if (count == 0 || count > PIPELINE_STAGES_MAX) {
        fault_set(fault, FAULT_REJECT, "%s: stages needs a list of 1 to %d stages", path,
                  PIPELINE_STAGES_MAX);
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (read_stage(&self->lines[i], path, i, json_array_get(stages, i), fault) != 0 ||
            check_place(self, path, fault) != 0) {
            return -1;
        }
        self->count++;
    }
    return 0;
}

static int read_root(pipeline_t *self, const char *path, fault_t *fault)
{
    static const config_option_t options[] = {{.key = "stages", .type = CONFIG_JSON}};
    config_t *config = config_from_json(self->root, path, NULL, options, 1, fault);
    if (config == NULL) {
        return -1;
    }
    int rc = read_stages(self, path, config_json(config, "stages"), fault);
    config_destroy(&config);
    return rc;
}

pipeline_t *pipeline_load(const char *path, fault_t *fault)
{
    pipeline_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a pipeline", path);
        return NULL;
    }
    self->root = config_read_file(path, fault);
    if (self->root == NULL || read_root(self, path, fault) != 0) {
        pipeline_destroy(&self);
    }
    return self;
}

void pipeline_destroy(pipeline_t **self)
{
    if (*self == NULL) {
        return;
    }
    for (size_t i = 0; i < PIPELINE_STAGES_MAX; i++) {
        config_destroy(&(*self)->lines[i].config);
        json_decref((*self)->lines[i].no_options);
    }
    json_decref((*self)->root);
    free(*self);
    *self = NULL;
}

const config_option_t *pipeline_options(size_t *count)
{
    *count = COUNT_OF(stage_options_table);
    return stage_options_table;
}

size_t pipeline_count(const pipeline_t *self)
{
    return self->count;
}

const pipeline_stage_t *pipeline_at(const pipeline_t *self, size_t i)
{
    return &self->lines[i].stage;
}

bool pipeline_has_program(const pipeline_t *self, const char *program)
{
    for (size_t i = 0; i < pipeline_count(self); i++) {
        if (strcmp(pipeline_at(self, i)->program, program) == 0) {
            return true;
        }
    }
    return false;
}

int pipeline_find(const pipeline_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->lines[i].stage.name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}
