#include "runtime/compute.h"

#include "runtime/log.h"
#include "runtime/stage_internal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

typedef struct item {
    struct item *next;
    envelope_t message;
} item_t;

typedef struct {
    item_t *head, *tail;
} list_t;

struct compute {
    stage_t *stage;
    compute_options_t options;
    pthread_t thread;
    size_t room;     /* for articles at once */
    bool is_batched; /* by stage_process_batch, be it one at a time */
    item_t **works;  /* those under way: the thread's own */
    int fd;
    _Atomic uint32_t steps; /* articles begun and ended */

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    list_t given, answers;
    envelope_t *current; /* under way, no bodies; `room` of them */
    size_t busy;         /* how many are */
    bool is_ending;
};

static void push(list_t *list, item_t *item)
{
    item->next = NULL;
    if (list->head == NULL) {
        list->head = item;
    } else {
        list->tail->next = item;
    }
    list->tail = item;
}

static item_t *pop(list_t *list)
{
    item_t *item = list->head;
    if (item != NULL) {
        list->head = item->next;
    }
    return item;
}

static void empty(list_t *list)
{
    for (item_t *item; (item = pop(list)) != NULL;) {
        envelope_close(&item->message);
        free(item);
    }
}

/* --- one article --- */

static int64_t clock_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* The wire's id is the article's, whatever its submitter wrote into the body. */
static int adopt_id(article_t *article, const envelope_t *work, fault_t *fault)
{
    if (strcmp(article_id(article), work->label) == 0) {
        return 0;
    }
    return article_set_id(article, work->label, fault);
}

static int add_trace(const compute_t *self, article_t *article, const envelope_t *work,
                     int64_t process_us, fault_t *fault)
{
    json_t *entry =
        json_pack("{s:s, s:s, s:s, s:s?, s:i, s:I, s:f}", "stage", stage_name(self->stage),
                  "worker", self->options.worker, "version", stage_version, "model",
                  stage_model(self->stage), "attempt", (int)work->attempt, "queued_ms",
                  (json_int_t)work->waited_ms, "process_ms", (double)process_us / 1000);
    return article_add_trace(article, entry, fault);
}

static void release_text(void *text)
{
    free(text);
}

static blob_t *write_article(const article_t *article, size_t max_len, fault_t *fault)
{
    size_t len = 0;
    char *text = article_write(article, &len);
    if (text != NULL && len > max_len) {
        fault_set(fault, FAULT_REJECT, "the result has %zu bytes, %zu is the most", len,
                  max_len);
        free(text);
        return NULL;
    }
    blob_t *blob = text == NULL ? NULL : blob_wrap(text, len, release_text, text);
    if (blob == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for the result");
        free(text);
    }
    return blob;
}

/* The article under the wire's id; NULL: a fault. */
static article_t *read_work(const compute_t *self, const envelope_t *work, fault_t *fault)
{
    article_t *in = article_read((const char *)blob_bytes(work->body), blob_len(work->body),
                                 self->options.body_max, fault);
    if (in != NULL && adopt_id(in, work, fault) != 0) {
        article_destroy(&in);
    }
    return in;
}

/* The enriched article's bytes, NULL with a fault; *unchanged in a sink. */
static blob_t *process(compute_t *self, const envelope_t *work, fault_t *fault)
{
    blob_t *result = NULL;
    article_t *out = NULL;
    article_t *in = read_work(self, work, fault);
    if (in == NULL) {
        goto done;
    }
    int64_t began_us = clock_us();
    out = stage_run(self->stage, in);
    if (out == NULL) {
        *fault = *stage_fault(self->stage);
        goto done;
    }
    if (!self->options.is_sink &&
        add_trace(self, out, work, clock_us() - began_us, fault) == 0) {
        result = write_article(out, self->options.body_max, fault);
    }
done:
    article_destroy(&out);
    article_destroy(&in);
    return result;
}

/* Turns a WORK into its answer, in place: FAIL if there is a fault, else the result. */
static void reply_to(const compute_t *self, envelope_t *work, blob_t *result,
                     const fault_t *fault)
{
    envelope_t reply = {.type = ENVELOPE_RESULT,
                        .attempt = work->attempt,
                        .lease = work->lease,
                        .label_len = work->label_len,
                        .body = result};
    memcpy(reply.key, work->key, sizeof reply.key);
    memcpy(reply.label, work->label, sizeof reply.label);
    if (fault->kind != FAULT_NONE) {
        reply.type = ENVELOPE_FAIL;
        reply.flags = fault->kind == FAULT_REJECT ? ENVELOPE_PERMANENT : 0;
        blob_destroy(&reply.body);
        reply.body = blob_copy(fault->reason, strlen(fault->reason));
        log_article(work->label, stage_name(self->stage), work->attempt);
        log_event(LOG_WARN, "article failed", "kind",
                  LOG_TEXT(fault_kind_name(fault->kind)), "reason", LOG_TEXT(fault->reason),
                  NULL);
        log_article(NULL, NULL, 0);
    } else if (self->options.is_sink) {
        reply.flags = ENVELOPE_UNCHANGED;
    }
    envelope_close(work);
    *work = reply;
}

