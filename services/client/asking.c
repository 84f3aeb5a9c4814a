#include "client/asking.h"

#include "client/command.h"
#include "client/say.h"
#include "runtime/member.h"

#include <stdio.h>

int asking_open(asking_t *self)
{
    fault_t fault = {0};
    *self = (asking_t){0};
    if (settings_init(&self->settings, &fault) == 0 &&
        settings_keys(&self->settings, &fault) == 0) {
        self->admin =
            admin_new(self->settings.context, settings_endpoint(&self->settings, "admin"),
                      &self->settings.link, &fault);
    }
    if (self->admin == NULL) {
        say("%s", fault.reason);
        asking_close(self);
        return EXIT_CONFIG;
    }
    return EXIT_OK;
}

void asking_close(asking_t *self)
{
    admin_destroy(&self->admin);
    settings_close(&self->settings);
}

/* The broker's refusal, with the stage that was asked for. */
static void say_refusal(const json_t *question, const fault_t *fault)
{
    const char *stage = member_text(question, "stage", member_text(question, "from", NULL));
    if (stage != NULL && fault->kind == FAULT_REJECT) {
        say("%s: %s", stage, fault->reason);
    } else {
        say("%s", fault->reason);
    }
}

int asking_ask(asking_t *self, json_t *question, int64_t timeout_ms, json_t **answer)
{
    fault_t fault = {0};
    *answer = admin_ask(self->admin, json_incref(question), timeout_ms, &fault);
    if (*answer == NULL) {
        say_refusal(question, &fault);
    }
    json_decref(question);
    return *answer != NULL             ? EXIT_OK
           : fault.kind == FAULT_RETRY ? EXIT_NO_BROKER
                                       : EXIT_FAILED;
}

int asking_once(json_t *question, int64_t timeout_ms, json_t **answer)
{
    asking_t self;
    int status = asking_open(&self);
    *answer = NULL;
    if (status != EXIT_OK) {
        json_decref(question);
        return status;
    }
    status = asking_ask(&self, question, timeout_ms, answer);
    asking_close(&self);
    return status;
}

void asking_print(const json_t *value)
{
    json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    fputc('\n', stdout);
}
