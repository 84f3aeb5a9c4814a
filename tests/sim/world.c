#include "world.h"

#include "runtime/pipeline.h"
#include "store_mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SUBMITTERS = 2,
    WORKERS_MAX = 16,
    ARTICLES_MAX = 2000,
    ANSWERS_MAX = 64,
    HOLD = 3,
    HELD_MAX = 8, /* old answers may free a place before its article is worked off */
    WINDOW = 8,
    CLIENT = 1000, /* the peer number of the admin client */
    RESEND_MS = 10000,
    HEARTBEAT_MS = 1000,
};

typedef struct {
    char id[32];
    uint8_t priority;
    bool is_poison;
    bool is_bomb;
    bool is_confirmed;
    int submitter;
    uint64_t sequence; /* of its last PUT in this session; 0: not under way */
} parcel_t;

typedef struct {
    uint64_t peer;
    bool is_welcome;
    int64_t spoke_ms;
    uint64_t next_sequence;
    int under_way;
} submitter_t;

typedef struct {
    uint64_t peer;
    uint64_t instance;
    int stage;
    bool is_welcome;
    int64_t spoke_ms, beat_ms, stalled_until_ms;
    envelope_t held[HELD_MAX];
    int held_count;
    envelope_t answers[ANSWERS_MAX]; /* without RESULT_OK yet */
    int64_t sent_ms[ANSWERS_MAX];
    int answer_count;
} worker_t;

typedef struct mail {
    struct mail *next;
    uint64_t peer;
    envelope_t message;
} mail_t;

struct world {
    pipeline_t *route;
    store_t *store;
    broker_t *broker;
    uint64_t random;
    int64_t now_ms;
    uint64_t next_peer;
    parcel_t articles[ARTICLES_MAX];
    int article_count;
    submitter_t submitters[SUBMITTERS];
    worker_t workers[WORKERS_MAX];
    int worker_count;
    mail_t *mail, **mail_end; /* from the broker, in order */
    char *answer;
    struct {
        int stage;
        char id[32];
    } * ledger, *given;
    size_t ledger_count, given_count, ledger_size, given_size;
    const mishaps_t *mishaps;
    size_t keep;
    bool is_exploding;
};

/* xorshift64* (Vigna, 2016). */
static uint64_t dice(world_t *self)
{
    self->random ^= self->random >> 12;
    self->random ^= self->random << 25;
    self->random ^= self->random >> 27;
    return self->random * UINT64_C(2685821657736338717);
}

static bool happens(world_t *self, int per_mille)
{
    return (int)(dice(self) % 1000) < per_mille;
}

/* --- the broker's surroundings --- */

static bool post(void *context, uint64_t peer, const envelope_t *message)
{
    world_t *self = context;
    mail_t *mail = calloc(1, sizeof *mail);
    mail->peer = peer;
    mail->message = *message;
    mail->message.body = blob_share(message->body);
    *self->mail_end = mail;
    self->mail_end = &mail->next;
    return true;
}

static blob_t *read_body(void *context, uint64_t id, fault_t *fault)
{
    return store_read_body(((world_t *)context)->store, id, fault);
}

static char *read_note(void *context, uint64_t job)
{
    return store_read_note(((world_t *)context)->store, job);
}

static int restore_job(void *context, uint64_t id, const uint8_t record[STORE_RECORD_LEN])
{
    fault_t fault = {0};
    return broker_restore_job(((world_t *)context)->broker, id, record, &fault);
}

static int restore_known(void *context, uint64_t serial, const uint8_t key[16],
                         int64_t until_ms)
{
    fault_t fault = {0};
    return broker_restore_known(((world_t *)context)->broker, serial, key, until_ms,
                                &fault);
}

