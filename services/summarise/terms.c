#include "summarise/terms.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

#include "text/utf8.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { KEY_MAX = 64 }; /* bytes; what is longer in a word does not count */

/* In the order of strcmp. */
static const char *const stops[] = {
    "a",          "about",     "above",   "according", "after",   "again",   "against",
    "all",        "also",      "always",  "am",        "an",      "and",     "another",
    "any",        "anything",  "are",     "around",    "as",      "at",      "back",
    "be",         "because",   "been",    "before",    "being",   "below",   "between",
    "both",       "but",       "by",      "came",      "can",     "can't",   "cent",
    "come",       "could",     "d",       "did",       "didn",    "didn't",  "do",
    "does",       "doesn",     "doesn't", "doing",     "don",     "don't",   "down",
    "dr",         "during",    "each",    "eight",     "even",    "every",   "few",
    "five",       "for",       "four",    "from",      "further", "gave",    "get",
    "give",       "given",     "go",      "going",     "gone",    "got",     "had",
    "has",        "have",      "having",  "he",        "he's",    "her",     "here",
    "hers",       "herself",   "him",     "himself",   "his",     "how",     "however",
    "i",          "i'm",       "i've",    "if",        "in",      "into",    "is",
    "isn",        "isn't",     "it",      "it's",      "its",     "itself",  "just",
    "knew",       "know",      "like",    "ll",        "m",       "made",    "make",
    "making",     "many",      "may",     "me",        "might",   "more",    "most",
    "mr",         "mrs",       "ms",      "much",      "must",    "my",      "myself",
    "never",      "new",       "nine",    "no",        "nor",     "not",     "now",
    "of",         "off",       "on",      "once",      "one",     "only",    "or",
    "other",      "our",       "ours",    "ourselves", "out",     "over",    "own",
    "per",        "percent",   "put",     "re",        "really",  "s",       "said",
    "same",       "saw",       "say",     "says",      "see",     "seen",    "seven",
    "shall",      "she",       "she's",   "should",    "since",   "six",     "so",
    "some",       "something", "still",   "such",      "t",       "take",    "taken",
    "ten",        "than",      "that",    "the",       "their",   "theirs",  "them",
    "themselves", "then",      "there",   "these",     "they",    "they're", "think",
    "this",       "those",     "thought", "three",     "through", "to",      "today",
    "told",       "tomorrow",  "too",     "took",      "two",     "under",   "until",
    "up",         "us",        "use",     "used",      "ve",      "very",    "want",
    "wanted",     "was",       "wasn",    "wasn't",    "we",      "we're",   "went",
    "were",       "what",      "when",    "where",     "which",   "while",   "who",
    "whom",       "why",       "will",    "with",      "won",     "won't",   "would",
    "yesterday",  "you",       "your",    "yours",     "yourself"};

typedef struct {
    uint64_t hash;
    uint32_t term; /* + 1; 0 is a free slot */
    uint32_t key;  /* where its text lies in `keys` */
} slot_t;

struct terms {
    slot_t *slots;
    size_t slot_count; /* a power of two */
    size_t slots_used; /* by keys, and by words as they are written */
    bool *is_stop;     /* by term */
    size_t room;
    uint32_t count;
    char *keys; /* NUL-terminated, one after the other */
    size_t keys_len, keys_room;
};

terms_t *terms_new(void)
{
    enum { SLOTS = 1024 };
    terms_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->slots = calloc(SLOTS, sizeof *self->slots);
    if (self->slots == NULL) {
        terms_destroy(&self);
        return NULL;
    }
    self->slot_count = SLOTS;
    return self;
}

void terms_destroy(terms_t **self)
{
    if (*self != NULL) {
        free((*self)->slots);
        free((*self)->is_stop);
        free((*self)->keys);
        free(*self);
        *self = NULL;
    }
}

static size_t fold(const char *word, size_t len, char key[KEY_MAX])
{
    size_t used = 0;
    for (size_t at = 0; at < len && used + 4 < KEY_MAX;) {
        uint8_t first = (uint8_t)word[at];
        if (first < 0x80) {
            key[used++] = (char)(first >= 'A' && first <= 'Z' ? first + 32 : first);
            at++;
            continue;
        }
        UChar32 c = (UChar32)utf8_next(word, len, &at);
        c = c == 0x2019 ? '\'' : u_foldCase(c, U_FOLD_CASE_DEFAULT);
        used += utf8_put(key + used, (uint32_t)c);
    }
    key[used] = '\0';
    return used;
}

static bool ends_with(const char *key, size_t len, const char *tail)
{
    size_t tail_len = strlen(tail);
    return len > tail_len + 1 && memcmp(key + len - tail_len, tail, tail_len) == 0;
}

/* The S stemmer (Harman 1991), and "'s". */
static size_t strip(char *key, size_t len)
{
    if (ends_with(key, len, "'s")) {
        len -= 2;
    } else if (ends_with(key, len, "ies") && len > 4) {
        len -= 2;
        key[len - 1] = 'y';
    } else if (ends_with(key, len, "s") && len > 3 && strchr("su'", key[len - 2]) == NULL) {
        len -= 1;
    }
    key[len] = '\0';
    return len;
}

