#include "clean/names.h"

#include "clean/buffer.h"
#include "clean/phrases.h"
#include "text/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/uchar.h>

enum { NAME_MAX_BYTES = 80, NAME_MAX_WORDS = 5, NAMES_MAX = 20 };

/* Before a name. */
static const char *const openers[] = {
    "by ",
    "by: ",
    "by:",
    "von ",
    "von: ",
    "par ",
    "por ",
    "de ",
    "di ",
    "door ",
    "av ",
    "af ",
    "autor: ",
    "autor ",
    "author: ",
    "written by ",
    "text: ",
    "words by ",
    "story by ",
    "texto: ",
    "posted by ",
    "автор: ",
    "tekst: ",
    "from ",
    "reporting by ",
    "author ",
    "opinion by ",
    "text by ",
    "article by: ",
    "article by ",
    "geschrieben von ",
    "review by ",
    "analysis by ",
    "dr. ",
    "prof. ",
};

/* Between names. */
static const char *const joints[] = {
    " and ", " & ",    " und ", " et ", " y ", " e ", " en ",  " og ", " och ", " i ",
    " и ",   " with ", " mit ", ", ",   ";",   "|",   " / ",   "\n",   " – ",   " — ",
    " - ",   "·",      "•",     "、",   "，",  ",",   " for ", " in ",
};

/* News agencies: authors where nobody else is named; folded, the whole name. */
static const char *const agencies[] = {
#include "clean/names_agencies.inc"
};

/* In what is no person; folded, whole words. */
static const char *const others[] = {
#include "clean/names_others.inc"
};

