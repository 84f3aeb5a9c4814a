/* Crew: who is connected, and which worker holds which job on which lease. */
#ifndef BROKER_CREW_H
#define BROKER_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CREW_NAME_MAX = 63, /* bytes; longer names are cut */
    CREW_NO_LEASE = UINT32_MAX,
};

typedef enum { PEER_NONE, PEER_SUBMITTER, PEER_WORKER, PEER_CLIENT } peer_role_t;

/* The fields are the interface of the broker's own modules; crew.c keeps the ones marked *.
 */
typedef struct {
    uint64_t id;       /* * door and routing id; 0: this place is free */
    uint64_t instance; /* * the run of the peer's program; survives a reconnect */
    uint32_t
        session; /* * the count of its HELLO: what was meant for an older one is not sent */
    uint8_t key[16]; /* * of the index */
    peer_role_t role;
    char name[CREW_NAME_MAX + 1];
    int stage; /* * worker: place in the route, -1: none */
    uint32_t credit, credit_kib;
    uint32_t held;                    /* * leases */
    uint64_t held_bytes;              /* * of bodies */
    uint32_t first_lease, last_lease; /* * in the order in which they were given */
    uint64_t last_sequence;           /* submitter: of its PUTs */
    uint64_t confirm_due;             /* submitter: highest sequence to confirm, 0: none */
    uint32_t unconfirmed;             /* submitter: PUTs that are not on disk yet, … */
    uint64_t unconfirmed_bytes;       /* … and what their bodies come to */
    uint8_t source;                   /* submitter: its lane in the queues */
    int64_t seen_ms;
    bool is_draining;
    bool is_stalled; /* lost a lease by time: no work until it answers … */
    int64_t
        stalled_until_ms; /* … or this is over, since the WORK itself may have got lost */
} peer_t;

typedef struct {
    uint32_t job;        /* slot; JOB_NONE: free */
    uint32_t peer;       /* place */
    uint32_t prev, next; /* of the same worker */
    uint16_t generation;
    uint32_t bytes;
    int64_t since_ms;
    int64_t until_ms;
    int64_t hard_until_ms; /* no EXTEND beyond this */
    uint32_t progress;     /* of the worker at its last EXTEND */
    bool is_claimed; /* false from a HELLO until the worker says that it still has it */
} lease_t;

typedef struct crew crew_t;

/* epoch goes into lease numbers, so that one of an older broker is known as such. */
crew_t *crew_new(uint64_t epoch);
void crew_destroy(crew_t **self);

/* --- peers; pointers are good until the next crew_join ----------------------------------
 */

peer_t *crew_find(crew_t *self, uint64_t id);

/* HELLO: the peer of that id, or the worker of that instance under its new id, or a new
 * one; its session is counted up and its submitter's counts are cleared. NULL: no memory.
 */
peer_t *crew_join(crew_t *self, uint64_t id, uint64_t instance, peer_role_t role);

/* It must hold nothing. */
void crew_leave(crew_t *self, peer_t *peer);

/* Makes a peer a worker of a stage (or of none, -1). 0, or -1: no memory. */
int crew_assign(crew_t *self, peer_t *peer, int stage);

/* Walks: places 0 … crew_end - 1, those with id 0 are free. */
uint32_t crew_end(const crew_t *self);
peer_t *crew_at(const crew_t *self, uint32_t place);
uint32_t crew_place(const crew_t *self, const peer_t *peer);

/* A worker of the stage that may take `bytes` more, in turn; NULL: none. A worker that
 * holds nothing may always take one. */
peer_t *crew_pick(crew_t *self, int stage, uint64_t bytes);
bool crew_has_room(const crew_t *self, int stage);
size_t crew_workers(const crew_t *self, int stage);

/* --- leases; pointers are good until the next crew_lease -------------------------------
 */

/* Gives the job to the worker; the number of the lease's place, CREW_NO_LEASE: no memory.
 */
uint32_t crew_lease(crew_t *self, peer_t *peer, uint32_t job, uint32_t bytes);
lease_t *crew_lease_at(const crew_t *self, uint32_t place);
void crew_unlease(crew_t *self, uint32_t place);

/* What goes over the wire, and back: CREW_NO_LEASE if it is not, or no longer, given. */
uint64_t crew_lease_number(const crew_t *self, uint32_t place);
uint32_t crew_lease_find(const crew_t *self, uint64_t number);

#endif
