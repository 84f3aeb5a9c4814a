#include "tag/links.h"

#include <stdio.h>
#include <string.h>

#include "tag/mentions.h"

/* The kind of entity that a bearer of a name is. */
static const kind_t kinds[GAZETTEER_KINDS] = {
    [PLACE_COUNTRY] = KIND_GPE, [PLACE_ADMIN] = KIND_GPE, [PLACE_CITY] = KIND_GPE,
    [PLACE_REGION] = KIND_LOC,  [NAME_ORG] = KIND_ORG,    [NAME_PRODUCT] = KIND_PRODUCT,
    [NAME_PERSON] = KIND_PER,   [NAME_NORP] = KIND_NORP};

static int add(json_t *list, const char *scheme, const char *id)
{
    return json_array_append_new(list, json_pack("{s:s, s:s}", "scheme", scheme, "id", id));
}

static int add_number(json_t *list, const char *scheme, const char *prefix, uint32_t number)
{
    char id[24];
    snprintf(id, sizeof id, "%s%u", prefix, number);
    return number == 0 ? 0 : add(list, scheme, id);
}

json_t *links_find(const gazetteer_t *gazetteer, const tokens_t *tokens,
                   const mention_t *mention, kind_t kind)
{
    uint32_t first, last;
    json_t *list = json_array();
    if (mention->listed != NULL && add(list, "watch", mention->listed->id) != 0) {
        json_decref(list);
        return NULL;
    }
    mention_core(tokens, mention, &first, &last);
    gazetteer_match_t match = gazetteer_exact(gazetteer, tokens_all(tokens), first, last);
    if (list == NULL || match.words == 0 || kinds[match.record->kind] != kind) {
        return list;
    }
    const gazetteer_record_t *record = match.record;
    int rc = add_number(list, "wikidata", "Q", record->qid);
    rc |= add_number(list, "geonames", "", record->geoname);
    /* a city's code is that of its country: no name for the city itself */
    if (record->code[0] != 0 &&
        (record->kind == PLACE_COUNTRY || record->kind == PLACE_ADMIN)) {
        char code[sizeof record->code + 1] = "";
        memcpy(code, record->code, sizeof record->code);
        rc |= add(list, record->kind == PLACE_COUNTRY ? "iso3166" : "iso3166-2", code);
    }
    if (rc != 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}
