#include "runtime/outbox.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    envelope_t message;
    int64_t sent_ms; /* 0: not yet */
} answer_t;

struct outbox {
    answer_t *answers; /* in order */
    size_t count, size;
};

outbox_t *outbox_new(void)
{
    return calloc(1, sizeof(outbox_t));
}

void outbox_destroy(outbox_t **self)
{
    if (*self == NULL) {
        return;
    }
    for (size_t i = 0; i < (*self)->count; i++) {
        envelope_close(&(*self)->answers[i].message);
    }
    free((*self)->answers);
    free(*self);
    *self = NULL;
}

int outbox_take(outbox_t *self, envelope_t *answer)
{
    if (self->count == self->size) {
        size_t size = self->size == 0 ? 16 : 2 * self->size;
        answer_t *answers = realloc(self->answers, size * sizeof *answers);
        if (answers == NULL) {
            return -1;
        }
        self->answers = answers;
        self->size = size;
    }
    self->answers[self->count++] = (answer_t){.message = *answer};
    *answer = (envelope_t){0};
    return 0;
}

size_t outbox_count(const outbox_t *self)
{
    return self->count;
}

void outbox_send(outbox_t *self, int64_t now_ms, int64_t again_ms,
                 bool (*send)(void *context, const envelope_t *answer), void *context)
{
    for (size_t i = 0; i < self->count; i++) {
        answer_t *answer = &self->answers[i];
        bool is_due = answer->sent_ms == 0 || now_ms - answer->sent_ms > again_ms;
        if (is_due && send(context, &answer->message)) {
            answer->sent_ms = now_ms;
        }
    }
}

void outbox_rewind(outbox_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        self->answers[i].sent_ms = 0;
    }
}

void outbox_settle(outbox_t *self, const envelope_t *settled)
{
    for (size_t i = 0; i < self->count; i++) {
        envelope_t *kept = &self->answers[i].message;
        if (kept->lease == settled->lease &&
            memcmp(kept->key, settled->key, ENVELOPE_KEY_LEN) == 0) {
            envelope_close(kept);
            self->count--;
            memmove(&self->answers[i], &self->answers[i + 1],
                    (self->count - i) * sizeof self->answers[0]);
            return;
        }
    }
}

void outbox_give_up(outbox_t *self, uint64_t lease, const blob_t *reason)
{
    for (size_t i = 0; i < self->count; i++) {
        envelope_t *kept = &self->answers[i].message;
        if (kept->lease == lease && kept->type == ENVELOPE_RESULT) {
            blob_destroy(&kept->body);
            kept->type = ENVELOPE_FAIL;
            kept->flags = ENVELOPE_PERMANENT;
            kept->body = blob_copy(blob_bytes(reason), blob_len(reason));
            self->answers[i].sent_ms = 0;
        }
    }
}
