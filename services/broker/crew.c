#include "broker/crew.h"

#include "broker/job.h"
#include "broker/key_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint32_t *places;
    size_t count, size;
    size_t turn; /* who is asked first next time */
} members_t;

enum { RECENT = 64 };

struct crew {
    uint64_t epoch;
    uint32_t sessions; /* HELLOs so far */
    peer_t *peers;
    uint32_t peer_end, peer_size;
    key_index_t *index;
    uint32_t recent[RECENT]; /* places of peers found last, by the end of their id */
    members_t stages[PIPELINE_STAGES_MAX];
    lease_t *leases;
    uint32_t lease_end, lease_size, lease_free;
};

static const uint8_t *key_at(const void *context, uint32_t place)
{
    return ((const crew_t *)context)->peers[place].key;
}

/* Spreads ids, which are counts, over the index (Knuth's multiplicative hash). */
static void make_key(uint8_t key[16], uint64_t id)
{
    uint64_t mixed = id * UINT64_C(0x9e3779b97f4a7c15);
    mixed ^= mixed >> 32;
    memcpy(key, &mixed, 8);
    memcpy(key + 8, &id, 8);
}

crew_t *crew_new(uint64_t epoch)
{
    crew_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->epoch = epoch;
    self->lease_free = CREW_NO_LEASE;
    self->index = key_index_new(key_at, self);
    if (self->index == NULL) {
        crew_destroy(&self);
    }
    return self;
}

void crew_destroy(crew_t **self)
{
    if (*self == NULL) {
        return;
    }
    for (int i = 0; i < PIPELINE_STAGES_MAX; i++) {
        free((*self)->stages[i].places);
    }
    key_index_destroy(&(*self)->index);
    free((*self)->peers);
    free((*self)->leases);
    free(*self);
    *self = NULL;
}

/* Whoever speaks is asked for several times. */
peer_t *crew_find(crew_t *self, uint64_t id)
{
    uint8_t key[16];
    uint32_t *recent = &self->recent[id % RECENT];
    if (id != 0 && *recent < self->peer_end && self->peers[*recent].id == id) {
        return &self->peers[*recent];
    }
    make_key(key, id);
    uint32_t place = key_index_find(self->index, key);
    if (place == KEY_INDEX_NONE) {
        return NULL;
    }
    *recent = place;
    return &self->peers[place];
}

static peer_t *find_instance(const crew_t *self, uint64_t instance, peer_role_t role)
{
    for (uint32_t i = 0; i < self->peer_end; i++) {
        peer_t *peer = &self->peers[i];
        if (peer->id != 0 && peer->role == role && peer->instance == instance) {
            return peer;
        }
    }
    return NULL;
}

static peer_t *free_place(crew_t *self)
{
    for (uint32_t i = 0; i < self->peer_end; i++) {
        if (self->peers[i].id == 0) {
            return &self->peers[i];
        }
    }
    if (self->peer_end == self->peer_size) {
        uint32_t size = self->peer_size == 0 ? 16 : self->peer_size * 2;
        peer_t *peers = realloc(self->peers, size * sizeof *peers);
        if (peers == NULL) {
            return NULL;
        }
        self->peers = peers;
        self->peer_size = size;
    }
    return &self->peers[self->peer_end++];
}

static peer_t *new_peer(crew_t *self)
{
    peer_t *peer = free_place(self);
    if (peer != NULL) {
        *peer = (peer_t){
            .stage = -1, .first_lease = CREW_NO_LEASE, .last_lease = CREW_NO_LEASE};
    }
    return peer;
}

static int rename_peer(crew_t *self, peer_t *peer, uint64_t id)
{
    if (peer->id != 0) {
        key_index_drop(self->index, peer->key);
    }
    make_key(peer->key, id);
    peer->id = id;
    if (key_index_put(self->index, peer->key, (uint32_t)(peer - self->peers)) != 0) {
        peer->id = 0;
        return -1;
    }
    return 0;
}

peer_t *crew_join(crew_t *self, uint64_t id, uint64_t instance, peer_role_t role)
{
    peer_t *peer = crew_find(self, id);
    if (peer == NULL && role == PEER_WORKER && instance != 0) {
        peer = find_instance(self, instance, role);
    }
    if (peer == NULL) {
        peer = new_peer(self);
    }
    if (peer == NULL || (peer->id != id && rename_peer(self, peer, id) != 0)) {
        return NULL;
    }
    peer->instance = instance;
    peer->role = role;
    peer->session = ++self->sessions;
    peer->last_sequence = 0;
    peer->confirm_due = 0;
    peer->unconfirmed = 0;
    peer->unconfirmed_bytes = 0;
    peer->is_draining = false;
    peer->is_stalled = false;
    return peer;
}

static void dismiss(crew_t *self, peer_t *peer)
{
    if (peer->stage < 0) {
        return;
    }
    members_t *members = &self->stages[peer->stage];
    uint32_t place = (uint32_t)(peer - self->peers);
    size_t at = 0;
    while (members->places[at] != place) {
        at++;
    }
    members->places[at] = members->places[--members->count];
    peer->stage = -1;
}

void crew_leave(crew_t *self, peer_t *peer)
{
    assert(peer->held == 0);
    dismiss(self, peer);
    key_index_drop(self->index, peer->key);
    *peer = (peer_t){0};
}