static int by_text(const void *key, const void *entry)
{
    return strcmp(key, *(const char *const *)entry);
}

static bool is_stop_word(const char *key, size_t len)
{
    bool is_letter = len == 1 && !u_isdigit((uint8_t)key[0]);
    return is_letter || bsearch(key, stops, COUNT_OF(stops), sizeof stops[0], by_text);
}

static uint64_t hash_of(const char *key, size_t len)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (uint8_t)key[i]) * 1099511628211u;
    }
    return hash ^ hash >> 29;
}

static slot_t *slot_of(const terms_t *self, uint64_t hash, const char *key)
{
    size_t at = hash & (self->slot_count - 1);
    while (self->slots[at].term != 0) {
        const slot_t *slot = &self->slots[at];
        if (slot->hash == hash && strcmp(self->keys + slot->key, key) == 0) {
            break;
        }
        at = (at + 1) & (self->slot_count - 1);
    }
    return &self->slots[at];
}

static int grow_slots(terms_t *self)
{
    slot_t *old = self->slots;
    size_t old_count = self->slot_count;
    slot_t *grown = calloc(2 * old_count, sizeof *grown);
    if (grown == NULL) {
        return -1;
    }
    self->slots = grown;
    self->slot_count = 2 * old_count;
    for (size_t i = 0; i < old_count; i++) {
        size_t at = old[i].hash & (self->slot_count - 1);
        while (old[i].term != 0 && grown[at].term != 0) {
            at = (at + 1) & (self->slot_count - 1);
        }
        if (old[i].term != 0) {
            grown[at] = old[i];
        }
    }
    free(old);
    return 0;
}

/* Room for one more key of key_len bytes, and for a term. */
static int make_room(terms_t *self, size_t key_len)
{
    if (self->count == self->room) {
        size_t room = self->room == 0 ? 256 : 2 * self->room;
        bool *grown = realloc(self->is_stop, room * sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        self->is_stop = grown;
        self->room = room;
    }
    if (self->keys_len + key_len + 1 > self->keys_room) {
        size_t room = 2 * self->keys_room + 4096;
        char *grown = realloc(self->keys, room);
        if (grown == NULL) {
            return -1;
        }
        self->keys = grown;
        self->keys_room = room;
    }
    return 2 * self->slots_used < self->slot_count ? 0 : grow_slots(self);
}

/* The key of a folded word, in place of it; returns its length. */
static size_t key_of(size_t len, char key[KEY_MAX], bool *is_stop)
{
    *is_stop = is_stop_word(key, len);
    return *is_stop ? len : strip(key, len);
}

/* Gives a key the number of a term. 0, or -1: no memory. */
static int number(terms_t *self, uint64_t hash, const char *key, size_t len, uint32_t term)
{
    if (make_room(self, len) != 0) {
        return -1;
    }
    *slot_of(self, hash, key) = (slot_t){hash, term + 1, (uint32_t)self->keys_len};
    memcpy(self->keys + self->keys_len, key, len + 1);
    self->keys_len += len + 1;
    self->slots_used++;
    return 0;
}

uint32_t terms_find(const terms_t *self, const char *word, size_t len, bool *is_stop)
{
    char key[KEY_MAX];
    size_t key_len = key_of(fold(word, len, key), key, is_stop);
    const slot_t *slot = slot_of(self, hash_of(key, key_len), key);
    return slot->term != 0 ? slot->term - 1 : TERMS_NONE;
}

/* The number of a word that is folded, by its key. */
static uint32_t add_key(terms_t *self, const char *folded, size_t len)
{
    char key[KEY_MAX];
    bool is_stop;
    memcpy(key, folded, len + 1);
    len = key_of(len, key, &is_stop);
    uint64_t hash = hash_of(key, len);
    const slot_t *slot = slot_of(self, hash, key);
    if (slot->term != 0) {
        return slot->term - 1;
    }
    if (number(self, hash, key, len, self->count) != 0) {
        return TERMS_NONE;
    }
    self->is_stop[self->count] = is_stop;
    return self->count++;
}

uint32_t terms_add(terms_t *self, const char *word, size_t len)
{
    static const uint64_t AS_WRITTEN = 0x5DEECE66D; /* sets words and keys apart */
    char folded[KEY_MAX];
    size_t folded_len = fold(word, len, folded);
    uint64_t hash = hash_of(folded, folded_len) ^ AS_WRITTEN;
    const slot_t *slot = slot_of(self, hash, folded);
    if (slot->term != 0) { /* most words come again */
        return slot->term - 1;
    }
    uint32_t term = add_key(self, folded, folded_len);
    if (term != TERMS_NONE && number(self, hash, folded, folded_len, term) != 0) {
        term = TERMS_NONE;
    }
    return term;
}

uint32_t terms_count(const terms_t *self)
{
    return self->count;
}

bool terms_is_stop(const terms_t *self, uint32_t term)
{
    return self->is_stop[term];
}
