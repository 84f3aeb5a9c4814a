/* Children: the processes that `nutgraf run` starts, restarts and stops. */
#ifndef CLIENT_CHILDREN_H
#define CLIENT_CHILDREN_H

#include "proto/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct children children_t;

enum { CHILDREN_MAX = 256 };

children_t *children_new(void); /* NULL: no memory */

/* Stops what still runs, as children_stop without patience. */
void children_destroy(children_t **self);

/* Starts a program; name is how notes call it ("tag 2"); argv as for execv, closed by NULL,
 * at most 7 words, all copied; log_path: a file that its output is appended to. It runs in
 * a process group of its own, reads /dev/null, and gets SIGTERM if this process dies. 0, or
 * -1 with a fault. */
int children_start(children_t *self, const char *name, const char *const *argv,
                   const char *log_path, fault_t *fault);

/* Hears of a child that ended by itself: what it was and what became of it. */
typedef void children_note_f(void *context, const char *name, const char *what);

/* Looks for children that ended, and starts them again, later each time. 0, or -1 with a
 * fault when one ends because of its usage or configuration (status 2, 3, 126, 127), or
 * many times in a row soon after its start. */
int children_tend(children_t *self, int64_t now_ms, children_note_f *note, void *context,
                  fault_t *fault);

/* Of the child whose end was children_tend's fault: its log_path, lent; NULL: there is
 * none. *is_misconfigured: it ended because of its usage or configuration. */
const char *children_lost(const children_t *self, bool *is_misconfigured);

/* SIGTERM to all, the last started first, so that the broker outlives the workers; SIGKILL
 * after patience_ms for each. */
void children_stop(children_t *self, int64_t patience_ms);

#endif
