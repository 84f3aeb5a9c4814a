/* The stage tag: finds people, places, organisations, dates and amounts in an article. */
#include "runtime/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encoder/gist_section.h"
#include "runtime/config.h"
#include "tag/dollars.h"
#include "tag/finder.h"
#include "tag/groups.h"
#include "tag/section.h"
#include "text/language.h"

typedef struct {
    char *names_path, *net_path, *encoder_path;
    model_t *names;
    gazetteer_t *gazetteer;
    net_t *net;
    reader_t *reader; /* NULL: the net reads alone */
    gist_t *gist;     /* what the encoder says of sentences; NULL without a reader */
    watch_t *watch;   /* NULL: none */
    finder_t *finder;
    size_t max_chars;
    char id[48]; /* of the models that read */
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
    {"model", CONFIG_CHOICE, "accurate", 0, 0, "accurate|fast",
     "accurate: an encoder and a small net read the text; fast: the net alone"},
    {"numbers", CONFIG_CHOICE, "auto", 0, 0, "auto|f32|bf16|int8",
     "what the encoder multiplies; auto: int8 where the processor has VNNI, else f32"},
    {"encoder", CONFIG_TEXT, "encoder.weights", 0, 0, NULL,
     "file of the encoder in the folder models/encoder"},
    {"net", CONFIG_TEXT, "fast.weights", 0, 0, NULL, "file of the net in models/tag"},
    {"names", CONFIG_TEXT, "names.model", 0, 0, NULL, "file of the gazetteer there"},
    {"max_chars", CONFIG_INT, "1000000", 40000, 1000000000, NULL,
     "of a longer text so many characters are read; entities.read_until says where that "
     "ended"},
    {"watch", CONFIG_TEXT, "", 0, 0, NULL,
     "a table of your own names: id, type, label, aliases (a|b), prior, tabs between; they "
     "are found wherever they stand, and linked with the scheme \"watch\""},
};

static void tagger_destroy(tagger_t **self)
{
    if (*self != NULL) {
        finder_destroy(&(*self)->finder);
        reader_destroy(&(*self)->reader);
        gist_destroy(&(*self)->gist);
        net_destroy(&(*self)->net);
        watch_destroy(&(*self)->watch);
        gazetteer_destroy(&(*self)->gazetteer);
        model_destroy(&(*self)->names);
        free((*self)->names_path);
        free((*self)->net_path);
        free((*self)->encoder_path);
        free(*self);
        *self = NULL;
    }
}

static int find_files(tagger_t *self, const stage_t *stage, const config_t *config)
{
    self->names_path = stage_model_path(stage, config_text(config, "names"));
    self->net_path = stage_model_path(stage, config_text(config, "net"));
    self->encoder_path = stage_shared_model_path("encoder", config_text(config, "encoder"));
    return self->names_path != NULL && self->net_path != NULL && self->encoder_path != NULL
               ? 0
               : -1;
}

static int load_names(tagger_t *self, const char *watch, fault_t *fault)
{
    self->names = model_load(self->names_path, fault);
    if (self->names != NULL) {
        self->gazetteer = gazetteer_new(self->names, self->names_path, fault);
    }
    if (self->gazetteer != NULL && watch[0] != 0) {
        self->watch = watch_load(watch, fault);
    }
    return self->gazetteer != NULL && (watch[0] == 0 || self->watch != NULL) ? 0 : -1;
}

static int load_weights(tagger_t *self, const config_t *config, fault_t *fault)
{
    number_t number = (number_t)number_find(config_text(config, "numbers"));
    bool is_accurate = strcmp(config_text(config, "model"), "accurate") == 0;
    self->net = net_new(self->net_path, fault);
    if (self->net != NULL && is_accurate) {
        self->reader = reader_new(self->encoder_path, number, fault);
    }
    if (self->net == NULL || (is_accurate && self->reader == NULL)) {
        return -1;
    }
    if (self->reader != NULL) {
        self->gist = gist_new(reader_weights(self->reader), fault);
        reader_set_gist(self->reader, self->gist);
        if (self->gist == NULL) {
            return -1;
        }
    }
    snprintf(self->id, sizeof self->id, "%s%snet-%s",
             is_accurate ? reader_id(self->reader) : "", is_accurate ? "+" : "",
             net_id(self->net));
    return 0;
}

/* NULL: stage_fault says why. */
static tagger_t *tagger_new(stage_t *stage, const config_t *config)
{
    tagger_t *self = calloc(1, sizeof *self);
    fault_t *fault = stage_fault(stage);
    if (self == NULL || find_files(self, stage, config) != 0) {
        stage_retry(stage, "no memory for the tagger");
        tagger_destroy(&self);
    } else if (load_names(self, config_text(config, "watch"), fault) != 0 ||
               load_weights(self, config, fault) != 0) {
        tagger_destroy(&self);
    } else {
        self->max_chars = (size_t)config_int(config, "max_chars");
        self->finder = finder_new(self->gazetteer, self->net, self->reader);
        if (self->finder == NULL) {
            stage_retry(stage, "no memory for the finder");
            tagger_destroy(&self);
        }
    }
    return self;
}

