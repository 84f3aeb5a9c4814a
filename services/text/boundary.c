#include "text/boundary.h"

#include <stdio.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "text/abbreviations.h"
#include "text/span.h"

enum { WORD_MAX = 32 }; /* bytes that are looked at, so that each question is cheap */
enum { BULLET = 0x2022, ELLIPSIS = 0x2026, GUILLEMET = 0xBB };

/* The code point that starts at `at`, -1 at the end or for a broken byte. */
static UChar32 at_point(const boundary_t *self, size_t at)
{
    UChar32 c = -1;
    int32_t step = 0;
    int32_t room = self->len - at < 4 ? (int32_t)(self->len - at) : 4;
    if (room > 0) {
        U8_NEXT((const uint8_t *)self->text + at, step, room, c);
    }
    return c;
}

/* The code point before `at`, -1 at the sentence's start or for a broken byte. */
static UChar32 before(const boundary_t *self, size_t at, size_t *begins)
{
    size_t room = at - self->start < 4 ? at - self->start : 4;
    int32_t step = (int32_t)room;
    UChar32 c = -1;
    *begins = at;
    if (room > 0) {
        U8_PREV((const uint8_t *)self->text + at - room, 0, step, c);
        *begins = at - room + (size_t)step;
    }
    return c;
}

