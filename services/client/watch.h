/* Watch: a drop folder; what is put into it is submitted and moved away. */
#ifndef CLIENT_WATCH_H
#define CLIENT_WATCH_H

#include "client/feed.h"
#include "runtime/settings.h"

#include <stdint.h>

typedef struct {
    settings_t *settings; /* with its keys */
    const char *folder;
    int priority;            /* as in feed_new */
    const pipeline_t *route; /* as in admission_check */
    feed_accepted_f *accepted;
    void *context;
} watch_options_t;

/* Looks into the folder until a signal asks to end. A file there that `nutgraf submit`
 * reads, whose name does not begin with a dot, and that nobody has written to for a second,
 * is submitted; when all of it is confirmed it moves to done/, if something in it could not
 * be read or was refused, to failed/. What is not confirmed stays and is submitted again.
 * Returns the exit status. */
int watch_run(const watch_options_t *options);

#endif
