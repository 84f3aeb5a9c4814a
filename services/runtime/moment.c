#include "runtime/moment.h"

#include <time.h>

int64_t moment_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void moment_iso(char out[MOMENT_ISO_MAX])
{
    time_t now = time(NULL);
    struct tm parts;
    strftime(out, MOMENT_ISO_MAX, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
}
