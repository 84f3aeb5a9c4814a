#include "runtime/crash.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KILLED = 137 }; /* what a shell reports for SIGKILL */

/* Global, though the style forbids it: steps lie deep in modules that nobody would hand a
 * testing aid to. Read once, then constant. */
static struct {
    pthread_once_t once;
    const char *step; /* NULL: never */
    size_t step_len;
    atomic_long left;
} crash = {.once = PTHREAD_ONCE_INIT};

static void read_environment(void)
{
    crash.step = getenv("NUTGRAF_CRASH_AT");
    if (crash.step == NULL) {
        return;
    }
    crash.step_len = strcspn(crash.step, ":");
    bool has_count = crash.step[crash.step_len] == ':';
    atomic_store(&crash.left, has_count ? atol(crash.step + crash.step_len + 1) : 1);
}

void crash_point(const char *step)
{
    pthread_once(&crash.once, read_environment);
    if (crash.step == NULL || strlen(step) != crash.step_len ||
        strncmp(step, crash.step, crash.step_len) != 0) {
        return;
    }
    if (atomic_fetch_sub(&crash.left, 1) == 1) {
        _exit(KILLED);
    }
}
