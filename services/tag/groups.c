#include "tag/groups.h"

#include <stdlib.h>

enum { NONE = UINT32_MAX, TABLE_MIN = 64, ACRONYM_MAX = 8 };

/* One entity in the making. */
typedef struct {
    uint32_t first, last;  /* core of its fullest name, tokens */
    uint64_t key;          /* of that name and its kind's family */
    uint64_t acronym;      /* capitals of the name, 8 bits each; 0: none */
    uint32_t surname;      /* hash of its last word, people of two words or more; else 0 */
    uint32_t next_surname; /* the entity before with the same surname */
    kind_t kind;
} entity_t;

/* Open addressing: key → the newest entity. */
typedef struct {
    uint64_t *keys;
    uint32_t *entities;
    size_t room; /* a power of two, twice what it holds at most */
} table_t;

static int table_init(table_t *self, size_t count)
{
    self->room = TABLE_MIN;
    while (self->room < 4 * count) {
        self->room *= 2;
    }
    self->keys = calloc(self->room, sizeof *self->keys);
    self->entities = calloc(self->room, sizeof *self->entities);
    return self->keys != NULL && self->entities != NULL ? 0 : -1;
}

static uint32_t *table_at(table_t *self, uint64_t key, bool make)
{
    size_t at = (key * 0x9E3779B97F4A7C15U >> 20) & (self->room - 1);
    key |= 1; /* 0 is an empty place */
    while (self->keys[at] != 0 && self->keys[at] != key) {
        at = (at + 1) & (self->room - 1);
    }
    if (self->keys[at] == 0) {
        if (!make) {
            return NULL;
        }
        self->keys[at] = key;
        self->entities[at] = NONE;
    }
    return &self->entities[at];
}

static void table_close(table_t *self)
{
    free(self->keys);
    free(self->entities);
}

static bool is_title(const tokens_t *tokens, uint32_t i)
{
    static const char *const titles[] = {
        "mr",       "mr.",       "mrs",   "mrs.",  "ms",      "ms.",     "dr",
        "dr.",      "sir",       "lord",  "lady",  "gen.",    "general", "president",
        "prince",   "princess",  "king",  "queen", "sen.",    "rep.",    "gov.",
        "prof.",    "professor", "judge", "capt.", "captain", "sheikh",  "pope",
        "minister", "senator",   "the"};
    for (size_t k = 0; k < sizeof titles / sizeof *titles; k++) {
        if (tokens_is(tokens, i, titles[k])) {
            return true;
        }
    }
    return false;
}

void groups_core(const tokens_t *tokens, const mention_t *mention, uint32_t *first,
                 uint32_t *last)
{
    *first = mention->first;
    *last = mention->last;
    while (*first + 1 < *last &&
           (mention->kind == KIND_PER ? is_title(tokens, *first)
                                      : tokens_is(tokens, *first, "the"))) {
        (*first)++;
    }
    while (*last > *first + 1 && (tokens_is(tokens, *last - 1, "'s") ||
                                  tokens_is(tokens, *last - 1, "\u2019s"))) {
        (*last)--;
    }
}

/* Places and organisations of one name are told apart by context too weak to trust, so they
 * keep their own entity; GPE and LOC are one family. */
static uint64_t family_of(kind_t kind)
{
    return kind == KIND_GPE ? KIND_LOC : kind;
}

static entity_t describe(const tokens_t *tokens, const mention_t *mention)
{
    entity_t entity = {.kind = mention->kind, .next_surname = NONE};
    const token_t *all = tokens_all(tokens);
    groups_core(tokens, mention, &entity.first, &entity.last);
    entity.key = family_of(mention->kind) + 1;
    size_t letters = 0;
    for (uint32_t i = entity.first; i < entity.last; i++) {
        entity.key = gazetteer_key(entity.key, &all[i]);
        if ((all[i].flags & TOKEN_UPPER) != 0 && letters++ < ACRONYM_MAX) {
            char c = tokens_text(tokens)[all[i].start];
            entity.acronym = entity.acronym << 8 | (uint8_t)c;
        }
    }
    if (letters < 2 || letters > ACRONYM_MAX) {
        entity.acronym = 0;
    }
    if (mention->kind == KIND_PER && entity.last - entity.first >= 2) {
        entity.surname = all[entity.last - 1].lower | 1;
    }
    return entity;
}

