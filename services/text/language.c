#include "text/language.h"

#include "text/utf8.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* libcld2, by its C++ names: two functions with plain arguments need no C++ of ours.
 * Measured against libexttextcat 3.4.5 on 144 articles in 14 languages, cut at 100 and 300
 * bytes: right .972 and 1.000, textcat .868 and .931, in a tenth of the time. */
extern int cld2_detect(const char *text, int len, bool is_plain,
                       bool *is_reliable) __asm__("_ZN4CLD214DetectLanguageEPKcibPb");
extern const char *cld2_code(int language) __asm__("_ZN4CLD212LanguageCodeENS_8LanguageE");

enum {
    LOOK_MAX = 4 << 10, /* bytes: more does not change the answer */
    CODES_MAX = 300,
};

/* A script that one language alone uses, or nearly so. */
static const struct {
    uint32_t first, last;
    const char *code;
} scripts[] = {
    {0x0370, 0x03FF, "el"}, {0x0530, 0x058F, "hy"}, {0x0590, 0x05FF, "he"},
    {0x0B80, 0x0BFF, "ta"}, {0x0C00, 0x0C7F, "te"}, {0x0E00, 0x0E7F, "th"},
    {0x0E80, 0x0EFF, "lo"}, {0x1000, 0x109F, "my"}, {0x10A0, 0x10FF, "ka"},
    {0x1780, 0x17FF, "km"}, {0x3040, 0x30FF, "ja"}, {0x4E00, 0x9FFF, "zh"},
    {0xAC00, 0xD7AF, "ko"},
};

/* Old codes of cld2, and what they are called now. */
static const struct {
    const char *old;
    const char *code;
} renamed[] = {
    {"iw", "he"}, {"jw", "jv"}, {"in", "id"}, {"tl", "tl"}, {"nb", "no"}, {"mo", "ro"},
};

struct language {
    char codes[CODES_MAX][4]; /* lent out: one per language of cld2 */
};

language_t *language_new(void)
{
    return calloc(1, sizeof(language_t));
}

void language_destroy(language_t **self)
{
    free(*self);
    *self = NULL;
}

/* The script of most letters above Latin, if nearly all of them are of one. */
static const char *by_script(const char *text, size_t len)
{
    size_t counts[sizeof scripts / sizeof *scripts] = {0};
    size_t letters = 0;
    for (size_t at = 0; at < len;) {
        uint32_t c = utf8_next(text, len, &at);
        letters += (c >= 0x80 && c != 0xFFFD) || ((c | 32) >= 'a' && (c | 32) <= 'z');
        for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
            counts[i] += c >= scripts[i].first && c <= scripts[i].last;
        }
    }
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        bool is_japanese = strcmp(scripts[i].code, "ja") == 0 && counts[i] * 5 > letters;
        if (counts[i] > 0 && (counts[i] * 10 > letters * 6 || is_japanese)) {
            return scripts[i].code;
        }
    }
    return NULL;
}

static const char *code_of(language_t *self, int found)
{
    const char *name = cld2_code(found);
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++) {
        if (strcmp(name, renamed[i].old) == 0) {
            return renamed[i].code;
        }
    }
    size_t len = strcspn(name, "-");
    if (found < 0 || found >= CODES_MAX || len != 2 || strcmp(name, "un") == 0) {
        return NULL;
    }
    memcpy(self->codes[found], name, len);
    return self->codes[found];
}

const char *language_detect(language_t *self, const char *text, size_t len)
{
    size_t look = len < LOOK_MAX ? len : LOOK_MAX;
    while (look < len && look > 0 && ((unsigned char)text[look] & 0xC0) == 0x80) {
        look--;
    }
    bool is_reliable = false;
    int found = look > 0 ? cld2_detect(text, (int)look, true, &is_reliable) : 0;
    const char *code = is_reliable ? code_of(self, found) : NULL;
    return code != NULL ? code : by_script(text, look);
}

bool language_is(const char *tag, const char *code)
{
    return tag != NULL && strncasecmp(tag, code, 2) == 0 &&
           (tag[2] == '\0' || tag[2] == '-' || tag[2] == '_');
}

bool language_is_english(const char *tag)
{
    return tag == NULL || tag[0] == '\0' || language_is(tag, "en");
}
