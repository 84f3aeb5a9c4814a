/* Blob: bytes that several owners share; the last one to let go frees them. */
#ifndef PROTO_BLOB_H
#define PROTO_BLOB_H

#include <stddef.h>
#include <stdint.h>

/* The count is atomic, so owners may live in different threads; the bytes do not change
 * once a second owner exists. */
typedef struct blob blob_t;

/* Makers: the caller owns one share. NULL means no memory. blob_new's bytes are zero. */
blob_t *blob_new(size_t len);
blob_t *blob_copy(const void *bytes, size_t len);

/* A copy of two pieces, the second right behind the first. */
blob_t *blob_join(const void *first, size_t first_len, const void *second,
                  size_t second_len);

/* Takes bytes that somebody else allocated: release(hint) is called when the last share
 * ends, in the thread that ends it. On NULL (no memory) release has not been called. */
blob_t *blob_wrap(const void *bytes, size_t len, void (*release)(void *hint), void *hint);

/* One more share of the same bytes; never fails; NULL gives NULL. */
blob_t *blob_share(blob_t *self);

/* Ends the caller's share and sets *self to NULL; does nothing if it already is. */
void blob_destroy(blob_t **self);

/* NULL is an empty blob. */
const uint8_t *blob_bytes(const blob_t *self);
size_t blob_len(const blob_t *self);

/* For the maker alone, before the blob is shared. */
uint8_t *blob_edit(blob_t *self);

#endif
