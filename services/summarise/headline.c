#include "summarise/headline.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <unicode/uchar.h>

#include "text/utf8.h"

/* What stands between a headline and a site. Behind a dash comes often enough a part of the
 * headline, so that the tail has to look like a site's name. */
typedef struct {
    const char *text;
    bool is_sure;
} separator_t;

static const separator_t separators[] = {
    {" | ", true},
    {" \xC2\xBB ", true},
    {" :: ", true},
    {" \xC2\xB7 ", true},
    {" - ", false},
    {" \xE2\x80\x93 ", false},
    {" \xE2\x80\x94 ", false},
};

/* Words of which the names of news sites are made. */
static const char *const site_words[] = {
    "news",    "times",   "post",     "daily",   "herald",  "bbc",       "cnn",
    "tribune", "gazette", "guardian", "journal", "reuters", "telegraph", "chronicle",
    ".com",    ".org",    ".co.uk",   ".net",    ".de",     "magazine"};

enum { TAIL_WORDS_MAX = 5, HEAD_WORDS_MIN = 3 };

static size_t count_words(const char *text, size_t len)
{
    size_t words = 0;
    for (size_t i = 0; i < len; i++) {
        words += text[i] != ' ' && (i == 0 || text[i - 1] == ' ');
    }
    return words;
}

static span_t trimmed(const char *text, size_t start, size_t end)
{
    size_t first = end, last = end;
    for (size_t at = start; at < end;) {
        size_t here = at;
        if (!u_isUWhiteSpace((UChar32)utf8_next(text, end, &at))) {
            first = first == end ? here : first;
            last = at;
        }
    }
    return first == end ? (span_t){start, 0} : (span_t){first, last - first};
}

static bool names_site(const char *tail, const char *sitename)
{
    if (sitename != NULL && strcasecmp(tail, sitename) == 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof site_words / sizeof site_words[0]; i++) {
        if (strcasestr(tail, site_words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* The last separator in title[0..len), NULL if none; *start says where. */
static const separator_t *last_separator(const char *title, size_t len, size_t *start)
{
    const separator_t *found = NULL;
    for (size_t i = 0; i < sizeof separators / sizeof separators[0]; i++) {
        size_t sep_len = strlen(separators[i].text);
        for (size_t at = len; at >= sep_len; at--) {
            if (memcmp(title + at - sep_len, separators[i].text, sep_len) == 0) {
                if (found == NULL || at - sep_len > *start) {
                    found = &separators[i];
                    *start = at - sep_len;
                }
                break;
            }
        }
    }
    return found;
}

span_t headline_of(const char *title, const char *sitename)
{
    enum { TAIL_MAX = 100 }; /* bytes; no site is called longer */
    span_t whole = trimmed(title, 0, strlen(title));
    size_t end = whole.start + whole.len;
    size_t cut = 0;
    const separator_t *separator = last_separator(title, end, &cut);
    if (separator == NULL || end - cut > TAIL_MAX || cut < whole.start) {
        return whole;
    }
    char tail[TAIL_MAX + 1] = "";
    size_t tail_start = cut + strlen(separator->text);
    memcpy(tail, title + tail_start, end - tail_start);
    size_t tail_words = count_words(tail, end - tail_start);
    size_t head_words = count_words(title + whole.start, cut - whole.start);
    bool is_named = sitename != NULL && strcasecmp(tail, sitename) == 0;
    bool is_site = separator->is_sure || names_site(tail, sitename);
    bool is_short = tail_words <= TAIL_WORDS_MAX && head_words >= HEAD_WORDS_MIN;
    return is_named || (is_site && is_short) ? trimmed(title, whole.start, cut) : whole;
}
