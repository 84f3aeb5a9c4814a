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

blob_t *blob_new(size_t len)
{
    if (len > SIZE_MAX - sizeof(blob_t)) {
        return NULL;
    }
    blob_t *self = calloc(1, sizeof *self + len);
    if (self == NULL) {
        return NULL;
    }
    atomic_init(&self->shares, 1);
    self->bytes = self->own;
    self->len = len;
    return self;
}

blob_t *blob_copy(const void *bytes, size_t len)
{
    blob_t *self = blob_new(len);
    if (self != NULL && len > 0) {
        memcpy(self->own, bytes, len);
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
