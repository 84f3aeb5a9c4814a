/* Extract: tells which blocks of a page are its article, by a trained model that looks at
 * each block, its neighbours and the elements around it. */
#ifndef CLEAN_EXTRACT_H
#define CLEAN_EXTRACT_H

#include "clean/blocks.h"
#include "clean/dom.h"
#include "clean/jsonld.h"

/* What else is known of the page; each may be NULL. */
typedef struct {
    const char *title;
    const char *description;
    const char *body; /* as the page's JSON-LD states it, without markup */
} page_facts_t;

/* What a page's fields and its JSON-LD say. *body is what `facts` lends its own from; the
 * caller frees it. 0, or -1: no memory. */
int extract_facts(const json_t *meta, const jsonld_t *jsonld, page_facts_t *facts,
                  char **body);

/* Fills reasons[0..blocks_count): NULL keeps block i, otherwise the reason it is removed
 * for, lent for ever. *confidence: 0..1. 0, or -1 with a RETRY fault: no memory. */
int extract_article(const dom_t *dom, const blocks_t *blocks, const page_facts_t *facts,
                    const char **reasons, double *confidence, fault_t *fault);

/* What the model is shown, and in reasons what the rules say: BOX_COUNT columns a block; if
 * odds, the log odds of a first judgement, are given, COMPANY_COUNT columns for a second.
 * The caller frees it; NULL: a RETRY fault, or a page of so many blocks that it is left to
 * the rules. */
float *extract_columns(const dom_t *dom, const blocks_t *blocks, const page_facts_t *facts,
                       const float *odds, const char **reasons, fault_t *fault);

#endif
