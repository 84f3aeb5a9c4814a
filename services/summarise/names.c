#include "summarise/names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"

enum { NAMES_MAX = 20000 }; /* of a text as long as a book */

static bool is_kind(const json_t *item)
{
    static const char *const kinds[] = {"PER", "ORG",   "GPE",     "LOC", "NORP",
                                        "FAC", "EVENT", "PRODUCT", "MISC"};
    const char *type = json_string_value(json_object_get(item, "type"));
    for (size_t i = 0; type != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(type, kinds[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The mentions of one item, in code points as yet. */
static int add_item(names_t *self, const json_t *item, uint32_t number, size_t *room)
{
    const json_t *mentions = json_object_get(item, "mentions");
    for (size_t i = 0; i < json_array_size(mentions) && self->count < NAMES_MAX; i++) {
        const json_t *mention = json_array_get(mentions, i);
        json_int_t start = json_integer_value(json_object_get(mention, "start"));
        json_int_t end = json_integer_value(json_object_get(mention, "end"));
        if (start < 0 || end <= start) {
            continue;
        }
        if (self->count == *room) {
            *room = *room == 0 ? 64 : 2 * *room;
            name_t *grown = realloc(self->list, *room * sizeof *grown);
            if (grown == NULL) {
                return -1;
            }
            self->list = grown;
        }
        self->list[self->count++] =
            (name_t){{(size_t)start, (size_t)(end - start)}, number};
    }
    return 0;
}

/* The longer first where two begin together. */
static int by_place(const void *a, const void *b)
{
    const name_t *left = a;
    const name_t *right = b;
    int order =
        (left->span.start > right->span.start) - (left->span.start < right->span.start);
    return order != 0
               ? order
               : (left->span.len < right->span.len) - (left->span.len > right->span.len);
}

/* From code points to bytes; without those that overlap or lie behind the text. */
static void place(names_t *self, const char *text, size_t len)
{
    size_t kept = 0, at = 0, seen = 0, last = 0;
    for (size_t i = 0; i < self->count; i++) {
        name_t name = self->list[i];
        size_t end = name.span.start + name.span.len;
        for (; seen < name.span.start && at < len; seen++) {
            utf8_next(text, len, &at);
        }
        size_t first = at;
        if (name.span.start < last || at == len) {
            continue;
        }
        for (; seen < end && at < len; seen++) {
            utf8_next(text, len, &at);
        }
        last = seen;
        self->list[kept++] = (name_t){{first, at - first}, name.item};
    }
    self->count = kept;
}

int names_read(names_t *self, const json_t *entities, const char *text, size_t len)
{
    const json_t *items = json_object_get(entities, "items");
    size_t room = 0;
    *self = (names_t){0};
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        if (is_kind(item) && add_item(self, item, (uint32_t)i + 1, &room) != 0) {
            return -1;
        }
    }
    if (self->count > 0) {
        qsort(self->list, self->count, sizeof self->list[0], by_place);
        place(self, text, len);
    }
    return 0;
}

void names_close(names_t *self)
{
    free(self->list);
    *self = (names_t){0};
}
