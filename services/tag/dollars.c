#include "tag/dollars.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

typedef struct {
    char country[3]; /* ISO 3166-1, and the end of its hosts */
    char code[4];
    const char *sign; /* that marks it where others are about */
} dollar_t;

static const dollar_t dollars[] = {
    {"au", "AUD", "A$"},  {"bb", "BBD", "Bds$"}, {"bn", "BND", "B$"},  {"bs", "BSD", "B$"},
    {"bz", "BZD", "BZ$"}, {"ca", "CAD", "C$"},   {"fj", "FJD", "FJ$"}, {"gy", "GYD", "G$"},
    {"hk", "HKD", "HK$"}, {"jm", "JMD", "J$"},   {"lr", "LRD", "L$"},  {"na", "NAD", "N$"},
    {"nz", "NZD", "NZ$"}, {"sg", "SGD", "S$"},   {"tt", "TTD", "TT$"}, {"tw", "TWD", "NT$"},
};

/* Of the country code that text begins with; NULL: no dollar of ours. */
static const dollar_t *dollar_in(const char *country)
{
    for (size_t i = 0; i < sizeof dollars / sizeof *dollars; i++) {
        if (strncasecmp(country, dollars[i].country, 2) == 0) {
            return &dollars[i];
        }
    }
    return NULL;
}

static const dollar_t *dollar_of_url(const char *url)
{
    const char *host = url != NULL ? strstr(url, "://") : NULL;
    if (host == NULL) {
        return NULL;
    }
    host += strlen("://");
    size_t len = strcspn(host, "/:?#");
    bool has_end = len > 3 && host[len - 3] == '.';
    return has_end ? dollar_in(host + len - 2) : NULL;
}

static const dollar_t *dollar_of_lang(const char *lang)
{
    size_t language = lang != NULL ? strcspn(lang, "-_") : 0;
    bool has_region = language > 0 && lang[language] != 0 && strlen(lang + language) == 3;
    return has_region ? dollar_in(lang + language + 1) : NULL;
}

/* Agencies whose bare "$" is the American one wherever they write. */
static bool is_of_agency(const tokens_t *tokens, size_t i)
{
    static const char *const agencies[] = {"reuters", "ap", "afp", "bloomberg"};
    enum { REACH = 6 }; /* tokens of a dateline behind its city */
    for (size_t at = i; at < i + REACH && at < tokens_count(tokens); at++) {
        for (size_t k = 0; k < sizeof agencies / sizeof *agencies; k++) {
            if (tokens_is(tokens, at, agencies[k])) {
                return true;
            }
        }
    }
    return false;
}

/* "OTTAWA — The government …" */
static const dollar_t *dollar_of_dateline(const dollars_t *self)
{
    if (self->mentions->count == 0) {
        return NULL;
    }
    const mention_t *city = &self->mentions->all[0];
    bool is_dateline = city->first == 0 &&
                       (city->kind == KIND_GPE || city->kind == KIND_LOC) &&
                       (tokens_at(self->tokens, 0)->flags & TOKEN_ALL_UPPER) != 0;
    if (!is_dateline || is_of_agency(self->tokens, city->last)) {
        return NULL;
    }
    gazetteer_match_t match =
        gazetteer_longest(self->gazetteer, tokens_all(self->tokens), 0, city->last);
    bool is_place = match.words > 0 && (match.record->kind == PLACE_CITY ||
                                        match.record->kind == PLACE_COUNTRY);
    return is_place ? dollar_in(match.record->code) : NULL;
}

/* "A$5", but not "CA$5". */
static bool is_marked(const char *text, const char *sign)
{
    for (const char *at = strstr(text, sign); at != NULL; at = strstr(at + 1, sign)) {
        if (at == text || !isalpha((unsigned char)at[-1])) {
            return true;
        }
    }
    return false;
}

const char *dollars_of(const dollars_t *self)
{
    const dollar_t *own = dollar_of_url(self->urls[0]);
    own = own != NULL ? own : dollar_of_url(self->urls[1]);
    own = own != NULL ? own : dollar_of_lang(self->lang);
    own = own != NULL ? own : dollar_of_dateline(self);
    bool is_local = own != NULL && !is_marked(tokens_text(self->tokens), own->sign);
    return is_local ? own->code : "USD";
}
