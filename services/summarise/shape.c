#include "summarise/shape.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

#include "summarise/wording.h"
#include "text/utf8.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { WORD_MAX = 16 }; /* bytes; longer than the words below, with their NUL */

/* Each list in the order of strcmp. */
static const char *const pronouns[] = {"He",    "Her",  "Him",  "His",   "I",     "It",
                                       "Its",   "She",  "Such", "That",  "Their", "Them",
                                       "These", "They", "This", "Those", "We"};
static const char *const connectives[] = {
    "Also",         "And",         "Another", "Besides",   "Both",      "But",
    "Furthermore",  "However",     "Instead", "Likewise",  "Meanwhile", "Moreover",
    "Nevertheless", "Nonetheless", "Or",      "Others",    "Otherwise", "Similarly",
    "So",           "Still",       "Then",    "Therefore", "Thus",      "Yet"};
static const char *const speech[] = {"according", "added",     "adds",     "announced",
                                     "asked",     "explained", "reported", "said",
                                     "says",      "tells",     "told"};

/* What belongs to the page and not to the story. */
static const char *const junk[] = {"PUBLISHED:",
                                   "UPDATED:",
                                   "Scroll down",
                                   "SCROLL DOWN",
                                   "Click here",
                                   "CLICK HERE",
                                   "Last updated",
                                   "Read more",
                                   "READ MORE",
                                   "Sign up",
                                   "Subscribe",
                                   "All rights reserved",
                                   "Follow us",
                                   "Share this",
                                   "Photo:",
                                   "Image:",
                                   "(pictured",
                                   "Getty Images",
                                   "contributed to this report",
                                   "http://",
                                   "https://",
                                   "Watch:",
                                   "WATCH:",
                                   "Copyright"};

static int by_text(const void *key, const void *entry)
{
    return strcmp(key, *(const char *const *)entry);
}

static bool is_among(const char *const *list, size_t count, const char *word, size_t len)
{
    char key[WORD_MAX];
    if (len >= sizeof key) {
        return false;
    }
    memcpy(key, word, len);
    key[len] = '\0';
    return bsearch(key, list, count, sizeof list[0], by_text) != NULL;
}

static bool is_quote(UChar32 c)
{
    return c == '"' || c == 0x201C || c == 0x201D || c == 0xAB || c == 0xBB ||
           c == 0x300C || c == 0x300D;
}

/* Pairs of marks, as a running balance. */
typedef struct {
    int straight, curly, round;
    bool is_broken; /* closed before it was opened */
} balance_t;

