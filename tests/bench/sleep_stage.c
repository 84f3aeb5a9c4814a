/* A stage that only waits, so that what is measured beside it is the broker. */
#include "runtime/stage.h"

#include <time.h>

enum { SLEEP_MS = 50 };

int stage_process(stage_t *self, const article_t *in, article_t *out)
{
    const struct timespec pause = {0, SLEEP_MS * 1000000L};
    (void)in;
    (void)out;
    (void)self;
    nanosleep(&pause, NULL);
    return 0;
}