static void answer_one(compute_t *self, envelope_t *work)
{
    fault_t fault = {0};
    log_article(work->label, stage_name(self->stage), work->attempt);
    blob_t *result = process(self, work, &fault);
    log_article(NULL, NULL, 0);
    reply_to(self, work, result, &fault);
}

/* Reads what can be read, has the stage deliver it, answers each. */
static void answer_batch(compute_t *self, item_t **works, size_t count)
{
    static const fault_t no_memory = {FAULT_RETRY, "no memory for a batch"};
    stage_item_t *items = calloc(count, sizeof *items);
    size_t read = 0;
    for (size_t i = 0; i < count; i++) {
        envelope_t *work = &works[i]->message;
        fault_t fault = {0};
        article_t *in = items != NULL ? read_work(self, work, &fault) : NULL;
        if (in == NULL) {
            reply_to(self, work, NULL, fault.kind != FAULT_NONE ? &fault : &no_memory);
            continue;
        }
        items[read++] = (stage_item_t){.in = in, .place = i};
    }
    if (read > 0) {
        const envelope_t *work = &works[0]->message;
        if (count == 1) {
            log_article(work->label, stage_name(self->stage), work->attempt);
        }
        stage_run_batch(self->stage, items, read);
        log_article(NULL, NULL, 0);
    }
    for (size_t i = 0; i < read; i++) {
        article_t *in = (article_t *)items[i].in;
        envelope_t *answer = &works[items[i].place]->message;
        reply_to(self, answer, NULL, &items[i].fault);
        answer->flags |= items[i].is_postponed && items[i].fault.kind == FAULT_RETRY
                             ? ENVELOPE_POSTPONED
                             : 0;
        article_destroy(&in);
    }
    free(items);
}

/* --- the thread --- */

/* Waits for work and takes up to self->batch of it; 0: the end. */
static size_t begin(compute_t *self, item_t **works)
{
    size_t count = 0;
    pthread_mutex_lock(&self->lock);
    while (self->given.head == NULL && !self->is_ending) {
        pthread_cond_wait(&self->wake, &self->lock);
    }
    size_t batch = self->is_batched ? stage_batch(self->stage) : 1;
    batch = batch < self->room ? batch : self->room;
    while (!self->is_ending && count < batch && self->given.head != NULL) {
        works[count] = pop(&self->given);
        self->current[count] = works[count]->message;
        self->current[count++].body = NULL;
    }
    self->busy = count;
    pthread_mutex_unlock(&self->lock);
    return count;
}

static void end(compute_t *self, item_t **works, size_t count)
{
    uint64_t one = 1;
    pthread_mutex_lock(&self->lock);
    for (size_t i = 0; i < count; i++) {
        works[i]->message.lease = self->current[i].lease; /* it may have been renewed */
        push(&self->answers, works[i]);
    }
    self->busy = 0;
    pthread_mutex_unlock(&self->lock);
    if (write(self->fd, &one, sizeof one) < 0) {
        log_event(LOG_ERROR, "eventfd does not take a count",
                  NULL); /* its peer polls anyway */
    }
}

static void *run(void *context)
{
    compute_t *self = context;
    for (size_t count; (count = begin(self, self->works)) > 0;) {
        atomic_fetch_add(&self->steps, 1);
        if (self->is_batched) {
            answer_batch(self, self->works, count);
        } else {
            answer_one(self, &self->works[0]->message);
        }
        atomic_fetch_add(&self->steps, 1);
        end(self, self->works, count);
    }
    return NULL;
}

static void release(compute_t *self)
{
    if (self->fd >= 0) {
        close(self->fd);
    }
    free(self->works);
    free(self->current);
    free(self);
}

