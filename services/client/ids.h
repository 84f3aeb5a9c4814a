/* Ids: the article ids that a command was given. */
#ifndef CLIENT_IDS_H
#define CLIENT_IDS_H

#include "proto/fault.h"

#include <jansson.h>

/* Ids fit into one question to the broker if there are no more. */
enum { IDS_AT_ONCE = 100 };

/* The words as an array of texts; "-" stands for the lines of standard input, each up to
 * its first tab, so that the output of other commands fits. The caller owns it; NULL: a
 * REJECT fault. */
json_t *ids_read(int count, char **words, fault_t *fault);

#endif
