#include "encoder/wordpiece.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "encoder/letters.h"
#include "text/utf8.h"

enum {
    WORD_LETTERS = 100, /* a longer word is unknown, as in the reference */
    WORD_BYTES = 4 * (WORD_LETTERS + 1),
    NOT_THERE = 0, /* ids in the table count from 1 */
};

typedef struct {
    uint32_t at, len; /* in the vocabulary, without "##" */
    bool is_inside;
} entry_t;

struct wordpiece {
    const char *vocabulary;
    entry_t *entries;
    size_t count;
    uint32_t *slots; /* open addressing; ids from 1 */
    uint32_t mask;
    size_t longest; /* bytes of the longest piece */
    uint32_t unknown, cls, sep;
};

void pieces_close(pieces_t *self)
{
    free(self->all);
    *self = (pieces_t){0};
}

static int add(pieces_t *self, piece_t piece)
{
    if (self->count == self->room) {
        size_t room = self->room < 256 ? 256 : 2 * self->room;
        piece_t *grown = realloc(self->all, room * sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        self->all = grown;
        self->room = room;
    }
    self->all[self->count++] = piece;
    return 0;
}

/* --- the vocabulary --------------------------------------------------------------------
 */

static uint32_t hash_start(bool is_inside)
{
    return is_inside ? 2166136261U ^ 0x5bd1e995U : 2166136261U; /* FNV-1a, two seeds */
}

static uint32_t hash_step(uint32_t hash, char byte)
{
    return (hash ^ (uint8_t)byte) * 16777619U;
}

static uint32_t slot_of(uint32_t hash)
{
    return hash ^ (hash >> 15);
}

/* The id of the piece, or -1. */
static int64_t find(const wordpiece_t *self, const char *piece, size_t len, bool is_inside,
                    uint32_t hash)
{
    for (uint32_t i = slot_of(hash) & self->mask; self->slots[i] != NOT_THERE;
         i = (i + 1) & self->mask) {
        uint32_t id = self->slots[i] - 1;
        const entry_t *entry = &self->entries[id];
        if (entry->len == len && entry->is_inside == is_inside &&
            memcmp(self->vocabulary + entry->at, piece, len) == 0) {
            return id;
        }
    }
    return -1;
}

static uint32_t hash_of(const char *piece, size_t len, bool is_inside)
{
    uint32_t hash = hash_start(is_inside);
    for (size_t i = 0; i < len; i++) {
        hash = hash_step(hash, piece[i]);
    }
    return hash;
}

static void put(wordpiece_t *self, uint32_t id)
{
    const entry_t *entry = &self->entries[id];
    const char *piece = self->vocabulary + entry->at;
    uint32_t i = slot_of(hash_of(piece, entry->len, entry->is_inside)) & self->mask;
    while (self->slots[i] != NOT_THERE) {
        i = (i + 1) & self->mask;
    }
    self->slots[i] = id + 1;
}

static size_t count_lines(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        count += text[i] == '\n';
    }
    return count + (len > 0 && text[len - 1] != '\n');
}

static void read_lines(wordpiece_t *self, size_t len)
{
    for (size_t at = 0, id = 0; id < self->count; id++) {
        const char *line = self->vocabulary + at;
        const char *end = memchr(line, '\n', len - at);
        size_t bytes = end == NULL ? len - at : (size_t)(end - line);
        bool is_inside = bytes > 2 && line[0] == '#' && line[1] == '#';
        size_t skip = is_inside ? 2 : 0;
        self->entries[id] =
            (entry_t){(uint32_t)(at + skip), (uint32_t)(bytes - skip), is_inside};
        if (bytes - skip > self->longest) {
            self->longest = bytes - skip;
        }
        put(self, (uint32_t)id);
        at += bytes + 1;
    }
}

static int find_special(const wordpiece_t *self, const char *piece, uint32_t *id,
                        const char *name, fault_t *fault)
{
    size_t len = strlen(piece);
    int64_t found = find(self, piece, len, false, hash_of(piece, len, false));
    if (found < 0) {
        fault_set(fault, FAULT_REJECT, "%s: its vocabulary of %zu pieces has no %s", name,
                  self->count, piece);
        return -1;
    }
    *id = (uint32_t)found;
    return 0;
}

wordpiece_t *wordpiece_new(const char *vocabulary, size_t len, const char *name,
                           fault_t *fault)
{
    wordpiece_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        goto no_memory;
    }
    self->vocabulary = vocabulary;
    self->count = count_lines(vocabulary, len);
    size_t slots = 64;
    while (slots < 2 * self->count) {
        slots *= 2;
    }
    self->mask = (uint32_t)slots - 1;
    self->slots = calloc(slots, sizeof *self->slots);
    self->entries = calloc(self->count + 1, sizeof *self->entries);
    if (self->slots == NULL || self->entries == NULL) {
        goto no_memory;
    }
    read_lines(self, len);
    if (find_special(self, "[UNK]", &self->unknown, name, fault) != 0 ||
        find_special(self, "[CLS]", &self->cls, name, fault) != 0 ||
        find_special(self, "[SEP]", &self->sep, name, fault) != 0) {
        wordpiece_destroy(&self);
    }
    return self;
no_memory:
    fault_set(fault, FAULT_RETRY, "%s: no memory for its vocabulary", name);
    wordpiece_destroy(&self);
    return NULL;
}

