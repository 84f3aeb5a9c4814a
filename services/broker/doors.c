#include "broker/doors.h"

#include "broker/guard.h"
#include "runtime/allow.h"
#include "runtime/broker_options.h"
#include "runtime/log.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *key; /* of config/broker.json */
    unsigned role;   /* of those who pass */
} kinds[DOORS] = {
    [DOOR_INGEST] = {"ingest", ALLOW_SUBMITTER},
    [DOOR_WORK] = {"work", ALLOW_WORKER},
    [DOOR_ADMIN] = {"admin", ALLOW_CLIENT},
};

struct doors {
    link_context_t *context;
    link_t *links[DOORS];
    guard_t *guard; /* NULL: no door is encrypted */
};

static int open_guard(doors_t *self, const config_t *options, fault_t *fault)
{
    const char *path = config_text(options, "allow");
    self->guard = guard_new(path, fault);
    return self->guard != NULL ? link_context_admit(self->context, path, fault) : -1;
}

static int open_door(doors_t *self, int door, const char *endpoint,
                     const link_options_t *how, fault_t *fault)
{
    link_t *link = link_bind(self->context, endpoint, how, fault);
    self->links[door] = link;
    if (link == NULL) {
        return -1;
    }
    log_event(LOG_INFO, "door open", "door", LOG_TEXT(kinds[door].key), "endpoint",
              LOG_TEXT(link_endpoint(link)), "security",
              LOG_TEXT(link_is_encrypted(link) ? "curve" : "none"), NULL);
    return 0;
}

static int open_all(doors_t *self, const config_t *options, fault_t *fault)
{
    link_options_t how;
    int rc = broker_options_bind(options, &how, fault);
    self->context = rc == 0 ? link_context_new(fault) : NULL;
    rc = self->context != NULL ? 0 : -1;
    if (rc == 0 && how.secret_key[0] != '\0') {
        rc = open_guard(self, options, fault);
    }
    for (int i = 0; rc == 0 && i < DOORS; i++) {
        rc = open_door(self, i, config_text(options, kinds[i].key), &how, fault);
    }
    explicit_bzero(&how, sizeof how);
    return rc;
}

doors_t *doors_open(const config_t *options, fault_t *fault)
{
    doors_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for the doors");
    } else if (open_all(self, options, fault) != 0) {
        doors_destroy(&self);
    }
    return self;
}

void doors_destroy(doors_t **self)
{
    if (*self == NULL) {
        return;
    }
    for (int i = 0; i < DOORS; i++) {
        link_destroy(&(*self)->links[i]);
    }
    link_context_destroy(&(*self)->context);
    guard_destroy(&(*self)->guard);
    free(*self);
    *self = NULL;
}

bool doors_send(doors_t *self, uint64_t peer, const envelope_t *message)
{
    link_t *link = self->links[(peer >> 32) - 1];
    return link_send(link, (uint32_t)peer, message) == LINK_DONE;
}

link_outcome_t doors_receive(doors_t *self, int door, uint64_t *peer, envelope_t *out,
                             fault_t *fault)
{
    uint32_t number = 0;
    link_outcome_t outcome = link_receive(self->links[door], &number, out, fault);
    *peer = number == 0 ? 0 : (uint64_t)(door + 1) << 32 | number;
    return outcome;
}

bool doors_admit(doors_t *self, int door, int64_t now_ms, const char *stage,
                 const envelope_t *message, fault_t *fault)
{
    const link_t *link = self->links[door];
    if (!link_is_encrypted(link)) {
        return true;
    }
    const guard_case_t asked = {.key = link_user(link),
                                .door_role = kinds[door].role,
                                .stage = stage,
                                .message = message};
    return guard_admits(self->guard, now_ms, &asked, fault);
}

int doors_wait(doors_t *self, int fd, int64_t timeout_ms, bool ready[DOORS + 1])
{
    return link_wait(self->links, DOORS, &fd, 1, timeout_ms, ready);
}