compute_t *compute_new(stage_t *stage, const compute_options_t *options)
{
    compute_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->stage = stage;
    self->options = *options;
    self->is_batched = options->is_sink && stage_batch(stage) > 0;
    self->room = options->hold > 0 ? options->hold : 1;
    self->works = calloc(self->room, sizeof(item_t *));
    self->current = calloc(self->room, sizeof *self->current);
    self->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->wake, NULL);
    if (self->works == NULL || self->current == NULL || self->fd < 0 ||
        pthread_create(&self->thread, NULL, run, self) != 0) {
        release(self);
        return NULL;
    }
    return self;
}

void compute_destroy(compute_t **self)
{
    if (*self == NULL) {
        return;
    }
    pthread_mutex_lock(&(*self)->lock);
    (*self)->is_ending = true;
    pthread_cond_signal(&(*self)->wake);
    pthread_mutex_unlock(&(*self)->lock);
    pthread_join((*self)->thread, NULL);
    empty(&(*self)->given);
    empty(&(*self)->answers);
    pthread_cond_destroy(&(*self)->wake);
    pthread_mutex_destroy(&(*self)->lock);
    release(*self);
    *self = NULL;
}

int compute_give(compute_t *self, envelope_t *work)
{
    item_t *item = calloc(1, sizeof *item);
    if (item == NULL) {
        return -1;
    }
    item->message = *work;
    *work = (envelope_t){0};
    pthread_mutex_lock(&self->lock);
    push(&self->given, item);
    pthread_cond_signal(&self->wake);
    pthread_mutex_unlock(&self->lock);
    return 0;
}

bool compute_take(compute_t *self, envelope_t *out)
{
    pthread_mutex_lock(&self->lock);
    item_t *item = pop(&self->answers);
    if (item == NULL) {
        uint64_t count;
        (void)!read(self->fd, &count, sizeof count); /* none left: readable no more */
    }
    pthread_mutex_unlock(&self->lock);
    if (item == NULL) {
        return false;
    }
    *out = item->message;
    free(item);
    return true;
}

int compute_fd(const compute_t *self)
{
    return self->fd;
}

void compute_forget(compute_t *self)
{
    pthread_mutex_lock(&self->lock);
    list_t dropped = self->given;
    self->given = (list_t){0};
    pthread_mutex_unlock(&self->lock);
    empty(&dropped);
}

void compute_forget_one(compute_t *self, uint64_t lease)
{
    list_t kept = {0};
    list_t dropped = {0};
    pthread_mutex_lock(&self->lock);
    for (item_t *item; (item = pop(&self->given)) != NULL;) {
        push(item->message.lease == lease ? &dropped : &kept, item);
    }
    self->given = kept;
    pthread_mutex_unlock(&self->lock);
    empty(&dropped);
}

static void copy_header(envelope_t *to, const envelope_t *from)
{
    *to = *from;
    to->body = NULL;
}

size_t compute_held(compute_t *self, envelope_t *out, size_t max)
{
    size_t count = 0;
    pthread_mutex_lock(&self->lock);
    for (size_t i = 0; i < self->busy && count < max; i++) {
        copy_header(&out[count++], &self->current[i]);
    }
    for (item_t *item = self->given.head; item != NULL && count < max; item = item->next) {
        copy_header(&out[count++], &item->message);
    }
    pthread_mutex_unlock(&self->lock);
    return count;
}

bool compute_renew(compute_t *self, const uint8_t key[ENVELOPE_KEY_LEN], uint64_t lease)
{
    bool is_held = false;
    pthread_mutex_lock(&self->lock);
    for (size_t i = 0; i < self->busy; i++) {
        if (memcmp(self->current[i].key, key, ENVELOPE_KEY_LEN) == 0) {
            self->current[i].lease = lease;
            is_held = true;
        }
    }
    for (item_t *item = self->given.head; item != NULL; item = item->next) {
        if (memcmp(item->message.key, key, ENVELOPE_KEY_LEN) == 0) {
            item->message.lease = lease;
            is_held = true;
        }
    }
    pthread_mutex_unlock(&self->lock);
    return is_held;
}

bool compute_is_idle(compute_t *self)
{
    pthread_mutex_lock(&self->lock);
    bool is_idle =
        self->busy == 0 && self->given.head == NULL && self->answers.head == NULL;
    pthread_mutex_unlock(&self->lock);
    return is_idle;
}

bool compute_current(compute_t *self, envelope_t *work)
{
    pthread_mutex_lock(&self->lock);
    bool is_busy = self->busy > 0;
    if (is_busy) {
        copy_header(work, &self->current[0]);
    }
    pthread_mutex_unlock(&self->lock);
    return is_busy;
}

uint32_t compute_progress(const compute_t *self)
{
    return atomic_load(&self->steps) + stage_progress_count(self->stage);
}
