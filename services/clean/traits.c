#include "clean/traits.h"

#include "clean/dates.h"
#include "clean/names.h"
#include "text/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

/* Columns of the line itself that are read again below. */
enum {
    OWN_WORDS = TRAITS_WORDS,
    OWN_ENDED,
    OWN_SENTENCES,
    OWN_PHRASE = TRAITS_PHRASE,
    OWN_LOWER,
    OWN_DATE,
    OWN_CAPITAL,
};

enum { HEAD_LEN_MAX = 120, COPIES_MAX = 400, WORDS_STRONG = 12, FAR_MAX = 50 };

/* The table that is filled, and what it is of. */
typedef struct {
    const passage_t *passage;
    const char *const *reasons;
    float *table;
    size_t width;
} grid_t;

static float *row_of(const grid_t *grid, uint32_t i)
{
    return grid->table + (size_t)i * grid->width;
}

/* What a text is counted by, character after character. */
typedef struct {
    float chars, letters, digits, unspaced, commas, quotes, marks, uppers;
    float words, lower_words, capital_words, upper_words;
    uint32_t first, last;
} count_t;

static bool is_upper(uint32_t c)
{
    return c < 0x80 ? c >= 'A' && c <= 'Z' : u_isupper((UChar32)c) != 0;
}

static bool is_lower(uint32_t c)
{
    return c < 0x80 ? c >= 'a' && c <= 'z' : u_islower((UChar32)c) != 0;
}

static bool is_alpha(uint32_t c)
{
    return c < 0x80 ? (c | 32) >= 'a' && (c | 32) <= 'z' : u_isalpha((UChar32)c) != 0;
}

static void count_word(count_t *count, uint32_t c)
{
    count->words++;
    count->lower_words += is_lower(c);
    count->capital_words += is_upper(c);
}

/* Marks that stand between parts of a page, or in addresses. */
static bool is_mark(uint32_t c)
{
    static const bool marks[128] = {
        ['|'] = true, ['/'] = true, ['>'] = true, ['@'] = true, ['#'] = true,
        ['*'] = true, ['_'] = true, ['='] = true, ['+'] = true, ['['] = true,
        [']'] = true, ['{'] = true, ['}'] = true,
    };
    return c < 0x80 ? marks[c] : c == 0x2022 || c == 0xB7 || c == 0xA9;
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
        bool is_letter = is_alpha(c);
        if (is_letter && !in_word) {
            count_word(&count, c);
        }
        in_word = is_letter || (in_word && (c == '\'' || c == 0x2019 || c == '-'));
        count.chars++;
        count.letters += is_letter;
        count.uppers += is_upper(c);
        count.digits += c < 0x80 && c >= '0' && c <= '9';
        count.unspaced += c >= 0x2E80 && c < 0xFB00;
        count.commas += c == ',' || c == 0x3001 || c == 0xFF0C || c == 0x060C;
        count.quotes += is_quote(c);
        count.marks += is_mark(c);
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

bool traits_is_strong(const block_t *line)
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

static void own_traits(const passage_t *passage, uint32_t i, const char *reason, float *row)
{
    const block_t *line = &passage->list[i];
    const char *text = passage->bytes + line->text;
    size_t len = line->len;
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

/* Lines with the same text: TRAITS_COPIES of each. Of very many lines only near ones are
 * compared.
 */
static void count_copies(const grid_t *grid)
{
    const passage_t *passage = grid->passage;
    for (uint32_t i = 0; i < passage->count; i++) {
        const block_t *line = &passage->list[i];
        for (uint32_t k = i > COPIES_MAX ? i - COPIES_MAX : 0; k < i; k++) {
            const block_t *other = &passage->list[k];
            if (line->len == other->len &&
                memcmp(passage->bytes + line->text, passage->bytes + other->text,
                       line->len) == 0) {
                row_of(grid, i)[TRAITS_COPIES]++;
                row_of(grid, k)[TRAITS_COPIES]++;
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

static void sum_lines(const grid_t *grid, const bool *is_inside, sums_t *sums)
{
    for (uint32_t i = 0; i < grid->passage->count; i++) {
        const block_t *line = &grid->passage->list[i];
        sums[i + 1] = sums[i];
        sums[i + 1].strong += traits_is_strong(line) && grid->reasons[i] == NULL;
        sums[i + 1].words += (float)line->words;
        sums[i + 1].inside += is_inside[i];
        sums[i + 1].stock += grid->reasons[i] != NULL;
        sums[i + 1].ended += line->is_ended;
    }
}

static uint32_t farther(const grid_t *grid, uint32_t i, uint32_t far)
{
    bool is_mark = traits_is_strong(&grid->passage->list[i]) && grid->reasons[i] == NULL;
    return is_mark ? 0 : far + (far < FAR_MAX);
}

/* Lines since the last strong one and to the next: the last two of the text's columns. */
static void add_distances(const grid_t *grid)
{
    uint32_t far = FAR_MAX;
    for (uint32_t i = 0; i < grid->passage->count; i++) {
        row_of(grid, i)[TRAITS_OWN + TRAITS_TEXT - 2] = (float)far;
        far = farther(grid, i, far);
    }
    far = FAR_MAX;
    for (uint32_t i = grid->passage->count; i-- > 0;) {
        row_of(grid, i)[TRAITS_OWN + TRAITS_TEXT - 1] = (float)far;
        far = farther(grid, i, far);
    }
}

static void lend(const grid_t *grid)
{
    int64_t count = grid->passage->count;
    for (int64_t i = 0; i < count; i++) {
        float *out = row_of(grid, (uint32_t)i) + TRAITS_OWN + TRAITS_TEXT;
        for (int64_t k = i - TRAITS_NEAR; k <= i + TRAITS_NEAR; k++) {
            for (int column = 0; k != i && column < TRAITS_LENT; column++) {
                *out++ = k < 0 || k >= count ? -1 : row_of(grid, (uint32_t)k)[column];
            }
        }
    }
}

int traits_fill(const passage_t *passage, const char *const *reasons, const bool *is_inside,
                float *table, size_t width)
{
    grid_t grid = {passage, reasons, table, width};
    sums_t *sums = calloc((size_t)passage->count + 1, sizeof *sums);
    if (sums == NULL) {
        return -1;
    }
    sum_lines(&grid, is_inside, sums);
    for (uint32_t i = 0; i < passage->count; i++) {
        own_traits(passage, i, reasons[i], row_of(&grid, i));
        text_traits(sums, i, passage->count, is_inside[i], row_of(&grid, i) + TRAITS_OWN);
    }
    count_copies(&grid);
    add_distances(&grid);
    lend(&grid);
    free(sums);
    return 0;
}
