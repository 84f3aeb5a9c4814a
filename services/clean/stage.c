/* Clean: from a page or a scraped text to the article in it. */
#include "runtime/stage.h"
#include "clean/clean.h"
#include "clean/wishes.h"
#include "runtime/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const char *const stage_summary = "finds title, people, dates and text of an article";
const char *const stage_version = "1";

const stage_manual_t stage_manual = {wishes_options, WISHES_OPTIONS};

typedef struct {
    cleaner_t *cleaner;
    wishes_t wishes; /* of articles that have none */
} state_t;

int stage_open(stage_t *self)
{
    state_t *state = calloc(1, sizeof *state);
    stage_set_state(self, state);
    if (state == NULL) {
        return stage_retry(self, "no memory for the stage");
    }
    config_t *config =
        config_from_json(stage_options(self), "stage \"clean\": options", "CLEAN",
                         wishes_options, WISHES_OPTIONS, stage_fault(self));
    if (config == NULL) {
        return -1;
    }
    cleaner_limits_t limits = {
        .bytes_max = (size_t)config_int(config, "html_max"),
        .text_min = (size_t)config_int(config, "text_min"),
    };
    state->wishes = wishes_from(config);
    config_destroy(&config);
    state->cleaner = cleaner_new(&limits);
    return state->cleaner != NULL ? 0 : stage_retry(self, "no memory for the cleaner");
}

void stage_close(stage_t *self)
{
    state_t *state = stage_state(self);
    if (state != NULL) {
        cleaner_destroy(&state->cleaner);
    }
    free(state);
    stage_set_state(self, NULL);
}

int stage_process(stage_t *self, const article_t *in, article_t *out)
{
    const state_t *state = stage_state(self);
    const json_t *raw = article_section(in, "raw");
    if (raw == NULL && article_text(in) != NULL) {
        return 0; /* cleaned before */
    }
    if (raw == NULL) {
        return stage_reject(self, "article %s has no raw section to clean", article_id(in));
    }
    char where[ARTICLE_ID_MAX + 64];
    wishes_t wishes;
    snprintf(where, sizeof where, "article %s: options.clean", article_id(in));
    if (wishes_for(&wishes, &state->wishes, article_options(in, "clean"), where,
                   stage_fault(self)) != 0) {
        return -1;
    }
    const char *url = json_string_value(json_object_get(article_json(in), "url"));
    if (article_is_url_only(in)) {
        return stage_reject(self,
                            "article %s is a url alone, and no stage fetch stands before "
                            "clean in the route",
                            article_id(in));
    }
    json_t *clean =
        cleaner_run(state->cleaner, raw, url, &wishes, time(NULL), stage_fault(self));
    if (clean == NULL) {
        return -1;
    }
    if (article_set_section(out, "clean", clean, stage_fault(self)) != 0) {
        return -1;
    }
    return wishes.keep_raw ? 0 : article_set_section(out, "raw", NULL, stage_fault(self));
}
