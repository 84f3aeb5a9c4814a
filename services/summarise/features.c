#include "summarise/features.h"

#include <math.h>

static const char *const names[] = {
#define FEATURES_TEXT(name) #name,
    FEATURES_LIST(FEATURES_TEXT)
#undef FEATURES_TEXT
};

const char *features_name(size_t column)
{
    return names[column];
}

static void place(double *out, size_t i, size_t count)
{
    out[FEATURE_POSITION_LOG] = log1p((double)i);
    out[FEATURE_POSITION_INVERSE] = 1.0 / (1.0 + (double)i);
    out[FEATURE_POSITION_SHARE] = count > 1 ? (double)i / (double)(count - 1) : 0;
    out[FEATURE_FIRST] = i == 0;
    out[FEATURE_SECOND] = i == 1;
    out[FEATURE_THIRD] = i == 2;
    out[FEATURE_FOURTH] = i == 3;
}

/* Where it stands and how long it is, by the words of the whole text. */
static void proportion(double *out, const document_t *document, size_t i)
{
    enum { OPENING = 60 }; /* words */
    size_t count = document_count(document);
    const document_sentence_t *sentence = document_sentence(document, i);
    const document_sentence_t *last = document_sentence(document, count - 1);
    double mean = (double)(last->words_before + last->word_count) / (double)count;
    out[FEATURE_WORDS_BEFORE] = log1p((double)sentence->words_before);
    out[FEATURE_OPENING] = sentence->words_before < OPENING;
    out[FEATURE_LENGTH_RATIO] = fmin((double)sentence->word_count / fmax(1, mean), 4);
    out[FEATURE_SENTENCES] = log((double)count);
}

static void length(double *out, size_t words)
{
    enum { FULL = 40, SHORT = 8, LONG = 45 }; /* words */
    double share = fmin((double)words, FULL) / FULL;
    out[FEATURE_LENGTH] = share;
    out[FEATURE_LENGTH_SQUARE] = share * share;
    out[FEATURE_SHORT] = words < SHORT;
    out[FEATURE_LONG] = words > LONG;
}

/* Words that are looked at; what is longer is no sentence for a summary. */
enum { LOOKED_AT = 100 };

static size_t looked_at(const document_sentence_t *sentence)
{
    return sentence->word_count < LOOKED_AT ? sentence->word_count : LOOKED_AT;
}

static bool is_first_time(const document_sentence_t *sentence, size_t k)
{
    for (size_t before = 0; before < k; before++) {
        if (sentence->words[before] == sentence->words[k]) {
            return false;
        }
    }
    return true;
}

static void content(double *out, const document_t *document, size_t i)
{
    const document_sentence_t *sentence = document_sentence(document, i);
    size_t count = looked_at(sentence);
    double terms = 0, lead = 0, title = 0, title_weight = 0;
    for (size_t k = 0; k < count; k++) {
        uint32_t term = sentence->words[k];
        if (document_frequency(document, term) > 0 && is_first_time(sentence, k)) {
            terms++;
            lead += document_in_lead(document, term, i);
            title += document_in_title(document, term);
            title_weight +=
                document_in_title(document, term) ? document_weight(document, term) : 0;
        }
    }
    size_t title_terms = document_title_terms(document);
    out[FEATURE_LEAD_OVERLAP] = terms > 0 ? lead / terms : 0;
    out[FEATURE_TITLE_OVERLAP] = title_terms > 0 ? title / (double)title_terms : 0;
    out[FEATURE_TITLE_WEIGHT] =
        title_terms > 0 ? title_weight / document_title_weight(document) : 0;
    out[FEATURE_HAS_TITLE] = title_terms > 0;
    out[FEATURE_CONTENT_SHARE] = count > 0 ? terms / (double)count : 0;
}

static void look(double *out, const shape_t *shape)
{
    enum { MANY = 8 }; /* capitals */
    out[FEATURE_CAPITALS] = fmin((double)shape->capitals, MANY) / MANY;
    out[FEATURE_CAPITALS_SHARE] =
        shape->words > 0 ? (double)shape->capitals / (double)shape->words : 0;
    out[FEATURE_NUMBERS] = fmin((double)shape->numbers, 3) / 3;
    out[FEATURE_QUOTE] = shape->has_quote;
    out[FEATURE_HALF] = shape->is_half;
    out[FEATURE_SPEECH] = shape->has_speech;
    out[FEATURE_JUNK] = shape->is_junk;
    out[FEATURE_PRONOUN] = shape->is_pronoun;
    out[FEATURE_CONNECTIVE] = shape->is_dangling && !shape->is_pronoun;
    out[FEATURE_QUESTION] = shape->is_question;
    out[FEATURE_OPEN_END] = shape->ends_open;
    out[FEATURE_NO_END] = !shape->has_end;
}

void features_of(const document_t *document, size_t i, const shape_t *shape,
                 double out[FEATURES_COUNT])
{
    const document_sentence_t *sentence = document_sentence(document, i);
    place(out, i, document_count(document));
    length(out, sentence->word_count);
    proportion(out, document, i);
    out[FEATURE_CENTRALITY] = sentence->centrality;
    out[FEATURE_DEGREE] = sentence->degree;
    out[FEATURE_DENSITY] = sentence->density;
    out[FEATURE_ECHO] = sentence->echo;
    content(out, document, i);
    look(out, shape);
    out[FEATURE_CENTRAL_LEAD] = sentence->centrality * out[FEATURE_POSITION_INVERSE];
    out[FEATURE_CENTRAL_LENGTH] = sentence->centrality * out[FEATURE_LENGTH];
}
