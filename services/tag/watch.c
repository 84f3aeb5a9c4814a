#include "tag/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tag/gazetteer.h"

enum { FIELDS = 5, FIELDS_LEAST = 3, NOBODY = -1 };

static const double SURE = 0.5;

/* A name, or the beginning of one (row NOBODY). */
typedef struct {
    uint64_t key; /* of its lower-case words */
    int32_t row;
    bool is_upper; /* it begins with a capital, and is not found without */
} name_t;

struct watch {
    watch_row_t *rows;
    size_t row_count, row_room;
    name_t *names; /* sorted by key once all are read; a key stands once */
    size_t name_count, name_room;
};

/* Where in the list we are, for faults. */
typedef struct {
    const char *path;
    size_t line;
    fault_t *fault;
} place_t;

static int refuse(const place_t *at, const char *what, const char *thing)
{
    fault_set(at->fault, FAULT_REJECT, "%s:%zu: %s \"%.60s\"", at->path, at->line, what,
              thing);
    return -1;
}

static int no_memory(const place_t *at)
{
    fault_set(at->fault, FAULT_RETRY, "%s: no memory for the list", at->path);
    return -1;
}

/* --- reading ---------------------------------------------------------------------------
 */

/* Room for one more of `size` bytes. */
static int grow(void *all, size_t count, size_t *room, size_t size)
{
    void **list = all;
    if (count == *room) {
        size_t more = *room < 64 ? 64 : 2 * *room;
        void *grown = realloc(*list, more * size);
        if (grown == NULL) {
            return -1;
        }
        *list = grown;
        *room = more;
    }
    return 0;
}

static int add_key(watch_t *self, uint64_t key, int32_t row, bool is_upper)
{
    if (grow(&self->names, self->name_count, &self->name_room, sizeof *self->names) != 0) {
        return -1;
    }
    self->names[self->name_count++] = (name_t){key, row, is_upper};
    return 0;
}

static int add_name(watch_t *self, const char *name, int32_t row, const place_t *at)
{
    tokens_t *tokens = tokens_new(name, strlen(name));
    size_t count = tokens != NULL ? tokens_count(tokens) : 0;
    int rc = tokens == NULL ? no_memory(at) : 0;
    if (rc == 0 && (count == 0 || count > WATCH_WORDS_MAX)) {
        rc = refuse(at, count == 0 ? "a name without words," : "a name of too many words,",
                    name);
    }
    uint64_t key = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        bool is_upper = (tokens_at(tokens, 0)->flags & TOKEN_UPPER) != 0;
        key = gazetteer_key(key, tokens_at(tokens, i));
        if (add_key(self, key, i + 1 < count ? NOBODY : row, is_upper) != 0) {
            rc = no_memory(at);
        }
    }
    tokens_destroy(&tokens);
    return rc;
}

static int read_prior(const char *text, double *out, const place_t *at)
{
    char *end = NULL;
    *out = 1;
    if (text != NULL && text[0] != 0) {
        *out = strtod(text, &end);
        if (*end != 0 || !(*out >= 0 && *out <= 1)) {
            return refuse(at, "prior needs a number from 0 to 1, not", text);
        }
    }
    return 0;
}

static int add_aliases(watch_t *self, char *aliases, int32_t row, const place_t *at)
{
    for (char *name; (name = strsep(&aliases, "|")) != NULL;) {
        if (name[strspn(name, " ")] != 0 && add_name(self, name, row, at) != 0) {
            return -1;
        }
    }
    return 0;
}

static int add_row(watch_t *self, char *fields[FIELDS], const place_t *at)
{
    int kind = kind_find(fields[1]);
    watch_row_t row = {.kind = (kind_t)kind};
    if (kind < 0) {
        return refuse(at, "no such type:", fields[1]);
    }
    if (read_prior(fields[4], &row.prior, at) != 0) {
        return -1;
    }
    if (grow(&self->rows, self->row_count, &self->row_room, sizeof *self->rows) != 0) {
        return no_memory(at);
    }
    row.id = strdup(fields[0]);
    row.label = strdup(fields[2]);
    self->rows[self->row_count++] = row;
    if (row.id == NULL || row.label == NULL) {
        return no_memory(at);
    }
    int32_t number = (int32_t)self->row_count - 1;
    return add_name(self, row.label, number, at) == 0
               ? add_aliases(self, fields[3], number, at)
               : -1;
}

