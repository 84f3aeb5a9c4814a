#include "summarise/budget.h"

#include <math.h>
#include <stdint.h>
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

/* Whether the code point at text[at] belongs to the one before it: "é" of two, an emoji. */
static bool is_joined(const char *text, size_t start, size_t at, size_t end)
{
    enum { JOINER = 0x200D, TONE_FIRST = 0x1F3FB, TONE_LAST = 0x1F3FF };
    if (at >= end || at <= start) {
        return false;
    }
    size_t before = at - 1;
    while (before > start && ((uint8_t)text[before] & 0xC0) == 0x80) {
        before--;
    }
    UChar32 last = (UChar32)utf8_next(text, end, &before);
    UChar32 next = (UChar32)utf8_next(text, end, &at);
    return last == JOINER || next == JOINER || (next >= TONE_FIRST && next <= TONE_LAST) ||
           u_hasBinaryProperty(next, UCHAR_GRAPHEME_EXTEND);
}

/* So many code points of text[start..end), when not even a word fits; what belongs together
 * stays so unless that is all there is. */
static span_t cut_hard(const budget_t *self, const char *text, size_t start, size_t end)
{
    size_t most = self->characters > 0 ? self->characters : SIZE_MAX;
    size_t cut = start, whole = start;
    for (size_t k = 0, at = start; k < most && at < end; k++) {
        utf8_next(text, end, &at);
        if (self->words > 0 &&
            document_blank_words(text, (span_t){start, at - start}) > self->words) {
            break;
        }
        cut = at;
        whole = is_joined(text, start, at, end) ? whole : at;
    }
    cut = whole > start ? whole : cut;
    return (span_t){start, cut - start};
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
