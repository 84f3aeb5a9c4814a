/* Waiting: how long a request may be kept for an article to end. */
#ifndef GATEWAY_WAITING_H
#define GATEWAY_WAITING_H

#include "gateway/gateway.h"

#include <stdbool.h>

/* Reads ?wait= , else the header Prefer: wait=N (RFC 7240). False: it was answered. */
bool waiting_read(gateway_t *self, request_t *request, int64_t *wait_ms);

typedef struct {
    const char *id; /* copied */
    int64_t wait_ms;
    int format;
    bool is_posted;    /* the answer says "duplicate": … */
    bool is_duplicate; /* it was known before */
} waiting_t;

/* The article as GET /v1/articles/{id} gives it, once it has ended or wait_ms are over. */
void waiting_begin(gateway_t *self, request_t *request, const waiting_t *what);

#endif
