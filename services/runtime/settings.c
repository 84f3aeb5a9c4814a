#include "runtime/settings.h"

#include "runtime/broker_options.h"
#include "runtime/place.h"

#include <stdio.h>
#include <string.h>

int settings_init(settings_t *self, fault_t *fault)
{
    *self = (settings_t){0};
    if (place_config(self->folder, sizeof self->folder, fault) != 0) {
        return -1;
    }
    self->broker = broker_options_load(self->folder, fault);
    if (self->broker == NULL) {
        return -1;
    }
    self->context = link_context_new(fault);
    if (self->context == NULL) {
        settings_close(self);
        return -1;
    }
    return 0;
}

int settings_keys(settings_t *self, fault_t *fault)
{
    return broker_options_connect(self->broker, &self->link, fault);
}

void settings_close(settings_t *self)
{
    explicit_bzero(&self->link, sizeof self->link);
    link_context_destroy(&self->context);
    config_destroy(&self->broker);
}

const char *settings_endpoint(const settings_t *self, const char *door)
{
    return config_text(self->broker, door);
}

pipeline_t *settings_pipeline(const settings_t *self, fault_t *fault)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/pipeline.json", self->folder);
    return pipeline_load(path, fault);
}

size_t settings_body_max(const settings_t *self)
{
    return (size_t)config_int(self->broker, "body_max_mb") << 20;
}
