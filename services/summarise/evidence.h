/* Evidence: whether an article says what a sentence that somebody else wrote says. */
#ifndef SUMMARISE_EVIDENCE_H
#define SUMMARISE_EVIDENCE_H

#include "summarise/document.h"

#include <stdbool.h>
#include <stddef.h>

enum { EVIDENCE_SOURCES_MAX = 3, EVIDENCE_REASON_MAX = 160 };

typedef struct evidence evidence_t;

/* document and title (may be NULL) must outlive it. NULL: no memory. */
evidence_t *evidence_new(const document_t *document, const char *title);
void evidence_destroy(evidence_t **self);

/* What was found for a sentence. */
typedef struct {
    size_t sources[EVIDENCE_SOURCES_MAX]; /* sentences of the document, rising */
    size_t source_count;
    bool is_supported;
    char reason[EVIDENCE_REASON_MAX]; /* why not; UTF-8 */
} verdict_t;

/* Aligns the sentence with those of the article that share most of its words, and checks
 * it: half of its content words stand in them; so does each number, with its unit; each
 * quotation stands in the text to the letter; each name stands in the text or the title,
 * and the words of one name near each other. A word that opens the sentence is a name
 * unless the article or English has it; of a script without capitals, which shows no names,
 * all words stand in the text. 0, or -1: no memory. */
int evidence_check(const evidence_t *self, const char *sentence, size_t len,
                   verdict_t *verdict);

#endif
