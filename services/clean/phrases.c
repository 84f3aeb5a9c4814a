#include "clean/phrases.h"

#include "text/utf8.h"

#include <string.h>
#include <unicode/uchar.h>

typedef enum {
    PHRASE_WHOLE,  /* the line says this and nothing else */
    PHRASE_PREFIX, /* it begins so, and has at most `words` words */
    PHRASE_INSIDE, /* it has this in it, and has at most `words` words */
} phrase_match_t;

static const struct {
    const char *text; /* folded */
    phrase_match_t match;
    uint32_t words;
    phrase_t phrase;
} phrases[] = {
/* By first byte, then those to be found inside: phrase_of() counts on it. */
#define AD                                                                                 \
    {                                                                                      \
        "advertisement", false                                                             \
    }
#define SHARE                                                                              \
    {                                                                                      \
        "share bar", false                                                                 \
    }
#define RELATED                                                                            \
    {                                                                                      \
        "related links", false                                                             \
    }
#define RELATED_HEAD                                                                       \
    {                                                                                      \
        "related links", true                                                              \
    }
#define LETTER                                                                             \
    {                                                                                      \
        "newsletter", false                                                                \
    }
#define LETTER_HEAD                                                                        \
    {                                                                                      \
        "newsletter", true                                                                 \
    }
#define COOKIE                                                                             \
    {                                                                                      \
        "cookie note", false                                                               \
    }
#define COMMENT                                                                            \
    {                                                                                      \
        "comments", false                                                                  \
    }
#define COMMENT_HEAD                                                                       \
    {                                                                                      \
        "comments", true                                                                   \
    }
#define CREDIT                                                                             \
    {                                                                                      \
        "image credit", false                                                              \
    }
#define NAV                                                                                \
    {                                                                                      \
        "navigation", false                                                                \
    }
#define LEGAL                                                                              \
    {                                                                                      \
        "legal note", false                                                                \
    }
#define META                                                                               \
    {                                                                                      \
        "date or byline", false                                                            \
    }
#define VIDEO                                                                              \
    {                                                                                      \
        "embedded media", false                                                            \
    }
#define PAYWALL                                                                            \
    {                                                                                      \
        "paywall note", false                                                              \
    }
#define ABOUT                                                                              \
    {                                                                                      \
        "about the author", false                                                          \
    }
#define ERROR                                                                              \
    {                                                                                      \
        "error page", false                                                                \
    }
#include "clean/phrases.inc"
};

enum { FOLD_MAX = 400 }; /* bytes: longer lines are no stock phrase */

static bool is_ink(uint32_t c)
{
    if (c < 0x80) {
        return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
    }
    return u_isalnum((UChar32)c) || u_charType((UChar32)c) == U_NON_SPACING_MARK ||
           u_charType((UChar32)c) == U_COMBINING_SPACING_MARK || c == 0xA9;
}

static size_t put_lower(char *out, uint32_t c)
{
    if (c < 0x80) {
        *out = (char)(c >= 'A' && c <= 'Z' ? c | 32 : c);
        return 1;
    }
    return utf8_put(out, c == 0x2019 ? '\'' : (uint32_t)u_tolower((UChar32)c));
}

size_t phrase_fold(char *out, size_t room, const char *text, size_t len)
{
    size_t used = 0;
    size_t ink = 0; /* used, up to the last ink */
    for (size_t at = 0; at < len && used + 5 < room;) {
        uint32_t c = utf8_next(text, len, &at);
        bool has_ink = is_ink(c);
        if (used == 0 && !has_ink) {
            continue;
        }
        used += put_lower(out + used, c);
        ink = has_ink ? used : ink;
    }
    out[ink] = '\0';
    return ink;
}

static const size_t rows_count = sizeof phrases / sizeof *phrases;

/* Whether a row stands before all that begin with `first`; those to be found inside a line
 * stand after all others. */
static bool is_before(size_t row, unsigned char first)
{
    return phrases[row].match != PHRASE_INSIDE &&
           (unsigned char)phrases[row].text[0] < first;
}

static size_t first_row(unsigned char first)
{
    size_t low = 0;
    size_t high = rows_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (is_before(middle, first)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The pairs of bytes that a line has, as bits of a hash: what it says is told from most of
 * what it does not say by a look at them. */
typedef struct {
    uint64_t bits[4];
} pairs_t;

static unsigned pair_at(const char *text)
{
    return ((unsigned char)text[0] * 37u + (unsigned char)text[1]) & 255;
}

static pairs_t pairs_of(const char *text, size_t len)
{
    pairs_t pairs = {{0}};
    for (size_t i = 0; i + 1 < len; i++) {
        unsigned pair = pair_at(text + i);
        pairs.bits[pair / 64] |= 1ull << pair % 64;
    }
    return pairs;
}

/* False: a line with these pairs has not that phrase, of two bytes or more, in it. */
static bool may_have(const pairs_t *pairs, const char *phrase)
{
    unsigned first = pair_at(phrase);
    unsigned second = phrase[2] != '\0' ? pair_at(phrase + 1) : first;
    return (pairs->bits[first / 64] >> first % 64 & 1) != 0 &&
           (pairs->bits[second / 64] >> second % 64 & 1) != 0;
}

static bool begins(size_t row, const char *folded, uint32_t words)
{
    const char *text = phrases[row].text;
    size_t len = 0;
    while (text[len] != '\0' && text[len] == folded[len]) {
        len++;
    }
    bool is_fit = phrases[row].match == PHRASE_WHOLE ? folded[len] == '\0'
                                                     : words <= phrases[row].words;
    return text[len] == '\0' && is_fit;
}

const phrase_t *phrase_of(const char *text, size_t len, uint32_t words)
{
    char folded[FOLD_MAX];
    if (len == 0 || len >= FOLD_MAX || words > 45) {
        return NULL;
    }
    size_t used = phrase_fold(folded, sizeof folded, text, len);
    unsigned char first = (unsigned char)folded[0];
    size_t row = first_row(first);
    for (; row < rows_count && phrases[row].match != PHRASE_INSIDE &&
           (unsigned char)phrases[row].text[0] == first;
         row++) {
        if (begins(row, folded, words)) {
            return &phrases[row].phrase;
        }
    }
    pairs_t pairs = pairs_of(folded, used);
    for (row = first_row(0xFF); row < rows_count; row++) {
        if (words <= phrases[row].words && may_have(&pairs, phrases[row].text) &&
            strstr(folded, phrases[row].text) != NULL) {
            return &phrases[row].phrase;
        }
    }
    return NULL;
}
