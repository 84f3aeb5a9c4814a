/* Stopping: whether a signal asked to end. */
#ifndef CLIENT_STOPPING_H
#define CLIENT_STOPPING_H

#include <stdbool.h>

/* SIGINT, SIGTERM and SIGHUP set the flag, and waits end early. */
void stopping_catch(void);

bool stopping_is_asked(void);

#endif
