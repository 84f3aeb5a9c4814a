/* Elements: the values of a JSON array one by one, as text; however long the array is. */
#ifndef CLIENT_ELEMENTS_H
#define CLIENT_ELEMENTS_H

#include "client/reader.h"

typedef struct elements elements_t;

/* The reader, which is lent, stands before the array, which white space and a byte order
 * mark may precede. NULL: no memory. */
elements_t *elements_new(reader_t *reader);
void elements_destroy(elements_t **self);

/* The next value, lent until the next call and NUL-terminated; whether it is one by the
 * rules of JSON is for its reader to say. READER_TOO_LONG: it was passed over, *len bytes.
 * READER_BROKEN: the array has no end, and a fault says so. */
reader_outcome_t elements_next(elements_t *self, size_t max, const char **value,
                               size_t *len, fault_t *fault);

/* How many came so far. */
size_t elements_count(const elements_t *self);

#endif