static int read_line(watch_t *self, char *line, const place_t *at)
{
    char *fields[FIELDS] = {0}, *rest = line;
    size_t count = 0;
    line[strcspn(line, "\r\n")] = 0;
    if (line[0] == 0 || line[0] == '#' ||
        (at->line == 1 && strncmp(line, "id\t", 3) == 0)) {
        return 0;
    }
    while (count < FIELDS && rest != NULL) {
        fields[count++] = strsep(&rest, "\t");
    }
    if (count < FIELDS_LEAST || rest != NULL) {
        return refuse(at, "needs 3 to 5 fields with tabs between:", line);
    }
    if (fields[0][0] == 0) {
        return refuse(at, "has no id:", fields[2]);
    }
    return add_row(self, fields, at);
}

static int read_lines(watch_t *self, FILE *file, place_t *at)
{
    char *line = NULL;
    size_t room = 0;
    int rc = 0;
    while (rc == 0 && getline(&line, &room, file) > 0) {
        at->line++;
        rc = read_line(self, line, at);
    }
    if (rc == 0 && ferror(file)) {
        fault_set(at->fault, FAULT_REJECT, "%s: %m", at->path);
        rc = -1;
    }
    free(line);
    return rc;
}

/* --- the index -------------------------------------------------------------------------
 */

static int by_key(const void *a, const void *b)
{
    const name_t *x = a, *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return (x->row < y->row) - (x->row > y->row); /* NOBODY last */
}

/* The row that a name means, of the names[0..count) of one key. */
static int32_t choose(const watch_t *self, const name_t *names, size_t count)
{
    int32_t best = NOBODY;
    double highest = SURE;
    for (size_t i = 0; i < count; i++) {
        int32_t row = names[i].row;
        double prior = row == NOBODY ? 0 : self->rows[row].prior;
        if (prior == highest && best != NOBODY && best != row) {
            best = NOBODY;
        } else if (prior > highest || (prior == highest && prior >= SURE)) {
            best = row;
            highest = prior;
        }
    }
    return best;
}

static void make_index(watch_t *self)
{
    size_t out = 0;
    if (self->name_count > 0) {
        qsort(self->names, self->name_count, sizeof *self->names, by_key);
    }
    for (size_t from = 0, to; from < self->name_count; from = to) {
        to = from + 1;
        while (to < self->name_count && self->names[to].key == self->names[from].key) {
            to++;
        }
        name_t name = self->names[from];
        name.row = choose(self, &self->names[from], to - from);
        self->names[out++] = name;
    }
    self->name_count = out;
}

watch_t *watch_load(const char *path, fault_t *fault)
{
    place_t at = {path, 0, fault};
    watch_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        no_memory(&at);
        return NULL;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fault_set(fault, FAULT_REJECT, "%s: %m", path);
        watch_destroy(&self);
        return NULL;
    }
    if (read_lines(self, file, &at) != 0) {
        watch_destroy(&self);
    } else {
        make_index(self);
    }
    fclose(file);
    return self;
}

void watch_destroy(watch_t **self)
{
    if (*self != NULL) {
        for (size_t i = 0; i < (*self)->row_count; i++) {
            free((*self)->rows[i].id);
            free((*self)->rows[i].label);
        }
        free((*self)->rows);
        free((*self)->names);
        free(*self);
        *self = NULL;
    }
}

/* --- looking ---------------------------------------------------------------------------
 */

static const name_t *find(const watch_t *self, uint64_t key)
{
    size_t from = 0, to = self->name_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (self->names[middle].key < key) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < self->name_count && self->names[from].key == key ? &self->names[from]
                                                                   : NULL;
}

watch_match_t watch_longest(const watch_t *self, const tokens_t *tokens, size_t i,
                            size_t end)
{
    watch_match_t best = {0};
    const token_t *all = tokens_all(tokens);
    bool is_upper = (all[i].flags & (TOKEN_UPPER | TOKEN_CASELESS)) != 0;
    uint64_t key = 0;
    for (size_t words = 1; words <= WATCH_WORDS_MAX && i + words <= end; words++) {
        key = gazetteer_key(key, &all[i + words - 1]);
        const name_t *name = find(self, key);
        if (name == NULL) {
            break;
        }
        if (name->row != NOBODY && (is_upper || !name->is_upper)) {
            best = (watch_match_t){words, &self->rows[name->row]};
        }
    }
    return best;
}
