#include "runtime/window.h"

#include <stdlib.h>

/* The broker keeps the time of what it knows in whole seconds. */
enum { AGE_BLUR_MS = 2000 };

typedef struct item {
    struct item *next;
    envelope_t message;
    void *ticket;
    int64_t due_ms;  /* not to be sent before */
    int64_t sent_ms; /* the first time */
    bool is_again;   /* sent before: a DUPLICATE may be its own first copy */
} item_t;

/* A queue of items; tail points at the link that a new one is hung on. */
typedef struct {
    item_t *head;
    item_t **tail;
    size_t count;
} chain_t;

struct window {
    window_settled_f *settled;
    void *context;
    chain_t waiting;
    chain_t sent; /* in rising sequence */
    size_t sent_bytes;
    uint64_t sequence; /* of the last one sent */
    uint32_t credit, credit_kib;
};

static void chain_init(chain_t *self)
{
    *self = (chain_t){.tail = &self->head};
}

static void chain_append(chain_t *self, item_t *item)
{
    item->next = NULL;
    *self->tail = item;
    self->tail = &item->next;
    self->count++;
}

/* Takes the item that `link` points at out of the chain. */
static item_t *chain_cut(chain_t *self, item_t **link)
{
    item_t *item = *link;
    *link = item->next;
    if (self->tail == &item->next) {
        self->tail = link;
    }
    self->count--;
    return item;
}

static void item_destroy(item_t *item)
{
    envelope_close(&item->message);
    free(item);
}

window_t *window_new(window_settled_f *settled, void *context)
{
    window_t *self = calloc(1, sizeof *self);
    if (self != NULL) {
        self->settled = settled;
        self->context = context;
        self->credit = 1;
        chain_init(&self->waiting);
        chain_init(&self->sent);
    }
    return self;
}

static void chain_close(chain_t *self)
{
    while (self->head != NULL) {
        item_destroy(chain_cut(self, &self->head));
    }
}

void window_destroy(window_t **self)
{
    if (*self != NULL) {
        chain_close(&(*self)->waiting);
        chain_close(&(*self)->sent);
        free(*self);
        *self = NULL;
    }
}

void window_set_limits(window_t *self, uint32_t credit, uint32_t credit_kib)
{
    self->credit = credit;
    self->credit_kib = credit_kib;
}

int window_add(window_t *self, const envelope_t *message, void *ticket)
{
    item_t *item = calloc(1, sizeof *item);
    if (item == NULL) {
        return -1;
    }
    item->message = *message;
    item->ticket = ticket;
    item->message.body = blob_share(message->body);
    chain_append(&self->waiting, item);
    return 0;
}

/* One message may always be under way. */
static bool may_send(const window_t *self, size_t len)
{
    if (self->sent.count == 0) {
        return true;
    }
    uint64_t bound = (uint64_t)self->credit_kib * 1024;
    return self->sent.count < self->credit &&
           (bound == 0 || self->sent_bytes + len <= bound);
}

bool window_has_room(const window_t *self)
{
    return self->waiting.count == 0 && may_send(self, 0);
}

const envelope_t *window_next(window_t *self, int64_t now_ms)
{
    item_t *item = self->waiting.head;
    if (item == NULL || item->due_ms > now_ms ||
        !may_send(self, blob_len(item->message.body))) {
        return NULL;
    }
    item->message.sequence = self->sequence + 1;
    return &item->message;
}

void window_sent(window_t *self, int64_t now_ms)
{
    item_t *item = chain_cut(&self->waiting, &self->waiting.head);
    item->sent_ms = item->is_again ? item->sent_ms : now_ms;
    self->sequence++;
    self->sent_bytes += blob_len(item->message.body);
    chain_append(&self->sent, item);
}

/* Takes *link out of the sent ones. */
static item_t *unsend(window_t *self, item_t **link)
{
    item_t *item = chain_cut(&self->sent, link);
    self->sent_bytes -= blob_len(item->message.body);
    return item;
}

static void settle(window_t *self, item_t *item, window_settled_t how)
{
    how.id = item->message.label;
    how.ticket = item->ticket;
    how.why = how.why != NULL ? how.why : "";
    self->settled(self->context, &how);
    item_destroy(item);
}

/* The link to the sent item of that sequence; NULL: there is none. */
static item_t **find_sent(window_t *self, uint64_t sequence)
{
    item_t **link = &self->sent.head;
    while (*link != NULL && (*link)->message.sequence < sequence) {
        link = &(*link)->next;
    }
    return *link != NULL && (*link)->message.sequence == sequence ? link : NULL;
}

void window_confirm(window_t *self, uint64_t sequence)
{
    while (self->sent.head != NULL && self->sent.head->message.sequence <= sequence) {
        settle(self, unsend(self, &self->sent.head),
               (window_settled_t){.end = WINDOW_CONFIRMED});
    }
}

void window_duplicate(window_t *self, uint64_t sequence, uint32_t age_ms, int64_t now_ms)
{
    window_confirm(self, sequence - 1);
    item_t **link = find_sent(self, sequence);
    if (link == NULL) {
        return;
    }
    item_t *item = unsend(self, link);
    bool is_older =
        !item->is_again || (int64_t)age_ms > now_ms - item->sent_ms + AGE_BLUR_MS;
    settle(self, item,
           (window_settled_t){.end = is_older ? WINDOW_DUPLICATE : WINDOW_CONFIRMED});
}

void window_full(window_t *self, uint64_t sequence, int64_t due_ms)
{
    item_t **link = find_sent(self, sequence);
    if (link != NULL) {
        item_t *item = unsend(self, link);
        item->due_ms = due_ms;
        chain_append(&self->waiting, item);
    }
}

void window_refuse(window_t *self, uint64_t sequence, const char *why)
{
    item_t **link = find_sent(self, sequence);
    if (link != NULL) {
        settle(self, unsend(self, link),
               (window_settled_t){.end = WINDOW_REFUSED, .why = why});
    }
}

void window_give_up(window_t *self, uint64_t sequence, int64_t retry_ms)
{
    item_t **link = find_sent(self, sequence);
    if (link != NULL) {
        settle(self, unsend(self, link),
               (window_settled_t){.end = WINDOW_GIVEN_UP, .retry_ms = retry_ms});
    }
}

void window_restart(window_t *self)
{
    chain_t waiting = self->waiting;
    bool was_empty = waiting.head == NULL;
    chain_init(&self->waiting);
    while (self->sent.head != NULL) {
        item_t *item = unsend(self, &self->sent.head);
        item->is_again = true;
        chain_append(&self->waiting, item);
    }
    if (!was_empty) {
        *self->waiting.tail = waiting.head;
        self->waiting.tail = waiting.tail;
        self->waiting.count += waiting.count;
    }
    self->sequence = 0;
}

size_t window_count(const window_t *self)
{
    return self->waiting.count + self->sent.count;
}

size_t window_under_way(const window_t *self)
{
    return self->sent.count;
}