static void start_broker(world_t *self)
{
    static const store_visitor_t visitor = {restore_job, restore_known};
    broker_limits_t limits = {.body_max = 1 << 20,
                              .window = WINDOW,
                              .window_kib = 1024,
                              .cache_bytes = 2000, /* some bodies come from disk */
                              .heartbeat_ms = HEARTBEAT_MS,
                              .full_retry_ms = 100,
                              .known_ms = 86400000,
                              .known_max = 1000000,
                              .keep_ms = self->keep == 0 ? 0 : 86400000,
                              .keep_max = self->keep};
    broker_world_t ports = {self, post, read_body, read_note, NULL};
    fault_t fault = {0};
    uint64_t epoch = store_next_epoch(self->store, &fault);
    self->broker = broker_new(self->route, &limits, &ports, epoch, self->now_ms);
    if (store_replay(self->store, &visitor, self, &fault) != 0) {
        fprintf(stderr, "replay failed\n");
        abort();
    }
    broker_restored(self->broker, self->now_ms);
}

static void drop_mail(world_t *self)
{
    while (self->mail != NULL) {
        mail_t *mail = self->mail;
        self->mail = mail->next;
        envelope_close(&mail->message);
        free(mail);
    }
    self->mail_end = &self->mail;
}

void world_crash_broker(world_t *self)
{
    if (happens(self, 500)) {
        store_mem_sync(self->store); /* it reached the disk, but nobody was told */
    } else {
        store_mem_lose(self->store);
    }
    broker_destroy(&self->broker);
    drop_mail(self);
    start_broker(self);
}

void world_keep(world_t *self, size_t articles)
{
    self->keep = articles;
    world_crash_broker(self);
}

static void tell(world_t *self, uint64_t peer, envelope_t message)
{
    broker_receive(self->broker, self->now_ms, peer, &message);
}

/* --- submitters --- */

static void hello(world_t *self, uint64_t peer, uint64_t instance, const char *role,
                  const char *stage)
{
    char body[128];
    int len =
        snprintf(body, sizeof body, "{\"role\":\"%s\",\"name\":\"p%d\",\"stage\":\"%s\"}",
                 role, (int)peer, stage);
    envelope_t message = {
        .type = ENVELOPE_HELLO, .sequence = instance, .body = blob_copy(body, (size_t)len)};
    tell(self, peer, message);
    envelope_close(&message);
}

static void rejoin_submitter(world_t *self, int who)
{
    submitter_t *it = &self->submitters[who];
    it->peer = self->next_peer++;
    it->is_welcome = false;
    it->spoke_ms = self->now_ms;
    it->next_sequence = 1;
    it->under_way = 0;
    for (int i = 0; i < self->article_count; i++) {
        if (self->articles[i].submitter == who) {
            self->articles[i].sequence = 0;
        }
    }
    hello(self, it->peer, it->peer, "submitter", "");
}

static void put(world_t *self, submitter_t *it, parcel_t *article)
{
    char body[200];
    int len = snprintf(body, sizeof body, "{\"id\":\"%s\",\"text\":\"%0*d\"}", article->id,
                       (int)(dice(self) % 100) + 1, 0);
    envelope_t message = {.type = ENVELOPE_PUT,
                          .priority = article->priority,
                          .sequence = it->next_sequence,
                          .body = blob_copy(body, (size_t)len)};
    envelope_set_label(&message, article->id, strlen(article->id));
    article->sequence = it->next_sequence++;
    it->under_way++;
    tell(self, it->peer, message);
    envelope_close(&message);
}

static void run_submitter(world_t *self, int who)
{
    submitter_t *it = &self->submitters[who];
    bool is_waiting = it->under_way > 0 || !it->is_welcome;
    if (it->peer == 0 || (is_waiting && self->now_ms - it->spoke_ms > RESEND_MS)) {
        rejoin_submitter(self, who);
    }
    for (int i = 0; i < self->article_count && it->is_welcome && it->under_way < WINDOW;
         i++) {
        parcel_t *article = &self->articles[i];
        if (article->submitter == who && !article->is_confirmed && article->sequence == 0) {
            put(self, it, article);
            it->spoke_ms = self->now_ms;
        }
    }
}

