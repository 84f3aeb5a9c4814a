/* Doors: the broker's three sockets, and who may pass which. */
#ifndef BROKER_DOORS_H
#define BROKER_DOORS_H

#include "proto/envelope.h"
#include "runtime/config.h"
#include "runtime/link.h"

#include <stdbool.h>
#include <stdint.h>

enum { DOOR_INGEST, DOOR_WORK, DOOR_ADMIN, DOORS };

typedef struct doors doors_t;

/* Binds them as config/broker.json says. NULL: a fault that names option and endpoint. */
doors_t *doors_open(const config_t *options, fault_t *fault);
void doors_destroy(doors_t **self);

/* peer: names the door, too. False: the peer is gone, or not to be reached now. */
bool doors_send(doors_t *self, uint64_t peer, const envelope_t *message);

/* As link_receive; a peer of 0 cannot be answered. */
link_outcome_t doors_receive(doors_t *self, int door, uint64_t *peer, envelope_t *out,
                             fault_t *fault);

/* Whether the message just received from an encrypted door is one that its sender's key
 * allows. stage: that the sender serves already, or NULL. False: the fault says why not,
 * and is for the sender to read. */
bool doors_admit(doors_t *self, int door, int64_t now_ms, const char *stage,
                 const envelope_t *message, fault_t *fault);

/* link_wait on all doors and then on fd. */
int doors_wait(doors_t *self, int fd, int64_t timeout_ms, bool ready[DOORS + 1]);

#endif
