/* Settings: what a summary shall be like, from the pipeline and from the article itself. */
#ifndef SUMMARISE_SETTINGS_H
#define SUMMARISE_SETTINGS_H

#include "proto/fault.h"
#include "summarise/pick.h"

#include <jansson.h>

/* The fields are the interface. */
typedef struct {
    budget_t budget;
    size_t keywords;
} settings_t;

/* Reads the options of the stage. env: "SUMMARISE" for NUTGRAF_SUMMARISE_SENTENCES. 0, or
 * -1 with a REJECT fault that names the place, the option and its value. */
int settings_read(settings_t *self, const json_t *options, const char *where,
                  const char *env, fault_t *fault);

/* The settings of one article: `base` with what its own options say (NULL: nothing). An
 * article that gives words or characters and no sentences gets as many as fit. */
int settings_for(settings_t *self, const settings_t *base, const json_t *options,
                 const char *where, fault_t *fault);

#endif