static bool is_line_end(UChar32 c)
{
    return (c >= '\n' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

static bool is_closer(UChar32 c)
{
    if (c < 0x80) {
        return c == '"' || c == '\'' || c == ')' || c == ']';
    }
    int8_t type = u_charType(c);
    return type == U_FINAL_PUNCTUATION || type == U_END_PUNCTUATION;
}

static bool is_opening_mark(UChar32 c)
{
    if (c < 0x80) {
        return c == '"' || c == '\'' || c == '(' || c == '[' || c == '$';
    }
    int8_t type = u_charType(c);
    return type == U_INITIAL_PUNCTUATION || type == U_CURRENCY_SYMBOL || c == 0x201E ||
           c == 0xBF || c == 0xA1; /* „ ¿ ¡ */
}

static bool is_bullet(UChar32 c)
{
    return c == BULLET || c == 0x25AA || c == 0x25CF || c == 0x2023 || c == 0x25E6;
}

/* What stands around a break. */
typedef struct {
    bool at_line_end; /* a line break lies in the white space before it */
    bool has_closer;  /* a quote or bracket closes behind the mark */
    UChar32 mark;     /* what ends the sentence: '.', '?', … */
    span_t last;      /* the word before a '.', maybe empty, without the dot */
    UChar32 next;     /* the first code point behind the break, -1 at the end */
    span_t first;     /* the word that begins there, maybe empty */
} around_t;

static span_t word_at(const boundary_t *self, size_t at)
{
    size_t end = at;
    while (end < self->len && end - at < WORD_MAX) {
        UChar32 c = at_point(self, end);
        if (c < 0 || !u_isalnum(c)) {
            break;
        }
        end += U8_LENGTH(c);
    }
    return (span_t){at, end - at};
}

/* Letters, digits and dots that end at `at`. */
static span_t word_before(const boundary_t *self, size_t at)
{
    size_t start = at;
    while (at - start < WORD_MAX) {
        size_t begins;
        UChar32 c = before(self, start, &begins);
        if (c < 0 || !(u_isalnum(c) || c == '.')) {
            break;
        }
        start = begins;
    }
    return (span_t){start, at - start};
}

static around_t look_around(const boundary_t *self, size_t at)
{
    around_t around = {.next = at_point(self, at), .first = word_at(self, at)};
    size_t end = at;
    size_t begins;
    UChar32 c = before(self, end, &begins);
    for (; c >= 0 && u_isUWhiteSpace(c); c = before(self, end, &begins)) {
        around.at_line_end |= is_line_end(c);
        end = begins;
    }
    for (; c >= 0 && is_closer(c); c = before(self, end, &begins)) {
        around.has_closer = true;
        end = begins;
    }
    around.mark = c;
    if (c == '.') {
        around.last = word_before(self, begins);
    }
    return around;
}

static bool opens(const boundary_t *self, const around_t *around)
{
    enum { ELIDED_MAX = 4 }; /* "Qu'" */
    span_t first = around->first;
    const char *word = self->text + first.start;
    UChar32 behind = at_point(self, first.start + first.len);
    if (first.len == 1 && behind == '.') {
        return false; /* an initial: "J. A. Smith" */
    }
    if (abbreviation_is_opener(self->abbreviations, word, first.len)) {
        return true;
    }
    char elided[ELIDED_MAX + 2];
    int len = snprintf(elided, sizeof elided, "%.*s'", (int)first.len, word);
    return (behind == '\'' || behind == 0x2019) && len <= ELIDED_MAX + 1 &&
           abbreviation_is_opener(self->abbreviations, elided, (size_t)len);
}

static bool is_number(const boundary_t *self, span_t word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (!u_isdigit((uint8_t)self->text[word.start + i])) {
            return false;
        }
    }
    return word.len > 0;
}

/* "J", or "U.S" and its like: letters of one or two, dots between. */
static bool is_initials(const boundary_t *self, span_t word)
{
    size_t run = 0;
    size_t step = 0;
    for (size_t i = word.start; i < word.start + word.len; i += step) {
        UChar32 c = at_point(self, i);
        step = c >= 0 ? U8_LENGTH(c) : 1;
        run = c == '.' ? 0 : run + 1;
        if ((c != '.' && !u_isalpha(c)) || run > 2) {
            return false;
        }
    }
    bool has_dot = memchr(self->text + word.start, '.', word.len) != NULL;
    return word.len > 0 && (has_dot || (run == 1 && u_isupper(at_point(self, word.start))));
}

static bool is_list_number(const boundary_t *self, const around_t *around)
{
    bool is_short = around->last.len <= 2 && around->last.len > 0;
    return around->last.start == self->start && is_short &&
           (is_number(self, around->last) || around->last.len == 1);
}

static bool numbered_goes_on(const boundary_t *self, const around_t *around)
{
    (void)self;
    return u_isdigit(around->next) || u_islower(around->next);
}

static bool clock_goes_on(const boundary_t *self, const around_t *around)
{
    const char *first = self->text + around->first.start;
    return u_isdigit(around->next) || u_islower(around->next) ||
           abbreviation_is_after_clock(first, around->first.len);
}

static bool ending_goes_on(const boundary_t *self, const around_t *around)
{
    return !opens(self, around) && !is_opening_mark(around->next) &&
           !is_bullet(around->next);
}

static bool title_goes_on(const boundary_t *self, const around_t *around)
{
    (void)self;
    (void)around;
    return true;
}

static bool full_stop_is_false(const boundary_t *self, const around_t *around)
{
    static bool (*const goes_on[])(const boundary_t *, const around_t *) = {
        [ABBREVIATION_TITLE] = title_goes_on,
        [ABBREVIATION_NUMBERED] = numbered_goes_on,
        [ABBREVIATION_CLOCK] = clock_goes_on,
        [ABBREVIATION_ENDING] = ending_goes_on,
    };
    const span_t last = around->last;
    if (last.len == 0 || self->text[last.start + last.len - 1] == '.') {
        return false; /* " ." and "..." */
    }
    if (is_list_number(self, around)) {
        return true;
    }
    if (self->has_ordinals && last.len <= 2 && is_number(self, last)) {
        return !opens(self, around);
    }
    abbreviation_t kind =
        abbreviation_of(self->abbreviations, self->text + last.start, last.len);
    if (kind != ABBREVIATION_NONE) {
        return goes_on[kind](self, around);
    }
    return is_initials(self, last) && ending_goes_on(self, around);
}

/* `"Why?" Ann Smith asked`: one to three capitalised words, then a verb of speech. */
static bool speaker_follows(const boundary_t *self, const around_t *around)
{
    span_t word = around->first;
    if (opens(self, around)) {
        return false;
    }
    for (int i = 0; i < 4 && word.len > 0; i++) {
        if (abbreviation_is_speech(self->text + word.start, word.len)) {
            return i > 0;
        }
        size_t end = word.start + word.len;
        if (!u_isupper(at_point(self, word.start)) || at_point(self, end) != ' ') {
            return false;
        }
        word = word_at(self, end + 1);
    }
    return false;
}

/* The guillemet at `at` stands off, as in French: "« Non. »". */
static bool is_apart(const boundary_t *self, size_t at)
{
    size_t begins;
    if (at_point(self, at) != GUILLEMET || !u_isUWhiteSpace(before(self, at, &begins))) {
        return false;
    }
    UChar32 behind = at_point(self, at + U8_LENGTH(GUILLEMET));
    return behind < 0 || u_isUWhiteSpace(behind) || behind == '.' || behind == ',';
}

bool boundary_is_false(const boundary_t *self, size_t at)
{
    around_t around = look_around(self, at);
    if (is_apart(self, at)) {
        return true;
    }
    if (around.at_line_end || around.next < 0 || is_bullet(around.next)) {
        return false;
    }
    if (around.mark == '.' && !around.has_closer && full_stop_is_false(self, &around)) {
        return true;
    }
    if (around.mark != '.' && u_islower(around.next)) {
        return true; /* `"Why?" he asked` */
    }
    return around.has_closer && speaker_follows(self, &around);
}

/* Over marks of one class, a few at most. */
static size_t skip(const boundary_t *self, size_t at, bool (*is_one)(UChar32))
{
    for (int i = 0; i < 4; i++) {
        UChar32 c = at_point(self, at);
        if (c < 0 || !is_one(c)) {
            break;
        }
        at += U8_LENGTH(c);
    }
    return at;
}

static bool is_white(UChar32 c)
{
    return u_isUWhiteSpace(c);
}

/* Behind a full stop at `dot`: where a number opens the next sentence, or 0. */
static size_t number_opens(const boundary_t *self, size_t dot)
{
    size_t closed = skip(self, dot + 1, is_closer);
    size_t next = skip(self, closed, is_white);
    span_t last = word_before(self, dot);
    bool is_plain = last.len > 2 || is_number(self, last);
    if (next == closed || !u_isdigit(at_point(self, skip(self, next, is_opening_mark)))) {
        return 0;
    }
    return is_plain && abbreviation_of(self->abbreviations, self->text + last.start,
                                       last.len) == 0
               ? next
               : 0;
}

/* Behind a full stop without a space: "said.The". */
static size_t opener_sticks(const boundary_t *self, size_t dot)
{
    span_t last = word_before(self, dot);
    span_t first = word_at(self, dot + 1);
    size_t begins;
    bool is_plain = last.len > 2 &&
                    memchr(self->text + last.start, '.', last.len) == NULL &&
                    u_islower(before(self, dot, &begins));
    bool is_opener =
        first.len > 1 &&
        abbreviation_is_opener(self->abbreviations, self->text + first.start, first.len);
    return is_plain && is_opener ? dot + 1 : 0;
}

/* Behind "…", which UAX 29 does not count as an end. */
static size_t ellipsis_ends(const boundary_t *self, size_t at)
{
    size_t closed = skip(self, at + U8_LENGTH(ELLIPSIS), is_closer);
    size_t next = skip(self, closed, is_white);
    return next > closed && u_isupper(at_point(self, next)) ? next : 0;
}

/* Behind "Non. »", whose break UAX 29 sees before the guillemet. */
static size_t guillemet_ends(const boundary_t *self, size_t at)
{
    size_t begins = at;
    UChar32 mark = ' ';
    for (int i = 0; i < 3 && mark >= 0 && u_isUWhiteSpace(mark); i++) {
        mark = before(self, begins, &begins);
    }
    size_t next = skip(self, at + U8_LENGTH(GUILLEMET), is_white);
    UChar32 first = at_point(self, next);
    bool is_end =
        mark >= 0 && (u_hasBinaryProperty(mark, UCHAR_S_TERM) || mark == ELLIPSIS);
    return is_end && is_apart(self, at) &&
                   (u_isupper(first) || u_isdigit(first) || is_opening_mark(first))
               ? next
               : 0;
}

static size_t missed_at(const boundary_t *self, size_t at)
{
    if (self->text[at] == '.') {
        size_t found = number_opens(self, at);
        return found > 0 ? found : opener_sticks(self, at);
    }
    uint8_t lead = (uint8_t)self->text[at];
    UChar32 c = lead == 0xE2 || lead == 0xC2 ? at_point(self, at) : 0;
    if (c == GUILLEMET) {
        return guillemet_ends(self, at);
    }
    if (c == ELLIPSIS) {
        return ellipsis_ends(self, at);
    }
    return is_bullet(c) && at > self->start && self->text[at - 1] == ' ' ? at : 0;
}

size_t boundary_find_missed(const boundary_t *self, size_t from, size_t end)
{
    for (size_t at = from; at < end; at++) {
        size_t found = missed_at(self, at);
        if (found > from && found < end) {
            return found;
        }
    }
    return 0;
}
