#include "summarise/budget.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <unicode/uchar.h>

#include "text/breaks.h"
#include "text/utf8.h"

enum { WORDS_A_SENTENCE = 20, CHARACTERS_A_WORD = 6 }; /* of news, on average */

size_t budget_words(const document_sentence_t *sentence)
{
    return sentence->word_count > sentence->blank_words ? sentence->word_count
                                                        : sentence->blank_words;
}

double budget_room(const budget_t *self)
{
    double room = (double)self->sentences * WORDS_A_SENTENCE;
    if (self->words > 0) {
        room = fmin(room, (double)self->words);
    }
    if (self->characters > 0) {
        room = fmin(room, (double)self->characters / CHARACTERS_A_WORD);
    }
    return room;
}

/* What a hard cut has taken of text[start..end). */
typedef struct {
    const budget_t *budget;
    const char *text;
    size_t start, end;
    size_t characters, blank_words;
    bool is_in_word;
} hard_cut_t;

static int take_cluster(void *context, size_t from, size_t to, int32_t status)
{
    hard_cut_t *self = context;
    const budget_t *budget = self->budget;
    (void)status;
    const span_t cluster = {self->start + from, to - from};
    bool is_word = document_blank_words(self->text, cluster) > 0;
    self->characters += utf8_count(self->text + cluster.start, cluster.len);
    self->blank_words += is_word && !self->is_in_word;
    self->is_in_word = is_word;
    bool is_full = (budget->characters > 0 && self->characters > budget->characters) ||
                   (budget->words > 0 && self->blank_words > budget->words);
    self->end = is_full ? self->end : self->start + to;
    return is_full;
}

/* So much of text[start..end) as fits when not even a word does; what belongs together
 * stays so, unless the budget is for less. */
static span_t cut_hard(const budget_t *self, const char *text, size_t start, size_t end)
{
    hard_cut_t cut = {.budget = self, .text = text, .start = start, .end = start};
    breaks_walk(BREAKS_CLUSTER, "en", text + start, end - start, take_cluster, &cut);
    bool is_none = cut.end == start;
    for (size_t k = 0; is_none && k < self->characters && cut.end < end; k++) {
        utf8_next(text, end, &cut.end);
    }
    return (span_t){start, cut.end - start};
}

/* How many blank words text[start..to) has more than text[start..from). */
static size_t more_blank_words(const char *text, size_t start, size_t from, size_t to)
{
    size_t more = document_blank_words(text, (span_t){from, to - from});
    size_t at = from;
    bool goes_on = from > start && !u_isUWhiteSpace((UChar32)utf8_next(text, to, &at));
    return more - goes_on;
}

/* As many words of it as fit, from `start` on. */
static span_t cut_words(const budget_t *self, const char *text,
                        const document_sentence_t *sentence, size_t start)
{
    size_t end = start, blank_words = 0;
    utf8_ruler_t ruler =
        utf8_ruler(text + start, sentence->span.start + sentence->span.len - start);
    for (size_t k = 0; k < sentence->word_count; k++) {
        size_t word_end = sentence->places[k].start + sentence->places[k].len;
        blank_words += more_blank_words(text, start, end, word_end);
        size_t words = k + 1 > blank_words ? k + 1 : blank_words;
        size_t characters = utf8_ruler_at(&ruler, word_end - start);
        if ((self->words > 0 && words > self->words) ||
            (self->characters > 0 && characters > self->characters)) {
            break;
        }
        end = word_end;
    }
    return (span_t){start, end - start};
}

span_t budget_cut(const budget_t *self, const document_t *document, size_t i)
{
    const document_sentence_t *sentence = document_sentence(document, i);
    const char *text = document_text(document);
    size_t start = sentence->span.start, end = start + sentence->span.len;
    span_t cut = cut_words(self, text, sentence, start);
    if (cut.len == 0 && sentence->word_count > 0) { /* "- ", "\"" before it is no word */
        start = sentence->places[0].start;
        cut = cut_words(self, text, sentence, start);
    }
    return cut.len > 0 ? cut : cut_hard(self, text, start, end);
}