static void submitter_mail(world_t *self, int who, const envelope_t *message)
{
    submitter_t *it = &self->submitters[who];
    if (message->type == ENVELOPE_WELCOME) {
        it->is_welcome = true;
    }
    if (message->type == ENVELOPE_REJECT && message->code == ENVELOPE_CODE_HELLO) {
        rejoin_submitter(self, who);
    }
    bool is_cumulative = message->type == ENVELOPE_CONFIRM && message->flags == 0;
    for (int i = 0; i < self->article_count && is_cumulative; i++) {
        parcel_t *article = &self->articles[i];
        if (article->submitter == who && article->sequence > 0 &&
            article->sequence <= message->sequence && !article->is_confirmed) {
            article->is_confirmed = true;
            it->under_way--;
        }
    }
}

/* --- workers and sinks --- */

static const char *stage_name_of(const world_t *self, int stage)
{
    return pipeline_at(self->route, (size_t)stage)->name;
}

static void rejoin_worker(world_t *self, worker_t *it)
{
    it->peer = self->next_peer++;
    it->is_welcome = false;
    it->spoke_ms = self->now_ms;
    hello(self, it->peer, it->instance, "worker", stage_name_of(self, it->stage));
}

static void forget_work(worker_t *it)
{
    for (int i = 0; i < it->held_count; i++) {
        envelope_close(&it->held[i]);
    }
    it->held_count = 0;
}

static void crash_worker(world_t *self, worker_t *it)
{
    forget_work(it);
    for (int i = 0; i < it->answer_count; i++) {
        envelope_close(&it->answers[i]);
    }
    it->answer_count = 0;
    it->instance = dice(self);
    it->peer = 0;
}

static void note(world_t *self, bool is_delivery, int stage, const char *id)
{
    size_t *count = is_delivery ? &self->ledger_count : &self->given_count;
    size_t *size = is_delivery ? &self->ledger_size : &self->given_size;
    void **rows = is_delivery ? (void **)&self->ledger : (void **)&self->given;
    if (*count == *size) {
        *size = *size == 0 ? 1024 : *size * 2;
        *rows = realloc(*rows, *size * sizeof self->ledger[0]);
    }
    size_t at = (*count)++;
    if (is_delivery) {
        self->ledger[at].stage = stage;
        snprintf(self->ledger[at].id, sizeof self->ledger[at].id, "%s", id);
    } else {
        self->given[at].stage = stage;
        snprintf(self->given[at].id, sizeof self->given[at].id, "%s", id);
    }
}

static parcel_t *article_of(world_t *self, const char *id)
{
    for (int i = 0; i < self->article_count; i++) {
        if (strcmp(self->articles[i].id, id) == 0) {
            return &self->articles[i];
        }
    }
    fprintf(stderr, "an article nobody submitted: %s\n", id);
    abort();
}

/* A sink commits the id with the row, so a second delivery writes nothing. */
static void deliver(world_t *self, int stage, const char *id)
{
    if (world_delivered(self, stage_name_of(self, stage), id) == 0) {
        note(self, true, stage, id);
    }
}

static void answer(world_t *self, worker_t *it)
{
    envelope_t work = it->held[0];
    memmove(&it->held[0], &it->held[1], (size_t)--it->held_count * sizeof it->held[0]);
    bool is_sink = pipeline_at(self->route, (size_t)it->stage)->is_sink;
    envelope_t reply = {
        .type = ENVELOPE_RESULT, .lease = work.lease, .attempt = work.attempt};
    envelope_set_label(&reply, work.label, work.label_len);
    if (happens(self, self->mishaps->worker_fail)) {
        reply.type = ENVELOPE_FAIL;
        reply.body = blob_copy("bad luck", 8);
    } else if (is_sink) {
        deliver(self, it->stage, work.label);
        reply.flags = ENVELOPE_UNCHANGED;
    } else {
        char body[300];
        int len = snprintf(body, sizeof body, "%.*s+%d", (int)blob_len(work.body),
                           (const char *)blob_bytes(work.body), it->stage);
        reply.body = blob_copy(body, (size_t)len);
    }
    envelope_close(&work);
    it->answers[it->answer_count] = reply;
    it->sent_ms[it->answer_count++] = 0;
}

