#include "summarise/phrases.h"

#include <stdlib.h>
#include <string.h>

#include "summarise/wording.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* Sentences that are read, and words of each: enough to know what a text is about. */
enum { SENTENCES_READ = 400, WORDS_READ = 100, NAME_WORDS = 7 };

typedef struct {
    phrases_t *phrases;
    const document_t *document;
    const names_t *names;
    size_t room;
    size_t next_name;     /* of names: the first that does not end before this sentence */
    int8_t *verb_balance; /* by term: how much more often it stands like a verb than not */
} finder_t;

static int append(finder_t *self, const phrase_t *phrase)
{
    phrases_t *phrases = self->phrases;
    if (phrases->count == self->room) {
        size_t room = self->room == 0 ? 1024 : 2 * self->room;
        phrase_t *grown = realloc(phrases->list, room * sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        phrases->list = grown;
        self->room = room;
    }
    phrases->list[phrases->count++] = *phrase;
    return 0;
}

/* Words that are only blanks or a hyphen apart belong together, unless one has the other.
 */
static bool is_joined(const char *text, span_t left, span_t right)
{
    size_t end = left.start + left.len;
    size_t gap = right.start - end;
    if (wording_end(text, left) < end) {
        return false;
    }
    return gap == 0 || (gap == 1 && (text[end] == ' ' || text[end] == '-'));
}

/* What the words of one sentence are, each looked at once. */
typedef struct {
    bool is_content[WORDS_READ];
    bool is_capital[WORDS_READ];
    uint8_t name_len[WORDS_READ]; /* words of the name that begins here; 0: none does */
    uint32_t item[WORDS_READ];    /* whose name it is; 0: not known */
    bool is_inside[WORDS_READ];   /* of a name, behind its first word */
    size_t count;
} traits_t;

/* Words from k on that end by byte `end`. */
static size_t words_until(const document_sentence_t *sentence, const traits_t *traits,
                          size_t k, size_t end)
{
    size_t count = 0;
    while (k + count < traits->count && sentence->places[k + count].start < end) {
        count++;
    }
    return count;
}

static void set_name(traits_t *traits, size_t k, size_t len, uint32_t item)
{
    if (len == 0 || len > NAME_WORDS) {
        return;
    }
    traits->name_len[k] = (uint8_t)len;
    traits->item[k] = item;
    for (size_t i = 1; i < len; i++) {
        traits->is_inside[k + i] = true;
    }
}

/* Names as tag found them. */
static void mark_found_names(finder_t *self, const document_sentence_t *sentence,
                             traits_t *traits)
{
    const char *text = document_text(self->document);
    size_t k = 0;
    size_t end = sentence->span.start + sentence->span.len;
    const names_t *names = self->names;
    for (; self->next_name < names->count; self->next_name++) {
        const name_t *name = &names->list[self->next_name];
        if (name->span.start >= end) {
            return;
        }
        while (k < traits->count && sentence->places[k].start < name->span.start) {
            k++;
        }
        bool is_list = memchr(text + name->span.start, ',', name->span.len) != NULL;
        if (k < traits->count && !is_list) {
            size_t name_end = name->span.start + name->span.len;
            set_name(traits, k, words_until(sentence, traits, k, name_end), name->item);
        }
    }
}

/* Most of a headline has capitals, and they say nothing. */
static bool is_headline(const traits_t *traits)
{
    size_t content = 0, capitals = 0;
    for (size_t k = 1; k < traits->count; k++) {
        content += traits->is_content[k];
        capitals += traits->is_capital[k];
    }
    return content > 3 && 4 * capitals > 3 * content;
}

/* "New" York: a function word elsewhere. */
static bool is_new(const char *text, span_t word)
{
    return word.len == 3 && memcmp(text + word.start, "New", 3) == 0;
}

/* Capitals in a row, where nobody has found names: "Southern Power". */
static void mark_capital_runs(const document_t *document,
                              const document_sentence_t *sentence, traits_t *traits)
{
    const char *text = document_text(document);
    if (is_headline(traits)) {
        return;
    }
    for (size_t k = 0, len; k < traits->count; k += len) {
        len = 1;
        while (traits->is_capital[k] && k + len < traits->count &&
               traits->is_capital[k + len] &&
               is_joined(text, sentence->places[k + len - 1], sentence->places[k + len])) {
            len++;
        }
        bool is_led =
            traits->is_capital[k] && k > 1 && is_new(text, sentence->places[k - 1]);
        if (len + is_led > 1) {
            set_name(traits, k - is_led, len + is_led, 0);
        }
    }
}

static traits_t look_at(finder_t *self, const document_sentence_t *sentence)
{
    const document_t *document = self->document;
    const char *text = document_text(document);
    bool is_english = document_is_english(document);
    traits_t traits = {.count = sentence->word_count < WORDS_READ ? sentence->word_count
                                                                  : WORDS_READ};
    for (size_t k = 0; k < traits.count; k++) {
        span_t word = sentence->places[k];
        traits.is_content[k] = document_frequency(document, sentence->words[k]) > 0 &&
                               !wording_is_plain(text, word) &&
                               (is_english || wording_is_heavy(text, word, k == 0));
        traits.is_capital[k] =
            traits.is_content[k] && k > 0 && wording_has_capital(text, word);
    }
    if (self->names->count > 0) {
        mark_found_names(self, sentence, &traits);
    } else {
        mark_capital_runs(document, sentence, &traits);
    }
    return traits;
}

/* Function words before a verb, and before a noun. */
static const char *const before_verbs[] = {
    "to",   "will", "would", "can",  "could", "should", "may",  "might",
    "must", "he",   "she",   "they", "we",    "i",      "who",  "not",
    "it",   "has",  "had",   "have", "was",   "were",   "been", "be"};
static const char *const before_nouns[] = {
    "the", "a",  "an", "this", "that", "these", "those", "his",  "her", "its", "their",
    "our", "my", "of", "in",   "for",  "with",  "by",    "from", "no",  "some"};

static void set_votes(const document_t *document, const char *const *words, size_t count,
                      int8_t vote, int8_t *votes)
{
    for (size_t i = 0; i < count; i++) {
        bool is_stop;
        uint32_t term = document_term(document, words[i], strlen(words[i]), &is_stop);
        if (term < document_term_count(document)) {
            votes[term] = vote;
        }
    }
}

/* By term, how often it stands like a verb less how often like a noun, English alone; the
 * caller frees it. NULL: no memory. */
static int8_t *weigh_verbs(const document_t *document)
{
    enum { MOST = 100 };
    size_t terms = document_term_count(document);
    int8_t *votes = calloc(2 * terms + 1, sizeof *votes); /* votes, then balance */
    if (votes == NULL || !document_is_english(document)) {
        return votes;
    }
    int8_t *balance = votes + terms;
    set_votes(document, before_verbs, COUNT_OF(before_verbs), 1, votes);
    set_votes(document, before_nouns, COUNT_OF(before_nouns), -1, votes);
    for (size_t i = 0; i < document_count(document) && i < SENTENCES_READ; i++) {
        const document_sentence_t *sentence = document_sentence(document, i);
        for (size_t k = 1; k < sentence->word_count && k < WORDS_READ; k++) {
            int8_t *of = &balance[sentence->words[k]];
            *of = (int8_t)(*of + (abs(*of) < MOST ? votes[sentence->words[k - 1]] : 0));
        }
    }
    memmove(votes, balance, terms);
    return votes;
}

static bool is_verb(const finder_t *self, const document_sentence_t *sentence, size_t k)
{
    const char *text = document_text(self->document);
    int8_t balance = self->verb_balance[sentence->words[k]];
    return balance > 0 || (balance == 0 && wording_is_past(text, sentence->places[k]));
}

static bool is_weak(const finder_t *self, const document_sentence_t *sentence, size_t k,
                    size_t len)
{
    const char *text = document_text(self->document);
    if (!document_is_english(self->document)) {
        return false;
    }
    if (len == 1) {
        return is_verb(self, sentence, k) || wording_is_weak(text, sentence->places[k]);
    }
    size_t last = k + len - 1;
    return wording_is_past(text, sentence->places[k]) ||
           wording_is_past(text, sentence->places[last]) ||
           wording_is_weak(text, sentence->places[last]);
}

static phrase_t phrase_at(const finder_t *self, size_t i, size_t k, size_t len,
                          const traits_t *traits)
{
    const char *text = document_text(self->document);
    const document_sentence_t *sentence = document_sentence(self->document, i);
    size_t start = sentence->places[k].start, terms = 0;
    size_t end = wording_end(text, sentence->places[k + len - 1]);
    phrase_t phrase = {.sentence = (uint32_t)i,
                       .count = 1,
                       .capitals = 1,
                       .span = {start, end - start},
                       .is_loud = wording_is_loud(text, (span_t){start, end - start}),
                       .item = len == traits->name_len[k] ? traits->item[k] : 0};
    bool is_opening_name = len > 1 && !wording_is_verbal(text, sentence->places[0]);
    for (size_t n = 0; n < len && terms < PHRASE_WORDS; n++) {
        if (traits->is_content[k + n]) {
            phrase.terms[terms++] = sentence->words[k + n] + 1;
            phrase.capitals &= traits->is_capital[k + n] || (k + n == 0 && is_opening_name);
        }
    }
    if (!wording_has_capital(text, phrase.span)) {
        phrase.low = phrase.span;
    }
    phrase.capitals |= phrase.item > 0;
    phrase.is_weak = phrase.capitals == 0 && is_weak(self, sentence, k, len);
    return phrase;
}

/* The phrases that begin with word k of sentence i. The capital of a sentence's first word
 * says nothing unless others follow. */
static int add_phrases(finder_t *self, size_t i, size_t k, const traits_t *traits)
{
    const char *text = document_text(self->document);
    const document_sentence_t *sentence = document_sentence(self->document, i);
    size_t name_len = traits->name_len[k];
    size_t most = name_len > PHRASE_WORDS ? name_len : PHRASE_WORDS;
    int rc = 0;
    if (traits->is_inside[k]) {
        return 0;
    }
    for (size_t n = 0; rc == 0 && n < most && k + n < traits->count; n++) {
        span_t word = sentence->places[k + n];
        bool is_in_name = n < name_len;
        if ((!traits->is_content[k + n] && !is_in_name) ||
            (n > 0 && !is_in_name && !is_joined(text, sentence->places[k + n - 1], word))) {
            break;
        }
        bool cuts_name = k + n + 1 < traits->count && traits->is_inside[k + n + 1];
        if (!cuts_name) {
            phrase_t phrase = phrase_at(self, i, k, n + 1, traits);
            rc = phrase.terms[0] != 0 ? append(self, &phrase) : 0;
        }
    }
    return rc;
}

static size_t hash_of(const phrase_t *phrase)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < PHRASE_WORDS; i++) {
        hash = (hash ^ phrase->terms[i]) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 32;
    }
    return (size_t)hash;
}

