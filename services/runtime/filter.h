/* Filter: runs a stage without a broker, one JSON line in, one JSON line out. */
#ifndef RUNTIME_FILTER_H
#define RUNTIME_FILTER_H

#include "runtime/stage.h"

#include <stddef.h>
#include <stdio.h>

enum {
    FILTER_LINE_MAX = 64 << 20 /* bytes; the largest article a broker takes by default */
};

/* Reads submissions or articles from the descriptor `in` until it ends; writes for each
 * line, in order, the article or {"id": …, "fault": {"kind": …, "reason": …}}, flushed. A
 * line that is such a fault already passes unchanged, so filters compose. The answer to a
 * line depends on that line and the models alone: no trace, no clock. 0, or -1 when reading
 * or writing failed, with a fault; bad lines are no failure. */
int filter_run(stage_t *stage, int in, FILE *out, size_t line_max, fault_t *fault);

#endif
