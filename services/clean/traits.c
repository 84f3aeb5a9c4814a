#include "clean/traits.h"

#include "clean/dates.h"
#include "clean/names.h"
#include "text/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

/* Columns of the line itself that are read again below. */
enum {
    OWN_WORDS,
    OWN_ENDED,
    OWN_SENTENCES,
    OWN_PHRASE,
    OWN_LOWER,
    OWN_DATE,
    OWN_CAPITAL,
};

enum { HEAD_LEN_MAX = 120, COPIES_MAX = 400, WORDS_STRONG = 12 };

/* What a text is counted by, character after character. */
typedef struct {
    float chars, letters, digits, unspaced, commas, quotes, marks, uppers;
    float words, lower_words, capital_words, upper_words;
    uint32_t first, last;
} count_t;

static void count_word(count_t *count, uint32_t c)
{
    count->words++;
    count->lower_words += u_islower((UChar32)c);
    count->capital_words += u_isupper((UChar32)c) != 0;
}

static bool is_in(uint32_t c, const char *set)
{
    return c < 0x80 && c != 0 && strchr(set, (int)c) != NULL;
}

static bool is_quote(uint32_t c)
{
    return c == '"' || (c >= 0x2018 && c <= 0x201F) || c == 0xAB || c == 0xBB ||
           c == 0x300C || c == 0x300D;
}

static count_t count_of(const char *text, size_t len)
{
    count_t count = {0};
    bool in_word = false;
    for (size_t at = 0; at < len;) {
        uint32_t c = utf8_next(text, len, &at);
        bool is_letter = u_isalpha((UChar32)c);
        if (is_letter && !in_word) {
            count_word(&count, c);
        }
        in_word = is_letter || (in_word && (c == '\'' || c == 0x2019 || c == '-'));
        count.chars++;
        count.letters += is_letter;
        count.uppers += u_isupper((UChar32)c) != 0;
        count.digits += c < 0x80 && c >= '0' && c <= '9';
        count.unspaced += c >= 0x2E80 && c < 0xFB00;
        count.commas += c == ',' || c == 0x3001 || c == 0xFF0C || c == 0x060C;
        count.quotes += is_quote(c);
        count.marks += is_in(c, "|/>@#*_=+[]{}") || c == 0x2022 || c == 0xB7 || c == 0xA9;
        count.first = count.chars == 1 ? c : count.first;
        count.last = c;
    }
    return count;
}

static float first_kind(uint32_t c)
{
    if (u_islower((UChar32)c)) {
        return 1;
    }
    if (u_isupper((UChar32)c)) {
        return 2;
    }
    if (c < 0x80 && c >= '0' && c <= '9') {
        return 3;
    }
    return is_quote(c) ? 4 : u_isalpha((UChar32)c) ? 5 : 0;
}

static float last_kind(uint32_t c)
{
    static const char marks[] = ".!?:),;";
    const char *mark = c > 0 && c < 0x80 ? strchr(marks, (int)c) : NULL;
    if (mark != NULL) {
        return (float)(mark - marks) + 1;
    }
    if (c == 0x2026) {
        return 8;
    }
    return is_quote(c) ? 9 : u_isalpha((UChar32)c) ? 10 : u_isdigit((UChar32)c) ? 11 : 0;
}

/* The reasons of stock phrases, as numbers. */
static float reason_kind(const char *reason)
{
    static const char *const reasons[] = {
        "advertisement",    "share bar",      "related links",  "newsletter",
        "cookie note",      "comments",       "image credit",   "navigation",
        "legal note",       "date or byline", "embedded media", "paywall note",
        "about the author", "error page",     "doubled line",
    };
    for (size_t i = 0; reason != NULL && i < sizeof reasons / sizeof *reasons; i++) {
        if (strcmp(reason, reasons[i]) == 0) {
            return (float)i + 1;
        }
    }
    return reason != NULL ? 20 : 0;
}

/* 1: a byline, 2: a date, 0: neither. */
static float head_kind(const char *text, size_t len, uint32_t words)
{
    char line[HEAD_LEN_MAX];
    char date[DATE_MAX];
    if (len >= sizeof line || words > 14) {
        return 0;
    }
    memcpy(line, text, len);
    line[len] = '\0';
    if (names_is_byline(line, len, words)) {
        return 1;
    }
    return strpbrk(line, "0123456789") != NULL && date_read(line, true, date) ? 2 : 0;
}

static bool is_strong(const block_t *line)
{
    return line->words >= WORDS_STRONG && line->is_ended;
}

static float share(float part, float whole)
{
    return whole > 0 ? part / whole : 0;
}

static float has(const char *text, size_t len, const char *part)
{
    return memmem(text, len, part, strlen(part)) != NULL;
}

static void own_traits(const rows_t *rows, uint32_t i, const char *reason, float *row)
{
    size_t len;
    const char *text = rows_text(rows, i, &len);
    const block_t *line = rows_at(rows, i);
    count_t count = count_of(text, len);
    const float own[TRAITS_OWN] = {
        [OWN_WORDS] = (float)line->words,
        [OWN_ENDED] = line->is_ended,
        [OWN_SENTENCES] = line->sentences,
        [OWN_PHRASE] = reason_kind(reason),
        [OWN_LOWER] = share(count.lower_words, count.words),
        [OWN_DATE] = head_kind(text, len, line->words),
        [OWN_CAPITAL] = share(count.capital_words, count.words),
        [7] = count.chars,
        [8] = first_kind(count.first),
        [9] = last_kind(count.last),
        [10] = share(count.digits, count.chars),
        [11] = share(count.unspaced, count.chars),
        [12] = share(count.commas, count.words + count.unspaced / 2),
        [13] = count.quotes,
        [14] = share(count.marks, count.chars),
        [15] = share(count.uppers, count.letters),
        [16] = share(count.letters, count.words),
        [17] = has(text, len, "http") + has(text, len, "www.") + has(text, len, "@"),
        [18] = has(text, len, "("),
        [19] = has(text, len, "/"),
        [20] = has(text, len, "|"),
        [21] = has(text, len, ": "),
        [22] = count.digits,
    };
    memcpy(row, own, sizeof own);
}

