/* Tokens: who may do what over HTTP, and how often; a text file that is read again when it
 * changes.
 *
 * One line a token, words separated by blanks:
 *
 *     NAME TOKEN ROLE[,ROLE] [RATE] # remark
 *
 * Roles: submit (articles in), read (articles, results and status out), operate (retry dead
 * letters). The file is kept from others (runtime/secret.h). RATE: requests a second on
 * average; without it the usual one. A line may be empty, or a remark. */
#ifndef GATEWAY_TOKENS_H
#define GATEWAY_TOKENS_H

#include "proto/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOKEN_SUBMIT = 1, TOKEN_READ = 2, TOKEN_OPERATE = 4, TOKEN_ALL = 7 };
enum { TOKEN_MIN = 16, TOKEN_NAME_MAX = 63 }; /* bytes */

typedef struct tokens tokens_t;
typedef struct token token_t; /* lent until tokens_refresh or tokens_destroy */

/* rate: requests a second where the file says nothing, 0: no bound; burst: so many at once.
 * path "": no file, everybody is the one token that may do everything. NULL: a REJECT fault
 * that names file and line. */
tokens_t *tokens_load(const char *path, double rate, double burst, fault_t *fault);
void tokens_destroy(tokens_t **self);

/* The same from a text, which `path` only names; without a token, nobody may enter. */
tokens_t *tokens_parse(const char *path, const char *text, size_t len, double rate,
                       double burst, fault_t *fault);

/* Reads the file again if it changed. 1: it did, and a token that is not there any more,
 * the last one too, is worth nothing; a file that is gone has none. 0: it did not. -1: what
 * is there now cannot be used; the tokens stay as they were, and a fault says why, once. */
int tokens_refresh(tokens_t *self, fault_t *fault);

bool tokens_are_open(const tokens_t *self); /* no token is needed */
size_t tokens_count(const tokens_t *self);

/* The token that is called so in a header "Bearer TOKEN" (NULL: no header); NULL: none.
 * How long it takes tells nothing about the tokens. */
token_t *tokens_find(tokens_t *self, const char *authorization);

const char *token_name(const token_t *self);
bool token_may(const token_t *self, unsigned role);

/* Takes one request out of its allowance: 0, or how many ms to wait. */
int64_t token_take(token_t *self, int64_t now_ms);

/* Takes more on top, as a debt: for what a request turns out to hold. */
void token_charge(token_t *self, double count);

#endif
