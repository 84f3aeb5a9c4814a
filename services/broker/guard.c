#include "broker/guard.h"

#include "runtime/allow.h"
#include "runtime/log.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 1000 };

struct guard {
    allow_t *allow;
    int64_t looked_ms;
};

guard_t *guard_new(const char *allow_path, fault_t *fault)
{
    guard_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a guard", allow_path);
        return NULL;
    }
    self->allow = allow_load(allow_path, fault);
    if (self->allow == NULL) {
        guard_destroy(&self);
    }
    return self;
}

void guard_destroy(guard_t **self)
{
    if (*self != NULL) {
        allow_destroy(&(*self)->allow);
        free(*self);
        *self = NULL;
    }
}

static void look(guard_t *self, int64_t now_ms)
{
    fault_t fault = {0};
    int changed = allow_refresh(self->allow, &fault);
    self->looked_ms = now_ms;
    if (changed > 0) {
        log_event(LOG_INFO, "allow-list read again", "keys",
                  LOG_INT(allow_count(self->allow)), NULL);
    } else if (changed < 0) {
        log_event(LOG_ERROR, "allow-list not read, the old one holds", "reason",
                  LOG_TEXT(fault.reason), NULL);
    }
}

/* --- what a message asks for -----------------------------------------------------------
 */

static bool check_role(const allow_peer_t *peer, unsigned role, const char *what,
                       fault_t *fault)
{
    if (allow_has_role(peer, role)) {
        return true;
    }
    fault_set(fault, FAULT_REJECT, "%s: this key is not allowed the role %s", what,
              allow_role_name(role));
    return false;
}

static bool check_stage(const allow_peer_t *peer, const char *stage, const char *what,
                        fault_t *fault)
{
    if (allow_serves(peer, stage)) {
        return true;
    }
    fault_set(fault, FAULT_REJECT, "%s: this key is not allowed the stage \"%.100s\"", what,
              stage);
    return false;
}

/* What a HELLO claims; one that claims nothing known is the broker's to refuse. */
static bool check_hello(const allow_peer_t *peer, const envelope_t *message, fault_t *fault)
{
    json_t *body = json_loadb((const char *)blob_bytes(message->body),
                              blob_len(message->body), JSON_REJECT_DUPLICATES, NULL);
    const char *word = json_string_value(json_object_get(body, "role"));
    const char *stage = json_string_value(json_object_get(body, "stage"));
    unsigned role = word != NULL ? allow_role(word, strlen(word)) : 0;
    bool is_good = role == 0 || check_role(peer, role, "HELLO", fault);
    if (is_good && role == ALLOW_WORKER && stage != NULL) {
        is_good = check_stage(peer, stage, "HELLO", fault);
    }
    json_decref(body);
    return is_good;
}

static bool check(const guard_t *self, const guard_case_t *asked, fault_t *fault)
{
    const allow_peer_t *peer = allow_find(self->allow, asked->key);
    const char *what = envelope_type_name(asked->message->type);
    if (asked->message->type == ENVELOPE_BYE) {
        return true; /* who goes may go */
    }
    if (peer == NULL) {
        fault_set(fault, FAULT_REJECT, "%s: this key is not on the allow-list any more",
                  what);
        return false;
    }
    if (!check_role(peer, asked->door_role, what, fault)) {
        return false;
    }
    if (asked->message->type == ENVELOPE_HELLO) {
        return check_hello(peer, asked->message, fault);
    }
    if (asked->message->type == ENVELOPE_ADMIN) {
        return check_role(peer, ALLOW_CLIENT, what, fault);
    }
    return asked->stage == NULL || check_stage(peer, asked->stage, what, fault);
}

bool guard_admits(guard_t *self, int64_t now_ms, const guard_case_t *asked, fault_t *fault)
{
    fault_t why = {0};
    if (now_ms - self->looked_ms >= LOOK_MS) {
        look(self, now_ms);
    }
    if (check(self, asked, &why)) {
        return true;
    }
    look(self, now_ms); /* a line may just have been added */
    return check(self, asked, fault);
}
