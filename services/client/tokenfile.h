/* Token file: bearer tokens for the gateway, in DIR/tokens; gateway/tokens.h describes it.
 */
#ifndef CLIENT_TOKENFILE_H
#define CLIENT_TOKENFILE_H

#include "proto/fault.h"

#include <stdbool.h>

enum { TOKENFILE_TOKEN_LEN = 43 }; /* characters: 32 random bytes */

/* True for one or more of submit, read and operate, with commas. */
bool tokenfile_is_roles(const char *text);

/* Makes a token and adds its line, synced; the first makes the file, with mode 0600. 0, or
 * -1 with a REJECT fault, and the file is as it was: it has a token of that name already,
 * or cannot be read or written. */
int tokenfile_add(const char *folder, const char *name, const char *roles,
                  char token[TOKENFILE_TOKEN_LEN + 1], fault_t *fault);

#endif
