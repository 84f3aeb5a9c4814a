/* Environment: tells of variables that nobody reads, which are mostly typing errors. */
#ifndef RUNTIME_ENVIRONMENT_H
#define RUNTIME_ENVIRONMENT_H

#include "runtime/config.h"
#include "runtime/pipeline.h"

/* A set of options that variables NUTGRAF_<PREFIX>_<KEY> can set. */
typedef struct {
    const char *prefix;
    const config_option_t *options;
    size_t count;
} environment_set_t;

enum { ENVIRONMENT_NAME_MAX = 128 };

/* Whether NUTGRAF_… is read by somebody, as far as a program can know that has these sets:
 * what begins with the prefix of a stage that is in none of them is that stage's own
 * affair. If not, nearest is the known name that is most like it. */
bool environment_knows(const char *name, const environment_set_t *sets, size_t count,
                       const pipeline_t *route, char nearest[ENVIRONMENT_NAME_MAX]);

/* Logs a warning for each variable of this process that is not known. */
void environment_check(const environment_set_t *sets, size_t count,
                       const pipeline_t *route);

#endif
