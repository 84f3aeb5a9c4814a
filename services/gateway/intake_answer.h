/* Intake, answering: what became of the articles of a POST. */
#ifndef GATEWAY_INTAKE_ANSWER_H
#define GATEWAY_INTAKE_ANSWER_H

#include "gateway/intake_read.h"

/* All that was put is settled. One article: 202, or its problem. Lines: 202 if all were
 * taken, 207 if some were, else 422 or 429; each item says what became of it. */
void intake_answer(intake_t *self);

/* The broker did not confirm in time. */
void intake_answer_late(intake_t *self);

#endif
