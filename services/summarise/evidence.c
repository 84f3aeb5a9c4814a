#include "summarise/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "summarise/numbers.h"
#include "summarise/terms.h"
#include "text/utf8.h"
#include "text/words.h"

enum {
    WORDS_MAX = 120,  /* of a sentence; a longer one is none */
    NUMBERS_MAX = 40, /* of one sentence */
    NEAR = 4,         /* words between which a name may be spread */
};
static const double SHARED_MIN = 0.5; /* of the content words, by the sources together */

struct evidence {
    const document_t *document;
    char *plain; /* the text for quotations, folded by fold_text; NUL-terminated */
    char *title; /* likewise; "" if there is none */
};

/* A word of the sentence in question. */
typedef struct {
    span_t span;
    uint32_t term;                        /* TERMS_NONE: the article does not have it */
    bool is_content, is_capital, follows; /* follows: a blank away from the word before */
} word_t;

typedef struct {
    const evidence_t *evidence;
    const char *text;
    size_t len;
    word_t words[WORDS_MAX];
    size_t count;
    verdict_t *verdict;
} check_t;

/* --- folding -------------------------------------------------------------------------- */

/* Case, curly quotes and stretches of white space do not make another quotation. */
static char *fold_text(const char *text, size_t len)
{
    char *out =
        malloc(3 * len + 1); /* folding makes a code point longer, by a byte or two */
    size_t used = 0;
    bool was_blank = true;
    for (size_t at = 0; out != NULL && at < len;) {
        UChar32 c = (UChar32)utf8_next(text, len, &at);
        bool is_blank = u_isUWhiteSpace(c);
        c = c == 0x2018 || c == 0x2019   ? '\''
            : c == 0x201C || c == 0x201D ? '"'
                                         : u_foldCase(c, U_FOLD_CASE_DEFAULT);
        if (!is_blank) {
            used += utf8_put(out + used, (uint32_t)c);
        } else if (!was_blank) {
            out[used++] = ' ';
        }
        was_blank = is_blank;
    }
    if (out != NULL) {
        out[used] = '\0';
    }
    return out;
}

evidence_t *evidence_new(const document_t *document, const char *title)
{
    evidence_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    const char *text = document_text(document);
    self->document = document;
    self->plain = fold_text(text, strlen(text));
    self->title = fold_text(title != NULL ? title : "", title != NULL ? strlen(title) : 0);
    if (self->plain == NULL || self->title == NULL) {
        evidence_destroy(&self);
    }
    return self;
}

void evidence_destroy(evidence_t **self)
{
    if (*self != NULL) {
        free((*self)->plain);
        free((*self)->title);
        free(*self);
        *self = NULL;
    }
}

/* --- the verdict ---------------------------------------------------------------------- */

static void refuse(const check_t *self, const char *what, span_t span)
{
    verdict_t *verdict = self->verdict;
    if (verdict->reason[0] == '\0') {
        size_t most = span.len;
        while (most > 80 || (most > 0 && most < span.len &&
                             ((uint8_t)self->text[span.start + most] & 0xC0) == 0x80)) {
            most--;
        }
        snprintf(verdict->reason, sizeof verdict->reason, "%s \"%.*s\"", what, (int)most,
                 self->text + span.start);
    }
    verdict->is_supported = false;
}

/* --- the words of the sentence -------------------------------------------------------- */

static int read_words(check_t *self)
{
    words_t *words = words_new(self->text, self->len);
    if (words == NULL) {
        return -1;
    }
    size_t end = 0;
    for (size_t k = 0; k < words_count(words); k++) {
        span_t span = words_at(words, k);
        if (!words_is_word(words, k)) {
            continue;
        }
        if (self->count == WORDS_MAX) {
            refuse(self, "too many words to check:", (span_t){0, self->len});
            break;
        }
        size_t at = span.start;
        bool is_stop = false;
        word_t *word = &self->words[self->count++];
        word->span = span;
        word->term = document_term(self->evidence->document, self->text + span.start,
                                   span.len, &is_stop);
        word->is_content = !is_stop;
        word->is_capital = u_isupper((UChar32)utf8_next(self->text, self->len, &at));
        word->follows = self->count > 1 && span.start == end + 1 && self->text[end] == ' ';
        end = span.start + span.len;
    }
    words_destroy(&words);
    return 0;
}

