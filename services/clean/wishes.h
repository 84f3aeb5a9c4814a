/* Wishes: what is asked of a cleaned article: how strict, what to keep, in which form. */
#ifndef CLEAN_WISHES_H
#define CLEAN_WISHES_H

#include "clean/blocks.h"
#include "proto/fault.h"
#include "runtime/config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum {
    BIAS_BALANCED,
    BIAS_PRECISION, /* doubtful text goes */
    BIAS_RECALL,    /* doubtful text stays */
} bias_t;

/* The fields are the interface. */
typedef struct {
    bias_t bias;
    bool keep_captions; /* in the text, as paragraphs of kind "caption" */
    bool keep_comments; /* … "comment" */
    bool keep_tables;
    bool keep_links;   /* paragraphs get "links" */
    bool has_markdown; /* the article gets "markdown" beside "text" */
    bool keep_raw;
} wishes_t;

/* The options of the stage. The first WISHES_OWN of them are wishes, which an article may
 * have too; the others are limits. */
enum { WISHES_OWN = 7, WISHES_OPTIONS = 9 };
extern const config_option_t wishes_options[WISHES_OPTIONS];

/* Reads the wishes from a config with that table. */
wishes_t wishes_from(const config_t *config);

/* The wishes of one article: `base` with what its own options say (NULL: nothing). 0, or
 * -1 with a REJECT fault that names the place, the option and its value. */
int wishes_for(wishes_t *self, const wishes_t *base, const json_t *options,
               const char *where, fault_t *fault);

/* Changes reasons, as extract.h and rows.h fill them, to what is wished of the blocks or
 * lines list[0..count). */
void wishes_apply(const wishes_t *self, const block_t *list, uint32_t count,
                  const char **reasons);

/* The name in paragraphs[].kind: that of the block, "caption" or "comment". */
const char *wishes_kind(const block_t *block);

#endif
