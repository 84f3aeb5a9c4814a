#include "summarise/wording.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/uchar.h>

#include "text/utf8.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static int by_text(const void *key, const void *entry)
{
    return strcmp(key, *(const char *const *)entry);
}

bool wording_has_capital(const char *text, span_t word)
{
    size_t at = word.start;
    UChar32 first = (UChar32)utf8_next(text, word.start + word.len, &at);
    return first < 0x80 ? first >= 'A' && first <= 'Z' : u_isupper(first);
}

static bool is_number(const char *text, span_t word)
{
    for (size_t i = word.start; i < word.start + word.len; i++) {
        if (u_isalpha((uint8_t)text[i]) || (uint8_t)text[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

bool wording_is_plain(const char *text, span_t word)
{
    static const char *const plain[] = {
        "million",  "billion",  "year",     "years",     "month",    "months", "week",
        "weeks",    "day",      "days",     "time",      "times",    "people", "hundred",
        "thousand", "monday",   "tuesday",  "wednesday", "thursday", "friday", "saturday",
        "sunday",   "january",  "february", "april",     "june",     "july",   "september",
        "october",  "november", "december", "a.m",       "p.m"};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if ((plain[i][0] | 32) == (text[word.start] | 32) && strlen(plain[i]) == word.len &&
            strncasecmp(text + word.start, plain[i], word.len) == 0) {
            return true;
        }
    }
    return is_number(text, word);
}

bool wording_is_heavy(const char *text, span_t word, bool is_opening)
{
    enum { LONG = 4 };
    size_t at = word.start, end = word.start + word.len, length = 0, ideographs = 0;
    UChar32 first = (UChar32)utf8_next(text, end, &at);
    for (at = word.start; at < end; length++) {
        UChar32 c = (UChar32)utf8_next(text, end, &at);
        ideographs +=
            u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC) || (c >= 0x30A0 && c < 0x3100);
    }
    if (u_isupper(first) || u_islower(first)) {
        return u_isupper(first) && !is_opening;
    }
    bool is_kana = first >= 0x3040 && first < 0x30A0;
    return ideographs >= 2 || (ideographs == 0 && !is_kana && length >= LONG);
}

size_t wording_end(const char *text, span_t word)
{
    static const char *const tails[] = {"'s", "\xE2\x80\x99s"};
    size_t end = word.start + word.len;
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(tails[i]);
        if (word.len > len && memcmp(text + end - len, tails[i], len) == 0) {
            return end - len;
        }
    }
    return end;
}

bool wording_is_weak(const char *text, span_t word)
{
    static const char *const weak[] = {
        "able",    "added",   "ago",      "available",   "away",      "began",
        "best",    "big",     "built",    "called",      "calling",   "different",
        "earlier", "early",   "else",     "everything",  "feet",      "fell",
        "felt",    "first",   "foot",     "found",       "full",      "good",
        "great",   "grew",    "half",     "held",        "here",      "high",
        "higher",  "hour",    "hours",    "including",   "kept",      "large",
        "largest", "last",    "late",     "later",       "latest",    "least",
        "leaving", "led",     "left",     "let",         "likely",    "long",
        "longer",  "lost",    "low",      "lower",       "meanwhile", "met",
        "meter",   "meters",  "metre",    "metres",      "mile",      "miles",
        "minute",  "minutes", "miss",     "nearly",      "next",      "nobody",
        "nothing", "old",     "paid",     "potentially", "ran",       "recent",
        "rose",    "second",  "seen",     "sends",       "sent",      "several",
        "showed",  "showing", "smallest", "something",   "spoke",     "stood",
        "strong",  "taking",  "third",    "together",    "took",      "using",
        "won",     "working", "worn",     "worse",       "wrote",     "young"};
    char key[12];
    if (word.len >= sizeof key) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        key[i] = (char)tolower((unsigned char)text[word.start + i]);
    }
    key[word.len] = '\0';
    return bsearch(key, weak, COUNT_OF(weak), sizeof weak[0], by_text) != NULL;
}

bool wording_is_past(const char *text, span_t word)
{
    enum { SHORTEST = 5 };
    const char *end = text + word.start + word.len;
    return word.len >= SHORTEST && memcmp(end - 2, "ed", 2) == 0 && end[-3] != 'e';
}

bool wording_is_verbal(const char *text, span_t word)
{
    const char *end = text + word.start + word.len;
    return word.len > 4 &&
           (memcmp(end - 3, "ing", 3) == 0 || memcmp(end - 2, "ed", 2) == 0);
}

bool wording_is_loud(const char *text, span_t phrase)
{
    enum { SHORTEST = 5 }; /* longer than most acronyms */
    size_t letters = 0;
    for (size_t at = phrase.start, end = at + phrase.len; at < end;) {
        UChar32 c = (UChar32)utf8_next(text, end, &at);
        if (u_islower(c)) {
            return false;
        }
        letters += u_isupper(c) != 0;
    }
    return letters >= SHORTEST;
}
