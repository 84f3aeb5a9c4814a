#include "deliver/sink.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHERE_MAX = 64 };

static const sink_type_t *const types[] = {&sink_jsonl, &sink_webhook, &sink_elastic,
                                           &sink_s3};

struct sink {
    const sink_type_t *type;
    config_t *config;
    void *state; /* the type's own */
};

static const sink_type_t *type_named(const char *name)
{
    size_t i = 0;
    while (strcmp(types[i]->type, name) != 0) {
        i++;
        assert(i < sizeof types / sizeof types[0]); /* else SINK_TYPE_OPTION lacks one */
    }
    return types[i];
}

/* The type decides which other options there are, so it is read first and alone. */
static const sink_type_t *read_type(const json_t *options, const char *where,
                                    const char *stage, fault_t *fault)
{
    static const config_option_t type_option[] = {SINK_TYPE_OPTION};
    json_t *given = json_object_get(options, "type");
    json_t *alone = given != NULL ? json_pack("{sO}", "type", given) : NULL;
    config_t *config = config_from_json(alone, where, stage, type_option, 1, fault);
    const sink_type_t *type = NULL;
    if (config != NULL) {
        type = type_named(config_text(config, "type"));
    }
    config_destroy(&config);
    json_decref(alone);
    return type;
}

sink_t *sink_open(const json_t *options, const char *stage, fault_t *fault)
{
    char where[WHERE_MAX];
    snprintf(where, sizeof where, "stage \"%.40s\"", stage);
    const sink_type_t *type = read_type(options, where, stage, fault);
    if (type == NULL) {
        return NULL;
    }
    sink_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a sink", where);
        return NULL;
    }
    self->type = type;
    self->config =
        config_from_json(options, where, stage, type->options, type->option_count, fault);
    if (self->config != NULL) {
        self->state = type->open(self->config, fault);
    }
    if (self->state == NULL) {
        sink_destroy(&self);
    }
    return self;
}

void sink_destroy(sink_t **self)
{
    if (*self == NULL) {
        return;
    }
    if ((*self)->state != NULL) {
        (*self)->type->close((*self)->state);
    }
    config_destroy(&(*self)->config);
    free(*self);
    *self = NULL;
}

void sink_write(sink_t *self, stage_item_t *items, size_t count)
{
    self->type->write(self->state, items, count);
}

size_t sink_batch(const sink_t *self)
{
    return self->type->batch != NULL ? self->type->batch(self->state) : 1;
}

/* NULL: it is here. */
static remote_t *remote_of(const sink_t *self)
{
    return self->type->remote != NULL ? self->type->remote(self->state) : NULL;
}

void sink_set_watch(sink_t *self, const remote_watch_t *watch)
{
    remote_t *remote = remote_of(self);
    if (remote != NULL) {
        remote_set_watch(remote, watch);
    }
}

int64_t sink_wait_ms(const sink_t *self)
{
    const remote_t *remote = remote_of(self);
    return remote != NULL ? remote_wait_ms(remote) : 0;
}

bool sink_is_down(const sink_t *self)
{
    const remote_t *remote = remote_of(self);
    return remote != NULL && remote_is_down(remote);
}

bool sink_suspects_all(const sink_t *self)
{
    const remote_t *remote = remote_of(self);
    return remote != NULL && remote_suspects_all(remote);
}