int stage_open(stage_t *self)
{
    config_t *config =
        config_from_json(stage_options(self), "stage \"tag\"", "TAG", options,
                         sizeof options / sizeof *options, stage_fault(self));
    tagger_t *tagger = config != NULL ? tagger_new(self, config) : NULL;
    if (tagger != NULL) {
        stage_set_model(self, tagger->id);
        stage_set_state(self, tagger);
    }
    config_destroy(&config);
    return tagger != NULL ? 0 : -1;
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

static bool is_english(const article_t *article)
{
    return language_is_english(article_field(article, "clean", "lang"));
}

/* What the encoder says of the sentences beside the names; nothing where it did not read.
 */
static int add_salience(const tagger_t *tagger, bool was_read, const char *text,
                        article_t *out, fault_t *fault)
{
    if (tagger->gist == NULL || !was_read) {
        return article_set_section(out, "salience", NULL, fault);
    }
    gist_end(tagger->gist);
    json_t *section = gist_section_write(tagger->gist, text, strlen(text));
    if (section == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for the salience of sentences");
        return -1;
    }
    return article_set_section(out, "salience", section, fault);
}

/* How many bytes of a text are read: all, or up to the last blank within max_chars. */
static size_t length_to_read(const char *text, size_t len, size_t max_chars)
{
    size_t end = 0, chars = 0;
    if (len <= max_chars) {
        return len;
    }
    while (end < len && chars <= max_chars) {
        chars += ((unsigned char)text[end++] & 0xC0) != 0x80;
    }
    if (chars <= max_chars) {
        return len;
    }
    size_t cut = --end; /* where the character behind the last one begins */
    while (cut > 0 && text[cut] != ' ' && text[cut] != '\n') {
        cut--;
    }
    return cut > 0 ? cut : end;
}

static const char *dollar_of(const tagger_t *tagger, const article_t *in,
                             const work_t *work)
{
    dollars_t evidence = {
        .urls = {json_string_value(json_object_get(article_json(in), "url")),
                 article_field(in, "clean", "canonical_url")},
        .lang = article_field(in, "clean", "lang"),
        .tokens = work->tokens,
        .mentions = &work->mentions,
        .gazetteer = tagger->gazetteer};
    return dollars_of(&evidence);
}

static json_t *tag(stage_t *self, const article_t *in, const char *text, work_t *work)
{
    tagger_t *tagger = stage_state(self);
    size_t len = strlen(text);
    date_t published;
    bool has_date = dates_read(article_field(in, "clean", "published"), &published);
    bool in_english = is_english(in);
    size_t read_len = length_to_read(text, len, tagger->max_chars);
    work->tokens = tokens_new(text, read_len);
    if (work->tokens == NULL ||
        (tagger->gist != NULL && in_english &&
         gist_begin(tagger->gist, work->tokens, len, article_field(in, "clean", "lang")) !=
             0) ||
        finder_find(tagger->finder, work->tokens, in_english, tell_progress, self,
                    &work->mentions) != 0 ||
        (tagger->watch != NULL &&
         mentions_watch(&work->mentions, work->tokens, tagger->watch) != 0) ||
        groups_make(tagger->gazetteer, work->tokens, &work->mentions, &work->groups) != 0) {
        return NULL;
    }
    section_t section = {.tokens = work->tokens,
                         .len = len,
                         .mentions = &work->mentions,
                         .groups = &work->groups,
                         .gazetteer = tagger->gazetteer,
                         .title = article_field(in, "clean", "title"),
                         .published = has_date ? &published : NULL,
                         .dollar = dollar_of(tagger, in, work),
                         .read_len = read_len,
                         .lang = article_field(in, "clean", "lang"),
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
    if (json_object_size(article_options(in, "tag")) > 0) {
        return stage_reject(self, "article %s: options.tag: tag has none for an article",
                            article_id(in));
    }
    json_t *section = tag(self, in, text, &work);
    groups_close(&work.groups);
    mentions_close(&work.mentions);
    tokens_destroy(&work.tokens);
    if (section == NULL) {
        return stage_retry(self, "no memory for the entities of %s", article_id(in));
    }
    return article_set_section(out, "entities", section, stage_fault(self)) == 0
               ? add_salience(stage_state(self), is_english(in), text, out,
                              stage_fault(self))
               : -1;
}
