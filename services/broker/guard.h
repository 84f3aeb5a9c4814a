/* Guard: whether a peer's key allows what its message does, by the allow-list. */
#ifndef BROKER_GUARD_H
#define BROKER_GUARD_H

#include "proto/envelope.h"
#include "proto/fault.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct guard guard_t;

/* allow_path: a file as in runtime/allow.h. NULL: a fault that names file and line. */
guard_t *guard_new(const char *allow_path, fault_t *fault);
void guard_destroy(guard_t **self);

typedef struct {
    const char *key;    /* of the sender */
    unsigned door_role; /* that the door asks for: ALLOW_SUBMITTER … */
    const char *stage;  /* that the sender serves since its HELLO, or NULL */
    const envelope_t *message;
} guard_case_t;

/* Every message but BYE needs a listed key with the door's role; HELLO, also the role and
 * the stage that it claims; ADMIN, the role of a client; a worker, at each message, its
 * stage. False: a fault that tells the sender what its key lacks. Looks once a second
 * whether the file changed, and before each no: a change holds for those who are connected,
 * too. */
bool guard_admits(guard_t *self, int64_t now_ms, const guard_case_t *asked, fault_t *fault);

#endif