static void weigh_mark(balance_t *balance, UChar32 c)
{
    balance->straight += c == '"';
    balance->curly += (c == 0x201C || c == 0x300C) - (c == 0x201D || c == 0x300D);
    balance->round += (c == '(') - (c == ')');
    balance->is_broken |= balance->curly < 0 || balance->round < 0;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_letter(uint8_t byte) /* of ASCII */
{
    return (byte | 32) >= 'a' && (byte | 32) <= 'z';
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool may_stand_in_word(uint32_t c)
{
    return c < 0x80 ? is_letter((uint8_t)c) || is_digit((uint8_t)c) : u_isalnum((UChar32)c);
}

static bool is_capital(uint32_t c)
{
    return c < 0x80 ? c >= 'A' && c <= 'Z' : u_isupper((UChar32)c);
}

static bool is_speech(const char *word, size_t len)
{
    if (strchr("aerst", word[0]) == NULL) {
        return false;
    }
    while (len > 0 && !u_isalnum((uint8_t)word[len - 1])) {
        len--;
    }
    return len > 3 && is_among(speech, COUNT_OF(speech), word, len);
}

static void look_at_word(shape_t *shape, const char *word, size_t len)
{
    uint32_t first = 0;
    bool has_digit = false;
    for (size_t at = 0; at < len;) {
        uint32_t c = utf8_next(word, len, &at);
        first = first == 0 && may_stand_in_word(c) ? c : first;
        has_digit |= c < 0x80 ? is_digit((uint8_t)c) : u_isdigit((UChar32)c);
    }
    shape->capitals += shape->words > 0 && is_capital(first);
    shape->numbers += has_digit;
    shape->has_speech = shape->has_speech || is_speech(word, len);
    shape->words++;
}

static void look_at_words(shape_t *shape, const char *sentence, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t end = at;
        while (end < len && !is_blank(sentence[end])) {
            end++;
        }
        if (end > at) {
            look_at_word(shape, sentence + at, end - at);
        }
        at = end + 1;
    }
}

static void look_at_marks(shape_t *shape, const char *sentence, size_t len)
{
    balance_t balance = {0};
    UChar32 end = 0;
    for (size_t at = 0; at < len;) {
        uint8_t byte = (uint8_t)sentence[at];
        if (is_letter(byte) || byte == ' ') { /* most of all */
            end = byte;
            at++;
            continue;
        }
        UChar32 c = (UChar32)utf8_next(sentence, len, &at);
        shape->has_quote |= is_quote(c);
        weigh_mark(&balance, c);
        bool is_closing = is_quote(c) || c == ')' || c == ']' || c == '\'' || c == 0x2019;
        end = is_closing ? end : c;
    }
    shape->is_half = balance.is_broken || balance.straight % 2 != 0 || balance.curly != 0 ||
                     balance.round != 0;
    shape->is_question = end == '?' || end == 0xFF1F;
    shape->ends_open = end == ':' || end == ',' || end == ';' || end == '-';
    shape->has_end = u_hasBinaryProperty(end, UCHAR_S_TERM) || end == 0x2026;
}

/* Behind an opening quote or bracket. */
static void look_at_opening(shape_t *shape, const char *sentence, size_t len)
{
    size_t start = 0;
    size_t at = 0;
    while (at < len && !u_isalnum((UChar32)utf8_next(sentence, len, &at))) {
        start = at;
    }
    size_t end = start;
    while (end < len && u_isalpha((uint8_t)sentence[end]) &&
           (uint8_t)sentence[end] < 0x80) {
        end++;
    }
    const char *word = sentence + start;
    shape->is_pronoun = is_among(pronouns, COUNT_OF(pronouns), word, end - start);
    shape->is_dangling = shape->is_pronoun ||
                         is_among(connectives, COUNT_OF(connectives), word, end - start);
}

/* From the first mark to the last: `"Every week, they sailed."` */
static bool is_quoted_whole(const char *sentence, size_t len)
{
    size_t first = 0, last = 0, at = 0;
    UChar32 opening = len > 0 ? (UChar32)utf8_next(sentence, len, &first) : 0;
    UChar32 closing = 0;
    while (at < len) {
        last = at;
        closing = (UChar32)utf8_next(sentence, len, &at);
    }
    return last > 0 && is_quote(opening) && is_quote(closing);
}

/* What was read of a sentence outside its quotations. */
typedef struct {
    size_t words;
    size_t pronoun,
        verb;      /* the last "he", "she", "they", "it" and verb of speech; from 1 */
    bool is_said;  /* the two stand together */
    bool is_named; /* by a capital */
} account_t;

/* A word outside quotations. */
static void tell(account_t *account, const char *sentence, span_t word)
{
    enum { NEAR = 2 }; /* "he also said" */
    static const char *const persons[] = {"he", "it", "she", "they"};
    const char *first = sentence + word.start;
    size_t at = ++account->words;
    if (is_among(persons, COUNT_OF(persons), first, word.len)) {
        account->pronoun = at;
    } else if (is_speech(first, word.len)) {
        account->verb = at;
    } else {
        account->is_named |=
            wording_has_capital(sentence, word) && !wording_is_plain(sentence, word);
        return;
    }
    size_t apart = account->pronoun > account->verb ? account->pronoun - account->verb
                                                    : account->verb - account->pronoun;
    account->is_said |= account->pronoun > 0 && account->verb > 0 && apart <= NEAR;
}

static size_t skip_word(const char *sentence, size_t len, size_t at)
{
    for (size_t next = at; next < len; at = next) {
        uint32_t c = utf8_next(sentence, len, &next);
        if (!may_stand_in_word(c) && c != '\'' && c != 0x2019) {
            break;
        }
    }
    return at;
}

/* A quotation and little else: `"We lost it all," he said.` */
static bool is_by_pronoun(const char *sentence, size_t len)
{
    enum { LITTLE = 8 }; /* words */
    account_t account = {0};
    bool in_quote = false;
    for (size_t at = 0, end = 0; at < len && account.words <= LITTLE; at = end) {
        end = skip_word(sentence, len, at);
        if (end > at && !in_quote) {
            tell(&account, sentence, (span_t){at, end - at});
        } else if (end == at) {
            uint32_t c = utf8_next(sentence, len, &end);
            in_quote = c == '"' ? !in_quote : (in_quote || c == 0x201C) && c != 0x201D;
        }
    }
    return account.is_said && !account.is_named && account.words <= LITTLE;
}

static bool is_junk_at(const char *text, size_t len)
{
    for (size_t i = 0; i < COUNT_OF(junk); i++) {
        if (junk[i][0] != text[0]) {
            continue;
        }
        size_t junk_len = strlen(junk[i]);
        if (junk_len <= len && memcmp(text, junk[i], junk_len) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_junk(const char *sentence, size_t len)
{
    static const bool begins[UINT8_MAX + 1] = {
        ['P'] = true, ['U'] = true, ['S'] = true, ['C'] = true, ['L'] = true,
        ['R'] = true, ['A'] = true, ['F'] = true, ['I'] = true, ['('] = true,
        ['G'] = true, ['c'] = true, ['h'] = true, ['W'] = true}; /* the texts above */
    for (size_t at = 0; at < len; at++) {
        if (begins[(uint8_t)sentence[at]] && is_junk_at(sentence + at, len - at)) {
            return true;
        }
    }
    return false;
}

shape_t shape_of(const char *sentence, size_t len)
{
    shape_t shape = {0};
    look_at_words(&shape, sentence, len);
    look_at_marks(&shape, sentence, len);
    look_at_opening(&shape, sentence, len);
    shape.is_bare_quote = !shape.has_speech && is_quoted_whole(sentence, len);
    shape.is_by_pronoun =
        shape.has_speech && shape.has_quote && is_by_pronoun(sentence, len);
    shape.is_junk = has_junk(sentence, len);
    return shape;
}
