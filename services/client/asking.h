/* Asking: one question to the broker, for commands that do no more. */
#ifndef CLIENT_ASKING_H
#define CLIENT_ASKING_H

#include "client/admin.h"
#include "runtime/settings.h"

typedef struct {
    settings_t settings;
    admin_t *admin;
} asking_t;

/* Reads the configuration and connects. EXIT_OK, or the status to end with: it was said. */
int asking_open(asking_t *self);
void asking_close(asking_t *self);

/* Takes the question. EXIT_OK, and the caller owns *answer; else it was said what is wrong.
 */
int asking_ask(asking_t *self, json_t *question, int64_t timeout_ms, json_t **answer);

/* Opens, asks once, closes. */
int asking_once(json_t *question, int64_t timeout_ms, json_t **answer);

/* Prints JSON on standard output, one line. */
void asking_print(const json_t *value);

#endif
