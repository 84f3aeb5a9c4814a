/* Input: articles one after the other, out of files, folders and pipes. */
#ifndef CLIENT_INPUT_H
#define CLIENT_INPUT_H

#include "proto/article.h"
#include "proto/fault.h"
#include "runtime/pipeline.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct input input_t;

/* What the id of a document is that brings none: the path below the folder, for one file
 * its name, for standard input "stdin", in an archive its url …  */
typedef enum {
    INPUT_IDS_PATH,    /* … and nothing else: for a broker that lives for one input */
    INPUT_IDS_CONTENT, /* … "#" and 8 hex digits of the SHA-256 of its bytes */
} input_ids_t;

/* path: a folder, a .jsonl or .json file of submissions, a .warc web archive, one .html or
 * .txt file, each packed by gzip or not, or "-". Standard input, and files of other names,
 * are submissions if they begin with '{' (one a line) or '[' (an array of them), an archive
 * if they begin as one, else one document. max_len: bytes of the largest article. NULL: a
 * REJECT fault. */
input_t *input_open(const char *path, input_ids_t ids, size_t max_len, fault_t *fault);
void input_destroy(input_t **self);

/* From now on submissions are refused that this route can do nothing with
 * (runtime/admission.h); without it, those of a url alone. Lent. */
void input_set_route(input_t *self, const pipeline_t *route);

typedef enum {
    INPUT_END = 0,
    INPUT_DONE = 1,
    INPUT_BAD = -1, /* this one cannot be read; fault names file, line and reason; go on */
} input_outcome_t;

/* The next article, `received` set; the caller owns it. */
input_outcome_t input_next(input_t *self, article_t **out, fault_t *fault);

/* False while a pipe has nothing, and input_next would wait. */
bool input_is_ready(const input_t *self);

/* A remark on the article just read ("read as windows-1252"); NULL: none. Lent. */
const char *input_remark(const input_t *self);

/* How many articles there are in a folder of documents; 0: not known before they have been
 * read. */
size_t input_count(const input_t *self);

/* How much has been read, 0 to 1; -1: not known. */
double input_share(const input_t *self);

#endif
