/* Result: the `clean` section, put together paragraph by paragraph. */
#ifndef CLEAN_RESULT_H
#define CLEAN_RESULT_H

#include "clean/buffer.h"
#include "clean/links.h"

#include <jansson.h>

enum {
    RESULT_REMOVED_MAX = 64 << 10, /* bytes of removed text that an article carries */
    RESULT_REMOVED_ONE = 300,      /* bytes of one removed text, cut at a character */
};

/* Zero is empty. */
typedef struct {
    buffer_t text;
    json_t *paragraphs; /* array */
    json_t *removed;    /* array */
    size_t code_points; /* of text */
    size_t removed_len;
    size_t removed_left_out; /* entries past the bound */
    uint32_t words;
} result_t;

/* 0, or -1: no memory. */
int result_init(result_t *self);
void result_close(result_t *self);

/* kind: its name in paragraphs[]. links: in text, count of them. */
int result_keep(result_t *self, const char *text, size_t len, const char *kind,
                uint32_t words, const link_t *links, size_t count);
int result_remove(result_t *self, const char *text, size_t len, const char *reason);

/* Sets text, paragraphs, removed, word_count and confidence in `clean`. 0, or -1: no
 * memory. */
int result_write(result_t *self, json_t *clean, double confidence);

#endif
