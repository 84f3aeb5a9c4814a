/* Company: what a first judgement of all blocks of a page says of each block, its
 * neighbours and those that look alike, in numbers that a second judgement is made on. */
#ifndef CLEAN_COMPANY_H
#define CLEAN_COMPANY_H

#include "clean/blocks.h"
#include "clean/kin.h"

/* Columns of a row. The model is trained on this order: after a change, train again. */
enum {
    COMPANY_NEAR = 3,   /* blocks looked at on either side */
    COMPANY_KIN = 3,    /* of the blocks that look alike */
    COMPANY_PLACE = 7,  /* of its place among what is likely */
    COMPANY_AROUND = 4, /* likely shares of the text right above and below */
    COMPANY_OWN = 11,   /* the first row's columns that are looked at again */
    COMPANY_COUNT =
        1 + 2 * COMPANY_NEAR + COMPANY_KIN + COMPANY_PLACE + COMPANY_AROUND + COMPANY_OWN,
};

/* COMPANY_COUNT columns for each block. odds: of the first judgement. first: the rows that
 * it was made on, of boxes.h. kins: of these blocks; told the odds. The caller frees the
 * result; NULL: no memory. */
float *company_new(const blocks_t *blocks, kins_t *kins, const float *odds,
                   const float *first);

#endif
