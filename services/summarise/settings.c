#include "summarise/settings.h"

#include <stdio.h>
#include <string.h>

#include "runtime/config.h"
#include "runtime/stage.h"
#include "summarise/keywords.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { LENGTH_MAX = 100000 }; /* words or characters; more is no summary */

#define MODES "extractive|chat"

static const config_option_t stage_options_table[] = {
    {"model", CONFIG_CHOICE, "fast", 0, 0, "accurate|fast",
     "accurate: an encoder reads the text, if tag has not; fast: features alone"},
    {"numbers", CONFIG_CHOICE, "auto", 0, 0, "auto|f32|bf16|int8",
     "what the encoder multiplies; auto: int8 where the processor has VNNI, else f32"},
    {"encoder", CONFIG_TEXT, "encoder.weights", 0, 0, NULL,
     "file of the encoder in the folder models/encoder"},
    {"sentences", CONFIG_INT, "3", 0, PICK_SENTENCES_MAX, NULL,
     "sentences of a summary at most; 0: no bound but the others"},
    {"words", CONFIG_INT, "0", 0, LENGTH_MAX, NULL, "words at most; 0: no bound"},
    {"characters", CONFIG_INT, "0", 0, LENGTH_MAX, NULL,
     "code points at most; 0: no bound"},
    {"keywords", CONFIG_INT, "8", 0, KEYWORDS_MAX, NULL, "keywords at most"},
    {"compress", CONFIG_BOOL, "false", 0, 0, NULL,
     "cuts datelines, brackets and the like out of the sentences"},
    {"mode", CONFIG_CHOICE, "extractive", 0, 0, MODES,
     "who writes: extractive takes sentences, chat asks the model below"},
    {.key = "chat",
     .type = CONFIG_JSON,
     .help = "an object: the chat model, see config/pipeline.json"},
};
const stage_manual_t stage_manual = {stage_options_table, COUNT_OF(stage_options_table)};

/* The same for an article. The defaults are never read: what it does not give stays. */
static const config_option_t article_options_table[] = {
    {"sentences", CONFIG_INT, "1", 1, PICK_SENTENCES_MAX, NULL, "sentences at most"},
    {"words", CONFIG_INT, "1", 1, LENGTH_MAX, NULL, "words at most"},
    {"characters", CONFIG_INT, "1", 1, LENGTH_MAX, NULL, "code points at most"},
    {"keywords", CONFIG_INT, "1", 0, KEYWORDS_MAX, NULL, "keywords at most"},
    {"compress", CONFIG_BOOL, "false", 0, 0, NULL, "cuts clutter out of the sentences"},
    {"mode", CONFIG_CHOICE, "extractive", 0, 0, MODES, "who writes"},
};

static bool is_chat(const config_t *config)
{
    return strcmp(config_text(config, "mode"), "chat") == 0;
}

static void read_stage(settings_stage_t *self, const config_t *config)
{
    *self = (settings_stage_t){
        .chat = config_json(config, "chat"),
        .is_accurate = strcmp(config_text(config, "model"), "accurate") == 0,
    };
    snprintf(self->numbers, sizeof self->numbers, "%s", config_text(config, "numbers"));
    snprintf(self->encoder, sizeof self->encoder, "%s", config_text(config, "encoder"));
}

int settings_read(settings_t *self, settings_stage_t *stage, const json_t *options,
                  const char *where, const char *env, fault_t *fault)
{
    config_t *config = config_from_json(options, where, env, stage_options_table,
                                        COUNT_OF(stage_options_table), fault);
    if (config == NULL) {
        return -1;
    }
    *self = (settings_t){
        .budget = {.sentences = (size_t)config_int(config, "sentences"),
                   .words = (size_t)config_int(config, "words"),
                   .characters = (size_t)config_int(config, "characters")},
        .keywords = (size_t)config_int(config, "keywords"),
        .compress = config_bool(config, "compress"),
        .chat = is_chat(config),
    };
    read_stage(stage, config);
    config_destroy(&config);
    if (self->chat && stage->chat == NULL) {
        fault_set(fault, FAULT_REJECT, "%s: mode is \"chat\", needs an object \"chat\"",
                  where);
        return -1;
    }
    return 0;
}

/* Sets *value if the article gave one; says whether it did. */
static bool take(size_t *value, const json_t *options, const config_t *config,
                 const char *key)
{
    bool is_given = json_object_get(options, key) != NULL;
    if (is_given) {
        *value = (size_t)config_int(config, key);
    }
    return is_given;
}

static int take_flags(settings_t *self, const json_t *options, const config_t *config,
                      bool has_chat, const char *where, fault_t *fault)
{
    if (json_object_get(options, "compress") != NULL) {
        self->compress = config_bool(config, "compress");
    }
    if (json_object_get(options, "mode") != NULL) {
        self->chat = is_chat(config);
    }
    if (self->chat && !has_chat) {
        fault_set(fault, FAULT_REJECT, "%s: mode is \"chat\", this stage has no chat model",
                  where);
        return -1;
    }
    return 0;
}

int settings_for(settings_t *self, const settings_t *base, const json_t *options,
                 bool has_chat, const char *where, fault_t *fault)
{
    *self = *base;
    if (options == NULL) {
        return 0;
    }
    config_t *config = config_from_json(options, where, NULL, article_options_table,
                                        COUNT_OF(article_options_table), fault);
    if (config == NULL) {
        return -1;
    }
    bool has_sentences = take(&self->budget.sentences, options, config, "sentences");
    bool has_words = take(&self->budget.words, options, config, "words");
    bool has_characters = take(&self->budget.characters, options, config, "characters");
    if (!has_sentences && (has_words || has_characters)) {
        self->budget.sentences = PICK_SENTENCES_MAX;
    }
    take(&self->keywords, options, config, "keywords");
    int rc = take_flags(self, options, config, has_chat, where, fault);
    config_destroy(&config);
    return rc;
}
