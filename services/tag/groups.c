#include "tag/groups.h"

#include <stdlib.h>

#include "tag/tense.h"

enum { NONE = UINT32_MAX, MANY = UINT32_MAX - 1, TABLE_MIN = 64, ACRONYM_MAX = 8 };

/* One entity in the making. */
typedef struct {
    uint32_t first, last; /* core of its fullest name, tokens */
    uint64_t key;         /* of that name and its kind's family */
    uint64_t known;       /* of what the gazetteer knows by that name; 0: nothing */
    kind_t kind;
    bool is_listed; /* by the user, who knows what it is part of */
} entity_t;

/* Open addressing: key → entity, or MANY. */
typedef struct {
    uint64_t *keys;
    uint32_t *entities;
    size_t room; /* a power of two, twice what it holds at most */
} table_t;

static int table_init(table_t *self, size_t count)
{
    self->room = TABLE_MIN;
    while (self->room < 2 * count) {
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

/* Places and organisations of one name are told apart by context too weak to trust, so they
 * keep their own entity; GPE and LOC are one family. */
static uint64_t family_of(kind_t kind)
{
    return kind == KIND_GPE ? KIND_LOC : kind;
}

/* The key of words first..last-1 as the name of an entity of that kind. */
static uint64_t words_key(const tokens_t *tokens, kind_t kind, uint32_t first,
                          uint32_t last)
{
    uint64_t key = family_of(kind) + 1;
    for (uint32_t i = first; i < last; i++) {
        key = gazetteer_key(key, tokens_at(tokens, i));
    }
    return key;
}

/* "Chechens" are the same as "Chechen". */
static uint64_t singular_key(const tokens_t *tokens, const entity_t *entity)
{
    const token_t *word = tokens_at(tokens, entity->last - 1);
    const char *text = tokens_text(tokens);
    token_t shorter = *word;
    bool is_plural = word->end - word->start > 3 && (text[word->end - 1] | 32) == 's';
    if (is_plural) {
        char lower[64];
        size_t len = word->end - word->start - 1;
        if (len >= sizeof lower) {
            return entity->key;
        }
        for (size_t i = 0; i < len; i++) {
            char c = text[word->start + i];
            lower[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
        shorter.lower = token_hash(lower, len);
    }
    return gazetteer_key(words_key(tokens, entity->kind, entity->first, entity->last - 1),
                         &shorter);
}

/* Two names of one country or organisation are one entity. */
static uint64_t known_key(const gazetteer_t *gazetteer, const tokens_t *tokens,
                          const entity_t *entity)
{
    gazetteer_match_t match = {0};
    if (family_of(entity->kind) == KIND_LOC || entity->kind == KIND_ORG) {
        match = gazetteer_exact(gazetteer, tokens_all(tokens), entity->first, entity->last);
    }
    bool is_kind = match.words > 0 && match.record->kind != PLACE_CITY &&
                   (match.record->kind == NAME_ORG) == (entity->kind == KIND_ORG);
    return is_kind ? (uint64_t)(uintptr_t)match.record : 0;
}

static entity_t describe(const gazetteer_t *gazetteer, const tokens_t *tokens,
                         const mention_t *mention)
{
    entity_t entity = {.kind = mention->kind};
    mention_core(tokens, mention, &entity.first, &entity.last);
    entity.key = words_key(tokens, entity.kind, entity.first, entity.last);
    if (entity.kind == KIND_NORP || entity.kind == KIND_MISC) {
        entity.key = singular_key(tokens, &entity);
    }
    if (entity.kind == KIND_DATE && tense_around(tokens, mention) == TENSE_AHEAD) {
        entity.key = ~entity.key; /* next Friday is not the last one */
    }
    if (gazetteer != NULL) {
        entity.known = known_key(gazetteer, tokens, &entity);
    }
    if (mention->listed != NULL) {
        entity.key = (uint64_t)(uintptr_t)mention->listed; /* whatever it is called */
        entity.known = 0;
        entity.is_listed = true;
    }
    return entity;
}

/* --- short forms -----------------------------------------------------------------------
 */

/* "African National Congress" → ANC, 8 bits a letter; 0: no name of several capitals. */
static uint64_t initials_of(const tokens_t *tokens, const entity_t *entity)
{
    uint64_t letters = 0;
    size_t count = 0;
    for (uint32_t i = entity->first; i < entity->last; i++) {
        const token_t *token = tokens_at(tokens, i);
        if ((token->flags & TOKEN_UPPER) != 0) {
            letters = letters << 8 | (uint8_t)tokens_text(tokens)[token->start];
            count++;
        }
    }
    return count >= 2 && count <= ACRONYM_MAX ? letters : 0;
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
    const gazetteer_t *gazetteer;
    const tokens_t *tokens;
    size_t count;  /* entities so far */
    table_t names; /* key, or what the gazetteer knows → entity */
    table_t parts; /* a name that is part of a longer one → the only one that has it */
    table_t acronyms;
} maker_t;

static uint64_t acronym_key(uint64_t letters, kind_t kind)
{
    return letters * 31 + family_of(kind);
}

static void add_short(table_t *table, uint64_t key, uint32_t number)
{
    uint32_t *place = table_at(table, key, true);
    *place = *place == NONE || *place == number ? number : MANY;
}

static void add_part(maker_t *self, const entity_t *entity, uint32_t first, uint32_t last,
                     uint32_t number)
{
    add_short(&self->parts, words_key(self->tokens, entity->kind, first, last), number);
}

/* A person is called by surname, by the last two words, or by the first; an organisation
 * by its first word; a place by what stands before the comma. */
static void add_parts(maker_t *self, const entity_t *entity, uint32_t number)
{
    uint32_t first = entity->first, last = entity->last;
    if (entity->kind == KIND_PER) {
        add_part(self, entity, last - 1, last, number);
        add_part(self, entity, first, first + 1, number);
    }
    if (entity->kind == KIND_PER && last - first > 2) {
        add_part(self, entity, last - 2, last, number);
    }
    if (entity->kind == KIND_ORG) {
        add_part(self, entity, first, first + 1, number);
    }
    for (uint32_t i = first + 1; i < last && family_of(entity->kind) == KIND_LOC; i++) {
        if (tokens_is(self->tokens, i, ",")) {
            add_part(self, entity, first, i, number);
        }
    }
}

static uint32_t look_up(table_t *table, uint64_t key)
{
    const uint32_t *place = table_at(table, key, false);
    return place != NULL && *place != MANY ? *place : NONE;
}

static uint32_t find_entity(maker_t *self, const entity_t *wanted)
{
    uint32_t number = look_up(&self->names, wanted->key);
    if (number == NONE && wanted->known != 0) {
        number = look_up(&self->names, wanted->known);
    }
    if (number == NONE && !wanted->is_listed) {
        uint64_t key = words_key(self->tokens, wanted->kind, wanted->first, wanted->last);
        number = look_up(&self->parts, key);
    }
    uint64_t letters = letters_of(self->tokens, wanted);
    if (number == NONE && letters != 0 && wanted->kind != KIND_PER && !wanted->is_listed) {
        number = look_up(&self->acronyms, acronym_key(letters, wanted->kind));
    }
    return number;
}

static uint32_t new_entity(maker_t *self, const entity_t *entity)
{
    uint32_t number = (uint32_t)self->count++;
    uint64_t initials = initials_of(self->tokens, entity);
    if (entity->last - entity->first >= 2) {
        add_parts(self, entity, number);
    }
    if (initials != 0) {
        add_short(&self->acronyms, acronym_key(initials, entity->kind), number);
    }
    return number;
}

/* The names of one entity, each under its keys. */
static void enter(maker_t *self, const entity_t *entity, uint32_t number)
{
    *table_at(&self->names, entity->key, true) = number;
    if (entity->known != 0) {
        *table_at(&self->names, entity->known, true) = number;
    }
}

/* Longer names first, so that a surname in the title finds its bearer in the text. */
static void assign(maker_t *self, const mentions_t *mentions, uint32_t *of)
{
    enum { LONG = 3 }; /* words; still longer ones are treated alike */
    for (uint32_t words = LONG; words >= 1; words--) {
        for (size_t i = 0; i < mentions->count; i++) {
            entity_t wanted = describe(self->gazetteer, self->tokens, &mentions->all[i]);
            uint32_t count = wanted.last - wanted.first;
            if ((count < LONG ? count : LONG) != words) {
                continue;
            }
            uint32_t number = find_entity(self, &wanted);
            of[i] = number != NONE ? number : new_entity(self, &wanted);
            enter(self, &wanted, of[i]);
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

int groups_make(const gazetteer_t *gazetteer, const tokens_t *tokens,
                const mentions_t *mentions, groups_t *out)
{
    enum { NAMES = 2, PARTS = 3 }; /* keys of one mention at most */
    int rc = -1;
    maker_t maker = {.gazetteer = gazetteer, .tokens = tokens};
    out->of = calloc(mentions->count + 1, sizeof *out->of);
    int made = table_init(&maker.names, NAMES * mentions->count);
    made |= table_init(&maker.parts, PARTS * mentions->count);
    made |= table_init(&maker.acronyms, mentions->count);
    if (out->of != NULL && made == 0) {
        assign(&maker, mentions, out->of);
        out->count = maker.count;
        rc = renumber(out->of, mentions->count, maker.count);
    }
    table_close(&maker.names);
    table_close(&maker.parts);
    table_close(&maker.acronyms);
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
