/* Crash: ends the process at a named step; a testing aid for what must survive a crash.
 *
 * NUTGRAF_CRASH_AT=<step>[:n] names the step, and the n-th time it is passed (default 1)
 * the process ends at once with status 137, without any cleaning up. Without that variable
 * a crash point costs one comparison. */
#ifndef RUNTIME_CRASH_H
#define RUNTIME_CRASH_H

/* From any thread. Steps are named <module>_<moment>: "commit_written". */
void crash_point(const char *step);

#endif