/* A phrase is weak if it is so wherever it stands. */
static void add_to(phrase_t *phrase, const phrase_t *same)
{
    if (phrase->is_loud && !same->is_loud) {
        phrase->span = same->span;
        phrase->is_loud = false;
    }
    phrase->low = phrase->low.len > 0 ? phrase->low : same->low;
    phrase->count += same->count;
    phrase->capitals += same->capitals;
    phrase->is_weak &= same->is_weak;
    phrase->item = phrase->item != 0 ? phrase->item : same->item;
}

/* Makes one phrase of those with the same words; the first stays. 0, or -1: no memory. */
static int merge_same(phrases_t *self)
{
    size_t slots = 64, kept = 0;
    while (slots < 2 * self->count) {
        slots *= 2;
    }
    uint32_t *table = calloc(slots, sizeof *table); /* number + 1; 0 is free */
    for (size_t i = 0; table != NULL && i < self->count; i++) {
        const phrase_t *next = &self->list[i];
        size_t at = hash_of(next) & (slots - 1);
        while (table[at] != 0 && memcmp(self->list[table[at] - 1].terms, next->terms,
                                        sizeof next->terms) != 0) {
            at = (at + 1) & (slots - 1);
        }
        if (table[at] != 0) {
            add_to(&self->list[table[at] - 1], next);
        } else {
            self->list[kept++] = *next;
            table[at] = (uint32_t)kept;
        }
    }
    int rc = table != NULL ? 0 : -1;
    self->count = kept;
    free(table);
    return rc;
}

size_t phrase_length(const phrase_t *phrase)
{
    size_t length = 0;
    while (length < PHRASE_WORDS && phrase->terms[length] != 0) {
        length++;
    }
    return length;
}

static int collect(finder_t *self)
{
    int rc = 0;
    size_t count = document_count(self->document);
    for (size_t i = 0; rc == 0 && i < count && i < SENTENCES_READ; i++) {
        traits_t traits = look_at(self, document_sentence(self->document, i));
        for (size_t k = 0; rc == 0 && k < traits.count; k++) {
            rc = add_phrases(self, i, k, &traits);
        }
    }
    return rc;
}

int phrases_find(phrases_t *self, const document_t *document, const names_t *names)
{
    finder_t finder = {.phrases = self, .document = document, .names = names};
    *self = (phrases_t){0};
    finder.verb_balance = weigh_verbs(document);
    int rc = finder.verb_balance != NULL && collect(&finder) == 0 ? merge_same(self) : -1;
    free(finder.verb_balance);
    return rc;
}

void phrases_close(phrases_t *self)
{
    free(self->list);
    *self = (phrases_t){0};
}
