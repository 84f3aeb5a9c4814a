#include "runtime/stage.h"

#include <stdio.h>
#include <stdlib.h>

#include "summarise/chat.h"
#include "summarise/rewrite.h"
#include "summarise/salience.h"
#include "summarise/settings.h"
#include "summarise/summary.h"
#include "text/language.h"

const char *const stage_summary = "chooses the sentences that sum an article up";
const char *const stage_version = "2";

typedef struct {
    settings_t settings;
    chat_t *chat;       /* NULL: no model is configured */
    reading_t *reading; /* NULL: the fast scorer */
} summariser_t;

static int open_chat(stage_t *self, summariser_t *state, const json_t *options)
{
    char where[128], env[128];
    snprintf(where, sizeof where, "stage \"%s\": options.chat", stage_name(self));
    snprintf(env, sizeof env, "%s_chat", stage_name(self));
    state->chat = chat_new(options, where, env, stage_fault(self));
    return state->chat != NULL ? 0 : -1;
}

static int open_reading(stage_t *self, summariser_t *state, const settings_stage_t *given)
{
    char *path = stage_shared_model_path("encoder", given->encoder);
    if (path == NULL) {
        return stage_retry(self, "no memory for the encoder's path");
    }
    state->reading = reading_new(path, given->numbers, stage_fault(self));
    free(path);
    return state->reading != NULL ? 0 : -1;
}

int stage_open(stage_t *self)
{
    summariser_t *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return stage_retry(self, "no memory for the settings of a summary");
    }
    stage_set_state(self, state);
    stage_set_model(self, salience_fast_model());
    char where[128];
    settings_stage_t given;
    snprintf(where, sizeof where, "stage \"%s\": options", stage_name(self));
    if (settings_read(&state->settings, &given, stage_options(self), where,
                      stage_name(self), stage_fault(self)) != 0) {
        return -1;
    }
    if (given.is_accurate && open_reading(self, state, &given) != 0) {
        return -1;
    }
    return given.chat == NULL ? 0 : open_chat(self, state, given.chat);
}

void stage_close(stage_t *self)
{
    summariser_t *state = stage_state(self);
    if (state != NULL) {
        chat_destroy(&state->chat);
        reading_destroy(&state->reading);
    }
    free(state);
    stage_set_state(self, NULL);
}

static void is_alive(void *stage)
{
    stage_progress(stage);
}

static int rewrite(stage_t *self, const article_t *in, json_t *summary,
                   const settings_t *settings)
{
    const chat_article_t asked = {.text = article_text(in),
                                  .title = article_field(in, "clean", "title"),
                                  .is_alive = is_alive,
                                  .of = self};
    summariser_t *state = stage_state(self);
    return rewrite_summary(summary, state->chat, &asked, article_section(in, "clean"),
                           settings);
}

/* Tells the trace which scorer it is: the encoder reads English alone. */
static json_t *summarise(stage_t *self, const article_t *in, const char *text,
                         const settings_t *settings)
{
    const summariser_t *state = stage_state(self);
    const summary_source_t source = {.text = text,
                                     .clean = article_section(in, "clean"),
                                     .salience = article_section(in, "salience"),
                                     .entities = article_section(in, "entities"),
                                     .reading = state->reading};
    bool is_read =
        state->reading != NULL && language_is_english(article_field(in, "clean", "lang"));
    stage_set_model(self, is_read ? salience_accurate_model() : salience_fast_model());
    return summary_make(&source, settings);
}

int stage_process(stage_t *self, const article_t *in, article_t *out)
{
    const char *text = article_text(in);
    if (text == NULL) {
        return stage_reject(self, "article %s has no clean text", article_id(in));
    }
    char where[ARTICLE_ID_MAX + 64];
    snprintf(where, sizeof where, "article %s: options.summarise", article_id(in));
    const summariser_t *state = stage_state(self);
    settings_t settings;
    if (settings_for(&settings, &state->settings, article_options(in, "summarise"),
                     state->chat != NULL, where, stage_fault(self)) != 0) {
        return -1;
    }
    json_t *summary = summarise(self, in, text, &settings);
    if (summary == NULL || (settings.chat && rewrite(self, in, summary, &settings) != 0)) {
        json_decref(summary);
        return stage_retry(self, "no memory for the summary of %s", article_id(in));
    }
    return article_set_section(out, "summary", summary, stage_fault(self));
}
