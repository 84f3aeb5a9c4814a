/* The questions of the admin door that are about single jobs (admin_jobs.c,
 * admin_results.c). */
#ifndef BROKER_ADMIN_QUESTIONS_H
#define BROKER_ADMIN_QUESTIONS_H

#include "broker/broker_internal.h"

#include <jansson.h>

/* Answers as the caller's own JSON, or NULL with *error, a constant text. */
typedef json_t *(*question_fn)(broker_t *self, const json_t *body, const char **error);

json_t *ask_journey(broker_t *self, const json_t *body, const char **error);
json_t *ask_article(broker_t *self, const json_t *body, const char **error);
json_t *ask_dead_letters(broker_t *self, const json_t *body, const char **error);
json_t *ask_dead_letter(broker_t *self, const json_t *body, const char **error);
json_t *ask_retry(broker_t *self, const json_t *body, const char **error);
json_t *ask_drop(broker_t *self, const json_t *body, const char **error);
json_t *ask_results(broker_t *self, const json_t *body, const char **error);
json_t *ask_cancel(broker_t *self, const json_t *body, const char **error);
json_t *ask_reprocess(broker_t *self, const json_t *body, const char **error);

/* The article of a job as it stands, or null when it cannot be read. */
json_t *admin_body(broker_t *self, const job_t *job);

/* The place of the stage that body names under `key`; ADMIN_NO_STAGE: it names none;
 * ADMIN_BAD_STAGE: there is none of that name. */
enum { ADMIN_NO_STAGE = -1, ADMIN_BAD_STAGE = -2 };
int admin_stage(const broker_t *self, const json_t *body, const char *key);

#endif