/* --- sources -------------------------------------------------------------------------- */

static bool has_term(const document_sentence_t *sentence, uint32_t term)
{
    for (size_t k = 0; k < sentence->word_count; k++) {
        if (sentence->words[k] == term) {
            return true;
        }
    }
    return false;
}

/* How many content words that are not covered yet sentence i has; marks them if asked. */
static size_t cover(const check_t *self, size_t i, bool is_covered[WORDS_MAX], bool mark)
{
    const document_sentence_t *sentence = document_sentence(self->evidence->document, i);
    size_t count = 0;
    for (size_t k = 0; k < self->count; k++) {
        const word_t *word = &self->words[k];
        if (word->is_content && !is_covered[k] && word->term != TERMS_NONE &&
            has_term(sentence, word->term)) {
            count++;
            is_covered[k] |= mark;
        }
    }
    return count;
}

static int by_number(const void *a, const void *b)
{
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    return (left > right) - (left < right);
}

/* Greedy: the sentence that has most of what the ones before it lack. */
static void find_sources(check_t *self)
{
    bool is_covered[WORDS_MAX] = {false};
    size_t content = 0, covered = 0;
    verdict_t *verdict = self->verdict;
    for (size_t k = 0; k < self->count; k++) {
        content += self->words[k].is_content;
    }
    while (verdict->source_count < EVIDENCE_SOURCES_MAX) {
        size_t best = 0, most = 0;
        for (size_t i = 0; i < document_count(self->evidence->document); i++) {
            size_t count = cover(self, i, is_covered, false);
            best = count > most ? i : best;
            most = count > most ? count : most;
        }
        if (most == 0 || (verdict->source_count > 0 && most < 2)) {
            break;
        }
        covered += cover(self, best, is_covered, true);
        verdict->sources[verdict->source_count++] = best;
    }
    qsort(verdict->sources, verdict->source_count, sizeof verdict->sources[0], by_number);
    if (content == 0 || (double)covered < SHARED_MIN * (double)content) {
        refuse(self, "too little of it stands in the article:", (span_t){0, self->len});
    }
}

/* --- numbers -------------------------------------------------------------------------- */

static bool has_number(const number_t *numbers, size_t count, const number_t *number)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers_are_equal(&numbers[i], number)) {
            return true;
        }
    }
    return false;
}

static int check_numbers(const check_t *self)
{
    const document_t *document = self->evidence->document;
    const verdict_t *verdict = self->verdict;
    number_t asked[NUMBERS_MAX], given[EVIDENCE_SOURCES_MAX * NUMBERS_MAX];
    size_t asked_count = 0, given_count = 0;
    int rc = numbers_find(self->text, self->len, asked, NUMBERS_MAX, &asked_count);
    for (size_t i = 0; rc == 0 && asked_count > 0 && i < verdict->source_count; i++) {
        span_t span = document_sentence(document, verdict->sources[i])->span;
        size_t count = 0;
        rc = numbers_find(document_text(document) + span.start, span.len,
                          given + given_count, NUMBERS_MAX, &count);
        given_count += count;
    }
    if (asked_count == NUMBERS_MAX) {
        refuse(self, "too many numbers to check:", (span_t){0, self->len});
    }
    for (size_t i = 0; rc == 0 && i < asked_count; i++) {
        if (!has_number(given, given_count, &asked[i])) {
            refuse(self, "number not in its sources:", asked[i].span);
        }
    }
    return rc;
}

/* --- to the letter -------------------------------------------------------------------- */

