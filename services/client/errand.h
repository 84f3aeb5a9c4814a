/* Errand: runs a program from a file into a file, and waits for it. */
#ifndef CLIENT_ERRAND_H
#define CLIENT_ERRAND_H

#include <stddef.h>
#include <stdint.h>

enum { ERRAND_SAID_MAX = 400 };

typedef struct {
    int status;                 /* its exit status; -1: it did not end by itself */
    double seconds;             /* how long it ran */
    char said[ERRAND_SAID_MAX]; /* the last line it wrote to standard error */
} errand_t;

/* argv: as for execv. in, out: paths; NULL: /dev/null. It is killed after timeout_ms, or
 * when stopping is asked. 0, or -1: it could not be started, errno. */
int errand_run(errand_t *self, const char *const *argv, const char *in, const char *out,
               int64_t timeout_ms);

#endif