static void send_answers(world_t *self, worker_t *it)
{
    for (int i = 0; i < it->answer_count; i++) {
        if (it->sent_ms[i] == 0 || self->now_ms - it->sent_ms[i] > 5000) {
            it->sent_ms[i] = self->now_ms;
            tell(self, it->peer, it->answers[i]);
            if (happens(self, self->mishaps->answer_twice)) {
                tell(self, it->peer, it->answers[i]);
            }
        }
    }
}

static void work(world_t *self, worker_t *it)
{
    if (article_of(self, it->held[0].label)->is_poison ||
        happens(self, self->mishaps->worker_crash)) {
        crash_worker(self, it);
    } else if (happens(self, self->mishaps->worker_stall)) {
        it->stalled_until_ms = self->now_ms + 20000;
    } else if (it->answer_count < ANSWERS_MAX) {
        answer(self, it);
    }
}

static void run_worker(world_t *self, worker_t *it)
{
    if (it->peer == 0) {
        rejoin_worker(self, it);
        return;
    }
    if (!it->is_welcome) {
        if (self->now_ms - it->spoke_ms > 2000) {
            rejoin_worker(self, it);
        }
        return;
    }
    if (self->now_ms - it->beat_ms >= HEARTBEAT_MS) {
        it->beat_ms = self->now_ms;
        tell(self, it->peer, (envelope_t){.type = ENVELOPE_HEARTBEAT});
    }
    if (self->now_ms < it->stalled_until_ms) {
        return;
    }
    if (it->held_count > 0) {
        work(self, it);
    }
    if (it->peer != 0 && it->is_welcome) {
        send_answers(self, it);
    }
}

static void settled(worker_t *it, const envelope_t *message)
{
    for (int i = 0; i < it->answer_count; i++) {
        if (it->answers[i].lease == message->lease &&
            memcmp(it->answers[i].key, message->key, 16) == 0) {
            envelope_close(&it->answers[i]);
            it->answer_count--;
            memmove(&it->answers[i], &it->answers[i + 1],
                    (size_t)(it->answer_count - i) * sizeof it->answers[0]);
            memmove(&it->sent_ms[i], &it->sent_ms[i + 1],
                    (size_t)(it->answer_count - i) * sizeof it->sent_ms[0]);
            return;
        }
    }
}

static void claim(world_t *self, worker_t *it)
{
    for (int i = 0; i < it->held_count; i++) {
        envelope_t message = {.type = ENVELOPE_CLAIM, .lease = it->held[i].lease};
        envelope_set_label(&message, it->held[i].label, it->held[i].label_len);
        tell(self, it->peer, message);
    }
}

static void renew(worker_t *it, const envelope_t *message)
{
    for (int i = 0; i < it->held_count; i++) {
        if (memcmp(it->held[i].key, message->key, 16) == 0) {
            it->held[i].lease = message->lease;
        }
    }
}

static void forget_one(worker_t *it, uint64_t lease)
{
    for (int i = 0; i < it->held_count; i++) {
        if (it->held[i].lease == lease) {
            envelope_close(&it->held[i]);
            memmove(&it->held[i], &it->held[i + 1],
                    (size_t)(--it->held_count - i) * sizeof it->held[0]);
            return;
        }
    }
}

static void worker_mail(world_t *self, worker_t *it, envelope_t *message)
{
    if (message->type == ENVELOPE_WELCOME) {
        it->is_welcome = true;
        claim(self, it);
        for (int i = 0; i < it->answer_count; i++) {
            it->sent_ms[i] = 0;
        }
        tell(self, it->peer, (envelope_t){.type = ENVELOPE_CREDIT, .credit = HOLD});
    } else if (message->type == ENVELOPE_WORK && (message->flags & ENVELOPE_KEPT) != 0) {
        renew(it, message);
    } else if (message->type == ENVELOPE_WORK && it->held_count < HELD_MAX) {
        note(self, false, it->stage, message->label);
        it->held[it->held_count++] = *message;
        *message = (envelope_t){0};
        if (article_of(self, it->held[it->held_count - 1].label)->is_bomb) {
            self->is_exploding = true;
            crash_worker(self, it);
        }
    } else if (message->type == ENVELOPE_RESULT_OK) {
        settled(it, message);
    } else if (message->type == ENVELOPE_REJECT && message->code == ENVELOPE_CODE_GONE) {
        forget_one(it, message->lease);
    } else if (message->type == ENVELOPE_REJECT && message->code == ENVELOPE_CODE_HELLO &&
               it->is_welcome) {
        rejoin_worker(self, it);
    }
}

