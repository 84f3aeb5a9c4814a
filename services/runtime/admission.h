/* Admission: what the route can do with a submission, so that the door refuses what no
 * stage would do. */
#ifndef RUNTIME_ADMISSION_H
#define RUNTIME_ADMISSION_H

#include "proto/article.h"
#include "proto/fault.h"
#include "runtime/pipeline.h"

/* 0, or -1 with a REJECT fault: the article is a url alone and the route does not fetch, or
 * its options name no stage's program, which is what stages read them by (what they say is
 * the stage's to check).
 * route: NULL if it cannot be read, which is the broker's to complain of; then all options
 * are let in. */
int admission_check(const pipeline_t *route, const article_t *article, fault_t *fault);

#endif
