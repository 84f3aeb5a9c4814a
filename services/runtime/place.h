/* Place: where the files beside the running program are. */
#ifndef RUNTIME_PLACE_H
#define RUNTIME_PLACE_H

#include "proto/fault.h"

#include <stddef.h>

/* The folder of the running program: build/bin of a checkout, /usr/local/bin. 0, or -1 with
 * a REJECT fault when it does not fit in `size`. */
int place_programs(char *out, size_t size, fault_t *fault);

/* The folder `name` ("config", "models", "tests/samples") of the checkout or installation
 * the program runs from: the nearest <parent>/<name> or <parent>/share/nutgraf/<name> going
 * up from the program. variable: an environment variable that, if set, names the folder
 * instead (NULL: none). 0, or -1 with a REJECT fault that says where it was looked for. */
int place_folder(const char *name, const char *variable, char *out, size_t size,
                 fault_t *fault);

/* config/: NUTGRAF_CONFIG names another. */
int place_config(char *out, size_t size, fault_t *fault);

#endif
