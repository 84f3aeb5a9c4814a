/* Kinds: the types of entity that tag knows. */
#ifndef TAG_KINDS_H
#define TAG_KINDS_H

/* In a model file: add only at the end of the first block, and train anew. */
typedef enum {
    KIND_PER,
    KIND_ORG,
    KIND_LOC,
    KIND_NORP,
    KIND_FAC,
    KIND_PRODUCT,
    KIND_MISC,
    KIND_DATE,
    KIND_MONEY,
    KIND_LEARNED, /* one past the kinds that the model finds */
    /* found by rules, or set apart from a learned kind by them */
    KIND_GPE = KIND_LEARNED,
    KIND_EVENT,
    KIND_PERCENT,
    KIND_COUNT
} kind_t;

/* "PER" … as it stands in the article. */
const char *kind_name(kind_t kind);

/* The kind of that name, or -1. */
int kind_find(const char *name);

#endif
