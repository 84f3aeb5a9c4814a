/* The stage tag: finds people, places, organisations, dates and amounts in an article. */
#include "runtime/stage.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/config.h"
#include "tag/finder.h"
#include "tag/groups.h"
#include "tag/section.h"

typedef struct {
    model_t *model;
    gazetteer_t *gazetteer;
    char *weights_path;
    reader_t *reader; /* NULL: the linear weights of the model read alone */
    finder_t *finder;
} tagger_t;

/* What is made for one article. */
typedef struct {
    tokens_t *tokens;
    mentions_t mentions;
    groups_t groups;
} work_t;

const char *const stage_summary =
    "finds people, organisations, places, dates and amounts in clean.text";
const char *const stage_version = "1";

static const config_option_t options[] = {
    {"model", CONFIG_CHOICE, "fast", 0, 0, "accurate|fast",
     "accurate: an encoder reads the text; fast: linear weights, a tenth of the time"},
    {"numbers", CONFIG_CHOICE, "auto", 0, 0, "auto|f32|bf16|int8",
     "what the encoder multiplies; auto: int8 where the processor has VNNI, else f32"},
    {"names", CONFIG_TEXT, "tag.model", 0, 0, NULL,
     "file of names and linear weights in the model folder"},
    {"weights", CONFIG_TEXT, "accurate.weights", 0, 0, NULL,
     "file of the encoder in the model folder"},
};

static void tagger_destroy(tagger_t **self)
{
    if (*self != NULL) {
        finder_destroy(&(*self)->finder);
        reader_destroy(&(*self)->reader);
        free((*self)->weights_path);
        gazetteer_destroy(&(*self)->gazetteer);
        model_destroy(&(*self)->model);
        free(*self);
        *self = NULL;
    }
}

static int load(tagger_t *self, const char *path, fault_t *fault)
{
    self->model = model_load(path, fault);
    if (self->model != NULL) {
        self->gazetteer = gazetteer_new(self->model, path, fault);
    }
    if (self->gazetteer != NULL) {
        self->finder = finder_new(self->model, self->gazetteer, self->reader, path, fault);
    }
    return self->finder != NULL ? 0 : -1;
}

static int load_reader(tagger_t *self, const config_t *config, fault_t *fault)
{
    number_t number = (number_t)number_find(config_text(config, "numbers"));
    self->reader = reader_new(self->weights_path, number, fault);
    return self->reader != NULL ? 0 : -1;
}

int stage_open(stage_t *self)
{
    int rc = -1;
    char *path = NULL;
    tagger_t *tagger = calloc(1, sizeof *tagger);
    config_t *config =
        config_from_json(stage_options(self), "stage \"tag\"", "TAG", options,
                         sizeof options / sizeof *options, stage_fault(self));
    if (config == NULL) {
        goto done;
    }
    path = stage_model_path(self, config_text(config, "names"));
    if (tagger != NULL) {
        tagger->weights_path = stage_model_path(self, config_text(config, "weights"));
    }
    if (path == NULL || tagger == NULL || tagger->weights_path == NULL) {
        stage_retry(self, "no memory for the tagger");
        goto done;
    }
    bool is_accurate = strcmp(config_text(config, "model"), "accurate") == 0;
    if ((is_accurate && load_reader(tagger, config, stage_fault(self)) != 0) ||
        load(tagger, path, stage_fault(self)) != 0) {
        goto done;
    }
    stage_set_model(self,
                    is_accurate ? reader_id(tagger->reader) : model_id(tagger->model));
    stage_set_state(self, tagger);
    tagger = NULL; /* the stage's now */
    rc = 0;
done:
    config_destroy(&config);
    tagger_destroy(&tagger);
    free(path);
    return rc;
}

void stage_close(stage_t *self)
{
    tagger_t *tagger = stage_state(self);
    tagger_destroy(&tagger);
    stage_set_state(self, NULL);
}

static void tell_progress(void *stage)
{
    stage_progress(stage);
}

/* No language given counts as English. */
static bool is_english(const article_t *article)
{
    const char *lang = article_field(article, "clean", "lang");
    return lang == NULL || lang[0] == 0 ||
           (strncasecmp(lang, "en", 2) == 0 &&
            (lang[2] == 0 || lang[2] == '-' || lang[2] == '_'));
}

static json_t *tag(stage_t *self, const article_t *in, const char *text, work_t *work)
{
    tagger_t *tagger = stage_state(self);
    size_t len = strlen(text);
    date_t published;
    bool has_date = dates_read(article_field(in, "clean", "published"), &published);
    bool in_english = is_english(in);
    work->tokens = tokens_new(text, len);
    if (work->tokens == NULL ||
        finder_find(tagger->finder, work->tokens, in_english, tell_progress, self,
                    &work->mentions) != 0 ||
        groups_make(work->tokens, &work->mentions, &work->groups) != 0) {
        return NULL;
    }
    section_t section = {.tokens = work->tokens,
                         .len = len,
                         .mentions = &work->mentions,
                         .groups = &work->groups,
                         .gazetteer = tagger->gazetteer,
                         .title = article_field(in, "clean", "title"),
                         .published = has_date ? &published : NULL,
                         .lang_supported = in_english};
    return section_write(&section);
}

int stage_process(stage_t *self, const article_t *in, article_t *out)
{
    work_t work = {0};
    const char *text = article_text(in);
    if (text == NULL) {
        return stage_reject(self, "article %s has no clean text", article_id(in));
    }
    json_t *section = tag(self, in, text, &work);
    groups_close(&work.groups);
    mentions_close(&work.mentions);
    tokens_destroy(&work.tokens);
    if (section == NULL) {
        return stage_retry(self, "no memory for the entities of %s", article_id(in));
    }
    return article_set_section(out, "entities", section, stage_fault(self));
}
