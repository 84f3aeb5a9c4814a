#include "runtime/stage.h"

#include <stdio.h>
#include <stdlib.h>

#include "summarise/salience.h"
#include "summarise/settings.h"
#include "summarise/summary.h"

const char *const stage_summary = "chooses the sentences that sum an article up";
const char *const stage_version = "1";

int stage_open(stage_t *self)
{
    settings_t *settings = calloc(1, sizeof *settings);
    if (settings == NULL) {
        return stage_retry(self, "no memory for the settings of a summary");
    }
    stage_set_state(self, settings);
    stage_set_model(self, salience_model());
    char where[128];
    snprintf(where, sizeof where, "stage \"%s\": options", stage_name(self));
    return settings_read(settings, stage_options(self), where, stage_name(self),
                         stage_fault(self));
}

void stage_close(stage_t *self)
{
    free(stage_state(self));
    stage_set_state(self, NULL);
}

int stage_process(stage_t *self, const article_t *in, article_t *out)
{
    const char *text = article_text(in);
    if (text == NULL) {
        return stage_reject(self, "article %s has no clean text", article_id(in));
    }
    char where[ARTICLE_ID_MAX + 64];
    snprintf(where, sizeof where, "article %s: options.summarise", article_id(in));
    settings_t settings;
    if (settings_for(&settings, stage_state(self), article_options(in, "summarise"), where,
                     stage_fault(self)) != 0) {
        return -1;
    }
    json_t *summary = summary_make(text, article_section(in, "clean"), &settings);
    if (summary == NULL) {
        return stage_retry(self, "no memory for the summary of %s", article_id(in));
    }
    return article_set_section(out, "summary", summary, stage_fault(self));
}
