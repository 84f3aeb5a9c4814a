/* Feed: moves articles from an input into a session, and counts what becomes of them. */
#ifndef CLIENT_FEED_H
#define CLIENT_FEED_H

#include "client/input.h"
#include "runtime/session.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct feed feed_t;

/* Hears the id of each article that is safe with the broker; is_duplicate: it was before.
 */
typedef void feed_accepted_f(void *context, const char *id, bool is_duplicate);

/* Called before a note goes to standard error (a progress bar gives way); may be NULL. */
typedef void feed_note_f(void *context);

enum { FEED_PRIORITY_OWN = -1 }; /* as each article says, else the usual 1 */

/* Takes the input. NULL: no memory, and the input is the caller's still. */
feed_t *feed_new(input_t *input, int priority, feed_accepted_f *accepted, feed_note_f *note,
                 void *context);
void feed_destroy(feed_t **self);

/* For session_new: settled and its context, the feed. */
void feed_settled(void *self, const window_settled_t *settled);

/* Puts what the session has room for. What cannot be read or is refused is said on standard
 * error and counted. Returns after a while though there may be more. 0, or -1 with the
 * fault of session_step. */
int feed_step(feed_t *self, session_t *session, fault_t *fault);

bool feed_is_ended(const feed_t *self); /* everything has been read */
size_t feed_put(const feed_t *self);    /* handed to the session */
size_t feed_accepted(const feed_t *self);
size_t feed_duplicates(const feed_t *self);
size_t feed_refused(const feed_t *self); /* unreadable ones too */

/* How many there will be, as far as is known; 0: not known. */
size_t feed_total(const feed_t *self);

#endif
