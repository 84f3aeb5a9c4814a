#include "proto/blob.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct blob {
    atomic_size_t shares;
    const uint8_t *bytes;
    size_t len;
    void (*release)(void *hint); /* NULL: the bytes lie in `own` */
    void *hint;
    uint8_t own[];
};

/* Its bytes are not set. */
static blob_t *make(size_t len)
{
    blob_t *self = len <= SIZE_MAX - sizeof(blob_t) ? malloc(sizeof(blob_t) + len) : NULL;
    if (self != NULL) {
        atomic_init(&self->shares, 1);
        self->bytes = self->own;
        self->len = len;
        self->release = NULL;
        self->hint = NULL;
    }
    return self;
}

blob_t *blob_new(size_t len)
{
    blob_t *self = make(len);
    if (self != NULL) {
        memset(self->own, 0, len);
    }
    return self;
}

blob_t *blob_copy(const void *bytes, size_t len)
{
    return blob_join(bytes, len, NULL, 0);
}

blob_t *blob_join(const void *first, size_t first_len, const void *second,
                  size_t second_len)
{
    blob_t *self = second_len <= SIZE_MAX - first_len ? make(first_len + second_len) : NULL;
    if (self != NULL && first_len > 0) {
        memcpy(self->own, first, first_len);
    }
    if (self != NULL && second_len > 0) {
        memcpy(self->own + first_len, second, second_len);
    }
    return self;
}

blob_t *blob_wrap(const void *bytes, size_t len, void (*release)(void *hint), void *hint)
{
    assert(release != NULL);
    blob_t *self = blob_new(0);
    if (self == NULL) {
        return NULL;
    }
    self->bytes = bytes;
    self->len = len;
    self->release = release;
    self->hint = hint;
    return self;
}

blob_t *blob_share(blob_t *self)
{
    if (self != NULL) {
        atomic_fetch_add_explicit(&self->shares, 1, memory_order_relaxed);
    }
    return self;
}

void blob_destroy(blob_t **self)
{
    blob_t *blob = *self;
    *self = NULL;
    /* Acquire and release: the last owner sees all that the others did with the bytes. */
    if (blob == NULL ||
        atomic_fetch_sub_explicit(&blob->shares, 1, memory_order_acq_rel) != 1) {
        return;
    }
    if (blob->release != NULL) {
        blob->release(blob->hint);
    }
    free(blob);
}

const uint8_t *blob_bytes(const blob_t *self)
{
    return self == NULL ? NULL : self->bytes;
}

size_t blob_len(const blob_t *self)
{
    return self == NULL ? 0 : self->len;
}

uint8_t *blob_edit(blob_t *self)
{
    assert(self->release == NULL);
    assert(atomic_load_explicit(&self->shares, memory_order_relaxed) == 1);
    return self->own;
}