/* "U.N.", "UN" → its letters; 0: no acronym. */
static uint64_t letters_of(const tokens_t *tokens, const entity_t *entity)
{
    const token_t *token = tokens_at(tokens, entity->first);
    uint64_t letters = 0;
    size_t count = 0;
    if (entity->last - entity->first != 1 || (token->flags & TOKEN_ALL_UPPER) == 0) {
        return 0;
    }
    for (uint32_t at = token->start; at < token->end; at++) {
        char c = tokens_text(tokens)[at];
        if (c != '.') {
            letters = letters << 8 | (uint8_t)c;
            count++;
        }
    }
    return count >= 2 && count <= ACRONYM_MAX ? letters : 0;
}

typedef struct {
    const tokens_t *tokens;
    entity_t *entities;
    size_t count;
    table_t names, surnames, acronyms;
} maker_t;

static uint64_t acronym_key(uint64_t letters, kind_t kind)
{
    return letters * 31 + family_of(kind);
}

/* The bearer of a surname that a lone name means: the only one; else none. */
static uint32_t bearer_of(maker_t *self, const entity_t *lone)
{
    const token_t *word = tokens_at(self->tokens, lone->last - 1);
    uint32_t *place = table_at(&self->surnames, word->lower | 1, false);
    if (place == NULL || self->entities[*place].next_surname != NONE) {
        return NONE;
    }
    return *place;
}

static uint32_t find_entity(maker_t *self, const entity_t *wanted)
{
    uint32_t *place = table_at(&self->names, wanted->key, false);
    if (place != NULL) {
        return *place;
    }
    if (wanted->kind == KIND_PER && wanted->last - wanted->first == 1) {
        return bearer_of(self, wanted);
    }
    uint64_t letters = wanted->kind != KIND_PER ? letters_of(self->tokens, wanted) : 0;
    place = letters != 0
                ? table_at(&self->acronyms, acronym_key(letters, wanted->kind), false)
                : NULL;
    return place != NULL ? *place : NONE;
}

static void enter(maker_t *self, const entity_t *entity, uint32_t number)
{
    *table_at(&self->names, entity->key, true) = number;
    if (entity->surname != 0) {
        uint32_t *place = table_at(&self->surnames, entity->surname, true);
        self->entities[number].next_surname = *place;
        *place = number;
    }
    if (entity->acronym != 0) {
        *table_at(&self->acronyms, acronym_key(entity->acronym, entity->kind), true) =
            number;
    }
}

static uint32_t new_entity(maker_t *self, const entity_t *entity)
{
    uint32_t number = (uint32_t)self->count++;
    self->entities[number] = *entity;
    enter(self, entity, number);
    return number;
}

/* Full names first, so that a surname in the title finds its bearer in the text. */
static void assign(maker_t *self, const mentions_t *mentions, uint32_t *of)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < mentions->count; i++) {
            entity_t wanted = describe(self->tokens, &mentions->all[i]);
            bool is_full = wanted.last - wanted.first >= 2;
            if (is_full != (pass == 0)) {
                continue;
            }
            uint32_t number = find_entity(self, &wanted);
            of[i] = number != NONE ? number : new_entity(self, &wanted);
        }
    }
}

/* Numbers in the order of first mention. */
static int renumber(uint32_t *of, size_t mentions, size_t count)
{
    uint32_t *number = malloc((count + 1) * sizeof *number);
    uint32_t next = 0;
    if (number == NULL) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        number[i] = NONE;
    }
    for (size_t i = 0; i < mentions; i++) {
        if (number[of[i]] == NONE) {
            number[of[i]] = next++;
        }
        of[i] = number[of[i]];
    }
    free(number);
    return 0;
}

int groups_make(const tokens_t *tokens, const mentions_t *mentions, groups_t *out)
{
    int rc = -1;
    maker_t maker = {.tokens = tokens};
    maker.entities = calloc(mentions->count + 1, sizeof *maker.entities);
    out->of = calloc(mentions->count + 1, sizeof *out->of);
    int made = table_init(&maker.names, mentions->count);
    made |= table_init(&maker.surnames, mentions->count);
    made |= table_init(&maker.acronyms, mentions->count);
    if (maker.entities != NULL && out->of != NULL && made == 0) {
        assign(&maker, mentions, out->of);
        out->count = maker.count;
        rc = renumber(out->of, mentions->count, maker.count);
    }
    table_close(&maker.names);
    table_close(&maker.surnames);
    table_close(&maker.acronyms);
    free(maker.entities);
    if (rc != 0) {
        groups_close(out);
    }
    return rc;
}

void groups_close(groups_t *self)
{
    free(self->of);
    *self = (groups_t){0};
}
