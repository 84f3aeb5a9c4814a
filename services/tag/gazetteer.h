/* Gazetteer: names of places, organisations, products and peoples, looked up by words. */
#ifndef TAG_GAZETTEER_H
#define TAG_GAZETTEER_H

#include "tag/model.h"
#include "text/tokens.h"

/* In the model file: add only at the end. */
typedef enum {
    PLACE_COUNTRY,
    PLACE_ADMIN, /* a part of a country: state, province */
    PLACE_CITY,
    PLACE_REGION, /* a continent, sea, region of the world */
    NAME_ORG,
    NAME_PRODUCT,
    NAME_PERSON,
    NAME_NORP, /* a people, religion or their adjective */
    GAZETTEER_KINDS
} gazetteer_kind_t;

enum { GAZETTEER_WORDS_MAX = 8 /* of a name */ };

/* In the model file. */
typedef struct {
    uint64_t key;      /* of the name's lower-case words */
    uint32_t record;   /* the best known bearer; UINT32_MAX: none, only a beginning */
    uint16_t kinds;    /* bit set of gazetteer_kind_t over all bearers */
    uint8_t rank;      /* 0..7, how well known the best bearer is */
    uint8_t continues; /* 1: longer names begin like this */
} gazetteer_key_t;

/* In the model file. */
typedef struct {
    uint8_t kind;
    uint8_t reserved[3];
    uint32_t qid;        /* of Wikidata; 0: not known */
    uint32_t geoname;    /* of GeoNames; 0: not known */
    char code[8];        /* ISO 3166-1 or -2, NUL-filled; of a city: its country's */
    float lat, lon;      /* of a city, degrees */
    uint32_t population; /* of a city */
} gazetteer_record_t;

typedef struct {
    size_t words;                     /* 0: nothing found */
    const gazetteer_key_t *key;       /* lent */
    const gazetteer_record_t *record; /* lent */
} gazetteer_match_t;

typedef struct gazetteer gazetteer_t;

/* Reads the sections of a model, which must outlive it. The caller owns the result. NULL: a
 * REJECT fault (path names the model) or a RETRY fault: no memory. */
gazetteer_t *gazetteer_new(const model_t *model, const char *path, fault_t *fault);
void gazetteer_destroy(gazetteer_t **self);

/* The longest name that begins at token i and ends before `end`. */
gazetteer_match_t gazetteer_longest(const gazetteer_t *self, const token_t *tokens,
                                    size_t i, size_t end);

/* The name that is exactly tokens[i..end). */
gazetteer_match_t gazetteer_exact(const gazetteer_t *self, const token_t *tokens, size_t i,
                                  size_t end);

/* The key of tokens[0..count): begin with 0, give the key so far. */
uint64_t gazetteer_key(uint64_t so_far, const token_t *next);

#endif