/* Lines with the same text: [23] of each. Texts of very many lines are not compared. */
static void count_copies(const rows_t *rows, float *table)
{
    uint32_t count = rows_count(rows);
    for (uint32_t i = 0; i < count; i++) {
        size_t len;
        const char *text = rows_text(rows, i, &len);
        uint32_t from = i > COPIES_MAX ? i - COPIES_MAX : 0;
        for (uint32_t k = from; k < i; k++) {
            size_t other_len;
            const char *other = rows_text(rows, k, &other_len);
            if (len == other_len && memcmp(text, other, len) == 0) {
                table[(size_t)i * TRAITS_COUNT + 23]++;
                table[(size_t)k * TRAITS_COUNT + 23]++;
            }
        }
    }
}

/* Sums over the lines before each, so that any window is a difference. */
typedef struct {
    float strong, words, inside, stock, ended;
} sums_t;

static float at_most(float value, float most)
{
    return value < most ? value : most;
}

static void window(const sums_t *sums, uint32_t i, uint32_t count, uint32_t near,
                   float *out)
{
    uint32_t from = i > near ? i - near : 0;
    uint32_t to = i + near + 1 < count ? i + near + 1 : count;
    out[0] = sums[to].strong - sums[from].strong;
    out[1] = sums[to].words - sums[from].words;
    out[2] = sums[to].stock - sums[from].stock;
    out[3] = sums[to].ended - sums[from].ended;
}

static void text_traits(const sums_t *sums, uint32_t i, uint32_t count, bool is_inside,
                        float *out)
{
    float all = (float)count;
    out[0] = at_most((float)i, 200);
    out[1] = at_most((float)(count - 1 - i), 200);
    out[2] = (float)i / all;
    out[3] = all;
    out[4] = share(sums[count].strong, all);
    out[5] = sums[i].strong;
    out[6] = sums[count].strong - sums[i + 1].strong;
    out[7] = is_inside;
    out[8] = sums[i].inside;
    out[9] = sums[count].inside - sums[i + 1].inside;
    window(sums, i, count, 3, out + 10);
    window(sums, i, count, 8, out + 14);
}

static void sum_lines(const rows_t *rows, const char *const *reasons, const bool *is_inside,
                      sums_t *sums)
{
    for (uint32_t i = 0; i < rows_count(rows); i++) {
        const block_t *line = rows_at(rows, i);
        sums[i + 1] = sums[i];
        sums[i + 1].strong += is_strong(line) && reasons[i] == NULL;
        sums[i + 1].words += (float)line->words;
        sums[i + 1].inside += is_inside[i];
        sums[i + 1].stock += reasons[i] != NULL;
        sums[i + 1].ended += line->is_ended;
    }
}

/* Lines since the last strong one and to the next: the last two of the text's columns. */
static void add_distances(const rows_t *rows, const char *const *reasons, float *table)
{
    uint32_t count = rows_count(rows);
    uint32_t far = 50;
    for (uint32_t i = 0; i < count; i++) {
        table[(size_t)i * TRAITS_COUNT + TRAITS_OWN + 18] = (float)far;
        bool is_mark = is_strong(rows_at(rows, i)) && reasons[i] == NULL;
        far = is_mark ? 0 : far + (far < 50);
    }
    far = 50;
    for (uint32_t i = count; i-- > 0;) {
        table[(size_t)i * TRAITS_COUNT + TRAITS_OWN + 19] = (float)far;
        bool is_mark = is_strong(rows_at(rows, i)) && reasons[i] == NULL;
        far = is_mark ? 0 : far + (far < 50);
    }
}

static void lend(float *table, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        float *out = table + (size_t)i * TRAITS_COUNT + TRAITS_OWN + TRAITS_TEXT;
        for (int step = -TRAITS_NEAR; step <= TRAITS_NEAR; step++) {
            int64_t k = (int64_t)i + step;
            if (step == 0) {
                continue;
            }
            for (int column = 0; column < TRAITS_LENT; column++) {
                *out++ = k < 0 || k >= count
                             ? -1
                             : table[(size_t)k * TRAITS_COUNT + (size_t)column];
            }
        }
    }
}

float *traits_new(const rows_t *rows, const char *const *reasons, const bool *is_inside)
{
    uint32_t count = rows_count(rows);
    float *table = calloc((size_t)count + 1, TRAITS_COUNT * sizeof *table);
    sums_t *sums = calloc((size_t)count + 1, sizeof *sums);
    if (table == NULL || sums == NULL) {
        free(table);
        free(sums);
        return NULL;
    }
    sum_lines(rows, reasons, is_inside, sums);
    for (uint32_t i = 0; i < count; i++) {
        float *row = table + (size_t)i * TRAITS_COUNT;
        own_traits(rows, i, reasons[i], row);
        text_traits(sums, i, count, is_inside[i], row + TRAITS_OWN);
    }
    count_copies(rows, table);
    add_distances(rows, reasons, table);
    lend(table, count);
    free(sums);
    return table;
}