/* --- the clockwork --- */

static void bring(world_t *self, mail_t *mail)
{
    if (mail->peer == CLIENT) {
        free(self->answer);
        self->answer = strndup((const char *)blob_bytes(mail->message.body),
                               blob_len(mail->message.body));
        return;
    }
    for (int i = 0; i < SUBMITTERS; i++) {
        if (self->submitters[i].peer == mail->peer) {
            submitter_mail(self, i, &mail->message);
            return;
        }
    }
    for (int i = 0; i < self->worker_count; i++) {
        if (self->workers[i].peer == mail->peer) {
            worker_mail(self, &self->workers[i], &mail->message);
            return;
        }
    }
}

static void bring_all(world_t *self)
{
    while (self->mail != NULL) {
        mail_t *mail = self->mail;
        self->mail = mail->next;
        if (self->mail == NULL) {
            self->mail_end = &self->mail;
        }
        bring(self, mail);
        envelope_close(&mail->message);
        free(mail);
    }
}

static void turn_disk(world_t *self)
{
    fault_t fault = {0};
    store_mem_sync(self->store);
    if (store_finish(self->store, &fault) == 1) {
        broker_committed(self->broker, self->now_ms, store_disk_bytes(self->store),
                         store_room(self->store), store_commit_seconds(self->store));
    }
    store_batch_t *batch = broker_take_batch(self->broker);
    if (batch != NULL) {
        store_commit(self->store, &batch);
    }
}

static void step(world_t *self)
{
    for (int i = 0; i < SUBMITTERS; i++) {
        run_submitter(self, i);
    }
    for (int i = 0; i < self->worker_count; i++) {
        run_worker(self, &self->workers[i]);
    }
    broker_tick(self->broker, self->now_ms);
    if (happens(self, self->mishaps->broker_crash)) {
        world_crash_broker(self);
    }
    if (happens(self, 700)) { /* the disk is not always as fast as the rest */
        turn_disk(self);
    }
    bring_all(self);
    for (int i = 0; i < self->worker_count; i++) {
        if (happens(self, self->mishaps->line_break)) {
            self->workers[i].peer = self->next_peer++; /* the broker sees a stranger */
        }
    }
    if (self->is_exploding) {
        self->is_exploding = false;
        world_crash_broker(self);
    }
}

void world_run(world_t *self, const mishaps_t *mishaps, int steps, int64_t step_ms)
{
    self->mishaps = mishaps;
    for (int i = 0; i < steps && !world_is_quiet(self); i++) {
        self->now_ms += step_ms;
        step(self);
    }
}

world_t *world_new(const char *route, int workers_per_stage, uint64_t seed)
{
    char path[] = "/tmp/nutgraf-sim-XXXXXX";
    int fd = mkstemp(path);
    fault_t fault = {0};
    world_t *self = calloc(1, sizeof *self);
    if (fd < 0 || write(fd, route, strlen(route)) != (ssize_t)strlen(route)) {
        abort();
    }
    close(fd);
    self->route = pipeline_load(path, &fault);
    unlink(path);
    if (self->route == NULL) {
        fprintf(stderr, "%s\n", fault.reason);
        abort();
    }
    self->random = seed * 2 + 1;
    self->now_ms = INT64_C(1700000000000);
    self->next_peer = CLIENT + 1;
    self->mail_end = &self->mail;
    self->store = store_open(NULL, &fault);
    for (size_t stage = 0; stage < pipeline_count(self->route); stage++) {
        for (int i = 0; i < workers_per_stage; i++) {
            self->workers[self->worker_count++] =
                (worker_t){.stage = (int)stage, .instance = dice(self)};
        }
    }
    start_broker(self);
    return self;
}

