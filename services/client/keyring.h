/* Keyring: the keys of a whole system, a folder for each program. */
#ifndef CLIENT_KEYRING_H
#define CLIENT_KEYRING_H

#include "proto/fault.h"
#include "runtime/pipeline.h"

/* Makes what is missing and leaves what is there, so it may run at each start:
 *
 *     FOLDER/broker/    broker.secret broker.public allow, and peer.secret peer.public of a
 *                       client, for `nutgraf health` beside the broker
 *     FOLDER/PROGRAM/   peer.secret peer.public broker.public   for each program of the
 * route, a worker for its stages alone FOLDER/gateway/   the same, for a submitter and
 * client
 *
 * Each folder can be handed to its program alone. A key whose line was deleted from the
 * list stays out: a line is added only with a new pair; one that is there follows the
 * route. Returns the count of pairs made, or -1: a REJECT fault. */
int keyring_make(const char *folder, const pipeline_t *route, fault_t *fault);

#endif
