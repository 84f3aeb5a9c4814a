#include "tag/mentions.h"

#include <stdlib.h>

int mentions_add(mentions_t *self, mention_t mention)
{
    if (self->count == self->room) {
        size_t room = self->room < 32 ? 32 : 2 * self->room;
        mention_t *grown = realloc(self->all, room * sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        self->all = grown;
        self->room = room;
    }
    self->all[self->count++] = mention;
    return 0;
}

void mentions_close(mentions_t *self)
{
    free(self->all);
    *self = (mentions_t){0};
}

mention_t mention_of(const token_t *tokens, size_t first, size_t last, kind_t kind)
{
    return (mention_t){.start = tokens[first].start,
                       .end = tokens[last - 1].end,
                       .first = (uint32_t)first,
                       .last = (uint32_t)last,
                       .kind = kind};
}

static bool is_title(const tokens_t *tokens, uint32_t i)
{
    static const char *const titles[] = {
        "mr",       "mr.",       "mrs",   "mrs.",  "ms",      "ms.",     "dr",
        "dr.",      "sir",       "lord",  "lady",  "gen.",    "general", "president",
        "prince",   "princess",  "king",  "queen", "sen.",    "rep.",    "gov.",
        "prof.",    "professor", "judge", "capt.", "captain", "sheikh",  "pope",
        "minister", "senator",   "the"};
    for (size_t k = 0; k < sizeof titles / sizeof *titles; k++) {
        if (tokens_is(tokens, i, titles[k])) {
            return true;
        }
    }
    return false;
}

void mention_core(const tokens_t *tokens, const mention_t *mention, uint32_t *first,
                  uint32_t *last)
{
    *first = mention->first;
    *last = mention->last;
    while (*first + 1 < *last &&
           (mention->kind == KIND_PER ? is_title(tokens, *first)
                                      : tokens_is(tokens, *first, "the"))) {
        (*first)++;
    }
    while (*last > *first + 1 && (tokens_is(tokens, *last - 1, "'s") ||
                                  tokens_is(tokens, *last - 1, "\u2019s"))) {
        (*last)--;
    }
}

/* --- a user's list ---------------------------------------------------------------------
 */

/* Both walk the text once: the mentions that were found, and the new list. */
typedef struct {
    const tokens_t *tokens;
    const mentions_t *found;
    size_t at; /* the first of `found` that is not in `out` yet */
    mentions_t out;
} overlay_t;

/* Takes over what ends at token `first` or before. */
static int pass_until(overlay_t *self, uint32_t first)
{
    while (self->at < self->found->count && self->found->all[self->at].last <= first) {
        if (mentions_add(&self->out, self->found->all[self->at++]) != 0) {
            return -1;
        }
    }
    return 0;
}

/* What the name is put in as. false: a mention that was found holds more than it, or cuts
 * it. */
static bool lay(const overlay_t *self, mention_t *name)
{
    const mentions_t *found = self->found;
    for (size_t i = self->at; i < found->count && found->all[i].first < name->last; i++) {
        const mention_t *other = &found->all[i];
        uint32_t first, last;
        mention_core(self->tokens, other, &first, &last);
        if (first == name->first && last == name->last) {
            const watch_row_t *row = name->listed;
            *name = *other; /* with its title */
            name->listed = row;
            name->kind = row->kind;
            return true;
        }
        if (other->first < name->first || other->last > name->last) {
            return false;
        }
    }
    return true;
}

static int put(overlay_t *self, mention_t name)
{
    if (pass_until(self, name.first) != 0) {
        return -1;
    }
    if (!lay(self, &name)) {
        return 0;
    }
    while (self->at < self->found->count && self->found->all[self->at].first < name.last) {
        self->at++;
    }
    return mentions_add(&self->out, name);
}

int mentions_watch(mentions_t *self, const tokens_t *tokens, const watch_t *watch)
{
    overlay_t overlay = {.tokens = tokens, .found = self};
    size_t count = tokens_count(tokens);
    int rc = 0;
    for (size_t i = 0, step; i < count && rc == 0; i += step) {
        watch_match_t match = watch_longest(watch, tokens, i, count);
        step = match.words > 0 ? match.words : 1;
        if (match.words > 0) {
            mention_t name =
                mention_of(tokens_all(tokens), i, i + match.words, match.row->kind);
            name.listed = match.row;
            rc = put(&overlay, name);
        }
    }
    if (rc != 0 || pass_until(&overlay, UINT32_MAX) != 0) {
        mentions_close(&overlay.out);
        return -1;
    }
    mentions_close(self);
    *self = overlay.out;
    return 0;
}