/* Whether that part of the sentence stands in `where`, which is folded. */
static int stands_in(const char *where, const check_t *self, span_t span, bool *found)
{
    char *folded = fold_text(self->text + span.start, span.len);
    *found = folded != NULL && strstr(where, folded) != NULL;
    int rc = folded != NULL ? 0 : -1;
    free(folded);
    return rc;
}

/* --- quotations ----------------------------------------------------------------------- */

static bool is_open(UChar32 c)
{
    return c == '"' || c == 0x201C || c == 0xAB || c == 0x300C;
}

static bool is_close(UChar32 c)
{
    return c == '"' || c == 0x201D || c == 0xBB || c == 0x300D;
}

static int check_quotation(const check_t *self, span_t span)
{
    char *folded = fold_text(self->text + span.start, span.len);
    if (folded == NULL) {
        return -1;
    }
    size_t len = strlen(folded);
    while (len > 0 && strchr(" .,;:!?", folded[len - 1]) != NULL) {
        folded[--len] = '\0';
    }
    if (strstr(self->evidence->plain, folded) == NULL &&
        strstr(self->evidence->title, folded) == NULL) {
        refuse(self, "quotation not in the article:", span);
    }
    free(folded);
    return 0;
}

static int check_quotations(const check_t *self)
{
    size_t opened = 0;
    bool is_inside = false;
    int rc = 0;
    for (size_t at = 0; rc == 0 && at < self->len;) {
        size_t here = at;
        UChar32 c = (UChar32)utf8_next(self->text, self->len, &at);
        if (is_inside && is_close(c)) {
            rc = check_quotation(self, (span_t){opened, here - opened});
            is_inside = false;
        } else if (!is_inside && is_open(c)) {
            opened = at;
            is_inside = true;
        }
    }
    if (is_inside) {
        refuse(self, "quotation that does not end:", (span_t){opened, self->len - opened});
    }
    return rc;
}

/* --- names ---------------------------------------------------------------------------- */

static bool knows(const check_t *self, const char *word, size_t len)
{
    bool is_stop;
    return document_term(self->evidence->document, word, len, &is_stop) != TERMS_NONE;
}

/* "Australian" where the article has "Australia", "German" for "Germany". */
static bool knows_country_of(const check_t *self, span_t span)
{
    static const char *const tails[] = {"n", "an", "ian", "ese", "ish", "i"};
    static const char *const instead[] = {"", "a", "y", "land"};
    enum { MAX = 40, STEM_MIN = 4 };
    char word[MAX + 8];
    if (span.len > MAX) {
        return false;
    }
    const char *text = self->text + span.start;
    snprintf(word, sizeof word, "%.*sy", (int)span.len, text);
    bool is_known = knows(self, word, strlen(word));
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        size_t tail = strlen(tails[i]);
        if (span.len < tail + STEM_MIN ||
            memcmp(text + span.len - tail, tails[i], tail) != 0) {
            continue;
        }
        for (size_t k = 0; k < sizeof instead / sizeof instead[0]; k++) {
            snprintf(word, sizeof word, "%.*s%s", (int)(span.len - tail), text, instead[k]);
            is_known |= knows(self, word, strlen(word));
        }
    }
    return is_known;
}

/* A sentence of the article has both, near each other and in this order or the other. */
static bool are_near(const check_t *self, uint32_t a, uint32_t b)
{
    const document_t *document = self->evidence->document;
    for (size_t i = 0; i < document_count(document); i++) {
        const document_sentence_t *sentence = document_sentence(document, i);
        for (size_t k = 0; k < sentence->word_count; k++) {
            for (size_t n = k + 1; n <= k + NEAR && n < sentence->word_count; n++) {
                uint32_t left = sentence->words[k], right = sentence->words[n];
                if ((left == a && right == b) || (left == b && right == a)) {
                    return true;
                }
            }
        }
    }
    return false;
}

