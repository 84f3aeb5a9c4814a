/* Buffer: bytes that grow at the end; NUL-terminated for reading. */
#ifndef CLEAN_BUFFER_H
#define CLEAN_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* Zero is empty. The fields are the interface for reading. */
typedef struct {
    char *bytes; /* NULL while empty */
    size_t len;  /* bytes, without the closing NUL */
    size_t room;
    bool is_short; /* memory ran out once; what was added since is lost */
} buffer_t;

void buffer_add(buffer_t *self, const char *bytes, size_t len);
void buffer_add_text(buffer_t *self, const char *text);

/* Adds text[0..len), UTF-8, with every run of white space (Unicode's, soft hyphens and
 * zero-width marks too) as one blank, and none where `self` ends in one or is no longer
 * than `from`. */
void buffer_add_squeezed(buffer_t *self, size_t from, const char *text, size_t len);

/* Cuts blanks off the end, down to `from`. */
void buffer_trim(buffer_t *self, size_t from);

/* The bytes, never NULL. */
const char *buffer_text(const buffer_t *self);

void buffer_close(buffer_t *self);

#endif
