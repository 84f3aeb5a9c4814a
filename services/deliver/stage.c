/* The stage deliver: hands finished articles to a sink and leaves them as they are. */
#include "runtime/stage.h"

#include "deliver/sink.h"

const char *const stage_summary = "delivers finished articles to a file or a server";
const char *const stage_version = "1";

int stage_open(stage_t *self)
{
    sink_t *sink = sink_open(stage_options(self), stage_name(self), stage_fault(self));
    stage_set_state(self, sink);
    return sink != NULL ? 0 : -1;
}

int stage_process(stage_t *self, const article_t *in, article_t *out)
{
    (void)out;
    return sink_write(stage_state(self), in, stage_fault(self));
}

void stage_close(stage_t *self)
{
    sink_t *sink = stage_state(self);
    sink_destroy(&sink);
}
