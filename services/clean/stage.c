/* Clean: from a page or a scraped text to the article in it. */
#include "runtime/stage.h"
#include "clean/clean.h"
#include "runtime/config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

const char *const stage_summary = "finds title, people, dates and text of an article";
const char *const stage_version = "1";

static const config_option_t options[] = {
    {"keep_raw", CONFIG_BOOL, "false", 0, 0, NULL,
     "keep the page itself in the article, as it was given"},
    {"html_max", CONFIG_INT, "16777216", 1024, 134217728, NULL,
     "bytes; a larger page or text is refused"},
    {"text_min", CONFIG_INT, "30", 1, 10000, NULL,
     "characters; an article with less text is none and is refused"},
};
const stage_manual_t stage_manual = {options, sizeof options / sizeof *options};

typedef struct {
    config_t *config;
    cleaner_t *cleaner;
} state_t;

int stage_open(stage_t *self)
{
    state_t *state = calloc(1, sizeof *state);
    stage_set_state(self, state);
    if (state == NULL) {
        return stage_retry(self, "no memory for the stage");
    }
    state->config =
        config_from_json(stage_options(self), "stage \"clean\": options", "CLEAN", options,
                         sizeof options / sizeof *options, stage_fault(self));
    if (state->config == NULL) {
        return -1;
    }
    cleaner_limits_t limits = {
        .bytes_max = (size_t)config_int(state->config, "html_max"),
        .text_min = (size_t)config_int(state->config, "text_min"),
    };
    state->cleaner = cleaner_new(&limits);
    return state->cleaner != NULL ? 0 : stage_retry(self, "no memory for the cleaner");
}

void stage_close(stage_t *self)
{
    state_t *state = stage_state(self);
    if (state != NULL) {
        config_destroy(&state->config);
        cleaner_destroy(&state->cleaner);
    }
    free(state);
    stage_set_state(self, NULL);
}

/* The stage's option, or the article's own. */
static bool keeps_raw(const state_t *state, const article_t *article)
{
    const json_t *own = json_object_get(article_options(article, "clean"), "keep_raw");
    return own != NULL ? json_is_true(own) : config_bool(state->config, "keep_raw");
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
    const char *url = json_string_value(json_object_get(article_json(in), "url"));
    if (article_is_url_only(in)) {
        return stage_reject(self,
                            "article %s is a url alone, and no stage fetch stands before "
                            "clean in the route",
                            article_id(in));
    }
    json_t *clean = cleaner_run(state->cleaner, raw, url, time(NULL), stage_fault(self));
    if (clean == NULL) {
        return -1;
    }
    if (article_set_section(out, "clean", clean, stage_fault(self)) != 0) {
        return -1;
    }
    return keeps_raw(state, in) ? 0
                                : article_set_section(out, "raw", NULL, stage_fault(self));
}