int crew_assign(crew_t *self, peer_t *peer, int stage)
{
    if (peer->stage == stage) {
        return 0;
    }
    dismiss(self, peer);
    if (stage < 0) {
        return 0;
    }
    members_t *members = &self->stages[stage];
    if (members->count == members->size) {
        size_t size = members->size == 0 ? 8 : members->size * 2;
        uint32_t *places = realloc(members->places, size * sizeof *places);
        if (places == NULL) {
            return -1;
        }
        members->places = places;
        members->size = size;
    }
    members->places[members->count++] = (uint32_t)(peer - self->peers);
    peer->stage = stage;
    return 0;
}

uint32_t crew_end(const crew_t *self)
{
    return self->peer_end;
}

peer_t *crew_at(const crew_t *self, uint32_t place)
{
    return &self->peers[place];
}

uint32_t crew_place(const crew_t *self, const peer_t *peer)
{
    return (uint32_t)(peer - self->peers);
}

static bool may_take(const peer_t *peer, uint64_t bytes)
{
    if (peer->is_draining || peer->is_stalled || peer->held >= peer->credit) {
        return false;
    }
    bool fits = peer->credit_kib == 0 ||
                peer->held_bytes + bytes <= (uint64_t)peer->credit_kib * 1024;
    return fits || peer->held == 0;
}

peer_t *crew_pick(crew_t *self, int stage, uint64_t bytes)
{
    members_t *members = &self->stages[stage];
    for (size_t i = 0; i < members->count; i++) {
        size_t turn = (members->turn + i) % members->count;
        peer_t *peer = &self->peers[members->places[turn]];
        if (may_take(peer, bytes)) {
            members->turn = turn + 1;
            return peer;
        }
    }
    return NULL;
}

bool crew_has_room(const crew_t *self, int stage)
{
    const members_t *members = &self->stages[stage];
    for (size_t i = 0; i < members->count; i++) {
        if (may_take(&self->peers[members->places[i]], 0)) {
            return true;
        }
    }
    return false;
}

size_t crew_workers(const crew_t *self, int stage)
{
    return self->stages[stage].count;
}

/* --- leases --- */

/* On the wire: epoch 24 bits, generation 16, place 24. */
enum { PLACE_BITS = 24, GENERATION_BITS = 16 };

static uint32_t lease_place(crew_t *self)
{
    if (self->lease_free != CREW_NO_LEASE) {
        uint32_t place = self->lease_free;
        self->lease_free = self->leases[place].next;
        return place;
    }
    if (self->lease_end == self->lease_size) {
        uint32_t size = self->lease_size == 0 ? 64 : self->lease_size * 2;
        lease_t *leases =
            size >> PLACE_BITS ? NULL : realloc(self->leases, size * sizeof *leases);
        if (leases == NULL) {
            return CREW_NO_LEASE;
        }
        memset(leases + self->lease_size, 0, (size - self->lease_size) * sizeof *leases);
        self->leases = leases;
        self->lease_size = size;
    }
    return self->lease_end++;
}

uint32_t crew_lease(crew_t *self, peer_t *peer, uint32_t job, uint32_t bytes)
{
    uint32_t place = lease_place(self);
    if (place == CREW_NO_LEASE) {
        return place;
    }
    lease_t *lease = &self->leases[place];
    *lease = (lease_t){.job = job,
                       .peer = (uint32_t)(peer - self->peers),
                       .prev = peer->last_lease,
                       .next = CREW_NO_LEASE,
                       .generation = (uint16_t)(lease->generation + 1),
                       .bytes = bytes};
    if (peer->last_lease == CREW_NO_LEASE) {
        peer->first_lease = place;
    } else {
        self->leases[peer->last_lease].next = place;
    }
    peer->last_lease = place;
    peer->held++;
    peer->held_bytes += bytes;
    return place;
}

lease_t *crew_lease_at(const crew_t *self, uint32_t place)
{
    return &self->leases[place];
}

void crew_unlease(crew_t *self, uint32_t place)
{
    lease_t *lease = &self->leases[place];
    peer_t *peer = &self->peers[lease->peer];
    if (lease->prev == CREW_NO_LEASE) {
        peer->first_lease = lease->next;
    } else {
        self->leases[lease->prev].next = lease->next;
    }
    if (lease->next == CREW_NO_LEASE) {
        peer->last_lease = lease->prev;
    } else {
        self->leases[lease->next].prev = lease->prev;
    }
    peer->held--;
    peer->held_bytes -= lease->bytes;
    lease->job = JOB_NONE;
    lease->next = self->lease_free;
    self->lease_free = place;
}

uint64_t crew_lease_number(const crew_t *self, uint32_t place)
{
    return self->epoch << (PLACE_BITS + GENERATION_BITS) |
           (uint64_t)self->leases[place].generation << PLACE_BITS | place;
}

uint32_t crew_lease_find(const crew_t *self, uint64_t number)
{
    uint32_t place = (uint32_t)(number & ((1u << PLACE_BITS) - 1));
    if (place >= self->lease_end || self->leases[place].job == JOB_NONE ||
        crew_lease_number(self, place) != number) {
        return CREW_NO_LEASE;
    }
    return place;
}