static int check_names(const check_t *self)
{
    int rc = 0;
    for (size_t k = 0; rc == 0 && k < self->count; k++) {
        const word_t *word = &self->words[k];
        const word_t *before = k > 0 ? &self->words[k - 1] : NULL;
        if (!word->is_capital || !word->is_content) {
            continue;
        }
        if (word->term == TERMS_NONE) {
            if (!knows_country_of(self, word->span)) {
                refuse(self, "name not in the article:", word->span);
            }
            continue;
        }
        bool is_one_name = before != NULL && word->follows && before->is_capital &&
                           before->is_content && before->term != TERMS_NONE;
        if (is_one_name && !are_near(self, before->term, word->term)) {
            bool found = false; /* words of the title alone stand together there */
            span_t both = {before->span.start,
                           word->span.start + word->span.len - before->span.start};
            rc = stands_in(self->evidence->title, self, both, &found);
            if (!found) {
                refuse(self, "name not in the article:", both);
            }
        }
    }
    return rc;
}

/* --- words without capitals ----------------------------------------------------------- */

/* Whether c is of a script that shows no names: letters without case, or its digits. */
static bool has_no_case(UChar32 c)
{
    UErrorCode error = U_ZERO_ERROR;
    bool has_case = u_isUUppercase(c) || u_isULowercase(c) || u_istitle(c);
    return c >= 0x80 && u_isalnum(c) &&
           (!has_case || uscript_getScript(c, &error) == USCRIPT_GEORGIAN);
}

/* Of a script that sets no blanks between words. */
static bool is_run_on(UChar32 c)
{
    int32_t kind = u_getIntPropertyValue(c, UCHAR_LINE_BREAK);
    return kind == U_LB_IDEOGRAPHIC || kind == U_LB_COMPLEX_CONTEXT ||
           kind == U_LB_CONDITIONAL_JAPANESE_STARTER;
}

static int stands(const check_t *self, span_t span, bool *found)
{
    int rc = stands_in(self->evidence->plain, self, span, found);
    return rc == 0 && !*found ? stands_in(self->evidence->title, self, span, found) : rc;
}

/* Where words run on, the article may split them elsewhere: the letters have to stand in
 * it, and one by itself beside a neighbour of here, or names could be made of such. */
static int is_known_run_on(const check_t *self, span_t span, bool *found)
{
    size_t before = span.start, end = span.start + span.len, after = end;
    if (utf8_count(self->text + span.start, span.len) > 1) {
        return stands(self, span, found);
    }
    before -= before > 0;
    while (before > 0 && ((uint8_t)self->text[before] & 0xC0) == 0x80) {
        before--;
    }
    if (after < self->len) {
        utf8_next(self->text, self->len, &after);
    }
    int rc = 0;
    *found = false;
    if (before < span.start) {
        rc = stands(self, (span_t){before, end - before}, found);
    }
    if (rc == 0 && !*found && after > end) {
        rc = stands(self, (span_t){span.start, after - span.start}, found);
    }
    return rc;
}

/* Any word of such a script may be a name or a number, so that all have to stand in the
 * article. */
static int check_caseless(const check_t *self)
{
    int rc = 0;
    for (size_t k = 0; rc == 0 && k < self->count; k++) {
        const word_t *word = &self->words[k];
        size_t at = word->span.start;
        UChar32 first = (UChar32)utf8_next(self->text, self->len, &at);
        bool is_known = word->term != TERMS_NONE;
        if (has_no_case(first) && is_run_on(first)) {
            rc = is_known_run_on(self, word->span, &is_known);
        }
        if (has_no_case(first) && !is_known) {
            refuse(self, "word not in the article:", word->span);
        }
    }
    return rc;
}

int evidence_check(const evidence_t *self, const char *sentence, size_t len,
                   verdict_t *verdict)
{
    check_t check = {.evidence = self, .text = sentence, .len = len, .verdict = verdict};
    *verdict = (verdict_t){.is_supported = true};
    if (read_words(&check) != 0) {
        return -1;
    }
    find_sources(&check);
    return check_quotations(&check) == 0 && check_numbers(&check) == 0 &&
                   check_names(&check) == 0 && check_caseless(&check) == 0
               ? 0
               : -1;
}
