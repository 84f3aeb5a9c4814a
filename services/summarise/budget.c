#include "summarise/budget.h"

#include <math.h>
#include <unicode/uchar.h>

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

/* So many of its first code points, when not even a word fits. */
static span_t cut_hard(const budget_t *self, const document_t *document,
                       const document_sentence_t *sentence)
{
    const char *text = document_text(document);
    size_t most = self->characters > 0 ? self->characters : 1;
    size_t at = sentence->span.start;
    size_t end = at + sentence->span.len;
    for (size_t k = 0; k < most && at < end; k++) {
        utf8_next(text, end, &at);
    }
    return (span_t){sentence->span.start, at - sentence->span.start};
}

/* How many blank words text[start..to) has more than text[start..from). */
static size_t more_blank_words(const char *text, size_t start, size_t from, size_t to)
{
    size_t more = document_blank_words(text, (span_t){from, to - from});
    size_t at = from;
    bool goes_on = from > start && !u_isUWhiteSpace((UChar32)utf8_next(text, to, &at));
    return more - goes_on;
}

span_t budget_cut(const budget_t *self, const document_t *document, size_t i)
{
    const document_sentence_t *sentence = document_sentence(document, i);
    const char *text = document_text(document);
    size_t start = sentence->span.start;
    size_t end = start, blank_words = 0;
    utf8_ruler_t ruler = utf8_ruler(text + start, sentence->span.len);
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
    return end > start ? (span_t){start, end - start} : cut_hard(self, document, sentence);
}