void world_destroy(world_t **self)
{
    for (int i = 0; i < (*self)->worker_count; i++) {
        crash_worker(*self, &(*self)->workers[i]);
    }
    broker_destroy(&(*self)->broker);
    drop_mail(*self);
    store_destroy(&(*self)->store);
    pipeline_destroy(&(*self)->route);
    free((*self)->ledger);
    free((*self)->given);
    free((*self)->answer);
    free(*self);
    *self = NULL;
}

void world_submit_by(world_t *self, int submitter, const char *id)
{
    world_submit(self, id, 1, false);
    self->articles[self->article_count - 1].submitter = submitter;
}

void world_pause(world_t *self, const char *stage, bool is_paused)
{
    char question[100];
    snprintf(question, sizeof question, "{\"do\":\"%s\",\"stage\":\"%s\"}",
             is_paused ? "pause" : "resume", stage);
    free(world_ask(self, question));
}

void world_submit_bomb(world_t *self, const char *id)
{
    world_submit(self, id, 1, false);
    self->articles[self->article_count - 1].is_bomb = true;
}

void world_submit(world_t *self, const char *id, uint8_t priority, bool is_poison)
{
    parcel_t *article = &self->articles[self->article_count];
    *article = (parcel_t){.priority = priority,
                          .is_poison = is_poison,
                          .submitter = self->article_count % SUBMITTERS};
    snprintf(article->id, sizeof article->id, "%s", id);
    self->article_count++;
}

/* --- looking --- */

bool world_is_quiet(const world_t *self)
{
    for (int i = 0; i < self->article_count; i++) {
        if (!self->articles[i].is_confirmed) {
            return false;
        }
    }
    char *status = world_ask((world_t *)self, "{\"do\":\"status\"}");
    bool is_quiet = strstr(status, "\"queued\":0,") != NULL;
    for (int i = 0; i < self->worker_count; i++) {
        is_quiet = is_quiet && self->workers[i].answer_count == 0;
    }
    free(status);
    return is_quiet;
}

int world_delivered(const world_t *self, const char *sink, const char *id)
{
    int count = 0;
    int stage = pipeline_find(self->route, sink);
    for (size_t i = 0; i < self->ledger_count; i++) {
        count += self->ledger[i].stage == stage && strcmp(self->ledger[i].id, id) == 0;
    }
    return count;
}

size_t world_deliveries(const world_t *self)
{
    return self->ledger_count;
}

bool world_is_confirmed(const world_t *self, const char *id)
{
    return article_of((world_t *)self, id)->is_confirmed;
}

bool world_is_buried(world_t *self, const char *id)
{
    char question[100];
    snprintf(question, sizeof question, "{\"do\":\"journey\",\"ids\":[\"%s\"]}", id);
    char *answer = world_ask(self, question);
    bool is_buried = strstr(answer, "\"buried\"") != NULL;
    free(answer);
    return is_buried;
}

char *world_ask(world_t *self, const char *question)
{
    envelope_t message = {.type = ENVELOPE_ADMIN,
                          .sequence = 1,
                          .body = blob_copy(question, strlen(question))};
    free(self->answer);
    self->answer = NULL;
    tell(self, CLIENT, message);
    envelope_close(&message);
    for (int i = 0; i < 3 && self->answer == NULL; i++) {
        bring_all(self);
        turn_disk(self);
    }
    bring_all(self);
    char *answer = self->answer;
    self->answer = NULL;
    return answer != NULL ? answer : strdup("");
}

const char *world_given(const world_t *self, const char *stage, size_t i)
{
    int place = pipeline_find(self->route, stage);
    for (size_t at = 0; at < self->given_count; at++) {
        if (self->given[at].stage == place && i-- == 0) {
            return self->given[at].id;
        }
    }
    return NULL;
}

store_t *world_store(world_t *self)
{
    return self->store;
}

broker_t *world_broker(world_t *self)
{
    return self->broker;
}

int64_t world_now_ms(const world_t *self)
{
    return self->now_ms;
}