static bool is_other(const char *word)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(word, others[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* hessenschau.de */
static bool is_host(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && islower((unsigned char)dot[1]) && strchr(name, ' ') == NULL;
}

/* A name has 1 to 5 words, no digits, and no word that people do not carry. */
static bool is_person(const char *name)
{
    char folded[NAME_MAX_BYTES * 2];
    size_t len = strlen(name);
    if (len < 3 || len > NAME_MAX_BYTES ||
        strpbrk(name, "0123456789@_/\\<>{}=:?!#%") != NULL) {
        return false;
    }
    if (is_host(name)) {
        return false;
    }
    phrase_fold(folded, sizeof folded, name, len);
    int words = 0;
    char *rest = NULL;
    for (char *word = strtok_r(folded, " .", &rest); word;
         word = strtok_r(NULL, " .", &rest)) {
        if (is_other(word)) {
            return false;
        }
        words++;
    }
    return words >= 1 && words <= NAME_MAX_WORDS;
}

/* What a person is or when they wrote, behind the name; nothing of it is the name. */
static const char *const trailers[] = {
#include "clean/names_trailers.inc"
};

/* Months too, but at the end alone: June is a name. */
static const char *const months[] = {
#include "clean/names_months.inc"
};

static bool is_in(const char *const *list, size_t count, const char *word, size_t len)
{
    char folded[NAME_MAX_BYTES];
    phrase_fold(folded, sizeof folded, word, len);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(folded, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Bytes of name up to the first trailer behind its first word. */
static size_t len_before_trailer(const char *name)
{
    size_t words = 1;
    for (const char *at = strchr(name, ' '); at != NULL; at = strchr(at + 1, ' ')) {
        size_t len = strcspn(at + 1, " .");
        bool is_last = at[1 + len] == '\0' || at[2 + len] == '\0';
        if (is_in(trailers, sizeof trailers / sizeof *trailers, at + 1, len) ||
            (is_last && words >= 2 &&
             is_in(months, sizeof months / sizeof *months, at + 1, len))) {
            return (size_t)(at - name);
        }
        words++;
    }
    return strlen(name);
}

static const char *without_opener(const char *text)
{
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
        size_t len = strlen(openers[i]);
        if (strncasecmp(text, openers[i], len) == 0 && text[len] != '\0') {
            return text + len;
        }
    }
    return text;
}

static bool has_name(const json_t *names, const char *name)
{
    for (size_t i = 0; i < json_array_size(names); i++) {
        if (strcasecmp(json_string_value(json_array_get(names, i)), name) == 0) {
            return true;
        }
    }
    return false;
}

static int add_person(json_t *names, const char *text, size_t len)
{
    buffer_t name = {0};
    int rc = 0;
    buffer_add_squeezed(&name, 0, text, len);
    while (name.len > 0 && strchr(" ,;:|-*.", name.bytes[name.len - 1]) &&
           !(name.bytes[name.len - 1] == '.' && name.len > 2 &&
             name.bytes[name.len - 3] == ' ')) {
        name.bytes[--name.len] = '\0';
    }
    if (name.len > 0) {
        name.len = len_before_trailer(name.bytes);
        name.bytes[name.len] = '\0';
    }
    const char *bare = without_opener(buffer_text(&name));
    bare += strspn(bare, " :-*");
    if (json_array_size(names) < NAMES_MAX && is_person(bare) && !has_name(names, bare)) {
        json_t *value = json_string(bare);
        rc = value != NULL ? json_array_append_new(names, value) : 0;
    }
    rc = name.is_short ? -1 : rc;
    buffer_close(&name);
    return rc;
}

/* Where the next joint begins, and its length; the end of text if there is none. */
static size_t next_joint(const char *text, size_t *joint_len)
{
    for (size_t at = 0; text[at] != '\0'; at++) {
        for (size_t i = 0; i < sizeof joints / sizeof *joints; i++) {
            *joint_len = strlen(joints[i]);
            if (strncasecmp(text + at, joints[i], *joint_len) == 0) {
                return at;
            }
        }
    }
    *joint_len = 0;
    return strlen(text);
}

static bool is_site_first(const char *text)
{
    char first[NAME_MAX_BYTES];
    size_t joint_len;
    size_t len = next_joint(text, &joint_len);
    if (len >= sizeof first) {
        return false;
    }
    memcpy(first, text, len);
    first[len] = '\0';
    return is_host(first);
}

static bool is_agency(const char *text, size_t len)
{
    char folded[NAME_MAX_BYTES * 2];
    phrase_fold(folded, sizeof folded, text, len);
    for (size_t i = 0; i < sizeof agencies / sizeof *agencies; i++) {
        if (strcmp(folded, agencies[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int add_agency(json_t *names, const char *text, size_t len)
{
    if (json_array_size(names) >= NAMES_MAX) {
        return 0;
    }
    json_t *name = json_stringn(text, len);
    if (name != NULL && has_name(names, json_string_value(name))) {
        json_decref(name);
        return 0;
    }
    return json_array_append_new(names, name);
}

/* "PhD" aside: RD, FAND, CFP, behind a name and a comma. */
static bool is_credential(const char *text, size_t len)
{
    size_t letters = 0;
    for (size_t i = 0; i < len; i++) {
        if (islower((unsigned char)text[i]) || (text[i] & 0x80) || text[i] == ' ') {
            return text[i] == ' ' && letters == 0 ? is_credential(text + 1, len - 1)
                                                  : false;
        }
        letters += isupper((unsigned char)text[i]) != 0;
    }
    return letters >= 2 && letters <= 5;
}

static int add(json_t *names, const char *text, bool with_people, bool with_agencies)
{
    if (strlen(text) > 600) {
        return 0; /* a biography, no byline */
    }
    text = without_opener(text);
    if (with_people && is_site_first(text)) {
        return 0; /* "example.org, Frankfurt, Germany" */
    }
    for (bool is_first = true;; is_first = false) {
        size_t joint_len;
        size_t len = next_joint(text, &joint_len);
        int rc = 0;
        if (with_agencies && is_agency(text, len)) {
            rc = add_agency(names, text, len);
        } else if (with_people && (is_first || !is_credential(text, len))) {
            rc = add_person(names, text, len);
        }
        if (rc != 0) {
            return -1;
        }
        if (joint_len == 0) {
            return 0;
        }
        text += len + joint_len;
    }
}

int names_add(json_t *names, const char *text)
{
    return add(names, text, true, false);
}

int names_add_agencies(json_t *names, const char *text)
{
    return add(names, text, false, true);
}

int names_add_all(json_t *names, const char *text)
{
    return add(names, text, true, true);
}

/* A capital, or a letter of a script that has none. */
static bool is_big(const char *word)
{
    size_t at = 0;
    uint32_t c = utf8_next(word, strlen(word), &at);
    return u_isalpha((UChar32)c) && !u_islower((UChar32)c);
}

static bool is_joint_word(const char *word)
{
    static const char *const small[] = {"de ",  "van ", "von ", "der ", "den ", "di ",
                                        "da ",  "la ",  "le ",  "del ", "bin ", "al-",
                                        "ten ", "ter ", "af ",  "el ",  "dos ", "zu "};
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        if (strncmp(word, small[i], strlen(small[i])) == 0) {
            return true;
        }
    }
    return false;
}

bool names_is_name(const char *text, size_t len)
{
    char name[NAME_MAX_BYTES];
    if (len < 5 || len >= sizeof name) {
        return false;
    }
    memcpy(name, text, len);
    name[len] = '\0';
    int words = 0;
    for (const char *at = name; *at != '\0'; at += strspn(at, " ")) {
        if (!is_big(at) && !(words > 0 && is_joint_word(at))) {
            return false;
        }
        words++;
        at += strcspn(at, " ");
    }
    return words >= 2 && words <= 4 && is_person(name);
}

bool names_is_byline(const char *text, size_t len, unsigned words)
{
    static const char *const starts[] = {"by ",   "von ", "par ", "por ",
                                         "door ", "av ",  "di "};
    if (words < 2 || words > 10 || len > 100 || len < 5) {
        return false;
    }
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        size_t at = strlen(starts[i]);
        if (strncasecmp(text, starts[i], at) == 0) {
            return isupper((unsigned char)text[at]) || (text[at] & 0x80);
        }
    }
    return false;
}
