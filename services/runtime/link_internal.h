/* Link, inside: what link.c and link_open.c share. */
#ifndef RUNTIME_LINK_INTERNAL_H
#define RUNTIME_LINK_INTERNAL_H

#include "runtime/endpoint.h"
#include "runtime/link.h"

struct link {
    void *socket;
    bool is_router;
    bool is_encrypted;
    size_t body_max;
    char endpoint[ENDPOINT_MAX + 1];
    char user[LINK_KEY_LEN + 1]; /* who sent the last message */
};

#endif
