/* Questions: asks the broker over its admin door (proto/PROTOCOL.md, Asking), many at once,
 * without waiting. */
#ifndef RUNTIME_QUESTIONS_H
#define RUNTIME_QUESTIONS_H

#include "runtime/link.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

typedef struct questions questions_t;

/* Hears one answer, lent. NULL: the fault is RETRY if none came in time, REJECT if the
 * broker says no. It may ask again from here. */
typedef void questions_answered_f(void *context, const json_t *answer,
                                  const fault_t *fault);

/* Connects in the background. NULL: a fault. */
questions_t *questions_new(link_context_t *context, const char *endpoint,
                           const link_options_t *options, fault_t *fault);

/* Nobody hears of what is still open. */
void questions_destroy(questions_t **self);

/* Takes the question in every case. 0, or -1: no memory, and `answered` is not called. */
int questions_ask(questions_t *self, json_t *question, int64_t timeout_ms,
                  questions_answered_f *answered, void *context);

/* Sends what can be sent, hears what is there, gives up what is late; never waits. 0, or -1
 * with a fault when the broker's messages cannot be read. */
int questions_step(questions_t *self, fault_t *fault);

/* How many are open, and how long the broker has not answered though some are, ms. */
size_t questions_count(const questions_t *self);
int64_t questions_silent_ms(const questions_t *self);

/* To wait on with others, lent; questions_step then hears. */
link_t *questions_link(const questions_t *self);

#endif
