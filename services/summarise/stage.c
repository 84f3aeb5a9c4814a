#include "runtime/stage.h"

#include <stdio.h>
#include <stdlib.h>

#include "summarise/chat.h"
#include "summarise/rewrite.h"
#include "summarise/salience.h"
#include "summarise/settings.h"
#include "summarise/summary.h"

const char *const stage_summary = "chooses the sentences that sum an article up";
const char *const stage_version = "2";

typedef struct {
    settings_t settings;
    chat_t *chat; /* NULL: no model is configured */
} summariser_t;

int stage_open(stage_t *self)
{
    summariser_t *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return stage_retry(self, "no memory for the settings of a summary");
    }
    stage_set_state(self, state);
    stage_set_model(self, salience_model());
    char where[128], env[128];
    snprintf(where, sizeof where, "stage \"%s\": options", stage_name(self));
    const json_t *chat = NULL;
    if (settings_read(&state->settings, stage_options(self), where, stage_name(self), &chat,
                      stage_fault(self)) != 0) {
        return -1;
    }
    if (chat != NULL) {
        snprintf(where, sizeof where, "stage \"%s\": options.chat", stage_name(self));
        snprintf(env, sizeof env, "%s_chat", stage_name(self));
        state->chat = chat_new(chat, where, env, stage_fault(self));
    }
    return chat == NULL || state->chat != NULL ? 0 : -1;
}

void stage_close(stage_t *self)
{
    summariser_t *state = stage_state(self);
    if (state != NULL) {
        chat_destroy(&state->chat);
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
    json_t *summary = summary_make(text, article_section(in, "clean"), &settings);
    if (summary == NULL || (settings.chat && rewrite(self, in, summary, &settings) != 0)) {
        json_decref(summary);
        return stage_retry(self, "no memory for the summary of %s", article_id(in));
    }
    return article_set_section(out, "summary", summary, stage_fault(self));
}
