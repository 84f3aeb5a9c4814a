#include "tag/kinds.h"

#include <string.h>

static const char *const names[KIND_COUNT] = {
    [KIND_PER] = "PER",   [KIND_ORG] = "ORG",     [KIND_LOC] = "LOC",
    [KIND_NORP] = "NORP", [KIND_FAC] = "FAC",     [KIND_PRODUCT] = "PRODUCT",
    [KIND_MISC] = "MISC", [KIND_DATE] = "DATE",   [KIND_MONEY] = "MONEY",
    [KIND_GPE] = "GPE",   [KIND_EVENT] = "EVENT", [KIND_PERCENT] = "PERCENT",
};

const char *kind_name(kind_t kind)
{
    return names[kind];
}

int kind_find(const char *name)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (strcmp(names[kind], name) == 0) {
            return kind;
        }
    }
    return -1;
}