void wordpiece_destroy(wordpiece_t **self)
{
    if (*self != NULL) {
        free((*self)->slots);
        free((*self)->entries);
        free(*self);
        *self = NULL;
    }
}

size_t wordpiece_count(const wordpiece_t *self)
{
    return self->count;
}

uint32_t wordpiece_unknown(const wordpiece_t *self)
{
    return self->unknown;
}

uint32_t wordpiece_cls(const wordpiece_t *self)
{
    return self->cls;
}

uint32_t wordpiece_sep(const wordpiece_t *self)
{
    return self->sep;
}

/* --- cutting ---------------------------------------------------------------------------
 */

/* One word, folded, and where each of its letters came from. */
typedef struct {
    char bytes[WORD_BYTES + 4];
    size_t at[WORD_LETTERS + 2]; /* where each letter begins in bytes */
    uint32_t start[WORD_LETTERS + 1], end[WORD_LETTERS + 1];
    size_t letters; /* past WORD_LETTERS no more are kept */
    uint32_t last;  /* end of the last letter, kept or not */
} word_t;

static void word_add(word_t *self, uint32_t letter, uint32_t start, uint32_t end)
{
    self->last = end;
    if (self->letters > WORD_LETTERS) {
        return;
    }
    size_t i = self->letters++;
    self->start[i] = start;
    self->end[i] = end;
    self->at[i + 1] = self->at[i] + utf8_put(self->bytes + self->at[i], letter);
}

/* How many letters the longest piece at letter `from` has; 0: none fits. */
static size_t longest_at(const wordpiece_t *self, const word_t *word, size_t from,
                         uint32_t *id)
{
    uint32_t hashes[WORD_LETTERS + 1];
    uint32_t hash = hash_start(from > 0);
    size_t to = from;
    while (to < word->letters && word->at[to + 1] - word->at[from] <= self->longest) {
        for (size_t b = word->at[to]; b < word->at[to + 1]; b++) {
            hash = hash_step(hash, word->bytes[b]);
        }
        hashes[to++] = hash;
    }
    for (; to > from; to--) {
        int64_t found = find(self, word->bytes + word->at[from],
                             word->at[to] - word->at[from], from > 0, hashes[to - 1]);
        if (found >= 0) {
            *id = (uint32_t)found;
            return to - from;
        }
    }
    return 0;
}

/* Appends the pieces of the word and empties it. */
static int word_cut(const wordpiece_t *self, word_t *word, pieces_t *out)
{
    size_t letters = word->letters, before = out->count;
    bool is_known = letters <= WORD_LETTERS;
    for (size_t from = 0, step; is_known && from < letters; from += step) {
        piece_t piece = {0};
        step = longest_at(self, word, from, &piece.id);
        if (step == 0) {
            is_known = false;
            break;
        }
        piece.start = word->start[from];
        piece.end = word->end[from + step - 1];
        if (add(out, piece) != 0) {
            return -1;
        }
    }
    word->letters = 0;
    if (is_known) {
        return 0;
    }
    out->count = before;
    return add(out, (piece_t){self->unknown, word->start[0], word->last});
}

/* Adds a folded letter, or cuts what stands alone off both sides of it. */
static int take_letter(const wordpiece_t *self, word_t *word, uint32_t letter,
                       bool is_alone, piece_t place, pieces_t *out)
{
    if (is_alone && word_cut(self, word, out) != 0) {
        return -1;
    }
    word_add(word, letter, place.start, place.end);
    return is_alone ? word_cut(self, word, out) : 0;
}

/* Adds one code point of the text, which stands at `place`. */
static int take(const wordpiece_t *self, word_t *word, uint32_t code_point, piece_t place,
                pieces_t *out)
{
    letter_kind_t kind = letter_kind(code_point);
    if (kind == LETTER_GONE) {
        return 0;
    }
    if (kind == LETTER_WHITE) {
        return word_cut(self, word, out);
    }
    uint32_t parts[LETTER_PARTS_MAX];
    size_t count = letter_fold(code_point, parts);
    for (size_t i = 0; i < count; i++) {
        bool is_alone = kind == LETTER_ALONE || letter_kind(parts[i]) == LETTER_ALONE;
        if (take_letter(self, word, parts[i], is_alone, place, out) != 0) {
            return -1;
        }
    }
    return 0;
}

/* As take, for the one byte of an ASCII letter or digit: most of a text. */
static bool take_plain(word_t *word, char c, size_t at)
{
    char lower = c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
    bool is_plain = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
    if (is_plain) {
        word_add(word, (uint8_t)lower, (uint32_t)at, (uint32_t)at + 1);
    }
    return is_plain;
}

int wordpiece_cut(const wordpiece_t *self, const char *text, size_t len, pieces_t *out)
{
    word_t word = {.letters = 0};
    for (size_t at = 0; at < len;) {
        if (take_plain(&word, text[at], at)) {
            at++;
            continue;
        }
        size_t start = at;
        uint32_t code_point = utf8_next(text, len, &at);
        piece_t place = {0, (uint32_t)start, (uint32_t)at};
        if (take(self, &word, code_point, place, out) != 0) {
            return -1;
        }
    }
    return word_cut(self, &word, out);
}
