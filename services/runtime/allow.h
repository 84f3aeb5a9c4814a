/* Allow-list: which CURVE key may do what; a text file that is read again when it changes.
 *
 * One line a peer, words separated by blanks:
 *
 *     PUBLICKEY ROLE[,ROLE] [STAGE,STAGE|*] # remark
 *
 * Roles are submitter, worker and client; a worker, and only one, names its stages, or *
 * for all. A line may be empty, or a remark. A key (Z85, it never begins with #) stands in
 * one line. */
#ifndef RUNTIME_ALLOW_H
#define RUNTIME_ALLOW_H

#include "proto/fault.h"

#include <stdbool.h>
#include <stddef.h>

enum { ALLOW_SUBMITTER = 1, ALLOW_WORKER = 2, ALLOW_CLIENT = 4 }; /* bits of a set */

typedef struct allow allow_t;           /* used by one thread */
typedef struct allow_peer allow_peer_t; /* lent until allow_refresh or allow_destroy */

/* The caller owns the result. NULL: a REJECT fault that names file and line. */
allow_t *allow_load(const char *path, fault_t *fault);
void allow_destroy(allow_t **self);

/* Reads the file again if it changed. 1: it did; 0: it did not; -1: what is there now
 * cannot be used, a fault says why once, and the list as it was goes on to hold. */
int allow_refresh(allow_t *self, fault_t *fault);

/* The same from text[0..len), which `path` only names; without a file behind it. */
allow_t *allow_parse(const char *path, const char *text, size_t len, fault_t *fault);

size_t allow_count(const allow_t *self);

/* NULL: the key is not listed. */
const allow_peer_t *allow_find(const allow_t *self, const char *key);

bool allow_has_role(const allow_peer_t *self, unsigned role);

/* True for a worker that may serve the stage. */
bool allow_serves(const allow_peer_t *self, const char *stage);

/* "worker" → ALLOW_WORKER; 0: no role is called so. */
unsigned allow_role(const char *word, size_t len);

/* ALLOW_WORKER → "worker"; one role, not a set. */
const char *allow_role_name(unsigned role);

/* True for what may stand for STAGE: names by the rules of pipeline.json, or *. */
bool allow_is_stages(const char *word, size_t len);

#endif
