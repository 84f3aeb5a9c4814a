#include "client/feed.h"

#include "client/say.h"

#include <stdlib.h>
#include <string.h>

enum { USUAL_PRIORITY = 1 };
enum { STEP_ARTICLES = 64 }; /* read before the caller looks elsewhere */

struct feed {
    input_t *input;
    int priority; /* FEED_PRIORITY_OWN: as each article says */
    feed_accepted_f *accepted_f;
    feed_note_f *note_f;
    void *context;
    bool is_ended;
    bool is_full_said; /* … since the broker took something */
    size_t put, accepted, duplicates, refused;
};

feed_t *feed_new(input_t *input, int priority, feed_accepted_f *accepted, feed_note_f *note,
                 void *context)
{
    feed_t *self = calloc(1, sizeof *self);
    if (self != NULL) {
        *self = (feed_t){.input = input,
                         .priority = priority,
                         .accepted_f = accepted,
                         .note_f = note,
                         .context = context};
    }
    return self;
}

void feed_destroy(feed_t **self)
{
    if (*self != NULL) {
        input_destroy(&(*self)->input);
        free(*self);
        *self = NULL;
    }
}

static uint8_t priority_of(const feed_t *self, const article_t *article)
{
    if (self->priority != FEED_PRIORITY_OWN) {
        return (uint8_t)self->priority;
    }
    const json_t *own = json_object_get(article_json(article), "priority");
    return json_is_integer(own) ? (uint8_t)json_integer_value(own) : USUAL_PRIORITY;
}

static void give_way(const feed_t *self)
{
    if (self->note_f != NULL) {
        self->note_f(self->context);
    }
}

void feed_settled(void *context, const window_settled_t *settled)
{
    feed_t *self = context;
    const char *id = settled->id;
    if (settled->end == WINDOW_REFUSED) {
        self->refused++;
        give_way(self);
        say("%s: refused by the broker: %s", id, settled->why);
        return;
    }
    bool is_duplicate = settled->end == WINDOW_DUPLICATE;
    self->duplicates += is_duplicate;
    self->accepted += !is_duplicate;
    if (is_duplicate) {
        give_way(self);
        say("%s: a duplicate; the first article of this id stands", id);
    }
    self->accepted_f(self->context, id, is_duplicate);
}

static void refuse(feed_t *self, const fault_t *fault)
{
    self->refused++;
    give_way(self);
    say("%s", fault->reason);
}

/* Reads one article and puts it; false at the end of the input. */
static bool put_next(feed_t *self, session_t *session)
{
    fault_t fault = {0};
    article_t *article = NULL;
    input_outcome_t got = input_next(self->input, &article, &fault);
    if (got == INPUT_END) {
        return false;
    }
    if (got == INPUT_DONE && input_remark(self->input) != NULL) {
        give_way(self);
        say("%s: %s", article_id(article), input_remark(self->input));
    }
    if (got == INPUT_BAD ||
        session_put(session, article,
                    &(session_put_t){.priority = priority_of(self, article)},
                    &fault) != 0) {
        refuse(self, &fault);
    } else {
        self->put++;
    }
    article_destroy(&article);
    return true;
}

/* Says once that the broker has no room. */
static void watch_room(feed_t *self, const session_t *session)
{
    bool is_full = session_is_full(session);
    if (is_full && !self->is_full_said) {
        give_way(self);
        say("the broker has no room on its disk; waiting until it has");
    }
    self->is_full_said = is_full;
}

int feed_step(feed_t *self, session_t *session, fault_t *fault)
{
    watch_room(self, session);
    for (int i = 0; i < STEP_ARTICLES; i++) {
        if (self->is_ended || !session_has_room(session) || !input_is_ready(self->input)) {
            return 0;
        }
        self->is_ended = !put_next(self, session);
        if (session_step(session, 0, fault) != 0) {
            return -1;
        }
    }
    return 0;
}

bool feed_is_ended(const feed_t *self)
{
    return self->is_ended;
}

size_t feed_put(const feed_t *self)
{
    return self->put;
}

size_t feed_accepted(const feed_t *self)
{
    return self->accepted;
}

size_t feed_duplicates(const feed_t *self)
{
    return self->duplicates;
}

size_t feed_refused(const feed_t *self)
{
    return self->refused;
}

size_t feed_total(const feed_t *self)
{
    size_t count = input_count(self->input);
    double share = input_share(self->input);
    if (self->is_ended || share >= 1) {
        return self->put;
    }
    if (count > 0) {
        return count - self->refused;
    }
    return share > 0 ? (size_t)((double)self->put / share) : 0;
}
