/* Store batch: the list of changes inside a store_batch_t, for the modules of the store. */
#ifndef BROKER_STORE_BATCH_H
#define BROKER_STORE_BATCH_H

#include "broker/store.h"

typedef enum {
    STORE_PUT_JOB,
    STORE_DROP_JOB,
    STORE_PUT_BODY,
    STORE_DROP_BODY,
    STORE_PUT_NOTE,
    STORE_DROP_NOTE,
    STORE_PUT_KNOWN,
    STORE_DROP_KNOWN,
    STORE_CHANGES /* how many kinds */
} store_change_kind_t;

enum { STORE_KEY_LEN = 16 };

/* The fields are the interface; what they point to belongs to the batch. */
typedef struct {
    store_change_kind_t kind;
    uint64_t id; /* of the job or body; the serial of a known key */
    union {
        uint8_t record[STORE_RECORD_LEN];
        blob_t *body;
        char *note;
        struct { /* on disk: a row of KNOWN */
            uint8_t key[STORE_KEY_LEN];
            int64_t until_ms;
        } known;
    } with;
} store_change_t;

/* Change i in the order in which they were made; i below store_batch_count. */
const store_change_t *store_batch_at(const store_batch_t *self, size_t i);

#endif
