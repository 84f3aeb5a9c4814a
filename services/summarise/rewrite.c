#include "summarise/rewrite.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "summarise/document.h"
#include "summarise/evidence.h"
#include "text/utf8.h"
#include "text/words.h"

enum { SENTENCE_MAX = 600 }; /* bytes; what is longer is no sentence of a summary */

typedef struct {
    const budget_t *budget;
    const document_t *document;
    const evidence_t *evidence;
    json_t *kept, *dropped;
    size_t words, characters; /* kept so far */
} rewriter_t;

/* --- what needs no article ------------------------------------------------------------ */

static bool has_markup(const char *sentence)
{
    static const char *const marks[] = {"http://", "https://", "www.", "<", ">",
                                        "```",     "](",       "{",    "}", "====="};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (strstr(sentence, marks[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_kept_already(const rewriter_t *self, const char *sentence)
{
    for (size_t i = 0; i < json_array_size(self->kept); i++) {
        const json_t *item = json_array_get(self->kept, i);
        if (strcmp(json_string_value(json_object_get(item, "text")), sentence) == 0) {
            return true;
        }
    }
    return false;
}

/* The words of a sentence as a budget counts them; -1: no memory. */
static int count_words(const char *sentence, size_t len, size_t *count)
{
    size_t words = 0;
    words_t *found = words_new(sentence, len);
    if (found == NULL) {
        return -1;
    }
    for (size_t i = 0; i < words_count(found); i++) {
        words += words_is_word(found, i);
    }
    words_destroy(&found);
    size_t blank = document_blank_words(sentence, (span_t){0, len});
    *count = words > blank ? words : blank;
    return 0;
}

static bool fits(const rewriter_t *self, size_t words, size_t characters)
{
    const budget_t *budget = self->budget;
    size_t count = json_array_size(self->kept);
    return (budget->sentences == 0 || count < budget->sentences) &&
           (budget->words == 0 || self->words + words <= budget->words) &&
           (budget->characters == 0 ||
            self->characters + characters + (count > 0) <= budget->characters);
}

/* --- one sentence --------------------------------------------------------------------- */

static int drop(const rewriter_t *self, const char *sentence, const char *reason)
{
    return json_array_append_new(
        self->dropped, json_pack("{s:s, s:s}", "text", sentence, "reason", reason));
}

static json_t *sources_json(const rewriter_t *self, const verdict_t *verdict)
{
    const char *text = document_text(self->document);
    json_t *list = json_array();
    utf8_ruler_t ruler = utf8_ruler(text, strlen(text));
    for (size_t i = 0; i < verdict->source_count; i++) {
        span_t span = document_sentence(self->document, verdict->sources[i])->span;
        size_t start = utf8_ruler_at(&ruler, span.start);
        size_t end = utf8_ruler_at(&ruler, span.start + span.len);
        json_t *item = json_pack("{s:s%, s:I, s:I}", "text", text + span.start, span.len,
                                 "start", (json_int_t)start, "end", (json_int_t)end);
        if (json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int keep(rewriter_t *self, const char *sentence, size_t len,
                const verdict_t *verdict)
{
    size_t words = 0, characters = utf8_count(sentence, len);
    if (count_words(sentence, len, &words) != 0) {
        return -1;
    }
    if (!fits(self, words, characters)) {
        return drop(self, sentence, "no room in the budget");
    }
    self->characters += characters + (json_array_size(self->kept) > 0);
    self->words += words;
    return json_array_append_new(
        self->kept,
        json_pack("{s:s, s:o}", "text", sentence, "sources", sources_json(self, verdict)));
}

static int judge(rewriter_t *self, const char *sentence, size_t len)
{
    if (len > SENTENCE_MAX) {
        char start[SENTENCE_MAX + 1];
        size_t most = SENTENCE_MAX;
        while (most > 0 && ((uint8_t)sentence[most] & 0xC0) == 0x80) {
            most--;
        }
        memcpy(start, sentence, most);
        start[most] = '\0';
        return drop(self, start, "too long");
    }
    if (has_markup(sentence)) {
        return drop(self, sentence, "markup or a link");
    }
    if (is_kept_already(self, sentence)) {
        return drop(self, sentence, "said already");
    }
    verdict_t verdict;
    if (evidence_check(self->evidence, sentence, len, &verdict) != 0) {
        return -1;
    }
    return verdict.is_supported ? keep(self, sentence, len, &verdict)
                                : drop(self, sentence, verdict.reason);
}

/* --- the summary ---------------------------------------------------------------------- */

static int judge_all(rewriter_t *self, const json_t *sentences)
{
    int rc = self->kept != NULL && self->dropped != NULL ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < json_array_size(sentences); i++) {
        const json_t *item = json_array_get(sentences, i);
        rc = judge(self, json_string_value(item), json_string_length(item));
    }
    return rc;
}

static int write_down(json_t *summary, const rewriter_t *self, const chat_t *chat)
{
    bool is_chat = json_array_size(self->kept) > 0;
    int rc = json_object_set_new(summary, "model", json_string(chat_model(chat)));
    rc |= json_object_set(summary, "dropped", self->dropped);
    if (is_chat) {
        rc |= json_object_set(summary, "generated", self->kept);
        rc |= json_object_set_new(summary, "mode", json_string("chat"));
    } else {
        rc |= json_object_set_new(summary, "fault",
                                  json_string("nothing of the model's answer holds"));
    }
    return rc;
}

static int hold_against(json_t *summary, const chat_t *chat, const json_t *sentences,
                        const chat_article_t *asked, const json_t *clean,
                        const budget_t *budget)
{
    int rc = -1;
    const char *lang = json_string_value(json_object_get(clean, "lang"));
    evidence_t *evidence = NULL;
    document_t *document =
        document_new(asked->text, strlen(asked->text), lang, asked->title);
    if (document != NULL) {
        evidence = evidence_new(document, asked->title);
    }
    rewriter_t self = {.budget = budget,
                       .document = document,
                       .evidence = evidence,
                       .kept = json_array(),
                       .dropped = json_array()};
    if (evidence != NULL && judge_all(&self, sentences) == 0) {
        rc = write_down(summary, &self, chat);
    }
    json_decref(self.kept);
    json_decref(self.dropped);
    evidence_destroy(&evidence);
    document_destroy(&document);
    return rc;
}

int rewrite_summary(json_t *summary, chat_t *chat, const chat_article_t *asked,
                    const json_t *clean, const settings_t *settings)
{
    const budget_t *budget = &settings->budget;
    chat_article_t article = *asked;
    article.sentences = budget->sentences > 0 ? budget->sentences : PICK_SENTENCES_MAX;
    article.words = budget->words;
    fault_t fault = {0};
    json_t *sentences = chat_ask(chat, &article, &fault);
    if (sentences == NULL) {
        return json_object_set_new(summary, "fault", json_string(fault.reason));
    }
    int rc = hold_against(summary, chat, sentences, asked, clean, budget);
    json_decref(sentences);
    return rc;
}
