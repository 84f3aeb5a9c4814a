/* Alive: a file whose age tells others on this machine that a worker is well. The variable
 * NUTGRAF_ALIVE names it; without it nothing happens. */
#ifndef RUNTIME_ALIVE_H
#define RUNTIME_ALIVE_H

#include <stdint.h>

/* Gives the file the present time, and makes it where there is none. A worker does so at
 * each heartbeat while a broker knows it. What fails is not told: the file's age tells. */
void alive_show(void);

/* How old it is by the clock; -1: there is none, or nobody named it. */
int64_t alive_age_ms(void);

#endif
